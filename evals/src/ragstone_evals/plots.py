"""Pictures of figures with their intervals, as SVG that stands within a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ragstone_evals.statistics import Interval

_LABEL, _PLOT, _ROW, _TOP, _BOTTOM = 260, 420, 24, 8, 28
_MARGIN = 0.06
_TICKS = 5


@dataclass(frozen=True)
class Bar:
    """A row of the picture; ``mark`` is a figure to be held against, drawn as an upright line."""

    label: str
    interval: Interval
    mark: float | None = None
    colour: str = ""


def interval_plot(caption: str, bars: Sequence[Bar], *, zero: bool = False, form: str = ".3f") -> str:
    """A row for each bar: a point with its interval. With ``zero`` the axis holds zero, and a line stands there."""
    axis = _Axis.over(bars, zero)
    height = _TOP + _ROW * len(bars) + _BOTTOM
    parts = [_axis_lines(axis, height, form)]
    if zero:
        parts.append(_line(axis.at(0), _TOP, axis.at(0), height - _BOTTOM, "axis strong"))
    parts += [_row(bar, axis, _TOP + _ROW * number + _ROW / 2, form) for number, bar in enumerate(bars)]
    width = _LABEL + _PLOT + 80
    return (
        f'<figure><figcaption>{escape(caption)}</figcaption><svg viewBox="0 0 {width} {height}" width="{width}" '
        f'role="img" aria-label="{escape(caption, quote=True)}">\n' + "\n".join(parts) + "\n</svg></figure>"
    )


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float

    @classmethod
    def over(cls, bars: Sequence[Bar], zero: bool) -> "_Axis":
        values = [
            value for bar in bars for value in (bar.interval.low, bar.interval.high, bar.mark) if value is not None
        ]
        values += [0.0] if zero else []
        low, high = min(values), max(values)
        margin = (high - low) * _MARGIN or 0.01
        return cls(low - margin, high + margin)

    def at(self, value: float) -> float:
        """Where a value stands, in the picture's units."""
        return _LABEL + _PLOT * (value - self.low) / (self.high - self.low)


def _axis_lines(axis: _Axis, height: int, form: str) -> str:
    lines, bottom = [], height - _BOTTOM
    for number in range(_TICKS):
        value = axis.low + (axis.high - axis.low) * number / (_TICKS - 1)
        place = axis.at(value)
        lines.append(_line(place, _TOP, place, bottom, "axis"))
        lines.append(f'<text x="{place:.1f}" y="{bottom + 16}" class="tick">{value:{form}}</text>')
    return "\n".join(lines)


def _row(bar: Bar, axis: _Axis, middle: float, form: str) -> str:
    interval = bar.interval
    point, end = axis.at(interval.estimate), axis.at(axis.high)
    parts = [
        f'<text x="{_LABEL - 10}" y="{middle + 4}" class="label">{escape(bar.label)}</text>',
        _line(axis.at(interval.low), middle, axis.at(interval.high), middle, f"bar {bar.colour}"),
        f'<circle cx="{point:.1f}" cy="{middle}" r="4" class="point {bar.colour}"/>',
        f'<text x="{end + 8:.1f}" y="{middle + 4}">{interval.estimate:{form}}</text>',
    ]
    if bar.mark is not None:
        place = axis.at(bar.mark)
        parts.append(_line(place, middle - 8, place, middle + 8, "mark"))
    return "".join(parts)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind.strip()}"/>'
