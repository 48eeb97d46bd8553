"""Load the starter catalogue, or what is new of it: `make serve` runs this at every start."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from codes.fee_schedule.database import Refused
from codes.models import CodeContent, FeeSchedule
from codes.starter import CatalogueError
from codes.starter_load import Summary, check, load_catalogue


class Command(BaseCommand):
    help = (
        "Load the starter catalogue (codes/catalogue/), or what is new of it. It takes the place "
        "of nothing: not of a release that is loaded whole, not of a text that an editor changed."
    )
    requires_system_checks = []  # every start waits for this, and the server checks for itself

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Only say what is amiss with the catalogue."
        )

    def handle(self, **options: Any) -> None:
        try:
            if options["check"]:
                texts, problems = check()
                if problems:
                    raise CatalogueError(problems)
                self.stdout.write(f"Starter catalogue: {len(texts)} texts, nothing amiss.")
            else:
                self.stdout.write(_sentence(load_catalogue()))
        except CatalogueError as error:
            for problem in error.problems:
                self.stderr.write(problem)
            count = len(error.problems)
            raise CommandError(
                f"Starter catalogue: {count} {'problem' if count == 1 else 'problems'}."
            ) from error
        except Refused as error:
            raise CommandError(str(error)) from error


def _sentence(summary: Summary) -> str:
    active = FeeSchedule.objects.active()
    shown = f"the site shows {active}" if active else "the site shows no release"
    if not summary.is_new:
        return f"Starter catalogue: nothing new ({CodeContent.objects.count()} texts, {shown})."
    counts = (
        (summary.texts, "text", "texts"),
        (len(summary.releases), "release", "releases"),
        (summary.zip_ranges, "range of ZIP codes", "ranges of ZIP codes"),
        (summary.specialties, "specialty", "specialties"),
        (summary.left_alone, "edited text left alone", "edited texts left alone"),
    )
    parts = [f"{count:,} {one if count == 1 else more}" for count, one, more in counts if count]
    return f"Starter catalogue: {', '.join([*parts, shown])}."
