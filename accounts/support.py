"""Requests for help: sending one, telling those who answer, answering, closing."""

import logging
from smtplib import SMTPException
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import SupportRequest, User
from accounts.patient_data import looks_like
from codes import taxonomy
from rvuedge import audit
from rvuedge.form_guard import GuardedForm, OneLineEmailField
from rvuedge.publishing import NotAllowedNow

CONTACT = "contact"
GROUP = "support"  # whose members are mailed

log = logging.getLogger("rvuedge.support")
State = SupportRequest.State


class OneLineField(forms.CharField):
    """A text that stands in the head of a mail: a line break in it is refused, not mended."""

    def to_python(self, value: Any) -> str:
        if value and ("\n" in value or "\r" in value):
            raise ValidationError("Write the subject on one line.", code="newline")
        return super().to_python(value)


def _without_patients(text: str) -> str:
    what = looks_like(text)
    if what:
        raise ValidationError(
            f"This looks like {what}. Nothing about a patient is kept here: leave it out.",
            code="patient_data",
        )
    return text


class ContactForm(GuardedForm):
    """What somebody asks, and where to answer."""

    purpose = CONTACT

    topic = forms.ChoiceField(
        choices=SupportRequest.Topic,
        error_messages={
            "required": "Choose what it is about.",
            "invalid_choice": "Choose what it is about.",
        },
    )
    email = OneLineEmailField(
        max_length=254,
        error_messages={
            "required": "Enter your email address: the answer goes there.",
            "invalid": "Enter an email address such as name@example.org",
        },
    )
    code = forms.CharField(max_length=20, required=False)
    subject = OneLineField(
        max_length=120,
        error_messages={
            "required": "Say in a few words what it is about.",
            "max_length": "Say it in 120 characters or fewer; these are %(show_value)s.",
        },
    )
    text = forms.CharField(
        max_length=4000,
        widget=forms.Textarea,
        error_messages={
            "required": "Write your message.",
            "max_length": "Say it in 4,000 characters or fewer; these are %(show_value)s.",
        },
    )

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].upper()
        if code and not taxonomy.is_code(code):
            raise ValidationError(f"There is no code {code}; codes have five characters.")
        return code

    def clean_subject(self) -> str:
        return _without_patients(self.cleaned_data["subject"])

    def clean_text(self) -> str:
        return _without_patients(self.cleaned_data["text"])

    def save(self) -> SupportRequest:
        """Keep the request. That it was kept does not hang on the mail that tells of it."""
        names = ("topic", "email", "code", "subject", "text")
        return SupportRequest.objects.create(**{name: self.cleaned_data[name] for name in names})


def tell_support(request: SupportRequest, root: str) -> bool:
    """Mail those who answer that there is a request; return whether it was sent.

    `root` is the site's own address ("https://example.org"), for the link to the admin. The
    admin shows the request whether or not the mail arrives.
    """
    people = User.objects.filter(groups__name=GROUP, is_active=True, is_staff=True)
    addresses = sorted(people.values_list("email", flat=True))
    if not addresses:
        return False
    link = root + reverse("admin:accounts_supportrequest_change", args=[request.pk])
    mail = EmailMessage(
        subject=f"Support request {request.pk}: {request.subject}",
        body=f"{request.get_topic_display()}{f', {request.code}' if request.code else ''}\n\n"
        f"{request.text}\n\nAnswer it here: {link}\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        bcc=addresses,
    )
    try:
        return bool(mail.send())
    except (SMTPException, OSError):
        log.exception("The mail about support request %s could not be sent.", request.pk)
        return False


@transaction.atomic
def settle(request: SupportRequest, by: Any, state: str, answer: str = "") -> SupportRequest:
    """Answer a request or close it; return it as stored. It sends nothing.

    An answered one can still be closed. NotAllowedNow for an answer without words, and where
    somebody has done the same before.
    """
    current = SupportRequest.objects.select_for_update().get(pk=request.pk)
    if current.state == State.CLOSED or current.state == state:
        raise NotAllowedNow(f"This was {current.get_state_display().lower()} already.")
    if state == State.ANSWERED:
        if not answer.strip():
            raise NotAllowedNow("Write the answer: it is mailed.")
        current.answer = answer.strip()
    current.state = state
    current.settled_by, current.settled_at = by, timezone.now()
    current.save()
    audit.record(f"{current.get_state_display().lower()} a support request", by, current)
    return current


def send_answer(request: SupportRequest) -> bool:
    """Mail the answer, once; return whether it was sent now.

    What is told first is that it was sent, so that two people at once send one mail. If it cannot
    be sent, that is taken back and the error goes on: it can be tried again.
    """
    unsent = SupportRequest.objects.filter(pk=request.pk, answered_at=None).exclude(answer="")
    if not unsent.update(answered_at=timezone.now()):
        return False
    try:
        _mail(request).send()
    except Exception:
        SupportRequest.objects.filter(pk=request.pk).update(answered_at=None)
        raise
    request.refresh_from_db()
    return True


def _mail(request: SupportRequest) -> EmailMessage:
    quoted = "\n".join(f"> {line}" for line in request.text.splitlines())
    return EmailMessage(
        subject=f"Re: {request.subject}",
        body=f"{request.answer}\n\nYou wrote to RVU Edge:\n\n{quoted}\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[request.email],
    )
