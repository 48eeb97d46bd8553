"""Payment where one works: every row and setting at one place, and the place among all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from codes.page import words
from codes.payment import (
    NATIONAL,
    Components,
    Kind,
    Priced,
    RateLike,
    Setting,
    dollars,
    hospital_cap,
    payment,
    price,
)
from codes.payment import components as components_of

_HUNDRED = Decimal(100)


class LocalityLike(Protocol):
    """A locality, as codes.models.Locality has it."""

    @property
    def title(self) -> str: ...
    @property
    def gpcis(self) -> Components: ...


class Line(NamedTuple):
    """One line of the sum as one would write it on paper."""

    label: str
    rvus: str
    gpci: str
    amount: str
    kind: str


class Amount(NamedTuple):
    """What one row pays in one setting, or the words why it does not."""

    row: str
    setting: str
    amount: str
    reason: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """All localities on one line; places in thousandths of the width."""

    count: int
    path: str
    lowest: str
    highest: str
    here: str
    here_label: str
    national: str
    is_here_right: bool


@dataclass(frozen=True, slots=True)
class Amounts:
    place: str  # "" for the national amount
    factor: Decimal
    main: Amount | None
    against_national: str
    others: tuple[Amount, ...]
    strip: Strip | None


def amounts(
    rates: Sequence[RateLike],
    factor: Decimal,
    place: LocalityLike | None,
    localities: Sequence[LocalityLike],
) -> Amounts:
    """Return what Medicare allows for each row and setting, with the working.

    `place` is None for the national amount. `localities` are all those of the release.
    """
    gpcis = place.gpcis if place else NATIONAL
    has_parts = words.has_parts(rates)
    main: Amount | None = None
    main_key: tuple[RateLike, Setting, Decimal] | None = None
    others = []
    for rate in rates:
        for setting in words.SETTINGS:
            priced = price(rate, setting, gpcis, factor)
            amount = _amount(rate, setting, priced, has_parts=has_parts)
            if main is None and priced.amount is not None:
                main, main_key = amount, (rate, setting, priced.amount)
            else:
                others.append(amount)
    if main_key is None:
        return Amounts(place.title if place else "", factor, None, "", (), None)
    rate, setting, here = main_key
    national = price(rate, setting, NATIONAL, factor).amount
    return Amounts(
        place=place.title if place else "",
        factor=factor,
        main=main,
        against_national=_against(here, national) if place else "",
        others=tuple(others),
        strip=_strip(rate, setting, factor, localities, place, here),
    )


def _amount(rate: RateLike, setting: Setting, priced: Priced, *, has_parts: bool) -> Amount:
    return Amount(
        row=words.row_name(rate, has_parts=has_parts),
        setting=words.SETTING_NAMES[setting].lower(),
        amount=priced.short if priced.amount is None else dollars(priced.amount),
        reason=priced.reason,
        lines=tuple(
            Line(
                step.label,
                "" if step.rvus is None else _rvus(step.rvus),
                "" if step.index is None else f"{step.index:.3f}",
                _written(step.kind, step.amount),
                step.kind.value,
            )
            for step in priced.steps
        ),
    )


def _rvus(value: Decimal) -> str:
    return str(value) if value else "none"


def _written(kind: Kind, amount: Decimal) -> str:
    if kind in {Kind.ROUNDED, Kind.CHANGE}:
        return dollars(amount)
    if kind is Kind.FACTOR:
        return str(amount)
    if not amount:
        return "none"
    exact = f"{amount.normalize():f}"
    return exact if len(exact.partition(".")[2]) > 1 else f"{amount:.2f}"


def _against(here: Decimal, national: Decimal | None) -> str:
    """Return how far an amount lies from the national one, in words."""
    if not national or here == national:
        return "the same as the national amount"
    share = abs(here / national - 1) * _HUNDRED
    return f"{share:.1f}% {'more' if here > national else 'less'} than the national amount"


def _strip(
    rate: RateLike,
    setting: Setting,
    factor: Decimal,
    localities: Sequence[LocalityLike],
    place: LocalityLike | None,
    here: Decimal,
) -> Strip | None:
    if not localities:
        return None
    rvus = components_of(rate, setting)
    capped = hospital_cap(rate, setting, NATIONAL, factor) is not None

    def amount_in(gpcis: Components) -> Decimal:
        amount = payment(rvus, factor, gpcis)
        if capped:
            cap = hospital_cap(rate, setting, gpcis, factor)
            return amount if cap is None else min(amount, cap)
        return amount

    found = sorted(
        ((amount_in(locality.gpcis), locality.title) for locality in localities),
    )
    (least, lowest), (most, highest) = found[0], found[-1]
    national = amount_in(NATIONAL)
    left, right = min(least, national), max(most, national)
    width = (right - left) or Decimal(1)

    def place_of(amount: Decimal) -> str:
        return f"{30 + (amount - left) * 940 / width:.1f}"

    return Strip(
        count=len(found),
        path=" ".join(f"M{place_of(amount)} 0V14" for amount, _ in found),
        lowest=f"{lowest} {dollars(least)}",
        highest=f"{highest} {dollars(most)}",
        here=f"{Decimal(place_of(here)) / 10:.2f}" if place else "",
        here_label=f"{place.title} {dollars(here)}" if place else "",
        national=f"{Decimal(place_of(national)) / 10:.2f}",
        is_here_right=here - left > width / 2,
    )
