"""The media type of an upload: by its content; the file's extension only tells text formats apart."""

import re
from pathlib import Path, PurePath
from zipfile import BadZipFile, ZipFile

from ragstone_ingestion.errors import CorruptDocument, EmptyDocument, PasswordProtected, UnsupportedType

HEAD_BYTES = 8192
"""How many of a file's first bytes :func:`media_type_of` wants to see."""

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_TEXT_BY_EXTENSION = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".adoc": "text/asciidoc",
    ".asciidoc": "text/asciidoc",
    ".csv": "text/csv",
    ".tsv": "text/csv",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
}
_TEXT_TYPES = frozenset(_TEXT_BY_EXTENSION.values())
_OFFICE_PARTS = {"word/document.xml": DOCX, "ppt/presentation.xml": PPTX, "xl/workbook.xml": XLSX}
_OFFICE_EXTENSIONS = {".docx": DOCX, ".docm": DOCX, ".pptx": PPTX, ".pptm": PPTX, ".xlsx": XLSX, ".xlsm": XLSX}
_BINARY_EXTENSIONS = {".pdf", ".doc", ".xls", ".ppt", *_OFFICE_EXTENSIONS}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_FOREIGN_TEXT = (b"{\\rtf", b"%!PS")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
_BINARY_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROL_SHARE = 0.01


def media_type_of_file(source: Path, filename: str, declared: str | None) -> str:
    """As :func:`media_type_of`, for a file at hand: archives are told apart by what they hold.

    Raises PasswordProtected for an encrypted office document and CorruptDocument for a broken archive besides.
    """
    with source.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(_ZIP):
        return _type_of_archive(source)
    if head.startswith(_COMPOUND_FILE) and _ENCRYPTED_PACKAGE in source.read_bytes():
        raise PasswordProtected
    return media_type_of(head, filename, declared)


def media_type_of(head: bytes, filename: str, declared: str | None) -> str:
    """The media type of a file that begins with ``head`` (its first ``HEAD_BYTES``, or all of it).

    Raises EmptyDocument for no bytes at all, UnsupportedType for what no parser here could read, and PasswordProtected
    for an office document in the container that encryption puts it in.
    """
    if not head:
        raise EmptyDocument("the file has no content")
    extension = PurePath(filename).suffix.lower()
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(_ZIP):
        return _type_of_archive_head(head, extension)
    if head.startswith(_COMPOUND_FILE) and extension in _OFFICE_EXTENSIONS:
        raise PasswordProtected(f"{filename} is encrypted")
    if head.startswith(_FOREIGN_TEXT) or _is_binary(head):
        raise UnsupportedType(f"{filename} is in a format that cannot be read")
    if extension in _BINARY_EXTENSIONS:
        raise UnsupportedType(f"{filename} is plain text and not what its extension says")
    return _type_of_text(head, extension, declared)


def _type_of_text(head: bytes, extension: str, declared: str | None) -> str:
    if _HTML.match(head):
        return "text/html"
    if extension in _TEXT_BY_EXTENSION:
        return _TEXT_BY_EXTENSION[extension]
    declared = (declared or "").partition(";")[0].strip().lower()
    return declared if not extension and declared in _TEXT_TYPES else "text/plain"


def _type_of_archive(source: Path) -> str:
    try:
        with ZipFile(source) as archive:
            names = set(archive.namelist())
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CorruptDocument(f"the file's archive cannot be read: {error}") from error
    found = next((media_type for part, media_type in _OFFICE_PARTS.items() if part in names), None)
    if found is None:
        raise UnsupportedType("the archive is no office document")
    return found


def _type_of_archive_head(head: bytes, extension: str) -> str:
    found = next((media_type for part, media_type in _OFFICE_PARTS.items() if part.encode() in head), None)
    found = found or _OFFICE_EXTENSIONS.get(extension)
    if found is None:
        raise UnsupportedType("the archive is no office document")
    return found


def _is_binary(head: bytes) -> bool:
    """Whether the bytes are no text in any encoding: NULs without a UTF-16 mark, or many other control bytes."""
    if head.startswith(_UTF16_MARKS):
        return False
    return b"\x00" in head or len(_BINARY_BYTES.findall(head)) > _CONTROL_SHARE * len(head)
