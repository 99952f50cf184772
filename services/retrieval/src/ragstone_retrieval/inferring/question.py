"""A question as the readers of it see it: its words with their places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ragstone_contracts.metadata import organisation_key

LONGEST_PHRASE = 8
"""Words of the longest name that is looked for."""
_MOST_WORDS = 200
_WORD = re.compile(r"[^\W_]+(?:[&.'’-][^\W_]+)*")
_POSSESSIVE = ("'s", "’s")
_JOINING = frozenset({"and", "und", "et", "the"})
_BUT_NOT = re.compile(
    r"\b(?:except|excluding|not|without|besides|other than|apart from|rather than|no longer)\s+"
    r"(?:for |in |from |by |the |that of |those of )*$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\b(?:the|an?|my|our|your|their|its|this|that|these|any|each|every|no|some)\s+$")
_SENTENCE_END = re.compile(r"(?:^|[.?!:]\s+|[\"“(]\s*)$")


@dataclass(frozen=True, slots=True)
class Word:
    """``key`` is how names are compared: no case, accents or punctuation; ``text`` has no possessive at its end.

    ``whole`` is the key of the word with it, for some names end that way.
    """

    text: str
    key: str
    start: int
    end: int
    whole: str

    @property
    def is_capitalised(self) -> bool:
        return self.text[0].isupper() or self.text[0].isdigit()


@dataclass(frozen=True)
class Span:
    """Where something stands in the question; ``keys`` are those of its words together."""

    start: int
    end: int
    words: tuple[Word, ...]

    @property
    def keys(self) -> tuple[str, str]:
        """Without a possessive at the end, and with it."""
        before = "".join(word.key for word in self.words[:-1])
        return before + self.words[-1].key, before + self.words[-1].whole


@dataclass(frozen=True)
class Question:
    """``year`` is that of the time the question is asked for, when the request says so."""

    text: str
    year: int | None = None

    @cached_property
    def lower(self) -> str:
        """In lower case and of the same length."""
        return self.text.replace("İ", "i").lower()

    @cached_property
    def words(self) -> list[Word]:
        """The first of them, without those that join names."""
        found = []
        for match in _WORD.finditer(self.text):
            whole = match.group()
            text = whole[:-2] if whole.endswith(_POSSESSIVE) else whole
            if text.casefold() not in _JOINING:
                end = match.start() + len(text)
                found.append(Word(text, organisation_key(text), match.start(), end, organisation_key(whole)))
        return found[:_MOST_WORDS]

    def spans(self) -> Iterator[Span]:
        """Every run of up to eight words; longer ones first, from left to right."""
        for first in range(len(self.words)):
            for last in range(min(first + LONGEST_PHRASE, len(self.words)), first, -1):
                words = tuple(self.words[first:last])
                yield Span(words[0].start, words[-1].end, words)

    def is_excluded(self, start: int) -> bool:
        """Whether what begins there is named as what is not asked for: "other than Acme"."""
        return _BUT_NOT.search(self.text[max(0, start - 40) : start]) is not None

    def is_common_noun(self, start: int) -> bool:
        """Whether an article or the like stands before it: "the target", "our shell"."""
        return _ARTICLE.search(self.lower[:start]) is not None

    def begins_sentence(self, start: int) -> bool:
        return _SENTENCE_END.search(self.text[:start]) is not None


def key_words(value: str) -> tuple[str, ...]:
    """The words of a value as :class:`Word` keys, so that it can be found in a question."""
    texts = (match.group() for match in _WORD.finditer(value))
    return tuple(organisation_key(text) for text in texts if text.casefold() not in _JOINING)
