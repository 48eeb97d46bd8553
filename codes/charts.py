"""Charts as plain numbers: a template draws them as SVG, x in per cent and y in px. No Django.

Lengths are Decimals with two decimals at most, and without zeros at their end: a file of figures
in which 0.00 has meanings of its own gets no other 0.00 beside it. What a chart shows also stands
in a table beside it, so each part carries the words of its row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, Protocol

from codes.payment import Components

HEIGHT = 150
HUNDRED = Decimal(100)
_CENT = Decimal("0.01")
_TENTH = Decimal("0.1")
_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000)


def length(value: Decimal, places: Decimal = _CENT, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Return a place or a length in a drawing, rounded: 12.5 and 0, never 12.50 nor 0.00."""
    rounded = value.quantize(places, rounding)
    whole = rounded.to_integral_value()
    return whole if rounded == whole else rounded.normalize()


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """Return what `part` is of `whole` in per cent, with two decimals at most; 0 of nothing."""
    return length(Decimal(part) / Decimal(whole) * HUNDRED) if whole else Decimal(0)


# --- The edge: how a code's RVUs divide ---------------------------------------------------------


class Part(NamedTuple):
    """One part of a bar, named as its CSS class: work, practice or malpractice."""

    name: str
    x: Decimal
    width: Decimal


def edge(rvus: Components) -> tuple[Part, ...]:
    """Return the three parts of a code's total in per cent, without those that are zero.

    Empty where there are no RVUs at all. The widths always add up to 100.
    """
    total = sum(rvus, Decimal(0))
    if not total:
        return ()
    parts = []
    start = reached = Decimal(0)
    for name, value in zip(("work", "practice", "malpractice"), rvus, strict=True):
        reached += value
        end = percent(reached, total)
        if value:
            parts.append(Part(name, start, end - start))
        start = end
    return tuple(parts)


# --- The histogram: how the work RVUs of a category are spread ----------------------------------


class Spread(Protocol):
    """What is drawn: CategoryStatistics, or anything with its histogram and maximum."""

    @property
    def histogram(self) -> Mapping[str, Any]: ...
    @property
    def maximum(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class Bar:
    """How many codes lie in one range of work RVUs. An empty range has height 0."""

    x: Decimal
    width: Decimal
    y: Decimal
    height: Decimal
    range: str  # "10 to under 11", "50 and over"
    count: int


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line and the number of codes that it stands for."""

    y: Decimal
    text_y: Decimal
    count: int


class Tick(NamedTuple):
    """A mark on the axis. `short` is the label where there is little room."""

    x: Decimal
    label: str
    short: str
    anchor: str  # "start", "middle" or "end"
    dx: int


class Mark(NamedTuple):
    """Where one code stands, and on which side its label has room."""

    x: Decimal
    anchor: str
    dx: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """All that templates/codes/_histogram.html draws, HEIGHT px high."""

    bars: Sequence[Bar]
    levels: Sequence[Level]
    ticks: Sequence[Tick]
    unit: str  # "each whole RVU", "each 0.5 RVUs": what one bar stands for
    height: int = HEIGHT


def histogram(statistics: Spread) -> Histogram | None:
    """Return the bars of a category's work RVUs; None where no code of it carries work.

    The last bar is open where the highest value lies beyond it (codes/fee_schedule/statistics.py).
    """
    counts: list[int] = statistics.histogram["counts"]
    if not any(counts):
        return None
    width = Decimal(statistics.histogram["width"])
    size = len(counts)
    top = max(counts)
    is_open = statistics.maximum is not None and statistics.maximum >= width * size

    bars = []
    for index, count in enumerate(counts):
        tall = length(Decimal(count * HEIGHT) / top)
        low, high = _plain(width * index), _plain(width * (index + 1))
        last = index == size - 1 and is_open
        bars.append(
            Bar(
                x=percent(Decimal(index) + Decimal("0.06"), size),
                width=percent(Decimal("0.88"), size),
                y=HEIGHT - tall,
                height=tall,
                range=f"{low} and over" if last else f"{low} to under {high}",
                count=count,
            )
        )
    return Histogram(
        bars=bars,
        levels=levels(top),
        ticks=_ticks(width, size, is_open),
        unit="each whole RVU" if width == 1 else f"each {_plain(width)} RVUs",
    )


def place(chart: Histogram, statistics: Spread, here: Decimal) -> tuple[Bar, Mark]:
    """Return the bar that holds a code with `here` work RVUs, and its mark on the axis."""
    width = Decimal(statistics.histogram["width"])
    size = len(chart.bars)
    return chart.bars[min(int(here // width), size - 1)], _mark(here, width, size)


def _plain(value: Decimal) -> str:
    """Return 0.50 as 0.5 and 10.0 as 10."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _step(most: int, marks: int) -> int:
    """Return the smallest round step that needs at most so many marks."""
    return next((step for step in _STEPS if most <= step * marks), _STEPS[-1])


def levels(top: int) -> list[Level]:
    """Return the lines across a chart HEIGHT px high, the highest bar of which counts `top`."""
    lines = []
    step = _step(top, 5)
    for count in range(step, top + 1, step):
        y = length(HEIGHT - Decimal(count * HEIGHT) / top, _TENTH)
        lines.append(Level(y, y + 4, count))
    return lines


def _ticks(width: Decimal, size: int, is_open: bool) -> list[Tick]:
    """Mark some edges of bars; an open last bar is named at its lower edge."""
    step = _step(size, 6)
    ticks = []
    for index in range(0, size + 1, step):
        anchor = "start" if index == 0 else "end" if index == size else "middle"
        label = _plain(width * index)
        ticks.append(Tick(percent(index, size), label, label, anchor, 0))
    if is_open:
        edge_of_last = size - 1
        near = edge_of_last - size * Decimal("0.16")  # no room for another label beside it
        ticks = [tick for tick in ticks if tick.x < percent(near, size)]
        label = _plain(width * edge_of_last)
        x = percent(edge_of_last, size)
        ticks.append(Tick(x, f"{label} and over", f"{label}+", "end", 14))
    return ticks


def _mark(here: Decimal, width: Decimal, size: int) -> Mark:
    inside = min(here / width, size - Decimal("0.5"))  # in an open bar: its middle
    x = length(inside / size * HUNDRED, _CENT, ROUND_FLOOR)
    return Mark(x, "start", 8) if x < 60 else Mark(x, "end", -8)
