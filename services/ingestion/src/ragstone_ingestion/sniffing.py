"""The media type of an upload: by its content; the file's extension only tells text formats apart."""

import re
from pathlib import Path, PurePath
from zipfile import BadZipFile, ZipFile

from ragstone_ingestion.errors import CorruptDocument, EmptyDocument, UnsupportedType
from ragstone_ingestion.parsers.compound_files import COMPOUND_FILE, XLS, type_of_compound_file
from ragstone_ingestion.parsers.encodings import wide_encoding
from ragstone_ingestion.text_types import BY_DECLARATION, BY_EXTENSION, type_by_content

HEAD_BYTES = 8192
"""How many of a file's first bytes :func:`media_type_of` wants to see."""

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EPUB = "application/epub+zip"
ODT, ODS, ODP = (f"application/vnd.oasis.opendocument.{kind}" for kind in ("text", "spreadsheet", "presentation"))

_OFFICE_PARTS = {
    "word/document.xml": DOCX,
    "ppt/presentation.xml": PPTX,
    "xl/workbook.xml": XLSX,
    "xl/workbook.bin": XLSX,
    "META-INF/container.xml": EPUB,
}
_OFFICE_FOLDERS = {"word/": DOCX, "ppt/": PPTX, "xl/": XLSX}
_NAMING_ITSELF = (EPUB, ODT, ODS, ODP)
_ARCHIVE_EXTENSIONS = {
    **dict.fromkeys((".docx", ".docm", ".dotx"), DOCX),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx"), PPTX),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb"), XLSX),
    ".epub": EPUB,
    ".odt": ODT,
    ".ods": ODS,
    ".odp": ODP,
}
_BINARY_EXTENSIONS = {
    ".pdf",
    ".doc",
    ".xls",
    ".ppt",
    ".png",
    ".jpg",
    ".jpeg",
    ".tif",
    ".tiff",
    ".webp",
    *_ARCHIVE_EXTENSIONS,
}
_UNREAD_EXTENSIONS = {".doc", ".dot", ".ppt", ".pps", ".msg", ".msi", ".pub", ".vsd"}
_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MEMBER = re.compile(rb"PK\x03\x04.{22}(..)..", re.DOTALL)
_FOREIGN_TEXT = (b"{\\rtf", b"%!PS")
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_BINARY_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROL_SHARE = 0.01


def media_type_of_file(source: Path, filename: str, declared: str | None) -> str:
    """As :func:`media_type_of`, for a file at hand: containers are told apart by all that they hold.

    Raises CorruptDocument for a broken archive besides.
    """
    with source.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(_ZIP):
        return _type_of_archive(source)
    if head.startswith(COMPOUND_FILE):
        return type_of_compound_file(source.read_bytes(), filename)
    return media_type_of(head, filename, declared)


def media_type_of(head: bytes, filename: str, declared: str | None) -> str:
    """The media type of a file that begins with ``head`` (its first ``HEAD_BYTES``, or all of it).

    Raises EmptyDocument for no bytes at all, UnsupportedType for what no parser here could read, and PasswordProtected
    for an office document in the container that encryption puts it in. A container whose beginning does not tell goes
    by its extension; its parser looks again.
    """
    if not head:
        raise EmptyDocument("the file has no content")
    extension = PurePath(filename).suffix.lower()
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(_ZIP):
        return _type_of_archive_head(head, extension)
    if head.startswith(COMPOUND_FILE):
        return _type_of_compound_file_head(head, filename)
    image = _type_of_image(head)
    if image:
        return image
    encoding = _encoding_of(head)
    if head.startswith(_FOREIGN_TEXT) or encoding is None:
        raise UnsupportedType(f"{filename} is in a format that cannot be read")
    return _type_of_text(head.decode(encoding, "replace"), filename, declared)


def _type_of_text(text: str, filename: str, declared: str | None) -> str:
    extension = PurePath(filename).suffix.lower()
    found = type_by_content(text, extension)
    if found:
        return found
    if extension in _BINARY_EXTENSIONS:
        raise UnsupportedType(f"{filename} is plain text and not what its extension says")
    if extension in BY_EXTENSION:
        return BY_EXTENSION[extension]
    declared = (declared or "").partition(";")[0].strip().lower()
    return declared if not extension and declared in BY_DECLARATION else "text/plain"


def _type_of_archive(source: Path) -> str:
    try:
        with ZipFile(source) as archive:
            names = archive.NameToInfo
            stated = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError) as error:
        raise CorruptDocument(f"the file's archive cannot be read: {error}") from error
    found = next((media_type for part, media_type in _OFFICE_PARTS.items() if part in names), None)
    found = _stated_type(stated.decode("latin-1").strip()) or found
    if found is None:
        raise UnsupportedType("the archive is no document")
    return found


def _type_of_archive_head(head: bytes, extension: str) -> str:
    members = [
        (match, head[match.end() : match.end() + _length(match[1])].decode("latin-1"))
        for match in _MEMBER.finditer(head)
    ]
    names = [name for _, name in members]
    first, name = members[0] if members else (None, "")
    found = (
        _stated_type(head[first.end() + len(name) :][:100].decode("latin-1")) if first and name == "mimetype" else None
    )
    found = found or next((media_type for part, media_type in _OFFICE_PARTS.items() if part in names), None)
    found = found or next(
        (_OFFICE_FOLDERS[start] for name in names for start in _OFFICE_FOLDERS if name.startswith(start)), None
    )
    found = found or _ARCHIVE_EXTENSIONS.get(extension)
    if found is None:
        raise UnsupportedType("the archive is no document")
    return found


def _length(two_bytes: bytes) -> int:
    return int.from_bytes(two_bytes, "little")


def _stated_type(stated: str) -> str | None:
    """The media type that an archive names itself; templates are read as the documents they become."""
    return next((media_type for media_type in _NAMING_ITSELF if stated.startswith(media_type)), None)


def _type_of_compound_file_head(head: bytes, filename: str) -> str:
    """The directory may be anywhere in the file: what does not tell goes to the parser that reads such files."""
    try:
        return type_of_compound_file(head, filename)
    except UnsupportedType:
        if PurePath(filename).suffix.lower() in _UNREAD_EXTENSIONS:
            raise
        return XLS


def _type_of_image(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for mark, media_type in _IMAGES.items() if head.startswith(mark)), None)


def _encoding_of(head: bytes) -> str | None:
    """An encoding in which markup can be told, or None when the bytes are no text in any."""
    stated = next((encoding for mark, encoding in _BOMS.items() if head.startswith(mark)), None)
    if stated is None and b"\x00" in head:
        return wide_encoding(head)
    binary = len(_BINARY_BYTES.findall(head)) > _CONTROL_SHARE * len(head)
    return stated or (None if binary else "latin-1")
