"""A zero in the file has four meanings: no section of a page ever prints it bare."""

from dataclasses import fields
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.page.amounts import amounts
from codes.page.figures import figures
from codes.page.history import Past, history
from codes.page.modifiers import modifier_rows
from codes.page.questions import derived_questions
from codes.sentences import sentences
from tests.codes.page.facts import (
    ANESTHESIA_FACTOR,
    BARE_ZERO,
    FACTOR,
    MANHATTAN,
    PLACES,
    QP_FACTOR,
    RELEASES,
    STATES,
    strings,
)
from tests.codes.rates import Row
from tests.factories import rate_row

SHARES = ("0.10 0.69 0.21", "0.09 0.81 0.10", "0.00 1.00 0.00", "0.00 0.00 0.00")
rvus = st.one_of(
    st.just(Decimal("0.00")),
    st.decimals(min_value=0, max_value=200, places=2),
)


@st.composite
def rows_of_a_file(draw) -> Row:
    """Rows as the file could hold them: every status, NA in any setting, any RVU zero."""
    pre, intra, post = map(Decimal, draw(st.sampled_from(SHARES)).split())
    return Row(
        draw(st.sampled_from(["99213", "70450", "G0411", "00100", "0054T"])),
        status=draw(st.sampled_from("ABCEIJMNPRTXG?")),
        not_used=draw(st.booleans()),
        work_rvu=draw(rvus),
        pe_nonfac=draw(rvus),
        nonfac_na=draw(st.booleans()),
        pe_fac=draw(rvus),
        fac_na=draw(st.booleans()),
        mp_rvu=draw(rvus),
        pctc=draw(st.sampled_from("0123456789")),
        global_days=draw(st.sampled_from(["000", "010", "090", "MMM", "XXX", "YYY", "ZZZ"])),
        pre_pct=pre,
        intra_pct=intra,
        post_pct=post,
        mult_proc=draw(st.sampled_from("012345679")),
        bilat=draw(st.sampled_from("01239")),
        asst=draw(st.sampled_from("0129")),
        cosurg=draw(st.sampled_from("0129")),
        team=draw(st.sampled_from("0129")),
        opps_pe_nonfac=draw(rvus),
        opps_pe_fac=draw(rvus),
        opps_mp=draw(rvus),
    )


# In no release since 2020 has a row RVUs in one setting only.
rates = rows_of_a_file().filter(lambda rate: bool(rate.total_nonfac) == bool(rate.total_fac))


def sections(rows):
    """Return every section that is made of the rows alone."""
    values = {field.name: getattr(rows[0], field.name) for field in fields(rows[0])}
    before = rate_row(values.pop("hcpcs"), values.pop("modifier"), **values)
    after = before._replace(work_rvu=Decimal("1.00"), total_fac=Decimal("1.00"))
    years = [Past(RELEASES["2025A"], before), Past(RELEASES["2026C"], after)]
    return (
        figures(rows, FACTOR, ANESTHESIA_FACTOR, 2026),
        amounts(rows, FACTOR, MANHATTAN, PLACES),
        modifier_rows(rows, FACTOR),
        derived_questions(rows, "2026C", 2026, FACTOR, QP_FACTOR, years),
        sentences(rows, "2026C", 2026, FACTOR, QP_FACTOR),
        history(years, "2026C"),
    )


def bare_zeros(rows):
    return [text for text in strings(sections(rows)) if BARE_ZERO.search(text)]


@pytest.mark.parametrize("state", STATES)
def test_no_state_of_a_page_prints_a_bare_zero(state):
    assert bare_zeros(STATES[state]) == []


@given(rates, st.booleans())
def test_no_row_whatever_prints_a_bare_zero(rate, in_parts):
    rows = (rate, rate.but(modifier="26"), rate.but(modifier="TC")) if in_parts else (rate,)
    assert bare_zeros(rows) == []


def test_a_bare_zero_is_told_from_the_end_of_another_figure():
    assert BARE_ZERO.search("work 0.00")
    assert BARE_ZERO.search("$0.00")
    assert not BARE_ZERO.search("10.00, $1,000.00 and 0.006")
