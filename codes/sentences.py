"""The indicators of one code as sentences for its page. Pure text, and no Django.

The rules are those of the record layout (RVU26B.pdf, Attachment A). A sentence says what the file
says of this code and no more: specialties, indications and synonyms are never derived from it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from codes import indicators
from codes.payment import RateLike, name

Part = Literal["work", "practice expense", "malpractice", "total"]

GLOBAL_SENTENCES: Mapping[str, str] = {
    "000": "Related care on the day of {code} is included; a same-day visit needs modifier 25 and "
    "its own reason.",
    "010": "Related care on the day and for 10 days after is included.",
    "090": "Related care from the day before to 90 days after is included; the visit that decided "
    "on surgery is billed with 57.",
    "MMM": "{code} follows maternity package rules.",
    "XXX": "{code} has no global period.",
    "YYY": "The contractor decides whether {code} has a global period.",
    "ZZZ": "{code} is an add-on: it is billed with a main service and shares its global period.",
}
MULT_SENTENCES: Mapping[str, tuple[str, str]] = {
    "2": (
        "Same-day surgery",
        "Ranked with other procedures that day: full value first, half for the next four.",
    ),
    "3": (
        "Same-day endoscopy",
        "With another code of the {endo} family, only the difference over {endo} is added.",
    ),
    "4": (
        "Second study",
        "A second study in the same session pays half of the TC and 95% of the reading.",
    ),
    "5": (
        "Same-day therapy",
        "After the highest unit of the day, practice expense is halved.",
    ),
    "6": ("Second test", "A second such test the same day pays 75% of the technical part."),
    "7": ("Second test", "A second such test the same day pays 80% of the technical part."),
}
BILAT_SENTENCES: Mapping[str, str] = {
    "0": "Doing both sides does not raise Medicare’s amount.",
    "1": "Both sides pay 150%.",
    "2": "The value already covers both sides.",
    "3": "Each side pays in full.",
}
ASST_SENTENCES: Mapping[str, str] = {
    "0": "An assistant is paid only if need is documented.",
    "1": "Medicare does not pay an assistant.",
    "2": "An assistant may be paid (16%; PA or NP 13.6%).",
}
COSURG_SENTENCES: Mapping[str, str] = {
    "0": "Co-surgeons are not paid.",
    "1": "Co-surgeons need documented necessity.",
    "2": "Two surgeons of different specialties may each bill 62 (62.5%).",
}
TEAM_SENTENCES: Mapping[str, str] = {
    "1": "A team needs documented necessity.",
    "2": "A surgical team is paid by report.",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one indicator means. `raw` is the file's value: "MULT 2"."""

    topic: str
    text: str
    raw: str


@dataclass(frozen=True, slots=True)
class ZeroReason:
    """What a zero in the file means: a few words for a cell, and a sentence."""

    short: str
    text: str


def sentences(
    rates: Sequence[RateLike],
    release: str,
    year: int,
    conversion_factor: Decimal,
    qp_factor: Decimal | None,
) -> tuple[Sentence, ...]:
    """Return what the rows of ONE code in one release say, in the order of the page.

    The first row is the one without modifier; 86153 has only its 26 row. `release` is printed
    with the work RVUs ("2026C"), `year` with the factors. Indicators that do not apply say
    nothing; those of surgery say nothing of a visit.
    """
    if not rates:
        raise ValueError("A code has at least one row.")
    return (
        *_status(rates),
        *_work(rates, release),
        *_setting(rates),
        *_parts(rates),
        *_global_period(rates[0]),
        *_modifiers(rates),
        *_supervision(rates),
        *_hospital_cap(rates),
        *_price(rates, year, conversion_factor, qp_factor),
    )


def documentation_line(rates: Sequence[RateLike]) -> str:
    """Return what the record should show: of every payable code, then of the one of these rows.

    The second part follows from indicators under which Medicare asks for something of its own.
    """
    line = "Record what was done, why, by whom and when, and the time where it decides the code."
    asked = [text for ask in _RECORDED for text in ask(rates)]
    return f"{line} For {rates[0].hcpcs} also: {'; '.join(asked)}." if asked else line


def _recorded_period(rates: Sequence[RateLike]) -> Iterator[str]:
    period = _first(rates, "global_days", "XXX")
    if period in {"000", "010"}:
        yield "the separate reason of a visit on the same day (25)"
    elif period == "090":
        yield "which visit decided on surgery (57)"
    elif period == "ZZZ":
        yield "the main service that it is added to"


def _recorded_people(rates: Sequence[RateLike]) -> Iterator[str]:
    surgical = _first(rates, "global_days", "XXX") != "XXX"
    if _first(rates, "bilat", "9") in {"1", "3"}:
        yield "which side, or both"
    if _first(rates, "asst", "9") == "0" and surgical:
        yield "why an assistant was needed, if there was one"
    if _first(rates, "cosurg", "9") == "1":
        yield "why two surgeons were needed, if there were two"
    if _first(rates, "team", "9") == "1" and surgical:
        yield "why a team was needed, if there was one"
    supervision = _first(rates, "supervision", "09")
    if supervision in {"01", "02", "03"}:
        yield f"who supervised, here {indicators.SUPERVISION[supervision]}"


def _recorded_coverage(rates: Sequence[RateLike]) -> Iterator[str]:
    if rates[0].status == "R":
        yield "the circumstance in which Medicare covers it"


_RECORDED = (_recorded_period, _recorded_people, _recorded_coverage)


def zero_reason(rate: RateLike, part: Part = "work") -> ZeroReason | None:
    """Return what a zero in this part of a row means, or None where it is no zero.

    "total" looks at both settings: it is zero where the row has no RVUs at all. Practice expense
    counts as zero only if it is zero in both settings.
    """
    code = name(rate)
    value = {
        "work": rate.work_rvu,
        "practice expense": max(rate.pe_nonfac, rate.pe_fac),
        "malpractice": rate.mp_rvu,
        "total": _total(rate),
    }[part]
    if value:
        return None
    if not _total(rate):
        return _unvalued(rate)
    if part != "work":
        return ZeroReason("none", f"CMS counts no {part} in {code}.")
    if rate.modifier == "TC":
        return ZeroReason("no work", f"{code} is the technical part, without physician work.")
    return ZeroReason(
        "No physician work", f"{code} has no physician work and adds nothing to a wRVU total."
    )


def _unvalued(rate: RateLike) -> ZeroReason:
    """Return why a row has no RVUs at all."""
    blank = "the zero in the file is a blank, not a rating."
    if rate.status in indicators.PAYABLE | {"C"}:
        short = "No national value" if rate.status == "C" else "Set by the contractor"
        return ZeroReason(short, f"The contractor sets the amount of {name(rate)}: {blank}")
    if rate.status == "J":
        units = f"{name(rate)} is valued in base and time units, not in RVUs: {blank}"
        return ZeroReason("Base + time units", units)
    status = indicators.status(rate.status).short.lower()
    text = f"{name(rate)} is not valued (status {rate.status}, {status}): {blank}"
    return ZeroReason("Not valued", text)


def _total(rate: RateLike) -> Decimal:
    return max(rate.total_nonfac, rate.total_fac)


def _valued(rate: RateLike) -> bool:
    """Whether Medicare pays this row by its RVUs."""
    return rate.status in indicators.PAYABLE and not rate.not_used and _total(rate) > 0


def _first(rates: Sequence[RateLike], field: str, blank: str) -> str:
    """Return an indicator from the first row that has one: laboratory codes keep it on 26."""
    values = (str(getattr(rate, field)) for rate in rates)
    return next((value for value in values if value != blank), blank)


def _status(rates: Sequence[RateLike]) -> Iterator[Sentence]:
    whole = rates[0]
    yield _status_of(whole, f"STATUS {whole.status}")
    for part in rates[1:]:
        # 70555 is priced by the contractor, but its reading has RVUs.
        if part.status != whole.status:
            yield _status_of(part, f"STATUS {part.status} ({part.modifier})")
    for rate in rates:
        if rate.not_used:
            text = indicators.REFERENCE_ONLY.format(code=name(rate))
            yield Sentence("Reference values", text, "NOT USED +")
            break


def _status_of(rate: RateLike, raw: str) -> Sentence:
    sentence = indicators.status(rate.status).sentence
    if rate.status == "R" and not _total(rate):
        sentence = indicators.RESTRICTED_UNVALUED
    return Sentence("Status", sentence.format(code=name(rate)), raw)


def _work(rates: Sequence[RateLike], release: str) -> Iterator[Sentence]:
    code = name(rates[0])
    if not any(map(_total, rates)):
        until = " until you enter an agreed value" if rates[0].status == "C" else ""
        yield Sentence("Work", f"No wRVU is credited for {code}{until}.", "WORK none")
        return
    valued = next((rate for rate in rates if _valued(rate)), None)
    if valued is None or valued.modifier == "TC":
        return
    code, work = name(valued), valued.work_rvu
    if work:
        yield Sentence("Work", f"{code} carries {work} work RVUs ({release}).", f"WORK {work}")
        return
    total = valued.total_fac if valued.nonfac_na else valued.total_nonfac
    yield Sentence(
        "Work",
        f"{code} has no physician work: its {total} RVUs are practice expense and malpractice, so "
        "it adds nothing to a wRVU total.",
        "WORK none",
    )


def _setting(rates: Sequence[RateLike]) -> Iterator[Sentence]:
    rate = rates[0]
    code = name(rate)
    if rate.nonfac_na:
        yield Sentence("Setting", indicators.NONFAC_NA.format(code=code), "NON-FAC NA")
    if rate.fac_na:
        marked = " and ".join(name(one) for one in rates if one.fac_na)
        text = indicators.FAC_NA.format(code=marked)
        if priced := [name(one) for one in rates if not one.fac_na and _valued(one)]:
            text += f" {' and '.join(priced)} has a price there too."
        yield Sentence("Setting", text, "FAC NA")
    if rate.nonfac_na or rate.fac_na or rate.pe_nonfac == rate.pe_fac:
        return
    yield Sentence(
        "Setting",
        f"Performed in an office {code} totals {rate.total_nonfac} RVUs, in a facility "
        f"{rate.total_fac}; the work part is the same.",
        f"TOTAL {rate.total_nonfac} / {rate.total_fac}",
    )


def _parts(rates: Sequence[RateLike]) -> Iterator[Sentence]:
    code = rates[0].hcpcs
    pctc = _first(rates, "pctc", "9")
    if pctc == "1":
        reading = next((rate for rate in rates if rate.modifier == "26"), None)
        text = (
            f"{code} divides into a reading (26, {_reading_words(reading)}) and a technical part "
            "(TC, none)."
        )
    elif pctc in indicators.PCTC_SENTENCES:
        text = indicators.PCTC_SENTENCES[pctc].format(code=code)
    else:
        return
    yield Sentence("26 and TC", text, f"PCTC {pctc}")


def _reading_words(reading: RateLike | None) -> str:
    if reading is None or not reading.work_rvu:
        return "no national work RVUs"
    words = f"{reading.work_rvu} work RVUs"
    return f"{words} for reference" if reading.not_used else words


def _global_period(rate: RateLike) -> Iterator[Sentence]:
    text = GLOBAL_SENTENCES.get(rate.global_days)
    if text is not None:
        raw = f"GLOB {rate.global_days}"
        yield Sentence("Global period", text.format(code=name(rate)), raw)
    if rate.intra_pct:
        pre, intra, post = (
            f"{share * 100:.0f}" for share in (rate.pre_pct, rate.intra_pct, rate.post_pct)
        )
        yield Sentence(
            "Global period",
            f"Of the fee, {pre}% is for care before, {intra}% for the operation and {post}% for "
            "care after.",
            f"PRE {pre} INTRA {intra} POST {post}",
        )


def _modifiers(rates: Sequence[RateLike]) -> Iterator[Sentence]:
    # Without a global period a code is no operation: silence is better than surgical text.
    surgical = _first(rates, "global_days", "XXX") != "XXX"
    mult, endo = _first(rates, "mult_proc", "9"), _first(rates, "endo_base", "")
    if mult in MULT_SENTENCES:
        topic, text = MULT_SENTENCES[mult]
        yield Sentence(topic, text.format(endo=endo), f"MULT {mult}")
    bilat = _first(rates, "bilat", "9")
    if bilat in BILAT_SENTENCES and (surgical or bilat != "0"):
        yield Sentence("Both sides", BILAT_SENTENCES[bilat], f"BILAT {bilat}")
    asst = _first(rates, "asst", "9")
    if asst in ASST_SENTENCES and (surgical or asst == "2"):
        yield Sentence("Assistant", ASST_SENTENCES[asst], f"ASST {asst}")
    cosurg = _first(rates, "cosurg", "9")
    if cosurg in COSURG_SENTENCES and (surgical or cosurg != "0"):
        yield Sentence("Co-surgeons", COSURG_SENTENCES[cosurg], f"COSURG {cosurg}")
    team = _first(rates, "team", "9")
    if team in TEAM_SENTENCES and surgical:
        yield Sentence("Team", TEAM_SENTENCES[team], f"TEAM {team}")


def _supervision(rates: Sequence[RateLike]) -> Iterator[Sentence]:
    # The value often stands on the TC row only: the technical part is what is supervised.
    value = _first(rates, "supervision", "09")
    meaning = indicators.SUPERVISION.get(value, "CMS does not explain this value")
    if value in {"09", ""}:
        return
    if value in {"01", "02", "03"}:
        text = f"The test needs {meaning} supervision."
    else:
        text = f"Special supervision rules apply: {meaning}."
    yield Sentence("Supervision", text, f"SUPERV {value}")


def _hospital_cap(rates: Sequence[RateLike]) -> Iterator[Sentence]:
    holders = [rate for rate in rates if rate.opps_pe_nonfac or rate.opps_pe_fac]
    if not holders:
        return
    technical = next((rate for rate in holders if rate.modifier == "TC"), holders[0])
    cap = technical.opps_pe_nonfac or technical.opps_pe_fac
    text = "The technical payment cannot exceed the hospital outpatient rate."
    if _valued(technical):
        # Both parts lower, or both higher: then it holds in every locality. It does in RVU26C.
        practice_expense = technical.pe_nonfac - technical.opps_pe_nonfac
        malpractice = technical.mp_rvu - technical.opps_mp
        if practice_expense <= 0 and malpractice <= 0:
            text += " At present it does not."
        elif practice_expense >= 0 and malpractice >= 0:
            text += " At present it would, so the lower rate is paid."
    yield Sentence("Hospital cap", text, f"OPPS {cap}")


def _price(
    rates: Sequence[RateLike], year: int, factor: Decimal, qp_factor: Decimal | None
) -> Iterator[Sentence]:
    if not any(map(_valued, rates)):
        return
    text = f"Amount = RVUs × locality indices × {factor}"
    text += "." if qp_factor is None else f"; {year} has two factors."
    yield Sentence("Price", text, f"CONV FACTOR {factor}")
