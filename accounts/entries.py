"""Changing the log. Each change is one transaction, counted by accounts/valuing.py, kept once
however often it is sent, and can be taken back.

The entries of one case are credited together, so that whatever touches one of them counts the
others anew.
"""

import copy
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import valuing
from accounts.models import CodeSet, Contract, CustomCode, Procedure, Site, User

_BATCH = 500
# All that an edit may change, and all that valuing then fills.
_CHANGED = (
    "performed_on",
    "hcpcs",
    "custom",
    "modifiers",
    "units",
    "percent",
    "base_units",
    "minutes",
    "setting",
    "site",
    "role",
    "case",
    "position",
    "note",
    "changed_at",
    *valuing.STORED,
)


class EntryError(ValueError):
    """A change that cannot be made: a sentence for whoever asked for it."""


@dataclass(frozen=True)
class Undo:
    """What takes a change back: which entries go, and how others were before."""

    at: datetime
    remove: list[str] = field(default_factory=list)
    put_back: str = "[]"

    def to_json(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "remove": self.remove, "put_back": self.put_back}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Undo":
        return cls(datetime.fromisoformat(data["at"]), data["remove"], data["put_back"])


@dataclass(frozen=True)
class Done:
    """What a change left behind. `repeated` counts the entries that had been kept before."""

    procedures: list[Procedure]
    undo: Undo
    repeated: int = 0


def derived(key: uuid.UUID, *parts: object) -> uuid.UUID:
    """Return the key of a part of something that has one: the same parts, the same key."""
    return uuid.uuid5(key, "\n".join(map(str, parts)))


# Adding ---------------------------------------------------------------------------------------


def add(user: User, new: Sequence[Procedure], joins: uuid.UUID | None = None) -> Done:
    """Keep entries that are not kept yet, as one case with the entry whose key is `joins`.

    An entry whose key is known is left as it is. EntryError where `joins` names no entry of the
    same day.
    """
    try:
        return _add(user, new, joins)
    except IntegrityError:  # the same key came twice at once: the other one has kept it by now
        return _add(user, new, joins)


@transaction.atomic
def _add(user: User, new: Sequence[Procedure], joins: uuid.UUID | None) -> Done:
    mine = Procedure.objects.for_user(user)
    kept = {one.key: one for one in mine.filter(key__in=[one.key for one in new])}
    fresh = [one for one in new if one.key not in kept]
    anchor = None
    if joins and fresh:
        anchor = mine.select_for_update(of=("self",)).filter(key=joins).first()
        if anchor is None:
            raise EntryError("The entry that this one belongs to is no longer in your log.")
        if any(one.performed_on != anchor.performed_on for one in fresh):
            raise EntryError(
                "A case lies on one day. Choose the same date, or untick “same case”."
            )
    mates = _mates(user, {one.case for one in fresh} | {anchor.case if anchor else None}, fresh)
    if anchor and anchor.case is None:
        mates.append(anchor)
    before = _written(mates)
    if anchor:
        anchor_case = anchor.case or uuid.uuid4()
        for one in (*fresh, *mates):
            if one.pk in {None, anchor.pk}:
                one.case = anchor_case
    for place, one in enumerate((one for one in fresh if one.case), start=len(mates)):
        one.position = place
    for one in fresh:
        one.user = user
    _value(user, [*mates, *fresh])
    Procedure.objects.bulk_create(fresh, batch_size=_BATCH)
    _save(mates)
    found = [kept.get(one.key, one) for one in new]
    undo = Undo(timezone.now(), [str(one.key) for one in fresh], before)
    return Done(found, undo, repeated=len(new) - len(fresh))


def of_set(code_set: CodeSet, like: Procedure) -> list[Procedure]:
    """Return the entries that a set stands for; day, place and role are those of `like`."""
    case = derived(like.key, "case") if code_set.is_case else None
    entries = []
    for place, line in enumerate(code_set.lines.all()):
        one = copy.copy(like)
        one.key = derived(like.key, place, line.hcpcs)
        one.hcpcs, one.modifiers, one.units = line.hcpcs, line.modifiers, line.units
        one.case, one.position = case, place
        entries.append(one)
    return entries


def repeated(user: User, from_day: date, to_day: date, key: uuid.UUID) -> list[Procedure]:
    """Return copies of all entries of one day for another day; cases stay together."""
    stored = Procedure.objects.for_user(user).filter(performed_on=from_day)
    entries = []
    for one in stored.select_related("custom", "site").order_by("pk"):
        one.pk, one._state.adding = None, True
        one.key = derived(key, one.key)
        one.case = derived(key, "case", one.case) if one.case else None
        one.performed_on = to_day
        entries.append(one)
    return entries


# Changing -------------------------------------------------------------------------------------


def planned(
    user: User, procedures: Sequence[Procedure], changes: Mapping[str, Any]
) -> list[Procedure]:
    """Return copies of entries as `changes` would make them, counted anew. Nothing is saved.

    `changes` are fields and their values, and "add_modifier" and "remove_modifier".
    """
    copies = [_changed(one, changes) for one in procedures]
    mates = _mates(user, {one.case for one in copies}, copies)
    _value(user, [*copies, *mates])
    return copies


def _changed(procedure: Procedure, changes: Mapping[str, Any]) -> Procedure:
    one = copy.copy(procedure)
    modifiers = [m for m in one.modifier_tuple if m != changes.get("remove_modifier")]
    if (more := changes.get("add_modifier")) and more not in modifiers:
        modifiers.append(more)
    one.modifiers = ",".join(modifiers)
    for name, new in changes.items():
        if name not in {"add_modifier", "remove_modifier"}:
            setattr(one, name, new)
    return one


@transaction.atomic
def change(user: User, changed: Sequence[Procedure]) -> Done:
    """Store entries as they have been changed, counted anew with those of their cases.

    EntryError where one of them is no longer there.
    """
    pks = [one.pk for one in changed]
    stored = list(Procedure.objects.for_user(user).filter(pk__in=pks))
    if len(stored) != len(changed):
        raise EntryError("Some of these entries are no longer in your log. Nothing was changed.")
    cases = {one.case for one in (*stored, *changed)}
    mates = _mates(user, cases, changed)
    before = _written([*stored, *mates])
    _value(user, [*changed, *mates])
    _save([*changed, *mates])
    return Done(list(changed), Undo(timezone.now(), put_back=before))


@transaction.atomic
def delete(user: User, procedures: Sequence[Procedure]) -> Done:
    """Delete entries of this person; what is left of their cases is counted anew."""
    pks = [one.pk for one in procedures]
    stored = list(Procedure.objects.for_user(user).filter(pk__in=pks))
    mates = _mates(user, {one.case for one in stored}, stored)
    before = _written([*stored, *mates])
    Procedure.objects.for_user(user).filter(pk__in=pks).delete()
    _value(user, mates)
    _save(mates)
    return Done(stored, Undo(timezone.now(), put_back=before))


@transaction.atomic
def take_back(user: User, undo: Undo) -> int:
    """Undo a change; return how many entries it concerned. They get exactly what they had.

    EntryError where an entry was changed once more since, or needs something that is gone.
    """
    mine = Procedure.objects.for_user(user)
    before = [one.object for one in serializers.deserialize("json", undo.put_back)]
    before = [one for one in before if one.user_id == user.pk]
    keys = [*undo.remove, *(str(one.key) for one in before)]
    if mine.filter(key__in=keys, changed_at__gt=undo.at).exists():
        raise EntryError("These entries were changed again since. Nothing was taken back.")
    _check_references(user, before)
    mine.filter(key__in=undo.remove).delete()
    for one in before:
        one.save_base(raw=True)  # with the times and the values that it had
    return len(undo.remove) or len(before)


def _check_references(user: User, procedures: Iterable[Procedure]) -> None:
    """Let go of sites and contracts that are gone; without its own code an entry cannot return."""
    sites, contracts, customs = (
        set(model.objects.for_user(user).values_list("pk", flat=True))
        for model in (Site, Contract, CustomCode)
    )
    for one in procedures:
        if one.custom_id and one.custom_id not in customs:
            raise EntryError("The custom code of this entry is gone, and the entry with it.")
        if one.site_id not in sites:
            one.site_id = None
        if one.contract_id not in contracts:
            one.contract_id = None


def _mates(
    user: User, cases: Iterable[uuid.UUID | None], without: Iterable[Procedure]
) -> list[Procedure]:
    """Return the stored entries of these cases, but for those named."""
    known = [case for case in cases if case]
    if not known:
        return []
    pks = [one.pk for one in without if one.pk]
    found = Procedure.objects.for_user(user).filter(case__in=known).exclude(pk__in=pks)
    return list(found.select_related("custom").order_by("position", "pk"))


def _value(user: User, procedures: Sequence[Procedure]) -> None:
    if procedures:
        valuing.value(procedures, valuing.Terminology(user))


def _save(procedures: Sequence[Procedure]) -> None:
    now = timezone.now()
    for one in procedures:
        one.changed_at = now
    Procedure.objects.bulk_update(procedures, _CHANGED, batch_size=_BATCH)


class _Exact(DjangoJSONEncoder):
    """Django's own cuts moments to thousandths of a second."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def _written(procedures: Iterable[Procedure]) -> str:
    return serializers.serialize("json", procedures, cls=_Exact)
