"""Charts as numbers: bars that add up, labels that leave each other room."""

from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace

import pytest

from codes.charts import edge, histogram, percent, place
from codes.payment import Components


def spread(counts, width="1", maximum="0"):
    return SimpleNamespace(histogram={"width": width, "counts": counts}, maximum=Decimal(maximum))


def components(*values):
    return Components(*map(Decimal, values))


def test_an_edge_has_the_proportions_of_its_parts():
    parts = edge(components("10.21", "6.04", "2.67"))
    assert [(part.name, str(part.x), str(part.width)) for part in parts] == [
        ("work", "0", "53.96"),
        ("practice", "53.96", "31.93"),
        ("malpractice", "85.89", "14.11"),
    ]


def test_an_edge_fills_its_width_and_leaves_zeros_out():
    parts = edge(components("0", "0.18", "0.01"))
    assert [part.name for part in parts] == ["practice", "malpractice"]
    assert sum(part.width for part in parts) == 100


def test_no_rvus_make_no_edge():
    assert edge(components("0", "0", "0")) == ()


def test_the_tallest_bar_is_as_high_as_the_chart():
    chart = histogram(spread([20, 107, 0, 5], maximum="3.5"))
    assert [str(bar.height) for bar in chart.bars] == ["28.04", "150", "0", "7.01"]
    assert all(bar.y + bar.height == 150 for bar in chart.bars)
    assert [level.count for level in chart.levels] == [25, 50, 75, 100]


def test_bars_say_what_they_hold():
    chart = histogram(spread([1, 2, 3], width="0.5", maximum="7"))
    assert [bar.range for bar in chart.bars] == ["0 to under 0.5", "0.5 to under 1", "1 and over"]
    assert chart.unit == "each 0.5 RVUs"


def test_the_last_bar_is_closed_where_nothing_lies_beyond_it():
    chart = histogram(spread([1, 2, 3], maximum="2.99"))
    assert chart.bars[-1].range == "2 to under 3"
    assert chart.ticks[-1].label == "3"
    assert chart.unit == "each whole RVU"


def test_an_open_end_is_named_where_there_is_room():
    chart = histogram(spread([1] * 51, maximum="90"))
    labels = [(tick.label, tick.short, tick.anchor) for tick in chart.ticks]
    assert labels[0] == ("0", "0", "start")
    assert labels[-1] == ("50 and over", "50+", "end")
    places = [tick.x for tick in chart.ticks]
    assert places == sorted(places)
    assert places[-1] - places[-2] > 14


@pytest.mark.parametrize("size", range(1, 61))
@pytest.mark.parametrize("maximum", ["0", "9999"])
def test_labels_never_crowd(size, maximum):
    chart = histogram(spread([1] * size, maximum=maximum))
    places = [tick.x for tick in chart.ticks]
    assert all(right - left > 10 for left, right in pairwise(places))
    assert 1 <= len(places) <= 8


def test_without_work_there_is_no_chart():
    assert histogram(spread([])) is None
    assert histogram(spread([0, 0])) is None


def test_a_code_is_marked_within_its_bar():
    statistics = spread([5, 5, 5, 5], maximum="9")
    chart = histogram(statistics)
    bar, mark = place(chart, statistics, Decimal("1.5"))
    assert bar is chart.bars[1]
    assert bar.x < mark.x < bar.x + bar.width
    assert (mark.anchor, mark.dx) == ("start", 8)


def test_a_code_beyond_the_end_stands_in_the_open_bar():
    statistics = spread([5, 5, 5, 5], maximum="90")
    chart = histogram(statistics)
    bar, mark = place(chart, statistics, Decimal("90"))
    assert bar is chart.bars[-1]
    assert bar.x < mark.x < 100
    assert (mark.anchor, mark.dx) == ("end", -8)


def test_a_share_of_nothing_is_zero():
    assert percent(1, 0) == 0
    assert percent(1, 3) == Decimal("33.33")
