"""What a model costs.

Costs are summed as whole numbers of a millionth of a millionth of a USD: a price per million tokens with up to six
digits after the point is then a whole number per token, and no sum of costs is rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

PICO_PER_USD = 10**12
_PICO_PER_TOKEN = 10**6
"""Of one USD per million tokens."""


@dataclass(frozen=True)
class Rates:
    """USD per million tokens. Of the prompt ``cached`` is for the part the server had kept and ``written`` for the part
    it keeps from now on, where they differ from the rest."""

    input: float
    output: float
    cached: float | None = None
    written: float | None = None

    @cached_property
    def _of_each(self) -> tuple[int, int, int, int]:
        cached = self.input if self.cached is None else self.cached
        written = self.input if self.written is None else self.written
        return _per_token(self.input), _per_token(self.output), _per_token(cached), _per_token(written)

    def pico(self, asked: int, answered: int, kept: int, written: int) -> int:
        """``kept`` and ``written`` are among those that were asked with."""
        of_input, of_output, of_cached, of_written = self._of_each
        return (asked - kept - written) * of_input + answered * of_output + kept * of_cached + written * of_written


@dataclass(frozen=True)
class LongPrompt:
    """The rates of all tokens of a request whose prompt has more than ``above``."""

    above: int
    rates: Rates


@dataclass(frozen=True)
class Price(Rates):
    """``search_unit`` is USD for each unit of a reranker that counts those."""

    long: LongPrompt | None = None
    search_unit: float | None = None

    def of(self, usage: Mapping[str, Any]) -> float | None:
        """The cost of an answer in USD; None when the server did not say what it took."""
        cost = self.pico_of(usage)
        return None if cost is None else in_usd(cost)

    def pico_of(self, usage: Mapping[str, Any]) -> int | None:
        """The same, exactly."""
        if self.search_unit is not None:
            units = usage.get("search_units")
            return round(self.search_unit * PICO_PER_USD) * units if isinstance(units, int) else None
        asked, answered = usage.get("prompt_tokens"), usage.get("completion_tokens", 0)
        if not isinstance(asked, int) or not isinstance(answered, int):
            return None
        rates = self.long.rates if self.long is not None and asked > self.long.above else self
        return rates.pico(asked, answered, *_apart(usage))


def _apart(usage: Mapping[str, Any]) -> tuple[int, int]:
    """The tokens of the prompt that were kept, and those that are from now on."""
    details = usage.get("prompt_tokens_details")
    if not isinstance(details, Mapping):
        return 0, 0
    kept, written = details.get("cached_tokens"), details.get("cache_write_tokens")
    return kept if isinstance(kept, int) else 0, written if isinstance(written, int) else 0


def _per_token(usd_per_million: float) -> int:
    return round(usd_per_million * _PICO_PER_TOKEN)


def in_usd(pico: int) -> float:
    """Exact to fifteen digits."""
    return pico / PICO_PER_USD


FREE = Price(0.0, 0.0)
