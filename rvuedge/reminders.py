"""Telling owners, once, about pages whose day to be looked at again has come."""

from collections.abc import Iterable
from dataclasses import dataclass
from smtplib import SMTPException
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from rvuedge.publishing import Publishable

MOST_NAMED = 100  # pages in one mail; of the others it says how many
LONGEST_TITLE = 100  # characters


@dataclass
class Told:
    """What came of it: people mailed, pages they were told of, those of nobody, and failures."""

    people: int = 0
    pages: int = 0
    without_owner: int = 0
    failures: int = 0


def remind() -> Told:
    """Mail each owner about the pages that are due and that nobody has been told of.

    One mail for each person. A page is told of once for each day that is set: again only after
    its next review was moved to a later day and that day has come. A mail that fails is tried
    again the next time, and does not keep the others from theirs.
    """
    told = Told()
    for person, pages in sorted(_by_owner(told).items(), key=lambda pair: pair[0].email):
        # Marked before it is sent: should two of these run at once, one of them does.
        claimed = [page for page in pages if _claim(page)]
        if not claimed:
            continue
        try:
            mail_to(person, claimed).send()
        except (SMTPException, OSError, ValueError):  # Django's of a broken header is a ValueError
            _give_back(claimed)
            told.failures += 1
            continue
        told.people += 1
        told.pages += len(claimed)
    return told


def due(model: type[Publishable]) -> QuerySet:
    """Return what should have been looked at by today, and was not told of since that day."""
    new = Q(reminded_on=None) | Q(reminded_on__lt=F("next_review_on"))
    return model._default_manager.overdue().filter(new)


def mail_to(person: Any, pages: Iterable[Publishable]) -> EmailMessage:
    """Return the mail: nothing of what an editor typed stands in its head."""
    pages = sorted(pages, key=lambda page: (page.next_review_on, str(page)))
    lines = [_line(page) for page in pages[:MOST_NAMED]]
    if pages[MOST_NAMED:]:
        lines.append(f"and {len(pages) - MOST_NAMED:,} more.")
    one = len(pages) == 1
    text = (
        f"The day has come to look again at {'a page' if one else f'{len(pages):,} pages'} of "
        "yours. Confirm what is still right, revise what is not, or pick a later day.\n\n"
        + "\n\n".join(lines)
        + f"\n\nAll that needs you: {address(reverse('admin:index'))}\n"
        "You will not be mailed about these days again.\n"
    )
    subject = f"{'A page' if one else f'{len(pages):,} pages'} to look at again"
    return EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [person.email])


def address(path: str) -> str:
    """Return a path as an address of this site, outside of any request."""
    scheme = "https" if settings.HTTPS else "http"
    return f"{scheme}://{settings.ALLOWED_HOSTS[0].strip('.')}{path}"


def _line(page: Publishable) -> str:
    title = " ".join(str(page).split())
    if len(title) > LONGEST_TITLE:
        title = f"{title[: LONGEST_TITLE - 1]}…"
    kind = page._meta.verbose_name
    name = f"admin:{page._meta.app_label}_{page._meta.model_name}_change"
    return (
        f"{title} ({kind}), due {page.next_review_on}:\n{address(reverse(name, args=[page.pk]))}"
    )


def _by_owner(told: Told) -> dict[Any, list[Publishable]]:
    owners: dict[Any, list[Publishable]] = {}
    for model in apps.get_models():
        if issubclass(model, Publishable):
            for page in due(model).select_related("owner"):
                if page.owner is None or not page.owner.is_active:
                    told.without_owner += 1
                else:
                    owners.setdefault(page.owner, []).append(page)
    return owners


def _claim(page: Publishable) -> bool:
    """Mark a page as told of, and return whether nobody else just did."""
    page._reminded_before = page.reminded_on  # type: ignore[attr-defined]
    rows = due(type(page)).filter(pk=page.pk)
    return bool(rows.update(reminded_on=timezone.localdate()))


def _give_back(pages: Iterable[Publishable]) -> None:
    for page in pages:
        before = page._reminded_before  # type: ignore[attr-defined]
        type(page)._default_manager.filter(pk=page.pk).update(reminded_on=before)
