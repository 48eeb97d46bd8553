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
    @property
    def units(self) -> tuple[int, int, int]: ...


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
    rvus = _units(components_of(rate, setting))
    practice = rate.opps_pe_fac if setting is Setting.FACILITY else rate.opps_pe_nonfac
    is_capped = hospital_cap(rate, setting, NATIONAL, factor) is not None
    caps = _units(Components(rate.work_rvu, practice, rate.opps_mp)) if is_capped else None
    dollar = int(factor.scaleb(4))

    def amount_in(gpcis: tuple[int, int, int]) -> int:
        amount = _cents(rvus, gpcis, dollar)
        return amount if caps is None else min(amount, _cents(caps, gpcis, dollar))

    found = sorted((amount_in(locality.units), locality.title) for locality in localities)
    (least, lowest), (most, highest) = found[0], found[-1]
    national = amount_in((1000, 1000, 1000))
    here_cents = int(here.scaleb(2))
    left, right = min(least, national), max(most, national)
    width = (right - left) or 1

    def place_of(amount: int) -> int:
        """Return a place in hundredths of a thousandth of the width, 3% from either end."""
        return 3000 + (amount - left) * 94_000 // width

    def thousandths(amount: int) -> str:
        whole, tenth = divmod((place_of(amount) + 5) // 10, 10)
        return f"{whole}.{tenth}"

    def per_cent(amount: int) -> str:
        return f"{Decimal(place_of(amount)).scaleb(-3):.2f}"

    def written(amount: int) -> str:
        return dollars(Decimal(amount).scaleb(-2))

    return Strip(
        count=len(found),
        path=" ".join(f"M{thousandths(amount)} 0V14" for amount, _ in found),
        lowest=f"{lowest} {written(least)}",
        highest=f"{highest} {written(most)}",
        here=per_cent(here_cents) if place else "",
        here_label=f"{place.title} {dollars(here)}" if place else "",
        national=per_cent(national),
        is_here_right=2 * (here_cents - left) > width,
    )


def _units(rvus: Components) -> tuple[int, int, int]:
    """Return RVUs as whole hundredths: 109 sums in integers take a tenth of the time."""
    work, practice, malpractice = (int(value.scaleb(2)) for value in rvus)
    return work, practice, malpractice


def _cents(rvus: tuple[int, int, int], gpcis: tuple[int, int, int], factor: int) -> int:
    """Return payment() in cents, exactly: RVUs in 1/100, indices in 1/1000, factor in 1/10000."""
    exact = sum(rvu * gpci for rvu, gpci in zip(rvus, gpcis, strict=True)) * factor
    return (exact + 5_000_000) // 10_000_000
