"""A file of one's own log: which column means what, and what each row says. No Django models.

The file is not trusted. A column that looks like a patient's data is dropped at once, and no
sentence about a row repeats what stands in it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from accounts import statement_files
from accounts.patient_data import looks_like
from accounts.statement_files import Wording, amount_of, date_of, distinct, patient_in
from codes import taxonomy
from rvuedge import spreadsheets
from rvuedge.spreadsheets import FileError, Limits, Wrong

LIMITS = Limits(
    file_bytes=5 * spreadsheets.MEGABYTE,
    unpacked_bytes=32 * spreadsheets.MEGABYTE,
    elements=600_000,
    rows=5_000,
    columns=60,
    characters=2_000,
)
HEADINGS_WITHIN = 20  # rows: above the headings stand titles
MOST_CHARACTERS = 80  # of a cell
MOST_MODIFIERS = 4
EXAMPLES = 100  # rows by which a column is judged
FIRST_YEAR = 2000

FIELDS = {
    "date": "Date of service",
    "code": "Code",
    "modifiers": "Modifiers",
    "modifiers_2": "Second modifier",
    "modifiers_3": "Third modifier",
    "modifiers_4": "Fourth modifier",
    "units": "Units",
    "site": "Site",
    "setting": "Setting",
    "role": "Role",
    "custom": "Custom code",
    "percent": "Share by hand, %",
    "base_units": "Base units",
    "minutes": "Minutes",
    "case": "Case",
    "note": "Note",
}
REQUIRED = ("date", "code")
_MODIFIERS = ("modifiers", "modifiers_2", "modifiers_3", "modifiers_4")
# What statements do not have; the rest is guessed as there.
_HEADINGS = {
    "date": r"day|performed( on)?|when",
    "site": r"sites?|location|facility|hospital|where|place( of (service|work))?",
    "setting": r"setting",
    "role": r"(my |surgeon )?role",
    "custom": r"(custom|own) code",
    "percent": r"(share|percent)( by hand)?",
    "base_units": r"(asa )?base( units)?",
    "minutes": r"((anesthesia|anaesthesia) )?(minutes|mins|time)",
    "case": r"case( (no|id|number))?|session",
    "note": r"notes?|comments?|remarks?",
}
ROLES = {
    "performed": "performed", "surgeon": "performed", "primary": "performed",
    "primary surgeon": "performed", "assisted": "assisted", "assistant": "assisted",
    "first assistant": "assisted", "supervised": "supervised", "taught": "supervised",
    "taught or supervised": "supervised", "teaching": "supervised", "simulated": "simulated",
    "observed": "observed", "observer": "observed",
}  # fmt: skip
SETTINGS = {
    "facility": "facility", "hospital": "facility", "f": "facility", "office": "nonfacility",
    "nonfacility": "nonfacility", "non facility": "nonfacility", "nf": "nonfacility",
    "o": "nonfacility", "clinic": "nonfacility",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """What is kept of a file until its columns are mapped. Plain values only, as for JSON."""

    headings: list[str]
    rows: list[tuple[int, list[str]]]  # with the number that a row has in the file
    refused: list[tuple[str, str]]  # headings, and what their columns look like

    def to_json(self) -> list[Any]:
        return [self.headings, self.rows, self.refused]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> "Table":
        headings, rows, refused = data
        return cls(headings, [(n, cells) for n, cells in rows], [(h, why) for h, why in refused])

    def column(self, heading: str) -> list[str]:
        at = self.headings.index(heading)
        return [cells[at] for _, cells in self.rows]


class Line(NamedTuple):
    """A row that could be read. Names of sites, custom codes and cases are as they stand there."""

    row: int
    day: date
    code: str
    custom: str
    modifiers: tuple[str, ...]
    units: int
    site: str
    setting: str
    role: str
    percent: Decimal | None
    base_units: int | None
    minutes: int | None
    case: str
    note: str


class Fault(NamedTuple):
    """What is wrong with a row: its number, the heading of the column, and a sentence."""

    row: int
    column: str
    sentence: str


# Reading ----------------------------------------------------------------------------------


def read_table(path: Path) -> Table:
    """Return of a CSV or XLSX file what may be kept. FileError, a sentence, if it is refused."""
    rows = [
        (number, ["" if isinstance(cell, Wrong) else _text(cell) for cell in row])
        for number, row in spreadsheets.read(path, LIMITS, as_shown=True)
    ]
    at = _heading_at([cells for _, cells in rows])
    body = [(number, cells) for number, cells in rows[at + 1 :] if any(cells)]
    if not body:
        raise FileError("The file has headings, but no row below them.")
    width = max(len(rows[at][1]), *(len(cells) for _, cells in body))
    headings = distinct([*rows[at][1], *[""] * (width - len(rows[at][1]))])
    guessed = guess(headings)
    refused, kept = [], []
    for position, heading in enumerate(headings):
        cells = (row[position] for _, row in body if position < len(row))
        examples = [cell for cell in cells if cell][:EXAMPLES]
        # A log may well span many years: that alone makes no date of birth of its dates.
        why = "" if heading == guessed.get("date") else patient_in(heading, examples)
        if why:
            refused.append((heading, why))
        elif examples or heading in guessed.values():
            kept.append(position)
    return Table(
        headings=[headings[position] for position in kept],
        rows=[
            (number, [row[position] if position < len(row) else "" for position in kept])
            for number, row in body
        ],
        refused=refused,
    )


def _text(cell: str) -> str:
    short = spreadsheets.plain(cell[: 4 * MOST_CHARACTERS])
    return " ".join(short.split()).removeprefix("'")[:MOST_CHARACTERS]


def _heading_at(rows: Sequence[Sequence[str]]) -> int:
    """Return the first row whose words name a date and a code."""
    for at, cells in enumerate(rows[:HEADINGS_WITHIN]):
        if all(name in guess(cells) for name in REQUIRED):
            return at
    for at, cells in enumerate(rows[:HEADINGS_WITHIN]):
        if sum(bool(re.search(r"[A-Za-z]{2}", cell)) for cell in cells) > 1:
            return at
    raise FileError(
        f"No row of headings was found in the first {HEADINGS_WITHIN} rows. Put names such as "
        "Date, Code, Modifiers and Units into one row above the lines."
    )


def guess(headings: Sequence[str]) -> dict[str, str]:
    """Return which heading means which field, as far as their words tell."""
    found: dict[str, str] = {}
    for name, pattern in _HEADINGS.items():
        for heading in headings:
            text = " ".join(re.sub(r"[^a-z0-9]+", " ", heading.lower()).split())
            if heading and heading not in found.values() and re.fullmatch(pattern, text):
                found[name] = heading
                break
    rest = [heading for heading in headings if heading not in found.values()]
    return found | {
        name: heading for name, heading in statement_files.guess(rest).items() if name in FIELDS
    }


# Rows -------------------------------------------------------------------------------------


def read_lines(
    table: Table, columns: Mapping[str, str], date_order: str, today: date
) -> tuple[list[Line], list[Fault]]:
    """Return the rows that could be read, and all that is wrong with the others.

    `columns` says which heading means which of FIELDS; `date_order` is one of
    statement_files.DATE_ORDERS.
    """
    positions = {name: table.headings.index(heading) for name, heading in columns.items()}
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, cells in table.rows:
        reader = _Row(number, cells, positions, columns)
        line = reader.line(date_order, today)
        if reader.faults:
            faults += reader.faults
        else:
            lines.append(line)
    return lines, faults


class _Row:
    """One row while it is read: every cell that cannot be read is a fault of its own."""

    def __init__(
        self,
        number: int,
        cells: Sequence[str],
        positions: Mapping[str, int],
        columns: Mapping[str, str],
    ) -> None:
        self.number, self.cells = number, cells
        self.positions, self.columns = positions, columns
        self.faults: list[Fault] = []

    def line(self, date_order: str, today: date) -> Line:
        custom = self.cell("custom")
        code, *modifiers = self.read("code", lambda cell: _code(cell, bool(custom)), [""])
        for name in _MODIFIERS:
            modifiers += self.read(name, _modifiers, [])
        modifiers = list(dict.fromkeys(modifiers))
        if len(modifiers) > MOST_MODIFIERS:
            self.fault("modifiers", f"There are more than {MOST_MODIFIERS} modifiers.")
        return Line(
            row=self.number,
            day=self.read("date", lambda cell: _day(cell, date_order, today), today),
            code=code,
            custom=custom,
            modifiers=tuple(modifiers),
            units=self.read("units", _whole(1, 999, if_empty=1), 1),
            site=self.read("site", _harmless, ""),
            setting=self.read("setting", _one_of(SETTINGS, "facility or office"), ""),
            role=self.read("role", _one_of(ROLES, "performed, assisted or observed"), ""),
            percent=self.read("percent", _percent, None),
            base_units=self.read("base_units", _whole(0, 60), None),
            minutes=self.read("minutes", _whole(0, 24 * 60), None),
            case=self.cell("case"),
            note=self.read("note", _harmless, ""),
        )

    def cell(self, name: str) -> str:
        return self.cells[self.positions[name]] if name in self.positions else ""

    def read(self, name: str, take: Callable[[str], Any], otherwise: Any) -> Any:
        """Return what a cell says, or note the fault and go on with `otherwise`."""
        if name not in self.positions:
            return take("") if name == "units" else otherwise
        try:
            return take(self.cell(name))
        except Wording as error:
            self.fault(name, f"{FIELDS[name]} {error}")
            return otherwise

    def fault(self, name: str, sentence: str) -> None:
        self.faults.append(Fault(self.number, self.columns.get(name, FIELDS[name]), sentence))


def _day(cell: str, order: str, today: date) -> date:
    if not cell:
        raise Wording("is missing.")
    day = date_of(cell, order)
    if day > today:
        raise Wording("has not come yet.")
    if day.year < FIRST_YEAR:
        raise Wording(f"is too long ago: the log begins with {FIRST_YEAR}.")
    return day


def _code(cell: str, has_custom: bool) -> list[str]:
    """Return a code and the modifiers behind it: "99213-25"."""
    words = [word for word in re.split(r"[\s,;/-]+", cell.upper()) if word]
    if not words:
        if has_custom:
            return [""]
        raise Wording("is missing.")
    # A spreadsheet that takes codes for numbers drops the zeros of 00790 in front.
    code = words[0].zfill(5) if words[0].isascii() and words[0].isdigit() else words[0]
    if not taxonomy.is_code(code):
        raise Wording("is none: a code has five digits, or a letter and four digits.")
    return [code, *_modifiers(" ".join(words[1:]))]


def _modifiers(cell: str) -> list[str]:
    words = [word for word in re.split(r"[\s,;/-]+", cell.upper()) if word]
    if not all(re.fullmatch(r"[0-9A-Z]{2}", word) for word in words):
        raise Wording("hold something that is no modifier: write two letters or digits, as 50.")
    return words


def _whole(least: int, most: int, if_empty: int | None = None) -> Callable[[str], int | None]:
    def take(cell: str) -> int | None:
        if not cell:
            return if_empty
        number = amount_of(cell)
        if number != number.to_integral_value() or not least <= number <= most:
            raise Wording(f"must be a whole number from {least} to {most}.")
        return int(number)

    return take


def _percent(cell: str) -> Decimal | None:
    if not cell:
        return None
    number = amount_of(cell.removesuffix("%"))
    if not 0 <= number <= 300 or number != round(number, 2):
        raise Wording("must be per cent from 0 to 300, with two decimals at most.")
    return number


def _one_of(words: Mapping[str, str], examples: str) -> Callable[[str], str]:
    def take(cell: str) -> str:
        text = " ".join(re.sub(r"[^a-z]+", " ", cell.lower()).split())
        if cell and text not in words:
            raise Wording(f"is not known: write {examples}.")
        return words.get(text, "")

    return take


def _harmless(cell: str) -> str:
    if what := looks_like(cell):
        raise Wording(f"looks like {what}. Nothing about a patient is kept here: leave it out.")
    return cell
