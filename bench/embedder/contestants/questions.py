"""Queries one after the other, alone and while a load is embedded."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any

Call = Callable[[Sequence[str]], Awaitable[Any]]
_UNDER_WAY = 0.2
_PAUSE = 0.01


async def waits(embed: Call, queries: Sequence[str]) -> list[float]:
    return [await _seconds(embed, query) for query in queries]


async def waits_beside(embed: Call, texts: Sequence[str], queries: Sequence[str]) -> list[float]:
    """Those of queries that came after the load had ended are left out."""
    load = asyncio.ensure_future(embed(texts))
    await asyncio.sleep(_UNDER_WAY)
    found = []
    for query in queries:
        seconds = await _seconds(embed, query)
        if load.done():
            break
        found.append(seconds)
        await asyncio.sleep(_PAUSE)
    await load
    return found


async def _seconds(embed: Call, query: str) -> float:
    started = perf_counter()
    await embed([query])
    return perf_counter() - started
