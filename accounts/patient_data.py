"""No patient data: free text that looks like it is refused, with an explanation.

A log of one's own work needs no patient, and what is not kept cannot be lost. There is no field
for a patient; these patterns catch what finds its way into notes and names all the same.
"""

import re
from typing import NamedTuple

from django.core.exceptions import ValidationError

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = (
    r"(?:\b\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b"
    rf"|\b(?:{_MONTHS})[a-z]*\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b"
    rf"|\b\d{{1,2}}\.?\s+(?:{_MONTHS})[a-z]*\b)"
)
_NAME = r"(?:\b[A-Z][a-z'’-]+,?\s+[A-Z][a-z'’-]*\.?\b|\b(?:Mr|Mrs|Ms|Miss|Pt|Patient)\.?\s+[A-Z])"


class Pattern(NamedTuple):
    what: str
    regex: re.Pattern[str]


PATTERNS = (
    Pattern("a Social Security number", re.compile(r"\b\d{3}[- ]\d{2}[- ]\d{4}\b|\b\d{9}\b")),
    Pattern(
        "a record number",
        re.compile(
            r"\b(?:mrn|mr|med(?:ical)?\s+rec(?:ord)?|record|chart|acct|account|encounter|csn|fin|mbi"
            r"|visit)\b\s*(?:no|num|number|id|nr)?\s*[.:#]*\s*[A-Z]{0,3}\d{4,}\b|\b\d{7,}\b",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        "a date of birth",
        re.compile(r"\b(?:dob|d\.o\.b\.?|born|birth\s*date|date\s+of\s+birth)\b", re.IGNORECASE),
    ),
    Pattern(
        "a telephone number",
        re.compile(r"(?:\(\d{3}\)\s?|\b\d{3}[-. ])\d{3}[-. ]\d{4}\b"),
    ),
    Pattern("an e-mail address", re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}", re.IGNORECASE)),
)
_NAMED = re.compile(_NAME)
_DATED = re.compile(_DATE, re.IGNORECASE)
_PATIENT = re.compile(r"\b(?:Mr|Mrs|Ms|Miss)\.?\s+[A-Z]|\b(?:[Pp]t|[Pp]atient)\.?:?\s+[A-Z][a-z]+")


def looks_like(text: str) -> str:
    """Return what in `text` looks like a patient's data ("a record number"), or ""."""
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
