"""LOCCO, the counties of each payment locality: free text in the CSV, a row for each here.

As published: a state stands on its first row only, contractors and localities have lost their
leading zeros, blank rows part the states, and cells end in blanks. The CSV of 2025 misspells
Orange County as "ORAGNGE CNTY" (its print form does not); names are taken as they stand.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from codes.fee_schedule.parse import cells, resaved, tables
from codes.fee_schedule.parse.cells import MAC, NUMBER, text_form
from codes.fee_schedule.records import CountyRow, FileError


@dataclass(frozen=True)
class CountyFile:
    """What one LOCCO file holds. `year` is None where its title does not say."""

    rows: list[CountyRow]
    year: int | None
    notes: list[str] = field(default_factory=list)


ALL = "All counties"
ALL_OTHER = "All other counties"

_STATES = {
    "ALABAMA": "AL",
    "ALASKA": "AK",
    "ARIZONA": "AZ",
    "ARKANSAS": "AR",
    "CALIFORNIA": "CA",
    "COLORADO": "CO",
    "CONNECTICUT": "CT",
    "DELAWARE": "DE",
    "DISTRICT OF COLUMBIA": "DC",
    "FLORIDA": "FL",
    "GEORGIA": "GA",
    "GUAM": "GU",
    "HAWAII": "HI",
    "IDAHO": "ID",
    "ILLINOIS": "IL",
    "INDIANA": "IN",
    "IOWA": "IA",
    "KANSAS": "KS",
    "KENTUCKY": "KY",
    "LOUISIANA": "LA",
    "MAINE": "ME",
    "MARYLAND": "MD",
    "MASSACHUSETTS": "MA",
    "MICHIGAN": "MI",
    "MINNESOTA": "MN",
    "MISSISSIPPI": "MS",
    "MISSOURI": "MO",
    "MONTANA": "MT",
    "NEBRASKA": "NE",
    "NEVADA": "NV",
    "NEW HAMPSHIRE": "NH",
    "NEW JERSEY": "NJ",
    "NEW MEXICO": "NM",
    "NEW YORK": "NY",
    "NORTH CAROLINA": "NC",
    "NORTH DAKOTA": "ND",
    "OHIO": "OH",
    "OKLAHOMA": "OK",
    "OREGON": "OR",
    "PENNSYLVANIA": "PA",
    "PUERTO RICO": "PR",
    "RHODE ISLAND": "RI",
    "SOUTH CAROLINA": "SC",
    "SOUTH DAKOTA": "SD",
    "TENNESSEE": "TN",
    "TEXAS": "TX",
    "UTAH": "UT",
    "VERMONT": "VT",
    "VIRGIN ISLANDS": "VI",
    "VIRGINIA": "VA",
    "WASHINGTON": "WA",
    "WEST VIRGINIA": "WV",
    "WISCONSIN": "WI",
    "WYOMING": "WY",
}


def _states(text: str) -> tuple[str, ...]:
    return tuple(_STATES[name] for name in text.upper().split("/"))  # HAWAII/GUAM


def _is_states(text: str) -> bool:
    return all(name in _STATES for name in text.upper().split("/"))


_STATE = cells.Form("STATE", _is_states, "the name of a state", _states)
_AREA = cells.description_form("FEE SCHEDULE AREA", 200)
_COUNTIES = text_form(
    "COUNTIES", r"[A-Za-z][A-Za-z ,;/.'&()*-]{2,999}", "a list of counties", str.upper
)
_ABBREVIATION = text_form("STATE_ABB", "(?:[A-Z]{2})?", "two capital letters or blank")
_HEADINGS = {
    "MEDICARE ADMINSTRATIVE CONTRACTOR": MAC,  # as CMS spells it
    "MEDICARE ADMINISTRATIVE CONTRACTOR": MAC,
    "LOCALITY NUMBER": NUMBER,
    "STATE": _STATE,
    "FEE SCHEDULE AREA": _AREA,
    "COUNTIES": _COUNTIES,
    # The converted copies.
    "MAC": MAC,
    "LOCALITY_NUMBER": NUMBER,
    "FEE_SCHEDULE_AREA": _AREA,
    "STATE_ABB": _ABBREVIATION,
}
_REQUIRED = (MAC, NUMBER, _STATE, _COUNTIES)
_YEAR = re.compile(r"COUNTIES INCLUDED IN (20[0-9]{2}) LOCALITIES")


def parse_csv(name: str, text: str) -> CountyFile:
    """Return the counties of a LOCCO file in CSV form; FileError for the least that is amiss."""
    sheet = tables.read_csv(name, text)
    rows = [[" ".join(cell.split()) for cell in row] for row in sheet.rows]
    at = next((at for at, row in enumerate(rows[:20]) if "COUNTIES" in map(str.upper, row)), None)
    if at is None:
        raise FileError(f'{name}: no line has the heading "Counties".')
    forms = []
    for cell in map(str.upper, rows[at]):
        form = _HEADINGS.get(cell)
        if form is None or form in forms:
            raise cells.refuse(name, sheet.lines[at], f"{cells.quoted(cell)} is no known heading")
        forms.append(form)
    for form in _REQUIRED:
        if form not in forms:
            raise cells.refuse(name, sheet.lines[at], f"no column has the heading {form.title}")
    data = tables.without_notes(sheet._replace(rows=rows), at + 1)
    grid = tables.grid_of(data, 0, len(forms))
    grid.columns[forms.index(_STATE)] = _carried(grid.columns[forms.index(_STATE)])
    problems = cells.Problems(name)
    # That zeros are lost here is how CMS publishes the file: nothing to note.
    columns = dict(
        zip(forms, resaved.padded(grid, forms, []).values(forms, problems), strict=True)
    )
    problems.check()
    found = [
        (CountyRow(state, county, mac, number), line)
        for mac, number, states, counties, line in zip(
            *(columns[form] for form in _REQUIRED), grid.lines, strict=True
        )
        for state, county in counties_of(counties, states)
    ]
    notes: list[str] = []
    counties = [county for county, _ in found]
    counties = tables.unique(counties, counties, [line for _, line in found], problems, notes)
    title = _YEAR.search(" ".join(map(" ".join, rows[:at])).upper())
    return CountyFile(counties, int(title[1]) if title else None, notes)


def _carried(states: Sequence[str]) -> list[str]:
    """Return the states with each blank cell filled from the one above."""
    carried, state = [], ""
    for text in states:
        state = text or state
        carried.append(state)
    return carried


# Names --------------------------------------------------------------------------------------

_SEPARATOR = re.compile(r"[,/&]|\bAND\b")
_IN_STATE = re.compile(rf"(.*) IN ({'|'.join(_STATES)})")
_SPELLINGS = {"Dekalb": "DeKalb", "Dupage": "DuPage", "Of": "of"}
_WORD = re.compile(r"[A-Z][A-Z']*")


def counties_of(text: str, states: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield state and name of each county in a free text of the file.

    "MIAMI AND MONROE" is two. What is left of a state is "All other counties": the exceptions
    that some texts name are counties of other localities. "FAIRFAX IN VIRGINIA" changes the
    state of its part of the text.
    """
    if text.startswith("ALL "):
        name = ALL_OTHER if text.startswith("ALL OTHER ") or "EXCEPT" in text else ALL
        for state in states:
            yield state, name
        return
    for part in text.split(";"):
        found = _IN_STATE.fullmatch(part.strip())
        state, counties = (_STATES[found[2]], found[1]) if found else (states[0], part)
        for county in _SEPARATOR.split(counties):
            name = _titled(county.strip(" *").removesuffix("CNTY").strip())
            if name:
                yield state, name


def _titled(name: str) -> str:
    def spelled(word: re.Match[str]) -> str:
        title = word[0].capitalize()
        return _SPELLINGS.get(title, title)

    return _WORD.sub(spelled, name)
