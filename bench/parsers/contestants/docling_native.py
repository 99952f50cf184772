"""docling's pipeline that needs no models, on PDFium."""

from pathlib import Path

from bench.parsers.contestants.outcome import main
from docling.backend.pypdfium2_backend import PyPdfiumDocumentBackend
from docling.datamodel.base_models import InputFormat
from docling.document_converter import DocumentConverter, FormatOption, NativePdfFormatOption

_OPTIONS: dict[InputFormat, FormatOption] = {InputFormat.PDF: NativePdfFormatOption(backend=PyPdfiumDocumentBackend)}
_CONVERTER = DocumentConverter(allowed_formats=[InputFormat.PDF], format_options=_OPTIONS)


async def read(file: Path) -> str:
    return "\n".join(item.text for item in _CONVERTER.convert(file).document.texts)


if __name__ == "__main__":
    main(read)
