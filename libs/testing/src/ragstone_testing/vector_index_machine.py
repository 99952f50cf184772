"""Permissions under random histories: tenants, users and groups write, move, share, delete and ask.

``walk(open_index, histories)`` runs it over an adapter. Each question is put to both legs, to both in one request, as a
list and as a count, with a limit and a filter, and answered with exactly what a dictionary says the asker may see.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import uuid4

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from ragstone_contracts.identity import EVERYONE, Identity
from ragstone_index import (
    NEVER,
    All,
    Between,
    Contains,
    Either,
    IndexedChunk,
    Not,
    OneOf,
    StoredChunk,
    VectorIndex,
    Visibility,
    Where,
    encode_document,
    encode_query,
)
from ragstone_testing.scripted_models import hashed_vectors

TEXT = "a secret of the house"
VECTOR = hashed_vectors([TEXT], 8)[0]
YEARS, DAYS, TOPICS = (2020, 2021, 2022), ("2024-01-05", "2024-02-10", "2024-03-20"), ("salary", "salt", "rent")

tenants = st.sampled_from(["acme", "acme", "acme", "globex"])
identities = st.builds(
    Identity,
    tenant=tenants,
    user=st.sampled_from(["ann", "bob", "cid"]),
    groups=st.lists(st.sampled_from(["staff", "board"]), unique=True),
)
principals = st.sampled_from([EVERYONE, "user:ann", "user:bob", "group:staff", "group:board"])
acls = st.one_of(st.just([EVERYONE]), st.lists(principals, unique=True, max_size=3))
documents = st.sampled_from(["d0", "d1", "d2"])
versions = st.integers(1, 2)
sequences = st.integers(0, 4)
bounds = st.one_of(st.none(), sequences, st.just(NEVER))
chunks = st.builds(
    StoredChunk,
    chunk_id=st.integers(0, 11).map(str),
    tenant=tenants,
    acl=acls,
    document_id=documents,
    version=versions,
    title=st.just("T"),
    start=st.just(0),
    end=st.just(len(TEXT)),
    text=st.just(TEXT),
    metadata=st.fixed_dictionaries(
        {"year": st.sampled_from(YEARS), "day": st.sampled_from(DAYS)},
        optional={"topics": st.lists(st.sampled_from(TOPICS), min_size=1, max_size=2, unique=True)},
    ),
    born=st.one_of(st.just(0), sequences),
    died=st.one_of(st.just(NEVER), sequences, st.just(NEVER)),
)


@dataclass(frozen=True)
class Condition:
    """A filter, and what it means said in Python."""

    where: Where
    holds: Callable[[StoredChunk], bool]


def _years(low: int, high: int) -> Condition:
    return Condition(Between("year", gte=low, lt=high), lambda chunk: low <= chunk.metadata["year"] < high)


def _from(day: str) -> Condition:
    return Condition(Between("day", gt=day), lambda chunk: bool(chunk.metadata["day"] > day))


def _one_of(years: list[int]) -> Condition:
    return Condition(OneOf("year", years), lambda chunk: chunk.metadata["year"] in years)


def _topic(part: str) -> Condition:
    def holds(chunk: StoredChunk) -> bool:
        return any(part in topic for topic in chunk.metadata.get("topics", []))

    return Condition(Contains("topics", part), holds)


def _of(document: str) -> Condition:
    return Condition(OneOf("document_id", [document]), lambda chunk: chunk.document_id == document)


def _all(parts: list[Condition]) -> Condition:
    return Condition(All([part.where for part in parts]), lambda chunk: all(part.holds(chunk) for part in parts))


def _either(parts: list[Condition]) -> Condition:
    return Condition(Either([part.where for part in parts]), lambda chunk: any(part.holds(chunk) for part in parts))


def _not(part: Condition) -> Condition:
    return Condition(Not(part.where), lambda chunk: not part.holds(chunk))


simple_conditions = st.one_of(
    st.builds(_years, st.integers(2020, 2022), st.integers(2021, 2023)),
    st.builds(_from, st.sampled_from(DAYS)),
    st.builds(_one_of, st.lists(st.sampled_from(YEARS), max_size=2, unique=True)),
    st.builds(_topic, st.sampled_from(["sal", "salt", "rent"])),
    st.builds(_of, documents),
)
conditions = st.recursive(
    simple_conditions,
    lambda inner: st.one_of(
        st.builds(_all, st.lists(inner, max_size=2)),
        st.builds(_either, st.lists(inner, max_size=2)),
        st.builds(_not, inner),
    ),
    max_leaves=4,
)


@dataclass(frozen=True)
class Question:
    """``withheld`` are documents that nobody finds, whatever their chunks say."""

    who: Identity
    sequence: int
    withheld: list[str]
    condition: Condition | None
    limit: int

    @property
    def where(self) -> Where | None:
        return None if self.condition is None else self.condition.where

    def admits(self, chunk: StoredChunk) -> bool:
        return (
            chunk.tenant == self.who.tenant
            and self.who.may_see(list(chunk.acl))
            and chunk.born <= self.sequence < chunk.died
            and chunk.document_id not in self.withheld
            and (self.condition is None or self.condition.holds(chunk))
        )


questions = st.builds(
    Question,
    identities,
    st.one_of(st.just(4), sequences),
    st.one_of(st.just([]), st.lists(documents, max_size=1)),
    st.one_of(st.none(), conditions),
    st.sampled_from([1, 2, 100]),
)


class PermissionsMachine(RuleBasedStateMachine):
    """Every question is answered with exactly the chunks that the model says the asker may see."""

    executed: ClassVar[Counter[str]] = Counter()

    def __init__(self, index: VectorIndex, runner: asyncio.Runner) -> None:
        super().__init__()
        self.index, self.run = index, runner.run
        self.collection = uuid4().hex
        self.model: dict[str, StoredChunk] = {}

    @rule(written=st.lists(chunks, min_size=2, max_size=8, unique_by=lambda chunk: chunk.chunk_id))
    def write_or_move(self, written: list[StoredChunk]) -> None:
        self.executed["write"] += 1
        indexed = [IndexedChunk(chunk, VECTOR, encode_document(chunk.text)) for chunk in written]
        self.run(self.index.upsert(self.collection, indexed))
        self.model |= {chunk.chunk_id: chunk for chunk in written}

    @rule(document=documents, acl=acls)
    def share_or_revoke(self, document: str, acl: list[str]) -> None:
        self.executed["share"] += 1
        self.run(self.index.set_acl(self.collection, document, acl))
        for chunk in list(self.model.values()):
            if chunk.document_id == document:
                self.model[chunk.chunk_id] = replace(chunk, acl=acl)

    @rule(document=documents, version=versions, born=bounds, died=bounds)
    def set_life(self, document: str, version: int, born: int | None, died: int | None) -> None:
        self.executed["set life"] += 1
        self.run(self.index.set_life(self.collection, document, version, born=born, died=died))
        for chunk in list(self.model.values()):
            if (chunk.document_id, chunk.version) == (document, version):
                life = chunk.born if born is None else born, chunk.died if died is None else died
                self.model[chunk.chunk_id] = chunk.with_life(*life)

    @rule(document=documents, version=st.one_of(st.none(), versions))
    def delete(self, document: str, version: int | None) -> None:
        self.executed["delete"] += 1
        self.run(self.index.delete(self.collection, document, version))
        for chunk in list(self.model.values()):
            if chunk.document_id == document and version in (None, chunk.version):
                del self.model[chunk.chunk_id]

    @rule(asked=questions)
    def search(self, asked: Question) -> None:
        self.executed["search"] += 1
        visibility, expected = self._prepare(asked)
        sparse_query = encode_query(TEXT)
        where = (visibility, asked.limit, asked.where)
        dense = self.run(self.index.dense(self.collection, VECTOR, *where))
        sparse = self.run(self.index.sparse(self.collection, sparse_query, *where))
        both = self.run(self.index.hybrid(self.collection, (VECTOR, sparse_query), *where))
        for hits in (dense, sparse, both.dense, both.sparse):
            self._check([hit.chunk for hit in hits], expected, asked.limit)

    @rule(asked=questions)
    def list_and_count(self, asked: Question) -> None:
        self.executed["list and count"] += 1
        visibility, expected = self._prepare(asked)
        found = self.run(self.index.find(self.collection, visibility, asked.limit, asked.where))
        self._check(found, expected, asked.limit)
        assert self.run(self.index.count(self.collection, visibility, asked.where)) == len(expected)

    def _prepare(self, asked: Question) -> tuple[Visibility, list[StoredChunk]]:
        visibility = Visibility(asked.who.tenant, asked.who.principals, asked.sequence, asked.withheld)
        return visibility, [chunk for chunk in self.model.values() if asked.admits(chunk)]

    def _check(self, found: list[StoredChunk], expected: list[StoredChunk], limit: int) -> None:
        """As many as there are up to the limit, each once, and none but those: a filter behind the limit finds less."""
        allowed = {chunk.chunk_id: chunk for chunk in expected}
        leaked = [chunk.chunk_id for chunk in found if chunk.chunk_id not in allowed]
        assert not leaked, f"leaked {leaked}"
        assert _by_id(found) == _by_id(allowed[chunk.chunk_id] for chunk in found)
        assert len({chunk.chunk_id for chunk in found}) == len(found) == min(limit, len(expected))

    def teardown(self) -> None:
        self.run(self.index.drop(self.collection))


def _by_id(found: Iterable[StoredChunk]) -> list[StoredChunk]:
    return sorted(found, key=lambda chunk: chunk.chunk_id)


def walk(open_one: Callable[[], VectorIndex], histories: int, steps: int = 25, *, same: bool = False) -> Counter[str]:
    """Take an index through random histories, each in a collection of its own, the ``same`` or others each time.

    Returns how often each rule was executed.
    """
    counted: Counter[str] = Counter()
    with asyncio.Runner() as runner:
        index = open_one()

        class OnThisIndex(PermissionsMachine):
            executed = counted

            def __init__(self) -> None:
                super().__init__(index, runner)

        modest = settings(
            max_examples=histories,
            stateful_step_count=steps,
            phases=[Phase.generate],  # shrinking over an engine outlasts the test's time, and histories are short
            deadline=None,
            derandomize=same,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        try:
            run_state_machine_as_test(OnThisIndex, settings=modest)
        finally:
            runner.run(index.close())
    return counted
