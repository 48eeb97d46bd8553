"""Months, quarters and contract years of a day, and where the work of a year leads. No Django."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
DAYS_BEFORE_PROJECTION = 30
_DAY = timedelta(days=1)


class Span(NamedTuple):
    """Days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def contains(self, day: date) -> bool:
        return self.start <= day <= self.end

    def meet(self, other: "Span") -> "Span | None":
        """Return the days that both have, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start <= end else None


@dataclass(frozen=True, slots=True)
class Projection:
    """wRVUs expected by the end. `low` and `high` are None while no month is complete."""

    expected: Decimal
    low: Decimal | None
    high: Decimal | None
    days: int  # that it rests on


def month(day: date) -> Span:
    """Return the calendar month of a day."""
    start = day.replace(day=1)
    return Span(start, _months_on(start, 1) - _DAY)


def quarter(day: date, start_month: int = 1) -> Span:
    """Return the quarter of a day in years that begin with `start_month` (1 is January)."""
    return _block(day, start_month, 3)


def year(day: date, start_month: int = 1) -> Span:
    """Return the year of a day that begins with the first of `start_month`."""
    return _block(day, start_month, 12)


def months(span: Span) -> tuple[Span, ...]:
    """Return the calendar months that `span` touches, whole, in order."""
    found = []
    start = span.start.replace(day=1)
    while start <= span.end:
        found.append(month(start))
        start = _months_on(start, 1)
    return tuple(found)


def quarters(span: Span, start_month: int = 1) -> tuple[Span, ...]:
    """Return the quarters that `span` touches, whole, in order."""
    found = [quarter(span.start, start_month)]
    while found[-1].end < span.end:
        found.append(quarter(found[-1].end + _DAY, start_month))
    return tuple(found)


def pace(target: Decimal, span: Span, today: date) -> Decimal:
    """Return what of a target for `span` is due by the end of today, each day counting alike."""
    done = span.meet(Span(span.start, today))
    return target * done.days / span.days if done else ZERO


def projection(
    by_month: Mapping[date, Decimal], today: date, start: date, end: date
) -> Projection | None:
    """Return where the work since `start` leads by `end`, or None under 30 days of data.

    `by_month` holds the wRVUs from `start` to today by the first of each month. `start` is the
    first day that was logged, or the year's. The expectation goes on as the days so far; the band
    goes on as the slowest and as the best complete month, by day.
    """
    so_far = Span(start, min(today, end))
    if so_far.days < DAYS_BEFORE_PROJECTION:
        return None
    done = sum(by_month.values(), ZERO)
    left = (end - so_far.end).days
    expected = done + done / so_far.days * left
    paces = [
        by_month.get(each.start, ZERO) / each.days
        for each in months(so_far)
        if so_far.contains(each.start) and so_far.contains(each.end)
    ]
    if not paces:
        return Projection(expected, None, None, so_far.days)
    return Projection(expected, done + min(paces) * left, done + max(paces) * left, so_far.days)


def _block(day: date, start_month: int, length: int) -> Span:
    """Return the block of `length` months around a day; a year begins with `start_month`."""
    into = (day.month - start_month) % length
    start = _months_on(day.replace(day=1), -into)
    return Span(start, _months_on(start, length) - _DAY)


def _months_on(first: date, count: int) -> date:
    """Return the first of a month, `count` months later."""
    number = first.year * 12 + first.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)
