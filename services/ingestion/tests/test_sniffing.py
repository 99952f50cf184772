import io
import zipfile
from pathlib import Path

import pytest

from ragstone_ingestion.errors import CorruptDocument, EmptyDocument, PasswordProtected, UnsupportedType
from ragstone_ingestion.parsers.compound_files import XLS
from ragstone_ingestion.parsers.registry import supported_media_types
from ragstone_ingestion.sniffing import (
    DOCX,
    EPUB,
    ODP,
    ODS,
    ODT,
    PDF,
    PPTX,
    XLSX,
    media_type_of,
    media_type_of_file,
)

MAIL = (
    b"Date: Mon, 2 Mar 2026 10:00:00 +0100\r\nFrom: Ada <ada@example.com>\r\nSubject: Walls\r\n of stone\r\n\r\nHello"
)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def compound(*streams: str) -> bytes:
    """A compound file with a directory of these streams in its third sector."""
    header = COMPOUND + bytes(22) + b"\x09\x00" + bytes(16) + (2).to_bytes(4, "little") + bytes(460)
    entries = [
        name.encode("utf-16-le").ljust(64, b"\0") + (2 * len(name) + 2).to_bytes(2, "little") + bytes(62)
        for name in ("Root Entry", *streams)
    ]
    return header + bytes(1024) + b"".join(entries)


def named_archive(media_type: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("mimetype", media_type)
        file.writestr("content.xml", "content")
    return buffer.getvalue()


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
        (b"print('x')", "script.py", "text/x-source-code"),
        (b"#!/usr/bin/env python3\nprint('x')", "run", "text/x-source-code"),
        (b"a: 1", "values.yaml", "text/x-configuration"),
        (b'{"a": [1, 2]}', "values.json", "application/json"),
        (b'{"a": [1, 2]}', "values", "application/json"),
        (b'[{"a": "' + b"x" * 9000, "export.txt", "application/json"),
        (b'{"a": 1}\n{"a": 2}\n', "export", "application/x-ndjson"),
        (b'["one", 2]', "list.dat", "application/json"),
        (b"[1] A. Author, Of walls, 1999", "notes.txt", "text/plain"),
        (b"{curly} words", "notes.txt", "text/plain"),
        (MAIL, "letter.eml", "message/rfc822"),
        (MAIL, "letter", "message/rfc822"),
        (MAIL, "letter.txt", "message/rfc822"),
        (b"From: Ada\nTo: Bob\n\nA note that only looks like one.", "memo.txt", "text/plain"),
        (b"a\tb\n1\t2", "table.tsv", "text/tab-separated-values"),
        (b"<html><body>An export", "export.xls", "text/html"),
        (PNG, "picture.pdf", "image/png"),
        (PNG, "picture.txt", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "picture.png", "image/jpeg"),
        (b"II*\x00\x08\x00\x00\x00", "scan", "image/tiff"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "picture.jpg", "image/webp"),
        ("plain words".encode("utf-16-le"), "notes.txt", "text/plain"),
        ('{"key": "wört"}'.encode("utf-16"), "values", "application/json"),
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
        (b"\x7fELF\x02\x01\x01\x00", "notes.txt"),
        (b"plain words", "report.pdf"),
        (b"plain words", "letter.docx"),
        (b"{\\rtf1\\ansi words}", "letter.rtf"),
        (b"%!PS-Adobe-3.0", "page.ps"),
        (COMPOUND + bytes(512), "old.doc"),
        (compound("WordDocument", "1Table"), "old.doc"),
        (compound("__properties_version1.0"), "letter.msg"),
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
    source.write_bytes(compound("EncryptionInfo", "EncryptedPackage"))
    for name in ("locked.docx", "renamed.bin", "renamed.xls"):
        with pytest.raises(PasswordProtected):
            media_type_of_file(source, name, None)
        with pytest.raises(PasswordProtected):
            media_type_of(source.read_bytes(), name, None)


@pytest.mark.parametrize("media_type", [EPUB, ODT, ODS, ODP])
def test_archives_that_name_their_type_are_believed(media_type: str, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(named_archive(media_type))
    assert media_type_of_file(source, "renamed.zip", None) == media_type
    assert media_type_of(source.read_bytes(), "renamed.zip", None) == media_type
    assert media_type in supported_media_types()


def test_an_office_archive_is_told_by_its_folders_when_its_beginning_lacks_the_main_part() -> None:
    assert media_type_of(archive("docProps/app.xml", "xl/worksheets/sheet1.xml"), "renamed.zip", None) == XLSX


def test_an_old_workbook_is_told_by_its_directory_and_left_to_its_parser_when_that_is_out_of_sight(
    tmp_path: Path,
) -> None:
    source = tmp_path / "upload"
    source.write_bytes(compound("Workbook"))
    assert media_type_of_file(source, "renamed.doc", None) == XLS
    assert media_type_of(source.read_bytes(), "renamed.doc", None) == XLS
    assert media_type_of(source.read_bytes()[:512], "book.xls", None) == XLS


def test_bytes_of_a_program_are_no_wide_text() -> None:
    with pytest.raises(UnsupportedType):
        media_type_of(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00\x01\x00\x00\x00" * 20, "program", None)
