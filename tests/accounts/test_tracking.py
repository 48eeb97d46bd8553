"""Tracked codes: through sign-in and back, the list, its order, what changed, undo, CSV."""

import csv
import io

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts import tracking
from accounts.models import TrackedCode
from codes.shown import shown
from tests.accounts.releases import make_2025d, make_2026c
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TRACKED = "/tracked/"


@pytest.fixture
def ana(client):
    user = UserFactory(email="ana@example.org")
    client.force_login(user)
    return user


def track(user, *codes, **words):
    return [tracking.track(user, hcpcs, shown(), **words)[0] for hcpcs in codes]


def order(user):
    return list(TrackedCode.objects.for_user(user).values_list("hcpcs", flat=True))


def text(response):
    return " ".join(response.content.decode().split())


# From the page of a code ------------------------------------------------------------------


def test_a_stranger_is_led_through_signing_in_and_comes_back(client):
    make_2026c()

    response = client.get("/track/47562/")

    assert response.status_code == 302
    assert response.url.endswith("?next=/track/47562/")
    assert response["Cache-Control"] == "private, no-store"


def test_opening_the_address_changes_nothing(client, ana):
    make_2026c()

    response = client.get("/track/47562/")

    assert "Track 47562</button>" in text(response)
    assert not TrackedCode.objects.exists()


def test_the_button_tracks_with_the_figures_of_that_day(client, ana):
    make_2026c()

    response = client.post("/track/47562/")

    code = TrackedCode.objects.get()
    assert response.url == f"/tracked/?tracked=47562#c-{code.pk}"
    assert (code.user, code.release, code.told_release) == (ana, "2026C", "")
    assert code.figures == {
        "status": "A",
        "global_days": "090",
        "is_payable": True,
        "work_rvu": "10.21",
        "pe_nonfac": "6.53",
        "pe_fac": "6.53",
        "mp_rvu": "2.48",
        "total_nonfac": None,
        "total_fac": "19.22",
    }


def test_small_letters_lead_to_the_same_code(client, ana):
    make_2026c()
    assert client.post("/track/47562/").status_code == 302
    assert client.get("/track/g9999/").status_code == 404


def test_tracked_twice_is_tracked_once_and_the_page_says_so(client, ana):
    make_2026c()
    client.post("/track/47562/")
    client.post("/track/47562/")

    assert TrackedCode.objects.count() == 1
    assert "You track 47562 since" in text(client.get("/track/47562/"))


def test_before_the_first_release_there_is_nothing_to_track(client, ana):
    assert client.get("/track/47562/").status_code == 503
    assert client.get(TRACKED).status_code == 503


def test_a_code_page_leads_here(client):
    assert reverse("accounts:track", args=["47562"]) == "/track/47562/"


def test_a_form_from_elsewhere_tracks_nothing():
    from django.test import Client

    make_2026c()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(UserFactory())

    assert strict.post("/track/47562/").status_code == 403
    assert not TrackedCode.objects.exists()


# The list ---------------------------------------------------------------------------------


def test_the_list_says_what_changed_since_and_why(client, ana):
    make_2025d()
    track(ana, "47562", "99213", "99201")
    make_2026c()

    page = text(client.get(TRACKED))

    assert '<strong class="num">2</strong> changed since you began to track them.' in page
    assert (
        'Work RVUs <span class="num">10.47 → <strong>10.21</strong></span> '
        '<span class="quiet">× 0.975, the 2026 efficiency adjustment</span>'
    ) in page
    assert 'Fee schedule <span class="num">in 2025D → <strong>not in 2026C</strong>' in page
    assert page.count("Unchanged since") == 1


def test_the_list_costs_the_same_at_any_length(client, ana, django_assert_num_queries):
    make_2026c()
    track(ana, "47562")
    client.get(TRACKED)  # the directory is remembered from here on
    # Session, person, profile, what is shown, the codes, their standings.
    with django_assert_num_queries(6):
        client.get(TRACKED)
    track(ana, "99213", group="Clinic")
    with django_assert_num_queries(6):
        client.get(TRACKED)


def test_a_code_is_added_by_hand(client, ana):
    make_2026c()

    client.post(TRACKED, {"code": " 99213 ", "name": "Visit 3", "group": "Clinic"})

    code = TrackedCode.objects.get()
    assert (code.hcpcs, code.name, code.group) == ("99213", "Visit 3", "Clinic")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"code": ""}, "Enter a code, such as 47562."),
        ({"code": "gallbladder"}, "GALLBLADDER has not the form of a code"),
        ({"code": "12345"}, "12345 is not in 2026C."),
        ({"code": "99213", "name": "MRN 1234567"}, "This looks like a record number."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, ana, typed, said):
    make_2026c()

    page = text(client.post(TRACKED, {"group": "Clinic", **typed}))

    assert said in page
    assert 'value="Clinic"' in page
    assert "<title>Error:" in page
    assert not TrackedCode.objects.exists()


def test_a_list_has_an_end(ana, monkeypatch):
    make_2026c()
    monkeypatch.setattr(tracking, "MOST_TRACKED", 1)
    track(ana, "47562")
    with pytest.raises(ValidationError, match="as many as a list holds"):
        track(ana, "99213")


def test_codes_move_within_their_group_and_stop_at_its_end(client, ana):
    make_2025d()
    _, second, third = track(ana, "47562", "99213", "99201")

    client.post(f"/tracked/{third.pk}/move/", {"to": "up"})
    assert order(ana) == ["47562", "99201", "99213"]
    client.post(f"/tracked/{second.pk}/move/", {"to": "down"})
    assert order(ana) == ["47562", "99201", "99213"]
    client.post(f"/tracked/{second.pk}/move/", {"to": "up"})
    assert order(ana) == ["47562", "99213", "99201"]


def test_a_name_a_note_and_a_group_of_ones_own(client, ana):
    make_2025d()
    first, _ = track(ana, "47562", "99213", group="Clinic")
    track(ana, "99201")

    client.post(
        f"/tracked/{first.pk}/", {"name": "Lap chole", "note": "With cholangiogram: 47563"}
    )

    first.refresh_from_db()
    assert (first.name, first.group, first.position) == ("Lap chole", "", 1)
    assert order(ana) == ["99201", "47562", "99213"]
    assert "Lap chole" in text(client.get(TRACKED))


def test_a_note_about_a_patient_is_refused_and_stays_in_the_form(client, ana):
    make_2026c()
    (code,) = track(ana, "47562")

    page = text(client.post(f"/tracked/{code.pk}/", {"note": "Mr. Smith on Friday"}))

    assert "This looks like a patient&#x27;s name" in page
    assert 'value="Mr. Smith on Friday"' in page
    code.refresh_from_db()
    assert code.note == ""


def test_a_favorite_is_set_and_unset_by_what_the_button_says(client, ana):
    make_2026c()
    (code,) = track(ana, "47562")
    for on, expected in (("1", True), ("1", True), ("0", False)):
        client.post(f"/tracked/{code.pk}/favorite/", {"on": on})
        code.refresh_from_db()
        assert code.is_favorite is expected


def test_a_removed_code_comes_back_as_it_was(client, ana):
    make_2025d()
    (code,) = track(ana, "47562", name="Lap chole", group="OR")
    TrackedCode.objects.update(is_favorite=True, told_release="2025D")
    make_2026c()
    since = code.tracked_at

    response = client.post(f"/tracked/{code.pk}/remove/")
    assert not TrackedCode.objects.exists()
    assert "47562 is no longer tracked." in text(client.get(response.url))
    client.post("/tracked/undo/")

    back = TrackedCode.objects.get()
    assert (back.name, back.group, back.is_favorite) == ("Lap chole", "OR", True)
    assert (back.release, back.told_release, back.tracked_at) == ("2025D", "2025D", since)
    assert client.post("/tracked/undo/").url == TRACKED  # once is enough


def test_undo_leaves_a_code_that_was_tracked_again(client, ana):
    make_2026c()
    (code,) = track(ana, "47562", name="Old")
    client.post(f"/tracked/{code.pk}/remove/")
    track(ana, "47562", name="New")

    client.post("/tracked/undo/")

    assert TrackedCode.objects.get().name == "New"


def test_csv_has_the_figures_and_the_changes(client, ana):
    make_2025d()
    track(ana, "47562", name="=HYPERLINK()", group="OR")
    track(ana, "99201")
    make_2026c()

    response = client.get("/tracked/csv/")

    assert response["Cache-Control"] == "private, no-store"
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    gone, operation = rows
    assert operation["own name"] == "'=HYPERLINK()"
    assert operation["work RVUs"] == "10.21"
    assert operation["total RVUs, office"] == ""
    assert operation["total RVUs, facility"] == "19.22"
    assert operation["changes"] == (
        "Work RVUs: 10.47 → 10.21 (× 0.975, the 2026 efficiency adjustment); "
        "Total RVUs, facility: 19.48 → 19.22 (work)"
    )
    assert (gone["status"], gone["work RVUs"]) == ("not listed", "")


# Whose it is ------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", "move/", "favorite/", "remove/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_persons_code_is_not_there(client, ana, address, method):
    make_2026c()
    (theirs,) = track(UserFactory(), "47562")

    response = getattr(client, method)(f"/tracked/{theirs.pk}/{address}")

    wrong_method = address and method == "get"
    assert response.status_code == (405 if wrong_method else 404)
    assert TrackedCode.objects.filter(pk=theirs.pk, is_favorite=False).exists()


def test_each_person_sees_their_own_list(client, ana):
    make_2026c()
    track(UserFactory(), "47562")
    assert "No code yet." in text(client.get(TRACKED))
