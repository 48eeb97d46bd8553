"""Readers report what is wrong, editors settle it, and the public reads what has changed."""

import re
import time
from smtplib import SMTPException

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.mail import EmailMessage

from blog.admin import CorrectionAdmin
from blog.corrections import send_answer, settle
from blog.models import Correction
from rvuedge import audit, form_guard
from rvuedge.publishing import NotAllowedNow
from tests.codes.little_release import load_release
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

URL = "/corrections/report/"
PAGE = "/cpt-codes/digestive/47562/"
State = Correction.State


@pytest.fixture
def site(client):
    load_release()
    client.handler.enforce_csrf_checks = True
    return client


@pytest.fixture
def report(site, monkeypatch):
    """Fetch the form, fill it in as a person would, and send it."""

    def send(seconds=10, **fields):
        now = time.time()  # before the form: a slow machine makes nobody a slow typist
        page = site.get(f"{URL}?page={PAGE}").content.decode()
        stamp = re.search(r'name="stamp" value="([^"]*)"', page)[1]
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: now + seconds)
            filled = {"path": PAGE, "text": "It is 10.21.", "email": "", "website": ""}
            return site.post(URL, {**filled, "stamp": stamp, **fields})

    return send


@pytest.fixture
def told():
    """What the audit log was told."""
    heard = []

    def hear(sender, **event):
        heard.append((event["what"], event["by"], event["subject"]))

    audit.recorded.connect(hear)
    yield heard
    audit.recorded.disconnect(hear)


def correction(**fields):
    filled = {"path": PAGE, "text": "It is 10.21.", "email": "reader@example.org"}
    return Correction.objects.create(**{**filled, **fields})


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# Reporting ------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/cpt-codes/", PAGE, "/corrections/", "/search/"])
def test_every_page_leads_to_the_form(site, address):
    page = site.get(address).content.decode()
    assert f'href="{URL}?page={address.replace("/", "%2F")}"' in page


def test_a_code_page_says_that_corrections_are_published(site):
    assert "Something wrong? Report an error on this page . Corrections are published ." in text(
        site.get(PAGE)
    )


def test_the_form_knows_its_page_and_leaves_no_trace(site):
    response = site.get(f"{URL}?page={PAGE}")
    assert f'value="{PAGE}"' in response.content.decode()
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_report_is_kept_and_thanked_for(report, site):
    response = report(email="reader@example.org")
    assert (response.status_code, response["Location"]) == (302, "/corrections/report/thanks/")
    assert not response.cookies
    kept = Correction.objects.get()
    assert (kept.path, kept.text, kept.email) == (PAGE, "It is 10.21.", "reader@example.org")
    assert kept.state == State.NEW
    assert "Thank you" in text(site.get(response["Location"]))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": ""}, "Say what is wrong."),
        ({"text": "x" * 2001}, "2,000 characters or fewer; these are 2001."),
        ({"text": "a\0b"}, "Null characters are not allowed."),
        ({"text": "Patient MRN 0012345 was billed"}, "record number: “MRN 0012345”"),
        ({"text": "DOB: 1/2/1950"}, "record number: “DOB: 1”"),
        ({"text": "123-45-6789"}, "record number: “123-45-6789”"),
        ({"path": ""}, "Say which page it is about."),
        ({"path": "//evil.example/"}, "Enter a page of this site"),
        ({"path": "javascript:alert(1)"}, "Enter a page of this site"),
        ({"path": "/" + "x" * 200}, "at most 200 characters"),
        ({"email": "reader.example.org"}, "Enter an email address such as name@example.org"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "Enter one email address, on one line."),
        ({"stamp": "made up"}, "The form did not arrive whole."),
        ({"stamp": ""}, "The form did not arrive whole."),
        ({"seconds": 1}, "That was very fast."),
        ({"seconds": 2 * 24 * 60 * 60}, "The page was open for more than a day."),
    ],
)
def test_what_is_amiss_is_said_and_nothing_is_kept(report, fields, sentence):
    response = report(**fields)
    assert response.status_code == 200
    assert sentence in text(response)
    assert "One thing needs your attention" in text(response)
    assert not Correction.objects.exists()


def test_an_error_keeps_what_was_typed(report):
    page = report(text="It is <b>10.21</b>", email="wrong").content.decode()
    assert "It is &lt;b&gt;10.21&lt;/b&gt;</textarea>" in page
    assert 'href="#id_email"' in page
    assert 'aria-invalid="true"' in page


def test_a_whole_address_is_cut_to_its_path(report):
    report(path=f"https://testserver{PAGE}?locality=05#rvus")
    assert Correction.objects.get().path == PAGE


def test_a_machine_is_thanked_and_nothing_is_kept(report):
    assert report(website="https://example.org").status_code == 302
    assert not Correction.objects.exists()


def test_a_double_click_counts_once(report, site):
    stamp = form_guard.new_stamp("correction")
    now = time.time()
    for _ in range(2):
        report(stamp=stamp, seconds=10 + time.time() - now)
    assert Correction.objects.count() == 1


def test_too_many_reports_have_to_wait_and_lose_nothing(report):
    for _ in range(form_guard.MOST_POSTS):
        assert report().status_code == 302
    response = report(text="One more thing")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= form_guard.WINDOW
    assert "That was too many reports at once" in text(response)
    assert "One more thing</textarea>" in response.content.decode()
    assert Correction.objects.count() == form_guard.MOST_POSTS


@pytest.mark.parametrize(
    "page", ["", "x", "/%00", "/" + "x" * 20_000, "%3Cscript%3E", "%ED%A0%80"]
)
def test_any_page_may_be_asked_about(site, page):
    response = site.get(f"{URL}?page={page}")
    assert response.status_code in {200, 400}
    assert "<script>" not in response.content.decode().replace("<script src", "")


# Settling -------------------------------------------------------------------------------------


def test_an_accepted_correction_is_public_with_its_date(site, told):
    before = site.get("/corrections/")
    assert "None yet." in text(before)
    editor = UserFactory()
    settle(correction(), editor, State.ACCEPTED, published_note="Work was shown as 10.12.")
    after = site.get("/corrections/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert "Work was shown as 10.12." in text(after)
    assert f'<a href="{PAGE}">{PAGE}</a>' in after.content.decode()
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\d">', after.content.decode())
    assert told == [("accepted a correction", editor, Correction.objects.get())]


def test_what_is_open_or_declined_is_not_public(site, told):
    correction(text="Still open", published_note="No")
    settle(correction(), None, State.DECLINED, answer="The file says so.", published_note="No")
    page = text(site.get("/corrections/"))
    assert "None yet." in page
    assert "reader@example.org" not in page
    assert [what for what, _, _ in told] == ["declined a correction"]


def test_a_correction_is_settled_once():
    one = correction()
    settle(one, None, State.DECLINED)
    with pytest.raises(NotAllowedNow, match="This was declined already"):
        settle(one, None, State.ACCEPTED, published_note="Changed")


def test_an_accepted_one_says_what_has_changed():
    with pytest.raises(NotAllowedNow, match="Say what has changed"):
        settle(correction(), None, State.ACCEPTED, published_note=" ")
    assert Correction.objects.get().state == State.NEW


def test_the_answer_is_mailed_once():
    settled = settle(correction(), None, State.DECLINED, answer="The file says so.")
    assert send_answer(settled)
    assert not send_answer(settled)
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["reader@example.org"]
    assert "The file says so." in mail.outbox[0].body
    assert "> It is 10.21." in mail.outbox[0].body
    assert settled.answered_at


@pytest.mark.parametrize(("email", "answer"), [("", "Yes."), ("reader@example.org", "")])
def test_without_an_address_or_an_answer_no_mail_is_sent(email, answer):
    settled = settle(correction(email=email), None, State.DECLINED, answer=answer)
    assert not send_answer(settled)
    assert mail.outbox == []


# In the admin -----------------------------------------------------------------------------------


def signed_in(client, *names):
    client.handler.enforce_csrf_checks = False
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return user


def decide(client, one, **fields):
    filled = {"assigned_to": "", "decision": "", "answer": "", "published_note": ""}
    address = f"/admin/blog/correction/{one.pk}/change/"
    return client.post(address, {**filled, **fields}, follow=True)


def test_the_list_is_for_those_with_the_right(site):
    correction()
    assert site.get("/admin/blog/correction/").status_code == 302
    signed_in(site, "view_post")
    assert site.get("/admin/blog/correction/").status_code == 403
    signed_in(site, "view_correction")
    assert PAGE in text(site.get("/admin/blog/correction/?state__exact=new"))
    one = Correction.objects.get()
    assert decide(site, one, decision="declined").status_code == 403
    assert site.get("/admin/blog/correction/add/").status_code == 403


def test_an_editor_assigns_accepts_and_answers(site, told):
    editor = signed_in(site, "view_correction", "change_correction")
    one = correction()
    decide(site, one, assigned_to=str(editor.pk))
    one.refresh_from_db()
    assert (one.assigned_to, one.state) == (editor, State.NEW)

    response = decide(
        site, one, decision="accepted", answer="Thank you.", published_note="Work is 10.21."
    )
    one.refresh_from_db()
    assert (one.state, one.settled_by, one.answer) == (State.ACCEPTED, editor, "Thank you.")
    assert "The answer went to reader@example.org." in text(response)
    assert len(mail.outbox) == 1
    assert told[-1][:2] == ("accepted a correction", editor)

    decide(site, one, decision="declined", answer="No", published_note="Nothing")
    one.refresh_from_db()
    assert (one.state, one.published_note) == (State.ACCEPTED, "Work is 10.21.")
    assert len(mail.outbox) == 1


def test_accepting_without_a_note_is_an_error_of_the_form(site):
    signed_in(site, "view_correction", "change_correction")
    response = decide(site, correction(), decision="accepted")
    assert "Say what has changed" in text(response)
    assert Correction.objects.get().state == State.NEW


@pytest.mark.parametrize("decision", ["", "accepted"])
def test_what_a_colleague_settled_meanwhile_stands(site, monkeypatch, decision):
    signed_in(site, "view_correction", "change_correction")
    one = correction()
    save = CorrectionAdmin.save_model

    def too_late(self, request, obj, form, change):
        settle(one, None, State.DECLINED, answer="First")
        save(self, request, obj, form, change)

    monkeypatch.setattr(CorrectionAdmin, "save_model", too_late)
    response = decide(site, one, decision=decision, answer="Second", published_note="Changed")
    one.refresh_from_db()
    assert (one.state, one.answer, one.published_note) == (State.DECLINED, "First", "")
    assert re.search("settled this already|was declined already", text(response))
    assert mail.outbox == []


def test_what_a_reader_wrote_is_not_changed(site):
    signed_in(site, "view_correction", "change_correction")
    one = correction()
    decide(site, one, path="/x/", text="x", email="x@example.org", state="accepted")
    assert Correction.objects.values_list("path", "text", "email", "state").get() == (
        PAGE, "It is 10.21.", "reader@example.org", "new",
    )  # fmt: skip


def test_a_mail_that_could_not_be_sent_is_sent_later(site, monkeypatch):
    signed_in(site, "view_correction", "change_correction")
    one = correction()

    def refuse(self, fail_silently=False):
        raise SMTPException("away")

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", refuse)
        response = decide(site, one, decision="declined", answer="The file says so.")
    assert "the mail could not be sent" in text(response)
    one.refresh_from_db()
    assert (one.state, one.answered_at) == (State.DECLINED, None)

    action = {"action": "send_answers", "_selected_action": [one.pk]}
    site.post("/admin/blog/correction/", action)
    site.post("/admin/blog/correction/", action)
    assert len(mail.outbox) == 1


def test_reports_are_assigned_in_bulk(site):
    editor = signed_in(site, "view_correction", "change_correction")
    pks = [correction().pk, correction().pk]
    site.post("/admin/blog/correction/", {"action": "assign_to_me", "_selected_action": pks})
    assert Correction.objects.filter(assigned_to=editor).count() == 2


def test_the_list_costs_the_same_at_any_length(site, django_assert_num_queries):
    editor = signed_in(site, "view_correction", "change_correction")
    correction(assigned_to=editor)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        site.get("/admin/blog/correction/")
    for _ in range(20):
        correction(assigned_to=editor)
    with django_assert_num_queries(len(few)):
        site.get("/admin/blog/correction/")
