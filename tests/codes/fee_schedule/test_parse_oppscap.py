"""OPPSCAP: caps in dollars by code and locality."""

import pytest

from codes.fee_schedule.parse import oppscap, tables
from codes.fee_schedule.records import FileError
from tests.codes.fee_schedule import federal


def parse(content: bytes) -> oppscap.OppsCapFile:
    return oppscap.parse_csv("O.csv", tables.decode("O.csv", content))


def parse_txt(content: bytes) -> oppscap.OppsCapFile:
    return oppscap.parse_txt("O.txt", tables.decode("O.txt", content))


def refusal(content: bytes) -> str:
    with pytest.raises(FileError) as error:
        parse(content)
    return str(error.value)


def test_both_forms():
    assert parse(federal.oppscap_csv(federal.oppscaps())).rows == federal.oppscaps()
    assert parse_txt(federal.oppscap_txt(federal.oppscaps())).rows == federal.oppscaps()


def test_a_file_saved_again_in_a_spreadsheet():
    found = parse(federal.resaved(federal.oppscap_csv(federal.oppscaps())))
    assert found.rows == federal.oppscaps()
    assert len(found.notes) == 2


def test_the_misspelling_of_cms_may_be_corrected():
    content = federal.oppscap_csv(federal.oppscaps()).replace(b"FACILTY", b"FACILITY")
    assert parse(content).rows == federal.oppscaps()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("PROCSTAT", "STATUS", "line 1: the heading is not HCPCS, MOD, PROCSTAT"),
        (",NON-FACILTY PRICE", "", "line 1: the heading is not"),
        ("150.60", "150.6", "line 2, column FACILITY PRICE"),
        ("150.60", "-150.60", "line 2, column FACILITY PRICE"),
        ("150.60", "1e3", "line 2, column FACILITY PRICE"),
        ("151.00", "151.001", "line 2, column NON-FACILITY PRICE"),
        ("70450", "7045", "line 2, column HCPCS"),
        (",TC,A,", ",TCC,A,", "line 2, column MOD"),
        (",TC,A,", ",TC,,", "line 2, column PROCSTAT"),
        (",10112,00,", ",02102,01,", "70450 TC 02102 01 stands on line 2 too"),
        (",150.60", "", "line 2: the row has 6 columns instead of 7"),
    ],
)
def test_what_is_amiss_is_refused(old, new, reason):
    content = federal.oppscap_csv(federal.oppscaps()).decode().replace(old, new, 1).encode()
    if old == ",10112,00,":
        content = content.replace(b"150.60,151.00", b"150.61,151.00", 1)
    assert reason in refusal(content)
