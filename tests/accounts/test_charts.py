"""A person's own charts: places that can be worked out by hand, and that always lie inside."""

from datetime import date
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from accounts import charts
from accounts.periods import Projection, Span

YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
TODAY = date(2026, 8, 18)
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def test_the_highest_month_nearly_fills_the_chart():
    chart = charts.months(YEAR, {JANUARY: D(100), FEBRUARY: D(50)}, None, TODAY, None)

    first, second, *rest = chart.bars
    assert first.height == D("173.08")  # 180 ÷ 1.04
    assert second.height == D("86.54")
    assert [bar.height for bar in rest] == [0] * 10
    assert (first.x, first.middle, first.name, first.initial) == (D("1.17"), D("4.17"), "Jan", "J")
    assert chart.width == D("6.00")
    assert chart.target_y is None


def test_the_pace_of_a_month_is_a_twelfth_of_the_target():
    chart = charts.months(YEAR, {JANUARY: D(100)}, D(1200), TODAY, None)

    assert chart.target_y == chart.bars[0].y


def test_days_to_come_have_a_likely_range():
    chart = charts.months(YEAR, {date(2026, 8, 1): D(180)}, None, TODAY, (D(10), D(20)))

    # August: 180 and 13 days of 10 to 20; December: 31 days; the axis ends at 620 × 1.04
    august, december = chart.bars[7], chart.bars[11]
    assert (august.range_y, august.range_height) == (D("57.17"), D("36.29"))
    assert (december.range_y, december.range_height) == (D("6.92"), D("86.54"))
    assert chart.bars[0].range_height == 0


def test_round_numbers_mark_the_axis():
    chart = charts.months(YEAR, {JANUARY: D("612.90")}, None, TODAY, None)

    assert [level.label for level in chart.levels] == ["200", "400", "600"]


def test_the_course_runs_from_the_first_day_to_today():
    by_month = {JANUARY: D(100), FEBRUARY: D(100)}
    projection = Projection(D(400), D(300), D(500), 59)

    chart = charts.course(
        YEAR, by_month, date(2026, 2, 28), D(400), projection, [(D(300), "$48.00 above")]
    )

    # the axis ends at 500 × 1.04 = 520; January 31 is day 31 of 365
    assert chart.line == "0,100.00 8.49,80.77 16.16,61.54"
    assert chart.band == "16.16,61.54 100,3.85 100,42.31"
    assert (chart.here_x, chart.here_anchor) == (D("16.16"), "start")
    assert [(mark.label, mark.note) for mark in chart.marks] == [("300", "$48.00 above")]
    assert [tick.label for tick in chart.ticks] == ["Jan", "Apr", "Jul", "Oct"]


def test_a_tier_beyond_reach_does_not_flatten_the_course():
    marks = [(D(120), "near"), (D(10_000), "far")]

    chart = charts.course(YEAR, {JANUARY: D(100)}, TODAY, None, None, marks)

    assert [mark.note for mark in chart.marks] == ["near"]


def test_round_numbers_give_way_to_marks():
    chart = charts.course(YEAR, {JANUARY: D(100)}, TODAY, None, None, [(D(61), "tier")])

    assert [level.label for level in chart.levels] == ["50", "100"]


def test_tiers_divide_one_axis():
    steps = [(D(0), "in the base"), (D(6000), "$48.00"), (D(7500), "$54.00")]

    chart = charts.tiers(steps, D(4435), D(7039))

    # the axis ends at 9,000
    assert [(bar.x, bar.width, bar.middle) for bar in chart.bars] == [
        (D("0.00"), D("66.67"), D("33.33")),
        (D("66.67"), D("16.66"), D("75.00")),
        (D("83.33"), D("16.67"), D("91.67")),
    ]
    assert [(mark.x, mark.label, mark.is_here) for mark in chart.marks] == [
        (D("49.28"), "4,435 so far", True),
        (D("78.21"), "7,039 projected", False),
    ]


AMOUNTS = st.decimals(0, 3000, places=6)


@given(st.lists(AMOUNTS, min_size=8, max_size=8), st.one_of(st.none(), AMOUNTS))
def test_nothing_leaves_the_chart(values, target):
    by_month = {date(2026, number, 1): value for number, value in enumerate(values, 1)}

    chart = charts.months(YEAR, by_month, target, TODAY, (D(1), D(2)))
    course = charts.course(YEAR, by_month, TODAY, target, None, [])

    for bar in chart.bars:
        assert 0 <= bar.y <= charts.HEIGHT
        assert 0 <= bar.range_y <= charts.HEIGHT
        assert bar.height >= 0 and bar.range_height >= 0
    for point in course.line.split():
        x, y = map(D, point.split(","))
        assert 0 <= x <= 100 and 0 <= y <= 100
