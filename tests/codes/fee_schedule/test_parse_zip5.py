"""ZIP5: the locality of each ZIP code in one quarter."""

import pytest

from codes.fee_schedule.parse import tables, zip5
from codes.fee_schedule.records import FileError, ZipRow
from tests.codes.fee_schedule import federal


def parse(content: bytes) -> zip5.ZipFile:
    return zip5.parse_txt("Z.txt", tables.decode("Z.txt", content))


def refusal(content: bytes) -> str:
    with pytest.raises(FileError) as error:
        parse(content)
    return str(error.value)


def test_every_field():
    found = parse(federal.zip5(federal.zip_rows()))
    assert found.rows == federal.zip_rows()
    assert found.quarter == "20264"
    assert [row.rural for row in found.rows] == ["", "R", "R", "R"]
    assert [row.needs_plus_four for row in found.rows] == [False, True, False, False]


@pytest.mark.parametrize(
    ("written", "state"), [("EM", "MO"), ("WM", "MO"), ("EK", "KS"), ("WK", "KS"), ("VI", "VI")]
)
def test_halves_of_states_are_states(written, state):
    row = ZipRow("63001", written, "05302", "01", "", False)
    assert parse(federal.zip5([row])).rows == [row._replace(state=state)]


@pytest.mark.parametrize(
    ("at", "text", "reason"),
    [
        (0, "a", "column STATE"),
        (2, "x", "column ZIP CODE"),
        (7, " ", "column MAC"),
        (12, "x", "column LOCALITY NUMBER"),
        (14, "X", "column RURAL IND"),
        (15, "9", "column LAB CB LOCALITY"),
        (17, "X", "column RURAL IND2"),
        (18, "X", "position 19 and what follows must be blank"),
        (20, "2", "column PLUS 4 FLAG"),
        (21, "1", "position 22 and what follows must be blank"),
        (22, "?", "column PART B DRUG INDICATOR"),
        (40, "x", "position 24 and what follows must be blank"),
        (79, "5", "column YEAR/QTR"),
        (79, "3", "line 1, column YEAR/QTR: the quarter is 20264 instead of 20263"),
    ],
)
def test_what_is_amiss_is_refused(at, text, reason):
    content = bytearray(federal.zip5(federal.zip_rows()))
    content[at] = ord(text)
    found = refusal(bytes(content))
    assert "Z.txt, line" in found
    assert reason.replace("line 1,", "line 2,") in found


def test_a_zip_code_that_stands_twice():
    rows = federal.zip_rows()
    double = [*rows, rows[0]._replace(number="99")]
    assert "35004 stands on line 1 too" in refusal(federal.zip5(double))


def test_a_line_of_another_length():
    content = federal.zip5(federal.zip_rows())
    assert "line 1: the line has 70 characters instead of 80" in refusal(content[10:])
    assert "position 81" in refusal(content.replace(b"20264\r\n", b"20264x\r\n"))
