"""Write the starter catalogue's figures anew, from whole releases in this database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from codes.fee_schedule.database import Refused
from codes.starter import CatalogueError
from codes.starter_export import RELEASES, export


class Command(BaseCommand):
    help = (
        "Write codes/catalogue/figures/*.json and localities.json for the codes that have a text. "
        f"These releases must be loaded whole: {', '.join(RELEASES)}; see docs/catalogue.md."
    )

    def handle(self, **options: Any) -> None:
        try:
            files, doubts = export()
        except CatalogueError as error:
            for problem in error.problems:
                self.stderr.write(problem)
            raise CommandError("Nothing was written.") from error
        except Refused as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database cannot be read: {error}.") from error
        for doubt in doubts:
            self.stdout.write(f"Doubtful: {doubt}")
        size = sum(path.stat().st_size for path in files)
        self.stdout.write(f"{len(files)} files written, {size:,} bytes.")
