"""From a PDF page to segments: runs of text on one base line without a wide gap, with their places and fonts."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ragstone_ingestion.parsers.pdf.characters import Style, Styles, characters_of
from ragstone_ingestion.parsers.pdf.rulings import Ruling, rulings_of
from ragstone_ingestion.parsers.pdf.view import Rectangle, View

_SPLIT_GAP = 0.6
"""A gap this wide, in font sizes, ends a segment; wide word spaces do too, and rows join them again."""
_SPACE_GAP = 0.18
_SAME_PLACE = 0.6
_SHIFTS = (0.0, 0.5)
_GARBAGE_SHARE = 0.4
_UNMAPPED_SHARE = 0.6
_LETTER_SHARE = 0.5
_PITCH_SAMPLE = 6
_BULLET = 2
_PITCH_SPREAD = 0.005
_NARROW_SPREAD = 0.15
_NARROW = re.compile(r"[iljtfI.,;:'|!()\[\] ]")
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff]")
_LETTER = re.compile("[A-Za-z]")
_VOWEL = re.compile("[aeiouyAEIOUY]")


@dataclass(slots=True)
class Segment:
    """Places are in points from the top left of the page as it is read."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    style: Style
    spaced: bool = False
    """Whether a space follows, as the file has it; scripts without word spaces wrap where there is none."""

    @property
    def size(self) -> float:
        return self.style.size

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def center(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True)
class PageSegments:
    """``turn`` is how the page as shown was turned to be read."""

    width: float
    height: float
    segments: list[Segment]
    rulings: list[Ruling] = field(default_factory=list)
    turn: int = 0


def page_segments(page: Any, text: Any) -> PageSegments:
    """The segments of a page in the order of its content; none where its text is garbage.

    ``text`` is the page's raw text page. A page whose text mostly runs up, down or on its head is turned first.
    """
    view = View(page)
    segments = _readable(text, view)
    turns: Counter[int | None] = Counter()
    for segment in segments:
        turns[segment.style.turn] += len(segment.text)
    turn = turns.most_common(1)[0][0] if turns else 0
    if turn:
        view = View(page, turn)
        segments = _readable(text, view)
    rulings = rulings_of(page, view) if segments else []
    return PageSegments(view.width, view.height, segments, rulings, turn or 0)


def _readable(text: Any, view: View) -> list[Segment]:
    styles = _Mapped(text, view)
    segments = list(_joined_sideways(_segments(text, view, styles)))
    if _is_garbage(segments, unmapped=styles.unmapped > _UNMAPPED_SHARE * styles.words):
        return []
    segments = _seen(segments)
    _drop_unreadable(segments)
    visible = _once([segment for segment in segments if segment.text.strip()])
    _mark_fixed_pitch(visible)
    return visible


class _Mapped(Styles):
    """Counts the words, and those whose font does not say which letters they are."""

    words = 0
    unmapped = 0

    def at(self, index: int, box: Rectangle) -> Style:
        self.words += 1
        self.unmapped += not self.is_mapped(index)
        return super().at(index, box)


def _segments(text: Any, view: View, styles: Styles) -> Iterator[Segment]:
    current: Segment | None = None
    last = (0.0, 0.0, 0.0, 0.0)
    space = True
    for character in characters_of(text, view):
        box = character.box
        if character.text == " ":
            space = True
            if current is not None and not character.ends_line:
                current.spaced = True
            continue
        connected = current is not None and _continues(current, last, box)
        style = styles.at(character.index, box) if space or not connected else None
        if current is None or not connected or (style is not None and style is not current.style):
            if current is not None:
                yield current
            current = Segment("", *box, style or styles.at(character.index, box))
        elif space or _gap(last, box) > _SPACE_GAP * current.style.size:
            current.text += " "
        _extend(current, character.text, box)
        last, space = box, False
    if current is not None:
        yield current


def _gap(last: Rectangle, box: Rectangle) -> float:
    """The horizontal distance between two characters, whichever comes first; negative where they overlap."""
    return max(box[0] - last[2], last[0] - box[2])


def _continues(current: Segment, last: Rectangle, box: Rectangle) -> bool:
    overlap = min(last[3], box[3]) - max(last[1], box[1])
    if overlap <= 0.4 * min(last[3] - last[1], box[3] - box[1]):
        return False
    gap = box[0] - last[2] if box[0] >= last[0] else last[0] - box[2]
    if gap > _SPLIT_GAP * current.style.size:
        return False
    # What jumps back over more than a letter of what stands there already is drawn a second time.
    return box[2] > last[0] - current.style.size or box[0] < current.x0


def _extend(segment: Segment, text: str, box: Rectangle) -> None:
    segment.text += text
    segment.spaced = False
    x0, y0, x1, y1 = box
    if x0 < segment.x0:
        segment.x0 = x0
    if y0 < segment.y0:
        segment.y0 = y0
    if x1 > segment.x1:
        segment.x1 = x1
    if y1 > segment.y1:
        segment.y1 = y1


def _is_garbage(segments: Sequence[Segment], *, unmapped: bool) -> bool:
    """Whether the text is no text: for fonts that do not say which letters they have, PDFium gives their numbers."""
    text = "".join(segment.text for segment in segments)
    if len(_UNREADABLE.findall(text)) > _GARBAGE_SHARE * len(text):
        return True
    letters, vowels = len(_LETTER.findall(text)), len(_VOWEL.findall(text))
    return unmapped and not (letters > _LETTER_SHARE * len(text) and 0.2 * letters < vowels < 0.6 * letters)


def _seen(segments: list[Segment]) -> list[Segment]:
    """Without hidden text, unless it is most of the page: then it is what was recognised in a scan."""
    seen = [segment for segment in segments if not segment.style.hidden]
    return seen if 2 * sum(len(one.text) for one in seen) > sum(len(one.text) for one in segments) else segments


def _drop_unreadable(segments: Sequence[Segment]) -> None:
    """Leaves what can be read. One or two characters that cannot are a bullet, unless the font has nothing else."""
    unreadable = {segment.style for segment in segments if len(segment.text) > _BULLET and _is_unreadable(segment.text)}
    for segment in segments:
        if segment.style in unreadable and _UNREADABLE.search(segment.text):
            segment.text = ""
        elif len(segment.text) <= _BULLET and (segment.style.marks or _UNREADABLE.search(segment.text)):
            segment.text = "•"
        elif _UNREADABLE.search(segment.text):
            segment.text = "" if _is_unreadable(segment.text) else _UNREADABLE.sub("", segment.text)


def _is_unreadable(text: str) -> bool:
    return 2 * len(_UNREADABLE.findall(text)) >= len(text)


def _once(segments: Sequence[Segment]) -> list[Segment]:
    """Without what is drawn a second time in nearly the same place, to look bold or to cast a shadow."""
    kept: list[Segment] = []
    known: set[tuple[str, float, float, int, int]] = set()
    for segment in segments:
        step = _SAME_PLACE * segment.size
        column, row = segment.x0 / step, segment.y0 / step
        # Of four grids, two places less than half a step apart are in the same field of one at least.
        places = {(segment.text, x, y, round(column + x), round(row + y)) for x in _SHIFTS for y in _SHIFTS}
        if known.isdisjoint(places):
            kept.append(segment)
        known |= places
    return kept


def _mark_fixed_pitch(segments: Sequence[Segment]) -> None:
    """Some fonts do not say that all their letters are equally wide; their lengths do."""
    by_style: defaultdict[Style, list[Segment]] = defaultdict(list)
    for segment in segments:
        if len(segment.text) >= _PITCH_SAMPLE and segment.text.isascii() and segment.style.upright:
            by_style[segment.style].append(segment)
    fixed = {
        style: replace(style, mono=True)
        for style, lines in by_style.items()
        if not style.mono and len(lines) >= _PITCH_SAMPLE and _has_fixed_pitch(lines)
    }
    for segment in segments if fixed else ():
        segment.style = fixed.get(segment.style, segment.style)


def _has_fixed_pitch(segments: Sequence[Segment]) -> bool:
    """Whether width follows length although some have more narrow letters than others."""
    pitches = [segment.width / len(segment.text) for segment in segments]
    narrow = [len(_NARROW.findall(segment.text)) / len(segment.text) for segment in segments]
    return max(pitches) - min(pitches) < _PITCH_SPREAD * max(pitches) and max(narrow) - min(narrow) > _NARROW_SPREAD


def _joined_sideways(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Text that runs up, down or askew falls into single characters above; here they find together again."""
    previous: Segment | None = None
    for segment in segments:
        if previous is None or previous.style.upright or segment.style is not previous.style:
            if previous is not None:
                yield previous
            previous = segment
            continue
        gap = _distance(previous, segment)
        if gap >= segment.size:
            yield previous
            previous = segment
            continue
        previous.text += " " * (gap > _SPACE_GAP * segment.size) + segment.text
        _extend(previous, "", (segment.x0, segment.y0, segment.x1, segment.y1))
    if previous is not None:
        yield previous


def _distance(one: Segment, other: Segment) -> float:
    """How far two segments of text that does not run right stand apart; further than any line where they are no one."""
    across = max(other.x0 - one.x1, one.x0 - other.x1)
    down = max(other.y0 - one.y1, one.y0 - other.y1)
    beside = (across if other.style.turn == 2 else down) if other.style.turn else max(across, down)
    apart = down if other.style.turn == 2 else across
    return beside if apart < 0 or other.style.turn is None else 2 * other.size
