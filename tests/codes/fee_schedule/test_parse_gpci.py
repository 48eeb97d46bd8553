"""GPCI: columns are found by their headings, notes are told from data."""

from decimal import Decimal

import pytest

from codes.fee_schedule.parse import gpci, tables
from codes.fee_schedule.records import FileError
from tests.codes.fee_schedule import federal


def parse(content: bytes) -> gpci.LocalityFile:
    return gpci.parse_csv("G.csv", tables.decode("G.csv", content))


def parse_txt(content: bytes) -> gpci.LocalityFile:
    return gpci.parse_txt("G.txt", tables.decode("G.txt", content))


def refusal(content: bytes, parser=parse) -> str:
    with pytest.raises(FileError) as error:
        parser(content)
    return str(error.value)


@pytest.fixture
def content() -> bytes:
    return federal.gpci_csv(federal.localities())


def test_seven_columns(content):
    found = parse(content)
    assert found.rows == federal.localities()
    assert (found.year, found.notes) == (2026, [])


def test_eight_columns_with_the_work_index_before_its_floor():
    rows = federal.localities(unfloored=True)
    assert parse(federal.gpci_csv(rows, unfloored=True)).rows == rows


def test_columns_in_another_order():
    content = (
        b"title,,,,,,\r\nMP GPCI,PE GPCI,PW GPCI,Locality Name,Locality Number,State,MAC\r\n"
        b"0.566,0.875,1,ALABAMA,00,AL,10112\r\n"
    )
    found = parse(content)
    assert found.rows == federal.localities()[:1]
    assert found.year is None


def test_a_converted_copy_without_states():
    content = (
        b"mac,locality_number,locality_name,gpci_work,gpci_pe,gpci_mp\r\n"
        b"10112,00,ALABAMA,1.000,0.875,0.566\r\n"
    )
    assert parse(content).rows == [federal.localities()[0]._replace(state="")]


def test_lost_zeros_are_put_back_with_a_note():
    content = federal.resaved(federal.gpci_csv(federal.localities()))
    found = parse(content)
    assert found.rows == federal.localities()
    assert found.notes == [
        "G.csv: lost leading zeros were put back: 2 in column MAC, 4 in column LOCALITY NUMBER."
    ]


def test_a_short_contractor_among_whole_ones_is_an_error(content):
    broken = content.replace(b"\r\n02102", b"\r\n2102")
    assert refusal(broken) == (
        "G.csv, line 5, column MAC: '2102' is not a contractor number of five digits."
    )


def test_a_short_contractor_where_no_other_has_a_zero_is_put_back(content):
    rows = [row for row in federal.localities() if row.state in {"AL", "AK"}]
    broken = federal.gpci_csv(rows).replace(b"\r\n02102", b"\r\n2102")
    assert parse(broken).rows == rows


def test_decimals_that_cms_itself_dropped_need_no_note():
    found = parse(federal.gpci_csv(federal.localities()).replace(b"1.000", b"1"))
    assert found.rows[0].work_gpci == Decimal("1.000")
    assert str(found.rows[0].work_gpci) == "1.000"
    assert found.notes == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("State", "Country", "'Country' is no known heading"),
        ("2026 PE GPCI", "2026 MP GPCI", "two columns have the heading '2026 MP GPCI'"),
        ("2026 PE GPCI", "2025 PE GPCI", "the heading names several years"),
        (",2026 MP GPCI", "", "no column has the heading MP GPCI"),
        ("Locality Number", "Number", 'no line has the heading "Locality Number"'),
        ("0.875", "0.8750", "column PE GPCI: '0.8750' is not an index"),
        ("0.875", "-0.875", "column PE GPCI"),
        ("0.875", "8.75e-1", "column PE GPCI"),
        ("0.875", "0.000", "column PE GPCI"),
        ("0.875", "0", "column PE GPCI"),
        ("0.875", "NaN", "column PE GPCI"),
        ("0.875", "\u0660.\u0668", "column PE GPCI"),
        (",AL,", ",Al,", "column STATE"),
        ("ALABAMA", "=1+1", "column LOCALITY NAME"),
        ("10112", "101123", "column MAC"),
        ("10112", "", "column MAC"),
        (",00,", ",000,", "column LOCALITY NUMBER"),
        ("10112,AL,00,ALABAMA,1.000,0.875,0.566", "10112,,,,,,", "column STATE"),
        (",0.875,", ",", "the row has 6 columns instead of 7"),
        ("13202,NY,01", "10112,NY,00", "line 7: 10112 00 stands on line 4 too"),
    ],
)
def test_what_is_amiss_is_refused(content, old, new, reason):
    text = content.decode()
    assert old in text
    assert reason in refusal(text.replace(old, new, 1).encode())


def test_no_data():
    assert "no data" in refusal(federal.gpci_csv([]))


def test_the_print_form():
    found = parse_txt(federal.gpci_txt(federal.localities()))
    assert found.rows == federal.localities()
    assert found.year == 2026


def test_the_print_form_with_another_heading_is_refused():
    content = federal.gpci_txt(federal.localities()).replace(b"PW GPCI", b"PW INDEX")
    assert "not that of a known GPCI file" in refusal(content, parse_txt)


def test_the_print_form_without_data():
    assert "no data" in refusal(federal.gpci_txt([]), parse_txt)


def test_the_print_form_with_a_locality_among_the_notes():
    content = federal.gpci_txt(federal.localities())
    line = content.split(b"\r\n")[3]
    assert "line 12: a locality stands among the notes" in refusal(
        content + line + b"\r\n", parse_txt
    )


def test_a_cell_of_the_print_form_is_checked():
    content = federal.gpci_txt(federal.localities()).replace(b"0.875", b"0,875")
    assert "line 4, column PE GPCI" in refusal(content, parse_txt)
    content = federal.gpci_txt(federal.localities()).replace(b"10112   ", b"10112  x")
    assert "line 4: position 6 and what follows must be blank" in refusal(content, parse_txt)
