"""The life of a text in the admin: steps, two editors at once, history, previews, rights."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from codes.models import CodeContent, CodeEdition
from rvuedge import publishing_admin
from rvuedge.publishing import Action, State
from tests.codes.admin.forms import change_url, posted, step_url
from tests.codes.little_release import load_release
from tests.factories import CodeContentFactory, QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db

WRITING = ("view", "add", "change")


def person(*rights, model="codecontent", app="codes", **options):
    user = UserFactory(is_staff=True, **options)
    names = [f"{right}_{model}" for right in rights]
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label=app, codename__in=names)
    )
    return user


@pytest.fixture
def writer():
    return person(*WRITING)


@pytest.fixture
def reviewer():
    return person("view", "review")


@pytest.fixture
def publisher():
    return person("view", "publish")


@pytest.fixture
def release(db):
    load_release()


@pytest.fixture
def content(writer):
    content = CodeContentFactory(code__hcpcs="47562", label="Gallbladder removal")
    QuestionFactory(content=content, question="Why?", answer="Because.")
    content.save_draft(writer)
    return content


def as_(client, user):
    client.force_login(user)
    return client


def take(client, user, content, step, **data):
    """Take a step with the version that this person sees now."""
    content.refresh_from_db()
    as_(client, user)
    return client.post(step_url(content, step), {"_version": content.version, **data}, follow=True)


def save(client, user, content, *, version=None, **changes):
    data = posted(content, **changes)
    if version is not None:
        data["_version"] = version
    return as_(client, user).post(change_url(content), data)


# Saving -------------------------------------------------------------------------------------


def test_a_save_is_a_draft_with_who_when_and_why(client, writer, content):
    response = save(client, writer, content, label="Removing the gallbladder", _reason="Clearer")

    assert response.status_code == 302
    edition = content.newest()
    assert edition.body["label"] == "Removing the gallbladder"
    assert (edition.made_by, edition.reason, edition.action) == (writer, "Clearer", Action.SAVED)
    assert edition.starts_at is None
    content.refresh_from_db()
    assert (content.state, content.author) == (State.DRAFT, writer)


def test_a_save_without_a_change_makes_no_edition(client, writer, content):
    save(client, writer, content)
    assert content.editions.count() == 1


def test_an_owner_alone_makes_no_edition_but_outdates_open_forms(client, writer, content):
    version = content.version
    save(client, writer, content, owner=writer.pk)
    content.refresh_from_db()
    assert content.owner == writer
    assert content.version == version + 1
    assert content.editions.count() == 1


def test_lists_are_lines(client, writer, content):
    save(client, writer, content, synonyms="lap chole\n\n  cholecystectomy ")
    content.refresh_from_db()
    assert content.synonyms == ["lap chole", "cholecystectomy"]
    page = client.get(change_url(content)).content.decode()
    assert "lap chole\ncholecystectomy" in page


def test_checking_saves_nothing(client, writer, content):
    response = save(client, writer, content, label="Half a thought", _check="1")
    assert response.status_code == 200
    assert "Checked, not saved" in response.content.decode()
    assert "Half a thought" in response.content.decode()
    content.refresh_from_db()
    assert content.label == "Gallbladder removal"
    assert content.editions.count() == 1


# Two editors at once ------------------------------------------------------------------------


def test_a_stale_save_is_refused_with_both_texts_and_their_difference(client, writer, content):
    stale = content.version
    colleague = person(*WRITING)
    save(client, colleague, content, billing="What my colleague says.")

    response = save(client, writer, content, version=stale, billing="What I say.")

    page = response.content.decode()
    assert response.status_code == 409
    assert "What my colleague says." in page
    assert "What I say." in page
    assert "<ins>I</ins>" in page
    assert str(colleague) in page
    content.refresh_from_db()
    assert content.billing == "What my colleague says."


def test_after_a_refusal_mine_is_kept_field_by_field(client, writer, content):
    stale = content.version
    save(client, person(*WRITING), content, billing="Theirs.", clinical_context="Theirs too.")
    refused = save(client, writer, content, version=stale, billing="Mine.", label="My own label")
    content.refresh_from_db()

    client.post(
        reverse("admin:codes_codecontent_keep", args=[content.pk]),
        {
            "_version": content.version,
            "token": refused.context_data["token"],
            "fields": ["billing"],
        },
    )

    content.refresh_from_db()
    assert (content.billing, content.clinical_context) == ("Mine.", "Theirs too.")
    assert content.label == "Gallbladder removal"
    assert content.author == writer


def test_what_was_refused_counts_though_its_rows_are_gone(client, writer, content):
    """A restore makes a list's rows anew: the form still names the old ones."""
    data = posted(content, **{"questions-0-answer": "My answer."})
    content.restore(content.newest(), person(*WRITING))

    response = as_(client, writer).post(change_url(content), data)

    assert response.status_code == 409
    assert "My answer." in response.content.decode()
    assert content.questions.get().answer == "Because."


def test_a_save_that_names_no_version_is_stale(client, writer, content):
    data = posted(content, label="Other words here")
    del data["_version"]
    assert as_(client, writer).post(change_url(content), data).status_code == 409


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c"])
def test_a_forged_text_is_not_kept(client, writer, content, token):
    as_(client, writer).post(
        reverse("admin:codes_codecontent_keep", args=[content.pk]),
        {"_version": content.version, "token": token, "fields": ["label"]},
    )
    assert content.editions.count() == 1


def test_a_second_stale_save_is_refused_again(client, writer, content):
    stale = content.version
    save(client, person(*WRITING), content, billing="Theirs.")
    refused = save(client, writer, content, version=stale, billing="Mine.")

    response = client.post(
        reverse("admin:codes_codecontent_keep", args=[content.pk]),
        {"_version": stale, "token": refused.context_data["token"], "fields": ["billing"]},
    )

    assert response.status_code == 409
    content.refresh_from_db()
    assert content.billing == "Theirs."


def test_an_outdated_step_is_refused(client, writer, content):
    as_(client, writer)
    response = client.post(step_url(content, "send"), {"_version": 999}, follow=True)
    assert "has changed since you opened it" in response.content.decode()
    content.refresh_from_db()
    assert content.state == State.DRAFT


# Steps --------------------------------------------------------------------------------------


def test_a_text_goes_from_draft_to_public(client, writer, reviewer, publisher, content):
    take(client, writer, content, "send", reason="Please look")
    take(client, reviewer, content, "send-back", reason="Name the modifier")
    assert CodeContent.objects.get().state == State.DRAFT
    save(client, writer, CodeContent.objects.get(), billing="Modifier 51 may apply.")
    take(client, writer, content, "send")
    take(client, reviewer, content, "approve", role="coding editor")
    response = take(client, publisher, content, "publish", reason="Ready")

    assert "is public." in response.content.decode()
    edition = content.in_force()
    assert edition.body["billing"] == "Modifier 51 may apply."
    assert edition.reviewer_role == "coding editor"
    assert [one.get_action_display() for one in content.editions.all()] == [
        "Saved",
        "Sent to review",
        "Sent back",
        "Saved",
        "Sent to review",
        "Approved",
        "Published",
    ]


def test_publishing_can_be_set_for_later_and_called_off(
    client, writer, reviewer, publisher, content
):
    take(client, writer, content, "send")
    take(client, reviewer, content, "approve", role="editor")
    take(client, publisher, content, "publish", starts_at="2199-01-01T00:00")
    edition = content.newest()
    assert edition.starts_at == datetime(2199, 1, 1, tzinfo=UTC)
    assert content.in_force() is None

    take(client, publisher, content, "call-off", edition=edition.number)

    edition.refresh_from_db()
    assert edition.starts_at is None


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({"starts_at": "2001-01-01T00:00"}, "lies in the past"),
        ({"ends_at": "2001-01-01T00:00"}, "end must lie after"),
        ({"starts_at": "soon"}, "Give dates and times"),
    ],
)
def test_dates_that_make_no_sense_publish_nothing(
    client, writer, reviewer, publisher, content, dates, said
):
    take(client, writer, content, "send")
    take(client, reviewer, content, "approve", role="editor")
    response = take(client, publisher, content, "publish", **dates)
    assert said in response.content.decode()
    assert content.in_force() is None


def test_archiving_calls_off_what_is_scheduled(client, publisher, content):
    content.publish()
    content.label = "Next year's label"
    content.save()
    content.publish(starts_at=timezone.now() + timedelta(days=1))

    take(client, publisher, content, "archive", reason="Retired by CMS")

    later = timezone.now() + timedelta(days=2)
    assert not CodeEdition.objects.in_force(later).exists()
    assert CodeContent.objects.get().state == State.ARCHIVED


def test_archiving_needs_a_reason(client, publisher, content):
    response = take(client, publisher, content, "archive", reason=" ")
    assert "Say why" in response.content.decode()
    assert CodeContent.objects.get().state == State.DRAFT


def test_confirming_moves_the_next_review_and_keeps_the_words(client, writer, content):
    content.publish()
    take(client, writer, content, "confirm", reason="Read against 2026C")
    content.refresh_from_db()
    assert content.next_review_on == timezone.localdate() + timedelta(days=365)
    assert content.newest().action == Action.CONFIRMED
    assert content.state == State.PUBLISHED


def test_an_author_does_not_review(client, content, settings):
    author = person(*WRITING, "review")
    save(client, author, content, label="An author's own label")
    take(client, author, content, "send")
    page = client.get(change_url(content)).content.decode()
    assert "a colleague reviews it" in page
    response = take(client, author, content, "approve", role="editor")
    assert "Author and reviewer are different people" in response.content.decode()
    settings.EDITORS_MAY_REVIEW_THEMSELVES = True
    take(client, author, content, "approve", role="editor")
    assert CodeContent.objects.get().state == State.APPROVED


def test_approving_takes_a_role(client, writer, reviewer, content):
    take(client, writer, content, "send")
    response = take(client, reviewer, content, "approve", role="")
    assert "the page prints your role" in response.content.decode()


# Rights -------------------------------------------------------------------------------------

STEPS = {
    "send": "change",
    "send-back": "review",
    "approve": "review",
    "publish": "publish",
    "call-off": "publish",
    "archive": "publish",
    "confirm": "change",
    "link": "view",
}


@pytest.mark.parametrize(("step", "needed"), STEPS.items())
@pytest.mark.parametrize("right", ["add", "view", "change", "review", "publish"])
def test_each_step_takes_its_right(client, content, step, needed, right):
    held = {"view", right} if needed != "view" else {right}
    response = as_(client, person(*held)).post(
        step_url(content, step), {"_version": content.version, "reason": "Why", "role": "editor"}
    )
    may = needed in held or (needed == "view" and right == "change")
    assert response.status_code == (302 if may else 403)


@pytest.mark.parametrize("step", STEPS)
def test_no_step_is_taken_by_looking(client, admin_user, content, step):
    assert as_(client, admin_user).get(step_url(content, step)).status_code == 405


def test_an_unknown_step_is_not_there(client, admin_user, content):
    url = step_url(content, "explode")
    assert as_(client, admin_user).post(url).status_code == 404


@pytest.mark.parametrize("name", ["change", "preview", "compare", "history", "restore", "keep"])
def test_nothing_is_open_to_strangers_and_readers(client, content, name):
    url = reverse(f"admin:codes_codecontent_{name}", args=[content.pk])
    assert client.get(url).status_code == 302
    assert client.get(url).url.startswith(reverse("admin:login"))
    assert as_(client, UserFactory()).get(url).status_code == 302


def test_a_viewer_saves_nothing(client, content):
    response = save(client, person("view"), content, label="A stranger's label")
    assert response.status_code == 403
    viewer = as_(client, person("view"))
    page = viewer.get(change_url(content)).content.decode()
    assert "Save draft" not in page


def test_nobody_deletes(client, admin_user, content):
    url = reverse("admin:codes_codecontent_delete", args=[content.pk])
    assert as_(client, admin_user).post(url, {"post": "yes"}).status_code == 403
    page = client.get(reverse("admin:codes_codecontent_changelist")).content.decode()
    assert "delete_selected" not in page


# History ------------------------------------------------------------------------------------


def test_the_history_names_each_edition(client, writer, content):
    save(client, writer, content, label="Gallbladder removed by scope", _reason="Plainer")
    url = reverse("admin:codes_codecontent_history", args=[content.pk])
    page = client.get(url).content.decode()
    assert "Plainer" in page
    assert page.count('name="old"') == 2


def test_any_two_editions_are_compared_word_by_word(client, writer, content):
    save(client, writer, content, label="Gallbladder removal by scope")
    url = reverse("admin:codes_codecontent_compare", args=[content.pk])
    page = client.get(url, {"old": 1, "new": 2}).content.decode()
    assert "Gallbladder removal<ins> by scope</ins>" in page
    backwards = client.get(url, {"old": 2, "new": 1}).content.decode()
    assert "Gallbladder removal<del> by scope</del>" in backwards


def test_draft_and_live_are_compared(client, writer, content):
    content.publish()
    save(client, writer, content, billing="Nothing.")
    url = reverse("admin:codes_codecontent_compare", args=[content.pk])
    page = client.get(url).content.decode()
    assert "The public page (edition 2)" in page
    assert "<del>What the indicators do not say</del><ins>Nothing</ins>." in page


@pytest.mark.parametrize("number", ["99", "x", "-1", "1" * 40, "²"])
def test_an_edition_that_is_not_there_is_not_found(client, writer, content, number):
    url = reverse("admin:codes_codecontent_compare", args=[content.pk])
    assert as_(client, writer).get(url, {"old": number}).status_code == 404


def restore(client, content, **data):
    content.refresh_from_db()
    url = reverse("admin:codes_codecontent_restore", args=[content.pk])
    return client.post(url, {"_version": content.version, **data}, follow=True)


def test_one_field_is_restored_and_the_others_stay(client, writer, content):
    save(client, writer, content, label="Another label", billing="Another rule.")
    restore(client, content, edition=1, fields=["label"])
    content.refresh_from_db()
    assert (content.label, content.billing) == ("Gallbladder removal", "Another rule.")
    assert content.newest().action == Action.RESTORED


def test_a_whole_edition_is_restored_lists_included(client, writer, content):
    save(client, writer, content, label="Another label", **{"questions-0-DELETE": "on"})
    assert not content.questions.exists()
    restore(client, content, edition=1, whole="1")
    content.refresh_from_db()
    assert content.label == "Gallbladder removal"
    assert content.questions.get().question == "Why?"


def test_restoring_takes_a_choice_and_the_newest_version(client, writer, content):
    save(client, writer, content, label="Another label")
    assert "Choose what to restore" in restore(client, content, edition=1).content.decode()
    url = reverse("admin:codes_codecontent_restore", args=[content.pk])
    client.post(url, {"_version": 0, "edition": 1, "whole": "1"})
    content.refresh_from_db()
    assert content.label == "Another label"


def test_a_viewer_restores_nothing(client, content):
    as_(client, person("view", "review", "publish"))
    assert restore(client, content, edition=1, whole="1").status_code == 403


# The signed link ----------------------------------------------------------------------------


def link_to(client, user, content):
    page = take(client, user, content, "link").content.decode()
    return page.split('class="preview-link">')[1].split("<")[0]


def test_a_link_shows_the_edition_it_was_made_for_to_a_stranger(client, writer, content, release):
    address = link_to(client, writer, content)
    save(client, writer, content, label="Written later")
    client.logout()

    response = client.get(address)

    page = response.content.decode()
    assert response.status_code == 200
    assert "Gallbladder removal" in page
    assert "Written later" not in page
    assert "Draft, not public" in page
    assert response["Cache-Control"] == "private, no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex">' in page
    assert not response.cookies


def test_a_link_saves_a_draft_only_for_those_who_may_change_it(client, writer, release):
    never_saved = CodeContentFactory(code__hcpcs="99214")
    answer = take(client, person("view"), never_saved, "link")
    assert "ask somebody who may change it" in answer.text
    assert not CodeEdition.objects.filter(subject=never_saved).exists()
    assert "/preview/" in link_to(client, writer, never_saved)
    assert CodeEdition.objects.get(subject=never_saved).made_by == writer


def test_a_link_ends(client, writer, content, release, monkeypatch):
    address = link_to(client, writer, content)
    client.logout()
    monkeypatch.setattr(publishing_admin, "PREVIEW_DAYS", -1)
    response = client.get(address)
    assert response.status_code == 410
    assert "Gallbladder removal" not in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_link_cannot_be_made_up(client, content):
    token = signing.dumps(["codes.codecontent", content.pk, 1], salt="another")
    for made_up in (token, "nonsense", f"{token}x"):
        assert client.get(reverse("preview", args=[made_up])).status_code == 404


def test_a_link_to_what_is_gone_is_not_found(client, content):
    for label, key, number in [
        ("codes.codecontent", content.pk, 9),
        ("codes.codecontent", 0, 1),
    ]:
        token = signing.dumps([label, key, number], salt="rvuedge.preview")
        assert client.get(reverse("preview", args=[token])).status_code == 404


# Lists and bulk -----------------------------------------------------------------------------

LIST = "admin:codes_codecontent_changelist"


def bulk(client, action, contents, **data):
    return client.post(
        reverse(LIST),
        {"action": action, "_selected_action": [one.pk for one in contents], **data},
        follow=True,
    )


@pytest.fixture
def three():
    return [CodeContentFactory(code__hcpcs=hcpcs) for hcpcs in ("47562", "47563", "47564")]


def test_many_are_assigned_after_a_question(client, writer, three):
    as_(client, writer)
    assert "2 code texts" in bulk(client, "assign", three[:2]).content.decode()
    assert not CodeContent.objects.exclude(owner=None).exists()
    bulk(client, "assign", three[:2], confirmed="1", choice=writer.pk)
    assert CodeContent.objects.filter(owner=writer).count() == 2


def test_an_owner_is_staff(client, writer, three):
    as_(client, writer)
    for choice in (UserFactory().pk, "", "x"):
        bulk(client, "assign", three, confirmed="1", choice=choice)
    assert not CodeContent.objects.exclude(owner=None).exists()


def test_many_are_sent_and_what_cannot_be_is_named(client, writer, three):
    three[0].send_to_review(writer)
    as_(client, writer)
    page = bulk(client, "send_many_to_review", three, confirmed="1").content.decode()
    assert "2 sent to review" in page
    assert "47562 Service 47562 is in review already" in page
    assert CodeContent.objects.filter(state=State.IN_REVIEW).count() == 3


def test_only_what_is_approved_is_published_in_bulk(client, writer, publisher, three):
    three[0].send_to_review(writer)
    three[0].approve(publisher, "editor")
    as_(client, publisher)
    page = bulk(client, "publish_many", three, confirmed="1").content.decode()
    assert "1 published" in page
    assert [one.code_id for one in CodeContent.objects.published()] == ["47562"]


def test_bulk_steps_take_their_rights(client, publisher, reviewer, three):
    bulk(as_(client, publisher), "send_many_to_review", three, confirmed="1")
    bulk(as_(client, reviewer), "publish_many", three, confirmed="1")
    assert CodeContent.objects.filter(state=State.DRAFT).count() == 3


def test_too_many_at_once_are_refused(client, writer, three, monkeypatch):
    monkeypatch.setattr(publishing_admin, "MOST_AT_ONCE", 2)
    as_(client, writer)
    page = bulk(client, "send_many_to_review", three, confirmed="1").content.decode()
    assert "At most 2 at a time" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state__exact=published", {"47562"}),
        ("public=yes", {"47562"}),
        ("public=no", {"47563", "47564"}),
        ("owner=me", {"47563"}),
        ("owner=nobody", {"47562", "47564"}),
        ("owner=99999", set()),
        ("owner=x", {"47562", "47563", "47564"}),
        ("overdue=yes", {"47564"}),
        ("overdue=month", {"47564"}),
        ("overdue=none", {"47563"}),
        ("q=47563", {"47563"}),
        ("q=Service+47564", {"47564"}),
    ],
)
def test_lists_are_filtered(client, writer, three, query, found):
    three[0].publish()
    CodeContent.objects.filter(pk=three[1].pk).update(owner=writer)
    CodeContent.objects.filter(pk=three[2].pk).update(next_review_on="2020-01-01")
    response = as_(client, writer).get(f"{reverse(LIST)}?{query}")
    assert {one.code_id for one in response.context_data["cl"].result_list} == found


# Owners -------------------------------------------------------------------------------------


def owners(client, user, term="", model="codecontent", field="owner", app="codes"):
    """Return the status of a search for owners, and the people that it found."""
    response = as_(client, user).get(
        reverse("admin:autocomplete"),
        {"app_label": app, "model_name": model, "field_name": field, "term": term},
    )
    found = response.json()["results"] if response.status_code == 200 else []
    return response.status_code, [row["text"] for row in found]


def test_whoever_writes_finds_a_colleague_as_owner_but_no_reader(client):
    writer = person(*WRITING, email="writer@example.org")
    person("view", email="colleague@example.org")
    person("view", email="gone@example.org", is_active=False)
    UserFactory(email="reader@example.com")
    assert owners(client, writer) == (200, ["colleague@example.org", "writer@example.org"])
    assert owners(client, writer, "coll") == (200, ["colleague@example.org"])


def test_people_are_not_listed_to_others_or_for_other_fields(client):
    assert owners(client, person("view")) == (403, [])
    assert owners(client, UserFactory()) == (302, [])
    assert owners(client, person(*WRITING), model="post", app="blog") == (403, [])
    writer = person(*WRITING)
    assert owners(client, writer, model="codecontent", field="author") == (403, [])
    assert owners(client, writer, model="correction", app="blog", field="assigned_to")[0] == 403


def test_the_owner_is_chosen_by_typing_or_without_script_from_a_list(client, writer, content):
    colleague = person("view", email="colleague@example.org")
    page = as_(client, writer).get(change_url(content)).text
    assert 'data-field-name="owner"' in page
    listed = page.split("<noscript>")
    assert any('name="owner"' in part and colleague.email in part for part in listed)
