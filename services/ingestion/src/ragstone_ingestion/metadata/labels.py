"""Lines that name what they say: ``Author: Jane Doe``, ``Last updated: 3 May 2024``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragstone_ingestion.metadata.finding import Passage

_LABELS = {
    "title": "title titel titre título titolo",
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


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """A line whose label stands for a field; the value begins at ``start``."""

    field: str
    line: Passage
    start: int

    def value_span(self) -> tuple[int, int]:
        """Where the value stands, without marks around it and without a further column."""
        end = self.line.text.find("|", self.start)
        value = self.line.text[self.start : None if end < 0 else end].strip(" *_")
        start = self.line.text.index(value, self.start)
        return start, start + len(value)


def labelled_lines(lines: Sequence[Passage]) -> list[LabelledLine]:
    found = []
    for line in lines:
        match = _LINE.match(line.text)
        field = _BY_LABEL.get(match.group(1).lower().strip()) if match else None
        if match and field:
            found.append(LabelledLine(field, line, match.end()))
    return found
