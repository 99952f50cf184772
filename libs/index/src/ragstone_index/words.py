"""What a text is searched by beyond its words: numbers and identifiers as a whole, characters of unspaced scripts."""

import re
import unicodedata
from collections.abc import Iterator

_UNSPACED = re.compile(
    "["
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"  # Chinese characters
    "\uac00-\ud7af"  # Hangul: its words carry particles
    "]+"
)
# Both begin where a word does and never step back, so that no text takes them more than one pass.
_JOINED = re.compile(r"(?<![^\W_])[^\W_]++(?:[-./:,_+][^\W_]++)++")
_NUMBERED = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,}+)(\d{2,}+)")
_DIGIT = re.compile(r"\d")
_PART = re.compile(r"[^\W_]+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_LONGEST = 40
_JOINT = "\u02d0"
"""A letter that no text uses, so that the parts ``2`` and ``31`` are not ``23`` and ``1``."""


def spelled_out(text: str, *, whole: bool) -> str:
    """The text for a tokeniser that cuts at whatever is no letter and no digit.

    An identifier is there in its parts and joined, so ``ISO-9001`` is found by itself, by ``ISO 9001`` and as
    ``ISO9001``; unspaced scripts are there by pairs of characters. With ``whole``, as in documents, single characters
    are there too, for queries of one.
    """
    text = unicodedata.normalize("NFKC", text)
    joined = " ".join(_identifiers(text))
    spaced = _UNSPACED.sub(lambda run: f" {_pairs(run.group(), whole=whole)} ", text)
    return f"{spaced} {joined}" if joined else spaced


def _identifiers(text: str) -> Iterator[str]:
    for found in _JOINED.finditer(text):
        if len(found.group()) <= _LONGEST and _DIGIT.search(found.group()):
            yield _join(found.group())
    for found in _NUMBERED.finditer(text):
        yield f"{found[1]} {found[2]}"


def _join(identifier: str) -> str:
    """Its parts in one: side by side where a letter meets a digit, else with the joint between."""
    if _THOUSANDS.fullmatch(identifier):
        return identifier.replace(",", "")
    joined = ""
    for part in _PART.finditer(identifier):
        meet = joined and joined[-1].isdigit() == part.group()[0].isdigit()
        joined += _JOINT + part.group() if meet else part.group()
    return joined


def _pairs(run: str, *, whole: bool) -> str:
    pairs = [run[place : place + 2] for place in range(len(run) - 1)]
    return " ".join([*pairs, *(run if whole or not pairs else "")])
