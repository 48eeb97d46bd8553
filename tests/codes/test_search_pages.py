"""The search page, the suggestions under an input, and the page of a code that does not exist."""

import re
import time

import pytest

from tests.codes.little_release import GALLBLADDER, load_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(db):
    load_release()


@pytest.fixture
def get(client, release):
    def fetch(address, status=200):
        response = client.get(address)
        assert response.status_code == status, address
        return response.content.decode()

    return fetch


def text(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def codes(page):
    return re.findall(r'<th scope="row" class="first"><span class="code">(\w+)</span>', page)


# The page -----------------------------------------------------------------------------------


def test_words_find_codes_with_the_words_marked(get):
    page = get("/search/?q=gallbladder")
    assert set(codes(page)) == {"47562", "47600"}
    assert "Laparoscopic <mark>gallbladder</mark> removal" in page


def test_a_synonym_says_why_it_was_found(get):
    page = get("/search/?q=colonoscopy")
    assert "45378" in codes(page)
    assert "also called" in text(page)


def test_cpt_and_hcpcs_are_told_apart(get):
    page = text(get("/search/?q=colonoscopy"))
    assert re.search(r"45378\s+CPT", page)
    assert re.search(r"G0105\s+HCPCS", page)


def test_a_zero_is_a_word(get):
    page = text(get("/search/?q=group+session"))
    assert "G0411" in page
    assert "none" in page
    assert "0.00" not in page


def test_a_typo_is_mended_and_said(get):
    page = get("/search/?q=galbladder")
    assert "Showing results for <strong>gallbladder</strong>" in page
    assert codes(page) == ["47562", "47600"]
    assert "read as" not in page


@pytest.mark.parametrize("q", ["47562", "99213-25", "cpt 47562", " g0411 ", "G-0411"])
def test_a_whole_code_leads_to_its_page(client, release, q):
    response = client.get("/search/", {"q": q})
    assert response.status_code == 302
    assert client.get(response["Location"]).status_code == 200


def test_the_beginning_of_a_code_is_a_search(get):
    assert codes(get("/search/?q=992")) == ["99213", "99214"]


def test_a_wrong_code_is_answered_with_near_ones(get):
    page = get("/search/?q=47652")
    assert "Did you mean one of these?" in page
    assert codes(page)[0] == GALLBLADDER


def test_some_of_the_words_are_better_than_none(get):
    page = get("/search/?q=gallbladder+spaceship")
    assert "These have some of them." in page
    assert codes(page)


@pytest.mark.parametrize("address", ["/search/", "/cpt-codes/"])
def test_many_words_are_cut_and_the_page_says_so(get, address):
    said = "Only the first 12 words were looked for."
    assert said in get(f"{address}?q={'+'.join(['gallbladder'] * 13)}")
    assert said not in get(f"{address}?q={'+'.join(['gallbladder'] * 12)}")


@pytest.mark.parametrize("q", ["tonsillectomy", "purple gallbladder"])
def test_a_weak_answer_says_what_words_cannot_find(get, q):
    assert "8 codes here have no name of our own yet" in text(get(f"/search/?q={q}"))


def test_the_beginning_of_a_code_finds_them_all(get):
    assert "no name of our own yet" not in get("/search/?q=992")


def test_names_of_codes_without_text_differ(get):
    names = re.findall(r'<td class="name"><a[^>]*>(.*?)</a>', get("/cpt-codes/"))
    assert len(names) == len(set(names)) == 16


def test_nothing_found_is_answered_with_help(get):
    page = text(get("/search/?q=zzqqxx"))
    assert "No code matches “zzqqxx”" in page
    assert "ICD-10 codes are not on this site." in page
    assert "Or go by category" in page


def test_nothing_asked_shows_examples(get):
    page = get("/search/")
    assert "<h1>Search codes</h1>" in page
    assert 'href="/cpt-codes/office-visits/99214/"' in page
    assert 'href="/search/?q=colonoscopy"' in page
    assert "knee replacement" not in page  # it would find nothing here


def test_results_come_in_pages(get, monkeypatch):
    monkeypatch.setattr("codes.views.search.PAGE_SIZE", 3)
    seen = []
    for number in (1, 2):
        page = get(f"/search/?q=9&page={number}")
        seen += codes(page)
    assert seen == sorted(seen) == ["93005", "99213", "99214", "99381"]
    assert "Page 2 of 2" in page
    assert 'href="/search/?q=9" rel="prev"' in page
    assert codes(get("/search/?q=9&page=1000000000")) == ["99381"]
    assert codes(get("/search/?q=9&page=-1")) == ["93005", "99213", "99214"]


def test_search_pages_are_not_indexed(get):
    assert '<meta name="robots" content="noindex">' in get("/search/?q=visit")


@pytest.mark.parametrize(
    "q",
    [
        "",
        " ",
        "%",
        "'",
        '"><script>alert(1)</script>',
        "x" * 20_000,
        "a " * 10_000,
        "\ud7ff",
        "٣٣",
    ],
)
def test_any_query_is_answered_in_time(client, release, q):
    client.get("/search/?q=x")
    started = time.perf_counter()
    for address in ("/search/", "/search/suggestions/"):
        response = client.get(address, {"q": q})
        assert response.status_code == 200
        page = response.content.decode()
        assert "<script>alert" not in page
        assert len(page) < 60_000
    assert time.perf_counter() - started < 1


def test_bytes_that_are_no_text_are_answered(client, release):
    assert client.get("/search/?q=%ff%fe%ed%a0%80").status_code == 200
    assert client.get("/search/?q=%00").status_code == 400


def test_a_search_costs_two_queries(client, release, django_assert_num_queries):
    client.get("/search/?q=visit")
    with django_assert_num_queries(2):  # what the site shows, the figures of the hits
        client.get("/search/?q=gallbladder")


# Suggestions --------------------------------------------------------------------------------


def test_suggestions_are_options_with_their_address_and_work(get):
    page = get("/search/suggestions/?q=gallb")
    assert page.count('role="option"') == 3  # two codes, and all results
    assert 'data-href="/cpt-codes/digestive/47562/"' in page
    assert "<mark>gallb</mark>ladder" in page
    assert "10.21" in page
    assert 'data-href="/search/?q=gallb"' in page


def test_suggestions_say_a_word_instead_of_a_zero(get):
    page = get("/search/suggestions/?q=G04")
    assert '<span class="value">none</span>' in page
    assert "0.00" not in page


@pytest.mark.parametrize("q", ["", "x", "zzqqxx"])
def test_without_a_match_there_are_no_options(get, q):
    assert "option" not in get(f"/search/suggestions/?q={q}")


def test_there_are_eight_suggestions_at_most(get):
    assert get("/search/suggestions/?q=0").count('role="option"') == 0
    for q in ("99", "code", "system", "digestive", "cpt"):
        assert get(f"/search/suggestions/?q={q}").count('role="option"') <= 9


def test_the_query_stays_a_query_in_the_link_to_all_results(get):
    page = get("/search/suggestions/?q=visit%26page%3D9")
    assert 'data-href="/search/?q=visit%26page%3D9"' in page


def test_suggestions_cost_one_query(client, release, django_assert_num_queries):
    client.get("/search/suggestions/?q=visit")
    with django_assert_num_queries(1):
        response = client.get("/search/suggestions/?q=gallbladder")
    assert "max-age" in response["Cache-Control"]
    again = client.get(
        "/search/suggestions/?q=gallbladder", headers={"If-None-Match": response["ETag"]}
    )
    assert again.status_code == 304


# A code that does not exist -----------------------------------------------------------------


def test_an_unknown_code_names_the_codes_near_it(get):
    page = get("/cpt-codes/digestive/47652/", status=404)
    assert "<h1>There is no code 47652</h1>" in page
    assert 'href="/cpt-codes/digestive/47562/"' in page
    assert 'value="47652"' in page
    assert "Not in release 2026C" in page


@pytest.mark.parametrize("asked", ["ABCDE-FGHI", "<b>", "x" * 2000, "%F0%9F%92%89"])
def test_what_is_no_code_is_said_to_be_none(get, asked):
    page = get(f"/cpt-codes/digestive/{asked}/", status=404)
    assert "is not a code" in page
    assert "<b>”" not in page
    assert "x" * 30 not in page


def test_a_part_of_a_release_does_not_deny_a_code(client, db):
    load_release(complete=False)
    page = client.get("/cpt-codes/digestive/47652/").content.decode()
    assert "<h1>47652 is not in this sample</h1>" in page
    assert "There is no code" not in page
    assert "16 of the 16 codes of release 2026C: 47652 may exist" in page
