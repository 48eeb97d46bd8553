"""A person's own wRVUs, and the percentile points that they may be held against."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Min, Q, Sum

from accounts.medicare_specialties import medicare_name
from accounts.models import Benchmark, Contract, Procedure, Profile, Survey, User
from accounts.percentiles import Points, Position, annualized, fte_adjusted, position
from accounts.survey_file import Line
from codes.credit_kinds import Kind

DAYS = 365
_PERCENT = Decimal(100)


@dataclass(frozen=True)
class Logged:
    """What a person logged from one day to another, both included.

    Only what Medicare values counts; `others` are entries that do not. Days from before the very
    first entry are no part of it.
    """

    first: date
    last: date
    wrvus: Decimal
    entries: int
    others: int

    @property
    def days(self) -> int:
        return max((self.last - self.first).days + 1, 0)


@dataclass(frozen=True)
class Fte:
    """A clinical FTE, and where it comes from."""

    value: Decimal
    source: str

    @property
    def words(self) -> str:
        return f"{self.value.normalize():f}"


@dataclass(frozen=True)
class Standing:
    """Where a person stands among points. Nothing is said of fewer than 30 days."""

    annual: Decimal
    value: Decimal  # what is held against the points
    position: Position
    unadjusted: Position  # of `annual`, without dividing by the FTE


def logged(user: User, first: date, last: date) -> Logged:
    """Return a person's official wRVUs between two days. One query."""
    inside = Q(performed_on__gte=first, performed_on__lte=last)
    official = Q(kind=Kind.OFFICIAL)
    found = Procedure.objects.for_user(user).aggregate(
        begun=Min("performed_on"),
        wrvus=Sum("wrvu", filter=inside & official),
        entries=Count("pk", filter=inside & official),
        others=Count("pk", filter=inside & ~official),
    )
    begun = found["begun"] or last + timedelta(days=1)
    return Logged(
        max(first, begun), last, found["wrvus"] or Decimal(0), found["entries"], found["others"]
    )


def fte_of(user: User, profile: Profile, day: date) -> Fte:
    """Return the FTE of the contracts of a day, one for each employer, or else the profile's."""
    newest: dict[str, Decimal] = {}
    for contract in Contract.objects.for_user(user).on(day).order_by("starts_on", "pk"):
        newest[contract.employer] = contract.fte
    if newest:
        several = "s" if len(newest) > 1 else ""
        return Fte(sum(newest.values(), Decimal(0)), f"your contract{several}")
    return Fte(profile.clinical_fte, "your profile")


def published() -> dict[str, Benchmark]:
    """Return Medicare's percentiles of the newest year that is loaded, by specialty."""
    newest = Benchmark.objects.aggregate(year=Max("year"))["year"]
    return {one.specialty: one for one in Benchmark.objects.filter(year=newest)}


def medicare_default(profile: Profile, benchmarks: dict[str, Benchmark]) -> Benchmark | None:
    """Return the percentiles of the profile's specialty, if Medicare's file has them."""
    if profile.specialty is None:
        return None
    return benchmarks.get(medicare_name(profile.specialty.slug, benchmarks))


def points_of(row: Benchmark | Survey) -> Points:
    return Points(row.p10, row.p25, row.p50, row.p75, row.p90)


def stand(
    own: Logged, points: Points, *, fte: Decimal | None, share: Decimal = _PERCENT
) -> Standing | None:
    """Return where a person stands, or None under 30 days.

    `share` is the per cent of the wRVUs that is compared; `fte` is None where the points are not
    those of one full position.
    """
    annual = annualized(own.wrvus * share / _PERCENT, own.days)
    if annual is None:
        return None
    value = annual if fte is None else fte_adjusted(annual, fte)
    return Standing(annual, value, position(points, value), position(points, annual))


@transaction.atomic
def keep(user: User, lines: list[Line]) -> int:
    """Store survey lines, each instead of one of the same source, year and specialty."""
    for line in lines:
        values: dict[str, Any] = line.points._asdict()
        Survey.objects.update_or_create(
            user=user,
            name=line.source,
            year=line.year,
            specialty=line.specialty,
            defaults={"is_per_fte": line.is_per_fte, **values},
        )
    return len(lines)
