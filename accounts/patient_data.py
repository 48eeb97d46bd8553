"""No patient data: free text that looks like it is refused, with an explanation.

A log of one's own work needs no patient, and what is not kept cannot be lost. There is no field
for a patient; these patterns catch what finds its way into notes and names all the same.
"""

import re
from typing import NamedTuple

from django.core.exceptions import ValidationError

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DATE = (
    r"(?:\b\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b"
    rf"|\b(?:{_MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b"
    rf"|\b\d{{1,2}}\.?\s+(?:{_MONTHS})\b)"
)
# Capitals and small letters of names, those with accents among them.
_UPPER, _LETTER = "A-ZÀ-ÖØ-Þ", "A-Za-zÀ-ÖØ-öø-ÿ"
_NAME = (
    rf"(?:\b[{_UPPER}][a-zß-öø-ÿ'’-][{_LETTER}'’-]*,?\s+[{_UPPER}][{_LETTER}'’-]*\b"
    rf"|\b[{_UPPER}]{{3,}},\s*[{_UPPER}]{{3,}}\b)"  # SMITH, JOHN: as hospitals print it
)


class Pattern(NamedTuple):
    what: str
    regex: re.Pattern[str]


PATTERNS = (
    Pattern("a Social Security number", re.compile(r"\b\d{3}[- ]\d{2}[- ]\d{4}\b|\b\d{9}\b")),
    Pattern(
        "a record number",
        re.compile(
            r"\b(?:mrn|med(?:ical)?\s+rec(?:ord)?|csn|mbi)\b"
            r"\s*(?:no|num|number|id|nr)?\s*[.:#]*\s*[A-Z]{0,3}\d{4,}\b"
            # Words of other notes too: "ED visit 99284", "MR 70551", "chart 2025".
            r"|\b(?:mr|record|chart|acct|account|encounter|fin|visit)\b"
            r"(?:\s*(?:no|num|number|id|nr)\b[\s.:#]*|\s*[:#]+\s*)[A-Z]{0,3}\d{4,}\b"
            r"|\b(?:mr|record|chart|acct|account|encounter|fin|visit)\s*\.?\s*[A-Z]{0,3}\d{6,}\b"
            r"|\b\d{7,}\b",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        "a date of birth",
        re.compile(
            r"\b(?:dob|d\.o\.b\.?|birth\s*date|date\s+of\s+birth)\b"
            rf"|\bborn\s+(?:on\s+|in\s+)?(?:(?:19|20)\d\d\b|{_DATE})",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        "a telephone number",
        re.compile(r"(?:\(\d{3}\)\s?|\b\d{3}[-. ])\d{3}[-. ]\d{4}\b"),
    ),
    Pattern("an e-mail address", re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}", re.IGNORECASE)),
)
_NAMED = re.compile(_NAME)
_DATED = re.compile(_DATE, re.IGNORECASE)
# All that is looked at: no field holds more, and some patterns take long over a long word.
_MOST = 400
_PATIENT = re.compile(r"\b(?:Mr|Mrs|Ms|Miss)\.?\s+[A-Z]|\b(?:[Pp]t|[Pp]atient)\.?:?\s+[A-Z][a-z]+")


def looks_like(text: str) -> str:
    """Return what in `text` looks like a patient's data ("a record number"), or ""."""
    text = text[:_MOST]
    for pattern in PATTERNS:
        if pattern.regex.search(text):
            return pattern.what
    if _PATIENT.search(text):
        return "a patient's name"
    if _NAMED.search(text) and _DATED.search(text):
        return "a name with a date"
    return ""


def refuse_patient_data(text: str) -> None:
    """Raise ValidationError where `text` looks like a patient's data. A field's validator."""
    what = looks_like(text)
    if what:
        raise ValidationError(
            f"This looks like {what}. Nothing about a patient is kept here: leave it out. "
            "Your own system knows the patient; the log only needs the code and the day.",
            code="patient_data",
        )
