"""Word overlap: what chooses the sentences worth a model run, and what answers where no model is."""

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+(?:[.,]\d+)*")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_COMMON = """
a about according also an and any are as at be been being between both but by can could did do does each for from had
has have he her him his how i if in into is it its many may me might much my no not of on or other our out over s she
should so some such t than that the their them then there these they this those to up us was we were what when where
which while who whom whose why will with would you your
compare describe explain find give list name say says show summarize tell
"""
_STOP_WORDS = frozenset(_COMMON.split())


def terms(text: str) -> list[str]:
    """The telling words of a text, lower case, without common endings."""
    words = (word.lower() for word in _WORD.findall(text))
    return [_stem(word) for word in words if word not in _STOP_WORDS]


def _stem(word: str) -> str:
    """Cuts plural and tense; crude, but the same on both sides of a comparison."""
    for ending, least in (("ies", 5), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 3 else word


def overlap(question: str, texts: Sequence[str]) -> list[float]:
    """How much of the question each text covers, from 0 to 1; a word counts by its rarity among the texts."""
    wanted = set(terms(question))
    bags = [set(terms(text)) for text in texts]
    frequency = Counter(term for bag in bags for term in bag & wanted)
    weight = {term: math.log(1 + (len(texts) + 1) / (frequency[term] + 0.5)) for term in wanted}
    whole = sum(weight.values())
    # Summed in a fixed order, so that equal sentences score equally in every process.
    return [sum(weight[term] for term in sorted(bag & wanted)) / whole if whole else 0.0 for bag in bags]


def coverage(question: str, text: str) -> float:
    """The share of the question's telling words that occur in the text, from 0 to 1; 1 when it has none."""
    wanted = set(terms(question))
    return len(wanted & set(terms(text))) / len(wanted) if wanted else 1.0


def speaks_of_the_years(question: str, text: str) -> bool:
    """Whether every year the question names occurs in the text."""
    return set(_YEAR.findall(question)) <= set(_YEAR.findall(text))


def is_common(word: str) -> bool:
    """Whether a word says nothing by itself: an article, a pronoun, an auxiliary."""
    return word.lower() in _STOP_WORDS
