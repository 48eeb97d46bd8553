"""The ribbon of percentile points with a place on it, in per cent and pixels. No Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from accounts.percentiles import RANKS, Points

TOP, BAND, LINE = 30, 26, 32  # pixels: above the band, its height, a label of two lines
_FIRST, _WIDTH = Decimal("12.5"), Decimal(75)  # where the 10th stands, and how far the 90th is
_ENDS = (Decimal(4), Decimal(96))  # where everybody outside stands
_APART = Decimal(15)  # per cent that two labels side by side need on a phone


class Mark(NamedTuple):
    """A percentile point: its place, and the lines of its label, in pixels from the top."""

    x: str
    name: str
    value: str
    tick_y: int
    name_y: int
    value_y: int


@dataclass(frozen=True, slots=True)
class Ribbon:
    title: str
    height: int
    marks: tuple[Mark, ...]
    outer: tuple[str, str]  # left edge and width, from the 10th to the 90th
    inner: tuple[str, str]  # from the 25th to the 75th
    middle: str
    here: str
    here_anchor: str
    here_label: str
    band_y: int = TOP
    band_height: int = BAND
    band_end: int = TOP + BAND


def ribbon(points: Points, value: Decimal) -> Ribbon:
    """Return what is drawn: the points on one scale, `value` among them or at an end."""
    places = [_place(points, point) for point in points]
    rows = _rows(places)
    marks = tuple(
        Mark(
            x=_percent(place),
            name=f"p{rank}",
            value=_whole(point),
            tick_y=TOP + BAND + 4 + row * LINE,
            name_y=TOP + BAND + 16 + row * LINE,
            value_y=TOP + BAND + 31 + row * LINE,
        )
        for rank, point, place, row in zip(RANKS, points, places, rows, strict=True)
    )
    here = _place(points, value)
    if value < points.p10:
        here = _ENDS[0]
    elif value > points.p90:
        here = _ENDS[1]
    named = ", ".join(
        f"{rank}th {_whole(point)}" for rank, point in zip(RANKS, points, strict=True)
    )
    return Ribbon(
        title=f"Percentile points: {named}. You: {_whole(value)}.",
        height=TOP + BAND + 36 + max(rows) * LINE,
        marks=marks,
        outer=(_percent(places[0]), _percent(places[4] - places[0])),
        inner=(_percent(places[1]), _percent(places[3] - places[1])),
        middle=_percent(places[2]),
        here=_percent(here),
        here_anchor="start" if here < 15 else "end" if here > 85 else "middle",
        here_label=f"You {_whole(value)}",
    )


def _place(points: Points, value: Decimal) -> Decimal:
    """Return per cent from the left; points that are all the same stand in the middle."""
    width = points.p90 - points.p10
    if not width:
        return Decimal(50)
    return _FIRST + _WIDTH * (value - points.p10) / width


def _rows(places: Sequence[Decimal]) -> list[int]:
    """Return in which row each label stands, so that none covers another."""
    ends: list[Decimal] = []  # the last label of each row
    rows = []
    for place in places:
        row = next((n for n, end in enumerate(ends) if place - end >= _APART), len(ends))
        ends[row : row + 1] = [place]
        rows.append(row)
    return rows


def _percent(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP).normalize():f}%"


def _whole(value: Decimal) -> str:
    return f"{value.quantize(Decimal(1), ROUND_HALF_UP):,}"
