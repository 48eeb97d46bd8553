"""A code through the releases: a row for each, a step line of its work, and what moved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import NamedTuple, Protocol

from codes import indicators
from codes.charts import length
from codes.fee_schedule.compare import EFFICIENCY_SHARE, Reason, RowChange, compare
from codes.page import words
from codes.payment import NATIONAL, RateLike, Setting, dollars, price

_HEIGHT = 130
_TENTH = Decimal("0.1")
_SPAN = Decimal("0.4")  # of the value: so much that 2.5% looks like 2.5%
_STEPS = tuple(Decimal(step) for step in ("0.01", "0.02", "0.05", "0.1", "0.2", "0.5"))
_MOST_GRID_LINES = 6
_MOST_MOVES = 6
_INDICATORS = {
    "status": "status",
    "not_used": "for reference only",
    "nonfac_na": "NA in the office",
    "fac_na": "NA in facilities",
    "pctc": "26 and TC",
    "global_days": "global period",
    "pre_pct": "share before",
    "intra_pct": "share of the operation",
    "post_pct": "share after",
    "mult_proc": "multiple procedures",
    "bilat": "both sides",
    "asst": "assistant",
    "cosurg": "co-surgeons",
    "team": "team",
    "pricing_ind": "pricing",
    "endo_base": "endoscopic base",
    "supervision": "supervision",
    "img_family": "imaging family",
    "opps_pe_nonfac": "hospital cap, office practice",
    "opps_pe_fac": "hospital cap, facility practice",
    "opps_mp": "hospital cap, malpractice",
}


class ScheduleLike(Protocol):
    """A release, as codes.models.FeeSchedule has it."""

    @property
    def release(self) -> str: ...
    @property
    def year(self) -> int: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def conversion_factor(self) -> Decimal: ...
    @property
    def is_complete(self) -> bool: ...


class Past(NamedTuple):
    """The row that speaks for the code in one release."""

    schedule: ScheduleLike
    rate: RateLike


class HistoryRow(NamedTuple):
    release: str
    year: int
    status: str
    work: str
    practice: str
    malpractice: str
    total: str
    factor: str
    amount: str
    changed: str
    is_here: bool


class GridLine(NamedTuple):
    y: str
    label: str


class Tick(NamedTuple):
    x: str
    label: str
    middle: str


class Point(NamedTuple):
    x: str
    y: str
    end: str


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    starts_at: str
    grid: tuple[GridLine, ...]
    ticks: tuple[Tick, ...]
    levels: tuple[Point, ...]
    steps: tuple[tuple[str, str, str], ...]
    first: tuple[str, str]
    last: tuple[str, str]
    missing: str  # the years between of which no release is here
    height: int = _HEIGHT


@dataclass(frozen=True, slots=True)
class History:
    rows: tuple[HistoryRow, ...]
    setting: str
    sentence: str
    chart: Chart | None
    moves: tuple[str, ...]


def history(past: Sequence[Past], release: str, loaded: Iterable[ScheduleLike] = ()) -> History:
    """Return the code's history from the oldest release to the newest.

    `release` is the one that the page shows, `loaded` are all that the site holds. Practice
    expense, total and amount are those of one setting, the main one of the release shown.
    """
    here = next((one for one in past if one.schedule.release == release), past[-1])
    setting = words.main_setting(here.rate)
    moves: list[str] = []
    changed = {past[0].schedule.release: "first release loaded" if len(past) > 1 else ""}
    for before, after in pairwise(past):
        difference = compare(
            [before.rate], [after.rate], before.schedule.release, after.schedule.release
        ).changed
        changed[after.schedule.release] = (difference and _changed(difference[0])) or "unchanged"
        if difference:
            moves.extend(_moves(after, difference[0]))
    rows = tuple(
        _row(one, setting, changed[one.schedule.release], one.schedule.release == release)
        for one in reversed(past)
    )
    return History(
        rows=rows,
        setting=words.SETTING_NAMES[setting].lower(),
        sentence=_sentence(past, loaded),
        chart=_chart(past, here),
        moves=(*moves[-_MOST_MOVES:], *_year_move(past, here, setting)),
    )


def _row(one: Past, setting: Setting, changed: str, is_here: bool) -> HistoryRow:
    rate, factor = one.rate, one.schedule.conversion_factor
    priced = price(rate, setting, NATIONAL, factor)
    is_na = words.is_na(rate, setting)
    return HistoryRow(
        release=one.schedule.release,
        year=one.schedule.year,
        status=rate.status,
        work=words.figure(rate, "work", rate.work_rvu),
        practice="NA"
        if is_na
        else words.figure(rate, "practice expense", words.practice_expense(rate, setting)),
        malpractice=words.figure(rate, "malpractice", rate.mp_rvu),
        total="NA" if is_na else words.figure(rate, "total", words.total(rate, setting)),
        factor=str(factor),
        amount=priced.short if priced.amount is None else dollars(priced.amount),
        changed=changed,
        is_here=is_here,
    )


def _changed(change: RowChange) -> str:
    """Return why the row changed, with the old and the new value of each indicator."""
    told: list[str] = []
    for reason in change.reasons:
        if reason is Reason.DESCRIPTOR:
            continue
        if reason in {Reason.STATUS, Reason.GLOBAL_PERIOD, Reason.INDICATOR}:
            told += [
                f"{_INDICATORS[field.name]} {_indicator(field.old)} → {_indicator(field.new)}"
                for field in change.fields
                if field.reason is reason
            ]
        else:
            told.append(reason.value)
    return ", ".join(told)


def _indicator(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}" if value else "none"
    return str(value) or "blank"


def _moves(after: Past, change: RowChange) -> list[str]:
    """Return what moved between two releases, a sentence for each thing that matters."""
    sentences = []
    new = after.schedule.release
    for field in change.fields:
        if field.name == "work_rvu":
            sentences.append(f"{new}: {_work_move(field.old, field.new, field.reason)}")
        elif field.name == "status":
            word = indicators.status(field.new).short.lower()
            sentences.append(f"{new}: status {field.old} became {field.new}, {word}.")
        elif field.name == "global_days":
            sentences.append(f"{new}: the global period changed from {field.old} to {field.new}.")
    return sentences


def _year_move(past: Sequence[Past], here: Past, setting: Setting) -> list[str]:
    """Return how the amount moved since the year before, and what moved it besides work."""
    year = here.schedule.year
    before = [one for one in past if one.schedule.year == year - 1]
    if not before or not words.is_valued(here.rate) or not words.is_valued(before[-1].rate):
        return []
    last, place = before[-1], words.SETTING_NAMES[setting].lower()
    old_amount = price(last.rate, setting, NATIONAL, last.schedule.conversion_factor).amount
    new_amount = price(here.rate, setting, NATIONAL, here.schedule.conversion_factor).amount
    sentences = []
    old_pe = words.practice_expense(last.rate, setting)
    new_pe = words.practice_expense(here.rate, setting)
    if old_pe and new_pe and old_pe != new_pe:
        sentences.append(
            f"Practice expense ({place}): {old_pe} in {year - 1}, {new_pe} in {year}."
        )
    if old_amount and new_amount and old_amount != new_amount:
        verb = "rose" if new_amount > old_amount else "fell"
        sentences.append(
            f"With the conversion factor going from {last.schedule.conversion_factor} to "
            f"{here.schedule.conversion_factor}, the national amount ({place}) {verb} from "
            f"{dollars(old_amount)} to {dollars(new_amount)}."
        )
    return sentences


def _work_move(old: Decimal, new: Decimal, reason: Reason) -> str:
    if reason is Reason.EFFICIENCY:
        return (
            f"work {old} × {EFFICIENCY_SHARE} = {new}. CMS lowered services that are not "
            "time-based by 2.5% (efficiency adjustment)."
        )
    if not old:
        return f"work valued for the first time, at {new}."
    if not new:
        return f"the work value of {old} was taken out of the file."
    return f"work revalued from {old} to {new}."


def _sentence(past: Sequence[Past], loaded: Iterable[ScheduleLike]) -> str:
    """Return the history in one sentence where there is no work to draw."""
    first, last = past[0].schedule.release, past[-1].schedule.release
    if len(past) == 1:
        others = [one for one in loaded if one.release != first]
        if not others:
            return f"This site holds release {first} alone, so there is nothing to compare with."
        if all(one.is_complete for one in others):
            return f"Of the {len(others) + 1} releases on this site, {first} alone has this code."
        return (
            f"Release {first} is the only one here with this code. Of other years this site holds "
            "excerpts, so that does not say whether the code is new."
        )
    if any(one.rate.work_rvu for one in past):
        return ""
    letters = {one.rate.status for one in past}
    if len(letters) == 1 and not any(one.rate.total_fac or one.rate.total_nonfac for one in past):
        letter = letters.pop()
        return (
            f"Status {letter} without RVUs in each of the {len(past)} releases loaded, from "
            f"{first} to {last}."
        )
    return f"No physician work in any of the {len(past)} releases loaded, from {first} to {last}."


def _chart(past: Sequence[Past], here: Past) -> Chart | None:
    valued = [one for one in past if one.rate.work_rvu]
    if len(valued) < 2:  # one value is no line
        return None
    work = [one.rate.work_rvu for one in valued]
    low, high, step = _axis(min(work), max(work))

    def y(value: Decimal) -> str:
        return str(length(_HEIGHT - (value - low) * _HEIGHT / (high - low), _TENTH))

    start = date(valued[0].schedule.year, 1, 1)
    end = date(valued[-1].schedule.year + 1, 1, 1)
    days = Decimal((end - start).days)

    def x(day: date) -> Decimal:
        return length(Decimal((day - start).days) * 100 / days)

    begins = [x(one.schedule.effective_on) for one in valued]
    begins[0] = Decimal(0)
    ends = [*begins[1:], Decimal(100)]
    years = [one.schedule.year for one in valued]
    for place, (year, following) in enumerate(pairwise(years)):
        if following > year + 1:  # nothing is known of the years between: no line
            ends[place] = x(date(year + 1, 1, 1))
    levels = tuple(
        Point(str(begin), y(value), str(finish))
        for begin, finish, value in zip(begins, ends, work, strict=True)
    )
    steps = tuple(
        (str(finish), y(old), y(new))
        for finish, begin, (old, new) in zip(ends[:-1], begins[1:], pairwise(work), strict=True)
        if old != new and finish == begin
    )
    marks = [low + step * i for i in range(int((high - low) / step) + 1)]
    return Chart(
        title=_chart_title(valued),
        starts_at=f"{low.normalize():f}" if low else "",
        grid=tuple(GridLine(y(value), f"{value:f}" if value else "0") for value in marks),
        ticks=tuple(
            Tick(
                str(x(date(year, 1, 1))),
                str(year),
                str(length((x(date(year, 1, 1)) + x(date(year + 1, 1, 1))) / 2)),
            )
            for year in range(start.year, end.year)
        ),
        levels=levels,
        steps=steps,
        first=(str(work[0]), y(work[0])),
        last=(str(work[-1]), y(work[-1])),
        missing=", ".join(str(y) for y in range(years[0], years[-1]) if y not in years),
    )


def _axis(least: Decimal, most: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Return where the axis begins and ends and its step: it spans some 40% of the value."""
    span = max(most - least, most * _SPAN)
    middle = (least + most) / 2
    exponent = Decimal(1)
    steps = [*_STEPS]
    while steps[-1] * (_MOST_GRID_LINES - 1) < span:
        steps.extend(step * exponent for step in (Decimal(1), Decimal(2), Decimal(5)))
        exponent *= 10
    step = next(step for step in steps if step * (_MOST_GRID_LINES - 1) >= span)
    low = max(((middle - span / 2) / step).to_integral_value(ROUND_FLOOR) * step, Decimal(0))
    high = ((middle + span / 2) / step).to_integral_value(ROUND_CEILING) * step
    return low, high, step


def _chart_title(valued: Sequence[Past]) -> str:
    """Return the finding in words: "10.47 from 2020A to 2025D, 10.21 from 2026B"."""
    spells: list[tuple[Decimal, str, str]] = []
    for one in valued:
        value, release = one.rate.work_rvu, one.schedule.release
        if spells and spells[-1][0] == value:
            spells[-1] = (value, spells[-1][1], release)
        else:
            spells.append((value, release, release))
    told = [
        f"{value} in {first}" if first == last else f"{value} from {first} to {last}"
        for value, first, last in spells
    ]
    return f"Work RVUs of {valued[0].rate.hcpcs} by release: {', '.join(told)}."
