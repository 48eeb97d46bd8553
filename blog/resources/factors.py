"""Conversion factors since 2020: of the loaded releases, and of the years between them."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from codes.fee_schedule import known
from codes.models import FeeSchedule

FIRST_YEAR = 2020
_HUNDREDTH = Decimal("0.01")


class Period(NamedTuple):
    """A time in which one factor was in force. Factors are dollars for one RVU or one unit.

    `change` is per cent against the period before. Without `releases` none of that time is
    loaded: the factor is that of the final rule.
    """

    starts_on: date
    factor: Decimal
    change: Decimal | None
    qp: Decimal | None
    anesthesia: Decimal | None
    qp_anesthesia: Decimal | None
    releases: tuple[str, ...]
    is_active: bool


def periods(schedules: Iterable[FeeSchedule]) -> list[Period]:
    """Return the periods from FIRST_YEAR up to the newest loaded release, the newest first."""
    loaded = sorted(schedules, key=lambda schedule: schedule.release)
    if not loaded:
        return []
    of_period: dict[tuple[int, Decimal], list[FeeSchedule]] = {}
    starts: dict[tuple[int, Decimal], date] = {}
    for schedule in loaded:
        key = (schedule.year, schedule.conversion_factor)
        of_period.setdefault(key, []).append(schedule)
        starts[key] = min(starts.get(key, date.max), schedule.effective_on)
    for release in _known_releases(loaded[-1].year):
        factor = known.conversion_factor(release)
        if factor is not None:
            key = (known.year(release), factor)
            starts[key] = min(starts.get(key, date.max), known.effective_on(release))
    found: list[Period] = []
    for key, starts_on in sorted(starts.items(), key=lambda item: item[1]):
        here = of_period.get(key, [])
        last = here[-1] if here else None
        name = f"{key[0]}A"
        before = found[-1].factor if found else None
        found.append(
            Period(
                starts_on,
                key[1],
                (key[1] / before * 100 - 100).quantize(_HUNDREDTH, ROUND_HALF_UP)
                if before
                else None,
                last.qp_conversion_factor if last else known.qp_conversion_factor(name),
                last.anesthesia_factor if last else known.anesthesia_factor(name),
                last.qp_anesthesia_factor if last else known.qp_anesthesia_factor(name),
                tuple(schedule.release for schedule in here),
                any(schedule.is_active for schedule in here),
            )
        )
    return found[::-1]


def _known_releases(last_year: int) -> Iterator[str]:
    """Give the releases that began a year, and the one that changed a factor within it."""
    for year in range(FIRST_YEAR, last_year + 1):
        yield f"{year}A"
    if last_year >= 2024:
        yield "2024AR"
