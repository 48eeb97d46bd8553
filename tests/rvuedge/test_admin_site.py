"""The start page: what needs whom, and nothing that somebody has no right to work on."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import SupportRequest
from blog.models import Correction, Faq, HelpArticle, LandingPage, Post, Redirect
from codes.models import Category, Doubt, Introduction
from codes.utilization import replace
from rvuedge.admin_site import TITLES, EditingSite
from rvuedge.publishing import Publishable, State
from tests.factories import (
    CodeContentFactory,
    FeeScheduleFactory,
    SpecialtyFactory,
    StandingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def person(*roles, **more):
    user = UserFactory(is_staff=True, **more)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def panels(client, user):
    """Return the panels that somebody sees, by their slugs."""
    client.force_login(user)
    response = client.get("/admin/")
    assert response.status_code == 200
    return {panel.slug: panel for panel in response.context["panels"]}


def titles(panel):
    return [item.title for item in panel.items]


def post(slug, **more):
    return Post.objects.create(slug=slug, title=slug.capitalize(), **more)


def test_our_site_is_the_admins_own():
    assert isinstance(admin.site, EditingSite)


@pytest.mark.parametrize(
    ("role", "slugs"),
    [
        ("writer", ["drafts", "overdue", "doubts", "without-text"]),
        ("reviewer", ["drafts", "review", "overdue", "doubts", "corrections", "without-text"]),
        ("publisher", ["drafts", "approved", "overdue", "doubts", "corrections", "without-text"]),
        ("data manager", []),
        ("support", ["drafts", "overdue", "corrections", "requests"]),
    ],
)
def test_everybody_sees_what_their_role_can_work_on(client, role, slugs):
    assert list(panels(client, person(role))) == slugs


def test_drafts_are_those_one_owns_or_wrote(client):
    me, other = person("writer"), person("writer")
    post("owned", owner=me)
    post("written", author=me)
    post("of-another", owner=other)
    post("sent", owner=me, state=State.IN_REVIEW)
    CodeContentFactory(code__hcpcs="99213", label="Visit", owner=me)
    found = panels(client, me)["drafts"]
    assert found.count == 3
    assert titles(found) == ["Owned", "Written", "99213 Visit"]
    assert {link.url: link.count for link in found.links} == {
        "/admin/blog/post/?state__exact=draft&owner=me": 2,
        "/admin/codes/codecontent/?state__exact=draft&owner=me": 1,
    }


def test_nobody_is_asked_to_review_their_own(client, settings):
    me = person("reviewer")
    post("mine", state=State.IN_REVIEW, author=me)
    post("theirs", state=State.IN_REVIEW, author=person("writer"))
    post("imported", state=State.IN_REVIEW)
    assert titles(panels(client, me)["review"]) == ["Theirs", "Imported"]
    settings.EDITORS_MAY_REVIEW_THEMSELVES = True
    assert panels(client, me)["review"].count == 3


def test_a_publisher_sees_what_is_approved(client):
    post("ready", state=State.APPROVED)
    post("public", state=State.PUBLISHED)
    assert titles(panels(client, person("publisher"))["approved"]) == ["Ready"]


def test_what_is_due_is_ones_own_or_nobodys_the_longest_due_first(client):
    me, today = person("writer"), timezone.localdate()
    post("today", owner=me, next_review_on=today)
    post("long-ago", next_review_on=today - timedelta(days=9))
    post("tomorrow", owner=me, next_review_on=today + timedelta(days=1))
    post("of-another", owner=person("writer"), next_review_on=today)
    post("gone", owner=me, next_review_on=today, state=State.ARCHIVED)
    assert titles(panels(client, me)["overdue"]) == ["Long-ago", "Today"]


def test_doubts_are_those_of_the_release_that_is_shown(client):
    me = person("writer")
    shown, old = FeeScheduleFactory(is_active=True), FeeScheduleFactory(release="2026B")
    for hcpcs, schedule, assigned in (
        ("99213", shown, None),
        ("99214", shown, me),
        ("99215", shown, person("writer")),
        ("99212", old, None),
    ):
        Doubt.objects.create(
            content=CodeContentFactory(code__hcpcs=hcpcs, label="Visit"),
            schedule=schedule,
            reason="revalued",
            assigned_to=assigned,
        )
    StandingFactory(schedule=shown, code__hcpcs="99214")
    found = panels(client, me)["doubts"]
    assert (found.count, titles(found)) == (2, ["99214 Visit", "99213 Visit"])


def test_readers_wait_for_an_answer_the_longest_first(client):
    now = timezone.now()
    Correction.objects.create(path="/new/", text="Wrong", reported_at=now)
    Correction.objects.create(path="/old/", text="Wrong", reported_at=now - timedelta(days=2))
    Correction.objects.create(path="/done/", text="Wrong", state=Correction.State.DECLINED)
    found = panels(client, person("support"))["corrections"]
    assert (found.count, titles(found)) == (2, ["/old/: Wrong", "/new/: Wrong"])


def test_codes_without_text_the_best_paid_first(client):
    shown = FeeScheduleFactory(is_active=True)
    for hcpcs, office, facility in (
        ("99213", "95.19", "57.45"),
        ("47562", None, "631.61"),
        ("99499", None, None),
        ("99214", "136.00", "90.00"),
    ):
        StandingFactory(
            schedule=shown, code__hcpcs=hcpcs, national_nonfac=office, national_fac=facility
        )
    StandingFactory(schedule=FeeScheduleFactory(release="2026B"), code__hcpcs="G0411")
    CodeContentFactory(code__hcpcs="99214").publish()
    draft = CodeContentFactory(code__hcpcs="99213")
    found = panels(client, person("writer"))["without-text"]
    assert found.count == 3
    assert [(item.title[:5], item.note) for item in found.items] == [
        ("47562", "$631.61"),
        ("99213", "$95.19, a draft exists"),
        ("99499", "no national payment"),
    ]
    assert found.items[0].url == "/admin/codes/codecontent/add/?code=47562"
    assert found.items[1].url == f"/admin/codes/codecontent/{draft.pk}/change/"
    page = client.get(found.links[0].url)
    assert [item.title[:5] for item in page.context["items"]] == ["47562", "99213", "99499"]
    assert client.get(f"{found.links[0].url}?p=x").status_code == 200


def test_where_services_are_counted_the_most_billed_come_first_and_it_is_said(client):
    shown = FeeScheduleFactory(is_active=True)
    for hcpcs, amount in (("99213", "95.19"), ("99214", "136.00"), ("99215", "190.00")):
        StandingFactory(schedule=shown, code__hcpcs=hcpcs, national_nonfac=amount)
    writer = person("writer")
    assert panels(client, writer)["without-text"].order.startswith("the best paid first")
    replace({"99213": 1500, "99214": 1021}, 2023)
    found = panels(client, writer)["without-text"]
    assert [(item.title[:5], item.note) for item in found.items] == [
        ("99213", "1,500 services, $95.19"),
        ("99214", "1,021 services, $136.00"),
        ("99215", "$190.00"),
    ]
    words = "the most billed first, by Medicare’s services of 2023"
    assert f"In order: {words}." in client.get("/admin/").text
    assert words in client.get(found.links[0].url).text


def test_the_list_of_codes_without_text_is_for_those_who_write(client):
    client.force_login(person("support"))
    assert client.get("/admin/without-text/").status_code == 403
    client.logout()
    assert client.get("/admin/without-text/").status_code == 302


def test_the_start_page_costs_the_same_whatever_there_is(client):
    me = person("administrator")

    def cost():
        with CaptureQueriesContext(connection) as queries:
            response = client.get("/admin/")
        return len(queries), response.context["panels"]

    panels(client, me)
    before, _ = cost()
    for number in range(12):
        for state in State:
            post(f"{state}-{number}", state=state, owner=me, next_review_on=timezone.localdate())
        Correction.objects.create(path=f"/{number}/", text="Wrong")
        SupportRequest.objects.create(email="a@example.org", subject="Help", text="Please.")
        content = CodeContentFactory(code__hcpcs=f"{20100 + number}", owner=me)
        StandingFactory(schedule__is_active=True, code=content.code)
        Doubt.objects.create(content=content, schedule=FeeScheduleFactory(), reason="revalued")
    after, found = cost()
    assert after == before
    assert all(len(panel.items) == 5 for panel in found)
    assert before <= 40


def test_titles_are_those_of_the_pages_themselves(client):
    """The database words them, so that one query lists texts of several kinds."""
    me = person("administrator")
    category = Category.objects.create(slug="surgery", name="Surgery", position=1)
    texts = [
        CodeContentFactory(code__hcpcs="99213", label="Visit"),
        Introduction.objects.create(category=category, text="Words"),
        Introduction.objects.create(specialty=SpecialtyFactory(slug="ear"), text="Words"),
        post("a-post"),
        LandingPage.objects.create(slug="residents", title="Residents"),
        HelpArticle.objects.create(slug="sign-in", title="Signing in", topic="Accounts"),
        Faq.objects.create(page="support", question="Is it free?", answer="Yes."),
        Redirect.objects.create(old_path="/old/", new_path="/new/"),
    ]
    site = admin.site
    for text in texts:
        type(text).objects.update(state=State.ARCHIVED)
        text.state, text.owner = State.DRAFT, me
        text.save()
        assert titles(panels(client, me)["drafts"]) == [str(text)]
        text.state = State.ARCHIVED
        text.save()
    assert {model._meta.label_lower for model in site.publishable_models()} == set(TITLES)
    assert all(issubclass(model, Publishable) for model in site.publishable_models())


# Signing in ---------------------------------------------------------------------------------


def test_a_stranger_is_led_to_the_sign_in_of_the_site_and_back(client):
    answer = client.get("/admin/login/?next=/admin/codes/code/")
    assert answer.url == "/account/login/?next=/admin/codes/code/"
    assert client.get("/admin/login/?next=https://evil.example/").url == (
        "/account/login/?next=/admin/"
    )


def test_no_password_is_taken_at_the_admins_own_address(client):
    user = person("writer")
    client.post("/admin/login/", {"username": user.email, "password": "correct horse battery"})
    assert "_auth_user_id" not in client.session


def test_whoever_may_enter_is_led_on(client):
    client.force_login(person("writer"))
    assert client.get("/admin/login/?next=/admin/codes/code/").url == "/admin/codes/code/"
    assert client.get("/admin/login/?next=//evil.example/").url == "/admin/"
    assert client.get("/admin/login/?next=/admin/login/").url == "/admin/"


def test_a_reader_is_told_that_this_is_for_editors(client):
    client.force_login(UserFactory())
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 403
    assert "This is for editors" in answer.content.decode()


def factor(user):
    return Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})


def prove(client, user):
    """Make the session one that has proved a second factor."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 0}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def test_where_a_second_factor_is_required_nobody_enters_without(client, settings):
    user = person("writer")
    client.force_login(user)
    assert client.get("/admin/").status_code == 200
    settings.STAFF_SECOND_FACTOR = "required"
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"
    assert "Editors need a second factor" in client.get("/admin/login/").content.decode()


def test_to_have_a_second_factor_is_not_enough_it_must_have_been_used(client, settings):
    settings.STAFF_SECOND_FACTOR = "required"
    user = person("writer")
    factor(user)
    client.force_login(user)
    assert client.get("/admin/").status_code == 302
    page = client.get("/admin/login/?next=/admin/codes/code/").content.decode()
    assert "/account/2fa/reauthenticate/?next=%2Fadmin%2Fcodes%2Fcode%2F" in page
    prove(client, user)
    assert client.get("/admin/").status_code == 200


def test_a_factor_that_is_gone_lets_nobody_in(client, settings):
    settings.STAFF_SECOND_FACTOR = "required"
    user = person("writer")
    client.force_login(user)
    prove(client, user)
    assert client.get("/admin/").status_code == 302


def test_signing_out_has_the_browser_forget_private_pages(client):
    client.force_login(person("writer"))
    assert client.post("/admin/logout/")["Clear-Site-Data"] == '"cache", "storage"'
