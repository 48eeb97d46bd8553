"""What the site shows, in one line and one checksum that any database computes alike."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps

from codes.models import CategoryStatistics, FeeSchedule, Locality, Rate, Standing
from rvuedge.publishing import Edition

# Keys of rows differ from one database to the next: names stand in their place.
_SHOWN: dict[type, tuple[str, ...]] = {
    model: tuple(
        names.get(field.name, field.attname)
        for field in model._meta.concrete_fields
        if field.name not in {"id", "schedule", "statistics"}
    )
    for names in [{"category": "category__slug"}]
    for model in (Rate, Locality, Standing, CategoryStatistics)
}


def status_line() -> str:
    """Return the active release, those loaded with their rows, and the checksum."""
    schedules = list(FeeSchedule.objects.order_by("release"))
    active = next((schedule.release for schedule in schedules if schedule.is_active), "none")
    loaded = ", ".join(
        f"{schedule.release} ({schedule.row_count:,} rows"
        f"{'' if schedule.is_complete else ', an excerpt'})"
        for schedule in schedules
    )
    return f"active: {active}; loaded: {loaded or 'none'}; checksum: {checksum()}"


def checksum() -> str:
    """Return the sha256 of all that the site shows, whatever the database and its row order.

    That is the active release (rates, localities, standings and statistics) and every edition in
    force. Row numbers and times of loading and publishing are left out: a database that was
    filled again from the same files, or restored, has the same checksum.
    """
    digest = hashlib.sha256()
    for line in _lines():
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _lines() -> Iterator[str]:
    active = FeeSchedule.objects.active()
    if active:
        yield f"{active.release} {active.digest} {active.conversion_factor}"
        for model, names in _SHOWN.items():
            rows = model._default_manager.filter(schedule=active).order_by()
            yield from _sorted(model, rows.values_list(*names).iterator())
    for model in apps.get_models():
        if issubclass(model, Edition):
            yield from _sorted(model, map(_edition, model.objects.in_force()))


def _edition(edition: Any) -> tuple[Any, ...]:
    """Return what an edition shows, with its subject by the name that it goes by."""
    subject = edition.subject
    names = [f.attname for f in subject._meta.fields if f.unique and not f.primary_key]
    return (
        [str(getattr(subject, name)) for name in names],
        edition.body,
        edition.reviewer_role,
        edition.reviewed_on,
    )


def _sorted(model: Any, rows: Iterable[Any]) -> list[str]:
    """Return rows as lines in an order that no database's sorting rules have a say in."""
    return sorted(
        f"{model._meta.label} {json.dumps(row, sort_keys=True, default=str)}" for row in rows
    )
