"""A release of sixteen codes and the one before it, for tests of pages. Figures of RVU26C."""

from datetime import date

from codes.fee_schedule.load import load
from codes.models import Code
from tests.factories import CodeContentFactory, SpecialtyFactory, package, rate_row

NOTHING = {"work_rvu": 0, "pe_nonfac": 0, "pe_fac": 0, "mp_rvu": 0}
FACILITY_ONLY = {"nonfac_na": True, "global_days": "090"}

GALLBLADDER = "47562"
LABELS = {
    GALLBLADDER: "Laparoscopic gallbladder removal",
    "47600": "Gallbladder removal through an open incision",
    "45378": "Looking through the whole colon by scope",
    "99213": "Established patient office visit, low complexity",
}
SYNONYMS = {GALLBLADDER: ["lap chole"], "45378": ["colonoscopy"]}


def rates(work_of_gallbladder="10.21"):
    """Return the rows: payable and not, with and without work, with every sort of zero."""
    return [
        rate_row(GALLBLADDER, work_rvu=work_of_gallbladder, pe_nonfac="6.04", pe_fac="6.04",
                 mp_rvu="2.67", **FACILITY_ONLY),
        rate_row("47600", work_rvu="17.04", pe_nonfac="8.80", pe_fac="8.80", mp_rvu="4.41",
                 **FACILITY_ONLY),
        rate_row("45378", work_rvu="3.18", pe_nonfac="7.64", pe_fac="1.25", mp_rvu="0.50",
                 global_days="000"),
        rate_row("40799", status="C", global_days="YYY", **NOTHING),
        rate_row("99213"),
        rate_row("99214", work_rvu="1.92", pe_nonfac="2.00", pe_fac="0.47", mp_rvu="0.14"),
        rate_row("99381", status="N", not_used=True, work_rvu="1.50"),
        rate_row("70450", work_rvu="0.83", pe_nonfac="2.30", fac_na=True, pctc="1"),
        rate_row("70450", "26", work_rvu="0.83", pe_nonfac="0.30", pe_fac="0.30", pctc="1"),
        rate_row("70450", "TC", work_rvu=0, pe_nonfac="2.00", fac_na=True, pctc="1"),
        rate_row("93005", work_rvu=0, pe_nonfac="0.18", fac_na=True, mp_rvu="0.01", pctc="3"),
        rate_row("00790", status="J", **NOTHING),
        rate_row("0054T", status="C", descriptor="An AMA text", **NOTHING),
        rate_row("D0120", status="R", descriptor="An ADA text", **NOTHING),
        rate_row("G0105", descriptor="Colonoscopy, high risk", work_rvu="3.18"),
        rate_row("G0411", status="X", descriptor="Group session", **NOTHING),
        rate_row("GXXX1", status="I", descriptor="A placeholder", **NOTHING),
        rate_row("J1885", status="E", descriptor="A drug", **NOTHING),
    ]  # fmt: skip


def load_release(*, complete=True):
    """Load 2026B and 2026C, show 2026C, and publish texts for four codes."""
    before = [row for row in rates("10.47") if row.hcpcs != "G0411"]
    load(package("2026B", rates=before), confirmed=True)
    load(
        package("2026C", rates=rates(), released_on=date(2026, 6, 30)),
        confirmed=True,
        activate=True,
        complete=complete,
    )
    surgery = SpecialtyFactory(slug="general-surgery")
    for hcpcs, label in LABELS.items():
        content = CodeContentFactory(
            code=Code.objects.get(pk=hcpcs), label=label, synonyms=SYNONYMS.get(hcpcs, [])
        )
        if hcpcs.startswith("4"):
            content.specialties.add(surgery)
        content.publish()
