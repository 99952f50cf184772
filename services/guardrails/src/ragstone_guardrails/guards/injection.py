"""Prompt injection: known signatures, also in disguise."""

import re
from collections.abc import Iterator, Mapping

from ragstone_contracts.guards import Stage, VerdictKind
from ragstone_guardrails.disguises import decoded_runs, disguised_views, folded
from ragstone_guardrails.mapped_text import MappedText, unchanged
from ragstone_guardrails.port import Objection, Subject, off_the_loop
from ragstone_guardrails.signatures import Signature, signatures_for

_BOUNDARY = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n+")


def _hits(view: MappedText, signatures: list[Signature]) -> Iterator[tuple[Signature, int, int]]:
    for signature in signatures:
        for match in signature.find(view.text):
            if match.end() > match.start():
                yield signature, *view.original(*match.span())


def _decoded_hits(text: str, signatures: list[Signature]) -> Iterator[tuple[Signature, int, int]]:
    for start, end, plain in decoded_runs(text):
        if (hit := next(_hits(folded(unchanged(plain)), signatures), None)) is not None:
            yield hit[0], start, end


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The range widened to the sentences it touches."""
    first = max((match.end() for match in _BOUNDARY.finditer(text, 0, start)), default=0)
    boundary = _BOUNDARY.search(text, max(start, end - 1))
    return first, boundary.end() if boundary else len(text)


def _search(subject: Subject) -> list[Objection]:
    signatures = signatures_for(subject.stage)
    plain = folded(subject.visible)
    hits = [hit for view in (plain, *disguised_views(plain)) for hit in _hits(view, signatures)]
    hits += _decoded_hits(subject.text, signatures)
    found: dict[tuple[int, int], Objection] = {}
    for signature, start, end in sorted(hits, key=lambda hit: -hit[0].score):
        where = _sentence(subject.text, start, end)
        found.setdefault(where, Objection(signature.family, *where, signature.score))
    return sorted(found.values(), key=lambda one: one.start)


class InjectionGuard:
    """Blocks a question that tries to take over; of a document it cuts the sentence and lets the rest pass."""

    name = "injection"
    actions: Mapping[Stage, VerdictKind] = {"input": "block", "retrieved": "modify", "tool-out": "modify"}

    async def check(self, subject: Subject) -> list[Objection]:
        return await off_the_loop(_search, subject)
