"""The lists that sites and buckets send as XML: small records, read without entities and without a tree."""

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from ragstone_contracts.errors import UpstreamError


@dataclass
class Listing:
    """``records`` are elements of the wanted names with the texts of their children; ``fields`` stand beside them."""

    root: str = ""
    records: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


class _Reader:
    def __init__(self, wanted: frozenset[str]) -> None:
        self.listing = Listing()
        self._wanted = wanted
        self._path: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, _: Any) -> None:
        name = name.rpartition(":")[2]
        self._path.append(name)
        self._text = []
        if len(self._path) == 1:
            self.listing.root = name
        if len(self._path) == 2 and name in self._wanted:
            self.listing.records.append((name, {}))

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, _: str) -> None:
        text = "".join(self._text).strip()
        if len(self._path) == 3 and self._path[1] in self._wanted:
            self.listing.records[-1][1][self._path[2]] = text
        elif len(self._path) == 2 and self._path[1] not in self._wanted:
            self.listing.fields[self._path[1]] = text
        self._path.pop()
        self._text = []


def read_listing(content: bytes, wanted: frozenset[str]) -> Listing:
    """Records two levels deep. Raises UpstreamError for what is no XML, or has a document type of its own."""
    reader = _Reader(wanted)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UpstreamError(f"the list is no XML: {error}") from error
    return reader.listing


def _no_doctype(*_: Any) -> None:
    raise UpstreamError("the list declares a document type, which is not taken")
