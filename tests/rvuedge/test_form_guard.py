"""The guard of forms that anybody may send: what stops machines, and lets people through."""

import time

import pytest
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.signing import TimestampSigner
from django.http import HttpResponse

from rvuedge import form_guard
from rvuedge.form_guard import GuardedForm, OneLineEmailField, check_stamp, guarded_form, new_stamp


class LetterForm(GuardedForm):
    purpose = "letter"
    words = forms.CharField(max_length=20)
    email = OneLineEmailField(required=False)


@guarded_form("letter")
def letter(request, wait):
    return HttpResponse(f"wait {wait}", headers={"X-Wait": str(wait)})


@pytest.fixture
def later(monkeypatch):
    """Let time go on: `later(5)` is five seconds from now."""
    start = time.time()

    def go(seconds):
        monkeypatch.setattr(time, "time", lambda: start + seconds)

    go(0)
    return go


def code(stamp, purpose="letter"):
    """Return why a stamp is refused, or ""."""
    try:
        check_stamp(purpose, stamp)
    except ValidationError as error:
        return error.code
    return ""


def test_a_stamp_is_good_after_some_seconds_and_for_a_day(later):
    stamp = new_stamp("letter")
    assert code(stamp) == "early"
    later(1)
    assert code(stamp) == "early"
    later(form_guard.LEAST_SECONDS)
    assert code(stamp) == ""
    later(form_guard.MOST_SECONDS - 1)
    assert code(stamp) == ""
    later(form_guard.MOST_SECONDS + 1)
    assert code(stamp) == "late"


@pytest.mark.parametrize(
    "stamp",
    ["", "letter", "letter:1abcd:made-up", "x" * 5000, "\0", "letter:\ud800:x", ":::", "é:é:é"],
)
def test_a_made_up_stamp_is_refused(stamp):
    assert code(stamp) == "stamp"


def test_a_stamp_is_bound_to_its_form(later):
    other = new_stamp("another form")
    changed = new_stamp("letter")[:-1] + "!"
    foreign = TimestampSigner(salt="something else").sign("letter")
    later(10)
    assert [code(one) for one in (other, changed, foreign)] == ["stamp"] * 3


def test_a_whole_form_is_taken_once(later):
    stamp = LetterForm().stamp_value
    later(10)
    form = LetterForm({"words": "Hello", "stamp": stamp})
    assert form.is_valid()
    assert not form.is_trapped
    assert form.is_first()
    again = LetterForm({"words": "Hello", "stamp": stamp})
    assert again.is_valid()
    assert not again.is_first()


def test_two_forms_of_one_second_are_two(later):
    stamps = [LetterForm().stamp_value for _ in range(2)]
    later(10)
    for stamp in stamps:
        form = LetterForm({"words": "Hello", "stamp": stamp})
        assert form.is_valid()
        assert form.is_first()


def test_a_form_that_is_mended_keeps_its_stamp(later):
    stamp = LetterForm().stamp_value
    later(10)
    form = LetterForm({"words": "", "stamp": stamp})
    assert not form.is_valid()
    assert form.stamp_value == stamp


def test_a_form_that_was_too_fast_keeps_its_stamp(later):
    stamp = LetterForm().stamp_value
    form = LetterForm({"words": "Hello", "stamp": stamp})
    assert not form.is_valid()
    assert form.stamp_value == stamp


def test_a_form_with_a_spent_stamp_gets_a_new_one(later):
    stamp = LetterForm().stamp_value
    later(form_guard.MOST_SECONDS + 10)
    form = LetterForm({"words": "Hello", "stamp": stamp})
    assert not form.is_valid()
    assert form.non_field_errors()
    fresh = form.stamp_value
    later(form_guard.MOST_SECONDS + 20)
    assert code(fresh) == ""


def test_who_fills_in_the_hidden_field_is_a_machine(later):
    stamp = new_stamp("letter")
    later(10)
    form = LetterForm({"words": "Buy", "stamp": stamp, "website": "https://example.org"})
    assert form.is_valid()
    assert form.is_trapped


@pytest.mark.parametrize(
    "email",
    [
        "a@example.org\n",
        "a@example.org\nBcc: b@example.org",
        "a@example.org\r",
        "a\r\n@example.org",
    ],
)
def test_a_line_break_in_an_address_is_an_error_of_the_form(email):
    form = LetterForm({"words": "Hello", "email": email})
    assert form.errors["email"] == ["Enter one email address, on one line."]


@pytest.mark.parametrize("field", ["words", "email", "stamp", "website"])
def test_a_nul_is_an_error_of_the_form(field):
    form = LetterForm({"words": "Hello", field: "a\0b"})
    assert not form.is_valid()
    assert form.errors


def test_too_long_is_an_error_of_the_form():
    form = LetterForm({"words": "x" * 21, "stamp": "x" * 20_000, "website": "y" * 20_000})
    assert {"words", "stamp", "website"} <= form.errors.keys()


# How often ------------------------------------------------------------------------------------


def test_one_address_may_send_ten_times_in_ten_minutes(rf, later):
    answers = [letter(rf.post("/")) for _ in range(form_guard.MOST_POSTS + 1)]
    assert [answer.status_code for answer in answers] == [200] * form_guard.MOST_POSTS + [429]
    wait = int(answers[-1]["Retry-After"])
    assert 0 < wait <= form_guard.WINDOW
    assert letter(rf.post("/", REMOTE_ADDR="192.0.2.7")).status_code == 200
    later(wait)
    assert letter(rf.post("/")).status_code == 200


def test_looking_at_the_form_is_not_counted(rf):
    for _ in range(form_guard.MOST_POSTS + 1):
        assert letter(rf.get("/")).status_code == 200


def test_other_methods_are_refused(rf):
    assert letter(rf.put("/")).status_code == 405


def test_nothing_is_kept_and_no_cookie_set(rf):
    answer = letter(rf.get("/"))
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


def test_an_ipv6_household_is_one_sender():
    waits = [
        form_guard.seconds_to_wait("letter", f"2001:db8::{number:x}", most=2)
        for number in range(1, 4)
    ]
    assert [wait > 0 for wait in waits] == [False, False, True]
    assert not form_guard.seconds_to_wait("letter", "2001:db8:0:1::1", most=2)


def test_a_sender_without_an_address_of_its_own_is_counted_too():
    waits = [form_guard.seconds_to_wait("letter", "unix:", most=1) for _ in range(2)]
    assert [wait > 0 for wait in waits] == [False, True]


def test_a_cache_that_forgets_lets_people_through(monkeypatch):
    monkeypatch.setattr(cache, "incr", lambda key: (_ for _ in ()).throw(ValueError))
    assert form_guard.seconds_to_wait("letter", "192.0.2.1", most=1) == 0


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "127.0.0.1"),  # whoever sends it may have written it
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (1, "", "127.0.0.1"),
        (2, "198.51.100.1", "127.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(rf, settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = rf.post("/", HTTP_X_FORWARDED_FOR=forwarded)
    assert form_guard.client_address(request) == address
