"""What the letters and digits of the federal file mean, in words. Data, and no Django.

Source: CMS record layout of the relative value file, 2026 (RVU26B.pdf), and its Attachment A.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Tone = Literal["paid", "limited", "unpaid", "anesthesia"]

# Only the RVUs of these statuses are used for payment (record layout, "Status Code").
PAYABLE = frozenset({"A", "R", "T"})


@dataclass(frozen=True, slots=True)
class Status:
    """One status letter: a few words, a sentence about `{code}`, and words for its amount."""

    letter: str
    short: str
    tone: Tone
    sentence: str
    amount: str = "None"


_STATUSES = (
    Status(
        "A",
        "Paid separately",
        "paid",
        "Medicare pays {code} separately under the physician fee schedule when the service is "
        "covered; coverage itself is decided elsewhere.",
    ),
    Status(
        "B",
        "Bundled",
        "unpaid",
        "Medicare counts {code} as part of another service and never pays it on its own.",
        "Included",
    ),
    Status(
        "C",
        "Contractor sets price",
        "limited",
        "{code} has no national RVUs: each Medicare contractor sets the amount, usually from the "
        "report.",
        "Set by the contractor",
    ),
    Status(
        "E",
        "Off the fee schedule",
        "unpaid",
        "A regulation keeps {code} off the physician fee schedule; if covered, it is paid another "
        "way.",
    ),
    Status(
        "I",
        "Not valid for Medicare",
        "unpaid",
        "Medicare does not accept {code} and expects a different code; other payers may accept "
        "it.",
    ),
    Status(
        "J",
        "Anesthesia units",
        "anesthesia",
        "{code} is an anesthesia service, valued in base and time units instead of RVUs.",
        "Base + time units",
    ),
    Status(
        "M",
        "Quality measure",
        "unpaid",
        "{code} reports a quality or performance measure and carries no payment.",
    ),
    Status("N", "Not covered", "unpaid", "Medicare does not cover {code}."),
    Status(
        "P",
        "Bundled supply",
        "unpaid",
        "Medicare pays nothing separately for {code}: it is bundled with a same-day service or "
        "belongs to another benefit.",
        "Included",
    ),
    Status(
        "R",
        "Restricted",
        "limited",
        "Medicare pays {code} only in limited circumstances; the RVUs apply when it is covered.",
    ),
    Status(
        "T",
        "Paid if alone",
        "limited",
        "Medicare pays {code} only when the same clinician bills no other fee-schedule service "
        "that day.",
    ),
    Status(
        "X",
        "No physician payment",
        "unpaid",
        "By law {code} is not a physician service for this fee schedule; another Medicare benefit "
        "may pay it.",
        "None, by law",
    ),
)
STATUS: Mapping[str, Status] = {status.letter: status for status in _STATUSES}

# D, F, G, H (deleted or replaced) and Q (therapy reporting) are absent from current files.
RETIRED_STATUSES = frozenset("DFGHQ")

RESTRICTED_UNVALUED = (
    "Medicare pays {code} only in limited circumstances, at an amount set by the contractor."
)
REFERENCE_ONLY = (
    "The RVUs shown for {code} are published for reference; Medicare does not use them."
)
NONFAC_NA = (
    "CMS regards {code} as rarely or never done outside a facility, so no office price applies."
)
FAC_NA = (
    "CMS marks {code} NA in facilities, so no facility price applies; there the hospital bears "
    "the technical cost."
)

# 1 is written by codes/sentences.py, because it quotes the work of the 26 row.
PCTC_SENTENCES: Mapping[str, str] = {
    "0": "Modifiers 26 and TC do not apply to {code}.",
    "2": "{code} is the professional part only; do not add 26.",
    "3": "{code} is a technical service only; do not add TC.",
    "4": "{code} is the complete test; its professional and technical parts have their own codes.",
    "5": "{code} is done by staff under a physician; Medicare does not pay the physician for it "
    "in a hospital.",
    "6": "{code} is a laboratory test whose physician reading is billed with 26.",
    "7": "{code} is a therapy service; independent therapists cannot bill it for hospital "
    "patients.",
    "8": "{code} is paid only for an abnormal smear of a hospital inpatient.",
}

PCTC: Mapping[str, str] = {
    "0": "Physician service",
    "1": "Splits into 26 and TC",
    "2": "Professional part only",
    "3": "Technical part only",
    "4": "Whole test, parts have codes",
    "5": "Staff service",
    "6": "Laboratory test with a reading",
    "7": "Therapy",
    "8": "Abnormal smear, inpatient",
    "9": "Does not apply",
}
GLOBAL_DAYS: Mapping[str, str] = {
    "000": "Same day",
    "010": "10 days",
    "090": "90 days",
    "MMM": "Maternity",
    "XXX": "None",
    "YYY": "Contractor decides",
    "ZZZ": "Add-on",
}
MULT_PROC: Mapping[str, str] = {
    "0": "No reduction",
    "1": "Retired rule of 1994",
    "2": "Standard surgical ranking",
    "3": "Endoscopy family",
    "4": "Imaging reduction",
    "5": "Therapy reduction",
    "6": "Cardiovascular test reduction",
    "7": "Eye test reduction",
    "9": "Does not apply",
}
BILAT: Mapping[str, str] = {
    "0": "No extra for both sides",
    "1": "150% for both sides",
    "2": "Already covers both sides",
    "3": "Full amount for each side",
    "9": "Does not apply",
}
ASST: Mapping[str, str] = {
    "0": "With proof of need",
    "1": "Never paid",
    "2": "May be paid",
    "9": "Does not apply",
}
COSURG: Mapping[str, str] = {
    "0": "Not paid",
    "1": "With proof of need",
    "2": "Two specialties",
    "9": "Does not apply",
}
TEAM: Mapping[str, str] = {
    "0": "Not paid",
    "1": "With proof of need, by report",
    "2": "By report",
    "9": "Does not apply",
}
# How near the physician must be. Written to follow "Special supervision rules apply: ".
SUPERVISION: Mapping[str, str] = {
    "01": "general (not present)",
    "02": "direct (immediately available)",
    "03": "personal (in the room)",
    "04": "none for a qualified psychologist, otherwise general",
    "05": "none for a qualified audiologist, otherwise general",
    "06": "done by a physician or a physical therapist certified in electrophysiology",
    "09": "Does not apply",
    "21": "general for a certified technician, otherwise direct",
    "22": "a technician in live contact with the physician",
    "66": "done by a physician or a physical therapist certified in this procedure",
    "6A": "as for 66; a certified physical therapist may also supervise another, and only the "
    "certified one may bill",
    "77": "done by a certified physical therapist, by another physical therapist under direct "
    "supervision, or by a certified technician under general supervision",
    "7A": "as for 77; a certified physical therapist may also supervise another, and only the "
    "certified one may bill",
}
IMG_FAMILY: Mapping[str, str] = {
    **{f"{family:02}": "Imaging family in use until 2010" for family in range(1, 12)},
    "88": "Imaging reduction applies",
    "99": "Does not apply",
}


def status(letter: str) -> Status:
    """Return the status of a row; an unknown letter gets plain words and the tone "unpaid"."""
    if letter in STATUS:
        return STATUS[letter]
    if letter in RETIRED_STATUSES:
        return Status(
            letter,
            "Retired status",
            "unpaid",
            "{code} stands under a status that CMS no longer uses; it carries no payment.",
        )
    return Status(
        letter,
        "Status not known",
        "unpaid",
        "The CMS record layout does not explain the status of {code}, so no price is shown.",
    )


def word(table: Mapping[str, str], value: str) -> str:
    """Return the words of `value` in one of the tables above, or say that there are none."""
    return table.get(value, f"Value {value or 'blank'}, not explained by CMS")
