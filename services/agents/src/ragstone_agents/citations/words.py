"""What counts as the same word: forms of one word, and a short list of words that say the same."""

import re
from functools import lru_cache

STOP_WORDS = frozenset(
    """a an the this that these those it its they them their there here he she his her him we our us you your i my me
    and or but so as at by for from in into of on onto to up with within about than then while during
    is are was were be been being am do does did done has have had having will would shall which who whom whose what
    how when where such also both either too very just same own per via etc s""".split()  # noqa: SIM905
)
LIGHT_WORDS = frozenset(
    """accord document passage source text context state say note mention describe specify list provide give include
    following additional additionally furthermore moreover therefore thus hence however overall specifically namely
    respectively based regard amount locate situate call consist comprise concern relate refer exist occur total
    answer question information detail case""".split()  # noqa: SIM905
)
_IRREGULAR = dict(
    pair.split(":")
    for pair in """
    paid:pay bought:buy sold:sell rose:rise risen:rise fell:fall fallen:fall grew:grow grown:grow made:make
    took:take taken:take gave:give given:give went:go gone:go came:come said:say told:tell kept:keep
    held:hold left:leave led:lead met:meet sent:send spent:spend built:build began:begin begun:begin
    wrote:write written:write chose:choose chosen:choose lost:lose won:win got:get gotten:get saw:see
    seen:see knew:know known:know shown:show drew:draw drawn:draw ran:run stood:stand thought:think
    brought:bring caught:catch taught:teach felt:feel meant:mean children:child people:person men:man
    women:woman feet:foot teeth:tooth mice:mouse lives:life analyses:analysis better:good best:good
    worse:bad worst:bad
    """.split()  # noqa: SIM905
)
_SAME = [
    "begin start commence",
    "buy purchase",
    "require need must mandatory obligatory necessary",
    "fee charge cost",
    "company firm corporation",
    "found establish set",
    "show indicate demonstrate reveal",
    "big large",
    "use utilise utilize employ",
    "help assist aid",
    "get obtain receive",
    "end finish conclude terminate",
    "annual yearly",
    "each every",
    "allow permit",
    "increase rise grow raise",
    "decrease decline fall drop reduce lower",
    "child kid",
    "car automobile",
    "physician doctor",
    "repair fix",
]
_OPPOSITES = [
    ("increase", "decrease"),
    ("more", "less"),
    ("more", "few"),
    ("high", "low"),
    ("before", "after"),
    ("above", "below"),
    ("over", "under"),
    ("allow", "forbid"),
    ("allow", "prohibit"),
    ("accept", "reject"),
    ("open", "close"),
    ("begin", "end"),
    ("first", "last"),
    ("early", "late"),
    ("minimum", "maximum"),
    ("include", "exclude"),
    ("buy", "sell"),
    ("gain", "lose"),
    ("win", "lose"),
    ("pass", "fail"),
    ("true", "false"),
    ("positive", "negative"),
    ("left", "right"),
    ("north", "south"),
    ("east", "west"),
    ("import", "export"),
    ("internal", "external"),
    ("public", "private"),
    ("all", "some"),
    ("always", "sometimes"),
    ("enable", "disable"),
    ("inhibit", "promote"),
    ("upregulate", "downregulate"),
    ("strong", "weak"),
    ("male", "female"),
    ("hot", "cold"),
    ("day", "night"),
    ("approve", "deny"),
]
_SUFFIX = re.compile(
    r"(?:ations?|ments?|ities|ity|ively|ive|ions?|ingly|ings?|edly|ables?|ibles?|ances?|ences?|ally|als?|ness|ers?|ors?|ies|ed|es|ly|s)$"
)
_SHORTEST_STEM = 3
_NEGATIVE_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "mis", "de")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The common part of a word's forms: ``paid``, ``payment`` and ``pays`` are one. Takes lower case."""
    word = _IRREGULAR.get(word, word)
    shorter = _SUFFIX.sub("", word)
    if len(shorter) < _SHORTEST_STEM or word.endswith(("ss", "us", "is")):
        shorter = word
    if len(shorter) > _SHORTEST_STEM and shorter[-1] == shorter[-2]:
        shorter = shorter[:-1]
    return shorter[:-1] if len(shorter) > _SHORTEST_STEM and shorter[-1] in "ey" else shorter


_MEANING = {stem(word): stem(group.split()[0]) for group in _SAME for word in group.split()}


@lru_cache(maxsize=20_000)
def meaning(word: str) -> str:
    """The stem that stands for a word and those that say the same."""
    stemmed = stem(word)
    return _MEANING.get(stemmed, stemmed)


_OPPOSITE = {(meaning(a), meaning(b)) for a, b in _OPPOSITES} | {(meaning(b), meaning(a)) for a, b in _OPPOSITES}


def are_opposites(one: str, other: str) -> bool:
    """Whether two meanings exclude each other: ``allow`` and ``forbid``, ``safe`` and ``unsafe``."""
    if (one, other) in _OPPOSITE:
        return True
    longer, shorter = sorted((one, other), key=len, reverse=True)
    return len(shorter) >= _SHORTEST_STEM and any(longer == prefix + shorter for prefix in _NEGATIVE_PREFIXES)


_LIGHT = frozenset(meaning(word) for word in LIGHT_WORDS)


def bears_content(word: str) -> bool:
    """Whether a lower-case word says something of its own."""
    return len(word) > 1 and word not in STOP_WORDS and meaning(word) not in _LIGHT
