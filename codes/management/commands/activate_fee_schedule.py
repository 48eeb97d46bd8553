"""Switch the site to a loaded release, on or back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from codes.fee_schedule.activate import activate
from codes.fee_schedule.database import Refused


class Command(BaseCommand):
    help = "Show a loaded release on the site. Going back to an older one is the same command."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", help="The release, like 2026C.")

    def handle(self, **options: Any) -> None:
        try:
            is_new = activate(options["release"])
        except Refused as error:
            raise CommandError(str(error)) from error
        state = "the site shows it from now on" if is_new else "the site shows it already"
        self.stdout.write(f"{options['release']}: {state}.")
