"""The log as a list: totals that do not mix, filters, one entry, many entries, counting anew."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import entries
from accounts.models import Contract, CustomCode, Procedure, Site
from codes.fee_schedule.activate import activate
from codes.fee_schedule.load import load
from tests.accounts.logs import entry, prepared, text_of
from tests.codes.little_release import rates
from tests.factories import UserFactory, package

pytestmark = pytest.mark.django_db

LIST = "/procedures/"
TUESDAY = date(2026, 7, 14)  # a Tuesday, by release 2026C


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(client, user):
    prepared(user)
    client.force_login(user)
    return client


@pytest.fixture
def log(client, user):
    """Four entries of one day: official, reference, own value, anesthesia; one of another day."""
    custom = CustomCode.objects.create(
        user=user, name="Call", wrvu=Decimal("2.5"), reason="Contract"
    )
    clinic = Site.objects.get(name="Clinic")
    stored = [
        entry(user, "99213", TUESDAY, units=6, site=clinic),
        entry(user, "99381", TUESDAY),
        entry(user, "", TUESDAY, custom=custom),
        entry(user, "00790", TUESDAY, base_units=7, minutes=129),
        entry(user, "47562", TUESDAY - timedelta(days=1), modifiers="52", role="assisted"),
    ]
    return entries.add(user, stored).procedures


JULY = {"from": "2026-07-01", "to": "2026-07-31"}


def test_the_list_shows_days_and_totals_that_do_not_mix(client, log):
    text = text_of(client.get(LIST, JULY))
    assert "5 entries, 12.91 wRVUs" in text  # 6 × 1.30 + 10.21 × 50%, rounded to print
    assert "not in this total: 2.50 wRVUs by own values, 15.6 ASA units" in text
    assert "Tuesday, July 14" in text
    assert "6 × 1.30 · Clinic" in text
    assert "modifier 52 · 50% of 10.21 · assisted" in text
    assert "15.6 ASA" in text


def test_reference_values_are_part_of_the_total_where_the_contract_counts_them(client, user, log):
    Contract.objects.create(
        user=user, employer="A hospital", starts_on=date(2026, 1, 1), counts_reference=True
    )
    entries.add(user, [entry(user, "99381", TUESDAY)])
    text = text_of(client.get(LIST, JULY))
    # 12.905 and 1.50
    assert "6 entries, 14.41 wRVUs · 1.50 of them by reference values" in text


def test_without_a_filter_it_is_this_month(client, user, log):
    entry(user, "99213", timezone.localdate()).save()
    response = client.get(LIST)
    assert response.context["totals"].count == 1
    assert f"{timezone.localdate():%B %Y}" in text_of(response)


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"q": "9921"}, ["99213"]),
        ({"q": "gallbladder"}, ["47562"]),
        ({"q": "call"}, [""]),
        ({"modifier": "52"}, ["47562"]),
        ({"role": "assisted"}, ["47562"]),
        ({"kind": "asa"}, ["00790"]),
        ({"from": "2026-07-14", "to": "2026-07-14", "q": "475"}, []),
        ({"days": "all", "from": "", "to": "", "kind": "estimate"}, [""]),
    ],
)
def test_the_list_is_narrowed(client, log, asked, codes):
    response = client.get(LIST, JULY | asked)
    found = [line.procedure.hcpcs for day in response.context["days"] for line in day.lines]
    assert found == codes


def test_the_list_is_narrowed_to_a_site(client, log):
    clinic = Site.objects.get(name="Clinic")
    response = client.get(LIST, JULY | {"site": clinic.pk})
    assert response.context["totals"].count == 1


def test_nonsense_is_left_out_with_a_sentence(client, log):
    response = client.get(LIST, {"from": "soon", "to": "2026-07-31", "role": "boss", "page": "x"})
    assert response.status_code == 200
    assert "Write the date as 2026-07-01." in text_of(response)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_no_entry_can_have_is_left_out_with_a_sentence(client, log, day):
    page = client.get(LIST, {"from": day, "to": day})
    assert page.status_code == 200
    assert "Give a day between 2000 and 2100." in text_of(page)


def test_a_range_that_is_turned_round_says_so(client, log):
    response = client.get(LIST, {"from": "2026-07-31", "to": "2026-07-01"})
    assert "nothing lies between" in text_of(response)


def test_the_list_costs_the_same_at_any_length(client, user, log, django_assert_num_queries):
    client.get(LIST, JULY)
    with django_assert_num_queries(8):
        client.get(LIST, JULY)
    for number in range(60):
        entry(user, "99213", TUESDAY - timedelta(days=number % 10)).save()
    with django_assert_num_queries(8):
        response = client.get(LIST, JULY)
    assert "Page 2" in text_of(response)


def test_csv_has_every_entry_and_nothing_that_runs(client, user, log):
    Procedure.objects.filter(hcpcs="99213").update(note="=1+1")
    response = client.get(LIST, JULY | {"format": "csv"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("Date,Code,Custom code,Modifiers,Units")
    assert "2026-07-14,99213,,,6,,,,facility,Clinic,performed,,'=1+1,official,1.30,7.800000" in (
        "\n".join(lines)
    )
    assert response["Cache-Control"] == "private, no-store"


# One entry --------------------------------------------------------------------------------


def test_an_entry_shows_its_working_line_by_line(client, log):
    text = text_of(client.get(reverse("accounts:procedure", args=[log[4].pk])))
    assert "Work RVUs of 47562" in text
    assert "× 0.5" in text
    assert "5.105" in text
    assert "Release 2026C" in text


def test_an_entry_is_edited_and_the_edit_taken_back(client, log):
    one = log[0]
    address = reverse("accounts:procedure_change", args=[one.pk])
    typed = {"hcpcs": "99214", "performed_on": "2026-07-15", "units": "2", "role": "performed",
             "more_modifiers": "25", "site": "", "setting": "facility"}  # fmt: skip

    response = client.post(address, typed, follow=True)

    changed = Procedure.objects.get(pk=one.pk)
    assert (changed.hcpcs, changed.modifiers, changed.wrvu) == ("99214", "25", Decimal("3.84"))
    assert "7.80 wRVUs before, now 3.84 wRVUs" in text_of(response)
    client.post(reverse("accounts:undo"), {"undo": response.context["toast"]["id"]})
    assert Procedure.objects.get(pk=one.pk).hcpcs == "99213"


def test_a_bad_edit_keeps_what_was_typed(client, log):
    address = reverse("accounts:procedure_change", args=[log[0].pk])
    typed = {"hcpcs": "99999", "performed_on": "2026-07-15", "units": "x", "note": "a note"}
    response = client.post(address, typed)
    text = response.content.decode()
    assert response.status_code == 422
    assert "99999 is in no release here" in text
    assert 'value="a note"' in text
    assert Procedure.objects.get(pk=log[0].pk).hcpcs == "99213"


def test_an_edit_needs_a_code(client, log):
    address = reverse("accounts:procedure_change", args=[log[0].pk])
    response = client.post(address, {"hcpcs": "", "performed_on": "2026-07-15", "units": "1"})
    assert "Give a code, or choose one of your custom codes" in text_of(response)


def test_the_edit_page_shows_the_entry(client, log):
    page = client.get(reverse("accounts:procedure_change", args=[log[4].pk])).content.decode()
    assert 'name="more_modifiers" type="text" value="52"' in page
    assert 'value="2026-07-13"' in page
    assert '<option value="assisted" selected>' in page


def test_a_deleted_entry_can_be_put_back(client, log):
    one = log[0]
    client.post(reverse("accounts:procedure_delete", args=[one.pk]), {"next": LIST})
    assert not Procedure.objects.filter(pk=one.pk).exists()
    undo = client.get(LIST).context["toast"]["id"]
    response = client.post(reverse("accounts:undo"), {"undo": undo, "next": LIST})
    assert response["Location"] == LIST
    assert Procedure.objects.get(pk=one.pk).wrvu == Decimal("7.8")


@pytest.mark.parametrize("name", ["procedure", "procedure_change", "procedure_delete"])
@pytest.mark.parametrize("method", ["get", "post", "head", "put", "delete"])
def test_somebody_elses_entry_is_as_good_as_missing(client, log, name, method):
    client.force_login(UserFactory())
    theirs = getattr(client, method)(reverse(f"accounts:{name}", args=[log[0].pk]))
    missing = getattr(client, method)(reverse(f"accounts:{name}", args=[10**12]))
    assert theirs.status_code == missing.status_code
    assert theirs.status_code in {404, 405}
    assert Procedure.objects.filter(pk=log[0].pk).exists()


def test_a_number_beyond_any_row_is_missing(client):
    assert client.get(f"/procedures/{10**30}/").status_code == 404


# Many entries -----------------------------------------------------------------------------

CHANGE = "/procedures/change/"


def ticked(log, **fields):
    return {"entry": [one.pk for one in log], "next": LIST, **fields}


def test_a_bulk_change_shows_first_and_changes_then(client, log):
    shown = client.post(CHANGE, ticked(log[:1], do="add", modifier="52"))
    assert "7.80 now, 3.90 after" in text_of(shown)
    assert Procedure.objects.get(pk=log[0].pk).modifiers == ""

    response = client.post(CHANGE, ticked(log[:1], do="add", modifier="52", confirm="1"))
    assert response["Location"] == LIST
    one = Procedure.objects.get(pk=log[0].pk)
    assert (one.modifiers, one.wrvu) == ("52", Decimal("3.9"))


@pytest.mark.parametrize(
    ("fields", "name", "new"),
    [
        ({"do": "role", "role": "observed"}, "role", "observed"),
        ({"do": "date", "date": "2026-07-01"}, "performed_on", date(2026, 7, 1)),
        ({"do": "site", "site": ""}, "site_id", None),
        ({"do": "remove", "modifier": "52"}, "modifiers", ""),
    ],
)
def test_bulk_changes_reach_every_entry(client, log, fields, name, new):
    client.post(CHANGE, ticked(log, confirm="1", **fields))
    assert set(Procedure.objects.values_list(name, flat=True)) == {new}


def test_a_site_brings_its_setting(client, log):
    clinic = Site.objects.get(name="Clinic")
    client.post(CHANGE, ticked(log, do="site", site=clinic.pk, confirm="1"))
    assert set(Procedure.objects.values_list("setting", flat=True)) == {"nonfacility"}


def test_a_bulk_deletion_can_be_taken_back(client, log):
    shown = client.post(CHANGE, ticked(log, do="delete"))
    assert "Delete 5 entries?" in text_of(shown)
    client.post(CHANGE, ticked(log, do="delete", confirm="1"))
    assert not Procedure.objects.exists()
    client.post(reverse("accounts:undo"), {"undo": client.get(LIST).context["toast"]["id"]})
    assert Procedure.objects.count() == 5


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose what to do"),
        ({"do": "burn"}, "Choose what to do"),
        ({"do": "date"}, "Say on which day."),
        ({"do": "date", "date": "2199-01-01"}, "has not come yet"),
        ({"do": "role", "role": ""}, "Choose a role."),
        ({"do": "add", "modifier": ""}, "Say which modifier."),
        ({"do": "add", "modifier": "ABC"}, "is no modifier"),
    ],
)
def test_a_bulk_change_that_is_wrong_changes_nothing(client, log, fields, sentence):
    before = list(Procedure.objects.order_by("pk").values())
    response = client.post(CHANGE, ticked(log, confirm="1", **fields))
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert list(Procedure.objects.order_by("pk").values()) == before


def test_nothing_ticked_says_so(client, log):
    client.post(CHANGE, {"do": "delete", "confirm": "1", "next": LIST, "entry": ["x", "9" * 40]})
    assert "Tick the entries" in text_of(client.get(LIST))
    assert Procedure.objects.count() == 5


def test_entries_of_others_are_not_among_the_ticked(client, log):
    client.force_login(UserFactory())
    client.post(CHANGE, ticked(log, do="delete", confirm="1"))
    assert Procedure.objects.count() == 5


# Counting anew ----------------------------------------------------------------------------

ANEW = "/procedures/recalculate/"
RANGE = {"from": "2026-07-01", "to": "2026-07-31"}


def test_a_release_changes_nothing_until_it_is_confirmed(client, log):
    load(package("2026D", rates=rates("12.21")), confirmed=True)
    Procedure.objects.filter(hcpcs="47562").update(performed_on=date(2026, 10, 2))
    october = {"from": "2026-10-01", "to": "2026-10-31"}
    assert "Nothing would change" in text_of(client.get(ANEW, october))  # loaded, not yet shown

    activate("2026D")
    response = client.get(ANEW, october)
    text = text_of(response)
    assert "1 entry would change" in text
    assert "2026C: 5.11 → 2026D: 6.11" in text  # 12.21 × 50% = 6.105, printed half up
    assert Procedure.objects.get(hcpcs="47562").release == "2026C"

    mark = response.context["mark"]
    client.post(ANEW, october | {"mark": mark})
    one = Procedure.objects.get(hcpcs="47562")
    assert (one.release, one.wrvu) == ("2026D", Decimal("6.105"))
    assert "Nothing would change" in text_of(client.get(ANEW, october))


def test_only_what_was_seen_is_applied(client, log):
    Procedure.objects.filter(hcpcs="47562").update(wrvu=1)
    mark = client.get(ANEW, RANGE).context["mark"]
    Procedure.objects.filter(hcpcs="99213").update(wrvu=1)
    response = client.post(ANEW, RANGE | {"mark": mark})
    assert response.status_code == 422
    assert "changed meanwhile" in text_of(response)
    assert set(Procedure.objects.filter(hcpcs="47562").values_list("wrvu", flat=True)) == {1}


def test_a_range_to_count_anew_that_is_turned_round_says_so(client, log):
    response = client.get(ANEW, {"from": "2026-07-31", "to": "2026-07-01"})
    assert response.status_code == 422
    assert "is before July 31, 2026" in text_of(response)


# Sites and custom codes -------------------------------------------------------------------


def test_a_site_is_added_changed_and_retired(client, user):
    client.post("/sites/add/", {"name": "Surgery  center", "setting": "facility"})
    site = Site.objects.get(name="Surgery center")
    client.post(f"/sites/{site.pk}/", {"name": "ASC", "setting": "facility", "is_retired": "on"})
    site.refresh_from_db()
    assert (site.name, site.is_retired, site.user) == ("ASC", True, user)
    assert "retired" in text_of(client.get("/sites/"))
    assert "ASC" not in text_of(client.get("/log/"))


def test_two_sites_do_not_share_a_name(client):
    response = client.post("/sites/add/", {"name": "clinic", "setting": "facility"})
    assert response.status_code == 422
    assert "You have “clinic” already" in text_of(response)


def test_a_custom_code_is_added_and_changed(client, user):
    typed = {"name": "Call, weekend", "hcpcs": "", "wrvu": "2.5", "reason": "Contract"}
    client.post("/custom-codes/add/", typed)
    code = CustomCode.objects.get()
    assert (code.user, code.wrvu) == (user, Decimal("2.5"))
    client.post(f"/custom-codes/{code.pk}/", typed | {"wrvu": "3", "is_retired": "on"})
    code.refresh_from_db()
    assert (code.wrvu, code.is_retired) == (3, True)
    assert "Call, weekend retired" in text_of(client.get("/custom-codes/"))
    assert "Call, weekend" not in text_of(client.get("/log/"))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Give it a name"),
        ({"name": "Jane Doe, born 01/02/1980"}, "Nothing about a patient"),
        ({"hcpcs": "123"}, "123 is no code"),
        ({"wrvu": "much"}, "Write wRVUs as a number"),
        ({"wrvu": "-1"}, "greater than or equal to 0"),
        ({"reason": ""}, "Say where the value comes from"),
    ],
)
def test_a_bad_custom_code_is_refused(client, fields, sentence):
    typed = {"name": "Call", "hcpcs": "", "wrvu": "2.5", "reason": "Contract"} | fields
    response = client.post("/custom-codes/add/", typed)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert not CustomCode.objects.exists()


@pytest.mark.parametrize("address", ["/sites/{}/", "/custom-codes/{}/"])
def test_what_belongs_to_somebody_else_is_missing(client, address):
    other = UserFactory()
    site = Site.objects.create(user=other, name="Theirs")
    code = CustomCode.objects.create(user=other, name="Theirs", wrvu=1, reason="x")
    pk = site.pk if "sites" in address else code.pk
    assert client.get(address.format(pk)).status_code == 404
    assert client.post(address.format(pk), {"name": "Mine now"}).status_code == 404


def test_a_case_is_shown_with_its_other_entries(client, user):
    case = uuid.uuid4()
    done = entries.add(
        user, [entry(user, code, TUESDAY, case=case) for code in ("47562", "47600")]
    )
    page = text_of(client.get(reverse("accounts:procedure", args=[done.procedures[0].pk])))
    assert "Of the same case" in page
    assert "47600" in page
