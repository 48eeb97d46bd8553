"""The picture of a code's page, of a post, and of the site, over HTTP."""

import struct

import pytest
from django.test import override_settings

from codes.views import cards
from tests.blog.pages import PostFactory
from tests.codes.little_release import load_release
from tests.codes.page.reader import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(client):
    load_release()
    return client


@pytest.fixture
def texts(monkeypatch):
    """What the next cards say, instead of a picture of it."""
    drawn = []

    def remember(card):
        drawn.append(card)
        return b"\x89PNG"

    monkeypatch.setattr(cards, "png", remember)
    return drawn


def test_a_card_is_a_public_picture_that_other_sites_may_show(site):
    response = site.get("/cards/47562.png")
    assert response["Content-Type"] == "image/png"
    assert struct.unpack(">II", response.content[16:24]) == (1200, 630)
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "public" in response["Cache-Control"]
    assert not response.cookies
    again = site.get("/cards/47562.png", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@override_settings(PUBLIC_COPIES=10)
def test_a_card_is_drawn_once_for_a_state_of_the_site(site, texts):
    first = site.get("/cards/47562.png")
    again = site.get("/cards/47562.png")
    assert len(texts) == 1
    assert again.content == first.content
    assert again["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_query_makes_no_other_card(site, texts):
    response = site.get("/cards/47562.png?size=9000")
    assert (response.status_code, response["Location"]) == (301, "/cards/47562.png")
    assert texts == []


def test_a_code_is_shown_with_its_figures_and_release(site, texts):
    site.get("/cards/47562.png")
    (card,) = texts
    assert (card.kind, card.title) == ("CPT 47562", "Laparoscopic gallbladder removal")
    assert card.note == "A: Paid separately"
    assert [*map(tuple, card.figures)] == [
        ("Work RVUs", "10.21"),
        ("Total RVUs", "18.92"),
        ("Medicare amount", "$631.95"),
        ("Global period", "90 days"),
    ]
    assert card.source.startswith("CMS release 2026C (RVU26C), in force from July 1, 2026")
    assert [piece.part for piece in card.edge] == ["work", "practice", "malpractice"]


@pytest.mark.parametrize(
    ("hcpcs", "words"),
    [
        ("G0411", ("None, by law", "Not valued")),
        ("40799", ("Set by the contractor", "No national value")),
        ("00790", ("Base + time units", "Do not apply")),
        ("93005", ("No physician work",)),
    ],
)
def test_a_code_without_work_says_which_zero(site, texts, hcpcs, words):
    site.get(f"/cards/{hcpcs}.png")
    told = {figure.value for figure in texts[0].figures}
    assert any(word in told for word in words), told
    assert "0.00" not in told


def test_the_wording_of_others_is_never_on_a_card(site, texts):
    with override_settings(SHOW_AMA_DESCRIPTORS=True):
        for hcpcs in ("0054T", "D0120", "G0105"):
            site.get(f"/cards/{hcpcs}.png")
    assert [card.title for card in texts] == [
        "Category III, new technology, code 0054T",
        "D codes, code D0120",
        "Colonoscopy, high risk",
    ]


@pytest.mark.parametrize("code", ["99999", "47562x", "g0411", "..", "nonsense"])
def test_an_unknown_code_has_no_card(site, code):
    assert site.get(f"/cards/{code}.png").status_code == 404


def test_a_post_and_the_site_have_cards(site, texts):
    PostFactory(slug="a-post", title="A title").publish()
    PostFactory(slug="a-draft")
    assert site.get("/cards/blog/a-post.png").status_code == 200
    assert site.get("/cards/blog/a-draft.png").status_code == 404
    assert site.get("/cards/site.png").status_code == 200
    assert (texts[0].kind, texts[0].title) == ("Blog", "A title")
    assert "16 codes" in texts[1].summary


@pytest.mark.parametrize(
    ("address", "card"),
    [
        ("/", "/cards/site.png"),
        ("/cpt-codes/digestive/47562/", "/cards/47562.png"),
        ("/cpt-codes/g-codes/G0411/", "/cards/G0411.png"),
        ("/blog/a-post/", "/cards/blog/a-post.png"),
    ],
)
def test_a_page_names_its_card_in_full(site, address, card):
    PostFactory(slug="a-post").publish()
    page = Page(site.get(address).content.decode())
    assert page.metas["og:image"] == f"http://testserver{card}"
    assert page.metas["og:url"] == f"http://testserver{address}"
    assert page.metas["twitter:card"] == "summary_large_image"
    assert page.metas["og:image:alt"] == page.metas["og:title"]
    assert site.get(card).status_code == 200


def test_a_card_costs_few_queries(site, django_assert_num_queries):
    site.get("/cards/45378.png")
    with django_assert_num_queries(2):  # what is shown, the rows
        site.get("/cards/47562.png")
