"""Mails about pages that are due: one for each person, once for each day that was set."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command

from blog.models import Post
from codes.models import CodeContent
from rvuedge.publishing import State
from rvuedge.reminders import MOST_NAMED
from tests.factories import CodeContentFactory, UserFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 7, 15)


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to("2026-07-15 09:00Z", tick=False)


def post(title, owner, due=TODAY, **more):
    slug = f"post-{Post.objects.count()}"
    return Post.objects.create(slug=slug, title=title, owner=owner, next_review_on=due, **more)


def remind():
    said = StringIO()
    call_command("remind_editors", stdout=said)
    return said.getvalue()


def test_each_owner_gets_one_mail_about_all_their_pages():
    ana, ben = UserFactory(email="ana@example.org"), UserFactory(email="ben@example.org")
    one = post("Conversion factors", ana, TODAY - timedelta(days=3))
    CodeContentFactory(code__hcpcs="99213", label="Visit", owner=ana, next_review_on=TODAY)
    post("Global periods", ben)
    assert remind() == "Mailed 2 people about 3 pages.\n"
    first, second = mail.outbox
    assert (first.to, first.subject) == (["ana@example.org"], "2 pages to look at again")
    assert (second.to, second.subject) == (["ben@example.org"], "A page to look at again")
    assert (
        f"Conversion factors (post), due 2026-07-12:\n"
        f"http://testserver/admin/blog/post/{one.pk}/change/" in first.body
    )
    assert "99213 Visit (code text), due 2026-07-15:" in first.body
    assert "Global periods" not in first.body


def test_nobody_is_mailed_twice_about_a_day(time_machine):
    post("Conversion factors", UserFactory())
    remind()
    assert remind() == "Mailed 0 people about 0 pages.\n"
    time_machine.move_to("2026-07-16 09:00Z")
    remind()
    assert len(mail.outbox) == 1


def test_a_later_day_is_told_of_when_it_comes(time_machine):
    page = post("Conversion factors", UserFactory())
    remind()
    Post.objects.filter(pk=page.pk).update(next_review_on=date(2026, 8, 1))
    remind()
    assert len(mail.outbox) == 1
    time_machine.move_to("2026-08-01 09:00Z")
    remind()
    assert len(mail.outbox) == 2


def test_pages_that_are_not_due_archived_or_nobodys_are_left_out():
    ana = UserFactory()
    post("Tomorrow", ana, TODAY + timedelta(days=1))
    post("No day", ana, None)
    post("Archived", ana, state=State.ARCHIVED)
    post("Nobody's", None)
    post("Of one who left", UserFactory(is_active=False))
    assert remind() == (
        "Mailed 0 people about 0 pages.\n2 due pages have no owner who can be mailed.\n"
    )
    assert mail.outbox == []


def test_what_an_editor_typed_cannot_break_a_mail():
    post("Free money\r\nBcc: all@example.org\n\nClick here " + "x" * 60, UserFactory())
    remind()
    (message,) = mail.outbox
    head = message.message().as_string().partition("\n\n")[0]
    assert "Bcc" not in head
    assert message.recipients() == message.to
    (line,) = [line for line in message.body.splitlines() if "Free money" in line]
    assert line.startswith("Free money Bcc: all@example.org Click here xxx")
    assert "… (post), due" in line


def test_telling_leaves_the_version_alone():
    """A form that is open meanwhile can still be saved."""
    content = CodeContentFactory(owner=UserFactory(), next_review_on=TODAY)
    remind()
    told = CodeContent.objects.get()
    assert (told.version, told.reminded_on) == (content.version, TODAY)


def test_a_long_list_is_cut():
    ana = UserFactory()
    for number in range(MOST_NAMED + 3):
        post(f"Page {number}", ana)
    remind()
    assert "and 3 more." in mail.outbox[0].body


def test_a_mail_that_fails_keeps_nobody_else_from_theirs_and_is_tried_again(monkeypatch):
    ana, ben = UserFactory(email="ana@example.org"), UserFactory(email="ben@example.org")
    post("Conversion factors", ana)
    post("Global periods", ben)
    send = EmailBackend.send_messages

    def refusing(self, messages):
        if messages[0].to == [ana.email]:
            raise ConnectionRefusedError
        return send(self, messages)

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refusing)
        with pytest.raises(CommandError, match="1 mails could not be sent"):
            remind()
    assert [message.to for message in mail.outbox] == [[ben.email]]
    assert remind() == "Mailed 1 people about 1 pages.\n"
    assert mail.outbox[1].to == [ana.email]
