"""Mail people about tracked codes that the active release has changed: for cron, once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.change_mails import mail_changes


class Command(BaseCommand):
    help = "Mail each person who wants it, once a release, about tracked codes that changed."

    def handle(self, **options: Any) -> None:
        outcome = mail_changes()
        self.stdout.write(f"Mailed {outcome.people} people about {outcome.codes} codes.")
        if outcome.failures:
            raise CommandError(
                f"{len(outcome.failures)} mails could not be sent: they are tried again next time."
            )
