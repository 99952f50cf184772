"""What a sentence asserts, as far as words show it: content words, numbers, names, negation, hedges."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from ragstone_agents.citations.numbers import Number, find_numbers
from ragstone_agents.citations.words import bears_content, meaning

_TOKEN = re.compile(r"\w+(?:['’]\w+)?")
_POSSESSIVE = re.compile(r"['’]s$")
_BROKEN = re.compile(r"(?<=[a-z])[-\u00ad]\s?\n\s?(?=[a-z])")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|cannot|without|lacks?|lacking|absent|absence|fail(?:s|ed|ure)?"
    r"|unable|hardly|barely|rarely|seldom|refuse[sd]?|den(?:y|ies|ied)|prevent(?:s|ed)?|non)\b|n['’]t\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:may|might|could|can|possibl[ey]|perhaps|probabl[ey]|likely|suggests?|appears?|seems?|potential(?:ly)?)\b",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"\b(?:claim(?:s|ed)?|alleg\w+|argu(?:e|es|ed)|believ\w+|den(?:y|ies|ied)|suspect\w*|speculat\w+|rumou?r\w*"
    r"|hypothes\w+|myths?|false(?:ly)?|supposed(?:ly)?|whether)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|unless|except|when|once|provided that|only (?:if|when|in|for|with)|as long as|until)\b[^,;.]*",
    re.IGNORECASE,
)
_SIGNALS = frozenset(
    """not no never none nobody nothing neither nor cannot without lack unable hardly barely rarely seldom non
    may might could can possible possibly perhaps probably likely if unless except provided until""".split()  # noqa: SIM905
)
_PASSIVE = re.compile(r"\bby\b", re.IGNORECASE)


@dataclass(frozen=True)
class Word:
    """``meaning`` stands for the word's forms and for those that say the same."""

    text: str
    meaning: str
    start: int

    @property
    def is_name(self) -> bool:
        """Whether it is written with a capital letter."""
        return self.text != self.text.lower()


@dataclass(frozen=True)
class Features:
    words: tuple[Word, ...]
    names: tuple[str, ...]
    """Meanings of capitalised words and of words with digits in them, in order; not the first word of a sentence."""
    numbers: tuple[Number, ...]
    denied: tuple[str, ...]
    """The meaning that follows each negation, sorted; empty strings for those that nothing follows."""
    hedged: bool
    attributed: bool
    passive: bool
    conditions: tuple[frozenset[str], ...]
    """The meanings in each conditional clause."""

    @property
    def meanings(self) -> frozenset[str]:
        return frozenset(word.meaning for word in self.words)

    @property
    def names_with_first(self) -> frozenset[str]:
        """The meanings of all capitalised words."""
        return frozenset(word.meaning for word in self.words if word.is_name)

    @property
    def is_empty(self) -> bool:
        return not self.words and not self.numbers


def features_of(text: str) -> Features:
    text = _BROKEN.sub("", unicodedata.normalize("NFKC", text))
    numbers = find_numbers(text)
    words = list(_words(text, numbers))
    return Features(
        words=tuple(words),
        names=tuple(word.meaning for word in words[1:] if word.is_name),
        numbers=tuple(numbers),
        denied=tuple(sorted(_next_meaning(words, match.end()) for match in _NEGATION.finditer(text))),
        hedged=_HEDGE.search(text) is not None,
        attributed=_ATTRIBUTION.search(text) is not None,
        passive=_PASSIVE.search(text) is not None,
        conditions=tuple(frozenset(word.meaning for word in _words(clause, [])) for clause in _CONDITION.findall(text)),
    )


def _next_meaning(words: list[Word], position: int) -> str:
    return next((word.meaning for word in words if word.start >= position), "")


def _words(text: str, numbers: list[Number]) -> Iterator[Word]:
    """The words that bear content, apart from numbers and from what is looked at as negation, hedge or condition."""
    inside = {position for number in numbers for position in range(number.start, number.end)}
    for match in _TOKEN.finditer(text):
        word = _POSSESSIVE.sub("", match.group())
        lower = word.lower()
        if match.start() in inside or lower in _SIGNALS or not bears_content(lower):
            continue
        yield Word(word, meaning(lower), match.start())
