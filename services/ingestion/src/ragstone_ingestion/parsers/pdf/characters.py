"""The characters of a page: what they say, where they stand, and in which style."""

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from ragstone_ingestion.parsers.pdf.view import Rectangle, View

_FIXED_PITCH = 0x1
_FORCE_BOLD = 0x40000
_BOLD = re.compile(r"bold|black|heavy|semibd|demi|-bd|-medi(?:ital)?$|^(?:cm|sf|ec|la)s?sbx|^(?:cm|sf|ec|la)bx|^cmssbx")
_MONO = re.compile(r"mono|courier|consol|menlo|typewriter|lettergothic|^(?:cm|sf|ec)tt|inconsolata|sourcecode|txtt")
_MARKS = re.compile(r"wingdings|webdings|dingbats|marlett|fontawesome|glyphicons")
_SUBSET = re.compile(r"^[a-z]{6}\+")
_NAME_BYTES = 128
_HYPHEN = 0x2
"""PDFium's mark for a hyphen at the end of a line; a font without a map to Unicode has it for any letter."""
_LINE_ENDS = {10, 13}
_SPACES = {9, *_LINE_ENDS, 32, 0xA0, 0x3000, *range(0x2000, 0x200B), 0x202F}
_PRESENTATION_FORMS = 0xFB00
"""Ligatures, and the shapes that Hebrew and Arabic letters take within a word, up to U+FEFF."""
_LAM = 0x644
_ALEFS = {0x622, 0x623, 0x625, 0x627}
_UNREADABLE = "\ufffd"


@dataclass(frozen=True, slots=True)
class Style:
    """A font as shown: its size in points, its weight, whether all its letters are equally wide, or none is a letter.

    ``hidden`` text is there to be found and copied, not to be seen: that of a scan, or of nothing a reader should know.
    ``turn`` is 0 for text that runs right, 1 to 3 for quarters of a circle clockwise, None for text that runs askew.
    """

    font: str
    size: float
    bold: bool = False
    mono: bool = False
    marks: bool = False
    turn: int | None = 0
    hidden: bool = False

    @property
    def upright(self) -> bool:
        return self.turn == 0


@dataclass(slots=True)
class Character:
    """``style`` is asked for where a word begins and is None elsewhere. A space has no box."""

    text: str
    index: int
    box: Rectangle
    ends_line: bool = False


def characters_of(text: Any, view: View) -> Iterator[Character]:
    """The characters of a page in the order of its content; every space is one ``" "``."""
    rect = pdfium.FS_RECTF()
    nowhere = (0.0, 0.0, 0.0, 0.0)
    width, height = view.width, view.height
    alef: Character | None = None
    for index in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in _SPACES:
            if alef is not None:
                yield alef
                alef = None
            yield Character(" ", index, nowhere, code in _LINE_ENDS)
        elif code and pdfium.FPDFText_GetLooseCharBox(text, index, rect):
            box = view.box(rect)
            if not (box[2] > 0 and box[3] > 0 and box[0] < width and box[1] < height):
                continue
            character = Character(_read(code, text, index), index, box)
            if alef is not None:
                # The two letters of one glyph come in the order of the page, against that of the word.
                if code == _LAM and box == alef.box:
                    character.text, alef.text = alef.text, character.text
                yield alef
            alef = character if code in _ALEFS else None
            if alef is None:
                yield character

    if alef is not None:
        yield alef


def _read(code: int, text: Any, index: int) -> str:
    if 0x1F < code < _PRESENTATION_FORMS or code > 0xFEFF:
        return chr(code)
    if code >= _PRESENTATION_FORMS:
        return unicodedata.normalize("NFKC", chr(code)).strip()
    if code == _HYPHEN and pdfium.FPDFText_IsHyphen(text, index) == 1:
        return "-"
    return _UNREADABLE


class Styles:
    """The style of each character, asked of PDFium once for every text object."""

    def __init__(self, text: Any, view: View) -> None:
        self._text = text
        self._view = view
        self._by_object: dict[int, Style] = {}
        self._known: dict[Style, Style] = {}
        self._matrix, self._flags = pdfium.FS_MATRIX(), ctypes.c_int()
        self._name = ctypes.create_string_buffer(_NAME_BYTES)

    def at(self, index: int, box: Rectangle) -> Style:
        """The style of a character; equal styles are one object."""
        text_object = pdfium.FPDFText_GetTextObject(self._text, index)
        address = ctypes.cast(text_object, ctypes.c_void_p).value or 0
        style = self._by_object.get(address)
        if style is None:
            style = self._ask(index, box, text_object)
            style = self._by_object[address] = self._known.setdefault(style, style)
        return style

    def is_mapped(self, index: int) -> bool:
        """Whether the font says which letter this is; where it does not, PDFium guesses."""
        return bool(pdfium.FPDFText_HasUnicodeMapError(self._text, index) != 1)

    def _ask(self, index: int, box: Rectangle, text_object: Any) -> Style:
        matrix, flags, name = self._matrix, self._flags, self._name
        pdfium.FPDFText_GetMatrix(self._text, index, matrix)
        pdfium.FPDFText_GetFontInfo(self._text, index, name, _NAME_BYTES, flags)
        size = pdfium.FPDFText_GetFontSize(self._text, index) * math.hypot(matrix.c, matrix.d) or box[3] - box[1]
        font = _SUBSET.sub("", name.value.decode("utf-8", "replace").lower())
        return Style(
            font=font,
            size=max(round(size, 1), 1.0),
            bold=bool(flags.value & _FORCE_BOLD) or bool(_BOLD.search(font)),
            mono=bool(flags.value & _FIXED_PITCH) or bool(_MONO.search(font)),
            marks=bool(_MARKS.search(font)),
            turn=self._view.turn_of(matrix),
            hidden=pdfium.FPDFTextObj_GetTextRenderMode(text_object) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE,
        )
