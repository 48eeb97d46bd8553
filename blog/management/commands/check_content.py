"""Check all starter texts together: `make check-content` runs this, then the tests of figures."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blog.content_checks import (
    accept,
    accepted,
    code_pieces,
    page_pieces,
    said_twice,
    unknown_words,
)
from blog.starter import ContentError
from codes.starter import CatalogueError
from codes.starter_load import check


class Command(BaseCommand):
    help = (
        "Check the starter texts (blog/content/, codes/catalogue/): the catalogue's own rules, "
        "sentences that stand twice, words that are not in blog/content/words.txt."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--accept",
            action="store_true",
            help="Add the unknown words to words.txt. Read them in the difference before you "
            "commit it: each is accepted for good.",
        )

    def handle(self, *, accept: bool, **options: Any) -> None:
        try:
            texts, problems = check()
            pieces = [*page_pieces(), *code_pieces()]
        except (CatalogueError, ContentError) as error:
            raise CommandError(str(error)) from error
        problems = [*problems, *said_twice(pieces)]
        unknown = unknown_words(pieces, accepted())
        if accept:
            self._accept(unknown)
        else:
            problems += [
                f"{where}: “{word}” is no word that is known here. If it is right, it belongs "
                "into blog/content/words.txt (--accept)."
                for word, where in unknown.items()
            ]
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            count = len(problems)
            raise CommandError(f"Content: {count} {'problem' if count == 1 else 'problems'}.")
        self.stdout.write(f"Content: {len(pieces)} texts ({len(texts)} codes), nothing amiss.")

    def _accept(self, unknown: dict[str, str]) -> None:
        accept(unknown)
        self.stdout.write(f"{len(unknown)} words accepted: {', '.join(sorted(unknown))}.")
