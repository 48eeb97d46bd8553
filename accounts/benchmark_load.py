"""Medicare's percentiles in the database: one year is replaced whole, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from accounts import benchmark_file
from accounts.benchmark_file import FEWEST_CLINICIANS, Progress, Reading
from accounts.models import Benchmark
from codes.fee_schedule.database import Refused
from codes.models import FeeSchedule, Rate


@dataclass(frozen=True)
class Outcome:
    """What came of a file; `reading` is None where the same bytes were loaded before."""

    year: int
    release: str
    reading: Reading | None


def load(
    path: Path,
    year: int,
    release: str = "",
    floor: int = benchmark_file.FLOOR,
    progress: Callable[[str], Progress] = lambda _: lambda _: None,
) -> Outcome:
    """Load the percentiles of a year from CMS's file by provider and service.

    `release` is the one whose work RVUs count; without it, the newest whole one of that year.
    `progress` is told what begins and returns what is told the bytes done. Refused where the
    release is missing or of another year, and where no specialty is large enough; FileError for
    what is wrong with the file. Nothing is stored then.
    """
    schedule = _schedule(year, release)
    digest = benchmark_file.digest(path, progress("Looking through the file"))
    same = Benchmark.objects.filter(
        year=year, digest=digest, release=schedule.release, floor=floor
    )
    if same.exists():
        return Outcome(year, schedule.release, None)
    counting = benchmark_file.worths(
        Rate.objects.filter(schedule=schedule).only(
            "code_id", "modifier", "status", "not_used", "work_rvu"
        )
    )
    reading = benchmark_file.read(path, counting, floor, progress("Adding up"))
    if not reading.spreads:
        raise Refused(
            f"No specialty has {FEWEST_CLINICIANS} clinicians with {floor:,} services that count: "
            "nothing was stored."
        )
    rows = [
        Benchmark(
            year=year,
            release=schedule.release,
            specialty=specialty,
            clinicians=spread.clinicians,
            floor=floor,
            source=path.name[:120],
            digest=digest,
            **{
                f"p{percent}": point
                for percent, point in zip(benchmark_file.PERCENTILES, spread.points, strict=True)
            },
        )
        for specialty, spread in reading.spreads.items()
    ]
    with transaction.atomic():
        Benchmark.objects.filter(year=year).delete()
        Benchmark.objects.bulk_create(rows, batch_size=100)
    return Outcome(year, schedule.release, reading)


def _schedule(year: int, release: str) -> FeeSchedule:
    if release:
        schedule = FeeSchedule.objects.filter(release=release).first()
        if schedule is None:
            raise Refused(f"{release} is not loaded: load it first (import_fee_schedule).")
        if schedule.year != year:
            raise Refused(
                f"{release} is not of {year}: services count with the work RVUs of their year."
            )
    else:
        of_year = FeeSchedule.objects.filter(release__startswith=str(year), is_complete=True)
        schedule = of_year.order_by("-release").first()
        if schedule is None:
            raise Refused(f"No release of {year} is loaded: load one first (import_fee_schedule).")
    if not schedule.is_complete:
        raise Refused(
            f"Of {schedule.release} only the starter catalogue is loaded, not the whole release: "
            "load that first (import_fee_schedule)."
        )
    return schedule
