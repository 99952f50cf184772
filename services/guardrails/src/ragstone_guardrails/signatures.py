"""The signatures of prompt injection, read from ``signatures.txt``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ragstone_contracts.guards import Stage

_SECTION = re.compile(r"\[(?P<family>\w+) (?P<score>[\d.]+) (?P<stages>[\w -]+)\]")
_PART = re.compile(r"(?P<name>[A-Z]+) = (?P<pattern>.*)")


@dataclass(frozen=True)
class Signature:
    """``hints`` are strings of which a match contains at least one: looking for those first is far cheaper."""

    family: str
    score: float
    stages: frozenset[str]
    hints: tuple[str, ...]
    pattern: re.Pattern[str]

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """The matches in a folded text."""
        if any(hint in text for hint in self.hints):
            yield from self.pattern.finditer(text)


def parse_signatures(lines: Iterator[str]) -> Iterator[Signature]:
    """Signatures from the lines of a file whose first lines explain the format. Raises ValueError for a bad line."""
    parts: dict[str, str] = {}
    section: re.Match[str] | None = None
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        if part := _PART.fullmatch(line):
            parts[part["name"]] = _filled(part["pattern"], parts)
        elif heading := _SECTION.fullmatch(line):
            section = heading
        else:
            hints, separator, pattern = line.partition(" :: ")
            if section is None or not separator:
                raise ValueError(f"not a signature: {line!r}")
            yield Signature(
                section["family"],
                float(section["score"]),
                frozenset(section["stages"].split()),
                tuple(hints.split("|")),
                re.compile(_filled(pattern, parts)),
            )


def _filled(pattern: str, parts: dict[str, str]) -> str:
    return re.sub(r"\{\{([A-Z]+)\}\}", lambda match: parts[match[1]], pattern)


@cache
def signatures_for(stage: Stage) -> list[Signature]:
    """What to look for at a stage."""
    text = resources.files(__package__).joinpath("signatures.txt").read_text()
    return [one for one in parse_signatures(iter(text.splitlines())) if stage in one.stages]
