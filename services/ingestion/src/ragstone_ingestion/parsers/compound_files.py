"""The container of old office files, and of new ones that a password locks."""

from ragstone_ingestion.errors import PasswordProtected, UnsupportedType

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
XLS = "application/vnd.ms-excel"
_SECTORS = {9: 512, 12: 4096}
_LOCKED = ("EncryptedPackage", "EncryptionInfo")
_WORKBOOKS = ("Workbook", "Book")
_OTHERS = {
    "WordDocument": "a Word document of before 2007",
    "PowerPoint Document": "a presentation of before 2007",
    "__properties_version1.0": "an Outlook message",
}
_ENTRY = 128
_WORKBOOK_BEGINS = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_LOCK = 0x2F
_RECORDS_BEFORE_LOCK = 10


def type_of_compound_file(content: bytes, filename: str) -> str:
    """The media type. Raises PasswordProtected for a locked document and UnsupportedType for what no parser reads."""
    names = _stream_names(content)
    if any(name in names for name in _LOCKED):
        raise PasswordProtected(f"{filename} is encrypted")
    if any(name in names for name in _WORKBOOKS):
        if _is_locked_workbook(content):
            raise PasswordProtected(f"{filename} is encrypted")
        return XLS
    other = next((what for name, what in _OTHERS.items() if name in names), "in a format that cannot be read")
    raise UnsupportedType(f"{filename} is {other}")


def _stream_names(content: bytes) -> set[str]:
    """The names in the directory's first sector, and the tell-tale ones from wherever they stand."""
    size = _SECTORS.get(int.from_bytes(content[30:32], "little"), 512)
    start = (int.from_bytes(content[48:52], "little") + 1) * size
    entries = [content[at : at + _ENTRY] for at in range(start, min(start + size, len(content)), _ENTRY)]
    named = {_name(entry) for entry in entries if len(entry) == _ENTRY}
    return named | {name for name in (*_LOCKED, "Workbook", *_OTHERS) if name.encode("utf-16-le") in content}


def _name(entry: bytes) -> str:
    length = int.from_bytes(entry[64:66], "little")
    return entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")


def _is_locked_workbook(content: bytes) -> bool:
    """Whether one of the workbook's first records says that the rest is encrypted."""
    position = content.find(_WORKBOOK_BEGINS)
    for _ in range(_RECORDS_BEFORE_LOCK if position >= 0 else 0):
        if int.from_bytes(content[position : position + 2], "little") == _LOCK:
            return True
        position += 4 + int.from_bytes(content[position + 2 : position + 4], "little")
    return False
