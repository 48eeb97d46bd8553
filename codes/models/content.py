"""What editors say about a code, in their own words."""

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from codes.models.fee_schedule import Category, Code, FeeSchedule
from rvuedge.publishing import Edition, Publishable, PublishableQuerySet


class Specialty(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80, unique=True)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "specialties"

    def __str__(self):
        return self.name

    def save(self, *args, **options):
        """Its pages read the name here, and not in an edition: they are others from now on."""
        super().save(*args, **options)
        FeeSchedule.objects.mark_changed()

    def get_absolute_url(self):
        return reverse("codes:specialty", args=[self.slug])


class CodeContent(Publishable):
    """The working copy of a code's text. Texts are Markdown."""

    code = models.OneToOneField(Code, on_delete=models.PROTECT, related_name="content")
    label = models.CharField(max_length=120, help_text="Our own words, never AMA's descriptor.")
    synonyms = models.JSONField(default=list, blank=True, help_text="What people type or say.")
    description = models.TextField(help_text="One or two sentences under the title.")
    plain_language = models.TextField(help_text="For patients and students, grade 8 or below.")
    clinical_context = models.TextField()
    billing = models.TextField(help_text="What the indicators do not say.")
    specialties = models.ManyToManyField(Specialty, blank=True, related_name="contents")
    sources = models.JSONField(default=list, blank=True)

    objects = PublishableQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["code_id"]
        verbose_name = "code text"

    def __str__(self):
        return f"{self.code_id} {self.label}"

    def to_body(self):
        return {
            "label": self.label,
            "synonyms": self.synonyms,
            "description": self.description,
            "plain_language": self.plain_language,
            "clinical_context": self.clinical_context,
            "billing": self.billing,
            "specialties": [[s.slug, s.name] for s in self.specialties.all()],
            "questions": [[q.question, q.answer] for q in self.questions.all()],
            "related": [[r.code_id, r.kind, r.note] for r in self.related.all()],
            "sources": self.sources,
        }

    @transaction.atomic
    def from_body(self, body):
        for name in ("label", "synonyms", "description", "plain_language", "clinical_context"):
            setattr(self, name, body[name])
        self.billing, self.sources = body["billing"], body["sources"]
        self.save()
        slugs = [slug for slug, _ in body["specialties"]]
        self.specialties.set(Specialty.objects.filter(slug__in=slugs))
        self.questions.all().delete()
        Question.objects.bulk_create(
            Question(content=self, position=position, question=question, answer=answer)
            for position, (question, answer) in enumerate(body["questions"])
        )
        self.related.all().delete()
        known = set(
            Code.objects.filter(pk__in=[row[0] for row in body["related"]]).values_list(
                "pk", flat=True
            )
        )
        RelatedCode.objects.bulk_create(
            RelatedCode(content=self, code_id=hcpcs, kind=kind, note=note, position=position)
            for position, (hcpcs, kind, note) in enumerate(body["related"])
            if hcpcs in known
        )

    def _record(self, action, by, reason, **public):
        """Freeze the working copy, and index the edition by specialty for lists."""
        edition = super()._record(action, by, reason, **public)
        edition.specialties.set(self.specialties.all())
        return edition


class Question(models.Model):
    """A question that readers ask about a code, and its answer."""

    content = models.ForeignKey(CodeContent, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(default=0)
    question = models.CharField(max_length=200)
    answer = models.TextField()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.question


class RelatedCode(models.Model):
    """Another code that a reader of this one should know of."""

    class Kind(models.TextChoices):
        INSTEAD = "instead", "Use instead"
        WITH = "with", "Often with"

    content = models.ForeignKey(CodeContent, on_delete=models.CASCADE, related_name="related")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    note = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["kind", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["content", "code", "kind"], name="codes_one_relation_of_each_kind"
            ),
        ]

    def __str__(self):
        return f"{self.kind}: {self.code_id}"


class CodeEdition(Edition):
    subject = models.ForeignKey(CodeContent, on_delete=models.PROTECT, related_name="editions")
    specialties = models.ManyToManyField(Specialty, blank=True, related_name="editions")

    class Meta(Edition.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "number"], name="codes_one_edition_for_each_number"
            ),
        ]
        # Which edition of each of thousands of texts is in force: see EditionQuerySet.in_force.
        indexes = [
            models.Index("subject", F("starts_at").desc(), F("number").desc(),
                         name="codes_edition_in_force"),
        ]  # fmt: skip


class Introduction(Publishable):
    """A few paragraphs at the top of a category's page, or of a specialty's."""

    category = models.OneToOneField(
        Category, null=True, blank=True, on_delete=models.PROTECT, related_name="introduction"
    )
    specialty = models.OneToOneField(
        Specialty, null=True, blank=True, on_delete=models.PROTECT, related_name="introduction"
    )
    text = models.TextField(help_text="Markdown.")

    objects = PublishableQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category=None) ^ Q(specialty=None),
                name="codes_an_introduction_has_one_page",
            ),
        ]

    def __str__(self):
        return f"Introduction to {self.page}"

    @property
    def page(self):
        """The category or the specialty on whose page it stands."""
        return self.category or self.specialty

    def to_body(self):
        return {"text": self.text}

    def from_body(self, body):
        self.text = body["text"]
        self.save()


class IntroductionEdition(Edition):
    subject = models.ForeignKey(Introduction, on_delete=models.PROTECT, related_name="editions")

    class Meta(Edition.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "number"], name="codes_one_introduction_for_each_number"
            ),
        ]
