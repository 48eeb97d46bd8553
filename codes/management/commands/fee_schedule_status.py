"""Say in one line which releases are loaded, which is shown, and with what content."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from codes.fee_schedule.database import in_words
from codes.fee_schedule.status import status_line


class Command(BaseCommand):
    help = (
        "Print the active release, the loaded ones with their rows, and a checksum of all that "
        "the site shows: equal on any database that holds the same."
    )

    def handle(self, **options: Any) -> None:
        try:
            self.stdout.write(status_line())
        except DatabaseError as error:
            raise CommandError(in_words(error)) from error
