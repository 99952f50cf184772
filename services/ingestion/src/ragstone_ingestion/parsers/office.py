"""Office formats and AsciiDoc, read by docling's declarative backends: no model, no layout guessing, no network.

Importing this module takes seconds and some 100 MB, so only the sandbox does it, and only for the first such document.
"""

from io import BytesIO
from pathlib import Path
from typing import ClassVar

from docling.backend.abstract_backend import DeclarativeDocumentBackend
from docling.backend.asciidoc_backend import AsciiDocBackend
from docling.backend.mspowerpoint_backend import MsPowerpointDocumentBackend
from docling.backend.msword_backend import MsWordDocumentBackend
from docling.datamodel.base_models import InputFormat
from docling.datamodel.document import InputDocument

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.errors import CorruptDocument
from ragstone_ingestion.parsers.archives import check_archive, opened
from ragstone_ingestion.parsers.docling_text import canonical_of
from ragstone_ingestion.parsers.encodings import decode
from ragstone_ingestion.parsers.front_matter import asciidoc_properties
from ragstone_ingestion.parsers.office_properties import office_properties
from ragstone_ingestion.parsers.rejection import damage_is_rejected

_OOXML = "application/vnd.openxmlformats-officedocument"


class AsciiDocParser:
    media_types = frozenset({"text/asciidoc"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        with damage_is_rejected(filename):
            text = _text(source)
            document = _converted(text.encode(), filename, InputFormat.ASCIIDOC, AsciiDocBackend)
            document.metadata = asciidoc_properties(text)
        return document


class OfficeParser:
    """The base of the parsers below; each names its format and docling's backend for it."""

    media_types: frozenset[str]
    format: ClassVar[InputFormat]
    backend: ClassVar[type[DeclarativeDocumentBackend]]

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        check_archive(source)
        with damage_is_rejected(filename), opened(source) as archive:
            title, stated = office_properties(archive)
            # As bytes, because a stored original has no file extension, and some readers go by that.
            document = _converted(source.read_bytes(), filename, self.format, self.backend)
        document.title = document.title or title
        document.metadata = stated
        return document


class DocxParser(OfficeParser):
    media_types = frozenset({f"{_OOXML}.wordprocessingml.document"})
    format, backend = InputFormat.DOCX, MsWordDocumentBackend


class PptxParser(OfficeParser):
    media_types = frozenset({f"{_OOXML}.presentationml.presentation"})
    format, backend = InputFormat.PPTX, MsPowerpointDocumentBackend


def _text(source: Path) -> str:
    return decode(source.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")


def _converted(
    content: bytes, filename: str, kind: InputFormat, backend_type: type[DeclarativeDocumentBackend]
) -> ParsedDocument:
    document = InputDocument(BytesIO(content), kind, backend_type, filename=filename)
    if not document.valid:
        raise CorruptDocument(f"{filename} cannot be read as {kind.value}")
    backend = document._backend
    assert isinstance(backend, DeclarativeDocumentBackend)
    try:
        return canonical_of(backend.convert())
    finally:
        backend.unload()  # type: ignore[no-untyped-call]
