"""A person's own charts as plain numbers: a template draws them as SVG. No Django.

As in codes/charts.py, x is in per cent and y in px, lengths have two decimals, and what a chart
shows also stands in a table beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from accounts import periods
from accounts.periods import Projection, Span
from codes.charts import percent

HEIGHT = 180
TIER_HEIGHT = 30
ZERO = Decimal(0)
_CENT = Decimal("0.01")
_MARKS = 4


class Level(NamedTuple):
    """A horizontal line. `label` is at its left end, `note` at its right."""

    y: Decimal
    label: str
    note: str = ""


class Tick(NamedTuple):
    x: Decimal
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class MonthBar:
    """One month. `range_height` is 0 where nothing is projected."""

    x: Decimal
    middle: Decimal
    y: Decimal
    height: Decimal
    range_y: Decimal
    range_height: Decimal
    name: str
    initial: str


@dataclass(frozen=True, slots=True)
class Months:
    """Bars of the months of a year; `width` is each bar's, `target_y` that of a month's pace."""

    bars: Sequence[MonthBar]
    levels: Sequence[Level]
    width: Decimal
    target_y: Decimal | None
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Course:
    """The year to date and where it leads. Points are "x,y" in a square of 100 by 100."""

    line: str
    band: str
    levels: Sequence[Level]
    marks: Sequence[Level]
    ticks: Sequence[Tick]
    here_x: Decimal
    here_y: Decimal
    here_anchor: str
    target_y: Decimal | None
    height: int = HEIGHT


class TierBar(NamedTuple):
    x: Decimal
    width: Decimal
    middle: Decimal
    number: int  # the class of its color: 0, 1 or 2
    label: str


class TierMark(NamedTuple):
    x: Decimal
    label: str
    anchor: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class TierChart:
    """Rates on one axis of wRVUs, with what is reached and what is projected."""

    bars: Sequence[TierBar]
    ticks: Sequence[Tick]
    marks: Sequence[TierMark]


def months(
    span: Span,
    by_month: Mapping[date, Decimal],
    target: Decimal | None,
    today: date,
    daily: tuple[Decimal, Decimal] | None,
) -> Months:
    """Return a bar for each month of `span`, and for the days to come the likely range.

    `by_month` holds wRVUs by the first of the month, `target` those of the whole span, and
    `daily` the slowest and the best pace by day, where there is one to go on.
    """
    spans = periods.months(span)
    pace = target / len(spans) if target else None
    ranges = {each.start: _range(each, by_month, today, daily) for each in spans}
    tops = [high for _, high in ranges.values()] + list(by_month.values())
    top = _top([*tops, pace or ZERO])
    step = percent(1, len(spans))
    bars = []
    for number, each in enumerate(spans):
        y = _y(by_month.get(each.start, ZERO), top)
        low, high = ranges[each.start]
        x = percent(number * 100 + 14, len(spans) * 100)
        bars.append(
            MonthBar(
                x=x,
                middle=percent(number * 2 + 1, len(spans) * 2),
                y=y,
                height=HEIGHT - y,
                range_y=_y(high, top),
                range_height=_y(low, top) - _y(high, top) if daily else ZERO,
                name=f"{each.start:%b}",
                initial=f"{each.start:%b}"[0],
            )
        )
    width = (step * Decimal("0.72")).quantize(_CENT, ROUND_HALF_UP)
    return Months(bars, _levels(top), width, _y(pace, top) if pace else None)


def course(
    span: Span,
    by_month: Mapping[date, Decimal],
    today: date,
    target: Decimal | None,
    projection: Projection | None,
    marks: Iterable[tuple[Decimal, str]],
) -> Course:
    """Return the cumulative line to today, the band to the end, and levels that matter.

    `marks` are wRVUs at which another rate begins, with words for it.
    """
    last = min(today, span.end)
    total = sum(by_month.values(), ZERO)
    steps = list(marks)
    ends = [projection.expected] if projection else []
    if projection and projection.high is not None:
        ends.append(projection.high)
    # A tier far beyond reach would flatten everything else.
    reach = max([total, target or ZERO, *ends])
    shown = [(at, words) for at, words in steps if at <= reach * Decimal("1.25")]
    top = _top([reach, *(at for at, _ in shown)])

    points = [(span.start, ZERO)]
    done = ZERO
    for each in periods.months(Span(span.start, last)):
        done += by_month.get(each.start, ZERO)
        points.append((min(each.end, last), done))
    band = ""
    here_x = percent((last - span.start).days + 1, span.days)
    if projection and projection.low is not None and projection.high is not None:
        band = " ".join(
            [
                _point(here_x, total, top),
                _point(Decimal(100), projection.high, top),
                _point(Decimal(100), projection.low, top),
            ]
        )
    line = " ".join(
        _point(ZERO if number == 0 else percent((at - span.start).days + 1, span.days), sum_, top)
        for number, (at, sum_) in enumerate(points)
    )
    levels = _levels(top)
    taken = [_y(at, top) for at, _ in shown]
    levels = [one for one in levels if all(abs(one.y - y) > 14 for y in taken)]
    return Course(
        line=line,
        band=band,
        levels=levels,
        marks=[Level(_y(at, top), _whole(at), words) for at, words in shown],
        ticks=_month_ticks(span),
        here_x=here_x,
        here_y=_y(total, top),
        here_anchor="end" if here_x > 25 else "start",
        target_y=_y(target, top) if target else None,
    )


def tiers(
    steps: Sequence[tuple[Decimal, str]], so_far: Decimal, projected: Decimal | None
) -> TierChart:
    """Return the rates of a contract on one axis: `steps` are where each begins, and its words."""
    starts = [at for at, _ in steps]
    reach = max([so_far, projected or ZERO, *starts])
    top = reach * Decimal("1.2") or Decimal(1)
    ends = [*starts[1:], top]
    bars = [
        TierBar(
            percent(start, top),
            percent(end, top) - percent(start, top),
            percent(start + end, top * 2),
            min(number, 2),
            words,
        )
        for number, ((start, words), end) in enumerate(zip(steps, ends, strict=True))
    ]
    ticks = [Tick(percent(at, top), _whole(at), "start" if not at else "middle") for at in starts]
    marks = [_mark(so_far, top, f"{_whole(so_far)} so far", is_here=True)]
    if projected is not None:
        marks.append(_mark(projected, top, f"{_whole(projected)} projected", is_here=False))
    return TierChart(bars, ticks, marks)


def _mark(at: Decimal, top: Decimal, label: str, *, is_here: bool) -> TierMark:
    x = percent(at, top)
    # The two labels lean away from each other: what is reached lies left of what is projected.
    anchor = "start" if x < 20 else "end" if is_here or x > 80 else "start"
    return TierMark(x, label, anchor, is_here)


def _range(
    month: Span,
    by_month: Mapping[date, Decimal],
    today: date,
    daily: tuple[Decimal, Decimal] | None,
) -> tuple[Decimal, Decimal]:
    """Return the likely lowest and highest wRVUs of a month that is not over."""
    done = by_month.get(month.start, ZERO)
    if daily is None or month.end <= today:
        return done, done
    left = (month.end - max(today, month.start)).days + (1 if today < month.start else 0)
    return done + daily[0] * left, done + daily[1] * left


def _top(values: Iterable[Decimal]) -> Decimal:
    """Return the top of the axis, a little above the highest value."""
    return max([*values, ZERO]) * Decimal("1.04") or Decimal(1)


def _y(value: Decimal, top: Decimal) -> Decimal:
    return (HEIGHT - value * HEIGHT / top).quantize(_CENT, ROUND_HALF_UP)


def _point(x: Decimal, value: Decimal, top: Decimal) -> str:
    return f"{x},{(100 - value * 100 / top).quantize(_CENT, ROUND_HALF_UP)}"


def _levels(top: Decimal) -> list[Level]:
    """Return round numbers of the axis, without its zero."""
    step = _round_step(top / _MARKS)
    found = []
    at = step
    while at < top:
        found.append(Level(_y(at, top), f"{at.normalize():,f}"))
        at += step
    return found


def _round_step(least: Decimal) -> Decimal:
    """Return the smallest of 1, 2, 5 and their tens, hundreds … that is not below `least`."""
    unit = Decimal(10) ** least.adjusted()
    return next(unit * times for times in (1, 2, 5, 10) if unit * times >= least)


def _month_ticks(span: Span) -> list[Tick]:
    """Mark the first of every third month."""
    return [
        Tick(percent((each.start - span.start).days, span.days), f"{each.start:%b}", "start")
        for each in periods.months(span)[::3]
        if each.start >= span.start
    ]


def _whole(value: Decimal) -> str:
    return f"{value.quantize(Decimal(1), ROUND_HALF_UP):,}"
