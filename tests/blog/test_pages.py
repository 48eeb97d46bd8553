"""What editors publish is there, and nothing else is: no page, no list, no feed, no link."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.utils import timezone

from blog.models import Post, PostEdition
from rvuedge.publishing import State
from tests.blog.pages import (
    FaqFactory,
    HelpArticleFactory,
    LandingPageFactory,
    PostFactory,
    RedirectFactory,
)
from tests.codes.little_release import load_release
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
ADDRESSES = (
    "/blog/",
    "/blog/feed/",
    "/blog/post/",
    "/residents/",
    "/resources/guide/",
    "/support/help/",
)


@pytest.fixture
def site(client):
    load_release()
    return client


def drafts():
    return [
        PostFactory(slug="post", title="A secret post", tags=["Fee schedule"], codes=["47562"]),
        LandingPageFactory(slug="residents", title="A secret stage"),
        LandingPageFactory(slug="guide", title="A secret guide"),
        HelpArticleFactory(slug="help", title="A secret article"),
        FaqFactory(page="support", question="Is this a secret?"),
    ]


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_draft_is_nowhere(site, address):
    for draft in drafts():
        draft.save_draft(None)
        draft.send_to_review(None)
    assert site.get(address).status_code == 404


def test_a_draft_has_no_link(site):
    drafts()
    for address in ("/", "/cpt-codes/", "/corrections/", "/corrections/report/"):
        page = text(site.get(address))
        assert "secret" not in page
        assert not re.search(r'href="/(blog|residents)/', page), address


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_published_is_there(site, address):
    for draft in drafts():
        draft.publish()
    response = site.get(address)
    assert response.status_code == 200
    assert "secret" in text(response)
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert site.get(address, headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_the_menu_of_every_page_follows_what_is_published(site):
    before = site.get("/cpt-codes/")
    assert "Residents" not in text(before)

    page = LandingPageFactory(slug="residents")
    page.publish()

    after = site.get("/cpt-codes/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200  # another copy: it has an entry more
    assert 'href="/residents/"' in text(after)
    assert 'href="/attendings/"' not in text(after)

    page.archive(None, "No longer right")
    assert 'href="/residents/"' not in text(site.get("/cpt-codes/"))


def test_a_change_is_not_public_until_it_is_published(site):
    post = PostFactory(slug="post", title="First words")
    post.publish()
    post.title = "Second words"
    post.save()
    post.save_draft(None)
    for address in ("/blog/post/", "/blog/", "/blog/feed/"):
        assert "First words" in text(site.get(address))
        assert "Second words" not in text(site.get(address))
    post.publish()
    assert "Second words" in text(site.get("/blog/post/"))


def test_a_scheduled_post_appears_at_its_time_and_not_before(site, monkeypatch):
    now = timezone.now()
    PostFactory(slug="post").publish(starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    before = site.get("/cpt-codes/")
    assert site.get("/blog/post/").status_code == 404

    monkeypatch.setattr(timezone, "now", lambda: now + HOUR)
    assert site.get("/blog/post/").status_code == 200
    assert site.get("/blog/").status_code == 200
    changed = site.get("/cpt-codes/", headers={"If-None-Match": before["ETag"]})
    assert 'href="/blog/"' in text(changed)

    monkeypatch.setattr(timezone, "now", lambda: now + 2 * HOUR)
    assert site.get("/blog/post/").status_code == 404
    assert site.get("/blog/").status_code == 404
    assert 'href="/blog/"' not in text(site.get("/cpt-codes/"))


def test_a_called_off_post_does_not_appear(site, monkeypatch):
    now = timezone.now()
    post = PostFactory(slug="post")
    edition = post.publish(starts_at=now + HOUR)
    site.get("/")
    post.call_off(edition, None)
    monkeypatch.setattr(timezone, "now", lambda: now + 2 * HOUR)
    assert site.get("/blog/post/").status_code == 404
    assert site.get("/blog/").status_code == 404


def test_editorial_pages_cost_nothing_elsewhere(site, django_assert_num_queries):
    for draft in drafts():
        draft.publish()
    site.get("/")
    with django_assert_num_queries(1):
        site.get("/")


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/blog/", 1),
        ("/support/", 1),
        ("/blog/feed/", 1),
        ("/blog/post/", 2),
        ("/residents/", 3),  # one for the operation whose roles are shown
    ],
)
def test_a_page_costs_few_queries(site, address, queries, django_assert_num_queries):
    for draft in drafts():
        draft.publish()
    PostFactory.create_batch(3)
    site.get(address)
    with django_assert_num_queries(queries):
        site.get(address)


# Posts ----------------------------------------------------------------------------------------


def test_a_post_shows_its_text_contents_and_codes(site):
    post = PostFactory(slug="post", tags=["Fee schedule"], codes=["47562", "00000"])
    post.publish(reviewer_role="coding editor", reviewed_on=timezone.localdate())
    page = text(site.get("/blog/post/"))
    assert "<strong>words</strong>" in page
    assert '<a href="#on-second">Second</a>' in page
    assert '<h2 id="on-second">Second</h2>' in page
    assert 'href="/cpt-codes/digestive/47562/"' in page
    assert "00000" not in page
    assert "Reviewed by the coding editor on" in page
    assert 'rel="canonical" href="http://testserver/blog/post/"' in page


def test_markup_in_a_post_is_shown_as_text(site):
    PostFactory(slug="post", title="<b>T</b>", text="<script>alert(1)</script>").publish()
    page = text(site.get("/blog/post/"))
    assert "<script>alert" not in page
    assert "<b>T" not in page


def test_posts_stand_by_their_first_date_and_are_paged(site):
    now = timezone.now()
    for number in range(12):
        post = PostFactory(slug=f"post-{number:02}", title=f"Post {number:02}")
        post.publish(starts_at=now - HOUR * (20 - number))
    old = Post.objects.get(slug="post-00")
    old.summary = "Mended."
    old.save()
    old.publish()  # a new edition is no new post
    first, second = text(site.get("/blog/")), text(site.get("/blog/?page=2"))
    found = re.findall(r"<h2><a[^>]*>(Post \d+)", first + second)
    assert found == [f"Post {number:02}" for number in reversed(range(12))]
    for number in ("0", "99", "-1", "x", "9" * 30):
        assert site.get(f"/blog/?page={number}").status_code == 200


def test_posts_are_narrowed_down_by_topic(site):
    PostFactory(title="On modifiers", tags=["Modifiers"]).publish()
    PostFactory(title="On pay", tags=["Contracts and pay"]).publish()
    page = text(site.get("/blog/?topic=contracts-and-pay"))
    assert "On pay" in page
    assert "On modifiers" not in page
    assert site.get("/blog/?topic=nothing").status_code == 404


def test_the_newest_of_two_that_claim_an_address_is_shown(site):
    first = PostFactory(slug="post", title="The old one")
    first.publish()
    first.slug = "moved"
    first.save()  # not published: the public still reads it at its old address
    PostFactory(slug="post", title="The new one").publish()
    assert "The new one" in text(site.get("/blog/post/"))
    assert text(site.get("/blog/")).count('href="/blog/post/"') == 1


# Landing pages and help -------------------------------------------------------------------------


def test_a_stage_has_its_tabs_and_questions(site):
    LandingPageFactory(slug="residents").publish()
    LandingPageFactory(slug="attendings").publish()
    FaqFactory(page="residents", question="Does it count?").publish()
    FaqFactory(page="support", question="Elsewhere?").publish()
    page = text(site.get("/residents/"))
    assert '<a href="/residents/" aria-current="page">Residents</a>' in page
    assert '<a href="/attendings/">Attendings</a>' in page
    assert "Medical students" not in page
    assert "<summary>Does it count?</summary><p>An <strong>answer</strong>.</p>" in page
    assert "Elsewhere?" not in page


def test_a_stage_is_no_resource_and_the_other_way_round(site):
    LandingPageFactory(slug="residents").publish()
    LandingPageFactory(slug="guide").publish()
    assert site.get("/resources/residents/").status_code == 404
    assert site.get("/guide/").status_code == 404
    assert site.get("/resources/guide/").status_code == 200


def test_help_is_listed_by_topic_and_found_by_words(site):
    HelpArticleFactory(title="Reading a price", text="Half a *cent* up.").publish()
    HelpArticleFactory(title="Other things", topic="This site").publish()
    page = text(site.get("/support/"))
    assert "Figures and codes" in page
    assert "This site" in page
    found = text(site.get("/support/?q=CENT+half"))
    assert "1 page with “CENT half”" in found
    assert "noindex" in found
    assert "No help page has all of" in text(site.get("/support/?q=nothing"))
    assert "&lt;script&gt;" in text(site.get("/support/?q=<script>"))


# Rights and previews ----------------------------------------------------------------------------


def signed_in(client, *names):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: PostFactory(title="A draft", codes=["47562"]), "A draft"),
        (lambda: LandingPageFactory(title="A draft"), "A draft"),
        (lambda: HelpArticleFactory(title="A draft"), "A draft"),
        (lambda: FaqFactory(question="A draft?"), "A draft?"),
        (lambda: RedirectFactory(), "is led to /cpt-codes/"),
    ],
)
def test_a_preview_is_the_public_template_and_for_editors_alone(site, make, expected):
    subject = make()
    subject.save_draft(None)
    address = f"/admin/blog/{subject._meta.model_name}/{subject.pk}/preview/"
    assert site.get(address).status_code == 302
    signed_in(site)
    assert site.get(address).status_code in {302, 403}
    signed_in(site, f"view_{subject._meta.model_name}")
    response = site.get(address)
    assert response.status_code == 200
    assert expected in text(response)
    assert "noindex" in text(response)
    assert "no-store" in response["Cache-Control"]
    assert "canonical" not in text(response)


@pytest.mark.parametrize("name", ["post", "landingpage", "helparticle", "faq", "redirect"])
def test_lists_in_the_admin_are_for_those_with_the_right(site, name):
    address = f"/admin/blog/{name}/"
    assert site.get(address).status_code == 302
    signed_in(site, "view_correction")
    assert site.get(address).status_code == 403
    signed_in(site, f"view_{name}")
    assert site.get(address).status_code == 200


def test_a_writer_saves_a_draft_and_the_public_sees_nothing_of_it(site):
    user = signed_in(site, "add_post", "change_post", "view_post")
    response = site.post(
        "/admin/blog/post/add/",
        {"slug": "post", "title": "T", "summary": "S", "text": "W", "byline": "",
         "tags": "Fee schedule\nModifiers", "codes": "47562", "owner": "", "next_review_on": "",
         "_version": ""},
    )  # fmt: skip
    assert response.status_code == 302
    post = Post.objects.get()
    assert (post.tags, post.codes) == (["Fee schedule", "Modifiers"], ["47562"])
    assert (post.state, post.author) == (State.DRAFT, user)
    assert not PostEdition.objects.in_force().exists()
    assert site.get("/blog/post/").status_code == 404


@pytest.mark.parametrize(
    ("make", "changed", "sentence", "is_wrong"),
    [
        (PostFactory, {"text": "# Title"}, "begin sections with ##", False),
        (PostFactory, {"text": "a <b>bold</b> word"}, "use Markdown", False),
        (PostFactory, {"slug": "moved"}, "publish a redirect", False),
        (PostFactory, {"slug": "feed"}, "the feed’s", True),
        (PostFactory, {"codes": ["47562", "4756"]}, "4756 is not a code.", True),
        (FaqFactory, {"page": "nowhere"}, "nobody will read this", False),
        (RedirectFactory, {"new_path": "//evil.example/"}, "an address of this site", True),
        (RedirectFactory, {"new_path": "/old/page/"}, "in a circle", True),
        (PostFactory, {"text": "1 < 2 and 3 > 2"}, "", False),
        (LandingPageFactory, {}, "", False),
        (RedirectFactory, {}, "", False),
    ],
)
def test_an_editor_is_warned_while_writing(site, make, changed, sentence, is_wrong):
    subject = make()
    subject.publish()
    editing = admin.site.get_model_admin(type(subject))
    found = editing.warnings(subject, subject.to_body() | changed)
    if not sentence:
        assert found == []
        return
    assert any(sentence in said and is_wrong == wrong for _, said, wrong in found)
