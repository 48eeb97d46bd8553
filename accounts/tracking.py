"""Tracking codes: saving one, the list with what changed since, its order, and going back."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from accounts.code_changes import Change, Figures, changes
from accounts.models import TrackedCode, User
from codes import taxonomy
from codes.models import Standing
from codes.rows import Row, row
from codes.shown import Shown

MOST_TRACKED = 1000
# What is kept of a removed row, so that it can come back as it was.
_KEPT = ("hcpcs", "name", "note", "group", "position", "is_favorite", "release", "figures",
         "told_release")  # fmt: skip


@dataclass(frozen=True)
class Tracked:
    """A tracked code with its figures now; `row` is None where the release does not hold it."""

    code: TrackedCode
    row: Row | None
    changes: tuple[Change, ...]

    @property
    def label(self) -> str:
        """The name it goes by: the person's own, or the site's."""
        if self.code.name:
            return self.code.name
        return self.row.listed.label if self.row else "No longer in the fee schedule"

    @property
    def system(self) -> str:
        return taxonomy.system(self.code.hcpcs)

    @property
    def url(self) -> str:
        return code_url(self.code.hcpcs)


@dataclass(frozen=True)
class Group:
    name: str
    codes: list[Tracked]


def code_url(hcpcs: str) -> str:
    """Return the address of a code's page, whether the release shown holds it or not."""
    leaf = taxonomy.leaf_of(hcpcs)
    return reverse("codes:code", args=[leaf.slug, hcpcs]) if leaf else reverse("codes:list")


def track(user: User, hcpcs: str, state: Shown, **words: str) -> tuple[TrackedCode, bool]:
    """Save a code with the figures that it has now; return it, and whether it is new.

    `words` are a personal name, note and group: of a code that is tracked already they stay what
    they were. ValidationError where the release shown has no such code, and for too many codes.
    """
    if hcpcs not in state.directory:
        release = state.schedule.release if state.schedule else "the fee schedule"
        raise ValidationError(f"{hcpcs} is not in {release}. Look it up under Codes.")
    with transaction.atomic():
        mine = TrackedCode.objects.for_user(user)
        # The person's row is the lock: two taps at once get two places, not one.
        User.objects.select_for_update().get(pk=user.pk)
        if found := mine.filter(hcpcs=hcpcs).first():
            return found, False
        if mine.count() >= MOST_TRACKED:
            raise ValidationError(
                f"You track {MOST_TRACKED:,} codes, as many as a list holds: remove one first."
            )
        standing = Standing.objects.get(schedule=state.schedule, code=hcpcs)
        code = TrackedCode(
            user=user,
            hcpcs=hcpcs,
            position=_last(mine, words.get("group", "")),
            release=state.schedule.release,
            figures=Figures.of(standing).as_json(),
            **words,
        )
        code.full_clean(exclude=["user"])
        code.save()
        return code, True


def tracked(user: User, state: Shown) -> list[Tracked]:
    """Return a person's codes in their order, with what changed for each. Two queries."""
    codes = list(TrackedCode.objects.for_user(user))
    standings = {
        one.code_id: one
        for one in Standing.objects.filter(
            schedule=state.schedule, code__in=[code.hcpcs for code in codes]
        )
    }
    release = state.schedule.release if state.schedule else ""
    directory = state.directory
    found = []
    for code in codes:
        standing = standings.get(code.hcpcs)
        now = Figures.of(standing) if standing else None
        then = Figures.from_json(code.figures)
        listed = directory.get(code.hcpcs)
        found.append(
            Tracked(
                code,
                row(standing, listed, release) if standing and listed else None,
                changes(code.hcpcs, then, now, code.release, release),
            )
        )
    return found


def grouped(codes: list[Tracked]) -> list[Group]:
    """Return the codes by their groups: those without one first."""
    return [
        Group(name, list(members))
        for name, members in groupby(codes, key=lambda one: one.code.group)
    ]


@transaction.atomic
def move(code: TrackedCode, up: bool) -> None:
    """Put a code one place up or down within its group; at the end it stays where it is."""
    User.objects.select_for_update().get(pk=code.user_id)
    rows = list(TrackedCode.objects.filter(user=code.user_id, group=code.group))
    swap(rows, code, up)


def swap(rows: list[Any], one: Any, up: bool) -> None:
    """Move one of several rows that have a `position`, and number them anew."""
    index = rows.index(one)
    other = index + (-1 if up else 1)
    if 0 <= other < len(rows):
        rows[index], rows[other] = rows[other], rows[index]
    changed = []
    for position, each in enumerate(rows):
        if each.position != position:
            each.position = position
            changed.append(each)
    type(one).objects.bulk_update(changed, ["position"])


def regroup(code: TrackedCode, before: str) -> None:
    """Put a code that has changed its group at the end of the new one. It is not saved."""
    if code.group != before:
        code.position = _last(TrackedCode.objects.filter(user=code.user_id), code.group)


def remove(code: TrackedCode) -> dict[str, Any]:
    """Delete a tracked code and return what `restore` needs to bring it back."""
    kept = {name: getattr(code, name) for name in _KEPT}
    kept["tracked_at"] = code.tracked_at.isoformat()
    code.delete()
    return kept


@transaction.atomic
def restore(user: User, kept: dict[str, Any]) -> TrackedCode:
    """Bring a removed code back as it was; tracked again meanwhile, it stays as it is now."""
    values = {name: kept[name] for name in _KEPT if name != "hcpcs"}
    code, is_new = TrackedCode.objects.get_or_create(
        user=user, hcpcs=kept["hcpcs"], defaults=values
    )
    if is_new:
        at = datetime.fromisoformat(kept["tracked_at"])
        TrackedCode.objects.filter(pk=code.pk).update(tracked_at=min(at, timezone.now()))
    return code


def _last(mine: Any, group: str) -> int:
    last = mine.filter(group=group).aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


COLUMNS = (
    "code", "own name", "name", "group", "favorite", "note", "tracked since", "release then",
    "release now", "status", "work RVUs", "total RVUs, office", "total RVUs, facility", "changes",
)  # fmt: skip


def table(codes: list[Tracked], release: str) -> list[list[str]]:
    """Return the list as rows of cells for a spreadsheet, with headings."""
    lines = [list(COLUMNS)]
    for one in codes:
        now = one.row
        lines.append(
            [
                one.code.hcpcs,
                one.code.name,
                now.listed.label if now else "",
                one.code.group,
                "yes" if one.code.is_favorite else "no",
                one.code.note,
                f"{timezone.localdate(one.code.tracked_at):%Y-%m-%d}",
                one.code.release,
                release,
                now.status.letter if now else "not listed",
                (str(now.work) if now.work is not None else now.no_work) if now else "",
                str(now.office.total) if now and now.office else "",
                str(now.facility.total) if now and now.facility else "",
                "; ".join(change.sentence for change in one.changes),
            ]
        )
    return lines
