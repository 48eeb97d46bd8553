"""Build Medicare's percentiles of wRVUs by specialty from CMS's file by provider and service."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from tqdm import tqdm

from accounts.benchmark_file import FEWEST_CLINICIANS, FLOOR, Progress, Reading
from accounts.benchmark_load import load
from codes import utilization
from codes.fee_schedule.database import Refused, in_words
from codes.fee_schedule.records import FileError


class Command(BaseCommand):
    help = (
        "Build percentiles (10, 25, 50, 75, 90) of Medicare fee-for-service wRVUs by specialty "
        "from CMS's CSV “Medicare Physician & Other Practitioners - by Provider and Service”, "
        "instead of those that are there of the same year."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--year", type=int, help="The year of the data, if the name lacks it.")
        parser.add_argument(
            "--release", default="", help="Whose work RVUs count; the newest of the year."
        )
        parser.add_argument(
            "--floor",
            type=int,
            default=FLOOR,
            help=f"Leave out clinicians with fewer services that count ({FLOOR}).",
        )

    def handle(
        self, *, file: Path, year: int | None, release: str, floor: int, **options: Any
    ) -> None:
        year = year or utilization.year_in(file.name)
        if year is None or not utilization.FIRST_YEAR <= year <= timezone.localdate().year:
            raise CommandError("Say of which year the data is: --year 2023.")
        if floor < 0:
            raise CommandError("--floor is a number of services, 0 or more.")
        try:
            with self._progress(file) as progress:
                outcome = load(file, year, release, floor, progress)
        except OSError as error:
            raise CommandError(f"{file.name} cannot be read ({error.strerror}).") from None
        except FileError as error:
            self._list(one for one in error.errors if one != str(error))
            raise CommandError(f"{file.name}: {error} Nothing was stored.") from None
        except Refused as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:
            raise CommandError(in_words(error)) from error
        if outcome.reading is None:
            self.stdout.write(f"{file.name} is loaded already, the same bytes: nothing to do.")
            return
        self._tell(outcome.reading, year, outcome.release, floor)

    def _tell(self, reading: Reading, year: int, release: str, floor: int) -> None:
        self._list(reading.bad)
        clinicians = sum(spread.clinicians for spread in reading.spreads.values())
        self.stdout.write(
            f"{len(reading.spreads)} specialties with {clinicians:,} clinicians of {year}, work "
            f"RVUs of {release}. Of {reading.rows:,} rows {reading.counted:,} count."
        )
        for reason, count in reading.skipped.most_common():
            self.stdout.write(f"  {count:,} rows left out: {reason}")
        if reading.bad_rows:
            self.stdout.write(f"  {reading.bad_rows:,} rows could not be taken")
        self.stdout.write(
            f"  {reading.below_floor:,} clinicians with fewer than {floor:,} services left out"
        )
        if reading.small:
            self.stdout.write(
                f"  {len(reading.small)} specialties with fewer than {FEWEST_CLINICIANS} "
                "clinicians left out"
            )
        if not reading.knows_organizations:
            self.stdout.write("  The file does not say who is an organization: all count.")

    def _list(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self.stderr.write(f"  {sentence}")

    @contextmanager
    def _progress(self, file: Path) -> Iterator[Any]:
        """Give what is told each step: a bar of bytes on a terminal, a plain line elsewhere."""
        size = file.stat().st_size
        with ExitStack() as bars:

            def begin(what: str) -> Progress:
                if not sys.stderr.isatty():
                    self.stdout.write(f"{what} …")
                    return lambda done: None
                bar = tqdm(total=size, desc=what, unit="B", unit_scale=True, leave=False)
                return bars.enter_context(bar).update

            yield begin
