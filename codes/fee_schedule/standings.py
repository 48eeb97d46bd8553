"""What lists and comparisons need of a release, worked out before anybody can ask for it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple, cast

from django.db import connection

from codes import taxonomy
from codes.fee_schedule.compare import Comparison, Kind, compare
from codes.fee_schedule.database import bulk_insert
from codes.fee_schedule.records import RateRow
from codes.fee_schedule.statistics import Place, histogram, places, spread
from codes.indicators import PAYABLE
from codes.models import CategoryStatistics, FeeSchedule, Rate, Standing
from codes.payment import Components, payment

_RATE_COLUMNS = ["code_id", *RateRow._fields[1:]]
_STANDING_FIELDS = (
    "schedule", "code", "statistics", "category", "modifiers", "status", "global_days",
    "is_payable", "has_values", "work_rvu", "pe_nonfac", "pe_fac", "mp_rvu", "total_nonfac",
    "total_fac", "national_nonfac", "national_fac", "below", "neighbors", "change", "work_before",
)  # fmt: skip
_NOWHERE = Place(0, ())


class Spoken(NamedTuple):
    """A code, its row that speaks for it, and what its other rows add."""

    row: RateRow
    leaf: taxonomy.Leaf
    modifiers: str
    is_payable: bool
    has_values: bool

    @property
    def is_compared(self) -> bool:
        """Whether the code takes part in comparisons of work."""
        return self.is_payable and self.row.work_rvu > 0


class Changes(NamedTuple):
    """What happened to the codes of a release since the one before it."""

    comparison: Comparison
    work_before: dict[str, Decimal]

    def of(self, hcpcs: str) -> tuple[Kind, Decimal | None]:
        return self.comparison.kinds[hcpcs], self.work_before.get(hcpcs)


def leaf_of(hcpcs: str) -> taxonomy.Leaf:
    """Return the leaf of a code that is stored or about to be: examine.py refuses all others."""
    return cast(taxonomy.Leaf, taxonomy.leaf_of(hcpcs))


def rate_rows(schedule: FeeSchedule, codes: Iterable[str] | None = None) -> list[RateRow]:
    """Return the stored rows of a release as they were read: all, or those of some codes."""
    rates = Rate.objects.filter(schedule=schedule).order_by("code_id", "modifier")
    if codes is not None:
        rates = rates.filter(code__in=codes)
    return [RateRow._make(values) for values in rates.values_list(*_RATE_COLUMNS)]


def spoken(rows: Iterable[RateRow]) -> list[Spoken]:
    """Return the codes of a release: the row without modifier speaks, or else the first."""
    by_code: dict[str, list[RateRow]] = {}
    for row in rows:
        by_code.setdefault(row.hcpcs, []).append(row)
    codes = []
    for hcpcs, group in by_code.items():
        if len(group) > 1:
            group.sort(key=attrgetter("modifier"))
        row = group[0]
        codes.append(
            Spoken(
                row=row,
                leaf=leaf_of(hcpcs),
                modifiers=",".join(row.modifier for row in group if row.modifier),
                is_payable=row.status in PAYABLE and not row.not_used,
                has_values=any(row.total_nonfac or row.total_fac for row in group),
            )
        )
    return codes


def changes_between(
    previous: FeeSchedule | None, release: str, rows: list[RateRow]
) -> Changes | None:
    """Return what `rows` of `release` changed, or None where no release came before."""
    if previous is None:
        return None
    old = rate_rows(previous)
    work_before: dict[str, Decimal] = {}
    for row in old:  # the row without modifier comes first
        work_before.setdefault(row.hcpcs, row.work_rvu)
    return Changes(compare(old, rows, previous.release, release), work_before)


def write(
    schedule: FeeSchedule,
    rows: list[RateRow],
    categories: Mapping[str, int],
    changes: Changes | None,
) -> None:
    """Store the statistics of every category and the standing of every code.

    `categories` gives the key of every chapter and leaf by its slug. Nothing of the kind may be
    stored for this release yet.
    """
    codes = spoken(rows)
    members: dict[str, list[Spoken]] = {slug: [] for slug in categories}
    for code in codes:
        members[code.leaf.slug].append(code)
        members[code.leaf.group].append(code)
    statistics = CategoryStatistics.objects.bulk_create(
        _statistics(schedule, categories[slug], inside) for slug, inside in members.items()
    )
    keys = {row.category_id: row.pk for row in statistics}
    standing: dict[str, Place] = {}
    for slug in taxonomy.LEAF_SLUGS:
        compared = [code.row for code in members[slug] if code.is_compared]
        standing |= places((row.work_rvu, row.hcpcs) for row in compared)

    def cells(code: Spoken) -> tuple[object, ...]:
        row = code.row
        category = categories[code.leaf.slug]
        total_nonfac = None if row.nonfac_na else _price_total(code, row.total_nonfac)
        total_fac = None if row.fac_na else _price_total(code, row.total_fac)
        place = standing.get(row.hcpcs, _NOWHERE)
        change, work_before = changes.of(row.hcpcs) if changes else (Kind.NONE, None)
        return (
            schedule.pk,
            row.hcpcs,
            keys[category],
            category,
            code.modifiers,
            row.status,
            row.global_days,
            code.is_payable,
            code.has_values,
            row.work_rvu,
            row.pe_nonfac,
            row.pe_fac,
            row.mp_rvu,
            total_nonfac,
            total_fac,
            None if total_nonfac is None else _amount(row, row.pe_nonfac, schedule),
            None if total_fac is None else _amount(row, row.pe_fac, schedule),
            place.below if code.is_compared else None,
            [[hcpcs, str(work)] for hcpcs, work in place.neighbors],
            change.value,
            work_before,
        )

    bulk_insert(Standing, _STANDING_FIELDS, map(cells, codes))


def refresh_successors(release: str) -> None:
    """Work out anew what changed in the releases whose predecessor came or went."""
    for schedule in FeeSchedule.objects.filter(release__gt=release).order_by("release"):
        _refresh(schedule)
        if schedule.is_complete:
            break  # the later ones are compared with this one, or one after it


def _refresh(schedule: FeeSchedule) -> None:
    previous = FeeSchedule.objects.before(schedule.release).first()
    changes = changes_between(previous, schedule.release, rate_rows(schedule))
    # In whole units, as the column holds them.
    to_units = Standing._meta.get_field("work_before").to_units
    stale = []
    stored = Standing.objects.filter(schedule=schedule).order_by()
    for pk, hcpcs, *before in stored.values_list("pk", "code_id", "change", "work_before"):
        change, work = changes.of(hcpcs) if changes else (Kind.NONE, None)
        if before != [change, work]:
            stale.append((change.value, None if work is None else to_units(work), pk))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Standing._meta.db_table} SET change = %s, work_before = %s "  # noqa: S608
            "WHERE id = %s",
            stale,
        )


def _price_total(code: Spoken, total: Decimal) -> Decimal | None:
    return total if code.is_payable and total else None


def _amount(row: RateRow, practice_expense: Decimal, schedule: FeeSchedule) -> Decimal:
    rvus = Components(row.work_rvu, practice_expense, row.mp_rvu)
    return payment(rvus, schedule.conversion_factor)


def _statistics(schedule: FeeSchedule, category: int, codes: list[Spoken]) -> CategoryStatistics:
    work = [code.row.work_rvu for code in codes if code.is_compared]
    bins = histogram(work)
    numbers = spread(work)
    return CategoryStatistics(
        schedule=schedule,
        category_id=category,
        codes=len(codes),
        payable=sum(code.is_payable for code in codes),
        with_work=len(work),
        statuses=dict(sorted(Counter(code.row.status for code in codes).items())),
        histogram={"width": str(bins.width), "counts": list(bins.counts)},
        **(numbers._asdict() if numbers else {}),
    )
