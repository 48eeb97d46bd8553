"""What is left to do: texts to look at again, what matters most, and uploads on their way."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from codes.models.content import CodeContent
from codes.models.fee_schedule import FeeSchedule


class Doubt(models.Model):
    """A published text that a release made doubtful, until an editor has looked at it."""

    class Outcome(models.TextChoices):
        OPEN = "", "To be looked at"
        CONFIRMED = "confirmed", "Confirmed as it is"
        REVISED = "revised", "Revised"

    content = models.ForeignKey(CodeContent, on_delete=models.PROTECT, related_name="doubts")
    schedule = models.ForeignKey(FeeSchedule, on_delete=models.CASCADE, related_name="doubts")
    compared_with = models.CharField(
        max_length=6, blank=True, help_text="The release that the text was written under."
    )
    reason = models.CharField(max_length=40, help_text="The weightiest: revalued, status, gone…")
    changes = models.JSONField(default=list, help_text="[row, column, old, new, reason] each.")
    stale_numbers = models.JSONField(default=list, help_text="[field, number, sentence] each.")
    raised_at = models.DateTimeField(default=timezone.now)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-schedule__release", "content__code_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["content", "schedule"], name="codes_one_doubt_for_each_release"
            ),
        ]

    def __str__(self):
        return f"{self.content} since {self.schedule}"


class Utilization(models.Model):
    """How often Medicare paid for a code in a year, all over the nation. One year is kept.

    The code is no relation: counts come and go without regard to which releases are loaded.
    """

    hcpcs = models.CharField(primary_key=True, max_length=5)
    year = models.PositiveSmallIntegerField()
    services = models.PositiveBigIntegerField()

    def __str__(self):
        return f"{self.hcpcs}: {self.services:,} in {self.year}"


class ReleaseUpload(models.Model):
    """A federal file that a data manager sent in, and how far it has come."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        EXAMINED = "examined", "Examined"
        LOADED = "loaded", "Loaded"
        REFUSED = "refused", "Refused"

    file = models.FileField(upload_to="releases/")
    name = models.CharField(max_length=120)
    release = models.CharField(max_length=6, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    step = models.CharField(max_length=120, blank=True, help_text="What is being done now.")
    report = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)
    is_at_work = models.BooleanField(
        default=False, help_text="A process examines or loads it. One at a time."
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When what is being done, or was done last, was asked for.",
    )

    class Meta:
        ordering = ["-uploaded_at"]
        default_permissions = ("add", "view", "load", "activate")
        constraints = [
            models.UniqueConstraint(
                fields=["is_at_work"],
                condition=models.Q(is_at_work=True),
                name="codes_one_release_upload_at_work",
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.uploaded_at:%Y-%m-%d %H:%M}"
