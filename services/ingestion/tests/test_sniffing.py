import io
import zipfile
from pathlib import Path

import pytest

from ragstone_ingestion.errors import CorruptDocument, EmptyDocument, PasswordProtected, UnsupportedType
from ragstone_ingestion.parsers.registry import supported_media_types
from ragstone_ingestion.sniffing import DOCX, PDF, PPTX, XLSX, media_type_of, media_type_of_file


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "content")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "filename", "media_type"),
    [
        (b"%PDF-1.7\n...", "report.pdf", PDF),
        (b"%PDF-1.7\n...", "report.txt", PDF),
        (b"# Title", "notes.md", "text/markdown"),
        (b"= Title", "notes.adoc", "text/asciidoc"),
        (b"a,b\n1,2", "table.csv", "text/csv"),
        (b"plain words", "README", "text/plain"),
        (b"print('x')", "script.py", "text/plain"),
        (b"\xef\xbb\xbf<!-- c --><!DOCTYPE html><p>x", "page.txt", "text/html"),
        (b"<p>a fragment", "page.html", "text/html"),
        ("wörter".encode("utf-16"), "notes.txt", "text/plain"),
        ("wörter".encode("latin-1"), "notes.txt", "text/plain"),
    ],
)
def test_content_decides_and_the_extension_only_tells_text_formats_apart(
    content: bytes, filename: str, media_type: str
) -> None:
    assert media_type_of(content, filename, None) == media_type
    assert media_type in supported_media_types()


def test_a_declared_type_counts_only_for_text_without_an_extension() -> None:
    assert media_type_of(b"# Title", "notes", "text/markdown; charset=utf-8") == "text/markdown"
    assert media_type_of(b"# Title", "notes.txt", "text/markdown") == "text/plain"
    assert media_type_of(b"# Title", "notes", "application/pdf") == "text/plain"


@pytest.mark.parametrize(
    ("part", "media_type"), [("word/document.xml", DOCX), ("ppt/presentation.xml", PPTX), ("xl/workbook.xml", XLSX)]
)
def test_office_documents_are_told_apart_by_what_the_archive_holds(part: str, media_type: str, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(archive("[Content_Types].xml", *(f"filler/{n}" for n in range(300)), part))
    assert media_type_of_file(source, "wrong.pdf", None) == media_type
    assert media_type_of(archive("[Content_Types].xml", part), "wrong.pdf", None) == media_type


@pytest.mark.requirement("ING-5")
@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "picture.pdf"),
        (b"\x7fELF\x02\x01\x01\x00", "notes.txt"),
        (b"plain words", "report.pdf"),
        (b"plain words", "letter.docx"),
        (b"{\\rtf1\\ansi words}", "letter.rtf"),
        (b"%!PS-Adobe-3.0", "page.ps"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old.doc"),
        (archive("something/else"), "files.zip"),
    ],
)
def test_what_no_parser_reads_or_is_not_what_its_name_says_is_unsupported(
    content: bytes, filename: str, tmp_path: Path
) -> None:
    source = tmp_path / "upload"
    source.write_bytes(content)
    with pytest.raises(UnsupportedType):
        media_type_of(content, filename, None)
    with pytest.raises(UnsupportedType):
        media_type_of_file(source, filename, None)


@pytest.mark.requirement("ING-5")
def test_an_empty_file_a_broken_archive_and_an_encrypted_office_document_say_so(tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(b"")
    with pytest.raises(EmptyDocument):
        media_type_of_file(source, "empty.pdf", None)
    source.write_bytes(archive("word/document.xml")[:40])
    with pytest.raises(CorruptDocument):
        media_type_of_file(source, "cut.docx", None)
    source.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000) + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(PasswordProtected):
        media_type_of_file(source, "renamed.bin", None)
    with pytest.raises(PasswordProtected):
        media_type_of(source.read_bytes()[:512], "locked.docx", None)
