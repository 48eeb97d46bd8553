"""Stage pages, resources, the glossary and the contact form, as people meet them."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe

from accounts.models import SupportRequest
from blog.resources import LIVE
from blog.starter import load_pages
from codes.models import FeeSchedule
from rvuedge import form_guard
from tests.codes.little_release import load_release
from tests.factories import LocalityFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/",
    "/medical-students/",
    "/medical-students/quiz/?n=7",
    "/medical-students/quiz/?n=7&answer=47562",
    "/residents/?code=47562&cases=47562-80%2012%0A99213",
    "/residents/?code=4756&cases=John",
    "/attendings/?cases=99213%201200%0A47562%2060",
    "/resources/",
    *(f"/resources/{slug}/" for slug in LIVE),
    "/resources/localities/?where=Alabama",
    "/resources/localities/?where=1001",
    "/glossary/",
    "/glossary/gpci/",
    "/support/contact/",
)


@pytest.fixture
def site(live_server):
    load_release()
    LocalityFactory(
        schedule=FeeSchedule.objects.active(), mac="10112", number="00", state="AL",
        name="ALABAMA", work_gpci="1.000", pe_gpci="0.875", mp_gpci="0.566",
    )  # fmt: skip
    load_pages()
    return live_server.url


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_the_pages_are_open_to_everyone(chromium, site, width, scheme):
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    for address in PAGES:
        answer = page.goto(site + address)
        assert answer.status == 200, address
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == width, address
        assert page.locator("h1").count() == 1, address
    page.click("#send")
    page.wait_for_selector(".error-summary")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()


def test_a_student_takes_the_quiz_without_scripts(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/medical-students/")
    page.click("text=Begin the quiz")
    first = page.url
    page.locator(".choices a").first.click()
    assert page.locator(".quiz strong").first.text_content() in {"Right.", "Not this time."}
    page.click("text=Next question")
    assert page.locator(".choices a").count() == 2
    assert page.url != first
    assert context.cookies() == []
    context.close()


def test_an_attending_compares_years_by_keyboard_without_scripts(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/attendings/")
    page.focus("#cases")
    page.keyboard.type("47562 100")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/attendings/?cases=*")
    assert page.input_value("#cases") == "47562 100"
    assert "1,021.00" in page.text_content("#years ~ .scroll")
    context.close()


def test_somebody_asks_for_help_without_scripts_and_cookies(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/support/")
    page.click("main >> text=Contact us")
    page.click("#send")
    page.click(".error-summary >> text=Write your message.")
    page.check("#topic-account")
    page.fill("#id_email", "reader@example.org")
    page.fill("#id_subject", "My log")
    page.fill("#id_text", "How do I undo an entry?")
    time.sleep(form_guard.LEAST_SECONDS)
    page.click("#send")
    assert page.text_content("h1") == "Thank you"
    assert SupportRequest.objects.get().topic == "account"
    assert context.cookies() == []
    context.close()
