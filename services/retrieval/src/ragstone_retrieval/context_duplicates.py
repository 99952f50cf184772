"""Which passages say the same: nearly the same words in the same order, and no number, name or negation of their own.

A report repeats whole pages of the year before; what differs is a figure, and the figure is what is asked for. So
passages that differ in one are never taken for the same, however alike they are.
"""

import re
from dataclasses import dataclass
from functools import cached_property

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_LETTER = rf"[^\W_{_CJK}]"
_WORD = re.compile(rf"\d+(?:[.,]\d+)+|[{_CJK}]|{_LETTER}+(?:['’]{_LETTER}+)*")
_NEGATION = re.compile(
    r"(?:no|not|nor|never|none|neither|without|cannot|\w+n['’]t|nicht|kein\w*|nie|niemals|ohne|ne|pas|jamais|sans|nunca"
    r"|sin|non|senza|нет|не|без|不|没|無|无)\Z"
)
_SHINGLE = 3
_ALIKE = 0.9

Shingle = tuple[str, ...]


@dataclass(frozen=True)
class Wording:
    """A text as it is compared with others."""

    text: str

    def adds_nothing_to(self, other: "Wording") -> bool:
        """Whether nine tenths of it stand in the other, and every number, name and negation does."""
        if not self._shingles:
            return self.text.split() == other.text.split()
        return (
            self._names <= other._words
            and self._exact <= other._shingles
            and len(self._shingles & other._shingles) >= _ALIKE * len(self._shingles)
        )

    @cached_property
    def _in_order(self) -> list[str]:
        return _WORD.findall(self.text)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word.casefold() for word in self._in_order)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(word.casefold() for word in self._in_order if word[0].isupper())

    @cached_property
    def _shingles(self) -> frozenset[Shingle]:
        """Every three words that follow each other; all the words of a shorter text; none without words."""
        words = [word.casefold() for word in self._in_order]
        return frozenset(tuple(words[at : at + _SHINGLE]) for at in range(max(min(1, len(words)), len(words) - 2)))

    @cached_property
    def _exact(self) -> frozenset[Shingle]:
        """Those with a number or a negation, which have to be the same word for word."""
        return frozenset(shingle for shingle in self._shingles if any(map(_is_exact, shingle)))


def _is_exact(word: str) -> bool:
    return word[0].isdecimal() or word[-1].isdecimal() or _NEGATION.match(word) is not None
