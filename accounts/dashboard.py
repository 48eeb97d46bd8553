"""The figures of a person's dashboard: sums in SQL over the stored values, folded into tables.

Official wRVUs are those of entries that Medicare's table values, with reference values where the
contract counts them (others are stored as zero). Values of one's own and ASA units are never part
of a total: they stand apart.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Sum

from accounts import charts, paying, periods
from accounts.earnings import NOTHING, Earned, Earner
from accounts.models import Contract, CustomCode, Procedure, Site
from accounts.models.log import Role
from accounts.periods import Projection, Span
from codes import taxonomy
from codes.charts import percent
from codes.credit_kinds import COUNTED, Kind
from codes.models import CodeEdition
from codes.shown import Shown
from codes.templatetags.money import rate as rate_words

ZERO = Decimal(0)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = timedelta(days=1)


class Day(NamedTuple):
    """What was logged on one day under one contract, of one kind."""

    day: date
    contract_id: int | None
    kind: str
    wrvu: Decimal
    asa_units: Decimal
    times: int


class Mix(NamedTuple):
    """Entries of a range of days that are alike in all that a table asks for."""

    hcpcs: str
    custom_id: int | None
    modifiers: str
    site_id: int | None
    role: str
    kind: str
    wrvu: Decimal
    asa_units: Decimal
    times: int


@dataclass(slots=True)
class Line:
    """One row of a table; `bar` is its length in per cent of the longest."""

    label: str
    wrvu: Decimal = ZERO
    times: int = 0
    code: str = ""
    url: str = ""
    share: Decimal = ZERO  # of all wRVUs of the table's range, 1 being all
    bar: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Table:
    """Work of a range of days, divided by one thing. `note` says what a reader may wonder at."""

    slug: str
    title: str
    heading: str
    lines: Sequence[Line]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Apart:
    """What never stands in an official total."""

    estimates: Sequence[Line]
    estimated: Decimal
    asa: Sequence[Line]  # units in `wrvu`
    asa_units: Decimal
    reference: Decimal  # counted, as the contract says: part of the totals
    uncredited: int


class Month(NamedTuple):
    span: Span
    wrvu: Decimal
    times: int
    against: Decimal | None  # the pace up to then
    is_current: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The work and the pay of one period up to today."""

    name: str
    span: Span
    wrvu: Decimal
    times: int
    pay: Earned | None
    pace: Decimal | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The contract year so far."""

    today: date
    year: Span
    contract: Contract | None
    contracts: Sequence[Contract]
    parts: Sequence[Part]  # month, quarter, year
    target: Decimal | None
    ahead: Decimal | None
    passes_on: date | None
    projection: Projection | None
    projected_pay: Decimal | None
    months: Sequence[Month]
    months_chart: charts.Months
    course: charts.Course
    times: int

    @property
    def total(self) -> Decimal:
        return self.parts[-1].wrvu


# Reading --------------------------------------------------------------------------------------


def read_days(user: Any, span: Span) -> list[Day]:
    """Return what was logged in a range, by day, contract and kind. One query."""
    rows = (
        Procedure.objects.for_user(user)
        .between(span.start, span.end)
        .order_by()
        .values_list("performed_on", "contract_id", "kind")
        .annotate(Sum("wrvu"), Sum("asa_units"), Count("pk"))
    )
    return [Day(*row[:4], row[4] or ZERO, row[5]) for row in rows]


def read_mix(user: Any, span: Span) -> list[Mix]:
    """Return what was logged in a range, by all that a table divides it by. One query."""
    rows = (
        Procedure.objects.for_user(user)
        .between(span.start, span.end)
        .order_by()
        .values_list("hcpcs", "custom_id", "modifiers", "site_id", "role", "kind")
        .annotate(Sum("wrvu"), Sum("asa_units"), Count("pk"))
    )
    return [Mix(*row[:7], row[7] or ZERO, row[8]) for row in rows]


def contracts_of(user: Any) -> list[Contract]:
    """Return a person's contracts, the latest first, with tiers and sites. Three queries."""
    return list(Contract.objects.for_user(user).prefetch_related("tiers", "sites"))


def contract_on(contracts: Iterable[Contract], day: date) -> Contract | None:
    """Return the contract that a page speaks of first: in force, for every site, the latest."""
    in_force = [one for one in contracts if paying.days_of(one).contains(day)]
    general = [one for one in in_force if not one.sites.all()]
    return max(general or in_force, key=lambda one: (one.starts_on, one.pk), default=None)


# The year so far ------------------------------------------------------------------------------


def days_needed(contracts: Sequence[Contract], today: date) -> Span:
    """Return the days that an overview of today takes: those of its contract year, and those
    back to where the year of any other contract in it began.
    """
    year = paying.year_of(contract_on(contracts, today), today)
    starts = [paying.year_of(one, year.start).start for one in _meeting(contracts, year)]
    return Span(min([year.start, *starts]), today)


def _meeting(contracts: Sequence[Contract], year: Span) -> list[Contract]:
    return [one for one in contracts if year.meet(paying.days_of(one))]


def overview(contracts: Sequence[Contract], days: Sequence[Day], today: date) -> Overview:
    """Return the contract year of today from the days of `days_needed`."""
    contract = contract_on(contracts, today)
    year = paying.year_of(contract, today)
    in_year = _meeting(contracts, year)
    earners = _earners(in_year, [one for one in days if one.kind in COUNTED])
    days = [one for one in days if year.start <= one.day <= today]
    counted = [one for one in days if one.kind in COUNTED]
    targets = [found for one in in_year if (found := paying.target_in(one, year))]
    target = sum((amount for _, amount in targets), ZERO) or None
    by_month = _sum(counted, lambda one: one.day.replace(day=1))
    total = sum(by_month.values(), ZERO)

    first = min((one.day for one in days), default=today)
    projection = periods.projection(by_month, today, first, year.end)
    pace = _pace(targets, today)
    start_month = contract.year_starts if contract else 1
    spans = {
        f"{today:%B}": periods.month(today),
        "This quarter": periods.quarter(today, start_month),
        "This year": year,
    }
    daily = None
    if projection and projection.low is not None and projection.high is not None:
        left = (year.end - today).days
        if left:
            daily = ((projection.low - total) / left, (projection.high - total) / left)
    marks = [] if contract is None else _marks(contract)
    return Overview(
        today=today,
        year=year,
        contract=contract,
        contracts=in_year,
        parts=[
            Part(
                name,
                span,
                sum((one.wrvu for one in counted if span.contains(one.day)), ZERO),
                sum(one.times for one in counted if span.contains(one.day)),
                _earned(earners, Span(max(span.start, year.start), today)),
                _pace_in(targets, span, today),
            )
            for name, span in spans.items()
        ],
        target=target,
        ahead=total - pace if target else None,
        passes_on=_passes(total, target, projection, today, year),
        projection=projection,
        projected_pay=_projected_pay(contract, in_year, year, projection),
        months=_months(year, by_month, counted, targets, today),
        months_chart=charts.months(year, by_month, target, today, daily),
        course=charts.course(year, by_month, today, target, projection, marks),
        times=sum(one.times for one in days),
    )


def _earners(contracts: Iterable[Contract], counted: Sequence[Day]) -> list[Earner]:
    earners = []
    for contract in contracts:
        terms = paying.terms_of(contract)
        if terms is not None:
            mine = (one for one in counted if one.contract_id == contract.pk)
            by_day = _sum(mine, lambda one: one.day)
            span = paying.days_of(contract)
            earners.append(Earner(terms, span, contract.year_starts, by_day))
    return earners


def _earned(earners: Sequence[Earner], span: Span) -> Earned | None:
    if not earners:
        return None
    earned = NOTHING
    for earner in earners:
        earned = earned.plus(earner.between(span))
    return earned


def _projected_pay(
    contract: Contract | None,
    contracts: Sequence[Contract],
    year: Span,
    projection: Projection | None,
) -> Decimal | None:
    """Return what the year pays at this pace, where one contract covers it all."""
    if contract is None or projection is None or len(contracts) != 1:
        return None
    terms = paying.terms_of(contract)
    if terms is None or year.meet(paying.days_of(contract)) != year:
        return None
    by_day = {year.end: projection.expected}
    return Earner(terms, year, contract.year_starts, by_day).by(year.end).amount


def _marks(contract: Contract) -> list[tuple[Decimal, str]]:
    """Return the wRVUs at which another rate begins, with the rate in words."""
    if contract.rate is None:
        return []
    steps = [(contract.threshold, contract.rate)] if contract.threshold else []
    steps += [(tier.above, tier.rate) for tier in contract.tiers.all()]
    return [(above, f"{rate_words(rate)} above") for above, rate in steps]


def _pace(targets: Iterable[tuple[Span, Decimal]], today: date) -> Decimal:
    return sum((periods.pace(amount, part, today) for part, amount in targets), ZERO)


def _pace_in(targets: Sequence[tuple[Span, Decimal]], span: Span, today: date) -> Decimal | None:
    """Return the pace of the days of `span` up to today."""
    if not targets:
        return None
    return _pace(targets, min(today, span.end)) - _pace(targets, span.start - _DAY)


def _passes(
    total: Decimal,
    target: Decimal | None,
    projection: Projection | None,
    today: date,
    year: Span,
) -> date | None:
    """Return the day on which the target is passed at this pace, if it is one of this year."""
    left = (year.end - today).days
    if not target or total >= target or projection is None or not left:
        return None
    daily = (projection.expected - total) / left
    if not daily:
        return None
    needed = ((target - total) / daily).to_integral_value(ROUND_CEILING)
    return today + timedelta(days=int(needed)) if needed <= left else None


def _months(
    year: Span,
    by_month: Mapping[date, Decimal],
    counted: Sequence[Day],
    targets: Sequence[tuple[Span, Decimal]],
    today: date,
) -> list[Month]:
    times: defaultdict[date, int] = defaultdict(int)
    for one in counted:
        times[one.day.replace(day=1)] += one.times
    rows = []
    for span in periods.months(Span(year.start, today)):
        wrvu = by_month.get(span.start, ZERO)
        pace = _pace_in(targets, span, today)
        against = None if pace is None else wrvu - pace
        rows.append(Month(span, wrvu, times[span.start], against, span.contains(today)))
    return rows


def _sum(days: Iterable[Day], key: Callable[[Day], date]) -> dict[date, Decimal]:
    sums: defaultdict[date, Decimal] = defaultdict(Decimal)
    for one in days:
        sums[key(one)] += one.wrvu
    return dict(sums)


# What it came from ----------------------------------------------------------------------------


def tables(user: Any, days: Sequence[Day], mix: Sequence[Mix], state: Shown) -> list[Table]:
    """Return the work of a range by code, category, specialty, site, weekday, modifier, role.

    `days` are those of the range. One query, for the names of sites; what codes are called and
    belong to is remembered by the process.
    """
    counted = [one for one in mix if one.kind in COUNTED]
    total = sum((one.wrvu for one in counted), ZERO)
    sites = dict(Site.objects.for_user(user).values_list("pk", "name"))
    specialties = specialties_of(state)
    return [
        Table(
            "codes", "By code", "Code",
            _lines(counted, total, lambda one: [one.hcpcs], _code(state)),
        ),
        Table(
            "categories", "By category", "Category",
            _lines(counted, total, lambda one: [_category(one.hcpcs)]),
        ),
        Table(
            "specialties", "By specialty", "Specialty",
            _lines(counted, total, lambda one: specialties.get(one.hcpcs, _NO_SPECIALTY)),
            "A code may belong to several specialties, so the shares can add up to more than "
            "100%.",
        ),
        Table(
            "sites", "By site", "Site",
            _lines(counted, total, lambda one: [sites.get(one.site_id, "No site named")]),
        ),
        Table("weekdays", "By weekday", "Day", _weekdays(days, total)),
        Table(
            "modifiers", "By modifier", "Modifier",
            _lines(counted, total, lambda one: one.modifiers.split(",") if one.modifiers else
                   ["No modifier"]),
            "An entry with several modifiers stands under each of them.",
        ),
        Table(
            "roles", "By role", "Role",
            _lines(counted, total, lambda one: [Role(one.role).label]),
        ),
    ]  # fmt: skip


_NO_SPECIALTY = ("No specialty named",)


def apart(user: Any, mix: Sequence[Mix], state: Shown) -> Apart:
    """Return what stands outside the totals. One query, for the names of own codes."""
    estimates = [one for one in mix if one.kind == Kind.ESTIMATE]
    asa = [one._replace(wrvu=one.asa_units) for one in mix if one.kind == Kind.ASA]
    names = dict(CustomCode.objects.for_user(user).values_list("pk", "name"))
    estimated = sum((one.wrvu for one in estimates), ZERO)
    units = sum((one.wrvu for one in asa), ZERO)
    return Apart(
        estimates=_lines(
            estimates, estimated, lambda one: [names.get(one.custom_id) or one.hcpcs]
        ),
        estimated=estimated,
        asa=_lines(asa, units, lambda one: [one.hcpcs], _code(state)),
        asa_units=units,
        reference=sum((one.wrvu for one in mix if one.kind == Kind.REFERENCE), ZERO),
        uncredited=sum(one.times for one in mix if one.kind == Kind.NONE),
    )


def specialties_of(state: Shown) -> Mapping[str, tuple[str, ...]]:
    """Return the specialties that editors name for a code, by code; remembered."""

    def read() -> dict[str, tuple[str, ...]]:
        pairs = (
            CodeEdition.objects.in_force()
            .exclude(specialties=None)
            .values_list("subject__code_id", "specialties__name")
            .order_by("specialties__name")
        )
        found: defaultdict[str, list[str]] = defaultdict(list)
        for hcpcs, name in pairs:
            found[hcpcs].append(name)
        return {hcpcs: tuple(names) for hcpcs, names in found.items()}

    return state.remember("specialties by code", read)


def _category(hcpcs: str) -> str:
    leaf = taxonomy.leaf_of(hcpcs)
    return leaf.name if leaf else "Other codes"


def _code(state: Shown) -> Callable[[Line], None]:
    """Return what gives a line about a code its name and link."""

    def name(line: Line) -> None:
        line.code = line.label
        listed = state.directory.get(line.code)
        line.label = listed.label if listed else "Not in the release shown"
        line.url = listed.get_absolute_url() if listed else ""

    return name


def _lines(
    mix: Iterable[Mix],
    total: Decimal,
    keys: Callable[[Mix], Iterable[str]],
    finish: Callable[[Line], None] | None = None,
) -> list[Line]:
    """Return one line for each key, the largest first."""
    lines: dict[str, Line] = {}
    for one in mix:
        for key in keys(one):
            line = lines.setdefault(key, Line(key))
            line.wrvu += one.wrvu
            line.times += one.times
    ordered = sorted(lines.values(), key=lambda line: (-line.wrvu, -line.times, line.label))
    _measure(ordered, total)
    if finish is not None:
        for line in ordered:
            finish(line)
    return ordered


def _weekdays(days: Iterable[Day], total: Decimal) -> list[Line]:
    lines = [Line(name) for name in WEEKDAYS]
    for one in days:
        if one.kind in COUNTED:
            line = lines[one.day.weekday()]
            line.wrvu += one.wrvu
            line.times += one.times
    _measure(lines, total)
    return lines


def _measure(lines: Sequence[Line], total: Decimal) -> None:
    longest = max((line.wrvu for line in lines), default=ZERO)
    for line in lines:
        line.share = line.wrvu / total if total else ZERO
        line.bar = percent(line.wrvu, longest)
