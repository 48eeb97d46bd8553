"""Every role at every page and action of the admin, against the table in docs/roles.md."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from accounts import access, roles
from accounts.management.commands.write_roles import PATH
from accounts.models import AuditEntry, SupportRequest
from blog.models import Correction, Faq, HelpArticle, LandingPage, Post, Redirect, Term
from codes import release_uploads
from codes.models import Doubt, Introduction, ReleaseUpload
from tests.factories import (
    CodeContentFactory,
    FeeScheduleFactory,
    LocalityFactory,
    RateFactory,
    SpecialtyFactory,
    StandingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(monkeypatch):
    """Return one row of every registered model by the model."""
    monkeypatch.setattr(release_uploads, "start", lambda *args, **options: None)
    FeeScheduleFactory(is_active=True)
    old = FeeScheduleFactory(release="2026B")
    RateFactory(code__hcpcs="99213")
    StandingFactory(code__hcpcs="99213")
    LocalityFactory()
    content = CodeContentFactory(code__hcpcs="99213", label="Visit")
    specialty = SpecialtyFactory(slug="ear")
    somebody = UserFactory()
    page = {"title": "A page", "summary": "Words", "text": "Words"}
    texts = [
        content,
        Introduction.objects.create(specialty=specialty, text="Words"),
        Post.objects.create(slug="a-post", **page),
        LandingPage.objects.create(slug="residents", **page),
        HelpArticle.objects.create(slug="sign-in", topic="Accounts", **page),
        Term.objects.create(slug="rvu", **page),
        Faq.objects.create(page="support", question="Is it free?", answer="Yes."),
        Redirect.objects.create(old_path="/old/", new_path="/new/"),
    ]
    for text in texts:
        text.publish()
    made = [
        *texts,
        old,
        specialty,
        somebody,
        Group.objects.create(name="guests"),
        Correction.objects.create(path="/", text="Wrong"),
        SupportRequest.objects.create(email="a@example.org", subject="Help", text="Please."),
        Doubt.objects.create(content=content, schedule=old, reason="revalued"),
        ReleaseUpload.objects.create(name="rvu26b.zip", uploaded_by=somebody),
    ]
    found = {type(row): row for row in made}
    for model in admin.site._registry:
        found.setdefault(model, model._default_manager.first())
    return found


def ask(client, page, model_admin=None, row=None):
    """Return the status of a page for whoever is signed in; nothing that it does lasts."""
    with transaction.atomic():
        if page.method == access.ACTION:
            opts = model_admin.opts
            url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
            data = {"action": page.name, "_selected_action": [row.pk]}
            answer = client.post(url, data)
        else:
            url = address(page, row)
            posted = {"edition": "1", "whole": "1"}  # restoring has to be told what
            answer = client.get(url) if page.method == access.GET else client.post(url, posted)
        transaction.set_rollback(True)
    return answer


OF_ALL_ROWS = (
    "_changelist", "_add", "feeschedule_compare", "_exportcsv", "_exportxlsx", "_import",
)  # fmt: skip


def address(page, row):
    if row is None or page.name.endswith(OF_ALL_ROWS):
        return reverse(f"admin:{page.name}")
    return reverse(f"admin:{page.name}", args=[row.pk, *([page.step] if page.step else [])])


def everything(rows):
    for page in access.site_pages():
        yield page, None, None
    for model_admin, pages in access.listed().items():
        for page in pages:
            yield page, model_admin, rows[model_admin.model]


@pytest.mark.parametrize("role", roles.NAMES)
def test_every_page_answers_each_role_as_the_table_says(client, rows, role):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    wrong = []
    for page, model_admin, row in everything(rows):
        answer = ask(client, page, model_admin, row)
        if page.method == access.ACTION:
            # An action that one does not have leads back to the list, with nothing done.
            may_see = answer.status_code != 403
            refused = "No action selected." in _said(client, answer)
            is_as_said = (page.name in _offered(client, model_admin)) == (role in page.roles)
            is_as_said = is_as_said and (role not in page.roles or (may_see and not refused))
        elif role in page.roles:
            is_as_said = answer.status_code in {200, 302, 400} and not _is_sign_in(answer)
        else:
            is_as_said = answer.status_code == 403
        if not is_as_said:
            wrong.append((page.name, page.step, page.method, answer.status_code))
    assert wrong == []


def _said(client, answer):
    return str([str(m) for m in answer.context["messages"]]) if answer.context else ""


def _offered(client, model_admin):
    opts = model_admin.opts
    answer = client.get(reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"))
    if answer.status_code != 200:
        return []
    form = answer.context.get("action_form")
    return [name for name, _ in form.fields["action"].choices] if form else []


def _is_sign_in(answer):
    return answer.status_code == 302 and "/admin/login/" in answer.headers["Location"]


@pytest.mark.parametrize("who", ["a stranger", "a reader"])
def test_whoever_is_not_staff_is_sent_to_sign_in(client, rows, who):
    if who == "a reader":
        client.force_login(UserFactory())
    wrong = []
    for page, model_admin, row in everything(rows):
        answer = ask(client, page, model_admin, row)
        if not _is_sign_in(answer):
            wrong.append((page.name, page.step, answer.status_code))
    assert wrong == []


def test_every_address_of_the_admin_is_in_the_table():
    assert access.not_listed() == set(), "Say in accounts/access.py who may open these."


def test_the_document_is_that_of_the_code():
    assert PATH.read_text("utf-8") == access.document(), "Run manage.py write_roles."


def test_the_document_is_written_by_a_command(tmp_path, monkeypatch):
    monkeypatch.setattr("accounts.management.commands.write_roles.PATH", tmp_path / "roles.md")
    call_command("write_roles")
    written = (tmp_path / "roles.md").read_text("utf-8")
    assert re.search(r"\| Approve \| – \| yes \| – \| – \| – \| yes \|", written)


# The groups ---------------------------------------------------------------------------------


def held(name):
    rows = Group.objects.get(name=name).permissions.values_list(
        "content_type__app_label", "codename"
    )
    return {".".join(row) for row in rows}


@pytest.mark.parametrize("role", roles.ROLES, ids=roles.NAMES)
def test_each_group_holds_the_rights_of_its_role(role):
    assert held(role.name) == role.permissions


def test_what_was_changed_by_hand_is_settled_and_told():
    writer = Group.objects.get(name="writer")
    writer.permissions.add(Permission.objects.get(codename="delete_user"))
    writer.permissions.remove(Permission.objects.get(codename="add_post"))
    guests = Group.objects.create(name="guests")
    guests.permissions.add(Permission.objects.get(codename="add_post"))
    AuditEntry.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert held("writer") == roles.ROLES[0].permissions
    assert held("guests") == {"blog.add_post"}
    assert [(e.what, e.subject) for e in AuditEntry.objects.all()] == [
        ("settled a role", "writer")
    ]
    roles.settle()
    assert AuditEntry.objects.count() == 1


def test_nobody_deletes_and_only_administrators_see_people():
    for role in roles.ROLES:
        assert not [name for name in role.permissions if ".delete_" in name]
        people = {
            name
            for name in role.permissions
            if name.startswith(("accounts.", "auth.")) and "supportrequest" not in name
        }
        assert bool(people) == (role.name == "administrator")


# People in the admin ------------------------------------------------------------------------


@pytest.fixture
def administrator(client):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="administrator"))
    client.force_login(user)
    return user


def test_an_administrator_cannot_make_a_superuser(client, administrator):
    client.post(
        f"/admin/accounts/user/{administrator.pk}/change/",
        {
            "email": administrator.email,
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
            "user_permissions": [Permission.objects.get(codename="delete_user").pk],
            "groups": [Group.objects.get(name="writer").pk],
        },
    )
    administrator.refresh_from_db()
    assert not administrator.is_superuser
    assert not administrator.user_permissions.exists()
    assert [group.name for group in administrator.groups.all()] == ["writer"]


def test_an_administrator_cannot_change_a_superuser(client, administrator, admin_user):
    url = f"/admin/accounts/user/{admin_user.pk}/"
    assert client.post(f"{url}change/", {"email": "mine@example.org"}).status_code == 403
    assert client.get(f"{url}password/").status_code == 403


def test_the_six_roles_are_changed_in_the_code_alone(admin_client):
    writer = Group.objects.get(name="writer")
    guests = Group.objects.create(name="guests")
    url = "/admin/auth/group/"
    assert admin_client.post(f"{url}{writer.pk}/change/", {"name": "x"}).status_code == 403
    assert admin_client.post(f"{url}{writer.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.post(f"{url}{guests.pk}/change/", {"name": "visitors"}).status_code == 302
    assert admin_client.post(f"{url}{guests.pk}/delete/", {"post": "yes"}).status_code == 302
