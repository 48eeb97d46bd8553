"""Text, tables and errors, as far as the tests of single files do not reach."""

import pytest

from codes.fee_schedule.parse import cells, tables
from codes.fee_schedule.records import FileError


def refusal(content: bytes) -> str:
    with pytest.raises(FileError) as error:
        tables.decode("F", content)
    return str(error.value)


def test_line_ends_become_one():
    assert tables.decode("F", b"a\r\nb\rc\nd\n\x1a") == "a\nb\nc\nd\n"
    assert tables.decode("F", b"a\r\n\x1a\r\n") == "a\n"


def test_encodings():
    assert tables.decode("F", "\u2019\xa0\n".encode("cp1252")) == "\u2019\xa0\n"
    assert tables.decode("F", "\u2019\xa0\n".encode()) == "\u2019\xa0\n"
    assert tables.decode("F", "\u2019\n".encode("utf-8-sig")) == "\u2019\n"


def test_what_is_no_text():
    assert "UTF-16" in refusal("a\n".encode("utf-16"))
    assert refusal(b"a\nb\n\x81\n") == "F, line 3: byte 0x81 is no character of Windows-1252."
    assert refusal(b"a\nbc\x00\n") == "F, line 2: character 3 is a NUL byte."
    assert refusal(b"a\nb") == "F, line 2: the last line is incomplete, so part is missing."
    for empty in (b"", b"\n\n", b"\x1a", b"\xef\xbb\xbf"):
        assert refusal(empty) == "F: the file is empty."


def test_far_too_many_lines_or_cells(monkeypatch):
    monkeypatch.setattr(tables, "MOST_LINES", 10)
    monkeypatch.setattr(tables, "MOST_CELLS", 10)
    assert refusal(b"a\n" * 11) == "F: the file has more than 10 lines."
    with pytest.raises(FileError, match="more than 10 cells"):
        tables.read_csv("F", "," * 11 + "\n")


def test_a_row_begins_on_its_first_line():
    sheet = tables.read_csv("F", 'a\n"b\nc"\nd\n')
    assert sheet.rows == [["a"], ["b\nc"], ["d"]]
    assert list(sheet.lines) == [1, 2, 4]


def test_a_cell_too_long_for_csv():
    with pytest.raises(FileError, match=r"F, line 1: the line is no valid CSV \(field larger"):
        tables.read_csv("F", "x" * 200_000 + "\n")


def test_an_error_shows_any_text_on_one_line():
    assert cells.quoted("a\nb\u202e") == "'a\\nb\\u202e'"


def test_errors_stand_together_on_the_exception():
    problems = cells.Problems("F")
    problems.check()
    problems.add(2, "second")
    problems.add(1, "first", "A")
    with pytest.raises(FileError) as error:
        problems.check()
    assert error.value.errors == ("F, line 1, column A: first.", "F, line 2: second.")
    assert str(error.value) == "F, line 1, column A: first. Errors in all: 2."
    assert FileError("alone").errors == ("alone",)
