"""What belongs to one person, and the one way to ask for it."""

from typing import Any, Self

from django.conf import settings
from django.db import models


class OwnedQuerySet(models.QuerySet):
    def for_user(self, user: Any) -> Self:
        """Only what belongs to this person: every view begins here, so that a row of somebody
        else is as good as missing.
        """
        return self.filter(user=user)


class Owned(models.Model):
    """A row of one person. It goes when the person goes."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(class)ss"
    )

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
