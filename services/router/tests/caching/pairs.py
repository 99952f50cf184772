"""Pairs of questions that ask the same, and of such that nearly do."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("question_pairs.txt")


@dataclass(frozen=True)
class Pair:
    """``group`` counts the questions they stem from."""

    group: int
    one: str
    other: str
    is_same: bool


def read_pairs() -> Iterator[Pair]:
    base, group = "", -1
    for line in _FILE.read_text().splitlines():
        if line.startswith(("=", "!")):
            yield Pair(group, base, line[2:], line.startswith("="))
        elif not line.startswith("#"):
            base, group = line, group + 1
