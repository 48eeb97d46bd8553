"""The pages on which texts are edited, as editors meet them: axe, dark, narrow, without script."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from codes.models import CodeContent
from rvuedge.publishing import State
from tests.codes.admin.forms import change_url
from tests.codes.little_release import load_release
from tests.factories import PersonFactory, QuestionFactory, RelatedCodeFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"


@pytest.fixture
def editor():
    return PersonFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def content(editor):
    load_release()
    content = CodeContent.objects.get(code="47562")
    QuestionFactory(content=content)
    RelatedCodeFactory(content=content, code__hcpcs="47600")
    content.billing = "Other words than before. CPT G0411 is none."
    content.save()
    content.save_draft(editor, "Clearer")
    return content


def sign_in(page, live_server, editor):
    page.set_default_timeout(15_000)
    page.goto(f"{live_server.url}{reverse('admin:login')}")
    page.fill("[name=login]", editor.email)
    page.fill("[name=password]", PASSWORD)
    page.click(".auth [type=submit]")


def addresses(content):
    return [
        reverse("admin:codes_codecontent_changelist"),
        reverse("admin:codes_code_changelist"),
        reverse("admin:codes_codecontent_add") + "?code=70450",
        change_url(content),
        reverse("admin:codes_codecontent_history", args=[content.pk]),
        reverse("admin:codes_codecontent_compare", args=[content.pk]) + "?old=1",
        reverse("admin:codes_codecontent_preview", args=[content.pk]),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768])
def test_the_pages_of_editing_have_no_fault_that_axe_finds(
    page, live_server, editor, content, scheme, width
):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_server, editor)
    faults = []
    for address in addresses(content):
        page.goto(f"{live_server.url}{address}")
        for fault in Axe().run(page).response["violations"]:
            faults.append((address, fault["id"], [node["html"] for node in fault["nodes"]]))
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append((address, "scrolls sideways", []))
    assert faults == []


def test_the_content_policy_has_nothing_to_complain_of(page, live_server, editor, content):
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    sign_in(page, live_server, editor)
    for address in addresses(content):
        page.goto(f"{live_server.url}{address}")
    page.goto(f"{live_server.url}{change_url(content)}")
    page.click("text=Add another Related code")
    page.click("text=Add another Question")
    assert complaints == []


def test_a_text_is_written_and_sent_without_script(chromium, live_server, editor, content):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server, editor)
    page.goto(f"{live_server.url}{reverse('admin:codes_code_changelist')}?text=none&q=70450")
    page.click("text=Write text")
    page.fill("[name=label]", "Head scan by computed tomography")
    for name in ("description", "plain_language", "clinical_context", "billing"):
        page.fill(f"[name={name}]", f"Words for the {name.replace('_', ' ')}.")
    page.fill("[name=_reason]", "First draft")
    page.click("[name=_continue]")
    page.click("button:has-text('Send to review')")
    assert page.is_visible("text=waits for review")
    context.close()
    assert CodeContent.objects.get(code="70450").state == State.IN_REVIEW


def test_a_code_is_found_by_typing(page, live_server, editor, content):
    sign_in(page, live_server, editor)
    page.goto(f"{live_server.url}{reverse('admin:codes_codecontent_add')}")
    page.click(".field-code .select2-selection")
    page.fill(".select2-search__field", "704")
    page.click(".select2-results__option:has-text('70450')")
    assert page.input_value("[name=code]") == "70450"
