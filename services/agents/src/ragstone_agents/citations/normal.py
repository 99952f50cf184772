"""A normal form of text for comparison, with the way back to the original.

Compatibility characters, ligatures, case, dashes, quotation marks, white space, soft hyphens, hyphens between letters
(a word broken at a line's end) and emphasis marks make no difference in it. Letters and digits all remain.
"""

import re
import unicodedata
from dataclasses import dataclass

_SAME = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        "…": "...",
    }
)
_CHARACTER = re.compile(r"\S[\u0300-\u036f]*|\s+")
_DROPPED = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])-\s?(?=[^\W\d_])")
_EMPHASIS = re.compile(r"(?<![^\W_])[*_]+|[*_]+(?![^\W_])")


@dataclass(frozen=True)
class Normal:
    """``text[i]`` was made from ``original[starts[i]:ends[i]]``."""

    text: str
    starts: list[int]
    ends: list[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original behind ``text[start:end]``, which is not empty."""
        return self.starts[start], self.ends[end - 1]

    def without(self, pattern: re.Pattern[str]) -> "Normal":
        gone = {i for match in pattern.finditer(self.text) for i in range(*match.span())}
        kept = [i for i in range(len(self.text)) if i not in gone]
        if not gone:
            return self
        return Normal("".join(self.text[i] for i in kept), [self.starts[i] for i in kept], [self.ends[i] for i in kept])


def normalise(text: str) -> Normal:
    pieces, starts, ends = [], [], []
    for match in _CHARACTER.finditer(text):
        plain = _plain(match.group())
        pieces.append(plain)
        starts += [match.start()] * len(plain)
        ends += [match.end()] * len(plain)
    return Normal("".join(pieces), starts, ends).without(_BETWEEN_LETTERS).without(_EMPHASIS)


def _plain(character: str) -> str:
    if character.isspace():
        return " "
    if character.isascii():
        return character.translate(_SAME).lower()
    return _DROPPED.sub("", unicodedata.normalize("NFKC", character)).translate(_SAME).casefold()
