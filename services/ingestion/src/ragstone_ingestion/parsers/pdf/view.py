"""How a page's own coordinates map to the page as it is shown."""

import ctypes
from typing import Any

import pypdfium2.raw as pdfium

_DEVICE = 1 << 20
_PROBE = 1000.0


class View:
    """The map from the page's own coordinates, rotated and cropped as it may be, to points from the top left."""

    def __init__(self, page: Any) -> None:
        self.width = float(pdfium.FPDF_GetPageWidthF(page))
        self.height = float(pdfium.FPDF_GetPageHeightF(page))
        origin_x, origin_y = self._shown(page, 0, 0)
        right_x, right_y = self._shown(page, _PROBE, 0)
        up_x, up_y = self._shown(page, 0, _PROBE)
        self._origin = origin_x, origin_y
        self._x = (right_x - origin_x) / _PROBE, (right_y - origin_y) / _PROBE
        self._y = (up_x - origin_x) / _PROBE, (up_y - origin_y) / _PROBE
        self._plain = not self._x[1] and not self._y[0] and self._x[0] > 0 > self._y[1]

    def box(self, rect: Any) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a rectangle as shown."""
        left, right, bottom, top = rect.left, rect.right, rect.bottom, rect.top
        if self._plain:
            x, y = self._origin
            scale_x, scale_y = self._x[0], self._y[1]
            return x + left * scale_x, y + top * scale_y, x + right * scale_x, y + bottom * scale_y
        x0, y0 = self.point(left, bottom)
        x1, y1 = self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def runs_right(self, matrix: Any) -> bool:
        """Whether text under the matrix runs from left to right as shown."""
        along = matrix.a * self._x[0] + matrix.b * self._y[0]
        across = matrix.a * self._x[1] + matrix.b * self._y[1]
        return bool(along > abs(across))

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the page's own coordinates as shown."""
        return (
            self._origin[0] + x * self._x[0] + y * self._y[0],
            self._origin[1] + x * self._x[1] + y * self._y[1],
        )

    def _shown(self, page: Any, x: float, y: float) -> tuple[float, float]:
        column, row = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, _DEVICE, _DEVICE, 0, x, y, column, row)
        return column.value / _DEVICE * self.width, row.value / _DEVICE * self.height
