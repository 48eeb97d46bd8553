"""What the indicators say: every line of the rules, and every code of a whole release."""

import re
from decimal import Decimal as D

import pytest

from codes import indicators
from codes.sentences import documentation_line, sentences, zero_reason
from tests.codes.rates import (
    ANESTHESIA,
    ARM_CTA,
    ARM_CTA_26,
    ARM_CTA_TC,
    BIOPSY,
    ECG_TRACING,
    HEAD_CT,
    HEAD_CT_26,
    HEAD_CT_TC,
    KNEE,
    OXIMETRY,
    VISIT,
    release_2026c,
    row,
)

FACTOR, QP_FACTOR = D("33.4009"), D("33.5675")
PRICE = "Amount = RVUs × locality indices × 33.4009; 2026 has two factors."
PAID = (
    "Medicare pays {} separately under the physician fee schedule when the service is covered; "
    "coverage itself is decided elsewhere."
)


def told(*rates, qp_factor=QP_FACTOR):
    return sentences(rates, "2026C", 2026, FACTOR, qp_factor)


def texts(*rates, topic=None):
    return [s.text for s in told(*rates) if topic in {None, s.topic}]


def one(topic, *rates):
    """Return raw and text of the only sentence with this topic, or None."""
    found = [(s.raw, s.text) for s in told(*rates) if s.topic == topic]
    assert len(found) < 2
    return found[0] if found else None


# Status


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("A", PAID.format("99213")),
        (
            "B",
            "Medicare counts 99213 as part of another service and never pays it on its own.",
        ),
        (
            "C",
            "99213 has no national RVUs: each Medicare contractor sets the amount, usually from "
            "the report.",
        ),
        (
            "E",
            "A regulation keeps 99213 off the physician fee schedule; if covered, it is paid "
            "another way.",
        ),
        (
            "I",
            "Medicare does not accept 99213 and expects a different code; other payers may accept "
            "it.",
        ),
        (
            "J",
            "99213 is an anesthesia service, valued in base and time units instead of RVUs.",
        ),
        (
            "M",
            "99213 reports a quality or performance measure and carries no payment.",
        ),
        ("N", "Medicare does not cover 99213."),
        (
            "P",
            "Medicare pays nothing separately for 99213: it is bundled with a same-day service or "
            "belongs to another benefit.",
        ),
        (
            "R",
            "Medicare pays 99213 only in limited circumstances; the RVUs apply when it is "
            "covered.",
        ),
        (
            "T",
            "Medicare pays 99213 only when the same clinician bills no other fee-schedule service "
            "that day.",
        ),
        (
            "X",
            "By law 99213 is not a physician service for this fee schedule; another Medicare "
            "benefit may pay it.",
        ),
        (
            "F",
            "99213 stands under a status that CMS no longer uses; it carries no payment.",
        ),
        (
            "Z",
            "The CMS record layout does not explain the status of 99213, so no price is shown.",
        ),
    ],
)
def test_status(status, text):
    assert one("Status", VISIT.but(status=status)) == (f"STATUS {status}", text)


def test_restricted_without_rvus():
    assert one("Status", row("D0120", status="R")) == (
        "STATUS R",
        "Medicare pays D0120 only in limited circumstances, at an amount set by the contractor.",
    )


def test_a_part_with_another_status_is_said():
    reading = row("70555-26", "2.48 0.82 0.82 0.12", pctc="1")
    whole = row("70555", status="C", pctc="1")
    technical = row("70555-TC", status="C", pctc="1")
    status = [s for s in told(whole, reading, technical) if s.topic == "Status"]
    assert [s.raw for s in status] == ["STATUS C", "STATUS A (26)"]
    assert status[1].text == PAID.format("70555-26")


def test_reference_values():
    text = "The RVUs shown for {} are published for reference; Medicare does not use them."
    reference = VISIT.but(hcpcs="99381", status="N", not_used=True)
    assert one("Reference values", reference) == ("NOT USED +", text.format("99381"))
    assert one("Work", reference) is None
    assert one("Price", reference) is None
    rates = [
        rate.but(status="N", not_used=rate.modifier == "26") for rate in (HEAD_CT, HEAD_CT_26)
    ]
    assert one("Reference values", *rates) == ("NOT USED +", text.format("70450-26"))


# Work


def test_work():
    assert one("Work", VISIT) == ("WORK 1.30", "99213 carries 1.30 work RVUs (2026C).")


def test_no_physician_work():
    text = (
        "{} has no physician work: its {} RVUs are practice expense and malpractice, so it adds "
        "nothing to a wRVU total."
    )
    assert one("Work", ECG_TRACING) == ("WORK none", text.format("93005", "0.21"))
    facility_only = row("99999", "0.00 0.90 0.90 0.10", nonfac_na=True)
    assert one("Work", facility_only) == ("WORK none", text.format("99999", "1.00"))


def test_a_technical_row_alone_says_nothing_of_work():
    assert one("Work", HEAD_CT.but(status="C"), HEAD_CT_TC) is None


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("C", "No wRVU is credited for 99999 until you enter an agreed value."),
        ("J", "No wRVU is credited for 99999."),
        ("X", "No wRVU is credited for 99999."),
        ("R", "No wRVU is credited for 99999."),
    ],
)
def test_without_rvus_no_wrvu_is_credited(status, text):
    assert one("Work", row("99999", status=status)) == ("WORK none", text)


def test_the_work_of_a_reading_counts_where_the_whole_has_none():
    whole = row("83020", status="X", pctc="9")
    reading = row("83020-26", "0.36 0.16 0.16 0.01", pctc="6")
    assert one("Work", whole, reading)[1] == "83020-26 carries 0.36 work RVUs (2026C)."
    assert one("26 and TC", whole, reading) == (
        "PCTC 6",
        "83020 is a laboratory test whose physician reading is billed with 26.",
    )


# Setting


def test_settings():
    assert one("Setting", KNEE) == (
        "NON-FAC NA",
        "CMS regards 27447 as rarely or never done outside a facility, so no office price "
        "applies.",
    )
    assert one("Setting", HEAD_CT) == (
        "FAC NA",
        "CMS marks 70450 NA in facilities, so no facility price applies; there the hospital bears "
        "the technical cost.",
    )
    assert one("Setting", VISIT) == (
        "TOTAL 2.85 / 1.72",
        "Performed in an office 99213 totals 2.85 RVUs, in a facility 1.72; the work part is the "
        "same.",
    )
    assert one("Setting", HEAD_CT_26) is None
    both = VISIT.but(nonfac_na=True, fac_na=True)
    assert len(texts(both, topic="Setting")) == 2


# 26 and TC


@pytest.mark.parametrize(
    ("pctc", "text"),
    [
        ("0", "Modifiers 26 and TC do not apply to 99213."),
        ("2", "99213 is the professional part only; do not add 26."),
        ("3", "99213 is a technical service only; do not add TC."),
        (
            "4",
            "99213 is the complete test; its professional and technical parts have their own "
            "codes.",
        ),
        (
            "5",
            "99213 is done by staff under a physician; Medicare does not pay the physician for it "
            "in a hospital.",
        ),
        ("6", "99213 is a laboratory test whose physician reading is billed with 26."),
        (
            "7",
            "99213 is a therapy service; independent therapists cannot bill it for hospital "
            "patients.",
        ),
        ("8", "99213 is paid only for an abnormal smear of a hospital inpatient."),
    ],
)
def test_parts(pctc, text):
    assert one("26 and TC", VISIT.but(pctc=pctc)) == (f"PCTC {pctc}", text)


def test_a_test_that_divides_names_the_work_of_its_reading():
    text = "70450 divides into a reading (26, {}) and a technical part (TC, none)."
    assert one("26 and TC", HEAD_CT, HEAD_CT_26, HEAD_CT_TC) == (
        "PCTC 1",
        text.format("0.83 work RVUs"),
    )
    reference = HEAD_CT_26.but(status="N", not_used=True)
    assert one("26 and TC", HEAD_CT, reference)[1] == text.format("0.83 work RVUs for reference")
    unvalued = row("70450-26", status="C", pctc="1")
    assert one("26 and TC", HEAD_CT, unvalued)[1] == text.format("no national work RVUs")
    assert one("26 and TC", HEAD_CT)[1] == text.format("no national work RVUs")


@pytest.mark.parametrize("pctc", ["9", "Z", ""])
def test_no_parts_to_speak_of(pctc):
    assert one("26 and TC", VISIT.but(pctc=pctc)) is None


# Global period


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (
            "000",
            "Related care on the day of 99213 is included; a same-day visit needs modifier 25 and "
            "its own reason.",
        ),
        ("010", "Related care on the day and for 10 days after is included."),
        (
            "090",
            "Related care from the day before to 90 days after is included; the visit that "
            "decided on surgery is billed with 57.",
        ),
        ("MMM", "99213 follows maternity package rules."),
        ("XXX", "99213 has no global period."),
        ("YYY", "The contractor decides whether 99213 has a global period."),
        (
            "ZZZ",
            "99213 is an add-on: it is billed with a main service and shares its global period.",
        ),
    ],
)
def test_global_period(days, text):
    assert one("Global period", VISIT.but(global_days=days)) == (f"GLOB {days}", text)


def test_an_unknown_global_period_says_nothing():
    assert one("Global period", VISIT.but(global_days="999")) is None


def test_the_shares_of_a_global_fee():
    _, shares = [s for s in told(KNEE) if s.topic == "Global period"]
    assert (shares.raw, shares.text) == (
        "PRE 10 INTRA 69 POST 21",
        "Of the fee, 10% is for care before, 69% for the operation and 21% for care after.",
    )


# Modifiers


@pytest.mark.parametrize(
    ("mult", "topic", "text"),
    [
        (
            "2",
            "Same-day surgery",
            "Ranked with other procedures that day: full value first, half for the next four.",
        ),
        (
            "4",
            "Second study",
            "A second study in the same session pays half of the TC and 95% of the reading.",
        ),
        (
            "5",
            "Same-day therapy",
            "After the highest unit of the day, practice expense is halved.",
        ),
        ("6", "Second test", "A second such test the same day pays 75% of the technical part."),
        ("7", "Second test", "A second such test the same day pays 80% of the technical part."),
    ],
)
def test_several_services_on_one_day(mult, topic, text):
    assert one(topic, VISIT.but(mult_proc=mult)) == (f"MULT {mult}", text)


def test_the_family_of_an_endoscopy():
    assert one("Same-day endoscopy", BIOPSY) == (
        "MULT 3",
        "With another code of the 45378 family, only the difference over 45378 is added.",
    )


@pytest.mark.parametrize("mult", ["0", "1", "9", ""])
def test_no_reduction_to_speak_of(mult):
    assert told(VISIT.but(mult_proc=mult)) == told(VISIT)


@pytest.mark.parametrize(
    ("field", "value", "topic", "raw", "text"),
    [
        (
            "bilat",
            "0",
            "Both sides",
            "BILAT 0",
            "Doing both sides does not raise Medicare’s amount.",
        ),
        ("bilat", "1", "Both sides", "BILAT 1", "Both sides pay 150%."),
        ("bilat", "2", "Both sides", "BILAT 2", "The value already covers both sides."),
        ("bilat", "3", "Both sides", "BILAT 3", "Each side pays in full."),
        ("asst", "0", "Assistant", "ASST 0", "An assistant is paid only if need is documented."),
        ("asst", "1", "Assistant", "ASST 1", "Medicare does not pay an assistant."),
        ("asst", "2", "Assistant", "ASST 2", "An assistant may be paid (16%; PA or NP 13.6%)."),
        ("cosurg", "0", "Co-surgeons", "COSURG 0", "Co-surgeons are not paid."),
        ("cosurg", "1", "Co-surgeons", "COSURG 1", "Co-surgeons need documented necessity."),
        (
            "cosurg",
            "2",
            "Co-surgeons",
            "COSURG 2",
            "Two surgeons of different specialties may each bill 62 (62.5%).",
        ),
        ("team", "1", "Team", "TEAM 1", "A team needs documented necessity."),
        ("team", "2", "Team", "TEAM 2", "A surgical team is paid by report."),
    ],
)
def test_surgeons_and_sides(field, value, topic, raw, text):
    assert one(topic, KNEE.but(**{field: value})) == (raw, text)
    # Without a global period only what is paid, or differs by side, is said.
    kept = (field, value) in {
        ("bilat", "1"),
        ("bilat", "2"),
        ("bilat", "3"),
        ("asst", "2"),
        ("cosurg", "1"),
        ("cosurg", "2"),
    }
    assert one(topic, VISIT.but(**{field: value})) == ((raw, text) if kept else None)


@pytest.mark.parametrize("field", ["bilat", "asst", "cosurg", "team"])
def test_what_does_not_apply_says_nothing(field):
    for value in ("9", "", "5"):
        topics = {s.topic for s in told(KNEE.but(**{field: value}))}
        assert {"Both sides", "Assistant", "Co-surgeons", "Team"} - topics
    assert one("Team", KNEE.but(team="0")) is None


def test_an_office_visit_gets_no_surgical_sentences():
    topics = [s.topic for s in told(VISIT)]
    assert topics == ["Status", "Work", "Setting", "26 and TC", "Global period", "Price"]


# Supervision, cap, price


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("01", "The test needs general (not present) supervision."),
        ("02", "The test needs direct (immediately available) supervision."),
        ("03", "The test needs personal (in the room) supervision."),
        (
            "04",
            "Special supervision rules apply: none for a qualified psychologist, otherwise "
            "general.",
        ),
        (
            "21",
            "Special supervision rules apply: general for a certified technician, otherwise "
            "direct.",
        ),
        ("55", "Special supervision rules apply: CMS does not explain this value."),
    ],
)
def test_supervision_may_stand_on_the_technical_row_only(value, text):
    rates = HEAD_CT, HEAD_CT_26, HEAD_CT_TC.but(supervision=value)
    assert one("Supervision", *rates) == (f"SUPERV {value}", text)


@pytest.mark.parametrize("value", ["09", ""])
def test_no_supervision_to_speak_of(value):
    assert one("Supervision", VISIT.but(supervision=value)) is None


def test_every_supervision_value_has_a_sentence():
    for value in indicators.SUPERVISION.keys() - {"09"}:
        assert one("Supervision", VISIT.but(supervision=value))


def test_the_hospital_cap():
    text = "The technical payment cannot exceed the hospital outpatient rate."
    assert one("Hospital cap", HEAD_CT, HEAD_CT_26, HEAD_CT_TC) == (
        "OPPS 3.18",
        f"{text} At present it does not.",
    )
    assert one("Hospital cap", ARM_CTA, ARM_CTA_26, ARM_CTA_TC) == (
        "OPPS 5.34",
        f"{text} At present it would, so the lower rate is paid.",
    )
    # Higher in one part and lower in the other: it depends on the locality.
    mixed = ARM_CTA_TC.but(mp_rvu=D("0.01"))
    assert one("Hospital cap", ARM_CTA, ARM_CTA_26, mixed)[1] == text
    assert one("Hospital cap", HEAD_CT_TC.but(status="C"))[1] == text
    assert one("Hospital cap", HEAD_CT_26) is None


def test_the_price():
    assert one("Price", VISIT) == ("CONV FACTOR 33.4009", PRICE)
    (price,) = [s for s in told(VISIT, qp_factor=None) if s.topic == "Price"]
    assert price.text == "Amount = RVUs × locality indices × 33.4009."
    assert one("Price", row("D0120", status="R")) is None


def test_a_code_has_rows():
    with pytest.raises(ValueError, match="at least one row"):
        told()


RECORD = "Record what was done, why, by whom and when, and the time where it decides the code."


@pytest.mark.parametrize(
    ("rates", "also"),
    [
        ([VISIT], ""),
        (
            [KNEE],
            " For 27447 also: which visit decided on surgery (57); which side, or both; why two "
            "surgeons were needed, if there were two.",
        ),
        ([KNEE.but(global_days="ZZZ", bilat="0", cosurg="0")], "the main service"),
        ([KNEE.but(global_days="000", asst="0")], "the separate reason of a visit"),
        ([KNEE.but(asst="0", team="1")], "why an assistant was needed, if there was one; why two"),
        ([KNEE.but(team="1")], "why a team was needed"),
        (
            [HEAD_CT, HEAD_CT_TC.but(supervision="02")],
            " For 70450 also: who supervised, here direct (immediately available).",
        ),
        (
            [VISIT.but(status="R")],
            " For 99213 also: the circumstance in which Medicare covers it.",
        ),
    ],
)
def test_the_documentation_line_adds_what_the_indicators_of_a_code_ask_for(rates, also):
    line = documentation_line(rates)
    assert line.startswith(RECORD)
    assert also in line
    assert (line == RECORD) is (also == "")


# Zeros


@pytest.mark.parametrize(
    ("rate", "short"),
    [
        (ANESTHESIA, "Base + time units"),
        (row("0054T", status="C"), "No national value"),
        (row("D0120", status="R"), "Set by the contractor"),
        *[(row("G0411", status=status), "Not valued") for status in "BEIMNPX"],
        (ECG_TRACING, "No physician work"),
        (OXIMETRY, "No physician work"),
        (HEAD_CT_TC, "no work"),
    ],
)
def test_every_zero_has_its_reason(rate, short):
    zero = zero_reason(rate)
    assert zero.short == short
    assert rate.hcpcs in zero.text
    assert "0.00" not in zero.text


@pytest.mark.parametrize("part", ["practice expense", "malpractice"])
def test_parts_of_a_valued_row_can_be_none(part):
    # G9868 has work only; 0.80 is its total.
    zero = zero_reason(row("G9868", "0.80 0.00 0.00 0.00"), part)
    assert (zero.short, zero.text) == ("none", f"CMS counts no {part} in G9868.")
    assert zero_reason(ANESTHESIA, part).short == "Base + time units"


def test_the_total_is_zero_only_without_rvus():
    assert zero_reason(row("X", status="X"), "total").short == "Not valued"
    assert zero_reason(ECG_TRACING, "total") is None


@pytest.mark.parametrize("part", ["work", "practice expense", "malpractice", "total"])
def test_a_value_needs_no_reason(part):
    assert zero_reason(VISIT, part) is None


# Words


@pytest.mark.parametrize(
    ("letter", "short", "tone"),
    [
        ("A", "Paid separately", "paid"),
        ("B", "Bundled", "unpaid"),
        ("C", "Contractor sets price", "limited"),
        ("E", "Off the fee schedule", "unpaid"),
        ("I", "Not valid for Medicare", "unpaid"),
        ("J", "Anesthesia units", "anesthesia"),
        ("M", "Quality measure", "unpaid"),
        ("N", "Not covered", "unpaid"),
        ("P", "Bundled supply", "unpaid"),
        ("R", "Restricted", "limited"),
        ("T", "Paid if alone", "limited"),
        ("X", "No physician payment", "unpaid"),
        ("H", "Retired status", "unpaid"),
        ("", "Status not known", "unpaid"),
    ],
)
def test_status_words(letter, short, tone):
    status = indicators.status(letter)
    assert (status.letter, status.short, status.tone) == (letter, short, tone)


def test_words_of_the_other_indicators():
    assert indicators.word(indicators.GLOBAL_DAYS, "090") == "90 days"
    assert indicators.word(indicators.IMG_FAMILY, "07") == "Imaging family in use until 2010"
    assert indicators.word(indicators.TEAM, "7") == "Value 7, not explained by CMS"
    assert indicators.word(indicators.TEAM, "") == "Value blank, not explained by CMS"


# Whole codes of RVU26C

GOLDEN = {
    "99213": [
        PAID.format("99213"),
        "99213 carries 1.30 work RVUs (2026C).",
        "Performed in an office 99213 totals 2.85 RVUs, in a facility 1.72; the work part is the "
        "same.",
        "Modifiers 26 and TC do not apply to 99213.",
        "99213 has no global period.",
        PRICE,
    ],
    "47562": [
        PAID.format("47562"),
        "47562 carries 10.21 work RVUs (2026C).",
        "CMS regards 47562 as rarely or never done outside a facility, so no office price "
        "applies.",
        "Modifiers 26 and TC do not apply to 47562.",
        "Related care from the day before to 90 days after is included; the visit that decided on "
        "surgery is billed with 57.",
        "Of the fee, 9% is for care before, 81% for the operation and 10% for care after.",
        "Ranked with other procedures that day: full value first, half for the next four.",
        "Doing both sides does not raise Medicare’s amount.",
        "An assistant may be paid (16%; PA or NP 13.6%).",
        "Co-surgeons need documented necessity.",
        PRICE,
    ],
    "70450": [
        PAID.format("70450"),
        "70450 carries 0.83 work RVUs (2026C).",
        "CMS marks 70450 and 70450-TC NA in facilities, so no facility price applies; there the "
        "hospital bears the technical cost. 70450-26 has a price there too.",
        "70450 divides into a reading (26, 0.83 work RVUs) and a technical part (TC, none).",
        "70450 has no global period.",
        "A second study in the same session pays half of the TC and 95% of the reading.",
        "The test needs general (not present) supervision.",
        "The technical payment cannot exceed the hospital outpatient rate. At present it does "
        "not.",
        PRICE,
    ],
    "G0411": [
        "By law G0411 is not a physician service for this fee schedule; another Medicare benefit "
        "may pay it.",
        "No wRVU is credited for G0411.",
        "G0411 has no global period.",
    ],
    "00100": [
        "00100 is an anesthesia service, valued in base and time units instead of RVUs.",
        "No wRVU is credited for 00100.",
        "00100 has no global period.",
    ],
    "0054T": [
        "0054T has no national RVUs: each Medicare contractor sets the amount, usually from the "
        "report.",
        "No wRVU is credited for 0054T until you enter an agreed value.",
        "Modifiers 26 and TC do not apply to 0054T.",
        "0054T has no global period.",
    ],
    "93005": [
        PAID.format("93005"),
        "93005 has no physician work: its 0.21 RVUs are practice expense and malpractice, so it "
        "adds nothing to a wRVU total.",
        "CMS marks 93005 NA in facilities, so no facility price applies; there the hospital bears "
        "the technical cost.",
        "93005 is a technical service only; do not add TC.",
        "93005 has no global period.",
        "A second such test the same day pays 75% of the technical part.",
        "The test needs general (not present) supervision.",
        PRICE,
    ],
    "99381": [
        "Medicare does not cover 99381.",
        "The RVUs shown for 99381 are published for reference; Medicare does not use them.",
        "Performed in an office 99381 totals 3.40 RVUs, in a facility 1.91; the work part is the "
        "same.",
        "99381 has no global period.",
    ],
    "86153": [
        PAID.format("86153-26"),
        "86153-26 carries 0.67 work RVUs (2026C).",
        "86153 is a laboratory test whose physician reading is billed with 26.",
        "86153-26 has no global period.",
        PRICE,
    ],
}


@pytest.mark.parametrize("code", GOLDEN)
def test_whole_codes(code):
    assert texts(*release_2026c()[code]) == GOLDEN[code]


def test_every_code_of_a_release():
    release = release_2026c()
    assert len(release) == 17096
    empty = re.compile(r"(?<![\d.])0\.00(?!\d)|\bCPT\b|[{}]|None")
    wrong = []
    for code, rates in release.items():
        said = told(*rates)
        shown = [f"{s.topic} {s.text} {s.raw}" for s in said]
        zeros = [
            zero_reason(rate, part)
            for rate in rates
            for part in ("work", "practice expense", "malpractice", "total")
        ]
        shown += [f"{zero.short} {zero.text}" for zero in zeros if zero]
        if any(empty.search(text) for text in shown) or len({*said}) != len(said):
            wrong.append(code)
    assert not wrong
