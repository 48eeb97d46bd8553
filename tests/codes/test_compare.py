"""The pages that put codes side by side, and what is typed into their addresses."""

import re

import pytest

from codes.fee_schedule.load import load
from codes.views.compare import compare_url
from tests.codes.little_release import load_release
from tests.factories import package, rate_row

pytestmark = pytest.mark.django_db

START, TWO = "/compare/", "/compare/?codes=99213,99214"


@pytest.fixture(autouse=True)
def release(db):
    load_release()


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def codes(response):
    """Return the codes of the table of figures, in their order."""
    page = response.content.decode()
    found = re.search(r'<table class="table compare-table">.*?</table>', page, re.DOTALL)
    return re.findall(r'class="code" href="[^"]+">(\w+)<', found[0]) if found else []


def test_two_codes_side_by_side(client):
    response = client.get(TWO)
    assert codes(response) == ["99213", "99214"]
    shown = text(response)
    assert "2 codes, side by side" in shown
    assert "1.30 2.85 1.72 $95.19 $57.45 1.30 none" in shown  # the last two: since 2026B
    assert "The same for all 2" in shown
    assert "Status: Paid separately (A)" in shown
    assert "Established patient office visit, low complexity" in shown
    assert 'content="noindex"' in response.content.decode()


def test_differing_rules_stand_in_a_table_and_the_others_in_a_list(client):
    page = client.get("/compare/?codes=47562,99213").content.decode()
    differing = re.search(r'<table class="table compare-rules">.*?</table>', page, re.DOTALL)[0]
    assert "Global period" in differing
    assert "Both sides" not in differing
    assert "Both sides: No extra for both sides (0)" in page


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/compare/?codes=99214,99213", TWO),
        ("/compare/?codes=99213%2099214,99213", TWO),
        ("/compare/?codes=g0105,45378", "/compare/?codes=45378,G0105"),
        ("/compare/?codes=99213,99214&x=1&utm=2", ""),
        ("/compare/?add=99214+99213", TWO),
        ("/compare/?codes=99213&add=99214", TWO),
        (
            "/compare/?codes=" + ",".join(f"{n}" for n in (*range(99211, 99216),
                                                          *range(99202, 99206))),
            "/compare/office-visits/",
        ),
    ],
)  # fmt: skip
def test_a_comparison_has_one_address(client, address, target):
    response = client.get(address)
    assert response.status_code == (301 if target else 200)
    assert response.headers.get("Location", "") == target


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("codes=12345,99213", "No release on this site has a code 12345."),
        ("codes=99213,ABC", "“ABC” is not a code: one has five characters"),
        ("codes=99213,%3CSCRIPT%3E", "“&lt;SCRIPT&gt;” is not a code"),
        ("codes=99213&add=12345", "No release on this site has a code 12345."),
        ("codes=99213&add=..%2F..", "“../..” is not a code"),
        ("codes=99213", "One code alone has nothing to be compared with"),
        (
            "codes=40799,45378,47562,47600,70450,93005,99213",
            "At most 6 codes fit side by side. Left out: 99213.",
        ),
        (
            "codes=40799,45378,47562,47600,70450,93005&add=99213",
            "At most 6 codes fit side by side: remove one first.",
        ),
    ],
)
def test_what_cannot_be_compared_is_explained(client, query, sentence):
    response = client.get(f"/compare/?{query}")
    assert response.status_code == 200
    assert sentence in text(response)


def test_what_was_typed_is_kept_where_it_cannot_be_used(client):
    page = client.get("/compare/?codes=99213&add=992%22144").content.decode()
    assert 'value="992&quot;144"' in page
    assert 'aria-describedby="add-error"' in page


def test_a_code_of_another_release_alone_is_told_apart(client):
    load(package("2026A", rates=[rate_row("99201"), rate_row("99213")]), confirmed=True)
    shown = text(client.get("/compare/?codes=99201,99213,99214"))
    assert "99201 is not in release 2026C, which is compared here." in shown


@pytest.mark.parametrize("query", ["codes=" + "9" * 5000, "codes=" + "%2C" * 900, "codes=%F0"])
def test_long_and_odd_addresses_do_no_harm(client, query):
    response = client.get(f"/compare/?{query}", follow=True)
    assert response.status_code == 200
    assert len(response.content) < 60_000


def test_each_chip_leads_to_the_rest(client):
    page = client.get("/compare/?codes=47562,99213,99214").content.decode()
    chips = re.findall(r'<a class="chip" href="([^"]+)"', page)
    assert chips == [TWO, "/compare/?codes=47562,99214", "/compare/?codes=47562,99213"]


def test_the_start_lists_families_of_which_two_codes_are_here(client):
    response = client.get(START)
    shown = text(response)
    assert "Office visits 2 codes" in shown  # 99213 and 99214
    assert "Colonoscopy 2 codes" in shown  # 45378 and G0105
    assert "Chest X-ray" not in shown
    assert 'content="noindex"' not in response.content.decode()


def test_a_family_has_its_groups_and_says_what_is_missing(client):
    response = client.get("/compare/colonoscopy/")
    assert codes(response) == ["45378", "G0105"]
    shown = text(response)
    assert "Colonoscopy, side by side" in shown
    assert "Looking 45378" in shown
    assert "Medicare screening G0105" in shown
    assert "Not in release 2026C: 45380, 45381" in shown
    assert 'content="noindex"' not in response.content.decode()


def test_a_family_without_codes_here_is_a_page_without_figures(client):
    response = client.get("/compare/chest-x-ray/")
    assert response.status_code == 200
    assert codes(response) == []
    assert 'content="noindex"' in response.content.decode()
    assert client.get("/compare/no-such-family/").status_code == 404


def test_a_part_of_a_large_family_keeps_all_its_codes(client):
    visits = [*range(99202, 99206), *range(99211, 99216)]
    load(
        package("2026D", rates=[rate_row(f"{code}") for code in visits]),
        confirmed=True,
        activate=True,
    )
    assert len(codes(client.get("/compare/office-visits/"))) == 9
    eight = compare_url(str(code) for code in visits[1:])
    assert len(codes(client.get(eight))) == 8
    assert client.get(f"{eight}&add=99202").headers["Location"] == "/compare/office-visits/"


def test_any_number_of_codes_costs_two_queries(client, django_assert_num_queries):
    client.get(TWO)
    for address in (TWO, "/compare/?codes=40799,45378,47562,47600,70450,93005"):
        with django_assert_num_queries(2):  # what the site shows, the rows
            client.get(address)
    with django_assert_num_queries(2):  # and which of the unknown ones another release has
        client.get("/compare/?codes=12345,99213")


def test_the_codes_are_a_csv(client):
    for address, count in ((f"{TWO}&format=csv", 2), ("/compare/colonoscopy/?format=csv", 2)):
        response = client.get(address)
        assert response.headers["Content-Disposition"].endswith('"rvuedge-comparison-2026C.csv"')
        lines = b"".join(response).decode().splitlines()
        assert lines[0] == f'"RVU Edge: {count} codes, side by side"'
        assert len(lines[lines.index(next(li for li in lines if li.startswith("code,"))) :]) == 3


def test_public_pages_know_no_visitor(client):
    for address in (START, TWO, "/compare/office-visits/"):
        response = client.get(address)
        assert "public" in response.headers["Cache-Control"]
        assert not response.cookies
        again = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
        assert again.status_code == 304


def test_a_code_page_leads_to_its_neighbors_and_its_families(client):
    page = client.get("/cpt-codes/digestive/47562/").content.decode()
    assert 'href="/compare/?codes=45378,47562,47600"' in page
    assert 'href="/compare/gallbladder-removal/"' in page


def test_ama_and_ada_wording_is_not_shown(client):
    shown = text(client.get("/compare/?codes=0054T,D0120"))
    assert "An AMA text" not in shown
    assert "An ADA text" not in shown
