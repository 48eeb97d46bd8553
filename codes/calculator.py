"""The payment calculator: what a reader asks for, and every step of the answer. No Django.

A case is several lines of code of one session, one clinician and one patient. `read` takes it
from the parameters of an address and can write that address again; `understood` turns its texts
into values, or says of each field what is wrong; `calculate` prices it by codes/claim.py and
credits it by codes/credit.py.

Sources: those of codes/payment.py, codes/claim.py and codes/credit.py; Claims Processing Manual,
Pub. 100-04, chapter 12, cited as M12.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from codes import claim, credit, taxonomy
from codes.claim import COMPONENT_MODIFIERS, ROLES, Caps, Line, Rates, price_claim, row_for
from codes.credit import Credit, Service
from codes.credit_kinds import Kind as CreditKind
from codes.payment import (
    AFTER_SEQUESTRATION,
    ANESTHESIA_SHARES,
    CAPPED,
    CARE,
    DOES_NOT_APPLY,
    NATIONAL,
    ZERO,
    Clinician,
    Components,
    Kind,
    PaymentError,
    Priced,
    RateLike,
    Setting,
    anesthesia,
    dollars,
    fee,
    hospital_cap,
    limiting_charge,
    medicare_share,
    name,
    refused,
    setting_for,
    therapy_fee,
    total_rvus,
)

MOST_LINES = 12
EMPTY_LINES = 3  # to begin with
MOST_UNITS = 99
MOST_MODIFIERS = 4  # as a claim has room for
MOST_BASE_UNITS = 50
MOST_MINUTES = 2880  # two days
MOST_DAYS = 90

# What an address may say, in this order; an empty text is the usual answer.
CASE_FIELDS = (
    *("date", "where", "locality", "setting", "factor", "clinician", "participating"),
    "deductible",
)
LINE_FIELDS = (
    *("code", "modifiers", "units", "charge", "place", "days", "base", "minutes", "induction"),
)
LONGEST = 80  # characters of one text
# What is the same as saying nothing, so that one case has one address.
_USUAL: Mapping[str, str] = {"setting": "office", "clinician": "physician", "units": "1"}
CHOICES: Mapping[str, frozenset[str]] = {
    "setting": frozenset({"facility"}),
    "factor": frozenset({"qp"}),
    "clinician": frozenset({"npp", "nurse-midwife"}),
    "participating": frozenset({"no"}),
    "induction": frozenset({"yes"}),
}

_CODE = re.compile(r"([0-9A-Z]{5})(?:-([0-9A-Z]{2}))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile(r"[0-9]{1,4}")
_DOLLARS = re.compile(r"\$?([0-9]{1,7}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(\.[0-9]{1,2})?")
_BETWEEN = re.compile(r"[\s,;+-]+")

# Sequestration by the first day of service, in what Medicare keeps of its share: suspended from
# May 2020 to March 2022 (CARES Act, section 3709, and the laws that extended it), 1% until June
# 2022, 2% since (Public Law 117-71).
_SEQUESTRATION = (
    (date(2022, 7, 1), AFTER_SEQUESTRATION),
    (date(2022, 4, 1), Decimal("0.99")),
    (date(2020, 5, 1), Decimal(1)),
)


# What is asked ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """The texts of a case as they were typed: the usual answers are left out.

    `rows` is how many lines the form shows; `is_cut` says that the address had more lines than
    there may be.
    """

    case: Mapping[str, str]
    lines: tuple[Mapping[str, str], ...]
    rows: int
    is_cut: bool = False
    is_csv: bool = False

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters of the address that reproduces the case, in their one order."""
        found = [(field, self.case[field]) for field in CASE_FIELDS if field in self.case]
        for number, line in enumerate(self.lines, start=1):
            found += [(f"{field}{number}", line[field]) for field in LINE_FIELDS if field in line]
        if self.rows > (len(self.lines) or EMPTY_LINES):
            found.append(("lines", str(self.rows)))
        if self.is_cut:
            found.append(("cut", "1"))
        if self.is_csv:
            found.append(("format", "csv"))
        return found


def read(parameters: Mapping[str, str]) -> Asked:
    """Return what the parameters of an address ask for; what is no part of a case is ignored.

    `remove` is the number of a line to leave out, `more` asks for one more line to fill.
    """
    case = _texts(parameters, CASE_FIELDS, "")
    numbered: list[tuple[int, Mapping[str, str]]] = []
    present = 0
    for number in range(1, MOST_LINES + 1):
        line = _texts(parameters, LINE_FIELDS, str(number))
        if f"code{number}" in parameters:
            present = number
        if line and parameters.get("remove") != str(number):
            numbered.append((number, line))
    lines = tuple(line for _, line in numbered)
    rows = len(lines) or EMPTY_LINES
    if "more" in parameters:
        rows = max(rows, present) + 1
    elif _WHOLE.fullmatch(asked := parameters.get("lines", "")) and asked.isascii():
        rows = max(rows, int(asked))
    is_cut = "cut" in parameters or any(
        parameters.get(f"code{number}", "").strip()
        for number in range(MOST_LINES + 1, 3 * MOST_LINES)
    )
    return Asked(
        case,
        lines,
        min(rows, MOST_LINES),
        is_cut,
        is_csv=parameters.get("format") == "csv",
    )


def _texts(parameters: Mapping[str, str], fields: Sequence[str], number: str) -> dict[str, str]:
    found = {}
    for field in fields:
        typed = parameters.get(f"{field}{number}", "")
        text = "".join(sign if sign.isprintable() else " " for sign in typed)
        text = " ".join(text.split())[:LONGEST].strip()
        if text and text != _USUAL.get(field):
            found[field] = text
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line, understood. `place` is a place of service code, or "" for the case's setting."""

    number: int
    code: str
    modifiers: tuple[str, ...] = ()
    units: int = 1
    setting: Setting = Setting.NONFACILITY
    place: str = ""
    charge: Decimal | None = None
    days: int | None = None
    base_units: int | None = None
    minutes: int | None = None
    at_induction: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A case, understood. Where it is done is looked up elsewhere (codes/places.py)."""

    day: date | None = None
    is_qp: bool = False
    clinician: Clinician = Clinician.PHYSICIAN
    participating: bool = True
    deductible: Decimal = ZERO
    lines: tuple[Wanted, ...] = ()


Problems = dict[str, str]  # a sentence by the name of the field: "units2"


def understood(asked: Asked) -> tuple[Case, Problems]:
    """Return the case in values, and of each field that cannot be what it says why.

    What is wrong has its usual value in the case: it is not to be priced then.
    """
    problems: Problems = {}
    texts = asked.case
    for field in ("setting", "factor", "clinician", "participating"):
        if field in texts and texts[field] not in CHOICES[field]:
            problems[field] = f"“{texts[field]}” is none of the answers here. Choose one."
    setting = Setting.FACILITY if texts.get("setting") == "facility" else Setting.NONFACILITY
    clinicians = {each.value: each for each in Clinician}
    case = Case(
        day=_day(texts.get("date", ""), problems),
        is_qp=texts.get("factor") == "qp",
        clinician=clinicians.get(texts.get("clinician", ""), Clinician.PHYSICIAN),
        participating=texts.get("participating") != "no",
        deductible=_money("deductible", texts.get("deductible", ""), problems) or ZERO,
        lines=tuple(
            _line(number, line, setting, problems)
            for number, line in enumerate(asked.lines, start=1)
        ),
    )
    return case, problems


def _day(text: str, problems: Problems) -> date | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text) and text.isascii():
            return date.fromisoformat(text)
    except ValueError:
        pass
    problems["date"] = f"“{text}” is no day. Write year, month and day: 2026-08-18."
    return None


def _money(field: str, text: str, problems: Problems) -> Decimal | None:
    if not text:
        return None
    found = _DOLLARS.fullmatch(text)
    if not (found and text.isascii()):
        problems[field] = f"“{text}” is no amount. Write dollars and cents: 150.00."
        return None
    return Decimal(found[1].replace(",", "") + (found[2] or ""))


def _whole(
    field: str, text: str, least: int, most: int, what: str, problems: Problems
) -> int | None:
    if not text:
        return None
    if text.isascii() and _WHOLE.fullmatch(text) and least <= int(text) <= most:
        return int(text)
    problems[field] = f"{what} are a whole number from {least} to {most:,}, not “{text}”."
    return None


def _line(number: int, texts: Mapping[str, str], setting: Setting, problems: Problems) -> Wanted:
    def whole(field: str, least: int, most: int, what: str) -> int | None:
        key = f"{field}{number}"
        return _whole(key, texts.get(field, ""), least, most, what, problems)

    code, modifiers = _code(number, texts.get("code", ""), problems)
    modifiers = tuple(
        dict.fromkeys((*modifiers, *_modifiers(number, texts.get("modifiers", ""), problems)))
    )
    if len(modifiers) > MOST_MODIFIERS:
        problems[f"modifiers{number}"] = f"A line has {MOST_MODIFIERS} modifiers at most."
    place = texts.get("place", "")
    if place:
        try:
            setting = setting_for(place)
        except PaymentError as error:
            problems[f"place{number}"] = str(error)
    days = whole("days", 1, MOST_DAYS, "Days of care")
    if days is not None and "55" not in modifiers:
        sentence = "Days of care go with modifier 55. Add it, or empty this field."
        problems[f"days{number}"] = sentence
    induction = texts.get("induction", "")
    if induction and induction not in CHOICES["induction"]:
        problems[f"induction{number}"] = f"“{induction}” is none of the answers here. Choose one."
    return Wanted(
        number=number,
        code=code,
        modifiers=modifiers,
        units=whole("units", 1, MOST_UNITS, "Units") or 1,
        setting=setting,
        place=place,
        charge=_money(f"charge{number}", texts.get("charge", ""), problems),
        days=days,
        base_units=whole("base", 0, MOST_BASE_UNITS, "Base units"),
        minutes=whole("minutes", 0, MOST_MINUTES, "Minutes"),
        at_induction=induction == "yes",
    )


def _code(number: int, text: str, problems: Problems) -> tuple[str, tuple[str, ...]]:
    """Return a code, and the modifier that may be typed with it: 70450-26."""
    found = _CODE.fullmatch(text.upper())
    if found and taxonomy.is_code(found[1]):
        return found[1], (found[2],) if found[2] else ()
    key = f"code{number}"
    if not text:
        problems[key] = f"Line {number} has no code. Enter one, or remove the line."
    else:
        problems[key] = f"“{text}” is no code. A code has five signs, such as 99213 or G0411."
    return "", ()


def _modifiers(number: int, text: str, problems: Problems) -> tuple[str, ...]:
    found = tuple(part for part in _BETWEEN.split(text.upper()) if part)
    for part in found:
        if len(part) != 2 or not (part.isascii() and part.isalnum()):
            problems[f"modifiers{number}"] = (
                f"“{part}” is no modifier. A modifier has two letters or digits; put a space "
                "between two of them."
            )
    return found


# What it is reckoned with -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ground:
    """The figures of one release at one place.

    `factor` and `anesthesia_factor` are dollars for one RVU and one unit; without the latter,
    `no_anesthesia` is a sentence why. `kept` is what sequestration leaves of Medicare's share.
    """

    rates: Rates
    factor: Decimal
    gpcis: Components = NATIONAL
    caps: Caps | None = None
    anesthesia_factor: Decimal | None = None
    no_anesthesia: str = ""
    kept: Decimal = AFTER_SEQUESTRATION


def after_sequestration(day: date) -> Decimal:
    """Return what is left of Medicare's share for a service of this day: 0.98 since July 2022."""
    return next((kept for first, kept in _SEQUESTRATION if day >= first), AFTER_SEQUESTRATION)


def codes_needed(case: Case, rates: Rates | None = None) -> frozenset[str]:
    """Return the codes whose rows `calculate` looks up; more of them once `rates` is at hand."""
    found = {line.code for line in case.lines if line.code}
    for code in tuple(found):
        for side in claim.TEST_PARTS.get(code, ()):
            found.update(side)
    if rates:
        found.update(rate.endo_base for rate in rates.values() if rate.endo_base)
    return frozenset(found)


# The answer ---------------------------------------------------------------------------------


class Row(NamedTuple):
    """One price of the first table. `is_aside` where it is only looked up for another line."""

    what: str
    note: str
    rvus: Components
    sum: Decimal
    amount: Decimal
    is_aside: bool


@dataclass(frozen=True, slots=True)
class Worked:
    """One line of the case, worked out.

    `priced` is what Medicare allows for it and `credit` its wRVUs by Medicare's percentages;
    `full` is a participating clinician's amount before any charge, and `limit` the limiting
    charge, where there is one.
    """

    line: Wanted
    rate: RateLike | None
    priced: Priced
    credit: Credit
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    limit: Decimal | None = None

    @property
    def name(self) -> str:
        return "-".join((self.line.code, *self.line.modifiers))

    @property
    def is_anesthesia(self) -> bool:
        return self.rate is not None and self.rate.status == "J"


@dataclass(frozen=True, slots=True)
class Result:
    """The whole case. Amounts are dollars; `work` adds up official work RVUs alone."""

    lines: tuple[Worked, ...]
    total: Decimal
    share: Priced
    patient: Decimal
    work: Decimal
    rules: tuple[str, ...]
    limit: Decimal | None = None

    @property
    def unpriced(self) -> int:
        """How many lines have no amount: the total leaves them out."""
        return sum(one.priced.amount is None for one in self.lines)

    @property
    def has_changes(self) -> bool:
        return any(one.priced.changes for one in self.lines)

    @property
    def credited(self) -> tuple[Decimal, ...]:
        return tuple(
            one.credit.wrvu for one in self.lines if one.credit.kind is CreditKind.OFFICIAL
        )


def calculate(case: Case, ground: Ground) -> Result:
    """Return what Medicare allows for each line, with every step, and the wRVUs beside it.

    Every code of the case has a row in `ground.rates`. What Medicare would not price has no
    amount but a sentence why; the other lines are priced as if it had not been billed.
    """
    bases = [_any_row(line.code, ground.rates) for line in case.lines]
    pairs = list(zip(case.lines, bases, strict=True))
    refusals = [_impossible(line, rate) for line, rate in pairs]
    open_pairs = [pair for pair, refusal in zip(pairs, refusals, strict=True) if not refusal]

    def priced(*, participating: bool, with_charges: bool) -> list[Priced]:
        lines = [_claim_line(line, rate, with_charge=with_charges) for line, rate in open_pairs]
        found = price_claim(
            lines,
            ground.gpcis,
            ground.factor,
            ground.rates,
            caps=ground.caps or {},
            clinician=case.clinician,
            participating=participating,
        )
        return [
            _anesthesia(line, one, ground, participating, with_charges)
            if rate.status == "J"
            else one
            for (line, rate), one in zip(open_pairs, found, strict=True)
        ]

    prices = iter(priced(participating=case.participating, with_charges=True))
    has_limit = not case.participating and case.clinician is Clinician.PHYSICIAN
    full = iter(priced(participating=True, with_charges=False) if has_limit else ())
    worked: list[Worked] = []
    for (line, rate), refusal in zip(pairs, refusals, strict=True):
        one = refused(refusal) if refusal else next(prices)
        limit = None
        if has_limit and not refusal:
            whole = next(full)
            limit = None if one.amount is None else limiting_charge(whole).amount
        worked.append(_worked(line, rate, one, limit, case, ground))
    credits = iter(credit.credit([_service(one) for one in worked], ground.rates, credit.MEDICARE))
    lines = tuple(
        replace(one, credit=_credited(next(credits), refusal))
        for one, refusal in zip(worked, refusals, strict=True)
    )
    return _result(lines, case, ground)


def _any_row(code: str, rates: Rates) -> RateLike:
    for modifier in ("", "26", "TC", "53"):
        if (code, modifier) in rates:
            return rates[code, modifier]
    return next(rate for (hcpcs, _), rate in rates.items() if hcpcs == code)


def _claim_line(line: Wanted, rate: RateLike, *, with_charge: bool) -> Line:
    return Line(
        rate,
        line.modifiers,
        line.units,
        line.setting,
        line.days,
        line.charge if with_charge else None,
    )


def _impossible(line: Wanted, rate: RateLike) -> str:
    """Return a sentence why these entries cannot stand on one line, or "".

    What the code itself excludes is said by codes/claim.py.
    """
    modifiers = set(line.modifiers)
    if {"RT", "LT"} <= modifiers:
        return "RT and LT on one line are both sides: use 50 alone, or a line for each side."
    if "50" in modifiers and modifiers & {"RT", "LT"}:
        return "Modifier 50 is both sides already: leave RT or LT out."
    asa = sorted(modifiers & ANESTHESIA_SHARES.keys())
    if rate.status != "J":
        if asa:
            return f"Modifier {asa[0]} goes with anesthesia services (status J) alone."
        if line.base_units is not None or line.minutes is not None or line.at_induction:
            return (
                f"{line.code} is valued in RVUs: base units and minutes go with anesthesia "
                "services (status J) alone. Empty these fields."
            )
        return ""
    surgical = sorted(modifiers & (ROLES | CARE.keys() | COMPONENT_MODIFIERS | {"50"}))
    if surgical:
        return f"Modifier {surgical[0]} does not go with an anesthesia service."
    if len(asa) > 1:
        return f"{' and '.join(asa)} exclude each other: each says who gave the anesthesia."
    if line.units > 1:
        return "An anesthesia service is counted by its minutes: it has one unit on a line."
    return ""


def _anesthesia(
    line: Wanted, priced: Priced, ground: Ground, participating: bool, with_charge: bool
) -> Priced:
    """Price a status J line by base units and time (M12 section 50); codes/claim.py does not."""
    who = next((one for one in line.modifiers if one in ANESTHESIA_SHARES), "")
    if not who:
        return refused(
            "Say with a modifier who gave the anesthesia: AA, AD, QK, QX, QY or QZ.",
            priced.short,
        )
    if who != "AD" and (line.base_units is None or line.minutes is None):
        return refused(
            f"{line.code} is paid by base units and minutes: enter both with the line. Base units "
            "are in a CMS file of their own.",
            priced.short,
        )
    if ground.anesthesia_factor is None:
        return refused(ground.no_anesthesia, priced.short)
    found = anesthesia(
        line.base_units or 0,
        line.minutes or 0,
        ground.anesthesia_factor,
        who,
        at_induction=line.at_induction,
    )
    charge = line.charge if with_charge else None
    others = [one for one in line.modifiers if one != who]
    return claim.allowed(found, others, participating=participating, charge=charge)


def _service(one: Worked) -> Service:
    units = next((s.amount for s in one.priced.steps if s.kind is Kind.SUM), None)
    return Service(
        one.line.code,
        one.line.modifiers,
        one.line.units,
        asa_units=units if one.is_anesthesia else None,
    )


def _credited(found: Credit, refusal: str) -> Credit:
    """A line that cannot be credits nothing."""
    if not refusal:
        return found
    return Credit(CreditKind.NONE, found.work_rvu, Decimal("0.000000"), ZERO, (), refusal)


def _worked(
    line: Wanted,
    base: RateLike,
    priced: Priced,
    limit: Decimal | None,
    case: Case,
    ground: Ground,
) -> Worked:
    rate, _ = row_for(base, line.modifiers, ground.rates)
    notes = []
    if "AS" in line.modifiers and case.clinician is Clinician.PHYSICIAN and priced.amount:
        notes.append("AS is billed by a PA, NP or CNS: 13.6% is 85% of an assistant’s 16%.")
    if limit is not None and line.charge is not None and line.charge > limit:
        notes.append(
            f"The charge of {dollars(line.charge)} is above the limiting charge of "
            f"{dollars(limit)}: more may not be billed."
        )
    nothing = Credit(CreditKind.NONE, ZERO, ZERO, ZERO, (), "")
    rows = () if rate.status == "J" else tuple(_rows(line, rate, priced, ground))
    return Worked(line, rate, priced, nothing, rows, tuple(notes), limit)


def _rows(line: Wanted, rate: RateLike, priced: Priced, ground: Ground) -> list[Row]:
    """Return the price of a line's row, and of the rows that its further steps quote."""
    found: list[Row] = []

    def add(what: RateLike, one: Priced, note: str = "", *, is_aside: bool = True) -> None:
        parts = [step.rvus for step in one.working if step.kind is Kind.PART]
        if one.amount is None and not parts:
            return
        rvus = Components(*(part or ZERO for part in parts))
        amount = next(step.amount for step in one.steps if step.kind is Kind.ROUNDED)
        found.append(Row(name(what), note, rvus, total_rvus(rvus, ground.gpcis), amount, is_aside))

    def look(key: tuple[str, str], note: str = "") -> None:
        if other := ground.rates.get(key):
            add(other, fee(other, line.setting, ground.gpcis, ground.factor), note)

    halved = any(step.label == "Practice expense, half" for step in priced.working)
    add(rate, priced, "half the practice expense" if halved else "", is_aside=False)
    if _says(priced, claim.LESS_BASE):
        look((rate.endo_base, ""), "base code")
    if _says(priced, claim.TECHNICAL_ALONE):
        technical, reading = claim.TEST_PARTS.get(rate.hcpcs, ((), ()))
        for key in [(code, "") for code in technical] or [(rate.hcpcs, "TC")]:
            look(key, "technical part")
        for key in [(code, "") for code in reading] or [(rate.hcpcs, "26")]:
            look(key, "reading")
    if _says(priced, claim.HALF_PRACTICE) and not halved:
        half = therapy_fee(rate, line.setting, ground.gpcis, ground.factor)
        add(rate, half, "half the practice expense")
    cap = _cap_row(line, rate, priced, ground)
    return [*found, cap] if cap else found


def _says(priced: Priced, label: str) -> bool:
    """Whether a step of the line, or of its further units (told in a note), begins like this."""
    wanted = label.casefold()
    return any(
        step.label.casefold().startswith(wanted) or wanted in step.note.casefold()
        for step in priced.changes
    )


def _cap_row(line: Wanted, rate: RateLike, priced: Priced, ground: Ground) -> Row | None:
    """Return the hospital amount where it is worked out from the row, not given in a file."""
    if _says(priced, claim.AT_CAP.rstrip(".")):
        capped = ground.rates.get((rate.hcpcs, "TC"), rate)
    elif _says(priced, CAPPED):
        capped = rate
    else:
        return None
    if (capped.hcpcs, capped.modifier, line.setting) in (ground.caps or {}):
        return None
    amount = hospital_cap(capped, line.setting, ground.gpcis, ground.factor)
    if amount is None:
        return None
    facility = line.setting is Setting.FACILITY
    practice = capped.opps_pe_fac if facility else capped.opps_pe_nonfac
    rvus = Components(capped.work_rvu, practice, capped.opps_mp)
    return Row(
        name(capped), "hospital cap", rvus, total_rvus(rvus, ground.gpcis), amount, is_aside=True
    )


def _result(lines: Sequence[Worked], case: Case, ground: Ground) -> Result:
    total = claim.total(one.priced for one in lines)
    share = medicare_share(Priced(total), case.deductible, kept=ground.kept)
    before = next(s.amount for s in share.changes if s.label == "Medicare’s share")
    limits = [one.limit for one in lines if one.limit is not None]
    result = Result(
        lines=tuple(lines),
        total=total,
        share=share,
        patient=total - before,
        work=ZERO,
        rules=_rules(lines, case),
        limit=sum(limits, ZERO) if limits else None,
    )
    return replace(result, work=sum(result.credited, Decimal(0)))


# Which sentence stands above the steps, by the MULT PROC of the lines that the rule concerns.
_RULES: Mapping[str, str] = {
    "2": "Procedures of one session are ranked by amount: the dearest counts in full, the second "
    "to the fifth at 50%, further ones by report. Both sides (50) come before the ranking.",
    "3": "Endoscopies of one family are built on one base code: the dearest counts in full, of "
    "each other only what exceeds the base code is added, and the base code itself adds nothing.",
    "4": "Imaging of one session: from the second study on, the technical part counts 50% and the "
    "reading 95%.",
    "5": "Therapy: the unit with the highest practice expense counts in full, in all others the "
    "practice expense is halved.",
    "6": "Cardiovascular tests: from the second on, the technical part counts 75%.",
    "7": "Eye tests: from the second on, the technical part counts 80%.",
}


def _rules(lines: Sequence[Worked], case: Case) -> tuple[str, ...]:
    """Return the rules by which these lines reduce each other, in sentences."""

    def is_met(rule: str, members: list[Worked]) -> bool:
        labels = [s.label for one in members for s in one.priced.changes]
        asked: Mapping[str, Callable[[str], bool]] = {
            "2": lambda label: label.startswith("Ranked"),
            "3": lambda label: label.startswith((claim.LESS_BASE, claim.BASE_INCLUDED)),
        }
        if rule in asked:
            return any(map(asked[rule], labels))
        units = sum(one.line.units for one in members)
        return units > 1 and bool(labels)

    found = []
    for rule, sentence in _RULES.items():
        wanted = {"2", "3"} if rule in {"2", "3"} else {rule}
        members = [
            one
            for one in lines
            if one.rate is not None
            and one.rate.mult_proc in wanted
            and (one.priced.amount is not None or one.priced.short not in {DOES_NOT_APPLY})
        ]
        if members and is_met(rule, members):
            found.append(sentence)
    if case.clinician is Clinician.NPP:
        found.append("An NP, PA or CNS is paid 85% of the physician’s amount.")
    if not case.participating:
        found.append("Who does not participate in Medicare is allowed 95%.")
    return tuple(found)
