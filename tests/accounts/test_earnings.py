"""What contracts have earned by a day. Sums can be redone by hand."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.earnings import Earned, Earner
from accounts.pay import Terms, Tier, TrueUp, pay
from accounts.periods import Span, month, quarter, year

ALWAYS = Span(date(2020, 1, 1), date(2030, 12, 31))
YEAR = year(date(2026, 8, 18))
THRESHOLD = Terms(D(50), D(365_000), D(4000))


def earner(terms, by_day, in_force=ALWAYS, start_month=1):
    return Earner(terms, in_force, start_month, by_day)


def test_a_rate_pays_each_wrvu_of_the_days_asked_for():
    mine = earner(Terms(D(50)), {date(2026, 1, 31): D(10), date(2026, 2, 1): D(20)})

    assert mine.between(month(date(2026, 1, 1))).amount == 500
    assert mine.between(month(date(2026, 2, 1))).amount == 1000
    assert mine.by(date(2026, 2, 1)).amount == 1500


def test_the_base_comes_day_by_day():
    # 365,000 ÷ 365 × 31
    assert earner(THRESHOLD, {}).by(date(2026, 1, 31)) == Earned(D(31_000), D(0))


def test_the_bonus_comes_when_the_year_passes_its_threshold():
    mine = earner(THRESHOLD, {date(2026, 3, 1): D(3900), date(2026, 8, 1): D(300)})

    assert mine.by(date(2026, 7, 31)).bonus == 0
    assert mine.between(month(date(2026, 8, 1))).bonus == 200 * 50


def test_a_year_that_begins_in_july_starts_anew_there():
    mine = earner(THRESHOLD, {date(2026, 6, 30): D(5000), date(2026, 7, 1): D(10)}, start_month=7)

    assert mine.by(date(2026, 6, 30)).bonus == 1000 * 50
    assert mine.by(date(2026, 7, 1)).bonus == 0


def test_days_of_two_contract_years_are_settled_in_each():
    terms = Terms(D(50), threshold=D(100))
    worked = {date(2025, 8, 1): D(90), date(2026, 2, 1): D(30), date(2026, 7, 5): D(110)}
    mine = earner(terms, worked, start_month=7)

    paid = mine.between(Span(date(2026, 1, 1), date(2026, 11, 25)))

    assert paid.amount == (90 + 30 - 100) * 50 + (110 - 100) * 50


def test_terms_that_end_within_the_year_have_their_part_of_it():
    # January 1 to March 14 are 73 days, a fifth of the year: threshold 800, base 73,000
    in_force = Span(date(2026, 1, 1), date(2026, 3, 14))
    mine = earner(THRESHOLD, {date(2026, 1, 5): D(900)}, in_force)

    assert mine.by(date(2026, 12, 31)) == Earned(D(73_000), D(100 * 50))


def test_before_the_terms_begin_nothing_is_earned():
    mine = earner(THRESHOLD, {}, Span(date(2026, 7, 1), date(2030, 1, 1)))

    assert mine.by(date(2026, 6, 30)).amount == 0


def test_quarters_of_their_own_have_a_quarter_of_the_threshold():
    terms = Terms(D(50), threshold=D(4000), true_up=TrueUp.QUARTER, cumulative=False)
    mine = earner(terms, {date(2026, 2, 1): D(1200), date(2026, 5, 1): D(900)})

    assert mine.between(quarter(date(2026, 2, 1))).bonus == 200 * 50
    assert mine.between(quarter(date(2026, 5, 1))).bonus == 0
    assert mine.by(YEAR.end).bonus == 200 * 50


def test_months_of_their_own_have_a_twelfth_of_the_threshold():
    terms = Terms(D(50), threshold=D(1200), true_up=TrueUp.MONTH, cumulative=False)
    mine = earner(terms, {date(2026, 2, 1): D(150)})

    assert mine.between(month(date(2026, 2, 1))).bonus == 50 * 50
    assert mine.between(month(date(2026, 3, 1))).bonus == 0


DAYS = st.dictionaries(
    st.integers(0, 364).map(lambda n: YEAR.start + timedelta(n)),
    st.decimals(0, 400, places=6),
    max_size=40,
)


@given(DAYS)
def test_the_whole_year_is_what_the_terms_pay(by_day):
    terms = Terms(D(48), D(395_000), D(3000), (Tier(D(4000), D(54)),))

    assert (
        earner(terms, by_day).by(YEAR.end).amount == pay(terms, sum(by_day.values(), D(0))).amount
    )


@given(DAYS, st.sampled_from(list(TrueUp)), st.booleans())
def test_splitting_the_year_never_changes_its_total(by_day, true_up, cumulative):
    terms = Terms(
        *(D(48), D(395_000), D(3000), (Tier(D(4000), D(54)),)),
        true_up=true_up,
        cumulative=cumulative,
    )
    mine = earner(terms, by_day)
    parts = [month(date(2026, number, 1)) for number in range(1, 13)]

    assert sum(mine.between(part).amount for part in parts) == mine.by(YEAR.end).amount


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 12, 31)])
def test_a_day_at_the_edge_of_the_year_counts(day):
    assert earner(Terms(D(1)), {day: D(7)}).by(YEAR.end).amount == 7
