"""The home page, the menu and the error pages."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import override_settings
from django.urls import path

from rvuedge import urls as site_urls
from rvuedge.templatetags import menu
from tests.blog.pages import LandingPageFactory, PostFactory
from tests.codes.little_release import load_release


@pytest.fixture
def home(client, db):
    load_release()
    return client.get("/")


def text(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# Home ---------------------------------------------------------------------------------------


def test_home_begins_with_the_search(home):
    page = home.content.decode()
    assert "for all 16 codes of the physician fee schedule; 4 of them explained in plain" in page
    assert '<input id="q" name="q" type="search"' in page
    assert page.index('<form class="search-large') < page.index("<table")


def test_home_shows_what_fees_are_made_of(home):
    page = text(home.content.decode())
    assert "Laparoscopic gallbladder removal, facility 18.92 RVUs $631.95" in page
    assert "work 10.21, practice expense 6.04, malpractice 2.67" in page
    assert "99213" not in page  # it is not among the codes that show it


def test_home_shows_only_codes_that_a_text_explains(home):
    mixes = re.findall(r'<a class="code"[^>]*>(\w+)</a>', home.content.decode())
    assert mixes == ["47562", "45378"]  # not 70450 and 99214, which are there without a text


def test_home_names_the_release_and_counts_it(home):
    page = text(home.content.decode())
    assert "In force: release 2026C" in page
    assert "CMS published it on June 30, 2026, for services from July 1, 2026." in page
    # Payable: 3 digestive, 2 visits, 70450, 93005, D0120, G0105; the last but two have work.
    assert "It holds 16 codes. Medicare pays for 9 of them, and 7 of these carry" in page


def test_home_leads_to_the_stages_and_to_the_latest_posts_once_there_are_any(home, client):
    assert "Start where you are" not in home.content.decode()
    assert "Latest from the blog" not in home.content.decode()
    for slug in ("medical-students", "residents", "attendings"):
        LandingPageFactory(slug=slug).publish()
    for number in range(4):
        PostFactory(slug=f"post-{number}").publish()
    page = client.get("/").content.decode()
    assert re.findall(r'<h3><a href="(/(?:medical|resid|attend)[^"]*)"', page) == [
        "/medical-students/",
        "/residents/",
        "/attendings/",
    ]
    assert re.findall(r'href="/blog/(post-\d)/"', page) == ["post-3", "post-2", "post-1"]


def test_home_leads_to_what_the_releases_changed(home):
    assert '<a href="/changes/">What the releases changed, and why</a>' in home.content.decode()


def test_home_counts_the_four_kinds_of_zero(home):
    page = text(home.content.decode())
    assert "4 codes are bundled, not covered" in page  # 99381, G0411, GXXX1, J1885
    assert "For 2 codes of status C each Medicare contractor sets" in page  # 40799, 0054T
    assert "1 anesthesia codes" not in page
    assert "1 anesthesia code is not valued in RVUs." in page
    # 93005 is for staff alone; D0120 has no RVUs.
    assert "2 of the 9 codes that Medicare pays carry no work" in page
    assert "The counts are of the whole release 2026C." in page


def test_home_tells_what_the_release_changed(home):
    page = home.content.decode()
    assert '<a href="/cpt-codes/?change=new" rel="nofollow">new code</a>' in page
    assert '<a href="/cpt-codes/?change=work" rel="nofollow">code with other work RVUs</a>' in page


def test_home_has_no_dead_link(home, client):
    page = home.content.decode()
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"]*)"', page)}
    links = {link for link in links if not link.startswith("/static/")}
    assert len(links) > 10
    for link in links:
        assert client.get(link, follow=True).status_code == 200, link


def test_home_leaves_no_trace(home, client):
    assert not home.cookies
    assert "Cookie" not in home["Vary"]
    assert client.get("/", headers={"If-None-Match": home["ETag"]}).status_code == 304


def test_home_costs_one_query(home, client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/")


def test_a_part_of_a_release_is_not_called_the_whole(client, db):
    load_release(complete=False)
    page = text(client.get("/").content.decode())
    assert "so far for 16 of the 16 codes of the physician fee schedule; 4 of them" in page
    assert "This site shows the 16 of the starter catalogue." in page


def test_the_footer_carries_the_notices(home):
    page = text(home.content.decode())
    assert (
        "Source: CMS Physician Fee Schedule, release 2026C (RVU26C), released June 30, 2026, "
        "for services from July 1, 2026. Not affiliated with or endorsed by CMS or the AMA."
    ) in page
    assert "CPT codes and descriptions only are copyright 2026 American Medical" in page
    assert "American Dental Association" not in page


def test_the_ada_notice_stands_where_d_codes_are():
    footer = render_to_string("includes/_footer.html", {"is_dental": True})
    assert "American Dental Association" in footer


# The menu -----------------------------------------------------------------------------------


def test_what_is_not_built_has_no_entry(monkeypatch):
    there, not_there = menu.Entry("Home", "home"), menu.Entry("Jobs", "jobs:list")
    group = menu.Entry("Career Stage", entries=(not_there,))
    monkeypatch.setattr(menu, "MENU", (there, not_there, group))
    assert [link.label for link in menu.menu()] == ["Home"]


def test_the_menu_leads_home_and_to_the_codes():
    found = {link.label: link.url for link in menu.menu()}
    assert found["Home"] == "/"
    assert found["CPT Codes"] == "/cpt-codes/"


class Later:
    """The addresses of the site once stages and a blog are there."""

    urlpatterns = [
        *site_urls.urlpatterns,
        path("stages/<slug:slug>/", lambda request, slug: None, name="stage"),
        path("own/", lambda request: None, name="own"),
    ]


@override_settings(ROOT_URLCONF=Later)
def test_an_entry_appears_with_its_page(monkeypatch):
    stage = menu.Entry("Residents", "stage", ("residents",))
    monkeypatch.setattr(menu, "MENU", (menu.Entry("Career Stage", entries=(stage,)),))

    monkeypatch.setattr(menu, "ACCOUNT", (menu.Entry("Your account", "own"),))

    found = menu.menu()

    assert [link.label for link in found] == ["Career Stage"]
    assert found[0].links[0].url == "/stages/residents/"
    folded = render_to_string("includes/_menu.html", {"folded": True})
    assert '<li class="group">Career Stage</li>' in folded
    unfolded = render_to_string("includes/_menu.html", {"folded": False})
    assert "<details>" in unfolded
    assert 'href="/own/"' in render_to_string("includes/_account.html")


def test_the_entry_of_a_page_is_marked():
    assert 'href="/cpt-codes/" aria-current="true"' in render_to_string(
        "includes/_menu.html", {"area": "codes"}
    )


# Errors -------------------------------------------------------------------------------------


def test_an_unknown_address_offers_the_search(client, django_assert_num_queries, db):
    client.get("/no/such/page/")  # which redirects there are is read once
    with django_assert_num_queries(1):  # whether that still holds
        response = client.get("/no/such/page/")
    assert response.status_code == 404
    page = response.content.decode()
    assert "<h1>There is no such page</h1>" in page
    assert 'name="q"' in page
    assert not response.cookies


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("400.html", "The request was not understood"),
        ("403.html", "You have no access to this page"),
        ("500.html", "Something went wrong here"),
    ],
)
def test_error_pages_need_no_database_and_no_request(name, heading):
    page = render_to_string(name)
    assert f"<h1>{heading}</h1>" in page
    assert "noindex" in page
    assert "copyright American Medical Association" in page


def _broken(request):
    raise ValueError("a mistake of ours")


class Broken:
    urlpatterns = [path("broken/", _broken), *site_urls.urlpatterns]
    handler500 = staticmethod(site_urls.handler500)


@override_settings(ROOT_URLCONF=Broken)
def test_a_mistake_of_ours_is_answered_with_the_500_page(client):
    client.raise_request_exception = False
    response = client.get("/broken/")
    assert response.status_code == 500
    assert "Something went wrong here" in response.content.decode()
