"""What the site shows at a moment, and what a process remembers of it."""

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from codes.fee_schedule.activate import activate
from codes.models import Category, CodeContent, FeeSchedule, Introduction
from codes.shown import _Memory, shown
from tests.codes.page.release import LABEL, WORDING, load_releases, write_text
from tests.factories import SpecialtyFactory, UserFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def releases(django_db_setup, django_db_blocker):
    """Both releases in one transaction that is undone when these tests are over."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_releases()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def site(releases, db):
    """2026C is shown, with a text for 47562."""


def test_before_the_first_release_nothing_is_shown(site):
    FeeSchedule.objects.update(is_active=False)
    state = shown()
    assert state.schedule is None
    assert state.directory == {}
    assert shown().version == state.version


def test_one_query_tells_what_is_shown_and_one_more_what_is_new(site, django_assert_num_queries):
    FeeSchedule.objects.filter(is_active=True).update(changed_at=timezone.now())
    for queries in (2, 1, 1):
        with django_assert_num_queries(queries):
            state = shown()
        assert state.schedule.release == "2026C"


def test_any_change_of_the_active_release_is_seen_at_once(site):
    assert shown().schedule.is_complete
    FeeSchedule.objects.filter(is_active=True).update(is_complete=False)
    assert not shown().schedule.is_complete


def test_the_version_stays_while_nothing_changes(site):
    assert shown().version == shown().version
    assert shown().last_modified == shown().last_modified


# Each of these changes what the public can see.


def activate_another(settings):
    activate("2025D")


def go_there_and_back(settings):
    activate("2025D")
    activate("2026C")


def publish_a_text(settings):
    write_text("47600", "Open gallbladder removal")


def publish_a_change(settings):
    content = CodeContent.objects.get()
    content.label = "Other words"
    content.save()
    content.publish()


def archive_a_text(settings):
    CodeContent.objects.get().archive(UserFactory(), "Retired")


def publish_an_introduction(settings):
    Introduction.objects.create(category=Category.objects.first(), text="Words.").publish()


def rename_a_specialty(settings):
    specialty = SpecialtyFactory(slug="neurology")
    specialty.name = "Nerves and the brain"
    specialty.save()


def say_that_something_changed(settings):
    FeeSchedule.objects.mark_changed()


def get_a_license(settings):
    settings.SHOW_AMA_DESCRIPTORS = True


def deploy(settings):
    settings.BUILT_AT = timezone.now()


@pytest.mark.parametrize(
    "change",
    [
        activate_another,
        go_there_and_back,
        publish_a_text,
        publish_a_change,
        archive_a_text,
        publish_an_introduction,
        rename_a_specialty,
        say_that_something_changed,
        get_a_license,
        deploy,
    ],
)
def test_the_version_changes_with_whatever_can_be_seen(site, settings, change):
    before = shown()
    change(settings)
    after = shown()
    assert after.version != before.version
    assert after.last_modified >= before.last_modified


def test_work_that_nobody_can_see_leaves_the_version(site):
    before = shown().version
    author, editor = UserFactory(), UserFactory()
    content = CodeContent.objects.get()
    content.label = "Half a thought"
    content.save()
    content.save_draft(author)
    content.send_to_review(author)
    content.approve(editor, "clinical editor")
    Introduction.objects.create(category=Category.objects.first(), text="A").save_draft(author)
    assert shown().version == before
    assert shown().directory["47562"].label == LABEL


def test_a_scheduled_text_changes_the_version_when_it_begins_and_when_it_ends(site):
    now = timezone.now()
    content = CodeContent.objects.get()
    content.label = "Next hour"
    content.save()
    content.publish(starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    seen = []
    for moment in (now, now + HOUR - timedelta(seconds=1), now + HOUR, now + 2 * HOUR):
        with time_machine.travel(moment, tick=False):
            state = shown()
            seen.append((state.version, state.directory["47562"].label, state.last_modified))
    versions, labels, modified = zip(*seen, strict=True)
    named = "Digestive system, code 47562, 90-day global period"
    assert labels == (LABEL, LABEL, "Next hour", named)
    assert versions[0] == versions[1]
    assert len(set(versions)) == 3
    assert modified[2:] == (now + HOUR, now + 2 * HOUR)


def test_the_last_change_is_the_newest_of_all(site, settings):
    schedule = shown().schedule
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    FeeSchedule.objects.filter(pk=schedule.pk).update(changed_at=moment)
    assert shown().last_modified == moment
    settings.BUILT_AT = moment + HOUR
    assert shown().last_modified == moment + HOUR


# The directory ---------------------------------------------------------------------------


def test_the_directory_names_every_code_of_the_release_in_order(site):
    directory = shown().directory
    assert list(directory) == sorted(directory)
    assert {"47562", "70450", "86153", "G0411", "GXXX1"} < directory.keys()
    assert "99201" not in directory  # it is in 2025D alone


def test_a_code_is_listed_as_it_is_shown(site):
    listed = shown().directory["47562"]
    assert (listed.label, listed.work, listed.has_text) == (LABEL, "10.21", True)
    assert listed.synonyms == ("lap chole", "keyhole cholecystectomy")
    assert (listed.category_slug, listed.category_name) == ("digestive", "Digestive system")
    assert (listed.system, listed.wording) == ("CPT", "")
    assert listed.get_absolute_url() == "/cpt-codes/digestive/47562/"


@pytest.mark.parametrize(
    ("hcpcs", "label", "work"),
    [
        ("99213", "Office visits, code 99213", "1.30"),
        ("27447", "Musculoskeletal system, code 27447, 90-day global period", "19.11"),
        ("93005", "Heart tests and catheter procedures, code 93005", ""),
        ("99381", "Preventive visits, code 99381", ""),  # its work is for reference only
        ("86153", "Immunology, code 86153", "0.67"),
        ("D0120", "D codes, code D0120", ""),
        ("G0411", "The long text of a group session", ""),
        ("J1885", f"{WORDING} J1885", ""),
    ],
)
def test_without_a_text_a_code_is_named_from_free_sources(site, hcpcs, label, work):
    listed = shown().directory[hcpcs]
    assert (listed.label, listed.work, listed.has_text) == (label, work, False)


def test_with_a_license_every_wording_is_listed(site, settings):
    settings.SHOW_AMA_DESCRIPTORS = True
    directory = shown().directory
    assert directory["99213"].label == f"{WORDING} 99213"
    assert (directory["47562"].label, directory["47562"].wording) == (LABEL, f"{WORDING} 47562")


def test_what_is_remembered_costs_no_query(site, django_assert_num_queries):
    state = shown()
    assert state.categories_by_slug["digestive"].parent.slug == "surgery"
    assert state.directory and state.schedules and state.statistics
    with django_assert_num_queries(1):
        again = shown()
        assert again.directory is state.directory
        assert again.categories[again.categories_by_slug["eye"].pk].name == "Eye"
        assert again.schedules[again.schedule.pk].release == "2026C"
        digestive = again.statistics[again.categories_by_slug["digestive"].pk]
    assert (digestive.with_work, digestive.maximum) == (4, Decimal("17.04"))


def test_the_statistics_are_those_of_the_active_release(site):
    slug = "digestive"
    state = shown()
    assert state.statistics[state.categories_by_slug[slug].pk].schedule == state.schedule
    activate("2025D")
    state = shown()
    assert state.statistics[state.categories_by_slug[slug].pk].schedule.release == "2025D"


# What a process remembers ----------------------------------------------------------------


def test_two_threads_that_ask_at_once_make_a_thing_once():
    memory = _Memory(versions=2)
    made, answers = [], []
    start = threading.Barrier(2)

    def make():
        time.sleep(0.05)
        made.append(object())
        return made[-1]

    def ask():
        start.wait()
        answers.append(memory.get("a", "thing", make))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(made) == 1
    assert answers == [made[0], made[0]]


def test_a_thing_can_be_made_of_another():
    memory = _Memory(versions=2)
    done = threading.Thread(
        target=lambda: memory.get("a", "outer", lambda: memory.get("a", "inner", dict)),
        daemon=True,
    )
    done.start()
    done.join(10)
    assert not done.is_alive(), "it waits for itself"


def test_only_the_newest_versions_are_kept():
    memory = _Memory(versions=2)
    for version in "abc":
        memory.get(version, "thing", lambda version=version: version)
    assert memory.get("b", "thing", lambda: "made again") == "b"
    assert memory.get("a", "thing", lambda: "made again") == "made again"


def test_what_failed_is_not_remembered():
    memory = _Memory(versions=2)
    with pytest.raises(ZeroDivisionError):
        memory.get("a", "thing", lambda: 1 // 0)
    assert memory.get("a", "thing", lambda: 1) == 1


def test_none_is_remembered_too():
    memory = _Memory(versions=2)
    assert memory.get("a", "thing", lambda: None) is None
    assert memory.get("a", "thing", lambda: 1) is None
