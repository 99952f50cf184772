"""Strategies: the legs that find candidates and the steps that follow, as ``hybrid+rerank+mmr:0.7`` names them."""

from collections.abc import Mapping
from dataclasses import dataclass

from ragstone_retrieval.errors import UnknownStrategy
from ragstone_retrieval.numbers import Numbered

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

    def after(self, step: str) -> "Strategy":
        """With the step first, unless it is in it already."""
        return self if self.has(step) else Strategy(self.leg, (Call(step), *self.calls))

    def then(self, step: str) -> "Strategy":
        """With the step at its end, unless it is in it already."""
        return self if self.has(step) else Strategy(self.leg, (*self.calls, Call(step)))

    def has(self, step: str) -> bool:
        return any(call.step == step for call in self.calls)


def parse_strategy(text: str, steps: Mapping[str, Numbered]) -> Strategy:
    """The strategy of that name.

    Raises UnknownStrategy for a leg or step there is not, or a number that is none, InvalidStepNumber for a number that
    the step does not take.
    """
    leg, *rest = (part.strip() for part in text.split("+"))
    if leg not in LEGS:
        raise UnknownStrategy(f"'{text}' begins with none of {', '.join(LEGS)}")
    return Strategy(leg, tuple(_call(part, steps) for part in rest))


def _call(text: str, steps: Mapping[str, Numbered]) -> Call:
    name, colon, number = text.partition(":")
    if name not in steps:
        raise UnknownStrategy(f"there is no step '{name}'; there are {', '.join(sorted(steps))}")
    call = Call(name, _number(name, number) if colon else None)
    if call.number is not None:
        steps[name].numbers.check(name, call.number)
    return call


def _number(step: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UnknownStrategy(f"'{text}' behind the step '{step}' is no number") from error
