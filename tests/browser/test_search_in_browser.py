"""The public lists and the search as people meet them: by keyboard, on a phone, without script."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.codes.little_release import load_release

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/",
    "/cpt-codes/",
    "/cpt-codes/?category=digestive&work_min=10&status=A",
    "/cpt-codes/?work_min=abc&status=ZZ",
    "/cpt-codes/?q=gallbladder&work_min=30",
    "/cpt-codes/surgery/",
    "/cpt-codes/digestive/",
    "/specialties/",
    "/specialties/general-surgery/",
    "/search/",
    "/search/?q=gallbladder",
    "/search/?q=zzqqxx",
    "/cpt-codes/digestive/47652/",
    "/no/such/page/",
]


@pytest.fixture
def site(live_server):
    load_release()
    return live_server.url


@pytest.fixture
def complaints(page):
    """What the page complains of: errors of scripts, and what the content policy forbids."""
    found = []
    page.set_default_timeout(10_000)
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def options(page):
    return page.locator("#q-suggestions [role=option]")


def typed(page, site, words, address="/"):
    page.goto(f"{site}{address}")
    page.locator("#q").press_sequentially(words)
    options(page).first.wait_for()
    return page.locator("#q")


# Suggestions --------------------------------------------------------------------------------


def test_suggestions_are_chosen_by_keyboard(page, site, complaints):
    box = typed(page, site, "gallb")
    assert box.get_attribute("aria-expanded") == "true"
    assert page.locator("[role=status]").last.text_content() is not None

    box.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    assert "47562" in page.locator(f"#{active}").inner_text()
    box.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    box.press("ArrowUp")  # from the input to the last one
    assert "All results" in page.locator("[aria-selected=true]").inner_text()
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")

    page.wait_for_url("**/cpt-codes/digestive/47562/")
    assert complaints == []


def test_escape_closes_the_suggestions_and_keeps_the_words(page, site):
    box = typed(page, site, "gallb")
    box.press("Escape")
    assert not page.locator("#q-suggestions").is_visible()
    assert box.get_attribute("aria-expanded") == "false"
    assert box.input_value() == "gallb"
    box.press("ArrowDown")  # opens them again
    assert page.locator("#q-suggestions").is_visible()


def test_enter_without_a_choice_searches(page, site):
    box = typed(page, site, "gallb")
    box.press("Enter")
    page.wait_for_url("**/search/?q=gallb")


def test_a_click_chooses(page, site):
    typed(page, site, "colonos")
    options(page).filter(has_text="45378").click()
    page.wait_for_url("**/45378/")


def test_leaving_the_input_closes_the_suggestions(page, site):
    box = typed(page, site, "gallb")
    box.press("Tab")
    assert not page.locator("#q-suggestions").is_visible()


def test_the_search_in_the_header_has_suggestions_of_its_own(page, site):
    page.goto(f"{site}/cpt-codes/")
    page.locator("#header-q").press_sequentially("colonos")
    page.locator("#header-q-suggestions [role=option]").first.wait_for()
    assert page.locator("#header-q-suggestions mark").first.is_visible()


def test_what_was_typed_is_text_in_the_suggestions(page, site, complaints):
    typed(page, site, "gallbladder<img src=x onerror=alert(1)>")
    assert page.locator(".suggestions img").count() == 0
    assert complaints == []


def test_a_server_that_does_not_answer_leaves_the_form(page, site):
    page.route("**/search/suggestions/**", lambda route: route.abort())
    page.goto(f"{site}/")
    box = page.locator("#q")
    box.press_sequentially("gallb")
    page.wait_for_timeout(400)
    assert not page.locator("#q-suggestions").is_visible()
    box.press("Enter")
    page.wait_for_url("**/search/?q=gallb")


def test_open_suggestions_are_accessible(page, site):
    box = typed(page, site, "gallb")
    box.press("ArrowDown")
    assert_accessible(page)


# Menus and contents -------------------------------------------------------------------------


def test_the_menu_of_a_phone_closes_on_escape_and_elsewhere(chromium, site):
    context = chromium.new_context(viewport={"width": 390, "height": 1600})
    page = context.new_page()
    page.goto(f"{site}/cpt-codes/")
    menu = page.locator(".site-menu")

    menu.locator("summary").click()
    assert menu.locator("a", has_text="CPT Codes").is_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"

    menu.locator("summary").click()
    page.mouse.click(200, 1500)  # below the open menu
    assert menu.get_attribute("open") is None
    context.close()


def test_the_contents_mark_what_is_being_read(page, site):
    page.goto(f"{site}/cpt-codes/digestive/47562/")
    last = page.locator(".toc.desk a").nth(5)
    page.locator(last.get_attribute("href")).evaluate("e => e.scrollIntoView()")
    page.wait_for_function("e => e.hasAttribute('aria-current')", arg=last.element_handle())
    assert page.locator(".toc.desk [aria-current]").count() == 1


# Without script -----------------------------------------------------------------------------


def test_everything_works_without_script(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    page.fill("#q", "gallbladder")
    page.click(".search-large button")
    page.wait_for_url("**/search/?q=gallbladder")
    assert page.locator("tbody tr").count() == 2

    page.goto(f"{site}/cpt-codes/")
    page.select_option("#f-category", "digestive")
    page.check("input[name=global_days][value='090']")
    page.click(".filters button")
    page.wait_for_url("**category=digestive**global_days=090**")
    assert page.locator("tbody tr").count() == 2
    page.click(".chip:has-text('90-day global')")
    page.wait_for_url(lambda url: "global_days" not in url)
    assert page.locator("tbody tr").count() == 4
    context.close()


# Everyone, everywhere -----------------------------------------------------------------------


def assert_accessible(page):
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_pages_are_accessible_and_fit(chromium, site, width, scheme):
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    for address in PAGES:
        page.goto(f"{site}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert_accessible(page)
    context.close()


def test_on_paper_there_is_the_list_and_no_form(page, site):
    page.emulate_media(media="print")
    page.goto(f"{site}/cpt-codes/digestive/")
    assert page.locator("text=10.21").first.is_visible()
    assert page.locator(".notices").is_visible()
    assert not page.locator(".site-search").is_visible()
    assert not page.locator(".pagination").is_visible()
