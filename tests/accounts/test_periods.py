"""Days of months, quarters and contract years; figures of the design's dashboard."""

from datetime import date, timedelta
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.periods import Span, month, months, pace, projection, quarter, quarters, year

YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
TODAY = date(2026, 8, 18)
BY_MONTH = {
    date(2026, number, 1): D(value)
    for number, value in enumerate(
        ["586.20", "541.75", "612.90", "598.42", "571.36", "604.88", "588.64", "331.07"], 1
    )
}


def test_a_month_has_its_days():
    assert month(date(2024, 2, 10)) == Span(date(2024, 2, 1), date(2024, 2, 29))
    assert month(date(2026, 12, 31)).days == 31


@pytest.mark.parametrize(
    ("day", "start_month", "expected"),
    [
        (date(2026, 8, 18), 1, Span(date(2026, 7, 1), date(2026, 9, 30))),
        (date(2026, 8, 18), 7, Span(date(2026, 7, 1), date(2026, 9, 30))),
        (date(2026, 1, 5), 3, Span(date(2025, 12, 1), date(2026, 2, 28))),
    ],
)
def test_a_quarter_begins_with_the_contract_year(day, start_month, expected):
    assert quarter(day, start_month) == expected


def test_a_contract_year_may_begin_in_any_month():
    assert year(date(2026, 6, 30), 7) == Span(date(2025, 7, 1), date(2026, 6, 30))
    assert year(date(2026, 7, 1), 7) == Span(date(2026, 7, 1), date(2027, 6, 30))


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 12))
def test_a_day_lies_in_its_periods_and_they_nest(day, start_month):
    spans = month(day), quarter(day, start_month), year(day, start_month)

    assert all(span.contains(day) for span in spans)
    for inner, outer in pairwise(spans):
        assert inner.meet(outer) == inner


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 12))
def test_the_parts_of_a_year_have_its_days_once(day, start_month):
    whole = year(day, start_month)

    for parts in (months(whole), quarters(whole, start_month)):
        assert sum(part.days for part in parts) == whole.days
        assert (parts[0].start, parts[-1].end) == whole


def test_days_apart_have_nothing_in_common():
    assert YEAR.meet(Span(date(2027, 1, 1), date(2027, 1, 2))) is None


def test_the_pace_counts_each_day_alike():
    # 6,000 × 230 ÷ 365 and 6,000 × 365 ÷ 365
    assert round(pace(D(6000), YEAR, TODAY), 2) == D("3780.82")
    assert pace(D(6000), YEAR, date(2027, 3, 1)) == D(6000)
    assert pace(D(6000), YEAR, date(2025, 12, 31)) == 0


def test_the_projection_goes_on_as_the_slowest_and_the_best_month():
    found = projection(BY_MONTH, TODAY, *YEAR)

    assert round(found.expected) == 7039
    # 4,435.22 + 135 × 571.36 ÷ 31 (May) and + 135 × 604.88 ÷ 30 (June)
    assert (round(found.low), round(found.high)) == (6923, 7157)
    assert found.days == 230


def test_the_projection_is_hidden_under_30_days():
    start = date(2026, 7, 1)

    assert projection({start: D(500)}, date(2026, 7, 29), start, YEAR.end) is None
    assert projection({start: D(500)}, date(2026, 7, 30), start, YEAR.end) is not None


def test_without_a_complete_month_there_is_no_band():
    by_month = {date(2026, 7, 1): D(170), date(2026, 8, 1): D(180)}

    found = projection(by_month, TODAY, date(2026, 7, 15), YEAR.end)

    assert found.expected == D(350) + D(350) / 35 * 135
    assert (found.low, found.high) == (None, None)


def test_a_month_without_work_is_the_slowest():
    by_month = {date(2026, 5, 1): D(310), date(2026, 7, 1): D(310)}

    found = projection(by_month, date(2026, 7, 31), date(2026, 5, 1), YEAR.end)

    assert found.low == D(620)


@given(st.lists(st.decimals(0, 900, places=6), min_size=8, max_size=8))
def test_the_expectation_lies_in_the_band_at_the_end_of_a_month(values):
    by_month = dict(zip(BY_MONTH, values, strict=True))

    found = projection(by_month, date(2026, 8, 31), *YEAR)

    margin = D("0.000001")
    assert found.low - margin <= found.expected <= found.high + margin


def test_at_the_end_nothing_is_left_to_project():
    found = projection({date(2026, 12, 1): D(10)}, YEAR.end + timedelta(40), *YEAR)

    assert found.expected == found.low == found.high == D(10)
