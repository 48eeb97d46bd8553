"""Requests for help. They belong to whoever sent them, known by the address alone."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class SupportRequest(models.Model):
    """What somebody asked by the contact form, and what became of it.

    No person of this site stands in it but those who answer: the form knows no visitor.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"

    class Topic(models.TextChoices):
        FIGURE = "figure", "A figure or a text"
        ACCOUNT = "account", "My account or my log"
        OTHER = "other", "Something else"

    email = models.EmailField("from")
    topic = models.CharField(max_length=10, choices=Topic, default=Topic.OTHER)
    code = models.CharField(max_length=5, blank=True)
    subject = models.CharField(max_length=120)
    text = models.TextField("message", max_length=4000)
    sent_at = models.DateTimeField("sent", default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.TextField(blank=True, help_text="Sent by mail.")
    answered_at = models.DateTimeField("answer sent", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-sent_at", "-pk"]

    def __str__(self):
        return self.subject
