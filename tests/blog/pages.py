"""Editorial pages for tests: drafts, and how they become public."""

import factory

from blog import models


class PostFactory(factory.django.DjangoModelFactory):
    """A draft. `PostFactory().publish()` makes an edition that the public reads."""

    class Meta:
        model = models.Post

    slug = factory.Sequence(lambda n: f"post-{n}")
    title = factory.LazyAttribute(lambda o: f"About {o.slug}")
    summary = "What the post says."
    text = "## First\n\nThe **words** of the post.\n\n## Second\n\nMore."


class LandingPageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.LandingPage

    slug = "residents"
    title = factory.LazyAttribute(lambda o: f"For {o.slug}")
    summary = "What it is for."
    text = "The words of the page."


class HelpArticleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.HelpArticle

    slug = factory.Sequence(lambda n: f"help-{n}")
    title = factory.LazyAttribute(lambda o: f"How {o.slug} works")
    summary = "What it helps with."
    text = "The words of the article."
    topic = "Figures and codes"


class TermFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Term

    slug = factory.Sequence(lambda n: f"term-{n}")
    title = factory.LazyAttribute(lambda o: o.slug.replace("-", " ").capitalize())
    summary = "What it means."
    text = "The words about the term."


class FaqFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Faq

    page = "support"
    question = factory.Sequence(lambda n: f"What is question {n}?")
    answer = "An **answer**."


class RedirectFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Redirect

    old_path = "/old/page/"
    new_path = "/cpt-codes/"
