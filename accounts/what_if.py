"""The same work of a range of days under other terms: another contract, release or rule set.

Cases that are alike are credited once and counted, so that a long log costs little more than a
short one. Nothing is stored.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from accounts import paying, valuing
from accounts.models import Contract, Procedure
from accounts.pay import prorated
from accounts.periods import Span
from accounts.valuing import Terminology, Terms
from codes import credit
from codes.credit import Credit, RuleSet, Service
from codes.credit_kinds import COUNTED, Kind

ZERO = Decimal(0)
TermsOn = Callable[[date, int | None], Terms]


class Entry(NamedTuple):
    """One entry as it is stored, as far as its credit depends on it."""

    performed_on: date
    site_id: int | None
    case: Any
    hcpcs: str
    custom_name: str | None
    own_value: Decimal | None
    modifiers: str
    units: int
    percent: Decimal | None
    base_units: int | None
    minutes: int | None
    kind: str
    wrvu: Decimal
    asa_units: Decimal | None

    @property
    def service(self) -> Service:
        return Service(
            self.hcpcs,
            tuple(self.modifiers.split(",")) if self.modifiers else (),
            self.units,
            self.own_value,
            valuing.asa_units(self.base_units, self.minutes),
            self.percent,
        )


@dataclass(frozen=True)
class Side:
    """By what the work is counted. `terms_on` is None for the values as they are stored."""

    name: str
    schedule: str
    rules: str
    contract: Contract | None  # whose pay it earns
    terms_on: TermsOn | None


@dataclass
class Outcome:
    """What the work counts for on one side."""

    side: Side
    wrvu: Decimal = ZERO
    estimated: Decimal = ZERO
    asa_units: Decimal = ZERO
    uncredited: int = 0
    pay: Decimal | None = None
    remark: str = ""
    by_code: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    by_year: defaultdict[date, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, entry: Entry, kind: str, wrvu: Decimal, asa: Decimal, times: int) -> None:
        """Count an entry so many times; years are those of the side's contract."""
        if kind in COUNTED:
            self.wrvu += wrvu * times
            self.by_code[entry.hcpcs] += wrvu * times
            year = paying.year_of(self.side.contract, entry.performed_on)
            self.by_year[year.start] += wrvu * times
        elif kind == Kind.ESTIMATE:
            self.estimated += wrvu * times
        elif kind == Kind.ASA:
            self.asa_units += asa * times
        else:
            self.uncredited += times


class Difference(NamedTuple):
    """What one code counts for on both sides."""

    hcpcs: str
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before


def entries(user: Any, span: Span) -> list[Entry]:
    """Return the entries of a range of days. One query."""
    rows = (
        Procedure.objects.for_user(user)
        .between(span.start, span.end)
        .order_by("performed_on", "case", "position", "pk")
        .values_list(
            *("performed_on", "site_id", "case", "hcpcs", "custom__name", "custom__wrvu"),
            *("modifiers", "units", "percent", "base_units", "minutes"),
            *("kind", "wrvu", "asa_units"),
        )
    )
    return [Entry(*row) for row in rows]


def outcome(side: Side, work: Sequence[Entry], span: Span) -> Outcome:
    """Return what the work of `span` counts for and earns on one side.

    The pay of a part of a contract year has its share of base, threshold and tiers.
    """
    found = Outcome(side)
    if side.terms_on is None:
        for one in work:
            found.add(one, one.kind, one.wrvu, one.asa_units or ZERO, 1)
    else:
        _credit(found, work, side.terms_on)
    found.pay = _pay(side.contract, found.by_year, span)
    return found


def differences(before: Outcome, after: Outcome) -> list[Difference]:
    """Return the codes that count for something else, the largest change first."""
    codes = before.by_code.keys() | after.by_code.keys()
    found = [Difference(code, before.by_code[code], after.by_code[code]) for code in codes]
    changed = [one for one in found if one.change]
    return sorted(changed, key=lambda one: (-abs(one.change), one.hcpcs))


def terms_under(
    terminology: Terminology,
    contract: Contract | None,
    *,
    as_logged: bool = False,
    release: str = "",
    rules: RuleSet | None = None,
) -> TermsOn:
    """Return the terms of a day and site under a contract, with a release or rules of its own.

    `as_logged` takes the contracts as they stand. `release` is a year, a release, "in force" for
    the one of each day, or "" for what the contract says.
    """
    made: dict[tuple[date, int | None], Terms] = {}
    fixed = terminology.under(release) if release and release != "in force" else None

    def terms_on(day: date, site_id: int | None) -> Terms:
        key = (day, site_id if as_logged else None)
        if key not in made:
            made[key] = _terms(day, key[1])
        return made[key]

    def _terms(day: date, site_id: int | None) -> Terms:
        base = terminology.on(day, site_id) if as_logged else _of(contract, day)
        schedule, remark = base.schedule, base.remark
        if fixed is not None:
            schedule, remark = fixed, ""
        elif release:
            in_force = Contract(schedule=Contract.Schedule.IN_FORCE)
            of_day = terminology.of(in_force, day)
            schedule, remark = of_day.schedule, of_day.remark
        return Terms(schedule, rules or base.rules, base.counts_reference, base.contract, remark)

    def _of(contract: Contract | None, day: date) -> Terms:
        if contract is not None:
            return terminology.of(contract, day)
        return terminology.of(Contract(schedule=Contract.Schedule.IN_FORCE), day)

    return terms_on


def _credit(found: Outcome, work: Iterable[Entry], terms_on: TermsOn) -> None:
    """Credit each kind of case once, and count how often there is one."""
    cases: defaultdict[object, list[Entry]] = defaultdict(list)
    for number, one in enumerate(work):
        cases[(one.case, one.performed_on) if one.case else number].append(one)
    alike: Counter[tuple[object, ...]] = Counter()
    first: dict[tuple[object, ...], tuple[Terms, list[Entry]]] = {}
    for members in cases.values():
        terms = terms_on(members[0].performed_on, members[0].site_id)
        year = paying.year_of(found.side.contract, members[0].performed_on).start
        key = (
            terms.schedule.pk if terms.schedule else None,
            terms.contract.pk if terms.contract else None,  # which has its own rules
            year,
            *(one[3:11] for one in members),
        )
        alike[key] += 1
        first.setdefault(key, (terms, members))
        found.remark = found.remark or terms.remark
    services = {key: [one.service for one in members] for key, (_, members) in first.items()}
    asked: defaultdict[int | None, list[Service]] = defaultdict(list)
    for key, (terms, _) in first.items():
        asked[terms.schedule.pk if terms.schedule else None].extend(services[key])
    rows = {pk: valuing.rows_for(pk, of_release) for pk, of_release in asked.items()}
    for key, (terms, members) in first.items():
        credits = credit.credit(
            services[key],
            rows[terms.schedule.pk if terms.schedule else None],
            terms.rules,
            counts_reference=terms.counts_reference,
        )
        for one, result in zip(members, credits, strict=True):
            _add(found, one, result, alike[key])


def _add(found: Outcome, one: Entry, result: Credit, times: int) -> None:
    found.add(one, result.kind, result.wrvu, result.asa_units, times)


def _pay(contract: Contract | None, by_year: Mapping[date, Decimal], span: Span) -> Decimal | None:
    terms = paying.terms_of(contract) if contract else None
    if terms is None:
        return None
    amount = ZERO
    year = paying.year_of(contract, span.start)
    while year.start <= span.end:
        part = year.meet(span)
        days = part.days if part else 0
        share = Fraction(days, year.days)
        amount += prorated(terms, by_year.get(year.start, ZERO), share, share).amount
        year = paying.year_of(contract, year.end + timedelta(days=1))
    return amount
