"""Other ways to ask the same, by rules: the parts of a question of several, its key words, what it quotes and names."""

import re
from collections.abc import Iterator

_SENTENCE = re.compile(r"[^?.!;\n]+(?:[.](?=\S)[^?.!;\n]*)*[?.!;\n]?")
_ASKING = r"(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|should|will|would)"
_JOINT = re.compile(rf",?\s+(?:and|or|but)\s+(?={_ASKING}\b)", re.IGNORECASE)
_SIDES = re.compile(
    r"\b(?:between|compare[ds]?|comparing|comparison of)\s+(?P<one>.+?)\s+(?:and|with|to|vs\.?|versus)\s+(?P<other>.+)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{3,200})[\"”“»]")
_NAMED = re.compile(r"\b(?:[A-Z][\w&.-]*\w|[A-Z])(?:\s+(?:of\s+|the\s+)?(?:[A-Z][\w&.-]*\w|[A-Z0-9]+\b))+")
_IDENTIFIER = re.compile(r"\b(?=[\w./-]*\d)(?=[\w./-]*[A-Za-z_])\w[\w./-]*\w\b")
_WORD = re.compile(r"[^\W_](?:[\w'’./-]*\w)?")
_COMMON_WORDS = """
a about all also am an and any are as at be been being between but by can could did do does doing for from had has have
having he her hers him his how i if in into is it its itself just may me might more most must my no nor not of off
on one or other our out over own please same shall she should so some such tell than that the their them then there
these they this those through to too under until up very was we were what when where which while who whom whose why
will with would you your explain describe give list find show me
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_LEAST_WORDS = 3


def rephrased(question: str) -> list[str]:
    """The most telling first, none of them twice or the question itself; most questions have one or two."""
    found: dict[str, str] = {}
    for text in (*_parts(question), *_sides(question), *_named(question), *_key_words(question)):
        found.setdefault(_folded(text), text)
    found.pop(_folded(question), None)
    return list(found.values())


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _parts(question: str) -> Iterator[str]:
    """Each sentence and each clause that asks for itself, where there are several."""
    for sentence in _SENTENCE.findall(question):
        for part in _JOINT.split(sentence):
            if len(_WORD.findall(part)) >= _LEAST_WORDS:
                yield part.strip()


def _sides(question: str) -> Iterator[str]:
    """Both things that are to be compared."""
    if found := _SIDES.search(question):
        yield from (found[side].strip(" ?.!") for side in ("one", "other"))


def _named(question: str) -> Iterator[str]:
    """Quotations, names of several words, and identifiers."""
    for quoted in _QUOTED.findall(question):
        yield quoted.strip()
    named = [*map(_without_asking, _NAMED.findall(question)), *_IDENTIFIER.findall(question)]
    if named:
        yield " ".join(dict.fromkeys(named))


def _without_asking(name: str) -> str:
    """A name without the capital word that only begins the sentence."""
    first, _, rest = name.partition(" ")
    return rest if first.casefold() in _COMMON else name


def _key_words(question: str) -> Iterator[str]:
    """The question without its common words, where it has enough others."""
    words = [word for word in _WORD.findall(question) if word.casefold() not in _COMMON]
    if len(words) >= _LEAST_WORDS:
        yield " ".join(words)
