"""What changed for a code: old, new, and the reason that the figures give."""

from decimal import Decimal

import pytest

from accounts.code_changes import Change, Figures, changes

GALLBLADDER = Figures(
    status="A",
    global_days="090",
    is_payable=True,
    work_rvu=Decimal("10.47"),
    pe_nonfac=Decimal("6.53"),
    pe_fac=Decimal("6.53"),
    mp_rvu=Decimal("2.48"),
    total_nonfac=None,
    total_fac=Decimal("19.48"),
)


def changed(old=GALLBLADDER, old_release="2025D", new_release="2026C", **values):
    values = {
        name: Decimal(value) if isinstance(value, str) and "." in value else value
        for name, value in values.items()
    }
    return changes("47562", old, old._replace(**values), old_release, new_release)


def test_nothing_is_told_where_nothing_moved():
    assert changed() == ()


def test_975_thousandths_of_2025_is_the_efficiency_adjustment():
    """10.47 × 0.975 = 10.20825, rounded 10.21; facility total 19.48 − 0.26 = 19.22."""
    assert changed(work_rvu="10.21", total_fac="19.22") == (
        Change("Work RVUs", "10.47", "10.21", "× 0.975, the 2026 efficiency adjustment"),
        Change("Total RVUs, facility", "19.48", "19.22", "work"),
    )


@pytest.mark.parametrize(
    ("old_release", "new_release", "why"),
    [
        ("2024AR", "2026C", "× 0.975, likely the 2026 efficiency adjustment"),
        ("2025D", "2027A", "× 0.975, likely the 2026 efficiency adjustment"),
        ("2026A", "2026C", "revalued"),
        ("2024AR", "2025A", "revalued"),
    ],
)
def test_other_years_make_it_likely_or_another_thing(old_release, new_release, why):
    (change,) = changed(old_release=old_release, new_release=new_release, work_rvu="10.21")
    assert change.why == why


def test_another_value_is_a_revaluation():
    (change,) = changed(work_rvu="10.20")
    assert change.sentence == "Work RVUs: 10.47 → 10.20 (revalued)"


def test_work_that_comes_and_goes_is_no_bare_zero():
    (gone,) = changed(work_rvu="0.00")
    (come,) = changes(
        "47562", GALLBLADDER._replace(work_rvu=Decimal("0.00")), GALLBLADDER, "2025D", "2026C"
    )
    assert gone[1:] == ("10.47", "none", "its work value was taken out")
    assert come[1:] == ("none", "10.47", "valued for the first time")


def test_a_status_is_told_first_with_what_it_means():
    first, *others = changed(status="C", is_payable=False, total_fac=None)
    assert first == Change(
        "Status",
        "A, paid separately",
        "C, contractor sets price",
        "47562 has no national RVUs: each Medicare contractor sets the amount, usually from the "
        "report",
    )
    assert others == [Change("Total RVUs, facility", "19.48", "no price", "")]


def test_rvus_that_are_no_longer_used_are_told():
    (change,) = changed(is_payable=False)
    assert change == Change("RVUs", "used for payment", "for reference only", "")


def test_a_total_names_the_parts_that_moved():
    (change,) = changed(pe_fac="6.60", mp_rvu="2.50", total_fac="19.57")
    assert change.why == "practice expense and malpractice"


def test_a_global_period_is_told_in_words():
    (change,) = changed(global_days="010")
    assert change.sentence == "Global period: 090 (90 days) → 010 (10 days)"


def test_a_code_that_is_gone():
    assert changes("47562", GALLBLADDER, None, "2025D", "2026C") == (
        Change("Fee schedule", "in 2025D", "not in 2026C", "the code is gone"),
    )


def test_figures_survive_being_kept():
    assert Figures.from_json(GALLBLADDER.as_json()) == GALLBLADDER


@pytest.mark.parametrize("kept", [{}, {"status": "A"}, GALLBLADDER.as_json() | {"mp_rvu": "x"}])
def test_figures_that_are_not_whole_compare_with_nothing(kept):
    assert Figures.from_json(kept) is None
    assert changes("47562", None, GALLBLADDER, "2025D", "2026C") == ()
