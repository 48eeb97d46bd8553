"""Tracking a code as people meet it: on a phone, without script, read by axe."""

import pytest
from allauth.account.models import EmailAddress
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from accounts.models import CodeSet, SetLine, TrackedCode
from tests.accounts.releases import make_2025d, make_2026c
from tests.codes.page.release import load_releases
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def user():
    user = UserFactory(email="ana@example.org")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def phone(chromium, request):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=request.param
    )
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def sign_in(page, url, user):
    """Give the browser the session of somebody who has just signed in."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def test_a_stranger_tracks_a_code_through_sign_in_and_undoes_it(phone, live_server, user):
    load_releases()
    phone.goto(f"{live_server.url}/cpt-codes/digestive/47562/")
    phone.click(".code-actions a:has-text('Track this code')")
    phone.wait_for_url("**/account/login/?next=/track/47562/")
    phone.fill("[name=login]", user.email)
    phone.fill(".auth [name=password]", "correct horse battery")
    phone.click(".auth button[type=submit]:has-text('Sign in')")
    phone.wait_for_url("**/track/47562/")
    assert not TrackedCode.objects.exists()
    phone.click("button:has-text('Track 47562')")
    phone.wait_for_url("**/tracked/**")
    assert "You track 47562." in phone.locator(".notice").inner_text()
    assert phone.locator(".tracked-list .worth .value").inner_text() == "10.21"

    phone.fill("#id_code", "99213")
    phone.click("button:has-text('Track'):not(:has-text('Remove'))")
    phone.wait_for_url("**tracked=99213**")
    phone.click("button:has-text('Down: 47562')")
    phone.wait_for_url("**/tracked/#c-**")
    codes = phone.locator(".tracked-list .title .code").all_inner_texts()
    assert codes == ["99213", "47562"]

    phone.click("button:has-text('Remove 47562')")
    phone.wait_for_url("**removed=47562")
    phone.click(".toast button")
    phone.wait_for_url("**/tracked/#c-**")
    assert phone.locator(".tracked-list > li").count() == 2


@pytest.fixture
def filled(user):
    make_2025d()
    from accounts import tracking
    from codes.shown import shown

    for hcpcs in ("47562", "99213", "99201"):
        tracking.track(user, hcpcs, shown(), group="" if hcpcs == "47562" else "Clinic")
    make_2026c()
    code_set = CodeSet.objects.create(user=user, name="Clinic day", is_case=True)
    SetLine.objects.create(set=code_set, hcpcs="99213", modifiers="25,LT", units=6)
    return TrackedCode.objects.get(hcpcs="47562").pk, code_set.pk


def test_the_pages_are_accessible_and_fit(page, live_server, user, filled):
    sign_in(page, live_server.url, user)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    code, code_set = filled
    addresses = [
        "/tracked/?tracked=47562",
        f"/tracked/{code}/",
        "/track/47562/",
        "/track/99213/",
        "/sets/",
        f"/sets/{code_set}/",
        "/sets/new/",
    ]
    for address in addresses:
        page.goto(f"{live_server.url}{address}")
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            assert violations(page) == [], (address, width)
        page.emulate_media(color_scheme="dark")
        assert violations(page) == [], address
        page.emulate_media(color_scheme="light")
    assert complaints == []
