"""Several codes of one release side by side: what differs and what is the same. No Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from codes import indicators
from codes.charts import Part, percent
from codes.fee_schedule.compare import EFFICIENCY_YEARS, efficiency_adjusted
from codes.ledger import signed_percent, status_in_words
from codes.page import words
from codes.payment import RateLike, Setting, components, dollars, payment


class ReleaseLike(Protocol):
    """A release, as codes.models.FeeSchedule has it."""

    @property
    def release(self) -> str: ...
    @property
    def year(self) -> int: ...
    @property
    def conversion_factor(self) -> Decimal: ...


class Past(NamedTuple):
    """The row that speaks for a code in one release."""

    release: ReleaseLike
    rate: RateLike


class Column(NamedTuple):
    """Figures of one code, written out; a figure that does not count is a word."""

    hcpcs: str
    bar: tuple[Part, ...]
    work: str
    total_office: str
    total_facility: str
    amount_office: str
    amount_facility: str
    first_work: str
    change: str


class Rule(NamedTuple):
    """One rule of payment: its name, and what it says of each code, in their order."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


@dataclass(frozen=True, slots=True)
class SideBySide:
    columns: tuple[Column, ...]
    first: ReleaseLike | None  # that the work is compared with; None where no other is loaded
    differing: tuple[Rule, ...]
    shared: tuple[Rule, ...]
    sentences: tuple[str, ...]


def side_by_side(
    past: Mapping[str, Sequence[Past]], schedule: ReleaseLike, first: ReleaseLike | None
) -> SideBySide:
    """Return the comparison of codes, in the order of `past`.

    `past` has for each code its rows in the loaded releases, oldest first; each code has one in
    `schedule`, the release shown. `first` is the oldest loaded release before it.
    """
    here = {
        hcpcs: next(one.rate for one in rows if one.release == schedule)
        for hcpcs, rows in past.items()
    }
    most = max((_main_total(rate) or Decimal(0) for rate in here.values()), default=Decimal(0))
    before = {hcpcs: _rate_in(rows, first) for hcpcs, rows in past.items()} if first else {}
    rules = _rules(past, here, schedule)
    return SideBySide(
        columns=tuple(
            _column(rate, before.get(hcpcs), schedule, most) for hcpcs, rate in here.items()
        ),
        first=first,
        differing=tuple(rule for rule in rules if rule.differs),
        shared=tuple(rule for rule in rules if not rule.differs),
        sentences=_sentences(here, before, schedule, first),
    )


def _rate_in(rows: Sequence[Past], release: ReleaseLike) -> RateLike | None:
    return next((one.rate for one in rows if one.release == release), None)


def _main_total(rate: RateLike) -> Decimal | None:
    """Return the total in the setting that speaks for the code; None where none counts."""
    return words.total(rate, words.main_setting(rate)) if words.is_valued(rate) else None


def _column(
    rate: RateLike, before: RateLike | None, schedule: ReleaseLike, most: Decimal
) -> Column:
    office, facility = (_price(rate, setting, schedule) for setting in words.SETTINGS)
    first_work = _work(before) if before else "not in it"
    return Column(
        rate.hcpcs,
        _bar(rate, most),
        _work(rate),
        office[0],
        facility[0],
        office[1],
        facility[1],
        first_work,
        _change(before, rate),
    )


def _work(rate: RateLike) -> str:
    if words.is_reference(rate) and rate.work_rvu:
        return f"{rate.work_rvu} ref."
    return words.figure(rate, "work", rate.work_rvu)


def _change(before: RateLike | None, rate: RateLike) -> str:
    """Return by how much work differs, where Medicare uses it in both releases."""
    if before is None or not (before.work_rvu and rate.work_rvu):
        return ""
    if not (words.is_valued(before) and words.is_valued(rate)):
        return ""
    if before.work_rvu == rate.work_rvu:
        return "none"
    return signed_percent((rate.work_rvu - before.work_rvu) / before.work_rvu)


def _price(rate: RateLike, setting: Setting, schedule: ReleaseLike) -> tuple[str, str]:
    """Return the total and the national amount, or a word; why is beside it, with the work."""
    if not words.is_valued(rate):
        return "none", "none"
    if words.is_na(rate, setting) or not words.total(rate, setting):
        return "NA", "NA"
    amount = payment(components(rate, setting), schedule.conversion_factor)
    return str(words.total(rate, setting)), dollars(amount)


def _bar(rate: RateLike, most: Decimal) -> tuple[Part, ...]:
    """Return the parts of the total in per cent of the largest total of all codes."""
    if not (words.is_valued(rate) and most):
        return ()
    parts = []
    reached = Decimal(0)
    values = components(rate, words.main_setting(rate))
    for name, value in zip(("work", "practice", "malpractice"), values, strict=True):
        start = percent(reached, most)
        reached += value
        if value:
            parts.append(Part(name, start, percent(reached, most) - start))
    return tuple(parts)


# --- Rules --------------------------------------------------------------------------------------

_INDICATORS = (
    ("Global period", "global_days", indicators.GLOBAL_DAYS),
    ("Professional and technical part", "pctc", indicators.PCTC),
    ("Several procedures on one day", "mult_proc", indicators.MULT_PROC),
    ("Both sides", "bilat", indicators.BILAT),
    ("Assistant at surgery", "asst", indicators.ASST),
    ("Co-surgeons", "cosurg", indicators.COSURG),
    ("Team surgery", "team", indicators.TEAM),
    ("Supervision of the test", "supervision", indicators.SUPERVISION),
)


def _rules(
    past: Mapping[str, Sequence[Past]], here: Mapping[str, RateLike], schedule: ReleaseLike
) -> list[Rule]:
    rates = here.values()
    rules = [
        Rule("Status", tuple(status_in_words(rate.status) for rate in rates)),
        Rule("Priced", tuple(map(_where, rates))),
    ]
    for name, column, table in _INDICATORS:
        values = [getattr(rate, column) for rate in rates]
        rules.append(
            Rule(name, tuple(f"{indicators.word(table, value)} ({value})" for value in values))
        )
    if str(schedule.year) == EFFICIENCY_YEARS[1]:
        adjusted = tuple(_adjusted(past[hcpcs], rate) for hcpcs, rate in here.items())
        if any(adjusted):
            rules.append(Rule("Work since 2025", tuple(one or "not known" for one in adjusted)))
    return rules


def _where(rate: RateLike) -> str:
    if not words.is_valued(rate):
        return "not by RVUs"
    places = {Setting.NONFACILITY: "in an office", Setting.FACILITY: "in a facility"}
    priced = [one for one in words.priced_settings(rate) if words.total(rate, one)]
    return " and ".join(places[setting] for setting in priced)


def _adjusted(rows: Sequence[Past], rate: RateLike) -> str:
    """Return what 2026 did to the work of a code; "" where that is not known."""
    earlier = [one.rate for one in rows if str(one.release.year) == EFFICIENCY_YEARS[0]]
    if not earlier or not (words.is_valued(earlier[-1]) and words.is_valued(rate)):
        return ""
    old, new = earlier[-1].work_rvu, rate.work_rvu
    if not (old or new):
        return "no work in either year"
    if old == new:
        return "the same as in 2025"
    if new == efficiency_adjusted(old):
        return "lowered by the 2.5% efficiency adjustment of 2026"
    return "revalued"


# --- How to read it -----------------------------------------------------------------------------


def _sentences(
    here: Mapping[str, RateLike],
    before: Mapping[str, RateLike | None],
    schedule: ReleaseLike,
    first: ReleaseLike | None,
) -> tuple[str, ...]:
    told = []
    with_work = sorted(
        (rate for rate in here.values() if words.is_valued(rate) and rate.work_rvu),
        key=lambda rate: (rate.work_rvu, rate.hcpcs),
    )
    if len(with_work) > 1:
        least, most = with_work[0], with_work[-1]
        if least.work_rvu == most.work_rvu:
            told.append(f"All with work are credited {most.work_rvu} work RVUs.")
        else:
            times = (most.work_rvu / least.work_rvu).quantize(Decimal("0.1"))
            told.append(
                f"{most.hcpcs} has the most work ({most.work_rvu}), {least.hcpcs} the least "
                f"({least.work_rvu}): {times} times as much."
            )
    moved = [
        (abs(rate.work_rvu / old.work_rvu - 1), old, rate)
        for rate in with_work
        if (old := before.get(rate.hcpcs))
        and words.is_valued(old)
        and old.work_rvu
        and old.work_rvu != rate.work_rvu
    ]
    if moved and first:
        _, old, rate = max(moved, key=lambda one: (one[0], one[2].hcpcs))
        told.append(
            f"A contract that still uses the {first.year} table credits {old.work_rvu} for "
            f"{rate.hcpcs}, not {rate.work_rvu}."
        )
    return tuple(told)
