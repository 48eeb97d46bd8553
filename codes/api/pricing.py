"""The payment of one line: what was asked, as a case of the calculator (codes/calculator.py)."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotFound, ValidationError

from codes import places
from codes.calculator import Case, Wanted, calculate, codes_needed
from codes.grounds import ground
from codes.in_force import in_force
from codes.models import FeeSchedule, Locality, Rate, ZipRange
from codes.payment import Clinician, PaymentError, Setting, name
from codes.shown import Shown

_MANY_LOCALITIES = (
    "{zip} lies in more than one locality: its last four digits decide. This is the file’s "
    "locality for the five digits."
)


def release_of_day(state: Shown, asked: dict[str, Any]) -> tuple[FeeSchedule, list[str]]:
    """Return the release that was in force on the day asked for, and remarks.

    As on the calculator's page none counts that the site does not show yet.
    """
    day = asked["date"]
    active = state.schedule.release
    shown = [one for one in state.schedules.values() if one.release <= active]
    found = in_force(day, shown)
    if found is None:
        raise ValidationError({"date": f"No release that was in force on {day} is loaded."})
    if found.year == day.year:
        return found, []
    return found, [f"No release of {day.year} is loaded yet: this is {found.release}."]


def locality_of_zip(
    state: Shown, schedule: FeeSchedule, zip_code: str
) -> tuple[Locality | None, list[str]]:
    """Return the locality of a ZIP code in a release, and remarks."""
    row = ZipRange.objects.filter(
        quarter=schedule.zip_quarter, first__lte=zip_code, last__gte=zip_code
    ).first()
    found = places.localities(state, schedule).get(f"{row.mac}-{row.number}") if row else None
    if row is None or found is None:
        return None, []
    return found, [_MANY_LOCALITIES.format(zip=zip_code)] if row.needs_plus_four else []


def _locality(
    state: Shown, schedule: FeeSchedule, asked: dict[str, Any]
) -> tuple[Locality | None, list[str]]:
    """Return the locality that was asked for, None for the national amount, and remarks."""
    if "zip" in asked:
        found, remarks = locality_of_zip(state, schedule, asked["zip"])
        if found is None:
            where = f"{asked['zip']} is in no ZIP code file of release {schedule.release}."
            raise ValidationError({"zip": f"{where} Check the digits, or give locality."})
        return found, remarks
    if "locality" not in asked:
        return None, []
    found = places.localities(state, schedule).get(asked["locality"])
    if found is None:
        where = f"This is no locality of release {schedule.release}."
        raise ValidationError({"locality": where})
    return found, []


def _rows(schedule: FeeSchedule, codes: Iterable[str]) -> dict[tuple[str, str], Rate]:
    found = Rate.objects.filter(schedule=schedule, code__in=sorted(codes))
    return {(row.code_id, row.modifier): row for row in found}


def payment(state: Shown, schedule: FeeSchedule, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what Medicare allows for one line, with every step.

    ValidationError where it cannot be asked of this release, NotFound where the code is not in it.
    """
    if asked["qp"] and schedule.qp_conversion_factor is None:
        one = f"Release {schedule.release} has one conversion factor for everyone."
        raise ValidationError({"qp": one})
    code = asked["code"].upper()
    modifiers = tuple(dict.fromkeys(filter(None, asked.get("modifiers", "").upper().split(","))))
    wanted = Wanted(
        number=1,
        code=code,
        modifiers=modifiers,
        units=asked["units"],
        setting=Setting(asked["setting"]),
        days=asked.get("days"),
        base_units=asked.get("base_units"),
        minutes=asked.get("minutes"),
        at_induction=asked["at_induction"],
    )
    case = Case(
        day=asked.get("date"),
        is_qp=asked["qp"],
        clinician=Clinician(asked["clinician"]),
        participating=asked["participating"],
        lines=(wanted,),
    )
    codes = codes_needed(case)
    rates = _rows(schedule, codes)
    if not any(hcpcs == code for hcpcs, _ in rates):
        raise NotFound(f"There is no code {code} in release {schedule.release}.")
    if further := codes_needed(case, rates) - codes:
        rates |= _rows(schedule, further)
    place, remarks = _locality(state, schedule, asked)
    figures = ground(schedule, place, case, rates)
    try:
        (worked,) = calculate(case, figures).lines
    except PaymentError as error:
        raise ValidationError({"request": str(error)}) from error
    priced = worked.priced
    same = ("units", "setting", "qp", "participating", "clinician")
    return {
        **{key: asked[key] for key in same},
        "code": code,
        "modifiers": modifiers,
        "row": name(worked.rate),
        "date": asked.get("date"),
        "locality": place,
        "gpcis": figures.gpcis._asdict(),
        "conversion_factor": figures.factor,
        "amount": priced.amount,
        "short": priced.short,
        "reason": priced.reason,
        "steps": priced.steps,
        "remarks": [*remarks, *worked.notes],
    }
