from decimal import Decimal

import pytest

from codes.page.modifiers import modifier_rows
from tests.codes.page.facts import FACTOR, GALLBLADDER, QP_FACTOR, STATES
from tests.codes.rates import ARM_CTA, COLONOSCOPY, JOINT_INJECTION, KNEE


def rows(rate, factor=FACTOR):
    return {row.modifier: row[2:] for row in modifier_rows([rate], factor)}


def test_47562_has_seven_modifiers_that_change_its_value():
    assert rows(GALLBLADDER) == {
        "51": ("50%", "5.11", "$315.98"),
        "54": ("90%", "9.19", "$568.76"),
        "55": ("10%", "1.02", "$63.20"),
        "62": ("62.5%", "6.38", "$394.97"),
        "78": ("81%", "8.27", "$511.88"),
        "80": ("16%", "1.63", "$101.11"),
        "AS": ("13.6%", "1.63", "$85.95"),  # credit: 16%, as any assistant's
    }


def test_a_knee_can_be_done_on_both_sides():
    assert rows(KNEE)["50"] == ("150%", "28.67", "$1,739.03")  # of 1,159.35; 28.665 rounds up
    assert rows(JOINT_INJECTION)["50"][:2] == ("150%", "1.16")  # 1.155 rounds up


def test_a_second_colonoscopy_counts_half():
    assert rows(COLONOSCOPY) == {"51": ("50%", "1.59", "$189.05")}


def test_each_modifier_says_what_it_is_for():
    uses = {row.modifier: row.use for row in modifier_rows([GALLBLADDER], FACTOR)}
    assert uses["78"] == "Return to the operating room"
    assert uses["80"] == "Assistant surgeon (also 81, 82)"


def test_amounts_follow_the_factor():
    assert rows(GALLBLADDER, QP_FACTOR)["51"] == ("50%", "5.11", "$317.55")


def test_a_credit_too_small_to_print_is_said_in_words():
    tiny = GALLBLADDER.but(work_rvu=Decimal("0.03"))
    assert rows(tiny)["AS"][1] == "none"  # 0.00408
    without = GALLBLADDER.but(work_rvu=Decimal("0.00"))
    assert rows(without)["51"][1] == "none"


@pytest.mark.parametrize(
    "state",
    [
        "both settings priced",
        "truly no physician work",
        "contractor sets the price",
        "anesthesia",
        "not covered, for reference",
        "bundled",
        "paid another way",
        "in parts",
        "only the reading is valued",
    ],
)
def test_no_modifier_of_surgery_is_offered_where_none_applies(state):
    assert modifier_rows(STATES[state], FACTOR) == ()


def test_a_row_without_a_price_anywhere_has_no_modifiers():
    nowhere = GALLBLADDER.but(fac_na=True)
    assert modifier_rows([nowhere], FACTOR) == ()


def test_an_image_of_both_sides_has_no_assistant_surgeon():
    """X-rays of a joint carry ASST 0, but a code without a global period is no operation."""
    image = ARM_CTA.but(bilat="3", opps_pe_nonfac=Decimal("0.00"), opps_pe_fac=Decimal("0.00"))
    # 1.76 + 6.95 + 0.14 = 8.85 RVUs, $295.60, for each side.
    assert rows(image) == {"50": ("200%", "3.52", "$591.20")}


def test_shares_of_a_capped_test_are_taken_of_the_capped_amount():
    """73206 is capped nationally: 1.76 + 5.94 + 0.14 = 7.84 RVUs, $261.86."""
    assert rows(ARM_CTA.but(bilat="1")) == {"50": ("150%", "2.64", "$392.79")}


def test_an_assistant_who_may_be_paid_is_offered_without_a_global_period_too():
    may_be_paid = KNEE.but(global_days="XXX", intra_pct=Decimal("0.00"), cosurg="2")
    assert list(rows(may_be_paid)) == ["50", "51", "62", "80", "AS"]
