"""Matching a log with a statement: what fits, how well, and why things differ perhaps."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.matching import LEAST_SCORE, Entry, Knowledge, Line, Verdict, match, score

JULY = Knowledge(
    starts_on=date(2026, 7, 1),
    ends_on=date(2026, 7, 31),
    work_rvus={
        ("47562", ""): {"2025D": Decimal("10.47"), "2026C": Decimal("10.21")},
        ("44204", ""): {"2025D": Decimal("26.42"), "2026C": Decimal("25.76")},
        ("70555", ""): {"2026C": Decimal("0.00")},
        ("70555", "26"): {"2026C": Decimal("2.54")},
        ("99213", ""): {"2025D": Decimal("1.30"), "2026C": Decimal("1.30")},
        ("99214", ""): {"2025D": Decimal("1.92"), "2026C": Decimal("1.92")},
    },
)


def july(day):
    return date(2026, 7, day)


def entry(code="47562", *, wrvu="10.47", work=None, release="2025D", day=2, key=1, **more):
    """An entry whose contract names 2025D; its work RVU is its value unless given."""
    return Entry(
        key=key,
        day=day if isinstance(day, date) else july(day),
        code=code,
        wrvu=Decimal(wrvu),
        work_rvu=Decimal(work or wrvu) or None,
        release=release,
        under_contract=True,
        **more,
    )


def line(code="47562", *, wrvu="10.47", day=2, key=1, row=None, **more):
    return Line(
        key=key,
        row=row or key + 1,
        day=day if isinstance(day, date) else july(day),
        code=code,
        wrvu=None if wrvu is None else Decimal(wrvu),
        **more,
    )


def only(entries, lines, knowledge=JULY):
    """The one finding that there is."""
    (found,) = match(entries, lines, knowledge)
    return found


def verdicts(found):
    return [
        (one.entry and one.entry.key, one.line and one.line.row, str(one.verdict)) for one in found
    ]


# What fits ----------------------------------------------------------------------------------


def test_the_same_service_with_the_same_value_is_matched():
    found = only([entry()], [line()])
    assert (found.verdict, found.score, found.cause) == (Verdict.MATCHED, 100, "")


def test_modifiers_match_in_any_order():
    found = only([entry(modifiers=("LT", "62"))], [line(modifiers=("62", "LT"))])
    assert (found.verdict, found.score) == (Verdict.MATCHED, 100)


def test_a_statement_rounds_each_unit_to_two_decimals():
    # 16% of 19.11 is 3.0576
    one = only([entry(wrvu="3.0576", work="19.11")], [line(wrvu="3.06")])
    # 1.155 each is 3.465; rounded first, 3 × 1.16 = 3.48
    three = only(
        [entry("20610", wrvu="3.465", work="0.77", units=3, modifiers=("50",))],
        [line("20610", wrvu="3.48", units=3, modifiers=("50",))],
    )
    assert one.verdict == three.verdict == Verdict.MATCHED


def test_a_line_without_wrvus_matches_by_what_it_names():
    assert only([entry()], [line(wrvu=None)]).verdict == Verdict.MATCHED


def test_another_value_of_the_same_service_is_different():
    found = only([entry()], [line(wrvu="9.00")])
    assert (found.verdict, found.score) == (Verdict.DIFFERENT, 100)


def test_equal_values_are_paired_first():
    entries = [entry(key=1, wrvu="5.235", work="10.47"), entry(key=2)]
    lines = [line(key=1, wrvu="10.47"), line(key=2, wrvu="5.24")]
    assert verdicts(match(entries, lines, JULY)) == [(2, 2, "matched"), (1, 3, "matched")]


def test_of_two_lines_the_one_with_the_nearer_value_is_taken():
    found = match([entry()], [line(key=1, wrvu="5.00"), line(key=2, wrvu="10.21")], JULY)
    assert verdicts(found) == [(None, 2, "missing here"), (1, 3, "different")]


@pytest.mark.parametrize(
    ("mine", "theirs", "points"),
    [
        ({"modifiers": ("59",)}, {}, 95),
        ({"units": 2}, {}, 90),
        ({"modifiers": ("59",), "units": 2}, {}, 85),
        ({"modifiers": ("62",)}, {}, 85),
        ({"modifiers": ("62",), "units": 2}, {}, 75),
        ({"day": 3}, {}, 70),
        ({"day": 4}, {}, 65),
        ({"day": 5}, {}, 60),
        ({"day": 5, "units": 2}, {}, 50),
        ({"code": "47563"}, {}, 60),
        ({"code": "45762"}, {}, 60),  # two digits swapped
        ({"code": "47563", "units": 2}, {}, 50),
    ],
)
def test_what_differs_takes_from_the_score(mine, theirs, points):
    found = only([entry(**mine)], [line(**theirs)])
    assert (found.verdict, found.score) == (Verdict.NEAR, points)
    assert found.score == score(found.entry, found.line) >= LEAST_SCORE


@pytest.mark.parametrize(
    "other", [{"day": 6}, {"code": "47600"}, {"day": 5, "modifiers": ("62",)}, {"code": "99213"}]
)
def test_what_fits_too_badly_is_missing_on_both_sides(other):
    found = match([entry()], [line(**other)], JULY)
    assert {one.verdict for one in found} == {Verdict.MISSING_THERE, Verdict.MISSING_HERE}


def test_the_closest_fit_comes_before_a_near_one():
    entries = [entry(key=1, day=3), entry(key=2, day=2)]
    assert verdicts(match(entries, [line(day=3)], JULY)) == [
        (2, None, "missing there"),
        (1, 2, "matched"),
    ]


# Parts and take-backs ------------------------------------------------------------------------


def test_one_entry_of_three_units_matches_three_lines():
    lines = [line("97110", key=n, wrvu="0.45") for n in (1, 2, 3)]
    found = match([entry("97110", wrvu="1.35", work="0.45", units=3)], lines, JULY)

    assert verdicts(found) == [(1, 2, "matched"), (None, 3, "matched"), (None, 4, "matched")]
    assert [one.belongs_to for one in found] == [None, 1, 1]
    assert found[0].cause == "3 units in your log, 3 lines on the statement (rows 2, 3, 4)."


def test_three_entries_match_one_line_of_three_units_and_its_other_value_is_told():
    entries = [entry("97110", key=n, wrvu="0.45") for n in (1, 2, 3)]
    found = match(entries, [line("97110", wrvu="0.90", units=3)], JULY)

    assert sorted(verdicts(found), key=str) == [
        (1, 2, "different"),
        (2, None, "different"),
        (3, None, "different"),
    ]
    assert found[-1].cause == (
        "3 entries in your log, one line of 3 units on the statement (row 2): 0.90 there, 1.35 "
        "here."
    )


def test_part_of_the_units_taken_back_is_reckoned_in():
    lines = [
        line("97110", key=1, wrvu="1.35", units=3),
        line("97110", key=2, wrvu="-0.45", units=1),
    ]
    found = match([entry("97110", wrvu="0.90", work="0.45", units=2)], lines, JULY)
    assert {one.verdict for one in found} == {Verdict.MATCHED}
    assert "some of which take back" in found[0].cause


def test_a_line_that_another_takes_back_leaves_the_entry_missing():
    lines = [line(key=1, row=12), line(key=2, row=14, wrvu="-10.47")]
    found = match([entry()], lines, JULY)

    assert verdicts(found) == [
        (1, None, "missing there"),
        (None, 12, "missing here"),
        (None, 14, "missing here"),
    ]
    assert [one.cause for one in found] == [
        "Row 12 credits it and row 14 takes it back: perhaps denied, or to be billed again.",
        "Taken back by row 14: together they come to 0.00.",
        "Takes back row 12: together they come to 0.00.",
    ]


def test_a_line_billed_again_after_it_was_taken_back_is_matched():
    lines = [line(key=1), line(key=2, wrvu="-10.47"), line(key=3, wrvu="10.21")]
    assert verdicts(match([entry()], lines, JULY)) == [
        (None, 2, "missing here"),
        (None, 3, "missing here"),
        (1, 4, "different"),
    ]


def test_what_takes_back_a_line_of_another_statement_is_never_a_service():
    found = match([entry()], [line(wrvu="-10.47")], JULY)
    assert verdicts(found) == [(1, None, "missing there"), (None, 2, "missing here")]
    assert found[1].cause == (
        "Takes back 10.47 wRVUs: no line of this statement is its counterpart."
    )


def test_dollars_tell_what_takes_back_where_there_are_no_wrvus():
    taken = line(wrvu=None, dollars=Decimal("-500.00"))
    assert taken.takes_back
    assert only([], [taken]).cause.startswith("Takes back money")


# Likely causes -------------------------------------------------------------------------------


def cause(mine, theirs, knowledge=JULY):
    return only([mine], [theirs], knowledge).cause


def test_another_releases_value():
    assert cause(entry(), line(wrvu="10.21")) == (
        "The statement uses 2026C's 10.21; your contract names 2025D's 10.47."
    )


def test_an_older_releases_value_without_a_contract():
    mine = Entry(1, july(2), "47562", (), 1, Decimal("10.21"), Decimal("10.21"), "2026C")
    assert cause(mine, line(wrvu="10.47")) == (
        "The statement uses 2025D's 10.47; your log uses 2026C's 10.21."
    )


def test_another_releases_value_at_the_same_share():
    # 62.5% of 10.21 is 6.38125
    mine = entry(wrvu="6.54375", work="10.47", modifiers=("62",))
    assert cause(mine, line(wrvu="6.38", modifiers=("62",))).startswith(
        "The statement uses 2026C's 10.21"
    )


def test_halved_as_a_second_procedure():
    assert cause(entry("44970", wrvu="9.45"), line("44970", wrvu="4.73")) == (
        "Halved, as a second procedure is. It was your only entry of that day."
    )


def test_co_surgeon_at_half():
    mine = entry("19301", wrvu="6.33125", work="10.13", modifiers=("62",))
    assert cause(mine, line("19301", wrvu="5.07", modifiers=("62",))) == (
        "Credited at 50%; your contract gives 62.5% of 10.13."
    )


@pytest.mark.parametrize(
    ("reported", "says"),
    [
        ("0", "No credit for the assistant; your contract gives 16% of 26.42."),
        ("5.28", "The assistant is credited at 20%; your contract gives 16% of 26.42."),
        ("3.59", "The assistant is credited at 13.6%; your contract gives 16% of 26.42."),
    ],
)
def test_assistant(reported, says):
    mine = entry("44204", wrvu="4.2272", work="26.42", modifiers=("80",))
    assert cause(mine, line("44204", wrvu=reported, modifiers=("80",))) == says


def test_full_credit_where_the_contract_gives_a_share():
    mine = entry("19301", wrvu="5.065", work="10.13", modifiers=("51",))
    assert cause(mine, line("19301", wrvu="10.13", modifiers=("51",))) == (
        "Credited in full; your contract gives 50% of 10.13."
    )


def test_another_share_of_another_release():
    mine = entry(wrvu="6.54375", work="10.47", modifiers=("62",))
    assert cause(mine, line(wrvu="5.11", modifiers=("62",))) == (  # half of 10.21 is 5.105
        "Credited at 50% of 2026C's 10.21; your contract gives 62.5% of 2025D's 10.47."
    )


def test_the_whole_tests_value_for_a_reading():
    known = Knowledge(
        JULY.starts_on,
        JULY.ends_on,
        {("78226", ""): {"2026C": Decimal("0.50")}, ("78226", "26"): {"2026C": Decimal("0.72")}},
    )
    mine = entry("78226", wrvu="0.72", release="2026C", modifiers=("26",))
    assert cause(mine, line("78226", wrvu="0.50", modifiers=("26",)), known) == (
        "0.50 is the value of the whole test; your contract has 0.72."
    )


@pytest.mark.parametrize(
    ("mine", "theirs", "says"),
    [
        ((), ("26",), "The statement has 26, the reading alone; your log has the whole test."),
        (("26",), (), "The statement has the whole test; your log has 26, the reading alone."),
        (("26",), ("TC",), "The statement has TC, the technical part, which has no work RVUs."),
        (("62",), (), "The statement has no modifier, your log modifier 62."),
        ((), ("LT", "59"), "The statement has modifiers LT and 59, your log no modifier."),
    ],
)
def test_other_modifiers(mine, theirs, says):
    assert cause(entry(modifiers=mine), line(modifiers=theirs)) == says


def test_other_modifiers_and_another_value():
    mine = entry("19301", wrvu="6.33125", work="10.13", modifiers=("62",))
    assert cause(mine, line("19301", wrvu="10.13")) == (
        "The statement has no modifier, your log modifier 62. Credited in full; your contract "
        "gives 62.5% of 10.13."
    )


def test_other_units_explain_their_value():
    mine = entry("97110", wrvu="1.35", work="0.45", units=3)
    assert cause(mine, line("97110", wrvu="0.45")) == "The statement has 1 unit, your log 3."


def test_the_value_of_other_units():
    mine = entry("97110", wrvu="1.35", work="0.45", units=3)
    assert cause(mine, line("97110", wrvu="0.45", units=3)) == (
        "The value is that of 1 unit; both sides have 3 units, at 0.45 each."
    )


def test_the_efficiency_adjustment():
    # 20.00 × 0.975 is 19.50
    assert cause(entry("27447", wrvu="20.00"), line("27447", wrvu="19.50")) == (
        "19.50 is 97.5% of your 20.00, as 2026's efficiency adjustment takes; your contract goes "
        "by 2025D, before it."
    )
    assert cause(entry("27447", wrvu="20.00", release="2026C"), line("27447", wrvu="19.50")) == (
        "19.50 is 97.5% of your 20.00, as 2026's efficiency adjustment takes: perhaps taken "
        "twice, 2026C holds it."
    )
    assert cause(entry("27447", wrvu="19.50", release="2026C"), line("27447", wrvu="20.00")) == (
        "Your 19.50 is 97.5% of 20.00: perhaps a value from before 2026's efficiency adjustment."
    )


def test_another_code():
    assert cause(entry("99214", wrvu="1.92"), line("99213", wrvu="1.30")) == (
        "The statement has 99213, your log 99214: coded another way, or typed wrongly. 1.30 is "
        "the value of 99213 in 2025D."
    )


def test_another_date():
    assert cause(entry(day=12), line(day=14)) == (
        "The statement dates it July 14, your log July 12."
    )


def test_a_late_charge_that_is_logged_and_one_that_is_not():
    late = "A late charge: the service was before July 1, the statement's first day."
    june = date(2026, 6, 20)
    assert cause(entry(day=june), line(day=june)) == late
    assert only([], [line(day=june)]).cause == f"{late} It is not in your log."


def test_nothing_credited():
    assert cause(entry(), line(wrvu="0")) == (
        "The statement credits nothing for it: perhaps denied, or without a value there."
    )
    found = match([entry()], [line(key=1, wrvu="0"), line("99213", key=2)], JULY)
    assert found[0].cause.endswith("counted as part of 1 other line of that day.")


def test_an_entry_that_the_log_credits_with_nothing():
    mine = entry("99999", wrvu="0", release="", reason="Medicare sets no work RVU for 99999.")
    assert cause(mine, line("99999", wrvu="2.00")) == (
        "Your log credits 0.00 for it (Medicare sets no work RVU for 99999)."
    )


def test_no_usual_rule():
    assert cause(entry(), line(wrvu="9.123")) == (
        "The statement credits 87.1% of your 10.47; no usual rule gives that."
    )


def test_not_yet_billed():
    assert only([entry(day=29)], []).cause == (
        "2 days before the statement's last day: perhaps not billed yet. Look for it on the next "
        "one."
    )
    assert only([entry(day=31)], []).cause.startswith("On the statement's last day: perhaps")
    assert only([entry(day=21)], []).cause == "Perhaps the charge was never submitted."


def test_a_whole_day_that_is_missing():
    found = match([entry(key=1, day=12), entry("99213", key=2, day=12)], [], JULY)
    assert {one.cause for one in found} == {
        "The statement has none of your 2 entries of July 12: perhaps that day was never "
        "submitted."
    }


def test_one_of_a_day_that_is_missing():
    found = match([entry(key=1), entry("99213", key=2)], [line()], JULY)
    assert found[1].cause == (
        "The statement has 1 line of July 2, but not this one: perhaps denied, or counted as "
        "part of another."
    )


def test_a_possible_duplicate_on_either_side():
    twice_here = match([entry(key=1), entry(key=2)], [line()], JULY)
    assert twice_here[0].cause == (
        "Your log has 2 of these on July 2, the statement 1: perhaps logged twice, or one was "
        "not billed."
    )
    twice_there = match([entry()], [line(key=1), line(key=2)], JULY)
    assert twice_there[-1].cause == (
        "A possible duplicate: the statement has 2 of these on July 2, your log 1."
    )


def test_what_stands_on_another_statement():
    known = Knowledge(
        JULY.starts_on, JULY.ends_on, {}, {(july(2), "47562", ()): "your statement of August"}
    )
    assert only([entry()], [], known).cause == "It stands on your statement of August."
    assert only([], [line()], known).cause == (
        "A possible duplicate: it stands on your statement of August too."
    )
    assert only([], [line(wrvu="-10.47")], known).cause == (
        "Takes back 10.47 wRVUs: the service stands on your statement of August."
    )


def test_a_line_that_nobody_logged():
    assert only([], [line()]).cause == (
        "You may have forgotten to log it, or it belongs to a colleague."
    )
    assert only([], [line(day=date(2026, 8, 3))]).cause == (
        "It is dated after July 31, the statement's last day."
    )


# Properties ----------------------------------------------------------------------------------

CODES = st.sampled_from(["47562", "47563", "45762", "99213", "99231", "97110"])
MODIFIERS = st.lists(st.sampled_from(["26", "TC", "59", "LT", "62", "80"]), max_size=2).map(tuple)
DAYS = st.integers(0, 6).map(lambda days: date(2026, 6, 28) + timedelta(days))
UNITS = st.integers(1, 3)
VALUES = st.sampled_from([Decimal(text) for text in ("0", "0.45", "1.30", "10.21", "10.47")])

ENTRIES = st.lists(st.tuples(DAYS, CODES, MODIFIERS, UNITS, VALUES, VALUES), max_size=12).map(
    lambda rows: [
        Entry(key, day, code, modifiers, units, wrvu, work or None, "2025D")
        for key, (day, code, modifiers, units, wrvu, work) in enumerate(rows)
    ]
)
LINES = st.lists(
    st.tuples(DAYS, CODES, MODIFIERS, UNITS, st.none() | VALUES | VALUES.map(lambda v: -v)),
    max_size=12,
).map(
    lambda rows: [
        Line(key, key + 2, day, code, modifiers, units, wrvu)
        for key, (day, code, modifiers, units, wrvu) in enumerate(rows)
    ]
)


@given(ENTRIES, LINES)
def test_every_entry_and_every_line_appears_exactly_once(entries, lines):
    found = match(entries, lines, JULY)

    assert sorted(one.entry.key for one in found if one.entry) == [e.key for e in entries]
    assert sorted(one.line.key for one in found if one.line) == [one.key for one in lines]
    for one in found:
        if one.entry and one.line:
            assert one.score == 100 or one.score == score(one.entry, one.line) >= LEAST_SCORE
            assert (one.verdict == Verdict.NEAR) == (one.score < 100)
        elif one.belongs_to is None:
            missing = Verdict.MISSING_THERE if one.entry else Verdict.MISSING_HERE
            assert one.verdict == missing
            assert one.cause


@given(ENTRIES, LINES, st.randoms(use_true_random=False))
def test_the_order_of_input_never_matters(entries, lines, draw: random.Random):
    expected = match(entries, lines, JULY)
    draw.shuffle(entries)
    draw.shuffle(lines)
    assert match(entries, lines, JULY) == expected


@given(ENTRIES)
def test_a_statement_that_repeats_the_log_matches_it_whole(entries):
    lines = [
        Line(one.key, one.key + 2, one.day, one.code, one.modifiers[::-1], one.units, one.wrvu)
        for one in entries
    ]
    assert {one.verdict for one in match(entries, lines, JULY)} <= {Verdict.MATCHED}


@given(ENTRIES, LINES)
def test_nothing_that_could_be_matched_exactly_is_left(entries, lines):
    found = match(entries, lines, JULY)
    left = [one.entry for one in found if one.verdict == Verdict.MISSING_THERE]
    right = [
        one.line
        for one in found
        if one.verdict == Verdict.MISSING_HERE
        and not one.line.takes_back
        and "come to 0.00" not in one.cause
    ]
    assert not [1 for one in left for other in right if score(one, other) >= 85]
