"""Codes that people choose between: ready-made comparisons with addresses of their own. Data.

The names are our own. A family may name codes that a release does not have; its page leaves them
out and says so.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Group(NamedTuple):
    """Codes of a family under a heading of their own; "" where the family has one group only."""

    name: str
    codes: tuple[str, ...]


class Family(NamedTuple):
    slug: str
    name: str
    lead: str
    groups: tuple[Group, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(code for group in self.groups for code in group.codes)


def _run(first: int, last: int) -> tuple[str, ...]:
    return tuple(str(code) for code in range(first, last + 1))


_FAMILIES = (
    Family(
        "office-visits",
        "Office visits",
        "Eight of the nine are chosen by medical decision making or by total time on the day; "
        "99211 is a visit with staff.",
        (
            Group("New patient", _run(99202, 99205)),
            Group("Established patient", _run(99211, 99215)),
        ),
    ),
    Family(
        "hospital-visits",
        "Hospital visits",
        "The first day, the days that follow and stays within one day go by medical decision "
        "making or time; the day of discharge goes by time.",
        (
            Group("First day", _run(99221, 99223)),
            Group("Days that follow", _run(99231, 99233)),
            Group("Begun and ended on one day", _run(99234, 99236)),
            Group("Discharge", ("99238", "99239")),
        ),
    ),
    Family(
        "emergency-visits",
        "Emergency visits",
        "The first may be a visit with staff; the other four go by medical decision making. Time "
        "does not count here.",
        (Group("", _run(99281, 99285)),),
    ),
    Family(
        "critical-care",
        "Critical care",
        "The first stretch of critical care on a day, and the code added for each further half "
        "hour.",
        (Group("", ("99291", "99292")),),
    ),
    Family(
        "psychotherapy",
        "Psychotherapy",
        "Sessions by their length, the evaluation before them, and the group.",
        (
            Group("Evaluation", ("90791", "90792")),
            Group("One patient, by time", ("90832", "90834", "90837")),
            Group("Group", ("90853",)),
        ),
    ),
    Family(
        "colonoscopy",
        "Colonoscopy",
        "Looking through the colon is the base of all of them; what is done through the scope "
        "decides the code. Medicare has two G codes of its own for screening.",
        (
            Group("Looking", ("45378",)),
            Group("With something done", ("45380", "45381", "45382", "45384", "45385", "45390")),
            Group("Medicare screening", ("G0105", "G0121")),
        ),
    ),
    Family(
        "upper-endoscopy",
        "Upper endoscopy",
        "Looking into the esophagus, stomach and duodenum, and what is done through the same "
        "scope.",
        (
            Group("Looking", ("43235",)),
            Group("With something done", ("43239", "43244", "43249", "43251", "43255")),
        ),
    ),
    Family(
        "gallbladder-removal",
        "Gallbladder removal",
        "Through small incisions or an open one: alone, with an X-ray of the bile ducts, or "
        "(47564) with a search of the duct for stones.",
        (
            Group("Laparoscopic", ("47562", "47563", "47564")),
            Group("Open", ("47600", "47605")),
        ),
    ),
    Family(
        "joint-injections",
        "Joint injections",
        "By the size of the joint, and by whether ultrasound guides the needle.",
        (
            Group("Without ultrasound", ("20600", "20605", "20610")),
            Group("With ultrasound", ("20604", "20606", "20611")),
        ),
    ),
    Family(
        "chest-x-ray",
        "Chest X-ray",
        "The same examination by the number of views.",
        (Group("", _run(71045, 71048)),),
    ),
    Family(
        "head-ct",
        "CT of the head",
        "Without contrast, with it, and without followed by with.",
        (Group("", ("70450", "70460", "70470")),),
    ),
    Family(
        "electrocardiogram",
        "Electrocardiogram",
        "The whole test, the tracing alone, and the reading alone.",
        (Group("", ("93000", "93005", "93010")),),
    ),
)
FAMILIES: Mapping[str, Family] = {family.slug: family for family in _FAMILIES}


def families_of(hcpcs: str) -> tuple[Family, ...]:
    """Return the families that name a code."""
    return tuple(family for family in _FAMILIES if hcpcs in family.codes)
