"""The quick log: one tap logs, what is wrong is said, nothing typed is lost."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.entry_lines import credited_words
from accounts.models import CustomCode, Procedure, Site
from tests.accounts.logs import entry, prepared, text_of, typed
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LOG = "/log/"


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(client, user):
    prepared(user)
    client.force_login(user)
    return client


def test_one_tap_logs_a_favorite_for_today(client, user):
    response = client.post(LOG, typed(code="47562"))

    assert response.status_code == 302
    one = Procedure.objects.get(user=user)
    assert (one.hcpcs, one.units, one.kind) == ("47562", 1, "official")
    assert one.performed_on == timezone.localdate()
    assert (one.wrvu, one.release) == (Decimal("10.21"), "2026C")
    assert "Logged 47562, 10.21 wRVUs, today" in text_of(client.get(LOG))
    assert "Logged 47562" not in text_of(client.get(LOG))  # said once


def test_the_same_tap_sent_twice_is_kept_once(client, user):
    tap = typed(code="47562")
    client.post(LOG, tap)
    client.post(LOG, tap)

    assert Procedure.objects.count() == 1
    assert "Sent twice, it is kept once" in text_of(client.get(LOG))


def test_another_code_from_the_same_page_is_another_entry(client):
    tap = typed(code="47562")
    client.post(LOG, tap)
    client.post(LOG, tap | {"code": "99213"})

    assert Procedure.objects.count() == 2


def test_modifiers_and_units_count(client):
    client.post(LOG, typed(code="47562", modifier=["52"]))
    client.post(LOG, typed(code="99213", units="6"))

    cholecystectomy, visits = Procedure.objects.order_by("pk")
    assert (cholecystectomy.modifiers, cholecystectomy.wrvu) == ("52", Decimal("5.105"))
    assert visits.wrvu == Decimal("7.80")  # 6 × 1.30


def test_a_modifier_that_a_code_cannot_carry_is_refused_and_stays_typed(client):
    response = client.post(LOG, typed(code="99213", modifier=["80"], units="3"))

    assert response.status_code == 422
    text = response.content.decode()
    assert "99213 cannot carry 80" in text
    assert 'name="units" inputmode="numeric" autocomplete="off" value="3"' in text
    assert not Procedure.objects.exists()


def test_a_modifier_written_by_hand_is_taken(client):
    client.post(LOG, typed(code="99213", more_modifiers="25 q6"))
    assert Procedure.objects.get().modifiers == "25,Q6"


def test_day_and_place_are_kept_for_the_next_entry_but_modifiers_are_not(client, user):
    clinic = Site.objects.get(name="Clinic")
    client.post(LOG, typed(code="99213", day="yesterday", site=clinic.pk, modifier=["25"]))

    one = Procedure.objects.get()
    assert one.performed_on == timezone.localdate() - timedelta(days=1)
    assert (one.site, one.setting) == (clinic, "nonfacility")
    page = client.get(LOG).content.decode()
    assert 'value="yesterday" checked' in page
    assert f'<option value="{clinic.pk}" selected>' in page
    assert 'value="25" checked' not in page


def test_a_set_logs_all_its_codes(client, user):
    code_set = user.codesets.get()
    tap = typed(set=str(code_set.pk))
    client.post(LOG, tap)
    client.post(LOG, tap)

    assert [(one.hcpcs, one.units) for one in Procedure.objects.order_by("pk")] == [
        ("99213", 6),
        ("99214", 2),
    ]
    # 6 × 1.30 + 2 × 1.92
    assert "logged already" in text_of(client.get(LOG))


def test_a_custom_code_counts_its_own_value_and_is_marked(client, user):
    custom = CustomCode.objects.create(
        user=user, name="Call, weekend", wrvu=Decimal("2.5"), reason="Contract"
    )
    client.post(LOG, typed(custom=str(custom.pk), units="2"))

    one = Procedure.objects.get()
    assert (one.kind, one.wrvu) == ("estimate", Decimal("5.00"))
    assert "5.00 wRVUs, an own value" in text_of(client.get(LOG))


def test_anesthesia_asks_for_units_and_minutes_and_counts_them_apart(client):
    response = client.post(LOG, typed(code="00790"))
    assert response.status_code == 422
    assert 'name="minutes"' in response.content.decode()

    client.post(LOG, typed(code="00790", base_units="7", minutes="129"))
    one = Procedure.objects.get()
    assert (one.kind, one.asa_units, one.wrvu) == ("asa", Decimal("15.6"), 0)


def test_minutes_typed_for_another_code_do_not_stick(client):
    client.post(LOG, typed(code="99213", minutes="129"))
    assert Procedure.objects.get().minutes is None


def test_the_same_case_ranks_the_procedures(client):
    client.post(LOG, typed(code="47562"))
    client.post(LOG, typed(code="47600", joins=str(Procedure.objects.get().key)))

    first, second = Procedure.objects.order_by("pk")
    assert first.case == second.case is not None


def test_a_case_lies_on_one_day(client):
    client.post(LOG, typed(code="47562"))
    key = str(Procedure.objects.get().key)
    response = client.post(LOG, typed(code="47600", day="yesterday", joins=key))
    assert response.status_code == 422
    assert "A case lies on one day" in text_of(response)


def test_words_find_codes_that_log_with_one_tap(client):
    response = client.post(LOG, typed(q="gallbladder", find="1"))
    page = response.content.decode()
    assert 'name="code" value="47562"' in page
    assert 'name="code" value="47600"' in page


def test_a_code_typed_whole_is_chosen_with_its_modifiers(client):
    page = client.post(LOG, typed(q="99213", find="1")).content.decode()
    assert "Log 99213</button>" in page
    assert 'name="modifier" value="25"' in page
    assert 'name="modifier" value="80"' not in page


def test_unit_buttons_work_without_a_script(client):
    page = client.post(LOG, typed(step="1", units="2")).content.decode()
    assert 'autocomplete="off" value="3"' in page
    page = client.post(LOG, typed(step="-1", units="1")).content.decode()
    assert 'autocomplete="off" value="1"' in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"code": "99999"}, "99999 is in no release here"),
        ({"code": "9921"}, "9921 is no code"),
        ({"code": "99213", "units": "0"}, "At least 1 unit."),
        ({"code": "99213", "units": "many"}, "Write a whole number."),
        ({"code": "99213", "day": "other"}, "Say on which day"),
        ({"code": "99213", "day": "other", "date": "tomorrow"}, "Write the date as"),
        ({"code": "99213", "day": "other", "date": "2199-01-01"}, "has not come yet"),
        ({"code": "99213", "day": "other", "date": "1999-12-31"}, "too long ago"),
        ({"code": "99213", "site": "0"}, "none of your sites"),
        ({"code": "99213", "more_modifiers": "ABC"}, "ABC is no modifier"),
        ({"code": "99213", "note": "MRN 1234567"}, "looks like a record number"),
        ({"code": "99213", "key": "x"}, "did not arrive whole"),
        ({"set": "0"}, "no longer there"),
        ({"custom": "abc"}, "no longer offered"),
        ({"repeat": "2020-13-45"}, "nothing on that day"),
        ({"find": "1"}, "Type a code or a word"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_logged(client, fields, sentence):
    response = client.post(LOG, typed() | fields)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert not Procedure.objects.exists()


def test_yesterday_can_be_repeated(client, user):
    yesterday = timezone.localdate() - timedelta(days=1)
    case = uuid.uuid4()
    for hcpcs in ("47562", "47600"):
        one = entry(user, hcpcs, yesterday, case=case)
        one.save()
    assert "Repeat yesterday: 2 entries" in text_of(client.get(LOG))

    client.post(LOG, typed(repeat=yesterday.isoformat()))

    today = Procedure.objects.filter(performed_on=timezone.localdate())
    assert sorted(today.values_list("hcpcs", flat=True)) == ["47562", "47600"]
    assert len({one.case for one in today} - {case}) == 1


def test_undo_takes_the_last_entry_back_once(client):
    client.post(LOG, typed(code="47562"))
    page = client.get(LOG)
    undo = page.context["toast"]["id"]

    client.post(reverse("accounts:undo"), {"undo": undo})
    assert not Procedure.objects.exists()
    client.post(reverse("accounts:undo"), {"undo": undo})
    assert "taken back already" in text_of(client.get(LOG))


def test_undo_goes_nowhere_else(client):
    client.post(LOG, typed(code="47562"))
    undo = client.get(LOG).context["toast"]["id"]
    response = client.post(
        reverse("accounts:undo"), {"undo": undo, "next": "https://elsewhere.example/"}
    )
    assert response["Location"] == LOG


def test_the_page_costs_the_same_at_any_length(client, user, django_assert_num_queries):
    client.get(LOG)  # makes the profile, fills what the process remembers
    for hcpcs in ("47562", "99213", "99214", "45378"):
        entry(user, hcpcs, timezone.localdate()).save()
    with django_assert_num_queries(QUERIES):
        client.get(LOG)
    for hcpcs in ("47600", "70450", "99381"):
        user.trackedcodes.create(hcpcs=hcpcs, is_favorite=True)
        entry(user, hcpcs, timezone.localdate()).save()
    with django_assert_num_queries(QUERIES):
        client.get(LOG)


QUERIES = 15


def test_a_stranger_is_led_to_sign_in(client):
    client.logout()
    response = client.get(LOG)
    assert response.status_code == 302
    assert "next=/log/" in response["Location"]


def test_the_page_is_never_kept(client):
    assert client.get(LOG)["Cache-Control"] == "private, no-store"


def test_somebody_elses_things_are_not_there(client, user):
    other = UserFactory()
    site = Site.objects.create(user=other, name="Elsewhere")
    custom = CustomCode.objects.create(user=other, name="Theirs", wrvu=1, reason="x")
    stored = entry(other, day=timezone.localdate())
    stored.save()

    assert client.post(LOG, typed(code="99213", site=site.pk)).status_code == 422
    assert client.post(LOG, typed(custom=str(custom.pk))).status_code == 422
    assert client.post(LOG, typed(code="99213", joins=str(stored.key))).status_code == 422
    assert not Procedure.objects.filter(user=user).exists()
    assert "Elsewhere" not in text_of(client.get(LOG))


def test_of_a_day_without_a_release_any_modifier_is_taken(client, user):
    """Nobody knows what a code could carry then."""
    long_ago = {"day": "other", "date": "2003-05-06", "modifier": "25"}
    client.post(LOG, typed(code="99213", **long_ago))

    one = Procedure.objects.get(user=user)
    assert (one.modifiers, one.kind) == ("25", "none")


def test_a_value_for_reference_that_does_not_count_is_no_zero():
    one = entry(None, hcpcs="99381", kind="reference", wrvu=Decimal(0))

    assert credited_words(one) == "for reference only, not counted"
