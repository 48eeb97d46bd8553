"""Readers' corrections: reporting one, settling it, answering, and telling the public."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from blog.models import Correction
from blog.redirects import is_inside
from codes.models import FeeSchedule
from rvuedge import audit
from rvuedge.form_guard import GuardedForm, OneLineEmailField
from rvuedge.publishing import NotAllowedNow

REPORT = "correction"

# What a reader may have copied from a record: a social security number, a record number, or a
# date of birth. No page is about a patient.
_PATIENT = re.compile(
    r"\b\d{3}-\d{2}-\d{4}\b|\b(?:MRN|SSN)\W{0,3}\d{4,}|\b(?:DOB|date of birth)\b\W{0,3}\d",
    re.IGNORECASE,
)


class ReportForm(GuardedForm):
    """What a reader says is wrong, on which page, and where to answer if an answer is wanted."""

    purpose = REPORT

    path = forms.CharField(
        max_length=200, error_messages={"required": "Say which page it is about."}
    )
    text = forms.CharField(
        max_length=2000,
        widget=forms.Textarea,
        error_messages={
            "required": "Say what is wrong.",
            "max_length": "Say it in 2,000 characters or fewer; these are %(show_value)s.",
        },
    )
    email = OneLineEmailField(
        max_length=254,
        required=False,
        error_messages={"invalid": "Enter an email address such as name@example.org"},
    )

    def clean_path(self) -> str:
        """Return the address without the host that a reader may have copied along."""
        path = re.sub(r"^https?://[^/]+", "", self.cleaned_data["path"].strip())
        path = path.partition("?")[0].partition("#")[0]
        if not is_inside(path):
            raise ValidationError("Enter a page of this site, such as /cpt-codes/")
        return path

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        found = _PATIENT.search(text)
        if found:
            raise ValidationError(
                f"Remove what looks like a date of birth or record number: “{found[0]}”"
            )
        return text

    def save(self) -> Correction:
        return Correction.objects.create(
            path=self.cleaned_data["path"],
            text=self.cleaned_data["text"],
            email=self.cleaned_data["email"],
        )


def accepted() -> Any:
    """Return the corrections that the public reads, the latest first."""
    return Correction.objects.filter(state=Correction.State.ACCEPTED).order_by(
        "-settled_at", "-pk"
    )


@transaction.atomic
def settle(
    correction: Correction, by: Any, state: str, *, answer: str = "", published_note: str = ""
) -> Correction:
    """Accept or decline a correction, once; return it as stored. It sends nothing.

    An accepted one says in `published_note` what has changed: NotAllowedNow without it, and if
    somebody has settled it before.
    """
    current = Correction.objects.select_for_update().get(pk=correction.pk)
    if current.state != Correction.State.NEW:
        raise NotAllowedNow(f"This was {current.get_state_display().lower()} already.")
    if state == Correction.State.ACCEPTED and not published_note.strip():
        raise NotAllowedNow("Say what has changed: it is shown on the corrections page.")
    current.state = state
    current.answer = answer.strip()
    current.published_note = published_note.strip() if state == Correction.State.ACCEPTED else ""
    current.settled_by, current.settled_at = by, timezone.now()
    current.save()
    if state == Correction.State.ACCEPTED:
        FeeSchedule.objects.mark_changed()  # the corrections page has
    audit.record(f"{current.get_state_display().lower()} a correction", by, current)
    return current


def send_answer(correction: Correction) -> bool:
    """Mail the answer to the reader, once; return whether it was sent now.

    What is told first is that it was sent, so that two editors at once send one mail. If it cannot
    be sent, that is taken back and the error goes on: it can be tried again.
    """
    unanswered = Correction.objects.filter(pk=correction.pk, answered_at=None)
    unanswered = unanswered.exclude(email="").exclude(answer="")
    if not unanswered.update(answered_at=timezone.now()):
        return False
    try:
        _mail(correction).send()
    except Exception:
        Correction.objects.filter(pk=correction.pk).update(answered_at=None)
        raise
    correction.refresh_from_db()
    return True


def _mail(correction: Correction) -> EmailMessage:
    quoted = "\n".join(f"> {line}" for line in correction.text.splitlines())
    return EmailMessage(
        subject="Your correction for RVU Edge",
        body=f"{correction.answer}\n\nYou wrote about {correction.path}:\n\n{quoted}\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[correction.email],
    )
