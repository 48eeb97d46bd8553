from decimal import Decimal

import pytest

from codes.page import words
from codes.payment import Setting
from tests.codes.page.facts import (
    ANESTHESIA,
    CATEGORY_III,
    DENTAL,
    DRUG,
    FUNCTIONAL_MRI_26,
    GALLBLADDER,
    PREVENTIVE,
    READING_ONLY,
)
from tests.codes.rates import COLONOSCOPY_53, ECG_TRACING, HEAD_CT, HEAD_CT_TC, VISIT

NONE = Decimal("0.00")


@pytest.mark.parametrize(
    ("rate", "is_valued", "is_reference"),
    [
        (VISIT, True, False),
        (ECG_TRACING, True, False),
        (FUNCTIONAL_MRI_26, True, False),
        (PREVENTIVE, False, True),
        (CATEGORY_III, False, False),
        (DENTAL, False, False),
        (DRUG, False, False),
        (VISIT.but(not_used=True), False, True),
    ],
)
def test_rvus_are_used_only_where_medicare_pays_by_them(rate, is_valued, is_reference):
    assert (words.is_valued(rate), words.is_reference(rate)) == (is_valued, is_reference)


@pytest.mark.parametrize(
    ("rate", "setting"),
    [
        (VISIT, Setting.NONFACILITY),
        (GALLBLADDER, Setting.FACILITY),
        (HEAD_CT, Setting.NONFACILITY),
        (VISIT.but(nonfac_na=True, fac_na=True), Setting.FACILITY),
    ],
)
def test_the_office_speaks_for_a_row_unless_it_is_na_there(rate, setting):
    assert words.main_setting(rate) is setting


def test_a_figure_has_two_decimals():
    assert words.figure(VISIT, "work", VISIT.work_rvu) == "1.30"


@pytest.mark.parametrize(
    ("rate", "part", "written"),
    [
        (ECG_TRACING, "work", "no physician work"),
        (HEAD_CT_TC, "work", "no work"),
        (CATEGORY_III, "work", "no national value"),
        (ANESTHESIA, "total", "base + time units"),
        (DENTAL, "malpractice", "set by the contractor"),
        (DRUG, "practice expense", "not valued"),
        (VISIT.but(mp_rvu=NONE), "malpractice", "none"),
        # Only the facility has no practice expense: the office's says nothing about this zero.
        (VISIT.but(pe_fac=NONE), "practice expense", "none"),
    ],
)
def test_a_zero_is_written_as_what_it_means(rate, part, written):
    assert words.figure(rate, part, NONE) == written


@pytest.mark.parametrize(
    ("rate", "has_parts", "name"),
    [
        (VISIT, False, "Without modifier"),
        (HEAD_CT, True, "Whole test"),
        (READING_ONLY, False, "26, the reading"),
        (HEAD_CT_TC, True, "TC, the technical part"),
        (COLONOSCOPY_53, False, "53, stopped early"),
        (VISIT.but(modifier="QW"), False, "Modifier QW"),
    ],
)
def test_a_row_is_called_by_what_is_billed_with_it(rate, has_parts, name):
    assert words.row_name(rate, has_parts=has_parts) == name
