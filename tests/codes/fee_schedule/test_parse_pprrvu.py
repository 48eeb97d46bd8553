"""PPRRVU: read exactly, restored where a spreadsheet had it, refused for the least amiss."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes.fee_schedule.parse import pprrvu, tables
from codes.fee_schedule.records import FileError, RateRow
from tests.codes.fee_schedule import federal

FIRST = 11  # the first line of data
WORK, STATUS, GLOBAL, PRICING, ENDO, FACTOR = 5, 3, 14, 23, 24, 25
OPPS = 29


def parse(content: bytes) -> pprrvu.RateFile:
    return pprrvu.parse_csv("P.csv", tables.decode("P.csv", content))


def parse_txt(content: bytes) -> pprrvu.RateFile:
    return pprrvu.parse_txt("P.txt", tables.decode("P.txt", content))


def refusal(content: bytes) -> str:
    with pytest.raises(FileError) as error:
        parse(content)
    assert "\n" not in str(error.value)
    return str(error.value)


def refusal_of(line: int, column: int, text: str) -> str:
    return refusal(federal.with_cell(federal.pprrvu_csv(federal.rates()), line, column, text))


@pytest.fixture
def content() -> bytes:
    return federal.pprrvu_csv(federal.rates())


class TestWhole:
    def test_every_column_is_read(self, content):
        found = parse(content)
        assert found.rows == federal.rates()
        assert found.release == "2026C"
        assert found.released_on == date(2026, 6, 30)
        assert found.copyright_year == 2026
        assert found.factor == Decimal("33.4009")
        assert found.pricing_indicators == {"9"}
        assert found.notes == []

    def test_31_columns_before_2026(self):
        rows = federal.as_2025(federal.rates())
        content = federal.pprrvu_csv(
            rows, year=2025, month="October", released="09/11/2025", copyright_year=2024
        )
        found = parse(content)
        assert found.rows == rows
        assert (found.release, found.copyright_year) == ("2025D", 2024)

    @pytest.mark.parametrize(
        ("month", "letter"), [("January", "A"), ("April", "B"), ("July", "C"), ("October", "D")]
    )
    def test_the_month_gives_the_letter(self, month, letter):
        assert parse(federal.pprrvu_csv(federal.rates(), month=month)).release == f"2026{letter}"

    def test_a_converted_copy_has_its_release_in_the_first_line(self):
        rows = federal.as_2025(federal.rates())
        found = parse(federal.pprrvu_csv(rows, year=2024, marker="RVU24AR"))
        assert (found.rows, found.release) == (rows, "2024AR")
        assert found.released_on is None
        assert found.copyright_year is None

    def test_a_heading_alone_names_no_release(self, content):
        bare = b"\r\n".join(content.split(b"\r\n")[9:])
        assert parse(bare).release == ""

    def test_line_ends_and_a_byte_order_mark_change_nothing(self, content):
        whole = parse(content)
        assert parse(content.replace(b"\r\n", b"\n")) == whole
        assert parse(content.replace(b"\r\n", b"\r")) == whole
        assert parse(b"\xef\xbb\xbf" + content) == whole

    @pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
    def test_a_description_beyond_ascii(self, encoding):
        rows = [federal.rate("A2044", descriptor="Men\u2019s caf\xe9\xa0")]
        content = federal.pprrvu_csv(rows).decode("cp1252").encode(encoding)
        assert parse(content).rows[0].descriptor == "Men\u2019s caf\xe9\xa0"

    def test_a_description_with_commas_and_quotes(self):
        rows = [federal.rate("A4000", descriptor='"y set" tubing, 5" <b>&')]
        assert parse(federal.pprrvu_csv(rows)).rows == rows

    def test_blanks_around_a_description_are_dropped(self):
        rows = [federal.rate("A4000", descriptor=" Tubing  wide ")]
        assert parse(federal.pprrvu_csv(rows)).rows[0].descriptor == "Tubing  wide"
        assert "is no formula" in refusal(
            federal.pprrvu_csv([federal.rate("A4000", descriptor=" =1+1")])
        )

    def test_a_description_may_be_blank(self):
        rows = [federal.rate("M1389", descriptor="")]
        assert parse(federal.pprrvu_csv(rows)).rows == rows

    def test_the_end_of_file_row_and_blank_rows_at_the_end_are_dropped(self, content):
        assert parse(content + b"\x1a" + b"," * 31 + b"\r\n").rows == federal.rates()
        assert parse(content + b"," * 31 + b"\r\n\r\n").rows == federal.rates()
        assert parse(content + b"\x1a").rows == federal.rates()

    def test_titles_may_be_missing_but_for_the_heading(self, content):
        lines = content.split(b"\r\n")
        found = parse(b"\r\n".join(lines[5:]))
        assert found.rows == federal.rates()
        assert found.release == ""

    def test_a_placeholder_is_a_code(self):
        rows = [federal.rate("GXXX1")]
        assert parse(federal.pprrvu_csv(rows)).rows == rows

    def test_identical_rows_are_taken_once_with_a_note(self):
        rows = federal.rates()
        found = parse(federal.pprrvu_csv([*rows, rows[0]]))
        assert found.rows == rows
        assert found.notes == [
            "P.csv: rows that repeat an earlier one word for word were taken once: "
            "1, the first on line 18."
        ]


class TestHeading:
    """Missing, renamed or moved columns are refused; nothing is ever shifted."""

    def columns(self, change) -> bytes:
        rows = [line.split(b",") for line in federal.pprrvu_csv(federal.rates()).splitlines()]
        for row in rows:
            change(row)
        return b"".join(b",".join(row) + b"\r\n" for row in rows)

    @pytest.mark.parametrize("index", [*range(23), *range(24, 32)])
    def test_a_column_that_is_missing(self, index):
        refusal(self.columns(lambda row: row.pop(index)))

    def test_without_the_column_that_came_in_2026_nothing_is_shifted(self):
        found = parse(self.columns(lambda row: row.pop(23)))
        assert found.rows == [row._replace(pricing_ind="") for row in federal.rates()]

    @pytest.mark.parametrize("index", range(32))
    def test_a_column_that_moved(self, index):
        def move(row):
            row.insert(0 if index else 31, row.pop(index))

        refusal(self.columns(move))

    def test_two_columns_of_the_same_last_line_that_changed_places(self):
        def swap(row):
            row[8], row[6] = row[6], row[8]

        assert refusal(self.columns(swap)) == (
            "P.csv, line 10: the heading of column 7 is 'FACILITY PE RVU' instead of "
            "'NON-FAC PE RVU', so columns may be missing, renamed or moved."
        )

    @pytest.mark.parametrize("index", range(32))
    def test_a_column_that_is_renamed(self, content, index):
        refusal(federal.with_cell(content, 10, index, "OTHER"))

    def test_a_column_renamed_in_an_upper_line(self, content):
        assert "'TOTAL RVU' instead of 'WORK RVU'" in refusal(
            federal.with_cell(content, 9, WORK, "TOTAL")
        )

    def test_a_column_more(self):
        message = refusal(self.columns(lambda row: row.append(b"X")))
        assert message == (
            "P.csv, line 10: the heading has 33 columns, where 31 (to 2025) or 32 are known."
        )

    def test_no_heading(self, content):
        assert refusal(content.replace(b"HCPCS,", b"CODE,")) == (
            'P.csv: no line begins with the heading "HCPCS".'
        )

    def test_stray_blanks_and_small_letters_do_no_harm(self, content):
        assert parse(content.replace(b"MEDICARE,", b" Medicare ,")).rows == federal.rates()

    def test_a_title_cell_that_was_moved_into_the_heading(self, content):
        refusal(federal.with_cell(content, 6, 4, "RELEASED"))

    def test_a_heading_without_data(self, content):
        lines = content.split(b"\r\n")
        assert "no data" in refusal(b"\r\n".join(lines[:10]) + b"\r\n")


class TestTitle:
    def test_a_title_without_its_month(self, content):
        assert "year and month" in refusal(content.replace(b"July Release", b"Spring Release"))

    def test_a_day_that_does_not_exist(self, content):
        assert refusal(content.replace(b"06/30/2026", b"06/31/2026")) == (
            'P.csv: "RELEASED 06/31/2026" is no date.'
        )

    def test_no_day_and_no_notice(self, content):
        found = parse(content.replace(b"RELEASED", b"ON").replace(b"American Medical", b"X"))
        assert found.released_on is None
        assert found.copyright_year is None


HOSTILE_NUMBERS = [
    "-1.30",
    "+1.30",
    "NaN",
    "Infinity",
    "-inf",
    "1e3",
    "1.30E+00",
    "0x10",
    "1,5",
    "1,300.00",
    "1.300",
    "1.3",
    "1",
    ".30",
    "1.",
    "01.30",
    "1 .30",
    " 1.30",
    "1.30 ",
    "1_0.00",
    "$1.30",
    "1.30%",
    "=1.30",
    "=SUM(A1)",
    "'1.30",
    "\u0661.\u0663\u0660",
    "\uff11.\uff13\uff10",
    "\u00b2.00",
    "1\u22c530",
    "",
    "abc",
    "NA",
    "99999.00",
    "1.30\n",
    "1.3\x00",
]


class TestCells:
    @pytest.mark.parametrize("text", HOSTILE_NUMBERS)
    def test_no_number_but_of_the_exact_form(self, text):
        message = refusal_of(16, WORK, text)
        assert message.startswith("P.csv, line 16")
        if "\x00" not in text:
            assert "column WORK RVU" in message

    @pytest.mark.parametrize(
        ("column", "texts"),
        {
            0: ["0001", "00100A", "0010a", "W0001", "100 ", "Z1234", "", "0010\u0660"],
            1: ["2", "266", "tc", "T C", " 26"],
            2: ["x" * 51, "=1+1", "@x", "+x", "-x", "a\tb", "a\nb", "\u202etxt", "\u0661"],
            3: ["a", "AA", "", "1", "\u0410"],
            4: ["++", "x", "1", " "],
            7: ["N", "na", "NANA", " "],
            13: ["", "10", "x", "\u0661"],
            14: ["00", "0", "xxx", "0000", "", "XX1"],
            15: ["1.01", "2.00", ".10", "0.1", "0.100"],
            18: ["", "x", "00"],
            22: ["A"],
            PRICING: ["", "99"],
            ENDO: ["4537", "453788", "x"],
            FACTOR: ["33.40", "3.4009", "333.4009", "33,4009", "033.4009", "0.0000"],
            26: ["9", "009", "XX", "", "6a"],
            27: ["", "00"],
            28: ["9", "", "9A"],
            31: ["-0.07", "0.070"],
        }.items(),
    )
    def test_no_cell_but_of_the_form_of_its_column(self, column, texts):
        for text in texts:
            assert f"line {FIRST}, column " in refusal_of(FIRST, column, text), text

    @pytest.mark.parametrize(
        ("column", "title", "texts"),
        [
            (1, "MOD", ["99", "50", "LT", "AA"]),
            (3, "STATUS CODE", [*"KLOSUVWYZ"]),
            (14, "GLOB DAYS", ["QQQ", "030", "001", "XXZ"]),
            (18, "MULT PROC", ["8"]),
            (19, "BILAT SURG", ["4", "7", "8"]),
            (20, "ASST SURG", ["3", "8"]),
            (21, "CO- SURG", ["3", "8"]),
            (22, "TEAM SURG", ["3", "8"]),
            (PRICING, "PRIC IND", ["0", "2", "8"]),
            (
                26,
                "PHYSICIAN SUPERVISION OF DIAGNOSTIC PROCEDURES",
                ["00", "07", "08", "10", "6B", "99"],
            ),
            (27, "CALCULATION FLAG", ["1", "9"]),
            (28, "DIAGNOSTIC IMAGING FAMILY INDICATOR", ["00", "12", "87"]),
        ],
    )
    def test_a_value_that_no_layout_knows_is_named_with_those_that_are(self, column, title, texts):
        for text in texts:
            message = refusal_of(13, column, text)
            where = f"P.csv, line 13, column {title}: '{text}' is not "
            assert message.startswith((f"{where}one of ", f"{where}26, TC, 53 or blank")), text

    @pytest.mark.parametrize("letter", "DFGHQ")
    def test_retired_statuses_are_read(self, letter):
        cell = federal.with_cell(federal.pprrvu_csv(federal.rates()), FIRST, STATUS, letter)
        assert parse(cell).rows[0].status == letter

    def test_the_fixed_form_knows_the_same_values(self):
        rows = federal.rates()
        rows[2] = rows[2]._replace(bilat="7")
        with pytest.raises(FileError, match=r"column BILAT SURG: '7' is not one of 0, 1, 2, 3, 9"):
            parse_txt(federal.pprrvu_txt(rows))

    def test_the_error_names_line_column_and_text(self):
        assert refusal_of(13, WORK, "19,11") == (
            "P.csv, line 13, column WORK RVU: '19,11' is not a number with 2 decimals."
        )
        assert refusal_of(13, STATUS, "") == (
            "P.csv, line 13, column STATUS CODE: the cell is empty, where one of A, B, C, D, E, "
            "F, G, H, I, J, M, N, P, Q, R, T, X belongs."
        )

    def test_a_long_text_is_cut_in_the_error(self):
        assert "'" + "x" * 37 + "...'" in refusal_of(FIRST, STATUS, "x" * 10_000)

    def test_all_errors_are_told_in_the_order_of_lines_the_first_fifty(self):
        rows = federal.rates()
        content = federal.pprrvu_csv([row._replace(status="?") for row in rows * 10])
        content = federal.with_cell(content, FIRST, FACTOR, "x")
        with pytest.raises(FileError) as error:
            parse(content)
        assert len(error.value.errors) == 50
        assert str(error.value).endswith(" Errors in all: 71.")
        assert "line 11, column CONV FACTOR" in "".join(error.value.errors[:2])

    def test_a_nul_byte_is_placed(self, content):
        broken = content.replace(b"1.30", b"1.3\x00")
        assert refusal(broken) == "P.csv, line 16: character 30 is a NUL byte."

    def test_lines_are_counted_past_a_title_of_several_lines(self, content):
        broken = federal.with_cell(content, 16, WORK, "x")
        broken = federal.with_cell(broken, 1, 20, "two\nlines")
        assert "line 17, column WORK RVU" in refusal(broken)


class TestTruncated:
    def test_wherever_it_is_cut_it_is_refused_or_whole_to_that_row(self, content):
        start = content.index(b"HCPCS,MOD")
        lines = content[start:].count(b"\r\n")
        for cut in range(start, len(content)):
            try:
                found = parse(content[:cut])
            except FileError:
                continue
            assert content[:cut].endswith((b"\r", b"\n")), cut
            assert found.rows == federal.rates()[: len(found.rows)]
        assert lines == 8

    def test_a_line_of_too_few_cells(self, content):
        lines = content.split(b"\r\n")
        lines[12] = lines[12].rsplit(b",", 1)[0]
        assert refusal(b"\r\n".join(lines)) == (
            "P.csv, line 13: the row has 31 columns instead of 32."
        )

    def test_a_blank_line_amid_the_data(self, content):
        lines = content.split(b"\r\n")
        lines.insert(12, b"")
        assert "line 13: the row has 0 columns" in refusal(b"\r\n".join(lines))

    def test_the_last_line_must_be_ended(self, content):
        assert refusal(content[:-2]) == (
            "P.csv, line 17: the last line is incomplete, so part is missing."
        )

    def test_a_quote_that_is_never_closed(self, content):
        message = refusal(content.replace(b"Words for 27447", b'"Words for 27447', 1))
        assert "is no valid CSV" in message


class TestTruth:
    """What single cells cannot tell: sums, one factor, no row twice."""

    def test_totals_must_equal_their_parts(self):
        assert refusal_of(16, 11, "2.86") == (
            "P.csv, line 16, column NON-FACILITY TOTAL: 2.86 is not the sum of work 1.30, "
            "practice expense 1.46 and malpractice 0.09."
        )
        assert refusal_of(16, 12, "1.73") == (
            "P.csv, line 16, column FACILITY TOTAL: 1.73 is not the sum of work 1.30, "
            "practice expense 0.33 and malpractice 0.09."
        )

    def test_one_conversion_factor_for_all(self):
        assert refusal_of(14, FACTOR, "33.5675") == (
            "P.csv, line 14, column CONV FACTOR: 33.5675 differs from 33.4009 on the first row."
        )

    def test_two_different_rows_of_one_code(self):
        rows = federal.rates()
        content = federal.pprrvu_csv([*rows, rows[4]._replace(status="C")])
        assert refusal(content) == (
            "P.csv, line 18: 70450 TC stands on line 15 too, with other values."
        )


class TestResaved:
    """A spreadsheet drops leading zeros and needless decimals, of all cells or of none."""

    def test_the_file_is_restored_with_notes(self, content):
        found = parse(federal.resaved(content))
        assert found.rows == federal.rates()
        assert found.release == "2026C"
        assert found.notes == [
            "P.csv: the file was saved again in a spreadsheet; the lost decimals of 55 cells "
            "were put back.",
            "P.csv: lost leading zeros were put back: 1 in column HCPCS, 2 in column GLOB DAYS, "
            "7 in column PHYSICIAN SUPERVISION OF DIAGNOSTIC PROCEDURES.",
        ]

    def test_codes_that_were_saved_as_text_stay(self, content):
        resaved = federal.resaved(content)
        kept = resaved.replace(b"\n100,", b"\n00100,")
        assert parse(kept).rows == federal.rates()

    def test_a_short_code_among_whole_ones_is_an_error(self, content):
        resaved = federal.resaved(content).replace(b"\n100,", b"\n00100,")
        resaved = resaved.replace(b"\n99213,", b"\n9921,")
        assert "column HCPCS: '9921' is not a code of five characters" in refusal(resaved)

    def test_a_short_code_in_a_file_as_published_is_an_error(self):
        assert refusal_of(12, 0, "100") == (
            "P.csv, line 12, column HCPCS: '100' is not a code of five characters."
        )

    def test_one_decimal_that_kept_its_zero_is_proof_of_none(self, content):
        resaved = federal.resaved(content).replace(b",1.3,", b",1.30,")
        assert "'0' is not a number with 2 decimals" in refusal(resaved)

    def test_two_codes_that_are_one_once_restored(self, content):
        rows = [federal.rate("00100", work="1"), federal.rate("00100", work="2")]
        message = refusal(federal.resaved(federal.pprrvu_csv(rows)))
        assert message == "P.csv, line 12: 00100 stands on line 11 too, with other values."

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("1.00E+04", "in scientific notation"),
            ("1E5", "in scientific notation"),
            ("Jan-00", "looks like a date"),
            ("1-Jan", "looks like a date"),
            ("1/10/2026", "looks like a date"),
            ("2026-01-10", "looks like a date"),
        ],
    )
    def test_what_cannot_be_restored_is_refused_with_the_reason(self, content, text, reason):
        resaved = federal.resaved(content).replace(b"\n100,", f"\n{text},".encode())
        message = refusal(resaved)
        assert "line 12, column HCPCS" in message
        assert reason in message
        assert "take the file as published" in message

    def test_too_many_decimals_are_not_cut(self, content):
        assert "'1.305'" in refusal(federal.resaved(content).replace(b",1.3,", b",1.305,"))


class TestFixedWidth:
    def test_every_column_is_read(self):
        found = parse_txt(federal.pprrvu_txt(federal.rates()))
        assert found.rows == federal.rates()
        assert (found.release, found.released_on, found.copyright_year) == ("", None, 2026)

    def test_before_2026_there_is_no_pricing_indicator(self):
        rows = federal.as_2025(federal.rates())
        assert parse_txt(federal.pprrvu_txt(rows)).rows == rows

    def test_trailing_blanks_and_line_ends_change_nothing(self):
        content = federal.pprrvu_txt(federal.rates())
        whole = parse_txt(content)
        assert parse_txt(content.replace(b"\r\n", b"\n")) == whole
        assert parse_txt(content.replace(b"\r\n", b" " * 29 + b"\r\n")) == whole

    def test_without_a_notice(self):
        content = federal.pprrvu_txt(federal.rates())
        start = content.index(b"0001F")
        assert parse_txt(content[start:]).copyright_year is None

    def refusal(self, content: bytes) -> str:
        with pytest.raises(FileError) as error:
            parse_txt(content)
        return str(error.value)

    def test_a_heading_without_data(self):
        assert "no data" in self.refusal(federal.pprrvu_txt([]))

    def test_a_line_that_was_cut_off(self):
        content = federal.pprrvu_txt(federal.rates())
        assert self.refusal(content.replace(b"  0.07\r\n", b"  0.0\r\n")) == (
            "P.txt, line 7: the line has 170 characters instead of 171."
        )

    def test_a_line_that_is_shifted(self):
        lines = federal.pprrvu_txt(federal.rates()).split(b"\r\n")
        lines[5] = lines[5][:20] + b" " + lines[5][20:]
        assert "P.txt, line 6" in self.refusal(b"\r\n".join(lines))

    @given(data=st.data())
    @settings(max_examples=150)
    def test_a_character_that_changes_is_seen_or_changes_its_own_column(self, data):
        content = federal.pprrvu_txt(federal.rates())
        lines = content.split(b"\r\n")
        line = data.draw(st.integers(3, 9))
        at = data.draw(st.integers(0, 170))
        char = data.draw(st.sampled_from(b" .0123456789ABNATX+-e"))
        lines[line] = lines[line][:at] + bytes([char]) + lines[line][at + 1 :]
        check_one_cell(federal.rates(), line - 3, lambda: parse_txt(b"\r\n".join(lines)))


def check_one_cell(rows: list[RateRow], changed: int, read) -> None:
    """Whatever is read differs from the rows in one cell of one row at most."""
    try:
        found = read().rows
    except FileError as error:
        assert "P." in str(error)
        return
    assert len(found) == len(rows)
    for index, (row, known) in enumerate(zip(found, rows, strict=True)):
        differing = [
            name for name in RateRow._fields if getattr(row, name) != getattr(known, name)
        ]
        assert len(differing) <= (index == changed), differing


TEXTS = st.one_of(
    st.sampled_from(HOSTILE_NUMBERS),
    st.from_regex(r"[0-9]{0,3}\.?[0-9]{0,3}", fullmatch=True),
    st.text(max_size=6),
    st.sampled_from(["A", "NA", "+", "XXX", "26", "99213", "=1", "09", "000"]),
)


@given(row=st.integers(0, 6), column=st.integers(0, 31), text=TEXTS)
@settings(max_examples=300)
def test_a_cell_that_changes_is_refused_or_read_in_its_own_column(row, column, text):
    rows = federal.rates()
    whole = federal.pprrvu_csv(rows)

    def read():
        try:
            return parse(federal.with_cell(whole, FIRST + row, column, text))
        except UnicodeEncodeError:  # a lone surrogate, which no file holds
            return parse(whole)

    check_one_cell(rows, row, read)


@given(row=st.integers(0, 6), column=st.integers(0, 31), text=TEXTS)
@settings(max_examples=150)
def test_a_cell_that_changes_in_a_resaved_file_too(row, column, text):
    rows = federal.rates()
    whole = federal.resaved(federal.pprrvu_csv(rows))

    def read():
        try:
            return parse(federal.with_cell(whole, FIRST + row, column, text))
        except UnicodeEncodeError:
            return parse(whole)

    check_one_cell(rows, row, read)


figures = st.integers(0, 99_999).map(lambda cents: str(Decimal(cents) / 100))


@given(work=figures, nonfac=figures, fac=figures, mp=figures)
@settings(max_examples=50)
def test_any_figures_come_back_exactly_in_every_form(work, nonfac, fac, mp):
    row = federal.rate("99213", work=work, pe=(nonfac, fac), mp=mp)
    rows = [*federal.rates(), row._replace(hcpcs="99214")]
    content = federal.pprrvu_csv(rows)
    assert parse(content).rows == rows
    assert parse(federal.resaved(content)).rows == rows
    if max(row.total_nonfac, row.total_fac) < 1000 and row.mp_rvu < 100:
        assert parse_txt(federal.pprrvu_txt(rows)).rows == rows
