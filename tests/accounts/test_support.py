"""Requests for help: sent by anybody, answered by mail from the admin."""

import re
import time
from smtplib import SMTPException

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import export
from accounts.leaving import leave
from accounts.models import SupportRequest
from accounts.support import send_answer, settle
from rvuedge import audit, form_guard
from rvuedge.publishing import NotAllowedNow
from tests.codes.little_release import load_release
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

URL = "/support/contact/"
State = SupportRequest.State
FILLED = {
    "topic": "account",
    "email": "reader@example.org",
    "code": "",
    "subject": "My log",
    "text": "How do I undo an entry?",
    "website": "",
}


@pytest.fixture
def site(client):
    load_release()
    client.handler.enforce_csrf_checks = True
    return client


@pytest.fixture
def ask(site, monkeypatch):
    """Fetch the form, fill it in as a person would, and send it."""

    def send(seconds=10, **fields):
        page = site.get(URL).content.decode()
        stamp = re.search(r'name="stamp" value="([^"]*)"', page)[1]
        now = time.time()
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: now + seconds)
            return site.post(URL, {**FILLED, "stamp": stamp, **fields})

    return send


def asked(**fields):
    filled = {name: FILLED[name] for name in ("topic", "email", "subject", "text")}
    return SupportRequest.objects.create(**{**filled, **fields})


def helper(**fields):
    user = UserFactory(is_staff=True, **fields)
    user.groups.add(Group.objects.get(name="support"))
    return user


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# Asking ---------------------------------------------------------------------------------------


def test_the_form_knows_no_visitor_and_leaves_no_trace(site):
    stranger = site.get(URL)
    assert not stranger.cookies
    assert "csrfmiddlewaretoken" not in stranger.content.decode()
    assert "no-store" in stranger["Cache-Control"]
    user = PersonFactory()
    site.force_login(user)
    stamp = r'name="stamp" value="[^"]*"'
    assert re.sub(stamp, "", site.get(URL).content.decode()) == re.sub(
        stamp, "", stranger.content.decode()
    )


def test_the_help_pages_lead_to_it(site):
    assert f'href="{URL}"' in site.get("/support/").content.decode()
    assert f'href="{URL}"' in site.get("/").content.decode()  # in the footer


def test_a_request_is_kept_and_those_who_answer_are_told(ask, site):
    helper(email="helper@example.org")
    UserFactory(is_staff=True, email="writer@example.org")
    response = ask(code="g0411")
    assert (response.status_code, response["Location"]) == (302, "/support/contact/thanks/")
    assert not response.cookies
    kept = SupportRequest.objects.get()
    assert (kept.email, kept.topic, kept.code) == ("reader@example.org", "account", "G0411")
    assert (kept.subject, kept.text, kept.state) == (FILLED["subject"], FILLED["text"], State.OPEN)
    (told,) = mail.outbox
    assert told.recipients() == ["helper@example.org"]
    assert FILLED["text"] in told.body
    assert reverse("admin:accounts_supportrequest_change", args=[kept.pk]) in told.body
    assert "Thank you" in text(site.get(response["Location"]))


def test_a_mail_that_fails_loses_no_request(ask, monkeypatch):
    helper()

    def fail(self, *args, **options):
        raise SMTPException

    monkeypatch.setattr(EmailMessage, "send", fail)
    assert ask().status_code == 302
    assert SupportRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"topic": ""}, "Choose what it is about."),
        ({"topic": "x"}, "Choose what it is about."),
        ({"email": ""}, "Enter your email address: the answer goes there."),
        ({"email": "reader.example.org"}, "Enter an email address such as name@example.org"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "Enter one email address, on one line."),
        ({"code": "4756"}, "There is no code 4756; codes have five characters"),
        ({"subject": ""}, "Say in a few words what it is about."),
        ({"subject": "Help\nBcc: b@example.org"}, "Write the subject on one line."),
        ({"subject": "Help\r"}, "Write the subject on one line."),
        ({"subject": "x" * 121}, "120 characters or fewer; these are 121."),
        ({"text": ""}, "Write your message."),
        ({"text": "x" * 4001}, "4,000 characters or fewer; these are 4001."),
        ({"text": "a\0b"}, "Null characters are not allowed."),
        (
            {"text": "It was MRN 0012345"},
            "This looks like a record number. Nothing about a patient",
        ),
        ({"subject": "123-45-6789"}, "This looks like a Social Security number."),
        ({"stamp": "made up"}, "The form did not arrive whole."),
        ({"seconds": 1}, "That was very fast."),
        ({"seconds": 2 * 24 * 60 * 60}, "The page was open for more than a day."),
    ],
)
def test_what_is_amiss_is_said_and_nothing_is_kept_or_sent(ask, fields, sentence):
    helper()
    response = ask(**fields)
    assert response.status_code == 200
    assert sentence in text(response)
    assert "One thing needs your attention" in text(response)
    assert not SupportRequest.objects.exists()
    assert mail.outbox == []


def test_nothing_that_was_typed_is_lost(ask):
    page = ask(text="It is <b>so</b>", email="wrong", code="1", topic="other").content.decode()
    assert "It is &lt;b&gt;so&lt;/b&gt;</textarea>" in page
    assert 'value="wrong"' in page
    assert 'value="other" checked' in page
    assert 'href="#id_email"' in page
    assert "2 things need your attention" in text_of(page)


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_machine_is_thanked_and_nothing_is_kept(ask):
    helper()
    assert ask(website="https://example.org").status_code == 302
    assert not SupportRequest.objects.exists()
    assert mail.outbox == []


def test_a_double_click_counts_once(ask):
    stamp = form_guard.new_stamp("contact")
    for _ in range(2):
        ask(stamp=stamp)
    assert SupportRequest.objects.count() == 1


def test_too_many_messages_have_to_wait_and_lose_nothing(ask):
    for _ in range(form_guard.MOST_POSTS):
        assert ask().status_code == 302
    response = ask(text="One more thing")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= form_guard.WINDOW
    assert "That was too many messages at once" in text(response)
    assert "One more thing</textarea>" in response.content.decode()
    assert SupportRequest.objects.count() == form_guard.MOST_POSTS


# Answering ------------------------------------------------------------------------------------


@pytest.fixture
def told():
    """What the audit log was told."""
    heard = []

    def hear(sender, **event):
        heard.append((event["what"], event["by"]))

    audit.recorded.connect(hear)
    yield heard
    audit.recorded.disconnect(hear)


def test_an_answer_is_mailed_once(told):
    by = helper()
    settled = settle(asked(), by, State.ANSWERED, "Press Undo.")
    assert send_answer(settled)
    assert not send_answer(settled)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["reader@example.org"], "Re: My log")
    assert "Press Undo." in sent.body
    assert "> How do I undo an entry?" in sent.body
    assert settled.answered_at
    assert told == [("answered a support request", by)]


def test_what_was_done_before_is_refused_in_a_sentence():
    one = asked()
    with pytest.raises(NotAllowedNow, match="Write the answer: it is mailed"):
        settle(one, None, State.ANSWERED, "  ")
    settle(one, None, State.ANSWERED, "Yes.")
    with pytest.raises(NotAllowedNow, match="This was answered already"):
        settle(one, None, State.ANSWERED, "No.")
    settle(one, None, State.CLOSED)
    with pytest.raises(NotAllowedNow, match="This was closed already"):
        settle(one, None, State.ANSWERED, "No.")
    assert SupportRequest.objects.get().answer == "Yes."


def test_an_answer_that_could_not_be_sent_can_be_sent_later(monkeypatch):
    settled = settle(asked(), None, State.ANSWERED, "Yes.")

    def fail(self, *args, **options):
        raise SMTPException

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", fail)
        with pytest.raises(SMTPException):
            send_answer(settled)
    assert SupportRequest.objects.get().answered_at is None
    assert send_answer(settled)


def change(client, one, **fields):
    url = reverse("admin:accounts_supportrequest_change", args=[one.pk])
    filled = {"assigned_to": "", "answer": "", "decision": ""}
    return client.post(url, {**filled, **fields}, follow=True)


def test_the_support_group_answers_from_the_admin(client):
    by, one = helper(), asked()
    client.force_login(by)
    assert "Requests for help" in text(client.get("/admin/"))
    change(client, one, assigned_to=by.pk)
    one.refresh_from_db()
    assert (one.assigned_to, one.state) == (by, State.OPEN)

    response = change(client, one, decision="answered")
    assert "Write the answer: it is mailed." in text(response)

    response = change(client, one, decision="answered", answer="Press Undo.", assigned_to=by.pk)
    assert "The answer went to reader@example.org." in text(response)
    one.refresh_from_db()
    assert (one.state, one.answer, one.settled_by) == (State.ANSWERED, "Press Undo.", by)
    assert len(mail.outbox) == 1

    change(client, one, decision="answered", answer="Another answer.")  # its fields are gone
    one.refresh_from_db()
    assert one.answer == "Press Undo."


def test_a_request_is_closed_without_an_answer_from_the_list(client):
    client.force_login(helper())
    one = asked()
    data = {"action": "close_them", "_selected_action": [one.pk]}
    client.post(reverse("admin:accounts_supportrequest_changelist"), data)
    one.refresh_from_db()
    assert one.state == State.CLOSED
    assert mail.outbox == []


def test_a_mail_that_fails_in_the_admin_is_said_and_can_be_sent_from_the_list(client, monkeypatch):
    client.force_login(helper())
    one = asked()

    def fail(self, *args, **options):
        raise SMTPException

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", fail)
        response = change(client, one, decision="answered", answer="Yes.")
    assert "the mail could not be sent" in text(response)
    data = {"action": "send_answers", "_selected_action": [one.pk]}
    client.post(reverse("admin:accounts_supportrequest_changelist"), data)
    assert len(mail.outbox) == 1


def test_a_colleague_who_was_faster_is_not_overwritten(client, monkeypatch):
    client.force_login(helper())
    one = asked()
    monkeypatch.setattr(
        "accounts.admin.SupportRequestAdmin._is_open", staticmethod(lambda o: True)
    )
    settle(one, None, State.CLOSED)
    response = change(client, one, decision="answered", answer="Late.")
    assert "A colleague has settled this already." in text(response)
    assert SupportRequest.objects.get().answer == ""
    assert mail.outbox == []


def test_the_list_costs_the_same_at_any_length(client):
    client.force_login(helper())
    url = reverse("admin:accounts_supportrequest_changelist")
    asked(assigned_to=helper())
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _ in range(20):
        asked(assigned_to=helper())
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) <= len(few)


# Whose they are -------------------------------------------------------------------------------


def test_requests_of_an_address_go_with_its_account_and_are_in_its_export():
    person = PersonFactory()
    asked(email=person.email.upper(), subject="Mine")
    asked(subject="Another’s")
    rows = list(export.rows_of(SupportRequest, person))
    assert [row.subject for row in rows] == ["Mine"]
    leave(person)
    assert [row.subject for row in SupportRequest.objects.all()] == ["Another’s"]
