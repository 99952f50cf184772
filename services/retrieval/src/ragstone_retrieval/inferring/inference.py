"""Inferred filters in a search: tried, and given up again rather than hide what is asked for."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ragstone_contracts.documents import Collection
from ragstone_contracts.fields import CollectionFields
from ragstone_contracts.search import ALL_COLLECTIONS, InferredFilter, SearchRequest
from ragstone_index import Scalar, VectorIndex, Where, both
from ragstone_index.matching import fields_of, holds
from ragstone_kit.identity import Caller
from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.fields import FieldCache, KnownFields
from ragstone_retrieval.filters import fields_in
from ragstone_retrieval.inferring.lexicon import Lexicon
from ragstone_retrieval.inferring.question import Question
from ragstone_retrieval.inferring.reader import read
from ragstone_retrieval.inferring.reading import CERTAIN, KNOWN_OF_MOST, Reading
from ragstone_retrieval.query import Query

BOOST = "boost"
_WORTH = 0.2
_RANK = 60
"""A boost lifts a candidate by a fifth of its worth of 1 / (60 + rank): past the best 12 others at most; by less where
fewer than half of the documents have the field."""
_CLEARLY_NEARER, _CLEARLY_MORE = 0.1, 1.5
_MOST_KEPT = 16
_YEAR = re.compile(r"\s*((?:19|20)\d\d)-\d\d")

Find = Callable[[Query], Awaitable[list[Candidate]]]
Applied = Literal["filter", "boost", "dropped"]


@dataclass(frozen=True)
class Plan:
    """What is done about one collection: ``filters`` the surest first, ``dropped`` those given up."""

    collection: Collection
    filters: list[Reading]
    boosts: list[Reading]
    dropped: list[Reading] = field(default_factory=list)

    @property
    def where(self) -> Where | None:
        return both(*(reading.where for reading in self.filters))

    def drop(self) -> None:
        self.dropped.append(self.filters.pop())


@dataclass
class Inference:
    """``by_default`` is for requests and collections that do not say whether they want it."""

    index: VectorIndex
    fields: FieldCache
    by_default: bool
    _lexicons: OrderedDict[int, tuple[CollectionFields, Lexicon]] = field(default_factory=OrderedDict)

    async def known(self, caller: Caller, request: SearchRequest, collections: Sequence[Collection]) -> KnownFields:
        """The fields of the collections, if anything is to be made of them.

        A name that is none of them is a mistake where one collection is searched as it is now.
        """
        if not request.filters and not any(self.is_wanted(request, one) for one in collections):
            return KnownFields()
        closed = request.collection != ALL_COLLECTIONS and request.as_of is None
        return await self.fields.of(caller, collections, closed=closed)

    def is_wanted(self, request: SearchRequest, collection: Collection) -> bool:
        asked, own = request.infer_filters, collection.settings.infer_filters
        return self.by_default if asked is None and own is None else bool(own if asked is None else asked)

    async def passages(self, query: Query, find: Find) -> list[Candidate]:
        """What ``find`` finds with the filters that the query states; ``query.inferred`` says what became of each.

        Filters that leave nothing are dropped, the least certain first, and so are those that leave too little: fewer
        passages than are asked for, when what they hide is clearly better.
        """
        plans = [plan for one in query.collections if (plan := self._plan(query, one))]
        if not plans:
            return await find(query)
        await asyncio.gather(*(self._drop_the_empty(query, plan) for plan in plans))
        found = await self._found(query, plans, find)
        found = _boosted(found, plans)
        query.note(BOOST, found) if any(plan.boosts for plan in plans) else None
        query.inferred.extend(_told(query, plans))
        return found

    def _plan(self, query: Query, collection: Collection) -> Plan | None:
        fields = query.known.of.get(collection.id)
        if fields is None or not self.is_wanted(query.request, collection):
            return None
        question = Question(query.text, _year_of(query.request.as_of))
        readings = read(question, self._lexicon(fields), set(fields_in(query.request.filters)))
        filters = [one for one in readings if one.certainty >= CERTAIN]
        return Plan(collection, filters, [one for one in readings if one.certainty < CERTAIN]) if readings else None

    def _lexicon(self, fields: CollectionFields) -> Lexicon:
        """Laid out once for the fields of a caller and a state of the collection."""
        known = self._lexicons.get(id(fields))
        if known is None or known[0] is not fields:
            known = self._lexicons[id(fields)] = (fields, Lexicon(fields))
        self._lexicons.move_to_end(id(fields))
        while len(self._lexicons) > _MOST_KEPT:
            self._lexicons.popitem(last=False)
        return known[1]

    async def _drop_the_empty(self, query: Query, plan: Plan) -> None:
        """One filter by itself leaves what it was read from; together, or with the request's own, they may not."""
        collection, visibility = plan.collection, query.visibility_in(plan.collection)
        while len(plan.filters) > 1 or (plan.filters and query.where is not None):
            where = both(query.where, plan.where)
            if await self.index.count(collection.index_id, visibility, where):
                return
            plan.drop()

    async def _found(self, query: Query, plans: list[Plan], find: Find) -> list[Candidate]:
        unfiltered: list[Candidate] | None = None
        while any(plan.filters for plan in plans):
            found = await _with(query, plans, find)
            if len(found) >= query.request.limit:
                return found
            if unfiltered is None:
                unfiltered = await _with(query, [], find)
            if found and not _is_clearly_better(unfiltered, found):
                _narrow(query, plans)
                return found
            min((plan for plan in plans if plan.filters), key=lambda plan: plan.filters[-1].certainty).drop()
        _narrow(query, [])
        return await find(query) if unfiltered is None else unfiltered


async def _with(query: Query, plans: Iterable[Plan], find: Find) -> list[Candidate]:
    _narrow(query, plans)
    return await find(query)


def _narrow(query: Query, plans: Iterable[Plan]) -> None:
    query.narrowed.clear()
    query.narrowed.update({plan.collection.id: plan.where for plan in plans if plan.where is not None})


def _is_clearly_better(some: list[Candidate], others: list[Candidate]) -> bool:
    """Whether the best of some is above the best of the others in every leg that saw them, and not by a little."""
    legs = [leg for leg in ("dense", "sparse") if any(leg in one.stages for one in some)]
    return bool(legs) and all(_is_above(leg, _best(some, leg), _best(others, leg)) for leg in legs)


def _is_above(leg: str, one: float, other: float) -> bool:
    return one - other >= _CLEARLY_NEARER if leg == "dense" else one > _CLEARLY_MORE * other


def _best(candidates: list[Candidate], leg: str) -> float:
    return max((one.stages[leg] for one in candidates if leg in one.stages), default=0.0)


def _boosted(candidates: list[Candidate], plans: Iterable[Plan]) -> list[Candidate]:
    """Those that have what the query may have asked for come before others that are about as good."""
    by_role: dict[str, list[Reading]] = {}
    for plan in plans:
        for reading in plan.boosts:
            by_role.setdefault(reading.role, []).append(reading)
    if not by_role:
        return candidates
    lifted = []
    for rank, candidate in enumerate(candidates, start=1):
        fields = fields_of(candidate.chunk)
        worth = sum(max(_worth(one, fields) for one in readings) for readings in by_role.values())
        lifted.append(candidate.scored(BOOST, (1 + worth) / (_RANK + rank)))
    return sorted(lifted, key=lambda candidate: -candidate.score)


def _worth(reading: Reading, fields: Mapping[str, list[Scalar]]) -> float:
    return _WORTH * min(1, reading.known / KNOWN_OF_MOST) if holds(reading.where, fields) else 0.0


def _told(query: Query, plans: Iterable[Plan]) -> list[InferredFilter]:
    """What became of every reading; collections that read the same are told of once."""
    told: dict[tuple[str, str, Applied], dict[object, None]] = {}
    for plan in plans:
        by_fate: Mapping[Applied, list[Reading]] = {
            "filter": plan.filters,
            "boost": plan.boosts,
            "dropped": plan.dropped,
        }
        for applied, readings in by_fate.items():
            for reading in readings:
                quote = query.text[reading.start : reading.end]
                for name, values in reading.accepted.items():
                    told.setdefault((name, quote, applied), {}).update(dict.fromkeys(values))
    return [
        InferredFilter(field=name, values=list(values), quote=quote, applied=applied)
        for (name, quote, applied), values in told.items()
    ]


def _year_of(as_of: str | int | None) -> int | None:
    """The year of a search that asks what would have been found at a time."""
    found = _YEAR.match(as_of) if isinstance(as_of, str) else None
    return int(found.group(1)) if found else None
