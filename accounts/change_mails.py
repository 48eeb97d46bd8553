"""Telling people, once, that a new release has changed codes that they track."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from smtplib import SMTPException
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Case, CharField, F, QuerySet, When
from django.urls import reverse

from accounts.code_changes import Change, Figures, changes
from accounts.models import TrackedCode, User
from accounts.tracking import code_url
from codes.models import Standing
from codes.shown import Shown, shown
from rvuedge.reminders import address

MOST_NAMED = 200  # codes in one mail; of the others it says how many
_signer = signing.Signer(salt="accounts.change_mails")

logger = logging.getLogger(__name__)


class Told(NamedTuple):
    """A tracked code and what changed for it since the release that was told of before."""

    code: TrackedCode
    label: str
    changes: tuple[Change, ...]


@dataclass
class Outcome:
    """What came of it: people mailed, codes that they were told of, and mails that failed."""

    people: int = 0
    codes: int = 0
    failures: list[int] = field(default_factory=list)  # keys of people, for the log


def mail_changes() -> Outcome:
    """Mail each person who wants it about tracked codes that the active release has changed.

    A code is compared with the release that its person was told of last, at first the one in
    which it was tracked. One mail for each person and release, none where nothing changed; going
    back to an older release tells nothing. A mail that fails is tried again the next time, and
    does not keep the others from theirs.
    """
    state = shown()
    outcome = Outcome()
    if state.schedule is None:
        return outcome
    for person in _people(state).iterator(chunk_size=500):
        try:
            _tell(person, state, outcome)
        except (SMTPException, OSError, ValueError):  # ValueError: Django's of a broken header
            logger.exception("The mail to person %s could not be sent.", person.pk)
            outcome.failures.append(person.pk)
    return outcome


def _people(state: Shown) -> QuerySet[User]:
    due = _due(state).values("user")
    wanting = User.objects.filter(is_active=True, profile__mails_changes=True, pk__in=due)
    return wanting.order_by("pk")


def _due(state: Shown) -> QuerySet[TrackedCode]:
    """Return the codes whose person has not been told of the active release."""
    before = Case(
        When(told_release="", then=F("release")),
        default=F("told_release"),
        output_field=CharField(),
    )
    rows = TrackedCode.objects.annotate(before=before)
    return rows.filter(before__lt=state.schedule.release).exclude(before="")


def _tell(person: User, state: Shown, outcome: Outcome) -> None:
    # Marked before it is sent: should two of these run at once, one of them sends.
    with transaction.atomic():
        codes = list(_due(state).filter(user=person).select_for_update())
        marked = TrackedCode.objects.filter(pk__in=[code.pk for code in codes])
        marked.update(told_release=state.schedule.release)
    try:
        told = _changed(codes, state)
        if told:
            mail_to(person, told, state.schedule.release).send()
    except Exception:
        _give_back(codes, state.schedule.release)
        raise
    outcome.people += bool(told)
    outcome.codes += len(told)


def _give_back(codes: Iterable[TrackedCode], release: str) -> None:
    for code in codes:
        rows = TrackedCode.objects.filter(pk=code.pk, told_release=release)
        rows.update(told_release=code.told_release)


def _changed(codes: list[TrackedCode], state: Shown) -> list[Told]:
    """Return the codes that changed. Two queries.

    Where the release told of before has been removed, what was kept when the code was tracked is
    compared instead.
    """
    release = state.schedule.release
    rows = Standing.objects.filter(
        code__in={code.hcpcs for code in codes},
        schedule__release__in={release, *(code.before for code in codes)},
    )
    figures = {
        (one.schedule.release, one.code_id): Figures.of(one)
        for one in rows.select_related("schedule")
    }
    directory = state.directory
    told = []
    for code in codes:
        before = code.before
        then = figures.get((before, code.hcpcs))
        if then is None:
            then, before = Figures.from_json(code.figures), code.release
        found = changes(code.hcpcs, then, figures.get((release, code.hcpcs)), before, release)
        listed = directory.get(code.hcpcs)
        if found:
            label = code.name or (listed.label if listed else "")
            told.append(Told(code, label, found))
    return told


def mail_to(person: User, told: list[Told], release: str) -> EmailMessage:
    """Return the mail, in plain text: nothing that somebody typed stands in its head."""
    told = sorted(told, key=lambda one: (one.code.group, one.code.position, one.code.hcpcs))
    count = "One code" if len(told) == 1 else f"{len(told):,} codes"
    stop = address(reverse("accounts:stop_mails", args=[token_of(person)]))
    parts = [f"{count} that you track changed with Medicare's release {release}."]
    for group, members in groupby(told[:MOST_NAMED], key=lambda one: one.code.group):
        if group:
            parts.append(group.upper())
        parts += ["\n".join(_lines(one)) for one in members]
    if told[MOST_NAMED:]:
        parts.append(f"And {len(told) - MOST_NAMED:,} more.")
    parts += [
        f"Your list: {address(reverse('accounts:tracked'))}",
        "Work RVUs that are stored in your log stay as they are until you ask for a "
        "recalculation.",
        f"You asked for these mails. To stop them, without signing in: {stop}",
        "Source: CMS Physician Fee Schedule. Not affiliated with or endorsed by CMS or the AMA. "
        "CPT codes only are copyright American Medical Association. All rights reserved.",
    ]
    return EmailMessage(
        f"{count} that you track changed in {release}",
        "\n\n".join(parts) + "\n",
        settings.DEFAULT_FROM_EMAIL,
        [person.email],
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _lines(one: Told) -> list[str]:
    name = " ".join(f"{one.code.hcpcs} {one.label}".split())
    return [
        name,
        *(f"  {change.sentence}" for change in one.changes),
        f"  {address(code_url(one.code.hcpcs))}",
    ]


def token_of(person: User) -> str:
    """Return what the address that stops a person's mails holds. It does not run out."""
    return _signer.sign(str(person.pk))


def person_of_token(token: str) -> int:
    """Return the key of the person whose mails a token stops. BadSignature for any other text."""
    return int(_signer.unsign(token))
