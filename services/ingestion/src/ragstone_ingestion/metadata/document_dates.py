"""When a document was published, created and modified, as its text and file name state it."""

import re
from collections.abc import Iterator

from ragstone_ingestion.metadata.dates import compact_date, date_at, dates_in
from ragstone_ingestion.metadata.document_types import PERIODIC
from ragstone_ingestion.metadata.finding import Finding, Passage
from ragstone_ingestion.metadata.view import View

_DATE_PHRASE = re.compile(
    r"\b(published|issued|posted|released|updated|revised|modified|created|version of|stand|veröffentlicht|erstellt)"
    r"(?: on| am| le| el)?[: ] ?(?=\w)",
    re.IGNORECASE,
)
_PHRASES = {
    "published": "published issued posted released veröffentlicht",
    "modified": "updated revised modified stand",
    "created": "created erstellt",
}
_BY_PHRASE = {word: field for field, words in _PHRASES.items() for word in words.split()}
_DATES = frozenset({"published", "modified", "created"})
_SHORT_LINE = 120
_WEEKDAY = len("Wednesday, ")


def dates_of(view: View, kind: str | None) -> list[Finding]:
    """``published``, ``modified`` and ``created`` as text and file name state them; the first of each counts most."""
    found: list[Finding] = []
    for one in view.labelled:
        day = date_at(one.line.text, one.start, _WEEKDAY) if one.field in _DATES else None
        if day:
            _keep(found, one.line.find(one.field, day.day.isoformat(), (day.start, day.end), 0.85))
    phrased = any(word in view.lower for word in _BY_PHRASE)
    for line in view.cover if phrased else []:
        for finding in _phrased(line):
            _keep(found, finding)
    stated = next(dates_in(view.stem), None) or compact_date(view.stem)
    # The names of financial reports carry the day on which their period ends.
    if stated and kind not in PERIODIC:
        name = Passage(view.stem, "filename")
        found.append(name.find("published", stated.day.isoformat(), (stated.start, stated.end), 0.65))
    return found


def _phrased(line: Passage) -> Iterator[Finding]:
    if len(line.text) > _SHORT_LINE or not line.text[-1:].strip():
        return
    for match in _DATE_PHRASE.finditer(line.text):
        day = date_at(line.text, match.end(), 2)
        field = _BY_PHRASE.get(match.group(1).lower())
        if day and field:
            yield line.find(field, day.day.isoformat(), (day.start, day.end), 0.75)


def _keep(found: list[Finding], finding: Finding) -> None:
    """The first of a field keeps its confidence; what contradicts it below is doubtful."""
    if not any(other.field == finding.field for other in found):
        found.append(finding)
