"""ANES: the factor of each locality, and the national one in the heading."""

from decimal import Decimal

import pytest

from codes.fee_schedule.parse import anes, tables
from codes.fee_schedule.records import AnesthesiaRow, FileError
from tests.codes.fee_schedule import federal

FACTORS = {("10112", "00"): "19.31", ("02102", "01"): "27.80", ("13202", "01"): "22.00"}
ROWS = [AnesthesiaRow(*key, Decimal(factor)) for key, factor in FACTORS.items()]


def parse(content: bytes) -> anes.AnesthesiaFile:
    return anes.parse_csv("A.csv", tables.decode("A.csv", content))


def parse_txt(content: bytes) -> anes.AnesthesiaFile:
    return anes.parse_txt("A.txt", tables.decode("A.txt", content))


def refusal(content: bytes, parser=parse) -> str:
    with pytest.raises(FileError) as error:
        parser(content)
    return str(error.value)


def test_blanks_behind_the_cells_and_the_blank_last_line():
    found = parse(federal.anes_csv(FACTORS, "20.3178"))
    assert found.rows == ROWS
    assert found.national == Decimal("20.3178")
    assert found.notes == []


@pytest.mark.parametrize(
    "heading", [b"anesthesia_conv_factor", b"2026 Anesthesia Conversion Factor", b"Anes CF"]
)
def test_a_heading_without_the_national_factor(heading):
    content = b"contractor,locality,locality_name," + heading + b"\r\n10112,00,ALABAMA,19.31\r\n"
    found = parse(content)
    assert found.rows == ROWS[:1]
    assert found.national is None


def test_a_file_saved_again_in_a_spreadsheet():
    content = federal.anes_csv(FACTORS).replace(b" ,", b",").replace(b" \r\n", b"\r\n")
    found = parse(federal.resaved(content))
    assert found.rows == ROWS
    assert found.notes == [
        "A.csv: lost leading zeros were put back: 1 in column MAC, 3 in column LOCALITY NUMBER.",
        "A.csv: the file was saved again in a spreadsheet; the lost decimals of 2 cells were put "
        "back.",
    ]


def test_the_print_form_in_cents():
    found = parse_txt(federal.anes_txt(FACTORS))
    assert found.rows == ROWS
    assert found.national is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Contractor", "Carrier", "line 1: the heading is not"),
        ("National Anes CF of 20.4976", "National CF of 20.4976", "line 1: the heading is not"),
        ("of 20.4976", "of NaN", "line 1: the heading is not"),
        (",Locality Name", "", "line 1: the heading is not"),
        ("19.31", "19.310", "line 2, column ANESTHESIA CF"),
        ("19.31", "1931", "line 2, column ANESTHESIA CF"),
        ("19.31", "-19.31", "line 2, column ANESTHESIA CF"),
        ("19.31", "19,31", "line 2: the row has 5 columns"),
        ("10112", "1011", "line 2, column MAC"),
        ("10112 ,00", "02102 ,01", "line 3: 02102 01 stands on line 2 too"),
    ],
)
def test_what_is_amiss_is_refused(old, new, reason):
    content = federal.anes_csv(FACTORS).decode().replace(old, new, 1).encode()
    assert reason in refusal(content)


def test_a_print_form_that_is_amiss():
    content = federal.anes_txt(FACTORS)
    assert "line 1, column ANESTHESIA CF" in refusal(content.replace(b"1931", b"193x"), parse_txt)
    assert "line 1: the line has 76" in refusal(content.replace(b"1931", b"193"), parse_txt)
