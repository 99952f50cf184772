"""PDFs read by docling's layout and table models: better on hard pages, and far slower.

Needs the full ``docling``, its models on this machine (``docling-tools models download``; a parser has no network) and
PARSER_MEMORY_MB of 8192 or more. Scans are read by the default parser only.
"""

from functools import cached_property
from pathlib import Path

import docling_ibm_models  # type: ignore[import-not-found]  # noqa: F401 - without the models there is no such parser
from docling.backend.pypdfium2_backend import PyPdfiumDocumentBackend
from docling.datamodel.base_models import InputFormat
from docling.datamodel.pipeline_options import PdfPipelineOptions
from docling.document_converter import DocumentConverter, PdfFormatOption
from docling.exceptions import ConversionError

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.errors import CorruptDocument, NoText
from ragstone_ingestion.parsers.pdf.docling_pages import canonical_of_pages
from ragstone_ingestion.parsers.pdf.metadata import metadata_of, stated_title
from ragstone_ingestion.parsers.pdf.opening import opened_pdf


class DoclingLayoutParser:
    media_types = frozenset({"application/pdf"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        with opened_pdf(source, filename) as document:
            title, metadata = stated_title(document), metadata_of(document)
        try:
            converted = self._converter.convert(source).document
        except ConversionError as error:
            raise CorruptDocument(f"{filename} cannot be read by docling") from error
        parsed = canonical_of_pages(converted)
        if not parsed.text.strip():
            raise NoText(f"docling found no text in {filename}")
        parsed.title, parsed.metadata = parsed.title or title, metadata
        return parsed

    @cached_property
    def _converter(self) -> DocumentConverter:
        options = PdfPipelineOptions(do_ocr=False)
        pdf = PdfFormatOption(pipeline_options=options, backend=PyPdfiumDocumentBackend)
        return DocumentConverter(allowed_formats=[InputFormat.PDF], format_options={InputFormat.PDF: pdf})
