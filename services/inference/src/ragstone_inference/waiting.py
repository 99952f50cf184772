"""Pieces of work that wait for a thread, in the order in which they are to run."""

import heapq
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """What is done with a piece. Up to ``most`` that wait with an equal ``key`` go through one call of ``run``, which
    gives a result for each item in order."""

    key: Hashable
    run: Callable[[Sequence[Any]], Sequence[Any]] = field(compare=False)
    most: int = 1


@dataclass(order=True)
class Piece:
    turn: int
    number: int
    kind: Kind = field(compare=False)
    item: Any = field(compare=False)
    future: Future[Any] = field(compare=False, default_factory=Future)
    came: float = field(compare=False, default_factory=time.monotonic)

    def claim(self) -> bool:
        """False when it runs already or nobody waits for it any more."""
        return not self.future.running() and not self.future.done() and self.future.set_running_or_notify_cancel()


class Lane:
    """Waiting pieces by turn. Not safe for several threads."""

    def __init__(self) -> None:
        self._by_turn: list[Piece] = []
        self._alike: dict[Kind, deque[Piece]] = {}

    def put(self, piece: Piece) -> None:
        heapq.heappush(self._by_turn, piece)
        if piece.kind.most > 1:
            self._alike.setdefault(piece.kind, deque()).append(piece)

    def __bool__(self) -> bool:
        while self._by_turn and (self._by_turn[0].future.running() or self._by_turn[0].future.done()):
            heapq.heappop(self._by_turn)
        return bool(self._by_turn)

    def take(self) -> list[Piece]:
        """The next piece and others that go through the same run; empty when all that waited were given up."""
        while self._by_turn:
            first = heapq.heappop(self._by_turn)
            if first.claim():
                return [first, *self._companions(first.kind)]
        return []

    def _companions(self, kind: Kind) -> list[Piece]:
        found: list[Piece] = []
        alike = self._alike.get(kind, deque())
        while alike and len(found) < kind.most - 1:
            piece = alike.popleft()
            if piece.claim():
                found.append(piece)
        if not alike:
            self._alike.pop(kind, None)
        return found

    def clear(self) -> None:
        for piece in self._by_turn:
            piece.future.cancel()
        self._by_turn.clear()
        self._alike.clear()
