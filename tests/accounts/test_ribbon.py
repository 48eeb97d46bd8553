"""The ribbon: points on one scale, outsiders at its ends, labels that do not cover each other."""

from decimal import Decimal

from accounts.percentiles import Points
from accounts.ribbon import ribbon


def points(*values):
    return Points(*map(Decimal, values))


EVEN = points(3000, 4500, 6000, 7500, 9000)


def test_points_stand_on_one_scale_from_the_10th_to_the_90th():
    drawn = ribbon(EVEN, Decimal("7821.11"))
    assert [mark.x for mark in drawn.marks] == ["12.5%", "31.25%", "50%", "68.75%", "87.5%"]
    assert drawn.outer == ("12.5%", "75%")
    assert drawn.inner == ("31.25%", "37.5%")
    assert (drawn.here, drawn.here_anchor) == ("72.76%", "middle")  # 12.5 + 75 × 4821.11 / 6000
    assert drawn.here_label == "You 7,821"
    assert drawn.height == 92


def test_the_title_says_what_is_seen():
    assert ribbon(EVEN, Decimal(7821)).title == (
        "Percentile points: 10th 3,000, 25th 4,500, 50th 6,000, 75th 7,500, 90th 9,000. "
        "You: 7,821."
    )


def test_who_is_outside_stands_at_an_end():
    below, above = ribbon(EVEN, Decimal(1)), ribbon(EVEN, Decimal(99_999))
    assert (below.here, below.here_anchor) == ("4%", "start")
    assert (above.here, above.here_anchor) == ("96%", "end")


def test_labels_that_are_close_stand_in_another_row():
    """p25 is at 12.5 + 75 × 100 / 5000 = 14%, too close to p10; p50 is far enough from it."""
    drawn = ribbon(points(0, 100, 1500, 3000, 5000), Decimal(50))
    assert [mark.name_y for mark in drawn.marks] == [72, 104, 72, 72, 72]
    assert drawn.height == 124


def test_points_that_are_all_the_same_stand_in_the_middle():
    drawn = ribbon(points(7, 7, 7, 7, 7), Decimal(7))
    assert {mark.x for mark in drawn.marks} == {"50%"}
    assert len({mark.name_y for mark in drawn.marks}) == 5
    assert drawn.outer == ("50%", "0%")
