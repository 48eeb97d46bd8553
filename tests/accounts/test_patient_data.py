"""Free text that looks like a patient's data is refused; what people write of work is not."""

import pytest
from django.core.exceptions import ValidationError

from accounts.patient_data import looks_like, refuse_patient_data


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Smith, John 3/14/1962", "a name with a date"),
        ("John Smith Mar 14", "a name with a date"),
        ("SMITH, JOHN 03/14/1962", "a name with a date"),
        ("John McDonald, March 14", "a name with a date"),
        ("José García 14 May", "a name with a date"),
        ("Mrs. Miller, hernia", "a patient's name"),
        ("pt Jones", "a patient's name"),
        ("123-45-6789", "a Social Security number"),
        ("MRN 00123456", "a record number"),
        ("mrn#4455667", "a record number"),
        ("MRN 4455", "a record number"),
        ("acct 445566", "a record number"),
        ("visit no. 99213", "a record number"),
        ("MR# 70551", "a record number"),
        ("00123456", "a record number"),
        ("DOB 1962", "a date of birth"),
        ("born 1962", "a date of birth"),
        ("born on 3/14/62", "a date of birth"),
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
        "new visit 99213, then 20610",
        "MR 70551 read twice",
        "chart 2025 of the contract",
        "Carpal Tunnel, 2 decompressions",
        "Wide Local excision, margins 2 cm",
        "Lumbar Laminectomy, decompression 2 levels",
        "born at 32 weeks",
    ],
)
def test_notes_about_work_pass(text):
    refuse_patient_data(text)


def test_the_refusal_says_what_to_do():
    with pytest.raises(ValidationError, match="leave it out"):
        refuse_patient_data("MRN 00123456")


def test_what_no_field_would_hold_is_not_looked_at():
    assert looks_like(" " * 400 + "MRN 00123456") == ""
