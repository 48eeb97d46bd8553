from decimal import Decimal

import pytest

from codes.page.questions import derived_questions, status_word, zero_examples
from tests.codes.page.facts import (
    FACTOR,
    GALLBLADDER,
    GALLBLADDER_PAST,
    QP_FACTOR,
    STATES,
    gallbladder,
    past,
)
from tests.codes.rates import VISIT


def asked(rates, years=(), qp_factor=QP_FACTOR):
    """Return the answers by their questions."""
    found = derived_questions(rates, "2026C", 2026, FACTOR, qp_factor, years)
    return {one.question: one.answer for one in found}


def test_an_older_value_on_a_statement_is_explained():
    answers = asked([GALLBLADDER], GALLBLADDER_PAST)
    assert answers["My statement shows 10.47 for 47562. Is that wrong?"] == (
        "10.47 is the value of release 2020A to 2025A; the schedule now in force says 10.21. Many "
        "contracts fix an older schedule year: look up the year in yours before you ask for a "
        "correction."
    )


def test_the_newest_of_the_older_values_is_asked_about():
    years = past(
        r2020A=gallbladder("9.00 6.22 2.50"),
        r2021A=gallbladder("10.47 6.54 2.53"),
        r2026C=gallbladder("10.21 6.04 2.67"),
    )
    question, answer = next(iter(asked([GALLBLADDER], years).items()))
    assert question == "My statement shows 10.47 for 47562. Is that wrong?"
    assert answer.startswith("10.47 is the value of release 2021A; the schedule")


def test_a_value_that_never_changed_or_comes_later_is_no_question():
    same = past(r2025A=gallbladder("10.21 6.97 2.62"), r2026C=gallbladder("10.21 6.04 2.67"))
    assert not any("statement" in question for question in asked([GALLBLADDER], same))
    found = derived_questions([GALLBLADDER], "2020A", 2020, FACTOR, None, GALLBLADDER_PAST)
    assert not any("statement" in one.question for one in found)


@pytest.mark.parametrize(
    ("state", "name", "ten"),
    [
        ("both settings priced", "99213", "13.00"),
        ("facility only", "47562", "102.10"),
        ("in parts", "70450", "8.30"),
        ("only a reading", "86153-26", "6.70"),
        ("only the reading is valued", "70555-26", "24.80"),
    ],
)
def test_ten_of_a_code_add_ten_times_its_work(state, name, ten):
    answer = asked(STATES[state])[f"What do ten of {name} add to a wRVU total?"]
    assert answer.startswith(f"{ten} work RVUs at full credit")


@pytest.mark.parametrize(
    ("state", "question", "begins"),
    [
        ("anesthesia", "Does 00100 count toward a wRVU target?", "No. Anesthesia is counted in"),
        ("contractor sets the price", "How can 0054T count toward a wRVU target?", "Only by agre"),
        (
            "not covered, for reference",
            "Does 99381 count toward a wRVU target?",
            "Only if your contract says so. CMS publishes 1.50 work RVUs for it",
        ),
        ("bundled", "Does 99024 count toward a wRVU target?", "It adds nothing: "),
        ("truly no physician work", "Does 93005 count toward a wRVU target?", "It adds nothing: "),
    ],
)
def test_whether_a_code_counts_toward_a_target(state, question, begins):
    assert asked(STATES[state])[question].startswith(begins)


def test_the_two_settings_differ_by_37_74():
    """95.19 in an office, 57.45 in a facility."""
    answers = asked([VISIT])
    assert answers["Why does 99213 pay more in an office?"].startswith(
        "The difference is $37.74 nationally."
    )
    dearer_outside = VISIT.but(pe_nonfac=Decimal("0.13"))
    assert "Why does 99213 pay less in an office?" in asked([dearer_outside])
    assert not any("in an office?" in question for question in asked([GALLBLADDER]))


def test_work_alone_is_43_42_of_95_19():
    """1.30 × 33.4009 = 43.42117"""
    answer = asked([VISIT])["Is 99213 paid as work RVUs times the conversion factor?"]
    assert answer.startswith(
        "No. The work part alone would come to $43.42; the amount of $95.19 also holds"
    )
    only_work = VISIT.but(pe_nonfac=Decimal("0.00"), mp_rvu=Decimal("0.00"))
    assert not any("paid as work RVUs" in question for question in asked([only_work]))


def test_a_qualifying_participant_gets_48_cents_more():
    question = "Which of the two conversion factors of 2026 applies to 99213?"
    assert asked([VISIT])[question] == (
        "That depends on who bills, not on the code. Qualifying participants in an advanced "
        "alternative payment model have 33.5675, which makes $95.67 nationally, $0.48 more than "
        "everyone else."
    )
    assert question not in asked([VISIT], qp_factor=None)
    assert not any("factors" in one for one in asked(STATES["anesthesia"]))


def test_a_letter_code_is_hcpcs_and_never_cpt():
    answers = asked(STATES["no physician service"])
    assert answers["Which code system does G0411 belong to?"].startswith(
        "It is a HCPCS Level II code, kept by CMS."
    )
    assert not any("CPT" in text for pair in answers.items() for text in pair)
    assert asked(STATES["restricted without values"])[
        "Which code system does D0120 belong to?"
    ].startswith("It is a dental code of the American Dental Association")
    assert not any("code system" in question for question in asked([VISIT]))


@pytest.mark.parametrize("state", STATES)
def test_no_question_is_asked_twice(state):
    found = derived_questions(STATES[state], "2026C", 2026, FACTOR, QP_FACTOR, ())
    questions = [one.question for one in found]
    assert questions
    assert len(questions) == len(set(questions))


def test_the_four_kinds_of_zero_have_their_examples():
    assert [(code, status) for code, _, status in zero_examples()] == [
        ("G0411", "X"),
        ("00100", "J"),
        ("0054T", "C"),
        ("93005", "A"),
    ]
    assert status_word("X").short == "No physician payment"
