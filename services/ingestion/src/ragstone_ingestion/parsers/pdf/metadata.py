"""What a PDF says about itself: title, authors, dates and language."""

import ctypes
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pypdfium2.raw as pdfium

from ragstone_ingestion.parsers.canonical import one_line

_LANGUAGE_BYTES = 64
_SAMPLE = 5_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(Z|[+-]\d{2}'?\d{0,2})?")
_AUTHORS = re.compile(r"\s*(?:;|\n|\band\b|&)\s*")
_NOBODY = re.compile(r"(?:unknown|anonymous|admin(?:istrator)?|user|owner|author|root|microsoft.*|\W*)", re.IGNORECASE)
_JUNK_TITLE = re.compile(
    r"""
      ^(?:untitled|no\ title|document\d*|slide\ \d+|presentation\d*|titel|title|template|layout\ \d+)\W*$
    | ^(?:microsoft\ (?:word|powerpoint|excel|office)|powerpoint\ presentation|adobe\ (?:photoshop|illustrator))
    | ^(?:file|https?|about|print)://?
    | \.(?:docx?|odt|pdf|tex|dvi|indd|pptx?|odp|xlsx?|ods|qxd|fm|book|rtf|txt|html?|wpd|cdr|ai|eps|psd|pages|pub)\W*$
    """,
    re.IGNORECASE | re.VERBOSE,
)


def metadata_of(document: Any) -> dict[str, Any]:
    """``authors``, ``created``, ``modified`` (ISO 8601) and ``language`` (BCP 47), as far as they are stated."""
    stated = {
        "authors": _authors(document.get_metadata_value("Author")),
        "created": iso_date(document.get_metadata_value("CreationDate")),
        "modified": iso_date(document.get_metadata_value("ModDate")),
        "language": _language(document),
    }
    return {key: value for key, value in stated.items() if value}


def is_believable(language: str, text: str) -> bool:
    """Whether a text can be in the language: programs state English of whatever is written with them."""
    letters = [letter for letter in text[:_SAMPLE] if letter.isalpha()]
    return not language.startswith("en") or 2 * sum(map(str.isascii, letters)) >= len(letters)


def stated_title(document: Any) -> str | None:
    """The title the file states, unless it is the name of a file or what a program puts there by itself."""
    title = one_line(document.get_metadata_value("Title"))
    return title if re.search(r"\w{2}", title) and not _JUNK_TITLE.search(title) else None


def iso_date(stated: str) -> str | None:
    """A PDF date (``D:20240229093000+01'00'``) in ISO 8601; None when it is no date."""
    match = _DATE.match(stated.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        moment = datetime(year, month or 1, day or 1, hour, minute, second, tzinfo=_zone(match.group(7)))
    except ValueError:
        return None
    return moment.isoformat() if day else moment.date().isoformat()


def _zone(stated: str | None) -> timezone | None:
    if stated is None:
        return None
    if stated == "Z":
        return UTC
    hours, minutes = int(stated[1:3]), int(stated[3:].strip("'") or 0)
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if stated[0] == "-" else 1))


def _authors(stated: str) -> list[str]:
    """The names; a comma parts them only where no name is written family name first."""
    names = [one_line(name) for name in _AUTHORS.split(stated.replace("\r", "\n"))]
    if len(names) == 1 and all(" " in part.strip() for part in names[0].split(",")):
        names = [one_line(name) for name in names[0].split(",")]
    return list(dict.fromkeys(name for name in names if name and not _NOBODY.fullmatch(name)))


def _language(document: Any) -> str | None:
    buffer = (ctypes.c_ushort * (_LANGUAGE_BYTES // 2))()
    length = pdfium.FPDFCatalog_GetLanguage(document.raw, buffer, _LANGUAGE_BYTES)
    if not 2 < length <= _LANGUAGE_BYTES:
        return None
    language = bytes(buffer)[: length - 2].decode("utf-16-le", "replace").strip()
    return language.replace("_", "-") if _LANGUAGE.fullmatch(language) else None
