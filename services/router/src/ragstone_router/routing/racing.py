"""Two lanes at a time: the second begins when the first is late, and whoever speaks first is the answer."""

import asyncio

from prometheus_client import Counter

from ragstone_router.errors import ModelRefused
from ragstone_router.routing.lane import Lane, Opened, Spoken

_hedges = Counter("ragstone_router_hedges_total", "Deployments asked besides a late one.", ["deployment", "outcome"])

HEDGED = "hedged"
_Task = asyncio.Task[Spoken[Opened]]


async def raced(lane: Lane[Opened], after: float) -> Spoken[Opened]:
    """The lane's answer, or that of a second one that begins when there was no word ``after`` seconds.

    The one that loses is hung up on, and charged for the prompt it was sent. Raises what the first lane raises.
    """
    main = asyncio.ensure_future(lane.run())
    lanes = {main: lane}
    won: _Task[Opened] | None = None
    try:
        await asyncio.wait(lanes, timeout=after)
        second = None if main.done() else await _second(lane)
        if second is not None:
            lanes[asyncio.ensure_future(second.run())] = second
        won = await _first(main, list(lanes))
        return won.result()
    finally:
        await _hang_up(lanes, won)


async def _second(lane: Lane[Opened]) -> Lane[Opened] | None:
    if lane.asked is None:
        return None
    charge = await lane.attempt.another_charge()
    deployment = await lane.candidates.hedge(charge, lane.asked)
    return None if deployment is None else Lane(lane.candidates, lane.attempt, charge, deployment)


async def _first(main: _Task[Opened], tasks: list[_Task[Opened]]) -> _Task[Opened]:
    """The first that ends in an answer; the main one when none does, or when it found the request at fault."""
    pending = set(tasks)
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.exception() is None:
                return task
        if main in done and isinstance(main.exception(), ModelRefused):
            return main
    return main


async def _hang_up(lanes: dict[_Task[Opened], Lane[Opened]], won: _Task[Opened] | None) -> None:
    """End every lane but the one that won."""
    spoken = won is not None and won.exception() is None
    for task, lane in lanes.items():
        if lane.first is not None:
            _hedges.labels(lane.first.name, "won" if task is won else "lost").inc()
        if task is not won:
            task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            if isinstance(ended, Spoken):
                await ended.held.aclose()
            if spoken:
                _lost(lane)


def _lost(lane: Lane[Opened]) -> None:
    if lane.asked is None:
        return
    name = lane.asked.model or lane.asked.name
    lane.waited()
    lane.charge.answers(lane.asked, name)
    lane.charge.lost = True
    if lane.first is None:
        lane.candidates.reasons.append((name, HEDGED))
