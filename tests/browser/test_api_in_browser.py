"""The API as browsers meet it: its page, and pages of other sites that read it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.codes.little_release import load_release

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Elsewhere(BaseHTTPRequestHandler):
    """Another site: an empty page at every address."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def elsewhere():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


READ = """async (address) => {
  const first = await fetch(address)
  const etag = first.headers.get("ETag")
  const again = await fetch(address, {headers: {"If-None-Match": etag}, cache: "no-store"})
  const missing = await fetch(address.replace("47562", "99999"))
  const found = (await first.json()).result.work_rvu
  return [found, again.status, missing.status, (await missing.json()).title]
}"""


@pytest.fixture
def site(live_server):
    load_release()
    return live_server.url


def test_a_page_of_another_site_reads_the_api(page, site, elsewhere):
    page.goto(elsewhere)
    assert page.evaluate(READ, f"{site}/api/v1/codes/47562/") == ["10.21", 304, 404, "Not Found"]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (320, "light")])
def test_the_page_suits_every_reader(page, site, width, scheme):
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/api/")
    page.locator("main summary").first.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert complaints == []
