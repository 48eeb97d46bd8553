"""All other pages that editors write: posts, landing pages, help, questions, redirects."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from rvuedge.publishing import Edition, Publishable, PublishableQuerySet


def _one_for_each_number(name):
    return [models.UniqueConstraint(fields=["subject", "number"], name=name)]


class Page(Publishable):
    """What posts, landing pages and help articles have in common."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300, help_text="One or two sentences, for lists.")
    text = models.TextField(help_text="Markdown.")

    fields_of_body = ("slug", "title", "summary", "text")

    objects = PublishableQuerySet.as_manager()

    class Meta(Publishable.Meta):
        abstract = True

    def __str__(self):
        return self.title

    def to_body(self):
        return {name: getattr(self, name) for name in self.fields_of_body}

    def from_body(self, body):
        for name in self.fields_of_body:
            setattr(self, name, body[name])
        self.save()


class Post(Page):
    """An article of the blog. Codes named in it are linked."""

    byline = models.CharField(max_length=80, blank=True, help_text="A role: clinical editor.")
    tags = models.JSONField(default=list, blank=True)
    codes = models.JSONField(default=list, blank=True, help_text="Codes that it is about.")

    fields_of_body = (*Page.fields_of_body, "byline", "tags", "codes")

    class Meta(Page.Meta):
        ordering = ["-pk"]


class PostEdition(Edition):
    subject = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="editions")

    class Meta(Edition.Meta):
        constraints = _one_for_each_number("blog_one_post_edition_for_each_number")


class LandingPage(Page):
    """The page of a career stage, a resource or a legal text, at an address of its own."""

    class Meta(Page.Meta):
        ordering = ["slug"]


class LandingPageEdition(Edition):
    subject = models.ForeignKey(LandingPage, on_delete=models.PROTECT, related_name="editions")

    class Meta(Edition.Meta):
        constraints = _one_for_each_number("blog_one_landing_edition_for_each_number")


class HelpArticle(Page):
    topic = models.CharField(max_length=60)

    fields_of_body = (*Page.fields_of_body, "topic")

    class Meta(Page.Meta):
        ordering = ["topic", "title"]


class HelpArticleEdition(Edition):
    subject = models.ForeignKey(HelpArticle, on_delete=models.PROTECT, related_name="editions")

    class Meta(Edition.Meta):
        constraints = _one_for_each_number("blog_one_help_edition_for_each_number")


class Term(Page):
    """A term of the glossary: `title` is the term, `summary` its definition."""

    abbreviations = models.JSONField(
        default=list, blank=True, help_text="In exactly these letters: GPCI. One in each line."
    )
    also = models.JSONField(
        default=list,
        blank=True,
        help_text="Other wordings by which it is known in texts. One in each line.",
    )
    see_also = models.JSONField(
        default=list, blank=True, help_text="Slugs of other terms. One in each line."
    )
    is_linked = models.BooleanField(
        "linked",
        default=True,
        help_text="Other texts link to it where they use it first. Not for everyday words.",
    )

    fields_of_body = (*Page.fields_of_body, "abbreviations", "also", "see_also", "is_linked")

    class Meta(Page.Meta):
        ordering = ["slug"]


class TermEdition(Edition):
    subject = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="editions")

    class Meta(Edition.Meta):
        constraints = _one_for_each_number("blog_one_term_edition_for_each_number")


class Faq(Publishable):
    """A general question, on the page of that slug ("support", "residents")."""

    page = models.SlugField(max_length=80)
    question = models.CharField(max_length=200)
    answer = models.TextField(help_text="Markdown.")
    position = models.PositiveSmallIntegerField(default=0)

    objects = PublishableQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["page", "position", "pk"]
        verbose_name = "question"

    def __str__(self):
        return self.question

    def to_body(self):
        return {
            "page": self.page,
            "question": self.question,
            "answer": self.answer,
            "position": self.position,
        }

    def from_body(self, body):
        self.page, self.question = body["page"], body["question"]
        self.answer, self.position = body["answer"], body["position"]
        self.save()


class FaqEdition(Edition):
    subject = models.ForeignKey(Faq, on_delete=models.PROTECT, related_name="editions")

    class Meta(Edition.Meta):
        constraints = _one_for_each_number("blog_one_faq_edition_for_each_number")


class Redirect(Publishable):
    """An old address of this site, and where it leads now."""

    old_path = models.CharField(max_length=200, unique=True, help_text="/old/, as in the address.")
    new_path = models.CharField(max_length=200, help_text="/new/, on this site.")

    objects = PublishableQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["old_path"]

    def __str__(self):
        return f"{self.old_path} → {self.new_path}"

    def to_body(self):
        return {"old_path": self.old_path, "new_path": self.new_path}

    def from_body(self, body):
        self.old_path, self.new_path = body["old_path"], body["new_path"]
        self.save()


class RedirectEdition(Edition):
    subject = models.ForeignKey(Redirect, on_delete=models.PROTECT, related_name="editions")

    class Meta(Edition.Meta):
        constraints = _one_for_each_number("blog_one_redirect_edition_for_each_number")


class Correction(models.Model):
    """What a reader reported as wrong, and what became of it."""

    class State(models.TextChoices):
        NEW = "new", "New"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    path = models.CharField("address", max_length=200)
    text = models.TextField("what is wrong", max_length=2000)
    email = models.EmailField("e-mail for an answer", blank=True)
    reported_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.TextField(blank=True, help_text="Sent by mail if the reader left an address.")
    answered_at = models.DateTimeField(null=True, blank=True)
    published_note = models.CharField(
        max_length=300, blank=True, help_text="What changed, for the corrections page."
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-reported_at"]

    def __str__(self):
        return f"{self.path}: {self.text[:60]}"
