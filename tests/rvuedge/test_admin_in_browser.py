"""The admin under the site's content policy: nothing of it may need inline script or style."""

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.rvuedge.urls"),
]


def test_the_admin_works_under_the_content_policy(page, live_server, django_user_model):
    django_user_model.objects.create_superuser("root@example.com", "correct horse battery staple")
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(f"{live_server.url}/admin/")
    page.set_default_timeout(10_000)
    page.fill("[name=login]", "Root@Example.com")
    page.fill("[name=password]", "correct horse battery staple")
    page.click(".auth [type=submit]")
    page.click("#content a:text-is('Users')")
    page.click("#result_list tbody th a")
    page.click("summary:has-text('Single permissions')")
    # The two-list chooser is made by script: it must have been.
    page.wait_for_selector(".selector .selector-chosen")
    page.click("a.deletelink")
    page.wait_for_selector("h1:has-text('Delete')")

    assert complaints == []
