"""Questions that were answered, each within its space, and those of them that are near another one."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ragstone_router.caching.keys import Question

_IN_A_SPACE = 512
_IN_ALL = 20_000
"""With vectors of 384 dimensions about 40 MB."""

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Answered:
    """A question, and the key its answer is kept under."""

    text: str
    key: str


@dataclass(frozen=True)
class _Placed:
    vector: Vector
    answered: Answered


class Questions:
    """Kept in the memory of one router. The oldest of a space, and the space not asked in for the longest, go first."""

    def __init__(self, in_a_space: int = _IN_A_SPACE, in_all: int = _IN_ALL) -> None:
        self._in_a_space = in_a_space
        self._in_all = in_all
        self._spaces: OrderedDict[str, OrderedDict[str, _Placed]] = OrderedDict()
        self.count = 0

    def add(self, question: Question, vector: Vector, key: str) -> None:
        """``vector`` is of unit length; the embedder of one space is always the same."""
        space = self._spaces.setdefault(question.space, OrderedDict())
        self._spaces.move_to_end(question.space)
        self._forget(space, key)
        space[key] = _Placed(vector, Answered(question.text, key))
        self.count += 1
        if len(space) > self._in_a_space:
            self._forget(space, next(iter(space)))
        while self.count > self._in_all:
            _, dropped = self._spaces.popitem(last=False)
            self.count -= len(dropped)

    def near(self, question: Question, vector: Vector, least: float, most: int) -> list[Answered]:
        """Those of the same space with at least so large a cosine, the nearest first."""
        space = self._spaces.get(question.space)
        if not space:
            return []
        self._spaces.move_to_end(question.space)
        placed = list(space.values())
        cosines = np.stack([one.vector for one in placed]) @ vector
        order = np.argsort(-cosines)[:most]
        return [placed[place].answered for place in order if cosines[place] >= least]

    def _forget(self, space: OrderedDict[str, _Placed], key: str) -> None:
        if space.pop(key, None) is not None:
            self.count -= 1
