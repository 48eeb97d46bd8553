"""Where a number of wRVUs stands among published percentile points. No Django."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import NamedTuple

from accounts.periods import DAYS_BEFORE_PROJECTION

YEAR = Decimal(365)
RANKS = (10, 25, 50, 75, 90)
_SIXTH = Decimal("0.000001")


class PointsError(ValueError):
    """Percentile points that cannot be, with a sentence that says what to do."""


class _Values(NamedTuple):
    p10: Decimal
    p25: Decimal
    p50: Decimal
    p75: Decimal
    p90: Decimal


class Points(_Values):
    """wRVUs of a year at five percentiles, in ascending order."""

    __slots__ = ()

    def __new__(
        cls, p10: Decimal, p25: Decimal, p50: Decimal, p75: Decimal, p90: Decimal
    ) -> "Points":
        points = super().__new__(cls, p10, p25, p50, p75, p90)
        if not all(point.is_finite() and point >= 0 for point in points):
            raise PointsError("Percentile points are numbers of wRVUs, from 0 up.")
        for (low, below), (high, above) in pairwise(zip(RANKS, points, strict=True)):
            if above < below:
                raise PointsError(
                    f"The {high}th percentile ({above:,}) is below the {low}th ({below:,}): "
                    "check the order of the points."
                )
        return points


@dataclass(frozen=True, slots=True)
class Position:
    """`percentile` is exact between the points, and None outside them; `words` say both."""

    percentile: Decimal | None
    words: str


def position(points: Points, value: Decimal) -> Position:
    """Return where `value` stands, interpolated in a straight line between points.

    On points that are equal it stands at the highest of them.
    """
    if value < points.p10:
        return Position(None, "below the 10th percentile")
    if value > points.p90:
        return Position(None, "above the 90th percentile")
    number = max(number for number, point in enumerate(points) if point <= value)
    rank, point = Decimal(RANKS[number]), points[number]
    if value == point:
        return Position(rank, f"at the {ordinal(RANKS[number])} percentile")
    width = points[number + 1] - point
    exact = rank + (RANKS[number + 1] - rank) * (value - point) / width
    nearest = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    return Position(exact, f"about the {ordinal(nearest)} percentile")


def annualized(wrvus: Decimal, days: int) -> Decimal | None:
    """Return the wRVUs of 365 days at the pace of `days` days, or None under 30 days."""
    if days < DAYS_BEFORE_PROJECTION:
        return None
    return (wrvus * YEAR / days).quantize(_SIXTH, ROUND_HALF_UP)


def fte_adjusted(wrvus: Decimal, fte: Decimal) -> Decimal:
    """Return the wRVUs of one full clinical position; protected time is not part of `fte`."""
    if not (fte.is_finite() and fte > 0):
        raise PointsError("Clinical FTE is a number above 0, such as 0.9.")
    return (wrvus / fte).quantize(_SIXTH, ROUND_HALF_UP)


def sentence(place: Position, value: Decimal, what: str, against: str) -> str:
    """Return one sentence that says what is compared with what.

    `what` are the user's own wRVUs in words ("wRVUs per clinical FTE, annualized from 230 days"),
    `against` the points ("the survey points that you entered on March 3, 2026").
    """
    number = value.quantize(Decimal(1), ROUND_HALF_UP)
    return f"Your {number:,} {what} are {place.words} of {against}."


def ordinal(number: int) -> str:
    """Return "1st", "12th", "78th"."""
    endings = {1: "st", 2: "nd", 3: "rd"}
    ending = "th" if number % 100 in {11, 12, 13} else endings.get(number % 10, "th")
    return f"{number}{ending}"
