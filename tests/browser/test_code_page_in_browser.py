"""The code page as people meet it: on a phone, in the dark, by keyboard, without script."""

import zlib
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.codes.page.release import load_releases

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GALLBLADDER = "/cpt-codes/digestive/47562/"
VISIT = "/cpt-codes/office-visits/99213/"
PAGES = [
    GALLBLADDER,
    "/cpt-codes/diagnostic-imaging/70450/",
    "/cpt-codes/g-codes/G0411/",
    f"{VISIT}?where=10016",
]
MORE_PAGES = [
    f"{VISIT}?where=Monroe&factor=qp",  # several places to choose from
    "/cpt-codes/preventive-visits/99381/",  # values for reference
    "/cpt-codes/anesthesia-head/00100/",
    "/cpt-codes/hcpcs/D0120/",
    "/cpt-codes/office-visits/99201/",  # gone
]
FIRST_VISIT = 60_000  # bytes over the wire
ONE_PAGE = 40_000
SCRIPT = 20_000


@pytest.fixture
def site(live_server):
    load_releases()
    return live_server.url


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


def open_all(page):
    """Open every fold: what is hidden must hold too."""
    page.evaluate("document.querySelectorAll('main details').forEach(e => { e.open = true })")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_accessible_and_fits_everywhere(page, site, complaints, address):
    page.goto(f"{site}{address}")
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    open_all(page)
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        assert violations(page) == [], width
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark")
        assert violations(page, runOnly=["color-contrast", "link-in-text-block"]) == [], width
    assert complaints == []


@pytest.mark.parametrize("address", MORE_PAGES)
def test_pages_of_other_kinds_are_accessible_on_a_phone(page, site, complaints, address):
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}{address}")
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == []
    assert complaints == []


def test_at_400_percent_of_1280_px_nothing_is_cut_off(chromium, site):
    """WCAG 1.4.10: as wide as 320 px, and every table scrolls in a frame of its own."""
    context = chromium.new_context(viewport={"width": 320, "height": 256})
    page = context.new_page()
    page.goto(f"{site}{GALLBLADDER}")
    open_all(page)
    outside = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(e => {
            const box = e.getBoundingClientRect();
            return box.right > innerWidth + 1 && box.width > 1 &&
                !e.closest('.scroll') && !e.closest('svg');
        }).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert outside == []
    context.close()


def test_frames_that_scroll_can_be_reached_by_keyboard(page, site):
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}{GALLBLADDER}")
    open_all(page)
    frames = page.locator(".scroll")
    assert frames.count() >= 3
    for number in range(frames.count()):
        frame = frames.nth(number)
        assert frame.get_attribute("tabindex") == "0"
        assert frame.get_attribute("aria-label")
        frame.focus()
        assert frame.evaluate("e => e === document.activeElement")


def test_the_amount_is_asked_for_by_keyboard(page, site, complaints):
    page.goto(f"{site}{GALLBLADDER}")
    page.focus("#where")
    page.keyboard.type("10016")
    page.keyboard.press("Enter")
    page.wait_for_url("**where=10016**#payment")
    assert "Medicare allows $738.71" in page.locator(".answer-line").inner_text()
    assert page.input_value("#where") == "10016"
    assert page.locator("#locality").input_value() == "13202-01"
    assert complaints == []


def test_everything_works_without_script(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}{VISIT}")
    page.fill("#where", "Monroe")
    page.select_option("#factor", "qp")
    page.click(".picker button")
    page.wait_for_url("**where=Monroe**")
    assert "can mean several localities" in page.locator("#where-problem").inner_text()
    page.click(".picker .chip:has-text('Miami')")
    page.wait_for_url("**locality=09102-04&factor=qp#payment")
    assert "In Miami" in page.locator(".answer-line").inner_text()

    page.goto(f"{site}{GALLBLADDER}")
    last = page.locator(".faq details").last
    assert not last.locator("p").first.is_visible()
    last.locator("summary").click()
    assert last.locator("p").first.is_visible()
    page.click("main a:has-text('47600') >> nth=0")
    page.wait_for_url("**/47600/")
    context.close()


def test_the_skip_link_leads_to_the_content(page, site):
    page.goto(f"{site}{GALLBLADDER}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_a_first_visit_is_light_and_asks_nobody_else(chromium, site):
    """Bytes as compressed over the wire; in production files are brotli, a little smaller."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    responses = []
    page.on("response", lambda response: responses.append(response))
    page.goto(f"{site}{GALLBLADDER}", wait_until="networkidle")

    host = urlsplit(site).netloc
    assert {urlsplit(response.url).netloc for response in responses} == {host}
    assert len(responses) <= 8, [response.url for response in responses]
    assert {response.status for response in responses} == {200}
    wire = {urlsplit(response.url).path: _on_the_wire(response) for response in responses}
    assert sum(wire.values()) <= FIRST_VISIT, wire
    assert wire[GALLBLADDER] <= ONE_PAGE
    assert sum(size for path, size in wire.items() if path.endswith(".js")) <= SCRIPT
    without_font = sum(size for path, size in wire.items() if not path.endswith(".woff2"))
    assert without_font <= ONE_PAGE, wire
    context.close()


def _on_the_wire(response) -> int:
    """Return the bytes of an answer: its body as gzip makes it, and its headers."""
    body = response.body()
    headers = sum(len(name) + len(value) + 4 for name, value in response.headers.items())
    if urlsplit(response.url).path.endswith(".woff2"):
        return headers + len(body)  # compressed in itself
    return headers + min(len(body), len(zlib.compress(body, 6)) + 12)


def test_the_page_stands_still_while_it_loads(page, site):
    """CLS 0.02 at most, with the font and the styles arriving late."""
    page.route("**/*.woff2", lambda route: (page.wait_for_timeout(150), route.continue_())[1])
    page.add_init_script(
        """window.shifts = 0;
        new PerformanceObserver(list => {
            for (const entry of list.getEntries()) window.shifts += entry.value;
        }).observe({type: 'layout-shift', buffered: true});"""
    )
    page.goto(f"{site}{GALLBLADDER}", wait_until="networkidle")
    page.wait_for_timeout(200)
    assert page.evaluate("window.shifts") <= 0.02


def test_on_paper_there_are_values_release_source_and_address(page, site):
    page.goto(f"{site}{GALLBLADDER}")
    page.emulate_media(media="print")
    for words in ("47562", "10.21", "$631.95", "CMS release 2026C"):
        assert page.locator(f"text={words}").first.is_visible(), words
    assert page.locator(".notices").is_visible()
    assert not page.locator(".site-search").is_visible()
    assert not page.locator(".picker").is_visible()


def test_a_page_costs_the_browser_little(page, site):
    """Fewer than 1,500 elements, as Lighthouse asks, also with 109 localities to choose from."""
    page.goto(f"{site}{GALLBLADDER}")
    assert page.evaluate("document.querySelectorAll('*').length") < 1_300
