"""Several lines of one claim. Figures are those of RVU26C, sums can be redone by hand."""

from dataclasses import replace
from decimal import Decimal as D
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.claim import Line, price_claim, rates_needed, total
from codes.payment import (
    BY_REPORT,
    DOES_NOT_APPLY,
    INCLUDED,
    NA,
    NATIONAL,
    Clinician,
    Components,
    PaymentError,
    Setting,
    cents,
    payment,
    price,
)
from tests.codes.rates import (
    ANESTHESIA,
    ARM_CTA,
    ARM_CTA_TC,
    BIOPSY,
    BRAIN_MRI,
    BRAIN_MRI_26,
    BRAIN_MRI_TC,
    BRONCHOSCOPY,
    BRUSHING,
    COLONOSCOPY,
    COLONOSCOPY_53,
    ECG,
    ECG_READING,
    ECG_TRACING,
    ECHO,
    ECHO_26,
    ECHO_TC,
    EXERCISES,
    GASTRIC_BIOPSY,
    GASTROSCOPY,
    HEAD_CT,
    HEAD_CT_26,
    HEAD_CT_TC,
    JOINT_INJECTION,
    KNEE,
    LAVAGE,
    LOOKUP,
    MANUAL_THERAPY,
    OXIMETRY,
    RETINA_PHOTO_TC,
    RETINA_SCAN_TC,
    SNARE,
    SURGERY,
    VISIT,
    row,
)

FACTOR = D("33.4009")
MANHATTAN = Components(D("1.064"), D("1.162"), D("1.586"))
ALABAMA = Components(D("1.000"), D("0.875"), D("0.566"))
OFFICE, FACILITY = Setting.NONFACILITY, Setting.FACILITY


def line(rate, *modifiers, setting=OFFICE, **options):
    return Line(rate, modifiers, setting=setting, **options)


def claim(*lines, gpcis=NATIONAL, rates=LOOKUP, **options):
    return price_claim(lines, gpcis, FACTOR, rates, **options)


def amounts(*lines, **options):
    return [priced.amount for priced in claim(*lines, **options)]


def dollars(*values):
    return [D(value) for value in values]


def surgery(amount, code="27447"):
    """A ranked procedure whose national amount is near to `amount` dollars."""
    return row(code, f"{D(amount) / FACTOR:.2f} 0.00 0.00 0.00", **SURGERY)


# One line


def test_one_line_is_the_price_of_its_row():
    assert amounts(line(VISIT)) == dollars("95.19")
    assert amounts(line(VISIT, "25", setting=FACILITY), gpcis=MANHATTAN) == dollars("63.78")


def test_units_multiply_what_no_rule_reduces():
    (priced,) = claim(line(VISIT, units=3))
    assert priced.amount == D("285.57")
    assert [step.factor for step in priced.changes] == ["+ 2 × $95.19"]


def test_no_lines_no_prices():
    assert claim() == []
    assert total([]) == 0


def test_the_total_leaves_out_what_has_no_amount():
    assert total(claim(line(VISIT), line(ANESTHESIA))) == D("95.19")


@pytest.mark.parametrize(
    "wrong",
    [
        {"units": 0},
        {"units": -1},
        {"charge": D("-0.01")},
        {"charge": D("NaN")},
        {"modifiers": ("5",)},
        {"modifiers": ("555",)},
        {"modifiers": ("rt",)},
        {"modifiers": ("é1",)},
        {"modifiers": ("5 ",)},
    ],
)
def test_a_line_is_checked_when_it_is_made(wrong):
    with pytest.raises(PaymentError):
        Line(VISIT, **wrong)


def test_a_lower_charge_is_what_is_allowed():
    assert amounts(line(VISIT, charge=D("80.00"))) == dollars("80.00")
    assert amounts(line(VISIT, charge=D("150.00"))) == dollars("95.19")


def test_unknown_modifiers_change_nothing_and_say_so():
    (priced,) = claim(line(VISIT, "25", "CQ"))
    assert priced.amount == D("95.19")
    assert [step.note for step in priced.changes] == [
        "Modifier CQ is not part of this arithmetic."
    ]


# Rows by modifier


def test_modifiers_choose_the_row():
    for rate in (HEAD_CT, HEAD_CT_26, HEAD_CT_TC):
        assert amounts(line(rate, "26")) == dollars("39.41")
        assert amounts(line(rate, "TC")) == dollars("67.14")
    assert amounts(line(HEAD_CT)) == dollars("106.55")
    assert amounts(line(HEAD_CT_26)) == dollars("39.41")


def test_a_procedure_stopped_early_has_a_row_for_four_codes():
    assert amounts(line(COLONOSCOPY, "53", setting=FACILITY)) == dollars("82.50")
    assert amounts(line(COLONOSCOPY_53, setting=FACILITY)) == dollars("82.50")
    (priced,) = claim(line(KNEE, "53", setting=FACILITY))
    assert (priced.amount, priced.short) == (None, BY_REPORT)


@pytest.mark.parametrize(
    ("pctc", "modifier", "reason"),
    [
        ("0", "26", "Modifiers 26 and TC do not apply to 99213."),
        ("0", "TC", "Modifiers 26 and TC do not apply to 99213."),
        ("1", "26", "Modifier 26 does not apply to 99213."),
        ("2", "26", "99213 is the professional part only; do not add 26."),
        ("3", "TC", "99213 is a technical service only; do not add TC."),
        (
            "4",
            "26",
            "99213 is the complete test; its professional and technical parts have their own "
            "codes.",
        ),
        ("6", "TC", "99213 is a laboratory test whose physician reading is billed with 26."),
        ("7", "TC", "Modifier TC does not apply to 99213."),
        ("9", "26", "Modifier 26 does not apply to 99213."),
    ],
)
def test_parts_that_a_code_does_not_have_are_refused(pctc, modifier, reason):
    (priced,) = claim(line(VISIT.but(pctc=pctc), modifier))
    assert (priced.amount, priced.short, priced.reason) == (None, DOES_NOT_APPLY, reason)


def test_both_parts_together_are_the_whole_test():
    (priced,) = claim(line(HEAD_CT, "26", "TC", "50"))
    assert priced.reason == "26 and TC together are the whole test: bill it without either."


# Surgery


def test_procedures_are_ranked_by_amount():
    # 100, 50, 50, 50, 50, by report
    values = ["600.00", "500.00", "400.00", "300.00", "200.00", "100.00"]
    prices = claim(*[line(surgery(value), setting=FACILITY) for value in values])
    full = [price(surgery(value), FACILITY, NATIONAL, FACTOR).amount for value in values]
    expected = [full[0], *[cents(amount / 2) for amount in full[1:5]], None]
    assert [priced.amount for priced in prices] == expected
    assert prices[5].short == BY_REPORT
    assert prices[1].changes[0].label == "Ranked 2 of 6"


def test_visits_and_add_on_codes_are_not_ranked():
    add_on = row("63052", "4.25 2.00 2.00 1.50", global_days="ZZZ")
    assert amounts(
        line(KNEE, setting=FACILITY), line(add_on, setting=FACILITY), line(VISIT, "57")
    ) == dollars("1159.35", "258.86", "95.19")


def test_units_of_a_procedure_are_ranked_one_by_one():
    # 68.81 + 34.41, beneath 27447
    assert amounts(line(JOINT_INJECTION, units=2)) == dollars("103.22")
    assert amounts(line(JOINT_INJECTION, units=2), line(KNEE, setting=FACILITY)) == dollars(
        "68.82", "1159.35"
    )
    assert amounts(line(KNEE, units=6, setting=FACILITY)) == [None]


def test_both_sides_come_before_the_ranking():
    # 20610-50 is 1.5 × 79.27 = 118.91 in Manhattan, so it goes before 90.00.
    other = surgery("90.00")
    prices = amounts(line(JOINT_INJECTION, "50"), line(other), gpcis=MANHATTAN)
    other_amount = price(other, OFFICE, MANHATTAN, FACTOR).amount
    assert D("79.27") < other_amount < D("118.91")
    assert prices == [D("118.91"), cents(other_amount / 2)]


def test_right_and_left_on_two_lines_are_both_sides():
    right, left = claim(
        line(JOINT_INJECTION, "RT", charge=D("60.00")),
        line(JOINT_INJECTION, "LT", charge=D("60.00")),
        gpcis=MANHATTAN,
    )
    assert right.amount == D("118.91")
    assert (left.amount, left.short) == (D("0.00"), INCLUDED)
    assert left.reason == "Both sides are priced on the line with RT."
    cheaper = claim(
        line(JOINT_INJECTION, "RT", charge=D("50.00")),
        line(JOINT_INJECTION, "LT", charge=D("50.00")),
        gpcis=MANHATTAN,
    )
    assert total(cheaper) == D("100.00")


@pytest.mark.parametrize(
    "lines",
    [
        [line(JOINT_INJECTION, "RT"), line(JOINT_INJECTION, "RT")],
        [line(JOINT_INJECTION, "RT"), line(JOINT_INJECTION, "LT", "59")],
        [line(JOINT_INJECTION, "RT", charge=D("500")), line(KNEE, "LT", setting=FACILITY)],
        [line(JOINT_INJECTION.but(bilat="9"), "RT"), line(JOINT_INJECTION.but(bilat="9"), "LT")],
    ],
)
def test_other_pairs_of_sides_are_two_procedures(lines):
    assert INCLUDED not in [priced.short for priced in claim(*lines)]


def test_one_charge_does_not_limit_both_sides():
    right = line(JOINT_INJECTION, "RT", charge=D("1.00"))
    assert total(claim(right, line(JOINT_INJECTION, "LT"))) == D("103.22")


# Endoscopy


def test_the_family_of_an_endoscopy():
    # 252.27 + (201.07 − 186.74) = 266.60, and 63.78 for the visit
    prices = claim(
        line(SNARE, setting=FACILITY),
        line(BIOPSY, "59", setting=FACILITY),
        line(VISIT, "25", setting=FACILITY),
        gpcis=MANHATTAN,
    )
    assert [priced.amount for priced in prices] == dollars("252.27", "14.33", "63.78")
    assert prices[1].changes[0].factor == "− $186.74"
    assert total(prices) == D("330.38")


def test_the_base_code_is_part_of_its_family():
    base, biopsy = claim(line(COLONOSCOPY, setting=FACILITY), line(BIOPSY, setting=FACILITY))
    assert (base.amount, base.short) == (D("0.00"), INCLUDED)
    assert biopsy.amount == D("177.69")


def test_a_base_code_alone_is_paid():
    assert amounts(line(COLONOSCOPY, setting=FACILITY)) == dollars("164.67")
    # Two different bases, no family: 164.67 and half of 110.56.
    assert amounts(
        line(COLONOSCOPY, setting=FACILITY), line(GASTROSCOPY, setting=FACILITY)
    ) == dollars("164.67", "55.28")


def test_families_are_ranked_as_one_procedure():
    # Colonoscopies 223.45 + (177.69 − 164.67) = 236.47; 43239 123.58, half is 61.79.
    prices = claim(
        line(GASTRIC_BIOPSY, setting=FACILITY),
        line(BIOPSY, setting=FACILITY),
        line(SNARE, setting=FACILITY),
    )
    assert [priced.amount for priced in prices] == dollars("61.79", "13.02", "223.45")


def test_the_cents_of_a_reduced_family_add_up():
    # The Manhattan family of 266.60 beneath 27447: half is 133.30, not 126.14 + 7.17.
    prices = claim(
        line(KNEE, setting=FACILITY),
        line(SNARE, setting=FACILITY),
        line(BIOPSY, setting=FACILITY),
        line(COLONOSCOPY, setting=FACILITY),
        gpcis=MANHATTAN,
    )
    assert [priced.amount for priced in prices[1:]] == dollars("126.13", "7.17", "0.00")


def test_a_code_cheaper_than_its_base_adds_nothing():
    # In facilities 31624 (3.62 RVUs) and 31623 (3.57) exceed and undercut 31622 (3.60).
    assert amounts(line(LAVAGE, setting=FACILITY), line(BRUSHING, setting=FACILITY)) == dollars(
        "120.91", "0.00"
    )
    assert amounts(line(BRONCHOSCOPY, setting=FACILITY), line(BRUSHING, setting=FACILITY)) == (
        dollars("0.00", "119.24")
    )


def test_a_missing_base_code_is_said():
    snare, biopsy = claim(line(SNARE, setting=FACILITY), line(BIOPSY, setting=FACILITY), rates={})
    assert snare.amount == D("223.45")
    assert biopsy.amount is None
    assert biopsy.reason == "45380 is reduced by its base code 45378, which is not at hand."


def test_the_sixth_procedure_can_be_a_family():
    others = [line(surgery(f"{n}00.00"), setting=FACILITY) for n in range(4, 9)]
    *_, base, snare, biopsy = claim(
        *others,
        line(COLONOSCOPY, setting=FACILITY),
        line(SNARE, setting=FACILITY),
        line(BIOPSY, setting=FACILITY),
    )
    assert [base.short, snare.short, biopsy.short] == [INCLUDED, BY_REPORT, BY_REPORT]


# Imaging and other tests


def test_readings_after_the_first_pay_95_percent():
    prices = claim(line(HEAD_CT_26), line(BRAIN_MRI_26))
    assert [priced.amount for priced in prices] == dollars("37.44", "67.80")
    assert total(prices) == D("105.24")


def test_technical_parts_after_the_first_pay_half():
    # 127.59 and half of 67.14
    assert amounts(line(HEAD_CT_TC), line(BRAIN_MRI_TC)) == dollars("33.57", "127.59")


def test_whole_tests_are_reduced_part_by_part():
    # 67.14 × 0.5 + 39.41 × 0.95 = 33.57 + 37.44
    head, brain = claim(line(HEAD_CT), line(BRAIN_MRI))
    assert (head.amount, brain.amount) == (D("71.01"), D("195.40"))
    assert [step.factor for step in head.changes] == ["50% of $67.14", "+ 95% of $39.41"]
    assert brain.changes == ()


def test_a_part_can_be_first_where_the_other_is_not():
    # The only other line is a technical part: the whole test keeps its reading.
    assert amounts(line(HEAD_CT), line(BRAIN_MRI_TC)) == dollars("72.98", "127.59")
    assert amounts(line(HEAD_CT_TC), line(BRAIN_MRI_26)) == dollars("67.14", "67.80")


def test_the_cap_comes_after_the_reduction():
    # 73206-TC: 213.10 is capped at 179.36; as a second study 106.55 is below the cap.
    assert amounts(line(ARM_CTA_TC)) == dollars("179.36")
    dearer = BRAIN_MRI_TC.but(pe_nonfac=D("9.00"))
    assert amounts(line(ARM_CTA_TC), line(dearer))[0] == D("106.55")
    caps = {("73206", "TC", OFFICE): D("100.00")}
    assert amounts(line(ARM_CTA_TC), line(dearer), caps=caps)[0] == D("100.00")


def test_a_whole_test_keeps_to_the_cap_of_its_technical_part():
    # First technical part capped at 179.36; its reading is second: 82.50 × 0.95 = 78.38.
    louder = BRAIN_MRI_26.but(work_rvu=D("5.00"))
    first, _ = claim(line(ARM_CTA), line(louder), line(HEAD_CT_TC))[:2]
    assert first.amount == D("257.74")
    assert first.changes[0].note == "At the hospital outpatient cap."
    # Alone, or first in both, the whole test has its own cap.
    assert amounts(line(ARM_CTA), line(HEAD_CT)) == dollars("261.86", "71.01")


def test_further_units_are_further_studies():
    # 73206 first in full (261.86), second: 213.10 × 0.5 + 82.50 × 0.95 = 106.55 + 78.38
    assert amounts(line(ARM_CTA, units=2)) == dollars("446.79")


def test_both_sides_of_an_imaging_study_count_as_one_study():
    both = {"bilat": "3"}
    rates = {
        **LOOKUP,
        ("70450", "26"): HEAD_CT_26.but(**both),
        ("70450", "TC"): HEAD_CT_TC.but(**both),
    }
    assert amounts(line(HEAD_CT.but(**both), "50"), rates=rates) == dollars("213.10")
    # Second to nothing but in its technical part: 134.28 stays first against 127.59 × 0.5.
    assert amounts(line(HEAD_CT.but(**both), "50"), line(BRAIN_MRI), rates=rates) == [
        D("213.10"),
        D("128.21"),
    ]
    caps = {("70450", "", OFFICE): D("100.00")}
    assert amounts(line(HEAD_CT.but(**both), "50"), caps=caps) == dollars("200.00")
    sides = [line(HEAD_CT.but(**both), side) for side in ("RT", "LT")]
    assert amounts(*sides, caps=caps) == dollars("200.00", "0.00")


def test_whole_tests_need_the_rows_of_their_parts():
    head, brain = claim(line(HEAD_CT), line(BRAIN_MRI_TC), rates={})
    assert head.amount is None
    assert head.reason == "70450 is reduced part by part, and its parts are not at hand."
    assert brain.amount == D("127.59")
    assert amounts(line(HEAD_CT), rates={}) == dollars("106.55")
    unpriced = {**LOOKUP, ("70450", "26"): HEAD_CT_26.but(status="C")}
    assert amounts(line(HEAD_CT), line(BRAIN_MRI), rates=unpriced) == [None, D("195.40")]


def test_cardiovascular_tests_pay_75_percent_of_further_technical_parts():
    # 93306-TC 129.26 stays, 93005 7.01 × 0.75 = 5.26; readings are never reduced.
    assert amounts(line(ECG_TRACING), line(ECHO_TC)) == dollars("5.26", "129.26")
    assert amounts(line(ECHO_26), line(ECHO_26)) == dollars("67.47", "67.47")


def test_a_whole_test_may_have_its_parts_under_other_codes():
    # 93000 = 93005 and 93010: 7.01 × 0.75 + 8.35
    echo, ecg = claim(line(ECHO), line(ECG))
    assert (echo.amount, ecg.amount) == (D("196.73"), D("13.61"))
    assert amounts(line(ECG), line(ECG_READING)) == dollars("15.36", "8.35")


def test_eye_tests_pay_80_percent_of_further_technical_parts():
    # 92250-TC 16.70, 92134-TC 15.03 × 0.8
    assert amounts(line(RETINA_SCAN_TC), line(RETINA_PHOTO_TC)) == dollars("12.02", "16.70")


# Therapy


def test_therapy_halves_the_practice_expense_but_for_one_unit():
    exercises, manual = claim(line(EXERCISES, units=3), line(MANUAL_THERAPY))
    assert exercises.amount == D("73.48")  # 29.06 + 2 × 22.21
    assert manual.amount == D("21.21")  # (0.43 + 0.195 + 0.01) × 33.4009
    assert exercises.changes[0].factor == "+ 2 × $22.21"


def test_one_unit_of_therapy_is_paid_in_full():
    assert amounts(line(EXERCISES)) == dollars("29.06")
    assert amounts(line(EXERCISES, "50"), line(EXERCISES, "50", "59")) == dollars("22.21", "29.06")


# Paid only if alone


def test_a_code_paid_if_alone_is_bundled_with_anything_else():
    assert amounts(line(OXIMETRY)) == dollars("4.01")
    assert amounts(line(OXIMETRY), line(OXIMETRY)) == dollars("4.01", "4.01")
    oximetry, visit = claim(line(OXIMETRY), line(VISIT))
    assert (oximetry.amount, oximetry.short) == (D("0.00"), INCLUDED)
    assert "bills no other fee-schedule service" in oximetry.reason
    assert visit.amount == D("95.19")


@pytest.mark.parametrize(
    ("other", "amount"),
    [
        (VISIT.but(status="C"), "0.00"),
        (row("D0120", status="R"), "0.00"),
        (ANESTHESIA, "0.00"),
        (VISIT.but(status="N"), "4.01"),
        (VISIT.but(status="X"), "4.01"),
    ],
)
def test_only_services_of_the_fee_schedule_bundle_it(other, amount):
    assert amounts(line(OXIMETRY), line(other))[0] == D(amount)


# Roles, providers, participation


@pytest.mark.parametrize(
    ("modifier", "amount"),
    [
        ("80", "168.44"),
        ("81", "168.44"),
        ("82", "168.44"),
        ("AS", "143.17"),
        ("62", "657.95"),
        ("54", "831.65"),
        ("55", "221.07"),
        ("56", "105.27"),
        ("78", "726.38"),
        ("58", "1052.72"),
        ("76", "1052.72"),
        ("79", "1052.72"),
        ("50", "1579.08"),
    ],
)
def test_modifiers_of_an_operation(modifier, amount):
    assert amounts(line(KNEE, modifier, setting=FACILITY), gpcis=ALABAMA) == dollars(amount)


@pytest.mark.parametrize("modifier", ["22", "52", "53", "66"])
def test_what_is_paid_by_report(modifier):
    (priced,) = claim(line(KNEE.but(team="2"), modifier, setting=FACILITY), gpcis=ALABAMA)
    assert (priced.amount, priced.short) == (None, BY_REPORT)
    assert priced.working[-1].amount == D("1052.72")


def test_a_procedure_by_report_keeps_its_rank():
    _, second = claim(line(KNEE, "22", setting=FACILITY), line(JOINT_INJECTION))
    assert second.amount == D("34.41")


@pytest.mark.parametrize(
    ("rate", "modifiers", "reason"),
    [
        (KNEE, ["80", "62"], "62 and 80 exclude each other."),
        (KNEE, ["54", "55"], "54 and 55 are billed on lines of their own."),
        (KNEE, ["66"], "Team surgery is not paid for 27447."),
        (KNEE.but(asst="1"), ["80"], "Medicare does not pay an assistant for 27447."),
        (KNEE.but(cosurg="0"), ["62"], "Co-surgeons are not paid for 27447."),
        (KNEE.but(bilat="9"), ["50"], "it has no two sides."),
        (VISIT, ["54"], "is not divided into care before and after surgery."),
    ],
)
def test_impossible_lines_are_refused_and_take_no_rank(rate, modifiers, reason):
    refused, other = claim(
        line(rate, *modifiers, setting=FACILITY), line(JOINT_INJECTION, setting=OFFICE)
    )
    assert (refused.amount, refused.short) == (None, DOES_NOT_APPLY)
    assert refused.reason.endswith(reason)
    assert other.amount == D("68.81")


def test_the_reason_of_a_row_without_price_comes_first():
    (priced,) = claim(line(KNEE, "50", "80", setting=OFFICE))
    assert priced.short == NA


def test_the_role_applies_after_the_ranking():
    # 20610 assists beneath 27447: 68.81 × 0.5 = 34.41; × 0.16 = 5.51
    helped = JOINT_INJECTION.but(asst="2")
    assert amounts(line(KNEE, "80", setting=FACILITY), line(helped, "80")) == dollars(
        "185.50", "5.51"
    )


def test_surgery_and_care_after_it_on_two_lines_are_one_operation():
    # 831.65 and 1052.72 × 0.21 × 30/90: the second line is not a second procedure.
    assert amounts(
        line(KNEE, "55", days=30, setting=FACILITY),
        line(KNEE, "54", setting=FACILITY),
        gpcis=ALABAMA,
    ) == dollars("73.69", "831.65")
    # Beneath a dearer operation both are halved.
    assert amounts(
        line(surgery("2000.00"), setting=FACILITY),
        line(KNEE, "54", setting=FACILITY),
        line(KNEE, "55", setting=FACILITY),
        gpcis=ALABAMA,
    )[1:] == dollars("415.82", "110.54")


def test_who_bills_and_who_participates():
    assert amounts(line(VISIT), clinician=Clinician.NPP) == dollars("80.91")
    assert amounts(line(VISIT), clinician=Clinician.NURSE_MIDWIFE) == dollars("95.19")
    assert amounts(line(VISIT), participating=False) == dollars("90.43")
    assert amounts(line(VISIT), clinician=Clinician.NPP, participating=False) == dollars("76.86")


def test_an_assisting_npp_is_not_reduced_twice():
    assist = line(KNEE, "AS", setting=FACILITY)
    assert amounts(assist, gpcis=ALABAMA, clinician=Clinician.NPP) == dollars("143.17")
    (priced,) = claim(line(KNEE, "80", setting=FACILITY), clinician=Clinician.NPP)
    assert priced.reason == "An NP, PA or CNS who assists bills AS, not 80."


# Looking up


def test_the_rows_that_a_claim_may_look_up():
    assert rates_needed([line(BIOPSY)]) == {
        ("45380", ""),
        ("45380", "26"),
        ("45380", "TC"),
        ("45380", "53"),
        ("45378", ""),
    }
    assert {("93005", ""), ("93010", "")} <= rates_needed([line(ECG)])


# Whatever the lines

MODIFIERS = ["", "50", "80", "AS", "62", "66", "54", "55", "22", "26", "TC", "53", "RT", "LT"]
lines = st.builds(
    lambda rate, modifier, units, setting: Line(
        rate, (modifier,) if modifier else (), units, setting
    ),
    st.sampled_from(list(LOOKUP.values())),
    st.sampled_from(MODIFIERS),
    st.integers(1, 3),
    st.sampled_from(Setting),
)
claims = st.lists(lines, max_size=7)
gpcis = st.builds(Components, *[st.decimals("0.300", "3.000", places=3, allow_nan=False)] * 3)


def outcome(lines, prices):
    return sorted(
        f"{line.rate.hcpcs}-{line.rate.modifier} {line.modifiers} × {line.units} in "
        f"{line.setting}: {priced.amount} {priced.reason}"
        for line, priced in zip(lines, prices, strict=True)
    )


@given(claims, gpcis, st.randoms())
def test_the_order_of_the_lines_never_matters(lines, gpcis, random):
    shuffled = random.sample(lines, len(lines))
    assert outcome(lines, claim(*lines, gpcis=gpcis)) == outcome(
        shuffled, claim(*shuffled, gpcis=gpcis)
    )


@given(claims, gpcis)
def test_no_line_is_negative_or_dearer_than_its_units(lines, gpcis):
    for each, priced in zip(lines, claim(*lines, gpcis=gpcis), strict=True):
        if priced.amount is None:
            assert priced.reason and priced.short
            continue
        assert priced.amount >= 0
        assert priced.amount == cents(priced.amount)
        assert priced.steps[-1].amount == priced.amount
        sides = 2 if {"50", "RT"} & set(each.modifiers) else 1
        rate = LOOKUP.get(
            (each.rate.hcpcs, each.modifiers[0] if each.modifiers else ""), each.rate
        )
        # The indices decide which of the two rows is dearer.
        dearest = max(
            payment(
                Components(row.work_rvu, max(row.pe_nonfac, row.pe_fac), row.mp_rvu), FACTOR, gpcis
            )
            for row in (rate, each.rate)
        )
        assert priced.amount <= dearest * each.units * sides + D("0.10")


@given(claims)
def test_a_lookup_of_what_was_asked_for_is_enough(lines):
    keys = rates_needed(lines)
    narrow = {key: rate for key, rate in LOOKUP.items() if key in keys}
    assert claim(*lines) == claim(*lines, rates=narrow)


def test_every_order_of_equal_amounts_gives_the_same_sum():
    twins = [replace(KNEE, hcpcs=f"2744{n}") for n in range(3)]
    sums = {
        total(claim(*[line(rate, setting=FACILITY) for rate in order]))
        for order in permutations(twins)
    }
    assert sums == {D("2318.71")}
