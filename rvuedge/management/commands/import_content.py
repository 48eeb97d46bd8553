"""Take in a table that export_content wrote and somebody changed."""

from pathlib import Path
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rvuedge.exchange import Layout, Refused, Report, examine_file, import_file, publishable
from rvuedge.spreadsheets import FileError


class Command(BaseCommand):
    help = (
        "Make drafts of the rows of a CSV or XLSX file that differ from the working copies of a "
        "model. Rows that do not differ do nothing; with one error, nothing is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model")
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Only say what would change.")
        parser.add_argument("--by", metavar="EMAIL", help="Whose drafts they are; else nobody's.")

    def handle(self, *, model: str, file: Path, dry_run: bool, by: str | None, **_: Any) -> None:
        try:
            texts = publishable(model)
        except LookupError as error:
            raise CommandError(error.args[0]) from None
        users = get_user_model().objects
        person = users.filter(email__iexact=by, is_active=True).first() if by else None
        if by and person is None:
            raise CommandError(f"Nobody active has the address {by}.")
        check = None
        if admin.site.is_registered(texts):
            check = getattr(admin.site.get_model_admin(texts), "quick_warnings", None)
        layout = Layout(texts)
        try:
            if dry_run:
                report = examine_file(layout, file, check=check)
                self._print(report)
                if report.wrong:
                    raise CommandError("The file has errors; it cannot be imported.")
            else:
                report = import_file(layout, file, person, file.name, check=check)
        except Refused as refusal:
            if refusal.report:
                self._print_problems(refusal.report)
            raise CommandError(str(refusal)) from None
        except (FileError, OSError) as error:
            raise CommandError(f"{file}: {error}") from None
        did = "would change" if dry_run else "imported as drafts"
        self.stdout.write(f"{report.rows:,} rows: {report.changed:,} {did}.")

    def _print(self, report: Report) -> None:
        for change in report.changes:
            self.stdout.write(f"Row {change.row}: {change.key}{' (new)' * change.is_new}")
            for one in change.differences:
                words = "".join(
                    {"same": "{}", "old": "[-{}-]", "new": "{{+{}+}}"}[piece.kind].format(
                        piece.text
                    )
                    for piece in one.pieces
                )
                self.stdout.write(f"  {one.name}: {words}")
        if report.changed > len(report.changes):
            self.stdout.write(f"and {report.changed - len(report.changes):,} more")
        self._print_problems(report)

    def _print_problems(self, report: Report) -> None:
        for problem in report.problems:
            self.stderr.write(str(problem))
        if report.wrong > len(report.problems):
            self.stderr.write(f"and {report.wrong - len(report.problems):,} more errors")
