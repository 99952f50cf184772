"""From a PDF page to segments: runs of text on one base line without a wide gap, with their places and fonts."""

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from ragstone_ingestion.parsers.pdf.rulings import Grid, grids_of
from ragstone_ingestion.parsers.pdf.view import View

_SPLIT_GAP = 0.6
"""A gap this wide, in font sizes, ends a segment; wide word spaces do too, and rows join them again."""
_SPACE_GAP = 0.18
_FIXED_PITCH = 0x1
_FORCE_BOLD = 0x40000
_BOLD_NAMES = ("bold", "black", "heavy", "semibd", "demi")
_MONO_NAMES = ("mono", "courier", "consol", "menlo", "typewriter", "lettergothic", "cmtt")
_NAME_BYTES = 128
_LINE_ENDS = {10, 13}
_SPACES = {9, *_LINE_ENDS, 32, 0xA0, 0x3000, *range(0x2000, 0x200B), 0x202F}
_REPLACED = {
    # PDFium's mark for a hyphen at the end of a line.
    0x2: "-",
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}


_PRIVATE = re.compile("[\ue000-\uf8ff]+")


@dataclass(frozen=True, slots=True)
class Style:
    """A font as shown: its size in points, its weight, and whether all its letters are equally wide."""

    size: float
    bold: bool
    mono: bool
    upright: bool


@dataclass(slots=True)
class Segment:
    """Places are in points from the top left of the page as it is shown."""

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
    def center(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True)
class PageSegments:
    width: float
    height: float
    segments: list[Segment]
    grids: list[Grid]


def page_segments(page: Any, text: Any) -> PageSegments:
    """The segments of a page in the order of its content; ``text`` is the page's raw text page."""
    view = View(page)
    segments = list(_joined_sideways(_segments(text, view)))
    for segment in segments:
        segment.text = _without_private(segment.text)
    visible = [segment for segment in segments if segment.text.strip()]
    return PageSegments(view.width, view.height, visible, grids_of(page, view) if visible else [])


def _segments(text: Any, view: View) -> Iterator[Segment]:
    rect = pdfium.FS_RECTF()
    styles = _Styles(text, view)
    current: Segment | None = None
    last = (0.0, 0.0, 0.0, 0.0)
    space = True
    for index in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in _SPACES:
            space = True
            if current is not None and code not in _LINE_ENDS:
                current.spaced = True
            continue
        if code == 0 or not pdfium.FPDFText_GetLooseCharBox(text, index, rect):
            continue
        box = view.box(rect)
        connected = current is not None and _continues(current, last, box)
        style = styles.at(index, box) if space or not connected else None
        if current is None or not connected or (style is not None and style != current.style):
            if current is not None:
                yield current
            current = Segment("", *box, style or styles.at(index, box))
        elif space or _gap(last, box) > _SPACE_GAP * current.style.size:
            current.text += " "
        _extend(current, _REPLACED.get(code) or chr(code), box)
        last, space = box, False
    if current is not None:
        yield current


class _Styles:
    """The style of each character, asked of PDFium once for every text object."""

    def __init__(self, text: Any, view: View) -> None:
        self._text = text
        self._view = view
        self._known: dict[int, Style] = {}
        self._matrix, self._flags = pdfium.FS_MATRIX(), ctypes.c_int()
        self._name = ctypes.create_string_buffer(_NAME_BYTES)

    def at(self, index: int, box: tuple[float, float, float, float]) -> Style:
        text_object = pdfium.FPDFText_GetTextObject(self._text, index)
        address = ctypes.cast(text_object, ctypes.c_void_p).value or 0
        if address not in self._known:
            self._known[address] = self._ask(index, box)
        return self._known[address]

    def _ask(self, index: int, box: tuple[float, float, float, float]) -> Style:
        matrix, flags, name = self._matrix, self._flags, self._name
        pdfium.FPDFText_GetMatrix(self._text, index, matrix)
        pdfium.FPDFText_GetFontInfo(self._text, index, name, _NAME_BYTES, flags)
        size = pdfium.FPDFText_GetFontSize(self._text, index) * math.hypot(matrix.c, matrix.d) or box[3] - box[1]
        font = name.value.decode("utf-8", "replace").lower()
        return Style(
            size=max(round(size, 1), 1.0),
            bold=bool(flags.value & _FORCE_BOLD) or any(word in font for word in _BOLD_NAMES),
            mono=bool(flags.value & _FIXED_PITCH) or any(word in font for word in _MONO_NAMES),
            upright=self._view.runs_right(matrix),
        )


def _gap(last: tuple[float, ...], box: tuple[float, ...]) -> float:
    """The horizontal distance between two characters, whichever comes first; negative where they overlap."""
    return max(box[0] - last[2], last[0] - box[2])


def _continues(current: Segment, last: tuple[float, ...], box: tuple[float, ...]) -> bool:
    overlap = min(last[3], box[3]) - max(last[1], box[1])
    level = overlap > 0.4 * min(last[3] - last[1], box[3] - box[1])
    return level and _gap(last, box) <= _SPLIT_GAP * current.size


def _extend(segment: Segment, text: str, box: tuple[float, ...]) -> None:
    segment.text += text
    segment.spaced = False
    segment.x0, segment.y0 = min(segment.x0, box[0]), min(segment.y0, box[1])
    segment.x1, segment.y1 = max(segment.x1, box[2]), max(segment.y1, box[3])


def _without_private(text: str) -> str:
    """Characters of private meaning cannot be read; alone they are the bullets of symbol fonts."""
    return "•" if _PRIVATE.fullmatch(text) else _PRIVATE.sub("", text)


def _joined_sideways(segments: Iterator[Segment]) -> Iterator[Segment]:
    """Text that runs up or down falls into single characters above; here its neighbours find together again."""
    previous: Segment | None = None
    for segment in segments:
        if previous is None or previous.style.upright or segment.style.upright or not _touches(previous, segment):
            if previous is not None:
                yield previous
            previous = segment
            continue
        gap = max(segment.y0 - previous.y1, previous.y0 - segment.y1)
        previous.text += " " * (gap > _SPACE_GAP * segment.size) + segment.text
        _extend(previous, "", (segment.x0, segment.y0, segment.x1, segment.y1))
    if previous is not None:
        yield previous


def _touches(one: Segment, other: Segment) -> bool:
    beside = min(one.x1, other.x1) - max(one.x0, other.x0) > 0
    gap = max(other.y0 - one.y1, one.y0 - other.y1)
    return beside and gap < other.size
