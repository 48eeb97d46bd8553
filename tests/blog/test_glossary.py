"""The glossary: a list, a page for each term, and links where pages use it."""

import pytest
from django.contrib import admin
from django.urls import reverse

from blog.models import Term
from codes.models import CodeContent
from tests.blog.pages import (
    FaqFactory,
    HelpArticleFactory,
    LandingPageFactory,
    PostFactory,
    TermFactory,
)
from tests.codes.little_release import GALLBLADDER, load_release
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LINK = '<a href="/glossary/gpci/">GPCI</a>'


@pytest.fixture
def site(client):
    load_release()
    return client


def text(response):
    return response.content.decode()


def gpci(**fields):
    term = TermFactory(slug="gpci", title="Geographic practice cost index",
                       abbreviations=["GPCI"], **fields)  # fmt: skip
    term.publish()
    return term


def test_without_terms_there_is_no_glossary_and_no_link_to_it(site):
    assert site.get("/glossary/").status_code == 404
    assert 'href="/glossary/"' not in text(site.get("/cpt-codes/"))


def test_the_list_has_each_term_under_its_letter_with_its_definition(site):
    gpci(summary="A number for a place.")
    TermFactory(slug="add-on", title="Add-on code").publish()
    page = text(site.get("/glossary/"))
    assert page.index("Add-on code") < page.index("Geographic practice cost index")
    assert "A number for a place." in page
    assert 'id="letter-G"' in page
    assert "2 terms" in page


def test_a_term_has_a_page_that_leads_to_others_but_not_to_itself(site):
    TermFactory(slug="locality").publish()
    gpci(text="A GPCI is of a Locality.", see_also=["locality", "gone"])
    response = site.get("/glossary/gpci/")
    page = text(response)
    assert LINK not in page
    assert '<a href="/glossary/locality/">Locality</a>' in page
    assert "gone" not in page
    assert '"@type":"DefinedTerm"' in page
    assert not response.cookies


def test_a_draft_of_a_term_is_nowhere(site):
    TermFactory(slug="gpci").save_draft(None)
    PostFactory(slug="post", text="Gpci").publish()
    assert site.get("/glossary/gpci/").status_code == 404
    assert "/glossary/" not in text(site.get("/blog/post/"))


def test_posts_articles_and_questions_link_a_term_once_on_a_page(site):
    gpci()
    PostFactory(slug="post", text="A GPCI. A GPCI.").publish()
    HelpArticleFactory(slug="help", text="Words.").publish()
    FaqFactory(page="help", answer="The GPCI.").publish()
    assert text(site.get("/blog/post/")).count(LINK) == 1
    assert text(site.get("/support/help/")).count(LINK) == 1


def test_a_code_page_links_a_term_in_its_texts_from_the_moment_it_is_published(site):
    content = CodeContent.objects.get(code=GALLBLADDER)
    content.billing = content.clinical_context = "Mind the GPCI."
    content.save()
    content.publish()
    address = f"/cpt-codes/digestive/{GALLBLADDER}/"
    assert LINK not in text(site.get(address))
    gpci()
    assert text(site.get(address)).count(LINK) == 1


def test_a_term_that_is_not_linked_has_its_page_all_the_same(site):
    gpci(is_linked=False)
    PostFactory(slug="post", text="A GPCI.").publish()
    assert LINK not in text(site.get("/blog/post/"))
    assert site.get("/glossary/gpci/").status_code == 200


def test_the_glossary_costs_the_same_at_any_length(site, django_assert_num_queries):
    for number in range(30):
        TermFactory(slug=f"term-{number}").publish()
    site.get("/cpt-codes/")
    with django_assert_num_queries(1):  # what the site shows; the entries are remembered
        site.get("/glossary/")
    with django_assert_num_queries(3):  # that, the edition, and the words to link
        site.get("/glossary/term-1/")


# In the admin ---------------------------------------------------------------------------------


@pytest.fixture
def warnings(site):
    def of(**fields):
        body = {**TermFactory.build(slug="new", title="New").to_body(), **fields}
        return [(name, is_wrong) for name, _, is_wrong in
                admin.site.get_model_admin(Term).warnings(None, body)]  # fmt: skip

    return of


def test_a_wording_belongs_to_one_term(warnings):
    gpci()
    assert warnings(abbreviations=["GPCI"]) == [("abbreviations", True)]
    assert warnings(also=["geographic practice cost INDEX"]) == [("also", True)]
    assert warnings(slug="gpci", abbreviations=["GPCI"]) == []


def test_a_reference_that_leads_nowhere_is_a_warning(warnings):
    gpci()
    assert warnings(see_also=["gpci"]) == []
    assert warnings(see_also=["gone"]) == [("see_also", False)]


def test_a_draft_is_previewed_as_its_page(client, site):
    draft = TermFactory(slug="gpci", title="A secret term", text="A GPCI.")
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = text(client.get(reverse("admin:blog_term_preview", args=[draft.pk])))
    assert "A secret term" in page
    assert "noindex" in page


@pytest.mark.parametrize("slug", ["privacy", "attendings", "modifiers", "how-rvus-work"])
def test_a_landing_page_is_previewed_as_what_its_slug_says(client, site, slug):
    draft = LandingPageFactory(slug=slug, title="A secret page")
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = text(client.get(reverse("admin:blog_landingpage_preview", args=[draft.pk])))
    assert "A secret page" in page
    assert "noindex" in page


@pytest.mark.parametrize("slug", ["privacy", "terms", "accessibility", "notices"])
def test_a_legal_text_has_an_address_at_the_root_and_a_link_in_the_footer(site, slug):
    assert site.get(f"/{slug}/").status_code == 404
    assert f'href="/{slug}/"' not in text(site.get("/resources/"))
    LandingPageFactory(slug=slug, title="Our legal text").publish()
    assert "Our legal text" in text(site.get(f"/{slug}/"))
    assert f'href="/{slug}/"' in text(site.get("/resources/"))
    assert "Our legal text" not in text(site.get("/resources/"))  # it is no resource
