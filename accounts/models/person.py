"""Who signs in, what they say of themselves, and who did what."""

from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.managers import UserManager
from rvuedge.fields import ExactDecimalField


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address. Nothing else about them is asked."""

    email = models.EmailField(
        "e-mail address",
        max_length=254,
        unique=True,
        error_messages={"unique": "There is a user with this e-mail address already."},
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Untick this instead of deleting someone."
    )
    is_staff = models.BooleanField(
        "staff", default=False, help_text="May sign in to this editing site."
    )
    joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="accounts_user_email_in_lower_case",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        # Not super().clean(): it normalizes the domain alone.
        self.email = type(self).objects.normalize_email(self.email)


def check_time_zone(name: str) -> None:
    """Raise ValidationError unless the name is one of the time zone database."""
    if name not in available_timezones():
        raise ValidationError(f"{name} is no time zone. Choose one from the list.")


class Profile(models.Model):
    """What a person says of their work. All of it is optional; it changes no official figure."""

    class Stage(models.TextChoices):
        STUDENT = "student", "Medical student"
        RESIDENT = "resident", "Resident or fellow"
        ATTENDING = "attending", "Attending physician"
        OTHER = "other", "Other clinician or coder"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    stage = models.CharField("career stage", max_length=10, choices=Stage, blank=True)
    specialty = models.ForeignKey(
        "codes.Specialty", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    locality = models.CharField(
        "place of work", max_length=8, blank=True, help_text="A payment locality: 01112-05."
    )
    clinical_fte = ExactDecimalField(
        "clinical FTE",
        max_digits=4,
        decimal_places=3,
        default=Decimal(1),
        help_text="1 is full time with patients; protected time does not count.",
    )
    time_zone = models.CharField(
        max_length=40, default="America/New_York", validators=[check_time_zone]
    )
    mails_changes = models.BooleanField(
        "mail about tracked codes",
        default=False,
        help_text="One mail when a new release changes a code that you track.",
    )
    welcomed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(clinical_fte__gt=0, clinical_fte__lte=2),
                name="accounts_clinical_fte_above_0_to_2",
            ),
        ]

    def __str__(self) -> str:
        return f"Profile of {self.user}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class AuditEntry(models.Model):
    """Who did what and when, where it matters later. Written by receivers, never changed."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    who = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty where a command did it, or whoever did it has left.",
    )
    what = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    more = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit log"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.what} {self.subject}"
