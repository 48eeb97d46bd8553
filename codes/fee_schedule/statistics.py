"""How the work RVUs of a category are spread, exactly, on Decimals. No Django.

Median: the middle value; of an even number of values the mean of the two middle ones, rounded
half up to two decimals. Quartiles: the medians of the lower and of the upper half, by the same
rule; of an odd number of values the middle one belongs to neither half. One value alone is its
own quartiles.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")
_WIDTHS = tuple(map(Decimal, ("0.1", "0.5", "1", "2", "5", "10", "20", "50")))
MOST_BINS = 60
FEWEST_BINS = 10
_CODES_IN_A_BIN = 5
_NEIGHBORS = 4  # on each side


class Spread(NamedTuple):
    minimum: Decimal
    quartile_1: Decimal
    median: Decimal
    quartile_3: Decimal
    maximum: Decimal


class Histogram(NamedTuple):
    """Bin i counts the values from i × width up to, not with, (i + 1) × width.

    The last bin is open: it counts everything from its lower edge up.
    """

    width: Decimal
    counts: tuple[int, ...]


class Place(NamedTuple):
    """Where a code stands among those of its category, ordered by work and then by code."""

    below: int  # codes with less work
    neighbors: tuple[tuple[str, Decimal], ...]  # up to four before it, then four after it


def median(values: Sequence[Decimal]) -> Decimal:
    """Return the median of one or more values in ascending order."""
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    return ((values[middle - 1] + values[middle]) / 2).quantize(CENT, ROUND_HALF_UP)


def spread(values: Iterable[Decimal]) -> Spread | None:
    """Return the five numbers of a distribution, or None of no values."""
    ordered = sorted(values)
    if not ordered:
        return None
    half = len(ordered) // 2
    return Spread(
        minimum=ordered[0],
        quartile_1=median(ordered[:half] or ordered),
        median=median(ordered),
        quartile_3=median(ordered[-half:] or ordered),
        maximum=ordered[-1],
    )


def histogram(values: Iterable[Decimal]) -> Histogram:
    """Return how many values fall in each bin, from 0 up.

    There may be one bin for every five values, but at least 10 and at most 60. The width is the
    smallest of 0.1, 0.5, 1, 2, 5 … with which 98% of the values fit in so many bins; the rest
    falls in the last one.
    """
    ordered = sorted(values)
    if not ordered:
        return Histogram(_WIDTHS[0], ())
    most = max(FEWEST_BINS, min(MOST_BINS, len(ordered) // _CODES_IN_A_BIN))
    usual = ordered[-1 - len(ordered) // 50]  # 98% are not above it
    width = next((width for width in _WIDTHS if usual < most * width), _WIDTHS[-1])
    counts = [0] * min(int(ordered[-1] // width) + 1, most)
    for value in ordered:
        counts[min(int(value // width), len(counts) - 1)] += 1
    return Histogram(width, tuple(counts))


def places(work: Iterable[tuple[Decimal, str]]) -> dict[str, Place]:
    """Return the place of each code, given (work RVUs, code) of those that are compared."""
    ordered = sorted(work)
    works = [value for value, _ in ordered]
    codes = [(hcpcs, value) for value, hcpcs in ordered]
    return {
        hcpcs: Place(
            below=bisect_left(works, value),
            neighbors=(
                *codes[max(0, index - _NEIGHBORS) : index],
                *codes[index + 1 : index + 1 + _NEIGHBORS],
            ),
        )
        for index, (value, hcpcs) in enumerate(ordered)
    }
