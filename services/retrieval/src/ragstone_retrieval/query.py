"""A search under way: the request with everything it stands for looked up."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ragstone_contracts.documents import Collection
from ragstone_contracts.search import InferredFilter, SearchRequest
from ragstone_index import Visibility, Where, both
from ragstone_index.port import Vector
from ragstone_kit.identity import Caller
from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.fields import KnownFields
from ragstone_retrieval.stopwatch import Stopwatch
from ragstone_retrieval.strategies import Strategy
from ragstone_retrieval.trace import Trace


@dataclass(frozen=True)
class Query:
    """``degraded`` collects the stages left out, ``watch`` the seconds of those that ran; a ``trace`` takes down the
    candidates after each. ``vectors`` are the text's, by the model that embedded it. ``narrowed`` is what was inferred
    from the text and is searched for besides ``where``, by collection id; ``inferred`` says what became of it."""

    caller: Caller
    request: SearchRequest
    collections: list[Collection]
    strategy: Strategy
    where: Where | None
    watch: Stopwatch
    degraded: list[str] = field(default_factory=list)
    vectors: dict[str, Vector] = field(default_factory=dict)
    trace: Trace | None = None
    known: KnownFields = field(default_factory=KnownFields)
    narrowed: dict[str, Where] = field(default_factory=dict)
    inferred: list[InferredFilter] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.request.query

    def visibility_in(self, collection: Collection) -> Visibility:
        identity = self.caller.identity
        return Visibility(identity.tenant, identity.principals, collection.sequence, collection.withheld)

    def where_in(self, collection: Collection) -> Where | None:
        """What chunks of the collection have to satisfy."""
        return both(self.where, self.narrowed.get(collection.id))

    def inferred_filters(self) -> dict[str, list[Any]]:
        """Field -> the values of those that filtered."""
        found: dict[str, list[Any]] = {}
        for one in self.inferred:
            if one.applied == "filter":
                held = found.setdefault(one.field, [])
                held.extend(value for value in one.values if value not in held)
        return found

    def asking(self, text: str) -> "Query":
        """The same with other words: a search of its own, without a trace."""
        request = self.request.model_copy(update={"query": text})
        return replace(self, request=request, watch=Stopwatch(), vectors={}, trace=None)

    def note(self, stage: str, candidates: Sequence[Candidate]) -> None:
        if self.trace is not None:
            self.trace.note(stage, candidates)

    def degrade(self, stage: str) -> None:
        """Say, once, that the stage was left out."""
        if stage not in self.degraded:
            self.degraded.append(stage)
