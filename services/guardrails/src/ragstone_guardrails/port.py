"""The port of a guard: what it is shown, what it may object to, and what its objections lead to."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, get_args

from ragstone_contracts.guards import Stage, VerdictKind
from ragstone_guardrails.mapped_text import MappedText
from ragstone_guardrails.visible import visible

_LONG = 20_000


@dataclass(frozen=True)
class Subject:
    """A text at one stage of a request; ``context`` is what surrounds it, such as the question of an answer."""

    stage: Stage
    text: str
    context: str | None = None

    @cached_property
    def visible(self) -> MappedText:
        """The text without its invisible characters, so that none of them can split what a guard looks for."""
        return visible(self.text)


@dataclass(frozen=True)
class Objection:
    """``text[start:end]`` is objected to for ``reason``; ``score`` is the certainty from 0 to 1.

    ``replacement`` is what stands there instead where the action is ``modify``.
    """

    reason: str
    start: int
    end: int
    score: float
    replacement: str = ""


class Guard(Protocol):
    """Finds what it objects to; what follows from it is policy, and stands in ``actions``.

    ``actions`` names the stages a guard looks at and the verdict one objection leads to there; settings override it.
    Adapters are found through the entry points of the group ``ragstone.guards``, each a class without parameters.
    """

    @property
    def name(self) -> str: ...

    @property
    def actions(self) -> Mapping[Stage, VerdictKind]: ...

    async def check(self, subject: Subject) -> list[Objection]:
        """The objections in order, with offsets into ``subject.text``."""
        ...


def at_every_stage(verdict: VerdictKind) -> Mapping[Stage, VerdictKind]:
    """The actions of a guard for which it makes no difference where a text comes from or goes."""
    return dict.fromkeys(get_args(Stage), verdict)


async def off_the_loop(search: Callable[[Subject], list[Objection]], subject: Subject) -> list[Objection]:
    """Run a search over a long text in a thread, so that a whole document does not hold up everybody else."""
    if len(subject.text) <= _LONG:
        return search(subject)
    return await asyncio.to_thread(search, subject)
