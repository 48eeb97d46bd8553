"""Bringing a file into the log: lines become entries, first to be looked at, then to be kept.

An entry's key is made of the file's bytes and its row, so that the same file brings its rows once.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from accounts import entries, valuing
from accounts.entries import Done, derived
from accounts.log_files import Fault, Line
from accounts.models import CustomCode, Procedure, Site, User
from accounts.models.log import Role, Setting
from accounts.validators import joined
from codes.credit_kinds import COUNTED
from codes.models import Code, FeeSchedule

_NAMESPACE = uuid.UUID("5f1c64f0-6c1f-4f0e-9a53-1c1c6f4f7a11")
_BATCH = 500


@dataclass
class Preview:
    """What a file would bring. `new` are unsaved entries, counted; `known` were kept before."""

    new: list[tuple[int, Procedure]]
    known: int
    faults: list[Fault]
    new_sites: list[str]

    @property
    def counted(self) -> Decimal:
        """wRVUs of all new entries, without own values."""
        return sum((one.wrvu for _, one in self.new if one.kind in COUNTED), Decimal(0))


def preview(
    user: User, digest: str, lines: Sequence[Line], faults: Sequence[Fault], *, adds_sites: bool
) -> Preview:
    """Return what the lines of a file would become. Nothing is saved.

    `digest` is the sha256 of the file. `adds_sites` says whether sites that the person does not
    have yet would be added; otherwise they are faults.
    """
    file_key = uuid.uuid5(_NAMESPACE, digest)
    sites = {one.name.casefold(): one for one in Site.objects.for_user(user)}
    customs = {one.name.casefold(): one for one in CustomCode.objects.for_user(user)}
    codes = _known({line.code for line in lines if line.code})
    kept = _kept(user, [derived(file_key, line.row) for line in lines])
    found, wrong, new_sites = [], list(faults), {}
    for line in lines:
        problems = []
        if line.code and codes is not None and line.code not in codes:
            problems.append(Fault(line.row, "Code", f"{line.code} is in no release here."))
        if line.custom and line.custom.casefold() not in customs:
            sentence = "You have no custom code of this name: add it first."
            problems.append(Fault(line.row, "Custom code", sentence))
        site = sites.get(line.site.casefold())
        if line.site and site is None and not adds_sites:
            sentence = "You have no site of this name: add it, or let the import add it."
            problems.append(Fault(line.row, "Site", sentence))
        key = derived(file_key, line.row)
        if key in kept:
            continue
        if problems:
            wrong += problems
            continue
        if line.site and site is None:
            # The first row says what sort of place it is.
            setting = line.setting or Setting.FACILITY.value
            site = new_sites.setdefault(
                line.site.casefold(), Site(user=user, name=line.site[:60], setting=setting)
            )
        custom = customs.get(line.custom.casefold()) if line.custom else None
        found.append((line.row, _entry(user, key, line, site, custom, file_key)))
    valuing.value([one for _, one in found], valuing.Terminology(user))
    names = [one.name for one in new_sites.values()]
    return Preview(found, len(kept), sorted(wrong, key=lambda one: one.row), names)


def _entry(
    user: User,
    key: uuid.UUID,
    line: Line,
    site: Site | None,
    custom: CustomCode | None,
    file_key: uuid.UUID,
) -> Procedure:
    return Procedure(
        user=user,
        key=key,
        performed_on=line.day,
        hcpcs=line.code or (custom.hcpcs if custom else ""),
        custom=custom,
        modifiers=joined(line.modifiers),
        units=line.units,
        percent=line.percent,
        base_units=line.base_units,
        minutes=line.minutes,
        setting=line.setting or (site.setting if site else Setting.FACILITY.value),
        site=site,
        role=line.role or Role.PERFORMED.value,
        # The same word on the same day is the same case.
        case=derived(file_key, "case", line.case, line.day) if line.case else None,
        note=line.note,
    )


@transaction.atomic
def keep(user: User, found: Preview) -> Done:
    """Keep what the preview showed: new sites first, then the entries."""
    new = [one for _, one in found.new]
    sites: dict[str, Site] = {}
    for one in new:
        if one.site is not None and one.site.pk is None:
            name = one.site.name.casefold()
            if name not in sites:
                one.site.save()
                sites[name] = one.site
            one.site = sites[name]
    return entries.add(user, new)


def _known(codes: set[str]) -> set[str] | None:
    """Return which of these codes any release has; None where only some releases are here."""
    if not FeeSchedule.objects.filter(is_active=True, is_complete=True).exists():
        return None
    return set(Code.objects.filter(pk__in=codes).values_list("pk", flat=True))


def _kept(user: User, keys: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    kept: set[uuid.UUID] = set()
    for start in range(0, len(keys), _BATCH):
        mine = Procedure.objects.for_user(user).filter(key__in=keys[start : start + _BATCH])
        kept.update(mine.values_list("key", flat=True))
    return kept
