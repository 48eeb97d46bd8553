"""What everything that editors write has in common: a working copy, and editions of it.

The working copy is what an editor changes. Each time it is saved, sent on or published, it is
frozen into an edition; only an edition that has begun, and not ended, is public, so that a draft
cannot be reached from outside. Which edition is in force is worked out when a page is asked for:
no job has to run at the right moment. Editions together are the history: who, when, why and what.
"""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from rvuedge import audit


class State(models.TextChoices):
    DRAFT = "draft", "Draft"
    IN_REVIEW = "review", "In review"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"
    ARCHIVED = "archived", "Archived"


class Action(models.TextChoices):
    """What made an edition."""

    SAVED = "saved", "Saved"
    SENT = "sent", "Sent to review"
    RETURNED = "returned", "Sent back"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"
    CONFIRMED = "confirmed", "Confirmed"
    RESTORED = "restored", "Restored"
    IMPORTED = "imported", "Imported"
    ARCHIVED = "archived", "Archived"


class NotAllowedNow(Exception):
    """A step that the state of a text, or the person, does not allow: one readable sentence."""


class StaleCopy(Exception):
    """Somebody else has saved the text since it was opened."""


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

    def of_subject(self, moment=None, **subject):
        """Return the edition of one subject that is in force, or None: the same, in less SQL."""
        moment = moment or timezone.now()
        begun = self.filter(starts_at__lte=moment, **subject)
        latest = begun.order_by("-starts_at", "-number").first()
        if latest is None or (latest.ends_at and latest.ends_at <= moment):
            return None
        return latest


class Edition(models.Model):
    """One saved state of a subject. Subclasses add `subject`. Its body is never changed.

    Without `starts_at` it never was public. A scheduled one can be called off until it begins.
    """

    number = models.PositiveIntegerField()
    body = models.JSONField()
    action = models.CharField(max_length=10, choices=Action, default=Action.PUBLISHED)
    reason = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField(null=True, blank=True, db_index=True)
    ends_at = models.DateTimeField(null=True, blank=True, db_index=True)
    reviewer_role = models.CharField(max_length=60, blank=True)
    reviewed_on = models.DateField(null=True, blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["subject_id", "number"]

    def __str__(self):
        return f"{self.subject}, edition {self.number}"

    @property
    def is_scheduled(self):
        return self.starts_at is not None and self.starts_at > timezone.now()


class PublishableQuerySet(models.QuerySet):
    def published(self, moment=None):
        """Only what the public can read at `moment` (now by default)."""
        editions = self.model.editions.rel.related_model.objects.in_force(moment)
        return self.filter(pk__in=editions.values("subject_id"))

    def overdue(self, day=None):
        """What should have been looked at again by `day` (today by default)."""
        day = day or timezone.localdate()
        return self.exclude(state=State.ARCHIVED).filter(next_review_on__lte=day)


class Publishable(models.Model):
    """A working copy. A subclass has `editions` (its Edition model), `to_body` and `from_body`."""

    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    next_review_on = models.DateField(null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who changed the words last: the one who may not review them.",
    )
    reviewer_role = models.CharField(max_length=60, blank=True, editable=False)
    reviewed_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        default_permissions = ("add", "change", "delete", "view", "review", "publish")

    def to_body(self):
        """Return everything the public page needs of this copy, as plain JSON values."""
        raise TypeError(f"{type(self).__name__} does not say what its editions hold.")

    def from_body(self, body):
        """Put a body back into the working copy and store it, lists included."""
        raise TypeError(f"{type(self).__name__} does not say how its editions come back.")

    def in_force(self, moment=None):
        """Return the edition that the public reads, or None."""
        return self.editions.of_subject(moment)

    def newest(self):
        return self.editions.order_by("number").last()

    # --- Steps. Each is one transaction, leaves an edition, and is told to the audit log --------

    def check_version(self, version):
        """Refuse a save that began from an older copy; the row stays locked until the end."""
        current = type(self).objects.select_for_update().get(pk=self.pk)
        if current.version != version:
            raise StaleCopy
        return current

    @transaction.atomic
    def save_draft(self, by, reason="", action=Action.SAVED):
        """Keep the working copy as it now is. The caller has stored its fields and lists."""
        newest = self.newest()
        body = self.to_body()
        if newest and newest.body == body and action == Action.SAVED:
            return newest
        self.state = State.DRAFT
        self.author = by
        self._forget_review()
        self._store()
        return self._record(action, by, reason)

    @transaction.atomic
    def send_to_review(self, by, reason=""):
        if self.state not in {State.DRAFT, State.PUBLISHED, State.ARCHIVED}:
            raise NotAllowedNow(f"{self} is {self.get_state_display().lower()} already.")
        self.state = State.IN_REVIEW
        self._store()
        return self._record(Action.SENT, by, reason)

    @transaction.atomic
    def send_back(self, by, reason):
        """Return the text to its author, with the reason."""
        if self.state not in {State.IN_REVIEW, State.APPROVED}:
            raise NotAllowedNow(f"{self} is not in review, so it cannot be sent back.")
        if not reason.strip():
            raise NotAllowedNow("Say what should be mended: the author reads it.")
        self.state = State.DRAFT
        self._forget_review()
        self._store()
        return self._record(Action.RETURNED, by, reason)

    @transaction.atomic
    def approve(self, by, role, reason=""):
        """Say that a second pair of eyes has read it. `role` is printed on the page."""
        if self.state != State.IN_REVIEW:
            raise NotAllowedNow(f"{self} is not in review, so it cannot be approved.")
        if by is not None and by == self.author and not settings.EDITORS_MAY_REVIEW_THEMSELVES:
            raise NotAllowedNow("Author and reviewer are different people: ask a colleague.")
        self.state = State.APPROVED
        self.reviewer_role = role
        self.reviewed_on = timezone.localdate()
        self._store()
        return self._record(Action.APPROVED, by, reason)

    @transaction.atomic
    def publish(self, *, by=None, starts_at=None, ends_at=None, reason="", reviewer_role=None,
                reviewed_on=None):  # fmt: skip
        """Make the working copy public from `starts_at` (now) to `ends_at`; return the edition.

        A person (`by`) may publish what was approved; a command may publish anything. Equal to
        the newest public edition and for the same time: nothing new is made.
        """
        if by is not None and self.state != State.APPROVED:
            raise NotAllowedNow(f"{self} has not been approved: send it to review first.")
        if ends_at and ends_at <= (starts_at or timezone.now()):
            raise NotAllowedNow("The end must lie after the beginning.")
        role = self.reviewer_role if reviewer_role is None else reviewer_role
        reviewed = self.reviewed_on if reviewed_on is None else reviewed_on
        starts_at = starts_at or timezone.now()
        public = self.editions.exclude(starts_at=None).order_by("number").last()
        same = public and (
            public.body,
            public.ends_at,
            public.reviewer_role,
            public.reviewed_on,
        ) == (self.to_body(), ends_at, role, reviewed)
        if same and public.starts_at <= starts_at:
            return public
        self.state = State.PUBLISHED
        self.reviewer_role, self.reviewed_on = role, reviewed
        if self.next_review_on is None or self.next_review_on <= timezone.localdate():
            self.next_review_on = timezone.localdate() + timedelta(days=settings.REVIEW_DAYS)
        self.reminded_on = None
        self._store()
        return self._record(
            Action.PUBLISHED,
            by,
            reason,
            starts_at=starts_at,
            ends_at=ends_at,
            reviewer_role=role,
            reviewed_on=reviewed,
        )

    @transaction.atomic
    def call_off(self, edition, by):
        """Take back an edition that has not begun yet."""
        if not edition.is_scheduled:
            raise NotAllowedNow("Only an edition that has not begun can be called off.")
        edition.starts_at = edition.ends_at = None
        edition.save(update_fields=["starts_at", "ends_at"])
        audit.record("called off", by, self, f"edition {edition.number}")

    @transaction.atomic
    def confirm(self, by, reason=""):
        """Say that it has been looked at and is still right: the next review is a year away.

        Returns the edition that keeps who, when and why. The words and the state stay.
        """
        self.next_review_on = timezone.localdate() + timedelta(days=settings.REVIEW_DAYS)
        self.reminded_on = None
        self._store()
        return self._record(Action.CONFIRMED, by, reason)

    @transaction.atomic
    def archive(self, by, reason):
        """Take the page away from the public without losing anything."""
        now = timezone.now()
        for edition in self.editions.filter(starts_at__gt=now):
            self.call_off(edition, by)  # else it would come back by itself
        self.state = State.ARCHIVED
        self._store()
        return self._record(Action.ARCHIVED, by, reason, starts_at=now, ends_at=now)

    @transaction.atomic
    def restore(self, edition, by, fields=None):
        """Put an older edition, or only some of its fields, into the working copy as a draft."""
        if edition.subject_id != self.pk:
            raise PermissionDenied
        body = edition.body
        if fields is not None:
            body = {**self.to_body(), **{name: body[name] for name in fields if name in body}}
        self.from_body(body)
        what = f"edition {edition.number}" + (f": {', '.join(fields)}" if fields else "")
        return self.save_draft(by, f"From {what}", Action.RESTORED)

    def _forget_review(self):
        self.reviewer_role, self.reviewed_on = "", None

    def _store(self):
        """Store the columns of the state alone, and count the version on."""
        type(self).objects.filter(pk=self.pk).update(
            state=self.state,
            author=self.author,
            owner=self.owner,
            next_review_on=self.next_review_on,
            reminded_on=self.reminded_on,
            reviewer_role=self.reviewer_role,
            reviewed_on=self.reviewed_on,
            version=F("version") + 1,
            updated_at=timezone.now(),
        )
        self.refresh_from_db(fields=["version", "updated_at"])

    def _record(self, action, by, reason, **public):
        newest = self.newest()
        edition = self.editions.create(
            number=newest.number + 1 if newest else 1,
            body=self.to_body(),
            action=action,
            made_by=by,
            reason=reason[:200],
            **public,
        )
        if action != Action.SAVED:
            audit.record(action.label.lower(), by, self, reason, number=edition.number)
        return edition
