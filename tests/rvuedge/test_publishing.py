"""Editions: what the public reads at a moment follows from dates alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from codes.models import Code, CodeContent, CodeEdition
from rvuedge.publishing import Publishable, State
from tests.factories import CodeContentFactory, QuestionFactory, SpecialtyFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def labels(moment=None):
    """Return the labels that the public reads at a moment."""
    return [edition.body["label"] for edition in CodeEdition.objects.in_force(moment)]


def publish(label="First", starts_at=NOON, **options):
    content = CodeContentFactory(code__hcpcs="47562")
    content.label = label
    content.save()
    return content.publish(starts_at=starts_at, **options)


def test_a_draft_is_not_read_by_anybody():
    CodeContentFactory()
    assert labels() == []
    assert not CodeContent.objects.published().exists()
    assert not Code.objects.with_text().exists()


def test_what_is_published_is_read_from_its_beginning():
    publish()
    assert labels(NOON - HOUR) == []
    assert labels(NOON) == labels(NOON + HOUR) == ["First"]
    assert not CodeContent.objects.published(NOON - HOUR).exists()
    assert CodeContent.objects.published(NOON).get().state == State.PUBLISHED


def test_publishing_without_a_date_is_for_now():
    publish(starts_at=None)
    assert labels() == ["First"]
    assert Code.objects.with_text().get().hcpcs == "47562"


def test_a_later_change_of_the_working_copy_is_not_read():
    publish()
    content = CodeContent.objects.get()
    content.label = "Changed since"
    content.save()
    assert labels(NOON) == ["First"]


def test_a_new_edition_takes_the_place_of_the_old_one():
    publish()
    second = publish("Second", NOON + HOUR)
    assert (second.number, str(second)) == (2, "47562 Second, edition 2")
    assert labels(NOON) == ["First"]
    assert labels(NOON + HOUR) == ["Second"]


def test_a_scheduled_edition_leaves_the_old_one_until_then():
    publish(starts_at=NOON)
    publish("Next quarter", NOON + timedelta(days=92))
    assert labels(NOON + timedelta(days=91)) == ["First"]
    assert labels(NOON + timedelta(days=92)) == ["Next quarter"]


def test_an_ended_edition_brings_no_older_one_back():
    publish()
    publish("For an hour", NOON + HOUR, ends_at=NOON + 2 * HOUR)
    assert labels(NOON + HOUR) == ["For an hour"]
    assert labels(NOON + 2 * HOUR) == []
    assert not CodeContent.objects.published(NOON + 3 * HOUR).exists()


def test_after_an_end_only_a_new_edition_is_read():
    publish(ends_at=NOON + HOUR)
    publish("Back again", NOON + 3 * HOUR)
    moments = [NOON, NOON + HOUR, NOON + 3 * HOUR]
    assert [labels(moment) for moment in moments] == [["First"], [], ["Back again"]]


def test_of_two_that_begin_together_the_newer_is_read():
    publish()
    publish("Second", NOON)
    assert labels(NOON) == ["Second"]


def test_each_subject_has_its_own_editions():
    publish()
    CodeContentFactory(code__hcpcs="99213", label="Visit").publish(starts_at=NOON + HOUR)
    assert labels(NOON) == ["First"]
    assert sorted(labels(NOON + HOUR)) == ["First", "Visit"]


def test_publishing_twice_gives_one_edition():
    first = publish()
    assert publish(starts_at=NOON + HOUR) == first
    assert CodeEdition.objects.count() == 1


@pytest.mark.parametrize(
    "difference",
    [
        {"label": "Other words"},
        {"ends_at": NOON + 9 * HOUR},
        {"reviewer_role": "coding editor"},
        {"reviewed_on": date(2026, 7, 14)},
        {"starts_at": NOON - HOUR},
    ],
)
def test_another_text_time_or_review_is_another_edition(difference):
    publish()
    publish(**difference)
    assert CodeEdition.objects.count() == 2


def test_an_edition_holds_who_published_what_and_why():
    author, editor = UserFactory(), UserFactory()
    content = CodeContentFactory(code__hcpcs="47562", label="Gallbladder removal")
    content.specialties.add(SpecialtyFactory(slug="general-surgery"))
    QuestionFactory(content=content, question="Why?", answer="Because.")
    content.save_draft(author)
    content.send_to_review(author)
    content.approve(editor, "clinical editor")
    edition = content.publish(by=editor, reason="New text")
    edition.refresh_from_db()
    assert (edition.made_by, edition.reason) == (editor, "New text")
    assert (edition.reviewer_role, edition.reviewed_on) == (
        "clinical editor",
        timezone.localdate(),
    )
    assert edition.body["specialties"] == [["general-surgery", "General surgery"]]
    assert edition.body["questions"] == [["Why?", "Because."]]
    assert [one.slug for one in edition.specialties.all()] == ["general-surgery"]


def test_what_is_saved_sent_or_approved_is_not_public():
    """Each step leaves an edition, but only publishing gives it a beginning."""
    author, editor = UserFactory(), UserFactory()
    content = CodeContentFactory(code__hcpcs="47562")
    content.save_draft(author)
    content.send_to_review(author)
    content.approve(editor, "clinical editor")
    assert CodeEdition.objects.count() == 3
    assert labels() == []
    assert not CodeContent.objects.published().exists()


def test_a_draft_saved_after_publishing_leaves_the_public_text():
    publish(starts_at=None)
    content = CodeContent.objects.get()
    content.label = "Half a thought"
    content.save()
    content.save_draft(UserFactory())
    assert labels() == ["First"]


def test_what_is_archived_does_not_come_back_by_itself():
    publish(starts_at=timezone.now())
    publish("Next year", timezone.now() + HOUR)
    CodeContent.objects.get().archive(UserFactory(), "Retired")
    assert labels(timezone.now() + 2 * HOUR) == []


def test_confirming_leaves_words_and_state_and_sets_the_next_review(settings):
    publish(starts_at=timezone.now())
    content, editor = CodeContent.objects.get(), UserFactory()
    CodeContent.objects.update(next_review_on=timezone.localdate(), reminded_on=NOON)
    content.refresh_from_db()
    edition = content.confirm(editor, "Read again")
    content.refresh_from_db()
    assert content.next_review_on == timezone.localdate() + timedelta(days=settings.REVIEW_DAYS)
    assert (content.state, content.reminded_on) == (State.PUBLISHED, None)
    assert (edition.made_by, edition.reason, edition.starts_at) == (editor, "Read again", None)
    assert labels() == ["First"]


def test_what_is_archived_is_public_no_more():
    publish(starts_at=None)
    CodeContent.objects.get().archive(UserFactory(), "Retired")
    assert labels() == []


def test_numbers_do_not_repeat():
    edition = publish()
    with pytest.raises(IntegrityError), transaction.atomic():
        CodeEdition.objects.create(subject=edition.subject, number=1, body={}, starts_at=NOON)


def test_a_working_copy_has_to_say_what_its_editions_hold():
    with pytest.raises(TypeError, match="CodeContent does not say what its editions hold"):
        Publishable.to_body(CodeContent())
