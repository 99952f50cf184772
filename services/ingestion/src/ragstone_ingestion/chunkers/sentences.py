"""Where sentences end."""

import re
from collections.abc import Iterator

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”’）]*")
_NO_END = re.compile(
    r"(?:\b(?:[A-Za-z]|al|approx|ca|cf|co|corp|dr|ed|eds|e\.g|eq|eqs|etc|fig|figs|i\.e|inc|jr|ltd|mr|mrs|ms|mt|no|nos"
    r"|p|pp|prof|ref|refs|sec|sr|st|vol|vs)|^\s*(?:\d{1,3}|[a-z]))\.$",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 12


def sentence_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges that together cover ``text[start:end]``, each a sentence with the white space behind it."""
    begin = start
    for match in _END.finditer(text, start, end):
        stop = match.end()
        if _is_abbreviation(text, begin, stop) or _goes_on(text, stop, end):
            continue
        while stop < end and text[stop].isspace():
            stop += 1
        yield begin, stop
        begin = stop
    if begin < end:
        yield begin, end


def _is_abbreviation(text: str, begin: int, stop: int) -> bool:
    return bool(_NO_END.search(text[max(begin, stop - _LONGEST_ABBREVIATION) : stop]))


def _goes_on(text: str, stop: int, end: int) -> bool:
    """Whether what follows begins in lower case, as no sentence does."""
    following = text[stop : min(stop + 8, end)].lstrip()
    return following[:1].islower()
