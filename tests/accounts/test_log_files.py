"""What a file of a log says: columns guessed, cells read, every fault with its row and column."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.log_files import Fault, Table, guess, read_lines, read_table
from rvuedge.spreadsheets import FileError

TODAY = date(2026, 8, 18)


def table(tmp_path, text, name="log.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_table(path)


def lines(tmp_path, text, order="mdy", **columns):
    found = table(tmp_path, text)
    return read_lines(found, columns or guess(found.headings), order, TODAY)


def test_a_row_is_read_whole(tmp_path):
    read, faults = lines(
        tmp_path,
        "Date,CPT,Mod 1,Mod 2,Units,Site,Setting,Role,Share %,Case,Notes\n"
        "07/14/2026,47562,52,lt,2,Main,Hospital,First assistant,62.5%,A,late\n",
    )
    assert faults == []
    one = read[0]
    assert (one.row, one.day, one.code) == (2, date(2026, 7, 14), "47562")
    assert (one.modifiers, one.units, one.percent) == (("52", "LT"), 2, Decimal("62.5"))
    assert (one.site, one.setting, one.role) == ("Main", "facility", "assisted")
    assert (one.case, one.note) == ("A", "late")


def test_what_is_not_there_has_its_usual_value(tmp_path):
    read, _ = lines(tmp_path, "Date,Code\n2026-07-14,99213-25\n")
    one = read[0]
    assert (one.units, one.modifiers, one.setting, one.role) == (1, ("25",), "", "")


def test_a_code_that_lost_its_zeros_gets_them_back(tmp_path):
    read, _ = lines(tmp_path, "Date,Code,Base units,Minutes\n7/1/26,790,7,129\n")
    assert (read[0].code, read[0].base_units, read[0].minutes) == ("00790", 7, 129)


@pytest.mark.parametrize(("order", "day"), [("mdy", date(2026, 3, 2)), ("dmy", date(2026, 2, 3))])
def test_dates_are_read_in_the_order_chosen(tmp_path, order, day):
    read, _ = lines(tmp_path, "Date,Code\n3/2/2026,99213\n", order)
    assert read[0].day == day


def test_titles_above_the_headings_are_passed_over(tmp_path):
    read, _ = lines(tmp_path, "My log\n\nDate,Code\n7/1/2026,99213\n")
    assert (len(read), read[0].row) == (1, 4)


@pytest.mark.parametrize(
    ("cells", "column", "sentence"),
    [
        (",99213,1,,", "Day", "Date of service is missing."),
        ("13/13/2026,99213,1,,", "Day", "Date of service is no date in the order chosen"),
        ("8/19/2026,99213,1,,", "Day", "Date of service has not come yet."),
        ("7/1/1999,99213,1,,", "Day", "is too long ago"),
        ("7/1/2026,,1,,", "CPT", "Code is missing."),
        ("7/1/2026,9921X,1,,", "CPT", "Code is none"),
        ("7/1/2026,99213,0,,", "Units", "must be a whole number from 1 to 999"),
        ("7/1/2026,99213,1.5,,", "Units", "must be a whole number"),
        ("7/1/2026,99213,=1+1,,", "Units", "is no number"),
        ("7/1/2026,99213,1,ABC,", "Mod", "no modifier"),
        ("7/1/2026,99213,1,50 51 52 53 54,", "Mod", "more than 4 modifiers"),
        ("7/1/2026,99213,1,,boss", "Role", "is not known: write performed"),
    ],
)
def test_a_fault_has_its_row_its_column_and_a_sentence(tmp_path, cells, column, sentence):
    good = "7/1/2026,99213,1,25,performed"
    read, faults = lines(
        tmp_path,
        f"Day,CPT,Units,Mod,Role\n{good}\n{cells}\n",
        date="Day", code="CPT", units="Units", modifiers="Mod", role="Role",
    )  # fmt: skip
    assert len(read) == 1
    (fault,) = faults
    assert (fault.row, fault.column) == (3, column)
    assert sentence in fault.sentence


def test_all_faults_of_a_row_are_named(tmp_path):
    _, faults = lines(tmp_path, "Date,Code,Units\nx,y,z\n")
    assert [fault.column for fault in faults] == ["Code", "Date", "Units"]


def test_columns_of_patients_are_dropped_and_named(tmp_path):
    found = table(
        tmp_path,
        'Date,Code,Patient name,MRN\n7/1/2026,99213,"Doe, Jane",12345678\n',
    )
    assert found.headings == ["Date", "Code"]
    assert [heading for heading, _ in found.refused] == ["Patient name", "MRN"]
    assert "Doe" not in str(found.to_json())


def test_a_note_about_a_patient_is_a_fault_that_does_not_repeat_it(tmp_path):
    rows = "".join(f"7/1/2026,99213,note {n % 10}\n" for n in range(20))
    _, faults = lines(tmp_path, f"Date,Code,Notes\n{rows}7/1/2026,99213,Pt Smith\n")
    assert faults == [
        Fault(22, "Notes", "Note looks like a patient's name. Nothing about a patient is kept "
              "here: leave it out.")
    ]  # fmt: skip


def test_a_log_of_many_years_keeps_its_dates(tmp_path):
    rows = "".join(f"7/1/{year},99213\n" for year in range(2004, 2026))
    read, faults = lines(tmp_path, f"Date,Code\n{rows}")
    assert (len(read), faults) == (22, [])


def test_a_table_survives_its_way_through_json(tmp_path):
    found = table(tmp_path, "Date,Code\n7/1/2026,99213\n")
    assert Table.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"Date,Code\n", "no row below"),
        (b"1,2\n3,4\n", "No row of headings"),
        (b"PK\x03\x04 no zip", "damaged"),
        (b"<html><body>", "web page"),
        (b"Date,Code\n\0,x\n", "NUL"),
        (b'Date,Code\n"7/1/2026,99213\n', "not sound CSV"),
        (b"Date,Code\n" + b"7/1/2026,99213\n" * 5000, "more than 5,000 rows"),
    ],
)
def test_a_file_that_is_not_sound_is_refused_with_a_sentence(tmp_path, content, sentence):
    with pytest.raises(FileError, match=sentence):
        table(tmp_path, content)
