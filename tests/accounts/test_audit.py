"""The audit log: what is told, what it hears by itself, and that nobody changes it."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.signals import user_login_failed

from accounts.models import AuditEntry, User
from accounts.receivers import acting
from codes.fee_schedule.activate import activate
from codes.fee_schedule.load import load
from codes.fee_schedule.remove import remove
from codes.models import FeeSchedule
from rvuedge import audit
from tests.factories import CodeContentFactory, UserFactory, package, rate_row

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
LOG = "/admin/accounts/auditentry/"


def lines(what=None):
    entries = AuditEntry.objects.order_by("pk")
    entries = entries.filter(what=what) if what else entries
    return [(str(e.who or ""), e.what, e.subject, e.detail) for e in entries]


# What is told -------------------------------------------------------------------------------


def test_what_is_told_is_kept_with_its_subject():
    editor, content = UserFactory(), CodeContentFactory(code__hcpcs="99213", label="Visit")
    audit.record("published", editor, content, "New text", number=3)
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.what, entry.subject) == (editor, "published", "99213 Visit")
    assert (entry.subject_type, entry.subject_id) == ("codes.codecontent", str(content.pk))
    assert (entry.detail, entry.more) == ("New text", {"number": 3})


def test_a_command_is_nobody_and_long_or_odd_words_fit():
    audit.record("x" * 99, None, None, "two\nlines\x1b[31m\0 and " + "y" * 400)
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.what, len(entry.detail)) == (None, "x" * 60, 300)
    assert entry.detail.startswith("two lines [31m  and yyy")


def test_publishing_leaves_a_line():
    editor = UserFactory()
    content = CodeContentFactory(code__hcpcs="99213", label="Visit")
    content.publish(reason="First")
    content.archive(editor, "Retired")
    assert lines() == [
        ("", "published", "99213 Visit", "First"),
        (editor.email, "archived", "99213 Visit", "Retired"),
    ]


def test_releases_leave_a_line_each_time():
    ana = UserFactory()
    load(package("2026B", rates=[rate_row("99213")]), by=ana)
    load(package("2026C", rates=[rate_row("99213", work_rvu="1.27")]), by=ana, activate=True,
         confirmed=True)  # fmt: skip
    activate("2026B", by=ana)
    activate("2026B", by=ana)  # shown already
    activate("2026C")
    load(package("2026C", rates=[rate_row("99213")]), confirmed=True)
    remove("2026B", by=ana)
    assert lines() == [
        (ana.email, "loaded a release", "2026B", "1 rows, 1 codes"),
        (ana.email, "loaded a release", "2026C", "1 rows, 1 codes"),
        (ana.email, "activated a release", "2026C", ""),
        (ana.email, "activated a release", "2026B", "instead of 2026C"),
        ("", "activated a release", "2026C", "instead of 2026B"),
        ("", "replaced a release", "2026C", "1 rows, 1 codes"),
        (ana.email, "removed a release", "2026B", "1 rows"),
    ]
    loaded = AuditEntry.objects.filter(what="loaded a release").last()
    assert list(loaded.more["files"]) == ["PPRRVU.csv"]


def test_loading_the_same_again_leaves_no_line():
    same = package("2026B", rates=[rate_row("99213")])
    load(same)
    load(same)
    assert len(lines()) == 1


def test_what_fails_leaves_no_line(monkeypatch):
    load(package("2026B", rates=[rate_row("99213")]))
    monkeypatch.setattr(FeeSchedule, "delete", _protected)
    with pytest.raises(Exception, match="other records rest on it"):
        remove("2026B")
    assert lines("removed a release") == []


def _protected(self):
    from django.db.models import ProtectedError

    raise ProtectedError("records", set())


# Signing in ---------------------------------------------------------------------------------


def test_signing_in_and_out_is_kept(client):
    user = UserFactory(is_staff=True)
    AuditEntry.objects.all().delete()
    client.login(username=user.email, password=PASSWORD)
    client.logout()
    assert lines() == [
        (user.email, "signed in", user.email, ""),
        (user.email, "signed out", user.email, ""),
    ]


def test_a_failed_sign_in_names_the_account_but_never_what_was_typed(client):
    user = UserFactory(email="ana@example.org")
    client.login(username="Ana@Example.org", password="wrong")
    client.login(username="my-own-pa55word!", password="wrong")
    user_login_failed.send(None, credentials={"username": "nul\0"})  # no form lets it through
    nobody = ("", "failed to sign in", "", "an address that nobody here has")
    assert lines() == [("", "failed to sign in", user.email, ""), nobody, nobody]


# Rights -------------------------------------------------------------------------------------


def test_a_readers_account_leaves_no_line():
    user = UserFactory()
    user.email = "other@example.org"
    user.save()
    assert lines() == []


def test_access_given_and_taken_is_kept_with_who_did_it():
    root = User.objects.create_superuser("root@example.org", PASSWORD)
    user = UserFactory()
    with acting(root):
        user.is_staff = True
        user.save()
        user.is_active = False
        user.save(update_fields=["is_active"])
    user.save()
    assert lines() == [
        ("", "created with access", root.email, "staff: yes, superuser: yes"),
        (root.email, "changed access", user.email, "staff: yes"),
        (root.email, "changed access", user.email, "active: no"),
    ]


def test_groups_and_single_rights_are_kept():
    user, group = UserFactory(), Group.objects.create(name="guests")
    permission = Permission.objects.get(codename="view_post")
    user.groups.add(group)
    user.groups.add(group)  # has it already
    user.groups.remove(group)
    user.user_permissions.add(permission)
    user.user_permissions.clear()
    group.permissions.add(permission)
    group.delete()
    named = str(permission)
    assert [line[1:] for line in lines()] == [
        ("changed groups", user.email, "given: guests"),
        ("changed groups", user.email, "taken: guests"),
        ("changed rights", user.email, f"given: {named}"),
        ("changed rights", user.email, "taken: all"),
        ("changed rights", "guests", f"given: {named}"),
        ("deleted a group", "guests", ""),
    ]


def test_the_admin_says_who_changed_rights(admin_client, admin_user):
    user = UserFactory()
    AuditEntry.objects.all().delete()
    admin_client.post(
        f"/admin/accounts/user/{user.pk}/change/",
        {
            "email": user.email,
            "is_active": "on",
            "is_staff": "on",
            "groups": [Group.objects.get(name="writer").pk],
        },
    )
    assert lines() == [
        (admin_user.email, "changed access", user.email, "staff: yes"),
        (admin_user.email, "changed groups", user.email, "given: writer"),
    ]
    admin_client.post(f"/admin/accounts/user/{user.pk}/delete/", {"post": "yes"})
    assert lines()[-1] == (admin_user.email, "deleted a user", user.email, "")


# The log in the admin -----------------------------------------------------------------------


@pytest.fixture
def log(admin_client, admin_user):
    AuditEntry.objects.all().delete()
    for day, what, detail in ((1, "published", "Spring"), (2, "restored", "Summer")):
        AuditEntry.objects.create(
            at=datetime(2026, 7, day, tzinfo=UTC),
            who=admin_user if day == 1 else None,
            what=what,
            subject="99213 Visit",
            detail=detail,
        )
    return admin_client


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("", ["Summer", "Spring"]),
        ("q=spring", ["Spring"]),
        ("q=99213", ["Summer", "Spring"]),
        ("what=restored", ["Summer"]),
        ("who__isnull=True", ["Summer"]),
        ("at__year=2026&at__month=7&at__day=1", ["Spring"]),
    ],
)
def test_the_log_can_be_searched(log, query, details):
    response = log.get(f"{LOG}?{query}")
    assert [entry.detail for entry in response.context["cl"].result_list] == details


def test_nobody_changes_the_log(log):
    entry = AuditEntry.objects.first()
    page = log.get(f"{LOG}{entry.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert log.get(f"{LOG}add/").status_code == 403
    assert log.post(f"{LOG}{entry.pk}/change/", {"detail": "Other"}).status_code == 403
    assert log.post(f"{LOG}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    log.post(LOG, {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})
    assert AuditEntry.objects.get(pk=entry.pk).detail == entry.detail


def test_the_log_costs_the_same_at_any_length(log, admin_user, django_assert_num_queries):
    with django_assert_num_queries(9):
        log.get(LOG)
    AuditEntry.objects.bulk_create(
        AuditEntry(who=admin_user, what="published", subject=str(n)) for n in range(90)
    )
    with django_assert_num_queries(9):
        log.get(LOG)
