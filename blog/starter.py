"""The pages a new site begins with: blog/content/, and putting them into the database.

Each file is Markdown below a head in TOML between two lines of +++; faqs.toml holds questions.
A page is written where none came from the file before, and again where its file has changed and
no editor has touched it: its newest edition came from here and the working copy still is as it
was then. Whatever an editor has changed, archived or sent on is left alone, for good.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from blog.models import Faq, HelpArticle, LandingPage, Post, Term
from blog.shown import words_of
from rvuedge.publishing import Edition, Publishable, State

FOLDER = Path(__file__).parent / "content"
REASON = "Starter page"
KINDS: dict[str, type[Publishable]] = {
    "stages": LandingPage,
    "resources": LandingPage,
    "legal": LandingPage,
    "glossary": Term,
    "posts": Post,
    "help": HelpArticle,
}
_FENCE = "+++\n"


class ContentError(Exception):
    """What is amiss with a file of the starter pages: one sentence that names it."""


class Summary(NamedTuple):
    written: int
    left_alone: int  # that editors have taken over
    unchanged: int


def read_pages(folder: Path = FOLDER) -> list[tuple[type[Publishable], dict[str, Any]]]:
    """Return each starter page: its model, and the body of its edition."""
    pages: list[tuple[type[Publishable], dict[str, Any]]] = []
    for name, model in KINDS.items():
        for path in sorted((folder / name).glob("*.md")):
            pages.append((model, _complete(model, _read(path), path)))
    if shared := words_of(body for model, body in pages if model is Term).shared:
        raise ContentError(f"glossary: two terms share the wording “{shared[0]}”.")
    path = folder / "faqs.toml"
    counts: dict[str, int] = {}
    for faq in tomllib.loads(path.read_text("utf-8"))["faq"]:
        counts[faq["page"]] = counts.get(faq["page"], 0) + 1
        pages.append((Faq, _complete(Faq, faq | {"position": counts[faq["page"]]}, path)))
    return pages


@transaction.atomic
def load_pages(folder: Path = FOLDER) -> Summary:
    """Store what is new of the starter pages, and publish it; nothing of an editor's is lost."""
    written = left_alone = unchanged = 0
    known = {model: dict(_known(model)) for model in (*KINDS.values(), Faq)}
    for model, body in read_pages(folder):
        subject = known[model].get(_key(body))
        if subject is None and not _is_taken(model, body):
            subject = model(**body)
            subject.save()
        elif subject is None or not _is_ours(subject):
            left_alone += 1
            continue
        elif subject.to_body() == body:
            unchanged += 1
            continue
        subject.from_body(body)
        subject.publish(reason=REASON)
        written += 1
    return Summary(written, left_alone, unchanged)


def _read(path: Path) -> dict[str, Any]:
    parts = path.read_text("utf-8").split(_FENCE, 2)
    if len(parts) != 3 or parts[0]:
        raise ContentError(f"{path.name}: the head has to stand between two lines of +++.")
    _, head, text = parts
    try:
        return {**tomllib.loads(head), "slug": path.stem, "text": text.strip() + "\n"}
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{path.name}: {error}") from error


def _complete(model: type[Publishable], found: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the body with every field, in the model's order."""
    body = model().to_body()
    if unknown := found.keys() - body.keys():
        raise ContentError(f"{path.name}: there is no {', '.join(sorted(unknown))}.")
    return {**body, **found}


def _key(body: dict[str, Any]) -> tuple[str, ...]:
    """Return what a page is known by, whatever has become of it since."""
    return (body["page"], body["question"]) if "question" in body else (body["slug"],)


def _known(model: type[Publishable]) -> Iterator[tuple[tuple[str, ...], Publishable]]:
    """Give the pages that came from here, each by what it was known by then."""
    editions: type[Edition] = model.editions.rel.related_model
    for edition in editions.objects.filter(reason=REASON).select_related("subject"):
        yield _key(edition.body), edition.subject


def _is_taken(model: type[Publishable], body: dict[str, Any]) -> bool:
    """Return whether an editor has made a page of this address before the file was there."""
    return "slug" in body and model.objects.filter(slug=body["slug"]).exists()


def _is_ours(subject: Publishable) -> bool:
    newest = subject.newest()
    return (
        newest.reason == REASON
        and (newest.made_by_id, newest.reviewed_on, newest.ends_at) == (None, None, None)
        and subject.state == State.PUBLISHED
        and subject.to_body() == newest.body
    )
