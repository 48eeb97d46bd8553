"""Write docs/roles.md anew from the code."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.access import document

PATH = settings.BASE_DIR / "docs" / "roles.md"


class Command(BaseCommand):
    help = "Write docs/roles.md, the table of roles, pages and actions, from the code."

    def handle(self, **options: Any) -> None:
        PATH.write_text(document(), "utf-8")
        self.stdout.write("docs/roles.md is written.")
