"""Load how often Medicare paid for each code: the order in which editors are shown their work."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from codes import utilization
from codes.fee_schedule.records import FileError
from codes.models import Standing


class Command(BaseCommand):
    help = (
        "Load the services of each code from CMS's CSV “Medicare Physician & Other Practitioners "
        "- by Geography and Service”, instead of those of another year."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--year", type=int, help="The year of the data, if the name lacks it.")

    def handle(self, *, file: Path, year: int | None, **options: Any) -> None:
        year = year or utilization.year_in(file.name)
        if year is None or not utilization.FIRST_YEAR <= year <= timezone.localdate().year:
            raise CommandError("Say of which year the data is: --year 2023.")
        try:
            with file.open(encoding="utf-8", newline="") as lines:
                services = utilization.read(lines)
        except OSError as error:
            raise CommandError(f"{file.name} cannot be read ({error.strerror}).") from None
        except FileError as error:
            raise CommandError(f"{file.name}: {error} Nothing was stored.") from None
        utilization.replace(services, year)
        shown = set(
            Standing.objects.filter(schedule__is_active=True).values_list("code", flat=True)
        )
        self.stdout.write(
            f"{sum(services.values()):,} services of {year} for {len(services):,} codes, "
            f"{len(shown & services.keys()):,} of which are in the release that is shown."
        )
