"""An account from sign-up to sign-out on a phone: axe on every page, without JavaScript.

And passkeys, which take it: with the browser's own virtual device.
"""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core import mail

from accounts.models import TrackedCode, User
from tests.codes.little_release import load_release
from tests.factories import PersonFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"
NEW = "staple paper lantern"
SUBMIT = ".auth form[method=post]:not([hidden]) [type=submit]"


class Walker:
    """Somebody at a phone without JavaScript. What each page looks like, axe is asked elsewhere:
    it needs a script, so a second browser of the same person loads the same page with one."""

    def __init__(self, chromium, url):
        phone = {"viewport": {"width": 390, "height": 844}}
        self.plain = chromium.new_context(java_script_enabled=False, **phone)
        self.page = self.plain.new_page()
        self.page.set_default_timeout(15_000)
        self.scripted = chromium.new_context(bypass_csp=True, **phone)
        self.url = url

    def goes(self, path):
        self.page.goto(f"{self.url}{path}")
        self.is_fit()

    def sends(self, button=SUBMIT, **values):
        for name, value in values.items():
            self.page.fill(f".auth [name={name}]", value)
        self.page.locator(button).first.click()
        self.is_fit()

    def is_fit(self):
        """The page that is seen has no fault that axe finds, and does not scroll sideways."""
        looker = self.scripted.new_page()
        looker.set_content(self._with_base(self.page.content()), wait_until="load")
        found = Axe().run(looker).response["violations"]
        assert found == [], (self.page.url, [one["id"] for one in found])
        assert looker.evaluate("document.documentElement.scrollWidth") <= 390, self.page.url
        looker.close()

    def _with_base(self, html):
        return html.replace("<head>", f'<head><base href="{self.url}">', 1)

    @property
    def heading(self):
        return self.page.text_content("h1")

    def ends(self):
        self.plain.close()
        self.scripted.close()


@pytest.fixture
def walker(chromium, live_server):
    walker = Walker(chromium, live_server.url)
    yield walker
    walker.ends()


def link_in(message):
    return re.search(r"http://localhost:\d+(/account/\S+)", message.body)[1]


def fresh_code(secret):
    """Return a code that holds for some seconds still."""
    if time.time() % 30 > 25:
        time.sleep(6)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_an_account_on_a_phone_without_javascript(walker):
    # Sign-up, with a mistake first: the address is kept.
    walker.goes("/account/signup/?next=/account/2fa/")
    walker.sends(email="ana@example.org", password1="short")
    assert "One thing needs your attention" in walker.page.text_content(".error-summary")
    walker.sends(password1=PASSWORD)
    assert walker.heading == "Look into your mail"

    walker.goes(link_in(mail.outbox[0]))
    walker.sends()
    assert EmailAddress.objects.get().verified
    walker.goes("/account/2fa/")
    assert walker.heading == "Second factor"
    walker.goes("/account/logout/")
    walker.sends()

    # Signing in, wrong and right.
    walker.goes("/account/login/?next=/account/2fa/")
    walker.sends(login="ana@example.org", password="not this one")
    assert "do not go together" in walker.page.text_content(".error-summary")
    walker.sends(login="ana@example.org", password=PASSWORD)
    assert walker.heading == "Second factor"

    # An authenticator app.
    walker.page.click("text=Set up")
    assert walker.heading == "Is it you?"
    walker.is_fit()
    walker.sends(password=PASSWORD)
    assert walker.heading == "Set up an authenticator app"
    assert walker.page.evaluate("document.querySelector('.qr-code').naturalWidth") > 0
    secret = walker.page.text_content(".totp-key")
    walker.sends(code="000000")
    assert walker.page.text_content(".totp-key") == secret
    walker.sends(code=fresh_code(secret))
    assert walker.heading == "Backup codes"
    codes = walker.page.locator(".backup-codes code").all_text_contents()
    assert len(codes) == 10
    walker.goes("/account/logout/")
    walker.sends()

    # In again, with the app and then with a backup code.
    walker.goes("/account/login/?next=/account/sessions/")
    walker.sends(login="ana@example.org", password=PASSWORD)
    assert walker.heading == "Enter your code"
    walker.sends(code="000000")
    walker.sends(code=fresh_code(secret))
    assert walker.heading == "Where you are signed in"
    walker.goes("/account/logout/")
    walker.sends()
    walker.goes("/account/login/?next=/account/2fa/recovery-codes/")
    walker.sends(login="ana@example.org", password=PASSWORD)
    walker.sends(code=codes[0])
    walker.sends(password=PASSWORD)
    assert walker.heading == "Backup codes"
    assert codes[0] not in walker.page.text_content(".backup-codes")

    # All the other pages of the way in.
    for path, heading in (
        ("/account/2fa/recovery-codes/generate/", "Make new backup codes"),
        ("/account/2fa/totp/deactivate/", "Turn off the authenticator app"),
        ("/account/2fa/webauthn/", "Passkeys"),
        ("/account/2fa/webauthn/add/", "Add a passkey"),
        ("/account/email/", "Change your email"),
        ("/account/password/change/", "Change your password"),
        ("/account/reauthenticate/", "Is it you?"),
        ("/account/2fa/reauthenticate/", "Is it you?"),
        ("/account/sessions/", "Where you are signed in"),
        ("/account/2fa/", "Second factor"),
    ):
        walker.goes(path)
        assert walker.heading == heading

    walker.goes("/account/password/change/")
    walker.sends(oldpassword=PASSWORD, password1=NEW)
    assert User.objects.get().check_password(NEW)
    walker.goes("/account/logout/")
    walker.sends()

    # A reset by mail.
    mail.outbox.clear()
    walker.goes("/account/login/")
    walker.page.click("text=Forgot your password?")
    walker.sends(email="ana@example.org")
    assert walker.heading == "Look into your mail"
    walker.goes(link_in(mail.outbox[0]))
    walker.sends(password1=PASSWORD)
    assert walker.heading == "Your password is changed"
    walker.goes(link_in(mail.outbox[0]))
    assert walker.heading == "This link does not work any more"
    walker.goes("/account/confirm-email/nonsense/")
    assert walker.heading == "This link has run out"
    walker.goes("/account/inactive/")


def test_the_first_steps_the_profile_and_leaving_without_javascript(walker):
    load_release()
    user = PersonFactory(email="ana@example.org")
    walker.goes("/account/login/?next=/welcome/")
    walker.sends(login="ana@example.org", password=PASSWORD)
    assert walker.heading == "Welcome. Three steps to your first total"

    walker.page.select_option("[name=specialty]", "general-surgery")
    walker.page.click("text=Show them")
    walker.is_fit()
    walker.page.uncheck("[name=code][value='47600']")
    walker.page.click("text=Use these")
    walker.is_fit()
    assert "2 codes are favorites now." in walker.page.text_content(".notice")
    assert TrackedCode.objects.for_user(user).filter(is_favorite=True).count() == 2

    walker.goes("/account/profile/")
    walker.page.check("[name=stage][value=attending]")
    walker.page.fill("[name=clinical_fte]", "eight tenths")
    walker.page.click("text=Save")
    walker.is_fit()
    assert walker.page.is_checked("[name=stage][value=attending]")
    walker.page.fill("[name=clinical_fte]", "0.8")
    walker.page.click("text=Save")
    walker.is_fit()
    assert walker.heading == "Account"
    assert "0.8" in walker.page.text_content("main")

    for kind, ending in (("csv", "zip"), ("xlsx", "xlsx"), ("json", "json")):
        with walker.page.expect_download() as download:
            walker.page.click(f"button[name=format][value={kind}]")
        assert download.value.suggested_filename.endswith(f".{ending}")

    walker.page.fill("[name=password]", "not this one")
    walker.page.click("text=Delete my account")
    walker.is_fit()
    assert "This is not your password" in walker.page.text_content(".error-summary")
    walker.page.fill("[name=password]", PASSWORD)
    walker.page.click("text=Delete my account")
    walker.is_fit()
    assert walker.heading == "Your account is deleted"
    assert not User.objects.exists()
    walker.goes("/account/")
    assert walker.heading == "Sign in"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_the_account_is_open_to_everyone(chromium, live_server, client, width, scheme):
    load_release()
    client.force_login(PersonFactory())
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
    )
    page = context.new_page()
    for path in ("/account/", "/account/profile/", "/welcome/?specialty=general-surgery"):
        page.goto(f"{live_server.url}{path}")
        assert Axe().run(page).response["violations"] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_too_many_wrong_passwords_are_told_so(walker):
    PersonFactory(email="ana@example.org")
    walker.goes("/account/login/")
    for _ in range(6):
        walker.sends(login="ana@example.org", password="not this one")
    assert "Wait five minutes" in walker.page.text_content(".error-summary")
    assert walker.page.input_value("[name=login]") == "ana@example.org"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_the_entrance_is_open_to_everyone(chromium, live_server, width, scheme):
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    for path in ("/account/login/", "/account/signup/", "/account/password/reset/"):
        page.goto(f"{live_server.url}{path}")
        page.locator(SUBMIT).first.click()
        page.wait_for_selector(".error-summary")
        assert Axe().run(page).response["violations"] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def sign_out(page, live_server):
    page.goto(f"{live_server.url}/account/logout/")
    page.click(".auth [type=submit]")
    page.wait_for_url(f"{live_server.url}/")  # later than usual: the browser wipes what it kept


def test_a_passkey_is_made_and_signs_in_alone(page, live_server):
    user = PersonFactory(email="ana@example.org")
    complaints = []
    page.on(
        "console",
        lambda message: "Policy" in message.text and complaints.append(message.text),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(15_000)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )["authenticatorId"]

    page.goto(f"{live_server.url}/account/login/?next=/account/2fa/webauthn/add/")
    page.fill("[name=login]", user.email)
    page.fill(".auth [name=password]", PASSWORD)
    page.click("text='Sign in' >> visible=true >> nth=-1")
    page.fill(".auth [name=password]", PASSWORD)  # is it you?
    page.click("text=Go on")
    page.fill("[name=name]", "My phone")
    page.click(".auth [type=submit]")
    page.wait_for_selector("h1:text-is('Backup codes')")
    assert str(user.authenticator_set.get(type="webauthn")) == "My phone"

    page.goto(f"{live_server.url}/account/2fa/webauthn/")
    page.click("text=Rename")
    page.fill("[name=name]", "My old phone")
    page.click(".auth [type=submit]")
    page.wait_for_selector("text=My old phone")

    # A passkey is a second factor, and alone it is enough.
    sign_out(page, live_server)
    page.goto(f"{live_server.url}/account/login/?next=/account/2fa/webauthn/")
    page.fill("[name=login]", user.email)
    page.fill(".auth [name=password]", PASSWORD)
    page.click(".auth [type=submit] >> nth=0")
    page.click("text=Use a passkey")
    page.wait_for_selector("h1:text-is('Passkeys')")
    sign_out(page, live_server)
    page.goto(f"{live_server.url}/account/login/?next=/account/2fa/webauthn/")
    page.click("text=Sign in with a passkey")
    page.wait_for_selector("h1:text-is('Passkeys')")

    # A device that does not agree: a sentence, and nobody gets in.
    sign_out(page, live_server)
    page.goto(f"{live_server.url}/account/login/")
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    assert complaints == []
    page.click("text=Sign in with a passkey")
    page.wait_for_selector("text=The passkey was not given.")
