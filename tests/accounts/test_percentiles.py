"""Percentile points: those of the design's mock, round on purpose."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.percentiles import (
    Points,
    PointsError,
    annualized,
    fte_adjusted,
    ordinal,
    position,
    sentence,
)

POINTS = Points(D(3000), D(4500), D(6000), D(7500), D(9000))


def test_between_points_the_position_is_interpolated():
    # 75 + 15 × (7,821 − 7,500) ÷ 1,500
    found = position(POINTS, D(7821))

    assert found.percentile == D("78.21")
    assert found.words == "about the 78th percentile"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (D("2999.99"), "below the 10th percentile"),
        (D(3000), "at the 10th percentile"),
        (D(5250), "about the 38th percentile"),
        (D(9000), "at the 90th percentile"),
        (D("9000.01"), "above the 90th percentile"),
    ],
)
def test_outside_the_points_only_the_side_is_known(value, words):
    assert position(POINTS, value).words == words


def test_on_equal_points_the_highest_counts():
    points = Points(D(5), D(5), D(5), D(9), D(9))

    assert position(points, D(5)).percentile == 50
    assert position(points, D(9)).percentile == 90


@given(st.decimals(3000, 9000, places=2), st.decimals(3000, 9000, places=2))
def test_more_work_never_stands_lower(one, other):
    low, high = sorted([one, other])

    assert position(POINTS, low).percentile <= position(POINTS, high).percentile


def test_points_ascend():
    with pytest.raises(PointsError, match=r"The 50th percentile \(6,000\) is below the 25th"):
        Points(D(1), D(7000), D(6000), D(7500), D(9000))


@pytest.mark.parametrize("wrong", [D(-1), D("NaN"), D("Infinity")])
def test_points_are_numbers(wrong):
    with pytest.raises(PointsError, match="numbers of wRVUs"):
        Points(wrong, D(2), D(3), D(4), D(5))


def test_a_year_is_reckoned_from_the_days_covered():
    assert annualized(D("4435.22"), 230) == D("7038.501304")
    assert annualized(D(365), 365) == D(365)


def test_under_30_days_there_is_no_year():
    assert annualized(D(500), 29) is None
    assert annualized(D(300), 30) == D(3650)


def test_a_part_of_a_position_is_reckoned_as_a_whole_one():
    # 7,039 ÷ 0.90
    assert fte_adjusted(D(7039), D("0.90")) == D("7821.111111")


@pytest.mark.parametrize("fte", [D(0), D("-0.5"), D("NaN")])
def test_no_position_has_no_whole(fte):
    with pytest.raises(PointsError, match="Clinical FTE"):
        fte_adjusted(D(1), fte)


def test_a_sentence_says_what_is_compared_with_what():
    value = D("7821.11")

    assert sentence(
        position(POINTS, value),
        value,
        "wRVUs per clinical FTE, annualized from 230 days,",
        "the survey points that you entered on March 3, 2026",
    ) == (
        "Your 7,821 wRVUs per clinical FTE, annualized from 230 days, are about the 78th "
        "percentile of the survey points that you entered on March 3, 2026."
    )


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (72, "72nd")]
)
def test_ordinals(number, words):
    assert ordinal(number) == words
