"""Lines that name what they say: ``Author: Jane Doe``, ``Version 4.2``, ``Last updated 3 May 2024``."""

import re
from collections.abc import Iterator

from ragstone_ingestion.metadata.dates import compact_date, date_at, dates_in
from ragstone_ingestion.metadata.finding import Finding, Passage
from ragstone_ingestion.metadata.view import View

_LABELS = {
    "authors": "author authors author(s) autor autoren verfasser auteur auteurs autore autori|written by|prepared by",
    "published": "date published issued datum fecha data datums|publication date|date published|published on|issue date"
    "|date issued|date of issue|release date|invoice date|rechnungsdatum|date de publication|erscheinungsdatum"
    "|veröffentlicht am|fecha de publicación|posted on|date of publication|minutes date|meeting date",
    "modified": "updated revised modified|last updated|last modified|last revised|last change|revision date|stand"
    "|letzte änderung|geändert am|mis à jour|dernière mise à jour|última actualización",
    "created": "created|created on|erstellt am|date created|creation date",
    "version": "version|document version|software version|firmware version|product version|release|versión|versione",
    "product": "product|product name|produkt|produktname|produit|producto",
    "organisation": "company|company name|organisation|organization|firma|unternehmen|issuer|registrant|société"
    "|issued by|herausgeber|manufacturer|hersteller",
}
_BY_LABEL = {
    label.strip(): field
    for field, labels in _LABELS.items()
    for label in [*labels.split("|")[0].split(), *labels.split("|")[1:]]
}
_LINE = re.compile(r"[*_ ]*([^\W\d_][^\n:|]{1,28}?)[*_ ]*[:|][*_ ]*(?=\S)")
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


def labelled(view: View) -> Iterator[tuple[str, Passage, int]]:
    """Field, line and where the value begins in it, for each labelled line of the cover."""
    for line in view.cover:
        match = _LINE.match(line.text)
        field = _BY_LABEL.get(match.group(1).lower().strip()) if match else None
        if match and field:
            yield field, line, match.end()


def dates_of(view: View) -> list[Finding]:
    """``published``, ``modified`` and ``created`` as text and file name state them; the first of each counts most."""
    found: list[Finding] = []
    for field, line, start in labelled(view):
        day = date_at(line.text, start) if field in _DATES else None
        if day:
            _keep(found, line.find(field, day.day.isoformat(), (day.start, day.end), 0.85))
    for line in view.cover:
        for finding in _phrased(line):
            _keep(found, finding)
    stated = next(dates_in(view.stem), None) or compact_date(view.stem)
    if stated:
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
