"""Tables as files: what is written can be read back, and what is hostile is refused."""

import io
import warnings
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from rvuedge.spreadsheets import (
    LIMITS,
    MEGABYTE,
    FileError,
    Wrong,
    as_csv,
    as_xlsx,
    harmless,
    plain,
    read,
    restored,
)

ROWS = [["hcpcs", "label"], ["00100", "Anesthesia for a lip"], ["G0411", "Two\nlines, “quoted”"]]
KINDS = pytest.mark.parametrize("made", [as_csv, as_xlsx], ids=["csv", "xlsx"])


@pytest.fixture
def stored(tmp_path):
    """Return a function that stores bytes and returns the path."""

    def store(content):
        path = tmp_path / "upload"
        path.write_bytes(content)
        return path

    return store


def rows_of(path, limits=LIMITS):
    return [row for _, row in read(path, limits)]


def repacked(content, **parts):
    """Return a workbook with parts put in, or changed (by their path, / as __, . as _0_)."""
    names = {name.replace("__", "/").replace("_0_", "."): part for name, part in parts.items()}
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            part = names.pop(info.filename, None)
            data = old.read(info)
            new.writestr(info.filename, part(data) if callable(part) else part or data)
        for name, part in names.items():
            new.writestr(name, part)
    return stream.getvalue()


def workbook(*rows, sheets=1):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for _ in range(sheets - 1):
        book.create_sheet()
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# There and back -----------------------------------------------------------------------------


@KINDS
def test_what_is_written_is_read(stored, made):
    assert rows_of(stored(made(ROWS))) == ROWS


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n", "'=", "''@"])
def test_a_cell_that_could_run_is_marked_and_unmarked(start):
    cell = f"{start}1+1"
    assert harmless(cell) == f"'{cell}"
    assert restored(harmless(cell)) == cell


@pytest.mark.parametrize("cell", ["-5", "+0.5", "'tis", "a=b", "", "47562", "#hash"])
def test_other_cells_are_left_alone(cell):
    assert harmless(cell) == restored(cell) == cell


@given(st.text())
def test_any_text_comes_back(text):
    assert restored(harmless(plain(text))) == plain(text)


@given(st.text(alphabet="'=+-@\t\n\r#N/A!REF?5.", max_size=12))
def test_any_text_of_dangerous_characters_comes_back(text):
    cell = harmless(plain(text))
    assert not cell.startswith(("=", "@", "\t", "\n"))
    assert restored(cell) == plain(text)


@KINDS
def test_no_cell_of_an_export_is_a_formula(stored, made):
    path = stored(made([["a", "b", "c"], ["=1+1", "@SUM(A1)", "#N/A"]]))
    assert rows_of(path)[1] == ["'=1+1", "'@SUM(A1)", "'#N/A"]
    if made is as_xlsx:
        cells = list(load_workbook(io.BytesIO(path.read_bytes())).active["A2:C2"][0])
        assert [cell.data_type for cell in cells] == ["s", "s", "s"]


@pytest.mark.parametrize("cell", ["=1+1", "#REF!"])
def test_a_formula_and_its_failure_are_no_texts(cell):
    with pytest.raises(FileError):
        restored(cell)


def test_control_characters_and_line_ends_of_windows_are_not_written(stored):
    path = stored(as_xlsx([["a"], ["one\r\ntwo\x00\x0b\rthree"]]))
    assert rows_of(path) == [["a"], ["one\ntwo\nthree"]]


def test_a_text_too_long_for_a_cell_of_xlsx_is_not_cut():
    with pytest.raises(FileError, match="Row 2, column 1 has 32,768 characters"):
        as_xlsx([["a"], ["x" * 32_768]])
    assert as_csv([["a"], ["x" * 32_768]])


# CSV ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_any_program_is_read(stored, encoding, end, delimiter):
    text = end.join([f"hcpcs{delimiter}label", f"47562{delimiter}“Café”", ""])
    assert rows_of(stored(text.encode(encoding))) == [["hcpcs", "label"], ["47562", "“Café”"]]


def test_rows_are_counted_as_on_the_screen(stored):
    path = stored(b'a,b\n"two\nlines",x\n,\n\nlast,y\n')
    assert [number for number, _ in read(path)] == [1, 2, 5]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"a,b\n\0,\0", "NUL bytes"),
        (b"a,b\n\x81\xff", "neither UTF-8 nor Windows-1252"),
        (b'a,b\n"open,1\n', "not sound CSV"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or a password-protected"),
        (b"PK\x03\x04rubbish", "damaged"),
        (as_xlsx(ROWS)[:-200], "damaged"),
    ],
)
def test_what_is_no_table_is_refused(stored, content, sentence):
    with pytest.raises(FileError, match=sentence):
        rows_of(stored(content))


def test_limits_hold_for_rows_cells_and_bytes(stored):
    path = stored(as_csv([["a", "b"], ["one", "two"], ["three", "four"]]))
    for limit, sentence in (
        ({"rows": 2}, "more than 2 rows"),
        ({"columns": 2}, "Row 1 has 2 cells or more"),
        ({"characters": 4}, "more than 4 characters"),
        ({"file_bytes": 10}, "more than 0 MB"),
    ):
        with pytest.raises(FileError, match=sentence):
            rows_of(path, replace(LIMITS, **limit))


# XLSX ---------------------------------------------------------------------------------------


def test_a_workbook_of_a_spreadsheet_program_is_read(stored):
    # Shared strings, numbers as numbers, empty cells left out.
    path = stored(workbook(["hcpcs", "label", "billing"], [47562, "Gallbladder"], [99213.0, None]))
    assert rows_of(path) == [
        ["hcpcs", "label", "billing"],
        ["47562", "Gallbladder", ""],
        ["99213", "", ""],
    ]


def test_a_cell_that_holds_no_text_says_what_it_holds(stored):
    path = stored(workbook(["a", "b", "c", "d"], [1.5, True, date(2026, 7, 1), "=1+1"]))
    found = rows_of(path)[1]
    assert found[:3] == [Wrong("a number with decimals"), Wrong("TRUE"), Wrong("a date or time")]
    with pytest.raises(FileError, match="formula"):
        restored(found[3])


def test_a_row_far_below_is_refused_and_not_filled_up(stored):
    content = repacked(
        workbook(["a"], ["b"]),
        xl__worksheets__sheet1_0_xml=lambda xml: xml.replace(b'r="2"', b'r="999999999"'),
    )
    with pytest.raises(FileError, match="more than 50,000 rows"):
        rows_of(stored(content))


def test_one_sheet_alone_is_taken(stored):
    with pytest.raises(FileError, match="2 sheets"):
        rows_of(stored(workbook(["a"], sheets=2)))


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>"""
OUTSIDE = (
    b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>"""
)


@pytest.mark.parametrize("xml", [LAUGHS, OUTSIDE, LAUGHS.decode().encode("utf-16")])
@pytest.mark.parametrize("part", ["xl__sharedStrings_0_xml", "xl__styles_0_xml", "xl__a_0_png"])
def test_entities_are_refused_wherever_they_are(stored, xml, part):
    with pytest.raises(FileError, match="document type or entities"):
        rows_of(stored(repacked(workbook(["a"]), **{part: xml})))


@pytest.mark.parametrize(
    "part", ["xl__vbaProject_0_bin", "xl__macrosheets__sheet1_0_xml", "xl__embeddings__a_0_bin"]
)
def test_macros_are_refused(stored, part):
    with pytest.raises(FileError, match="macros"):
        rows_of(stored(repacked(workbook(["a"]), **{part: b"x"})))


def test_settings_of_printers_and_pictures_do_no_harm(stored):
    content = repacked(
        workbook(["a"]), xl__printerSettings__p1_0_bin=b"\0\1", xl__m_0_png=b"\x89PNG"
    )
    assert rows_of(stored(content)) == [["a"]]


def test_a_bomb_is_refused_before_it_is_unpacked(stored):
    bomb = b"<a>" + b" " * (20 * MEGABYTE)
    with pytest.raises(FileError, match="200 times its size"):
        rows_of(stored(repacked(workbook(["a"]), xl__b_0_xml=bomb)))
    small = replace(LIMITS, unpacked_bytes=MEGABYTE, ratio=10_000)
    with pytest.raises(FileError, match="unpacks to more than 1 MB"):
        rows_of(stored(repacked(workbook(["a"]), xl__b_0_xml=bomb)), small)


def test_a_bomb_of_elements_is_refused(stored):
    content = repacked(workbook(["a"]), xl__b_0_xml=b"<a>" + b"<b/>" * 1000)
    with pytest.raises(FileError, match="far larger than any table"):
        rows_of(stored(content), replace(LIMITS, elements=900))


def test_a_header_that_lies_is_found_out(stored):
    content = repacked(workbook(["a"]), xl__b_0_xml=b"<a>" + b"x" * 5000 + b"</a>")
    # The size in the directory, at the end of the file, says less than there is.
    true, lie = (5007).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert content.count(true) == 2
    with pytest.raises(FileError, match=r"damaged|not as large"):
        rows_of(stored(content.replace(true, lie)))


def test_a_part_twice_and_too_many_parts_are_refused(stored):
    stream = io.BytesIO(workbook(["a"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(stream, "a") as archive:
            archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(FileError, match="two parts of one name"):
        rows_of(stored(stream.getvalue()))
    with pytest.raises(FileError, match="more than 2 parts"):
        rows_of(stored(workbook(["a"])), replace(LIMITS, members=2))


def test_a_zip_that_is_no_workbook_is_refused(stored):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("letter.txt", "Dear reader")
    with pytest.raises(FileError, match="no XLSX workbook"):
        rows_of(stored(stream.getvalue()))


def test_as_shown_takes_decimals_dates_and_what_formulas_came_to(stored):
    book = Workbook()
    book.active.append([date(2026, 7, 2), 10.469999999999999, 0.1 + 0.2, 1e-7, True, "=1+1"])
    stream = io.BytesIO()
    book.save(stream)

    rows = list(read(stored(stream.getvalue()), as_shown=True))

    # No program has computed the formula yet: it came to nothing.
    assert rows == [
        (1, ["2026-07-02", "10.47", "0.3", "0.0000001", Wrong("TRUE")]),
    ]
