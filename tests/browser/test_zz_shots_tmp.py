import pytest
from django.urls import reverse
from tests.browser.test_content_admin_in_browser import *
def test_shot(page, live_server, editor, content):
    sign_in(page, live_server, editor)
    for i,a in enumerate([change_url(content), reverse("admin:codes_codecontent_changelist"), reverse("admin:codes_codecontent_compare", args=[content.pk]) + "?old=1"]):
        page.goto(live_server.url+a); page.screenshot(path=f"/tmp/shot{i}.png", full_page=True)
    page.emulate_media(color_scheme="dark"); page.goto(live_server.url+change_url(content)); page.screenshot(path="/tmp/shot3.png")
