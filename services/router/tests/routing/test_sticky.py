"""Stickiness, as a property of the order and as hits in the caches of replicas that keep prefixes as vLLM does."""

import random
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.router.tests.routing.conftest import deployment

from ragstone_contracts.identity import Identity
from ragstone_kit.identity import Caller
from ragstone_router.ask import CHAT, Ask
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.sticky import Sticky

NOBODY = Caller(Identity(tenant="acme", user="ann"), "")
SYSTEM = {"role": "system", "content": "You answer from documents. " * 60}
Pick = Callable[[Ask], Deployment]


def asked(*turns: str, system: bool = True) -> Ask:
    said = [{"role": "assistant" if at % 2 else "user", "content": turn} for at, turn in enumerate(turns)]
    return Ask(NOBODY, CHAT, {"model": "fast", "messages": [SYSTEM, *said] if system else said})


def replicas(count: int, **fields: Any) -> list[Deployment]:
    return [deployment(f"replica-{number}", **fields) for number in range(count)]


def first(sticky: Sticky, among: Sequence[Deployment], *turns: str) -> str:
    return sticky(among, asked(*turns))[0].name


texts = st.text(max_size=3000)


@pytest.mark.requirement("RTR-9")
@given(st.lists(texts, min_size=1, max_size=6), st.integers(1, 6), st.booleans())
def test_a_conversation_stays_where_it_was_answered(turns: list[str], count: int, system: bool) -> None:
    sticky, among = Sticky(), replicas(count)
    begun = asked(turns[0], system=system)
    sticky.answered(begun, among[-1])
    if any(turns):
        longer = sticky(among, asked(*turns, system=system))
        assert longer[0] is among[-1]
        assert sorted(one.name for one in longer) == sorted(one.name for one in among)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), texts)
def test_nobody_much_busier_than_the_least_busy_is_asked_first(loads: list[int], turn: str) -> None:
    sticky = Sticky()
    among = [deployment(f"replica-{at}", under_way=load) for at, load in enumerate(loads)]
    sticky.answered(asked(turn), max(among, key=lambda one: one.under_way))

    assert sticky(among, asked(turn))[0].under_way <= min(loads) * 1.5 + 4


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=60, unique=True), st.integers(2, 6))
def test_when_a_replica_leaves_only_its_own_conversations_move(starts: list[str], count: int) -> None:
    among = replicas(count)
    before = {start: first(Sticky(), among, start) for start in starts}
    after = {start: first(Sticky(), among[:-1], start) for start in starts}

    assert all(after[start] == name for start, name in before.items() if name != among[-1].name)
    assert {start: first(Sticky(), among, start) for start in starts} == before


def test_new_conversations_are_spread_by_weight() -> None:
    among = [deployment("small", weight=1), deployment("big", weight=3)]
    big = sum(first(Sticky(), among, f"question {number}") == "big" for number in range(800))
    assert 520 < big < 680


def test_a_replica_of_a_later_priority_and_one_that_is_left_alone_come_after() -> None:
    among = [deployment("spare", priority=1), *replicas(2)]
    holder = Sticky()(among, asked("hello"))[0]
    holder.breaker.failed(retry_after=30)

    order = [one.name for one in Sticky()(among, asked("hello"))]

    assert order[1:] == [holder.name, "spare"]


def test_no_more_is_remembered_than_so_many_blocks() -> None:
    sticky, among = Sticky(most=100), replicas(2)
    for number in range(1000):
        sticky.answered(asked(f"question {number}"), among[0])
    assert len(sticky._answered) == 100
    assert sticky.holder(asked("question 999"), among) == "replica-0"
    assert sticky.holder(asked("question 1"), among) is None


def test_what_is_no_conversation_goes_where_there_is_least_to_do() -> None:
    among = [deployment("busy", under_way=3), deployment("idle")]
    embedding = Ask(NOBODY, "/embeddings", {"model": "e", "input": "x"})
    assert Sticky()(among, embedding)[0].name == "idle"


@dataclass
class PrefixCache:
    """A replica's: keeps so many blocks of 64 characters, each known by everything before it; the oldest goes first."""

    most: int
    kept: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def take(self, prompt: str) -> int:
        """How many characters of the prompt were there already."""
        found, missed = 0, False
        for end in range(64, len(prompt) + 1, 64):
            block = prompt[:end]
            missed = missed or block not in self.kept
            found += 0 if missed else 64
            self.kept[block] = None
            self.kept.move_to_end(block)
        while len(self.kept) > self.most:
            self.kept.popitem(last=False)
        return found


def hit_rate(pick: Pick, among: list[Deployment], answered: Callable[[Ask, Deployment], None]) -> float:
    """The part of all prompts that was in the cache of who was asked: 40 conversations of six turns, interleaved; a
    replica keeps about a third of them."""
    draw = random.Random(7)
    caches = {one.name: PrefixCache(most=400) for one in among}
    conversations: list[list[str]] = [[f"{number}: " + "word " * draw.randint(20, 120)] for number in range(40)]
    found = total = 0
    for _ in range(6):
        for turns in draw.sample(conversations, len(conversations)):
            ask = asked(*turns)
            one = pick(ask)
            answered(ask, one)
            prompt = "".join(f"{message['role']}\n{message['content']}" for message in ask.body["messages"])
            found, total = found + caches[one.name].take(prompt), total + len(prompt)
            turns += [f"answer {len(turns)} " + "said " * 60, f"and {len(turns)}? " + "more " * 30]
    return found / total


@pytest.mark.requirement("RTR-9")
def test_far_more_of_each_prompt_is_cached_than_by_chance() -> None:
    among, sticky, draw = replicas(4), Sticky(), random.Random(3)

    kept = hit_rate(lambda ask: sticky(among, ask)[0], among, sticky.answered)
    by_chance = hit_rate(lambda _: draw.choice(among), among, lambda *_: None)

    assert kept > 0.75
    assert by_chance < kept - 0.2


@pytest.mark.requirement("RTR-9")
def test_it_stays_so_when_a_replica_leaves_midway() -> None:
    among, sticky = replicas(4), Sticky()
    count = 0

    def pick(ask: Ask) -> Deployment:
        nonlocal count
        count += 1
        return sticky(among if count < 120 else among[:-1], ask)[0]

    assert hit_rate(pick, among, sticky.answered) > 0.65
