"""Contracts as the arithmetic of pay takes them: from stored rows to terms and days."""

from datetime import date
from decimal import Decimal

from accounts import periods
from accounts.models import Contract
from accounts.pay import Terms, Tier, TrueUp
from accounts.periods import Span


def terms_of(contract: Contract) -> Terms | None:
    """Return what a contract pays, or None where it names no rate.

    Takes the tiers from `contract.tiers`: prefetch them where several contracts are asked.
    """
    if contract.rate is None:
        return None
    return Terms(
        rate=contract.rate,
        base=contract.base,
        threshold=contract.threshold,
        tiers=tuple(Tier(tier.above, tier.rate) for tier in contract.tiers.all()),
        retroactive=contract.is_retroactive,
        true_up=TrueUp(contract.true_up),
        cumulative=contract.is_cumulative,
    )


def days_of(contract: Contract) -> Span:
    """Return the days on which a contract is in force."""
    return Span(contract.starts_on, contract.ends_on or date.max)


def target_of(contract: Contract) -> Decimal | None:
    """Return the wRVUs of a whole year to keep pace with: the target, else the threshold."""
    return contract.target or contract.threshold or None


def target_in(contract: Contract, year: Span) -> tuple[Span, Decimal] | None:
    """Return the part of a year in which a contract sets a target, and the target for it."""
    part, target = year.meet(days_of(contract)), target_of(contract)
    if part is None or target is None:
        return None
    return part, target * part.days / year.days


def year_of(contract: Contract | None, day: date) -> Span:
    """Return the contract year of a day: the calendar's without a contract."""
    return periods.year(day, contract.year_starts if contract else 1)
