"""GPCI, the geographic practice cost indices of each payment locality (addendum E).

The heading is on the third line, with the year in it: "2026 PW GPCI (with 1.0 Floor)***". With
or without a column for the work index before its floor. Notes follow the data.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from codes.fee_schedule.parse import cells, resaved, tables
from codes.fee_schedule.parse.cells import MAC, NUMBER, Form, text_form
from codes.fee_schedule.parse.tables import Field
from codes.fee_schedule.records import FileError, LocalityRow


@dataclass(frozen=True)
class LocalityFile:
    """What one GPCI file holds. `year` is None where the heading does not say."""

    rows: list[LocalityRow]
    year: int | None
    notes: list[str] = field(default_factory=list)


# "ALASKA*", "WYOMING**": the stars point to notes about floors.
def _without_stars(text: str) -> str:
    return text.rstrip("* ")


def _thousandths(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.001"))


def _index(title: str) -> Form:
    # CMS itself drops trailing zeros here in some years ("1", "0.86"); an index is never zero.
    pattern = r"(?!0(?:\.0+)?$)[0-9](?:\.[0-9]{1,3})?"
    return text_form(title, pattern, "an index such as 0.875", _thousandths)


_STATE = text_form("STATE", "[A-Z]{2}", "a state of two capital letters")
_NAME = text_form(
    "LOCALITY NAME", "[A-Za-z][ -~]{0,119}", "the name of a locality", _without_stars
)
_WORK, _UNFLOORED = _index("PW GPCI"), _index("PW GPCI (WITHOUT 1.0 FLOOR)")
_EXPENSE, _MALPRACTICE = _index("PE GPCI"), _index("MP GPCI")

# Each heading, without its year and stars, and the form of its column.
_HEADINGS = {
    "MEDICARE ADMINISTRATIVE CONTRACTOR (MAC)": MAC,
    "MEDICARE ADMINISTRATIVE CONTRACTOR": MAC,
    "STATE": _STATE,
    "LOCALITY NUMBER": NUMBER,
    "LOCALITY NAME": _NAME,
    "PW GPCI (WITH 1.0 FLOOR)": _WORK,
    "PW GPCI": _WORK,
    "PW GPCI (WITHOUT 1.0 FLOOR)": _UNFLOORED,
    "PE GPCI": _EXPENSE,
    "MP GPCI": _MALPRACTICE,
    # The converted copies.
    "MAC": MAC,
    "LOCALITY_NUMBER": NUMBER,
    "LOCALITY_NAME": _NAME,
    "GPCI_WORK": _WORK,
    "GPCI_PE": _EXPENSE,
    "GPCI_MP": _MALPRACTICE,
}
_REQUIRED = (MAC, NUMBER, _NAME, _WORK, _EXPENSE, _MALPRACTICE)  # 2020 has no state
_YEAR = re.compile(r"(20[0-9]{2}) (?=P|M)")


def _forms(name: str, line: int, heading: Sequence[str]) -> tuple[list[Form], int | None]:
    """Return the form of each column and the year that the heading names."""
    forms, years = [], set()
    for cell in heading:
        text = tables.normal(cell).rstrip("*")
        found = _YEAR.match(text)
        if found:
            years.add(int(found[1]))
            text = text[found.end() :]
        if text not in _HEADINGS:
            raise cells.refuse(name, line, f"{cells.quoted(cell)} is no known heading")
        if _HEADINGS[text] in forms:
            raise cells.refuse(name, line, f"two columns have the heading {cells.quoted(cell)}")
        forms.append(_HEADINGS[text])
    for form in _REQUIRED:
        if form not in forms:
            raise cells.refuse(name, line, f"no column has the heading {form.title}")
    if len(years) > 1:
        raise cells.refuse(name, line, "the heading names several years")
    return forms, next(iter(years), None)


def parse_csv(name: str, text: str) -> LocalityFile:
    """Return the localities of a GPCI file in CSV form; FileError for the least that is amiss."""
    sheet = tables.read_csv(name, text)
    at = next(
        (
            at
            for at, row in enumerate(sheet.rows[:20])
            if {"LOCALITY NUMBER", "LOCALITY_NUMBER"} & set(map(tables.normal, row))
        ),
        None,
    )
    if at is None:
        raise FileError(f'{name}: no line has the heading "Locality Number".')
    forms, year = _forms(name, sheet.lines[at], sheet.rows[at])
    grid = tables.grid_of(tables.without_notes(sheet, at + 1), 0, len(forms))
    return _localities(grid, forms, year)


def _localities(grid: tables.Grid, forms: list[Form], year: int | None) -> LocalityFile:
    notes: list[str] = []
    grid = resaved.padded(grid, forms, notes)
    problems = cells.Problems(grid.name)
    columns = dict(zip((form.title for form in forms), grid.values(forms, problems), strict=True))
    problems.check()
    count = len(grid.lines)
    unfloored = columns.get(_UNFLOORED.title, [None] * count)
    rows = [
        LocalityRow(*values)
        for values in zip(
            columns[MAC.title],
            columns[NUMBER.title],
            columns.get(_STATE.title, [""] * count),
            columns[_NAME.title],
            columns[_WORK.title],
            unfloored,
            columns[_EXPENSE.title],
            columns[_MALPRACTICE.title],
            strict=True,
        )
    ]
    rows = tables.unique(rows, [row[:2] for row in rows], grid.lines, problems, notes)
    problems.check()
    return LocalityFile(rows, year, notes)


# The print form of 2025: its headings run into one another.
_TXT_HEADING = re.compile(
    r"MEDICARE ADMI STATE LOCALITY LOCALITY NAME (20[0-9]{2}) PW GPCI\1 PE GPCI\1 MP GPCI"
)
_TXT_FIELDS = (
    Field(MAC, 1, 5),
    Field(_STATE, 17, 18),
    Field(NUMBER, 25, 26),
    Field(_NAME, 30, 118),
    Field(_WORK, 119, 126),
    Field(_EXPENSE, 127, 138),
    Field(_MALPRACTICE, 139, 150),
)


def parse_txt(name: str, text: str) -> LocalityFile:
    """Return the localities of a GPCI file in print form, as 2025 has it."""
    lines = text.split("\n")[:-1]
    headings = enumerate(map(_TXT_HEADING.fullmatch, map(tables.normal, lines[:20])), start=1)
    first, found = next((pair for pair in headings if pair[1]), (0, None))
    if not found:
        raise FileError(f"{name}: the heading is not that of a known GPCI file in print form.")
    end = first
    while end < len(lines) and lines[end][:1].isdigit():
        end += 1
    for number, line in enumerate(lines[end:], start=end + 1):
        if line[:1].isdigit():
            raise cells.refuse(name, number, "a locality stands among the notes")
    if first == end:
        raise FileError(f"{name}: the file has a heading but no data.")
    grid = tables.fixed_grid(name, lines[first:end], first + 1, _TXT_FIELDS)
    return _localities(grid, [field.form for field in _TXT_FIELDS], int(found[1]))
