"""An employer's file: which columns are read at all, which one means what, what each row says.

The file is not trusted and not wanted: patients stand in it. Only columns that can hold what is
matched (dates, codes, modifiers, units, wRVUs, dollars) go further than `read_table`, and of
these only cells that have such a form. What looks like a patient's name, number or date of birth
is dropped before anything is kept, and no sentence about a row repeats what the row says.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

from accounts.patient_data import looks_like
from codes import taxonomy
from rvuedge import spreadsheets
from rvuedge.spreadsheets import FileError, Limits, Wrong

LIMITS = Limits(
    file_bytes=10 * spreadsheets.MEGABYTE,
    unpacked_bytes=64 * spreadsheets.MEGABYTE,
    elements=450_000,  # 10,000 rows of 20 cells: a workbook is read within seconds
    rows=10_000,
    columns=60,
    characters=2_000,
)
HEADINGS_WITHIN = 20  # rows: above the headings stand titles
MOST_REJECTIONS = 200
MOST_MODIFIERS = 4

MOST_CHARACTERS = 80  # of a cell that are looked at
EXAMPLES = 100  # rows by which a column is judged
LIFETIME = timedelta(days=6 * 365)  # dates of service do not lie further apart
TOO_EARLY, TOO_LATE = timedelta(days=3 * 366), timedelta(days=62)  # around the period

FIELDS = {
    "date": "Date of service",
    "code": "Code",
    "modifiers": "Modifiers",
    "modifiers_2": "Second modifier",
    "modifiers_3": "Third modifier",
    "modifiers_4": "Fourth modifier",
    "units": "Units",
    "wrvu": "wRVUs",
    "dollars": "Dollars",
}
REQUIRED = ("date", "code")
DATE_ORDERS = {"mdy": "month/day/year", "dmy": "day/month/year", "ymd": "year-month-day"}

# What headings are called, likeliest first.
_HEADINGS: dict[str, tuple[str, ...]] = {
    "date": (
        r"dos|date of service|(service|svc|serv) (date|dt)|(date|dt) of (svc|serv)",
        r"(from|begin|start|posting|post) (date|dt)",
        r".*\bdate\b.*",
    ),
    "code": (
        r"(cpt|hcpcs)( ?/? ?(cpt|hcpcs))?( 4)?( code)?|cpt.*code.*",
        r"(procedure|proc|px|billing|service|charge) ?(code|cd)",
        r".*\b(cpt|hcpcs)\b.*|code|procedure|proc",
    ),
    "modifiers": (r"modifiers?( ?1)?|mods?( ?1)?", r".*\bmod(ifier)?s?( ?1)?"),
    "modifiers_2": (r".*\bmod(ifier)? ?2",),
    "modifiers_3": (r".*\bmod(ifier)? ?3",),
    "modifiers_4": (r".*\bmod(ifier)? ?4",),
    "units": (r"(billed |charge |service )?units?( billed)?", r"qty|quantity|volume|count"),
    "wrvu": (
        r"(total |credited )?(w ?rvus?|work ?rvus?)( credit(ed)?)?( total)?",
        r"(?!.*\b(rate|per|price)\b).*\b(w ?rvus?|work rvus?)\b.*",
        r"(?!.*\b(rate|per|price)\b).*\brvus?\b.*",
    ),
    "dollars": (
        r"(comp(ensation)?|payment|pay|amount|dollars|paid)( amount| amt)?",
        r".*\b(comp(ensation)?|pay(ment)?|paid|amount|amt|dollars)\b.*",
    ),
}
_PATIENT = re.compile(
    r"\b(patients?|pt|pat|mrn|medical record|record|dob|birth\w*|born|ssn|social|accounts?|acct"
    r"|encounters?|enc|csn|har|guarantor|members?|subscriber|insured|beneficiary|mbi|address"
    r"|phone|e ?mail|sex|gender|age|zip|visit (id|no|num|number)|fin|invoice|claim|chart|name)\b"
)
_STAFF = re.compile(
    r"\b(provider|physician|surgeon|clinician|doctor|rendering|billing prov\w*|procedure|proc"
    r"|department|dept|location|site|payer|payor|plan|clinic|facility|cpt|code)\b"
)
_NAME = re.compile(r"[A-Z][A-Za-z'’-]+,\s*[A-Z][A-Za-z'’-]*\.?(\s+[A-Z]\.?)?")


@dataclass
class Table:
    """What is kept of a file until its columns are mapped. Plain values only, as for JSON."""

    headings: list[str]
    heading_row: int
    rows: list[tuple[int, list[str]]]  # with the number that a row has in the file
    refused: list[tuple[str, str]]  # headings, and what their columns look like
    unneeded: list[str]  # headings of columns that nothing here can use

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Table":
        return cls(
            headings=list(stored["headings"]),
            heading_row=stored["heading_row"],
            rows=[(number, list(cells)) for number, cells in stored["rows"]],
            refused=[(heading, why) for heading, why in stored["refused"]],
            unneeded=list(stored["unneeded"]),
        )

    def cells(self, position: int) -> Iterator[str]:
        return (cells[position] for _, cells in self.rows)


class Row(NamedTuple):
    """A row that could be read. wRVUs are for all its units; what takes back is negative."""

    number: int
    day: date
    code: str
    modifiers: tuple[str, ...]
    units: int
    wrvu: Decimal | None
    dollars: Decimal | None


class Wording(ValueError):
    """Why a cell cannot be read, and what to do: a sentence that does not repeat the cell."""


# Reading -----------------------------------------------------------------------------------


def read_table(path: Path) -> Table:
    """Return of a CSV or XLSX file what may be kept. FileError, a sentence, if it is refused."""
    rows = [
        (number, ["" if isinstance(cell, Wrong) else _text(cell) for cell in row])
        for number, row in spreadsheets.read(path, LIMITS, as_shown=True)
    ]
    at = _heading_at(rows)
    heading_row, headings = rows[at]
    body = [(number, row) for number, row in rows[at + 1 :] if any(row)]
    if not body:
        raise FileError("The file has headings, but no row below them.")
    width = max(len(headings), *(len(row) for _, row in body))
    headings = distinct([*headings, *[""] * (width - len(headings))])

    kept: list[tuple[str, list[str]]] = []
    refused, unneeded = [], []
    guessed = set(guess(headings).values())
    for position, heading in enumerate(headings):
        cells = [row[position] if position < len(row) else "" for _, row in body]
        examples = [cell for cell in cells if cell][:EXAMPLES]
        if why := patient_in(heading, examples):
            refused.append((heading, why))
        elif (forms := _forms(examples)) or (heading in guessed and not examples):
            kept.append((heading, [_only(cell, forms) for cell in cells]))
        elif examples:
            unneeded.append(heading)
    if not kept:
        raise FileError("The file has no column of dates or codes.")
    columns = [cells for _, cells in kept]
    return Table(
        headings=[heading for heading, _ in kept],
        heading_row=heading_row,
        rows=[
            (number, [cells[index] for cells in columns]) for index, (number, _) in enumerate(body)
        ],
        refused=refused,
        unneeded=unneeded,
    )


def _text(cell: str) -> str:
    short = spreadsheets.plain(cell[: 4 * MOST_CHARACTERS])
    return " ".join(short.split()).removeprefix("'")[:MOST_CHARACTERS]


def _heading_at(rows: Sequence[tuple[int, list[str]]]) -> int:
    """Return the position of the row of headings: the first that names a date and a code."""
    for at, (_, row) in enumerate(rows[:HEADINGS_WITHIN]):
        found = guess(row)
        if all(name in found for name in REQUIRED) and not any(map(_is_date, row)):
            return at
    for at, (_, row) in enumerate(rows[:HEADINGS_WITHIN]):
        words = [cell for cell in row if cell]
        if len(words) > 1 and all(map(_is_heading, words)):
            return at
    raise FileError(
        f"No row of headings was found in the first {HEADINGS_WITHIN} rows. Put names such as "
        "Date, CPT, Modifier, Units and wRVU into one row above the lines."
    )


def _is_heading(cell: str) -> bool:
    return bool(re.search(r"[A-Za-z]{2}", cell)) and not _is_date(cell) and not _code_of(cell)


def distinct(headings: Iterable[str]) -> list[str]:
    """Name each column once: by its letter where it has no heading, with a number if twice."""
    found: list[str] = []
    for position, text in enumerate(headings):
        name = text[:60] or f"Column {_letter(position)}"
        number = 2
        while name in found:
            name = f"{text[:60]} ({number})"
            number += 1
        found.append(name)
    return found


def _letter(position: int) -> str:
    """A, B, ..., Z, AA: as spreadsheets name columns."""
    before, last = divmod(position, 26)
    return (_letter(before - 1) if before else "") + chr(ord("A") + last)


def _plain_heading(heading: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", heading.lower()).split())


def guess(headings: Sequence[str]) -> dict[str, str]:
    """Return which heading means which field, as far as their words tell."""
    plain = {heading: _plain_heading(heading) for heading in headings if heading}
    plain = {h: text for h, text in plain.items() if not _is_patient_heading(text)}
    found: dict[str, str] = {}
    for name, patterns in _HEADINGS.items():
        fitting = (
            heading
            for pattern in patterns
            for heading, text in plain.items()
            if heading not in found.values()
            and re.fullmatch(pattern, text)
            and (name == "date" or not re.search(r"\b(date|dt)\b", text))
        )
        if heading := next(fitting, ""):
            found[name] = heading
    return found


def guess_date_order(cells: Iterable[str]) -> str:
    """Return the order in which dates are written: mdy unless a part above 12 says otherwise."""
    for cell in cells:
        if found := _NUMERIC_DATE.fullmatch(cell):
            first, second, _ = found.groups()
            if len(first) == 4:
                return "ymd"
            if int(first) > 12:
                return "dmy"
            if int(second) > 12:
                return "mdy"
    return "mdy"


# Patients ----------------------------------------------------------------------------------


def _is_patient_heading(text: str) -> bool:
    return bool(_PATIENT.search(text)) and not _STAFF.search(text)


def patient_in(heading: str, cells: Sequence[str]) -> str:
    """Return what of a patient a column looks like ("a record number"), or ""."""
    if _is_patient_heading(_plain_heading(heading)):
        return "a patient’s data, by its heading"
    if not cells:
        return ""
    days = [day for cell in cells if (day := _any_date(cell))]
    if len(days) * 2 > len(cells):
        days.sort()
        strays = len(days) // 4  # typed wrongly, or a late charge
        apart = days[-1 - strays] - days[strays]
        return "dates of birth: they lie years apart" if apart > LIFETIME else ""
    if _share(cells, _is_name) >= Decimal("0.2"):
        return "names"
    if _share(cells, lambda cell: bool(re.fullmatch(r"[A-Z]{0,3}\d{6,}", cell))) >= Decimal("0.3"):
        return "record numbers"
    found = [what for cell in cells if not _is_amount(cell) and (what := looks_like(cell))]
    return found[0] if len(found) * 10 >= len(cells) else ""


def _is_name(cell: str) -> bool:
    return bool(_NAME.fullmatch(cell)) and not _code_of(cell)


def _share(cells: Sequence[str], has: Callable[[str], bool]) -> Decimal:
    return Decimal(sum(map(has, cells))) / len(cells)


# Forms of cells ----------------------------------------------------------------------------

_NUMERIC_DATE = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(?:[ T]\d{1,2}:\d{2}.*)?")
_WORDED_DATES = ("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y")
_AMOUNT = re.compile(r"\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\.\d+")
_MODIFIER = re.compile(r"[0-9A-Z]{2}")
_UNREADABLE = "?"  # stands for a cell that is not kept


def _is_date(cell: str) -> bool:
    return _any_date(cell) is not None


def _any_date(cell: str) -> date | None:
    for order in DATE_ORDERS:
        try:
            return date_of(cell, order)
        except Wording:
            continue
    return None


def _code_of(cell: str) -> str:
    """Return the code that a cell begins with, and its modifiers: "99213-25"; else ""."""
    words = re.split(r"[\s,;:/-]+", cell.upper())
    if not words or not taxonomy.is_code(words[0]):
        return ""
    modifiers = []
    for word in words[1 : MOST_MODIFIERS + 1]:
        if not _MODIFIER.fullmatch(word):
            break
        modifiers.append(word)
    else:
        return "-".join([words[0], *modifiers])
    return words[0]  # what follows is a description


def _modifiers_of(cell: str) -> tuple[str, ...] | None:
    words = [word for word in re.split(r"[\s,;:/-]+", cell.upper()) if word]
    if len(words) > MOST_MODIFIERS or not all(map(_MODIFIER.fullmatch, words)):
        return None
    return tuple(dict.fromkeys(words))


def _is_amount(cell: str) -> bool:
    try:
        amount_of(cell)
    except Wording:
        return False
    return True


_FORMS: dict[str, Callable[[str], str]] = {
    "date": lambda cell: cell[:40] if _is_date(cell) else "",
    "code": _code_of,
    "modifiers": lambda cell: "-".join(_modifiers_of(cell) or ()),
    "amount": lambda cell: cell[:20] if _is_amount(cell) else "",
}


def _forms(cells: Sequence[str]) -> list[str]:
    """Return which forms at least half of the cells have."""
    if not cells:
        return []
    return [
        name
        for name, form in _FORMS.items()
        if sum(bool(form(cell)) for cell in cells) * 2 >= len(cells)
    ]


def _only(cell: str, forms: Sequence[str]) -> str:
    """Return of a cell what has one of the forms; a mark where none fits."""
    if not cell:
        return ""
    return next((kept for name in forms if (kept := _FORMS[name](cell))), _UNREADABLE)


# Values ------------------------------------------------------------------------------------


def date_of(cell: str, order: str) -> date:
    """Return the date of a cell. Wording for what is none in this order."""
    text = cell.strip()
    if found := _NUMERIC_DATE.fullmatch(text):
        first, second, third = found.groups()
        if len(first) == 4:
            parts = first, second, third
        elif order == "mdy":
            parts = third, first, second
        elif order == "dmy":
            parts = third, second, first
        else:
            parts = first, second, third
        return _day(*parts)
    if re.fullmatch(r"(19|20)\d{6}", text):
        return _day(text[:4], text[4:6], text[6:])
    for form in _WORDED_DATES if re.search(r"[A-Za-z]{3}", text) and len(text) < 20 else ():
        try:
            return datetime.strptime(text.replace(".", ""), form).date()  # noqa: DTZ007 -- a day
        except ValueError:
            continue
    raise Wording("is no date. Write it as 07/01/2026.")


def _day(year: str, month: str, day: str) -> date:
    full = int(year) + (2000 if len(year) <= 2 else 0)
    try:
        return date(full, int(month), int(day))
    except ValueError:
        raise Wording("is no date in the order chosen. Check the order of dates.") from None


def amount_of(cell: str) -> Decimal:
    """Return a number: "1,234.56", "$3.50", and "(3.50)", "3.50-" or "−3.50" below zero."""
    text = cell.replace("$", "").replace("\N{MINUS SIGN}", "-").replace(" ", "")
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1]
    elif text.endswith("-"):
        negative, text = True, text[:-1]
    elif text.startswith("-"):
        negative, text = True, text[1:]
    if not _AMOUNT.fullmatch(text) or len(text) > 18 or not text.isascii():
        raise Wording("is no number. Write it as 1234.56, with a minus if it takes back.")
    number = Decimal(text.replace(",", ""))
    return -number if negative else number


# Rows --------------------------------------------------------------------------------------


class Meaning(NamedTuple):
    """Which heading means which field, and how to read the file's dates and wRVUs."""

    columns: Mapping[str, str]
    date_order: str = "mdy"
    per_unit: bool = False  # whether wRVUs are those of one unit


def read_rows(
    table: Table, meaning: Meaning, starts_on: date, ends_on: date
) -> tuple[list[Row], list[tuple[int, str]]]:
    """Return the rows that could be read, and for each other one its number and a sentence."""
    positions = {
        name: table.headings.index(heading)
        for name, heading in meaning.columns.items()
        if heading in table.headings
    }
    reader = _Rows(positions, meaning, starts_on, ends_on)
    found, rejected = [], []
    for number, cells in table.rows:
        try:
            found.append(reader.row(number, cells))
        except Wording as error:
            rejected.append((number, str(error)))
    return found, rejected


class _Rows:
    def __init__(
        self, positions: Mapping[str, int], meaning: Meaning, starts_on: date, ends_on: date
    ) -> None:
        self._positions = positions
        self._meaning = meaning
        self._first, self._last = starts_on - TOO_EARLY, ends_on + TOO_LATE

    def row(self, number: int, cells: Sequence[str]) -> Row:
        code_cell = self._cell("code", cells)
        if code_cell in ("", _UNREADABLE) and self._cell("date", cells) in ("", _UNREADABLE):
            raise Wording("Neither a date nor a code: taken for a heading or a total.")
        code, *modifiers = self._read("code", cells, self._code)
        day = self._read("date", cells, self._day)
        for name in ("modifiers", "modifiers_2", "modifiers_3", "modifiers_4"):
            modifiers += self._read(name, cells, self._modifiers, ())
        modifiers = list(dict.fromkeys(modifiers))
        if len(modifiers) > MOST_MODIFIERS:
            raise Wording(f"More than {MOST_MODIFIERS} modifiers. Leave the first four.")
        units = self._read("units", cells, self._units, 1)
        wrvu = self._read("wrvu", cells, lambda cell: self._amount(cell, 10_000, 6), None)
        dollars = self._read("dollars", cells, lambda cell: self._amount(cell, 10**7, 2), None)
        if wrvu is not None and self._meaning.per_unit:
            wrvu *= abs(units)
        if units < 0:
            wrvu, dollars = _below_zero(wrvu), _below_zero(dollars)
            if not wrvu and not dollars:
                raise Wording(
                    f"{self._name('units')}: below zero takes a line back, but no wRVUs or "
                    "dollars say how much. Settle this one by hand."
                )
        return Row(number, day, code, tuple(modifiers), abs(units), wrvu, dollars)

    def _cell(self, name: str, cells: Sequence[str]) -> str:
        return cells[self._positions[name]] if name in self._positions else ""

    def _name(self, name: str) -> str:
        return f"Column “{self._meaning.columns[name]}”"

    def _read(
        self, name: str, cells: Sequence[str], read: Callable[[str], Any], empty: Any = ...
    ) -> Any:
        cell = self._cell(name, cells)
        if not cell and empty is not ...:
            return empty
        try:
            return read(cell)
        except Wording as error:
            raise Wording(f"{self._name(name)} {error}") from None

    def _day(self, cell: str) -> date:
        if not cell:
            raise Wording("is empty. Every line needs its date of service.")
        day = date_of(cell, self._meaning.date_order)
        if not self._first <= day <= self._last:
            raise Wording(
                "lies far outside the statement’s period. Check the order of dates, and the "
                "period."
            )
        return day

    @staticmethod
    def _code(cell: str) -> list[str]:
        if not cell:
            raise Wording("is empty. Every line needs its code.")
        code = _code_of(cell)
        if not code:
            raise Wording("is no code. A code has five digits, or a letter and four digits.")
        return code.split("-")

    @staticmethod
    def _modifiers(cell: str) -> tuple[str, ...]:
        found = _modifiers_of(cell)
        if found is None or cell == _UNREADABLE:
            raise Wording("is no modifier. A modifier has two letters or digits, as 50 or LT.")
        return found

    @staticmethod
    def _units(cell: str) -> int:
        number = amount_of(cell)
        if number != number.to_integral_value() or not 1 <= abs(number) <= 999:
            raise Wording("is no number of units. Units are whole, from 1 to 999.")
        return int(number)

    @staticmethod
    def _amount(cell: str, most: int, decimals: int) -> Decimal:
        number = amount_of(cell)
        if abs(number) > most:
            raise Wording(f"is more than {most:,}. Check which column is which.")
        return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _below_zero(number: Decimal | None) -> Decimal | None:
    return None if number is None else -abs(number)
