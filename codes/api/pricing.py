"""The payment of one line, from what was asked to the rows that codes/claim.py wants."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from rest_framework.exceptions import NotFound, ValidationError

from codes.claim import Line, price_claim, rates_needed, row_for
from codes.models import FeeSchedule, Locality, Rate, ZipRange
from codes.payment import NATIONAL, Clinician, PaymentError, Setting, name
from codes.shown import Shown

_MANY_LOCALITIES = (
    "{zip} lies in more than one locality: its last four digits decide. This is the file’s "
    "locality for the five digits."
)


def in_force(schedules: Iterable[FeeSchedule], day: date) -> tuple[FeeSchedule | None, str]:
    """Return the newest release that was in force on a day, and a remark or why there is none.

    A year of which nothing is loaded has no amount, as another year's would be a guess. Only a
    day after all that is loaded takes the newest release, and says so.
    """
    ordered = sorted(schedules, key=lambda one: (one.effective_on, one.release))
    begun = [one for one in ordered if one.effective_on <= day]
    if not begun:
        return None, f"No release that was in force on {day} is loaded."
    if begun[-1].year == day.year:
        return begun[-1], ""
    if begun[-1] is ordered[-1]:
        return begun[-1], f"No release of {day.year} is loaded yet: this is {begun[-1].release}."
    return None, f"No release of {day.year} is loaded."


def locality_of_zip(schedule: FeeSchedule, zip_code: str) -> tuple[Locality | None, str]:
    """Return the locality of a ZIP code in a release, and a remark. Two queries."""
    row = ZipRange.objects.filter(
        quarter=schedule.zip_quarter, first__lte=zip_code, last__gte=zip_code
    ).first()
    if row is None:
        return None, ""
    remark = _MANY_LOCALITIES.format(zip=zip_code) if row.needs_plus_four else ""
    key = {"mac": row.mac, "number": row.number}
    return Locality.objects.filter(schedule=schedule, **key).first(), remark


def locality(schedule: FeeSchedule, asked: dict[str, Any]) -> tuple[Locality | None, list[str]]:
    """Return the locality that was asked for, None for the national amount, and remarks."""
    if "zip" in asked:
        found, remark = locality_of_zip(schedule, asked["zip"])
        if found is None:
            where = f"{asked['zip']} is in no ZIP code file of release {schedule.release}."
            raise ValidationError({"zip": f"{where} Check the digits, or give locality."})
        return found, [remark] if remark else []
    if "locality" not in asked:
        return None, []
    mac, number = asked["locality"].split("-")
    found = Locality.objects.filter(schedule=schedule, mac=mac, number=number).first()
    if found is None:
        raise ValidationError({"locality": f"This is no locality of release {schedule.release}."})
    return found, []


def payment(state: Shown, schedule: FeeSchedule, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what Medicare allows for one line, with every step.

    ValidationError where it cannot be asked of this release, NotFound where the code is not in it.
    """
    factor = schedule.qp_conversion_factor if asked["qp"] else schedule.conversion_factor
    if factor is None:
        raise ValidationError(
            {"qp": f"Release {schedule.release} has no factor of its own for them."}
        )
    code = asked["code"].upper()
    rows = {
        (row.code_id, row.modifier): row
        for row in Rate.objects.filter(schedule=schedule, code=code)
    }
    if not rows:
        raise NotFound(f"There is no code {code} in release {schedule.release}.")
    place, remarks = locality(schedule, asked)
    gpcis = place.gpcis if place else NATIONAL
    modifiers = tuple(dict.fromkeys(filter(None, asked.get("modifiers", "").upper().split(","))))
    try:
        line = Line(
            rows[min(rows)],
            modifiers,
            asked["units"],
            Setting(asked["setting"]),
            asked.get("days"),
        )
        others = {hcpcs for hcpcs, _ in rates_needed([line])} - {code}
        if others:
            for row in Rate.objects.filter(schedule=schedule, code__in=others):
                rows[row.code_id, row.modifier] = row
        (priced,) = price_claim(
            [line],
            gpcis,
            factor,
            rows,
            clinician=Clinician(asked["clinician"]),
            participating=asked["participating"],
        )
    except PaymentError as error:
        raise ValidationError({"request": str(error)}) from error
    used, _ = row_for(line.rate, modifiers, rows)
    return {
        **{key: asked[key] for key in ("units", "setting", "qp", "participating", "clinician")},
        "code": code,
        "modifiers": modifiers,
        "row": name(used),
        "date": asked.get("date"),
        "locality": place,
        "gpcis": gpcis._asdict(),
        "conversion_factor": factor,
        "amount": priced.amount,
        "short": priced.short,
        "reason": priced.reason,
        "steps": priced.steps,
        "remarks": remarks,
    }
