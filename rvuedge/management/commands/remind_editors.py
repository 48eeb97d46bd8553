"""Mail owners about pages that are to be looked at again: for cron, once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rvuedge.reminders import remind


class Command(BaseCommand):
    help = "Mail each owner, once, about pages whose next review has come."

    def handle(self, **options: Any) -> None:
        told = remind()
        self.stdout.write(f"Mailed {told.people} people about {told.pages} pages.")
        if told.without_owner:
            self.stdout.write(f"{told.without_owner} due pages have no owner who can be mailed.")
        if told.failures:
            raise CommandError(
                f"{told.failures} mails could not be sent: they are tried again next time."
            )
