"""The change ledger as numbers: which entries, for which reason, and how they are counted."""

from decimal import Decimal

import pytest

from codes.fee_schedule.read import read
from codes.ledger import (
    Adjustment,
    Entry,
    Moves,
    Why,
    distribution,
    ledger,
    signed_percent,
    totals,
)
from tests.factories import rate_row

NOTHING = {"work_rvu": "0", "pe_nonfac": "0", "pe_fac": "0", "mp_rvu": "0"}


def whys(found):
    return [(entry.name, entry.why) for entry in found.entries]


def between(old, new, old_release="2025D", new_release="2026C"):
    return ledger(old, new, old_release, new_release)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ({}, {"status": "C"}, Why.STATUS),
        ({"work_rvu": "10.47"}, {"work_rvu": "10.21"}, Why.EFFICIENCY),  # 10.20825
        ({"work_rvu": "10.47"}, {"work_rvu": "10.20"}, Why.REVALUED),
        ({"work_rvu": "1.00"}, {"work_rvu": "0.98"}, Why.EFFICIENCY),  # 0.975, half up
        ({}, {"pe_nonfac": "2.00"}, Why.PRACTICE_EXPENSE),
        ({}, {"mp_rvu": "0.10"}, Why.MALPRACTICE),
        ({}, {"global_days": "010"}, Why.GLOBAL_PERIOD),
        ({}, {"bilat": "1"}, Why.INDICATOR),
        ({}, {"descriptor": "Another"}, Why.WORDING),
    ],
)
def test_each_change_has_its_reason(before, after, why):
    found = between([rate_row("47562", **before)], [rate_row("47562", **before | after)])
    assert whys(found) == [("47562", why)]
    assert found.rows == found.codes == {why: 1}
    assert (found.rows_in_both, found.rows_changed) == (1, 1)


def test_rows_that_came_and_went_stand_in_the_order_of_codes():
    old = [rate_row("10004"), rate_row("70450"), rate_row("99214", **NOTHING, status="C")]
    new = [rate_row("10004", mp_rvu="0.10"), rate_row("70450"), rate_row("70450", "26")]
    found = between(old, new)
    assert whys(found) == [
        ("10004", Why.MALPRACTICE),
        ("70450-26", Why.NEW),
        ("99214", Why.GONE),
    ]
    assert (found.codes_new, found.codes_gone) == (0, 1)
    assert found.entries[1].new_in_words == "Paid separately (A), 2.85 RVUs in all"
    assert found.entries[2].old_in_words == "Contractor sets price (C)"


def test_the_adjustment_is_told_between_2025_and_2026_alone():
    old, new = [rate_row("47562", work_rvu="10.47")], [rate_row("47562", work_rvu="10.21")]
    assert between(old, new, "2026B", "2026C").rows == {Why.REVALUED: 1}
    assert between(old, new, "2026B", "2026C").adjustment is None
    assert not between(old, new).is_likely
    wider = between(old, new, "2020A", "2026C")
    assert (wider.rows, wider.is_likely) == ({Why.EFFICIENCY: 1}, True)


def test_what_the_adjustment_did_is_counted_of_paid_rows_with_work():
    works = {
        "10004": ("10.00", "9.75"),  # exactly
        "10005": ("0.18", "0.18"),  # exactly too: 0.1755 rounds to 0.18
        "10006": ("1.30", "1.30"),  # spared
        "10007": ("1.30", "2.00"),  # revalued
        "10008": ("0", "0"),  # no work
    }
    old = [rate_row(code, work_rvu=was) for code, (was, _) in works.items()]
    new = [rate_row(code, work_rvu=now) for code, (_, now) in works.items()]
    unpaid = rate_row("99381", status="N", work_rvu="10.00")
    found = between([*old, unpaid], [*new, unpaid])
    assert found.adjustment == Adjustment(rows=4, exact=2, spared=1, revalued=1)


def test_rows_with_another_indicator_and_nothing_else_are_counted():
    old = [rate_row("10004"), rate_row("10005"), rate_row("10006")]
    new = [
        rate_row("10004", bilat="1", descriptor="Another"),
        rate_row("10005", bilat="1", mp_rvu="0.10"),
        rate_row("10006", descriptor="Another"),
    ]
    found = between(old, new)
    assert found.rows[Why.INDICATOR] == 2
    assert found.only_indicators == 1


def test_differences_are_written_with_a_sign_and_as_a_share():
    entry = Entry("47562", "", "work_rvu", Decimal("10.47"), Decimal("10.21"), Why.EFFICIENCY)
    assert entry.difference_in_words == "−0.26 (−2.5%)"
    from_nothing = entry._replace(old=Decimal("0.00"))
    assert (from_nothing.old_in_words, from_nothing.difference_in_words) == ("none", "+10.21")
    assert signed_percent(Decimal("-0.0004")) == "0%"
    letters = entry._replace(column="global_days", old="090", new="010")
    assert (letters.new_in_words, letters.difference_in_words) == ("10 days (010)", "")


@pytest.mark.parametrize(
    ("hcpcs", "shown"), [("G0411", True), ("47562", False), ("0054T", False), ("D0120", False)]
)
def test_only_the_wording_of_cms_itself_is_printed(hcpcs, shown):
    entry = Entry(hcpcs, "", "descriptor", "Old text", "New text", Why.WORDING)
    assert (entry.old_in_words == "Old text") is shown
    assert (entry.new_in_words == "New text") is shown


def test_totals_move_in_the_setting_that_is_priced_both_times():
    old = [rate_row("10004", work_rvu="1.00", pe_nonfac="0.91", pe_fac="0", mp_rvu="0.09")]
    new = [rate_row("10004", work_rvu="1.00", pe_nonfac="1.91", pe_fac="0.109", mp_rvu="0.09")]
    assert between(old, new).moves["10004"].totals == (Decimal("0.5"),)  # 2.00 to 3.00
    office_only = [rate_row("10004", fac_na=True)]
    facility_only = [rate_row("10004", nonfac_na=True)]
    assert between(office_only, facility_only).moves["10004"].totals == ()
    unpaid = [rate_row("10004", status="N")]
    assert between(unpaid, unpaid).moves == {}


def test_totals_of_a_group_are_sums_and_the_median_of_all_its_rows():
    found = totals(
        [
            Moves(changed=2, work_lower=1, totals=(Decimal("-0.10"), Decimal(0))),
            Moves(new=1),
            Moves(changed=1, work_higher=1, totals=(Decimal("0.20"),)),
        ]
    )
    assert found.differing == 4
    assert (found.work_lower, found.work_higher, found.lower, found.higher) == (1, 1, 1, 1)
    assert found.median_in_words == "0%"
    assert totals([Moves(gone=1)]).median_in_words == ""


def test_the_picture_counts_each_row_in_one_bar():
    shares = ["-0.2", "-0.05", "-0.0499", "-0.001", "0", "0.019", "0.02", "0.2", "3"]
    picture = distribution(map(Decimal, shares))
    counts = {bar.range: bar.count for bar in picture.bars if bar.count}
    assert counts == {
        "fell by 20% or more": 1,
        "fell by 5% to less than 10%": 1,
        "fell by 2% to less than 5%": 1,
        "fell by less than 2%": 1,
        "rose by less than 2%": 1,
        "rose by 2% to less than 5%": 1,
        "rose by 20% or more": 2,
    }
    assert (picture.lower, picture.higher, picture.unchanged) == (4, 4, 1)
    assert [mark.label for mark in picture.marks][:5] == ["−20", "−10", "−5", "−2", "0"]
    assert distribution([Decimal(0)]) is None


def test_entries_are_chosen_by_reason_beginning_and_codes():
    old = [rate_row("10004"), rate_row("99213"), rate_row("99214")]
    new = [rate_row(row.hcpcs, mp_rvu="0.10", bilat="1") for row in old]
    found = between(old, new)
    assert len(found.chosen()) == 6
    assert [entry.hcpcs for entry in found.chosen("malpractice", "99")] == ["99213", "99214"]
    assert {entry.hcpcs for entry in found.chosen(codes=frozenset({"10004"}))} == {"10004"}
    assert found.chosen("status") == []


@pytest.mark.real_files
@pytest.mark.xdist_group("real_files")
def test_the_ledgers_of_the_real_releases(shared_folder):
    cms = shared_folder / "data" / "cms"
    rows = {
        release: read([cms / f"rvu{release[2:].lower()}"], release=release).rates
        for release in ("2025D", "2026B", "2026C")
    }
    year = ledger(rows["2025D"], rows["2026C"], "2025D", "2026C")
    assert year.adjustment == Adjustment(rows=8_118, exact=7_633, spared=430, revalued=55)
    quarter = ledger(rows["2026B"], rows["2026C"], "2026B", "2026C")
    assert quarter.rows[Why.NEW] == 79
    assert quarter.codes_new == 67
    assert quarter.rows[Why.STATUS] == 30
    assert quarter.rows[Why.WORDING] == 12
    assert not {Why.REVALUED, Why.EFFICIENCY, Why.GONE} & quarter.rows.keys()
    assert not [entry for entry in quarter.entries if entry.column == "work_rvu"]
    assert quarter.rows_changed == 57
