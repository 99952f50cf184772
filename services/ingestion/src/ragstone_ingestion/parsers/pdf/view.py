"""How a page's own coordinates map to the page as it is read."""

import ctypes
from typing import Any

import pypdfium2.raw as pdfium

_DEVICE = 1 << 20
_PROBE = 1000.0
Rectangle = tuple[float, float, float, float]
Point = tuple[float, float]


class View:
    """The map from the page's own coordinates, rotated and cropped as it may be, to points from the top left.

    ``turn`` counts the quarters of a circle, clockwise, that the page as shown has to be turned back so that its text
    runs from left to right: the text of a landscape table may run up a portrait page.
    """

    def __init__(self, page: Any, turn: int = 0) -> None:
        self.turn = turn
        width, height = float(pdfium.FPDF_GetPageWidthF(page)), float(pdfium.FPDF_GetPageHeightF(page))
        probes = (_shown(page, x, y, (width, height)) for x, y in ((0, 0), (_PROBE, 0), (0, _PROBE)))
        (origin_x, origin_y), (right_x, right_y), (up_x, up_y) = (_turned(p, (width, height), turn) for p in probes)
        self.width, self.height = (height, width) if turn % 2 else (width, height)
        self._origin = origin_x, origin_y
        self._x = (right_x - origin_x) / _PROBE, (right_y - origin_y) / _PROBE
        self._y = (up_x - origin_x) / _PROBE, (up_y - origin_y) / _PROBE
        self._plain = not self._x[1] and not self._y[0] and self._x[0] > 0 > self._y[1]

    def box(self, rect: Any) -> Rectangle:
        """Left, top, right and bottom of a rectangle as read."""
        left, right, bottom, top = rect.left, rect.right, rect.bottom, rect.top
        if self._plain:
            x, y = self._origin
            scale_x, scale_y = self._x[0], self._y[1]
            return x + left * scale_x, y + top * scale_y, x + right * scale_x, y + bottom * scale_y
        x0, y0 = self.point(left, bottom)
        x1, y1 = self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def turn_of(self, matrix: Any) -> int | None:
        """The quarter turn, clockwise, of text under the matrix: 0 runs right, 1 down; None when it runs askew."""
        along = matrix.a * self._x[0] + matrix.b * self._y[0]
        across = matrix.a * self._x[1] + matrix.b * self._y[1]
        if min(abs(along), abs(across)) > 0.3 * max(abs(along), abs(across)):
            return None
        if abs(along) >= abs(across):
            return 0 if along >= 0 else 2
        return 1 if across > 0 else 3

    def point(self, x: float, y: float) -> Point:
        """A point of the page's own coordinates as read."""
        return (
            self._origin[0] + x * self._x[0] + y * self._y[0],
            self._origin[1] + x * self._x[1] + y * self._y[1],
        )


def turned_back(box: Rectangle, turn: int) -> Rectangle:
    """Where a rectangle of the page as read stands on the page as shown; both as fractions of width and height."""
    x0, y0, x1, y1 = box
    turned = {1: (1 - y1, x0, 1 - y0, x1), 2: (1 - x1, 1 - y1, 1 - x0, 1 - y0), 3: (y0, 1 - x1, y1, 1 - x0)}
    return turned.get(turn, box)


def _turned(point: Point, size: tuple[float, float], turn: int) -> Point:
    (x, y), (width, height) = point, size
    return {0: (x, y), 1: (y, width - x), 2: (width - x, height - y), 3: (height - y, x)}[turn]


def _shown(page: Any, x: float, y: float, size: tuple[float, float]) -> Point:
    column, row = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, _DEVICE, _DEVICE, 0, x, y, column, row)
    return column.value / _DEVICE * size[0], row.value / _DEVICE * size[1]
