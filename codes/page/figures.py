"""The first screen and RVU Information: key figures, every row, and what it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from codes import indicators
from codes.charts import length
from codes.page import words
from codes.payment import (
    NATIONAL,
    Priced,
    RateLike,
    Setting,
    dollars,
    price,
)
from codes.sentences import zero_reason

_HUNDRED = Decimal(100)


class KeyFigure(NamedTuple):
    """One of the figures on the first screen: a value, or words where there is none."""

    title: str
    value: str = ""
    words: str = ""
    note: str = ""
    unit: str = ""
    is_first: bool = False
    leads_to_payment: bool = False


class Segment(NamedTuple):
    """A piece of a bar. Places are in per cent of the width, as the drawing wants them."""

    part: str
    x: str
    width: str
    middle: str
    label: str


class Bar(NamedTuple):
    """What one row or setting is made of; `absent` says why there is nothing to draw."""

    name: str
    total: str
    spoken: str
    segments: tuple[Segment, ...] = ()
    absent: str = ""


class FigureRow(NamedTuple):
    """One row of the federal file, written out."""

    name: str
    note: str
    work: str
    practice_office: str
    practice_facility: str
    malpractice: str
    total_office: str
    total_facility: str
    amount_office: str
    amount_facility: str
    is_without_work: bool
    is_office: bool  # whether the office speaks for the row

    @property
    def practice(self) -> str:
        return self.practice_office if self.is_office else self.practice_facility

    @property
    def total(self) -> str:
        return self.total_office if self.is_office else self.total_facility

    @property
    def amount(self) -> str:
        return self.amount_office if self.is_office else self.amount_facility


@dataclass(frozen=True, slots=True)
class Figures:
    edge: tuple[Segment, ...]
    key: tuple[KeyFigure, ...]
    rows: tuple[FigureRow, ...]
    bars: tuple[Bar, ...]
    has_parts: bool
    is_reference: bool
    zero: str  # what the work zero of this code means, in a sentence, or ""


_ROW_NOTES = {
    "26": "By the physician who interprets the test, in any setting",
    "TC": "By whoever owns the equipment",
    "53": "Begun and then stopped",
}
_GLOBAL_NOTES = {
    "000": "Care on the same day is included",
    "010": "Follow-up visits are included",
    "090": "Follow-up visits are included",
    "MMM": "Care before and after delivery follows package rules",
    "YYY": "With or without a package",
    "ZZZ": "Shares the period of the main service",
}


def figures(
    rates: Sequence[RateLike], factor: Decimal, anesthesia_factor: Decimal | None, year: int
) -> Figures:
    """Return the figures of the rows of one code in one release, the row without modifier first.

    `factor` is the conversion factor of everyone, in dollars for one RVU.
    """
    rate = words.whole(rates)
    has_parts = words.has_parts(rates)
    prices = {
        (row.modifier, setting): price(row, setting, NATIONAL, factor)
        for row in rates
        for setting in words.SETTINGS
    }
    valued = next((row for row in rates if words.is_valued(row)), None)
    reason = zero_reason(rate)
    return Figures(
        edge=_edge(valued),
        key=_key_figures(rate, prices, anesthesia_factor, year),
        rows=tuple(_row(row, prices, has_parts=has_parts) for row in rates),
        bars=_bars(rates, has_parts=has_parts),
        has_parts=has_parts,
        is_reference=any(words.is_reference(row) for row in rates),
        zero=reason.text if reason else "",
    )


def segments(
    rate: RateLike, setting: Setting, scale: Decimal, *, labeled: bool
) -> tuple[Segment, ...]:
    """Return the three parts of a row as pieces of a bar on which `scale` RVUs fill the width."""
    if not scale:
        return ()
    pieces = []
    left = Decimal(0)
    parts = (
        ("work", rate.work_rvu),
        ("practice", words.practice_expense(rate, setting)),
        ("malpractice", rate.mp_rvu),
    )
    for part, value in parts:
        width = value * _HUNDRED / scale
        if value:
            label = str(value) if labeled and width >= 6 else ""
            pieces.append(
                Segment(
                    part,
                    str(length(left)),
                    str(length(width)),
                    str(length(left + width / 2)),
                    label,
                )
            )
        left += width
    return tuple(pieces)


def _edge(rate: RateLike | None) -> tuple[Segment, ...]:
    if rate is None:
        return ()
    setting = words.main_setting(rate)
    return segments(rate, setting, words.total(rate, setting), labeled=False)


def _key_figures(
    rate: RateLike,
    prices: dict[tuple[str, Setting], Priced],
    anesthesia_factor: Decimal | None,
    year: int,
) -> tuple[KeyFigure, ...]:
    if words.is_valued(rate):
        return (
            _work(rate),
            _total(rate),
            _amount(rate, prices),
            _global_period(rate),
        )
    status = indicators.status(rate.status)
    because = status.sentence.format(code=rate.hcpcs)
    if words.is_reference(rate):
        work = rate.work_rvu
        return (
            KeyFigure("Medicare amount", words=status.amount, note=because),
            KeyFigure(
                "Work RVUs, reference",
                value=str(work) if work else "",
                words="" if work else "No physician work",
                note="Published, not used by Medicare. Counts only if your contract says so",
            ),
            _total(rate, "Total RVUs, reference"),
        )
    reason = zero_reason(rate)
    not_valued = reason.short if reason else "Not valued"
    if rate.status == "J":
        factor = KeyFigure(
            "Anesthesia factor",
            value=f"${anesthesia_factor}" if anesthesia_factor else "",
            words="" if anesthesia_factor else "By locality",
            note=f"National, per unit, {year}" if anesthesia_factor else "Not in the files loaded",
        )
        units = "Base units plus one unit per 15 minutes"
        return (
            KeyFigure("Valued in", words="Base + time units", note=units),
            factor,
            KeyFigure(
                "Work RVUs", words="Do not apply", note="Units are counted apart from wRVUs"
            ),
        )
    if rate.status == "C":
        note = "A contract that counts it does so with a value of its own"
        return (
            KeyFigure("Work RVUs", words=not_valued, note=note),
            KeyFigure("Medicare amount", words=status.amount, note="Usually from the report"),
            _global_period(rate),
        )
    if rate.status in indicators.PAYABLE:
        limited = indicators.RESTRICTED_UNVALUED.format(code=rate.hcpcs)
        return (
            KeyFigure("Medicare amount", words="Set by the contractor", note=limited),
            KeyFigure("Work RVUs", words="No national value", note="No wRVU is credited"),
            _global_period(rate),
        )
    title = "Physician payment" if rate.status in {"X", "E"} else "Medicare amount"
    return (
        KeyFigure(title, words=status.amount, note=because),
        KeyFigure(
            "Work RVUs",
            words=not_valued,
            note="No wRVU is credited. The zero in the file is a blank, not a rating",
        ),
        _global_period(rate),
    )


def _work(rate: RateLike) -> KeyFigure:
    if rate.work_rvu:
        note = "What counts towards productivity"
        return KeyFigure("Work RVUs", value=str(rate.work_rvu), note=note, is_first=True)
    return KeyFigure("Work RVUs", words="No physician work", note="Adds nothing to a wRVU total")


def _total(rate: RateLike, title: str = "Total RVUs") -> KeyFigure:
    settings = words.priced_settings(rate)
    if not settings:
        return KeyFigure(title, words="NA", note="Marked NA in both settings")
    value = str(words.total(rate, settings[0]))
    if len(settings) == len(words.SETTINGS):
        other = words.total(rate, Setting.FACILITY)
        same = other == words.total(rate, Setting.NONFACILITY)
        note = "Office and facility alike" if same else f"Office. In a facility {other}"
    elif settings[0] is Setting.NONFACILITY:
        note = "Office. No facility price"
    else:
        note = "Facility. No office price: done in facilities only"
    return KeyFigure(title, value=value, note=note)


def _amount(rate: RateLike, prices: dict[tuple[str, Setting], Priced]) -> KeyFigure:
    found = [
        (words.SETTING_NAMES[setting].lower(), prices[rate.modifier, setting].amount)
        for setting in words.SETTINGS
    ]
    amounts = [(name, amount) for name, amount in found if amount is not None]
    if not amounts:
        return KeyFigure("Medicare amount", words="NA", note="Marked NA in both settings")
    name, amount = amounts[0]
    note = f"National, {name}."
    if len(amounts) > 1:
        second = amounts[1][1]
        note = (
            "National, office and facility alike."
            if second == amount
            else f"National, office. In a facility {dollars(second)}."
        )
    return KeyFigure("Medicare amount", value=dollars(amount), note=note, leads_to_payment=True)


def _global_period(rate: RateLike) -> KeyFigure:
    note = _GLOBAL_NOTES.get(rate.global_days, "")
    if rate.global_days in {"010", "090"}:
        days = str(int(rate.global_days))
        return KeyFigure("Global period", value=days, unit="days", note=note)
    word = indicators.word(indicators.GLOBAL_DAYS, rate.global_days)
    return KeyFigure("Global period", words=word, note=note)


def _row(
    rate: RateLike, prices: dict[tuple[str, Setting], Priced], *, has_parts: bool
) -> FigureRow:
    def practice(setting: Setting) -> str:
        if words.is_na(rate, setting):
            return "NA"
        return words.figure(rate, "practice expense", words.practice_expense(rate, setting))

    def total(setting: Setting) -> str:
        if words.is_na(rate, setting):
            return "NA"
        return words.figure(rate, "total", words.total(rate, setting))

    def amount(setting: Setting) -> str:
        priced = prices[rate.modifier, setting]
        return priced.short.lower() if priced.amount is None else dollars(priced.amount)

    def plain(text: str) -> str:
        return "NA" if text == "na" else text

    note = _ROW_NOTES.get(rate.modifier, "One clinician or group does both" if has_parts else "")
    if rate.not_used:
        note = f"{note}. For reference only" if note else "For reference only"
    return FigureRow(
        name=words.row_name(rate, has_parts=has_parts),
        note=note,
        work=words.figure(rate, "work", rate.work_rvu),
        practice_office=practice(Setting.NONFACILITY),
        practice_facility=practice(Setting.FACILITY),
        malpractice=words.figure(rate, "malpractice", rate.mp_rvu),
        total_office=total(Setting.NONFACILITY),
        total_facility=total(Setting.FACILITY),
        amount_office=plain(amount(Setting.NONFACILITY)),
        amount_facility=plain(amount(Setting.FACILITY)),
        is_without_work=not rate.work_rvu,
        is_office=words.main_setting(rate) is Setting.NONFACILITY,
    )


def _bars(rates: Sequence[RateLike], *, has_parts: bool) -> tuple[Bar, ...]:
    """Bars on one scale: the parts of a test, or the two settings of a service."""
    if has_parts:
        shown = [(row, words.main_setting(row), row.modifier or "Whole test") for row in rates]
    else:
        rate = words.whole(rates)
        shown = [(rate, setting, words.SETTING_NAMES[setting]) for setting in words.SETTINGS]
    scale = max(words.total(rate, setting) for rate, setting, _ in shown)
    if not scale:
        return ()
    return tuple(_bar(rate, setting, name, scale) for rate, setting, name in shown)


def _bar(rate: RateLike, setting: Setting, name: str, scale: Decimal) -> Bar:
    if words.is_na(rate, setting):
        absent = (
            "Rarely or never done outside a facility"
            if setting is Setting.NONFACILITY
            else "No facility price: the hospital bears the cost"
        )
        return Bar(name, "NA", f"{name}: no price", absent=absent)
    total = words.total(rate, setting)
    if not total:
        reason = zero_reason(rate, "total")
        absent = reason.short if reason else "Not valued"
        return Bar(name, absent, f"{name}: {absent}", absent=absent)
    parts = (
        ("work", rate.work_rvu),
        ("practice expense", words.practice_expense(rate, setting)),
        ("malpractice", rate.mp_rvu),
    )
    spoken = ", ".join(f"{part} {value}" for part, value in parts if value)
    return Bar(
        name,
        str(total),
        f"{name}: {spoken}, total {total}",
        segments(rate, setting, scale, labeled=True),
    )
