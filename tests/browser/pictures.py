"""Takes the pictures of docs/editors.md, of the real admin with the starter catalogue.

Not one of the tests: `.venv/bin/pytest -n 0 tests/browser/pictures.py` takes them anew.
"""

import io
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from blog.models import Correction
from blog.starter import load_pages
from codes.fee_schedule.activate import activate
from codes.models import CodeContent, Doubt, FeeSchedule
from codes.starter_load import load_catalogue
from tests.factories import PersonFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOLDER = Path(__file__).parents[2] / "docs" / "images"
WIDTH, HEIGHT = 1200, 760
COLORS = 48
MOST_BYTES = 80_000
CODE = "99213"


@pytest.fixture
def people():
    """A writer, and somebody who may do everything: the pictures show every step."""
    writer = PersonFactory(is_staff=True, email="writer@example.org")
    writer.groups.add(Group.objects.get(name="writer"))
    chief = PersonFactory(is_staff=True, email="chief@example.org")
    chief.groups.set(Group.objects.filter(name="administrator"))
    return writer, chief


@pytest.fixture
def catalogue(people):
    """The starter catalogue as if it had been written under 2025D; then 2026C is shown."""
    writer, _ = people
    load_catalogue()
    load_pages()
    FeeSchedule.objects.update(is_active=False)
    FeeSchedule.objects.filter(release="2025D").update(is_active=True)
    activate("2026C")
    for hcpcs in ("70450", "93000"):
        content = CodeContent.objects.get(code=hcpcs)
        content.description += " A second sentence."
        content.save()
        content.save_draft(writer, "Says more")
    content.send_to_review(writer, "Please look at the last sentence")
    Correction.objects.create(
        path="/cpt-codes/office-visits/99213/",
        text="The page says 20 to 29 minutes, but not that time is counted on the day alone.",
        email="reader@example.org",
    )


def test_pictures_for_the_guide(page, live_server, catalogue, people):
    writer, chief = people
    admin = f"{live_server.url}{reverse('admin:index')}"
    content = CodeContent.objects.get(code=CODE)
    text = f"{admin}codes/codecontent/{content.pk}/"
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.goto(admin)
    page.fill("[name=login]", chief.email)
    page.fill("[name=password]", "correct horse battery")
    page.click(".auth [type=submit]")

    take(page, "start")
    page.goto(f"{text}change/")
    page.click("#toggle-nav-sidebar")  # the browser remembers that it is closed

    page.goto(f"{admin}codes/codecontent/?public=yes")
    take(page, "list")

    # Warnings, from a form that is checked and not saved.
    page.goto(f"{text}change/")
    old = page.input_value("[name=billing]")
    page.fill("[name=billing]", f"{old}\n\nCPT G0411 pays less. It has 1.31 work RVUs.")
    page.click("[name=_check]")
    take(page, "warnings", clip_to=".text-warnings")

    # A revision by the writer: draft, difference, steps.
    content.description = content.description.replace("low-risk", "minor")
    content.clinical_context = f"{content.clinical_context.rstrip()} Time counts on that day only."
    content.owner = writer
    content.save()
    content.save_draft(writer, "A reader asked about time")
    page.goto(f"{text}change/")
    take(page, "text")
    page.goto(f"{text}compare/")
    take(page, "comparison", height=560)
    content.send_to_review(writer, "Only the last sentence is new")
    page.goto(f"{text}change/")
    take(page, "review", clip_to=".life")
    content.approve(chief, "clinical editor")
    page.goto(f"{text}change/")
    page.fill("#publish-from", f"{timezone.now().year + 1}-01-01T12:00")
    page.fill("#publish-reason", "With the new year’s release")
    take(page, "publish", clip_to=".life")
    page.click("button:text-is('Publish')")
    take(page, "scheduled", clip_to=".life")
    page.goto(f"{text}history/")
    take(page, "history", height=480)

    # After a release.
    page.goto(f"{admin}codes/doubt/")
    take(page, "queue")
    doubt = Doubt.objects.filter(content__code=CODE).first() or Doubt.objects.first()
    page.goto(f"{admin}codes/doubt/{doubt.pk}/change/")
    take(page, "doubt")

    # A file with one changed label, looked at before it is imported.
    label = CodeContent.objects.get(code="99214").label
    page.goto(f"{admin}codes/codecontent/import/")
    file = f'hcpcs,label\n99214,"{label} or so"\n'.encode()
    page.set_input_files(
        "[name=file]", {"name": "labels.csv", "mimeType": "text/csv", "buffer": file}
    )
    page.click("#main [type=submit]")
    take(page, "import", height=480)

    page.goto(f"{admin}blog/correction/{Correction.objects.get().pk}/change/")
    take(page, "correction")


def take(page, name, *, clip_to="", height=HEIGHT):
    """Take a picture of the window, or of one part of the page, and keep it with few colors."""
    if clip_to:
        page.set_viewport_size({"width": WIDTH, "height": 2 * HEIGHT})  # it scrolls by itself
        png = page.locator(clip_to).first.screenshot()
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    else:
        png = page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    few = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLORS)
    few.save(FOLDER / f"{name}.png", optimize=True)
    assert (FOLDER / f"{name}.png").stat().st_size < MOST_BYTES, name
