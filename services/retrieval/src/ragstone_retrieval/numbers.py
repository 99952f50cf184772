"""The numbers that stand behind the steps of a strategy."""

from dataclasses import dataclass
from typing import Protocol

from ragstone_retrieval.errors import InvalidStepNumber


@dataclass(frozen=True)
class Number:
    """What may stand behind a step's colon; ``usual`` counts where nothing does."""

    usual: float
    least: float
    most: float
    whole: bool = True

    def check(self, step: str, number: float) -> None:
        """Raises InvalidStepNumber."""
        if not self.least <= number <= self.most or (self.whole and number != int(number)):
            kind = "a whole number" if self.whole else "a number"
            raise InvalidStepNumber(
                f"the step '{step}' takes {kind} from {self.least:g} to {self.most:g}, not {number:g}", step=step
            )


class Numbered(Protocol):
    """A step, as far as its number goes."""

    @property
    def numbers(self) -> Number: ...
