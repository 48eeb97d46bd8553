"""Which release counts for a day."""

from datetime import date
from typing import NamedTuple

import pytest

from codes.in_force import in_force


class Release(NamedTuple):
    release: str
    effective_on: date

    @property
    def year(self) -> int:
        return int(self.release[:4])


LOADED = [
    Release("2026C", date(2026, 7, 1)),
    Release("2024AR", date(2024, 3, 9)),
    Release("2026B", date(2026, 4, 1)),
    Release("2024A", date(2024, 1, 1)),
]


@pytest.mark.parametrize(
    ("day", "release"),
    [
        (date(2024, 1, 1), "2024A"),
        (date(2024, 3, 8), "2024A"),
        (date(2024, 3, 9), "2024AR"),
        (date(2024, 12, 31), "2024AR"),
        (date(2026, 6, 30), "2026B"),
        (date(2026, 7, 1), "2026C"),
        (date(2027, 2, 1), "2026C"),  # the newest, for the time being
    ],
)
def test_the_newest_release_that_was_in_force(day, release):
    assert in_force(day, LOADED).release == release


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2025, 5, 5), date(2026, 3, 31)])
def test_a_year_without_a_release_has_none(day):
    assert in_force(day, LOADED) is None


def test_without_releases_there_is_none():
    assert in_force(date(2026, 7, 1), []) is None
