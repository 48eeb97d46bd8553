"""What Medicare pays for a code: arithmetic only, and no Django.

This module prices one row and knows each percentage that a modifier, a role or a contract with
Medicare takes of it. Several lines of one claim, which reduce each other, are in codes/claim.py.

Rounding: exact inside, rounded once, half up, to cents. After that each percentage applies to the
rounded amount and is rounded again (Claims Processing Manual, Pub. 100-04, chapter 12, section
40.4, says so for shared surgical care; elsewhere it is this site's rule).

What a reader can ask for but Medicare does not price gives a `Priced` without an amount and with
a sentence why. `PaymentError` is only for an argument that is no such number at all.

Sources: record layout of the relative value file 2026 (RVU26B.pdf), cited as L26; Claims
Processing Manual, Pub. 100-04, chapter 12, cited as M12.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum, StrEnum
from typing import NamedTuple, Protocol

from codes import indicators

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
ONE = Decimal(1)

# Words that a table prints in place of an amount (Priced.short).
NA = "NA"
BY_REPORT = "By report"
DOES_NOT_APPLY = "Does not apply"
INCLUDED = "Included"
CONTRACTOR = indicators.STATUS["C"].amount
ANESTHESIA_UNITS = indicators.STATUS["J"].amount

CAPPED = "Hospital outpatient cap"  # the label of that step

# L26 says in prose which places are facilities; the codes are those of M12 section 20.4.2.
FACILITY_PLACES = frozenset(
    {"02"}  # telehealth, patient not at home
    | {"19", "21", "22", "23", "24", "26"}  # hospital, surgical center, military facility
    | {"31", "34"}  # skilled nursing facility, inpatient hospice
    | {"41", "42"}  # ambulance
    | {"51", "52", "53", "56", "61"}  # psychiatric and rehabilitation facilities
)

BILATERAL_SHARES: Mapping[str, Decimal] = {
    "0": ONE,
    "1": Decimal("1.5"),
    "2": ONE,
    "3": Decimal(2),
}
ASSISTANT_SHARES: Mapping[str, Decimal] = {
    "80": Decimal("0.16"),
    "81": Decimal("0.16"),
    "82": Decimal("0.16"),
    "AS": Decimal("0.136"),  # 85% of 16%: already the share of a PA, NP or CNS
}
CO_SURGEON_SHARE = Decimal("0.625")
NON_PARTICIPATING_SHARE = Decimal("0.95")
LIMITING_CHARGE_SHARE = Decimal("1.0925")  # 115% of 95%
MEDICARE_SHARE = Decimal("0.80")
AFTER_SEQUESTRATION = Decimal("0.98")
ANESTHESIA_SHARES: Mapping[str, Decimal] = {
    "AA": ONE,
    "QZ": ONE,
    "QK": Decimal("0.5"),
    "QY": Decimal("0.5"),
    "QX": Decimal("0.5"),
    "AD": ONE,
}
# A global period is divided into shares only where it has days after surgery.
POSTOPERATIVE_DAYS: Mapping[str, int] = {"010": 10, "090": 90}
CARE: Mapping[str, str] = {
    "54": "Surgery, care before included (54)",
    "55": "Care after surgery (55)",
    "56": "Care before surgery (56)",
    "78": "Return to the operating room (78)",
}


class PaymentError(ValueError):
    """An argument that no form should have let through, such as minus one unit."""


class Setting(Enum):
    FACILITY = "facility"
    NONFACILITY = "nonfacility"


class Clinician(Enum):
    """Who bills, as far as the fee depends on it."""

    PHYSICIAN = "physician"
    NPP = "npp"  # nurse practitioner, physician assistant, clinical nurse specialist
    NURSE_MIDWIFE = "nurse-midwife"


CLINICIAN_SHARES: Mapping[Clinician, Decimal] = {
    Clinician.PHYSICIAN: ONE,
    Clinician.NPP: Decimal("0.85"),
    Clinician.NURSE_MIDWIFE: ONE,
}


class Components(NamedTuple):
    """One value for each of the three things that a fee is made of."""

    work: Decimal
    practice_expense: Decimal
    malpractice: Decimal


NATIONAL = Components(Decimal(1), Decimal(1), Decimal(1))


class RateLike(Protocol):
    """One row of the federal file, (code, modifier). Codes and indicators are the file's text."""

    @property
    def hcpcs(self) -> str: ...
    @property
    def modifier(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def not_used(self) -> bool: ...
    @property
    def work_rvu(self) -> Decimal: ...
    @property
    def pe_nonfac(self) -> Decimal: ...
    @property
    def pe_fac(self) -> Decimal: ...
    @property
    def mp_rvu(self) -> Decimal: ...
    @property
    def total_nonfac(self) -> Decimal: ...
    @property
    def total_fac(self) -> Decimal: ...
    @property
    def nonfac_na(self) -> bool: ...
    @property
    def fac_na(self) -> bool: ...
    @property
    def pctc(self) -> str: ...
    @property
    def global_days(self) -> str: ...
    @property
    def pre_pct(self) -> Decimal: ...
    @property
    def intra_pct(self) -> Decimal: ...
    @property
    def post_pct(self) -> Decimal: ...
    @property
    def mult_proc(self) -> str: ...
    @property
    def bilat(self) -> str: ...
    @property
    def asst(self) -> str: ...
    @property
    def cosurg(self) -> str: ...
    @property
    def team(self) -> str: ...
    @property
    def endo_base(self) -> str: ...
    @property
    def conv_factor(self) -> Decimal: ...
    @property
    def supervision(self) -> str: ...
    @property
    def img_family(self) -> str: ...
    @property
    def opps_pe_nonfac(self) -> Decimal: ...
    @property
    def opps_pe_fac(self) -> Decimal: ...
    @property
    def opps_mp(self) -> Decimal: ...


class Kind(StrEnum):
    """What a step is, so that a page knows which cells of its table to fill."""

    PART = "part"  # rvus × index = amount; in an anesthesia sum only units in amount
    SUM = "sum"  # rvus unadjusted, amount adjusted
    FACTOR = "factor"  # amount is the dollars for one RVU or unit
    ROUNDED = "rounded"  # amount is dollars, rounded once
    CHANGE = "change"  # amount is dollars after this step


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the working. `factor` is in words: "50%", "− $186.74"."""

    kind: Kind
    label: str
    amount: Decimal
    rvus: Decimal | None = None
    index: Decimal | None = None
    factor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount in dollars and how it came about.

    Without a price `amount` is None. `reason` is a sentence why there is no amount, or why it is
    zero, and `short` the words that a table prints in its place. Steps may be there all the same:
    what is paid by report still shows the amount that the report starts from.
    """

    amount: Decimal | None
    steps: tuple[Step, ...] = ()
    reason: str = ""
    short: str = ""

    @property
    def working(self) -> tuple[Step, ...]:
        """The sum from RVUs (or units) to the first amount."""
        return tuple(step for step in self.steps if step.kind is not Kind.CHANGE)

    @property
    def changes(self) -> tuple[Step, ...]:
        """What happened to the amount afterwards."""
        return tuple(step for step in self.steps if step.kind is Kind.CHANGE)

    def then(self, label: str, amount: Decimal, factor: str = "", note: str = "") -> "Priced":
        step = Step(Kind.CHANGE, label, amount, factor=factor, note=note)
        return replace(self, amount=amount, steps=(*self.steps, step))

    def times(self, share: Decimal, label: str, note: str = "") -> "Priced":
        """Take a share of the amount and round it; without an amount nothing changes."""
        if self.amount is None:
            return self
        return self.then(label, cents(self.amount * share), percent(share), note)

    def without_amount(self, reason: str, short: str) -> "Priced":
        return replace(self, amount=None, reason=reason, short=short)


def refused(reason: str, short: str = DOES_NOT_APPLY) -> Priced:
    return Priced(None, (), reason, short)


def cents(exact: Decimal) -> Decimal:
    return exact.quantize(CENT, ROUND_HALF_UP)


def dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def percent(share: Decimal) -> str:
    """Return a share in words: 0.625 is "62.5%"."""
    return f"{(share * 100).normalize():f}%"


def name(rate: RateLike) -> str:
    """Return the code as people write it: "70450-26"."""
    return f"{rate.hcpcs}-{rate.modifier}" if rate.modifier else rate.hcpcs


def setting_for(place_of_service: str) -> Setting:
    """Return the setting of a two-digit place of service code ("11" is an office).

    Codes that are not on the facility list, also unassigned ones, are non-facility.
    """
    if len(place_of_service) != 2 or not (
        place_of_service.isascii() and place_of_service.isdigit()
    ):
        raise PaymentError("A place of service code has two digits, such as 11.")
    return Setting.FACILITY if place_of_service in FACILITY_PLACES else Setting.NONFACILITY


def total_rvus(rvus: Components, gpcis: Components = NATIONAL) -> Decimal:
    return sum((rvu * gpci for rvu, gpci in zip(rvus, gpcis, strict=True)), Decimal())


def payment(rvus: Components, conversion_factor: Decimal, gpcis: Components = NATIONAL) -> Decimal:
    """Return dollars and cents, rounded once, at the very end."""
    exact = total_rvus(rvus, gpcis) * conversion_factor
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def components(rate: RateLike, setting: Setting) -> Components:
    """Return the row's RVUs in one setting, whether or not they are a price there."""
    facility = setting is Setting.FACILITY
    practice_expense = rate.pe_fac if facility else rate.pe_nonfac
    return Components(rate.work_rvu, practice_expense, rate.mp_rvu)


def price(
    rate: RateLike,
    setting: Setting,
    gpcis: Components,
    factor: Decimal,
    *,
    cap: Decimal | None = None,
) -> Priced:
    """Return what Medicare allows for one unit of one row, or why it has no price.

    `factor` is the conversion factor in dollars for one RVU. `cap` is the amount in dollars of
    the OPPSCAP file for this row, locality and setting, where the caller has it; otherwise the
    cap is computed from the row.
    """
    priced = fee(rate, setting, gpcis, factor)
    return capped(priced, cap if cap is not None else hospital_cap(rate, setting, gpcis, factor))


def fee(rate: RateLike, setting: Setting, gpcis: Components, factor: Decimal) -> Priced:
    """Return the price of one unit of a row before the hospital outpatient cap."""
    return _no_price(rate, setting) or worked_out(components(rate, setting), factor, gpcis)


def therapy_fee(rate: RateLike, setting: Setting, gpcis: Components, factor: Decimal) -> Priced:
    """Return the price of a further unit of therapy: half the practice expense (L26, MULT 5)."""
    rvus = components(rate, setting)
    halved = rvus._replace(practice_expense=rvus.practice_expense / 2)
    return _no_price(rate, setting) or worked_out(
        halved, factor, gpcis, practice_expense="Practice expense, half"
    )


def worked_out(
    rvus: Components,
    factor: Decimal,
    gpcis: Components = NATIONAL,
    *,
    practice_expense: str = "Practice expense",
) -> Priced:
    """Return the payment with every line of the sum that leads to it."""
    if not (factor.is_finite() and factor > 0):
        raise PaymentError("A conversion factor is a number above zero.")
    labels = ("Work", practice_expense, "Malpractice")
    parts = tuple(
        Step(Kind.PART, label, rvu * gpci, rvu, gpci)
        for label, rvu, gpci in zip(labels, rvus, gpcis, strict=True)
    )
    amount = payment(rvus, factor, gpcis)
    return Priced(
        amount,
        (
            *parts,
            Step(Kind.SUM, "Sum", total_rvus(rvus, gpcis), total_rvus(rvus)),
            Step(Kind.FACTOR, "Conversion factor", factor),
            Step(Kind.ROUNDED, "Medicare amount, rounded once", amount),
        ),
    )


def _no_price(rate: RateLike, setting: Setting) -> Priced | None:
    """Return the reason why the row has no price in this setting, or None if it has one."""
    code = name(rate)
    status = indicators.status(rate.status)
    if rate.status not in indicators.PAYABLE:
        return refused(status.sentence.format(code=code), status.amount)
    if rate.not_used:
        return refused(indicators.REFERENCE_ONLY.format(code=code), "None")
    if not any((rate.work_rvu, rate.pe_nonfac, rate.pe_fac, rate.mp_rvu)):
        # Status R, mostly dental: the contractor prices what it covers.
        return refused(indicators.RESTRICTED_UNVALUED.format(code=code), CONTRACTOR)
    # In a setting marked NA the file repeats the practice expense of the other: not a price.
    if setting is Setting.NONFACILITY and rate.nonfac_na:
        return refused(indicators.NONFAC_NA.format(code=code), NA)
    if setting is Setting.FACILITY and rate.fac_na:
        return refused(indicators.FAC_NA.format(code=code), NA)
    return None


def hospital_cap(
    rate: RateLike, setting: Setting, gpcis: Components, factor: Decimal
) -> Decimal | None:
    """Return the hospital outpatient (OPPS) amount that caps this row, or None.

    It caps the technical component of imaging, also inside the whole test (Deficit Reduction Act
    of 2005, section 5102(b)); the file holds zeros where there is no cap (L26).
    """
    facility = setting is Setting.FACILITY
    practice_expense = rate.opps_pe_fac if facility else rate.opps_pe_nonfac
    if rate.modifier == "26" or not practice_expense:
        return None
    return payment(Components(rate.work_rvu, practice_expense, rate.opps_mp), factor, gpcis)


def capped(priced: Priced, cap: Decimal | None) -> Priced:
    """Return the cap in place of a higher amount."""
    if priced.amount is None or cap is None or cap >= priced.amount:
        return priced
    return priced.then(CAPPED, cap, note="The lower of the two is paid.")


def bilateral(priced: Priced, rate: RateLike) -> Priced:
    """Both sides, modifier 50 (L26, BILAT): before any ranking with other procedures."""
    share = BILATERAL_SHARES.get(rate.bilat)
    if share is None:
        return refused(f"Modifier 50 does not apply to {name(rate)}: it has no two sides.")
    notes = {
        "0": "Doing both sides does not raise the amount.",
        "2": "The value already covers both sides.",
        "3": "Each side pays in full.",
    }
    return priced.times(share, "Both sides (50)", notes.get(rate.bilat, ""))


def assistant(priced: Priced, rate: RateLike, modifier: str) -> Priced:
    """An assistant at surgery: 16%, or 13.6% for a PA, NP or CNS (M12 sections 20.4.3, 110.2).

    `modifier` is 80, 81, 82 or AS.
    """
    if rate.asst == "1":
        return refused(f"Medicare does not pay an assistant for {name(rate)}.")
    if rate.asst not in {"0", "2"}:
        return refused(f"{name(rate)} is not an operation with an assistant.")
    note = "Paid only if the need for an assistant is documented." if rate.asst == "0" else ""
    return priced.times(ASSISTANT_SHARES[modifier], f"Assistant ({modifier})", note)


def co_surgeon(priced: Priced, rate: RateLike) -> Priced:
    """One of two surgeons of different specialties, modifier 62: 62.5% each (M12 40.8)."""
    if rate.cosurg not in {"1", "2"}:
        return refused(f"Co-surgeons are not paid for {name(rate)}.")
    note = (
        "Paid only if the need for two surgeons is documented."
        if rate.cosurg == "1"
        else "Each surgeon has a different specialty."
    )
    return priced.times(CO_SURGEON_SHARE, "Co-surgeon (62)", note)


def team(priced: Priced, rate: RateLike) -> Priced:
    """A surgical team, modifier 66: by report where it is paid at all (M12 40.8)."""
    if rate.team not in {"1", "2"}:
        return refused(f"Team surgery is not paid for {name(rate)}.")
    return by_report(priced, "A surgical team (66) is paid by report.")


def by_report(priced: Priced, reason: str) -> Priced:
    """No amount, but the working stays: the contractor starts from it."""
    if priced.amount is None:
        return priced
    return priced.without_amount(reason, BY_REPORT)


def split_care(priced: Priced, rate: RateLike, modifier: str, days: int | None = None) -> Priced:
    """One part of a global fee: 54 surgery, 55 care after, 56 care before, 78 return (M12 40.4).

    54 pays the shares before and during the operation, 55 the share after it, 56 the share before
    (usually already in 54), 78 the operation alone. `days` is how many of the 10 or 90 days after
    surgery this clinician cared for the patient, for 55; None means all of them.
    """
    if priced.amount is None:
        return priced
    if modifier == "78" and rate.global_days == "000":
        return priced.times(ONE, CARE[modifier], "A same-day fee has no other parts.")
    period = POSTOPERATIVE_DAYS.get(rate.global_days)
    if period is None or not rate.intra_pct:
        reason = f"The fee of {name(rate)} is not divided into care before and after surgery."
        return refused(reason)
    share = {
        "54": rate.pre_pct + rate.intra_pct,
        "55": rate.post_pct,
        "56": rate.pre_pct,
        "78": rate.intra_pct,
    }[modifier]
    if modifier != "55" or days is None:
        note = "Usually paid within 54." if modifier == "56" else ""
        return priced.times(share, CARE[modifier], note)
    if not 1 <= days <= period:
        return refused(f"The days of care after {name(rate)} are a number from 1 to {period}.")
    part = cents(priced.amount * share * days / period)
    return priced.then(CARE[modifier], part, f"{percent(share)} × {days} of {period} days")


def for_clinician(priced: Priced, clinician: Clinician) -> Priced:
    """The share of whoever bills: 85% for an NP, PA or CNS (M12 sections 110, 120)."""
    share = CLINICIAN_SHARES[clinician]
    if share == ONE:
        return priced
    return priced.times(share, "Billed by an NP, PA or CNS")


def non_participating(priced: Priced) -> Priced:
    """The amount allowed to a physician who does not participate in Medicare: 95% (L26)."""
    return priced.times(NON_PARTICIPATING_SHARE, "Non-participating")


def limiting_charge(priced: Priced) -> Priced:
    """The most that a non-participating physician may bill.

    `priced` is the amount of a participating physician, not yet reduced to 95% (L26).
    """
    return priced.times(LIMITING_CHARGE_SHARE, "Limiting charge")


def medicare_share(
    priced: Priced, deductible: Decimal = ZERO, *, kept: Decimal = AFTER_SEQUESTRATION
) -> Priced:
    """What Medicare itself pays of an allowed amount: 80% of it, less 2% of that.

    `deductible` is what the patient still owes of the yearly deductible, in dollars, and comes
    off first. `kept` is what sequestration leaves, all of it where it is suspended; it is
    legislated through fiscal year 2032.
    """
    if priced.amount is None:
        return priced
    if deductible < 0:
        raise PaymentError("A deductible is not negative.")
    if deductible:
        rest = max(priced.amount - deductible, ZERO)
        priced = priced.then("After the deductible", rest, f"− {dollars(deductible)}")
    priced = priced.times(MEDICARE_SHARE, "Medicare’s share")
    if kept != ONE:
        priced = priced.times(kept, f"After {percent(ONE - kept)} sequestration")
    return priced


def anesthesia(
    base_units: int,
    minutes: int,
    factor: Decimal,
    modifier: str = "AA",
    *,
    at_induction: bool = False,
) -> Priced:
    """Return the amount of a status J service: base and time units × factor (M12 section 50).

    `factor` is the anesthesia conversion factor of the locality, in dollars for one unit. A time
    unit is 15 minutes, to one decimal. AA and QZ pay all, QK, QY and QX half. AD, more than four
    procedures supervised at once, pays three units, and one more if the physician was there at
    induction.
    """
    share = ANESTHESIA_SHARES.get(modifier)
    if share is None:
        return refused(
            f"Modifier {modifier} does not say who gave the anesthesia: use AA, AD, QK, QX, QY "
            "or QZ."
        )
    if base_units < 0 or minutes < 0:
        raise PaymentError("Base units and minutes are not negative.")
    if not (factor.is_finite() and factor > 0):
        raise PaymentError("A conversion factor is a number above zero.")
    if modifier == "AD":
        parts = [Step(Kind.PART, "Units when more than four are supervised", Decimal(3))]
        if at_induction:
            parts.append(Step(Kind.PART, "Present at induction", Decimal(1)))
    else:
        time = (Decimal(minutes) / 15).quantize(Decimal("0.1"), ROUND_HALF_UP)
        parts = [
            Step(Kind.PART, "Base units", Decimal(base_units)),
            Step(Kind.PART, "Time units", time, factor=f"{minutes} minutes ÷ 15"),
        ]
    units = sum((part.amount for part in parts), Decimal())
    amount = cents(units * factor)
    priced = Priced(
        amount,
        (
            *parts,
            Step(Kind.SUM, "Sum", units),
            Step(Kind.FACTOR, "Anesthesia conversion factor", factor),
            Step(Kind.ROUNDED, "Medicare amount, rounded once", amount),
        ),
    )
    return priced if share == ONE else priced.times(share, f"Direction shared ({modifier})")
