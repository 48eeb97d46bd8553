"""Getting in and out: sign-up, sign-in, reset, sessions, the second factor, and its limits."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from allauth.account import views as account_views
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from allauth.mfa.base import views as base_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.webauthn import views as webauthn_views
from allauth.usersessions import views as session_views
from allauth.usersessions.models import UserSession
from django.conf import settings as site_settings
from django.contrib.auth import hashers
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache, caches
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connections
from django.template.loader import get_template
from django.test import Client

from accounts import limits
from accounts.adapters import AccountAdapter, SecondFactorAdapter
from accounts.models import AttemptCount, AuditEntry, User
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NEW = "staple paper lantern"
SECRET = "JBSWY3DPEHPK3PXP"
SIGN_IN, SIGN_UP, RESET = "/account/login/", "/account/signup/", "/account/password/reset/"


def person(email="ana@example.org", **more):
    return PersonFactory(email=email, **more)


def sign_in(client, email="ana@example.org", password=PASSWORD, **more):
    return client.post(SIGN_IN, {"login": email, "password": password, **more})


def is_signed_in(client):
    return "_auth_user_id" in client.session


def link_in(message):
    """Return the path of the link in a mail."""
    return urlsplit(re.search(r"http://\S+/account/\S+", message.body)[0]).path


def code_now():
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


def with_app(user):
    """Give somebody an authenticator app and backup codes."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    Authenticator.objects.create(user=user, type="totp", data={"secret": SECRET})
    return RecoveryCodes.activate(user).get_unused_codes()


# Signing up ---------------------------------------------------------------------------------


def test_an_account_is_made_by_a_form_a_mail_and_a_button(client):
    answer = client.post(SIGN_UP, {"email": "Ana@Example.org", "password1": PASSWORD})
    assert answer.url == "/account/confirm-email/"
    user = User.objects.get()
    assert (user.email, user.is_staff) == ("ana@example.org", False)
    assert not is_signed_in(client)

    link = link_in(mail.outbox[0])
    before = client.session.session_key
    page = client.get(link)
    assert "ana@example.org" in page.content.decode()
    assert not EmailAddress.objects.get().verified  # to look at the link changes nothing

    assert client.post(link).url == "/welcome/"
    assert is_signed_in(client)
    assert EmailAddress.objects.get().verified
    assert client.session.session_key != before


def test_the_link_alone_signs_nobody_in(client):
    client.post(SIGN_UP, {"email": "ana@example.org", "password1": PASSWORD})
    elsewhere = Client()
    elsewhere.post(link_in(mail.outbox[0]))
    assert EmailAddress.objects.get().verified
    assert not is_signed_in(elsewhere)


def test_nobody_gets_in_before_the_address_is_confirmed(client):
    UserFactory(email="ana@example.org")
    answer = sign_in(client)
    assert answer.url == "/account/confirm-email/"
    assert not is_signed_in(client)
    assert len(mail.outbox) == 1


def test_a_superuser_made_by_command_has_a_confirmed_address(client):
    User.objects.create_superuser("root@example.org", PASSWORD)
    assert sign_in(client, "root@example.org").url == "/dashboard/"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "too short"),
        ("123456789012", "entirely numeric"),
        ("ana@example.org", "too similar"),
        ("", "Choose a password."),
    ],
)
def test_a_weak_password_is_refused_and_the_address_kept(client, password, sentence):
    answer = client.post(SIGN_UP, {"email": "ana@example.org", "password1": password})
    page = answer.content.decode()
    assert sentence in page
    assert 'value="ana@example.org"' in page
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("address", "field"),
    [(SIGN_IN, "login"), (SIGN_UP, "email"), (RESET, "email"), ("/account/email/", "email")],
)
def test_a_line_break_in_an_address_is_an_error_of_the_form(client, address, field):
    user = person()
    client.force_login(user) if address == "/account/email/" else None
    values = {field: "ana@example.org\nBcc: all@example.org", "action_add": ""}
    answer = client.post(address, values | {"password": PASSWORD, "password1": PASSWORD})
    assert answer.status_code == 200
    assert "Enter one email address, on one line." in answer.content.decode()
    assert mail.outbox == []


@pytest.mark.parametrize("address", [SIGN_IN, SIGN_UP, RESET])
@pytest.mark.parametrize("junk", ["a\0b@example.org", "x" * 20_000, "\ud800@example.org", "'--"])
def test_junk_is_an_error_of_the_form(client, address, junk):
    body = f"login={junk}&email={junk}&password=x".encode("utf-8", "surrogatepass")
    answer = client.post(address, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200


# Nobody learns who has an account -------------------------------------------------------------


def plain(answer, email):
    """Return what a stranger sees of an answer, without their own address and the token."""
    page = answer.content.decode().replace(email, "…")
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    return answer.status_code, answer.headers.get("Location"), sorted(answer.cookies), page


@pytest.mark.parametrize(
    ("address", "values"),
    [
        (SIGN_IN, {"password": "not the password"}),
        (RESET, {}),
        (SIGN_UP, {"password1": PASSWORD}),
    ],
)
def test_known_and_unknown_addresses_get_the_same_answer(address, values):
    person("known@example.org")
    seen = []
    for email in ("known@example.org", "other@example.org"):
        client = Client()
        answer = client.post(address, {"login": email, "email": email, **values})
        after = client.get(answer.url) if answer.status_code == 302 else answer
        seen.append((plain(answer, email), plain(after, email)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("address", [RESET, SIGN_UP])
def test_both_get_a_mail_and_it_tells_its_reader_alone(client, address):
    person("known@example.org")
    for email in ("known@example.org", "other@example.org"):
        Client().post(address, {"email": email, "password1": PASSWORD})
    assert [message.to for message in mail.outbox] == [
        ["known@example.org"],
        ["other@example.org"],
    ]
    assert mail.outbox[0].subject != mail.outbox[1].subject


def test_signing_up_hashes_a_password_for_known_addresses_too(monkeypatch):
    person("known@example.org")
    hashed = []
    monkeypatch.setattr(
        "accounts.forms.entrance.make_password", lambda password: hashed.append(password)
    )
    Client().post(SIGN_UP, {"email": "known@example.org", "password1": PASSWORD})
    assert hashed == [PASSWORD]


# Limits -------------------------------------------------------------------------------------


def test_after_five_wrong_passwords_the_right_one_is_refused_unhashed(client, monkeypatch):
    person()
    for _ in range(5):
        assert sign_in(client, password="wrong").status_code == 200
    calls = []
    monkeypatch.setattr(hashers, "verify_password", lambda *_: calls.append(1))
    monkeypatch.setattr(hashers, "make_password", lambda *_: calls.append(1))
    answer = sign_in(client)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "300"
    assert "Wait five minutes" in answer.content.decode()
    assert 'value="ana@example.org"' in answer.content.decode()
    assert calls == []
    assert not is_signed_in(client)


def test_an_unknown_address_is_limited_in_the_same_way(client):
    codes = [sign_in(client, "nobody@example.org").status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]


def test_attempts_are_counted_in_the_database_whatever_the_cache_does(client):
    person()
    for _ in range(5):
        sign_in(client, password="wrong")
        cache.clear()  # as if its server had died
    assert sign_in(client).status_code == 429
    assert not any("ana" in count.cache_key for count in AttemptCount.objects.all())


def test_signing_in_needs_no_cache(client, settings):
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "rvuedge.cache.GuardedRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        },
    }
    person()
    assert sign_in(client).url == "/dashboard/"
    codes = [sign_in(Client(), "nobody@example.org").status_code for _ in range(6)]
    assert codes[-1] == 429


def test_a_success_takes_its_own_attempt_back_only(client):
    person()
    for _ in range(4):
        sign_in(client, password="wrong")
    assert sign_in(client).url == "/dashboard/"
    client.logout()
    assert sign_in(client, password="wrong").status_code == 200
    assert sign_in(client).status_code == 429


def test_the_table_of_counts_stays_small_and_loses_nothing_in_force(monkeypatch):
    counts = caches[limits.ALIAS]
    monkeypatch.setattr(counts, "_max_entries", 3)
    for number in range(5):
        counts.set(f"old {number}", 1, timeout=-5)
    for number in range(5):
        counts.set(f"new {number}", number, timeout=60)
    assert [counts.get(f"new {number}") for number in range(5)] == [0, 1, 2, 3, 4]
    assert AttemptCount.objects.count() == 5


@pytest.mark.parametrize(
    ("address", "values", "most"),
    [
        (SIGN_UP, {"email": "x", "password1": "x"}, 20),
        (SIGN_IN, {"login": "x", "password": "x"}, 30),
    ],
)
def test_each_form_has_a_limit_for_one_address(client, address, values, most):
    for _ in range(most):
        assert client.post(address, values).status_code == 200
    answer = client.post(address, values)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "300"
    assert "Wait five minutes" in answer.content.decode()
    assert client.post(address, values, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_an_address_that_a_proxy_of_ours_did_not_write_is_not_believed(rf, settings):
    request = rf.get("/", headers={"X-Forwarded-For": "192.0.2.1, 192.0.2.2"})
    adapter = AccountAdapter()
    assert adapter.get_client_ip(request) == "127.0.0.1"
    settings.TRUSTED_PROXIES = 1
    assert adapter.get_client_ip(request) == "192.0.2.2"
    settings.TRUSTED_PROXIES = 3  # more than there are: whoever connects
    assert adapter.get_client_ip(request) == "127.0.0.1"


def test_a_whole_ipv6_network_counts_as_one(rf):
    addresses = {
        ratelimit.get_ip(rf.get("/", REMOTE_ADDR=address))
        for address in ("2001:db8::1", "2001:db8::ffff")
    }
    assert addresses == {"2001:db8::"}


def test_somebody_without_an_address_can_sign_in(client):
    person()
    client.post(SIGN_IN, {"login": "ana@example.org", "password": PASSWORD}, REMOTE_ADDR="")
    assert is_signed_in(client)


# Sessions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "next_url",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://testserver.evil.example/",
        "http://www.localhost/",
        "\thttps://evil.example/",
    ],
)
def test_next_never_leaves_the_site(client, next_url):
    person()
    assert sign_in(client, next=next_url).url == "/dashboard/"
    assert client.post("/account/logout/", {"next": next_url}).url == "/"


def test_next_leads_back_within_the_site(client):
    person()
    assert sign_in(client, next="/track/47562/?a=1").url == "/track/47562/?a=1"


def test_the_session_is_another_one_after_signing_in(client):
    person()
    client.post(RESET, {"email": "x@example.org"})
    session = client.session
    session["seen"] = 1
    session.save()
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_out_ends_the_session_on_the_server(client):
    person()
    sign_in(client)
    key = client.session.session_key
    answer = client.post("/account/logout/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not Session.objects.filter(session_key=key).exists()


def test_a_link_to_sign_out_asks_first(client):
    client.force_login(person())
    assert client.get("/account/logout/").status_code == 200
    assert is_signed_in(client)


def test_a_change_of_the_password_ends_all_other_sessions(client):
    person()
    other = Client()
    sign_in(client)
    sign_in(other)
    answer = client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW})
    assert answer.status_code == 302
    assert client.get("/account/2fa/").status_code == 200
    assert other.get("/account/2fa/").status_code == 302
    assert mail.outbox[-1].subject == "Your RVU Edge password was changed"


def test_a_reset_by_mail_ends_all_sessions(client):
    person()
    sign_in(client)
    stranger = Client()
    stranger.post(RESET, {"email": "ana@example.org"})
    link = link_in(mail.outbox[0])
    form = stranger.get(link).url
    assert stranger.get(form).status_code == 200
    assert stranger.post(form, {"password1": NEW}).status_code == 302
    assert client.get("/account/2fa/").status_code == 302
    assert sign_in(Client(), password=NEW).url == "/dashboard/"
    assert "does not work any more" in Client().get(link).content.decode()


@pytest.mark.parametrize("path", ["zzzzzzzzzzzzzzzzzzzz-x", "1-x", "0-é", "1-set-password"])
def test_a_link_that_nobody_sent_resets_nothing(client, path):
    answer = client.get(f"/account/password/reset/key/{path}/")
    assert "does not work any more" in answer.content.decode()


def test_to_open_the_link_of_another_account_ends_no_session(client):
    person()
    person("other@example.org")
    Client().post(RESET, {"email": "other@example.org"})
    client.post(SIGN_UP, {"email": "third@example.org", "password1": PASSWORD})
    client.force_login(User.objects.get(email="ana@example.org"))
    reset, confirmation = (link_in(message) for message in mail.outbox)
    client.get(client.get(reset).url)
    client.get(confirmation)
    assert client.session["_auth_user_id"] == str(User.objects.get(email="ana@example.org").pk)


def test_sessions_are_listed_and_the_others_ended(client):
    person()
    other = Client(headers={"User-Agent": "Old phone"})
    sign_in(client)
    sign_in(other)
    assert "Old phone" in client.get("/account/sessions/").content.decode()
    client.post("/account/sessions/")
    assert other.get("/account/sessions/").status_code == 302
    assert client.get("/account/sessions/").status_code == 200
    assert UserSession.objects.count() == 1


# The address --------------------------------------------------------------------------------


def test_a_new_address_takes_over_once_it_is_confirmed(client):
    user = person()
    sign_in(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/email/", {"email": "new@example.org", "action_add": ""})
    user.refresh_from_db()
    assert user.email == "ana@example.org"
    client.post(link_in(mail.outbox[0]))
    user.refresh_from_db()
    assert user.email == "new@example.org"
    assert sign_in(Client(), "ana@example.org").status_code == 200
    assert mail.outbox[-1].to == ["ana@example.org"]  # told, in case it was not them


def test_an_address_that_names_another_account_cannot_be_taken(client):
    user = person()
    UserFactory(email="squatted@example.org")  # signed up, never confirmed
    sign_in(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/email/", {"email": "squatted@example.org", "action_add": ""})
    answer = client.post(link_in(mail.outbox[0]), follow=True)
    assert "squatted@example.org belongs to another account" in answer.content.decode()
    user.refresh_from_db()
    assert user.email == "ana@example.org"


def test_an_address_that_an_administrator_replaces_signs_nobody_in(admin_client, client):
    user = person()
    admin_client.post(
        f"/admin/accounts/user/{user.pk}/change/", {"email": "new@example.org", "is_active": "on"}
    )
    assert sign_in(Client(), "ana@example.org").status_code == 200
    assert not EmailAddress.objects.filter(email="ana@example.org").exists()


# The second factor --------------------------------------------------------------------------


def test_with_an_app_a_password_alone_opens_nothing(client):
    with_app(person())
    assert sign_in(client, next="/log/").url == "/account/2fa/authenticate/"
    assert not is_signed_in(client)
    answer = client.post("/account/2fa/authenticate/", {"code": code_now()})
    assert answer.url == "/log/"
    assert is_signed_in(client)


def test_a_code_works_once(client):
    with_app(person())
    code = code_now()
    for number in range(2):
        browser = Client()
        sign_in(browser)
        browser.post("/account/2fa/authenticate/", {"code": code})
        assert is_signed_in(browser) == (number == 0)


def test_a_backup_code_stands_in_once(client):
    codes = with_app(person())
    for number in range(2):
        browser = Client()
        sign_in(browser)
        browser.post("/account/2fa/authenticate/", {"code": codes[0]})
        assert is_signed_in(browser) == (number == 0)


def test_after_five_wrong_codes_the_right_one_is_refused(client):
    with_app(person())
    sign_in(client)
    for _ in range(5):
        answer = client.post("/account/2fa/authenticate/", {"code": "000000x"})
        assert answer.status_code == 200
    answer = client.post("/account/2fa/authenticate/", {"code": code_now()})
    assert (answer.status_code, answer["Retry-After"]) == (429, "300")
    assert AuditEntry.objects.filter(what="failed the second factor").count() == 5


@pytest.mark.parametrize("code", ["é" * 6, "\0", "", "٣٣٣٣٣٣", "1" * 5000])
def test_a_code_that_is_none_is_an_error_of_the_form(client, code):
    with_app(person())
    sign_in(client)
    assert client.post("/account/2fa/authenticate/", {"code": code}).status_code == 200


@pytest.mark.parametrize(
    "credential",
    ["", "null", "[]", "5", "{}", '{"response": 5}', '{"response": {"userHandle": "!"}}', "{"],
)
@pytest.mark.parametrize("address", ["/account/2fa/webauthn/login/", "/account/2fa/authenticate/"])
def test_a_passkey_that_is_none_lets_nobody_in(client, address, credential):
    with_app(person())
    sign_in(client)
    answer = client.post(address, {"credential": credential})
    assert answer.status_code in {200, 302}
    assert not is_signed_in(client)


def test_a_trusted_device_is_not_asked_again_but_enters_no_admin(client, settings):
    settings.STAFF_SECOND_FACTOR = "required"
    codes = with_app(person(is_staff=True))
    sign_in(client)
    client.post("/account/2fa/authenticate/", {"code": codes[0], "trust": "on"})
    assert client.get("/admin/").status_code == 200
    client.post("/account/logout/")
    assert sign_in(client).url == "/dashboard/"
    assert client.get("/admin/").status_code == 302
    client.post("/account/2fa/reauthenticate/", {"code": codes[1]})
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db(transaction=True)  # mails go out when the transaction ends
def test_setting_a_factor_up_asks_for_the_password_and_proves_it(client, settings):
    settings.STAFF_SECOND_FACTOR = "required"
    person(is_staff=True)
    sign_in(client)
    page = "/account/2fa/totp/activate/"
    assert client.get(page).url == f"/account/reauthenticate/?next={page.replace('/', '%2F')}"
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert client.get("/account/2fa/totp/picture.svg").status_code == 404
    secret = client.get(page).context["form"].secret
    picture = client.get("/account/2fa/totp/picture.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post(page, {"code": code}).url == "/account/2fa/recovery-codes/"
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(what="set up a second factor").exists()
    assert mail.outbox[-1].subject == "Authenticator app turned on for RVU Edge"


def test_staff_keeps_its_last_factor_a_reader_does_not(settings):
    settings.STAFF_SECOND_FACTOR = "required"
    staff, reader = person("s@example.org", is_staff=True), person("r@example.org")
    factors = [Authenticator(user=user, type="totp", data={}) for user in (staff, reader)]
    assert [SecondFactorAdapter().can_delete_authenticator(one) for one in factors] == [
        False,
        True,
    ]
    Authenticator.objects.create(user=staff, type="webauthn", data={})
    assert SecondFactorAdapter().can_delete_authenticator(factors[0])


def test_the_app_shows_the_name_of_the_site(rf):
    url = SecondFactorAdapter().build_totp_url(User(email="ana@example.org"), SECRET)
    assert url == f"otpauth://totp/ana%40example.org?secret={SECRET}&issuer=RVU%20Edge"


def test_who_has_lost_everything_is_let_in_by_a_command(client):
    user = person()
    codes = with_app(user)
    sign_in(client)
    client.post("/account/2fa/authenticate/", {"code": codes[0]})
    call_command("remove_second_factor", "Ana@example.org", stdout=StringIO())
    assert client.get("/account/2fa/").status_code == 302
    assert sign_in(Client()).url == "/dashboard/"
    assert AuditEntry.objects.filter(what="took away the second factor").count() == 1
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("remove_second_factor", "nobody@example.org")


# The mail server ----------------------------------------------------------------------------


@pytest.fixture
def no_mail(monkeypatch):
    def fail(*_):
        raise ConnectionRefusedError("mail server")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)


@pytest.mark.parametrize("address", [SIGN_UP, RESET])
@pytest.mark.parametrize("email", ["ana@example.org", "other@example.org"])
def test_a_mail_that_cannot_be_sent_is_told_alike_to_all(client, no_mail, address, email):
    person()
    answer = client.post(address, {"email": email, "password1": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "300")
    assert "The mail could not be sent" in answer.content.decode()


def test_a_change_that_was_made_stands_without_its_mail(client, no_mail):
    user = person()
    sign_in(client)
    changed = client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW})
    assert changed.status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW)


# Several at once ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_time_are_all_counted():
    person()

    def guess(_):
        try:
            return sign_in(Client(), password="wrong").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(guess, range(12)))
    assert codes.count(200) <= 5
    assert set(codes) == {200, 429}


# The pages ----------------------------------------------------------------------------------

# Their addresses lead elsewhere: what they are for is not offered here.
UNREACHABLE = {
    "account/confirm_login_code.html",
    "account/confirm_phone_verification_code.html",
    "account/confirm_password_reset_code.html",
    "account/confirm_email_verification_code.html",
    "account/email.html",
    "account/phone_change.html",
    "account/request_login_code.html",
    "account/signup_by_passkey.html",
    "mfa/trust.html",
    "mfa/webauthn/signup_form.html",
}


def test_every_page_that_can_be_reached_is_our_own():
    modules = (account_views, base_views, totp_views, recovery_views, webauthn_views,
               session_views)  # fmt: skip
    names = {
        view.template_name
        for module in modules
        for view in vars(module).values()
        if isinstance(getattr(view, "template_name", None), str)
    }
    assert len(names) > 20
    own = Path(site_settings.BASE_DIR) / "templates"
    for name in sorted(names - UNREACHABLE):
        assert Path(get_template(name).origin.name).is_relative_to(own), name


@pytest.mark.parametrize("kind", ["account", "mfa"])
def test_every_mail_is_our_own(kind):
    import allauth

    own = Path(site_settings.BASE_DIR) / "templates"
    theirs = Path(allauth.__file__).parent / "templates" / kind / "email"
    by_code = {"login_code", "password_reset_code"}
    for path in sorted(theirs.glob("*.txt")):
        if path.name.rsplit("_", 1)[0] not in by_code:
            origin = get_template(f"{kind}/email/{path.name}").origin.name
            assert Path(origin).is_relative_to(own), path.name


@pytest.mark.parametrize("address", [SIGN_IN, SIGN_UP, RESET, "/account/inactive/"])
def test_pages_of_the_entrance_are_kept_nowhere(client, address):
    policy = client.get(address)["Cache-Control"]
    assert "private" in policy
    assert "no-store" in policy


def test_public_pages_stay_the_same_for_everybody(client):
    person()
    sign_in(client)
    answer = client.get("/robots.txt")
    assert "Vary" not in answer or "Cookie" not in answer["Vary"]
    assert answer.cookies == {}


def test_a_closed_account_is_told_so(client):
    person(is_active=False)
    assert sign_in(client).url == "/account/inactive/"
    assert not is_signed_in(client)


def test_a_password_must_satisfy_the_settings():
    with pytest.raises(ValidationError, match="too short"):
        AccountAdapter().clean_password("short")
