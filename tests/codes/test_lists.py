"""The list of codes, categories and specialties: what they show, and what they bear."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from codes.filters import StandingFilter
from codes.models import Category, CategoryStatistics, FeeSchedule, Introduction, Specialty
from tests.codes.little_release import GALLBLADDER, load_release
from tests.factories import SpecialtyFactory

pytestmark = pytest.mark.django_db

URL = "/cpt-codes/"
HOUR = timedelta(hours=1)


@pytest.fixture
def release(db):
    load_release()


@pytest.fixture
def get(client, release):
    """Fetch a page that must be there, and return its text."""

    def fetch(address):
        response = client.get(address)
        assert response.status_code == 200, address
        return response.content.decode()

    return fetch


def codes(page):
    """Return the codes of the rows of a list, in their order."""
    return re.findall(r'<th scope="row" class="first"><span class="code">(\w+)</span>', page)


def text(page):
    """Return a page's words without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def row(page, hcpcs):
    found = re.search(rf'<tr>\s*<th[^>]*><span class="code">{hcpcs}.*?</tr>', page, re.DOTALL)
    return text(found[0])


def link(page, words):
    """Return where the link with these words leads."""
    for address, inside in re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL):
        if words in text(inside):
            return address.replace("&amp;", "&")
    raise AssertionError(f"There is no link with {words!r}.")


# All codes ----------------------------------------------------------------------------------


def test_the_list_holds_every_code_of_the_release(get):
    page = get(URL)
    assert len(codes(page)) == 16
    assert "All 16 codes of release 2026C" in page


def test_a_row_says_what_a_code_is_worth_in_both_settings(get):
    shown = row(get(URL), "99213")
    assert "1.30" in shown
    assert "2.85 $95.19" in shown  # office
    assert "1.72 $57.45" in shown  # facility


def test_a_code_done_in_facilities_only_has_no_office_price(get):
    shown = row(get(URL), GALLBLADDER)
    assert "NA" in shown
    assert "18.92 $631.95" in shown


@pytest.mark.parametrize(
    ("hcpcs", "word"),
    [
        ("G0411", "none"),
        ("00790", "units"),
        ("40799", "contractor"),
        ("D0120", "contractor"),
        ("93005", "none"),
        ("99381", "1.50 ref."),
    ],
)
def test_a_zero_is_said_in_words(get, hcpcs, word):
    shown = row(get(URL), hcpcs)
    assert word in shown
    assert "0.00" not in shown


def test_ama_and_ada_wording_is_not_shown(get):
    page = get(URL)
    assert "An AMA text" not in page
    assert "An ADA text" not in page
    assert "Group session" in page  # CMS's own


def test_what_changed_is_said_beside_the_name(get):
    page = get(URL)
    assert "work was 10.47" in row(page, GALLBLADDER)
    assert "new in 2026C" in row(page, "G0411")


def test_the_list_costs_the_same_at_any_length(client, release, django_assert_num_queries):
    client.get(f"{URL}?q=visit")  # what this process remembers is read once
    for address in (
        URL,
        f"{URL}?size=100&sort=-work",
        f"{URL}?q=visit&status=A&status=N&global_days=XXX&work_min=1",
    ):
        with django_assert_num_queries(3):  # what the site shows, the counts, the rows
            client.get(address)


def test_an_empty_list_asks_once_more_for_each_filter_that_is_no_facet(
    client, release, django_assert_max_num_queries
):
    client.get(f"{URL}?q=visit")
    with django_assert_max_num_queries(7):
        client.get(f"{URL}?q=visit&specialty=general-surgery&work_min=50&status=J")


# Filters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=gallbladder", ["47562", "47600"]),
        ("q=4756", ["47562"]),
        ("q=99213-25", ["99213"]),
        ("category=digestive", ["40799", "45378", "47562", "47600"]),
        ("category=evaluation-management", ["99213", "99214", "99381"]),
        ("specialty=general-surgery", ["45378", "47562", "47600"]),
        ("status=J&status=X", ["00790", "G0411"]),
        ("global_days=090", ["47562", "47600"]),
        ("global_days=000&global_days=YYY", ["40799", "45378"]),
        ("split=yes", ["70450"]),
        ("payable=yes&category=digestive", ["45378", "47562", "47600"]),
        ("payable=no&category=digestive", ["40799"]),
        ("work_min=3.18&work_max=10.21", ["45378", "47562", "G0105"]),
        ("work_max=0.5", ["93005", "D0120"]),  # what Medicare does not pay has no work to compare
        ("work_min=1.5&work_max=1.5", []),  # 99381's 1.50 are for reference only
        ("change=new", ["G0411"]),
        ("change=work", ["47562"]),
    ],
)
def test_each_filter_narrows_the_list(get, query, found):
    assert sorted(codes(get(f"{URL}?{query}"))) == found


def test_filters_add_up(get):
    page = get(f"{URL}?category=digestive&status=A&global_days=090&work_min=10&work_max=12")
    assert codes(page) == [GALLBLADDER]
    assert "Digestive system" in page


def test_a_choice_counts_what_matches_all_else(get):
    page = text(get(f"{URL}?category=digestive&global_days=090"))
    assert "90 days 2" in page
    assert "Same day 1" in page
    assert "Contractor sets price (C)" not in page  # none of them has a 90-day package


def test_a_chip_removes_its_own_filter_alone(get):
    page = get(f"{URL}?category=digestive&global_days=090&global_days=000&work_min=10&sort=work")
    assert link(page, "90-day global") == (
        "/cpt-codes/?category=digestive&global_days=000&work_min=10&sort=work"
    )
    assert link(page, "Work 10 and over") == (
        "/cpt-codes/?category=digestive&global_days=090&global_days=000&sort=work"
    )
    assert codes(get(link(page, "90-day global"))) == []
    assert codes(get(link(page, "Work 10 and over"))) == ["45378", "47562", "47600"]


def test_where_nothing_matches_the_nearest_filter_to_remove_is_named(get):
    page = get(f"{URL}?q=gallbladder&category=digestive&work_min=30&work_max=40")
    assert "No code matches all these filters" in page
    assert "Without “Work 30–40”, 2 codes match." in text(page)
    assert codes(get(link(page, "Remove “Work 30–40”"))) == ["47562", "47600"]
    assert link(page, "Search all codes for") == "/search/?q=gallbladder"
    assert '<option value="digestive" selected>Digestive system, 0</option>' in page


def test_one_filter_without_a_match_names_no_other(get):
    page = text(get(f"{URL}?work_min=900"))
    assert "No code matches this filter" in page
    assert "Without “Work 900 and over”, 16 codes match." in page


# Sorting and pages --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("code", "0054T"),
        ("work", "70450"),
        ("-work", "47600"),
        ("total", "93005"),
        ("-total", "47600"),
        ("office", "93005"),
        ("-office", "45378"),
        ("facility", "99213"),
        ("-facility", "47600"),
        ("change", "G0411"),
    ],
)
def test_the_list_is_sorted_as_asked(get, sort, first):
    assert codes(get(f"{URL}?sort={sort}"))[0] == first


@pytest.mark.parametrize("sort", ["work", "-work", "office", "-facility"])
def test_codes_without_a_value_come_last_both_ways(get, sort):
    assert codes(get(f"{URL}?sort={sort}"))[-4:] == ["D0120", "G0411", "GXXX1", "J1885"]


def test_a_heading_turns_the_order_round(get):
    page = get(f"{URL}?sort=-work&category=digestive")
    assert 'aria-sort="descending"' in page
    assert link(page, "Work RVUs") == "/cpt-codes/?category=digestive&sort=work"


def test_pages_follow_each_other_without_loss(get, monkeypatch):
    monkeypatch.setattr(StandingFilter, "page_size", 5)
    seen = []
    for number in (1, 2, 3, 4):
        page = get(f"{URL}?sort=-work&page={number}")
        seen += codes(page)
        if number < 4:
            assert link(page, "Next") == f"{URL}?sort=-work&page={number + 1}"
    assert link(page, "Page 1") == f"{URL}?sort=-work"
    assert len(seen) == len(set(seen)) == 16


def test_a_size_that_is_not_offered_is_refused_in_words(get):
    page = get(f"{URL}?size=100000")
    assert "This is not one of the choices, so it was left out." in page
    assert len(codes(page)) == 16


@pytest.mark.parametrize(
    ("asked", "number"),
    [("-1", 1), ("0", 1), ("two", 1), ("1000000000", 1), ("9" * 4301, 1), ("%C2%B2", 1)],
)
def test_a_page_that_is_none_leads_to_the_nearest(get, asked, number):
    page = get(f"{URL}?page={asked}")
    assert len(codes(page)) == 16
    assert f"This is page {number}." in page


# What nobody sends by mistake ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("work_min=abc", "Enter a number."),
        ("work_min=-1", "Ensure this value is greater than or equal to 0."),
        ("work_min=NaN", "Enter a number."),
        ("work_min=1e9999999", "Ensure that there are no more than"),
        ("work_max=1.005", "Ensure that there are no more than 2 decimal places."),
        ("work_min=5&work_max=2", "No number is at least 5 and at most 2. Put the smaller"),
        ("status=ZZ", "This is not one of the choices, so it was left out."),
        ("category=nothing", "This is not one of the choices, so it was left out."),
        ("specialty='%20OR%201=1--", "This is not one of the choices, so it was left out."),
        ("sort=password", "This is not one of the choices, so it was left out."),
        ("q=" + "x" * 20_000, "More than 200 characters are too many to look for."),
    ],
)
def test_a_bad_value_is_said_at_its_field_and_left_out(get, query, sentence):
    page = get(f"{URL}?{query}")
    assert sentence.replace("'", "&#x27;") in page
    assert codes(page)
    assert len(page) < 80_000


def test_an_empty_range_is_left_out_whole_and_what_was_typed_stays(get):
    page = get(f"{URL}?work_min=5&work_max=2")
    assert len(codes(page)) == 16
    assert 'name="work_min" inputmode="decimal" maxlength="9" value="5"' in page
    assert 'name="work_max" inputmode="decimal" maxlength="9" value="2"' in page


def test_the_rest_still_counts_beside_a_bad_value(get):
    assert codes(get(f"{URL}?work_min=abc&category=digestive&status=C")) == ["40799"]


def test_markup_in_a_query_stays_text(get):
    page = get(f"{URL}?q=<script>alert(1)</script>")
    assert "<script>alert" not in page


def test_a_nul_is_refused(client, release):
    assert client.get(f"{URL}?q=%00").status_code == 400


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_lists_can_only_be_read(client, release, method):
    assert getattr(client, method)(URL).status_code == 405


# How the pages are kept and found -----------------------------------------------------------

PAGES = [
    URL,
    "/cpt-codes/surgery/",
    "/cpt-codes/digestive/",
    "/specialties/",
    "/specialties/general-surgery/",
]


@pytest.mark.parametrize("address", PAGES)
def test_one_copy_serves_everyone(client, release, address):
    response = client.get(address)
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    again = client.get(address, headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    assert client.head(address).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_a_page_names_its_canonical_address(get, address):
    for query in ("", "?page=1", "?utm_source=somewhere"):
        page = get(f"{address}{query}")
        assert f'<link rel="canonical" href="http://testserver{address}">' in page
        assert "noindex" not in page


def test_a_filtered_list_is_not_indexed(get):
    page = get(f"{URL}?status=A")
    assert '<meta name="robots" content="noindex">' in page
    assert "canonical" not in page


def test_titles_are_unique_and_there_is_one_heading(get):
    pages = [get(address) for address in PAGES]
    titles = [re.search("<title>(.*?)</title>", page)[1] for page in pages]
    assert len(set(titles)) == len(titles)
    assert all(page.count("<h1") == 1 for page in pages)


# Categories ---------------------------------------------------------------------------------


def test_a_category_counts_its_codes_and_says_how_many_have_no_work(get):
    page = text(get("/cpt-codes/medicine-cardiovascular/"))
    assert "1 code in release 2026C." in page
    assert "1 of these 1 (100%) carries no physician work." in page


def test_a_category_without_any_payment_says_so(get):
    page = text(get("/cpt-codes/anesthesia-upper-abdomen/"))
    assert "Medicare pays for none of them by RVUs." in page
    assert "there is nothing to draw" in page


def test_a_category_lists_its_codes_and_the_most_work_first(get):
    page = get("/cpt-codes/digestive/")
    assert codes(page) == ["40799", "45378", "47562", "47600"]
    assert page.index("Most physician work") < page.index("The codes")
    assert "They run from 3.18 to 17.04." in text(page)
    assert link(page, "Filter, sort or download them") == "/cpt-codes/?category=digestive"


def test_a_chapter_leads_to_its_parts(get):
    page = get("/cpt-codes/evaluation-management/")
    assert link(page, "Office visits") == "/cpt-codes/office-visits/"
    assert codes(page) == ["99213", "99214", "99381"]
    assert "Surgery" in page  # in the footer
    assert link(page, "Preventive visits") == "/cpt-codes/preventive-visits/"


def test_the_chart_has_a_table_beside_it(get):
    page = get("/cpt-codes/digestive/")
    assert 'role="img" aria-labelledby="histogram-title"' in page
    assert "The one in the middle has 10.21 work RVUs" in page
    assert '<th scope="row">2 to under 4</th><td class="num">1</td>' in page
    assert '<th scope="row">4 to under 6</th><td class="num">0</td>' in page  # empty, not absent


def test_a_category_without_codes_here_is_still_there(get):
    assert "None of its codes is part of release 2026C." in text(get("/cpt-codes/u-codes/"))


def test_an_unknown_category_is_missing(client, release):
    assert client.get("/cpt-codes/no-such-category/").status_code == 404


@pytest.mark.parametrize("address", ["/cpt-codes/47562/", "/cpt-codes/g0411/"])
def test_a_code_in_the_place_of_a_category_leads_to_its_page(client, release, address):
    response = client.get(address)
    assert response.status_code == 301
    assert client.get(response["Location"]).status_code == 200


def test_an_unknown_code_in_the_place_of_a_category_is_missing(client, release):
    response = client.get("/cpt-codes/47652/")
    assert response.status_code == 404
    assert "There is no code 47652" in response.content.decode()


@pytest.mark.parametrize("address", ["/cpt-codes/digestive/", "/specialties/general-surgery/"])
def test_a_category_costs_four_queries_at_most(
    client, release, address, django_assert_max_num_queries
):
    client.get(address)
    with django_assert_max_num_queries(4):
        client.get(address)


# Introductions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("/cpt-codes/digestive/", lambda: {"category": Category.objects.get(slug="digestive")}),
        ("/specialties/general-surgery/", lambda: {"specialty": Specialty.objects.get()}),
    ],
)
def test_a_published_introduction_opens_its_page_and_no_other(client, get, address, subject):
    introduction = Introduction.objects.create(text="About *them*.", **subject())
    introduction.save_draft(None)
    tag = client.get(address)["ETag"]
    assert "About <em>them</em>." not in get(address)
    introduction.publish()
    assert "About <em>them</em>." in get(address)
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200
    assert "About <em>them</em>." not in get("/cpt-codes/office-visits/")


def test_an_introduction_is_there_from_its_beginning_to_its_end(get, time_machine):
    address = "/cpt-codes/digestive/"
    introduction = Introduction.objects.create(
        category=Category.objects.get(slug="digestive"), text="For an hour."
    )
    now = timezone.now()
    introduction.publish(starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    seen = []
    for moment in (now, now + HOUR, now + 2 * HOUR):
        time_machine.move_to(moment, tick=False)
        seen.append("For an hour." in get(address))
    assert seen == [False, True, False]


# Specialties --------------------------------------------------------------------------------


def test_a_renamed_specialty_is_renamed_on_its_page_at_once(client, get):
    address = "/specialties/general-surgery/"
    tag = client.get(address)["ETag"]
    specialty = Specialty.objects.get()
    specialty.name = "Surgery of all sorts"
    specialty.save()
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200
    assert "<h1>Surgery of all sorts</h1>" in get(address)


def test_specialties_are_those_that_a_text_in_force_names(get):
    SpecialtyFactory(slug="neurology")
    page = get("/specialties/")
    assert link(page, "General surgery") == "/specialties/general-surgery/"
    assert "Neurology" not in page


def test_a_specialty_lists_its_codes(get):
    page = get("/specialties/general-surgery/")
    assert codes(page) == ["45378", "47562", "47600"]
    assert "All that Medicare pays carry physician work." in text(page)
    assert "<svg height" not in page  # three codes make no chart


def test_an_unknown_specialty_is_missing(client, release):
    assert client.get("/specialties/neurology/").status_code == 404


# A part of a release, and none --------------------------------------------------------------


def test_a_part_of_a_release_says_what_is_missing(client, db):
    load_release(complete=False)
    CategoryStatistics.objects.filter(category=Category.objects.get(slug="surgery")).update(
        codes=5933
    )
    page = text(client.get("/cpt-codes/surgery/").content.decode())
    assert "Counts and charts on this page are of the whole release." in page
    assert "of the starter catalogue: 4 of 5,933." in page
    assert "16 of the 5,945 codes of release 2026C" in text(client.get(URL).content.decode())


def test_before_the_first_release_the_answer_is_503(client, db):
    assert not FeeSchedule.objects.exists()
    for address in (*PAGES, reverse("home"), "/search/?q=x"):
        response = client.get(address)
        assert response.status_code == 503
        assert response["Retry-After"] == "60"
