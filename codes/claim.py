"""What Medicare pays for several codes of one session by one clinician. No Django.

The lines of a claim reduce each other. The order of the rules is: the amount of each row, both
sides, what the lines do to each other (surgery and endoscopy, imaging and other tests, therapy),
the hospital cap, the clinician's part in the operation, who bills, participation, the charge.

Sources: record layout of the relative value file 2026 (RVU26B.pdf), cited as L26; Claims
Processing Manual, Pub. 100-04, chapter 12, cited as M12. Bundling edits (NCCI), coverage and
documentation are not looked at.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from codes import indicators
from codes.payment import (
    ANESTHESIA_UNITS,
    ASSISTANT_SHARES,
    BILATERAL_SHARES,
    BY_REPORT,
    CARE,
    CENT,
    CONTRACTOR,
    DOES_NOT_APPLY,
    INCLUDED,
    ONE,
    ZERO,
    Clinician,
    Components,
    PaymentError,
    Priced,
    RateLike,
    Setting,
    assistant,
    bilateral,
    by_report,
    capped,
    cents,
    co_surgeon,
    components,
    dollars,
    fee,
    for_clinician,
    hospital_cap,
    name,
    non_participating,
    payment,
    percent,
    refused,
    split_care,
    team,
    therapy_fee,
)

Rates = Mapping[tuple[str, str], RateLike]
Caps = Mapping[tuple[str, str, Setting], Decimal]

# L26, MULT 2: the first in full, four at half, the sixth and later by report.
RANKED_SHARES = (ONE, *[Decimal("0.5")] * 4)

# L26, MULT 4, 6 and 7: the shares of the technical part and of the reading in a further study.
TEST_SHARES: Mapping[str, tuple[Decimal, Decimal]] = {
    "4": (Decimal("0.5"), Decimal("0.95")),
    "6": (Decimal("0.75"), ONE),
    "7": (Decimal("0.8"), ONE),
}

# Whole tests whose halves are codes of their own (PC/TC 4, MULT 6): technical codes, readings.
# The file does not link them; in RVU26C the work and practice expense of each adds up.
TEST_PARTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "93000": (("93005",), ("93010",)),
    "93015": (("93017",), ("93016", "93018")),
    "93040": (("93041",), ("93042",)),
    "93224": (("93225", "93226"), ("93227",)),
    "93241": (("93242", "93243"), ("93244",)),
    "93245": (("93246", "93247"), ("93248",)),
    "93268": (("93270", "93271"), ("93272",)),
    "93784": (("93786", "93788"), ("93790",)),
}

# Labels of steps that quote the price of another row, so that a page can show that row too.
LESS_BASE = "Less the base code"
BASE_INCLUDED = "Base code of the family"
TECHNICAL_ALONE = "Technical part alone"
AT_CAP = "At the hospital outpatient cap."  # a note of that step
HALF_PRACTICE = "Further units, half the practice expense"

COMPONENT_MODIFIERS = frozenset({"26", "TC"})
ROLES = frozenset({"62", "66", *ASSISTANT_SHARES})
REPORTS: Mapping[str, str] = {
    "22": "Modifier 22, more work than usual, is paid by report.",
    "52": "Modifier 52, a reduced service, is paid by report.",
    "53": "Modifier 53, a procedure stopped early, is paid by report.",
}
# These change no amount.
NEUTRAL = frozenset(
    {"24", "25", "27", "57", "58", "76", "77", "79"}  # visits and surgery in a global period
    | {"51", "59", "XE", "XP", "XS", "XU"}  # several or separate services
    | {"RT", "LT", "LC", "LD", "LM", "RC", "RI", *(f"E{n}" for n in range(1, 5))}  # site
    | {f"{limb}{n}" for limb in "FT" for n in ("A", *range(1, 10))}  # fingers and toes
    | {"AI", "FS", "GC", "GE", "Q5", "Q6"}  # who did it
    | {"GA", "GN", "GO", "GP", "KX", "33", "PT"}  # coverage, therapy plans, prevention
    | {"93", "95", "GQ", "GT"}  # by telephone or video
)
KNOWN = frozenset({"50", *COMPONENT_MODIFIERS, *ROLES, *CARE, *REPORTS, *NEUTRAL})


def check_modifiers(modifiers: Iterable[str]) -> None:
    """Raise a PaymentError where one has not the form of a modifier: two capitals or digits."""
    for modifier in modifiers:
        if len(modifier) != 2 or not (modifier.isascii() and modifier.isalnum()):
            raise PaymentError("A modifier has two letters or digits.")
        if modifier != modifier.upper():
            raise PaymentError("Modifiers are written in capitals.")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a claim.

    `rate` is any row of the code: modifiers choose the row where they name one (26, TC, 53).
    `days` belongs to modifier 55, as in `payment.split_care`. `charge` is for the whole line.
    """

    rate: RateLike
    modifiers: tuple[str, ...] = ()
    units: int = 1
    setting: Setting = Setting.NONFACILITY
    days: int | None = None
    charge: Decimal | None = None

    def __post_init__(self) -> None:
        if self.units < 1:
            raise PaymentError("A line has at least one unit.")
        if self.charge is not None and not (self.charge.is_finite() and self.charge >= 0):
            raise PaymentError("A charge is not negative.")
        check_modifiers(self.modifiers)


@dataclass(slots=True, eq=False)
class _Service:
    """A line on its way through the rules.

    `priced` is one unit before the cap until the rules have run, and the whole line afterwards.
    A settled line takes no part in the rules.
    """

    line: Line
    rate: RateLike
    priced: Priced
    cap: Decimal | None = None
    charge: Decimal | None = None
    both_sides: bool = False
    settled: bool = False
    follows: "_Service | None" = None

    @property
    def key(self) -> tuple[str, ...]:
        """Orders equal amounts, so that the order of the lines never matters."""
        line, rate = self.line, self.rate
        rest = (line.setting.value, f"{line.units:09}", f"{line.charge}", f"{line.days}")
        return (rate.hcpcs, rate.modifier, *rest, *sorted(line.modifiers))

    def settle(self, label: str, reason: str) -> None:
        """The line is part of another: nothing is paid for it, and that is certain."""
        self.settled = True
        self.priced = _included(self.priced, label, reason)


@dataclass(slots=True, eq=False)
class _Unit:
    """One unit of a service in the ranking of procedures."""

    service: _Service
    priced: Priced

    @property
    def amount(self) -> Decimal:
        return self.priced.amount or ZERO


class _Parts(NamedTuple):
    """The two sides of a test in dollars, for one unit; None where a line has no such side."""

    technical: Decimal | None
    reading: Decimal | None
    technical_cap: Decimal | None


def rates_needed(lines: Iterable[Line]) -> frozenset[tuple[str, str]]:
    """Return the (code, modifier) keys that `price_claim` may look up for these lines."""
    keys: set[tuple[str, str]] = set()
    for line in lines:
        code = line.rate.hcpcs
        keys.update((code, modifier) for modifier in ("", "26", "TC", "53"))
        if line.rate.endo_base:
            keys.add((line.rate.endo_base, ""))
        for side in TEST_PARTS.get(code, ()):
            keys.update((part, "") for part in side)
    return frozenset(keys)


def price_claim(
    lines: Sequence[Line],
    gpcis: Components,
    factor: Decimal,
    rates: Rates = MappingProxyType({}),
    *,
    caps: Caps = MappingProxyType({}),
    clinician: Clinician = Clinician.PHYSICIAN,
    participating: bool = True,
) -> list[Priced]:
    """Return the price of each line, in the order given, as one clinician's claim of one session.

    `factor` is the conversion factor in dollars for one RVU. `rates` holds the rows of the same
    release that the rules look up: the parts of whole tests and the base codes of endoscopies
    (see `rates_needed`). `caps` are amounts in dollars from the OPPSCAP file of the locality, by
    (code, modifier, setting). A line that Medicare would not price gets a `Priced` without
    amount, and the other lines are priced as if it had not been billed.
    """
    claim = _Claim(gpcis, factor, rates, caps, clinician)
    services = [claim.open(line) for line in lines]
    _bundle_if_not_alone(services)
    _join_sides(services)
    _join_care(services)
    claim.reduce([service for service in services if not service.settled])
    for service in services:
        if service.follows is not None:
            service.priced = service.follows.priced
    return [claim.close(service, participating=participating) for service in services]


def allowed(
    priced: Priced, modifiers: Iterable[str], *, participating: bool, charge: Decimal | None
) -> Priced:
    """Apply participation and the charge, and name the modifiers that change nothing here."""
    if not participating:
        priced = non_participating(priced)
    if priced.amount is None:
        return priced
    if charge is not None and charge < priced.amount:
        priced = priced.then("Charge", charge, note="The lower of the two is paid.")
    for modifier in sorted(set(modifiers) - KNOWN):
        note = f"Modifier {modifier} is not part of this arithmetic."
        priced = priced.then("Unchanged", priced.amount or ZERO, note=note)
    return priced


def total(prices: Iterable[Priced]) -> Decimal:
    """Return the dollars of all lines that have an amount."""
    return sum((priced.amount or ZERO for priced in prices), ZERO)


@dataclass(frozen=True, slots=True)
class _Claim:
    gpcis: Components
    factor: Decimal
    rates: Rates
    caps: Caps
    clinician: Clinician

    def open(self, line: Line) -> _Service:
        """Find the row, price one unit of it, and refuse what cannot be billed."""
        rate, refusal = row_for(line.rate, line.modifiers, self.rates)
        both = "50" in line.modifiers
        priced = refusal or fee(rate, line.setting, self.gpcis, self.factor)
        if both and refusal is None:
            priced = bilateral(priced, rate)
        service = _Service(line, rate, priced, charge=line.charge, both_sides=both)
        if service.priced.amount is not None:
            # `close` asks the same questions of the amount that the rules leave.
            trial = _roles(service.priced, rate, line, self.clinician)
            if trial.amount is None and trial.short != BY_REPORT:
                service.priced = trial
        service.settled = service.priced.amount is None
        if not service.settled:
            service.cap = self._cap(rate, service)
        return service

    def close(self, service: _Service, *, participating: bool) -> Priced:
        """Apply what concerns the line alone, after the lines have reduced each other."""
        line, priced = service.line, service.priced
        if priced.amount is None or priced.short == INCLUDED:
            return priced
        priced = _roles(priced, service.rate, line, self.clinician)
        if "AS" not in line.modifiers:  # AS is a share of 85% already
            priced = for_clinician(priced, self.clinician)
        return allowed(priced, line.modifiers, participating=participating, charge=service.charge)

    def reduce(self, services: Iterable[_Service]) -> None:
        """Let the lines reduce each other, by the rule that MULT PROC names for each."""
        by_rule: defaultdict[str, list[_Service]] = defaultdict(list)
        for service in services:
            rule = service.rate.mult_proc
            # Endoscopies are reduced in their family, then ranked with all other procedures.
            by_rule["2" if rule == "3" else rule].append(service)
        for rule, members in by_rule.items():
            if rule == "2":
                self._surgery(members)
            elif rule in TEST_SHARES:
                self._tests(members, rule)
            elif rule == "5":
                self._therapy(members)
            else:
                _unreduced(members)

    def _cap(self, rate: RateLike, service: _Service) -> Decimal | None:
        setting = service.line.setting
        cap = self.caps.get((rate.hcpcs, rate.modifier, setting))
        if cap is None:
            cap = hospital_cap(rate, setting, self.gpcis, self.factor)
        if cap is not None and service.both_sides:
            cap = cents(cap * BILATERAL_SHARES[service.rate.bilat])
        return cap

    # Surgery and endoscopy

    def _surgery(self, services: list[_Service]) -> None:
        """MULT 2 and 3: endoscopies in their family, then all ranked (L26; M12 section 40.6).

        Each unit is a procedure of its own. A family is ranked as one procedure by its total.
        """
        bases = {service.rate.endo_base for service in services} - {""}
        families: defaultdict[tuple[str, ...], list[_Unit]] = defaultdict(list)
        for number, service in enumerate(services):
            base = family_base(service.rate, bases)
            for unit in range(service.line.units):
                family = (base,) if base else (f"{number}", f"{unit}")
                families[family].append(_Unit(service, service.priced))
        for units in families.values():
            self._endoscopies(units)
        ranked = sorted(
            families.values(),
            key=lambda units: (-_sum(units), min(unit.service.key for unit in units)),
        )
        for rank, units in enumerate(ranked):
            _rank(units, rank, len(ranked))
        for service in services:
            own = [unit.priced for units in ranked for unit in units if unit.service is service]
            service.priced = _sum_units(own)

    def _endoscopies(self, units: list[_Unit]) -> None:
        """The dearest in full, of the others what exceeds the base code; nothing for the base."""
        members = [unit for unit in units if unit.service.rate.endo_base]
        for unit in units:
            if members and unit not in members:
                reason = f"{name(unit.service.rate)} is part of the other codes of its family."
                unit.priced = _included(unit.priced, BASE_INCLUDED, reason)
        members.sort(key=lambda unit: (-unit.amount, unit.service.key))
        for unit in members[1:]:
            unit.priced = self._less_base(unit.priced, unit.service)

    def _less_base(self, priced: Priced, service: _Service) -> Priced:
        base = self.rates.get((service.rate.endo_base, ""))
        if base is None:
            return priced.without_amount(
                f"{name(service.rate)} is reduced by its base code {service.rate.endo_base}, "
                "which is not at hand.",
                DOES_NOT_APPLY,
            )
        value = payment(components(base, service.line.setting), self.factor, self.gpcis)
        # A code can be cheaper than its base, as 31623 is in facilities: never below zero.
        rest = max((priced.amount or ZERO) - value, ZERO)
        return priced.then(f"{LESS_BASE} {base.hcpcs}", rest, f"− {dollars(value)}")

    # Imaging and other tests

    def _tests(self, services: list[_Service], rule: str) -> None:
        """MULT 4, 6, 7: from the second study on, less for the technical part and the reading.

        Each side is ranked by its own amounts. The hospital cap comes after the reduction, and a
        whole test that is reduced becomes the sum of its two parts.
        """
        technical_share, reading_share = TEST_SHARES[rule]
        technical = sum(s.line.units for s in services if _has_technical(s.rate))
        readings = sum(s.line.units for s in services if _has_reading(s.rate))
        if technical < 2 and (readings < 2 or reading_share == ONE):
            return _unreduced(services)
        tests: list[tuple[_Service, _Parts]] = []
        for service in services:
            parts = self._parts(service)
            if parts is not None:
                tests.append((service, parts))
        first_technical = _dearest(tests, lambda parts: parts.technical)
        first_reading = _dearest(tests, lambda parts: parts.reading)
        for service, parts in tests:
            service.priced = _sum_units(
                [
                    _study(
                        service,
                        parts,
                        ONE if unit == 0 and service is first_technical else technical_share,
                        ONE if unit == 0 and service is first_reading else reading_share,
                    )
                    for unit in range(service.line.units)
                ]
            )

    def _parts(self, service: _Service) -> _Parts | None:
        """Return both sides of a test, or refuse the line when their rows are not at hand."""
        rate, amount = service.rate, service.priced.amount
        if not _has_reading(rate):
            return _Parts(amount, None, service.cap)
        if not _has_technical(rate):
            return _Parts(None, amount, None)
        technical_codes, reading_codes = TEST_PARTS.get(rate.hcpcs, ((), ()))
        technical = [(code, "") for code in technical_codes] or [(rate.hcpcs, "TC")]
        reading = [(code, "") for code in reading_codes] or [(rate.hcpcs, "26")]
        amounts: dict[tuple[str, str], Decimal] = {}
        for key in technical + reading:
            part = self.rates.get(key)
            unit = part and fee(part, service.line.setting, self.gpcis, self.factor)
            if unit and service.both_sides:
                # By the whole test's rule: the reading of 76519 has another than the whole.
                unit = bilateral(unit, rate)
            value = unit.amount if unit else None
            if value is None:
                service.priced = service.priced.without_amount(
                    f"{name(rate)} is reduced part by part, and its parts are not at hand.",
                    DOES_NOT_APPLY,
                )
                return None
            amounts[key] = value
        # Only tests with a TC row of their own have a cap.
        cap = self._cap(self.rates[technical[0]], service)
        return _Parts(
            sum((amounts[key] for key in technical), ZERO),
            sum((amounts[key] for key in reading), ZERO),
            cap,
        )

    # Therapy

    def _therapy(self, services: list[_Service]) -> None:
        """MULT 5: half the practice expense in all units but the one with the highest (L26)."""
        highest = max(
            services,
            key=lambda service: (
                components(service.rate, service.line.setting).practice_expense,
                service.priced.amount,
                service.key,
            ),
        )
        for service in services:
            rate, line = service.rate, service.line
            further = therapy_fee(rate, line.setting, self.gpcis, self.factor)
            if service.both_sides:
                further = bilateral(further, rate)
            units = [further] * line.units
            if service is highest:
                units[0] = service.priced
            service.priced = _sum_units(units, HALF_PRACTICE)


def row_for(
    rate: RateLike, modifiers: Collection[str], rates: Rates
) -> tuple[RateLike, Priced | None]:
    """Return the row that modifiers name, and why it cannot be billed, if so.

    `rate` is any row of the code; `rates` holds the others, by (code, modifier).
    """
    asked = COMPONENT_MODIFIERS.intersection(modifiers)
    if len(asked) == 2:
        return rate, refused("26 and TC together are the whole test: bill it without either.")
    if not asked and "53" in modifiers:
        return rates.get((rate.hcpcs, "53"), rate), None
    (wanted,) = asked or {rate.modifier}
    if wanted == rate.modifier:
        return rate, None
    row = rates.get((rate.hcpcs, wanted))
    if row is not None:
        return row, None
    sentence = f"Modifier {wanted} does not apply to {{code}}."
    if rate.pctc in {"0", "2", "3", "4", "6"}:
        sentence = indicators.PCTC_SENTENCES[rate.pctc]
    return rate, refused(sentence.format(code=rate.hcpcs))


def family_base(rate: RateLike, bases: Collection[str]) -> str:
    """Return the base code of a row's endoscopy family, or "" where it is in none.

    `bases` are the base codes that the other services of the session name: a base code belongs
    to the family that is named after it.
    """
    return rate.endo_base or (rate.hcpcs if rate.hcpcs in bases else "")


def conflict(modifiers: Collection[str]) -> str:
    """Return a sentence why these modifiers cannot stand on one line, or ""."""
    roles, care = sorted(ROLES.intersection(modifiers)), sorted(CARE.keys() & set(modifiers))
    if len(roles) > 1:
        words = " and ".join(roles)
        return f"One clinician has one part in an operation: {words} exclude each other."
    if len(care) > 1:
        return f"{' and '.join(care)} are billed on lines of their own."
    return ""


def _roles(priced: Priced, rate: RateLike, line: Line, clinician: Clinician) -> Priced:
    """The clinician's part in the operation, and what is paid by report."""
    modifiers = set(line.modifiers)
    if clash := conflict(modifiers):
        return refused(clash)
    for role in modifiers & ROLES:
        if role == "62":
            priced = co_surgeon(priced, rate)
        elif role == "66":
            priced = team(priced, rate)
        elif role != "AS" and clinician is Clinician.NPP:
            return refused(f"An NP, PA or CNS who assists bills AS, not {role}.")
        else:
            priced = assistant(priced, rate, role)
    for part in modifiers & CARE.keys():
        priced = split_care(priced, rate, part, line.days)
    for modifier, reason in REPORTS.items():
        if modifier in modifiers and rate.modifier != modifier:  # 53 has rows for four codes
            priced = by_report(priced, reason)
    return priced


def _bundle_if_not_alone(services: list[_Service]) -> None:
    """Status T is paid only if the clinician bills nothing else of the fee schedule (L26)."""
    priced_elsewhere = {CONTRACTOR, ANESTHESIA_UNITS}
    others = any(
        service.rate.status != "T"
        and (not service.settled or service.priced.short in priced_elsewhere)
        for service in services
    )
    for service in services:
        if others and not service.settled and service.rate.status == "T":
            sentence = indicators.STATUS["T"].sentence.format(code=name(service.rate))
            service.settle("Part of the other services", sentence)


def _join_sides(services: list[_Service]) -> None:
    """Price RT and LT on two lines like one line with 50 (L26, BILAT): on the line with RT."""
    sides: defaultdict[object, defaultdict[str, list[_Service]]]
    sides = defaultdict(lambda: defaultdict(list))
    for service in services:
        rate, line = service.rate, service.line
        side = {"RT", "LT"}.intersection(line.modifiers)
        if service.settled or service.both_sides or line.units != 1 or len(side) != 1:
            continue
        if rate.bilat in BILATERAL_SHARES:
            rest = frozenset(line.modifiers) - side
            key = (rate.hcpcs, rate.modifier, line.setting, rest)
            sides[key][side.pop()].append(service)
    for pair in sides.values():
        if len(pair["RT"]) != 1 or len(pair["LT"]) != 1:
            continue
        (right,), (left,) = pair["RT"], pair["LT"]
        right.both_sides = True
        right.priced = bilateral(right.priced, right.rate)
        if right.cap is not None:
            right.cap = cents(right.cap * BILATERAL_SHARES[right.rate.bilat])
        charges = (right.charge, left.charge)
        right.charge = None if None in charges else sum(filter(None, charges), ZERO)
        left.settle("Other side", "Both sides are priced on the line with RT.")


def _join_care(services: list[_Service]) -> None:
    """Let 55 and 56 on lines of their own share the rank of the same surgery with 54."""
    surgeries = {
        _operation(service): service
        for service in services
        if not service.settled and "54" in service.line.modifiers
    }
    for service in services:
        if not service.settled and {"55", "56"}.intersection(service.line.modifiers):
            service.follows = surgeries.get(_operation(service))
            service.settled = service.follows is not None


def _operation(service: _Service) -> tuple[object, ...]:
    rate, line = service.rate, service.line
    rest = frozenset(line.modifiers).difference(CARE)
    return (rate.hcpcs, rate.modifier, line.setting, line.units, rest)


def _included(priced: Priced, label: str, reason: str) -> Priced:
    return replace(priced.then(label, ZERO), reason=reason, short=INCLUDED)


def _unreduced(services: Iterable[_Service]) -> None:
    for service in services:
        unit = capped(service.priced, service.cap)
        service.priced = _sum_units([unit] * service.line.units)


def _sum_units(units: Sequence[Priced], label: str = "Further units") -> Priced:
    """Return a whole line: the steps of its first unit, then what further units add."""
    priced = units[0]
    for unit in units:
        if unit.amount is None:
            return priced.without_amount(unit.reason, unit.short)
    amount = priced.amount or ZERO
    first = _changes_in_words(priced)
    for (each, words), same in groupby(
        (unit.amount or ZERO, _changes_in_words(unit)) for unit in units[1:]
    ):
        count = len(list(same))
        amount += count * each
        note = f"Each: {words}." if words and words != first else ""
        priced = priced.then(label, amount, f"+ {count} × {dollars(each)}", note)
    return priced


def _changes_in_words(unit: Priced) -> str:
    """Return how one unit came to its amount: "from $68.81: ranked 2 of 2, 50%, $34.41"."""
    if not unit.changes or not unit.working:
        return ""
    steps = [
        ", ".join(
            filter(
                None,
                (
                    step.label[:1].lower() + step.label[1:],
                    step.factor,
                    dollars(step.amount),
                    step.note[:1].lower() + step.note[1:].rstrip("."),
                ),
            )
        )
        for step in unit.changes
    ]
    return f"from {dollars(unit.working[-1].amount)}: {'; '.join(steps)}"


def _sum(units: Iterable[_Unit]) -> Decimal:
    return sum((unit.amount for unit in units), ZERO)


def _rank(units: list[_Unit], rank: int, count: int) -> None:
    """Reduce one procedure, or one family as a whole, by its place among `count`."""
    if count == 1:
        return
    label = f"Ranked {rank + 1} of {count}"
    if rank >= len(RANKED_SHARES):
        for unit in units:
            if unit.priced.short != INCLUDED:
                unit.priced = by_report(unit.priced, "The sixth and further are paid by report.")
        return
    share = RANKED_SHARES[rank]
    for unit, amount in zip(units, _shares(units, share), strict=True):
        if unit.priced.amount:
            unit.priced = unit.priced.then(label, amount, percent(share))


def _shares(units: list[_Unit], share: Decimal) -> list[Decimal]:
    """Divide the share of a family among its members, so that the cents add up to it.

    The total is rounded once; the cents that are left go to those who lost most by rounding down.
    """
    exact = [unit.amount * share for unit in units]
    amounts = [value.quantize(CENT, ROUND_DOWN) for value in exact]
    missing = int((cents(sum(exact, ZERO)) - sum(amounts, ZERO)) / CENT)
    order = sorted(range(len(units)), key=lambda n: (amounts[n] - exact[n], units[n].service.key))
    for n in order[:missing]:
        amounts[n] += CENT
    return amounts


def _has_technical(rate: RateLike) -> bool:
    return rate.modifier == "TC" or (rate.modifier != "26" and rate.pctc != "2")


def _has_reading(rate: RateLike) -> bool:
    return rate.modifier == "26" or (rate.modifier != "TC" and rate.pctc != "3")


def _dearest(
    tests: Iterable[tuple[_Service, _Parts]], side: Callable[[_Parts], Decimal | None]
) -> _Service | None:
    """Return the test whose technical part, or reading, is not reduced."""
    found = [(amount, test) for test, parts in tests if (amount := side(parts)) is not None]
    found.sort(key=lambda pair: (-pair[0], pair[1].key))
    return found[0][1] if found else None


def _study(
    service: _Service, parts: _Parts, technical_share: Decimal, reading_share: Decimal
) -> Priced:
    """Return one unit of a test at these shares of its parts."""
    whole = service.priced
    if parts.technical is None:
        in_full = reading_share == ONE
        return whole if in_full else whole.times(reading_share, "Further reading")
    if parts.reading is None:
        if technical_share != ONE:
            whole = whole.times(technical_share, "Further technical part")
        return capped(whole, parts.technical_cap)
    if technical_share == ONE and reading_share == ONE:
        return capped(whole, service.cap)
    technical = Priced(cents(parts.technical * technical_share))
    technical = capped(technical, parts.technical_cap)
    reading = cents(parts.reading * reading_share)
    amount = technical.amount or ZERO
    priced = whole.then(
        TECHNICAL_ALONE,
        amount,
        f"{percent(technical_share)} of {dollars(parts.technical)}",
        AT_CAP if technical.steps else "",
    )
    words = f"+ {percent(reading_share)} of {dollars(parts.reading)}"
    return priced.then("With its reading", amount + reading, words)
