"""Contracts, what if and the dashboard as people meet them: axe, narrow, dark, on paper."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import (
    Contract,
    CustomCode,
    Minimum,
    Procedure,
    Profile,
    RuleSet,
    Site,
    TrackedCode,
)
from tests.codes.page.release import load_releases
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EMPTY = "/dashboard/?start=2001-01-01&end=2001-01-02"


def sign_in(page, url, user):
    """Give the browser the session of somebody who has just signed in."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.fixture
def user():
    """Somebody with two contracts, rules, minimums and a year of entries."""
    load_releases()
    user = UserFactory(email="ana@example.org")
    today = timezone.localdate()
    start = today - timedelta(days=230)
    rules = RuleSet.objects.create(user=user, name="Valley 2026", factors={"62": "0.5"})
    contract = Contract.objects.create(
        user=user,
        employer="Example Valley Health",
        starts_on=date(start.year - 1, start.month, 1),
        year_starts=start.month,
        rate=D(48),
        base=D(395_000),
        threshold=D(6000),
        rules="own",
        rule_set=rules,
        fte=D("0.9"),
    )
    contract.tiers.create(above=D(7500), rate=D(54))
    Contract.objects.create(
        user=user, employer="Hill Clinic", starts_on=today + timedelta(days=90), rate=D(61)
    )
    site = Site.objects.create(user=user, name="Main operating rooms")
    own = CustomCode.objects.create(user=user, name="Teaching", wrvu=D(2), reason="agreed")
    days = [start + timedelta(days=number) for number in range(231)]
    entries = [
        Procedure(
            user=user,
            performed_on=day,
            hcpcs="47562" if number % 3 else "99213",
            modifiers="62" if number % 5 == 0 else "",
            site=site if number % 2 else None,
            kind="official",
            wrvu=D("19.25") if number % 3 else D("18.5"),
            contract=contract,
        )
        for number, day in enumerate(days)
    ]
    entries += [
        Procedure(
            user=user,
            performed_on=today,
            custom=own,
            kind="estimate",
            wrvu=D(2),
            contract=contract,
        ),
        Procedure(user=user, performed_on=today, hcpcs="00100", kind="asa", asa_units=D("12.5")),
        Procedure(user=user, performed_on=today, hcpcs="80053", kind="none"),
    ]
    Procedure.objects.bulk_create(entries)
    Minimum.objects.create(user=user, name="Gallbladder", at_least=200, codes=["47562"])
    TrackedCode.objects.create(user=user, hcpcs="47562")
    return user


def addresses(user):
    contract = user.contracts.get(employer="Example Valley Health")
    today = timezone.localdate()
    terms = f"contract:{contract.pk}"
    return [
        "/dashboard/",
        EMPTY,
        f"/dashboard/{today.year}-{today.month}/",
        "/dashboard/minimums/",
        "/dashboard/minimums/add/",
        f"/dashboard/minimums/{user.minimums.get().pk}/",
        "/contracts/",
        "/contracts/add/",
        f"/contracts/{contract.pk}/",
        f"/contracts/{contract.pk}/amend/",
        f"/contracts/{contract.pk}/delete/",
        f"/contracts/rules/{user.rulesets.get().pk}/",
        "/what-if/",
        f"/what-if/?a_terms={terms}&b_terms={terms}&b_release=2025",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit(page, live_server, user, scheme):
    Profile.objects.update_or_create(user=user, defaults={"stage": "resident"})
    sign_in(page, live_server.url, user)
    page.emulate_media(color_scheme=scheme)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))

    for address in addresses(user):
        response = page.goto(f"{live_server.url}{address}")
        assert response.status == 200, address
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            assert not violations(page), (address, width)
    assert not complaints


def test_a_contract_is_typed_in_without_script(chromium, live_server, user):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, user)

    page.goto(f"{live_server.url}/contracts/add/")
    page.fill("#id_employer", "Lake Hospital")
    page.fill("#id_starts_on", "2030-01-01")
    page.fill("#id_rate", "50")
    page.fill("#id_tier0-above", "100")
    page.click("text=More rows")
    assert page.input_value("#id_employer") == "Lake Hospital"
    page.fill("#id_tier0-rate", "60")
    page.fill("#id_tier3-above", "50")
    page.fill("#id_tier3-rate", "70")
    page.click("#send")
    assert "Tier 2 begins above 50 wRVUs" in page.locator(".error-summary").inner_text()
    page.fill("#id_tier3-above", "200")
    page.click("#send")
    page.wait_for_url("**/contracts/*/")

    assert page.locator("h1").inner_text() == "Contract with Lake Hospital"
    tiers = Contract.objects.get(employer="Lake Hospital").tiers.values_list("above", "rate")
    assert list(tiers) == [(D(100), D(60)), (D(200), D(70))]
    context.close()


def test_the_month_is_whole_on_paper(page, live_server, user):
    today = timezone.localdate()
    sign_in(page, live_server.url, user)
    page.emulate_media(media="print")

    page.goto(f"{live_server.url}/dashboard/{today.year}-{today.month}/")

    assert page.locator("table").first.is_visible()
    assert not page.locator(".tab-bar").is_visible()
    assert not page.locator(".breadcrumbs").is_visible()
