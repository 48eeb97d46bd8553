"""How many of a kind of service somebody has done, against what they or their program set.

Minimums are counted by entry, whatever their units and their credit: a case log counts cases.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Count

from accounts.models import Minimum, Procedure
from accounts.models.log import Role
from accounts.validators import check_hcpcs
from codes.charts import percent

MOST_CODES = 60
Counts = Mapping[tuple[str, str], int]  # entries by code and role


class Progress(NamedTuple):
    """How far a person has come with one minimum. `bar` is in per cent, 100 at most."""

    minimum: Minimum
    done: int
    left: int
    bar: Any
    roles: str  # that count, in words


def progress(user: Any) -> list[Progress]:
    """Return each minimum with what is done. Two queries; one where there are no minimums."""
    minimums = list(Minimum.objects.for_user(user))
    if not minimums:
        return []
    counts = count(user)
    return [_progress(one, counts) for one in minimums]


def count(user: Any) -> dict[tuple[str, str], int]:
    """Return how many entries a person has of each code and role, of all time. One query."""
    rows = (
        Procedure.objects.for_user(user)
        .order_by()
        .values_list("hcpcs", "role")
        .annotate(Count("pk"))
    )
    return {(hcpcs, role): number for hcpcs, role, number in rows}


def by_role(counts: Counts) -> list[tuple[str, int]]:
    """Return how many entries there are of each role, in the order of the roles."""
    sums: defaultdict[str, int] = defaultdict(int)
    for (_, role), number in counts.items():
        sums[role] += number
    return [(role.label, sums[role]) for role in Role if sums[role]]


def _progress(minimum: Minimum, counts: Counts) -> Progress:
    done = sum(
        number
        for (hcpcs, role), number in counts.items()
        if holds(minimum.codes, hcpcs) and (not minimum.roles or role in minimum.roles)
    )
    labels = dict(Role.choices)
    words = ", ".join(labels[role].lower() for role in minimum.roles if role in labels)
    return Progress(
        minimum,
        done,
        max(minimum.at_least - done, 0),
        percent(min(done, minimum.at_least), minimum.at_least),
        words or "any role",
    )


def holds(ranges: Iterable[str], hcpcs: str) -> bool:
    """Return whether a code is one of `ranges`: codes, and pairs as "49505-49525"."""
    for each in ranges:
        first, _, last = each.partition("-")
        if first <= hcpcs <= (last or first):
            return True
    return False


def read_ranges(text: str) -> list[str]:
    """Return codes and ranges as people type them, by commas, spaces or lines.

    Raises a ValidationError with a sentence for what is neither.
    """
    joined = text.upper().replace("–", "-")
    parts = joined.replace(" - ", "-").replace(",", " ").replace(";", " ").split()
    ranges: list[str] = []
    for part in parts:
        first, dash, last = part.partition("-")
        check_hcpcs(first)
        if dash:
            check_hcpcs(last)
            if last < first:
                raise ValidationError(f"{part} runs backward: write the lower code first.")
        if part not in ranges:
            ranges.append(part)
    if len(ranges) > MOST_CODES:
        raise ValidationError(f"{len(ranges)} codes and ranges are more than {MOST_CODES}.")
    return ranges


def written(ranges: Sequence[str]) -> str:
    """Return ranges as people read and type them."""
    return ", ".join(ranges)
