"""Benchmarks on a phone, without script and read by axe; a survey from upload to a place."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Benchmark, Procedure, Survey
from codes.credit_kinds import Kind
from tests.browser.test_tracking_in_browser import phone, sign_in, user, violations  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SKEWED = {"p10": 300, "p25": 700, "p50": 2000, "p75": 4300, "p90": 7000}
CSV = b"source,year,specialty,per FTE,p10,p25,p50,p75,p90\nMine,2024,Urology,yes,1,2,3,4,5\n"


@pytest.fixture
def filled(user):  # noqa: F811
    Benchmark.objects.create(
        year=2023, release="2023A", specialty="Urology", clinicians=12_345, floor=100,
        source="file.csv", digest="0" * 64, **SKEWED,
    )  # fmt: skip
    Procedure.objects.create(
        user=user, key=uuid.uuid4(), hcpcs="99213", wrvu=3000, kind=Kind.OFFICIAL,
        performed_on=timezone.now().date() - timedelta(days=200),
    )  # fmt: skip
    return Survey.objects.create(
        user=user, name="Other", year=2024, specialty="Nephrology", **SKEWED
    )


def test_points_are_uploaded_kept_and_compared(phone, live_server, user, filled):  # noqa: F811
    sign_in(phone, live_server.url, user)
    phone.goto(f"{live_server.url}/benchmarks/surveys/")
    file = {"name": "points.csv", "mimeType": "text/csv", "buffer": CSV}
    phone.set_input_files("#id_file", file)
    phone.click("button:has-text('Look at it first')")
    phone.click("button:has-text('Keep 1 row')")
    phone.wait_for_url("**/benchmarks/surveys/")
    assert "Mine 2024" in phone.locator("main").inner_text()
    phone.goto(f"{live_server.url}/benchmarks/")
    phone.select_option("#id_points", label="Mine 2024, Urology")
    phone.click("button:has-text('Compare')")
    phone.wait_for_url("**points=survey**")
    assert "above the 90th percentile" in phone.locator(".summary-line").inner_text()


def test_the_pages_are_accessible_and_fit(page, live_server, user, filled):  # noqa: F811
    sign_in(page, live_server.url, user)
    addresses = [
        "/benchmarks/?points=medicare+Urology&share=50",
        f"/benchmarks/?points=survey+{filled.pk}&fte=9",
        "/benchmarks/surveys/",
        "/benchmarks/surveys/new/",
        f"/benchmarks/surveys/{filled.pk}/",
    ]
    for address in addresses:
        page.goto(f"{live_server.url}{address}")
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            assert violations(page) == [], (address, width)
        page.emulate_media(color_scheme="dark")
        assert violations(page) == [], address
        page.emulate_media(color_scheme="light")


def test_no_label_of_the_ribbon_covers_another(page, live_server, user, filled):  # noqa: F811
    sign_in(page, live_server.url, user)
    page.set_viewport_size({"width": 320, "height": 844})
    page.goto(f"{live_server.url}/benchmarks/?points=medicare+Urology")
    boxes = page.evaluate(
        "[...document.querySelectorAll('.plot text')].map(e => e.getBoundingClientRect().toJSON())"
    )
    assert len(boxes) == 11
    for number, one in enumerate(boxes):
        assert one["left"] >= 0 and one["right"] <= 320
        for other in boxes[number + 1 :]:
            apart = (
                one["right"] <= other["left"]
                or other["right"] <= one["left"]
                or one["bottom"] <= other["top"] + 3
                or other["bottom"] <= one["top"] + 3
            )
            assert apart, (one, other)
