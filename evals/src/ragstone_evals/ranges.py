"""Answers that are ranges of characters: how much of them a search returns, and how much else with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ragstone_evals.dataset import Sample
from ragstone_evals.metric import Metric
from ragstone_evals.scorer import Failure, Scores

Span = tuple[int, int]


def locate(text: str, content: str, near: int) -> Span:
    """The occurrence of ``content`` that begins nearest to ``near``. Raises ValueError when there is none."""
    starts, start = [], text.find(content)
    while start >= 0:
        starts.append(start)
        start = text.find(content, start + 1)
    if not starts:
        raise ValueError(f"the answer {content[:60]!r} is not in its corpus")
    start = min(starts, key=lambda one: abs(one - near))
    return start, start + len(content)


@dataclass(frozen=True)
class RangeScorer:
    """Scores an output ``{"passages": [[document, start, end], ...]}``, best first, over its first ``first`` passages.

    The target is ``{"document": id, "ranges": [[start, end], ...]}``. A character returned twice counts once.
    ``recall`` is of the answer's characters, ``precision`` of the returned ones, ``IoU`` what both share over what
    either has.
    """

    first: int = 5
    metrics: Sequence[Metric] = field(init=False)

    def __post_init__(self) -> None:
        names = ("recall", "precision", "IoU")
        object.__setattr__(self, "metrics", [Metric(name=f"{name}@{self.first}") for name in names])

    def score(self, sample: Sample, output: Any) -> Scores | Failure:
        document = sample.target["document"]
        wanted = _characters((document, start, end) for start, end in sample.target["ranges"])
        if not wanted:
            return Failure("no range of the answer is known")
        returned = _characters(output["passages"][: self.first])
        shared = len(wanted & returned)
        return {
            f"recall@{self.first}": shared / len(wanted),
            f"precision@{self.first}": shared / max(1, len(returned)),
            f"IoU@{self.first}": shared / len(wanted | returned),
        }


def _characters(spans: Iterable[Sequence[Any]]) -> set[tuple[str, int]]:
    return {(document, position) for document, start, end in spans for position in range(start, end)}
