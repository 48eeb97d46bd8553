"""What everything that editors write has in common: a working copy, and editions of it.

The working copy is what an editor changes. Publishing freezes it into an edition; the public
reads editions only, so that a draft cannot be reached from outside. Which edition is in force is
worked out when a page is asked for: no job has to run at the right moment.
"""

from django.conf import settings
from django.db import models, transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone


class State(models.TextChoices):
    DRAFT = "draft", "Draft"
    IN_REVIEW = "review", "In review"
    PUBLISHED = "published", "Published"
    ARCHIVED = "archived", "Archived"


class EditionQuerySet(models.QuerySet):
    def in_force(self, moment=None):
        """Only what the public reads at `moment` (now by default), one for each subject.

        The edition that began last decides: once it has ended, its subject is not shown, and no
        older edition comes back.
        """
        moment = moment or timezone.now()
        latest = (
            self.model._default_manager.filter(
                subject_id=OuterRef("subject_id"), starts_at__lte=moment
            )
            .order_by("-starts_at", "-number")
            .values("pk")[:1]
        )
        return self.filter(
            Q(ends_at=None) | Q(ends_at__gt=moment), starts_at__lte=moment, pk=Subquery(latest)
        )


class Edition(models.Model):
    """One published state of a subject, never changed afterwards. Subclasses add `subject`."""

    number = models.PositiveIntegerField()
    body = models.JSONField()
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField(null=True, blank=True, db_index=True)
    published_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    reviewer_role = models.CharField(max_length=60, blank=True)
    reviewed_on = models.DateField(null=True, blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["subject_id", "number"]

    def __str__(self):
        return f"{self.subject}, edition {self.number}"


class PublishableQuerySet(models.QuerySet):
    def published(self, moment=None):
        """Only what the public can read at `moment` (now by default)."""
        editions = self.model.editions.rel.related_model.objects.in_force(moment)
        return self.filter(pk__in=editions.values("subject_id"))


class Publishable(models.Model):
    """A working copy. A subclass has `editions` (the subject's Edition model) and `to_body`."""

    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def to_body(self):
        """Return everything the public page needs of this copy, as plain JSON values."""
        raise TypeError(f"{type(self).__name__} does not say what its editions hold.")

    @transaction.atomic
    def publish(self, *, by=None, starts_at=None, ends_at=None, reason="", reviewer_role="",
                reviewed_on=None):  # fmt: skip
        """Freeze the working copy into a new edition and return it.

        Equal to the newest edition and for the same time: nothing new is made, that one is
        returned, so that repeating a load or a click leaves no trace.
        """
        body = self.to_body()
        starts_at = starts_at or timezone.now()
        newest = self.editions.order_by("number").last()
        if newest and newest.body == body and newest.ends_at == ends_at:
            same_review = (newest.reviewer_role, newest.reviewed_on) == (
                reviewer_role,
                reviewed_on,
            )
            if same_review and newest.starts_at <= starts_at:
                return newest
        edition = self.editions.create(
            number=newest.number + 1 if newest else 1,
            body=body,
            starts_at=starts_at,
            ends_at=ends_at,
            published_by=by,
            reason=reason,
            reviewer_role=reviewer_role,
            reviewed_on=reviewed_on,
        )
        self.state = State.PUBLISHED
        self.save(update_fields=["state", "updated_at"])
        return edition
