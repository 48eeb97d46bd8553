"""The figures that a case is worked out with (codes/calculator.py), from what is stored."""

from typing import Any

from codes.calculator import Case, Ground, after_sequestration
from codes.claim import Caps
from codes.models import FeeSchedule, Locality, OppsCap, Rate
from codes.payment import AFTER_SEQUESTRATION, NATIONAL, Setting


def ground(
    schedule: FeeSchedule,
    locality: Locality | None,
    case: Case,
    rates: dict[tuple[str, str], Rate],
) -> Ground:
    """Return the figures of a release at one place; None for a place is the nation.

    `rates` are the rows that the case needs. Where everyone has one factor, it is everyone's.
    """
    qp_factor = schedule.qp_conversion_factor if case.is_qp else None
    return Ground(
        rates=rates,
        factor=qp_factor or schedule.conversion_factor,
        gpcis=locality.gpcis if locality else NATIONAL,
        caps=_caps(schedule, locality, case),
        kept=after_sequestration(case.day) if case.day else AFTER_SEQUESTRATION,
        **_anesthesia(schedule, locality, case),
    )


def _caps(schedule: FeeSchedule, locality: Locality | None, case: Case) -> Caps:
    """Return the hospital amounts of the release's own file, for one place and most factors.

    The file has no amounts for the nation, nor at the factor of qualifying participants: there
    the caps follow from the rows.
    """
    if locality is None or case.is_qp:
        return {}
    found = OppsCap.objects.filter(
        schedule=schedule,
        mac=locality.mac,
        number=locality.number,
        code__in=sorted({line.code for line in case.lines}),
    )
    caps = {}
    for cap in found:
        caps[cap.code_id, cap.modifier, Setting.FACILITY] = cap.facility
        caps[cap.code_id, cap.modifier, Setting.NONFACILITY] = cap.nonfacility
    return caps


def _anesthesia(schedule: FeeSchedule, locality: Locality | None, case: Case) -> dict[str, Any]:
    """Return the anesthesia factor, or a sentence why there is none."""
    if locality is not None:
        if locality.anesthesia_factor and not case.is_qp:
            return {"anesthesia_factor": locality.anesthesia_factor}
        whose = " of qualifying participants" if case.is_qp else ""
        why = (
            f"No anesthesia factor{whose} in {locality.title} is loaded with release "
            f"{schedule.release}. Choose the national amount instead."
        )
        return {"no_anesthesia": why}
    factor = schedule.qp_anesthesia_factor if case.is_qp else schedule.anesthesia_factor
    why = f"Release {schedule.release} is loaded without an anesthesia factor."
    return {"anesthesia_factor": factor, "no_anesthesia": why}
