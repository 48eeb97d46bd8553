"""How often something was tried: the table of accounts/limits.py."""

from django.db import models


class AttemptCount(models.Model):
    """One count, under a hash of what is counted: the columns of Django's database cache."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.cache_key
