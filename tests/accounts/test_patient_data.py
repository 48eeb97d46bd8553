"""Free text that looks like a patient's data is refused; what people write of work is not."""

import pytest
from django.core.exceptions import ValidationError

from accounts.patient_data import looks_like, refuse_patient_data


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Smith, John 3/14/1962", "a name with a date"),
        ("John Smith Mar 14", "a name with a date"),
        ("Mrs. Miller, hernia", "a patient's name"),
        ("pt Jones", "a patient's name"),
        ("123-45-6789", "a Social Security number"),
        ("MRN 00123456", "a record number"),
        ("mrn#4455667", "a record number"),
        ("00123456", "a record number"),
        ("DOB 1962", "a date of birth"),
        ("call 415-555-0101", "a telephone number"),
        ("someone@example.org", "an e-mail address"),
    ],
)
def test_what_looks_like_a_patient_is_named(text, what):
    assert looks_like(text) == what


@pytest.mark.parametrize(
    "text",
    [
        "",
        "second case of the day",
        "with Dr Alvarez as first assistant",
        "Saturday call, late add-on",
        "47562 and 49650 in one session",
        "Main Hospital OR 4",
        "agreed on July 1",
        "3 of 5, 2025 values",
        "Valley Health West",
    ],
)
def test_notes_about_work_pass(text):
    refuse_patient_data(text)


def test_the_refusal_says_what_to_do():
    with pytest.raises(ValidationError, match="leave it out"):
        refuse_patient_data("MRN 00123456")
