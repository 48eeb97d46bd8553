"""PPRRVU, the file of relative value units: CSV with 31 or 32 columns, and fixed width.

The layout is that of RVU26B.pdf and RVU25D.pdf. The heading of the CSV is stacked over up to
five lines and repeats itself ("RVU", "PE RVU"), so it is known as a whole: 2026 put PRIC IND in
before ENDO BASE.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from codes import taxonomy
from codes.fee_schedule.parse import cells, releases, resaved, tables
from codes.fee_schedule.parse.cells import Form, decimal_form, text_form
from codes.fee_schedule.parse.tables import Field
from codes.fee_schedule.records import FileError, RateRow


@dataclass(frozen=True)
class RateFile:
    """What one PPRRVU file holds. `release` is "" where the file itself does not say."""

    rows: list[RateRow]
    release: str
    released_on: date | None
    copyright_year: int | None
    notes: list[str] = field(default_factory=list)

    @property
    def factor(self) -> Decimal:
        """Dollars for one RVU, the same on every row."""
        return self.rows[0].conv_factor

    @property
    def pricing_indicators(self) -> set[str]:
        """PRIC IND: 9 in the file for everyone, 1 in that for qualifying participants."""
        return {row.pricing_ind for row in self.rows}


# Columns ----------------------------------------------------------------------------------


class Heading(NamedTuple):
    """A column: its heading but for the last line, its last line, and the form of its cells."""

    above: str
    last: str
    form: Form

    @property
    def whole(self) -> str:
        return f"{self.above} {self.last}".strip()


def _is_code_or_blank(text: str) -> bool:
    return not text or taxonomy.is_code(text)


def _is_marked(text: str) -> bool:
    return bool(text)


def _text(above: str, last: str, pattern: str, says: str, width: int = 0) -> Heading:
    title = f"{above} {last}".strip()
    return Heading(above, last, text_form(title, pattern, says, width=width))


def _flag(above: str, last: str, mark: str) -> Heading:
    title = f"{above} {last}"
    pattern = f"(?:{re.escape(mark)})?"
    return Heading(above, last, text_form(title, pattern, f"{mark} or blank", _is_marked))


def _rvu(above: str, last: str) -> Heading:
    return Heading(above, last, decimal_form(f"{above} {last}", 2))


def _share(above: str) -> Heading:
    form = decimal_form(f"{above} OP", 2)
    share = re.compile(r"0\.[0-9]{2}|1\.00").fullmatch
    return Heading(above, "OP", form._replace(matches=share, says="a share from 0.00 to 1.00"))


def _one_of(above: str, last: str, values: str, width: int = 0) -> Heading:
    """Return a column of which all values are known: those of the record layouts since 2020.

    A new value means something that no page could say, so it is refused until it is known here
    and in codes/indicators.py.
    """
    known = values.split()
    says = f"one of {', '.join(known)}"
    pattern = "|".join(map(re.escape, known))
    return _text(above, last, pattern, says, width)


_PRICING = _one_of("PRIC", "IND", "1 9")
_2026 = (
    Heading("", "HCPCS", Form("HCPCS", taxonomy.is_code, "a code of five characters", width=5)),
    _text("", "MOD", "(?:26|TC|53)?", "26, TC, 53 or blank"),
    Heading("", "DESCRIPTION", cells.description_form("DESCRIPTION", 50)),
    # D, F, G, H and Q are retired; no file since 2020 has them.
    _one_of("STATUS", "CODE", "A B C D E F G H I J M N P Q R T X"),
    _flag("NOT USED FOR MEDICARE", "PAYMENT", "+"),
    _rvu("WORK", "RVU"),
    _rvu("NON-FAC", "PE RVU"),
    _flag("NON-FAC NA", "INDICATOR", "NA"),
    _rvu("FACILITY", "PE RVU"),
    _flag("FACILITY NA", "INDICATOR", "NA"),
    _rvu("MP", "RVU"),
    _rvu("NON-FACILITY", "TOTAL"),
    _rvu("FACILITY", "TOTAL"),
    _one_of("PCTC", "IND", "0 1 2 3 4 5 6 7 8 9"),
    _one_of("GLOB", "DAYS", "000 010 090 MMM XXX YYY ZZZ", width=3),
    _share("PRE"),
    _share("INTRA"),
    _share("POST"),
    _one_of("MULT", "PROC", "0 1 2 3 4 5 6 7 9"),  # 1 is retired
    _one_of("BILAT", "SURG", "0 1 2 3 9"),
    _one_of("ASST", "SURG", "0 1 2 9"),
    _one_of("CO-", "SURG", "0 1 2 9"),
    _one_of("TEAM", "SURG", "0 1 2 9"),
    _PRICING,
    Heading(
        "ENDO",
        "BASE",
        Form("ENDO BASE", _is_code_or_blank, "a code of five characters or blank", width=5),
    ),
    Heading("CONV", "FACTOR", decimal_form("CONV FACTOR", 4, "[1-9][0-9]")),
    _one_of(
        "PHYSICIAN SUPERVISION OF DIAGNOSTIC",
        "PROCEDURES",
        "01 02 03 04 05 06 09 21 22 66 6A 77 7A",
        width=2,
    ),
    _one_of("CALCULATION", "FLAG", "0"),
    # 01 to 11 are families of before 2020.
    _one_of("DIAGNOSTIC IMAGING FAMILY", "INDICATOR", "01 02 03 04 05 06 07 08 09 10 11 88 99"),
    _rvu("NON-FACILITY PE USED FOR OPPS PAYMENT", "AMOUNT"),
    _rvu("FACILITY PE USED FOR OPPS PAYMENT", "AMOUNT"),
    _rvu("MP USED FOR OPPS PAYMENT", "AMOUNT"),
)
_PRICING_AT = _2026.index(_PRICING)
_2020 = tuple(heading for heading in _2026 if heading is not _PRICING)
_LAYOUTS = (_2026, _2020)

# The titles and the heading are in the first lines: ten in CMS's files, two in converted copies.
_OPENING = 40

# CSV --------------------------------------------------------------------------------------

_RELEASED = re.compile(r"RELEASED\s+([0-9]{2})/([0-9]{2})/([0-9]{4})")
_AMA = re.compile(r"COPYRIGHT\s+(20[0-9]{2})\s+AMERICAN\s+MEDICAL", re.IGNORECASE)
# The first line of the converted copies that some projects keep.
_CONVERTED = re.compile(r"CONVERTED COPY\b.*\bRVU([0-9]{2})([A-D]R?)\b")


def _layout(sheet: tables.Sheet) -> tuple[int, tuple[Heading, ...]]:
    """Return the row number of the heading's last line, and the layout that it is of."""
    last = next(
        (
            at
            for at, row in enumerate(sheet.rows[:_OPENING])
            if row and tables.normal(row[0]) == "HCPCS"
        ),
        None,
    )
    if last is None:
        raise FileError(f'{sheet.name}: no line begins with the heading "HCPCS".')
    heading = [tables.normal(cell) for cell in sheet.rows[last]]
    line = sheet.lines[last]
    layout = next((known for known in _LAYOUTS if len(known) == len(heading)), None)
    if layout is None:
        raise cells.refuse(
            sheet.name,
            line,
            f"the heading has {len(heading)} columns, where 31 (to 2025) or 32 are known",
        )
    first = last
    # Lines of the heading leave the code, the modifier and the description blank; titles do not.
    while first and last - first < 4 and tables.is_blank(sheet.rows[first - 1][:3]):
        first -= 1
    above = [[tables.normal(cell) for cell in row] for row in sheet.rows[first:last]]
    is_bare = all(map(tables.is_blank, above))  # the converted copies have the last line alone
    for index, known in enumerate(layout):
        parts = [row[index] for row in above if index < len(row)] + [heading[index]]
        found = " ".join(filter(None, parts))
        expected = known.last if is_bare else known.whole
        if found != expected:
            raise cells.refuse(
                sheet.name,
                line,
                f"the heading of column {index + 1} is {cells.quoted(found)} instead of "
                f"{cells.quoted(expected)}, so columns may be missing, renamed or moved",
            )
    return last, layout


def _released_on(name: str, titles: str) -> date | None:
    found = _RELEASED.search(titles)
    if not found:
        return None
    month, day, year = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise FileError(f'{name}: "{found[0]}" is no date.') from None


def parse_csv(name: str, text: str) -> RateFile:
    """Return what a PPRRVU file in CSV form holds; FileError for the least that is amiss.

    A file that a spreadsheet saved again (lost zeros, lost decimals) is restored, and a note
    says so.
    """
    opening = tables.read_csv(name, text, most=_OPENING + 1)
    last, layout = _layout(opening)
    titles = "\n".join(" ".join(filter(None, row)) for row in opening.rows[:last])
    converted = _CONVERTED.search(titles)
    release = f"20{converted[1]}{converted[2]}" if converted else releases.of_title(titles)
    if release is None:
        raise FileError(f"{name}: the title does not say the year and month of the release.")
    copyright_year = _AMA.search(titles)
    forms = [heading.form for heading in layout]
    make = RateRow._make if layout is _2026 else _make_2020
    notes: list[str] = []
    rows = tables.quick_rows(text, last + 1, forms, make)
    if rows:
        first = opening.lines[last + 1]
        lines: Sequence[int] = range(first, first + len(rows))
    else:
        grid = tables.grid_of(tables.read_csv(name, text), last + 1, len(layout))
        columns = resaved.strict_values(grid, forms, notes)
        rows, lines = list(map(make, zip(*columns, strict=True))), grid.lines
    return RateFile(
        rows=_checked(name, rows, lines, notes),
        release=release,
        released_on=_released_on(name, titles),
        copyright_year=int(copyright_year[1]) if copyright_year else None,
        notes=notes,
    )


def _make_2020(values: Iterable[Any]) -> RateRow:
    cells_2020 = list(values)
    cells_2020.insert(_PRICING_AT, "")
    return RateRow._make(cells_2020)


def _checked(
    name: str, rows: list[RateRow], lines: Sequence[int], notes: list[str]
) -> list[RateRow]:
    """Return the rows once they are whole: totals are sums, one factor, no row twice."""
    problems = cells.Problems(name)
    factor = rows[0].conv_factor
    for line, row in zip(lines, rows, strict=True):
        both = row.work_rvu + row.mp_rvu
        if both + row.pe_nonfac != row.total_nonfac:
            _total(problems, line, "NON-FACILITY TOTAL", row, row.pe_nonfac, row.total_nonfac)
        if both + row.pe_fac != row.total_fac:
            _total(problems, line, "FACILITY TOTAL", row, row.pe_fac, row.total_fac)
        if row.conv_factor != factor:
            problems.add(
                line, f"{row.conv_factor} differs from {factor} on the first row", "CONV FACTOR"
            )
    rows = tables.unique(rows, [row[:2] for row in rows], lines, problems, notes)
    problems.check()
    return rows


def _total(
    problems: cells.Problems,
    line: int,
    column: str,
    row: RateRow,
    expense: Decimal,
    total: Decimal,
) -> None:
    problems.add(
        line,
        f"{total} is not the sum of work {row.work_rvu}, practice expense {expense} and "
        f"malpractice {row.mp_rvu}",
        column,
    )


# Fixed width ------------------------------------------------------------------------------


def _tenths(text: str) -> Decimal:
    return Decimal(f"0{text}")


def _fixed(start: int, end: int, index: int) -> Field:
    """Return the field that holds the column of that index in the CSV of 2026."""
    form = _2026[index].form
    if form.title.endswith(" OP"):  # written ".10"
        form = text_form(form.title, r"\.[0-9]{2}", "a share such as .10", _tenths)
    elif form is _PRICING.form:  # blank before 2026
        form = text_form(form.title, "[19]?", "1, 9 or blank")
    return Field(form, start, end)


# fmt: off
_POSITIONS = (
    (1, 5), (6, 7), (8, 57), (58, 58), (59, 59),  # code, modifier, description, status, not used
    (60, 65), (67, 72), (73, 74), (76, 81), (82, 83), (85, 89),  # RVUs and NA
    (91, 96), (97, 102),  # totals
    (103, 103), (104, 106), (107, 109), (110, 112), (113, 115),  # PC/TC, global days, shares
    (116, 116), (117, 117), (118, 118), (119, 119), (120, 120),  # surgery
    (121, 121), (128, 132), (133, 140),  # pricing, endoscopy base, conversion factor
    (142, 143), (144, 144), (146, 147),  # supervision, calculation, imaging family
    (152, 157), (159, 164), (166, 171),  # used for OPPS
)
# fmt: on
_FIELDS = tuple(_fixed(start, end, index) for index, (start, end) in enumerate(_POSITIONS))


def parse_txt(name: str, text: str) -> RateFile:
    """Return what a PPRRVU file of fixed width holds; FileError for the least that is amiss.

    It names no release: its copyright lines may name another year than that of the release
    (RVU25D says 2026).
    """
    lines = text.split("\n")[:-1]
    start = 0
    while start < len(lines) and lines[start].startswith("HDR"):
        start += 1
    if start == len(lines):
        raise FileError(f"{name}: the file has a heading but no data.")
    copyright_year = _AMA.search(
        " ".join(line.removeprefix("HDR").strip() for line in lines[:start])
    )
    grid = tables.fixed_grid(name, lines[start:], start + 1, _FIELDS)
    notes: list[str] = []
    columns = resaved.strict_values(grid, [field.form for field in _FIELDS], notes)
    rows = list(map(RateRow._make, zip(*columns, strict=True)))
    return RateFile(
        rows=_checked(name, rows, grid.lines, notes),
        release="",
        released_on=None,
        copyright_year=int(copyright_year[1]) if copyright_year else None,
        notes=notes,
    )
