"""Load one release of the federal fee schedule, or files that belong beside it."""

import gc
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from textwrap import fill
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from tqdm import tqdm

from codes.fee_schedule.compare import Comparison
from codes.fee_schedule.database import Refused, Unconfirmed, in_words
from codes.fee_schedule.download import fetch
from codes.fee_schedule.examine import Examination, examine
from codes.fee_schedule.load import Outcome, Progress, Report, load
from codes.fee_schedule.read import read
from codes.fee_schedule.records import FileError, Package

MOST_ERRORS = 50
MOST_CODES = 500  # that a dry run names of each sort


class Command(BaseCommand):
    help = (
        "Load one release of the Medicare Physician Fee Schedule, whole or not at all: CMS's zip, "
        "a folder of its files, or single files. It stays inactive until it is activated."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sources", nargs="*", type=Path, metavar="SOURCE")
        parser.add_argument(
            "--release", default="", help="The release, like 2026C, where the files do not say."
        )
        parser.add_argument(
            "--download", default="", metavar="RELEASE", help="Fetch this release from CMS."
        )
        parser.add_argument(
            "--updated",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="The day in the name of CMS's zip, where it has one.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would change; store nothing."
        )
        parser.add_argument("--yes", action="store_true", help="Confirm unusual changes.")
        parser.add_argument(
            "--force", action="store_true", help="Take localities that look wrong."
        )
        parser.add_argument(
            "--activate", action="store_true", help="Show the release on the site at once."
        )

    def handle(self, **options: Any) -> None:
        if not (options["sources"] or options["download"]):
            raise CommandError("Name a zip, a folder or files of CMS, or --download a release.")
        try:
            with _without_collecting():
                package = self._read(options)
                if options["dry_run"]:
                    self._dry_run(package, options["force"])
                else:
                    self._tell(self._load(package, options))
        except FileError as error:
            if options["dry_run"]:
                self._list_errors(error.errors)
            raise CommandError(str(error)) from error
        except Refused as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(in_words(error)) from error

    def _read(self, options: dict[str, Any]) -> Package:
        sources, release = list(options["sources"]), options["release"]
        with tempfile.TemporaryDirectory() as folder, self._progress(len(sources)) as progress:
            if options["download"]:
                wanted = options["download"]
                zipped = fetch(wanted, Path(folder), updated=options["updated"], progress=progress)
                sources.append(zipped)
                release = release or wanted
            return read(sources, release=release, force=options["force"], progress=progress)

    def _load(self, package: Package, options: dict[str, Any]) -> Report:
        def attempt(confirmed: bool) -> Report:
            with self._progress(steps=4) as progress:
                return load(
                    package,
                    confirmed=confirmed,
                    force=options["force"],
                    activate=options["activate"],
                    progress=progress,
                )

        try:
            return attempt(options["yes"])
        except Unconfirmed as question:
            if not sys.stdin.isatty():
                raise Refused(f"{question} Import it with --yes if that is right.") from question
            if input(f"{question} Go on? [y/N] ").strip().lower() not in {"y", "yes"}:
                raise Refused("Nothing was imported.") from question
            return attempt(confirmed=True)

    @contextmanager
    def _progress(self, steps: int) -> Iterator[Progress]:
        """Give something to tell each step to: a bar on a terminal, plain lines elsewhere."""
        if not sys.stderr.isatty():
            yield self.stdout.write
            return
        with tqdm(total=steps, bar_format="{bar:20} {elapsed} {desc}", leave=False) as bar:

            def step(sentence: str) -> None:
                bar.total = max(bar.total, bar.n + 2)  # a zip holds any number of files
                bar.update()
                bar.set_description_str(sentence)

            yield step

    # What came of it ------------------------------------------------------------------------

    def _tell(self, report: Report) -> None:
        for note in report.notes:
            self.stdout.write(f"Note: {note}")
        if report.comparison:
            self.stdout.write(_in_words(report.comparison, report.compared_with))
        what = report.release or "Files of no release"
        if report.outcome is Outcome.UNCHANGED:
            self.stdout.write(f"{what}: loaded already, nothing to do.")
        else:
            counts = ", ".join(f"{count:,} {rows}" for rows, count in report.stored.items())
            self.stdout.write(f"{what}: {report.outcome.value}, {counts}.")
        if report.release and not report.is_active:
            self.stdout.write(
                f"The site does not show it yet: activate_fee_schedule {report.release}."
            )

    def _dry_run(self, package: Package, force: bool) -> None:
        found = examine(package, force=force)
        for note in (*package.notes, *found.warnings):
            self.stdout.write(f"Note: {note}")
        for member in package.members:
            self.stdout.write(f"{member.name}: {member.kind}, {member.rows:,} rows.")
        if found.problems:
            self._list_errors(found.problems)
            raise CommandError(f"{package.release or 'This'} would be refused.")
        self._tell_changes(found)
        self.stdout.write("Nothing was stored: this was a dry run.")

    def _tell_changes(self, found: Examination) -> None:
        if found.is_stored:
            self.stdout.write(f"{found.release} is loaded already, with the same content.")
        if found.comparison:
            self.stdout.write(_in_words(found.comparison, str(found.baseline)))
            for sort in ("added", "gone", "changed"):
                self._list_codes(sort, getattr(found.comparison, f"{sort}_codes"))
        elif found.differing:
            changes = ", ".join(found.differing)
            self.stdout.write(f"This would change of {found.release}: {changes}.")
        elif found.release and not (found.schedule or found.is_stored):
            self.stdout.write(f"No release before {found.release} is loaded to compare it with.")
        if found.question:
            self.stdout.write(f"{found.question} The import will ask for a confirmation.")

    def _list_codes(self, sort: str, codes: list[str]) -> None:
        if codes:
            more = f" and {len(codes) - MOST_CODES:,} more" if len(codes) > MOST_CODES else ""
            named = f"{sort.capitalize()}: {', '.join(codes[:MOST_CODES])}{more}."
            self.stdout.write(fill(named, 99, subsequent_indent="  "))

    def _list_errors(self, errors: tuple[str, ...] | list[str]) -> None:
        for error in errors[:MOST_ERRORS]:
            self.stdout.write(f"Error: {error}")


def _in_words(comparison: Comparison, compared_with: str) -> str:
    reasons = "".join(f", {rows:,} {reason}" for reason, rows in comparison.counts().most_common())
    return (
        f"Against {compared_with}: {len(comparison.added_codes):,} codes added, "
        f"{len(comparison.gone_codes):,} gone, {len(comparison.changed_codes):,} changed. "
        f"Rows: {len(comparison.added):,} added, {len(comparison.gone):,} gone, "
        f"{len(comparison.changed):,} changed{reasons and f' ({reasons[2:]})'}."
    )


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Spare the search for reference cycles: half a million cells hold none, and it is slow."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
