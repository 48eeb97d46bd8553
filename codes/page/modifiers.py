"""Modifiers that change what a code pays, with the wRVU credit that usually follows the share.

The credit is a matter of the reader's contract, not of Medicare: usually it is Medicare's share.
"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from codes.page import words
from codes.payment import (
    ASSISTANT_SHARES,
    NATIONAL,
    ONE,
    Priced,
    RateLike,
    assistant,
    bilateral,
    co_surgeon,
    dollars,
    percent,
    price,
    split_care,
)

_CENT = Decimal("0.01")
_HALF = Decimal("0.5")


class ModifierRow(NamedTuple):
    modifier: str
    use: str
    share: str
    credit: str
    amount: str


def modifier_rows(rates: Sequence[RateLike], factor: Decimal) -> tuple[ModifierRow, ...]:
    """Return what each modifier that applies makes of the national amount and the work RVUs.

    Nothing for a service that Medicare does not pay by RVUs, and nothing where none applies.
    """
    rate = words.whole(rates)
    if not words.is_valued(rate):
        return ()
    full = price(rate, words.main_setting(rate), NATIONAL, factor)
    if not full.amount:
        return ()
    return tuple(
        _row(modifier, use, priced, full.amount, rate.work_rvu)
        for modifier, use, priced in _candidates(full, rate)
        if priced.amount  # 55 of a code without follow-up in its fee pays nothing
    )


def _candidates(full: Priced, rate: RateLike) -> Iterator[tuple[str, str, Priced]]:
    """Give what an indicator may allow; without a global period a code is no operation."""
    if rate.bilat in {"1", "3"}:
        yield "50", "Both sides in one session", bilateral(full, rate)
    if rate.mult_proc == "2":
        yield "51", "Second procedure of the day", full.times(_HALF, "Second procedure")
    if rate.intra_pct:
        use = "Operation only, another clinician follows up"
        yield "54", use, split_care(full, rate, "54")
        yield "55", "Follow-up only, after handover", split_care(full, rate, "55")
    yield "62", "Two surgeons, each doing a part", co_surgeon(full, rate)
    if rate.intra_pct:
        yield "78", "Return to the operating room", split_care(full, rate, "78")
    if rate.global_days != "XXX" or rate.asst == "2":
        yield "80", "Assistant surgeon (also 81, 82)", assistant(full, rate, "80")
        yield "AS", "PA or NP assisting", assistant(full, rate, "AS")


def _row(modifier: str, use: str, priced: Priced, full: Decimal, work: Decimal) -> ModifierRow:
    share = _share(priced)
    # Who assists is credited with the assistant's share; what is paid for a PA or NP is less.
    credited = ASSISTANT_SHARES["80"] if modifier == "AS" else share
    credit = (work * credited).quantize(_CENT, ROUND_HALF_UP)
    amount = priced.amount if priced.amount is not None else full
    return ModifierRow(
        modifier, use, percent(share), str(credit) if credit else "none", dollars(amount)
    )


def _share(priced: Priced) -> Decimal:
    """Return the share that the last step took, from its words: "62.5%" is 0.625."""
    words_of_share = priced.changes[-1].factor if priced.changes else ""
    return Decimal(words_of_share.rstrip("%")) / 100 if words_of_share else ONE
