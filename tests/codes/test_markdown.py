"""The page of a code as Markdown: what the HTML page says, from the same values."""

import re

import pytest
from django.db import transaction

from tests.codes.page.facts import BARE_ZERO, STATES
from tests.codes.page.reader import check
from tests.codes.page.release import GONE, LABEL, PLACEHOLDER, WORDING, addresses, load_releases

GALLBLADDER = "/cpt-codes/digestive/47562.md"
HEAD_CT = "/cpt-codes/diagnostic-imaging/70450.md"

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def releases(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        load_releases()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def site(releases, client):
    return client


def get(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_it_is_markdown_that_points_to_its_page(site):
    response = site.get(GALLBLADDER)
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response["Link"] == ('<http://testserver/cpt-codes/digestive/47562/>; rel="canonical"')
    assert response["X-Robots-Tag"] == "noindex"
    assert "public" in response["Cache-Control"]
    assert not response.cookies


def test_the_page_points_to_its_markdown(site):
    page = site.get("/cpt-codes/digestive/47562/").content.decode()
    assert f'<link rel="alternate" type="text/markdown" href="{GALLBLADDER}"' in page


def test_it_has_the_sections_of_the_page(site):
    headings = re.findall(r"^## (.+)$", get(site, GALLBLADDER), re.MULTILINE)
    page = check(site.get("/cpt-codes/digestive/47562/").content.decode())
    of_page = [text for text in page.text_of("h2") if text in headings]
    assert [text for text in headings if text != "Notices"] == of_page
    assert len(of_page) == 11


def test_it_says_the_code_its_figures_and_its_text(site):
    text = get(site, GALLBLADDER)
    assert text.startswith(f"# CPT 47562: {LABEL}\n")
    for line in (
        "- Page: http://testserver/cpt-codes/digestive/47562/",
        "- Work RVUs: **10.21** (What counts towards productivity)",
        "- Global period: **90 days** (Follow-up visits are included)",
        "Nationally, facility, Medicare allows **$631.95**.",
        "The surgeon works through **small cuts**.",
        "### What if it becomes an open operation?",
        "| [47600](/cpt-codes/digestive/47600/) | the operation was open | instead | 17.04 |",
        "- Sources of the text: Pub. 100-04, chapter 12, section 40.",
    ):
        assert line in text.splitlines()


@pytest.mark.parametrize("hcpcs", sorted({rows[0].hcpcs for rows in STATES.values()}))
def test_every_figure_in_it_stands_on_the_page_and_no_bare_zero(site, hcpcs):
    address = addresses()[hcpcs]
    page = check(site.get(address).content.decode()).text
    text = get(site, f"{address.removesuffix('/')}.md")
    figures = set(re.findall(r"\$?[0-9][0-9,]*\.[0-9]+%?", text))
    assert {one for one in figures if one.rstrip("%") not in page} == set()
    assert not BARE_ZERO.search(text)


def test_the_parts_of_a_test_stand_in_a_table(site):
    text = get(site, HEAD_CT)
    assert "| Billed as | Work RVUs | Practice | Malpr. | Total | National |" in text
    assert re.search(r"^\| 26, the reading \| 0\.83 \|", text, re.MULTILINE)


def test_its_notices_are_those_of_the_footer(site):
    page = check(site.get("/cpt-codes/digestive/47562/").content.decode()).text
    notices = get(site, GALLBLADDER).split("## Notices\n\n")[1].strip().split("\n\n")
    assert len(notices) == 2
    for notice in notices:
        assert notice in page


def test_a_dental_code_has_the_notice_of_its_owner(site):
    address = next(path for hcpcs, path in addresses().items() if hcpcs.startswith("D"))
    page = check(site.get(address).content.decode()).text
    notice = get(site, f"{address.removesuffix('/')}.md").strip().split("\n\n")[-1]
    assert notice.startswith("D codes: CDT")
    assert notice in page


def test_no_published_wording_of_others_is_in_it(site):
    for hcpcs, address in addresses().items():
        text = get(site, f"{address.removesuffix('/')}.md")
        if not hcpcs.startswith(("G", "J", "H", "A", "Q")):
            assert WORDING not in text, hcpcs


def test_a_code_without_text_says_so(site):
    text = get(site, "/cpt-codes/digestive/47600.md")
    assert "- 47600 has no text by our editors: what stands here follows from the file" in text
    assert "- Text: No editor’s text yet. Derived from the file, not yet reviewed." in text
    assert "Clinical Context" not in text


def test_a_code_that_is_gone_tells_its_history(site):
    text = get(site, f"/cpt-codes/office-visits/{GONE}.md")
    assert (
        f"{GONE} is not in release 2026C. The last loaded release that holds it is 2025D" in text
    )
    assert re.search(r"^\| 2025D \| A \| 0\.48 \|", text, re.MULTILINE)


def test_a_placeholder_has_one_too(site):
    assert get(site, f"/cpt-codes/g-codes/{PLACEHOLDER}.md").startswith(f"# HCPCS {PLACEHOLDER}")


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("/cpt-codes/g-codes/g0411.md", "/cpt-codes/g-codes/G0411.md"),
        ("/cpt-codes/surgery/47562.md", GALLBLADDER),
    ],
)
def test_other_spellings_lead_to_the_one_address(site, address, leads_to):
    response = site.get(address)
    assert (response.status_code, response["Location"]) == (301, leads_to)


@pytest.mark.parametrize("code", ["99999", "nonsense", "4756", "<b>.md", "%00", "4756２"])
def test_an_unknown_code_is_not_found(site, code):
    assert site.get(f"/cpt-codes/digestive/{code}.md").status_code in {400, 404}


def test_it_is_sent_once_until_it_changes(site):
    etag = site.get(GALLBLADDER)["ETag"]
    again = site.get(GALLBLADDER, headers={"If-None-Match": etag})
    assert again.status_code == 304


def test_it_costs_as_many_queries_as_the_page(site, django_assert_num_queries):
    get(site, GALLBLADDER)
    with django_assert_num_queries(4):  # what is shown, the rows, the text, the standing
        get(site, GALLBLADDER)
