"""Which release the site shows. Going back to an older one is the same as going on."""

from django.utils import timezone

from codes.fee_schedule.database import Refused, exclusively
from codes.models import FeeSchedule


def activate(release: str) -> bool:
    """Show `release` from now on, and return whether another one was shown before.

    Nothing else has to be told: what is cached is cached under the release's name, its digest and
    the moment of its last change. Refused where the release is not loaded.
    """
    with exclusively():
        schedule = loaded(release)
        if schedule.is_active:
            return False
        show(schedule)
        return True


def show(schedule: FeeSchedule) -> None:
    """Make one release the active one, inside a transaction of the caller's."""
    FeeSchedule.objects.filter(is_active=True).update(is_active=False)
    schedule.is_active = True
    schedule.changed_at = timezone.now()
    schedule.save(update_fields=["is_active", "changed_at"])


def loaded(release: str) -> FeeSchedule:
    """Return a loaded release by its name; Refused, with the names of those that are."""
    schedule = FeeSchedule.objects.filter(release=release).first()
    if schedule is None:
        releases = list(FeeSchedule.objects.values_list("release", flat=True))
        names = f"Loaded are: {', '.join(releases)}." if releases else "No release is loaded."
        raise Refused(f"{release} is not loaded. {names}")
    return schedule
