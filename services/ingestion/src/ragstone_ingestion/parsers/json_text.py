"""JSON by its structure: what is nested stands under headings, values read as ``key: value`` lines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.parsers.canonical import CanonicalText, one_line
from ragstone_ingestion.parsers.encodings import decode
from ragstone_ingestion.parsers.rejection import damage_is_rejected

_HEADING_DEPTH = 4
"""Below this depth of nesting, paths stand in front of the values instead of headings above them."""
_LINE = 200
_TITLE_KEYS = ("title", "name")
# Numbers stay as they were written: 1.50 is not 1.5 where it is a price.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)


class JsonParser:
    """An object's values, its nested objects and lists under headings, each record of a list a paragraph.

    Text that is no JSON after all stays as it is, as code.
    """

    media_types = frozenset({"application/json"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        canonical, title = CanonicalText(), None
        with damage_is_rejected(filename):
            text = decode(source.read_bytes())
            try:
                value = _DECODER.decode(text)
            except json.JSONDecodeError:
                canonical.add(BlockKind.CODE, text)
            else:
                _Writer(canonical).write(value)
                title = _title(value)
        return canonical.document(title)


class JsonLinesParser:
    """A record a line, each a paragraph; a line that is no JSON stays as it is."""

    media_types = frozenset({"application/x-ndjson"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        canonical = CanonicalText()
        with damage_is_rejected(filename):
            for line in decode(source.read_bytes()).split("\n"):
                canonical.add(BlockKind.PARAGRAPH, _record_of(line))
        return canonical.document()


def _record_of(line: str) -> str:
    try:
        return "\n".join(_lines("", _DECODER.decode(line)))
    except json.JSONDecodeError:
        return line


def _title(value: Any) -> str | None:
    stated = [value.get(key) for key in _TITLE_KEYS] if isinstance(value, dict) else []
    return next((title for title in stated if isinstance(title, str) and title.strip()), None)


@dataclass
class _Writer:
    canonical: CanonicalText

    def write(self, value: Any, depth: int = 1) -> None:
        if isinstance(value, dict):
            self._write_object(value, depth)
        elif isinstance(value, list):
            self._write_list(value)
        else:
            self._paragraph(_lines("", value))

    def _write_object(self, value: dict[str, Any], depth: int) -> None:
        nested = {key: held for key, held in value.items() if _is_nested(held) and depth <= _HEADING_DEPTH}
        self._paragraph(line for key, held in value.items() if key not in nested for line in _lines(key, held))
        for key, held in nested.items():
            self.canonical.add(BlockKind.HEADING, one_line(key), level=depth)
            self.write(held, depth + 1)

    def _write_list(self, values: list[Any]) -> None:
        for value in values:
            if isinstance(value, dict | list):
                self._paragraph(_lines("", value))
            else:
                self.canonical.add(BlockKind.LIST_ITEM, f"- {one_line(_scalar(value))}")

    def _paragraph(self, lines: Iterator[str]) -> None:
        self.canonical.add(BlockKind.PARAGRAPH, "\n".join(lines))


def _is_nested(value: Any) -> bool:
    """Whether the value deserves a heading: an object, or a list that does not fit into a line."""
    return bool(value) and (isinstance(value, dict) or (isinstance(value, list) and _short_list(value) is None))


def _lines(path: str, value: Any) -> Iterator[str]:
    """The values below a path, a line each: ``path.to.key: value``."""
    if isinstance(value, dict):
        for key, held in value.items():
            yield from _lines(f"{path}.{one_line(key)}" if path else one_line(key), held)
    elif isinstance(value, list) and (joined := _short_list(value)) is None:
        for number, held in enumerate(value, start=1):
            yield from _lines(f"{path}[{number}]", held)
    else:
        text = (joined or "") if isinstance(value, list) else _scalar(value)
        yield f"{path}: {text}" if path else text


def _short_list(values: list[Any]) -> str | None:
    """Plain values in one line, or None when they are nested or too long for it."""
    if any(isinstance(value, dict | list) for value in values):
        return None
    joined = ", ".join(map(_scalar, values))
    return joined if len(joined) <= _LINE else None


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(value)
