from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.page.history import history
from tests.codes.page.facts import GALLBLADDER_PAST, RELEASES, gallbladder, past
from tests.factories import rate_row

NONE = {"work_rvu": "0.00", "pe_nonfac": "0.00", "pe_fac": "0.00", "mp_rvu": "0.00"}


def test_47562_from_2020_to_2026_newest_first():
    found = history(GALLBLADDER_PAST, "2026C")
    assert found.setting == "facility"
    assert [
        (row.release, row.work, row.practice, row.malpractice, row.total, row.factor, row.amount)
        for row in found.rows
    ] == [
        ("2026C", "10.21", "6.04", "2.67", "18.92", "33.4009", "$631.95"),
        ("2025A", "10.47", "6.97", "2.62", "20.06", "32.3465", "$648.87"),
        ("2024AR", "10.47", "6.81", "2.64", "19.92", "33.2875", "$663.09"),
        ("2023A", "10.47", "6.73", "2.56", "19.76", "33.8872", "$669.61"),
        ("2022A", "10.47", "6.68", "2.61", "19.76", "34.6062", "$683.82"),
        ("2021A", "10.47", "6.54", "2.53", "19.54", "34.8931", "$681.81"),
        ("2020A", "10.47", "6.22", "2.50", "19.19", "36.0896", "$692.56"),
    ]
    assert [row.is_here for row in found.rows] == [True] + [False] * 6
    assert found.rows[0].changed == "efficiency adjustment, practice expense, malpractice"
    assert found.rows[-1].changed == "first release loaded"


def moved(years):
    """Return what moved from release to release, without the sentences on the year as a whole."""
    return [move for move in history(years, "2026C").moves if move.startswith("20")]


def test_the_efficiency_adjustment_is_written_as_a_product():
    assert history(GALLBLADDER_PAST, "2026C").moves == (
        "2026C: work 10.47 × 0.975 = 10.21. CMS lowered services that are not time-based by 2.5% "
        "(efficiency adjustment).",
        "Practice expense (facility): 6.97 in 2025, 6.04 in 2026.",
        "With the conversion factor going from 32.3465 to 33.4009, the national amount (facility) "
        "fell from $648.87 to $631.95.",
    )


def test_another_change_in_2026_is_a_revaluation():
    """90837 rose instead: 3.63 to 3.78."""
    old, new = (rate_row("90837", work_rvu=work) for work in ("3.63", "3.78"))
    assert moved(past(r2025A=old, r2026C=new)) == ["2026C: work revalued from 3.63 to 3.78."]


def test_the_first_and_the_last_value_are_told():
    first = past(r2025A=gallbladder("0.00 6.04 2.67"), r2026C=gallbladder("10.21 6.04 2.67"))
    assert moved(first) == ["2026C: work valued for the first time, at 10.21."]
    last = past(r2025A=gallbladder("10.47 6.04 2.67"), r2026C=gallbladder("0.00 6.04 2.67"))
    assert moved(last) == ["2026C: the work value of 10.47 was taken out of the file."]


def test_a_change_of_status_or_of_the_global_period_is_told():
    years = past(
        r2025A=gallbladder("10.21 6.04 2.67", global_days="010"),
        r2026C=gallbladder("10.21 6.04 2.67", status="R"),
    )
    assert moved(years) == [
        "2026C: status A became R, restricted.",
        "2026C: the global period changed from 010 to 090.",
    ]
    changed = history(years, "2026C").rows[0].changed
    assert changed == "status A → R, global period 010 → 090"


def test_each_indicator_that_changed_is_named_with_its_old_and_new_value():
    years = past(
        r2025A=gallbladder("10.21 6.04 2.67", bilat="0", endo_base="", nonfac_na=False),
        r2026C=gallbladder("10.21 6.04 2.67", bilat="1", endo_base="47000", pre_pct="0.00"),
    )
    assert history(years, "2026C").rows[0].changed == (
        "NA in the office no → yes, share before 0.09 → none, both sides 0 → 1, "
        "endoscopic base blank → 47000"
    )


def test_with_the_same_rvus_only_the_factor_moves_the_amount():
    """18.92 × 32.3465 = 612.00"""
    same = gallbladder("10.21 6.04 2.67")
    found = history(past(r2025A=same, r2026C=same._replace(descriptor="Other words")), "2026C")
    assert found.rows[0].changed == "unchanged"
    assert found.moves == (
        "With the conversion factor going from 32.3465 to 33.4009, the national amount (facility) "
        "rose from $612.00 to $631.95.",
    )


def test_a_year_is_compared_with_the_one_before_it_only():
    same = gallbladder("10.21 6.04 2.67")
    assert history(past(r2024AR=same, r2026C=same), "2026C").moves == ()
    covered_no_more = gallbladder("10.21 6.04 2.67", status="N", not_used=True)
    years = past(r2025A=same, r2026C=covered_no_more)
    assert history(years, "2026C").moves == ("2026C: status A became N, not covered.",)


def test_only_the_six_newest_moves_are_told():
    """Work was revalued in each of six years, the last time by the efficiency adjustment."""
    work = ("9.00", "9.50", "9.75", "10.00", "10.25", "10.47", "10.21")
    names = ("r2020A", "r2021A", "r2022A", "r2023A", "r2024AR", "r2025A", "r2026C")
    rows = [gallbladder(f"{value} 6.04 2.67") for value in work]
    assert len(moved(past(**dict(zip(names, rows, strict=True))))) == 6
    rows[0] = gallbladder("9.00 6.04 2.67", status="R")  # one move more, in 2021
    moves = moved(past(**dict(zip(names, rows, strict=True))))
    assert moves[0] == "2021A: work revalued from 9.00 to 9.50."


def test_the_line_has_one_step_where_the_2026_schedule_begins():
    chart = history(GALLBLADDER_PAST, "2026C").chart
    assert chart.title == (
        "Work RVUs of 47562 by release: 10.47 from 2020A to 2025A, 10.21 in 2026C."
    )
    # 2020 to 2026 are 2,557 days, two of the years with a 29th of February; July 1, 2026 is the
    # 2,373rd after the first. The axis goes from 8 to 13 on 130 px.
    assert chart.steps == (("92.8", "65.8", "72.5"),)
    assert [tick.label for tick in chart.ticks] == [str(year) for year in range(2020, 2027)]
    assert (chart.levels[0].x, chart.levels[-1].end) == ("0", "100")
    assert [line.label for line in chart.grid] == ["8", "9", "10", "11", "12", "13"]
    assert (chart.starts_at, chart.first, chart.last) == (
        "8",
        ("10.47", "65.8"),
        ("10.21", "72.5"),
    )


@pytest.mark.parametrize(
    ("old", "new", "starts_at", "labels"),
    [
        ("1.30", "1.30", "1", ["1.0", "1.2", "1.4", "1.6"]),
        ("12.60", "12.29", "8", ["8", "10", "12", "14", "16"]),
        ("89.00", "86.78", "70", ["70", "80", "90", "100", "110"]),
        ("205.50", "205.50", "160", ["160", "180", "200", "220", "240", "260"]),
        ("0.01", "0.12", "", ["0", "0.05", "0.10", "0.15"]),
    ],
)
def test_the_axis_is_labeled_in_plain_numbers(old, new, starts_at, labels):
    years = past(r2025A=gallbladder(f"{old} 6 2"), r2026C=gallbladder(f"{new} 6 2"))
    chart = history(years, "2026C").chart
    assert (chart.starts_at, [line.label for line in chart.grid]) == (starts_at, labels)


@given(
    st.decimals(min_value="0.01", max_value="9999", places=2),
    st.decimals(min_value="0.01", max_value="9999", places=2),
)
def test_any_two_values_make_a_line_inside_the_chart(old, new):
    years = past(r2025A=gallbladder(f"{old} 6 2"), r2026C=gallbladder(f"{new} 6 2"))
    chart = history(years, "2026C").chart
    assert all(0 <= Decimal(level.y) <= chart.height for level in chart.levels)
    assert 2 <= len(chart.grid) <= 8
    assert (chart.grid[0].y, chart.grid[-1].y) == (str(chart.height), "0")


def test_one_value_is_no_line():
    one = history(past(r2026C=gallbladder("10.21 6.04 2.67")), "2026C")
    assert one.chart is None
    assert one.sentence == (
        "This site holds release 2026C alone, so there is nothing to compare with."
    )
    assert one.rows[0].changed == ""


@pytest.mark.parametrize(
    ("is_complete", "sentence"),
    [
        (True, "Of the 2 releases on this site, 2026C alone has this code."),
        (
            False,
            "Release 2026C is the only one here with this code. Of other years this site holds "
            "excerpts, so that does not say whether the code is new.",
        ),
    ],
)
def test_a_code_of_one_release_is_called_new_by_no_excerpt(is_complete, sentence):
    loaded = [RELEASES["2026C"], replace(RELEASES["2025A"], is_complete=is_complete)]
    found = history(past(r2026C=gallbladder("10.21 6.04 2.67")), "2026C", loaded)
    assert found.sentence == sentence


def test_years_that_are_not_loaded_leave_a_gap():
    """2022 to 2026 are 1,826 days; 2022 ends after 365 of them, July 1, 2026 is the 1,642nd."""
    years = past(r2022A=gallbladder("10.47 6 2"), r2026C=gallbladder("10.21 6 2"))
    chart = history(years, "2026C").chart
    assert [(level.x, level.end) for level in chart.levels] == [("0", "19.99"), ("89.92", "100")]
    assert chart.steps == ()
    assert chart.missing == "2023, 2024, 2025"
    assert history(GALLBLADDER_PAST, "2026C").chart.missing == ""


def test_a_history_without_work_is_told_in_a_sentence():
    group = {**NONE, "status": "X"}
    years = past(r2022A=rate_row("G0411", **group), r2026C=rate_row("G0411", **group))
    found = history(years, "2026C")
    assert found.sentence == (
        "Status X without RVUs in each of the 2 releases loaded, from 2022A to 2026C."
    )
    assert found.chart is None
    assert {row.work for row in found.rows} == {"not valued"}
    assert {row.amount for row in found.rows} == {"None, by law"}


def test_a_tracing_never_had_physician_work():
    tracing = {"work_rvu": "0.00", "pe_nonfac": "0.20", "pe_fac": "0.20", "mp_rvu": "0.01"}
    years = past(
        r2025A=rate_row("93005", **tracing, fac_na=True),
        r2026C=rate_row("93005", **tracing, fac_na=True),
    )
    found = history(years, "2026C")
    assert found.sentence == (
        "No physician work in any of the 2 releases loaded, from 2025A to 2026C."
    )
    assert (found.setting, found.rows[0].amount) == ("office", "$7.01")


def test_the_setting_is_that_of_the_release_shown():
    years = past(
        r2025A=gallbladder("10.47 6.97 2.62", nonfac_na=False),
        r2026C=gallbladder("10.21 6.04 2.67"),
    )
    assert history(years, "2026C").setting == "facility"
    assert history(years, "2025A").setting == "office"
    assert history(years, "2025A").rows[0].total == "NA"


def test_a_code_that_is_gone_has_the_history_it_had():
    found = history(GALLBLADDER_PAST[:3], "2022A")
    assert [row.release for row in found.rows] == ["2022A", "2021A", "2020A"]
    # Asked for a release that does not hold the code, the newest one speaks.
    assert not any(row.is_here for row in history(GALLBLADDER_PAST[:3], "2026C").rows)
