"""Store what one import brings, whole or not at all.

A package is read and checked before it comes here. Everything below happens in one transaction
that no other import runs beside; whoever reads meanwhile sees what was there before. A release
is loaded inactive, unless it replaces the one that the site shows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils import timezone

from codes import taxonomy
from codes.doubts import figures_of, raise_doubts
from codes.fee_schedule import known
from codes.fee_schedule.activate import show
from codes.fee_schedule.compare import Comparison
from codes.fee_schedule.database import Refused, Unconfirmed, bulk_insert, exclusively
from codes.fee_schedule.examine import (
    TEXT_KIND,
    ZIP_KIND,
    Examination,
    bound,
    digest_of,
    examine,
    have_same_localities,
    names_of,
    source_of,
)
from codes.fee_schedule.records import LocalityRow, Package, RateRow, ZipRow
from codes.fee_schedule.remove import delete_unused_codes
from codes.fee_schedule.standings import (
    changes_between,
    leaf_of,
    rate_rows,
    refresh_successors,
    write,
)
from codes.models import (
    Category,
    Code,
    County,
    Descriptor,
    FeeSchedule,
    Locality,
    OppsCap,
    Rate,
    ZipRange,
)
from rvuedge import audit

_RATE_FIELDS = ("schedule", "code", *RateRow._fields[1:], "descriptor_owner")
_LOCALITY_FIELDS = (
    "schedule", "mac", "number", "state", "name", "work_gpci", "work_gpci_unfloored", "pe_gpci",
    "mp_gpci", "anesthesia_factor",
)  # fmt: skip
_COUNTY_FIELDS = ("schedule", "state", "name", "mac", "number")
_CAP_FIELDS = (
    "schedule", "code", "modifier", "status", "mac", "number", "facility", "nonfacility",
)  # fmt: skip
_ZIP_FIELDS = (
    "quarter", "first", "last", "state", "mac", "number", "rural", "needs_plus_four",
)  # fmt: skip
_QUARTERS_APART = 4  # ZIP codes of up to a year before or after serve a release

Progress = Callable[[str], None]


class Outcome(StrEnum):
    LOADED = "loaded"
    REPLACED = "replaced"
    ATTACHED = "attached"  # files of a release that is there, or of none
    UNCHANGED = "unchanged"


@dataclass
class Report:
    """What an import did. `stored` counts the rows that it wrote, in words."""

    outcome: Outcome = Outcome.UNCHANGED
    release: str = ""
    is_active: bool = False
    stored: dict[str, int] = field(default_factory=dict)
    compared_with: str = ""
    comparison: Comparison | None = None
    notes: list[str] = field(default_factory=list)


def load(
    package: Package,
    *,
    confirmed: bool = False,
    force: bool = False,
    activate: bool = False,
    complete: bool = True,
    progress: Progress | None = None,
    by: Any = None,
) -> Report:
    """Store a package in one transaction and return what came of it.

    `confirmed` says yes to whatever would be asked; without it Unconfirmed carries the question.
    `force` takes localities that are not those known from elsewhere. `complete` is False for an
    excerpt of a release (the starter catalogue): nothing is compared with it, and the whole
    release replaces it without asking. `progress` is told each step. `by` is whoever does it, for
    the audit log; None is a command. Refused carries one readable sentence; then nothing was
    stored.
    """
    progress = progress or _silently
    with exclusively():
        progress("Checking.")
        found = examine(package, force=force, complete=complete)
        if found.problems:
            raise Refused(found.problems[0])
        if found.question and not confirmed:
            raise Unconfirmed(found.question)
        report = Report(release=package.release, notes=[*package.notes, *found.warnings])
        if bound(package) and not found.is_stored:
            shown = found.schedule if found.schedule and found.schedule.is_active else None
            before = figures_of(shown) if shown and package.rates else None
            _store_release(package, found, complete, report, progress)
            if before:
                raise_doubts(found.schedule, before)
        _store_zip_codes(package, report, progress)
        _settle_zip_quarters(package)
        _store_descriptors(package, report, progress)
        if report.outcome is not Outcome.UNCHANGED:
            FeeSchedule.objects.mark_changed()
            _tell(report, package, found.schedule, by)
        if found.schedule:
            if activate and not found.schedule.is_active:
                show(found.schedule, by)
            report.is_active = found.schedule.is_active
        return report


def zip_ranges(rows: Iterable[ZipRow]) -> list[tuple[Any, ...]]:
    """Return ZIP codes that follow one another with equal values as (first, last, *values).

    Exact: a number that is not in the file ends a range.
    """
    ranges: list[list[Any]] = []
    for row in sorted(set(rows)):
        if ranges and ranges[-1][2:] == [*row[1:]] and int(ranges[-1][1]) + 1 == int(row[0]):
            ranges[-1][1] = row.zip_code
        else:
            ranges.append([row.zip_code, row.zip_code, *row[1:]])
    return [tuple(cells) for cells in ranges]


def sync_categories() -> dict[str, int]:
    """Make the stored categories those of codes/taxonomy.py; return their keys by slug."""
    stored = {category.slug: category for category in Category.objects.all()}
    leaves = {leaf.slug: leaf for leaf in taxonomy.LEAVES}
    wanted = [(group.slug, group.name, "") for group in taxonomy.GROUPS]
    wanted += [(slug, leaves[slug].name, leaves[slug].group) for slug in taxonomy.LEAF_SLUGS]
    for position, (slug, name, parent) in enumerate(wanted, start=1):
        category = stored.setdefault(slug, Category(slug=slug))
        values = (name, position, stored[parent].pk if parent else None)
        if values != (category.name, category.position, category.parent_id):
            category.name, category.position, category.parent_id = values
            category.save()
    return {slug: stored[slug].pk for slug, _, _ in wanted}


def _tell(report: Report, package: Package, schedule: FeeSchedule | None, by: Any) -> None:
    """Tell the audit log what was stored, with the digest of each file."""
    what = {
        Outcome.LOADED: "loaded a release",
        Outcome.REPLACED: "replaced a release",
        Outcome.ATTACHED: "loaded files",
    }[report.outcome]
    counts = ", ".join(f"{count:,} {rows}" for rows, count in report.stored.items())
    files = {member.name: member.sha256 for member in package.members}
    audit.record(what, by, schedule, counts, files=files)


def _silently(step: str) -> None:
    pass


def _store_release(
    package: Package,
    found: Examination,
    complete: bool,
    report: Report,
    progress: Progress,
) -> None:
    """Replace whatever the package brings of a release; the rest of it stays."""
    is_new = found.schedule is None
    schedule = found.schedule or FeeSchedule(release=package.release)
    found.schedule = schedule
    _describe(schedule, package, complete, report)
    schedule.save()
    categories = sync_categories()
    codes = {row.hcpcs for row in (*package.rates, *package.opps_caps)}
    _sync_codes(codes, categories, schedule)
    if package.rates:
        progress("Storing rates.")
        _store_rates(schedule, package.rates)
        progress("Comparing codes.")
        _compare(schedule, package.rates, found, categories, report)
        if complete:
            refresh_successors(schedule.release)
    progress("Storing localities.")
    _store_localities(schedule, package, report)
    _store_beside(schedule, package, report)
    if not is_new:
        delete_unused_codes()
    if package.rates:
        report.outcome = Outcome.LOADED if is_new else Outcome.REPLACED
    else:
        report.outcome = Outcome.ATTACHED


def _store_rates(schedule: FeeSchedule, rows: list[RateRow]) -> None:
    schedule.standings.all().delete()
    schedule.statistics.all().delete()
    schedule.rates.all().delete()
    cells = ((schedule.pk, *row, taxonomy.descriptor_owner(row.hcpcs)) for row in rows)
    bulk_insert(Rate, _RATE_FIELDS, cells)


def _compare(
    schedule: FeeSchedule,
    rows: list[RateRow],
    found: Examination,
    categories: dict[str, int],
    report: Report,
) -> None:
    """Store statistics and standings, with what changed since the release before."""
    previous = FeeSchedule.objects.before(schedule.release).first()
    changes = found.changes
    if previous != found.baseline:  # which was the release itself
        changes = changes_between(previous, schedule.release, rows)
    write(schedule, rows, categories, changes)
    report.compared_with = previous.release if previous else ""
    report.comparison = changes.comparison if changes else None
    report.stored |= {"rows": schedule.row_count, "codes": schedule.code_count}


def _describe(schedule: FeeSchedule, package: Package, complete: bool, report: Report) -> None:
    """Fill the row of the release itself, all but what its other tables hold.

    A factor that the files do not name stays as it was, or is the one known for the release.
    """
    release = schedule.release
    if package.rates:
        schedule.released_on = package.released_on
        schedule.effective_on = known.effective_on(release)
        schedule.conversion_factor = package.conversion_factor or known.conversion_factor(release)
        schedule.copyright_year = package.copyright_year or known.year(release)
        schedule.row_count = len(package.rates)
        schedule.code_count = len({row.hcpcs for row in package.rates})
        schedule.is_complete = complete
        schedule.loaded_at = timezone.now()
    for name, known_factor in (
        ("qp_conversion_factor", known.qp_conversion_factor),
        ("anesthesia_factor", known.anesthesia_factor),
        ("qp_anesthesia_factor", known.qp_anesthesia_factor),
    ):
        factor = getattr(package, name) or getattr(schedule, name) or known_factor(release)
        setattr(schedule, name, factor)
    brought = {member.kind for member in package.members}
    kept = [source for source in schedule.sources if source["kind"] not in brought]
    if package.rates and kept:
        names = ", ".join(source["name"] for source in kept)
        report.notes.append(f"Kept from the import before: {names}.")
    schedule.sources = [*kept, *map(source_of, package.members)]
    schedule.digest = digest_of(schedule.sources)
    schedule.notes = list(report.notes if package.rates else [*schedule.notes, *report.notes])


def _sync_codes(hcpcs: set[str], categories: dict[str, int], schedule: FeeSchedule) -> None:
    """Make the codes that are not there, and move those whose range is now another."""
    stored = dict(Code.objects.values_list("hcpcs", "category_id"))
    new = sorted(hcpcs - stored.keys())
    bulk_insert(Code, ("hcpcs", "category"), ((code, _category(code, categories)) for code in new))
    moved: dict[int, list[str]] = {}
    for code, category in stored.items():
        right = _category(code, categories)
        if category != right:
            moved.setdefault(right, []).append(code)
    for category, codes in moved.items():
        Code.objects.filter(pk__in=codes).update(category_id=category)
    if moved:
        for other in FeeSchedule.objects.exclude(pk=schedule.pk):
            _count_anew(other, categories)


def _category(hcpcs: str, categories: dict[str, int]) -> int:
    return categories[leaf_of(hcpcs).slug]


def _count_anew(schedule: FeeSchedule, categories: dict[str, int]) -> None:
    rows = rate_rows(schedule)
    previous = FeeSchedule.objects.before(schedule.release).first()
    changes = changes_between(previous, schedule.release, rows)
    schedule.standings.all().delete()
    schedule.statistics.all().delete()
    write(schedule, rows, categories, changes)


def _store_localities(schedule: FeeSchedule, package: Package, report: Report) -> None:
    """Replace the localities, their anesthesia factors or both by what the package brings."""
    if not (package.localities or package.anesthesia):
        return
    stored = list(schedule.localities.order_by("pk").values_list(*_LOCALITY_FIELDS[1:]))
    rows = list(dict.fromkeys(package.localities)) or [
        LocalityRow._make(cells[:-1]) for cells in stored
    ]
    factors = {row[:2]: row.factor for row in package.anesthesia} or {
        cells[:2]: cells[-1] for cells in stored if cells[-1] is not None
    }
    schedule.localities.all().delete()
    report.stored["localities"] = bulk_insert(
        Locality, _LOCALITY_FIELDS, ((schedule.pk, *row, factors.get(row[:2])) for row in rows)
    )
    if factors and factors.keys() != {row[:2] for row in rows}:
        report.notes.append(
            f"There are anesthesia factors for {len(factors)} localities, but indices for "
            f"{len(rows)}: not every locality has both."
        )


def _store_beside(schedule: FeeSchedule, package: Package, report: Report) -> None:
    """Replace counties and caps, each where the package brings them."""
    if package.counties:
        schedule.counties.all().delete()
        counties = ((schedule.pk, *row) for row in dict.fromkeys(package.counties))
        report.stored["counties"] = bulk_insert(County, _COUNTY_FIELDS, counties)
    if package.opps_caps:
        schedule.opps_caps.all().delete()
        caps = ((schedule.pk, *row) for row in dict.fromkeys(package.opps_caps))
        report.stored["OPPS caps"] = bulk_insert(OppsCap, _CAP_FIELDS, caps)


def _store_zip_codes(package: Package, report: Report, progress: Progress) -> None:
    """Replace the ranges of the package's quarter, unless they are stored already."""
    if not package.zip_codes:
        return
    progress("Storing ZIP codes.")
    quarter = package.zip_quarter
    ranges = zip_ranges(package.zip_codes)
    stored = ZipRange.objects.filter(quarter=quarter).order_by("first")
    if ranges == list(stored.values_list(*_ZIP_FIELDS[1:])):
        return
    stored.delete()
    count = bulk_insert(ZipRange, _ZIP_FIELDS, ((quarter, *cells) for cells in ranges))
    report.stored["ZIP code ranges"] = count
    if report.outcome is Outcome.UNCHANGED:
        report.outcome = Outcome.ATTACHED


def _store_descriptors(package: Package, report: Report, progress: Progress) -> None:
    """Store the texts of the codes that some release has; newer texts replace older ones."""
    if not package.descriptors:
        return
    progress("Storing descriptors.")
    source = names_of(member for member in package.members if member.kind == TEXT_KIND)[:120]
    stored = dict(Descriptor.objects.values_list("code_id", "text"))
    codes = set(Code.objects.values_list("pk", flat=True))
    texts = [row for row in package.descriptors if taxonomy.is_code(row.hcpcs)]  # no modifiers
    rows = [row for row in texts if row.hcpcs in codes]
    new = {row.hcpcs: row.text for row in rows if stored.get(row.hcpcs) != row.text}
    Descriptor.objects.filter(code__in=[*(new.keys() & stored.keys())]).delete()
    if new:
        report.stored["descriptors"] = bulk_insert(
            Descriptor,
            ("code", "text", "owner", "source"),
            (
                (hcpcs, text, taxonomy.descriptor_owner(hcpcs), source)
                for hcpcs, text in new.items()
            ),
        )
        if report.outcome is Outcome.UNCHANGED:
            report.outcome = Outcome.ATTACHED
    left_out = len(texts) - len(rows)
    if left_out:
        report.notes.append(
            f"{left_out:,} of {len(texts):,} descriptors are of codes that no "
            "loaded release has, and were left out."
        )


def _settle_zip_quarters(package: Package) -> None:
    """Give every release the stored quarter of ZIP codes that is nearest to it, if any."""
    quarters = list(ZipRange.objects.order_by().values_list("quarter", flat=True).distinct())
    schedules = list(FeeSchedule.objects.all())
    files = {
        schedule.zip_quarter: [s for s in schedule.sources if s["kind"] == ZIP_KIND]
        for schedule in schedules
    }
    if package.zip_codes:
        members = [member for member in package.members if member.kind == ZIP_KIND]
        files[package.zip_quarter] = [*map(source_of, members)]
    for schedule in schedules:
        quarter = _nearest_quarter(schedule.release, quarters)
        others = [source for source in schedule.sources if source["kind"] != ZIP_KIND]
        sources = [*others, *files.get(quarter, [])]
        if (quarter, sources) != (schedule.zip_quarter, schedule.sources):
            schedule.zip_quarter, schedule.sources = quarter, sources
            schedule.save(update_fields=["zip_quarter", "sources"])


def _nearest_quarter(release: str, quarters: list[str]) -> str:
    year = known.year(release)
    here = 4 * year + "ABCD".index(release[4]) + 1
    distances = {
        quarter: abs(4 * int(quarter[:4]) + int(quarter[4]) - here)
        for quarter in quarters
        if have_same_localities(int(quarter[:4]), year)
    }
    near = [quarter for quarter, distance in distances.items() if distance <= _QUARTERS_APART]
    return min(near, key=lambda quarter: (distances[quarter], -int(quarter)), default="")
