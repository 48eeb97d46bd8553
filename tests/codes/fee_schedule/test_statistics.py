from decimal import Decimal
from statistics import median as reference_median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.fee_schedule.statistics import Place, Spread, histogram, median, places, spread

WORK = st.decimals("0.01", "110", places=2)


def decimals(text):
    return [Decimal(part) for part in text.split()]


def test_the_median_of_an_odd_number_is_the_middle_one():
    assert median(decimals("0.18 0.93 1.60")) == Decimal("0.93")


def test_the_median_of_an_even_number_is_the_mean_of_two_rounded_half_up():
    assert median(decimals("0.70 0.93")) == Decimal("0.82")  # 0.815
    assert str(median(decimals("1.00 2.00"))) == "1.50"


def test_quartiles_are_the_medians_of_the_halves_without_the_middle():
    # Office visits of RVU26C.
    work = decimals("1.92 0.18 0.70 3.50 0.93 1.30 2.60 1.60 2.80")
    assert spread(work) == Spread(*decimals("0.18 0.82 1.60 2.70 3.50"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("2.00", "2.00 2.00 2.00 2.00 2.00"),
        ("1.00 3.00", "1.00 1.00 2.00 3.00 3.00"),
        ("1.00 2.00 4.00", "1.00 1.00 2.00 4.00 4.00"),
    ],
)
def test_the_spread_of_few_values(values, expected):
    assert spread(decimals(values)) == Spread(*decimals(expected))


def test_nothing_has_no_spread():
    assert spread([]) is None
    assert histogram([]) == (Decimal("0.1"), ())


def test_bins_begin_at_zero_and_hold_their_lower_edge():
    assert histogram(decimals("0.05 0.10 0.19 0.20 0.55")) == (
        Decimal("0.1"),
        (1, 2, 1, 0, 0, 1),
    )


def test_a_wider_spread_has_wider_bins():
    widths = [str(histogram([Decimal(top)]).width) for top in ("0.99", "4.99", "5", "10", "99")]
    assert widths == ["0.1", "0.5", "1", "2", "10"]


def test_values_beyond_all_widths_fall_in_the_last_bin():
    assert histogram([Decimal(5000)]) == (Decimal(50), (0,) * 9 + (1,))


def test_the_last_bin_is_open():
    many = [Decimal(1)] * 200 + [Decimal(50)]
    width, counts = histogram(many)
    assert (width, len(counts), counts[-1]) == (Decimal("0.1"), 40, 1)


@given(st.lists(WORK, min_size=1, max_size=400))
def test_every_value_is_in_one_bin_of_at_most_sixty(values):
    bins = histogram(values)
    assert sum(bins.counts) == len(values)
    assert len(bins.counts) <= 60
    for index, count in enumerate(bins.counts[:-1]):
        low = index * bins.width
        assert count == sum(low <= value < low + bins.width for value in values)


@given(st.lists(WORK, min_size=1, max_size=60))
def test_the_spread_is_in_order_and_its_median_that_of_the_standard_library(values):
    numbers = spread(values)
    assert list(numbers) == sorted(numbers)
    assert abs(numbers.median - reference_median(values)) <= Decimal("0.005")


def test_a_place_counts_only_less_work_and_names_four_on_each_side():
    work = [(Decimal(i), f"1000{i}") for i in range(1, 10)] + [(Decimal(5), "99999")]
    found = places(work)
    assert found["10001"].below == 0
    assert (found["10005"].below, found["99999"].below) == (4, 4)  # as much work: as high
    assert [hcpcs for hcpcs, _ in found["10005"].neighbors] == [
        *("10001", "10002", "10003", "10004"),
        *("99999", "10006", "10007", "10008"),
    ]
    assert found["10009"].neighbors == (
        ("99999", Decimal(5)),
        ("10006", Decimal(6)),
        ("10007", Decimal(7)),
        ("10008", Decimal(8)),
    )


def test_a_code_alone_has_no_neighbors():
    assert places([(Decimal(1), "69990")]) == {"69990": Place(0, ())}
