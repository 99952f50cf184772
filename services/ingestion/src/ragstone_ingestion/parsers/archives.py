"""A look at a zip archive before anything in it is unpacked."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from ragstone_ingestion.errors import CorruptDocument, ParserLimit, PasswordProtected
from ragstone_ingestion.parsers.xml import refuse_declarations

MAX_MEMBERS = 10_000
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_MEMBER_BYTES = 128 * 1024 * 1024
_ENCRYPTED = 0x1
_XML = (".xml", ".rels", ".opf", ".ncx", ".xhtml")
_PROLOG_BYTES = 4096
_BROKEN = (BadZipFile, OSError, ValueError, NotImplementedError, EOFError, zlib.error)


def check_archive(source: Path) -> None:
    """Refuses an archive before its parser sees it.

    Raises ParserLimit when it unpacks to too much, PasswordProtected when it is locked, CorruptDocument when it is
    broken, when a member would lie outside of it or its XML declares entities. Trusting the declared sizes is safe:
    reading a member never yields more than its directory entry declares.
    """
    with opened(source) as archive:
        members = archive.infolist()
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise PasswordProtected
        unpacked = sum(member.file_size for member in members)
        largest = max((member.file_size for member in members), default=0)
        if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES or largest > MAX_MEMBER_BYTES:
            raise ParserLimit(f"the archive unpacks to {len(members)} members and {unpacked:,} bytes")
        for member in members:
            _refuse_escape(member.filename)
            if member.filename.endswith(_XML):
                with archive.open(member) as content:
                    refuse_declarations(content.read(_PROLOG_BYTES))


def _refuse_escape(name: str) -> None:
    """Nothing here unpacks to the disk; but no honest writer makes such a name, and others may read the original."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise CorruptDocument("a member of the archive has a path that leads out of it")


@contextmanager
def opened(source: Path) -> Iterator[ZipFile]:
    """The archive, opened. Raises CorruptDocument when it, or a member read inside, is broken."""
    try:
        with ZipFile(source) as archive:
            yield archive
    except _BROKEN as error:
        if isinstance(error, PermissionError):
            raise
        raise CorruptDocument(f"the file's archive cannot be read: {error}") from error


def read_member(archive: ZipFile, name: str) -> bytes | None:
    """The member's bytes, or None when there is none of that name."""
    return archive.read(name) if name in archive.NameToInfo else None
