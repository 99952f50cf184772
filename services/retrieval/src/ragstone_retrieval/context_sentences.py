"""Where a passage may be cut: behind its sentences, rows and list items."""

import re

Span = tuple[int, int]

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”’）]*|\n")
_NO_END = re.compile(
    r"(?:\b(?:[A-Za-z]|al|approx|art|ca|cf|co|corp|dr|e\.g|eq|etc|fig|i\.e|inc|jr|ltd|mr|mrs|ms|no|nos|pp?|prof|sec|sr|st"
    r"|vol|vs)|^\s*\d{1,3})\.$",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s*(?:\||(?:[-*+•‣◦–]|#{1,6}|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s)")
_LONGEST_ABBREVIATION = 12


def sentences(text: str) -> list[Span]:
    """Ranges of the sentences, in order and without the white space around them. A line of a table or list is one."""
    found, begin = [], 0
    for match in _END.finditer(text):
        if _ends(text, begin, match):
            found.append((begin, match.end()))
            begin = match.end()
    return [trimmed for span in [*found, (begin, len(text))] if (trimmed := _trimmed(text, *span))]


def _ends(text: str, begin: int, match: re.Match[str]) -> bool:
    if match.group() == "\n":
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        return "|" in line or not text[match.end() : match.end() + 1].strip() or bool(_ITEM.match(text, match.end()))
    before = text[max(begin, match.end() - _LONGEST_ABBREVIATION) : match.end()]
    return not _NO_END.search(before) and not text[match.end() : match.end() + 8].lstrip()[:1].islower()


def _trimmed(text: str, start: int, end: int) -> Span | None:
    inner = text[start:end].strip()
    start += len(text[start:end]) - len(text[start:end].lstrip())
    return (start, start + len(inner)) if inner else None
