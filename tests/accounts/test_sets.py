"""Sets of codes: rows of a plain form, one case, order, undo, CSV."""

import csv
import io
from decimal import Decimal

import pytest

from accounts import code_sets
from accounts.models import CodeSet, SetLine
from codes.shown import shown
from tests.accounts.releases import make_2025d, make_2026c
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    user = UserFactory(email="ana@example.org")
    client.force_login(user)
    return user


def typed(*rows, name="Clinic day", **more):
    data = {"name": name, "line-TOTAL_FORMS": len(rows), "line-INITIAL_FORMS": 0, **more}
    for number, row in enumerate(rows):
        for field, value in zip(("code", "modifiers", "units"), row, strict=True):
            data[f"line-{number}-{field}"] = value
    return data


def stored(code_set):
    return list(code_set.lines.values_list("hcpcs", "modifiers", "units"))


def make(user, name="Clinic day", lines=(("99213", "25", 6),)):
    code_set = CodeSet(user=user, name=name)
    rows = [SetLine(hcpcs=code, modifiers=mods, units=units) for code, mods, units in lines]
    code_sets.save(code_set, rows)
    return code_set


def text(response):
    return " ".join(response.content.decode().split())


def test_a_set_holds_codes_with_modifiers_and_units(client, ana):
    make_2026c()

    rows = [("99213", "25 lt", "6"), ("", "", ""), ("47562", "", "")]
    response = client.post("/sets/new/", typed(*rows, is_case="on"))

    code_set = CodeSet.objects.get()
    assert response.url == f"/sets/#s-{code_set.pk}"
    assert (code_set.user, code_set.name, code_set.is_case) == (ana, "Clinic day", True)
    assert stored(code_set) == [("99213", "25,LT", 6), ("47562", "", 1)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (typed(("99213", "", "1"), name=""), "This field is required."),
        (typed(("99213", "", "1"), name="MRN 1234567"), "This looks like a record number."),
        (typed(("", "", "")), "Enter at least one code"),
        (typed(("12345", "", "1")), "Row 1: 12345 is in no release"),
        (typed(("visit", "", "1")), "Row 1: VISIT has not the form of a code"),
        (typed(("99213", "2", "1")), "Row 1: 2 is no modifier"),
        (typed(("99213", "", "0")), "Row 1: Units are a whole number from 1 to 999."),
        (typed(("99213", "", "two")), "Row 1: Units are a whole number from 1 to 999."),
        (typed(("", "25", "")), "Row 1: Enter the code that this belongs to"),
    ],
)
def test_what_is_wrong_is_said_at_its_row_and_nothing_is_lost(client, ana, data, said):
    make_2026c()

    page = text(client.post("/sets/new/", data))

    assert said in page
    assert f'value="{data["line-0-code"]}"' in page
    assert not CodeSet.objects.exists()


def test_two_sets_of_one_name_are_refused(client, ana):
    make_2026c()
    make(ana)
    assert "You have a set named “Clinic day” already." in text(
        client.post("/sets/new/", typed(("99213", "", "1")))
    )


def test_more_rows_keep_all_that_was_typed_and_save_nothing(client, ana):
    make_2026c()

    page = text(client.post("/sets/new/", typed(("visit", "x", "two"), more="1", is_case="on")))

    assert 'name="line-TOTAL_FORMS" value="4"' in page
    assert all(f'value="{value}"' in page for value in ("visit", "x", "two", "Clinic day"))
    assert 'name="is_case" checked' in page
    assert not CodeSet.objects.exists()


def test_editing_replaces_the_lines(client, ana):
    make_2026c()
    code_set = make(ana)
    page = text(client.get(f"/sets/{code_set.pk}/"))
    assert 'value="99213"' in page and 'value="25"' in page

    client.post(f"/sets/{code_set.pk}/", typed(("47562", "", "2"), name="OR day"))

    code_set.refresh_from_db()
    assert (code_set.name, code_set.is_case, stored(code_set)) == (
        "OR day",
        False,
        [("47562", "", 2)],
    )


def test_a_code_that_is_gone_stays_and_is_marked(client, ana):
    make_2025d()
    make_2026c()
    code_set = make(ana, lines=[("99201", "", 1)])

    client.post(f"/sets/{code_set.pk}/", typed(("99201", "", "3")))

    assert stored(code_set) == [("99201", "", 3)]
    assert "not in 2026C" in text(client.get("/sets/"))


def test_the_work_of_a_set_is_that_of_its_units(ana):
    """6 × 1.30 + 10.21 = 18.01."""
    make_2026c()
    make(ana, lines=[("99213", "", 6), ("47562", "", 1)])
    (shelf,) = code_sets.shelves(ana, shown())
    assert shelf.work == Decimal("18.01")


def test_the_list_costs_the_same_at_any_length(client, ana, django_assert_num_queries):
    make_2026c()
    make(ana)
    client.get("/sets/")
    # Session, person, profile, what is shown, the sets, their lines.
    with django_assert_num_queries(6):
        client.get("/sets/")
    make(ana, "OR day", [("47562", "", 1), ("99213", "", 1)])
    with django_assert_num_queries(6):
        client.get("/sets/")


def test_sets_move_and_come_back_after_removal(client, ana):
    make_2026c()
    make(ana, "One")
    two = make(ana, "Two", [("99213", "25", 6), ("47562", "", 1)])

    client.post(f"/sets/{two.pk}/move/", {"to": "up"})
    assert list(CodeSet.objects.values_list("name", flat=True)) == ["Two", "One"]
    response = client.post(f"/sets/{two.pk}/remove/")
    assert "“Two” is removed." in text(client.get(response.url))
    client.post("/sets/undo/")

    back = CodeSet.objects.first()
    assert (back.name, stored(back)) == ("Two", [("99213", "25", 6), ("47562", "", 1)])
    assert client.post("/sets/undo/").url == "/sets/"


def test_csv_has_a_row_for_each_line(client, ana):
    make_2026c()
    make(ana, lines=[("99213", "25,LT", 6)])
    rows = list(csv.reader(io.StringIO(client.get("/sets/csv/").content.decode("utf-8-sig"))))
    assert rows[0] == list(code_sets.COLUMNS)
    assert rows[1][:3] + rows[1][4:] == ["Clinic day", "no", "99213", "25,LT", "6", "1.30"]


@pytest.mark.parametrize("address", ["", "move/", "remove/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_persons_set_is_not_there(client, ana, address, method):
    make_2026c()
    theirs = make(UserFactory())
    response = getattr(client, method)(f"/sets/{theirs.pk}/{address}")
    wrong_method = address and method == "get"
    assert response.status_code == (405 if wrong_method else 404)
    assert CodeSet.objects.filter(pk=theirs.pk).exists()
