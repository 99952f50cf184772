"""Strategies: the legs that find candidates and the steps that follow, as ``hybrid+rerank+mmr:0.7`` names them."""

from collections.abc import Collection
from dataclasses import dataclass

from ragstone_retrieval.errors import UnknownStrategy

LEGS = ("dense", "sparse", "hybrid", "rrf")
"""``hybrid`` believes each leg as far as its best hits stand out, ``rrf`` fuses the two by rank alone."""


@dataclass(frozen=True)
class Call:
    """A step of a strategy, with its number."""

    step: str
    number: float | None = None

    def __str__(self) -> str:
        return self.step if self.number is None else f"{self.step}:{self.number:g}"


@dataclass(frozen=True)
class Strategy:
    leg: str
    calls: tuple[Call, ...] = ()

    def __str__(self) -> str:
        return "+".join([self.leg, *map(str, self.calls)])

    def then(self, step: str) -> "Strategy":
        """With the step at its end, unless it is in it already."""
        if any(call.step == step for call in self.calls):
            return self
        return Strategy(self.leg, (*self.calls, Call(step)))


def parse_strategy(text: str, steps: Collection[str]) -> Strategy:
    """The strategy of that name. Raises UnknownStrategy for a leg or step there is not, or a number that is none."""
    leg, *rest = (part.strip() for part in text.split("+"))
    if leg not in LEGS:
        raise UnknownStrategy(f"'{text}' begins with none of {', '.join(LEGS)}")
    return Strategy(leg, tuple(_call(part, steps) for part in rest))


def _call(text: str, steps: Collection[str]) -> Call:
    name, colon, number = text.partition(":")
    if name not in steps:
        raise UnknownStrategy(f"there is no step '{name}'; there are {', '.join(sorted(steps))}")
    try:
        return Call(name, float(number) if colon else None)
    except ValueError as error:
        raise UnknownStrategy(f"'{number}' behind the step '{name}' is no number") from error
