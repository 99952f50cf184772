"""What a model costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Price:
    """USD per million tokens. ``cached`` is for the part of the prompt the server had kept, where it differs."""

    input: float
    output: float
    cached: float | None = None

    def of(self, usage: Mapping[str, Any]) -> float | None:
        """The cost of an answer in USD; None when the server did not say how many tokens it took."""
        asked, answered = usage.get("prompt_tokens"), usage.get("completion_tokens", 0)
        if not isinstance(asked, int) or not isinstance(answered, int):
            return None
        kept = self._kept(usage)
        cached = self.input if self.cached is None else self.cached
        return ((asked - kept) * self.input + kept * cached + answered * self.output) / 1e6

    def _kept(self, usage: Mapping[str, Any]) -> int:
        details = usage.get("prompt_tokens_details")
        kept = details.get("cached_tokens") if isinstance(details, Mapping) else None
        return kept if isinstance(kept, int) else 0


FREE = Price(0.0, 0.0)
