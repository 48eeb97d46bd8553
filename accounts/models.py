from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.managers import UserManager


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


class AuditEntry(models.Model):
    """Who did what and when, where it matters later. Written by receivers, never changed."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    who = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty where a command did it.",
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
