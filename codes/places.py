"""Where somebody works: a payment locality by ZIP code, county, state or name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.template.loader import render_to_string

from codes.localities import STATES, locality_title, state_name
from codes.models import County, FeeSchedule, Locality, ZipRange
from codes.shown import Shown

_MOST_CHOICES = 12
_STATE_AT_END = re.compile(r"^(?P<name>.*?)[,\s]+(?P<state>[A-Za-z]{2})$")
_KEY = re.compile(r"[0-9]{5}-[0-9A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Place:
    """What was found: one locality, or several to choose from, or a sentence why none."""

    locality: Locality | None = None
    found_by: str = ""
    note: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # key, name
    problem: str = ""


def localities(state: Shown, schedule: FeeSchedule | None = None) -> Mapping[str, Locality]:
    """Return the localities of a release (by default the active one) by key, remembered."""
    schedule = schedule or state.schedule

    def read() -> dict[str, Locality]:
        rows = Locality.objects.filter(schedule=schedule)
        return {row.key: row for row in sorted(rows, key=lambda row: (row.state, row.title))}

    return state.remember(f"localities of {schedule}", read)


def locality_options(state: Shown) -> str:
    """Return the options of the locality menu, by state, as HTML: the same for every page."""

    def render() -> str:
        states: dict[str, list[Locality]] = {}
        for row in localities(state).values():
            states.setdefault(state_name(row.state), []).append(row)
        return render_to_string("codes/_locality_options.html", {"states": sorted(states.items())})

    return state.remember("locality options", render)


def find_place(state: Shown, text: str, key: str) -> Place:
    """Return the locality that a reader asked for, by `text` or by the key of the menu.

    `text` is a ZIP code, or a county, state or locality, also as "Cook, IL". Both empty: no
    place, no problem. The text wins over the menu, and a note says so where they differ.
    """
    text = " ".join(text.split())[:80]
    if text:
        found = _by_zip(state, text) if text[0].isdigit() else _by_name(state, text)
        chosen = localities(state).get(key) if _KEY.fullmatch(key) else None
        if found.locality and chosen and chosen.key != found.locality.key:
            said = (
                f"You typed “{text}” and chose {chosen.title} in the menu: the amount is for what "
                "you typed. Empty that field to use the menu."
            )
            return replace(found, note=f"{said} {found.note}".strip())
        return found
    if not key:
        return Place()
    found = localities(state).get(key) if _KEY.fullmatch(key) else None
    if found is None:
        return Place(problem="That is no Medicare locality of this release. Choose one below.")
    return Place(found)


def _by_zip(state: Shown, text: str) -> Place:
    schedule = state.schedule
    zip_code = text[:5]
    if not re.fullmatch(r"[0-9]{5}(-?[0-9]{4})?", text):
        return Place(problem=f"A ZIP code has five digits; “{text}” has not. Try 10016.")
    if schedule is None or not schedule.zip_quarter:
        return Place(
            problem="No ZIP code file is loaded with this release. Choose the locality by name."
        )
    row = ZipRange.objects.filter(
        quarter=schedule.zip_quarter, first__lte=zip_code, last__gte=zip_code
    ).first()
    found = localities(state).get(f"{row.mac}-{row.number}") if row else None
    if row is None or found is None:
        quarter = f"{schedule.zip_quarter[:4]} Q{schedule.zip_quarter[4:]}"
        return Place(
            problem=f"{zip_code} is not in CMS’s ZIP code file of {quarter}. "
            "Check the digits, or choose the locality by name."
        )
    note = ""
    if row.needs_plus_four:
        note = (
            f"{zip_code} lies in more than one locality: its last four digits decide. "
            "The one shown is the file’s for the five digits."
        )
    return Place(found, f"ZIP code {zip_code}", note)


def _by_name(state: Shown, text: str) -> Place:
    rows = localities(state)
    wanted = text.casefold()
    abbreviation = _STATE_AT_END.match(text)
    only_state = ""
    if abbreviation and abbreviation["state"].upper() in STATES:
        only_state = abbreviation["state"].upper()
        wanted = abbreviation["name"].casefold()
    wanted = re.sub(r"\s+(county|cnty|parish)$", "", wanted.strip(" ,"))
    if text.upper() in STATES:
        only_state, wanted = text.upper(), ""
    found: dict[str, str] = {}
    if wanted:
        for county, county_state, county_key in _counties(state):
            name = county.casefold()
            if (not only_state or county_state == only_state) and wanted in name:
                found.setdefault(county_key, f"{county}, {county_state}: {rows[county_key].title}")
    exact = [key for key, name in found.items() if name.casefold().startswith(f"{wanted},")]
    if len(exact) == 1:
        found = {exact[0]: found[exact[0]]}
    if not exact and (wanted or only_state):
        for key, row in rows.items():
            named = f"{row.title} {state_name(row.state)}".casefold()
            if (not only_state or row.state == only_state) and wanted in named:
                found.setdefault(key, f"{row.title}, {row.state}")
    if not found and only_state and wanted:
        own = [row for row in rows.values() if row.state == only_state]
        if len(own) == 1:  # the county file names no counties of a state that is one locality
            note = f"All of {state_name(only_state)} is one Medicare locality."
            return Place(own[0], text, note)
    if not found:
        return Place(
            problem=f"No county or locality is called “{text}”. Try a ZIP code, a county with "
            "its state (Cook, IL), or the menu."
        )
    if len(found) == 1:
        key, name = next(iter(found.items()))
        name = name.partition(":")[0]
        note = ""
        if exact and not only_state:
            note = (
                f"CMS’s county file names no other county so called than {name}. Counties that it "
                "does not name pay by their state’s locality: if yours is one, add its state."
            )
        return Place(rows[key], name, note)
    choices = tuple(found.items())[:_MOST_CHOICES]
    return Place(choices=choices, problem=f"“{text}” can mean several localities. Choose one:")


def _counties(state: Shown) -> list[tuple[str, str, str]]:
    """Return (county, state, key) of the newest county file whose localities are today's."""

    def read() -> list[tuple[str, str, str]]:
        keys = localities(state)
        schedules = County.objects.order_by("-schedule__release").values_list(
            "schedule", flat=True
        )
        own = County.objects.filter(schedule=state.schedule)
        rows = own if own.exists() else County.objects.filter(schedule=schedules.first())
        return [
            (locality_title(row.name), row.state, f"{row.mac}-{row.number}")
            for row in rows
            if f"{row.mac}-{row.number}" in keys and not row.name.casefold().startswith("all ")
        ]

    return state.remember("counties", read)
