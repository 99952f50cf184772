"""The rules, and the windows of time that a request falls into."""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, get_args

from ragstone_contracts.identity import Identity
from ragstone_contracts.usage import Allowance

Holder = Literal["tenant", "user", "key"]
Measure = Literal["requests", "tokens", "usd"]
Period = Literal["minute", "day", "month"]
ANYONE = "*"
_REMEMBERED = 10_000
"""Callers."""
_EVERY: list[tuple[Measure, Period]] = list(itertools.product(get_args(Measure), get_args(Period)))


@dataclass(frozen=True)
class Rule:
    """At most so many requests, tokens or USD in each minute, day or month of UTC, for the holder of that name or any.

    Each holder that ``*`` stands for has an allowance of its own; a rule with a name comes before one for any.
    """

    holder: Holder
    measure: Measure
    period: Period
    most: float
    name: str = ANYONE


def rules_of(allowance: Allowance, holder: Holder, name: str) -> list[Rule]:
    """A rule for each bound of the allowance."""
    every = [(measure, period, _bound(allowance, measure, period)) for measure, period in _EVERY]
    return [Rule(holder, measure, period, most, name) for measure, period, most in every if most is not None]


def _bound(allowance: Allowance, measure: Measure, period: Period) -> float | None:
    most: float | None = getattr(allowance, f"{measure}_per_{period}")
    return most


@dataclass(frozen=True)
class Window:
    """One holder's allowance of one measure; ``ends`` in Unix seconds."""

    key: str
    measure: Measure
    most: float
    ends: float
    period: Period
    holder: Holder


@dataclass(frozen=True)
class Amounts:
    """What a request takes, or is expected to take, of each measure."""

    tokens: float = 0.0
    usd: float = 0.0
    requests: float = 1.0

    def of(self, measure: Measure) -> float:
        return {"requests": self.requests, "tokens": self.tokens, "usd": self.usd}[measure]


class Rules:
    """Finds the windows of a caller, and remembers them until the first one ends."""

    def __init__(self, rules: Sequence[Rule], clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._kinds: dict[_Kind, dict[str, Rule]] = {}
        self._found: dict[_Who, tuple[Sequence[Window], float]] = {}
        for rule in rules:
            self._kinds.setdefault((rule.holder, rule.measure, rule.period), {})[rule.name] = rule

    def windows(self, identity: Identity, own: Sequence[Rule] = ()) -> Sequence[Window]:
        """Every window the caller's next request falls into; those of a user or key are their tenant's own.

        ``own`` are rules that came with the caller's key, which stand in the place of these for the same.
        """
        now, who = self._clock(), (identity.tenant, identity.user, identity.key, bool(own))
        found, until = self._found.get(who, ((), 0.0))
        if now >= until:
            found = self._windows(identity, own, now)
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[who] = found, min((window.ends for window in found), default=float("inf"))
        return found

    def _windows(self, identity: Identity, own: Sequence[Rule], now: float) -> Sequence[Window]:
        names = _names(identity)
        chosen = {(rule.holder, rule.measure, rule.period): rule for rule in self._rules(names)}
        chosen |= {(rule.holder, rule.measure, rule.period): rule for rule in own}
        return [_window(identity, rule, names[rule.holder], now) for rule in chosen.values()]

    def _rules(self, names: Mapping[Holder, str]) -> Iterator[Rule]:
        for (holder, _, _), rules in self._kinds.items():
            name = names.get(holder)
            rule = name and (rules.get(name) or rules.get(ANYONE))
            if rule:
                yield rule


_Who = tuple[str, str, str | None, bool]
_Kind = tuple[Holder, Measure, Period]


def _names(identity: Identity) -> dict[Holder, str]:
    named: dict[Holder, str] = {"tenant": identity.tenant, "user": identity.user}
    return named | ({"key": identity.key} if identity.key else {})


def _window(identity: Identity, rule: Rule, name: str, now: float) -> Window:
    began, ends = _period(rule.period, int(now // 60))
    whose = name if rule.holder == "tenant" else f"{identity.tenant}/{name}"
    key = f"{rule.holder}:{whose}:{rule.measure}:{began}:{rule.period}"
    return Window(key, rule.measure, rule.most, ends, rule.period, rule.holder)


@lru_cache(maxsize=16)
def _period(period: Period, minute: int) -> tuple[str, float]:
    """When the period began that a minute of Unix time is in, as it is written in keys, and its end in Unix seconds."""
    began, ends = _bounds(period, datetime.fromtimestamp(60 * minute, UTC))
    return f"{began:%Y%m%d%H%M}", ends.timestamp()


def _bounds(period: Period, minute: datetime) -> tuple[datetime, datetime]:
    if period == "minute":
        return minute, minute + timedelta(minutes=1)
    day = minute.replace(hour=0, minute=0)
    if period == "day":
        return day, day + timedelta(days=1)
    month = day.replace(day=1)
    return month, (month + timedelta(days=32)).replace(day=1)
