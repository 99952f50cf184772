"""What a Markdown or AsciiDoc file states about itself above its text."""

import re
from typing import Any

import yaml

from ragstone_ingestion.parsers.properties import properties

_YAML = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LONGEST = 8 * 1024
_KEYS = {
    "author": "authors",
    "authors": "authors",
    "date": "created",
    "created": "created",
    "lastmod": "modified",
    "updated": "modified",
    "modified": "modified",
    "lang": "language",
    "language": "language",
    "description": "subject",
    "subject": "subject",
    "summary": "subject",
    "tags": "keywords",
    "keywords": "keywords",
}
_ATTRIBUTE = re.compile(r"^:([\w-]+):[ \t]+(.+)$", re.MULTILINE)
_AUTHOR_LINE = re.compile(r"\A\s*=[ \t].+\n([^\n:=<]+?)[ \t]*<[^>\n]+>")
_ADOC_KEYS = _KEYS | {"revdate": "created"}


def split_front_matter(text: str) -> tuple[str, str | None, dict[str, Any]]:
    """The text below a YAML front matter, the title and the metadata it states; without one, the text as it is."""
    match = _YAML.match(text[:_LONGEST])
    held = _mapping(match[1]) if match else None
    if match is None or held is None:
        return text, None, {}
    title = held.get("title")
    return text[match.end() :], str(title) if title else None, _stated(held, _KEYS)


def asciidoc_properties(text: str) -> dict[str, Any]:
    """What the author line and the attributes of the header say."""
    header = text[:_LONGEST].partition("\n\n")[0]
    author = _AUTHOR_LINE.match(header)
    held: dict[str, Any] = {"author": author[1]} if author else {}
    return _stated(held | dict(_ATTRIBUTE.findall(header)), _ADOC_KEYS)


def _mapping(text: str) -> dict[str, Any] | None:
    """YAML as a mapping; None for anything else. Aliases, which could multiply, are not followed."""
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            return None
        held = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return {str(key).lower(): value for key, value in held.items()} if isinstance(held, dict) else None


def _stated(held: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    stated = {keys[key]: value for key, value in held.items() if key in keys}
    return properties({key: _plain(value) for key, value in stated.items()})


def _plain(value: Any) -> Any:
    """Authors may be mappings with a name; numbers and the like read as text."""
    if isinstance(value, list):
        return [str(one.get("name", "")) if isinstance(one, dict) else str(one) for one in value]
    if isinstance(value, dict):
        return str(value.get("name", ""))
    return value if value is None or hasattr(value, "isoformat") else str(value)
