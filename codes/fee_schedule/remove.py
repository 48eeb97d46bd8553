"""Taking a release out again, with the codes that only it had."""

from typing import Any

from django.db.models import Exists, OuterRef, ProtectedError

from codes.fee_schedule.activate import loaded
from codes.fee_schedule.database import Refused, exclusively
from codes.fee_schedule.standings import refresh_successors
from codes.models import Code, Descriptor, FeeSchedule
from rvuedge import audit


def remove(release: str, by: Any = None) -> tuple[int, int]:
    """Delete a release; return how many rows and how many codes went with it.

    `by` is whoever does it, for the audit log; None is a command. Refused where it is not loaded,
    where the site shows it, and where somebody's records rest on it. The release after it is
    compared with the one before it from now on.
    """
    with exclusively():
        schedule = loaded(release)
        if schedule.is_active:
            raise Refused(
                f"{release} is the release that the site shows: activate another one first."
            )
        audit.record(
            "removed a release",
            by,
            schedule,
            f"{schedule.row_count:,} rows",
            digest=schedule.digest,
        )
        try:
            schedule.delete()
        except ProtectedError as error:
            raise Refused(f"{release} cannot be removed: other records rest on it.") from error
        codes = delete_unused_codes()
        refresh_successors(release)
        FeeSchedule.objects.mark_changed()
        return schedule.row_count, codes


def delete_unused_codes() -> int:
    """Delete the codes that no row of any table points to, with their federal descriptors.

    Return how many they were.
    """
    codes = Code.objects.all()
    for relation in Code._meta.get_fields(include_hidden=True):
        is_pointer = relation.auto_created and (relation.one_to_many or relation.one_to_one)
        if is_pointer and relation.related_model is not Descriptor:
            pointing = relation.related_model._base_manager.filter(
                **{relation.field.name: OuterRef("pk")}
            )
            codes = codes.filter(~Exists(pointing))
    _, counts = codes.delete()
    return counts.get(Code._meta.label, 0)
