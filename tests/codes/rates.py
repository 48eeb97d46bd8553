"""Rows of the fee schedule for tests: typed in by hand, or read from the federal file."""

import csv
import os
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Row:
    """What codes/payment.py asks of a rate; by default an office visit's indicators."""

    hcpcs: str
    modifier: str = ""
    status: str = "A"
    not_used: bool = False
    work_rvu: Decimal = Decimal("0.00")
    pe_nonfac: Decimal = Decimal("0.00")
    nonfac_na: bool = False
    pe_fac: Decimal = Decimal("0.00")
    fac_na: bool = False
    mp_rvu: Decimal = Decimal("0.00")
    pctc: str = "0"
    global_days: str = "XXX"
    pre_pct: Decimal = Decimal("0.00")
    intra_pct: Decimal = Decimal("0.00")
    post_pct: Decimal = Decimal("0.00")
    mult_proc: str = "0"
    bilat: str = "0"
    asst: str = "0"
    cosurg: str = "0"
    team: str = "0"
    endo_base: str = ""
    conv_factor: Decimal = Decimal("33.4009")
    supervision: str = "09"
    img_family: str = "99"
    opps_pe_nonfac: Decimal = Decimal("0.00")
    opps_pe_fac: Decimal = Decimal("0.00")
    opps_mp: Decimal = Decimal("0.00")

    @property
    def total_nonfac(self) -> Decimal:
        return self.work_rvu + self.pe_nonfac + self.mp_rvu

    @property
    def total_fac(self) -> Decimal:
        return self.work_rvu + self.pe_fac + self.mp_rvu

    def but(self, **changes: Any) -> "Row":
        return replace(self, **changes)


def row(hcpcs: str, rvus: str = "0.00 0.00 0.00 0.00", **indicators: Any) -> Row:
    """Return a row from its RVUs in file order: work, office PE, facility PE, malpractice."""
    work, pe_nonfac, pe_fac, malpractice = map(Decimal, rvus.split())
    code, _, modifier = hcpcs.partition("-")
    return Row(
        code,
        modifier,
        work_rvu=work,
        pe_nonfac=pe_nonfac,
        pe_fac=pe_fac,
        mp_rvu=malpractice,
        **indicators,
    )


def shared(path: str) -> Path:
    """Return a file of the reference data that is not part of the repository, or skip the test."""
    folder = Path(os.environ.get("RVUEDGE_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / path).is_file():
        pytest.skip(f"{path} is not in the reference data: set RVUEDGE_SHARED to its folder")
    return folder / path


@cache
def release_2026c() -> dict[str, list[Row]]:
    """Return every row of RVU26C by code: the row without modifier first, as in the file."""
    path = shared("data/cms/rvu26c/PPRRVU2026_Jul_nonQPP.csv")
    with path.open(encoding="cp1252", newline="") as file:
        lines = list(csv.reader(file))
    start = next(number for number, line in enumerate(lines) if line[0] == "HCPCS") + 1
    rows: dict[str, list[Row]] = {}
    for line in lines[start:]:
        rows.setdefault(line[0], []).append(
            Row(
                hcpcs=line[0],
                modifier=line[1],
                status=line[3],
                not_used=line[4] == "+",
                work_rvu=Decimal(line[5]),
                pe_nonfac=Decimal(line[6]),
                nonfac_na=line[7] == "NA",
                pe_fac=Decimal(line[8]),
                fac_na=line[9] == "NA",
                mp_rvu=Decimal(line[10]),
                pctc=line[13],
                global_days=line[14],
                pre_pct=Decimal(line[15]),
                intra_pct=Decimal(line[16]),
                post_pct=Decimal(line[17]),
                mult_proc=line[18],
                bilat=line[19],
                asst=line[20],
                cosurg=line[21],
                team=line[22],
                endo_base=line[24],
                conv_factor=Decimal(line[25]),
                supervision=line[26],
                img_family=line[28],
                opps_pe_nonfac=Decimal(line[29]),
                opps_pe_fac=Decimal(line[30]),
                opps_mp=Decimal(line[31]),
            )
        )
    return rows


# Facts of release RVU26C, by name where a test needs an indicator of theirs.
SURGERY = {"mult_proc": "2", "global_days": "090"}
KNEE = row(
    "27447",
    "19.11 11.58 11.58 4.02",
    **SURGERY,
    nonfac_na=True,
    pre_pct=Decimal("0.10"),
    intra_pct=Decimal("0.69"),
    post_pct=Decimal("0.21"),
    bilat="1",
    asst="2",
    cosurg="1",
)
VISIT = row("99213", "1.30 1.46 0.33 0.09")
JOINT_INJECTION = row(
    "20610", "0.77 1.16 0.29 0.13", mult_proc="2", global_days="000", bilat="1", asst="1"
)
COLONOSCOPY = row("45378", "3.18 7.73 1.34 0.41", mult_proc="2", global_days="000", asst="1")
COLONOSCOPY_53 = COLONOSCOPY.but(
    modifier="53",
    work_rvu=Decimal("1.59"),
    pe_nonfac=Decimal("3.87"),
    pe_fac=Decimal("0.67"),
    mp_rvu=Decimal("0.21"),
)
_ENDOSCOPY = {"mult_proc": "3", "global_days": "000", "asst": "1"}
BIOPSY = row("45380", "3.47 10.48 1.43 0.42", **_ENDOSCOPY, endo_base="45378")
SNARE = row("45385", "4.46 10.00 1.72 0.51", **_ENDOSCOPY, endo_base="45378")
GASTROSCOPY = row("43235", "2.04 7.38 1.03 0.24", mult_proc="2", global_days="000", asst="1")
GASTRIC_BIOPSY = row("43239", "2.33 9.94 1.10 0.27", **_ENDOSCOPY, endo_base="43235")
BRONCHOSCOPY = row("31622", "2.47 5.68 0.83 0.30", mult_proc="2", global_days="000", asst="1")
BRUSHING = row("31623", "2.56 6.27 0.77 0.24", **_ENDOSCOPY, endo_base="31622")
LAVAGE = row("31624", "2.56 5.77 0.82 0.24", **_ENDOSCOPY, endo_base="31622")

_IMAGING = {"pctc": "1", "mult_proc": "4", "img_family": "88"}


def _opps(practice_expense: str, malpractice: str) -> dict[str, Decimal]:
    value = Decimal(practice_expense)
    return {"opps_pe_nonfac": value, "opps_pe_fac": value, "opps_mp": Decimal(malpractice)}


HEAD_CT = row("70450", "0.83 2.30 2.30 0.06", **_IMAGING, **_opps("3.48", "0.07"), fac_na=True)
HEAD_CT_26 = row("70450-26", "0.83 0.30 0.30 0.05", **_IMAGING)
HEAD_CT_TC = row(
    "70450-TC",
    "0.00 2.00 2.00 0.01",
    **_IMAGING,
    **_opps("3.18", "0.02"),
    fac_na=True,
    supervision="01",
)
BRAIN_MRI = row("70551", "1.44 4.31 4.31 0.10", **_IMAGING, **_opps("7.77", "0.12"), fac_na=True)
BRAIN_MRI_26 = row("70551-26", "1.44 0.51 0.51 0.08", **_IMAGING)
BRAIN_MRI_TC = row(
    "70551-TC", "0.00 3.80 3.80 0.02", **_IMAGING, **_opps("7.26", "0.04"), fac_na=True
)
ARM_CTA = row("73206", "1.76 6.95 6.95 0.14", **_IMAGING, **_opps("5.94", "0.14"), fac_na=True)
ARM_CTA_26 = row("73206-26", "1.76 0.60 0.60 0.11", **_IMAGING)
ARM_CTA_TC = row(
    "73206-TC", "0.00 6.35 6.35 0.03", **_IMAGING, **_opps("5.34", "0.03"), fac_na=True
)
_HEART = {"pctc": "1", "mult_proc": "6"}
ECHO = row("93306", "1.42 4.39 4.39 0.08", **_HEART, **_opps("17.13", "0.18"), fac_na=True)
ECHO_26 = row("93306-26", "1.42 0.55 0.55 0.05", **_HEART)
ECHO_TC = row("93306-TC", "0.00 3.84 3.84 0.03", **_HEART, **_opps("16.58", "0.13"), fac_na=True)
ECG = row("93000", "0.17 0.27 0.27 0.02", pctc="4", mult_proc="6", fac_na=True, supervision="01")
ECG_TRACING = row(
    "93005", "0.00 0.20 0.20 0.01", pctc="3", mult_proc="6", fac_na=True, supervision="01"
)
ECG_READING = row("93010", "0.17 0.07 0.07 0.01", pctc="2")
_EYE = {"pctc": "1", "mult_proc": "7", "bilat": "2", "fac_na": True}
RETINA_SCAN_TC = row("92134-TC", "0.00 0.44 0.44 0.01", **_EYE, **_opps("1.76", "0.04"))
RETINA_PHOTO_TC = row("92250-TC", "0.00 0.49 0.49 0.01", **_EYE, **_opps("3.99", "0.08"))
EXERCISES = row("97110", "0.45 0.41 0.41 0.01", pctc="7", mult_proc="5", fac_na=True)
MANUAL_THERAPY = row("97140", "0.43 0.39 0.39 0.01", pctc="7", mult_proc="5", fac_na=True)
OXIMETRY = row("94760", "0.00 0.11 0.11 0.01", status="T", pctc="3", fac_na=True)
ANESTHESIA = row("00100", status="J", pctc="9", mult_proc="9", bilat="9", asst="9")

LOOKUP = {
    (rate.hcpcs, rate.modifier): rate for rate in list(globals().values()) if isinstance(rate, Row)
}
