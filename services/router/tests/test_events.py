from collections.abc import AsyncIterator

import pytest

from ragstone_contracts.errors import UpstreamError
from ragstone_router.events import whole_events

EVENTS = b'data: {"a": 1}\n\n: ping\n\ndata: {"b": 2}\r\n\r\ndata: [DONE]\n\n'


@pytest.mark.parametrize("size", range(1, 12))
async def test_events_cut_anywhere_come_out_whole(size: int) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(EVENTS), size):
            yield EVENTS[start : start + size]

    runs = [run async for run in whole_events(pieces())]

    assert b"".join(runs) == EVENTS
    assert all(run.endswith((b"\n\n", b"\r\n\r\n")) for run in runs)


async def test_half_an_event_at_the_end_is_dropped() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield EVENTS + b'data: {"c'

    assert b"".join([run async for run in whole_events(pieces())]) == EVENTS


async def test_an_event_that_never_ends_is_not_kept() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 4_000_000

    with pytest.raises(UpstreamError, match="without an end"):
        await anext(whole_events(pieces()))
