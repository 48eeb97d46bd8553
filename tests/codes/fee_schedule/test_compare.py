from decimal import Decimal

import pytest

from codes.fee_schedule.compare import (
    Kind,
    Reason,
    compare,
    efficiency_adjusted,
)
from tests.factories import rate_row


def one_change(old, new, *releases):
    [change] = compare([old], [new], *releases).changed
    return change


def test_equal_rows_are_no_change():
    result = compare([rate_row("99213")], [rate_row("99213")])
    assert (result.added, result.gone, result.changed) == ([], [], [])
    assert result.rows_in_both == 1
    assert result.kinds == {"99213": Kind.NONE}


def test_each_changed_column_has_its_old_and_new_value():
    old = rate_row("99213", work_rvu="1.30", bilat="0")
    new = rate_row("99213", work_rvu="1.27", bilat="1")
    change = one_change(old, new, "2025D", "2026A")
    assert change.fields == (
        ("work_rvu", Decimal("1.30"), Decimal("1.27"), Reason.EFFICIENCY),
        ("bilat", "0", "1", Reason.INDICATOR),
    )
    assert change.reasons == (Reason.EFFICIENCY, Reason.INDICATOR)
    assert (change.reason, change.kind) == (Reason.EFFICIENCY, Kind.WORK)


def test_the_efficiency_adjustment_is_rounded_half_up():
    assert efficiency_adjusted(Decimal("19.60")) == Decimal("19.11")
    assert efficiency_adjusted(Decimal("0.20")) == Decimal("0.20")  # 0.195
    assert efficiency_adjusted(Decimal("1.00")) == Decimal("0.98")  # 0.975


@pytest.mark.parametrize(
    ("before", "after", "work", "reason"),
    [
        ("2025D", "2026A", "0.98", Reason.EFFICIENCY),
        ("2025A", "2026C", "0.98", Reason.EFFICIENCY),
        ("2025D", "2026A", "0.97", Reason.REVALUED),
        ("2024D", "2025A", "0.98", Reason.REVALUED),
        ("2025D", "2027A", "0.98", Reason.REVALUED),
        ("", "", "0.98", Reason.REVALUED),
    ],
)
def test_only_from_2025_to_2026_is_lower_work_an_efficiency_adjustment(
    before, after, work, reason
):
    old, new = rate_row("27447", work_rvu="1.00"), rate_row("27447", work_rvu=work)
    assert one_change(old, new, before, after).reason == reason


@pytest.mark.parametrize(
    ("values", "reason", "kind"),
    [
        ({"status": "I"}, Reason.STATUS, Kind.STATUS),
        ({"not_used": True}, Reason.STATUS, Kind.STATUS),
        ({"work_rvu": "2.00"}, Reason.REVALUED, Kind.WORK),
        ({"pe_nonfac": "2.00"}, Reason.PRACTICE_EXPENSE, Kind.VALUES),
        ({"pe_fac": "2.00"}, Reason.PRACTICE_EXPENSE, Kind.VALUES),
        ({"mp_rvu": "2.00"}, Reason.MALPRACTICE, Kind.VALUES),
        ({"global_days": "010"}, Reason.GLOBAL_PERIOD, Kind.INDICATORS),
        ({"supervision": "01"}, Reason.INDICATOR, Kind.INDICATORS),
        ({"opps_mp": "0.02"}, Reason.INDICATOR, Kind.INDICATORS),
        ({"descriptor": "Another text"}, Reason.DESCRIPTOR, Kind.NONE),
    ],
)
def test_what_a_change_of_a_column_means(values, reason, kind):
    result = compare([rate_row("99213")], [rate_row("99213", **values)])
    assert [change.reason for change in result.changed] == [reason]
    assert result.kinds == {"99213": kind}
    assert result.counts() == {reason: 1}


def test_the_weightiest_change_of_any_row_decides_for_the_code():
    old = [rate_row("70450", bilat="0"), rate_row("70450", "26", status="A", work_rvu="0.85")]
    new = [rate_row("70450", bilat="2"), rate_row("70450", "26", status="A", work_rvu="0.83")]
    assert compare(old, new).kinds == {"70450": Kind.WORK}


def test_factor_and_calculation_flag_belong_to_the_release():
    new = rate_row("99213", conv_factor="32.3465", calc_flag="1")
    assert compare([rate_row("99213")], [new]).changed == []


def test_a_column_that_was_not_there_before_2026_is_no_change():
    old, new = rate_row("99213", pricing_ind=""), rate_row("99213", pricing_ind="9")
    assert compare([old], [new]).changed == []
    assert compare([new], [old]).changed == []
    assert len(compare([new], [rate_row("99213", pricing_ind="1")]).changed) == 1


def test_codes_that_came_and_went():
    old = [rate_row("27447"), rate_row("99213")]
    new = [rate_row("99213"), rate_row("99214"), rate_row("99214", "26")]
    result = compare(old, new)
    assert [row.hcpcs for row in result.gone] == ["27447"]
    assert [(row.hcpcs, row.modifier) for row in result.added] == [("99214", ""), ("99214", "26")]
    assert (result.added_codes, result.gone_codes) == (["99214"], ["27447"])
    assert result.changed_codes == []
    assert result.kinds == {"99213": Kind.NONE, "99214": Kind.NEW}


def test_a_row_that_came_to_a_code_or_left_it_changes_the_code():
    whole, reading = rate_row("70450"), rate_row("70450", "26")
    nothing = rate_row("70450", "26", work_rvu="0", pe_nonfac="0", pe_fac="0", mp_rvu="0")
    assert compare([whole], [whole, reading]).kinds == {"70450": Kind.VALUES}
    assert compare([whole, reading], [whole]).kinds == {"70450": Kind.VALUES}
    assert compare([whole], [whole, nothing]).kinds == {"70450": Kind.INDICATORS}
    assert compare([whole], [whole, reading]).changed_codes == ["70450"]


def test_shares():
    old = [rate_row(code) for code in ("10004", "10005", "10006", "10007")]
    new = [rate_row("10004"), rate_row("10005", work_rvu="2.00"), rate_row("10006")]
    result = compare(old, new)
    assert result.fewer_share == Decimal("0.25")
    # Three rows with six values each; work and both totals of one differ.
    assert (result.changed_values, result.values) == (3, 18)
    assert result.changed_share == Decimal(3) / 18


def test_a_zero_that_stays_zero_is_no_value():
    zero = {"work_rvu": "0", "pe_nonfac": "0", "pe_fac": "0", "mp_rvu": "0"}
    result = compare([rate_row("J1885", **zero)], [rate_row("J1885", **zero, bilat="9")])
    assert (result.changed_values, result.values) == (0, 0)
    assert result.changed_share == 0
    gained = compare([rate_row("J1885", **zero)], [rate_row("J1885", **{**zero, "mp_rvu": "1"})])
    assert gained.changed_share == 1  # malpractice and both totals


def test_more_codes_are_not_fewer():
    assert compare([rate_row("99213")], [rate_row("99213"), rate_row("99214")]).fewer_share == 0
