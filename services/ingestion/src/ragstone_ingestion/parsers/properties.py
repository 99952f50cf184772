"""What a file states about itself, under the same keys for every format."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from ragstone_ingestion.parsers.canonical import one_line

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_AUTHORS = re.compile(r"\s*[;\n]\s*")
_KEYWORDS = re.compile(r"\s*[,;\n]\s*")
_YEAR_AND_MONTH = re.compile(r"\d{4}(-\d{2})?")
_MAX_LENGTH = 500
_MAX_VALUES = 50
Stated = str | Iterable[str] | date | None


def properties(stated: dict[str, Stated]) -> dict[str, Any]:
    """The metadata a document states, in the form it has for every format.

    ``authors`` and ``keywords`` are lists, ``created`` and ``modified`` ISO 8601, ``language`` BCP 47, ``subject`` is
    a line. Values that are blank or no such thing are left out, and so are other keys.
    """
    found = {
        "authors": _several(stated.get("authors"), _AUTHORS),
        "created": iso_date(stated.get("created")),
        "modified": iso_date(stated.get("modified")),
        "language": _language(stated.get("language")),
        "subject": one_line(str(stated.get("subject") or ""))[:_MAX_LENGTH],
        "keywords": _several(stated.get("keywords"), _KEYWORDS),
    }
    return {key: value for key, value in found.items() if value}


def iso_date(stated: Stated) -> str | None:
    """A date or an ISO 8601 string of one, normalised; None for anything else."""
    if isinstance(stated, date):
        return stated.isoformat()
    text = str(stated or "").strip()
    if _YEAR_AND_MONTH.fullmatch(text):
        return text
    try:
        return datetime.fromisoformat(text).isoformat() if len(text) > len("2024-01-31") else _day(text)
    except ValueError:
        return None


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _several(stated: Stated, separator: re.Pattern[str]) -> list[str]:
    if stated is None or isinstance(stated, date):
        return []
    values = [stated] if isinstance(stated, str) else stated
    parts = [one_line(part)[:_MAX_LENGTH] for value in values for part in separator.split(str(value))]
    return list(dict.fromkeys(part for part in parts if part))[:_MAX_VALUES]


def _language(stated: Stated) -> str | None:
    text = str(stated or "").strip()
    return text.replace("_", "-") if _LANGUAGE.fullmatch(text) else None
