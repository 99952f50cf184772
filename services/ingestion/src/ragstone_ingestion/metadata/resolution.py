"""From findings to fields: agreement, precedence, threshold."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ragstone_contracts.metadata import Evidence, Source, organisation_key
from ragstone_ingestion.metadata.finding import Finding

THRESHOLD = 0.6
"""Below it a value is shown as a candidate and set nowhere."""
_MOST = 0.99
_PRECEDENCE: tuple[Source, ...] = ("title", "text", "filename", "properties")
_OWN_PRECEDENCE: dict[str, tuple[Source, ...]] = {
    "created": ("properties", "text", "title", "filename"),
    "modified": ("properties", "text", "title", "filename"),
    "document_type": ("text", "title", "filename", "properties"),
    "organisation": ("text", "title", "filename", "properties"),
}


@dataclass(frozen=True)
class Weighed:
    """One value with the best finding for it, and the confidence of all of them together."""

    best: Finding
    rank: int
    confidence: float


def resolve(findings: Iterable[Finding]) -> dict[str, Evidence]:
    """The evidence of each field: of its value, or of its best candidate.

    Findings of the same value from different sources confirm each other. Of the values above the threshold the one from
    the source that comes first in the field's precedence is taken, the surer one within a source. Two values that are
    equally sure in the same source leave the field open.
    """
    by_field: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_field[finding.field].append(finding)
    return {field: _resolved(field, found) for field, found in by_field.items()}


def _resolved(field: str, found: Sequence[Finding]) -> Evidence:
    groups: dict[Any, list[Finding]] = defaultdict(list)
    for finding in found:
        groups[_key(field, finding.value)].append(finding)
    weighed = [_weigh(field, group) for group in groups.values()]
    certain = [one for one in weighed if one.confidence >= THRESHOLD]
    ranked = sorted(
        certain or weighed, key=lambda one: (one.rank, -one.confidence) if certain else (0, -one.confidence)
    )
    first = ranked[0]
    tied = len(ranked) > 1 and (ranked[1].rank, ranked[1].confidence) == (first.rank, first.confidence)
    best = first.best
    return Evidence(
        value=best.value,
        source=best.source,
        start=best.start,
        end=best.end,
        quote=best.quote,
        confidence=round(first.confidence, 3),
        candidate=tied or not certain,
    )


def _weigh(field: str, group: Sequence[Finding]) -> Weighed:
    precedence = _OWN_PRECEDENCE.get(field, _PRECEDENCE)
    witnesses: dict[Source, Finding] = {}
    places: set[int] = set()
    for finding in sorted(group, key=lambda one: -one.confidence):
        # A title read again as the first heading is one witness, not two.
        if finding.source not in witnesses and finding.start not in places:
            witnesses[finding.source] = finding
            places |= set() if finding.start is None else {finding.start}
    doubt = math.prod(1 - finding.confidence for finding in witnesses.values())
    # Of equally sure ones the one that says where it stands.
    best = max(witnesses.values(), key=lambda one: (one.confidence, one.start is not None))
    sure = [one for one in witnesses.values() if one.confidence >= THRESHOLD] or [best]
    rank = min(precedence.index(one.source) for one in sure)
    return Weighed(best, rank, min(_MOST, 1 - doubt))


def _key(field: str, value: Any) -> Any:
    if field == "organisation":
        return organisation_key(value)
    if isinstance(value, list):
        return tuple(str(one).casefold() for one in value)
    return value.casefold() if isinstance(value, str) else value
