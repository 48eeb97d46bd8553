"""Which release the site shows. Going back to an older one is the same as going on."""

from typing import Any

from django.utils import timezone

from codes.doubts import raise_doubts
from codes.fee_schedule.database import Refused, exclusively
from codes.models import FeeSchedule
from rvuedge import audit


def activate(release: str, by: Any = None) -> bool:
    """Show `release` from now on, and return whether another one was shown before.

    `by` is whoever does it, for the audit log; None is a command. Nothing else has to be told:
    what is cached is cached under the release's name, its digest and the moment of its last
    change. Refused where the release is not loaded.
    """
    with exclusively():
        schedule = loaded(release)
        if schedule.is_active:
            return False
        show(schedule, by)
        return True


def show(schedule: FeeSchedule, by: Any = None) -> None:
    """Make one release the active one, inside a transaction of the caller's.

    The texts that it makes doubtful are on the editors' queue with it.
    """
    before = FeeSchedule.objects.active()
    FeeSchedule.objects.filter(is_active=True).update(is_active=False)
    schedule.is_active = True
    schedule.changed_at = timezone.now()
    if before != schedule:
        schedule.shown_since = schedule.changed_at
    schedule.save(update_fields=["is_active", "changed_at", "shown_since"])
    if before == schedule:
        return
    doubtful = raise_doubts(schedule, before) if before else 0
    audit.record(
        "activated a release",
        by,
        schedule,
        f"instead of {before}" if before else "",
        before=before.release if before else "",
        doubtful=doubtful,
    )


def loaded(release: str) -> FeeSchedule:
    """Return a loaded release by its name; Refused, with the names of those that are."""
    schedule = FeeSchedule.objects.filter(release=release).first()
    if schedule is None:
        releases = list(FeeSchedule.objects.values_list("release", flat=True))
        names = f"Loaded are: {', '.join(releases)}." if releases else "No release is loaded."
        raise Refused(f"{release} is not loaded. {names}")
    return schedule
