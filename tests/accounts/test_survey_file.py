"""Survey points from a file: its columns, its rows, and what is wrong with each."""

from decimal import Decimal

import pytest

from accounts import survey_file
from accounts.survey_file import COLUMNS, read
from rvuedge.spreadsheets import FileError, Wrong

SOUND = ["My survey", "2024", "Urology", "yes", "3,000", "4500", "6000.5", "7500", "9,000.25"]


def rows(*cells, headings=COLUMNS):
    return list(enumerate([list(headings), *cells], start=1))


def test_a_row_is_a_specialty_with_its_five_points():
    (line,) = read(rows(SOUND)).lines
    assert line[:5] == (2, "My survey", 2024, "Urology", True)
    assert line.points == tuple(map(Decimal, ("3000", "4500", "6000.5", "7500", "9000.25")))


def test_headings_are_known_by_other_names_and_in_any_order():
    headings = ["90th", "75th percentile", "Median", "25th", "P10", "Specialty", "Year", "Survey"]
    (line,) = read(
        rows(["9", "8", "7", "6", "5", "Urology", "2024", "Mine"], headings=headings)
    ).lines
    assert line.points == (5, 6, 7, 8, 9)
    assert line.is_per_fte  # where the file does not say


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("source", "", "source is empty."),
        ("source", "x" * 81, "source is too long: 80 characters at most."),
        ("year", "24", "year is a year from 2000 on"),
        ("year", Wrong("a date"), "year holds a date, no text or number."),
        ("specialty", " ", "specialty is empty."),
        ("per FTE", "maybe", "per FTE is yes or no."),
        ("p10", "", "p10 is a number of wRVUs"),
        ("p10", "-1", "p10 is a number of wRVUs"),
        ("p10", "1,00", "p10 is a number of wRVUs"),
        ("p50", "6000.123", "p50 is a number of wRVUs"),
        ("p50", "1e3", "p50 is a number of wRVUs"),
        ("p90", "7499", "The 90th percentile (7,499) is below the 75th (7,500)"),
    ],
)
def test_what_is_wrong_is_said_of_its_row_and_the_others_stay(column, cell, said):
    bad = list(SOUND)
    bad[COLUMNS.index(column)] = cell
    found = read(rows([*SOUND[:2], "Nephrology", *SOUND[3:]], bad))
    ((number, sentence),) = found.problems
    assert number == 3
    assert sentence.startswith(said)
    assert [line.specialty for line in found.lines] == ["Nephrology"]


def test_a_line_that_is_there_twice_is_taken_once():
    found = read(rows(SOUND, SOUND))
    assert found.problems == [(3, "The same source, year and specialty stand in row 2.")]


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        (COLUMNS[1:], "There is no column source."),
        ([*COLUMNS, "10th"], "The column p10 is there twice."),
        ([], "There is no column source, year, specialty, p10"),
    ],
)
def test_columns_that_are_missing_or_doubled_refuse_the_file(headings, said):
    with pytest.raises(FileError, match=said):
        read(rows(SOUND, headings=headings))


def test_a_file_without_rows_or_with_too_many_is_refused(monkeypatch):
    with pytest.raises(FileError, match="no rows"):
        read(rows())
    monkeypatch.setattr(survey_file, "MOST_LINES", 1)
    with pytest.raises(FileError, match="more than 1 rows"):
        read(rows(SOUND, SOUND))
