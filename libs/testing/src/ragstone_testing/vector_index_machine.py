"""Permissions under random histories: tenants, users and groups write, move, share, delete and ask.

``walk(open_index, settings)`` runs it over an adapter.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from uuid import uuid4

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from ragstone_contracts.identity import EVERYONE, Identity
from ragstone_index import (
    NEVER,
    IndexedChunk,
    OneOf,
    StoredChunk,
    VectorIndex,
    Visibility,
    encode_document,
    encode_query,
)
from ragstone_testing.scripted_models import hashed_vectors

TEXT = "a secret of the house"
VECTOR = hashed_vectors([TEXT], 8)[0]

tenants = st.sampled_from(["acme", "globex"])
identities = st.builds(
    Identity,
    tenant=tenants,
    user=st.sampled_from(["ann", "bob", "cid"]),
    groups=st.lists(st.sampled_from(["staff", "board"]), unique=True),
)
principals = st.sampled_from([EVERYONE, "user:ann", "user:bob", "group:staff", "group:board"])
acls = st.lists(principals, unique=True, max_size=3)
documents = st.sampled_from(["d0", "d1", "d2"])
versions = st.integers(1, 2)
sequences = st.integers(0, 4)
bounds = st.one_of(st.none(), sequences, st.just(NEVER))
chunks = st.builds(
    StoredChunk,
    chunk_id=st.integers(0, 7).map(str),
    tenant=tenants,
    acl=acls,
    document_id=documents,
    version=versions,
    title=st.just("T"),
    start=st.just(0),
    end=st.just(len(TEXT)),
    text=st.just(TEXT),
    metadata=st.fixed_dictionaries({"year": st.integers(2020, 2021)}),
    born=sequences,
    died=st.one_of(sequences, st.just(NEVER)),
)


class PermissionsMachine(RuleBasedStateMachine):
    """Every question is answered with exactly the chunks that a model of ten lines says the asker may see."""

    def __init__(self, index: VectorIndex, runner: asyncio.Runner) -> None:
        super().__init__()
        self.index, self.run = index, runner.run
        self.collection = uuid4().hex
        self.model: dict[str, StoredChunk] = {}

    @rule(written=st.lists(chunks, min_size=1, max_size=4, unique_by=lambda chunk: chunk.chunk_id))
    def write_or_move(self, written: list[StoredChunk]) -> None:
        self._upsert(written)

    @rule(document=documents, acl=acls)
    def share(self, document: str, acl: list[str]) -> None:
        self._upsert([replace(chunk, acl=acl) for chunk in self.model.values() if chunk.document_id == document])

    @rule(document=documents, version=versions, born=bounds, died=bounds)
    def set_life(self, document: str, version: int, born: int | None, died: int | None) -> None:
        self.run(self.index.set_life(self.collection, document, version, born=born, died=died))
        for chunk in list(self.model.values()):
            if (chunk.document_id, chunk.version) == (document, version):
                life = chunk.born if born is None else born, chunk.died if died is None else died
                self.model[chunk.chunk_id] = chunk.with_life(*life)

    @rule(document=documents, version=st.one_of(st.none(), versions))
    def delete(self, document: str, version: int | None) -> None:
        self.run(self.index.delete(self.collection, document, version))
        for chunk in list(self.model.values()):
            if chunk.document_id == document and version in (None, chunk.version):
                del self.model[chunk.chunk_id]

    @rule(who=identities, sequence=sequences, years=st.one_of(st.none(), st.lists(st.integers(2020, 2021))))
    def ask(self, who: Identity, sequence: int, years: list[int] | None) -> None:
        visibility = Visibility(who.tenant, who.principals, sequence)
        where = None if years is None else OneOf("year", years)
        dense = self.run(self.index.dense(self.collection, VECTOR, visibility, 100, where))
        sparse = self.run(self.index.sparse(self.collection, encode_query(TEXT), visibility, 100, where))
        expected = [
            chunk
            for chunk in self.model.values()
            if chunk.tenant == who.tenant
            and who.may_see(list(chunk.acl))
            and chunk.born <= sequence < chunk.died
            and (years is None or chunk.metadata["year"] in years)
        ]
        for hits in (dense, sparse):
            assert _by_id(hit.chunk for hit in hits) == _by_id(expected)

    def _upsert(self, written: list[StoredChunk]) -> None:
        indexed = [IndexedChunk(chunk, VECTOR, encode_document(chunk.text)) for chunk in written]
        self.run(self.index.upsert(self.collection, indexed))
        self.model |= {chunk.chunk_id: chunk for chunk in written}

    def teardown(self) -> None:
        self.run(self.index.drop(self.collection))


def _by_id(found: Iterable[StoredChunk]) -> list[StoredChunk]:
    return sorted(found, key=lambda chunk: chunk.chunk_id)


def walk(open_one: Callable[[], VectorIndex], histories: int, steps: int = 25) -> None:
    """Take an index through so many random histories, each in a collection of its own."""
    with asyncio.Runner() as runner:
        index = open_one()

        class OnThisIndex(PermissionsMachine):
            def __init__(self) -> None:
                super().__init__(index, runner)

        modest = settings(
            max_examples=histories,
            stateful_step_count=steps,
            phases=[Phase.generate],  # shrinking over an engine outlasts the test's time, and histories are short
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        try:
            run_state_machine_as_test(OnThisIndex, settings=modest)
        finally:
            runner.run(index.close())
