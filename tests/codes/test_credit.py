"""What a contract credits. Figures are those of RVU26C, sums can be redone by hand."""

import json
from decimal import Decimal as D
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.credit import (
    FULL_CREDIT,
    MEDICARE,
    RULES,
    RuleError,
    RuleSet,
    Service,
    Step,
    Way,
    credit,
    possible_modifiers,
    rows_needed,
)
from codes.credit_kinds import Kind
from codes.payment import PaymentError
from tests.codes.rates import (
    ANESTHESIA,
    COLONOSCOPY,
    COLONOSCOPY_53,
    ECG,
    ECG_TRACING,
    HEAD_CT,
    HEAD_CT_26,
    HEAD_CT_TC,
    JOINT_INJECTION,
    KNEE,
    LAVAGE,
    LOOKUP,
    SNARE,
    VISIT,
    release_2026c,
    row,
)

REFERENCE = {"not_used": True, "pctc": "9", "mult_proc": "9", "bilat": "9", "asst": "9"}
PREVENTIVE = row("99381", "1.50 1.82 0.33 0.08", status="N", **REFERENCE)
CONSULTATION = row("99242", "1.08 1.10 0.51 0.07", status="I", **REFERENCE)
MRI_BY_PHYSICIAN = row("70555", status="C", pctc="1", bilat="3")
MRI_BY_PHYSICIAN_26 = row("70555-26", "2.48 0.82 0.82 0.12", pctc="1", bilat="3")
MRI_BY_PHYSICIAN_TC = row("70555-TC", status="C", pctc="1", bilat="3")
UNLISTED = row("22899", status="C", global_days="YYY", mult_proc="2", asst="1", cosurg="1")
CELL_READING = row("86153-26", "0.67 0.30 0.30 0.02", pctc="6")
TEAM_CODE = row("33945", "89.50 0.00 40.61 21.10", mult_proc="2", global_days="090", team="2")
EYE = row("92235", "0.75 2.45 2.45 0.06", bilat="3")
BOTH_ALREADY = row("92250", "0.38 0.83 0.83 0.02", bilat="2")
ROWS = LOOKUP | {
    (rate.hcpcs, rate.modifier): rate
    for rate in (
        *(PREVENTIVE, CONSULTATION, MRI_BY_PHYSICIAN, MRI_BY_PHYSICIAN_26, MRI_BY_PHYSICIAN_TC),
        *(UNLISTED, CELL_READING, TEAM_CODE, EYE, BOTH_ALREADY),
    )
}


def service(text, units=1, **options):
    """Return a service from the way that people write it: "27447-62-50"."""
    hcpcs, *modifiers = text.split("-")
    return Service(hcpcs, tuple(modifiers), units, **options)


def case(*texts, rules=MEDICARE, **options):
    services = [text if isinstance(text, Service) else service(text) for text in texts]
    return credit(services, ROWS, rules, **options)


def one(text, units=1, rules=MEDICARE, counts_reference=False, **options):
    services = [service(text, units, **options)]
    (credited,) = credit(services, ROWS, rules, counts_reference=counts_reference)
    return credited


def wrvu(*arguments, **options):
    return one(*arguments, **options).wrvu


# --- One service ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("99213", "1.30"),
        ("27447", "19.11"),
        ("27447-80", "3.0576"),
        ("27447-81", "3.0576"),
        ("27447-82", "3.0576"),
        ("27447-AS", "3.0576"),
        ("27447-62", "11.94375"),
        ("27447-54", "15.0969"),
        ("27447-55", "4.0131"),
        ("27447-56", "1.911"),
        ("27447-78", "13.1859"),
        ("27447-52", "9.555"),
        ("27447-53", "9.555"),
        ("27447-22", "19.11"),
        ("27447-58", "19.11"),
        ("27447-79", "19.11"),
        ("27447-76", "19.11"),
        ("27447-77", "19.11"),
        ("27447-51", "9.555"),
        ("20610-50", "1.155"),
        ("45378-53", "1.59"),
        ("45378-78", "3.18"),
        ("70450-26", "0.83"),
        ("99213-25", "1.30"),
        ("99213-FS", "1.30"),
        ("99213-GC-59", "1.30"),
        ("86153-26", "0.67"),
        ("86153", "0.67"),
    ],
)
def test_medicares_percentages_are_the_default(text, expected):
    credited = one(text)

    assert credited.wrvu == D(expected)
    assert credited.kind is Kind.OFFICIAL
    assert credited.reason == ""


def test_values_have_six_decimals():
    assert str(wrvu("27447-62")) == "11.943750"


def test_units_multiply():
    assert wrvu("99213", 3) == D("3.90")
    assert wrvu("20610", 2) == D("1.54")


def test_the_working_is_shown_line_by_line():
    credited = one("27447-62-50", 2)

    assert [(step.label, step.factor, step.value) for step in credited.steps] == [
        ("Work RVUs of 27447", "", D("19.11")),
        ("Both sides (50)", "× 1.5", D("28.665")),
        ("Two surgeons (62)", "× 0.625", D("17.915625")),
        ("Units", "× 2", D("35.831250")),
    ]
    assert credited.work_rvu == D("19.11")
    assert credited.wrvu == D("35.83125")


def test_a_value_is_rounded_once_half_up_at_the_end():
    # 1.30 × 0.3333 × 0.3333 = 0.144415557
    rules = RuleSet("Thirds", {"52": D("0.3333"), "22": D("0.3333")})

    credited = one("99213-52-22", rules=rules)

    assert credited.wrvu == D("0.144416")
    assert credited.steps[-1] == Step("Rounded once", "", D("0.144416"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("20610-50", "1.155"), ("70555-50", "4.96"), ("92250-50", "0.38"), ("99213-50", "1.30")],
)
def test_both_sides_count_by_the_bilateral_indicator(text, expected):
    assert wrvu(text) == D(expected)


def test_both_sides_that_add_nothing_are_explained():
    assert "does not raise" in one("99213-50").steps[-1].note
    assert "already covers" in one("92250-50").steps[-1].note


@pytest.mark.parametrize(
    ("key", "share", "text", "expected"),
    [
        ("50", Way.UNITS, "20610-50", "1.54"),
        ("50", Way.UNITS, "92235-50", "1.50"),
        ("50", Way.UNITS, "92250-50", "0.38"),
        ("50", D("1.25"), "20610-50", "0.9625"),
        ("62", D("0.5"), "27447-62", "9.555"),
        ("80", D("0.20"), "27447-80", "3.822"),
        ("80", D("0"), "27447-80", "0"),
        ("AS", D("0.136"), "27447-AS", "2.59896"),
        ("22", D("1.2"), "27447-22", "22.932"),
        ("22", D("1.3"), "27447-22", "24.843"),
        ("78", D("1"), "27447-78", "19.11"),
        ("54", D("1"), "27447-54", "19.11"),
        ("FS", D("0.5"), "99213-FS", "0.65"),
        ("53", D("0.75"), "45378-53", "2.385"),
    ],
)
def test_a_contract_may_say_otherwise(key, share, text, expected):
    assert wrvu(text, rules=RuleSet("Own", {key: share})) == D(expected)


@pytest.mark.parametrize(
    ("text", "percent", "expected"),
    [
        ("27447-22", "125", "23.8875"),
        ("27447-52", "75", "14.3325"),
        ("45378-53", "80", "2.544"),
        ("33945-66", "40", "35.8"),
        ("99213-FS", "60", "0.78"),
    ],
)
def test_a_share_by_hand_takes_the_place_of_the_rule(text, percent, expected):
    assert wrvu(text, percent=D(percent)) == D(expected)


def test_a_share_by_hand_without_its_modifier_changes_nothing_and_says_so():
    credited = one("27447-80", percent=D(50))

    assert credited.wrvu == D("3.0576")
    assert "not used here" in credited.steps[-1].note


def test_a_team_needs_a_share_by_hand():
    credited = one("33945-66")

    assert (credited.kind, credited.wrvu) == (Kind.NONE, 0)
    assert credited.reason == ("Modifier 66 has no fixed share: enter the share of this entry.")


def test_an_unknown_modifier_changes_nothing_and_says_so():
    credited = one("99213-ZZ")

    assert credited.wrvu == D("1.30")
    assert credited.steps[-1].label == "Modifier ZZ"
    assert "nothing changes" in credited.steps[-1].note


def test_modifier_51_on_a_code_that_is_never_reduced_says_so():
    credited = one("99213-51")

    assert credited.wrvu == D("1.30")
    assert credited.steps[-1].note == "99213 is not reduced with other procedures."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("99213-26", "Modifiers 26 and TC do not apply to 99213."),
        ("93000-26", "its professional and technical parts have their own codes"),
        ("70450-26-TC", "26 and TC together are the whole test"),
        ("99213-54", "The fee of 99213 is not divided into care before and after surgery."),
        ("45378-55", "is not divided"),
        ("99213-78", "is not divided"),
        ("99213-62", "Co-surgeons are not paid for 99213."),
        ("27447-66", "Team surgery is not paid for 27447."),
        ("20610-80", "Medicare does not pay an assistant for 20610."),
        ("99381-50", "Modifier 50 does not apply to 99381"),
        ("27447-62-80", "62 and 80 exclude each other"),
        ("27447-54-55", "54 and 55 are billed on lines of their own."),
    ],
)
def test_a_modifier_that_the_code_cannot_carry_is_explained(text, words):
    credited = one(text)

    assert (credited.kind, credited.wrvu, credited.steps) == (Kind.NONE, 0, ())
    assert words in credited.reason


# --- What has no official value ---------------------------------------------------------------


def test_a_whole_test_counts_the_work_of_its_reading():
    assert wrvu("70450") == D("0.83")
    credited = one("70555")

    assert (credited.kind, credited.wrvu, credited.work_rvu) == (
        *(Kind.OFFICIAL, D("2.48")),
        D("2.48"),
    )
    assert credited.steps[0].label == "Work RVUs of 70555-26"
    assert "reading" in credited.steps[0].note


def test_the_technical_part_has_no_work():
    credited = one("70450-TC")

    assert (credited.kind, credited.wrvu) == (Kind.NONE, 0)
    assert credited.reason == "70450-TC is the technical part, without physician work."


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("X", "By law 80053 is not a physician service for this fee schedule"),
        ("E", "A regulation keeps 80053 off the physician fee schedule"),
        ("M", "80053 reports a quality or performance measure"),
        ("B", "Medicare counts 80053 as part of another service"),
        ("P", "Medicare pays nothing separately for 80053"),
        ("N", "Medicare does not cover 80053."),
        ("I", "Medicare does not accept 80053"),
    ],
)
def test_a_code_without_rvus_says_which_zero_it_is(status, words):
    rows = {("80053", ""): row("80053", status=status)}

    (credited,) = credit([service("80053")], rows, MEDICARE)

    assert (credited.kind, credited.wrvu) == (Kind.NONE, 0)
    assert words in credited.reason
    assert credited.reason.endswith("No wRVU is credited for 80053.")


@pytest.mark.parametrize("status", ["C", "R"])
def test_a_code_that_the_contractor_prices_waits_for_a_value_of_ones_own(status):
    rows = {("D0120", ""): row("D0120", status=status)}

    (credited,) = credit([service("D0120")], rows, MEDICARE)

    assert credited.kind is Kind.NONE
    assert credited.reason.endswith(
        "No wRVU is credited for D0120 until you enter an agreed value."
    )


def test_a_paid_service_without_physician_work_says_so():
    credited = one("93005")

    assert credited.kind is Kind.NONE
    assert credited.reason == ("93005 has no physician work and adds nothing to a wRVU total.")


def test_a_code_of_another_release_says_so():
    credited = one("99999")

    assert credited.kind is Kind.NONE
    assert "99999 is not in this release of the fee schedule." in credited.reason


def test_anesthesia_has_a_counter_of_its_own():
    credited = one("00100-AA", asa_units=D("15.6"))

    assert (credited.kind, credited.wrvu, credited.asa_units) == (Kind.ASA, 0, D("15.6"))
    assert "base and time units" in credited.reason


def test_anesthesia_without_units_counts_none_yet():
    assert one("00100").asa_units == 0


@pytest.mark.parametrize(("text", "value"), [("99381", "1.50"), ("99242", "1.08")])
def test_reference_values_count_only_if_the_plan_says_so(text, value):
    counted = one(text, counts_reference=True)
    shown = one(text)

    assert (counted.kind, counted.wrvu) == (Kind.REFERENCE, D(value))
    assert (shown.kind, shown.wrvu, shown.work_rvu) == (Kind.REFERENCE, 0, D(value))
    assert shown.reason.endswith("Your plan does not count them.")


def test_a_value_of_ones_own_is_an_estimate():
    credited = one("22899-62", 2, own_value=D("8.00"))

    assert (credited.kind, credited.wrvu) == (Kind.ESTIMATE, D("10.00"))
    assert credited.steps[0] == Step("Your own value", "", D("8.00"))
    assert "not Medicare’s" in credited.reason


def test_a_custom_code_needs_no_row():
    assert wrvu("CALL1", own_value=D("1.25")) == D("1.25")
    assert wrvu("CALL1-50", own_value=D("1.00")) == D("1.5")
    assert wrvu("CALL1-50", own_value=D("1.00"), rules=FULL_CREDIT) == D("2")
    assert wrvu("CALL1-51", own_value=D("1.00")) == D("0.5")
    credited = one("CALL1-54", own_value=D("1.25"))
    assert credited.wrvu == D("1.25")
    assert "no shares" in credited.steps[-1].note


# --- A case -----------------------------------------------------------------------------------


def values(*texts, **options):
    return [credited.wrvu for credited in case(*texts, **options)]


def test_the_second_endoscopy_of_a_family_counts_what_exceeds_its_base():
    # 4.46 + (3.47 − 3.18) = 4.75
    assert values("45385", "45380") == [D("4.46"), D("0.29")]
    assert sum(values("45380", "45385")) == D("4.75")


def test_the_base_of_a_family_is_part_of_its_other_codes():
    credited = case("45378", "45385")

    assert [each.wrvu for each in credited] == [0, D("4.46")]
    assert credited[0].reason == "45378 is part of the other codes of its family."


def test_a_base_code_alone_counts_in_full():
    assert values("45378") == [D("3.18")]


def test_an_endoscopy_whose_base_is_not_in_the_release_is_not_guessed():
    rows = {key: rate for key, rate in ROWS.items() if key[0] != "45378"}

    first, second = credit([service("45385"), service("45380")], rows, MEDICARE)

    assert first.wrvu == D("4.46")
    assert (second.kind, second.wrvu) == (Kind.NONE, 0)
    assert "45378, which is not in this release" in second.reason


def test_an_endoscopy_with_less_work_than_its_base_never_counts_below_zero():
    rows = ROWS | {("31624", ""): LAVAGE.but(work_rvu=D("2.00"))}

    credited = credit([service("31623"), service("31624")], rows, MEDICARE)

    assert [each.wrvu for each in credited] == [D("2.56"), 0]


def test_procedures_are_ranked_by_their_work():
    # 19.11 + 0.5 × 0.77; a visit is no procedure
    credited = case("20610", "27447", "99213")

    assert [each.wrvu for each in credited] == [D("0.385"), D("19.11"), D("1.30")]
    assert credited[0].steps[-1] == Step("Ranked 2 of 2", "× 0.5", D("0.385"))
    assert credited[1].steps[-1].label == "Ranked 1 of 2"


def test_both_sides_come_before_the_rank():
    # 20610-50 is 1.155, more than a second procedure of 1.00
    rows = ROWS | {("20600", ""): JOINT_INJECTION.but(hcpcs="20600", work_rvu=D("1.00"))}

    credited = credit([service("20600"), service("20610-50")], rows, MEDICARE)

    assert [each.wrvu for each in credited] == [D("0.50"), D("1.155")]


def test_a_family_is_ranked_as_one_procedure():
    # the family has 4.75, the knee 19.11
    assert values("45385", "27447", "45380") == [D("2.23"), D("19.11"), D("0.145")]


def test_all_further_procedures_count_half_also_the_sixth():
    assert values("27447", *["20610"] * 6) == [D("19.11"), *[D("0.385")] * 6]


def test_modifier_51_does_not_halve_twice():
    assert values("27447", "20610-51") == [D("19.11"), D("0.385")]


def test_where_all_have_51_the_first_procedure_is_in_another_case():
    assert values("27447-51", "20610-51") == [D("9.555"), D("0.385")]


def test_care_after_surgery_is_no_procedure_of_the_day():
    assert values("27447-55", "20610") == [D("4.0131"), D("0.77")]


def test_estimates_do_not_change_official_values():
    own = service("22899", own_value=D("30"))

    official, estimate = case("27447", own)

    assert official.wrvu == D("19.11")
    assert (estimate.kind, estimate.wrvu) == (Kind.ESTIMATE, D(30))


def test_full_credit_reduces_nothing():
    credited = values("27447-62", "20610-50", "45385", "45380", "45378", rules=FULL_CREDIT)

    assert credited == [D("19.11"), D("1.54"), D("4.46"), D("3.47"), D("3.18")]


def test_an_assistant_has_a_share_under_full_credit_too():
    assert wrvu("27447-80", rules=FULL_CREDIT) == D("3.0576")


TEXTS = ["27447", "20610-50", "20610", "45385", "45380", "45378", "43239", "43235", "99213"]
TEXTS += ["27447-62", "45378-53", "20610-51", "70555", "00100", "27447-55", "31623", "31622"]
SERVICES = st.builds(service, st.sampled_from(TEXTS), st.integers(1, 3))


@given(st.lists(SERVICES, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_services_never_matters(services, random):
    shuffled = random.sample(range(len(services)), len(services))

    straight = credit(services, ROWS, MEDICARE)
    mixed = credit([services[n] for n in shuffled], ROWS, MEDICARE)

    assert sorted(each.wrvu for each in straight) == sorted(each.wrvu for each in mixed)
    assert sum(each.wrvu for each in straight) == sum(each.wrvu for each in mixed)


def test_equal_work_is_ranked_the_same_in_any_order():
    texts = ["27447", "27447-62", "27447-80"]
    totals = {sum(values(*order)) for order in permutations(texts)}

    assert len(totals) == 1


@given(st.lists(SERVICES, min_size=1, max_size=6))
def test_the_last_step_is_the_value(services):
    for credited in credit(services, ROWS, MEDICARE):
        if credited.kind is Kind.OFFICIAL:
            assert credited.steps[-1].value == credited.wrvu
        else:
            assert credited.wrvu == 0
            assert credited.reason


@given(st.lists(SERVICES, min_size=1, max_size=6))
def test_full_credit_is_never_less_than_medicares(services):
    full = credit(services, ROWS, FULL_CREDIT)
    usual = credit(services, ROWS, MEDICARE)

    assert all(one.wrvu >= other.wrvu for one, other in zip(full, usual, strict=True))


def test_the_rows_of_a_case_are_known_in_two_steps():
    services = [service("45385"), service("99213")]

    first = rows_needed(services)
    second = rows_needed(services, {("45385", ""): SNARE, ("99213", ""): VISIT})

    assert first == {
        (code, modifier) for code in ("45385", "99213") for modifier in ("", "26", "TC", "53")
    }
    assert second - first == {("45378", "")}


def test_every_code_of_the_release_is_credited_or_explained():
    rows = {
        (rate.hcpcs, rate.modifier): rate for rates in release_2026c().values() for rate in rates
    }
    readings = 0
    for code, rates in release_2026c().items():
        (credited,) = credit([Service(code)], rows, MEDICARE)
        if credited.kind is Kind.OFFICIAL:
            assert credited.wrvu > 0
            readings += rates[0].status == "C"
        else:
            assert credited.reason
    assert readings == 98


# --- Rule sets --------------------------------------------------------------------------------


def test_a_rule_set_survives_json():
    rules = RuleSet("Own", {"50": Way.UNITS, "62": D("0.5"), "22": Way.MANUAL})

    again = RuleSet.from_json(json.loads(json.dumps(rules.to_json())))

    assert again == rules
    assert again["62"] == D("0.5")
    assert again["rank"] == D("0.5")


def test_every_rule_has_a_usual_and_a_full_share():
    for rule in RULES:
        assert MEDICARE[rule.key] == rule.standard
        assert FULL_CREDIT[rule.key] == rule.full


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "Credit rules are a table of factors."),
        ({"factors": 3}, "Credit rules have a name and a table of factors."),
        ({"factors": {"62": "half"}}, "“Two surgeons”: “half” is no share. Write 0.5 for half."),
        ({"factors": {"62": 0.5}}, "is no share"),
        ({"factors": {"62": "NaN"}}, "is no share"),
        ({"factors": {"62": "-1"}}, "“Two surgeons”: a share lies between 0 and 3."),
        ({"factors": {"62": "4"}}, "a share lies between 0 and 3"),
        ({"factors": {"62": "0.12345"}}, "a share has four decimals at most"),
        ({"factors": {"62": "units"}}, "“Two surgeons” cannot be credited that way"),
        ({"factors": {"99": "1"}}, "There is no credit rule “99”: remove it."),
    ],
)
def test_rules_that_cannot_be_are_explained(data, words):
    with pytest.raises(RuleError) as raised:
        RuleSet.from_json(data)

    assert words in raised.value.sentences[0]


def test_a_step_survives_json():
    step = Step("Units", "× 2", D("35.831250"))

    assert Step.from_json(json.loads(json.dumps(step.to_json()))) == step


@pytest.mark.parametrize(
    "options",
    [
        {"units": 0},
        {"modifiers": ("5",)},
        {"modifiers": ("as",)},
        {"own_value": D("-1")},
        {"asa_units": D("NaN")},
        {"percent": D("301")},
    ],
)
def test_a_service_that_cannot_be_is_refused(options):
    with pytest.raises(PaymentError):
        Service("99213", **options)


# --- Modifiers of a code ----------------------------------------------------------------------


def modifiers(*rates):
    return {modifier for modifier, _ in possible_modifiers(rates)}


def test_a_visit_offers_what_visits_carry():
    assert modifiers(VISIT) == {"25", "24", "57", "FS", "GC", "GE"}


def test_an_operation_offers_what_its_indicators_allow():
    found = modifiers(KNEE)

    assert {"50", "51", "54", "55", "56", "62", "78", "80", "AS", "22", "52", "53"} <= found
    assert not {"66", "26", "TC", "25"} & found


def test_a_test_offers_its_parts():
    assert {"26", "TC"} <= modifiers(HEAD_CT, HEAD_CT_26, HEAD_CT_TC)
    assert "53" in modifiers(COLONOSCOPY, COLONOSCOPY_53)
    assert not {"80", "54", "62"} & modifiers(COLONOSCOPY, COLONOSCOPY_53)


def test_what_nobody_values_offers_nothing():
    assert modifiers(ANESTHESIA) == set()
    assert modifiers(ECG_TRACING) == set()
    assert possible_modifiers([]) == ()


def test_every_offered_modifier_can_be_carried():
    rows = {
        (rate.hcpcs, rate.modifier): rate for rates in release_2026c().values() for rate in rates
    }
    for code in ("27447", "20610", "45385", "70450", "99213", "33945", "92235"):
        for modifier, words in possible_modifiers(release_2026c()[code]):
            (credited,) = credit([Service(code, (modifier,), percent=D(50))], rows, MEDICARE)
            assert words
            assert credited.kind is Kind.OFFICIAL or modifier == "TC"


def test_offers_for_a_whole_test_without_a_value_come_from_its_reading():
    found = modifiers(MRI_BY_PHYSICIAN, MRI_BY_PHYSICIAN_26, MRI_BY_PHYSICIAN_TC)

    assert {"26", "TC"} <= found
    assert modifiers(ECG) == set()
