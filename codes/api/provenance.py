"""Where the figures of an answer come from, and whose rights are in them."""

from typing import Any

from codes.models import FeeSchedule

SOURCE = "Centers for Medicare & Medicaid Services (CMS), Medicare Physician Fee Schedule"


def file_of(schedule: FeeSchedule) -> str | None:
    """Return the name of the file of relative values, or None where it is not known."""
    names = (one["name"] for one in schedule.sources if one["kind"].startswith("PPRRVU"))
    return next(names, None)


def notice(schedule: FeeSchedule) -> str:
    """Return what has to stand by any list of codes."""
    return (
        f"CPT codes only are copyright {schedule.copyright_year} American Medical Association. "
        "All rights reserved."
    )


def notices(schedule: FeeSchedule) -> list[str]:
    found = [
        f"{notice(schedule)} CPT is a registered trademark of the AMA. Applicable FARS/DFARS "
        "apply. Fee schedules, relative value units and conversion factors are not assigned by "
        "the AMA and are not part of CPT.",
        f"CDT codes (D codes) are copyright {schedule.copyright_year} American Dental "
        "Association. All rights reserved.",
        "Labels and texts are RVU Edge's own or CMS's. Not affiliated with or endorsed by CMS, "
        "the AMA or the ADA. Information, not coding, legal or billing advice.",
    ]
    if not schedule.is_complete:
        found.append("Only the codes of the starter catalogue, not the whole release.")
    return found


def released(schedule: FeeSchedule) -> dict[str, Any]:
    """Return which release something is of, in short."""
    return {
        "release": schedule.release,
        "file": file_of(schedule),
        "released_on": schedule.released_on,
        "effective_on": schedule.effective_on,
    }


def provenance(schedule: FeeSchedule) -> dict[str, Any]:
    """Return what every answer says of its figures."""
    return {
        **released(schedule),
        "is_complete": schedule.is_complete,
        "source": f"{SOURCE}, release {schedule.release} ({schedule.name})",
        "notices": notices(schedule),
    }
