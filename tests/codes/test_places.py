"""Where somebody works: by ZIP code, county, state, name or the menu."""

import pytest
from django.db import transaction

from codes import places
from codes.shown import shown
from tests.codes.page.release import load_releases

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def releases(django_db_setup, django_db_blocker):
    """Both releases in one transaction that is undone when these tests are over."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_releases()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def state(releases, db):
    return shown()


def find(state, text="", key=""):
    """Return what was found as (locality, how), or the problem."""
    place = places.find_place(state, text, key)
    return (place.locality.title, place.found_by) if place.locality else place.problem


def test_nothing_asked_is_no_place_and_no_problem(state):
    assert places.find_place(state, "", "") == places.Place()
    assert places.find_place(state, "   ", "") == places.Place()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10016", ("Manhattan", "ZIP code 10016")),
        ("10017", ("Manhattan", "ZIP code 10017")),  # the end of a range
        ("10016-0001", ("Manhattan", "ZIP code 10016")),
        ("100160001", ("Manhattan", "ZIP code 10016")),
        (" 36003 ", ("Alabama", "ZIP code 36003")),
        ("New York", ("Manhattan", "New York, NY")),
        ("new york county, ny", ("Manhattan", "New York, NY")),
        ("DADE", ("Miami", "Dade, FL")),
        ("Monroe, FL", ("Miami", "Monroe, FL")),
        ("Monroe AR", ("Arkansas", "Monroe, AR")),
        ("monroe parish ar", ("Arkansas", "Monroe, AR")),
        ("FL", ("Miami", "Miami, FL")),
        ("florida", ("Miami", "Miami, FL")),
        ("Manhattan", ("Manhattan", "Manhattan, NY")),
        ("manh", ("Manhattan", "Manhattan, NY")),
        ("Alabama", ("Alabama", "Alabama, AL")),
    ],
)
def test_a_place_is_found_by_what_people_type(state, text, found):
    assert find(state, text) == found


def test_the_key_of_the_menu_is_contractor_and_number(state):
    assert find(state, key="13202-01") == ("Manhattan", "")
    assert find(state, "10016", "10112-00") == ("Manhattan", "ZIP code 10016")


def test_a_zip_code_of_several_localities_carries_a_note(state):
    place = places.find_place(state, "33109", "")
    assert place.locality.title == "Miami"
    assert place.note.startswith("33109 lies in more than one locality")
    assert places.find_place(state, "10016", "").note == ""


def test_a_name_of_several_localities_offers_them(state):
    place = places.find_place(state, "Monroe", "")
    assert place.locality is None
    assert place.choices == (
        ("07102-13", "Monroe, AR: Arkansas"),
        ("09102-04", "Monroe, FL: Miami"),
    )
    assert place.problem == "“Monroe” can mean several localities. Choose one:"


@pytest.mark.parametrize("text", ["Jefferson, AL", "Birmingham AL"])
def test_every_place_of_a_state_that_is_one_locality_is_found(state, text):
    place = places.find_place(state, text, "")
    assert (place.locality.title, place.found_by) == ("Alabama", text)
    assert place.note == "All of Alabama is one Medicare locality."


def test_a_county_without_its_state_is_taken_with_a_warning(state):
    assert "add its state" in places.find_place(state, "Dade", "").note
    assert places.find_place(state, "Dade, FL", "").note == ""


def test_the_beginning_of_several_names_offers_them_all(state):
    choices = dict(places.find_place(state, "m", "").choices)
    assert choices["13202-01"] == "Manhattan, NY"


@pytest.mark.parametrize(
    "text",
    [
        "Atlantis",
        "All counties",
        "Elsewhere",
        "Jefferson, CA",
        ",",
        ", ,",
        "; county",
    ],
)
def test_a_name_that_is_not_there_is_a_sentence(state, text):
    assert find(state, text).startswith(f"No county or locality is called “{text}”.")


@pytest.mark.parametrize("text", ["1", "1234", "123456", "10016-1", "10016 x", "²2222", "٣٣٣٣٣"])
def test_what_begins_with_a_digit_must_be_a_zip_code(state, text):
    assert find(state, text) == f"A ZIP code has five digits; “{text}” has not. Try 10016."


@pytest.mark.parametrize("zip_code", ["10015", "10018", "00000", "99999"])
def test_a_zip_code_that_is_not_there_names_the_file(state, zip_code):
    assert find(state, zip_code) == (
        f"{zip_code} is not in CMS’s ZIP code file of 2026 Q3. Check the digits, or choose the "
        "locality by name."
    )


@pytest.mark.parametrize("key", ["13202-02", "13202", "x", "13202-01\n", "１3202-01"])
def test_a_key_that_is_not_there_is_a_sentence(state, key):
    assert find(state, key=key) == (
        "That is no Medicare locality of this release. Choose one below."
    )


def test_only_the_beginning_of_a_long_text_is_looked_at(state):
    assert len(find(state, "x" * 20_000)) < 250


def test_localities_stand_by_state_and_name(state):
    assert [row.title for row in places.localities(state).values()] == [
        "Alabama",
        "Arkansas",
        "Miami",
        "Manhattan",
    ]


def test_the_menu_is_grouped_by_state(state):
    options = places.locality_options(state)
    assert '<optgroup label="Arkansas"><option value="07102-13">Arkansas</option></optgroup>' in (
        options
    )
    assert options.index("Florida") < options.index("New York")
    assert options.count("<option ") == 4


def test_what_is_the_same_for_every_page_is_read_once(state, django_assert_num_queries):
    places.locality_options(state)
    places.find_place(state, "Dade", "")
    with django_assert_num_queries(0):
        places.locality_options(state)
        places.find_place(state, "Dade", "")
        places.find_place(state, "", "13202-01")
    with django_assert_num_queries(1):
        places.find_place(state, "10016", "")


def test_the_menu_can_be_made_before_anything_else_is_remembered(state):
    """It is made of the localities, which are remembered too."""
    type(state.schedule).objects.mark_changed()
    assert "Manhattan" in places.locality_options(shown())


def test_counties_of_the_newest_file_serve_a_release_without_one(state):
    state.schedule.counties.all().delete()
    type(state.schedule).objects.mark_changed()
    assert find(shown(), "Dade") == ("Miami", "Dade, FL")  # of 2025D
