"""The page of one code over HTTP, on two small releases with every state that a page can have."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import transaction
from django.utils import timezone

from codes import shown as shown_module
from codes.fee_schedule.activate import activate
from codes.fee_schedule.load import load
from codes.models import CodeContent, FeeSchedule
from codes.views import public
from tests.codes.page.facts import BARE_ZERO, STATES
from tests.codes.page.reader import Page, check
from tests.codes.page.release import (
    LABEL,
    PLACEHOLDER,
    WORDING,
    addresses,
    load_releases,
    pages_by_release,
    rates_2026c,
    write_text,
)
from tests.factories import package, rate_row

GALLBLADDER = "/cpt-codes/digestive/47562/"
IN_MANHATTAN = f"{GALLBLADDER}?where=10016"
GROUP_SESSION = "/cpt-codes/g-codes/G0411/"
HEAD_CT = "/cpt-codes/diagnostic-imaging/70450/"
VISIT = "/cpt-codes/office-visits/99213/"

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def releases(django_db_setup, django_db_blocker):
    """Both releases in one transaction that is undone when these tests are over."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_releases()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def site(releases, client):
    """A client of the site with both releases loaded and 2026C shown."""
    return client


def get(client, address: str, status: int = 200, **headers) -> Page:
    response = client.get(address, **headers)
    assert response.status_code == status
    return check(response.content.decode())


# What it says -----------------------------------------------------------------------------


def test_a_page_begins_with_the_code_its_name_and_its_key_figures(site):
    page = get(site, GALLBLADDER)
    assert page.h1 == [LABEL]
    assert page.title == (
        "CPT 47562: Laparoscopic gallbladder removal, RVUs and Medicare payment 2026 | RVU Edge"
    )
    assert page.metas["description"] == "Keyhole surgery to take out the gallbladder."
    for figure in ("10.21", "18.92", "$631.95", "90"):
        assert figure in page.text
    assert "Also known as lap chole, keyhole cholecystectomy." in page.text


def test_every_section_of_the_design_is_there(site):
    page = get(site, GALLBLADDER)
    assert [text for text in page.text_of("h2") if not text.startswith(("Codes", "Cate"))][
        :12
    ] == [
        "Key figures",
        "In Plain Language",
        "Clinical Context",
        "RVU Information",
        "Medicare payment",
        "Billing & Documentation",
        "How This Code Compares",
        "History",
        "Specialties",
        "Frequently Asked Questions",
        "Track This Code in RVU Edge",
        "Source and review",
    ]


def test_an_editors_text_is_marked_up_and_its_questions_come_first(site):
    page = get(site, GALLBLADDER)
    assert page.text_of("em") == ["gallbladder"]
    assert page.text_of("strong")[0] == "small cuts"
    asked, *others = [text for text in page.text_of("summary") if text.endswith("?")]
    assert asked == "What if it becomes an open operation?"
    assert "My statement shows 10.47 for 47562. Is that wrong?" in others
    assert "/cpt-codes/digestive/47600/" in page.links
    assert "/specialties/general-surgery/" in page.links
    assert "Sources of the text Pub. 100-04, chapter 12, section 40" in page.text


def test_without_a_text_the_page_says_so_and_follows_from_the_file(site):
    page = get(site, "/cpt-codes/digestive/47600/")
    assert page.h1 == ["Digestive system, code 47600"]
    assert "has no text by our editors yet" in page.text
    assert "context" not in page.ids


def test_the_amount_is_worked_out_for_the_place_asked_for(site):
    page = get(site, f"{GALLBLADDER}?where=10016")
    assert "In Manhattan (ZIP code 10016), facility, Medicare allows $738.71 , 16.9% more" in (
        page.text
    )
    assert "among the 4 localities" in page.text
    assert "Lowest: Arkansas $560.25. Highest: Miami $776.57." in page.text


@pytest.mark.parametrize(
    ("query", "begins"),
    [
        ("", "Nationally, office, Medicare allows $95.19"),
        ("where=10016", "In Manhattan (ZIP code 10016), office, Medicare allows $107.63"),
        ("where=10016-1234", "In Manhattan (ZIP code 10016), office, Medicare allows $107.63"),
        ("where=%20%2010017%20", "In Manhattan (ZIP code 10017), office, Medicare allows $107.63"),
        ("where=New+York", "In Manhattan (New York, NY), office, Medicare allows $107.63"),
        ("where=manhattan", "In Manhattan (Manhattan, NY), office, Medicare allows $107.63"),
        ("where=Dade+County,+FL", "In Miami (Dade, FL), office, Medicare allows"),
        ("where=AL", "In Alabama (Alabama, AL), office, Medicare allows $87.79"),
        ("locality=10112-00", "In Alabama, office, Medicare allows $87.79"),
        ("locality=10112-00&factor=qp", "In Alabama, office, Medicare allows $88.23"),
        ("factor=qp", "Nationally, office, Medicare allows $95.67"),
        ("where=10016&locality=10112-00", "In Manhattan (ZIP code 10016), office"),
        ("where=&locality=&factor=", "Nationally, office, Medicare allows $95.19"),
        ("factor=other", "Nationally, office, Medicare allows $95.19"),
    ],
)
def test_a_place_is_found_by_zip_code_county_state_name_or_menu(site, query, begins):
    assert begins in get(site, f"{VISIT}?{query}").text


def test_a_zip_code_in_two_localities_says_so(site):
    page = get(site, f"{VISIT}?where=33109")
    assert "33109 lies in more than one locality: its last four digits decide." in page.text


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("12345", "12345 is not in CMS’s ZIP code file of 2026 Q3."),
        ("99999", "99999 is not in CMS’s ZIP code file of 2026 Q3."),  # of no locality here
        ("1234", "A ZIP code has five digits; “1234” has not. Try 10016."),
        ("123456", "A ZIP code has five digits"),
        ("٣٣٣٣٣", "A ZIP code has five digits"),
        ("10016; DROP TABLE", "A ZIP code has five digits"),
        ("Atlantis", "No county or locality is called “Atlantis”."),
        ("Cook, ZZ", "No county or locality is called “Cook, ZZ”."),
        ("Elsewhere", "No county or locality is called “Elsewhere”."),
        ("' OR 1=1 --", "No county or locality is called “' OR 1=1 --”."),
        ("💥", "No county or locality is called “💥”."),
        (",", "No county or locality is called “,”."),
        (", county", "No county or locality is called “, county”."),
        ("%", "No county or locality is called “%”."),
        ("Monroe", "“Monroe” can mean several localities. Choose one:"),
    ],
)
def test_a_place_that_is_not_found_is_a_sentence(site, where, sentence):
    page = get(site, f"{VISIT}?where={quote(where)}")
    assert sentence in page.text
    assert "Nationally, office, Medicare allows $95.19" in page.text
    assert "where-problem" in page.references


def test_several_places_are_offered_as_links_that_keep_the_factor(site):
    page = get(site, f"{VISIT}?where=Monroe&factor=qp")
    assert "?locality=09102-04&factor=qp#payment" in page.links
    assert "?locality=07102-13&factor=qp#payment" in page.links


@pytest.mark.parametrize("key", ["13202-99", "1", "'", "13202-01x", "%F0%9F%92%A5", "a" * 20_000])
def test_a_locality_that_is_none_of_the_release_is_a_sentence(site, key):
    page = get(site, f"{VISIT}?locality={key}")
    assert "That is no Medicare locality of this release." in page.text


def test_without_zip_codes_a_county_is_asked_for(site):
    schedule = shown_module.shown().schedule
    schedule.zip_quarter = ""
    schedule.save()
    type(schedule).objects.mark_changed()
    page = get(site, f"{VISIT}?where=10016")
    assert "No ZIP code file is loaded with this release." in page.text


# Whatever is asked ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        "a" * 20_000,
        "1" * 20_000,
        "%ED%A0%80",  # a surrogate
        "%FF%FE",
        "%0A%0D%09",
        "%E2%80%AE",
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ settings.SECRET_KEY }}",
        "x%20" * 5_000,
    ],
)
def test_no_input_becomes_markup_or_an_error(site, where):
    """get() reads the page strictly: what became markup would not be closed, or be a script."""
    plain = get(site, VISIT)
    page = get(site, f"{VISIT}?where={where}&locality={where}&factor={where}")
    assert page.text_of("script") == plain.text_of("script")
    assert page.text_of("img") == []


def test_a_nul_is_refused(site):
    for query in ("where=%00", "locality=10%00", "x=%00"):
        assert site.get(f"{VISIT}?{query}").status_code == 400


def test_a_stored_text_becomes_no_markup(site):
    write_text("47600", label='<b onmouseover="x">Open</b>')
    page = get(site, "/cpt-codes/digestive/47600/")
    assert page.h1 == ['<b onmouseover="x">Open</b>']
    assert page.graph["MedicalCode"]["name"] == '<b onmouseover="x">Open</b>'
    page = get(site, GALLBLADDER)  # as a related code and as a neighbor
    assert '<b onmouseover="x">Open</b>' in page.text


def test_the_status_of_a_code_without_text_is_said_with_its_figures_and_its_rules_only(site):
    page = get(site, GROUP_SESSION)
    assert page.text.count("By law G0411 is not a physician service") == 2
    assert page.metas["description"] == (
        "HCPCS G0411 of G codes: CMS services and measures: no physician payment (status X) in "
        "Medicare release 2026C."
    )


# Every page ------------------------------------------------------------------------------


def test_every_page_is_sound_and_no_zero_is_bare(site):
    titles = set()
    for hcpcs, address in addresses().items():
        page = get(site, address)
        source = site.get(address).content.decode()  # with its drawings
        assert not BARE_ZERO.search(source), (hcpcs, BARE_ZERO.search(source))
        assert hcpcs in page.title
        titles.add(page.title)
        assert page.canonical == f"http://testserver{address}"
        assert page.metas["og:url"] == page.canonical
    codes = {row.hcpcs for row in rates_2026c()}
    assert len(titles) == len(addresses()) == len(codes)
    assert {row.hcpcs for rows in STATES.values() for row in rows} < codes


def test_a_letter_code_is_never_called_cpt(site):
    page = get(site, GROUP_SESSION)
    assert page.title.startswith("HCPCS G0411: ")
    assert page.graph["MedicalCode"]["codingSystem"] == "HCPCS Level II"
    for text in ("CPT G0411", "CPT code G0411"):
        assert text not in page.text


def test_structured_data_say_what_the_page_says(site):
    graph = get(site, GALLBLADDER).graph
    assert list(graph) == ["MedicalWebPage", "MedicalCode", "BreadcrumbList", "FAQPage"]
    page = graph["MedicalWebPage"]
    assert page["url"] == f"http://testserver{GALLBLADDER}"
    assert page["datePublished"] == "2026-06-30"
    crumbs = graph["BreadcrumbList"]["itemListElement"]
    assert [crumb["name"] for crumb in crumbs] == [
        "CPT and HCPCS codes",
        "Surgery",
        "Digestive system",
    ]
    shown = get(site, GALLBLADDER).text
    for question in graph["FAQPage"]["mainEntity"]:
        assert question["name"] in shown


def test_every_page_names_its_release_and_the_notices(site):
    text = get(site, HEAD_CT).text
    assert "CMS release 2026C (RVU26C), in force from July 1, 2026." in text
    assert "rows 70450 , 70450-26 , 70450-TC" in text.replace(",", " ,").replace("  ", " ")
    assert "copyright 2026 American Medical Association" in text
    assert "Applicable FARS/DFARS apply" in text


def test_a_dental_code_carries_the_notice_of_its_owner(site):
    assert "American Dental Association" in get(site, addresses()["D0120"]).text


# The wording that belongs to others ------------------------------------------------------


def test_no_wording_of_the_ama_or_the_ada_is_shown_without_a_license(site):
    for hcpcs in ("47562", "99213", "0054T", "D0120"):
        assert f"{WORDING} {hcpcs}" not in site.get(addresses()[hcpcs]).content.decode()


def test_with_a_license_the_published_wording_is_shown(site, settings):
    settings.SHOW_AMA_DESCRIPTORS = True
    assert f"“{WORDING} 47562”" in get(site, GALLBLADDER).text
    assert get(site, VISIT).h1 == [f"{WORDING} 99213"]
    assert get(site, addresses()["D0120"]).h1 == [f"{WORDING} D0120"]


def test_the_wording_of_cms_is_free(site):
    page = get(site, GROUP_SESSION)
    assert page.h1 == ["The long text of a group session"]
    assert "The published wording is “The long text of a group session”." in page.text
    assert get(site, addresses()["J1885"]).h1 == [f"{WORDING} J1885"]


# Indexing --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "robots"),
    [
        (GALLBLADDER, None),
        (f"{GALLBLADDER}?where=10016", "noindex"),
        (f"{GALLBLADDER}?x=1", "noindex"),
        (VISIT, "noindex"),  # no text of ours yet
        ("/cpt-codes/g-codes/GXXX1/", "noindex"),
    ],
)
def test_only_a_page_with_a_text_is_indexed_and_once(site, address, robots):
    page = get(site, address)
    assert page.metas.get("robots") == robots
    assert page.canonical == f"http://testserver{address.partition('?')[0]}"


def test_a_placeholder_is_not_indexed_even_with_a_text(site):
    write_text(PLACEHOLDER)
    assert get(site, "/cpt-codes/g-codes/GXXX1/").metas["robots"] == "noindex"


# Addresses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/47562/", GALLBLADDER),
        ("/g0411/", GROUP_SESSION),
        ("/cpt-codes/47562/", GALLBLADDER),
        ("/cpt-codes/g0411/", GROUP_SESSION),
        ("/cpt-codes/g-codes/g0411/", GROUP_SESSION),
        ("/cpt-codes/surgery/47562/", GALLBLADDER),
        ("/cpt-codes/nothing/47562/", GALLBLADDER),
        ("/cpt-codes/surgery/47562/?where=10016", f"{GALLBLADDER}?where=10016"),
        ("/cpt-codes/g-codes/gxxx1/", "/cpt-codes/g-codes/GXXX1/"),
        ("/99201/", "/cpt-codes/office-visits/99201/"),
        ("/cpt-codes/digestive/47562", GALLBLADDER),
    ],
)
def test_other_spellings_lead_to_the_one_address(site, address, target):
    response = site.get(address)
    assert (response.status_code, response["Location"]) == (301, target)


@pytest.mark.parametrize(
    ("address", "heading", "near"),
    [
        ("/cpt-codes/digestive/47652/", "There is no code 47652", "47562"),
        ("/47652/", "There is no code 47652", "47562"),
        ("/cpt-codes/47652/", "There is no code 47652", "47562"),
        ("/cpt-codes/digestive/4756/", "“4756” is not a code", None),
        ("/cpt-codes/digestive/%3Cb%3Ex/", "“<B>X” is not a code", None),
        ("/cpt-codes/digestive/%F0%9F%92%A5/", "“💥” is not a code", None),
        ("/cpt-codes/x/٤٧٥٦٢/", "“٤٧٥٦٢” is not a code", None),
        ("/cpt-codes/digestive/00001/", "There is no code 00001", None),
        (f"/cpt-codes/digestive/{'9' * 5000}/", f"“{'9' * 20}” is not a code", None),
    ],
)
def test_an_unknown_code_is_a_404_that_suggests(site, address, heading, near):
    response = site.get(address)
    page = Page(response.content.decode())
    assert (response.status_code, page.h1) == (404, [heading])
    assert page.metas["robots"] == "noindex"
    if near:
        assert addresses()[near] in page.links
    assert "Last-Modified" not in response


def test_a_code_that_is_gone_keeps_its_page_with_its_history(site):
    response = site.get("/cpt-codes/office-visits/99201/")
    page = check(response.content.decode())
    assert response.status_code == 200
    assert page.metas["robots"] == "noindex"
    assert page.title == "CPT 99201: not in release 2026C | RVU Edge"
    assert "The last loaded release that holds it is 2025D" in page.text
    assert not BARE_ZERO.search(page.text)


def test_a_code_of_a_release_to_come_says_so(site):
    load(package("2026D", [*rates_2026c(), rate_row("99215", work_rvu="2.80")]), confirmed=True)
    page = get(site, "/cpt-codes/office-visits/99215/")
    assert "It first appears in release 2026D, which is loaded but not in force" in page.text


def test_before_the_first_release_every_page_answers_503(site):
    FeeSchedule.objects.update(is_active=False)
    response = site.get(GALLBLADDER)
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "Cache-Control" not in response or "max-age" not in response["Cache-Control"]


# HTTP ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", [GALLBLADDER, VISIT, HEAD_CT, GROUP_SESSION, "/cpt-codes/office-visits/99201/"]
)
def test_a_page_costs_four_queries_at_most(site, django_assert_max_num_queries, address):
    site.get(f"{VISIT}?where=New+York")  # what all pages share is read once
    with django_assert_max_num_queries(4):
        site.get(address)


def test_two_places_at_once_are_told_apart(site):
    both = get(site, f"{VISIT}?where=10016&locality=10112-00")
    assert "In Manhattan (ZIP code 10016)" in both.text
    assert (
        "You typed “10016” and chose Alabama in the menu: the amount is for what you" in both.text
    )
    assert "the menu" not in get(site, f"{VISIT}?where=36101").text.partition("Allowed")[2]


def test_a_place_costs_one_query_more_at_most(site, django_assert_max_num_queries):
    site.get(f"{VISIT}?where=New+York")
    with django_assert_max_num_queries(5):
        site.get(f"{GALLBLADDER}?where=10016")
    with django_assert_max_num_queries(4):
        site.get(f"{GALLBLADDER}?where=New+York")


@pytest.mark.parametrize("address", [GALLBLADDER, VISIT, f"{VISIT}?where=10016"])
def test_one_copy_serves_everybody(site, address):
    site.cookies["sessionid"] = "x" * 32
    response = site.get(address)
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert response["Cache-Control"] == "public, max-age=300"


def test_a_copy_is_confirmed_with_304(site, django_assert_num_queries):
    first = site.get(GALLBLADDER)
    for header in (
        {"HTTP_IF_NONE_MATCH": first["ETag"]},
        {"HTTP_IF_NONE_MATCH": f'"other", W/{first["ETag"]}'},
        {"HTTP_IF_MODIFIED_SINCE": first["Last-Modified"]},
    ):
        # A date alone does not tell that there is a page: that is looked at first.
        with django_assert_num_queries(1 if "HTTP_IF_NONE_MATCH" in header else 4):
            second = site.get(GALLBLADDER, **header)
        assert (second.status_code, second.content) == (304, b"")
        assert (second["ETag"], second["Last-Modified"]) == (first["ETag"], first["Last-Modified"])
    assert site.get(VISIT, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        {"HTTP_IF_NONE_MATCH": "*"},
        {"HTTP_IF_MODIFIED_SINCE": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"HTTP_IF_MATCH": "*"},
    ],
)
def test_no_condition_turns_a_refusal_or_a_redirect_into_a_copy(site, header):
    assert site.get("/cpt-codes/digestive/47569/", **header).status_code == 404
    assert site.get("/47562/", **header).status_code == 301
    assert site.get("/cpt-codes/no-such-category/", **header).status_code == 404


def test_whoever_has_any_copy_at_all_is_told_that_it_holds(site):
    second = site.get(GALLBLADDER, HTTP_IF_NONE_MATCH="*")
    assert (second.status_code, second["Vary"]) == (304, "Accept-Encoding")


def test_what_is_not_a_page_says_how_long_that_holds(site):
    for address in ("/cpt-codes/digestive/47569/", "/47562/"):
        assert site.get(address)["Cache-Control"] == "public, max-age=300"
    assert site.get("/cpt-codes/no-such-category/")["Cache-Control"] == "no-store"
    assert site.post(GALLBLADDER)["Cache-Control"] == "no-store"


def test_another_place_is_another_copy(site):
    tags = {site.get(f"{VISIT}{query}")["ETag"] for query in ("", "?where=10016", "?where=AL")}
    assert len(tags) == 3


def test_a_change_of_text_or_release_makes_old_copies_stale(site):
    tag = site.get(GALLBLADDER)["ETag"]
    content = CodeContent.objects.get()
    content.label = "Gallbladder removal by scope"
    content.save()
    content.publish()
    second = site.get(GALLBLADDER, HTTP_IF_NONE_MATCH=tag)
    assert second.status_code == 200
    assert "Gallbladder removal by scope" in second.content.decode()
    activate("2025D")
    assert site.get(GALLBLADDER, HTTP_IF_NONE_MATCH=second["ETag"]).status_code == 200


def test_head_is_get_without_a_body(site):
    get_, head = site.get(GALLBLADDER), site.head(GALLBLADDER)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Last-Modified", "Cache-Control", "Content-Type"):
        assert head[name] == get_[name]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_page_is_only_read(site, method):
    for address in (GALLBLADDER, "/47562/"):
        assert getattr(site, method)(address).status_code == 405


def test_a_page_is_the_same_again_byte_for_byte(site):
    assert site.get(GALLBLADDER).content == site.get(GALLBLADDER).content


# Drafts and dates ------------------------------------------------------------------------


def test_a_draft_is_not_on_the_page(site):
    content = CodeContent.objects.get()
    content.plain_language = "Half a thought."
    content.save()
    assert "Half a thought" not in site.get(GALLBLADDER).content.decode()


def test_a_text_begins_and_ends_at_its_moment(site):
    content = CodeContent.objects.get()
    content.label = "From now on"
    content.save()
    content.publish(ends_at=timezone.now() + timedelta(hours=1))
    assert get(site, GALLBLADDER).h1 == ["From now on"]
    content.editions.filter(number=2).update(ends_at=timezone.now())
    assert get(site, GALLBLADDER).h1 == ["Digestive system, code 47562, 90-day global period"]


# One release at a time -------------------------------------------------------------------


def test_the_two_releases_show_different_figures(site):
    pages = {
        name: Page(html.decode()).text
        for name, html in pages_by_release(site, IN_MANHATTAN).items()
    }
    assert "Work RVUs 10.21" in pages["2026C"]
    assert "Work RVUs 10.47" in pages["2025D"]
    assert "factor 33.4009" in pages["2026C"]
    assert "factor 32.3465" in pages["2025D"]
    # 10.47 × 1.064 + 6.97 × 1.162 + 2.62 × 1.586 = 23.39454 RVUs
    assert "Medicare allows $756.73" in pages["2025D"]
    assert "Medicare allows $738.71" in pages["2026C"]


@pytest.mark.parametrize("is_warm", [True, False])
def test_a_page_begun_before_a_switch_is_all_of_the_old_release(site, monkeypatch, is_warm):
    pages = pages_by_release(site, IN_MANHATTAN)
    if not is_warm:
        monkeypatch.setattr(shown_module, "_memory", shown_module._Memory(versions=2))
    real = public.shown

    def shown_and_then_switched():
        state = real()
        activate("2025D")
        return state

    monkeypatch.setattr(public, "shown", shown_and_then_switched)
    assert site.get(IN_MANHATTAN).content == pages["2026C"]
    assert site.get(IN_MANHATTAN).content == pages["2025D"]
