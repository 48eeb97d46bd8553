"""Every private address of the site, found by walking the URL configuration.

A stranger is led to sign-in by each, for GET and POST; nothing keeps a copy of an answer; and no
GET changes a row.
"""

import re

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import Profile
from tests.accounts.belongings import everything_of
from tests.codes.little_release import load_release
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

# Open to strangers: they lead into an account, or tell somebody who has left.
ENTRANCE = {
    "account_login",
    "account_signup",
    "account_logout",
    "account_inactive",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_login_webauthn",
    "accounts:deleted",
}
# Steps of signing in: whoever is not in the middle of it begins anew.
STEPS = {"account_confirm_login_code", "mfa_authenticate", "mfa_trust"}
# What a phone needs before anybody has signed in, and what a mail leads to: nothing private.
OPEN = {
    "accounts:stop_mails",
    "accounts:manifest",
    "accounts:log_worker",
    "accounts:log_shell",
    "accounts:contact",
    "accounts:contact_thanks",
}

VALUES = {
    "pk": 1, "hcpcs": "47562", "key": "nonsense", "uidb36": "1", "token": "nonsense",
    "year": 2026, "month": 7, "slug": "codes",
}  # fmt: skip


def named(patterns, space="", above=()):
    """Yield the names of all addresses under these patterns, with the arguments that they take."""
    for pattern in patterns:
        own = {*above, *pattern.pattern.converters, *pattern.pattern.regex.groupindex}
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from named(pattern.url_patterns, inner, own)
        elif pattern.name:
            yield f"{space}{pattern.name}", own


def private_addresses():
    """Return {name: address} of everything that belongs to accounts, the entrance included."""
    found = {}
    for name, arguments in named(get_resolver().url_patterns):
        if name.startswith("accounts:") or name.startswith(
            ("account_", "mfa_", "usersessions_", "totp_")
        ):
            found[name] = reverse(name, kwargs={key: VALUES.get(key, 1) for key in arguments})
    return found


ADDRESSES = private_addresses()
PRIVATE = {name: path for name, path in ADDRESSES.items() if name not in ENTRANCE | STEPS | OPEN}
# allauth asks for reauthentication before it looks who is there; that leads to sign-in as well.
LEADS_TO = re.compile(r"/account/login/(\?next=.+)?$")


def test_the_walk_finds_the_addresses():
    assert PRIVATE["accounts:account"] == "/account/"
    assert len(PRIVATE) > 20
    unknown = (ENTRANCE | STEPS) - ADDRESSES.keys()
    assert unknown == set()


@pytest.mark.parametrize("name", sorted(PRIVATE))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_led_to_sign_in(client, name, method):
    answer = getattr(client, method)(PRIVATE[name])
    assert answer.status_code == 302, (name, answer.status_code)
    assert LEADS_TO.search(answer.url), (name, answer.url)
    assert "private" in answer["Cache-Control"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("name", sorted(STEPS & ADDRESSES.keys()))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_step_of_signing_in_cannot_be_entered_from_outside(client, name, method):
    answer = getattr(client, method)(ADDRESSES[name])
    assert answer.url == "/account/login/"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("name", sorted(ENTRANCE))
def test_the_entrance_is_open_and_kept_nowhere(client, name):
    answer = client.get(ADDRESSES[name])
    assert answer.status_code in {200, 302}
    assert "no-store" in answer["Cache-Control"]


def test_every_change_takes_a_token():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(PersonFactory())
    for name in ADDRESSES.keys() - OPEN:
        answer = strict.post(ADDRESSES[name])
        assert answer.status_code in {403, 405}, (name, answer.status_code)


# What reading does write: the profile that is made at the first page, the session, and
# housekeeping of allauth (sessions that have ended; the address that an administrator typed).
_ALSO_BY_READING = {"accounts.profile", "sessions.session", "accounts.attemptcount"}


def rows():
    return {
        model._meta.label_lower: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.app_label in {"accounts", "account", "mfa", "usersessions", "blog"}
        and model._meta.label_lower not in _ALSO_BY_READING
    }


def test_no_get_changes_anything(client):
    load_release()
    user = PersonFactory(email="ana@example.org")
    client.force_login(user)
    everything_of(user)
    Profile.objects.get_or_create(user=user)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": 4_000_000_000, "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    client.get("/account/sessions/")  # forgets the session of belongings.py, which is none
    before, profile = rows(), list(Profile.objects.values())
    for name, path in ADDRESSES.items():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            answer = client.get(path)
        assert answer.status_code < 500, name
        written = [
            query["sql"][:80]
            for query in seen.captured_queries
            if re.match(r"(INSERT|UPDATE|DELETE)", query["sql"])
            and "django_session" not in query["sql"]
            and "attemptcount" not in query["sql"]
        ]
        assert written == [], name
    assert rows() == before
    assert list(Profile.objects.values()) == profile
