"""The first screen of a code, in every state that the design draws."""

from decimal import Decimal

import pytest

from codes.page.figures import figures
from tests.codes.page.facts import (
    ANESTHESIA_FACTOR,
    FACTOR,
    FUNCTIONAL_MRI,
    FUNCTIONAL_MRI_26,
    GALLBLADDER,
    STATES,
)
from tests.codes.rates import COLONOSCOPY, COLONOSCOPY_53, HEAD_CT, VISIT


def of(state, anesthesia_factor=ANESTHESIA_FACTOR):
    return figures(STATES[state], FACTOR, anesthesia_factor, 2026)


def key(state):
    """Return the key figures as (title, what is printed large, note)."""
    return [
        (one.title, " ".join(filter(None, (one.value or one.words, one.unit))), one.note)
        for one in of(state).key
    ]


def test_99213_has_a_price_in_both_settings():
    assert key("both settings priced") == [
        ("Work RVUs", "1.30", "What counts towards productivity"),
        ("Total RVUs", "2.85", "Office. In a facility 1.72"),
        ("Medicare amount", "$95.19", "National, office. In a facility $57.45."),
        ("Global period", "None", ""),
    ]


def test_93005_is_paid_without_physician_work():
    assert key("truly no physician work") == [
        ("Work RVUs", "No physician work", "Adds nothing to a wRVU total"),
        ("Total RVUs", "0.21", "Office. No facility price"),
        ("Medicare amount", "$7.01", "National, office."),
        ("Global period", "None", ""),
    ]


def test_0054T_is_priced_by_the_contractor():
    assert key("contractor sets the price") == [
        (
            "Work RVUs",
            "No national value",
            "A contract that counts it does so with a value of its own",
        ),
        ("Medicare amount", "Set by the contractor", "Usually from the report"),
        ("Global period", "None", ""),
    ]


def test_00100_is_valued_in_anesthesia_units():
    assert key("anesthesia") == [
        ("Valued in", "Base + time units", "Base units plus one unit per 15 minutes"),
        ("Anesthesia factor", "$20.4976", "National, per unit, 2026"),
        ("Work RVUs", "Do not apply", "Units are counted apart from wRVUs"),
    ]


def test_the_anesthesia_factor_is_said_to_be_missing_where_no_file_has_it():
    factor = of("anesthesia", anesthesia_factor=None).key[1]
    assert (factor.value, factor.words) == ("", "By locality")
    assert factor.note == "Not in the files loaded"


def test_99381_is_not_covered_and_its_rvus_are_for_reference():
    assert key("not covered, for reference") == [
        ("Medicare amount", "None", "Medicare does not cover 99381."),
        (
            "Work RVUs, reference",
            "1.50",
            "Published, not used by Medicare. Counts only if your contract says so",
        ),
        ("Total RVUs, reference", "3.40", "Office. In a facility 1.91"),
    ]


def test_99242_is_not_accepted_and_its_rvus_are_for_reference():
    amount, work, total = key("another code is expected")
    assert amount == (
        "Medicare amount",
        "None",
        "Medicare does not accept 99242 and expects a different code; other payers may accept it.",
    )
    assert work[:2] == ("Work RVUs, reference", "1.08")
    assert total == ("Total RVUs, reference", "2.25", "Office. In a facility 1.66")


def test_reference_values_without_work_say_so():
    rate = STATES["not covered, for reference"][0].but(work_rvu=Decimal("0.00"))
    work = figures([rate], FACTOR, None, 2026).key[1]
    assert (work.value, work.words) == ("", "No physician work")


def test_99024_is_included_in_another_fee():
    assert key("bundled") == [
        (
            "Medicare amount",
            "Included",
            "Medicare counts 99024 as part of another service and never pays it on its own.",
        ),
        (
            "Work RVUs",
            "Not valued",
            "No wRVU is credited. The zero in the file is a blank, not a rating",
        ),
        ("Global period", "None", ""),
    ]


@pytest.mark.parametrize(
    ("state", "amount", "note"),
    [
        (
            "paid another way",
            "None",
            "A regulation keeps J1885 off the physician fee schedule; if covered, it is paid "
            "another way.",
        ),
        (
            "no physician service",
            "None, by law",
            "By law G0411 is not a physician service for this fee schedule; another Medicare "
            "benefit may pay it.",
        ),
    ],
)
def test_a_code_outside_the_schedule_speaks_of_payment_to_physicians(state, amount, note):
    first, work, _ = key(state)
    assert first == ("Physician payment", amount, note)
    assert work[1] == "Not valued"


def test_a_restricted_code_without_values_is_priced_by_the_contractor():
    assert key("restricted without values") == [
        (
            "Medicare amount",
            "Set by the contractor",
            "Medicare pays D0120 only in limited circumstances, at an amount set by the "
            "contractor.",
        ),
        ("Work RVUs", "No national value", "No wRVU is credited"),
        ("Global period", "None", ""),
    ]


def test_47562_has_no_office_price_and_a_global_period_of_90_days():
    assert key("facility only") == [
        ("Work RVUs", "10.21", "What counts towards productivity"),
        ("Total RVUs", "18.92", "Facility. No office price: done in facilities only"),
        ("Medicare amount", "$631.95", "National, facility."),
        ("Global period", "90 days", "Follow-up visits are included"),
    ]


def test_86153_exists_only_as_its_reading():
    found = of("only a reading")
    assert not found.has_parts
    assert key("only a reading")[:3] == [
        ("Work RVUs", "0.67", "What counts towards productivity"),
        ("Total RVUs", "0.99", "Office and facility alike"),
        ("Medicare amount", "$33.07", "National, office and facility alike."),
    ]
    assert [row.name for row in found.rows] == ["26, the reading"]


def test_a_row_that_is_na_in_both_settings_has_neither_total_nor_amount():
    rate = VISIT.but(nonfac_na=True, fac_na=True)
    total, amount = figures([rate], FACTOR, None, 2026).key[1:3]
    assert (total.words, total.note) == ("NA", "Marked NA in both settings")
    assert (amount.words, amount.note) == ("NA", "Marked NA in both settings")


@pytest.mark.parametrize(
    ("days", "printed", "note"),
    [
        ("000", "Same day", "Care on the same day is included"),
        ("010", "10", "Follow-up visits are included"),
        ("MMM", "Maternity", "Care before and after delivery follows package rules"),
        ("YYY", "Contractor decides", "With or without a package"),
        ("ZZZ", "Add-on", "Shares the period of the main service"),
    ],
)
def test_the_global_period_is_said_in_words(days, printed, note):
    figure = figures([VISIT.but(global_days=days)], FACTOR, None, 2026).key[3]
    assert (figure.value or figure.words, figure.note) == (printed, note)


def test_70450_is_a_table_of_its_three_ways_to_bill():
    found = of("in parts")
    assert found.has_parts
    assert [
        (row.name, row.work, row.practice, row.malpractice, row.total, row.amount)
        for row in found.rows
    ] == [
        ("Whole test", "0.83", "2.30", "0.06", "3.19", "$106.55"),
        ("26, the reading", "0.83", "0.30", "0.05", "1.18", "$39.41"),
        ("TC, the technical part", "no work", "2.00", "0.01", "2.01", "$67.14"),
    ]
    assert {(row.practice_facility, row.total_facility) for row in found.rows} == {
        ("NA", "NA"),
        ("0.30", "1.18"),
    }


def test_70555_shows_the_reading_that_alone_is_valued():
    found = of("only the reading is valued")
    assert [(row.name, row.work, row.total, row.amount) for row in found.rows] == [
        ("Whole test", "no national value", "no national value", "set by the contractor"),
        ("26, the reading", "2.48", "3.42", "$114.23"),
        (
            "TC, the technical part",
            "no national value",
            "no national value",
            "set by the contractor",
        ),
    ]
    assert [(bar.name, bar.total) for bar in found.bars] == [
        ("Whole test", "No national value"),
        ("26", "3.42"),
        ("TC", "No national value"),
    ]


def test_a_53_row_is_no_part_of_a_test():
    found = figures([COLONOSCOPY, COLONOSCOPY_53], FACTOR, None, 2026)
    assert not found.has_parts
    assert [(row.name, row.work) for row in found.rows] == [
        ("Without modifier", "3.18"),
        ("53, stopped early", "1.59"),
    ]


def test_rows_for_reference_say_so():
    found = of("not covered, for reference")
    assert found.is_reference
    assert found.rows[0].note == "For reference only"
    assert found.rows[0].amount_office == "none"
    parts = [FUNCTIONAL_MRI, FUNCTIONAL_MRI_26.but(not_used=True)]
    note = figures(parts, FACTOR, None, 2026).rows[1].note
    assert note == "By the physician who interprets the test, in any setting. For reference only"


@pytest.mark.parametrize("state", STATES)
def test_bars_add_up(state):
    """The parts of a bar lie side by side; together they are as long as its total, to scale."""
    found = of(state)
    drawn = [bar for bar in found.bars if bar.segments]
    widest = max((Decimal(bar.total) for bar in drawn), default=Decimal(1))
    for bar in drawn:
        end = Decimal(0)
        for piece in bar.segments:
            assert abs(Decimal(piece.x) - end) <= Decimal("0.01")
            middle = Decimal(piece.x) + Decimal(piece.width) / 2
            assert abs(Decimal(piece.middle) - middle) <= Decimal("0.01")
            end = Decimal(piece.x) + Decimal(piece.width)
        assert abs(end - Decimal(bar.total) * 100 / widest) <= Decimal("0.03")
        written = [Decimal(word) for word in bar.spoken.replace(",", "").split() if "." in word]
        assert sum(written[:-1]) == written[-1] == Decimal(bar.total)


def test_the_edge_fills_the_width_with_the_parts_of_the_row_that_speaks():
    edge = of("facility only").edge
    assert [(part.part, part.x, part.width) for part in edge] == [
        ("work", "0", "53.96"),  # 10.21 of 18.92
        ("practice", "53.96", "31.92"),
        ("malpractice", "85.89", "14.11"),
    ]


def test_without_values_there_is_nothing_to_draw():
    found = of("paid another way")
    assert (found.edge, found.bars) == ((), ())


def test_a_bar_says_why_it_is_missing():
    office, facility = of("facility only").bars
    assert office.absent == "Rarely or never done outside a facility"
    assert (facility.name, facility.total, facility.absent) == ("Facility", "18.92", "")
    _, facility = of("truly no physician work").bars
    assert facility.absent == "No facility price: the hospital bears the cost"


def test_a_label_stands_in_a_part_only_where_it_fits():
    office = of("both settings priced").bars[0]
    assert [part.label for part in office.segments] == ["1.30", "1.46", ""]  # 0.09 is 3%


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("both settings priced", ""),
        (
            "truly no physician work",
            "93005 has no physician work and adds nothing to a wRVU total.",
        ),
        (
            "anesthesia",
            "00100 is valued in base and time units, not in RVUs: the zero in the file is a "
            "blank, not a rating.",
        ),
        (
            "contractor sets the price",
            "The contractor sets the amount of 0054T: the zero in the file is a blank, not a "
            "rating.",
        ),
        (
            "no physician service",
            "G0411 is not valued (status X, no physician payment): the zero in the file is a "
            "blank, not a rating.",
        ),
    ],
)
def test_each_kind_of_zero_has_its_own_sentence(state, sentence):
    assert of(state).zero == sentence


def test_amounts_follow_the_factor():
    assert figures([VISIT], Decimal("33.5675"), None, 2026).key[2].value == "$95.67"
    assert figures([HEAD_CT], Decimal("32.3465"), None, 2025).key[2].value == "$103.19"
    assert figures([GALLBLADDER], FACTOR, None, 2026).key[2].leads_to_payment
