"""Many waits at once, but not too many."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Input = TypeVar("Input")
Output = TypeVar("Output")
OnDone = Callable[[int, int], None]
"""Told how many are done, and of how many."""


async def map_bounded(
    inputs: Sequence[Input],
    work: Callable[[Input], Awaitable[Output]],
    *,
    concurrency: int,
    on_done: OnDone | None = None,
) -> list[Output]:
    """The outputs in the order of the inputs. The first exception stops the rest and is raised as it is."""
    slots, done = asyncio.Semaphore(concurrency), 0

    async def one(value: Input) -> Output:
        nonlocal done
        async with slots:
            output = await work(value)
        done += 1
        if on_done is not None:
            on_done(done, len(inputs))
        return output

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(value)) for value in inputs]
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    return [task.result() for task in tasks]
