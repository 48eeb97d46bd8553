"""ZIP5, the payment locality of each five-digit ZIP code in one quarter (ZIP5lyout.txt)."""

from dataclasses import dataclass, field

from codes.fee_schedule.parse import cells, tables
from codes.fee_schedule.parse.cells import MAC, NUMBER, text_form
from codes.fee_schedule.parse.tables import Field
from codes.fee_schedule.records import ZipRow


@dataclass(frozen=True)
class ZipFile:
    """What one ZIP5 file holds; `quarter` is "20254" for the fourth of 2025."""

    rows: list[ZipRow]
    quarter: str
    notes: list[str] = field(default_factory=list)


# CMS splits Kansas and Missouri between east and west, and writes EK, WK, EM and WM.
_STATES = {"EK": "KS", "WK": "KS", "EM": "MO", "WM": "MO"}


def _state(text: str) -> str:
    return _STATES.get(text, text)


def _is_one(text: str) -> bool:
    return text == "1"


_RURAL = "blank, R or B"
_FIELDS = (
    Field(text_form("STATE", "[A-Z]{2}", "a state of two capital letters", _state), 1, 2),
    Field(text_form("ZIP CODE", "[0-9]{5}", "a ZIP code of five digits"), 3, 7),
    Field(MAC, 8, 12),
    Field(NUMBER, 13, 14),
    Field(text_form("RURAL IND", "[RB]?", _RURAL), 15, 15),
    Field(text_form("LAB CB LOCALITY", "(?:[A-Z][0-9])?", "a letter and a digit"), 16, 17),
    Field(text_form("RURAL IND2", "[RB]?", _RURAL), 18, 18),
    Field(text_form("PLUS 4 FLAG", "[01]", "0 or 1", _is_one), 21, 21),
    Field(text_form("PART B DRUG INDICATOR", "[0-9A-Z]?", "one character"), 23, 23),
    Field(text_form("YEAR/QTR", "20[0-9]{2}[1-4]", "a year and a quarter"), 76, 80),
)


def parse_txt(name: str, text: str) -> ZipFile:
    """Return the ZIP codes of a ZIP5 file of fixed width; FileError for the least amiss."""
    grid = tables.fixed_grid(name, text.split("\n")[:-1], 1, _FIELDS)
    problems = cells.Problems(name)
    columns = grid.values([field.form for field in _FIELDS], problems)
    states, zips, macs, numbers, rural, _, _, plus_four, _, quarters = columns
    for line, quarter in zip(grid.lines, quarters, strict=True):
        if quarter != quarters[0]:
            problems.add(line, f"the quarter is {quarter} instead of {quarters[0]}", "YEAR/QTR")
    notes: list[str] = []
    rows = list(map(ZipRow, zips, states, macs, numbers, rural, plus_four))
    rows = tables.unique(rows, zips, grid.lines, problems, notes)
    problems.check()
    return ZipFile(rows, quarters[0], notes)
