"""Makes a follow-up question stand on its own, so that a search can understand it."""

import re
from collections.abc import Sequence

_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|there|ones?|former|latter"
    r"|same|such|another|else)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"\s*(?:or|so|also|then|what else|why|how so|how come|really|for|in|since when)\b[^?]{0,40}\??\s*$"
    r"|\s*(?:and|but|what about|how about)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_SMALL = frozenset(
    """a an the is are was were be been do does did has have had can could may might must shall should will would i you
    we he she it they me us him her them my your our his its their this that these those there here who whom whose what
    which when where why how and or but if so as at by for from in into of on onto to up with about than then also not
    no yes please tell give show explain say list any some many much more most""".split()  # noqa: SIM905
)
_FEWEST_OWN_WORDS = 2


def stand_alone(question: str, earlier: Sequence[str]) -> str:
    """The question, led by the salient words of the nearest earlier one that stands alone, if it needs them."""
    if not earlier or not leans_on_what_was_said(question):
        return question
    base = next((one for one in reversed(earlier) if not leans_on_what_was_said(one)), earlier[0])
    own = {word.lower() for word in _salient(question)}
    topic = [word for word in _salient(base) if word.lower() not in own]
    return f"{' '.join(dict.fromkeys(topic))}: {question}" if topic else question


def leans_on_what_was_said(question: str) -> bool:
    """Whether it points back (it, those), goes on (and, what about) or has too few words of its own."""
    return (
        _POINTS_BACK.search(question) is not None
        or _CONTINUES.match(question) is not None
        or len(_salient(question)) < _FEWEST_OWN_WORDS
    )


def _salient(question: str) -> list[str]:
    return [word for word in _WORD.findall(question) if word.lower() not in _SMALL]
