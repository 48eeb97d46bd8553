from datetime import date
from decimal import Decimal

import pytest

from codes.fee_schedule import known


@pytest.mark.parametrize(
    ("release", "first_day"),
    [
        ("2026A", date(2026, 1, 1)),
        ("2026AR", date(2026, 1, 1)),
        ("2024AR", date(2024, 3, 9)),
        ("2024B", date(2024, 4, 1)),
        ("2026C", date(2026, 7, 1)),
        ("2025D", date(2025, 10, 1)),
    ],
)
def test_a_release_is_in_force_from_the_first_day_of_its_quarter(release, first_day):
    assert known.effective_on(release) == first_day


@pytest.mark.parametrize(
    ("release", "factor"),
    [
        ("2020A", "36.0896"),
        ("2021A", "34.8931"),
        ("2022A", "34.6062"),
        ("2023A", "33.8872"),
        ("2024A", "32.7442"),
        ("2024AR", "33.2875"),
        ("2024D", "33.2875"),
        ("2025A", "32.3465"),
        ("2026C", "33.4009"),
    ],
)
def test_conversion_factors_go_by_release_because_2024_had_two(release, factor):
    assert known.conversion_factor(release) == Decimal(factor)


def test_only_2026_has_a_factor_for_qualifying_participants():
    assert known.qp_conversion_factor("2026A") == Decimal("33.5675")
    assert known.qp_conversion_factor("2025D") is None
    assert known.qp_anesthesia_factor("2026C") == Decimal("20.5998")
    assert known.qp_anesthesia_factor("2025D") is None


def test_national_anesthesia_factors():
    assert known.anesthesia_factor("2026C") == Decimal("20.4976")
    assert known.anesthesia_factor("2025D") == Decimal("20.3178")
    assert known.anesthesia_factor("2020A") is None


def test_nothing_is_known_of_a_year_to_come():
    assert known.conversion_factor("2027A") is None


@pytest.mark.parametrize("name", ["", "2026", "2026E", "26C", "2026CR1", "1999A", "２０２６A"])
def test_other_names_are_no_releases(name):
    assert not known.is_release(name)
    with pytest.raises(ValueError, match="is no release"):
        known.year(name)
