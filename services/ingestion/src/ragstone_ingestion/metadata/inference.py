"""The metadata of a document, from what it says about itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ragstone_contracts.documents import ParsedDocument
from ragstone_contracts.metadata import Evidence, organisation_key
from ragstone_ingestion.metadata.dates import compact_date, dates_in
from ragstone_ingestion.metadata.document_dates import dates_of
from ragstone_ingestion.metadata.document_types import document_type_of
from ragstone_ingestion.metadata.finding import Finding
from ragstone_ingestion.metadata.language import language_of
from ragstone_ingestion.metadata.organisations import organisations_of
from ragstone_ingestion.metadata.people import authors_of
from ragstone_ingestion.metadata.periods import periods_of
from ragstone_ingestion.metadata.products import products_of
from ragstone_ingestion.metadata.resolution import resolve
from ragstone_ingestion.metadata.titles import titles_of
from ragstone_ingestion.metadata.view import View, view_of

FIELDS = (
    "title",
    "authors",
    "created",
    "modified",
    "published",
    "language",
    "organisation",
    "organisation_key",
    "fiscal_year",
    "period",
    "document_type",
    "product",
    "version",
)
"""What can be inferred; the parser's own properties of these names are weighed, not taken over."""

_YEAR_AND_MONTH = re.compile(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2]))?")
_TEMPLATE_DATE = "2013-12-23"
"""What a widespread library for Word files leaves as their date of creation."""


@dataclass(frozen=True)
class Inferred:
    """``fields`` are set; ``candidates`` were not certain. Both by field, the uploader's own among ``fields``."""

    fields: dict[str, Evidence] = field(default_factory=dict)
    candidates: dict[str, Evidence] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        return {name: evidence.value for name, evidence in self.fields.items()}

    @property
    def provenance(self) -> dict[str, Evidence]:
        return self.candidates | self.fields

    def stored(self) -> dict[str, Any] | None:
        """The provenance as JSON; None when there is none."""
        known = self.provenance
        return {name: one.model_dump(exclude_defaults=True) for name, one in known.items()} or None


def infer(parsed: ParsedDocument, filename: str, given: Mapping[str, Any]) -> Inferred:
    """What the beginning of the document, its file name and its properties say about it.

    ``given`` is the uploader's metadata: it is taken as it is and wins. The same input gives the same result. Looks at
    the first three pages or 8,000 characters, whichever end first.
    """
    resolved = resolve(_findings(view_of(parsed, filename)))
    said = {name: Evidence(value=value, source="uploader", confidence=1) for name, value in given.items()}
    resolved |= said
    resolved |= _with_key(resolved, said)
    fields = {name: evidence for name, evidence in resolved.items() if not evidence.candidate}
    candidates = {name: evidence for name, evidence in resolved.items() if evidence.candidate}
    return Inferred(fields, candidates)


def _findings(view: View) -> Iterator[Finding]:
    kinds = document_type_of(view)
    yield from kinds
    settled = resolve(kinds).get("document_type")
    kind = settled.value if settled and not settled.candidate else None
    yield from titles_of(view, kind)
    yield from authors_of(view, kind)
    yield from dates_of(view, kind)
    yield from language_of(view)
    yield from organisations_of(view, kind)
    yield from periods_of(view, kind)
    yield from products_of(view)
    yield from _properties(view)


def _properties(view: View) -> Iterator[Finding]:
    """What the file's own properties state; authors are read with the other names."""
    for name in ("created", "modified", "published"):
        day = _day_of(view.properties.get(name))
        if day and day != _TEMPLATE_DATE:
            yield Finding(name, day, 0.8, "properties", str(view.properties[name])[:100])
    language = view.properties.get("language")
    if isinstance(language, str) and (code := language.replace("_", "-").split("-")[0].strip().lower()).isalpha():
        # Word processors write the language of their user, whatever the text is in.
        yield Finding("language", code[:3], 0.6, "properties", language[:100])
    organisation = view.properties.get("organisation") or view.properties.get("company")
    if isinstance(organisation, str) and organisation_key(organisation) and len(organisation) <= 100:
        yield Finding("organisation", organisation.strip(), 0.6, "properties", organisation.strip())


def _day_of(stated: Any) -> str | None:
    """The day of an ISO 8601 or PDF date, or the year and month when no more is stated."""
    if not isinstance(stated, str):
        return None
    if _YEAR_AND_MONTH.fullmatch(stated):
        return stated
    found = next(dates_in(stated[:10]), None) or compact_date(stated.removeprefix("D:")[:8])
    return found.day.isoformat() if found else None


def _with_key(resolved: Mapping[str, Evidence], said: Mapping[str, Evidence]) -> dict[str, Evidence]:
    """The normalised name beside the organisation, unless the uploader gave one."""
    organisation = resolved.get("organisation")
    if organisation is None or "organisation_key" in said or not isinstance(organisation.value, str):
        return {}
    key = organisation_key(organisation.value)
    return {"organisation_key": organisation.model_copy(update={"value": key})} if key else {}


def with_metadata(parsed: ParsedDocument, inferred: Inferred) -> ParsedDocument:
    """The document with the inferred values as its title and among its metadata.

    A title or property that was weighed and found wanting is gone.
    """
    kept = {name: value for name, value in parsed.metadata.items() if name not in FIELDS}
    title = inferred.values.get("title")
    named = title if isinstance(title, str) and title.strip() else None
    return parsed.model_copy(update={"metadata": kept | inferred.values, "title": named})
