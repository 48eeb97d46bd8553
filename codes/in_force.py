"""Which of the loaded releases counts for a day of service. No Django."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar


class ReleaseLike(Protocol):
    @property
    def release(self) -> str: ...
    @property
    def year(self) -> int: ...
    @property
    def effective_on(self) -> date: ...


R = TypeVar("R", bound=ReleaseLike)


def in_force(day: date, schedules: Iterable[R]) -> R | None:
    """Return the newest release that was in force on a day, or None.

    A year of which nothing is loaded has none, as another year's figures would be a guess. Only a
    day after all that is loaded takes the newest release, for the time being: its year is not the
    day's then.
    """
    ordered = sorted(schedules, key=lambda one: (one.effective_on, one.release))
    begun = [one for one in ordered if one.effective_on <= day]
    if not begun:
        return None
    newest = begun[-1]
    return newest if newest.year == day.year or newest is ordered[-1] else None
