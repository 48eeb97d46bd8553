"""Importing a log: a dry run shows everything, the import keeps it once."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts import entries
from accounts.models import CustomCode, Procedure, Site
from rvuedge.spreadsheets import as_xlsx
from tests.accounts.logs import entry, prepared, text_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

UPLOAD = "/procedures/import/"
COLUMNS = "/procedures/import/columns/"
CSV = (
    "Date,Code,Modifiers,Units,Site,Case\n"
    "7/14/2026,99213,25,2,Clinic,\n"
    "7/14/2026,47562,,1,Main hospital,A\n"
    "7/14/2026,47600,,1,Main hospital,A\n"
)
MAPPED = {"date": "Date", "code": "Code", "modifiers": "Modifiers", "units": "Units",
          "site": "Site", "case": "Case", "date_order": "mdy"}  # fmt: skip


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(client, user):
    prepared(user)
    client.force_login(user)
    return client


def upload(client, content, name="log.csv"):
    content = content.encode() if isinstance(content, str) else content
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, content)})


def test_a_dry_run_shows_the_rows_and_keeps_nothing(client):
    assert upload(client, CSV)["Location"] == COLUMNS
    page = client.get(COLUMNS)
    assert page.context["form"]["date"].initial == "Date"

    response = client.post(COLUMNS, MAPPED | {"check": "1"})
    text = text_of(response)
    # 2 × 1.30 + 10.21 + 17.04
    assert "3 entries would be added, 29.85 wRVUs without own values" in text
    assert "modifier 25 · 2 × 1.30 · Clinic" in text
    assert not Procedure.objects.exists()


def test_the_import_keeps_the_rows_and_can_be_taken_back(client, user):
    upload(client, CSV)
    response = client.post(COLUMNS, MAPPED | {"keep": "1"})
    assert response["Location"] == "/procedures/?from=2026-07-14&to=2026-07-14"
    assert Procedure.objects.for_user(user).count() == 3
    visits = Procedure.objects.get(hcpcs="99213")
    assert (visits.wrvu, visits.site.name, visits.setting) == (
        Decimal("2.6"),
        "Clinic",
        "nonfacility",
    )
    cases = Procedure.objects.exclude(hcpcs="99213").values_list("case", flat=True)
    assert len(set(cases)) == 1 and None not in cases

    page = client.get(response["Location"])
    assert "Imported 3 entries" in text_of(page)
    client.post(reverse("accounts:undo"), {"undo": page.context["toast"]["id"]})
    assert not Procedure.objects.exists()


def test_the_same_file_twice_is_noticed(client):
    for _ in range(2):
        upload(client, CSV, name="other name.csv")
        client.post(COLUMNS, MAPPED | {"keep": "1"})
    assert Procedure.objects.count() == 3
    response = client.post(COLUMNS, MAPPED | {"check": "1"})
    text = text_of(response)
    assert "3 rows of this file are in your log already" in text
    assert "imported already: there is nothing new in it" in text


def test_rows_with_faults_are_left_out_only_when_asked(client):
    upload(client, CSV + "7/14/2026,99999,,1,Clinic,\n13/13/2026,99213,,x,Clinic,\n")
    text = text_of(client.post(COLUMNS, MAPPED | {"check": "1"}))
    assert "2 rows have faults" in text
    assert "5 Code 99999 is in no release here." in text
    assert "6 Date Date of service is no date in the order chosen" in text
    assert "6 Units Units is no number" in text

    refused = client.post(COLUMNS, MAPPED | {"keep": "1"})
    assert refused.status_code == 422
    assert not Procedure.objects.exists()
    client.post(COLUMNS, MAPPED | {"keep": "1", "without_faults": "on"})
    assert Procedure.objects.count() == 3


def test_a_site_that_is_new_is_added_when_asked(client, user):
    content = "Date,Code,Site\n7/14/2026,99213,Outreach\n7/14/2026,99214,outreach\n"
    mapped = {"date": "Date", "code": "Code", "site": "Site", "date_order": "mdy"}
    upload(client, content)
    assert "You have no site of this name" in text_of(client.post(COLUMNS, mapped))

    client.post(COLUMNS, mapped | {"adds_sites": "on", "keep": "1"})
    site = Site.objects.get(name="Outreach")
    assert (site.user, site.procedures.count()) == (user, 2)


def test_a_custom_code_is_known_by_its_name(client, user):
    CustomCode.objects.create(user=user, name="Call", wrvu=Decimal("2.5"), reason="x")
    content = "Date,Code,Custom code\n7/14/2026,,call\n7/14/2026,,Teaching\n"
    mapped = {"date": "Date", "code": "Code", "custom": "Custom code", "date_order": "mdy"}
    upload(client, content)
    client.post(COLUMNS, mapped | {"keep": "1", "without_faults": "on"})
    one = Procedure.objects.get()
    assert (one.kind, one.wrvu) == ("estimate", Decimal("2.5"))


def test_what_the_list_exports_can_be_imported(client, user):
    custom = CustomCode.objects.create(user=user, name="Call", wrvu=Decimal("2.5"), reason="x")
    clinic = Site.objects.get(name="Clinic")
    day = date(2026, 7, 14)
    entries.add(
        user,
        [
            entry(user, "99213", day, units=6, site=clinic, modifiers="25,GC", note="=long day"),
            entry(user, "", day, custom=custom, role="assisted"),
            entry(user, "00790", day, base_units=7, minutes=129),
        ],
    )
    exported = b"".join(client.get("/procedures/?days=all&format=csv").streaming_content)
    fields = ("hcpcs", "modifiers", "units", "note", "role", "setting", "wrvu", "asa_units")
    before = sorted(map(str, Procedure.objects.values_list(*fields)))
    Procedure.objects.all().delete()

    upload(client, exported)
    form = client.get(COLUMNS).context["form"]
    mapped = {name: form[name].initial for name in form.fields if form[name].initial}
    client.post(COLUMNS, mapped | {"keep": "1"})
    assert sorted(map(str, Procedure.objects.values_list(*fields))) == before


def test_a_workbook_is_read_like_a_csv(client):
    rows = [line.split(",") for line in CSV.splitlines()]
    upload(client, as_xlsx(rows), name="log.xlsx")
    client.post(COLUMNS, MAPPED | {"keep": "1"})
    assert Procedure.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"date": ""}, "Choose the column of the date of service."),
        ({"code": "Nothing"}, "This column is not in the file."),
        ({"units": "Code"}, "This column is code already."),
    ],
)
def test_columns_that_do_not_fit_are_refused(client, fields, sentence):
    upload(client, CSV)
    response = client.post(COLUMNS, MAPPED | {"keep": "1"} | fields)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert not Procedure.objects.exists()


def test_a_file_that_is_none_is_refused_with_a_sentence(client):
    response = upload(client, b"PK\x03\x04 broken", name="log.xlsx")
    assert response.status_code == 422
    assert "damaged" in text_of(response)
    assert "Choose a file first" in text_of(client.post(UPLOAD, {}))


def test_without_a_file_there_are_no_columns(client):
    response = client.get(COLUMNS, follow=True)
    assert "No file is waiting" in text_of(response)


def test_a_file_can_be_forgotten(client):
    upload(client, CSV)
    client.post(COLUMNS, {"forget": "1"})
    assert client.get(COLUMNS)["Location"] == UPLOAD


def test_somebody_else_importing_the_same_file_has_entries_of_their_own(client, user):
    upload(client, CSV)
    client.post(COLUMNS, MAPPED | {"keep": "1"})
    other = UserFactory()
    client.force_login(other)
    upload(client, CSV)
    client.post(COLUMNS, MAPPED | {"keep": "1", "adds_sites": "on"})
    assert Procedure.objects.for_user(other).count() == 3
    assert Site.objects.for_user(other).count() == 2
