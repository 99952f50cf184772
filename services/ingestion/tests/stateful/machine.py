"""Random histories of the service: uploads, deletions, queries, crashes at every touch of a store, and repairs.

Each rule changes the real service and a dictionary. After each, queries must see exactly what the dictionary says;
when everything is settled, every store must hold exactly it.
"""

import asyncio
import copy
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ragstone_contracts.documents import CollectionSettings, NewCollection
from ragstone_contracts.errors import NotFound
from ragstone_index import IndexedChunk, StoredChunk, VectorIndex, encode_document
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.uploads import Arrival
from ragstone_testing.scripted_models import hashed_vectors

from ..conftest import ADA, new_world, pieces  # noqa: TID252  tests are no packages
from ..kill_switch import Killed, KillSwitch  # noqa: TID252
from .oracle import ACLS, ChunksOf, Content, Expected, Oracle
from .stores import Seen, chunks_in, look, objects_in

Result = TypeVar("Result")
_PATIENCE = 0.25
_DAY = 86_400.0
_DECADE = 3650 * _DAY

COLLECTIONS = ("quarry", "harbour")
collection_names = st.sampled_from(COLLECTIONS)
file_names = st.sampled_from(["a.txt", "b.txt", "c.txt", "d.txt"])
contents = st.builds(Content, st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple), st.sampled_from(ACLS))
kill_points = st.integers(0, 30)
choices = st.integers(0, 99)


def has_documents(machine: Any) -> bool:
    return bool(machine.oracle.documents)


class IngestionMachine(RuleBasedStateMachine):
    """Subclasses give it a ``runner`` and an ``index``, which outlive the histories."""

    runner: ClassVar[asyncio.Runner]
    index: ClassVar[VectorIndex]
    executed: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        shared_memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(dir=shared_memory if shared_memory.is_dir() else None))
        self.world = new_world(f"sqlite+aiosqlite:///{self.folder}/db", self.folder, embed_batch=2)
        self.world.settings.max_attempts = 10_000
        # Files have the age of real time: they count as old when settle() says so.
        self.world.settings.reconcile_grace_seconds = _DECADE
        self.world.clock.now = time.time()
        self.oracle = Oracle()
        self.running = AsyncExitStack()
        self.may_have_left_orphans = False
        self.last_step = ""

    def run(self, work: Awaitable[Result]) -> Result:
        return self.runner.run(_awaited(work))

    def teardown(self) -> None:
        self.settle()
        for collection_id in self.oracle.collections.values():
            self.run(self.index.drop(collection_id))
        self.run(self.running.aclose())
        shutil.rmtree(self.folder)

    # processes

    @initialize(hurry=st.sampled_from([0, 8]))
    def begin(self, hurry: int) -> None:
        """In some histories whatever is uploaded while there is work is a batch, which is ingested together."""
        self.world.settings.hurry_jobs = hurry
        self._start()
        self.chunks_of = ChunksOf(self.service.chunker_for(CollectionSettings()))

    def _start(self) -> None:
        process = self.world.process(self.index)  # type: ignore[arg-type]  # any index does
        self.service: Ingestion = self.run(self.running.enter_async_context(process))

    @precondition(lambda self: self._seen().open_jobs)
    @rule()
    def restart(self) -> None:
        self._count("restart")
        self.run(self.running.aclose())
        self._start()
        self.run(self.service.stores.jobs.end_all_leases())

    async def _until_killed(self, at: int, work: Callable[[Ingestion], Awaitable[Any]]) -> bool:
        """Work in a process that ends at its ``at``-th touch of a store; true when it was done before."""
        async with self.world.process(copy.copy(self.index)) as doomed:  # type: ignore[arg-type]
            KillSwitch(at).wire(doomed)
            try:
                await self._in_time(work(doomed))
            except Killed:
                self.may_have_left_orphans = True
                return False
        return True

    async def _in_time(self, work: Awaitable[Result]) -> Result:
        """Work, while time passes: leases of dead workers run out, and at times those of living ones."""
        working = asyncio.ensure_future(work)
        while not (await asyncio.wait({working}, timeout=_PATIENCE))[0]:
            self.may_have_left_orphans = True
            self.world.clock.now += self.world.settings.lease_seconds
        return working.result()

    # documents in and out

    @rule(collection=collection_names, name=file_names, content=contents)
    def upload(self, collection: str, name: str, content: Content) -> None:
        self._count("upload")
        before = self._seen().jobs
        accepted = self.run(self._put(self.service, self._collection(collection), name, content))
        standing = self.oracle.documents.get((collection, name))
        if standing is None:
            assert accepted.version == 1
            self.oracle.documents[collection, name] = Expected(accepted.document_id, {1: content})
            return
        assert accepted.document_id == standing.document_id
        if content == standing.versions[standing.newest]:
            assert (accepted.version, self._seen().jobs) == (standing.newest, before)
        else:
            assert accepted.version == standing.newest + 1
            standing.versions[accepted.version] = content

    @rule(collection=collection_names, contents=st.lists(contents, min_size=2, max_size=3))
    def upload_many(self, collection: str, contents: list[Content]) -> None:
        for name, content in zip(("b.txt", "c.txt", "d.txt"), contents, strict=False):
            self.upload(collection, name, content)

    @rule(collection=collection_names, name=file_names, content=contents, at=st.integers(0, 10))
    def upload_and_die(self, collection: str, name: str, content: Content, at: int) -> None:
        """An upload that is cut off has happened wholly or not at all."""
        collection_id = self._collection(collection)
        if self.run(self._until_killed(at, lambda doomed: self._put(doomed, collection_id, name, content))):
            self._count("upload in another process")
        else:
            self._count("upload killed")
        self._find_out(collection, name, content)

    def _find_out(self, collection: str, name: str, content: Content) -> None:
        rows = [row for row in self._seen().documents.values() if not row.deleted and row.filename == name]
        rows = [row for row in rows if row.collection_id == self.oracle.collections[collection]]
        standing = self.oracle.documents.get((collection, name))
        if not rows:
            assert standing is None
        elif standing is None:
            assert rows[0].version == 1
            self.oracle.documents[collection, name] = Expected(rows[0].id, {1: content})
        elif rows[0].version != standing.newest:
            assert (rows[0].id, rows[0].version) == (standing.document_id, standing.newest + 1)
            standing.versions[rows[0].version] = content

    @precondition(has_documents)
    @rule(choice=choices)
    def edit(self, choice: int) -> None:
        """Another paragraph at the end of what was uploaded last."""
        collection, name = self._choose(choice)
        standing = self.oracle.documents[collection, name]
        last = standing.versions[standing.newest]
        self.upload(collection, name, Content((*last.paragraphs[-2:], choice % 5), last.acl))

    @precondition(has_documents)
    @rule(choice=choices)
    def delete(self, choice: int) -> None:
        self._count("delete")
        one = self.oracle.depart(self._choose(choice))
        self.run(self.service.deletion.request(ADA, one.document_id))

    @precondition(has_documents)
    @rule(choice=choices, at=kill_points)
    def erase(self, choice: int, at: int) -> None:
        """Begun by a process that dies, and asked for again: the receipt is all zero."""
        collection, name = self._choose(choice)
        document_id = self.oracle.documents[collection, name].document_id
        finished = self.run(self._until_killed(at, lambda doomed: self._erase(doomed, document_id)))
        self._count("erase" if finished else "erase killed")
        if not finished:
            self.world.clock.now += self.world.settings.lease_seconds
            self.run(self._erase(self.service, document_id))
        gone = self.oracle.depart((collection, name))
        assert gone.document_id not in self._seen().documents
        del self.oracle.departing[gone.document_id]

    async def _erase(self, ingestion: Ingestion, document_id: str) -> None:
        try:
            requested = await ingestion.deletion.request(ADA, document_id, erase=True)
        except NotFound:
            return  # whoever died had done it
        await self._in_time(ingestion.worker.finish(requested.job_id, None))
        remaining = (await ingestion.deletion.receipt(requested)).remaining
        assert not any(remaining.values()), remaining

    @precondition(lambda self: len(self.oracle.collections) == len(COLLECTIONS))
    @rule(collection=collection_names)
    def drop(self, collection: str) -> None:
        self._count("drop")
        self.run(self.service.collections.delete(ADA, self.oracle.collections[collection]))
        self.oracle.drop(collection)

    # work

    @precondition(lambda self: self.last_step not in ("work", "settle"))
    @rule()
    def work(self) -> None:
        self._count("work")
        self.run(self._in_time(self.service.worker.drain()))

    @rule()
    def work_a_little(self) -> None:
        self._count("one job")
        self.run(self._in_time(self.service.worker.run_next()))

    @precondition(has_documents)
    @rule(choice=choices, at=kill_points)
    def work_and_die(self, choice: int, at: int) -> None:
        """A worker dies in the middle of a new version, or of whatever else is due, and others go on."""
        self.edit(choice)
        self.edit(choice + 1)
        finished = self.run(self._until_killed(at, lambda doomed: doomed.worker.drain()))
        self._count("work in another process" if finished else "work killed")

    @precondition(lambda self: self.last_step != "wait")
    @rule(seconds=st.sampled_from([30.0, 60.0, _DAY]))
    def wait(self, seconds: float) -> None:
        self._count("wait")
        self.world.clock.now += seconds

    @rule(collection=collection_names, name=file_names, content=contents)
    def everything_at_once(self, collection: str, name: str, content: Content) -> None:
        """Two workers, an upload, a reconciliation and queries side by side."""
        self._count("everything at once")
        self.run(self._everything_at_once(collection, self._collection(collection), name, content))
        self._find_out(collection, name, content)

    async def _everything_at_once(self, collection: str, collection_id: str, name: str, content: Content) -> None:
        async with self.world.process(self.index) as other:  # type: ignore[arg-type]
            querying = asyncio.create_task(self._query(collection_id, (collection, name), content))
            try:
                await self._in_time(
                    asyncio.gather(
                        self.service.worker.drain(),
                        self._put(other, collection_id, name, content),
                        other.worker.drain(),
                        self.service.reconciler.run(),
                    )
                )
            finally:
                querying.cancel()
                (ended,) = await asyncio.gather(querying, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), ended

    async def _query(self, collection_id: str, uploaded: tuple[str, str], content: Content) -> None:
        """Ask again and again: of each document all of one version is seen, or nothing."""
        known = self.oracle.living() | self.oracle.departing
        may_come = self.oracle.documents.get(uploaded)
        if may_come is not None:
            versions = may_come.versions | {may_come.newest + 1: content}
            known[may_come.document_id] = Expected(may_come.document_id, versions)
        while True:
            row = (await look(self.service)).collections[collection_id]
            for (document_id, version), found in _visible(await chunks_in(self.service, collection_id), row).items():
                if document_id in known:
                    assert found == self.chunks_of(known[document_id], version)
            await asyncio.sleep(0)

    # looking after the stores

    @precondition(lambda self: self.last_step != "reconcile")
    @rule(at=kill_points)
    def reconcile(self, at: int) -> None:
        finished = self.run(self._until_killed(at, lambda doomed: doomed.reconciler.run()))
        self._count("reconcile" if finished else "reconcile killed")

    @rule(collection=collection_names, number=st.integers(0, 9))
    def plant(self, collection: str, number: int) -> None:
        """Orphans in the index and the object store are gone after the next reconciliation."""
        self._count("plant")
        collection_id, key = self._collection(collection), f"originals/t/00/{number}"
        text = f"a planted stone {number}"
        chunk = StoredChunk(f"planted {number}", "t", ["*"], f"planted {number}", 1, "T", 0, len(text), text, born=0)
        entry = IndexedChunk(chunk, hashed_vectors([text], 32)[0], encode_document(text))
        self.run(self.index.upsert(collection_id, [entry]))
        self.run(self.service.stores.objects.write(key, text.encode()))
        report = self.run(self.service.reconciler.run()).stores
        assert min(report["index"].removed, report["originals"].removed) >= 1
        assert not self.run(self.service.stores.objects.exists(key))

    @precondition(has_documents)
    @rule(choice=choices)
    def damage(self, choice: int) -> None:
        """What the index has lost of a settled document comes back as a new version of the same content."""
        self.settle()
        self._count("damage")
        collection, name = self._choose(choice)
        one = self.oracle.documents[collection, name]
        self.run(self.index.delete(self.oracle.collections[collection], one.document_id))
        report = self.run(self.service.reconciler.run()).stores
        assert report["index"].repaired == 1
        one.versions[one.newest + 1] = one.versions[one.newest]
        self.run(self._in_time(self.service.worker.drain()))

    @precondition(lambda self: self.last_step != "settle")
    @rule()
    def settle(self) -> None:
        """Let everything be worked off; then each store holds exactly what it should."""
        self._count("settle")
        for _ in range(20):
            self.world.clock.now += _DAY
            self.run(self._in_time(self.service.worker.drain()))
            if not self._seen().open_jobs:
                break
        for path in (self.folder / "objects" / "incoming").glob("*"):
            os.utime(path, (0, 0))
        report = self.run(self.service.reconciler.run()).stores
        assert not any(one.repaired for one in report.values()), report
        assert self.may_have_left_orphans or not any(one.found for one in report.values()), report
        self.may_have_left_orphans = False
        self.oracle.departing.clear()
        for one in self.oracle.documents.values():
            one.active = one.newest
        self._check_every_store()
        report = self.run(self.service.reconciler.run()).stores
        assert not any(one.found for one in report.values()), report

    def _check_every_store(self) -> None:
        seen = self._seen()
        assert seen.open_jobs == 0
        assert seen.changes == []
        assert set(seen.collections) == set(self.oracle.collections.values())
        expected = {(one.document_id, number) for one in self.oracle.documents.values() for number in one.versions}
        assert {(row.document_id, row.version) for row in seen.versions} == expected
        assert self.run(objects_in(self.service)) == seen.objects
        living = self.oracle.living()
        assert {row.document_id for row in seen.vectors} == set(living)
        assert all(row.version == living[row.document_id].active for row in seen.vectors)
        for name, collection_id in self.oracle.collections.items():
            wanted: dict[str, str] = {}
            for (of, _), one in self.oracle.documents.items():
                if of == name:
                    assert one.active is not None
                    wanted |= self.chunks_of(one, one.active)
            stored = self.run(chunks_in(self.service, collection_id))
            assert {chunk_id: chunk.text for chunk_id, chunk in stored.items()} == wanted
            acls = {chunk.document_id: tuple(chunk.acl) for chunk in stored.values()}
            assert acls == {key: one.versions[one.newest].acl for key, one in living.items() if key in acls}

    # after each step

    @invariant()
    def queries_see_exactly_the_active_versions(self) -> None:
        if not hasattr(self, "service"):
            return
        seen = self._seen()
        living = {key: row for key, row in seen.documents.items() if not row.deleted}
        living = {key: row for key, row in living.items() if not seen.collections[row.collection_id].deleted}
        assert set(living) == set(self.oracle.living())
        assert set(seen.documents) - set(living) <= set(self.oracle.departing)
        for key, one in (self.oracle.living() | self.oracle.departing).items():
            row = seen.documents.get(key)
            if row is not None and key in living:
                assert row.version == one.newest
                assert (one.active or 0) <= (row.active_version or 0) <= one.newest, "a version went back"
                one.active = row.active_version
        for name, collection_id in self.oracle.collections.items():
            self._check_collection(name, seen, collection_id)

    def _check_collection(self, name: str, seen: Seen, collection_id: str) -> None:
        stored = self.run(chunks_in(self.service, collection_id))
        known = self.oracle.living() | self.oracle.departing
        for chunk in stored.values():
            one = known.get(chunk.document_id)
            assert one is not None, "a chunk of a document nobody knows"
            assert self.chunks_of(one, chunk.version)[chunk.chunk_id] == chunk.text
        here = [row for row in seen.documents.values() if row.collection_id == collection_id]
        active = {(row.id, row.active_version): known[row.id] for row in here if row.active_version is not None}
        wanted = {pair: self.chunks_of(one, pair[1]) for pair, one in active.items()}
        assert _visible(stored, seen.collections[collection_id]) == wanted
        listed = self.run(self.service.documents.list(ADA, collection_id))
        assert {one.document_id for one in listed} == {
            one.document_id for (of, _), one in self.oracle.documents.items() if of == name
        }

    # helpers

    def _choose(self, choice: int) -> tuple[str, str]:
        return sorted(self.oracle.documents)[choice % len(self.oracle.documents)]

    def _count(self, what: str) -> None:
        self.executed[what] += 1
        self.last_step = what

    def _seen(self) -> Seen:
        return self.run(look(self.service))

    def _collection(self, name: str) -> str:
        if name not in self.oracle.collections:
            self.oracle.collections[name] = self.run(self.service.collections.create(ADA, NewCollection(name=name))).id
        return self.oracle.collections[name]

    async def _put(self, ingestion: Ingestion, collection_id: str, name: str, content: Content) -> Any:
        collection = await ingestion.collections.find(ADA, collection_id)
        arrival = Arrival(name, pieces(content.text.encode()), acl=list(content.acl))
        return await ingestion.uploads.take(ADA, collection, arrival)


def _visible(stored: dict[str, StoredChunk], collection: Any) -> dict[tuple[str, int], dict[str, str]]:
    """What a query sees: (document id, version) -> chunk id -> text."""
    found: dict[tuple[str, int], dict[str, str]] = {}
    for chunk in stored.values():
        if chunk.born <= collection.sequence < chunk.died:
            found.setdefault((chunk.document_id, chunk.version), {})[chunk.chunk_id] = chunk.text
    return found


async def _awaited(work: Awaitable[Result]) -> Result:
    return await work
