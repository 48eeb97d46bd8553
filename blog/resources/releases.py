"""What the releases of this site were read from, and what is known to be wrong with the files."""

from collections.abc import Iterable
from typing import NamedTuple

from codes.models import FeeSchedule


class Fault(NamedTuple):
    """A fault of a published file, and what became of it here."""

    file: str
    fault: str
    remedy: str


# Facts about files as CMS and others gave them out; the rest a release says in its notes.
FAULTS = (
    Fault(
        "RVU22A, RVU23A and RVU25A",
        "They end with a line that holds only an end-of-file character of old systems.",
        "The line is dropped.",
    ),
    Fault(
        "RVU25A",
        "Its codes, global periods and supervision digits have lost leading zeros: 100 for 00100.",
        "The zeros are restored; where that were a guess, the file would be refused.",
    ),
    Fault(
        "GPCI file of 2026",
        "A copy with 98 localities is in circulation. From its 21st row on it is invented.",
        "Localities have to be those of the ZIP code file: 109, and the copy is refused.",
    ),
    Fault(
        "PPRRVU of every year",
        "Where a setting is marked NA, the file repeats the other setting’s practice expense.",
        "NA is printed instead of an amount.",
    ),
    Fault(
        "PPRRVU of every year",
        "Rows flagged + show RVUs that Medicare does not use for payment.",
        "They are shown as reference figures, and counted in no total.",
    ),
)


def newest_first(schedules: Iterable[FeeSchedule]) -> list[FeeSchedule]:
    return sorted(schedules, key=lambda schedule: schedule.release, reverse=True)
