"""What there is to say about a package before it is stored: reasons to refuse it, and doubts."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from codes import taxonomy
from codes.fee_schedule import known, questions
from codes.fee_schedule.compare import Comparison
from codes.fee_schedule.records import Member, Package
from codes.fee_schedule.standings import Changes, changes_between
from codes.fee_schedule.stored import differences, has_same_files
from codes.models import FeeSchedule, Locality, ZipRange

# Files that belong to no release: what they hold is stored for itself.
ZIP_KIND = "ZIP5"
TEXT_KIND = "HCPCS"
UNBOUND_KINDS = frozenset({ZIP_KIND, TEXT_KIND})

_NAMED = 5  # how many of many a sentence names
_LOCALITIES_REDRAWN = 2024  # 112 localities until 2023, 109 from 2024 on

Key = tuple[str, str]  # contractor and number of a locality


@dataclass
class Examination:
    """What an import would do. With problems it is refused, one sentence each."""

    release: str
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    schedule: FeeSchedule | None = None  # the release as it is stored now
    is_stored: bool = False  # with this very content
    baseline: FeeSchedule | None = None  # what it is measured against
    changes: Changes | None = None
    differing: list[str] = field(default_factory=list)  # what of a loaded release would change
    question: str = ""  # what somebody has to say yes to

    @property
    def comparison(self) -> Comparison | None:
        return self.changes.comparison if self.changes else None


def examine(package: Package, *, force: bool = False, complete: bool = True) -> Examination:
    """Return what storing the package would mean. Reads the database, changes nothing."""
    found = Examination(package.release, problems=list(_contradictions(package)))
    files = bound(package)
    if not files:
        return found
    found.schedule = FeeSchedule.objects.filter(release=package.release).first()
    found.problems += _misfits(package, files, found.schedule)
    if not found.problems and package.localities:
        foreign = _foreign_localities(package)
        if foreign and force:
            found.warnings.append(foreign)
        elif foreign:
            found.problems.append(f"{foreign} If you are sure of it, import it with --force.")
    if found.problems:
        return found
    if _is_stored(files, found.schedule, complete):
        found.is_stored = True
        return found
    if complete:
        _compare(found, package)
        if found.schedule and found.schedule.is_complete:
            found.differing = differences(package, files, found.schedule, found.comparison)
            if not found.differing:
                found.is_stored, found.baseline, found.changes = True, None, None
                return found
    factors = [*questions.odd_factors(package, _before(found.release))]
    found.warnings += factors
    if complete:
        found.question = _ask(found, package, factors)
    return found


def bound(package: Package) -> list[Member]:
    """Return the files of a package that belong to a release."""
    return [member for member in package.members if member.kind not in UNBOUND_KINDS]


def names_of(members: Iterable[Member]) -> str:
    return ", ".join(member.name for member in members)


def digest_of(sources: Iterable[Mapping[str, Any]]) -> str:
    """Return the sha256 that names the files of a release, whatever their names and order.

    `sources` are those of FeeSchedule.sources. Files that belong to no release are left out:
    with or without them it is the same release.
    """
    lines = sorted(
        f"{source['kind']} {source['sha256']}\n"
        for source in sources
        if source["kind"] not in UNBOUND_KINDS
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _contradictions(package: Package) -> Iterator[str]:
    """Yield what cannot be stored at all, whatever release it belongs to."""
    if not package.members:
        yield "There is nothing to import."
    if package.zip_codes and not package.zip_quarter:
        yield "The file of ZIP codes names no quarter."
    codes = {row.hcpcs for row in (*package.rates, *package.opps_caps)}
    homeless = [hcpcs for hcpcs in codes if not taxonomy.leaf_of(hcpcs)]
    if homeless:
        yield (
            f"No category has a place for {_some(homeless)}: codes/taxonomy.py needs a range for "
            "it before this release can be loaded."
        )


def _misfits(package: Package, files: list[Member], schedule: FeeSchedule | None) -> Iterator[str]:
    """Yield what keeps these files from being stored under the package's release."""
    names, release = names_of(files), package.release
    if not release:
        yield f"{names} belongs to a release: say which with --release."
        return
    if not known.is_release(release):
        yield f"{release!r} is no release: its name looks like 2026C or 2024AR."
        return
    if not package.rates and schedule is None:
        yield (
            f"{names} cannot be added to {release}, which is not loaded: import the PPRRVU file "
            "of that release first."
        )
    if package.rates and not (package.conversion_factor or known.conversion_factor(release)):
        yield f"{names} names no conversion factor."
    has_localities = schedule is not None and schedule.localities.exists()
    if package.anesthesia and not package.localities and not has_localities:
        yield "Anesthesia factors need the localities of a GPCI file: import both."
    twin = FeeSchedule.objects.filter(digest=digest_of(map(source_of, files)))
    for other in twin.exclude(release=release):
        yield f"{names} is loaded already, as {other.release}."


def source_of(member: Member) -> dict[str, Any]:
    """Return a file as FeeSchedule.sources records it."""
    return {
        "name": member.name,
        "kind": member.kind,
        "sha256": member.sha256,
        "rows": member.rows,
    }


def _is_stored(files: list[Member], schedule: FeeSchedule | None, complete: bool) -> bool:
    if schedule is None:
        return False
    if schedule.is_complete != complete:
        return schedule.is_complete  # an excerpt never replaces the whole
    return has_same_files(files, schedule)


def _before(release: str) -> FeeSchedule | None:
    return FeeSchedule.objects.before(release).first()


def _compare(found: Examination, package: Package) -> None:
    """Measure the rates with the release itself as it is stored, or else the one before it."""
    if not package.rates:
        return
    stored = found.schedule if found.schedule and found.schedule.is_complete else None
    found.baseline = stored or _before(found.release)
    found.changes = changes_between(found.baseline, found.release, package.rates)


def _ask(found: Examination, package: Package, factors: list[str]) -> str:
    """Return all that somebody has to say yes to, or ""."""
    comparison, before = found.comparison, found.baseline
    asked = factors[:]
    if comparison and before:
        if before == found.schedule:
            changes = questions.factor_changes(package, before)
            asked.append(
                questions.other_content(found.release, comparison, found.differing, changes)
            )
        else:
            asked.append(questions.far_from(before, found.release, comparison))
    if package.rates:
        asked.append(questions.cut_off(package.rates, before, comparison))
    return " ".join(filter(None, asked))


def _foreign_localities(package: Package) -> str:
    """Return a sentence if the localities are not those known from elsewhere, or "".

    A counterfeit GPCI file with 98 localities is in circulation.
    """
    source, others = _other_localities(package)
    own = {(row.mac, row.number) for row in package.localities}
    if not others or own == others:
        return ""
    name = names_of(member for member in package.members if member.kind == "GPCI")
    differences = []
    if others - own:
        differences.append(f"it lacks {_some(map('-'.join, others - own))}")
    if own - others:
        differences.append(f"only it has {_some(map('-'.join, own - others))}")
    return (
        f"{name or 'The GPCI file'} has {len(own)} localities, {source} {len(others)}: "
        f"{', and '.join(differences)}."
    )


def _other_localities(package: Package) -> tuple[str, set[Key]]:
    """Return the localities to measure with, and in words where they are from."""
    if package.zip_codes:
        return "the file of ZIP codes", {(row.mac, row.number) for row in package.zip_codes}
    year = known.year(package.release)
    ranges = ZipRange.objects.order_by("-quarter")
    newest = ranges.values_list("quarter", flat=True).first()
    if newest and have_same_localities(int(newest[:4]), year):
        pairs = ranges.filter(quarter=newest).order_by().values_list("mac", "number")
        return f"the file of ZIP codes of {newest}", set(pairs.distinct())
    localities = Locality.objects.filter(schedule__is_complete=True).order_by()
    releases = localities.values_list("schedule__release", flat=True).distinct()
    near = [name for name in releases if have_same_localities(known.year(name), year)]
    if not near:
        return "", set()
    nearest = min(near, key=lambda name: (abs(_age(name) - _age(package.release)), name))
    pairs = localities.filter(schedule__release=nearest).values_list("mac", "number")
    return nearest, set(pairs)


def have_same_localities(a: int, b: int) -> bool:
    """Return whether the localities of two years should be the same."""
    return a == b or (abs(a - b) == 1 and min(a, b) >= _LOCALITIES_REDRAWN)


def _age(release: str) -> int:
    """Return the days of a release on the calendar, to find the nearest."""
    return known.effective_on(release).toordinal()


def _some(names: Iterable[str]) -> str:
    """Return the first few of many names in words."""
    ordered = sorted(names)
    shown = ", ".join(ordered[:_NAMED])
    rest = len(ordered) - _NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown
