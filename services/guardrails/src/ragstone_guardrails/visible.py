"""Characters that a reader does not see but a model reads, and which of them belong to ordinary writing."""

import re
from collections.abc import Iterator

from ragstone_guardrails.mapped_text import MappedText, unchanged

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters other than white space
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
_EMOJI = re.compile(
    "[#*0-9\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
# England, Scotland and Wales: the only flags that are spelled with tag characters.
_FLAG = re.compile(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
_JOINING_SCRIPTS = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u0fff\u1000-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_PRESENTATION = "\ufe0e\ufe0f"
_JOINERS = "\u200c\u200d"
_MARKS = "\u200e\u200f\u061c"


def _joins(text: str, position: int) -> bool:
    """A joiner between two emoji, or between letters of a script that spells with it."""
    before = text[:position].rstrip(_PRESENTATION)[-1:] if position else ""
    after = text[position + 1 : position + 2]
    if _JOINING_SCRIPTS.match(before) and _JOINING_SCRIPTS.match(after):
        return True
    return text[position] == "\u200d" and bool(_EMOJI.match(before) and _EMOJI.match(after))


def _belongs(text: str, position: int) -> bool:
    character = text[position]
    if character in _PRESENTATION:
        return position > 0 and bool(_EMOJI.match(text[position - 1]))
    if character in _JOINERS:
        return _joins(text[max(0, position - 3) : position + 2], min(3, position))
    if character in _MARKS:
        around = text[max(0, position - 1) : position + 2]
        return bool(_RIGHT_TO_LEFT.search(around))
    return False


def invisible_runs(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of adjacent invisible characters that belong to no emoji and to no script's spelling."""
    start = end = -1
    flags = {position for flag in _FLAG.finditer(text) for position in range(flag.start() + 1, flag.end())}
    for match in _INVISIBLE.finditer(text):
        position = match.start()
        if position in flags or _belongs(text, position):
            continue
        if position != end:
            if end > 0:
                yield start, end
            start = position
        end = position + 1
    if end > 0:
        yield start, end


def visible(text: str) -> MappedText:
    """The text without its invisible runs."""
    hidden = [position for start, end in invisible_runs(text) for position in range(start, end)]
    if not hidden:
        return unchanged(text)
    gone = set(hidden)
    return unchanged(text).select([position for position in range(len(text)) if position not in gone])
