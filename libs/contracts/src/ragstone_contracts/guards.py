"""Guards: what a text is checked for, where, and what was found."""

from typing import Literal

from pydantic import Field

from ragstone_contracts.model import Wire

Stage = Literal["input", "retrieved", "tool-in", "tool-out", "output"]
VerdictKind = Literal["allow", "modify", "block", "escalate"]


class GuardRequest(Wire):
    stage: Stage
    text: str = Field(max_length=2_000_000)
    context: str | None = Field(default=None, max_length=2_000_000)


class Finding(Wire):
    """``text[start:end]`` of the request is what the guard objects to; ``score`` is its certainty from 0 to 1."""

    guard: str
    reason: str
    start: int
    end: int
    score: float = Field(ge=0, le=1)


class Verdict(Wire):
    """``text`` is what may go on: the request's own, or changed when the verdict is ``modify``; timings in seconds."""

    verdict: VerdictKind
    text: str
    findings: list[Finding] = []
    timings: dict[str, float] = {}


class GuardBatch(Wire):
    """Several texts of one stage in one call, such as all passages of a search."""

    stage: Stage
    texts: list[str] = Field(max_length=500)


class Verdicts(Wire):
    verdicts: list[Verdict]
