"""Editorial pages and the form for corrections, as people meet them: axe, a phone, no script."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe

from blog.models import Correction
from blog.starter import load_pages
from rvuedge import form_guard
from tests.codes.little_release import load_release

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/residents/",
    "/blog/",
    "/blog/why-procedural-work-rvus-fell-in-2026/",
    "/support/?q=price",
    "/support/what-na-means/",
    "/corrections/",
    "/corrections/report/?page=/cpt-codes/",
)


@pytest.fixture
def site(live_server):
    load_release()
    load_pages()
    return live_server.url


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_editorial_pages_are_open_to_everyone(chromium, site, width, scheme):
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    for address in PAGES:
        page.goto(site + address)
        assert Axe().run(page).response["violations"] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == width, address
    page.click("#send")
    page.wait_for_selector(".error-summary")
    assert Axe().run(page).response["violations"] == []
    context.close()


def test_an_error_is_reported_without_scripts_and_cookies(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/cpt-codes/digestive/47562/")
    page.click("footer >> text=Report an error on this page")
    assert page.input_value("#id_path") == "/cpt-codes/digestive/47562/"
    assert page.get_attribute("#id_website", "tabindex") == "-1"
    frame = page.locator(".hidden-visually", has=page.locator("#id_website"))
    assert frame.bounding_box()["width"] <= 1
    page.click("#send")
    page.click(".error-summary >> text=Say what is wrong.")
    page.fill("#id_text", "The amount is off by a cent.")
    time.sleep(form_guard.LEAST_SECONDS)
    page.click("#send")
    assert page.text_content("h1") == "Thank you"
    assert Correction.objects.get().text == "The amount is off by a cent."
    assert context.cookies() == []
    context.close()
