"""Sets of codes that are logged together: saving one, their order, and going back."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import CodeSet, SetLine, User
from accounts.tracking import swap
from codes.shown import Listed, Shown

COLUMNS = ("set", "one case", "code", "name", "modifiers", "units", "work RVUs")


@dataclass(frozen=True)
class Line:
    """A line of a set with what the release shown says of its code; None where it is gone."""

    line: SetLine
    listed: Listed | None


@dataclass(frozen=True)
class Shelf:
    """A set with its lines, and their work RVUs before any modifier or contract."""

    code_set: CodeSet
    lines: list[Line]

    @property
    def work(self) -> Decimal:
        return sum(
            (
                Decimal(one.listed.work) * one.line.units
                for one in self.lines
                if one.listed and one.listed.work
            ),
            Decimal(0),
        )


def shelves(user: User, state: Shown) -> list[Shelf]:
    """Return a person's sets in their order. Two queries."""
    directory: Mapping[str, Listed] = state.directory
    return [
        Shelf(one, [Line(line, directory.get(line.hcpcs)) for line in one.lines.all()])
        for one in CodeSet.objects.for_user(user).prefetch_related("lines")
    ]


@transaction.atomic
def save(code_set: CodeSet, lines: list[SetLine]) -> None:
    """Store a set with exactly these lines; a new one goes to the end."""
    if code_set.pk is None:
        User.objects.select_for_update().get(pk=code_set.user_id)
        last = CodeSet.objects.for_user(code_set.user).aggregate(last=Max("position"))["last"]
        code_set.position = 0 if last is None else last + 1
    code_set.save()
    code_set.lines.all().delete()
    for line in lines:
        line.set = code_set
    SetLine.objects.bulk_create(lines)


@transaction.atomic
def move(code_set: CodeSet, up: bool) -> None:
    """Put a set one place up or down; at the end it stays where it is."""
    User.objects.select_for_update().get(pk=code_set.user_id)
    swap(list(CodeSet.objects.filter(user=code_set.user_id)), code_set, up)


def remove(code_set: CodeSet) -> dict[str, Any]:
    """Delete a set and return what `restore` needs to bring it back."""
    kept = {
        "name": code_set.name,
        "is_case": code_set.is_case,
        "position": code_set.position,
        "lines": list(code_set.lines.values("hcpcs", "modifiers", "units", "position")),
    }
    code_set.delete()
    return kept


@transaction.atomic
def restore(user: User, kept: dict[str, Any]) -> CodeSet:
    """Bring a removed set back; a set that has taken its name meanwhile stays as it is."""
    values = {"is_case": kept["is_case"], "position": kept["position"]}
    code_set, is_new = CodeSet.objects.get_or_create(user=user, name=kept["name"], defaults=values)
    if is_new:
        SetLine.objects.bulk_create(SetLine(set=code_set, **line) for line in kept["lines"])
    return code_set


def table(found: list[Shelf]) -> list[list[str]]:
    """Return the sets as rows of cells for a spreadsheet, a row for each line."""
    lines = [list(COLUMNS)]
    for shelf in found:
        for one in shelf.lines:
            lines.append(
                [
                    shelf.code_set.name,
                    "yes" if shelf.code_set.is_case else "no",
                    one.line.hcpcs,
                    one.listed.label if one.listed else "",
                    one.line.modifiers,
                    str(one.line.units),
                    one.listed.work if one.listed else "",
                ]
            )
    return lines
