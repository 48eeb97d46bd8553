"""Questions that figures answer, beyond what the page's own sentences already say."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from codes import indicators, taxonomy
from codes.page import words
from codes.page.history import Past
from codes.payment import NATIONAL, Components, RateLike, Setting, dollars, name, price


class Answer(NamedTuple):
    question: str
    answer: str


def derived_questions(
    rates: Sequence[RateLike],
    release: str,
    year: int,
    factor: Decimal,
    qp_factor: Decimal | None,
    past: Sequence[Past],
) -> tuple[Answer, ...]:
    """Return questions and answers that follow from the rows of one code alone."""
    rate = words.whole(rates)
    return (
        *_old_value(rate, release, past),
        *_target(rates),
        *_settings(rate, factor),
        *_work_alone(rate, factor),
        *_qp(rate, year, factor, qp_factor),
        *_system(rate.hcpcs),
    )


def _old_value(rate: RateLike, release: str, past: Sequence[Past]) -> Iterator[Answer]:
    if not words.is_valued(rate) or not rate.work_rvu:
        return
    older = [
        one
        for one in past
        if one.schedule.release < release
        and one.rate.work_rvu
        and one.rate.work_rvu != rate.work_rvu
    ]
    if not older:
        return
    newest = older[-1]
    value = newest.rate.work_rvu
    same = [one.schedule.release for one in older if one.rate.work_rvu == value]
    span = same[0] if len(same) == 1 else f"{same[0]} to {same[-1]}"
    yield Answer(
        f"My statement shows {value} for {rate.hcpcs}. Is that wrong?",
        f"{value} is the value of release {span}; the schedule now in force says "
        f"{rate.work_rvu}. Many contracts fix an older schedule year: look up the year in yours "
        "before you ask for a correction.",
    )


def _target(rates: Sequence[RateLike]) -> Iterator[Answer]:
    rate = words.whole(rates)
    code = rate.hcpcs
    # Of a test whose price the contractor sets, such as 70555, the reading may be valued.
    valued = next((row for row in rates if words.is_valued(row) and row.work_rvu), None)
    if valued:
        yield Answer(
            f"What do ten of {name(valued)} add to a wRVU total?",
            f"{valued.work_rvu * 10} work RVUs at full credit, wherever they are done: the work "
            "part does not depend on the setting or the locality.",
        )
    elif rate.status == "J":
        yield Answer(
            f"Does {code} count toward a wRVU target?",
            "No. Anesthesia is counted in units: base units for the service plus one unit for "
            "every 15 minutes, times a factor in dollars. Contracts keep the two apart.",
        )
    elif rate.status == "C":
        yield Answer(
            f"How can {code} count toward a wRVU target?",
            "Only by agreement. Some contracts credit a comparable code’s work; such a value is "
            "an estimate and should stand apart from the official total.",
        )
    elif words.is_reference(rate) and rate.work_rvu:
        yield Answer(
            f"Does {code} count toward a wRVU target?",
            f"Only if your contract says so. CMS publishes {rate.work_rvu} work RVUs for it and "
            "does not use them; some employers credit them, some do not.",
        )
    else:
        yield Answer(
            f"Does {code} count toward a wRVU target?",
            "It adds nothing: no physician work is valued in the federal file. It can still be "
            "worth recording, to count the service or to see that it was billed.",
        )


def _settings(rate: RateLike, factor: Decimal) -> Iterator[Answer]:
    office = price(rate, Setting.NONFACILITY, NATIONAL, factor).amount
    facility = price(rate, Setting.FACILITY, NATIONAL, factor).amount
    if office is None or facility is None or office == facility:
        return
    code = rate.hcpcs
    yield Answer(
        f"Why does {code} pay {'more' if office > facility else 'less'} in an office?",
        f"The difference is {dollars(abs(office - facility))} nationally. In an office the "
        "practice bears room, staff and supplies; in a facility Medicare pays the facility for "
        "them on a claim of its own.",
    )


def _work_alone(rate: RateLike, factor: Decimal) -> Iterator[Answer]:
    priced = price(rate, words.main_setting(rate), NATIONAL, factor)
    if priced.amount is None or not rate.work_rvu:
        return
    none = Decimal(0)
    work_only = price(
        rate, words.main_setting(rate), Components(Decimal(1), none, none), factor
    ).amount
    if work_only is None or work_only == priced.amount:
        return
    yield Answer(
        f"Is {rate.hcpcs} paid as work RVUs times the conversion factor?",
        f"No. The work part alone would come to {dollars(work_only)}; the amount of "
        f"{dollars(priced.amount)} also holds practice expense and malpractice. What an employer "
        "pays for a work RVU is a rate of its own.",
    )


def _qp(rate: RateLike, year: int, factor: Decimal, qp_factor: Decimal | None) -> Iterator[Answer]:
    if not qp_factor:
        return
    setting = words.main_setting(rate)
    everyone = price(rate, setting, NATIONAL, factor).amount
    qualifying = price(rate, setting, NATIONAL, qp_factor).amount
    if everyone is None or qualifying is None or qualifying == everyone:
        return
    yield Answer(
        f"Which of the two conversion factors of {year} applies to {rate.hcpcs}?",
        f"That depends on who bills, not on the code. Qualifying participants in an advanced "
        f"alternative payment model have {qp_factor}, which makes {dollars(qualifying)} "
        f"nationally, {dollars(qualifying - everyone)} more than everyone else.",
    )


def _system(hcpcs: str) -> Iterator[Answer]:
    if taxonomy.system(hcpcs) == taxonomy.HCPCS:
        owner = (
            "It is a dental code of the American Dental Association, published in HCPCS Level II."
            if taxonomy.descriptor_owner(hcpcs) == "ADA"
            else "It is a HCPCS Level II code, kept by CMS."
        )
        yield Answer(
            f"Which code system does {hcpcs} belong to?",
            f"{owner} The letter in front tells: codes of the American Medical Association’s set "
            "begin with a digit.",
        )


def zero_examples() -> tuple[tuple[str, str, str], ...]:
    """Return one well-known code for each kind of zero: code, why, status letter."""
    return (
        ("G0411", "Not a physician service: another benefit pays", "X"),
        ("00100", "Anesthesia: valued in base and time units", "J"),
        ("0054T", "No national value: the contractor decides", "C"),
        ("93005", "Truly no physician work: a tracing made by staff", "A"),
    )


def status_word(letter: str) -> indicators.Status:
    return indicators.status(letter)
