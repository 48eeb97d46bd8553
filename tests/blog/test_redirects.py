"""Redirects: only from where nothing is, only inside the site, and never in a circle."""

import pytest
from django.db import OperationalError

from blog.redirects import destination, is_inside
from tests.blog.pages import RedirectFactory
from tests.codes.little_release import load_release


@pytest.fixture
def site(client, db):
    load_release()
    return client


def test_an_old_address_leads_to_the_new_one(site):
    RedirectFactory().publish()
    response = site.get("/old/page/?page=2")
    assert (response.status_code, response["Location"]) == (301, "/cpt-codes/?page=2")
    assert "max-age=300" in response["Cache-Control"]
    assert site.head("/old/page/").status_code == 301
    assert site.get("/old/page")["Location"] == "/cpt-codes/"
    assert site.post("/old/page/").status_code == 404


def test_a_draft_leads_nowhere(site):
    redirect = RedirectFactory()
    redirect.save_draft(None)
    assert site.get("/old/page/").status_code == 404


def test_a_page_that_is_there_is_not_led_away_from(site):
    RedirectFactory(old_path="/specialties/", new_path="/cpt-codes/").publish()
    assert site.get("/specialties/").status_code == 200


def test_an_archived_redirect_leads_nowhere_any_more(site):
    redirect = RedirectFactory()
    redirect.publish()
    assert site.get("/old/page/").status_code == 301
    redirect.archive(None, "Long ago")
    assert site.get("/old/page/").status_code == 404


def test_a_missing_page_costs_one_query(site, django_assert_num_queries):
    RedirectFactory().publish()
    site.get("/old/page/")
    for address in ("/old/page/", "/nothing/here/"):
        with django_assert_num_queries(1):
            site.get(address)


def test_without_a_database_a_missing_page_is_just_missing(site, monkeypatch):
    def away():
        raise OperationalError("away")

    monkeypatch.setattr("blog.redirects.shown", away)
    assert site.get("/nothing/here/").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "/\\evil.example/", "https://evil.example/", "evil", "/\t/evil", "/a b",
     "/a\r\nX: y", "javascript:alert(1)", ""],
)  # fmt: skip
def test_another_site_is_never_led_to(site, path):
    assert not is_inside(path)
    assert destination("/old/", {"/old/": path}) is None
    RedirectFactory(new_path=path).publish()
    assert site.get("/old/page/").status_code == 404


def test_several_steps_are_one_and_a_circle_is_none():
    chain = {"/a/": "/b/", "/b/": "/c/", "/x/": "/y/", "/y/": "/x/", "/z/": "/z/"}
    assert destination("/a/", chain) == "/c/"
    assert destination("/x/", chain) is None
    assert destination("/z/", chain) is None
    assert destination("/other/", chain) is None
