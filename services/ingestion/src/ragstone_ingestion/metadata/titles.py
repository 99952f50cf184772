"""What the document is called."""

import re
from collections.abc import Iterator

from ragstone_ingestion.metadata.finding import Finding, Passage
from ragstone_ingestion.metadata.view import View

_NO_TITLE = re.compile(
    r"^(?:untitled|titel|title|document ?\d*|dokument ?\d*|presentation ?\d*|slide ?\d*|sheet ?\d*|tabelle ?\d*|home|index|header|text|page \d+|\d+|new .{0,20}document"
    r"|introduction|einleitung|abstract|summary|overview|background|(?:table of )?contents|inhalt(?:sverzeichnis)?|preface|foreword|references"
    r"|united states|securities and exchange commission|form \d+-?[kqf]|confidential|draft|microsoft (?:word|powerpoint|excel) - .*|.*\.(?:docx?|pdf|pptx?|xlsx?|indd|qxd|tex|txt|md|html?))$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^(?:subject|betreff|objet|asunto|oggetto):\s*(?=\S)", re.IGNORECASE)
_MAX_CHARACTERS = 120
_SENTENCE_ENDS = (".", ",", ";", ":", "?", "!", "|")
_FIRST_LINES = 3


def titles_of(view: View, kind: str | None) -> list[Finding]:
    found = [*_stated(view), *_labelled(view)]
    if kind == "email":
        found += _subject(view)
    if not found:
        found += _first_line(view)
    return found


def _stated(view: View) -> Iterator[Finding]:
    """What the parser took for the title."""
    if view.title and is_title(view.title.text):
        yield view.title.find("title", view.title.text, (0, len(view.title.text)), 0.8)


def is_title(text: str) -> bool:
    return 2 < len(text) <= 300 and any(map(str.isalpha, text)) and not _NO_TITLE.match(text.strip())


def _labelled(view: View) -> Iterator[Finding]:
    for line in view.cover[:10]:
        name, colon, value = line.text.partition(":")
        if (
            colon
            and name.strip().lower() in ("title", "titel", "titre", "título", "titolo")
            and is_title(value.strip())
        ):
            start = line.text.index(value.strip(), len(name) + 1)
            yield line.find("title", value.strip(), (start, start + len(value.strip())), 0.85)


def _subject(view: View) -> Iterator[Finding]:
    for line in view.cover[:8]:
        match = _SUBJECT.match(line.text)
        if match:
            yield line.find("title", line.text[match.end() :], (match.end(), len(line.text)), 0.9)
            return


def _first_line(view: View) -> Iterator[Finding]:
    """A short first line that is no sentence, with a blank line below it; else the first heading near the top."""
    for number, line in enumerate(view.cover[:_FIRST_LINES]):
        if (number == 0 or line.heading) and _stands_as_title(line, view) and is_title(line.text):
            yield line.find("title", line.text, (0, len(line.text)), 0.75 if line.heading else 0.65)
            return


def _stands_as_title(line: Passage, view: View) -> bool:
    if line.heading:
        return True
    assert line.offset is not None
    end = line.offset + len(line.text)
    words = line.text.count(" ")
    plain = 1 <= words <= 15 and len(line.text) <= _MAX_CHARACTERS and not line.text.endswith(_SENTENCE_ENDS)
    return (
        plain
        and "|" not in line.text
        and line.text[0].isupper()
        and view.head[end : end + 2] == "\n\n"
        and ":" not in line.text[:12]
    )
