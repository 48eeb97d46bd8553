"""What has to stand wherever codes and their figures are shown: whose they are, and what not.

The footer of pages says the same (templates/includes/_footer.html); a test compares them.
"""

from datetime import date
from typing import Protocol


class ReleaseLike(Protocol):
    """A release, as codes.models.FeeSchedule has it."""

    @property
    def release(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def released_on(self) -> date | None: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def copyright_year(self) -> int: ...


def written(day: date) -> str:
    """Return a date as pages print it: "July 1, 2026"."""
    return f"{day:%B} {day.day}, {day.year}"


def notices(schedule: ReleaseLike, *, is_dental: bool = False) -> tuple[str, ...]:
    """Return the notices of a page with figures of this release, a paragraph each.

    `is_dental`: it names a code of the American Dental Association.
    """
    released = f", released {written(schedule.released_on)}" if schedule.released_on else ""
    year = schedule.copyright_year
    dental = (
        f"D codes: CDT, the Code on Dental Procedures and Nomenclature, is copyright {year} "
        "American Dental Association. All rights reserved. CDT is a registered trademark of the "
        "ADA. Applicable FARS/DFARS apply."
    )
    return (
        f"Source: CMS Physician Fee Schedule, release {schedule.release} ({schedule.name})"
        f"{released}, for services from {written(schedule.effective_on)}. Not affiliated with or "
        "endorsed by CMS or the AMA. Information, not coding, legal or billing advice.",
        f"CPT codes and descriptions only are copyright {year} American Medical Association. All "
        "rights reserved. CPT is a registered trademark of the AMA. Applicable FARS/DFARS apply. "
        "Fee schedules, relative value units and conversion factors are not assigned by the AMA "
        "and are not part of CPT. Plain-language names and texts on this site are our own.",
        *((dental,) if is_dental else ()),
    )
