"""One row: the sum, the percentages, and what has no price. Figures are those of RVU26C."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.payment import (
    BY_REPORT,
    DOES_NOT_APPLY,
    NA,
    NATIONAL,
    Clinician,
    Components,
    Kind,
    PaymentError,
    Priced,
    Setting,
    anesthesia,
    assistant,
    bilateral,
    by_report,
    capped,
    cents,
    co_surgeon,
    for_clinician,
    hospital_cap,
    limiting_charge,
    medicare_share,
    non_participating,
    payment,
    price,
    refused,
    setting_for,
    split_care,
    team,
    therapy_fee,
    total_rvus,
)
from tests.codes.rates import (
    ANESTHESIA,
    ARM_CTA,
    ARM_CTA_26,
    ARM_CTA_TC,
    COLONOSCOPY_53,
    EXERCISES,
    HEAD_CT_26,
    HEAD_CT_TC,
    JOINT_INJECTION,
    KNEE,
    LOOKUP,
    VISIT,
    row,
)

FACTOR = D("33.4009")
QP_FACTOR = D("33.5675")
ALABAMA = Components(D("1.000"), D("0.875"), D("0.566"))
MANHATTAN = Components(D("1.064"), D("1.162"), D("1.586"))
SAN_FRANCISCO = Components(D("1.095"), D("1.410"), D("0.425"))
OFFICE, FACILITY = Setting.NONFACILITY, Setting.FACILITY

gpcis = st.builds(Components, *[st.decimals("0.300", "3.000", places=3, allow_nan=False)] * 3)
rvus = st.builds(Components, *[st.decimals("0", "200", places=2, allow_nan=False)] * 3)
factors = st.decimals("20.0000", "45.0000", places=4, allow_nan=False)
amounts = st.decimals("0.01", "20000", places=2, allow_nan=False)


def knee(gpcis=ALABAMA):
    return price(KNEE, FACILITY, gpcis, FACTOR)


# The sum


def test_rounding_happens_once():
    rvus = Components(D("0.05"), D("0.05"), D("0.05"))
    assert payment(rvus, D("0.1")) == D("0.02")


def test_the_published_amounts_of_san_francisco():
    # CMS prints 117.58 and 64.37 for 99213 in its own PFALL26AR file.
    assert price(VISIT, OFFICE, SAN_FRANCISCO, FACTOR).amount == D("117.58")
    assert price(VISIT, FACILITY, SAN_FRANCISCO, FACTOR).amount == D("64.37")


def test_qualifying_participants_have_their_own_factor():
    assert price(VISIT, OFFICE, NATIONAL, QP_FACTOR).amount == D("95.67")
    assert price(VISIT, OFFICE, ALABAMA, QP_FACTOR).amount == D("88.23")


def test_the_steps_can_be_redone_by_hand():
    priced = price(VISIT, OFFICE, ALABAMA, FACTOR)
    assert [
        (step.kind, step.label, step.rvus, step.index, step.amount) for step in priced.steps
    ] == [
        (Kind.PART, "Work", D("1.30"), D("1.000"), D("1.30")),
        (Kind.PART, "Practice expense", D("1.46"), D("0.875"), D("1.2775")),
        (Kind.PART, "Malpractice", D("0.09"), D("0.566"), D("0.05094")),
        (Kind.SUM, "Sum", D("2.85"), None, D("2.62844")),
        (Kind.FACTOR, "Conversion factor", None, None, FACTOR),
        (Kind.ROUNDED, "Medicare amount, rounded once", None, None, D("87.79")),
    ]
    assert priced.working == priced.steps
    assert priced.changes == ()


def test_a_component_row_is_priced_like_any_other():
    assert price(HEAD_CT_26, FACILITY, NATIONAL, FACTOR).amount == D("39.41")
    assert price(HEAD_CT_TC, OFFICE, NATIONAL, FACTOR).amount == D("67.14")
    # 1.59 + 0.67 + 0.21 = 2.47; 2.47 × 33.4009 = 82.500223
    assert price(COLONOSCOPY_53, FACILITY, NATIONAL, FACTOR).amount == D("82.50")


@pytest.mark.parametrize("factor", ["0", "-33.4009", "NaN", "Infinity"])
def test_a_factor_is_a_number_above_zero(factor):
    with pytest.raises(PaymentError):
        price(VISIT, OFFICE, NATIONAL, D(factor))
    with pytest.raises(PaymentError):
        anesthesia(7, 129, D(factor))


@given(rvus, factors, gpcis)
def test_the_payment_is_the_exact_product_rounded_half_up(rvus, factor, gpcis):
    exact = total_rvus(rvus, gpcis) * factor
    amount = payment(rvus, factor, gpcis)
    assert amount >= 0
    assert amount - D("0.005") <= exact < amount + D("0.005")


@given(rvus, factors)
def test_nationally_every_index_is_one(rvus, factor):
    assert payment(rvus, factor) == payment(rvus, factor, Components(D(1), D(1), D(1)))


# No price


def test_a_setting_marked_na_has_no_price():
    # The file repeats 11.58 as office practice expense: it is not a price.
    priced = price(KNEE, OFFICE, NATIONAL, FACTOR)
    assert (priced.amount, priced.short) == (None, NA)
    assert priced.reason == (
        "CMS regards 27447 as rarely or never done outside a facility, so no office price applies."
    )
    priced = price(HEAD_CT_TC, FACILITY, NATIONAL, FACTOR)
    assert (priced.amount, priced.short) == (None, NA)
    assert priced.reason.startswith("CMS marks 70450-TC NA in facilities")


@pytest.mark.parametrize(
    ("status", "short"),
    [
        ("B", "Included"),
        ("C", "Set by the contractor"),
        ("E", "None"),
        ("I", "None"),
        ("J", "Base + time units"),
        ("M", "None"),
        ("N", "None"),
        ("P", "Included"),
        ("X", "None, by law"),
        ("D", "None"),
        ("?", "None"),
    ],
)
def test_only_statuses_a_r_and_t_are_paid_by_rvus(status, short):
    # RVUs of other statuses, such as those of 99381, are never a price.
    priced = price(VISIT.but(status=status), OFFICE, NATIONAL, FACTOR)
    assert (priced.amount, priced.short) == (None, short)
    assert "99213" in priced.reason


@pytest.mark.parametrize("status", ["A", "R", "T"])
def test_the_paid_statuses(status):
    assert price(VISIT.but(status=status), OFFICE, NATIONAL, FACTOR).amount == D("95.19")


def test_a_row_flagged_as_not_used_has_no_price():
    priced = price(VISIT.but(not_used=True), OFFICE, NATIONAL, FACTOR)
    assert priced.amount is None
    assert priced.reason.endswith("Medicare does not use them.")


def test_restricted_codes_without_rvus_are_priced_by_the_contractor():
    priced = price(row("D0120", status="R"), OFFICE, NATIONAL, FACTOR)
    assert (priced.amount, priced.short) == (None, "Set by the contractor")
    assert priced.reason == (
        "Medicare pays D0120 only in limited circumstances, at an amount set by the contractor."
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda priced: assistant(priced, KNEE, "80"),
        lambda priced: bilateral(priced, KNEE),
        lambda priced: by_report(priced, "Never said."),
        lambda priced: capped(priced, D("1.00")),
        lambda priced: co_surgeon(priced, KNEE),
        lambda priced: for_clinician(priced, Clinician.NPP),
        lambda priced: split_care(priced, KNEE, "55", 30),
        lambda priced: team(priced, KNEE.but(team="2")),
        limiting_charge,
        medicare_share,
        non_participating,
    ],
)
def test_what_has_no_price_has_no_percentage_of_it(change):
    nothing = refused("No price.")
    assert change(nothing) == nothing


# The hospital outpatient cap


def test_the_technical_part_of_imaging_is_capped():
    # 6.38 RVUs against 5.37 in a hospital.
    priced = price(ARM_CTA_TC, OFFICE, NATIONAL, FACTOR)
    assert priced.working[-1].amount == D("213.10")
    assert priced.amount == D("179.36")
    assert priced.changes[0].label == "Hospital outpatient cap"


def test_the_cap_covers_the_whole_test_but_not_its_reading():
    # (1.76 + 5.94 + 0.14) × 33.4009 = 261.863056
    assert hospital_cap(ARM_CTA, OFFICE, NATIONAL, FACTOR) == D("261.86")
    assert price(ARM_CTA, OFFICE, NATIONAL, FACTOR).amount == D("261.86")
    assert hospital_cap(ARM_CTA_26, OFFICE, NATIONAL, FACTOR) is None
    assert hospital_cap(ARM_CTA_26.but(opps_pe_fac=D("0.10")), FACILITY, NATIONAL, FACTOR) is None


def test_a_higher_cap_changes_nothing():
    assert hospital_cap(HEAD_CT_TC, OFFICE, NATIONAL, FACTOR) == D("106.88")
    assert price(HEAD_CT_TC, OFFICE, NATIONAL, FACTOR).amount == D("67.14")


def test_each_setting_has_its_own_cap():
    rate = ARM_CTA_TC.but(opps_pe_fac=D("4.34"))
    assert hospital_cap(rate, FACILITY, NATIONAL, FACTOR) == D("145.96")


def test_an_amount_of_the_cap_file_takes_precedence():
    assert price(HEAD_CT_TC, OFFICE, NATIONAL, FACTOR, cap=D("60.00")).amount == D("60.00")
    assert price(ARM_CTA_TC, OFFICE, NATIONAL, FACTOR, cap=D("300.00")).amount == D("213.10")


# Percentages of one amount


def test_both_sides():
    one_side = price(JOINT_INJECTION, OFFICE, MANHATTAN, FACTOR)
    assert one_side.amount == D("79.27")
    assert bilateral(one_side, JOINT_INJECTION).amount == D("118.91")


@pytest.mark.parametrize(("bilat", "amount"), [("0", "79.27"), ("2", "79.27"), ("3", "158.54")])
def test_both_sides_where_the_150_percent_rule_does_not_apply(bilat, amount):
    rate = JOINT_INJECTION.but(bilat=bilat)
    priced = bilateral(price(rate, OFFICE, MANHATTAN, FACTOR), rate)
    assert priced.amount == D(amount)
    assert priced.changes[0].note


def test_a_code_without_sides_refuses_modifier_50():
    priced = bilateral(price(VISIT, OFFICE, NATIONAL, FACTOR), VISIT.but(bilat="9"))
    assert (priced.amount, priced.short) == (None, DOES_NOT_APPLY)
    assert priced.reason == "Modifier 50 does not apply to 99213: it has no two sides."


@pytest.mark.parametrize(
    ("modifier", "amount"),
    [("80", "168.44"), ("81", "168.44"), ("82", "168.44"), ("AS", "143.17")],
)
def test_assistants(modifier, amount):
    assert assistant(knee(), KNEE, modifier).amount == D(amount)


def test_an_assistant_needs_the_indicator():
    assert assistant(knee(), KNEE.but(asst="0"), "80").changes[0].note == (
        "Paid only if the need for an assistant is documented."
    )
    assert assistant(knee(), KNEE.but(asst="1"), "80").reason == (
        "Medicare does not pay an assistant for 27447."
    )
    assert assistant(knee(), KNEE.but(asst="9"), "80").amount is None


def test_co_surgeons_get_62_5_percent_each():
    priced = co_surgeon(knee(), KNEE)
    assert priced.amount == D("657.95")
    assert priced.changes[0].factor == "62.5%"
    assert priced.changes[0].note == "Paid only if the need for two surgeons is documented."
    free = co_surgeon(knee(), KNEE.but(cosurg="2"))
    assert free.changes[0].note == "Each surgeon has a different specialty."


@pytest.mark.parametrize("cosurg", ["0", "9"])
def test_co_surgeons_need_the_indicator(cosurg):
    assert co_surgeon(knee(), KNEE.but(cosurg=cosurg)).reason == (
        "Co-surgeons are not paid for 27447."
    )


def test_a_team_is_paid_by_report_if_at_all():
    by_team = team(knee(), KNEE.but(team="2"))
    assert (by_team.amount, by_team.short) == (None, BY_REPORT)
    assert by_team.steps == knee().steps  # what the report starts from
    assert team(knee(), KNEE.but(team="1")).short == BY_REPORT
    assert team(knee(), KNEE).reason == "Team surgery is not paid for 27447."


@pytest.mark.parametrize(
    ("modifier", "amount"),
    [("54", "831.65"), ("55", "221.07"), ("56", "105.27"), ("78", "726.38")],
)
def test_parts_of_a_global_fee(modifier, amount):
    assert split_care(knee(), KNEE, modifier).amount == D(amount)


def test_days_after_surgery_can_be_shared():
    # 1052.72 × 0.21 × 30/90 = 73.6904, and the other 60 days 147.3808
    mine, yours = split_care(knee(), KNEE, "55", 30), split_care(knee(), KNEE, "55", 60)
    assert (mine.amount, yours.amount) == (D("73.69"), D("147.38"))
    assert mine.changes[0].factor == "21% × 30 of 90 days"
    assert split_care(knee(), KNEE, "55", 90).amount == D("221.07")


@pytest.mark.parametrize("days", [0, 91, -1])
def test_days_of_care_stay_within_the_period(days):
    priced = split_care(knee(), KNEE, "55", days)
    assert priced.amount is None
    assert priced.reason == "The days of care after 27447 are a number from 1 to 90."


def test_a_fee_without_shares_cannot_be_split():
    # 77750 has 90 days but no shares in the file.
    brachytherapy = row("77750", "4.88 6.70 6.70 0.26", global_days="090")
    for rate in (brachytherapy, VISIT):
        priced = split_care(price(rate, OFFICE, NATIONAL, FACTOR), rate, "54")
        assert priced.reason.endswith("is not divided into care before and after surgery.")


def test_a_return_to_theatre_for_a_same_day_code_is_paid_in_full():
    priced = price(JOINT_INJECTION, OFFICE, NATIONAL, FACTOR)
    assert split_care(priced, JOINT_INJECTION, "78").amount == priced.amount


@given(amounts, st.integers(1, 89))
def test_the_parts_of_a_global_fee_add_up(amount, days):
    whole = Priced(amount)
    parts = [split_care(whole, KNEE, "54"), split_care(whole, KNEE, "55")]
    assert abs(sum(part.amount for part in parts) - amount) <= D("0.01")
    shared = [split_care(whole, KNEE, "55", days), split_care(whole, KNEE, "55", 90 - days)]
    assert abs(sum(part.amount for part in shared) - parts[1].amount) <= D("0.015")


def test_each_percentage_is_rounded_before_the_next():
    # 95.19 × 0.85 = 80.9115, so 80.91; × 0.95 = 76.8645. Unrounded it would be 76.865925.
    visit = price(VISIT, OFFICE, NATIONAL, FACTOR)
    assert non_participating(for_clinician(visit, Clinician.NPP)).amount == D("76.86")


def test_participation_and_the_share_of_medicare():
    visit = price(VISIT, OFFICE, NATIONAL, FACTOR)
    assert visit.amount == D("95.19")
    assert non_participating(visit).amount == D("90.43")
    assert limiting_charge(visit).amount == D("104.00")
    share = medicare_share(visit)
    assert [step.amount for step in share.changes] == [D("76.15"), D("74.63")]
    assert medicare_share(visit, kept=D(1)).amount == D("76.15")


def test_the_deductible_comes_off_first():
    # 95.19 − 50.00 = 45.19; 80% 36.15; 98% of it 35.43
    share = medicare_share(price(VISIT, OFFICE, NATIONAL, FACTOR), D("50.00"))
    assert [step.amount for step in share.changes] == [D("45.19"), D("36.15"), D("35.43")]
    assert share.changes[0].factor == "− $50.00"
    assert medicare_share(price(VISIT, OFFICE, NATIONAL, FACTOR), D("257.00")).amount == 0
    with pytest.raises(PaymentError):
        medicare_share(price(VISIT, OFFICE, NATIONAL, FACTOR), D("-1"))


def test_who_bills():
    visit = price(VISIT, OFFICE, NATIONAL, FACTOR)
    assert for_clinician(visit, Clinician.NPP).amount == D("80.91")
    assert for_clinician(visit, Clinician.NURSE_MIDWIFE) == visit
    assert for_clinician(visit, Clinician.PHYSICIAN) == visit


def test_further_therapy_units_have_half_the_practice_expense():
    assert price(EXERCISES, OFFICE, NATIONAL, FACTOR).amount == D("29.06")
    further = therapy_fee(EXERCISES, OFFICE, NATIONAL, FACTOR)
    assert further.amount == D("22.21")
    assert further.steps[1].rvus == D("0.205")
    assert therapy_fee(EXERCISES, FACILITY, NATIONAL, FACTOR).short == NA


# Anesthesia


def test_anesthesia_counts_base_and_time_units():
    priced = anesthesia(7, 129, D("20.4976"))
    assert [(step.label, step.amount) for step in priced.working] == [
        ("Base units", D(7)),
        ("Time units", D("8.6")),
        ("Sum", D("15.6")),
        ("Anesthesia conversion factor", D("20.4976")),
        ("Medicare amount, rounded once", D("319.76")),
    ]
    assert anesthesia(7, 129, D("20.5998")).amount == D("321.36")


@pytest.mark.parametrize(
    ("modifier", "amount"),
    [("AA", "319.76"), ("QZ", "319.76"), ("QK", "159.88"), ("QY", "159.88"), ("QX", "159.88")],
)
def test_direction_of_anesthesia_shares_the_amount(modifier, amount):
    assert anesthesia(7, 129, D("20.4976"), modifier).amount == D(amount)


def test_supervising_more_than_four_rooms_pays_three_units_or_four():
    assert anesthesia(7, 129, D("20.4976"), "AD").amount == D("61.49")
    assert anesthesia(7, 129, D("20.4976"), "AD", at_induction=True).amount == D("81.99")


def test_anesthesia_refuses_what_it_does_not_know():
    assert anesthesia(7, 129, D("20.4976"), "26").amount is None
    for base_units, minutes in ((-1, 10), (1, -10)):
        with pytest.raises(PaymentError):
            anesthesia(base_units, minutes, D("20.4976"))
    assert price(ANESTHESIA, FACILITY, NATIONAL, FACTOR).short == "Base + time units"


# Places

FACILITY_POS = ["02", "19", "21", "22", "23", "24", "26", "31"]
FACILITY_POS += ["34", "41", "42", "51", "52", "53", "56", "61"]


@pytest.mark.parametrize("place", FACILITY_POS)
def test_places_paid_at_the_facility_rate(place):
    assert setting_for(place) is FACILITY


@pytest.mark.parametrize("place", ["10", "11", "12", "20", "32", "49", "65", "99", "00"])
def test_all_other_places_are_non_facility(place):
    assert setting_for(place) is OFFICE


@pytest.mark.parametrize("place", ["", "1", "011", "1a", "١١", " 11"])
def test_a_place_has_two_digits(place):
    with pytest.raises(PaymentError):
        setting_for(place)


# Whatever the figures


@given(st.sampled_from(sorted(LOOKUP)), st.sampled_from(Setting), gpcis, factors)
def test_a_price_is_an_amount_in_cents_or_a_reason(key, setting, gpcis, factor):
    priced = price(LOOKUP[key], setting, gpcis, factor)
    if priced.amount is None:
        assert priced.reason and priced.short and not priced.steps
    else:
        assert priced.amount >= 0
        assert priced.amount == cents(priced.amount)
        assert priced.steps[-1].amount == priced.amount
        assert not priced.reason
