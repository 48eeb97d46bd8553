"""HCPCS Level II: descriptions joined from their records."""

import pytest

from codes.fee_schedule.parse import hcpcs, tables
from codes.fee_schedule.records import DescriptorRow, FileError
from tests.codes.fee_schedule import federal

ROWS = [DescriptorRow(code, text) for code, text in federal.descriptions().items() if code != "A1"]


def parse(content: bytes) -> hcpcs.DescriptorFile:
    return hcpcs.parse_txt("H.txt", tables.decode("H.txt", content))


def parse_csv(content: bytes) -> hcpcs.DescriptorFile:
    return hcpcs.parse_csv("H.csv", tables.decode("H.csv", content))


def refusal(content: bytes, parser=parse) -> str:
    with pytest.raises(FileError) as error:
        parser(content)
    return str(error.value)


def test_records_are_joined_and_modifiers_left_out():
    assert parse(federal.hcpcs_txt(federal.descriptions())).rows == ROWS


def test_a_modifier_may_be_of_several_records_and_the_last():
    descriptions = {"A0021": "Ambulance service", "TC": "Words that run on over records " * 4}
    assert parse(federal.hcpcs_txt(descriptions)).rows == [
        DescriptorRow("A0021", "Ambulance service")
    ]


def test_the_extract():
    assert parse_csv(federal.hcpcs_csv(federal.descriptions())).rows == ROWS


def test_windows_1252_and_utf_8():
    text = "Patient\u2019s own\xa0device"
    for encoding in ("cp1252", "utf-8"):
        content = federal.hcpcs_csv({"A0021": text}).decode("cp1252").encode(encoding)
        assert parse_csv(content).rows == [DescriptorRow("A0021", text)]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("G0105001003", "G010500100x", "line 5: the line is no record of the known layout"),
        ("G0105001003", "G0105002003", "line 5, column SEQUENCE: 00200 is out of sequence"),
        ("G0105002004", "G0105003004", "line 6, column SEQUENCE: 00300 is out of sequence"),
        ("G0105002004", "G0106002004", "line 6: the record continues none of the same code"),
        ("G0105001003", "g0105001003", "line 5, column CODE"),
        ("G0105001003", "G0105001007", "line 5, column RECORD ID: 7"),
        ("   A1001007", "   A1001003", "line 3, column RECORD ID: 3"),
        ("Ambulance", "=mbulance", "line 4, column DESCRIPTION"),
        ("Ambulance", "Ambul\u0001nce", "line 4, column DESCRIPTION"),
        ("G0105001003", "A0021001003", "line 5: A0021 stands on line 4 too"),
    ],
)
def test_what_is_amiss_is_refused(old, new, reason):
    content = federal.hcpcs_txt(federal.descriptions()).decode().replace(old, new).encode()
    assert reason in refusal(content)


def test_a_description_that_is_blank():
    content = federal.hcpcs_txt({"A0021": "Ambulance"}).replace(b"Ambulance", b" " * 9)
    assert "the cell is empty" in refusal(content)


def test_a_file_that_begins_with_a_continuation():
    content = federal.hcpcs_txt(federal.descriptions()).replace(b"   A1001007", b"   A1001008")
    assert "line 3: the record continues none" in refusal(content)


def test_two_descriptions_of_one_code():
    content = federal.hcpcs_txt(federal.descriptions())
    other = federal.hcpcs_txt({"A0021": "Something else"}).split(b"\r\n")[2]
    assert "A0021 stands on line 4 too, with other values" in refusal(content + other + b"\r\n")


def test_no_code_at_all():
    assert "has no code of HCPCS Level II" in refusal(federal.hcpcs_txt({"A1": "Dressing"}))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Description", "Text", "line 1: the heading is not Code, Description, last_updated"),
        ("A0021", "a0021", "line 3, column CODE: 'a0021' is not a code of Level II"),
        ("A0021", "A00211", "line 3, column CODE"),
        (",09-12-2025", "", "the row has 2 columns"),
        ("Dressing for one wound", "", None),
    ],
)
def test_an_extract_that_is_amiss(old, new, reason):
    content = federal.hcpcs_csv(federal.descriptions()).decode().replace(old, new, 1).encode()
    if reason:
        assert reason in refusal(content, parse_csv)
    else:  # the text of a modifier is not wanted
        assert parse_csv(content).rows == ROWS
