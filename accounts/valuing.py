"""What a logged service counts for: the terms of its day, the rows of its release, the credit.

The bridge between a person's records and the arithmetic of codes/credit.py. What is stored
with an entry is what it was credited with when it was logged or last edited. Nothing here changes
a stored value by itself: `recalculation` says what would change, `apply` does it when asked to.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction

from accounts.models import Contract, Procedure
from codes import credit
from codes.credit import Credit, RuleSet, Service
from codes.credit_kinds import Kind
from codes.in_force import in_force
from codes.models import FeeSchedule, Rate

Key = tuple[str, str]  # code and modifier
TermsOf = Callable[[Procedure], "Terms"]

# As many variables as any database takes in one query.
_BATCH = 500
MINUTES_OF_A_UNIT = 15  # of anesthesia time: DOMAIN.md 4

# What valuing writes, and nothing else does.
STORED = (
    "kind",
    "work_rvu",
    "wrvu",
    "asa_units",
    "release",
    "contract_id",
    "working",
    "reason",
)


@dataclass(frozen=True)
class Terms:
    """By what an entry of one day and site is counted."""

    schedule: FeeSchedule | None
    rules: RuleSet = credit.MEDICARE
    counts_reference: bool = False
    contract: Contract | None = None
    remark: str = ""  # why there is no release, or why it is not the one of the day


@dataclass(frozen=True)
class Change:
    """What counting an entry anew would make of it. `old` and `new` hold the STORED values."""

    procedure: Procedure
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    terms: str = ""  # whose terms would count, where they are others than before

    @property
    def difference(self) -> Decimal:
        """wRVUs more (or, below zero, fewer) than are stored now."""
        return self.new["wrvu"] - self.old["wrvu"]


def shown_schedules() -> list[FeeSchedule]:
    """Return the loaded releases up to the active one, the oldest first. One query.

    One that waits to be activated counts nothing yet: the site shows it nowhere.
    """
    loaded = FeeSchedule.objects.defer("sources", "notes")
    found = sorted(loaded, key=lambda one: (one.effective_on, one.release))
    active = next((one.release for one in found if one.is_active), "")
    return [one for one in found if not active or one.release <= active]


class Terminology:
    """The terms of one person, read once: two queries however many entries are counted."""

    def __init__(self, user: Any) -> None:
        self.contracts = list(
            Contract.objects.for_user(user).select_related("rule_set").prefetch_related("sites")
        )
        self.schedules = shown_schedules()
        self._sites = {one.pk: {site.pk for site in one.sites.all()} for one in self.contracts}

    def contract_on(self, day: date, site_id: int | None) -> Contract | None:
        """Return the contract that counts: one that names the site before one for every site,
        and of several the one that began last.
        """
        in_force = [
            one
            for one in self.contracts
            if one.starts_on <= day and (one.ends_on is None or day <= one.ends_on)
        ]
        named = [one for one in in_force if site_id in self._sites[one.pk]]
        general = [one for one in in_force if not self._sites[one.pk]]
        return max(named or general, key=lambda one: (one.starts_on, one.pk), default=None)

    def on(self, day: date, site_id: int | None) -> Terms:
        """Return the terms of a day at a site; without a contract, Medicare's own."""
        contract = self.contract_on(day, site_id)
        if contract is not None:
            return self.of(contract, day)
        schedule, remark = self._in_force(day)
        return Terms(schedule, remark=remark)

    def of(self, contract: Contract, day: date) -> Terms:
        """Return what a contract says about a day, whether or not it is in force then."""
        schedule, remark = self._schedule(contract, day)
        return Terms(schedule, rules_of(contract), contract.counts_reference, contract, remark)

    def under(self, choice: str) -> FeeSchedule | None:
        """Return the release of a year ("2020": its newest) or a release by its name, or None.

        2026A is not 2026AR, which corrected it.
        """
        fitting = [one for one in self.schedules if choice in (one.release, str(one.year))]
        return fitting[-1] if fitting else None

    def _schedule(self, contract: Contract, day: date) -> tuple[FeeSchedule | None, str]:
        if contract.schedule == Contract.Schedule.IN_FORCE:
            schedule, remark = self._in_force(day)
            return schedule, remark
        choice = (
            str(contract.schedule_year)
            if contract.schedule == Contract.Schedule.YEAR
            else contract.schedule_release
        )
        schedule = self.under(choice)
        if schedule is None:
            return None, f"The contract counts by {choice}, of which no release is loaded here."
        return schedule, ""

    def _in_force(self, day: date) -> tuple[FeeSchedule | None, str]:
        """Return the release of a day, and a remark where it is none or not the day's own.

        Where the first releases of a year are missing, the earliest one that is loaded stands in:
        a year's work RVUs seldom move, and the entry says which release it was.
        """
        found = in_force(day, self.schedules)
        if found is not None and found.year == day.year:
            return found, ""
        if found is not None:
            remark = f"No release of {day.year} is loaded yet: counted by {found.release} so far."
            return found, remark
        in_words = f"{day:%B} {day.day}, {day.year}"
        later = [one for one in self.schedules if one.year == day.year]
        if later:
            earliest = later[0]
            remark = (
                f"Counted by {earliest.release}, the earliest release of {day.year} that is "
                f"loaded: none that was in force on {in_words} is."
            )
            return earliest, remark
        return None, f"No release that was in force on {in_words} is loaded here."


def rules_of(contract: Contract) -> RuleSet:
    """Return a contract's credit rules."""
    if contract.rules == Contract.Rules.FULL:
        return credit.FULL_CREDIT
    if contract.rules == Contract.Rules.OWN and contract.rule_set is not None:
        own = contract.rule_set
        return RuleSet.from_json({"name": own.name, "factors": own.factors})
    return credit.MEDICARE


def service_of(procedure: Procedure) -> Service:
    """Return an entry as the arithmetic takes it."""
    return Service(
        hcpcs=procedure.hcpcs,
        modifiers=procedure.modifier_tuple,
        units=procedure.units,
        own_value=procedure.custom.wrvu if procedure.custom else None,
        asa_units=asa_units(procedure.base_units, procedure.minutes),
        percent=procedure.percent,
    )


def asa_units(base_units: int | None, minutes: int | None) -> Decimal | None:
    """Return base units and time units, a unit being 15 minutes, to one decimal (DOMAIN.md 4)."""
    if base_units is None and minutes is None:
        return None
    time = (Decimal(minutes or 0) / MINUTES_OF_A_UNIT).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return Decimal(base_units or 0) + time


def value(procedures: Sequence[Procedure], terminology: Terminology | None = None) -> None:
    """Fill what each entry of one person is credited with; nothing is saved.

    Entries of one case on one day are credited together, so all of them have to be there.
    """
    if not procedures:
        return
    terminology = terminology or Terminology(procedures[0].user)
    found = credited(procedures, lambda one: terminology.on(one.performed_on, one.site_id))
    for procedure, (terms, result) in zip(procedures, found, strict=True):
        for name, stored in stored_values(terms, result).items():
            setattr(procedure, name, stored)


def credited(procedures: Sequence[Procedure], terms_of: TermsOf) -> list[tuple[Terms, Credit]]:
    """Return terms and credit of each entry, in the order given.

    `terms_of` says by which Terms an entry counts. Two queries for each release and 500 codes.
    """
    terms = [terms_of(one) for one in procedures]
    cases: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, procedure in enumerate(procedures):
        schedule = terms[index].schedule
        key = (procedure.case, procedure.performed_on) if procedure.case else (index,)
        cases[(*key, schedule.pk if schedule else None)].append(index)

    services = [service_of(one) for one in procedures]
    by_release: defaultdict[int | None, list[Service]] = defaultdict(list)
    for service, one in zip(services, terms, strict=True):
        by_release[one.schedule.pk if one.schedule else None].append(service)
    rows = {pk: rows_for(pk, asked) for pk, asked in by_release.items()}

    results: dict[int, Credit] = {}
    for indexes in cases.values():
        first = terms[indexes[0]]
        credits = credit.credit(
            [services[i] for i in indexes],
            rows[first.schedule.pk if first.schedule else None],
            first.rules,
            counts_reference=first.counts_reference,
        )
        results.update(zip(indexes, credits, strict=True))
    return [(terms[i], results[i]) for i in range(len(procedures))]


def rows_for(schedule_id: int | None, services: Sequence[Service]) -> dict[Key, Rate]:
    """Return the rows of a release that the credit of these services looks up, by their keys."""
    if schedule_id is None:
        return {}
    rows = _rates(schedule_id, credit.rows_needed(services))
    further = credit.rows_needed(services, rows) - rows.keys()
    return rows | _rates(schedule_id, {key for key in further if (key[0], "") not in rows})


def _rates(schedule_id: int, keys: Iterable[Key]) -> dict[Key, Rate]:
    codes = sorted({code for code, _ in keys if code})
    found: dict[Key, Rate] = {}
    for start in range(0, len(codes), _BATCH):
        batch = Rate.objects.filter(
            schedule_id=schedule_id, code_id__in=codes[start : start + _BATCH]
        )
        found.update({(one.code_id, one.modifier): one for one in batch})
    return found


def stored_values(terms: Terms, result: Credit) -> dict[str, Any]:
    """Return what is stored with an entry, by the names of its fields."""
    without_release = terms.schedule is None and result.kind not in {Kind.ESTIMATE, Kind.ASA}
    return {
        "kind": result.kind.value,
        "work_rvu": result.work_rvu,
        "wrvu": result.wrvu,
        "asa_units": result.asa_units,
        "release": terms.schedule.release if terms.schedule else "",
        "contract_id": terms.contract.pk if terms.contract else None,
        "working": [step.to_json() for step in result.steps],
        "reason": (terms.remark if without_release else result.reason or terms.remark)[:200],
    }


# Counting anew -----------------------------------------------------------------------------


def recalculation(user: Any, first: date, last: date) -> list[Change]:
    """Return what would change if all entries of a range of days were counted anew.

    By the contracts as they stand now and the releases that are loaded now. An entry whose
    stored values would all stay is not named.
    """
    procedures = list(
        Procedure.objects.for_user(user)
        .between(first, last)
        .select_related("custom")
        .order_by("performed_on", "case", "position", "pk")
    )
    terminology = Terminology(user)
    employers = {one.pk: one.employer for one in terminology.contracts}
    changes = []
    found = credited(procedures, lambda one: terminology.on(one.performed_on, one.site_id))
    for procedure, (terms, result) in zip(procedures, found, strict=True):
        new = stored_values(terms, result)
        old = {name: getattr(procedure, name) for name in STORED}
        if new != old:
            pair = (old["contract_id"], new["contract_id"])
            before, after = (employers.get(pk, "no contract") for pk in pair)
            words = "" if pair[0] == pair[1] else f"Terms: {before} → {after}"
            changes.append(Change(procedure, old, new, words))
    return changes


@transaction.atomic
def apply(changes: Iterable[Change]) -> int:
    """Store what `recalculation` found; return how many entries were changed."""
    changed = []
    for change in changes:
        for name, stored in change.new.items():
            setattr(change.procedure, name, stored)
        changed.append(change.procedure)
    Procedure.objects.bulk_update(changed, STORED, batch_size=_BATCH)
    return len(changed)
