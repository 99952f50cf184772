import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from ragstone_contracts.errors import Unavailable
from ragstone_inference.waiting import Kind
from ragstone_inference.work_queue import WorkQueue


@pytest.fixture
def work() -> Iterator[WorkQueue]:
    queue = WorkQueue()
    yield queue
    queue.close()


async def test_urgent_work_overtakes_what_is_queued(work: WorkQueue) -> None:
    gate = threading.Event()
    done: list[str] = []
    first = asyncio.create_task(work.run(gate.wait, urgent=False))
    await asyncio.sleep(0.02)
    slow = [asyncio.create_task(work.run(lambda: done.append("slow"), urgent=False)) for _ in range(3)]
    await asyncio.sleep(0)
    fast = asyncio.create_task(work.run(lambda: done.append("fast"), urgent=True))
    await asyncio.sleep(0)

    gate.set()
    await asyncio.gather(first, fast, *slow)

    assert done == ["fast", "slow", "slow", "slow"]


async def test_requests_take_turns_and_none_is_overtaken_for_ever(work: WorkQueue) -> None:
    gate = threading.Event()
    done: list[str] = []

    def request(name: str, pieces: int) -> list[asyncio.Task[None]]:
        runs = (work.run(lambda: done.append(name), urgent=False, place=place) for place in range(pieces))
        return [asyncio.create_task(run) for run in runs]

    first = asyncio.create_task(work.run(gate.wait, urgent=False))
    await asyncio.sleep(0.02)
    waiting = request("long", 5)
    await asyncio.sleep(0)
    waiting += request("short", 2)
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *waiting)
    await asyncio.gather(*request("later", 1))

    assert done == ["long", "short", "long", "short", "long", "long", "long", "later"]


async def test_work_nobody_waits_for_any_more_is_skipped(work: WorkQueue) -> None:
    gate = threading.Event()
    done: list[str] = []
    first = asyncio.create_task(work.run(gate.wait, urgent=False))
    await asyncio.sleep(0.02)
    given_up = asyncio.create_task(work.run(lambda: done.append("given up"), urgent=False))
    await asyncio.sleep(0.02)
    given_up.cancel()
    await asyncio.sleep(0)

    gate.set()
    await first
    await work.run(lambda: done.append("last"), urgent=False)

    assert done == ["last"]


async def test_an_error_reaches_who_asked_and_the_queue_goes_on(work: WorkQueue) -> None:
    with pytest.raises(ZeroDivisionError):
        await work.run(lambda: 1 / 0, urgent=False)

    assert await work.run(lambda: 1 + 1, urgent=True) == 2


@dataclass
class Gates:
    """Work that runs until its gate is opened, and says that it runs."""

    running: set[str] = field(default_factory=set)
    opened: dict[str, threading.Event] = field(default_factory=dict)

    def work(self, name: str) -> Callable[[], str]:
        gate = self.opened.setdefault(name, threading.Event())

        def wait() -> str:
            self.running.add(name)
            gate.wait(10)
            return name

        return wait

    async def until_running(self, *names: str) -> None:
        async with asyncio.timeout(5):
            while not self.running.issuperset(names):  # noqa: ASYNC110  a thread has no event of this loop
                await asyncio.sleep(0.005)

    def open_all(self) -> None:
        for gate in self.opened.values():
            gate.set()


@pytest.fixture
def gates() -> Iterator[Gates]:
    gates = Gates()
    yield gates
    gates.open_all()


async def test_while_questions_come_one_thread_is_kept_for_them(gates: Gates) -> None:
    work = WorkQueue(2, calm_seconds=60)
    assert await work.run(lambda: "the first question", urgent=True)

    bulk = [asyncio.create_task(work.run(gates.work(name), urgent=False)) for name in ("one", "two")]
    await gates.until_running("one")
    answered = await work.run(lambda: "at once", urgent=True)

    assert answered == "at once"
    assert gates.running == {"one"}
    gates.open_all()
    assert await asyncio.gather(*bulk) == ["one", "two"]
    work.close()


async def test_when_no_question_has_come_for_a_while_bulk_has_every_thread(gates: Gates) -> None:
    work = WorkQueue(2, calm_seconds=0.05)
    await work.run(lambda: "a question", urgent=True)

    bulk = [asyncio.create_task(work.run(gates.work(name), urgent=False)) for name in ("one", "two")]
    await gates.until_running("one", "two")

    gates.open_all()
    await asyncio.gather(*bulk)
    work.close()


async def test_questions_without_end_do_not_keep_the_others_from_ever_running(work: WorkQueue) -> None:
    gate = threading.Event()
    done: list[str] = []
    first = asyncio.create_task(work.run(gate.wait, urgent=False))
    await asyncio.sleep(0.02)
    bulk = [asyncio.create_task(work.run(lambda: done.append("bulk"), urgent=False)) for _ in range(2)]
    questions = [asyncio.create_task(work.run(lambda: done.append("question"), urgent=True)) for _ in range(40)]
    await asyncio.sleep(0)

    gate.set()
    await asyncio.gather(first, *bulk, *questions)

    assert [place for place, one in enumerate(done) if one == "bulk"] == [16, 33]


async def test_items_of_a_kind_that_wait_together_share_a_run(work: WorkQueue) -> None:
    gate = threading.Event()
    batches: list[list[int]] = []

    def doubled(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        return [2 * item for item in items]

    first = asyncio.create_task(work.run(gate.wait, urgent=False))
    await asyncio.sleep(0.02)
    short, long = Kind("short", doubled, most=3), Kind("long", doubled, most=3)
    asked = [(short, 1), (long, 2), (short, 3), (short, 4), (short, 5)]
    items = [asyncio.create_task(work.run_item(kind, item, urgent=False)) for kind, item in asked]
    question = asyncio.create_task(work.run_item(short, 6, urgent=True))
    await asyncio.sleep(0)
    items[2].cancel()
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(first, question, *items, return_exceptions=True)

    assert batches == [[6], [1, 4, 5], [2]]
    assert results[1:3] == [12, 2]
    assert results[-1] == 10


async def test_an_error_reaches_everybody_in_the_run(work: WorkQueue) -> None:
    def one_too_few(items: Sequence[int]) -> list[int]:
        return list(items)[1:]

    kind = Kind("kind", one_too_few, most=2)
    for _ in range(2):
        with pytest.raises(ValueError, match="shorter"):
            await work.run_item(kind, 1, urgent=False)


async def test_a_closed_queue_takes_nothing_and_drops_what_waited(gates: Gates) -> None:
    work = WorkQueue()
    running = asyncio.create_task(work.run(gates.work("running"), urgent=False))
    await gates.until_running("running")
    waiting = asyncio.create_task(work.run(lambda: "waited", urgent=False))
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(work.close))
    await asyncio.sleep(0.05)
    gates.open_all()
    await closing

    assert await running == "running"
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(Unavailable):
        await work.run(lambda: "late", urgent=True)
