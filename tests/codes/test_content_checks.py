"""What a machine can tell of a text. Each example can be checked by eye."""

import pytest

from codes.content_checks import (
    codes_in,
    figures_in,
    is_like,
    likeness,
    problems,
    reading_grade,
    repeated,
    sentences,
    words,
    wrong_systems,
)


def test_words_are_counted_as_people_count_them():
    assert words("The *patient’s* low-risk cut of 2.5 cm, 26/TC.") == [
        "The", "patient’s", "low-risk", "cut", "of", "2.5", "cm", "26/TC",
    ]  # fmt: skip


def test_sentences_end_with_paragraphs_and_items_too():
    text = (
        "One is here. Two (“so be it.”) Three?\n\nFour\nlines\n\n- item *one*\n- item two\n1. last"
    )
    assert sentences(text) == [
        "One is here.", "Two (“so be it.", "Three?", "Four lines", "item one", "item two", "last",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["Ask Dr. Who now.", "H. pylori is found.", "At 3 a.m. it rings."]
)
def test_an_abbreviation_does_not_end_a_sentence(text):
    assert sentences(text) == [text]


def test_reading_grade_is_flesch_and_kincaids():
    # Six words, six groups of vowels, one sentence: 0.39 x 6 + 11.8 x 1 - 15.59.
    assert reading_grade("The cat sat on the mat.") == pytest.approx(-1.45)
    assert reading_grade("Hmm.") == pytest.approx(0.39 + 11.8 - 15.59)  # no vowel: one syllable
    assert reading_grade("") == 0


def test_plain_language_has_a_highest_grade():
    hard = "Histopathological examination necessitates immunohistochemical characterization. " * 15
    assert [p.sentence for p in problems("88305", {"plain_language": hard})] == [
        "Its reading level is grade 59.5, above 8."
    ]
    assert problems("88305", {"answer 1": hard}) == []


def test_lengths_are_those_of_the_part():
    assert problems("47562", {"label": "Gallbladder removal"}) == [
        ("label", "It has 2 words, not 3 to 9.")
    ]
    assert problems("47562", {"question 1": "Why?"}) == []


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("It pays $95.19 now.", "an amount of money (“$95.19”)"),
        ("It pays 95 dollars.", "an amount of money (“95 dollars”)"),
        ("It has 1.3 work RVUs.", "an RVU (“1.3 work RVUs”)"),
        ("The wRVU is 2.", "an RVU (“wRVU is 2”)"),
        ("Work is 1.30 here.", "a number like an RVU (“1.30”)"),
        ("The factor was 33.4009 then.", "a number like an RVU (“33.4009”)"),
        ("Of 1,276 G codes most are measures.", "a count of codes (“1,276 G codes”)"),
        ("Medicare pays 85% of it.", "a percentage (“85%”)"),
        ("The second is paid at 50 percent.", "a percentage (“50 percent”)"),
    ],
)
def test_figures_of_the_schedule_are_found(text, figure):
    assert figures_in(text) == [figure]


@pytest.mark.parametrize(
    "text",
    [
        "A cut of 2.25 cm, or 0.05 mL, in a child of 12 years.",
        "Spend 40 minutes on it, see section 30.65 and release RVU26C.",
        "About 10% of adults have gallstones.",
        "Report 43239, 43251 and codes alike. The work RVU counts.",
        "Version 1.2.34 of it.",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert figures_in(text) == []


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Use CPT G0411 then.", "CPT G0411"),
        ("Use CPT code *G0411* then.", "CPT code G0411"),
        ("The CPT codes 90853, 90785 and G0410 are for it.", "CPT codes 90853, 90785 and G0410"),
        ("G0411 is a CPT code.", "G0411 is a CPT"),
        ("J1885 (CPT) is it.", "J1885 (CPT"),
    ],
)
def test_cpt_is_not_said_of_a_letter_code(text, phrase):
    assert [found for found, _ in wrong_systems("90853", text)] == [phrase]


@pytest.mark.parametrize(
    "text",
    [
        "HCPCS G0411 is not a CPT code, but CPT 90853 is.",
        "Plans that follow CPT take 99417, Medicare takes G2212.",
        "CPT’s 99417 and G2212 differ.",
        "This CPT code is what you want.",
    ],
)
def test_cpt_may_be_said_of_cpt_codes(text):
    assert wrong_systems("90853", text) == []


def test_this_code_is_not_cpt_in_the_text_of_a_letter_code():
    assert wrong_systems("G0411", "This CPT code, or the CPT code 90853.") == [
        ("This CPT", "G0411")
    ]
    assert problems("G0411", {"answer 1": "This CPT code."}) == [
        ("answer 1", "“This CPT”: G0411 is a HCPCS code, never CPT.")
    ]


def test_figures_are_a_problem_of_any_part():
    assert problems("47562", {"answer 2": "It pays $10."}) == [
        ("answer 2", "It gives an amount of money (“$10”): figures belong to the federal file.")
    ]


def test_sentences_are_compared_without_their_codes():
    found = repeated([
        ("a", "Report 43239 with the base of its family. Short one here."),
        ("b", "Report *G0105* with the base of its family! Short one here."),
        ("c", "Report nothing with the base of its family."),
    ])  # fmt: skip
    assert found == [("Report 43239 with the base of its family.", ["a", "b"])]


def test_a_sentence_twice_in_one_text_is_repeated_too():
    text = "This very sentence has six words."
    assert repeated([("a", f"{text} {text}")]) == [(text, ["a", "a"])]


def test_codes_are_found_by_their_form():
    assert codes_in("99213, G0411 and 0054T, 99213 again, 123456, RVU26C") == [
        "99213", "G0411", "0054T",
    ]  # fmt: skip


# Descriptors of CMS's own (HCPCS Level II): AMA's are in no file of this repository.
@pytest.mark.parametrize(
    ("text", "descriptor", "expected"),
    [
        ("Transport portable x-ray", "Transport portable x-ray", True),
        ("Portable X-rays transport", "Transport portable x-ray", True),
        ("Bringing portable X-ray to one patient", "Transport portable x-ray", False),
        ("Group session without the patient", "Group session w/o patient", True),
        ("Thyroid", "Thyroid", False),
        (
            "One charge for a visit to an urgent care center under contracts with private payers",
            "Urgent care center global",
            False,
        ),
        ("Anything", "", False),
    ],
)
def test_likeness_to_a_descriptor(text, descriptor, expected):
    assert is_like(text, descriptor) is expected


def test_likeness_is_a_share_of_the_descriptors_words():
    assert likeness("A portable x-ray", "Transport of portable x-rays") == pytest.approx(2 / 3)
    assert likeness("Anything", "") == 0


def test_a_label_like_its_descriptor_is_a_problem():
    texts = {"label": "Transport portable X-ray", "billing": "Transport portable X-ray"}
    found = problems("R0070", texts, "Transport portable x-ray")
    assert [p.field for p in found if "descriptor" in p.sentence] == ["label"]
