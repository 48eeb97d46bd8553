"""Delete a loaded release that the site does not show."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from codes.fee_schedule.database import Refused
from codes.fee_schedule.remove import remove


class Command(BaseCommand):
    help = "Delete a loaded release, and the codes that nothing else has. Not the active one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", help="The release, like 2025A.")

    def handle(self, **options: Any) -> None:
        try:
            rows, codes = remove(options["release"])
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{options['release']}: removed, {rows:,} rows and {codes:,} codes that no other has."
        )
