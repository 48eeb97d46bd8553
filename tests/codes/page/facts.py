"""Facts of release RVU26C and its localities for the tests of a code page's sections."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from codes.fee_schedule.records import RateRow
from codes.page.history import Past
from codes.payment import Components
from tests.codes.rates import (
    COLONOSCOPY,
    COLONOSCOPY_53,
    ECG_TRACING,
    HEAD_CT,
    HEAD_CT_26,
    HEAD_CT_TC,
    KNEE,
    VISIT,
    Row,
    row,
)
from tests.factories import rate_row

FACTOR = Decimal("33.4009")
QP_FACTOR = Decimal("33.5675")
ANESTHESIA_FACTOR = Decimal("20.4976")

_NOT_APPLICABLE = {
    **dict.fromkeys(("pctc", "mult_proc", "bilat", "asst", "cosurg", "team"), "9"),
}
GALLBLADDER = row(
    "47562",
    "10.21 6.04 6.04 2.67",
    nonfac_na=True,
    global_days="090",
    pre_pct=Decimal("0.09"),
    intra_pct=Decimal("0.81"),
    post_pct=Decimal("0.10"),
    mult_proc="2",
    asst="2",
    cosurg="1",
)
CATEGORY_III = row("0054T", status="C")
ANESTHESIA = row("00100", status="J", **_NOT_APPLICABLE)
PREVENTIVE = row("99381", "1.50 1.82 0.33 0.08", status="N", not_used=True, **_NOT_APPLICABLE)
CONSULTATION = row("99242", "1.08 1.10 0.51 0.07", status="I", not_used=True, **_NOT_APPLICABLE)
FOLLOW_UP = row("99024", status="B", **_NOT_APPLICABLE)
DRUG = row("J1885", status="E", **_NOT_APPLICABLE)
GROUP_SESSION = row("G0411", status="X", **_NOT_APPLICABLE)
DENTAL = row("D0120", status="R")
READING_ONLY = row("86153-26", "0.67 0.30 0.30 0.02", pctc="6")
_FUNCTIONAL_MRI = {"pctc": "1", "bilat": "3"}
FUNCTIONAL_MRI = row("70555", status="C", fac_na=True, **_FUNCTIONAL_MRI)
FUNCTIONAL_MRI_26 = row("70555-26", "2.48 0.82 0.82 0.12", **_FUNCTIONAL_MRI)
FUNCTIONAL_MRI_TC = row("70555-TC", status="C", fac_na=True, supervision="02", **_FUNCTIONAL_MRI)

# Every state of a code page that the design names, and some that it does not.
STATES: dict[str, tuple[Row, ...]] = {
    "both settings priced": (VISIT,),
    "truly no physician work": (ECG_TRACING,),
    "contractor sets the price": (CATEGORY_III,),
    "anesthesia": (ANESTHESIA,),
    "not covered, for reference": (PREVENTIVE,),
    "another code is expected": (CONSULTATION,),
    "bundled": (FOLLOW_UP,),
    "paid another way": (DRUG,),
    "no physician service": (GROUP_SESSION,),
    "restricted without values": (DENTAL,),
    "facility only": (GALLBLADDER,),
    "in parts": (HEAD_CT, HEAD_CT_26, HEAD_CT_TC),
    "only the reading is valued": (FUNCTIONAL_MRI, FUNCTIONAL_MRI_26, FUNCTIONAL_MRI_TC),
    "only a reading": (READING_ONLY,),
    "stopped early": (COLONOSCOPY, COLONOSCOPY_53),
    "both knees": (KNEE,),
}


@dataclass(frozen=True)
class Place:
    """A locality with its indices of 2026: work with its floor, practice, malpractice."""

    title: str
    gpcis: Components

    @property
    def units(self) -> tuple[int, int, int]:
        work, practice, malpractice = (int(index * 1000) for index in self.gpcis)
        return work, practice, malpractice


def _place(title: str, indices: str) -> Place:
    return Place(title, Components(*map(Decimal, indices.split())))


ALABAMA = _place("Alabama", "1.000 0.875 0.566")
ARKANSAS = _place("Arkansas", "1.000 0.859 0.515")
MANHATTAN = _place("Manhattan", "1.064 1.162 1.586")
MIAMI = _place("Miami", "1.000 1.041 2.529")
PLACES = (ALABAMA, ARKANSAS, MANHATTAN, MIAMI)


@dataclass(frozen=True)
class Release:
    release: str
    effective_on: date
    conversion_factor: Decimal
    is_complete: bool = True

    @property
    def year(self) -> int:
        return int(self.release[:4])


RELEASES = {
    "2020A": Release("2020A", date(2020, 1, 1), Decimal("36.0896")),
    "2021A": Release("2021A", date(2021, 1, 1), Decimal("34.8931")),
    "2022A": Release("2022A", date(2022, 1, 1), Decimal("34.6062")),
    "2023A": Release("2023A", date(2023, 1, 1), Decimal("33.8872")),
    "2024AR": Release("2024AR", date(2024, 3, 9), Decimal("33.2875")),
    "2025A": Release("2025A", date(2025, 1, 1), Decimal("32.3465")),
    "2026C": Release("2026C", date(2026, 7, 1), FACTOR),
}


def past(**rates: RateRow) -> list[Past]:
    """Return a history from rows by release: past(r2025A=..., r2026C=...)."""
    return [Past(RELEASES[name.removeprefix("r")], rate) for name, rate in rates.items()]


def gallbladder(rvus: str, **changes: Any) -> RateRow:
    """Return 47562 as a row of the file, from its work, practice expense and malpractice."""
    work, practice, malpractice = rvus.split()
    values = {
        "work_rvu": work,
        "pe_nonfac": practice,
        "pe_fac": practice,
        "mp_rvu": malpractice,
        "nonfac_na": True,
        "global_days": "090",
        "pre_pct": "0.09",
        "intra_pct": "0.81",
        "post_pct": "0.10",
        "mult_proc": "2",
        "asst": "2",
        "cosurg": "1",
    }
    return rate_row("47562", **{**values, **changes})


GALLBLADDER_PAST = past(
    r2020A=gallbladder("10.47 6.22 2.50"),
    r2021A=gallbladder("10.47 6.54 2.53"),
    r2022A=gallbladder("10.47 6.68 2.61"),
    r2023A=gallbladder("10.47 6.73 2.56"),
    r2024AR=gallbladder("10.47 6.81 2.64"),
    r2025A=gallbladder("10.47 6.97 2.62"),
    r2026C=gallbladder("10.21 6.04 2.67"),
)

# "0.00" on its own: not the end of "10.00", nor the beginning of "0.006".
BARE_ZERO = re.compile(r"(?<![\d.,])0\.00(?!\d)")
_DRAWING = {"x", "y", "width", "middle", "end", "path", "levels", "steps", "here", "national"}


def strings(value: Any) -> Iterator[str]:
    """Give every string in a section that a reader sees; places in a drawing are none."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        names = [field.name for field in fields(value)]
        yield from _named(names, [getattr(value, name) for name in names])
    elif hasattr(value, "_fields"):
        yield from _named(value._fields, value)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from strings(one)


def _named(names: Any, values: Any) -> Iterator[str]:
    for name, value in zip(names, values, strict=True):
        if name not in _DRAWING:
            yield from strings(value)
