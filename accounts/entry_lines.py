"""Logged services as lists print them: the value in words, and how it came about in one line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from accounts.models import Procedure
from codes.credit_kinds import Kind
from codes.shown import Listed
from codes.templatetags.money import percent, rvu

NO_VALUE = "no wRVU"


def short(number: Decimal) -> str:
    """Return a number without needless zeros: 62.50 is "62.5"."""
    return f"{number.normalize():,f}"


def credited(procedure: Procedure) -> str:
    """Return what an entry counts, as a list prints it; every value but Medicare's is named."""
    match procedure.kind:
        case Kind.OFFICIAL:
            return rvu(procedure.wrvu)
        case Kind.REFERENCE:
            return f"{rvu(procedure.wrvu)} ref." if procedure.wrvu else "reference only"
        case Kind.ESTIMATE:
            return f"{rvu(procedure.wrvu)} own"
        case Kind.ASA:
            return f"{procedure.asa_units or 0:.1f} ASA"
    return NO_VALUE


def credited_words(procedure: Procedure) -> str:
    """The same within a sentence: "10.47 wRVUs"."""
    match procedure.kind:
        case Kind.OFFICIAL:
            return f"{rvu(procedure.wrvu)} wRVUs"
        case Kind.REFERENCE if not procedure.wrvu:
            return "for reference only, not counted"
        case Kind.REFERENCE:
            return f"{rvu(procedure.wrvu)} wRVUs, a value for reference"
        case Kind.ESTIMATE:
            return f"{rvu(procedure.wrvu)} wRVUs, an own value"
        case Kind.ASA:
            return f"{procedure.asa_units or 0:.1f} ASA units"
    return NO_VALUE


@dataclass(frozen=True)
class Line:
    """One entry of a list. `label` is the site's own name of the code."""

    procedure: Procedure
    label: str

    @property
    def code(self) -> str:
        return self.procedure.hcpcs or "own"

    @property
    def value(self) -> str:
        return credited(self.procedure)

    @property
    def modifiers(self) -> str:
        return self.procedure.modifiers.replace(",", " ")

    @property
    def work(self) -> str:
        """The work RVU of one unit, or a word."""
        one = self.procedure
        if one.kind in {Kind.OFFICIAL, Kind.REFERENCE} and one.work_rvu:
            return rvu(one.work_rvu)
        return {Kind.ESTIMATE: "own value", Kind.ASA: "ASA units"}.get(Kind(one.kind), "none")

    @property
    def share(self) -> str:
        """Which part of the work RVUs was credited: "16%"."""
        one = self.procedure
        if one.kind not in {Kind.OFFICIAL, Kind.REFERENCE} or not (one.work_rvu and one.wrvu):
            return ""
        return percent(one.wrvu / (one.work_rvu * one.units))

    @property
    def how(self) -> str:
        """Modifiers, share or units, and the site: what the value is made of."""
        one = self.procedure
        parts = []
        if one.modifiers:
            noun = "modifiers" if "," in one.modifiers else "modifier"
            parts.append(f"{noun} {self.modifiers}")
        if one.kind == Kind.REFERENCE and not one.wrvu:
            parts.append(f"{self.work} for reference, not counted")
        if self.share and self.share != "100%":
            units = f" × {one.units}" if one.units > 1 else ""
            parts.append(f"{self.share} of {self.work}{units}")
        elif one.units > 1:
            parts.append(f"{one.units} × {self.work}" if self.share else f"{one.units} units")
        if one.minutes is not None:
            parts.append(f"{one.base_units or 0} base units, {one.minutes} minutes")
        if one.role != "performed":
            parts.append(one.get_role_display().lower())
        if one.site:
            parts.append(one.site.name)
        return " · ".join(parts)


def label_of(procedure: Procedure, directory: Mapping[str, Listed]) -> str:
    """Return the name of an entry: the person's own, the site's, or what little is known."""
    if procedure.custom:
        return procedure.custom.name
    listed = directory.get(procedure.hcpcs)
    return listed.label if listed else "A code that the shown release does not have"


def lines(procedures: Iterable[Procedure], directory: Mapping[str, Listed]) -> list[Line]:
    return [Line(one, label_of(one, directory)) for one in procedures]
