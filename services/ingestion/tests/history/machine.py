"""Random histories of a collection with snapshots and rollbacks, against a dictionary of what each snapshot saw.

After each step every snapshot, and the state a rollback goes back to, is seen as it was; when all is settled, the
present is what the dictionary says and the stores hold that, what the snapshots see, and nothing else.
"""

import asyncio
import copy
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ragstone_contracts.errors import NotFound
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.history.snapshots import BEFORE_ROLLBACK

from ..conftest import ADA, new_collection, new_world, put, text_of  # noqa: TID252  tests are no packages
from ..kill_switch import Killed, KillSwitch  # noqa: TID252
from ..stateful.stores import look  # noqa: TID252
from .looking import nothing_is_left_over, snapshot

Result = TypeVar("Result")
_DAY = 86_400.0

Shown = dict[str, tuple[str, str]]
"""File name -> (document id, text)."""

file_names = st.sampled_from(["a.txt", "b.txt", "c.txt"])
contents = st.sampled_from(["grey", "red", "white"])
choices = st.integers(0, 99)
kill_points = st.integers(0, 40)


class HistoryMachine(RuleBasedStateMachine):
    """``present`` is what will be seen when everything is settled, ``pinned`` what a rollback under way shows."""

    runner: ClassVar[asyncio.Runner]
    executed: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        shared_memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(dir=shared_memory if shared_memory.is_dir() else None))
        self.world = new_world(f"sqlite+aiosqlite:///{self.folder}/db", self.folder)
        self.world.settings.max_attempts = 10_000
        self.running = AsyncExitStack()
        self.present: Shown = {}
        self.snapshots: dict[str, Shown] = {}
        self.pinned: Shown | None = None
        self.last_step = ""

    def run(self, work: Awaitable[Result]) -> Result:
        return self.runner.run(_awaited(work))

    @initialize()
    def begin(self) -> None:
        self.service: Ingestion = self.run(self.running.enter_async_context(self.world.process()))
        self.demo = self.run(new_collection(self.service))

    def teardown(self) -> None:
        if hasattr(self, "demo"):
            self.settle()
        self.run(self.running.aclose())
        shutil.rmtree(self.folder)

    # documents

    @rule(name=file_names, text=contents)
    def upload(self, name: str, text: str) -> None:
        self._count("upload")
        accepted = self.run(put(self.service, self.demo, name, text_of(text, 1)))
        self.present[name] = (accepted.document_id, text)

    @precondition(lambda self: self.pinned is None)
    @rule(choice=choices)
    def delete(self, choice: int) -> None:
        if document := self._choose(choice):
            self._count("delete")
            self.run(self.service.deletion.request(ADA, document))
            self._drop(self.present, document)

    @rule(choice=choices)
    def erase(self, choice: int) -> None:
        """Also of a document that is hidden, or held by a snapshot alone."""
        known = sorted({one for shown in [self.present, *self.snapshots.values()] for one, _ in shown.values()})
        if not known:
            return
        self._count("erase")
        document = known[choice % len(known)]
        self.run(self._erase(document))
        for shown in [self.present, *self.snapshots.values(), *([] if self.pinned is None else [self.pinned])]:
            self._drop(shown, document)

    async def _erase(self, document: str) -> None:
        try:
            requested = await self.service.deletion.request(ADA, document, erase=True)
        except NotFound:
            return
        await self._in_time(self.service.worker.finish(requested.job_id, None))
        remaining = (await self.service.deletion.receipt(requested)).remaining
        assert not any(remaining.values()), remaining

    # states

    @rule()
    def take(self) -> None:
        """What is seen now, which may be behind what was uploaded."""
        name = f"s{self.executed.total()}"
        self._count("snapshot")
        seen = self._seen()
        self.snapshots[self.run(snapshot(self.service, self.demo, name))] = seen

    @precondition(lambda self: self.snapshots)
    @rule(choice=choices)
    def forget(self, choice: int) -> None:
        self._count("snapshot deleted")
        name = sorted(self.snapshots)[choice % len(self.snapshots)]
        self.run(self.service.history.delete(ADA, self.demo.id, name))
        del self.snapshots[name]

    @precondition(lambda self: self.snapshots)
    @rule(choice=choices)
    def roll_back(self, choice: int) -> None:
        self._count("rollback" if self.pinned is None else "rollback during a rollback")
        name, before = sorted(self.snapshots)[choice % len(self.snapshots)], self._seen()
        begun = self.run(self.service.history.roll_back(ADA, self.demo.id, name))
        self.snapshots[begun.before] = before
        self.pinned, self.present = dict(self.snapshots[name]), dict(self.snapshots[name])

    @precondition(lambda self: any(name.startswith(BEFORE_ROLLBACK) for name in self.snapshots))
    @rule()
    def undo(self) -> None:
        last = self.run(self.service.history.last_rollback(ADA, self.demo.id)).before
        if last in self.snapshots:
            self.roll_back(sorted(self.snapshots).index(last))

    # work

    @rule()
    def work_a_little(self) -> None:
        self._count("one job")
        self.run(self._in_time(self.service.worker.run_next()))

    @precondition(lambda self: self.last_step != "work")
    @rule(seconds=st.sampled_from([1.0, 60.0, _DAY]))
    def work(self, seconds: float) -> None:
        self._count("work")
        self.world.clock.now += seconds
        self.run(self._in_time(self.service.worker.drain()))

    @rule(at=kill_points)
    def work_and_die(self, at: int) -> None:
        self.world.clock.now += 61
        finished = self.run(self._until_killed(at, lambda doomed: doomed.worker.drain()))
        self._count("work in another process" if finished else "work killed")
        self.world.clock.now += self.world.settings.lease_seconds

    @precondition(lambda self: "reconcile" not in self.last_step)
    @rule(at=kill_points)
    def reconcile(self, at: int) -> None:
        finished = self.run(self._until_killed(at, lambda doomed: doomed.reconciler.run()))
        self._count("reconcile" if finished else "reconcile killed")

    async def _until_killed(self, at: int, work: Callable[[Ingestion], Awaitable[Any]]) -> bool:
        async with self.world.process(copy.copy(self.world.index)) as doomed:
            KillSwitch(at).wire(doomed)
            try:
                await self._in_time(work(doomed))
            except Killed:
                return False
        return True

    async def _in_time(self, work: Awaitable[Result]) -> Result:
        """Work, while time passes: leases of dead workers run out."""
        working = asyncio.ensure_future(work)
        while not (await asyncio.wait({working}, timeout=0.25))[0]:
            self.world.clock.now += self.world.settings.lease_seconds
        return working.result()

    @precondition(lambda self: self.last_step not in ("settle", "work", "snapshot"))
    @rule()
    def settle(self) -> None:
        self._count("settle")
        for _ in range(50):
            self.world.clock.now += _DAY
            self.run(self._in_time(self.service.worker.drain()))
            if not self.run(look(self.service)).open_jobs:
                break
        self._is_rolled_back()
        assert self.pinned is None
        assert self._seen() == self.present
        self.run(self.service.reconciler.run())  # removes what crashes left
        self.run(self._in_time(self.service.worker.drain()))
        self.run(nothing_is_left_over(self.service))
        shown = [self.present, *self.snapshots.values()]
        held = {chunk.document_id for chunk in self.run(self.service.stores.index.chunks(self.demo.id))}
        assert held == {document for one in shown for document, _ in one.values()}

    # after each step

    @invariant()
    def every_state_that_is_kept_is_seen_as_it_was(self) -> None:
        if not hasattr(self, "demo"):
            return
        for name, shown in self.snapshots.items():
            assert self._seen(name) == shown, name
        self._is_rolled_back()
        if self.pinned is not None:
            assert self._seen() == self.pinned

    def _is_rolled_back(self) -> None:
        if self.pinned is not None:
            last = self.run(self.service.history.last_rollback(ADA, self.demo.id))
            self.pinned = self.pinned if last.state == "running" else None

    # helpers

    def _seen(self, as_of: str | None = None) -> Shown:
        found = self.run(self.service.collections.find(ADA, self.demo.id, as_of))
        shown: Shown = {}
        for chunk in self.run(self.service.stores.index.chunks(self.demo.id)):
            if chunk.born <= found.sequence < chunk.died:
                text = chunk.text.removeprefix("The ").split(" stone")[0]
                name = str(chunk.metadata["filename"])
                assert shown.setdefault(name, (chunk.document_id, text)) == (chunk.document_id, text)
        return shown

    def _choose(self, choice: int) -> str | None:
        living = sorted(document for document, _ in self.present.values())
        return living[choice % len(living)] if living else None

    def _drop(self, shown: Shown, document: str) -> None:
        for name in [name for name, one in shown.items() if one[0] == document]:
            del shown[name]

    def _count(self, what: str) -> None:
        self.executed[what] += 1
        self.last_step = what


def walk(histories: int, steps: int = 40, *, same: bool = False) -> Counter[str]:
    """Take so many histories, always the ``same`` or others each time; returns how often each rule was executed."""
    counted: Counter[str] = Counter()
    with asyncio.Runner() as one_loop:

        class OnThisLoop(HistoryMachine):
            runner, executed = one_loop, counted

        modest = settings(
            max_examples=histories,
            stateful_step_count=steps,
            phases=[Phase.generate],  # shrinking a history of real stores outlasts anybody's patience
            deadline=None,
            derandomize=same,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        run_state_machine_as_test(OnThisLoop, settings=modest)
    return counted


async def _awaited(work: Awaitable[Result]) -> Result:
    return await work
