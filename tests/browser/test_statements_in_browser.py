"""A statement as people meet it: on a phone, without script, read by axe, and on paper."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from accounts import reconciliation, valuing
from accounts.models import Contract, Procedure, Statement
from accounts.statement_files import Row
from rvuedge.spreadsheets import as_csv
from tests.factories import FeeScheduleFactory, RateFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILE = [
    ["Valley Medical Group", "", "", "", "", ""],
    ["Service Date", "CPT Code", "Modifier", "Units", "wRVU", "Patient Name"],
    ["07/02/2026", "47562", "", "1", "10.21", "Doe, Jane"],
    ["07/03/2026", "99213", "", "1", "1.30", "Roe, Richard"],
    ["07/08/2026", "99214", "", "1", "1.92", "Poe, Anna"],
    ["07/15/2026", "99213", "25", "1", "1.30", "Foe, Max"],
    ["07/16/2026", "4756", "", "1", "1.30", "Foe, Max"],
]


@pytest.fixture
def user():
    """Somebody whose contract is frozen at 2025, with four entries in July."""
    works = {"47562": ("10.47", "10.21"), "99213": ("1.30", "1.30"), "99214": ("1.92", "1.92")}
    for release, place in (("2025D", 0), ("2026C", 1)):
        schedule = FeeScheduleFactory(release=release, is_active=release == "2026C")
        for hcpcs, work in works.items():
            RateFactory(schedule=schedule, code__hcpcs=hcpcs, work_rvu=Decimal(work[place]))
    user = UserFactory()
    Contract.objects.create(
        user=user, employer="Valley Medical", starts_on=date(2026, 1, 1), schedule="year",
        schedule_year=2025, rate=Decimal(48),
    )  # fmt: skip
    days = {2: "47562", 3: "99213", 8: "99213", 12: "47562"}
    procedures = [
        Procedure(user=user, performed_on=date(2026, 7, day), hcpcs=code)
        for day, code in days.items()
    ]
    valuing.value(procedures)
    Procedure.objects.bulk_create(procedures)
    return user


@pytest.fixture
def statement(user):
    """The same file's rows, stored, with a line of each finding and two of them asked."""
    rows = [
        Row(3, date(2026, 7, 2), "47562", (), 1, Decimal("10.21"), None),
        Row(4, date(2026, 7, 3), "99213", (), 1, Decimal("1.30"), None),
        Row(5, date(2026, 7, 8), "99214", (), 1, Decimal("1.92"), None),
        Row(6, date(2026, 7, 15), "99213", ("25",), 1, Decimal("1.30"), None),
    ]
    statement = Statement(
        user=user, employer="Valley Medical", contract=Contract.objects.get(),
        starts_on=date(2026, 7, 1), ends_on=date(2026, 7, 31), dollars_per_wrvu=Decimal(48),
        file_name="july.csv", rows_read=4, rejected=[[7, "Column “CPT Code” is no code."]],
    )  # fmt: skip
    reconciliation.store(statement, rows)
    statement.lines.filter(verdict__in=["different", "missing there"]).update(
        status="asked", note="By mail on August 3"
    )
    return statement


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def phone(chromium, request):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=request.param
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def sign_in(page, url, user):
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])


def picture(page, name):
    """Keep a picture where PICTURES names a folder, to look at."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def test_a_statement_is_taken_in_and_settled_on_a_phone(phone, live_server, user):
    sign_in(phone, live_server.url, user)
    phone.goto(f"{live_server.url}/statements/")
    phone.click("text=New statement")
    phone.fill("#id_employer", "Valley Medical")
    phone.fill("#id_starts_on", "2026-07-01")
    phone.fill("#id_ends_on", "2026-07-31")
    phone.set_input_files(
        "#id_file", {"name": "july.csv", "mimeType": "text/csv", "buffer": as_csv(FILE)}
    )
    phone.click("text=Read the file")
    phone.wait_for_url("**/statements/new/columns/")
    assert "“Patient Name”" in phone.locator(".notice").inner_text()
    assert "Jane" not in phone.content()
    assert phone.locator("#id_wrvu option:checked").inner_text() == "wRVU"

    phone.click("text=Compare with my log")
    phone.wait_for_url("**/statements/*/")
    # 10.21 + 1.30 + 1.92 + 1.30 against 10.47 + 1.30 + 1.30 + 10.47: 8.81 fewer
    assert "8.81 wRVUs fewer" in phone.locator(".summary-line").inner_text()
    assert "$422.88" in phone.locator(".summary-line").inner_text()

    phone.click("button:has-text('Ask about 47562 of Jul 2')")
    assert "1 line is marked as asked" in phone.locator(".notice").inner_text()
    phone.click("button:has-text('Add to log: 99213 of Jul 15')")
    assert "Logged 99213-25 of July 15" in phone.locator(".toast").inner_text()
    assert Procedure.objects.count() == 5

    phone.click("section:has(#missing-there) a.code")
    phone.check("input[value=settled]")
    phone.fill("#id_note", "Comes in August")
    phone.click("button:has-text('Save')")
    assert "Comes in August" in phone.locator("section:has(#missing-there)").inner_text()

    phone.click("a:has-text('Letter')")
    assert phone.locator("tbody tr").count() == 1


ADDRESSES = [
    "/statements/",
    "/statements/new/",
    "/statements/{pk}/",
    "/statements/{pk}/missing-there/",
    "/statements/{pk}/matched/",
    "/statements/{pk}/lines/{line}/",
    "/statements/{pk}/letter/",
    "/statements/{pk}/delete/",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_that_axe_finds_or_scrolls_sideways(
    page, live_server, user, statement, scheme
):
    sign_in(page, live_server.url, user)
    page.emulate_media(color_scheme=scheme)
    line = statement.lines.filter(verdict="near").get().pk
    for width in (390, 1280, 320):
        page.set_viewport_size({"width": width, "height": 844})
        for address in ADDRESSES:
            page.goto(live_server.url + address.format(pk=statement.pk, line=line))
            for summary in page.locator("main summary").all():
                summary.click()
            name = address.format(pk="one", line="one").strip("/").replace("/", "-")
            picture(page, f"{name}-{width}-{scheme}")
            assert (address, width, violations(page)) == (address, width, [])
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert (address, width, wide <= 0) == (address, width, True)


def test_the_form_of_columns_and_forms_with_errors_have_no_fault(page, live_server, user):
    sign_in(page, live_server.url, user)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/statements/new/")
    page.click("text=Read the file")
    assert page.locator(".error-summary").is_visible()
    picture(page, "new-errors-390")
    assert violations(page) == []

    page.fill("#id_employer", "Valley Medical")
    page.fill("#id_starts_on", "2026-07-01")
    page.fill("#id_ends_on", "2026-07-31")
    page.set_input_files(
        "#id_file", {"name": "july.csv", "mimeType": "text/csv", "buffer": as_csv(FILE)}
    )
    page.click("text=Read the file")
    page.wait_for_url("**/columns/")
    picture(page, "columns-390")
    assert violations(page) == []
    page.select_option("#id_units", label="wRVU")
    page.click("text=Compare with my log")
    assert page.locator(".error-summary").is_visible()
    picture(page, "columns-errors-390")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_letter_prints_its_lines_without_navigation_and_forms(
    page, live_server, user, statement
):
    sign_in(page, live_server.url, user)
    page.goto(f"{live_server.url}/statements/{statement.pk}/letter/")
    page.emulate_media(media="print")
    picture(page, "letter-print")
    for hidden in (
        ".site-nav",
        ".breadcrumbs",
        ".site-account",
        ".button-row",
        ".tab-bar",
        ".footer-row",
    ):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator("tbody tr").count() == 2
    assert page.locator("text=Valley Medical").first.is_visible()
