"""A look at a zip archive's directory before anything in it is unpacked."""

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from ragstone_ingestion.errors import CorruptDocument, ParserLimit, PasswordProtected

MAX_MEMBERS = 10_000
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_MEMBER_BYTES = 128 * 1024 * 1024
_ENCRYPTED = 0x1


def check_archive(source: Path) -> None:
    """Raises ParserLimit for an archive that unpacks to too much, CorruptDocument for a broken one.

    Trusting the declared sizes is safe: reading a member never yields more than its directory entry declares.
    """
    try:
        with ZipFile(source) as archive:
            members = archive.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CorruptDocument(f"the file's archive cannot be read: {error}") from error
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise PasswordProtected
    unpacked = sum(member.file_size for member in members)
    largest = max((member.file_size for member in members), default=0)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES or largest > MAX_MEMBER_BYTES:
        raise ParserLimit(f"the archive unpacks to {len(members)} members and {unpacked:,} bytes")
