"""Examine or load one uploaded file. The admin starts this; nobody else needs to."""

import gc
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from codes.release_uploads import work

# Far more than any file takes. What hangs is ended, so that it does not keep others waiting.
SECONDS = 15 * 60


class Command(BaseCommand):
    help = "Examine or load one file that was uploaded in the admin, as its row asks for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("upload", type=int, help="The number of its row.")

    def handle(self, **options: Any) -> None:
        gc.disable()  # half a million cells hold no cycles; the process ends after this
        signal.alarm(SECONDS)
        try:
            work(options["upload"])
        finally:
            signal.alarm(0)
            gc.enable()
