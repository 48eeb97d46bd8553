"""The change ledger and codes side by side as people meet them: axe, a phone, no script."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from codes.fee_schedule.load import load
from tests.codes.little_release import load_release, rates
from tests.factories import package

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/changes/",
    "/changes/2026C/",
    "/changes/2026C/?since=2025D&reason=efficiency",
    "/changes/2026C/?reason=zz&code=..&page=9",
    "/changes/2026C/?code=9",
    "/changes/2025D/",
    "/compare/",
    "/compare/?codes=47562,99213,99214",
    "/compare/?codes=99213,ABC&add=1",
    "/compare/colonoscopy/",
)


@pytest.fixture
def site(live_server):
    load_release()
    load(package("2025D", rates=rates("10.47")), confirmed=True)
    return live_server.url


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "light"), (320, "dark")])
def test_the_pages_are_open_to_everyone(chromium, site, width, scheme):
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    for address in PAGES:
        page.goto(site + address)
        assert Axe().run(page).response["violations"] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == width, address
    context.close()


def test_the_ledger_is_found_and_narrowed_without_scripts(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/cpt-codes/digestive/47562/")
    page.click("text=What each release changed")
    page.click("main >> text=2026C")
    page.select_option("#since", "2025D")
    page.click("button:text-is('Compare')")
    assert page.text_content("h1") == "What changed from 2025D to 2026C"
    page.select_option("#f-reason", "efficiency")
    page.click("text=Apply")
    assert page.url.endswith("since=2025D&reason=efficiency&category=&code=&specialty=#entries")
    assert page.locator("#entries ~ table tbody tr").count() == 1
    page.click(".chip")
    assert page.locator(".chip").count() == 0
    assert context.cookies() == []
    context.close()


def test_codes_are_added_and_removed_without_scripts(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/compare/")
    page.fill("#add", "99214 99213")
    page.click("button:text-is('Compare')")
    assert page.url.endswith("/compare/?codes=99213,99214")
    page.fill("#add", "4756")
    page.press("#add", "Enter")
    assert page.input_value("#add") == "4756"
    assert "is not a code" in page.text_content("#add-error")
    page.fill("#add", "47562")
    page.press("#add", "Enter")
    assert page.url.endswith("/compare/?codes=47562,99213,99214")
    page.click(".chip >> nth=1")
    assert page.url.endswith("/compare/?codes=47562,99214")
    context.close()
