"""A code as one row of a list: its name, and its figures or the words that stand for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from codes import charts, indicators
from codes.models import Standing
from codes.payment import Components
from codes.shown import Listed, Shown

# What is said where no work RVUs are credited. The status beside it says it in full.
_NO_WORK = {"B": "included", "P": "included", "C": "contractor", "J": "units"}

_CHANGES = {
    Standing.Change.NEW: "new in {release}",
    Standing.Change.WORK: "work was {before}",
    Standing.Change.VALUES: "practice or malpractice RVUs changed",
    Standing.Change.STATUS: "status changed",
    Standing.Change.INDICATORS: "payment rules changed",
}


class Price(NamedTuple):
    """What a code is worth in one setting, nationally."""

    total: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    listed: Listed
    status: indicators.Status
    work: Decimal | None  # credited by Medicare
    no_work: str  # a word where none is
    reference: Decimal | None  # published work that Medicare does not use
    office: Price | None
    facility: Price | None
    no_price: str  # a word where there is no price in a setting
    parts: Components | None  # of the price that speaks for the code: the office's, if any
    change: str

    @property
    def edge(self) -> tuple[charts.Part, ...]:
        return charts.edge(self.parts) if self.parts else ()

    @property
    def setting(self) -> str:
        """The setting that speaks for the code."""
        return "office" if self.office else "facility"

    @property
    def price(self) -> Price | None:
        return self.office or self.facility


def no_work(standing: Standing) -> str:
    """Return a word for a code without credited work RVUs; empty where it has some.

    Only `status`, `is_payable`, `has_values` and `work_rvu` of the standing are looked at.
    """
    if standing.is_payable:
        if standing.work_rvu:
            return ""
        return "none" if standing.has_values else "contractor"
    return _NO_WORK.get(standing.status, "none")


def row(standing: Standing, listed: Listed, release: str) -> Row:
    """Return what a list prints of a code; `release` is the one that the standing is of."""
    office = _price(standing.total_nonfac, standing.national_nonfac)
    facility = _price(standing.total_fac, standing.national_fac)
    parts = None
    if office or facility:
        practice = standing.pe_nonfac if office else standing.pe_fac
        parts = Components(standing.work_rvu, practice, standing.mp_rvu)
    change = _CHANGES.get(standing.change, "")
    is_reference = not standing.is_payable and standing.work_rvu
    return Row(
        listed=listed,
        status=indicators.status(standing.status),
        work=standing.work_rvu if standing.is_payable and standing.work_rvu else None,
        no_work=no_work(standing),
        reference=standing.work_rvu if is_reference else None,
        office=office,
        facility=facility,
        no_price="NA" if office or facility else "none",
        parts=parts,
        change=change.format(release=release, before=standing.work_before or "none"),
    )


def rows(standings: Iterable[Standing], state: Shown) -> list[Row]:
    """Return the standings of the active release as rows, in their order."""
    release = state.schedule.release if state.schedule else ""
    directory = state.directory
    return [row(one, directory[one.code_id], release) for one in standings]


def _price(total: Decimal | None, amount: Decimal | None) -> Price | None:
    return None if total is None or amount is None else Price(total, amount)
