"""The port of a strategy's steps."""

from typing import Protocol

from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.numbers import Number
from ragstone_retrieval.query import Query


class Step(Protocol):
    """Orders, adds or takes away candidates, best first; ``number`` is within what :attr:`numbers` allows.

    A step whose model is away returns the candidates as they are and adds its name to ``query.degraded``.
    """

    @property
    def numbers(self) -> Number: ...

    async def run(self, query: Query, candidates: list[Candidate], number: float) -> list[Candidate]: ...
