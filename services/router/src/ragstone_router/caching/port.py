"""The AnswerStore port: where answers are kept, for one router or for all of them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Kept:
    """A whole answer: the JSON ``body`` as the OpenAI wire has it, the ``model`` that gave it, and when (Unix time)."""

    body: bytes
    model: str
    at: float


class AnswerStore(Protocol):
    """Holds at most so many bytes, and lets go first of what was not asked for the longest.

    A store that does not answer is an empty one: nothing is raised.
    """

    async def find(self, key: str) -> Kept | None:
        """What is kept under the key, unless its time is over."""
        ...

    async def keep(self, key: str, kept: Kept, seconds: float) -> None:
        """In the place of what was kept there. What is larger than an eighth of the store is not kept."""
        ...

    async def close(self) -> None: ...


LARGEST_SHARE = 8
"""One part in so many of a store is the most that one answer may take."""
OVERHEAD = 400
"""Bytes that an entry takes besides its body, about."""


def size_of(kept: Kept) -> int:
    return len(kept.body) + OVERHEAD
