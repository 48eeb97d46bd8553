"""A text's whole life in the admin, each step by whoever may do it, as the public sees it."""

import io
import zipfile
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from codes import release_uploads
from codes.fee_schedule.load import load
from codes.models import Code, CodeContent, Doubt, FeeSchedule
from rvuedge.publishing import Action, State
from tests.codes.fee_schedule.federal import pprrvu_csv
from tests.factories import CodeContentFactory, PersonFactory, package, rate_row

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PUBLIC_PAGE = "/cpt-codes/g-codes/G0411/"
OLD_WORDS = "Group therapy inside a day program."
FIRST_DRAFT = "Talking in a group, in a program that fills the day."
MENDED = "Interactive group psychotherapy inside a partial hospitalization program."
MINUTE = timedelta(minutes=1)


class Clock:
    """What Django takes for the present: the real time, moved on as far as the story needs."""

    def __init__(self, monkeypatch):
        self._now, self._ahead = timezone.now, timedelta()
        monkeypatch.setattr(timezone, "now", lambda: self._now() + self._ahead)

    def move_to(self, moment):
        self._ahead = moment - self._now()


class Person:
    """Somebody of the staff at a browser, signed in, in one role."""

    def __init__(self, chromium, live_server, role):
        user = PersonFactory(is_staff=True, email=f"{role.replace(' ', '.')}@example.org")
        user.groups.add(Group.objects.get(name=role))
        self.context = chromium.new_context(viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.site = live_server.url
        self.go_to("")
        self.page.fill("[name=login]", user.email)
        self.page.fill("[name=password]", "correct horse battery")
        with self.page.expect_navigation():
            self.page.click(".auth [type=submit]")

    def go_to(self, address):
        self.page.goto(f"{self.site}{reverse('admin:index')}{address}")

    def press(self, words):
        """Press a button, wait for what it leads to, and look at it."""
        with self.page.expect_navigation():
            self.page.click(f"input[value='{words}'], button:text-is('{words}')")
        self.look(words)

    def look(self, where):
        """Have axe look at the page, wide and narrow."""
        for width in (768, 1280):
            self.page.set_viewport_size({"width": width, "height": 900})
            faults = Axe().run(self.page).response["violations"]
            assert faults == [], (where, width)
            width_needed = self.page.evaluate("document.documentElement.scrollWidth")
            assert width_needed <= width, where

    def follow(self, words):
        with self.page.expect_navigation():
            self.page.click(f"#main a:has-text('{words}')")

    def sees(self, words):
        return words in " ".join(self.page.inner_text("#main").split())


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def hire(chromium, live_server, settings, tmp_path, monkeypatch):
    """Return what signs somebody in, in a role. Uploads are worked on at once."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(release_uploads, "launch", lambda pk, lock: release_uploads.work(pk))
    hired = []

    def sign_in(role):
        hired.append(Person(chromium, live_server, role))
        return hired[-1]

    yield sign_in
    for person in hired:
        person.context.close()


@pytest.fixture
def reader(chromium, live_server):
    """Return what asks for the public page as a stranger does, with nothing remembered."""

    def read():
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"{live_server.url}{PUBLIC_PAGE}")
        text = page.inner_text("main")
        context.close()
        return text

    return read


@pytest.fixture
def text():
    """The text of G0411, public, under release 2025D: 2.00 work RVUs, which it does not quote."""
    rows = [rate_row("G0411", work_rvu="2.00", conv_factor="32.3465")]
    load(package("2025D", rates=rows), confirmed=True, activate=True)
    content = CodeContentFactory(
        code=Code.objects.get(pk="G0411"),
        label="Group psychotherapy in a day program",
        clinical_context=OLD_WORDS,
    )
    content.publish()
    return content


def january():
    """Return the zip of 2026A, in which work fell by 2.5 per cent: 2.00 became 1.95."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        file = pprrvu_csv(
            [rate_row("G0411", work_rvu="1.95")], month="January", released="12/29/2025"
        )
        archive.writestr("PPRRVU2026_Jan_nonQPP.csv", file)
    return buffer.getvalue()


def test_a_text_is_written_reviewed_scheduled_doubted_confirmed_and_restored(
    hire, reader, clock, text
):
    # The writer drafts: nobody outside sees it.
    writer = hire("writer")
    writer.go_to("codes/codecontent/?q=G0411")
    writer.follow("G0411")
    writer.page.fill("[name=clinical_context]", FIRST_DRAFT)
    writer.page.fill("[name=_reason]", "Says what happens there")
    writer.press("Save draft")
    writer.page.fill("#send-reason", "Please look at the first words")
    writer.press("Send to review")
    assert writer.sees("waits for review")
    assert OLD_WORDS in reader()

    # The reviewer sends it back, with a reason.
    reviewer = hire("reviewer")
    assert reviewer.sees("Waiting for my review 1")
    reviewer.follow("G0411")
    assert reviewer.sees("Please look at the first words")
    reviewer.page.fill("#back-reason", "Name the program as Medicare does")
    reviewer.press("Send back")
    assert reviewer.sees("is back with its author")

    # The writer finds the reason, and mends it.
    writer.go_to("")
    assert writer.sees("My drafts 1")
    writer.follow("G0411")
    assert writer.sees("Sent back") and writer.sees("Name the program as Medicare does")
    writer.page.fill("[name=clinical_context]", MENDED)
    writer.press("Save draft")
    assert writer.page.locator("button:text-is('Approve')").count() == 0
    writer.press("Send to review")

    # The reviewer approves: still nobody outside sees it.
    reviewer.go_to("")
    reviewer.follow("G0411")
    reviewer.page.fill("#approve-role", "clinical editor")
    reviewer.press("Approve")
    assert reviewer.page.locator("button:text-is('Publish')").count() == 0
    assert OLD_WORDS in reader()

    # The publisher schedules it. The page changes at that minute, and not before.
    publisher = hire("publisher")
    assert publisher.sees("Approved, to be published 1")
    publisher.follow("G0411")
    beginning = (timezone.now() + timedelta(hours=3)).replace(second=0, microsecond=0)
    publisher.page.fill("#publish-from", f"{beginning:%Y-%m-%dT%H:%M}")
    publisher.page.fill("#publish-reason", "For the new year")
    publisher.press("Publish")
    assert publisher.sees(f"will be public from {beginning:%Y-%m-%d %H:%M} UTC")
    assert OLD_WORDS in reader()
    clock.move_to(beginning - MINUTE)
    assert OLD_WORDS in reader()
    clock.move_to(beginning)
    page = reader()
    assert MENDED in page and OLD_WORDS not in page
    assert "clinical editor" in page

    # The data manager loads January's release and shows it.
    manager = hire("data manager")
    manager.go_to("codes/releaseupload/add/")
    manager.page.set_input_files(
        "[name=file]",
        {"name": "rvu26a.zip", "mimeType": "application/zip", "buffer": january()},
    )
    manager.press("Upload and examine")
    manager.page.check("#confirmed")  # each January changes more than other releases do
    manager.press("Load 2026A")
    assert FeeSchedule.objects.active().release == "2025D"
    manager.follow("to the release")
    manager.follow("Show 2026A on the site")
    manager.press("Show 2026A on the site")
    assert manager.sees("from now on instead of 2025D")
    assert "1.95" in reader()

    # The text is on the queue, with the reason; the writer confirms it.
    writer.go_to("")
    assert writer.sees("Doubtful since the release 1")
    assert writer.sees("efficiency adjustment")
    writer.follow("G0411")
    row = writer.page.inner_text("[aria-label=Changes] tbody tr").split("\t")
    assert row == ["G0411", "work RVUs", "2.00", "1.95", "efficiency adjustment"]
    writer.look("doubt")
    writer.page.fill("#confirm-reason", "It quotes no figure")
    writer.press("Confirm")
    assert writer.sees("1 confirmed.")
    writer.go_to("")
    assert writer.sees("No text is doubtful.")
    doubt = Doubt.objects.get()
    assert (doubt.outcome, doubt.note) == (Doubt.Outcome.CONFIRMED, "It quotes no figure")

    # The writer restores the first version of one field: a draft again, and the public unmoved.
    writer.go_to(f"codes/codecontent/{text.pk}/history/")
    writer.page.click("a:has-text('restore edition 1')")
    writer.look("comparison")
    writer.page.check("text=Restore clinical context from edition 1")
    writer.press("Restore what is ticked")
    assert writer.sees("Restored from edition 1: Clinical context. It is a draft now.")
    assert writer.page.input_value("[name=clinical_context]") == OLD_WORDS
    assert MENDED in reader()
    text.refresh_from_db()
    assert text.state == State.DRAFT
    assert list(text.editions.order_by("number").values_list("action", flat=True)) == [
        Action.PUBLISHED,
        Action.SAVED,
        Action.SENT,
        Action.RETURNED,
        Action.SAVED,
        Action.SENT,
        Action.APPROVED,
        Action.PUBLISHED,
        Action.CONFIRMED,
        Action.RESTORED,
    ]
    assert CodeContent.objects.count() == 1
