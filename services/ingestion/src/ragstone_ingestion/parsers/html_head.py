"""What a page states about itself: its encoding, title and metadata."""

import re
from html.parser import HTMLParser
from typing import Any

from ragstone_ingestion.parsers.encodings import decode
from ragstone_ingestion.parsers.properties import properties

_HEAD_CHARACTERS = 256 * 1024
_BODY = re.compile(r"</head|<body", re.IGNORECASE)
_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)|<\?xml[^>]{0,100}?encoding=["']([\w-]+)""", re.I
)
_CHARSET_BYTES = 4096
_STATED = {
    "author": "authors",
    "article:author": "authors",
    "dc.creator": "authors",
    "dcterms.creator": "authors",
    "citation_author": "authors",
    "date": "created",
    "dc.date": "created",
    "dcterms.created": "created",
    "article:published_time": "created",
    "citation_publication_date": "created",
    "last-modified": "modified",
    "dcterms.modified": "modified",
    "article:modified_time": "modified",
    "og:locale": "language",
    "dc.language": "language",
    "content-language": "language",
    "description": "subject",
    "dc.subject": "keywords",
    "keywords": "keywords",
}


def page_text(raw: bytes) -> str:
    """The text of the bytes, in the encoding they state in a byte order mark or in the head, if it holds."""
    match = _CHARSET.search(raw[:_CHARSET_BYTES])
    if match and not raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode((match[1] or match[2]).decode())
        except (LookupError, UnicodeDecodeError):
            return decode(raw)
    return decode(raw)


def html_properties(text: str) -> tuple[str | None, dict[str, Any]]:
    """The title and metadata that a page's head states."""
    head = _Head()
    head.feed(_BODY.split(text[:_HEAD_CHARACTERS], maxsplit=1)[0])
    stated = {"language": head.language} | head.stated
    return " ".join(head.title.split()) or None, properties({**stated})


class _Head(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title, self.language = "", ""
        self.stated: dict[str, str] = {}
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {key: value or "" for key, value in attrs}
        self._in_title = tag == "title" and not self.title
        if tag == "html":
            self.language = held.get("lang") or held.get("xml:lang") or ""
        if tag == "meta":
            self._state(
                _STATED.get((held.get("name") or held.get("property") or held.get("http-equiv") or "").lower()), held
            )

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data

    def _state(self, key: str | None, held: dict[str, str]) -> None:
        content = held.get("content", "").strip()
        if key == "authors" and key in self.stated:
            self.stated[key] += f"; {content}"
        elif key and content:
            self.stated.setdefault(key, content)
