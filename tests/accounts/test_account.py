"""A person's own account: the profile, taking everything along, leaving, the first steps."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core import mail
from django.db.models import CASCADE
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from accounts import export
from accounts.models import AuditEntry, Contract, Owned, Procedure, Profile, TrackedCode, User
from tests.accounts.belongings import STEP, everything_of
from tests.codes.little_release import load_release
from tests.factories import (
    FeeScheduleFactory,
    LocalityFactory,
    PersonFactory,
    SpecialtyFactory,
    ZipRangeFactory,
)

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def ana(client):
    user = PersonFactory(email="ana@example.org")
    client.force_login(user)
    return user


def sign_in(client):
    client.post("/account/login/", {"login": "ana@example.org", "password": PASSWORD})


def text(answer):
    return " ".join(answer.content.decode().split())


# The account page ---------------------------------------------------------------------------


def test_the_account_page_says_how_one_signs_in_and_what_one_has(client, ana):
    everything_of(ana)
    page = text(client.get("/account/"))
    assert "ana@example.org" in page
    assert "0 backup codes left" in page
    assert "1 procedure, " in page
    assert "1 statement" in page


def test_somebody_new_has_nothing_to_take_along_but_the_profile(client, ana):
    assert "you have entered nothing else yet" in text(client.get("/account/"))


def test_the_account_page_costs_the_same_however_much_there_is(
    client, ana, django_assert_max_num_queries
):
    client.get("/account/")
    everything_of(ana)
    with django_assert_max_num_queries(24):  # one for each table that is counted, of 12
        client.get("/account/")


# The profile --------------------------------------------------------------------------------

SAID = {"clinical_fte": "0.8", "time_zone": "America/Chicago"}


@pytest.fixture
def manhattan():
    schedule = FeeScheduleFactory(release="2026C", is_active=True, zip_quarter="20254")
    locality = LocalityFactory(
        schedule=schedule, mac="13202", number="01", state="NY", name="MANHATTAN"
    )
    ZipRangeFactory(quarter="20254", first="10001", last="10299", mac="13202", number="01")
    return locality


def test_what_one_says_of_ones_work_is_kept(client, ana, manhattan):
    surgery = SpecialtyFactory(slug="general-surgery", name="General surgery")
    said = SAID | {"stage": "attending", "specialty": surgery.pk, "locality": "13202-01",
                   "mails_changes": "on"}  # fmt: skip
    assert client.post("/account/profile/", said).url == "/account/"
    kept = Profile.objects.get(user=ana)
    assert (kept.stage, kept.specialty, kept.locality) == ("attending", surgery, "13202-01")
    assert (str(kept.clinical_fte), kept.time_zone, kept.mails_changes) == (
        "0.800",
        "America/Chicago",
        True,
    )
    page = text(client.get("/account/"))
    assert "Manhattan, NY" in page
    assert '<dd class="num">0.8</dd>' in page


@pytest.mark.parametrize("place", ["10016", "Manhattan, NY", "manhattan"])
def test_the_place_of_work_is_found_by_zip_code_or_name(client, ana, manhattan, place):
    client.post("/account/profile/", SAID | {"place": place})
    assert Profile.objects.get(user=ana).locality == "13202-01"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"place": "99999"}, "99999 is not in CMS’s ZIP code file"),
        ({"place": "123"}, "A ZIP code has five digits"),
        ({"clinical_fte": "0"}, "The FTE is a number above 0 and up to 2."),
        ({"clinical_fte": "2.5"}, "The FTE is a number above 0 and up to 2."),
        ({"clinical_fte": "NaN"}, "Write the FTE as a number"),
        ({"clinical_fte": ""}, "Say how much you work with patients"),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"stage": "boss"}, "Select a valid choice"),
        ({"locality": "00000-00"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_and_the_rest_kept(client, ana, manhattan, wrong, sentence):
    answer = client.post("/account/profile/", SAID | {"stage": "resident"} | wrong)
    assert answer.status_code == 200
    assert sentence in text(answer)
    assert not Profile.objects.filter(time_zone="America/Chicago").exists()
    if "stage" not in wrong:
        assert 'value="resident" checked' in text(answer)


def test_a_name_that_can_mean_several_places_offers_them(client, ana, manhattan):
    LocalityFactory(
        schedule=manhattan.schedule, mac="13202", number="02", state="NY", name="NYC SUBURBS"
    )
    answer = client.post("/account/profile/", SAID | {"place": "New York"})
    assert "can mean several localities" in text(answer)
    assert 'name="locality" value="13202-02"' in text(answer)
    client.post("/account/profile/", SAID | {"locality": "13202-02"})
    assert Profile.objects.get(user=ana).locality == "13202-02"


def test_a_locality_that_the_release_lost_stays_until_it_is_changed(client, ana, manhattan):
    Profile.objects.create(user=ana, locality="99999-99")
    assert "99999-99, not in this release" in text(client.get("/account/profile/"))
    assert client.post("/account/profile/", SAID | {"locality": "99999-99"}).status_code == 302


def test_a_profile_can_be_said_before_any_release_is_loaded(client, ana):
    assert client.post("/account/profile/", SAID).status_code == 302
    assert "No release is loaded yet" in text(
        client.post("/account/profile/", SAID | {"place": "10016"})
    )


def test_nobody_sends_more_than_the_form_asks(client, ana):
    other = PersonFactory()
    client.post(
        "/account/profile/", SAID | {"user": other.pk, "is_staff": "on", "welcomed_at": "2020-1-1"}
    )
    ana.refresh_from_db()
    assert Profile.objects.get().user == ana
    assert Profile.objects.get().welcomed_at is None
    assert not ana.is_staff


def test_times_on_pages_of_the_account_are_those_of_ones_zone(client):
    user = PersonFactory(email="ana@example.org")
    Profile.objects.create(user=user, time_zone="Pacific/Honolulu")
    sign_in(client)
    at = datetime(2026, 7, 2, 3, tzinfo=UTC)
    UserSession.objects.update(created_at=at)
    assert "since July 1, 2026, 17:00" in text(client.get("/account/sessions/"))
    assert timezone.get_current_timezone_name() == "UTC"


def test_the_career_stage_is_asked_at_sign_up(client):
    client.post(
        "/account/signup/",
        {"email": "new@example.org", "password1": PASSWORD, "stage": "student"},
    )
    assert Profile.objects.get().stage == "student"


# Taking everything along --------------------------------------------------------------------

FORBIDDEN = ["JBSWY3DPEHPK3PXP", "pbkdf2", "md5$", "a" * 32]


def test_every_table_of_a_person_is_in_the_export_and_in_this_test(ana):
    everything_of(ana)
    missing = [
        table.name
        for table in export.tables(ana)
        if table.name != "audit log" and not [*table.rows()]
    ]
    assert missing == [], "Make a row of it in belongings.py."


def test_no_model_that_descends_from_owned_can_be_forgotten():
    owned = {model for model in apps.get_models() if issubclass(model, Owned)}
    assert len(owned) > 8
    assert owned <= set(export.models())


def test_nothing_that_goes_with_a_person_stays_out_of_the_export():
    kept = set(export.models())
    dependent = {
        model
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model in {User, *kept} and field.remote_field.on_delete is CASCADE
    }
    # What staff did in the admin is the site's history, not theirs. The other table stays empty:
    # links to confirm an address are signed, not stored.
    known = {LogEntry, apps.get_model("account", "EmailConfirmation")}
    assert dependent - known <= kept


def test_no_other_table_of_this_app_has_rows_of_a_person():
    models = set(apps.get_app_config("accounts").get_models())
    assert models - set(export.models()) == {*export.NOBODYS, AuditEntry}


def test_all_is_there_as_json_and_no_secret(client, ana):
    everything_of(ana)
    everything_of_somebody_else()
    answer = client.post("/account/export/", {"format": "json"})
    assert answer["Cache-Control"] == "private, no-store"
    body = answer.getvalue().decode()
    tables = json.loads(body)["tables"]
    assert tables["account"][0]["email"] == "ana@example.org"
    (procedure,) = tables["procedures"]
    assert procedure["wrvu"] == "10.210001"
    assert procedure["working"] == [STEP]
    (contract,) = tables["contracts"]
    assert contract["sites"] == [tables["sites"][0]["id"]]
    assert {name for name, rows in tables.items() if len(rows) != 1} == set()
    assert "other@example.org" not in body
    assert not [word for word in FORBIDDEN if word in body]


def everything_of_somebody_else():
    other = PersonFactory(email="other@example.org")
    Procedure.objects.create(user=other, performed_on="2026-07-01", hcpcs="99213")


def test_all_is_there_as_csv_in_harmless_cells(client, ana):
    everything_of(ana)
    answer = client.post("/account/export/", {"format": "csv"})
    assert answer["Content-Disposition"].endswith('.zip"')
    archive = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert {name.removesuffix(".csv") for name in archive.namelist()} == {
        table.slug for table in export.tables(ana)
    }
    rows = list(csv.DictReader(archive.read("custom-codes.csv").decode("utf-8-sig").splitlines()))
    assert rows[0]["name"] == "'=1+1"
    assert rows[0]["is_retired"] == "no"
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert not [word for word in FORBIDDEN if word in whole]


def test_all_is_there_as_one_workbook(client, ana):
    everything_of(ana)
    book = load_workbook(
        io.BytesIO(client.post("/account/export/", {"format": "xlsx"}).getvalue())
    )
    assert book.sheetnames == [table.name for table in export.tables(ana)]
    assert book["custom codes"]["B2"].value == "'=1+1"


def test_a_text_too_long_for_a_workbook_is_told(client, ana):
    everything_of(ana)
    Procedure.objects.update(working=["x" * 40_000])
    answer = client.post("/account/export/", {"format": "xlsx"}, follow=True)
    assert "Export as CSV instead" in text(answer)
    assert client.post("/account/export/", {"format": "csv"}).status_code == 200


@pytest.mark.parametrize("kind", ["", "pdf", "../x"])
def test_another_format_is_no_export(client, ana, kind):
    assert client.post("/account/export/", {"format": kind}).status_code == 400


# Leaving ------------------------------------------------------------------------------------


def test_everything_goes_after_the_password(client, ana, django_capture_on_commit_callbacks):
    other = Client()
    sign_in(other)
    everything_of(ana)
    Client().post("/account/login/", {"login": "ana@example.org", "password": "wrong"})
    key = ana.pk
    with django_capture_on_commit_callbacks() as callbacks:
        answer = client.post("/account/delete/", {"password": PASSWORD})
    assert answer.url == "/account/deleted/"
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert "Your account is deleted" in text(client.get(answer.url))
    for model in export.models():
        assert not model._default_manager.exists(), model
    assert [str(entry.what) for entry in AuditEntry.objects.all()] == ["deleted their own account"]
    entry = AuditEntry.objects.get()
    assert "ana" not in f"{entry.subject}{entry.subject_id}{entry.detail}{entry.more}"
    assert str(key) != entry.subject_id
    assert not Session.objects.filter(session_key=other.session.session_key).exists()
    assert len(callbacks) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_tells_that_the_account_is_gone(client):
    user = PersonFactory(email="ana@example.org")
    client.force_login(user)
    client.post("/account/delete/", {"password": PASSWORD})
    assert [message.subject for message in mail.outbox] == ["Your RVU Edge account is deleted"]


@pytest.mark.parametrize(("password", "sentence"), [("", "Type your password"), ("x", "is not")])
def test_without_the_password_nothing_goes(client, ana, password, sentence):
    answer = client.post("/account/delete/", {"password": password})
    assert sentence in text(answer)
    assert User.objects.filter(pk=ana.pk).exists()


def test_guessing_the_password_there_is_limited_too(client, ana):
    for _ in range(5):
        client.post("/account/delete/", {"password": "wrong"})
    answer = client.post("/account/delete/", {"password": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (429, "300")
    assert User.objects.filter(pk=ana.pk).exists()


def test_an_editor_is_told_why_an_administrator_must_do_it(client):
    user = PersonFactory(is_staff=True)
    client.force_login(user)
    answer = client.post("/account/delete/", {"password": PASSWORD})
    assert "Ask an administrator to close your account." in text(answer)
    assert User.objects.filter(pk=user.pk).exists()


def test_who_once_wrote_a_public_text_stays_in_its_history(client, ana):
    from blog.models import Post

    Post.objects.create(slug="a", title="A", author=ana)
    everything_of(ana)
    answer = client.post("/account/delete/", {"password": PASSWORD})
    assert "stays in its history" in text(answer)
    assert Contract.objects.filter(user=ana).exists()
    assert AuditEntry.objects.filter(who=ana).exists()
    assert client.get("/account/").status_code == 200


# The first steps ----------------------------------------------------------------------------


def test_favorites_come_from_a_specialtys_published_texts(client, ana):
    load_release()
    page = text(client.get("/welcome/"))
    assert "3 common codes" in page
    page = text(client.get("/welcome/?specialty=general-surgery"))
    assert 'name="code" value="47562" checked' in page
    assert not TrackedCode.objects.exists()

    answer = client.post("/welcome/", {"code": ["47562", "45378", "47562"]}, follow=True)
    assert "2 codes are favorites now." in text(answer)
    favorites = TrackedCode.objects.for_user(ana).filter(is_favorite=True)
    assert sorted(code.hcpcs for code in favorites) == ["45378", "47562"]
    assert Profile.objects.get(user=ana).welcomed_at is not None


def test_a_code_that_is_tracked_becomes_a_favorite_and_keeps_its_name(client, ana):
    load_release()
    TrackedCode.objects.create(user=ana, hcpcs="47562", name="Chole")
    client.post("/welcome/", {"code": "47562"})
    code = TrackedCode.objects.get()
    assert (code.name, code.is_favorite) == ("Chole", True)


@pytest.mark.parametrize("code", ["nonsense", "\0", "99999"])
def test_a_code_that_is_none_is_told(client, ana, code):
    load_release()
    answer = client.post("/welcome/", {"code": code}, follow=True)
    assert "is not in 2026C" in text(answer)
    assert not TrackedCode.objects.exists()


def test_who_has_no_contract_yet_goes_on(client, ana):
    assert client.post("/welcome/", {"later": ""}).url in {"/dashboard/", "/account/"}
    assert Profile.objects.get(user=ana).welcomed_at is not None


def test_the_first_page_works_before_any_release_is_loaded(client, ana):
    assert "Three steps" in text(client.get("/welcome/?specialty=x"))


def test_what_is_done_is_ticked(client, ana):
    load_release()
    everything_of(ana)
    TrackedCode.objects.update(is_favorite=True)
    page = text(client.get("/welcome/"))
    assert page.count('<li class="done">') == 3
    assert "Done, with a second factor." in page
