"""Office and web formats, read by docling's declarative backends: no model, no layout guessing, no network.

Importing this module takes seconds and some 100 MB, so only the sandbox does it, and only for the first such document.
"""

from io import BytesIO
from pathlib import Path
from typing import ClassVar

from docling.backend.abstract_backend import DeclarativeDocumentBackend
from docling.backend.asciidoc_backend import AsciiDocBackend
from docling.backend.csv_backend import CsvDocumentBackend
from docling.backend.html_backend import HTMLDocumentBackend
from docling.backend.md_backend import MarkdownDocumentBackend
from docling.backend.msexcel_backend import MsExcelDocumentBackend
from docling.backend.mspowerpoint_backend import MsPowerpointDocumentBackend
from docling.backend.msword_backend import MsWordDocumentBackend
from docling.datamodel.backend_options import DeclarativeBackendOptions, HTMLBackendOptions
from docling.datamodel.base_models import InputFormat
from docling.datamodel.document import InputDocument
from docling.exceptions import DocumentLoadError

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.errors import CorruptDocument
from ragstone_ingestion.parsers.archives import check_archive
from ragstone_ingestion.parsers.docling_text import canonical_of

_OOXML = "application/vnd.openxmlformats-officedocument"


class DoclingParser:
    """The base of the parsers below; each names its format, docling's backend for it and the backend's options."""

    media_types: frozenset[str]
    format: ClassVar[InputFormat]
    backend: ClassVar[type[DeclarativeDocumentBackend]]
    options: ClassVar[DeclarativeBackendOptions | HTMLBackendOptions | None] = None
    archive: ClassVar[bool] = False

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        if self.archive:
            check_archive(source)
        # As bytes, because a stored original has no file extension, and some readers go by that.
        content = BytesIO(source.read_bytes())
        document = InputDocument(content, self.format, self.backend, self.options, filename)
        if not document.valid:
            raise CorruptDocument(f"{filename} cannot be read as {self.format.value}")
        backend = document._backend
        assert isinstance(backend, DeclarativeDocumentBackend)
        try:
            return canonical_of(backend.convert())
        except DocumentLoadError as error:
            raise CorruptDocument(f"{filename} cannot be read as {self.format.value}: {error}") from error
        finally:
            backend.unload()  # type: ignore[no-untyped-call]


class MarkdownParser(DoclingParser):
    media_types = frozenset({"text/markdown"})
    format, backend = InputFormat.MD, MarkdownDocumentBackend


class AsciiDocParser(DoclingParser):
    media_types = frozenset({"text/asciidoc"})
    format, backend = InputFormat.ASCIIDOC, AsciiDocBackend


class CsvParser(DoclingParser):
    media_types = frozenset({"text/csv"})
    format, backend = InputFormat.CSV, CsvDocumentBackend


class HtmlParser(DoclingParser):
    """Everything visible counts as content: a page without headings has no furniture either."""

    media_types = frozenset({"text/html"})
    format, backend = InputFormat.HTML, HTMLDocumentBackend
    options = HTMLBackendOptions.model_validate({"infer_furniture": False})


class DocxParser(DoclingParser):
    media_types = frozenset({f"{_OOXML}.wordprocessingml.document"})
    format, backend, archive = InputFormat.DOCX, MsWordDocumentBackend, True


class PptxParser(DoclingParser):
    media_types = frozenset({f"{_OOXML}.presentationml.presentation"})
    format, backend, archive = InputFormat.PPTX, MsPowerpointDocumentBackend, True


class XlsxParser(DoclingParser):
    media_types = frozenset({f"{_OOXML}.spreadsheetml.sheet"})
    format, backend, archive = InputFormat.XLSX, MsExcelDocumentBackend, True
