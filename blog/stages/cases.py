"""A typed list of codes and counts, and what it is worth under each loaded release."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from codes import taxonomy
from codes.claim import KNOWN
from codes.credit import MEDICARE, Rows, Service, credit
from codes.credit_kinds import Kind
from codes.models import FeeSchedule, Rate
from codes.shown import Shown

LONGEST = 2000  # characters
MOST_LINES = 25
MOST_COUNT = 100_000

_LINE = re.compile(
    r"(?P<code>[0-9A-Z]{4,6})(?P<modifiers>(?:-[0-9A-Z]{2})*)"
    r"(?:\s*[x×*,;:\s]\s*(?P<count>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+))?",
    re.IGNORECASE,
)


class Line(NamedTuple):
    """So many services of one code, with or without modifiers."""

    hcpcs: str
    modifiers: tuple[str, ...]
    count: int

    def __str__(self) -> str:
        return "-".join((self.hcpcs, *self.modifiers))


class Worth(NamedTuple):
    """A line under several releases: wRVUs in all, None where it has none; and why, if so."""

    line: Line
    values: tuple[Decimal | None, ...]
    reason: str


class Table(NamedTuple):
    """All lines under the releases, and the sums. `differences` are against the last release.

    A sum counts the lines that have a value under every release: else it would compare
    different work. `left_out` counts the others.
    """

    schedules: tuple[FeeSchedule, ...]
    rows: tuple[Worth, ...]
    totals: tuple[Decimal, ...]
    differences: tuple[Decimal, ...]
    left_out: int


def parse(text: str) -> tuple[list[Line], list[str]]:
    """Return the lines of "99213 1200" or "47562-80 x 25", and a sentence for each wrong one."""
    lines: list[Line] = []
    wrong: list[str] = []
    typed = [line.strip() for line in text[:LONGEST].splitlines() if line.strip()]
    if len(typed) > MOST_LINES:
        wrong.append(f"Only the first {MOST_LINES} lines are reckoned with.")
    for line in typed[:MOST_LINES]:
        found = _LINE.fullmatch(line)
        problem = _problem(found)
        if found is None or problem:
            wrong.append(f"“{line[:40]}”: {problem}")
            continue
        modifiers = tuple(dict.fromkeys(found["modifiers"].upper().split("-")[1:]))
        count = int((found["count"] or "1").replace(",", ""))
        lines.append(Line(found["code"].upper(), modifiers, count))
    return lines, wrong


def _problem(found: re.Match[str] | None) -> str:
    if found is None:
        return "write a code and how many of it, such as 99213 1200 or 47562-80 25."
    code = found["code"].upper()
    if not taxonomy.is_code(code):
        return f"{code} is not a code; codes have five characters."
    unknown = [one for one in found["modifiers"].upper().split("-")[1:] if one not in KNOWN]
    if unknown:
        return f"this page does not know modifier {unknown[0]}; leave it out."
    digits = (found["count"] or "1").replace(",", "")
    if len(digits) > len(str(MOST_COUNT)) or not 1 <= int(digits) <= MOST_COUNT:
        return f"a count lies between 1 and {MOST_COUNT:,}."
    return ""


def newest_of_each_year(state: Shown) -> tuple[FeeSchedule, ...]:
    """Return the newest loaded release of each year up to the active one, the oldest first."""
    active = state.schedule
    by_year: dict[int, FeeSchedule] = {}
    for schedule in sorted(state.schedules.values(), key=lambda one: one.release):
        if active and schedule.release <= active.release:
            by_year[schedule.year] = schedule
    return tuple(by_year.values())


def worth(lines: Sequence[Line], schedules: Sequence[FeeSchedule]) -> Table:
    """Return the wRVUs of the lines under each release. One query.

    Each service is a case of its own, credited with the shares that Medicare pays.
    """
    rows = _rows(lines, schedules)
    there = {code for of_schedule in rows.values() for code, _ in of_schedule}
    found = []
    for line in lines:
        values: list[Decimal | None] = []
        reason = ""
        for schedule in schedules:
            of_line = credit(
                [Service(line.hcpcs, line.modifiers)], rows.get(schedule.pk, {}), MEDICARE
            )[0]
            is_valued = of_line.kind is Kind.OFFICIAL
            values.append(of_line.wrvu * line.count if is_valued else None)
            reason = "" if is_valued else of_line.reason
        if line.hcpcs not in there:
            reason = f"{line.hcpcs} is in no release that this page reckons with."
        found.append(Worth(line, tuple(values), reason))
    whole = [one for one in found if None not in one.values]
    totals = tuple(
        sum((one.values[place] or Decimal() for one in whole), Decimal())
        for place in range(len(schedules))
    )
    return Table(
        tuple(schedules),
        tuple(found),
        totals,
        tuple(total - totals[-1] for total in totals),
        len(found) - len(whole),
    )


def _rows(lines: Iterable[Line], schedules: Iterable[FeeSchedule]) -> Mapping[int, Rows]:
    found: dict[int, dict[tuple[str, str], Rate]] = {}
    codes = {line.hcpcs for line in lines}
    for rate in Rate.objects.filter(schedule__in=schedules, code__in=codes):
        found.setdefault(rate.schedule_id, {})[rate.code_id, rate.modifier] = rate
    return found
