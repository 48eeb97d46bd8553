from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.page.amounts import amounts
from codes.payment import Components, Setting, dollars, price
from tests.codes.page.facts import (
    ALABAMA,
    FACTOR,
    GALLBLADDER,
    MANHATTAN,
    MIAMI,
    PLACES,
    QP_FACTOR,
    STATES,
    Place,
)
from tests.codes.rates import VISIT, row, shared


def test_47562_in_manhattan_is_738_71_and_16_9_percent_more_than_nationally():
    found = amounts([GALLBLADDER], FACTOR, MANHATTAN, PLACES)
    assert (found.place, found.main.setting, found.main.amount) == (
        "Manhattan",
        "facility",
        "$738.71",
    )
    assert found.against_national == "16.9% more than the national amount"


def test_the_sum_is_written_line_by_line():
    found = amounts([GALLBLADDER], FACTOR, MANHATTAN, PLACES)
    assert [(line.label, line.rvus, line.gpci, line.amount) for line in found.main.lines] == [
        ("Work", "10.21", "1.064", "10.86344"),
        ("Practice expense", "6.04", "1.162", "7.01848"),
        ("Malpractice", "2.67", "1.586", "4.23462"),
        ("Sum", "18.92", "", "22.11654"),
        ("Conversion factor", "", "", "33.4009"),
        ("Medicare amount, rounded once", "", "", "$738.71"),
    ]
    kinds = [line.kind for line in found.main.lines]
    assert kinds == ["part", "part", "part", "sum", "factor", "rounded"]


def test_the_office_that_47562_does_not_have_is_na_with_its_reason():
    (office,) = amounts([GALLBLADDER], FACTOR, MANHATTAN, PLACES).others
    assert (office.setting, office.amount) == ("office", "NA")
    assert office.reason == (
        "CMS regards 47562 as rarely or never done outside a facility, so no office price applies."
    )


def test_without_a_place_the_amount_is_national_and_compared_with_nothing():
    found = amounts([VISIT], FACTOR, None, PLACES)
    assert (found.place, found.main.amount, found.against_national) == ("", "$95.19", "")
    assert [(one.setting, one.amount) for one in found.others] == [("facility", "$57.45")]
    assert (found.strip.here, found.strip.here_label) == ("", "")


@pytest.mark.parametrize(
    ("place", "office", "facility"),
    [(ALABAMA, "$87.79", "$54.77"), (MANHATTAN, "$107.63", "$63.78")],
)
def test_99213_in_two_places(place, office, facility):
    found = amounts([VISIT], FACTOR, place, PLACES)
    assert (found.main.amount, found.others[0].amount) == (office, facility)


def test_the_factor_for_qp_gives_88_23_in_alabama():
    found = amounts([VISIT], QP_FACTOR, ALABAMA, PLACES)
    assert (found.factor, found.main.amount) == (QP_FACTOR, "$88.23")
    # Both amounts by the same factor: 88.23 of 95.67.
    assert found.against_national == "7.8% less than the national amount"


def test_a_place_with_indices_of_one_pays_the_national_amount():
    average = Place("Average", Components(Decimal(1), Decimal(1), Decimal(1)))
    found = amounts([VISIT], FACTOR, average, [average])
    assert found.against_national == "the same as the national amount"
    assert found.strip.here == found.strip.national == "3.00"


def test_every_part_of_70450_is_priced_where_it_has_a_price():
    found = amounts(STATES["in parts"], FACTOR, MANHATTAN, PLACES)
    rows = [(one.row, one.setting, one.amount) for one in (found.main, *found.others)]
    assert rows == [
        ("Whole test", "office", "$121.94"),
        ("Whole test", "facility", "NA"),
        ("26, the reading", "office", "$43.79"),
        ("26, the reading", "facility", "$43.79"),
        ("TC, the technical part", "office", "$78.15"),
        ("TC, the technical part", "facility", "NA"),
    ]


def test_where_only_the_reading_is_valued_it_leads():
    found = amounts(STATES["only the reading is valued"], FACTOR, None, PLACES)
    assert (found.main.row, found.main.amount) == ("26, the reading", "$114.23")
    assert {one.amount for one in found.others if one.row == "Whole test"} == {
        "Set by the contractor"
    }


def test_a_stopped_colonoscopy_is_another_row_and_the_rest_no_whole_test():
    found = amounts(STATES["stopped early"], FACTOR, None, PLACES)
    assert (found.main.row, found.main.amount) == ("Without modifier", "$378.10")
    assert ("53, stopped early", "office", "$189.38") in [
        (one.row, one.setting, one.amount) for one in found.others
    ]


@pytest.mark.parametrize(
    "state",
    ["anesthesia", "contractor sets the price", "bundled", "not covered, for reference"],
)
def test_a_code_that_medicare_does_not_pay_by_rvus_has_no_amount_and_no_strip(state):
    found = amounts(STATES[state], FACTOR, MANHATTAN, PLACES)
    assert (found.place, found.main, found.others, found.strip) == ("Manhattan", None, (), None)


def test_the_strip_names_the_ends_and_puts_marks_between_them():
    strip = amounts([GALLBLADDER], FACTOR, MANHATTAN, PLACES).strip
    assert strip.count == 4
    assert (strip.lowest, strip.highest) == ("Arkansas $560.25", "Miami $776.57")
    assert strip.here_label == "Manhattan $738.71"
    # The lowest stands at 30 of 1,000, the highest at 970, others in proportion to dollars.
    marks = [Decimal(mark.split()[0]) for mark in strip.path.split("M")[1:]]
    assert (marks[0], marks[-1]) == (30, 970)
    assert marks[2] == Decimal("805.5")  # 30 + 940 × (738.71 − 560.25) ÷ (776.57 − 560.25)
    assert (strip.here, strip.is_here_right) == ("80.55", True)
    assert strip.national == "34.16"


def test_the_national_amount_lies_on_the_strip_even_beyond_every_locality():
    strip = amounts([VISIT], FACTOR, ALABAMA, [ALABAMA]).strip
    assert (strip.lowest, strip.highest) == ("Alabama $87.79", "Alabama $87.79")
    assert (strip.here, strip.national) == ("3.00", "97.00")
    assert not strip.is_here_right


hundredths = st.decimals(min_value=0, max_value=200, places=2)
indices = st.decimals(min_value="0.300", max_value="3.000", places=3)


@given(
    st.tuples(hundredths, hundredths, hundredths),
    st.tuples(hundredths, hundredths),
    st.lists(st.tuples(indices, indices, indices), min_size=1, max_size=5),
    st.decimals(min_value=20, max_value=50, places=4),
)
def test_the_strip_reckons_in_integers_what_a_price_is_to_the_cent(rvus, caps, gpcis, factor):
    """Rounding half up included: the ends are those of the prices worked out one by one."""
    work, practice, malpractice = rvus
    rate = row(
        "70450",
        f"{work} {practice} {practice} {malpractice}",
        opps_pe_nonfac=caps[0],
        opps_pe_fac=caps[0],
        opps_mp=caps[1],
    )
    places = [Place(f"P{n}", Components(*three)) for n, three in enumerate(gpcis)]
    prices = [
        (price(rate, Setting.NONFACILITY, place.gpcis, factor).amount, place.title)
        for place in places
    ]
    found = amounts([rate], factor, places[0], places)
    if found.strip is None:
        assert not any(rvus)
        return
    (least, lowest), (most, highest) = min(prices), max(prices)
    assert found.strip.lowest == f"{lowest} {dollars(least)}"
    assert found.strip.highest == f"{highest} {dollars(most)}"
    assert found.strip.here_label == f"P0 {dollars(prices[0][0])}"


def test_without_localities_there_is_no_strip():
    assert amounts([VISIT], FACTOR, None, []).strip is None


def test_the_hospital_cap_holds_in_the_sum_and_on_the_strip():
    """70450-TC as if the hospital's practice expense were half: the lower amount is paid."""
    rate = row(
        "70450-TC",
        "0.00 2.00 2.00 0.01",
        fac_na=True,
        opps_pe_nonfac=Decimal("1.00"),
        opps_pe_fac=Decimal("1.00"),
        opps_mp=Decimal("0.01"),
    )
    found = amounts([rate], FACTOR, MIAMI, PLACES)
    # (1.00 × 1.041 + 0.01 × 2.529) × 33.4009 = 35.6150
    assert found.main.amount == "$35.62"
    assert found.main.lines[-1].label == "Hospital outpatient cap"
    assert found.strip.here_label == "Miami $35.62"
    # Manhattan: (1.162 + 0.01586) × 33.4009 = 39.34; uncapped it would be 78.15.
    assert found.strip.highest == "Manhattan $39.34"


def test_a_part_without_rvus_is_written_in_words():
    lines = amounts(STATES["truly no physician work"], FACTOR, None, PLACES).main.lines
    assert (lines[0].label, lines[0].rvus, lines[0].amount) == ("Work", "none", "none")


@pytest.mark.real_files
def test_the_strip_of_47562_counts_109_localities():
    path = shared("data/cms/rvu26c/GPCI2026.csv")
    lines = [line.split(",") for line in path.read_text("cp1252").splitlines()]
    places = [
        replace(MIAMI, title=line[-4], gpcis=Components(*map(Decimal, line[-3:])))
        for line in lines
        if line[0].isdigit()
    ]
    strip = amounts([GALLBLADDER], FACTOR, MANHATTAN, places).strip
    assert strip.count == strip.path.count("M") == 109
    assert strip.lowest.upper() == "ARKANSAS $560.25"
    assert strip.highest.upper() == "MIAMI $776.57"
