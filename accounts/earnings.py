"""What a contract has earned by a day, and in a month or quarter of its year. No Django."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from accounts import periods
from accounts.pay import Terms, TrueUp, prorated
from accounts.periods import Span

ZERO = Decimal(0)
_DAY = timedelta(days=1)


class Earned(NamedTuple):
    """Dollars and cents; the bonus is what the wRVUs earn above the base."""

    base: Decimal
    bonus: Decimal

    @property
    def amount(self) -> Decimal:
        return self.base + self.bonus

    def plus(self, other: "Earned") -> "Earned":
        return Earned(self.base + other.base, self.bonus + other.bonus)

    def less(self, other: "Earned") -> "Earned":
        return Earned(self.base - other.base, self.bonus - other.bonus)


NOTHING = Earned(ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Earner:
    """One contract in one contract year.

    `in_force` are the days of its terms, which a later version may cut short; threshold, tiers
    and base then count for its part of the year. `by_day` holds the wRVUs that it counts.
    """

    terms: Terms
    in_force: Span
    start_month: int
    by_day: Mapping[date, Decimal]

    def between(self, span: Span) -> Earned:
        """Return what is earned from the first to the last day of `span`.

        It is the difference of what is earned by its end and by the day before, in each contract
        year: a day's bonus may be less than nothing where a threshold that stands alone begins
        anew. `by_day` has to reach back to the beginning of the first of these years.
        """
        year = periods.year(span.start, self.start_month)
        before = self.by(span.start - _DAY) if span.start > year.start else NOTHING
        earned = NOTHING.less(before)
        while year.end < span.end:
            earned = earned.plus(self.by(year.end))
            year = periods.year(year.end + _DAY, self.start_month)
        return earned.plus(self.by(span.end))

    def by(self, day: date) -> Earned:
        """Return what is earned from the beginning of the contract year to the end of `day`."""
        year = periods.year(day, self.start_month)
        earned = NOTHING
        for whole, share in self._blocks(year):
            mine = whole.meet(self.in_force)
            so_far = mine.meet(Span(year.start, day)) if mine else None
            if mine is None or so_far is None:
                continue
            work = sum(
                (wrvu for at, wrvu in self.by_day.items() if so_far.contains(at)), start=ZERO
            )
            paid = prorated(
                self.terms,
                work,
                share * Fraction(mine.days, whole.days),
                share * Fraction(so_far.days, whole.days),
            )
            earned = earned.plus(Earned(paid.base, paid.bonus))
        return earned

    def _blocks(self, year: Span) -> Iterator[tuple[Span, Fraction]]:
        """Give each part of a year that is settled by itself, with its share of the year."""
        if self.terms.cumulative or self.terms.true_up is TrueUp.YEAR:
            yield year, Fraction(1)
        elif self.terms.true_up is TrueUp.QUARTER:
            for quarter in periods.quarters(year, self.start_month):
                yield quarter, Fraction(1, 4)
        else:
            for month in periods.months(year):
                yield month, Fraction(1, 12)
