"""How many wRVUs a contract credits for the services of one case: arithmetic, and no Django.

Medicare has no rules for pay by wRVUs. An employer's contract has, and where it is silent the
share that Medicare pays is the usual choice: that is `MEDICARE`. Shares are of work RVUs, so they
differ in one thing from codes/claim.py: procedures are ranked by their work, not by dollars.

wRVU = work RVU of the row × credit factors × units, exact inside and rounded once, half up, to six
decimals. Each unit counts in full: units are not ranked against each other.

Sources: record layout of the relative value file 2026 (RVU26B.pdf), cited as L26, and Claims
Processing Manual, Pub. 100-04, chapter 12 (sections 30 and 40), for what Medicare pays; the
alternatives are employers' conventions.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from codes import indicators, taxonomy
from codes.claim import KNOWN, check_modifiers, conflict, family_base, row_for
from codes.credit_kinds import Kind
from codes.payment import (
    ASSISTANT_SHARES,
    BILATERAL_SHARES,
    CARE,
    CO_SURGEON_SHARE,
    ONE,
    POSTOPERATIVE_DAYS,
    PaymentError,
    Priced,
    RateLike,
    assistant,
    bilateral,
    co_surgeon,
    name,
    split_care,
    team,
)
from codes.sentences import zero_reason

Rows = Mapping[tuple[str, str], RateLike]

ZERO = Decimal(0)
HALF = Decimal("0.5")
SMALLEST = Decimal("0.000001")
MOST_SHARE = Decimal(3)
MOST_PERCENT = Decimal(300)


class Way(StrEnum):
    """How a factor is found where a contract does not fix it as a number."""

    FILE = "file"  # by the row's own figures, as Medicare does
    UNITS = "units"  # both sides count as two services
    MANUAL = "manual"  # by hand, for each entry


Share = Decimal | Way


class Rule(NamedTuple):
    """One line of a contract's credit rules, with Medicare's practice beside it."""

    key: str  # a modifier, "rank" or "endoscopy"
    case: str
    medicare: str
    standard: Share  # what Medicare pays, or the usual choice where it pays by report
    full: Share
    ways: frozenset[Way] = frozenset()


_FILE, _UNITS, _MANUAL = Way.FILE, Way.UNITS, Way.MANUAL
_ASSISTANT = ASSISTANT_SHARES["80"]

# An assistant, or whoever gives only the care before or after, has a share also under full
# credit: the operation is another's.
RULES = (
    Rule("rank", "Second and later procedures of a case (51)", "50%", HALF, ONE),
    Rule(
        "endoscopy",
        "Further endoscopies of one family",
        "what exceeds the base code",
        _FILE,
        ONE,
        frozenset({_FILE}),
    ),
    Rule("50", "Both sides", "150%", _FILE, _UNITS, frozenset({_FILE, _UNITS})),
    Rule("22", "More work than usual", "by report", ONE, ONE, frozenset({_MANUAL})),
    Rule("52", "Reduced service", "by report", HALF, ONE, frozenset({_MANUAL})),
    Rule(
        "53",
        "Stopped early",
        "its own row, else by report",
        _FILE,
        ONE,
        frozenset({_FILE, _MANUAL}),
    ),
    Rule("54", "Operation only", "care before and operation", _FILE, ONE, frozenset({_FILE})),
    Rule("55", "Care after surgery only", "care after", _FILE, _FILE, frozenset({_FILE})),
    Rule("56", "Care before surgery only", "care before", _FILE, _FILE, frozenset({_FILE})),
    Rule("58", "Staged procedure in the global period", "100%", ONE, ONE),
    Rule("62", "Two surgeons", "62.5%", CO_SURGEON_SHARE, ONE),
    Rule("66", "Surgical team", "by report", _MANUAL, ONE, frozenset({_MANUAL})),
    Rule("76", "Repeated by the same clinician", "100%", ONE, ONE),
    Rule("77", "Repeated by another clinician", "100%", ONE, ONE),
    Rule("78", "Return to the operating room", "the operation", _FILE, ONE, frozenset({_FILE})),
    Rule("79", "Unrelated procedure in the global period", "100%", ONE, ONE),
    Rule("80", "Assistant surgeon", "16%", _ASSISTANT, _ASSISTANT),
    Rule("81", "Minimum assistant", "16%", _ASSISTANT, _ASSISTANT),
    Rule("82", "Assistant, no resident available", "16%", _ASSISTANT, _ASSISTANT),
    Rule("AS", "PA or NP assisting", "13.6%", _ASSISTANT, _ASSISTANT),
    Rule("FS", "Shared visit", "100%, or 85% by who bills", ONE, ONE, frozenset({_MANUAL})),
)
RULE: Mapping[str, Rule] = {rule.key: rule for rule in RULES}

# Modifiers whose share a person may type for one entry.
BY_HAND = ("66", "52", "53", "22", "FS")
# In the order of the working. 50 and 51 come before them: L26, BILAT and MULT.
_APPLIED = (
    *("54", "55", "56", "78", "62", "66", "80", "81", "82", "AS"),
    *("52", "53", "22", "FS", "58", "76", "77", "79"),
)
_LABELS: Mapping[str, str] = {**CARE, "54": "Operation only (54)"}


class RuleError(ValueError):
    """Credit rules that cannot be. `sentences` says for each what is wrong and what to do."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The credit factors of a contract. A factor that is not given is Medicare's.

    `factors` maps the keys of `RULE` to a share (0.625 is 62.5%) or to a `Way`.
    """

    name: str
    factors: Mapping[str, Share] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = [
            sentence
            for key, share in self.factors.items()
            if (sentence := _wrong_share(key, share))
        ]
        if wrong:
            raise RuleError(wrong)
        factors = {rule.key: self.factors.get(rule.key, rule.standard) for rule in RULES}
        object.__setattr__(self, "factors", MappingProxyType(factors))

    def __getitem__(self, key: str) -> Share:
        return self.factors[key]

    def to_json(self) -> dict[str, object]:
        """Return plain values; shares are strings, so that no reader makes floats of them."""
        return {
            "name": self.name,
            "factors": {key: _share_text(share) for key, share in self.factors.items()},
        }

    @classmethod
    def from_json(cls, data: object) -> "RuleSet":
        """Read what `to_json` wrote; raise a RuleError for anything else."""
        if not isinstance(data, Mapping):
            raise RuleError(["Credit rules are a table of factors."])
        label, factors = data.get("name", ""), data.get("factors", {})
        if not isinstance(label, str) or not isinstance(factors, Mapping):
            raise RuleError(["Credit rules have a name and a table of factors."])
        shares: dict[str, Share] = {}
        wrong = []
        for key, text in factors.items():
            share = _read_share(text)
            if share is None:
                wrong.append(f"{_rule_name(str(key))}: “{text}” is no share. Write 0.5 for half.")
            else:
                shares[str(key)] = share
        if wrong:
            raise RuleError(wrong)
        return cls(label, shares)


def _share_text(share: Share) -> str:
    return share.value if isinstance(share, Way) else f"{share:f}"


def _read_share(text: object) -> Share | None:
    if not isinstance(text, str):
        return None
    if text in set(Way):
        return Way(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _rule_name(key: str) -> str:
    rule = RULE.get(key)
    return f"“{rule.case}”" if rule else f"“{key}”"


def _wrong_share(key: str, share: Share) -> str:
    """Return a sentence why a rule cannot have this share, or ""."""
    rule = RULE.get(key)
    if rule is None:
        return f"There is no credit rule {_rule_name(key)}: remove it."
    if isinstance(share, Way):
        if share in rule.ways:
            return ""
        return f"{_rule_name(key)} cannot be credited that way: give a share, such as 0.5."
    if not (share.is_finite() and ZERO <= share <= MOST_SHARE):
        return f"{_rule_name(key)}: a share lies between 0 and 3. Write 0.5 for half."
    exponent = share.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -4:
        return f"{_rule_name(key)}: a share has four decimals at most."
    return ""


MEDICARE = RuleSet("Medicare’s percentages")
FULL_CREDIT = RuleSet("Full credit", {rule.key: rule.full for rule in RULES})


@dataclass(frozen=True, slots=True)
class Service:
    """One line of a case.

    `own_value` is a value in wRVUs for one unit that the user agreed on; it makes the credit an
    estimate. `asa_units` are the anesthesia units of the whole service. `percent` is the share in
    per cent (75 is three quarters) that the user gives for one of the modifiers in `BY_HAND`.
    """

    hcpcs: str
    modifiers: tuple[str, ...] = ()
    units: int = 1
    own_value: Decimal | None = None
    asa_units: Decimal | None = None
    percent: Decimal | None = None

    def __post_init__(self) -> None:
        check_modifiers(self.modifiers)
        if self.units < 1:
            raise PaymentError("A service has at least one unit.")
        for number in (self.own_value, self.asa_units):
            if number is not None and not (number.is_finite() and number >= 0):
                raise PaymentError("A value of your own and ASA units are not negative.")
        share = self.percent
        if share is not None and not (share.is_finite() and 0 <= share <= MOST_PERCENT):
            raise PaymentError("A share by hand lies between 0% and 300%.")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the working: `factor` in words ("× 0.16", "− 3.18"), `value` after it."""

    label: str
    factor: str
    value: Decimal
    note: str = ""

    def to_json(self) -> dict[str, str]:
        texts = {"label": self.label, "factor": self.factor, "note": self.note}
        return {"value": f"{self.value:f}"} | {key: text for key, text in texts.items() if text}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> "Step":
        """Read what `to_json` wrote."""
        return cls(
            data.get("label", ""),
            data.get("factor", ""),
            Decimal(data["value"]),
            data.get("note", ""),
        )


@dataclass(frozen=True, slots=True)
class Credit:
    """What one service is credited with.

    `work_rvu` is the value of the row (zero where there is none), for one unit. `wrvu` is what
    counts, with six decimals; it is zero for reference values that the plan does not count.
    `reason` is a sentence why there is no credit, or why it is not an official one.
    """

    kind: Kind
    work_rvu: Decimal
    wrvu: Decimal
    asa_units: Decimal
    steps: tuple[Step, ...]
    reason: str


def credit(
    services: Sequence[Service], rows: Rows, rules: RuleSet, *, counts_reference: bool = False
) -> list[Credit]:
    """Return the credit of each service of ONE case, in the order given.

    `rows` are rows of one release by (code, modifier): see `rows_needed`. `counts_reference` says
    whether the plan counts values that Medicare publishes but does not use. What cannot be
    credited gets a credit of zero with a sentence why; a `PaymentError` or `RuleError` is only
    for arguments that no form should have let through.
    """
    entries = [_open(service, rows, rules) for service in services]
    for entry in entries:
        entry.both_sides(rules)
    _rank(entries, rows, rules)
    return [_close(entry, rules, counts_reference) for entry in entries]


def rows_needed(
    services: Iterable[Service], rows: Rows | None = None
) -> frozenset[tuple[str, str]]:
    """Return the (code, modifier) keys that `credit` may look up for these services.

    With the `rows` of the first answer it adds the base codes of their endoscopy families: ask
    again with them where one of the rows has an `endo_base`.
    """
    codes = {service.hcpcs for service in services}
    keys = {(code, modifier) for code in codes for modifier in ("", "26", "TC", "53")}
    if rows:
        found = (rows.get((code, "")) for code in codes)
        keys |= {(rate.endo_base, "") for rate in found if rate and rate.endo_base}
    return frozenset(keys)


def possible_modifiers(rates: Sequence[RateLike]) -> tuple[tuple[str, str], ...]:
    """Return the modifiers that a code can carry and that matter to credit or record, with words.

    `rates` are the rows of ONE code in one release. What its indicators exclude is left out; an
    anesthesia service and a code that nobody values get none.
    """
    whole = next((rate for rate in rates if not rate.modifier), rates[0] if rates else None)
    if whole is None or not any(rate.work_rvu or rate.status == "C" for rate in rates):
        return ()
    found = (*_parts(rates), *_visits(whole), *_operations(whole))
    return tuple((modifier, _WORDS[modifier]) for modifier in dict.fromkeys(found))


_WORDS: Mapping[str, str] = {rule.key: rule.case for rule in RULES} | {
    "24": "Visit unrelated to the surgery before",
    "25": "Separate visit on the day of a procedure",
    "26": "The reading",
    "51": "Second or later procedure",
    "57": "The visit that decided on surgery",
    "59": "Separate service",
    "GC": "With a resident",
    "GE": "Resident alone, primary care",
    "LT": "Left side",
    "RT": "Right side",
    "TC": "The technical part",
}


def _parts(rates: Sequence[RateLike]) -> Iterator[str]:
    rows = {rate.modifier for rate in rates}
    for part in ("26", "TC"):
        if part in rows:
            yield part
    if "26" in rows:
        yield from ("59", "76", "77", "GC")


def _visits(rate: RateLike) -> Iterator[str]:
    leaf = taxonomy.leaf_of(rate.hcpcs)
    if leaf is None or leaf.group != "evaluation-management":
        return
    yield from ("25", "24", "57", "FS", "GC")
    if leaf.slug == "office-visits":
        yield "GE"


def _operations(rate: RateLike) -> Iterator[str]:
    """By the indicators; a code without a global period is no operation."""
    if rate.bilat in {"1", "3"}:
        yield from ("50", "LT", "RT")
    if rate.global_days == "XXX":
        return
    if rate.mult_proc in {"2", "3"}:
        yield "51"
    yield from ("22", "52", "53", "59", "76", "77")
    if rate.global_days in {"000", *POSTOPERATIVE_DAYS}:
        yield from ("58", "78", "79")
    for modifier in ("54", "55", "56", "62", "66", *ASSISTANT_SHARES):
        if not _refusal(rate, modifier):
            yield modifier
    yield "GC"


# --- One service ------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Entry:
    """A service on its way through the rules. `value` is for one unit, and exact."""

    service: Service
    rate: RateLike | None = None
    kind: Kind = Kind.NONE
    value: Decimal = ZERO
    steps: list[Step] = field(default_factory=list)
    reason: str = ""
    own_row: bool = False  # the row is the one of modifier 53

    @property
    def key(self) -> tuple[str, ...]:
        """Orders equal values, so that the order of the services never matters."""
        service = self.service
        rest = (f"{service.units:09}", f"{service.percent}", f"{service.own_value}")
        return (service.hcpcs, *sorted(service.modifiers), *rest)

    @property
    def by_hand(self) -> str:
        """The modifier that the service's own share belongs to, or ""."""
        if self.service.percent is None:
            return ""
        return next((one for one in BY_HAND if one in self.service.modifiers), "")

    @property
    def is_ranked(self) -> bool:
        """Whether the service is an operation of this case; care before or after is none."""
        return (
            self.kind is Kind.OFFICIAL
            and self.rate is not None
            and self.rate.mult_proc in {"2", "3"}
            and not {"55", "56"}.intersection(self.service.modifiers)
        )

    def start(self, label: str, value: Decimal, note: str = "") -> None:
        self.value = value
        self.steps.append(Step(label, "", value, note))

    def refuse(self, reason: str) -> None:
        self.kind, self.value, self.reason = Kind.NONE, ZERO, reason

    def times(self, share: Decimal, label: str, note: str = "") -> None:
        self.value *= share
        self.steps.append(Step(label, f"× {_number(share)}", self.value, note))

    def say(self, label: str, note: str) -> None:
        self.steps.append(Step(label, "", self.value, note))

    def both_sides(self, rules: RuleSet) -> None:
        """Modifier 50: by BILAT, or as the contract says of codes that have two sides (L26)."""
        if "50" not in self.service.modifiers or self.kind is Kind.NONE:
            return
        share = rules["50"]
        if self.rate is None:
            usual = BILATERAL_SHARES["1"] if share is _FILE else Decimal(2)
            self.times(usual if isinstance(share, Way) else share, "Both sides (50)")
            return
        by_file = BILATERAL_SHARES[self.rate.bilat]
        notes = {
            "0": "Doing both sides does not raise the value of this code.",
            "2": "The value already covers both sides.",
            "3": "Each side counts in full.",
        }
        if share is _UNITS and self.rate.bilat == "1":
            by_file = Decimal(2)
        elif not isinstance(share, Way) and self.rate.bilat == "1":
            by_file = share
        self.times(by_file, "Both sides (50)", notes.get(self.rate.bilat, ""))


def _open(service: Service, rows: Rows, rules: RuleSet) -> _Entry:
    """Find the row and its work RVUs, and refuse what the code cannot carry."""
    entry = _Entry(service)
    code, own = service.hcpcs, service.own_value
    found = (rows.get((code, modifier)) for modifier in ("", "26", "TC", "53"))
    base = next((rate for rate in found if rate is not None), None)
    if base is not None:
        refusal = _find_row(entry, base, rows, rules) or _cannot_carry(entry.rate or base, service)
        if refusal:
            entry.refuse(refusal)
            return entry
    if own is not None:
        entry.kind = Kind.ESTIMATE
        entry.reason = f"A value of your own stands for {code}: it is not Medicare’s."
        entry.start("Your own value", own)
    elif base is None:
        entry.refuse(
            f"{code} is not in this release of the fee schedule. No wRVU is credited for it until "
            "you enter a value of your own."
        )
    elif entry.rate is not None:
        _value(entry, entry.rate, rows)
    return entry


def _find_row(entry: _Entry, base: RateLike, rows: Rows, rules: RuleSet) -> str:
    """Choose the row that the modifiers name; return a sentence why there is none, or ""."""
    modifiers = set(entry.service.modifiers)
    if rules["53"] is not Way.FILE or entry.by_hand == "53":
        modifiers.discard("53")  # such a share is one of the whole procedure
    entry.rate, refusal = row_for(base, modifiers, rows)
    entry.own_row = entry.rate.modifier == "53"
    if refusal is not None:
        return refusal.reason
    if entry.rate.modifier == "TC":
        return f"{name(entry.rate)} is the technical part, without physician work."
    return ""


def _cannot_carry(rate: RateLike, service: Service) -> str:
    """Return a sentence why the code cannot carry one of the modifiers, or ""."""
    if clash := conflict(service.modifiers):
        return clash
    refusals = (_refusal(rate, modifier) for modifier in sorted(service.modifiers))
    return next((refusal for refusal in refusals if refusal), "")


def _refusal(rate: RateLike, modifier: str) -> str:
    """Ask Medicare's own arithmetic whether a code has two sides, assistants, shared care."""
    trial = Priced(ONE)
    if modifier == "50":
        trial = bilateral(trial, rate)
    elif modifier in CARE:
        trial = split_care(trial, rate, modifier)
    elif modifier == "62":
        trial = co_surgeon(trial, rate)
    elif modifier == "66":
        allowed = team(trial, rate)
        return allowed.reason if rate.team not in {"1", "2"} else ""
    elif modifier in ASSISTANT_SHARES:
        trial = assistant(trial, rate, modifier)
    return trial.reason if trial.amount is None else ""


def _value(entry: _Entry, rate: RateLike, rows: Rows) -> None:
    """Start with the work RVUs of the row, or say why there are none."""
    label, note = f"Work RVUs of {name(rate)}", ""
    if rate.status == "J":
        entry.kind = Kind.ASA
        entry.reason = _status_sentence(rate) + " Its units have a counter of their own."
        return
    reading = rows.get((rate.hcpcs, "26"))
    unvalued = not rate.modifier and not rate.work_rvu and rate.pctc == "1"
    if unvalued and reading is not None and reading.work_rvu:
        rate = entry.rate = reading
        label = f"Work RVUs of {name(reading)}"
        note = "The whole test is credited with the work of its reading."
    if not rate.work_rvu:
        entry.refuse(_no_work(rate))
        return
    if rate.status in indicators.PAYABLE and not rate.not_used:
        entry.kind = Kind.OFFICIAL
    else:
        entry.kind = Kind.REFERENCE
        entry.reason = indicators.REFERENCE_ONLY.format(code=name(rate))
    entry.start(label, rate.work_rvu, note)


def _status_sentence(rate: RateLike) -> str:
    return indicators.status(rate.status).sentence.format(code=name(rate))


def _no_work(rate: RateLike) -> str:
    """Return why a row without work RVUs gives no credit."""
    code = name(rate)
    payable = rate.status in indicators.PAYABLE
    has_rvus = any((rate.pe_nonfac, rate.pe_fac, rate.mp_rvu))
    if payable and has_rvus:
        reason = zero_reason(rate)
        return reason.text if reason else ""
    sentence = indicators.RESTRICTED_UNVALUED.format(code=code) if payable else ""
    sentence = sentence or _status_sentence(rate)
    until = " until you enter an agreed value" if payable or rate.status == "C" else ""
    return f"{sentence} No wRVU is credited for {code}{until}."


# --- The services of a case among each other --------------------------------------------------


def _rank(entries: Sequence[_Entry], rows: Rows, rules: RuleSet) -> None:
    """MULT 2 and 3: endoscopies in their family, then all ranked by work (L26; M12 40.6).

    Where every procedure has modifier 51, the first one is in another case and all are further
    ones. Otherwise the work alone decides, whichever of them has 51.
    """
    ranked = [entry for entry in entries if entry.is_ranked]
    bases = {entry.rate.endo_base for entry in ranked if entry.rate} - {""}
    families: defaultdict[tuple[str, ...], list[_Entry]] = defaultdict(list)
    for number, entry in enumerate(ranked):
        base = family_base(entry.rate, bases) if entry.rate else ""
        families[(base,) if base else (f"{number}", "alone")].append(entry)
    for members in families.values():
        _family(members, rows, rules)
    order = sorted(
        families.values(),
        key=lambda members: (-_total(members), min(member.key for member in members)),
    )
    all_further = all("51" in entry.service.modifiers for entry in ranked)
    for place, members in enumerate(order):
        for member in members:
            if member.kind is Kind.NONE:
                continue
            if all_further:
                _further(member, rules, "Further procedure (51)")
            elif place:
                _further(member, rules, f"Ranked {place + 1} of {len(order)}")
            elif len(order) > 1:
                member.times(ONE, f"Ranked 1 of {len(order)}")
    for entry in entries:
        if "51" in entry.service.modifiers and entry not in ranked and entry.kind is not Kind.NONE:
            _further_unranked(entry, rules)


def _total(members: Iterable[_Entry]) -> Decimal:
    return sum((member.value for member in members), ZERO)


def _further(entry: _Entry, rules: RuleSet, label: str) -> None:
    share = rules["rank"]
    if isinstance(share, Way):  # this rule knows none
        return
    note = "Your rules count every procedure in full." if share == ONE else ""
    entry.times(share, label, note)


def _further_unranked(entry: _Entry, rules: RuleSet) -> None:
    """Modifier 51 on what is not ranked: it says itself that this is a further procedure."""
    if entry.rate is None or entry.rate.mult_proc in {"2", "3"}:
        _further(entry, rules, "Further procedure (51)")
    else:
        entry.say("Modifier 51", f"{name(entry.rate)} is not reduced with other procedures.")


def _family(members: Sequence[_Entry], rows: Rows, rules: RuleSet) -> None:
    """The dearest endoscopy in full, of the others what exceeds the base code; the base nothing.

    Under a contract that counts further endoscopies by a share, the base code is one of them.
    """
    share = rules["endoscopy"]
    own = [member for member in members if member.rate and member.rate.endo_base]
    if isinstance(share, Decimal):
        for member in sorted(members, key=lambda member: (-member.value, member.key))[1:]:
            member.times(share, "Further endoscopy of the family")
        return
    for member in members:
        if own and member not in own and member.rate:
            member.refuse(f"{name(member.rate)} is part of the other codes of its family.")
    for member in sorted(own, key=lambda member: (-member.value, member.key))[1:]:
        base_code = member.rate.endo_base if member.rate else ""
        base = rows.get((base_code, ""))
        if base is None:
            member.refuse(
                f"{member.service.hcpcs} is reduced by its base code {base_code}, which is not in "
                "this release."
            )
            continue
        # A code can have less work than its base: never below zero.
        member.value = max(member.value - base.work_rvu, ZERO)
        label = f"Less the base code {base_code}"
        member.steps.append(Step(label, f"− {base.work_rvu}", member.value))


# --- The modifiers of one service -------------------------------------------------------------


def _close(entry: _Entry, rules: RuleSet, counts_reference: bool) -> Credit:
    """Apply the factors that concern the service alone, then its units; round once."""
    service = entry.service
    work = entry.rate.work_rvu if entry.rate is not None else ZERO
    if entry.kind is Kind.ASA:
        units = service.asa_units if service.asa_units is not None else ZERO
        return Credit(Kind.ASA, ZERO, ZERO.quantize(SMALLEST), units, (), entry.reason)
    for modifier in _APPLIED:
        if modifier in service.modifiers and entry.kind is not Kind.NONE:
            _apply(entry, modifier, rules)
    if entry.kind is Kind.NONE:
        return Credit(Kind.NONE, work, ZERO.quantize(SMALLEST), ZERO, (), entry.reason)
    if service.percent is not None and not entry.by_hand:
        entry.say("Share by hand", "It goes with modifier 22, 52, 53, 66 or FS: not used here.")
    for modifier in sorted(set(service.modifiers) - KNOWN):
        entry.say(f"Modifier {modifier}", "It is not part of this arithmetic: nothing changes.")
    if service.units > 1:
        entry.times(Decimal(service.units), "Units")
    wrvu = entry.value.quantize(SMALLEST, ROUND_HALF_UP)
    if wrvu != entry.value:
        entry.steps.append(Step("Rounded once", "", wrvu))
    if entry.kind is Kind.REFERENCE and not counts_reference:
        wrvu = ZERO.quantize(SMALLEST)
        entry.reason += " Your plan does not count them."
        entry.steps.append(Step("Not counted by your plan", "× 0", wrvu))
    return Credit(entry.kind, work, wrvu, ZERO, tuple(entry.steps), entry.reason)


def _apply(entry: _Entry, modifier: str, rules: RuleSet) -> None:
    share, percent = rules[modifier], entry.service.percent
    label = _LABELS.get(modifier, f"{RULE[modifier].case} ({modifier})")
    if percent is not None and modifier == entry.by_hand:
        entry.times(percent / 100, label, "Your own share.")
    elif isinstance(share, Decimal):
        entry.times(share, label)
    elif share is Way.MANUAL:
        entry.refuse(f"Modifier {modifier} has no fixed share: enter the share of this entry.")
    elif entry.own_row:
        entry.say(label, "The row is that of the procedure stopped early.")
    elif modifier == "53":
        entry.times(HALF, label, "It has no row of its own.")
    elif entry.rate is None:
        entry.say(label, "The fee schedule has no shares for this code: nothing changes.")
    else:
        _shared_care(entry, entry.rate, modifier, label)


def _shared_care(entry: _Entry, rate: RateLike, modifier: str, label: str) -> None:
    """The row's own shares of a global fee (M12 40.4)."""
    if rate.global_days == "000":  # 78 alone comes here: see payment.split_care
        entry.times(ONE, label, "A same-day service has no other parts.")
        return
    share = {
        "54": rate.pre_pct + rate.intra_pct,
        "55": rate.post_pct,
        "56": rate.pre_pct,
        "78": rate.intra_pct,
    }[modifier]
    entry.times(share, label, "Usually credited within 54." if modifier == "56" else "")


def _number(share: Decimal) -> str:
    """Return a factor as people write it: 0.500 is "0.5"."""
    return f"{share.normalize():f}"
