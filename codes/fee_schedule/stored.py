"""Whether a package brings anything that a loaded release does not hold already.

The same bytes do not. Nor do files that were only saved in another way (line ends, a byte order
mark, zeros that could be restored): what counts is what was read from them.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from codes.fee_schedule.compare import Comparison
from codes.fee_schedule.records import (
    CountyRow,
    LocalityRow,
    Member,
    OppsCapRow,
    Package,
)
from codes.models import FeeSchedule

# What a package may say of the release itself, in words.
_OF_THE_RELEASE = {
    "conversion_factor": "the conversion factor",
    "qp_conversion_factor": "the QP conversion factor",
    "anesthesia_factor": "the anesthesia factor",
    "qp_anesthesia_factor": "the QP anesthesia factor",
    "released_on": "the day of release",
    "copyright_year": "the year of the copyright",
}


def has_same_files(files: Iterable[Member], schedule: FeeSchedule) -> bool:
    """Return whether these very bytes were loaded."""
    stored = {(source["kind"], source["sha256"]) for source in schedule.sources}
    return {(member.kind, member.sha256) for member in files} <= stored


def differences(
    package: Package,
    files: Iterable[Member],
    schedule: FeeSchedule,
    comparison: Comparison | None,
) -> list[str]:
    """Return in words what the package brings that the release does not hold; [] for nothing.

    `comparison` is that of the stored rates with those of the package, None where it brings none.
    What the package does not bring is not missed.
    """
    return [*_differences(package, files, schedule, comparison)]


def _differences(
    package: Package,
    files: Iterable[Member],
    schedule: FeeSchedule,
    comparison: Comparison | None,
) -> Iterator[str]:
    if comparison and (comparison.added or comparison.gone or comparison.changed):
        yield "rates"
    for name, words in _OF_THE_RELEASE.items():
        value = getattr(package, name)
        if value is not None and value != getattr(schedule, name):
            yield words
    if package.localities and not _same(package.localities, schedule.localities, LocalityRow):
        yield "localities"
    if package.anesthesia:
        # Those of localities without indices are not stored.
        stored = schedule.localities.values_list("mac", "number", "anesthesia_factor")
        places = {cells[:2] for cells in stored}
        factors = {cells for cells in stored if cells[2] is not None}
        if factors != {tuple(row) for row in package.anesthesia if row[:2] in places}:
            yield "anesthesia factors"
    if package.counties and not _same(package.counties, schedule.counties, CountyRow):
        yield "counties"
    caps = schedule.opps_caps
    if package.opps_caps and not _same(package.opps_caps, caps, OppsCapRow, hcpcs="code_id"):
        yield "OPPS caps"
    kinds = {source["kind"] for source in schedule.sources}
    new = sorted({member.kind for member in files} - kinds)
    if new:
        yield f"files of a kind that was not there ({', '.join(new)})"


def _same(rows: Iterable[Any], stored: Any, row: Any, **names: str) -> bool:
    columns = [names.get(name, name) for name in row._fields]
    return {tuple(one) for one in rows} == set(stored.order_by().values_list(*columns))
