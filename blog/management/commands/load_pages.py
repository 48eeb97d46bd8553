"""Load the starter pages, or what is new of them: `make serve` runs this at every start."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blog.starter import ContentError, load_pages


class Command(BaseCommand):
    help = (
        "Load the starter pages (blog/content/): landing pages, posts, help and questions. "
        "What an editor has changed is left alone."
    )
    requires_system_checks = []  # every start waits for this, and the server checks for itself

    def handle(self, **options: Any) -> None:
        try:
            done = load_pages()
        except ContentError as error:
            raise CommandError(str(error)) from error
        if not done.written:
            self.stdout.write(f"Starter pages: nothing new ({sum(done)} pages and questions).")
            return
        left = f", {done.left_alone} edited ones left alone" if done.left_alone else ""
        self.stdout.write(f"Starter pages: {done.written} written{left}.")
