"""The payment calculator as people meet it: by keyboard, without script, on a phone, on paper."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from codes.starter_load import load_catalogue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COLONOSCOPIES = (
    "?date=2026-08-18&locality=13202-01&setting=facility"
    "&code1=45385&code2=45380&modifiers2=59&code3=99213&modifiers3=25"
)
EVERYTHING = (
    "?participating=no&deductible=20&code1=70551&code2=70450&code3=20610&modifiers3=50"
    "&code4=45378&modifiers4=62&code5=00790&modifiers5=AA&base5=7&minutes5=129"
)
WRONG = (
    "?date=soon&where=Monroe&setting=moon&factor=x&clinician=x&participating=x&deductible=x"
    "&code1=99999&modifiers1=5x9&units1=0&charge1=q&place1=7&induction1=x"
)


@pytest.fixture
def site(live_server):
    load_catalogue()
    return f"{live_server.url}/calculator/"


@pytest.fixture
def complaints(page):
    """What the page complains of: errors of scripts, and what the content policy forbids."""
    found = []
    page.set_default_timeout(10_000)
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def violations(page, **options):
    found = Axe().run(page, options=options).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("address", ["", COLONOSCOPIES, EVERYTHING, WRONG])
def test_the_page_is_accessible_and_fits_everywhere(page, site, complaints, address):
    page.goto(f"{site}{address}")
    page.evaluate("document.querySelectorAll('main details').forEach(e => { e.open = true })")
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        assert violations(page) == [], width
    page.emulate_media(color_scheme="dark")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page, runOnly=["color-contrast", "link-in-text-block"]) == [], width
    assert complaints == []


def test_a_case_is_typed_by_keyboard(page, site, complaints):
    page.goto(site)
    page.focus("#where")
    page.keyboard.type("10016")
    page.focus("#code1")
    page.keyboard.type("45385")
    page.focus("#code2")
    page.keyboard.type("45380")
    page.keyboard.press("Tab")
    page.keyboard.type("59")
    page.focus("input[name=setting][value=office]")
    page.keyboard.press("ArrowLeft")
    page.focus("#code2")
    page.keyboard.press("Enter")
    page.wait_for_url("**where=10016&setting=facility&code1=45385&code2=45380&modifiers2=59**")
    assert "$266.60" in page.locator(".result").inner_text()
    assert page.locator("#locality").input_value() == "13202-01"
    assert complaints == []


def test_lines_come_and_go_without_script_and_nothing_typed_is_lost(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    page.fill("#code1", "99213")
    page.fill("#code2", "20610")
    page.fill("#modifiers2", "50")
    page.fill("#code3", "nothing")
    page.click("button:text('Add a line')")
    page.wait_for_url("**lines=4**")
    assert page.locator(".claim-line").count() == 4
    assert page.input_value("#code3") == "nothing"
    assert "“nothing” is no code" in page.locator("#code3-error").inner_text()
    page.click(".error-summary a")
    assert page.url.endswith("#code3")
    page.click("button[name=remove][value='3']")
    page.wait_for_url("**code1=99213&code2=20610&modifiers2=50**")
    assert "How it is worked out" in page.locator("main").inner_text()
    assert not page.locator("[data-print]").is_visible()
    context.close()


def test_its_address_reproduces_a_case(page, site):
    page.goto(f"{site}{EVERYTHING}")
    address = page.locator(".case-address").get_attribute("href")
    total = page.locator(".result .first dd").first.inner_text()
    page.goto(address)
    assert page.url == address
    assert page.locator(".result .first dd").first.inner_text() == total


def test_on_paper_there_are_the_sums_and_the_address_but_no_form(page, site):
    page.goto(f"{site}{COLONOSCOPIES}")
    assert page.locator("[data-print]").is_visible()
    page.emulate_media(media="print")
    for words in ("$330.38", "5.59086", "Less the base code 45378", "6.05"):
        assert page.locator(f"text={words}").first.is_visible(), words
    assert page.locator(".case-address").is_visible()
    for hidden in ("#code1", ".picker", "[data-print]", ".site-search"):
        assert not page.locator(hidden).first.is_visible(), hidden
