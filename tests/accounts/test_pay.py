"""What contracts pay. Sums can be redone by hand."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.pay import Terms, TermsError, Tier, TrueUp, break_even, pay, settlements

# The contract of the design: a base up to 6,000 wRVUs, $48 up to 7,500, $54 above.
TIERED = Terms(D(48), D(395_000), D(6000), (Tier(D(7500), D(54)),))
RETROACTIVE = Terms(D(48), D(395_000), D(6000), (Tier(D(7500), D(54)),), retroactive=True)


def test_a_rate_per_wrvu_pays_each_of_them():
    paid = pay(Terms(D("45.50")), D("4435.22"))

    assert paid.amount == D("201802.51")
    assert (paid.base, paid.bonus) == (0, D("201802.51"))


def test_a_base_is_paid_whatever_the_work():
    terms = Terms(D(48), D(395_000), D(6000))

    assert pay(terms, D(0)).amount == D("395000.00")
    assert pay(terms, D(6000)).amount == D("395000.00")
    assert pay(terms, D(6001)).amount == D("395048.00")


def test_marginal_tiers_pay_only_for_what_is_inside_them():
    paid = pay(TIERED, D(7039))

    assert (paid.amount, paid.base, paid.bonus) == (D(444_872), D(395_000), D(49_872))
    assert [
        (step.above, step.upto, step.wrvus, step.rate, step.amount) for step in paid.steps
    ] == [
        (0, 6000, 6000, None, 395_000),
        (6000, 7500, 1039, 48, 49_872),
        (7500, None, 0, 54, 0),
    ]
    assert pay(TIERED, D(8000)).bonus == 1500 * 48 + 500 * 54


def test_a_retroactive_tier_that_is_not_reached_is_shown_with_its_own_rate():
    steps = pay(RETROACTIVE, D(7000)).steps

    assert [(step.rate, step.amount) for step in steps[1:]] == [(48, 48_000), (54, 0)]


def test_a_retroactive_tier_pays_its_rate_from_the_threshold_on():
    assert pay(RETROACTIVE, D(7500)).bonus == 1500 * 48
    assert pay(RETROACTIVE, D(7501)).bonus == 1501 * 54


def test_a_part_of_a_year_has_its_share_of_everything():
    paid = pay(TIERED, D(2000), D("0.25"))

    # base 98,750; 1,500 in the base, 375 at $48, 125 at $54
    assert paid.amount == D("98750.00") + 375 * 48 + 125 * 54


def test_money_is_rounded_once_half_up():
    assert pay(Terms(D("0.01")), D("0.5")).amount == D("0.01")
    assert pay(Terms(D("0.01")), D("0.499999")).amount == 0


@given(
    st.decimals(0, 20_000, places=6), st.decimals(0, 100, places=2), st.decimals(0, 100, places=2)
)
def test_the_steps_add_up_to_the_pay(wrvus, first, second):
    terms = Terms(first, D("100000.01"), D(4000), (Tier(D("5000.5"), second),))

    paid = pay(terms, wrvus)

    assert sum(step.amount for step in paid.steps) == paid.amount == paid.base + paid.bonus
    assert sum(step.wrvus for step in paid.steps) == wrvus


@given(st.decimals(0, 20_000, places=6), st.decimals(0, 20_000, places=6))
def test_more_work_never_pays_less(one, other):
    low, high = sorted([one, other])

    assert pay(TIERED, low).amount <= pay(TIERED, high).amount
    assert pay(RETROACTIVE, low).amount <= pay(RETROACTIVE, high).amount


@given(st.decimals(0, 20_000, places=6))
def test_marginal_tiers_have_no_jump(wrvus):
    smallest = D("0.000001")

    assert pay(TIERED, wrvus + smallest).amount - pay(TIERED, wrvus).amount <= D("0.01")


def test_the_break_even_threshold_is_the_base_over_the_rate():
    assert break_even(TIERED) == D("8229.17")
    assert break_even(Terms(D(0), D(1000))) is None


def test_cumulative_settlements_look_at_the_year_so_far():
    terms = Terms(D(50), D(200_000), D(4000), true_up=TrueUp.QUARTER)

    found = settlements(terms, [D(1500), D(1500), D(1500), D(500)])

    assert [each.due for each in found] == [50_000, 50_000, 50_000 + 500 * 50, 50_000 + 500 * 50]
    assert found[-1].earned == pay(terms, D(5000)).amount
    assert found[-1].paid_before == 175_000


def test_periods_of_their_own_have_their_share_of_the_threshold():
    terms = Terms(D(50), D(200_000), D(4000), true_up=TrueUp.QUARTER, cumulative=False)

    found = settlements(terms, [D(1500), D(500)])

    assert [each.due for each in found] == [50_000 + 500 * 50, 50_000]
    assert found[1].paid_before == 75_000


def test_a_twelfth_of_a_threshold_is_exact():
    terms = Terms(D(1), D(100), D(6000), true_up=TrueUp.MONTH, cumulative=False)

    (found,) = settlements(terms, [D("500.005")])

    assert found.due == D("8.34")  # 8.333… + 0.005


@given(
    st.lists(st.decimals(0, 3000, places=6), min_size=4, max_size=4),
    st.sampled_from([TIERED, RETROACTIVE, Terms(D("45.37"))]),
)
def test_cumulative_settlements_add_up_to_the_year(quarters, terms):
    terms = Terms(
        *(terms.rate, terms.base, terms.threshold, terms.tiers, terms.retroactive),
        TrueUp.QUARTER,
    )

    found = settlements(terms, quarters)

    assert sum(each.due for each in found) == pay(terms, sum(quarters)).amount


@given(st.lists(st.decimals(0, 900, places=6), min_size=12, max_size=12))
def test_splitting_a_year_differently_never_changes_its_total(months):
    def total(true_up, works):
        terms = Terms(D(48), D(395_000), D(6000), (Tier(D(7500), D(54)),), true_up=true_up)
        return sum(each.due for each in settlements(terms, works))

    quarters = [sum(months[n : n + 3]) for n in range(0, 12, 3)]

    assert (
        total(TrueUp.MONTH, months)
        == total(TrueUp.QUARTER, quarters)
        == total(TrueUp.YEAR, [sum(months)])
    )


@pytest.mark.parametrize(
    ("terms", "field", "words"),
    [
        ({"rate": D(-1)}, "rate", "The rate per wRVU is not negative"),
        ({"rate": D("NaN")}, "rate", "The rate per wRVU"),
        ({"rate": D(1), "base": D(-1)}, "base", "The base is not negative"),
        ({"rate": D(1), "threshold": D(-1)}, "threshold", "The threshold is not negative"),
        ({"rate": D(1), "tiers": (Tier(D(5), D(-1)),)}, "tiers", "The rate of tier 1"),
        (
            {"rate": D(1), "threshold": D(6000), "tiers": (Tier(D(6000), D(2)),)},
            "tiers",
            "Tier 1 begins above 6000 wRVUs, which is not more than the 6000 before it",
        ),
        (
            {"rate": D(1), "tiers": (Tier(D(9), D(2)), Tier(D(8), D(3)))},
            "tiers",
            "Tier 2 begins above 8 wRVUs",
        ),
    ],
)
def test_terms_that_cannot_be_are_explained(terms, field, words):
    with pytest.raises(TermsError, match=words) as raised:
        Terms(**terms)

    assert raised.value.field == field


def test_a_share_of_a_year_is_not_more_than_a_year():
    with pytest.raises(TermsError, match="at most 1"):
        pay(TIERED, D(1), D("1.5"))


def test_a_year_has_no_fifth_quarter():
    with pytest.raises(TermsError, match="A year has 4 periods"):
        settlements(Terms(D(1), true_up=TrueUp.QUARTER), [D(1)] * 5)
