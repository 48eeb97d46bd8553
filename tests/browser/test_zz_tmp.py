from tests.browser.test_content_admin_in_browser import *


def test_csp(page, live_server, editor, content):
    out = []
    page.on("console", lambda m: out.append((page.url[-40:], m.text[:150], m.location)))
    sign_in(page, live_server, editor)
    for a in addresses(content):
        page.goto(live_server.url + a)
    page.wait_for_timeout(500)
    print(out)
    assert 0
