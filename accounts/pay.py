"""What a contract pays for wRVUs: arithmetic only, and no Django.

Four models, all of them employers' conventions: a rate per wRVU; a base and a rate above a
threshold; tiers, marginal unless the contract makes them retroactive; and any of these paid in
advance and settled each month, quarter or year.

Money is exact inside and rounded once, half up, to cents. The parts of a sum are rounded so that
they add up to it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

CENT = Decimal("0.01")
ZERO = Decimal(0)
ONE = Decimal(1)
WHOLE = Fraction(1)


class TermsError(ValueError):
    """Terms that cannot be. `field` names the one that is wrong, the message says what to do."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class TrueUp(StrEnum):
    """How often pay is settled."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def periods(self) -> int:
        """How many of them a year has."""
        return {TrueUp.MONTH: 12, TrueUp.QUARTER: 4, TrueUp.YEAR: 1}[self]


@dataclass(frozen=True, slots=True)
class Tier:
    """From `above` wRVUs a year, `rate` dollars for each."""

    above: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract pays in a year.

    `rate` is in dollars for one wRVU above `threshold`; `base` in dollars for the year, whatever
    the work. Each tier has a higher `above` than the one before it and than the threshold.
    Marginal tiers pay their rate inside the tier; retroactive ones, once reached, pay it for all
    wRVUs above the threshold. `cumulative` settles the year so far each time; otherwise each
    period stands on its own, with its share of threshold and tiers.
    """

    rate: Decimal
    base: Decimal = ZERO
    threshold: Decimal = ZERO
    tiers: tuple[Tier, ...] = ()
    retroactive: bool = False
    true_up: TrueUp = TrueUp.YEAR
    cumulative: bool = True

    def __post_init__(self) -> None:
        _check("rate", self.rate, "The rate per wRVU")
        _check("base", self.base, "The base")
        _check("threshold", self.threshold, "The threshold")
        last = self.threshold
        for number, tier in enumerate(self.tiers, 1):
            _check("tiers", tier.rate, f"The rate of tier {number}")
            if not (tier.above.is_finite() and tier.above > last):
                raise TermsError(
                    "tiers",
                    f"Tier {number} begins above {_plain(tier.above)} wRVUs, which is not more "
                    f"than the {_plain(last)} before it: give each tier a higher start.",
                )
            last = tier.above


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the working: dollars for the wRVUs between two levels.

    `rate` is None where the base covers them. `upto` is None for the last level.
    """

    above: Decimal
    upto: Decimal | None
    wrvus: Decimal
    rate: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Pay:
    """Dollars and cents; `amount` is `base` and `bonus` together, and the sum of the steps."""

    amount: Decimal
    base: Decimal
    bonus: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """One true-up: `due` is what is to be paid now, below zero where it is to be paid back.

    `wrvus` are those of the period, `earned` and `paid_before` count from the start of the year.
    """

    wrvus: Decimal
    earned: Decimal
    paid_before: Decimal
    due: Decimal


def pay(terms: Terms, wrvus: Decimal, share_of_year: Decimal = ONE) -> Pay:
    """Return what `wrvus` earn in a part of a year, with its share of base, threshold and tiers.

    `share_of_year` is 1 for a year and 0.25 for a quarter that stands on its own.
    """
    if not (share_of_year.is_finite() and ZERO < share_of_year <= ONE):
        raise TermsError("share_of_year", "A share of a year is more than 0 and at most 1.")
    share = Fraction(share_of_year)
    return prorated(terms, wrvus, share, share)


def break_even(terms: Terms) -> Decimal | None:
    """Return the wRVUs whose pay at the first rate equals the base, or None without a rate.

    A threshold above it keeps money back, a threshold below it pays the same work twice.
    """
    if not terms.rate:
        return None
    return (terms.base / terms.rate).quantize(CENT, ROUND_HALF_UP)


def settlements(terms: Terms, wrvus: Sequence[Decimal]) -> list[Settlement]:
    """Return the settlement of each true-up period so far, from the wRVUs of each, in order.

    Cumulative settlements look at the year's whole threshold and tiers and at the base up to
    then, and add up to what the year pays.
    """
    periods = terms.true_up.periods
    if len(wrvus) > periods:
        raise TermsError("true_up", f"A year has {periods} periods of settlement, not more.")
    found = []
    before = so_far = ZERO
    for number, work in enumerate(wrvus, 1):
        so_far += work
        if terms.cumulative:
            earned = prorated(terms, so_far, WHOLE, Fraction(number, periods)).amount
        else:
            share = Fraction(1, periods)
            earned = before + prorated(terms, work, share, share).amount
        found.append(Settlement(work, earned, before, earned - before))
        before = earned
    return found


def _check(field: str, number: Decimal, words: str) -> None:
    if not (number.is_finite() and number >= 0):
        raise TermsError(field, f"{words} is not negative: give a number from 0 up.")


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}" if number.is_finite() else "no number of"


def _part(number: Decimal, share: Fraction) -> Decimal:
    return number * share.numerator / share.denominator


def prorated(terms: Terms, wrvus: Decimal, levels_share: Fraction, base_share: Fraction) -> Pay:
    """Return the pay for `wrvus` with these shares of threshold and tiers, and of the base.

    The two differ in the middle of a period: the base comes day by day, the threshold counts in
    full.
    """
    exact_base = _part(terms.base, base_share)
    steps = []
    exact = rounded = ZERO
    for above, upto, part, rate, amount in _lines(terms, wrvus, levels_share, exact_base):
        exact += amount
        reached = _cents(exact)
        steps.append(Step(above, upto, part, rate, reached - rounded))
        rounded = reached
    base = _cents(exact_base)
    return Pay(rounded, base, rounded - base, tuple(steps))


_Line = tuple[Decimal, Decimal | None, Decimal, Decimal | None, Decimal]


def _lines(terms: Terms, wrvus: Decimal, share: Fraction, base: Decimal) -> Iterator[_Line]:
    """Give each level with the wRVUs inside it and their exact dollars."""
    threshold = _part(terms.threshold, share)
    if terms.base or terms.threshold:
        yield ZERO, threshold, min(wrvus, threshold), None, base
    starts = [threshold, *(_part(tier.above, share) for tier in terms.tiers)]
    rates = [terms.rate, *(tier.rate for tier in terms.tiers)]
    if terms.retroactive:
        # The rate of the highest tier that is reached, for everything above the threshold. Tiers
        # further up keep their own, which nothing has earned yet.
        reached = max(number for number, start in enumerate(starts) if not number or wrvus > start)
        rates[:reached] = [rates[reached]] * reached
    ends: list[Decimal | None] = [*starts[1:], None]
    for start, end, rate in zip(starts, ends, rates, strict=True):
        inside = max(min(wrvus, end if end is not None else wrvus) - start, ZERO)
        yield start, end, inside, rate, inside * rate


def _cents(exact: Decimal) -> Decimal:
    return exact.quantize(CENT, ROUND_HALF_UP)
