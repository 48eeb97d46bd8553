"""What the log has for a phone without a network, as the server sees it."""

import json
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Procedure
from accounts.views.log import owner_mark
from tests.accounts.logs import entry, prepared, text_of, typed
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SEND = "/log/send/"


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(client, user):
    prepared(user)
    client.force_login(user)
    return client


def sent(user, **fields):
    today = timezone.localdate().isoformat()
    return typed(owner=owner_mark(user), day="other", date=today, **fields)


def test_an_entry_that_is_sent_often_is_kept_once_under_its_own_key(client, user):
    body = sent(user, code="47562", later="1")
    first, second = client.post(SEND, body), client.post(SEND, body)
    assert first.json()["text"] == "Logged 47562, 10.21 wRVUs, today"
    assert "kept once" in second.json()["text"]
    assert Procedure.objects.get().key == uuid.UUID(body["key"])


def test_what_is_sent_at_once_can_be_taken_back(client, user):
    client.post(SEND, sent(user, code="47562"))
    toast = client.get("/log/").context["toast"]
    client.post(reverse("accounts:undo"), {"undo": toast["id"]})
    assert not Procedure.objects.exists()


def test_what_is_sent_later_leaves_the_settings_alone(client, user):
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    client.post(SEND, sent(user, code="47562", later="1") | {"date": yesterday})
    response = client.get("/log/")
    assert response.context["toast"] is None
    assert 'value="today" checked' in response.content.decode()


def test_a_phone_may_be_a_day_ahead_but_not_two(client, user):
    days = [(timezone.localdate() + timedelta(days=n)).isoformat() for n in (1, 2)]
    assert client.post(SEND, sent(user, code="47562") | {"date": days[0]}).status_code == 200
    refused = client.post(SEND, sent(user, code="47562") | {"date": days[1]})
    assert refused.status_code == 422
    assert "has not come yet" in refused.json()["errors"][0]


def test_a_refusal_names_what_is_wrong(client, user):
    response = client.post(SEND, sent(user, code="99213", modifier=["52"]))
    assert response.status_code == 422
    assert response.json()["errors"][0].startswith("99213 cannot carry 52")


def test_an_entry_without_a_code_is_refused_with_a_sentence(client, user):
    response = client.post(SEND, sent(user))
    assert response.status_code == 422
    assert response.json()["errors"][0].startswith("Give a code")


def test_a_case_is_joined_by_the_key_that_the_phone_gave(client, user):
    first = sent(user, code="47562")
    client.post(SEND, first)
    client.post(SEND, sent(user, code="47600", joins=first["key"]))
    assert len(set(Procedure.objects.values_list("case", flat=True)) - {None}) == 1


def test_what_somebody_else_typed_is_not_taken(client, user):
    body = sent(UserFactory(), code="47562")
    assert client.post(SEND, body).status_code == 409
    assert not Procedure.objects.exists()


def test_sending_takes_a_token(user, client):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    body = sent(user, code="47562")
    assert strict.post(SEND, body).status_code == 403
    ticket = strict.get("/log/token/").json()
    assert ticket["owner"] == owner_mark(user)
    headers = {"X-CSRFToken": ticket["token"]}
    assert strict.post(SEND, body, headers=headers).status_code == 200
    assert Procedure.objects.get().wrvu == Decimal("10.21")


@pytest.mark.parametrize("address", ["/log/token/", "/log/shell/", SEND])
def test_a_stranger_is_led_away(client, address):
    client.logout()
    response = client.post(address) if address == SEND else client.get(address)
    assert response.status_code == 302
    assert response["Cache-Control"] == "private, no-store"


def test_the_shell_has_the_favorites_but_no_entry_and_no_token(client, user):
    entry(user, "45378", timezone.localdate()).save()
    response = client.get("/log/shell/")
    page = response.content.decode()
    assert 'name="code" value="47562"' in page
    assert "There is no network" in text_of(response)
    assert "45378" not in page
    assert "csrfmiddlewaretoken" not in page


def test_the_worker_and_the_manifest_are_for_everyone():
    client = Client()
    worker = client.get("/log-worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert not worker.cookies
    manifest = client.get("/manifest.webmanifest")
    assert manifest["Content-Type"] == "application/manifest+json"
    described = json.loads(manifest.content)
    assert (described["start_url"], described["display"]) == ("/log/", "standalone")
    assert {icon["sizes"] for icon in described["icons"]} == {"any", "192x192", "512x512"}


def test_the_scripts_of_the_log_stay_small():
    from django.conf import settings

    folder = settings.BASE_DIR / "rvuedge" / "static" / "js"
    names = ("site.js", "log.js", "kept.js", "log-worker.js")
    assert sum((folder / name).stat().st_size for name in names) <= 20_000
