"""Sitemaps by kind, and llms.txt: what is public is told, and nothing else is."""

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from codes.fee_schedule.activate import activate
from codes.models import CodeEdition, FeeSchedule
from rvuedge import sitemaps
from tests.blog.pages import HelpArticleFactory, LandingPageFactory, PostFactory, TermFactory
from tests.codes.little_release import GALLBLADDER, LABELS, load_release

pytestmark = pytest.mark.django_db

HOST = "http://testserver"
SPACE = {"": "http://www.sitemaps.org/schemas/sitemap/0.9"}
HOUR = timedelta(hours=1)


@pytest.fixture
def site(client):
    load_release()
    return client


def read(client, address: str) -> dict[str, str]:
    """Return when each address of a sitemap last changed."""
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/xml")
    return {
        entry.findtext("loc", namespaces=SPACE).removeprefix(HOST):
            entry.findtext("lastmod", namespaces=SPACE)
        for entry in ElementTree.fromstring(response.content)
    }  # fmt: skip


def test_the_index_names_a_sitemap_of_each_kind(site):
    PostFactory().publish()
    TermFactory(slug="gpci").publish()
    LandingPageFactory(slug="residents").publish()
    kinds = ["site", "stages", "codes", "categories", "specialties", "changes", "compare",
             "tools", "resources", "terms", "posts", "help", "legal"]  # fmt: skip
    assert list(read(site, "/sitemap.xml")) == [f"/sitemap-{kind}.xml" for kind in kinds]


def test_a_kind_without_pages_has_no_sitemap(site):
    assert "/sitemap-posts.xml" not in read(site, "/sitemap.xml")
    assert site.get("/sitemap-posts.xml").status_code == 404
    assert site.get("/sitemap-nonsense.xml").status_code == 404


def test_codes_with_a_text_are_told_and_others_are_not(site):
    found = read(site, "/sitemap-codes.xml")
    assert [address.split("/")[-2] for address in found] == sorted(LABELS)
    assert all(site.get(address).status_code == 200 for address in found)


def test_editorial_pages_are_told_by_their_kind(site):
    PostFactory(slug="first").publish()
    HelpArticleFactory(slug="how").publish()
    LandingPageFactory(slug="privacy").publish()
    LandingPageFactory(slug="a-guide").publish()
    month = f"/blog/{timezone.localdate().year}/{timezone.localdate().month}/"
    assert list(read(site, "/sitemap-posts.xml")) == ["/blog/", "/blog/first/", month]
    assert list(read(site, "/sitemap-help.xml")) == ["/support/", "/support/how/"]
    assert list(read(site, "/sitemap-legal.xml")) == ["/privacy/", "/corrections/"]
    resources = read(site, "/sitemap-resources.xml")
    assert {"/resources/", "/resources/a-guide/", "/resources/localities/"} <= resources.keys()


def test_a_draft_and_what_has_ended_or_not_begun_are_not_told(site):
    PostFactory(slug="public").publish()
    PostFactory(slug="draft")
    PostFactory(slug="later").publish(starts_at=timezone.now() + HOUR)
    ended = PostFactory(slug="ended")
    ended.publish(starts_at=timezone.now() - 2 * HOUR, ends_at=timezone.now() - HOUR)
    assert list(read(site, "/sitemap-posts.xml"))[:-1] == ["/blog/", "/blog/public/"]


def test_a_page_changes_with_the_newer_of_its_text_and_its_figures(site):
    long_ago, lately = timezone.now() - timedelta(days=90), timezone.now() - timedelta(days=9)
    FeeSchedule.objects.update(shown_since=lately, loaded_at=long_ago)
    CodeEdition.objects.update(starts_at=long_ago)
    newer = CodeEdition.objects.get(subject__code=GALLBLADDER)
    CodeEdition.objects.filter(pk=newer.pk).update(starts_at=timezone.now())
    FeeSchedule.objects.mark_changed()

    codes = read(site, "/sitemap-codes.xml")
    categories = read(site, "/sitemap-categories.xml")

    today, then = f"{timezone.now():%Y-%m-%d}", f"{lately:%Y-%m-%d}"
    assert codes["/cpt-codes/digestive/47562/"] == today
    assert codes["/cpt-codes/digestive/47600/"] == then
    assert categories["/cpt-codes/digestive/"] == today  # one of its codes
    assert categories["/cpt-codes/surgery/"] == today  # the chapter that it stands in
    assert categories["/cpt-codes/office-visits/"] == then


def test_going_back_to_an_older_release_changes_the_figures(site):
    FeeSchedule.objects.update(shown_since=None, loaded_at=timezone.now() - timedelta(days=90))
    CodeEdition.objects.update(starts_at=timezone.now() - timedelta(days=90))
    activate("2026B")
    assert set(read(site, "/sitemap-codes.xml").values()) == {f"{timezone.now():%Y-%m-%d}"}


def test_a_sitemap_of_too_many_pages_is_divided(site, monkeypatch):
    monkeypatch.setattr(sitemaps.Section, "limit", 3)
    index = read(site, "/sitemap.xml")
    assert {"/sitemap-codes.xml", "/sitemap-codes.xml?p=2"} <= index.keys()
    assert len(read(site, "/sitemap-codes.xml")) == 3
    assert len(read(site, "/sitemap-codes.xml?p=2")) == len(LABELS) - 3
    assert site.get("/sitemap-codes.xml?p=9").status_code == 404


def test_sitemaps_cost_the_same_at_any_length_and_are_remembered(site, django_assert_num_queries):
    def publish_and_count() -> int:
        PostFactory().publish()
        HelpArticleFactory().publish()
        with CaptureQueriesContext(connection) as queries:
            site.get("/sitemap.xml")
        return len(queries)

    first = publish_and_count()
    assert [publish_and_count() for _ in range(3)] == [first] * 3
    with django_assert_num_queries(1):  # what the site shows
        site.get("/sitemap-posts.xml")


def test_a_sitemap_that_has_not_changed_is_not_sent_again(site):
    response = site.get("/sitemap-codes.xml")
    again = site.get("/sitemap-codes.xml", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_before_the_first_release_there_is_nothing_to_tell(client):
    assert client.get("/sitemap.xml").status_code == 503
    assert client.get("/llms.txt").status_code == 503


# llms.txt ---------------------------------------------------------------------------------


def test_llms_txt_says_what_the_site_is_and_how_addresses_are_made(site):
    LandingPageFactory(slug="a-guide", title="A guide").publish()
    response = site.get("/llms.txt")
    text = response.content.decode()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert text.startswith("# RVU Edge\n\n> ")
    assert "release 2026C (RVU26C), in force from July 1, 2026, with 16 codes, of which 4" in text
    assert (
        "For example http://testserver/cpt-codes/digestive/45378/ and http://testserver/" in text
    )
    assert "- [Digestive system](http://testserver/cpt-codes/digestive/): 4 codes" in text
    assert "- [A guide](http://testserver/resources/a-guide/): What it is for." in text
    assert re.search(r"CPT codes and descriptions only are copyright 20\d\d American", text)


def test_every_address_in_llms_txt_is_there(site):
    text = site.get("/llms.txt").content.decode()
    links = [part.split(")")[0] for part in text.split(f"]({HOST}")[1:]]
    assert len(links) > 20
    assert {link: site.get(link).status_code for link in links} == dict.fromkeys(links, 200)
