"""The list as CSV: complete, of known origin, and harmless in a spreadsheet."""

import csv
import io

import pytest

from codes.exports import COLUMNS, csv_lines, harmless
from codes.models import Standing
from tests.codes.little_release import load_release

URL = "/cpt-codes/?format=csv"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("=1+1", "'=1+1"),
        ("+1 555 0100", "'+1 555 0100"),
        ("-A", "'-A"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-1.50", "-1.50"),
        ("+2", "+2"),
        ("-1+1", "'-1+1"),
        ("-1\n", "'-1\n"),
        ("plain = text", "plain = text"),
        (None, ""),
        (10.21, "10.21"),
    ],
)
def test_a_cell_is_never_a_formula(cell, text):
    assert harmless(cell) == text


def test_lines_are_quoted_as_csv():
    assert list(csv_lines([["a,b", 'say "x"', "=x"]])) == ['"a,b","say ""x""",\'=x\r\n']


@pytest.fixture
def table(client, db):
    """Fetch the list as CSV; return the lines before the headings, and the rows by code."""
    load_release()

    def fetch(query=""):
        response = client.get(URL + query)
        assert response.status_code == 200
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        text = b"".join(response.streaming_content).decode()
        lines = list(csv.reader(io.StringIO(text)))
        start = lines.index(list(COLUMNS))
        rows = [dict(zip(COLUMNS, line, strict=True)) for line in lines[start + 1 :]]
        return [line[0] for line in lines[:start]], {row["code"]: row for row in rows}

    return fetch


def test_every_row_of_the_result_is_there(table):
    _, rows = table("&category=digestive&sort=-work&size=20&page=7")
    assert list(rows) == ["47600", "47562", "45378", "40799"]
    assert len(table()[1]) == 16


def test_figures_are_exact(table):
    row = table()[1]["99213"]
    assert row["work RVUs"] == "1.30"
    assert row["total RVUs, office"] == "2.85"
    assert row["national amount, office"] == "95.19"
    assert row["national amount, facility"] == "57.45"


def test_what_does_not_count_is_empty_and_explained(table):
    rows = table()[1]
    assert rows["G0411"]["work RVUs"] == ""
    assert rows["G0411"]["why no work RVUs"] == "none"
    assert rows["00790"]["why no work RVUs"] == "units"
    assert rows["99381"]["work RVUs"] == ""
    assert rows["99381"]["reference work RVUs"] == "1.50"
    assert rows["47562"]["practice expense RVUs, office"] == ""  # NA: the file repeats another


def test_no_figure_is_a_bare_zero_and_each_empty_one_says_why(table):
    rows = table()[1]
    figures = [name for name in COLUMNS if "RVUs" in name and not name.startswith("why")]
    assert not any(row[name] in {"0.00", "0"} for row in rows.values() for name in figures)

    assert rows["47562"]["why no practice expense RVUs"] == "office: NA"
    assert rows["47562"]["why no malpractice RVUs"] == ""
    assert rows["93005"]["why no practice expense RVUs"] == "facility: NA"
    assert rows["00790"]["why no practice expense RVUs"] == "units"
    assert rows["00790"]["why no malpractice RVUs"] == "units"
    assert rows["99213"]["why no practice expense RVUs"] == ""


def test_a_part_that_cms_does_not_count_is_said_to_be_none(table):
    Standing.objects.filter(code="99213").update(pe_fac=0, mp_rvu=0)
    row = table()[1]["99213"]
    assert (row["practice expense RVUs, facility"], row["malpractice RVUs"]) == ("", "")
    assert row["why no practice expense RVUs"] == "facility: none"
    assert row["why no malpractice RVUs"] == "none"


def test_the_source_stands_first(table):
    before, _ = table("&category=digestive&work_min=10")
    assert before[0] == "RVU Edge: 2 codes, Digestive system; Work 10 and over"
    assert before[1] == (
        "Source: CMS Physician Fee Schedule, release 2026C (RVU26C), released June 30, 2026, "
        "for services from July 1, 2026"
    )
    assert "copyright 2026 American Medical Association" in before[-1]


def test_no_text_of_the_ama_or_the_ada_is_in_it(table):
    rows = table()[1]
    assert rows["0054T"]["name"] == "Category III, new technology, code 0054T"
    assert "An ADA text" not in str(rows)
    assert rows["G0411"]["name"] == "Group session"


def test_the_file_is_named_after_its_release(client, db):
    load_release()
    response = client.get(URL)
    assert response["Content-Disposition"] == 'attachment; filename="rvuedge-codes-2026C.csv"'
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.cookies


def test_a_part_of_a_release_says_so(client, db):
    load_release(complete=False)
    text = b"".join(client.get(URL).streaming_content).decode()
    assert "Only the codes of the starter catalogue" in text


def test_a_name_that_looks_like_a_formula_is_quoted(client, db):
    from codes.models import Code
    from tests.factories import CodeContentFactory

    load_release()
    CodeContentFactory(code=Code.objects.get(pk="99214"), label="=HYPERLINK(1)").publish()
    text = b"".join(client.get(URL).streaming_content).decode()
    assert ",'=HYPERLINK(1)," in text


def test_the_table_costs_three_queries(client, db, django_assert_num_queries):
    load_release()
    b"".join(client.get(URL).streaming_content)
    with django_assert_num_queries(3):
        b"".join(client.get(URL).streaming_content)
