"""Posts in their order: by month, one after another, as feeds, and beside the codes they name."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from tests.blog.pages import PostFactory
from tests.codes.little_release import load_release
from tests.codes.page.reader import check

pytestmark = pytest.mark.django_db

ATOM = {"": "http://www.w3.org/2005/Atom"}
GALLBLADDER = "/cpt-codes/digestive/47562/"


@pytest.fixture
def site(client):
    load_release()
    return client


def published(slug: str, day: datetime, **values):
    post = PostFactory(slug=slug, **values)
    post.publish(starts_at=day)
    return post


@pytest.fixture
def three(site):
    """Posts of two months: May, June, June."""
    published("spring", datetime(2026, 5, 3, 12, tzinfo=UTC), tags=["Modifiers"])
    published("early", datetime(2026, 6, 1, 12, tzinfo=UTC), byline="coding editor")
    published("late", datetime(2026, 6, 20, 12, tzinfo=UTC))
    return site


def get(client, address: str):
    response = client.get(address)
    assert response.status_code == 200
    return check(response.content.decode())


def test_the_posts_of_a_month_have_a_page(three):
    page = get(three, "/blog/2026/6/")
    assert page.h1 == ["Blog: June 2026"]
    posts = [link for link in page.links if link.startswith("/blog/") and "feed" not in link]
    assert {"/blog/late/", "/blog/early/", "/blog/2026/5/"} <= set(posts)
    assert "/blog/spring/" not in posts
    assert "June 2026 (2)" in page.text
    assert page.canonical == "http://testserver/blog/2026/6/"


@pytest.mark.parametrize(
    "month", ["2026/7", "2026/06", "2026/13", "2026/0", "0000/1", "９９９９/1"]
)
def test_a_month_without_posts_is_not_there(three, month):
    assert three.get(f"/blog/{month}/").status_code == 404


def test_a_post_leads_to_the_one_before_and_the_one_after(three):
    page = get(three, "/blog/early/")
    assert "Before: About spring" in page.text
    assert "After: About late" in page.text
    assert "Before:" not in get(three, "/blog/spring/").text
    assert "After:" not in get(three, "/blog/late/").text


def test_a_post_tells_its_author_dates_and_topics(three):
    page = get(three, "/blog/early/")
    assert "By the coding editor · Published June 1, 2026 · 1 minute" in page.text
    assert "Changed" not in page.text
    assert "/blog/?topic=modifiers" in get(three, "/blog/spring/").links


def test_a_change_of_a_post_is_dated(site):
    post = published("post", timezone.now() - timedelta(days=40))
    post.text = "Other words."
    post.save()
    post.publish()
    assert (
        f"Changed {timezone.localdate():%B} {timezone.localdate().day},"
        in get(site, "/blog/post/").text
    )


# Feeds --------------------------------------------------------------------------------------


def test_atom_gives_author_topics_and_both_dates(three):
    feed = ElementTree.fromstring(three.get("/blog/feed/").content)
    late, early, spring = feed.findall("entry", ATOM)
    assert feed.findtext("author/name", namespaces=ATOM) == "RVU Edge"
    assert early.findtext("author/name", namespaces=ATOM) == "RVU Edge, coding editor"
    assert [one.get("term") for one in spring.findall("category", ATOM)] == ["Modifiers"]
    assert late.findtext("published", namespaces=ATOM).startswith("2026-06-20")
    assert late.find("link", ATOM).get("href") == "http://testserver/blog/late/"


def test_rss_has_the_same_posts(three):
    response = three.get("/blog/feed/rss/")
    assert response["Content-Type"] == "application/rss+xml; charset=utf-8"
    channel = ElementTree.fromstring(response.content).find("channel")
    links = [item.findtext("link") for item in channel.findall("item")]
    assert links == [f"http://testserver/blog/{slug}/" for slug in ("late", "early", "spring")]
    own = channel.find("{http://www.w3.org/2005/Atom}link").get("href")
    assert own == "http://testserver/blog/feed/rss/"


def test_before_the_first_post_there_is_no_feed(site):
    PostFactory()  # a draft
    assert site.get("/blog/feed/rss/").status_code == 404


def test_the_blog_names_its_feeds(three):
    page = three.get("/blog/").content.decode()
    assert '<link rel="alternate" type="application/atom+xml" title="RVU Edge blog"' in page
    assert '<link rel="alternate" type="application/rss+xml"' in page


# Codes ----------------------------------------------------------------------------------------


def test_a_code_named_in_a_post_is_linked_and_links_back(site):
    text = "A look at 47562, again 47562, and at 99213.\n\n| Code |\n| --- |\n| 47600 |\n"
    published("about", timezone.now(), text=text, codes=["45378"])
    links = get(site, "/blog/about/").links
    assert links.count(GALLBLADDER) == 1  # where it is named first
    assert "/cpt-codes/digestive/47600/" in links
    assert "/cpt-codes/digestive/45378/" in links  # it is about that, without naming it
    for address in (GALLBLADDER, "/cpt-codes/digestive/45378/", "/cpt-codes/office-visits/99213/"):
        page = get(site, address)
        assert "/blog/about/" in page.links
        assert "From the blog" in page.text_of("h2")
    assert "/blog/about/" not in get(site, "/cpt-codes/office-visits/99214/").links


def test_the_markdown_of_a_code_names_the_post_too(site):
    published("about", timezone.now(), text="On 47562.")
    text = site.get("/cpt-codes/digestive/47562.md").content.decode()
    assert "- [About about](/blog/about/): What the post says." in text


@pytest.mark.parametrize("text", ["It cost $47562.", "In 47,562 cases", "99999 rows", "x47562"])
def test_what_is_no_code_is_not_linked(site, text):
    published("about", timezone.now(), text=text)
    assert GALLBLADDER not in get(site, "/blog/about/").links
    assert "/blog/about/" not in get(site, GALLBLADDER).links


def test_a_draft_and_a_scheduled_post_are_on_no_page_of_a_code(site, settings, time_machine):
    settings.PUBLIC_COPIES = 10
    PostFactory(slug="draft", text="On 47562.")
    soon = timezone.now() + timedelta(hours=2)
    published("soon", soon, text="On 47562.")
    assert "From the blog" not in get(site, GALLBLADDER).text
    time_machine.move_to(soon + timedelta(minutes=1))
    assert "/blog/soon/" in get(site, GALLBLADDER).links
    assert "/blog/draft/" not in get(site, GALLBLADDER).links
