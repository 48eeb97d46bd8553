"""Mails about tracked codes: one for each release and person, wanted, and never twice."""

from io import StringIO

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import tracking
from accounts.change_mails import token_of
from accounts.models import Profile, TrackedCode
from codes.models import FeeSchedule
from codes.shown import shown
from tests.accounts.releases import make_2025d, make_2026c
from tests.factories import FeeScheduleFactory, StandingFactory, UserFactory

pytestmark = pytest.mark.django_db


def person(email="ana@example.org", wants=True, **fields):
    user = UserFactory(email=email, **fields)
    Profile.objects.create(user=user, mails_changes=wants)
    return user


def track(user, *codes, **words):
    for hcpcs in codes:
        tracking.track(user, hcpcs, shown(), **words)


def run():
    said = StringIO()
    call_command("mail_tracked_changes", stdout=said)
    return said.getvalue()


def test_one_mail_tells_of_all_changes():
    make_2025d()
    track(person(), "47562", "99213", "99201")
    make_2026c()

    assert run() == "Mailed 1 people about 2 codes.\n"

    (message,) = mail.outbox
    assert message.to == ["ana@example.org"]
    assert message.subject == "2 codes that you track changed in 2026C"
    assert "Work RVUs: 10.47 → 10.21 (× 0.975, the 2026 efficiency adjustment)" in message.body
    assert "Fee schedule: in 2025D → not in 2026C (the code is gone)" in message.body
    assert "http://testserver/cpt-codes/digestive/47562/" in message.body
    assert "99213" not in message.body


def test_no_mail_is_sent_twice():
    make_2025d()
    track(person(), "47562")
    make_2026c()
    run()
    assert run() == "Mailed 0 people about 0 codes.\n"
    assert len(mail.outbox) == 1


def test_the_next_release_is_compared_with_the_one_told_of():
    make_2025d()
    track(person(), "47562")
    make_2026c()
    run()
    FeeSchedule.objects.update(is_active=False)
    same = FeeScheduleFactory(release="2026D", is_active=True)
    before = FeeSchedule.objects.get(release="2026C").standings.get(code="47562")
    StandingFactory(
        schedule=same,
        code=before.code,
        **{name: getattr(before, name) for name in ("global_days", "work_rvu", "pe_nonfac",
           "pe_fac", "mp_rvu", "total_nonfac", "total_fac")},
    )  # fmt: skip

    assert run() == "Mailed 0 people about 0 codes.\n"
    assert TrackedCode.objects.get().told_release == "2026D"


def test_going_back_to_an_older_release_and_forth_tells_nothing():
    make_2025d()
    track(person(), "47562")
    make_2026c()
    run()
    for release in ("2025D", "2026C"):
        FeeSchedule.objects.update(is_active=False)
        FeeSchedule.objects.filter(release=release).update(is_active=True)
        assert run() == "Mailed 0 people about 0 codes.\n"


def test_a_release_that_was_removed_is_compared_by_what_was_kept():
    old = make_2025d()
    track(person(), "47562")
    make_2026c()
    old.standings.all().delete()
    old.delete()

    assert run() == "Mailed 1 people about 1 codes.\n"
    assert "10.47 → 10.21" in mail.outbox[0].body


def test_only_who_wants_it_and_is_active_is_mailed():
    make_2025d()
    track(person("ben@example.org", wants=False), "47562")
    track(person("eva@example.org", is_active=False), "47562")
    track(UserFactory(), "47562")  # without a profile
    make_2026c()

    assert run() == "Mailed 0 people about 0 codes.\n"
    assert set(TrackedCode.objects.values_list("told_release", flat=True)) == {""}


def test_a_mail_that_fails_keeps_nobody_from_theirs_and_is_tried_again(monkeypatch):
    make_2025d()
    track(person("ana@example.org"), "47562")
    track(person("ben@example.org"), "47562")
    make_2026c()
    send = EmailBackend.send_messages

    def refusing(self, messages):
        if messages[0].to == ["ana@example.org"]:
            raise ConnectionRefusedError
        return send(self, messages)

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refusing)
        with pytest.raises(CommandError, match="1 mails could not be sent"):
            run()
    assert [message.to for message in mail.outbox] == [["ben@example.org"]]

    assert run() == "Mailed 1 people about 1 codes.\n"
    assert mail.outbox[1].to == ["ana@example.org"]


def test_a_second_run_beside_the_first_sends_nothing(monkeypatch):
    make_2025d()
    track(person(), "47562")
    make_2026c()
    send = EmailBackend.send_messages

    def meanwhile(self, messages):
        with monkeypatch.context() as patch:
            patch.setattr(EmailBackend, "send_messages", send)
            assert run() == "Mailed 0 people about 0 codes.\n"
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", meanwhile)
    assert run() == "Mailed 1 people about 1 codes.\n"
    assert len(mail.outbox) == 1


def test_names_of_ones_own_cannot_break_a_mail():
    make_2025d()
    track(person(), "47562", name="Chole\r\nBcc: all@example", group="Ward\r\nTwo")
    make_2026c()
    run()
    (message,) = mail.outbox
    head = message.message().as_string().partition("\n\n")[0]
    assert "Bcc" not in head
    assert message.recipients() == ["ana@example.org"]


def test_before_the_first_release_nobody_is_mailed():
    assert run() == "Mailed 0 people about 0 codes.\n"


# Stopping them ----------------------------------------------------------------------------


def stop(user):
    return f"/tracked/mails/{token_of(user)}/"


def test_the_mail_says_how_to_stop_without_signing_in():
    make_2025d()
    ana = person()
    track(ana, "47562")
    make_2026c()
    run()
    (message,) = mail.outbox
    address = f"http://testserver{stop(ana)}"
    assert address in message.body
    assert message.extra_headers == {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_opening_the_address_asks_and_posting_stops(client):
    ana = person()

    assert "Stop the mails?" in client.get(stop(ana)).content.decode()
    assert Profile.objects.get().mails_changes

    strict = Client(enforce_csrf_checks=True)  # as a mail program does
    answer = strict.post(stop(ana), {"List-Unsubscribe": "One-Click"})

    assert "No more mails" in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert not Profile.objects.get().mails_changes


def test_a_made_up_address_stops_nothing(client):
    ana = person()
    assert client.post(f"/tracked/mails/{token_of(ana)[:-1]}A/").status_code == 404
    assert client.post(f"/tracked/mails/{ana.pk}/").status_code == 404
    assert Profile.objects.get().mails_changes


def test_an_address_outlives_its_person(client):
    ana = person()
    address = stop(ana)
    ana.delete()
    assert client.get(address).status_code == 200


def test_mails_are_turned_on_and_off_on_the_list(client):
    make_2026c()
    ana = UserFactory()
    client.force_login(ana)
    assert "You are not mailed." in client.get("/tracked/").content.decode()
    client.post("/tracked/mails/", {"on": "1"})
    assert Profile.objects.get(user=ana).mails_changes
    client.post("/tracked/mails/", {"on": "0"})
    assert not Profile.objects.get(user=ana).mails_changes
