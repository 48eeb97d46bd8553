"""Reading an employer's file: columns, forms of dates and numbers, and nothing of a patient."""

import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import Workbook

from accounts.statement_files import (
    Meaning,
    Wording,
    amount_of,
    date_of,
    guess,
    guess_date_order,
    read_rows,
    read_table,
)
from rvuedge.spreadsheets import FileError, as_csv, as_xlsx

JULY = (date(2026, 7, 1), date(2026, 7, 31))
HEADINGS = ["Svc Date", "CPT", "Mod", "Units", "wRVU"]
ROWS = [["07/02/2026", "47562", "", "1", "10.21"], ["07/03/2026", "99213", "25", "1", "1.30"]]
COLUMNS = {
    "date": "Svc Date",
    "code": "CPT",
    "modifiers": "Mod",
    "units": "Units",
    "wrvu": "wRVU",
}


@pytest.fixture
def table(tmp_path):
    """Return a function that reads rows as an uploaded CSV, or bytes as they are."""

    def read(rows):
        path = tmp_path / "upload"
        path.write_bytes(rows if isinstance(rows, bytes) else as_csv(rows))
        return read_table(path)

    return read


def lines(table, columns=COLUMNS, **meaning):
    return read_rows(table, Meaning(columns, **meaning), *JULY)


def one(table, **cells):
    """What a file of one line says: the Row, or why it was rejected."""
    plain = dict(zip(HEADINGS, ROWS[0], strict=True)) | cells
    found, rejected = lines(table([list(plain), list(plain.values())]))
    return found[0] if found else rejected[0][1]


# Reading -------------------------------------------------------------------------------------


def test_rows_are_read_with_their_numbers(table):
    found, rejected = lines(table([HEADINGS, *ROWS]))

    assert rejected == []
    assert found[0] == (2, date(2026, 7, 2), "47562", (), 1, Decimal("10.21"), None)
    assert found[1] == (3, date(2026, 7, 3), "99213", ("25",), 1, Decimal("1.30"), None)


def test_titles_above_the_headings_are_passed_over(table):
    found = table([["Valley Medical Group"], ["Productivity, July"], HEADINGS, *ROWS])
    assert (found.heading_row, found.headings) == (3, HEADINGS)
    assert [number for number, _ in found.rows] == [4, 5]


def test_a_workbook_has_dates_and_decimals_of_its_own(tmp_path):
    book = Workbook()
    book.active.append(HEADINGS)
    book.active.append([date(2026, 7, 2), 47562, None, 1, 10.21])
    stream = io.BytesIO()
    book.save(stream)
    path = tmp_path / "upload"
    path.write_bytes(stream.getvalue())

    (found,), _ = lines(read_table(path))

    assert (found.day, found.code, found.wrvu) == (date(2026, 7, 2), "47562", Decimal("10.21"))


def test_codes_with_modifiers_or_words_behind_them_are_read(table):
    assert one(table, CPT="99213-25-LT")[2:4] == ("99213", ("25", "LT"))
    assert one(table, CPT="99213 - OFFICE VISIT, LEVEL 3")[2:4] == ("99213", ())


def test_modifiers_of_several_columns_are_put_together(table):
    rows = [
        ["DOS", "CPT", "Mod1", "Mod2", "Mod 3"],
        ["07/02/2026", "47562", "62", "LT", ""],
        ["07/03/2026", "47562", "LT", "LT", "59"],
    ]
    file = table(rows)
    found, _ = lines(file, guess(file.headings))
    assert [row.modifiers for row in found] == [("62", "LT"), ("LT", "59")]


def test_wrvus_of_one_unit_are_multiplied(table):
    rows = [HEADINGS, ["07/02/2026", "97110", "", "3", "0.45"]]
    assert lines(table(rows), per_unit=True)[0][0].wrvu == Decimal("1.35")
    assert lines(table(rows))[0][0].wrvu == Decimal("0.45")


@pytest.mark.parametrize(
    ("cells", "wrvu"),
    [
        ({"wRVU": "-10.21"}, "-10.21"),
        ({"wRVU": "(10.21)"}, "-10.21"),
        ({"wRVU": "10.21-"}, "-10.21"),
        ({"Units": "-1"}, "-10.21"),
        ({"Units": "-1", "wRVU": "-10.21"}, "-10.21"),
    ],
)
def test_what_takes_back_is_below_zero_however_it_is_written(table, cells, wrvu):
    row = one(table, **cells)
    assert (row.units, row.wrvu) == (1, Decimal(wrvu))


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"CPT": "4756"}, "Column “CPT” is no code."),
        ({"CPT": ""}, "Column “CPT” is empty."),
        ({"Svc Date": "02/30/2026"}, "Column “Svc Date” is no date"),
        ({"Svc Date": "07/02/2016"}, "Column “Svc Date” lies far outside"),
        ({"Mod": "LTX"}, "Column “Mod” is no modifier."),
        ({"Units": "0"}, "Column “Units” is no number of units."),
        ({"Units": "1.5"}, "Column “Units” is no number of units."),
        ({"wRVU": "10,21"}, "Column “wRVU” is no number."),
        ({"wRVU": "1e3"}, "Column “wRVU” is no number."),
        ({"wRVU": "99999"}, "Column “wRVU” is more than 10,000."),
        ({"Units": "-1", "wRVU": ""}, "Column “Units”: below zero takes a line back"),
        ({"CPT": "Total", "Svc Date": ""}, "Neither a date nor a code"),
    ],
)
def test_a_row_that_cannot_be_read_says_which_column_and_what_to_do(table, cells, says):
    good = [["07/03/2026", "99213", "25", "1", "1.30"]] * 3
    plain = list((dict(zip(HEADINGS, ROWS[0], strict=True)) | cells).values())
    found, rejected = lines(table([HEADINGS, plain, *good]))

    assert len(found) == 3
    ((number, sentence),) = rejected
    assert number == 2
    assert sentence.startswith(says)


def test_no_sentence_repeats_what_a_cell_says(table):
    rows = [HEADINGS, *ROWS * 3, ["Jane Doe", "DOE", "X", "Jane", "Doe"]]
    rows.append(["07/09/2026", "MRN 123", "", "1", "1"])
    file = table(rows)
    _, rejected = lines(file)
    assert len(rejected) == 2
    assert not {"Doe", "DOE", "Jane", "MRN"} & set(str(rejected).replace("“", " ").split())
    assert "Jane" not in str(file.to_json())


# Patients ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Patient", ["A", "B"]),
        ("Pt Name", ["12", "13"]),
        ("MRN", ["1", "2"]),
        ("DOB", ["07/02/2026", "07/03/2026"]),
        ("Date of Birth", ["07/02/2026", "07/03/2026"]),
        ("Account #", ["10.5", "11"]),
        ("Who", ["DOE,JANE", "Roe, Richard A."]),
        ("Number", ["12345678", "12345679"]),
        ("Other date", ["07/02/1951", "03/05/2019"]),
        ("Ref", ["123-45-6789", "987-65-4321"]),
        ("Contact", ["jane@example.org", "richard@example.org"]),
    ],
)
def test_a_column_of_a_patient_is_not_kept(table, heading, cells):
    rows = [[*HEADINGS, heading], *([*row, cell] for row, cell in zip(ROWS, cells, strict=True))]
    file = table(rows)

    assert heading not in file.headings
    assert [name for name, _ in file.refused] == [heading]
    assert not any(cell in str(file.rows) for cell in cells if len(cell) > 4 and cell[0] != "0")


def test_columns_that_nothing_needs_are_not_kept(table):
    file = table([[*HEADINGS, "Payer", "Provider Name"], *([*r, "Acme", "X"] for r in ROWS)])
    assert file.headings == HEADINGS
    assert file.unneeded == ["Payer", "Provider Name"]


# Headings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        (
            ["Date of Service", "CPT Code", "Modifier", "Qty", "Work RVUs", "Payment"],
            {
                "date": "Date of Service",
                "code": "CPT Code",
                "modifiers": "Modifier",
                "units": "Qty",
                "wrvu": "Work RVUs",
                "dollars": "Payment",
            },
        ),
        (
            ["Posting Date", "SVC DT", "HCPCS", "Total RVU", "wRVUs", "Paid Date"],
            {"date": "SVC DT", "code": "HCPCS", "wrvu": "wRVUs"},
        ),
        (["Patient DOB", "Birth date"], {}),
        (["Date", "Code", "Rate per wRVU"], {"date": "Date", "code": "Code"}),
    ],
)
def test_headings_tell_what_columns_mean(headings, found):
    assert guess(headings) == found


def test_columns_without_a_heading_are_named_by_their_letter(table):
    file = table([["DOS", "CPT", ""], ["07/02/2026", "99213", "1.30"]])
    assert file.headings == ["DOS", "CPT", "Column C"]


def test_columns_of_one_heading_are_told_apart(table):
    file = table([["DOS", "CPT", "RVU", "RVU"], ["07/02/2026", "99213", "1.30", "2.85"]])
    assert file.headings == ["DOS", "CPT", "RVU", "RVU (2)"]


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["07/02/2026"], "mdy"),
        (["07/02/2026", "13/02/2026"], "dmy"),
        (["02/13/2026"], "mdy"),
        (["2026-07-02"], "ymd"),
        ([], "mdy"),
    ],
)
def test_the_order_of_dates_is_guessed(cells, order):
    assert guess_date_order(cells) == order


@pytest.mark.parametrize(
    "text",
    [
        "7/2/2026", "07-02-26", "2026-07-02", "20260702", "Jul 2, 2026", "2-Jul-26",
        "2026-07-02 00:00:00", "7/2/2026 14:30",
    ],
)  # fmt: skip
def test_dates_as_employers_write_them(text):
    assert date_of(text, "mdy") == date(2026, 7, 2)


def test_a_date_in_another_order_is_refused_or_read_by_the_order_chosen():
    assert date_of("02/07/2026", "dmy") == date(2026, 7, 2)
    with pytest.raises(Wording):
        date_of("13/07/2026", "mdy")


@pytest.mark.parametrize(
    ("text", "value"),
    [("$1,234.50", "1234.50"), (".45", "0.45"), ("− 3.50", "-3.50"), ("10", "10")],
)
def test_amounts_as_employers_write_them(text, value):
    assert amount_of(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "1e3", "NaN", "1,5", "0x10", "٣", "1.2.3", "=1+1", "9" * 19])
def test_other_forms_of_numbers_are_refused(text):
    with pytest.raises(Wording):
        amount_of(text)


# Files that are none ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>Sign in</body></html>",
        b"\xd0\xcf\x11\xe0 an old workbook",
        b"PK\x03\x04 no zip",
        b"DOS,CPT\n",
        b"07/02/2026,47562\n07/03/2026,99213\n",
        b"DOS,CPT\n\0\n",
        b'DOS,CPT\n"07/02/2026,47562\n',
        as_xlsx([["Payer", "Notes"], ["Acme", "Something"]]),
        b"DOS,CPT\n" + b"x,y\n" * 10_001,
    ],
)
def test_a_file_that_is_no_statement_is_refused_with_a_sentence(table, content):
    with pytest.raises(FileError) as refused:
        table(content)
    assert str(refused.value).endswith(".")
