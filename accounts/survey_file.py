"""Percentile points of a survey, from the rows of a file that a license holder uploads. No Django.

A row is one specialty of one survey and year: source, year, specialty, whether the points are per
full-time equivalent, and wRVUs at the 10th, 25th, 50th, 75th and 90th percentile.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from accounts.percentiles import Points
from rvuedge.spreadsheets import FileError, Row, Wrong

COLUMNS = ("source", "year", "specialty", "per FTE", "p10", "p25", "p50", "p75", "p90")
MOST_LINES = 500
FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST = {"source": 80, "specialty": 100}
_POINTS = COLUMNS[4:]
_OPTIONAL = "per FTE"
_NUMBER = re.compile(r"(?:[0-9]{1,7}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.[0-9]{1,2})?")
_YES = {"": True, "yes": True, "y": True, "true": True, "1": True}
_NO = {"no": False, "n": False, "false": False, "0": False}


class Line(NamedTuple):
    number: int  # of the row in the file, the headings being 1
    source: str
    year: int
    specialty: str
    is_per_fte: bool
    points: Points

    @property
    def key(self) -> tuple[str, int, str]:
        return self.source, self.year, self.specialty


@dataclass
class Found:
    """The sound lines, and what is wrong with each other row: its number and a sentence."""

    lines: list[Line] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)


def read(rows: Iterable[tuple[int, Row]]) -> Found:
    """Return what the rows of a file hold, the first being its headings.

    FileError where a column is missing or there twice, and for too many rows.
    """
    numbered = iter(rows)
    _, headings = next(numbered, (0, []))
    places = _columns(headings)
    found = Found()
    seen: dict[tuple[str, int, str], int] = {}
    for number, cells in numbered:
        if len(found.lines) + len(found.problems) >= MOST_LINES:
            raise FileError(f"The file has more than {MOST_LINES} rows: keep those you use.")
        try:
            line = _line(number, places, cells)
            if line.key in seen:
                raise ValueError(
                    f"The same source, year and specialty stand in row {seen[line.key]}."
                )
        except ValueError as error:
            found.problems.append((number, str(error)))
        else:
            seen[line.key] = number
            found.lines.append(line)
    if not found.lines and not found.problems:
        raise FileError("The file has headings, but no rows.")
    return found


def _columns(headings: Row) -> dict[str, int]:
    names = {_plain(name): name for name in COLUMNS}
    names |= {f"{name[1:]}th": name for name in _POINTS}
    names |= {f"{name[1:]}thpercentile": name for name in _POINTS}
    names |= {"50": "p50", "median": "p50", "name": "source", "survey": "source"}
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = names.get(_plain(heading)) if isinstance(heading, str) else None
        if name in places:
            raise FileError(f"The column {name} is there twice.")
        if name:
            places[name] = place
    missing = [name for name in COLUMNS if name not in places and name != _OPTIONAL]
    if missing:
        raise FileError(
            f"There is no column {', '.join(missing)}. The first row has to name the columns: "
            f"{', '.join(COLUMNS)}."
        )
    return places


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def _line(number: int, places: dict[str, int], cells: Row) -> Line:
    """Return one row. ValueError with a sentence for what is wrong with it."""

    def cell(name: str) -> str:
        place = places.get(name, len(cells))
        value = cells[place] if place < len(cells) else ""
        if isinstance(value, Wrong):
            raise ValueError(f"{name} holds {value.what}, no text or number.")
        return value.strip()

    words = {name: cell(name) for name in LONGEST}
    for name, text in words.items():
        if not text:
            raise ValueError(f"{name} is empty.")
        if len(text) > LONGEST[name] or not text.isprintable():
            raise ValueError(f"{name} is too long: {LONGEST[name]} characters at most.")
    per_fte = (_YES | _NO).get(cell("per FTE").lower())
    if per_fte is None:
        raise ValueError("per FTE is yes or no.")
    return Line(
        number,
        words["source"],
        _year(cell("year")),
        words["specialty"],
        per_fte,
        Points(*(_point(name, cell(name)) for name in _POINTS)),
    )


def _year(text: str) -> int:
    if not re.fullmatch(r"[0-9]{4}", text) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise ValueError(f"year is a year from {FIRST_YEAR} on, such as 2024.")
    return int(text)


def _point(name: str, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(
            f"{name} is a number of wRVUs, such as 6,120.5, with two decimals at most."
        )
    return Decimal(text.replace(",", ""))
