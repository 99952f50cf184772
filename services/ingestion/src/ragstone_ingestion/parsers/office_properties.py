"""What an office document's archive states about the document."""

from typing import Any
from zipfile import ZipFile

from ragstone_ingestion.errors import CorruptDocument
from ragstone_ingestion.parsers.archives import read_member
from ragstone_ingestion.parsers.properties import properties
from ragstone_ingestion.parsers.xml import Element, local_name, parse_xml

_CORE = "docProps/core.xml"
_KEYS = {
    "creator": "authors",
    "created": "created",
    "modified": "modified",
    "language": "language",
    "subject": "subject",
    "keywords": "keywords",
}
_WRITTEN_BY_PROGRAMS = {"python-docx", "openpyxl", "Microsoft Office User", "Un-named"}
_DATES_OF_TEMPLATES = {"2013-12-23T23:15:00Z", "2013-01-27T09:14:16Z"}
"""Of the files that libraries start new documents from."""


def office_properties(archive: ZipFile) -> tuple[str | None, dict[str, Any]]:
    """The stated title and metadata; a document whose properties are broken or missing states nothing."""
    content = read_member(archive, _CORE)
    try:
        core = _texts(parse_xml(content)) if content else {}
    except CorruptDocument:
        core = {}
    stated = {key: core.get(name) for name, key in _KEYS.items()}
    believed = {key: value for key, value in stated.items() if value not in _WRITTEN_BY_PROGRAMS | _DATES_OF_TEMPLATES}
    return core.get("title"), properties({**believed})


def _texts(root: Element) -> dict[str, str]:
    return {local_name(child): child.text.strip() for child in root if child.text and child.text.strip()}
