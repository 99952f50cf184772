"""Whether two questions ask the same, as far as their words show it.

Vectors and cross-encoders find "in 2023" and "in 2024", "who founded" and "who left" all but equal. So what a question
is about is compared word for word, in whatever form: only words that say nothing of their own may differ.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_][\w-]*(?:'\w+)?")
_NEGATION = re.compile(r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot)\b|n't\b")
_SAYS_NOTHING = frozenset(
    """a an the this that these those there it its of for to in on at with by as and is are was were be been being am
    do does did done has have had having can could may might would will shall should what which who whom whose where
    when why how i we you my our your me us one ones much many long high get got take took taken come came way
    possible called located give please tell count considered considering also then
    no not never none nobody nothing neither nor cannot""".split()  # noqa: SIM905
)
_SAME = [
    "found founder establish",
    "maximum highest most",
    "minimum lowest least",
    "current currently present",
    "employ employee",
    "cause reason",
    "main primary primarily chief",
    "fall fallen drop",
    "allow permit",
    "lend lent",
    "discover discoverer",
    "win won winner",
    "lose lost loser",
    "pay paid payment",
    "send sent",
    "buy bought purchase",
    "sell sold sale",
    "begin began begun start",
    "end finish",
    "cost price",
    "year yearly annual annually",
    "month monthly",
    "day daily",
    "week weekly",
    "dollar $",
]
_KINDS = {
    "who": re.compile(r"\b(?:who|whom|whose|which person)\b"),
    "when": re.compile(r"\b(?:when|(?:what|which) (?:year|date|time))\b"),
    "where": re.compile(r"\b(?:where|(?:what|which) place)\b"),
    "why": re.compile(r"\b(?:why|for (?:what|which) reason)\b"),
    "how many": re.compile(r"\b(?:how many|what number of)\b"),
    "how": re.compile(r"\b(?:how(?= (?:can|could|do|does|did|is|are|was|were|should|to)\b)|what is the way)\b"),
}
_MEASURE = re.compile(r"\bhow (?!can|could|do|does|did|is|are|was|were|should|to|many)\w+")
_YES_OR_NO = re.compile(r"(?:is|are|was|were|do|does|did|has|have|had|can|could|may|should|will|would)(?:n't)?\b")
_SUFFIX = re.compile(r"(?:ations?|ments?|ings?|ions?|ers?|ed|es|ly|s|e)$")
_SHORTEST = 3


@dataclass(frozen=True)
class Asked:
    """What a question asks: of which kind it is, whether it denies, and in order its names and its words, numbers among
    them."""

    kinds: frozenset[str]
    is_denied: bool
    names: tuple[str, ...]
    words: tuple[str, ...]


def read_question(text: str) -> Asked:
    text = re.sub(r"[‘’`´]", "'", unicodedata.normalize("NFKC", text))
    text = re.sub(r"\$\s?(\d[\d.,]*)", r"\1 dollars", text)
    lower = text.casefold()
    tokens = list(_tokens(re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)))
    return Asked(
        kinds=frozenset(_kinds(lower)),
        is_denied=len(_NEGATION.findall(lower)) % 2 == 1,
        names=tuple(token.casefold() for token in tokens[1:] if token != token.lower() and not token[0].isdigit()),
        words=tuple(meaning for place, token in enumerate(tokens) if (meaning := _meaning(token, place))),
    )


def agree(one: Asked, other: Asked) -> bool:
    """Whether nothing in the words tells the two apart. Questions that consist of nothing agree with none."""
    if not one.words or (one.is_denied, one.kinds) != (other.is_denied, other.kinds):
        return False
    return _names_agree(one, other) and _is_turned(one.words, other.words)


def _names_agree(one: Asked, other: Asked) -> bool:
    """In the same order: who does and who suffers is told by that. A first word is not known to be a name."""
    shared = set(one.names) & set(other.names)
    return [name for name in one.names if name in shared] == [name for name in other.names if name in shared]


def _is_turned(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the words are in the same order, but that a part may have moved from the beginning to the end:
    "In her early years, what did she do?". Two alone that change places may be dollars in euros."""
    if one == other:
        return True
    turns = (one[cut:] + one[:cut] for cut in range(1, len(one)))
    return len(one) > 2 and other in turns


def _kinds(lower: str) -> Iterator[str]:
    """What it asks for; nothing for a plain "what"."""
    if _YES_OR_NO.match(lower):
        yield "whether"
        return
    yield from (kind for kind, form in _KINDS.items() if form.search(lower))
    yield from _MEASURE.findall(lower)


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        yield re.sub(r"'s$", "", match.group())


def _meaning(token: str, place: int) -> str:
    """The stem that stands for a word, its forms and what says the same; empty for words that say nothing."""
    word = token.casefold()
    is_name = place > 0 and token != token.lower() and word != "i"
    if not is_name and (word in _SAYS_NOTHING or word.endswith("n't")):
        return ""
    return _STANDS_FOR.get(_stem(word), _stem(word))


def _stem(word: str) -> str:
    shorter = _SUFFIX.sub("", word)
    if len(shorter) < _SHORTEST or word[0].isdigit():
        return word
    return shorter[:-1] if len(shorter) > _SHORTEST and shorter[-1] == shorter[-2] else shorter


_STANDS_FOR = {_stem(word): _stem(group.split()[0]) for group in _SAME for word in group.split()}
