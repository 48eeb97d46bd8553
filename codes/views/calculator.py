"""The payment calculator: a form that is an address, and every step of its answer."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode

from codes import places
from codes.calculator import (
    CASE_FIELDS,
    LINE_FIELDS,
    MOST_LINES,
    Asked,
    Case,
    Problems,
    Result,
    Worked,
    calculate,
    codes_needed,
    read,
    understood,
)
from codes.exports import csv_lines
from codes.grounds import ground
from codes.in_force import in_force
from codes.models import FeeSchedule, Locality, Rate
from codes.payment import NATIONAL, Kind, Setting
from codes.places import Place
from codes.shown import Shown
from codes.views.public import public_page

# What of a line stands under “More”.
_MORE = ("charge", "place", "days", "base", "minutes", "induction")
_SETTINGS = {Setting.FACILITY: "facility", Setting.NONFACILITY: "office"}
# Cases to begin with, shown where all of their codes are loaded.
_EXAMPLES = (
    (
        "Two procedures in one colonoscopy, and a visit",
        "locality=13202-01&setting=facility&code1=45385&code2=45380&modifiers2=59&code3=99213"
        "&modifiers3=25",
    ),
    ("Assisting at a knee replacement", "setting=facility&code1=27447&modifiers1=80"),
    ("Two scans read on one day", "code1=70551&modifiers1=26&code2=70450&modifiers2=26"),
    ("Both knees injected in the office", "code1=20610&modifiers1=50"),
)

Rates = dict[tuple[str, str], Rate]


class Field(NamedTuple):
    """One field of the form: its name, what was typed, and what is wrong with it."""

    name: str
    value: str
    problem: str


class FormLine(NamedTuple):
    """One line of the form, with the code's name and what the line is worth."""

    number: int
    fields: dict[str, Field]
    label: str
    url: str
    worked: Worked | None
    is_open: bool

    @property
    def problems(self) -> list[Field]:
        return [field for field in self.fields.values() if field.problem]


class Found(NamedTuple):
    """A case with everything that was looked up for it; without a result where it cannot be."""

    asked: Asked
    case: Case
    problems: Problems
    schedule: FeeSchedule
    place: Place
    locality: Locality | None
    factor: Any
    result: Result | None


@public_page
def calculator(request: HttpRequest, state: Shown) -> HttpResponse:
    """What Medicare allows for a case, with its working; with format=csv, for a spreadsheet.

    A case has one address: any other spelling of it, and the buttons, lead there.
    """
    asked = read(request.GET.dict())
    query = urlencode(asked.pairs())
    if request.GET.urlencode() != query:
        return HttpResponseRedirect(f"{request.path}?{query}" if query else request.path)
    found = work_out(state, asked)
    if asked.is_csv and found.result is not None:
        return _as_csv(request, found)
    return render(request, "codes/calculator.html", _context(request, state, found))


def work_out(state: Shown, asked: Asked) -> Found:
    """Return the case worked out by the release of its day, or what is wrong with it."""
    case, problems = understood(asked)
    schedule = _schedule(state, case, problems)
    place = places.find_place(state, asked.case.get("where", ""), asked.case.get("locality", ""))
    if place.problem:
        problems["where"] = place.problem
    locality = _locality(state, place, schedule, problems)
    if case.is_qp and not schedule.qp_conversion_factor:
        problems["factor"] = (
            f"Release {schedule.release} has one conversion factor for everyone: choose that one."
        )
    factor = schedule.conversion_factor
    if case.is_qp and schedule.qp_conversion_factor:
        factor = schedule.qp_conversion_factor
    rates = _rates(state, schedule, case, problems)
    result = None
    if case.lines and not problems:
        result = calculate(case, ground(schedule, locality, case, rates))
    return Found(asked, case, problems, schedule, place, locality, factor, result)


def _schedule(state: Shown, case: Case, problems: Problems) -> FeeSchedule:
    """Return the release of the day, or the active one; none that the site does not show yet."""
    active = state.schedule
    if case.day is None:
        return active
    shown = [one for one in state.schedules.values() if one.release <= active.release]
    schedule = in_force(case.day, shown)
    if schedule is None:
        first = sorted({one.effective_on for one in shown})
        days = ", ".join(f"{day:%B} {day.day}, {day.year}" for day in first)
        problems["date"] = (
            f"No release that was in force on {case.day:%B} {case.day.day}, {case.day.year} is "
            f"loaded. Those here begin on {days}, and each counts until the end of its year."
        )
        return active
    return schedule


def _locality(
    state: Shown, place: Place, schedule: FeeSchedule, problems: Problems
) -> Locality | None:
    """Return the place with the indices of the day's release."""
    if place.locality is None or schedule.pk == state.schedule.pk:
        return place.locality
    found = places.localities(state, schedule)
    if place.locality.key in found:
        return found[place.locality.key]
    why = "has no locality of that number" if found else "is loaded without localities"
    problems["where"] = (
        f"Release {schedule.release} {why}: only the national amount can be worked out for that "
        "day. Empty the place and choose National, or choose a later day."
    )
    return None


def _rates(state: Shown, schedule: FeeSchedule, case: Case, problems: Problems) -> Rates:
    """Return the rows that the case needs: two queries, whatever it holds."""
    codes = codes_needed(case)
    if not codes:
        return {}
    rates = _rows(schedule, codes)
    for line in case.lines:
        if line.code and not any(code == line.code for code, _ in rates):
            problems.setdefault(f"code{line.number}", _missing(state, schedule, line.code))
    further = codes_needed(case, rates) - {code for code, _ in rates}
    return rates | _rows(schedule, further - codes) if further - codes else rates


def _rows(schedule: FeeSchedule, codes: Iterable[str]) -> Rates:
    rows = Rate.objects.filter(schedule=schedule, code__in=sorted(codes))
    return {(row.hcpcs, row.modifier): row for row in rows}


def _missing(state: Shown, schedule: FeeSchedule, code: str) -> str:
    if code in state.directory:
        return f"{code} is not in release {schedule.release}, which counts for that day."
    if not schedule.is_complete:
        return (
            f"{code} is not among the {len(state.directory):,} codes loaded here: the starter "
            "catalogue, not the whole release."
        )
    return f"{code} is not in release {schedule.release}. Check the code."


# The page -----------------------------------------------------------------------------------


def _context(request: HttpRequest, state: Shown, found: Found) -> dict[str, Any]:
    asked, schedule, result = found.asked, found.schedule, found.result
    page = replace(asked, is_csv=False)
    query = urlencode(page.pairs())
    lines = _lines(state, found)
    return {
        "area": "resources",
        "schedule": state.schedule,
        "release": schedule,
        "is_provisional": bool(found.case.day) and found.case.day.year != schedule.year,
        "path": request.path,
        "is_plain": not request.GET,
        "canonical": request.build_absolute_uri(request.path),
        "case_url": request.build_absolute_uri(f"{request.path}?{query}") if result else "",
        "csv_url": f"{request.path}?{urlencode(replace(asked, is_csv=True).pairs())}",
        "fields": {
            name: Field(name, asked.case.get(name, ""), found.problems.get(name, ""))
            for name in CASE_FIELDS
        },
        "date_is_day": not asked.case.get("date") or found.case.day is not None,
        "lines": lines,
        "may_have_more": len(lines) < MOST_LINES,
        "most_lines": MOST_LINES,
        "is_cut": asked.is_cut,
        "problems": _problems(found, lines),
        "place": found.place,
        "place_name": found.locality.title if found.locality else "National",
        "choices": [
            (name, f"{request.path}?{urlencode(_at(page, key))}")
            for key, name in found.place.choices
        ],
        "locality_options": places.locality_options(state),
        "result": result,
        "case": found.case,
        "setting": _setting(result),
        "factor": found.factor,
        "gpcis": found.locality.gpcis if found.locality else NATIONAL,
        "priced_rows": [row for one in _worked(result) for row in one.rows],
        "anesthesia": [
            one
            for one in _worked(result)
            if one.is_anesthesia and one.priced.working and one.priced.amount is not None
        ],
        "loaded": len(state.directory),
        "examples": [] if asked.lines else _examples(state, request.path),
    }


def _worked(result: Result | None) -> tuple[Worked, ...]:
    return result.lines if result else ()


def _lines(state: Shown, found: Found) -> list[FormLine]:
    """Return the lines of the form: those that were asked for, then empty ones."""
    lines = []
    worked = {one.line.number: one for one in _worked(found.result)}
    understood_lines = {line.number: line for line in found.case.lines}
    for number in range(1, found.asked.rows + 1):
        has_texts = number <= len(found.asked.lines)
        texts = found.asked.lines[number - 1] if has_texts else {}
        fields = {
            name: Field(
                f"{name}{number}",
                texts.get(name, "1" if name == "units" else ""),
                found.problems.get(f"{name}{number}", ""),
            )
            for name in LINE_FIELDS
        }
        line = understood_lines.get(number)
        listed = state.directory.get(line.code) if line else None
        one = worked.get(number)
        lines.append(
            FormLine(
                number,
                fields,
                listed.label if listed else "",
                listed.get_absolute_url() if listed else "",
                one,
                is_open=any(name in texts for name in _MORE)
                or bool(one and one.is_anesthesia and one.priced.amount is None),
            )
        )
    return lines


def _problems(found: Found, lines: list[FormLine]) -> list[Field]:
    """Return what is wrong, in the order of the form."""
    case = [
        Field(name, "", found.problems[name]) for name in CASE_FIELDS if name in found.problems
    ]
    return case + [field for line in lines for field in line.problems]


def _at(asked: Asked, key: str) -> list[tuple[str, str]]:
    """Return the same case at the place of this key."""
    case = {name: text for name, text in asked.case.items() if name != "where"}
    return replace(asked, case={**case, "locality": key}).pairs()


def _setting(result: Result | None) -> str:
    settings = {_SETTINGS[one.line.setting] for one in _worked(result)}
    return settings.pop() if len(settings) == 1 else "settings as entered"


def _examples(state: Shown, path: str) -> list[tuple[str, str]]:
    found = []
    for label, query in _EXAMPLES:
        pairs = (pair.partition("=") for pair in query.split("&"))
        codes = [value for name, _, value in pairs if name.startswith("code")]
        if all(code in state.directory for code in codes):
            found.append((label, f"{path}?{query}"))
    return found


# For a spreadsheet --------------------------------------------------------------------------

_COLUMNS = (
    *("line", "code", "modifiers", "units", "setting", "place of service", "charge"),
    *("step", "factor", "RVUs", "index", "value", "dollars", "note"),
)


def _as_csv(request: HttpRequest, found: Found) -> HttpResponse:
    query = urlencode(replace(found.asked, is_csv=False).pairs())
    address = request.build_absolute_uri(f"{request.path}?{query}")
    response = HttpResponse("".join(csv_lines(_csv_rows(found, address))), content_type="text/csv")
    response["Content-Disposition"] = 'attachment; filename="payment.csv"'
    return response


def _csv_rows(found: Found, address: str) -> Iterator[list[object]]:
    """Give what the case is, then a row for each step of each line, then the sums."""
    schedule, result = found.schedule, found.result
    where = found.locality.title if found.locality else "National"
    yield [f"RVU Edge: payment of a case, {where}, release {schedule.release}"]
    yield [address]
    yield [
        f"Conversion factor {found.factor}. Bundling edits (NCCI), coverage and documentation are "
        "not looked at. Not affiliated with or endorsed by CMS or the AMA"
    ]
    yield [
        f"CPT codes only are copyright {schedule.copyright_year} American Medical Association. "
        "All rights reserved"
    ]
    yield list(_COLUMNS)
    for one in _worked(result):
        line = one.line
        start = [
            line.number,
            line.code,
            " ".join(line.modifiers),
            line.units,
            _SETTINGS[line.setting],
            line.place,
            line.charge,
        ]
        for row in one.rows:
            if row.is_aside:
                what = f"Looked up: {row.what}, {row.note}"
                yield [*start, what, "", sum(row.rvus), "", row.sum, row.amount, ""]
        for step in one.priced.steps:
            is_money = step.kind in {Kind.ROUNDED, Kind.CHANGE}
            value, amount = ("", step.amount) if is_money else (step.amount, "")
            yield [
                *start, step.label, step.factor, step.rvus, step.index, value, amount, step.note,
            ]  # fmt: skip
        amount = "" if one.priced.amount is None else one.priced.amount
        reason = " ".join(filter(None, (one.priced.reason, *one.notes)))
        yield [*start, "Medicare amount", one.priced.short, "", "", "", amount, reason]
        for step in one.credit.steps:
            yield [*start, f"wRVU: {step.label}", step.factor, "", "", step.value, "", step.note]
        yield [*start, "Work RVUs credited", "", "", "", one.credit.wrvu, "", one.credit.reason]
    empty = [""] * 7
    yield [*empty, "All lines: Medicare amount", "", "", "", "", result.total, ""]
    for step in result.share.changes:
        yield [*empty, f"All lines: {step.label}", step.factor, "", "", "", step.amount, ""]
    if result.limit is not None:
        yield [*empty, "All lines: limiting charge", "", "", "", "", result.limit, ""]
    yield [*empty, "All lines: work RVUs credited", "", "", "", result.work, "", ""]
