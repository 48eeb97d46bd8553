"""What figures in a text follow from: rates of the starter releases, and of the real ones.

The starter figures (codes/catalogue/figures/) are facts of the federal files for a few hundred
codes; counts over a whole release need the files themselves.
"""

import csv
import json
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from codes.payment import NATIONAL, Components, cents, payment, total_rvus
from codes.starter import FOLDER

NEWEST = "2026C"
BEFORE = "2025D"

_RELEASE = r"\b20\d\d(?:AR?|B|C|D)\b|\bRVU\d\d[A-D]R?\b"
_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_DATE = rf"\b{_MONTH} \d{{1,2}}(?:, 20\d\d)?\b|\b(?:19|20)\d\d\b"
_CODE = r"(?<![\w.,$−])(?:\d{4}[0-9AFTUM]|[A-V]\d{4})\b"
_PLACE = r"\]\([^)]*\)|\bhttps?://\S+|\b(?:section|sections|chapter|level|step) \d+(?:\.\d+)*"
_LIST = r"^(?:#+ |\*\*)?\d+\. |\b\d+(?:st|nd|rd|th)\b"
_PASSED_OVER = re.compile("|".join((_PLACE, _RELEASE, _DATE, _CODE, _LIST)), re.MULTILINE)
_FIGURE = re.compile(r"[−+]?\$?\d++(?:,\d{3})*+(?:\.\d++)?+%?")


def figures_of(text):
    """Return each figure of a text as it is written, once: "$95.19", "−2.5%", "1,209".

    Codes, dates, years, releases, sections of manuals, levels of visits, ordinals and the
    numbers of a list are none.
    """
    return list(dict.fromkeys(_FIGURE.findall(_PASSED_OVER.sub(" ", text))))


def value(figure):
    """Return the number that a figure stands for; a percentage in hundredths of itself."""
    return Decimal(figure.replace("−", "-").strip("+%").replace(",", "").replace("$", ""))


def agrees(figure, exact):
    """Return whether a figure is this number, rounded half up to as many places as it has."""
    shown = value(figure)
    return shown == Decimal(exact).quantize(Decimal(1).scaleb(_exponent(shown)), ROUND_HALF_UP)


def _exponent(number):
    return int(number.as_tuple().exponent)


# Rates of the starter releases ------------------------------------------------------


@cache
def release(name):
    return json.loads((FOLDER / "figures" / f"{name}.json").read_text("utf-8"))


@cache
def rows(name):
    head, *body = release(name)["rates"]
    return {(row[0], row[1]): dict(zip(head, row, strict=True)) for row in body}


class Rate:
    """One row of a starter release, with the sums that texts do with it."""

    def __init__(self, code, modifier="", name=NEWEST):
        self.row = rows(name)[code, modifier]
        self.factor = Decimal(release(name)["conversion_factor"])

    def __getattr__(self, column):
        return Decimal(self.row[column])

    def parts(self, place):
        return Components(
            self.work_rvu, self.pe_fac if place == "fac" else self.pe_nonfac, self.mp_rvu
        )

    def amount(self, place="nonfac", factor=None, gpcis=NATIONAL):
        """Return the amount in dollars and cents; no figure stands for a setting that is NA."""
        assert not self.row[f"{place}_na"], self.row
        return payment(self.parts(place), factor or self.factor, gpcis)

    def total(self, place="nonfac"):
        assert not self.row[f"{place}_na"], self.row
        assert total_rvus(self.parts(place)) == Decimal(self.row[f"total_{place}"])
        return total_rvus(self.parts(place))


def factor(name=NEWEST):
    return Decimal(release(name)["conversion_factor"])


def qp_factor():
    return Decimal(release(NEWEST)["qp_conversion_factor"])


def indices(mac, number):
    """Return a locality's three indices, as CMS published them."""
    content = json.loads((FOLDER / "localities.json").read_text("utf-8"))
    head, *body = content["localities"]
    found = [dict(zip(head, row, strict=True)) for row in body if row[:2] == [mac, number]]
    return Components(*(Decimal(found[0][f"{part}_gpci"]) for part in ("work", "pe", "mp")))


def change(new, old):
    """Return by how many percent the new number is above the old one."""
    return (Decimal(new) / Decimal(old) - 1) * 100


def share(part, whole):
    return Decimal(part) / Decimal(whole) * 100


def percent_of(amount, percentage):
    return cents(Decimal(amount) * Decimal(percentage) / 100)


# Whole releases ------------------------------------------------------


def read_release(path):
    """Return the rows of a PPRRVU file by code and modifier: an own reading, by position."""
    with path.open(encoding="latin-1", newline="") as file:
        lines = list(csv.reader(file))
    start = next(number for number, line in enumerate(lines) if line and line[0] == "HCPCS")
    names = ["hcpcs", "modifier", "", "status", "not_used", "work", "pe_nonfac", "nonfac_na"]
    names += ["pe_fac", "fac_na", "mp", "nonfac", "fac", "pctc", "global"]
    found = {}
    for line in lines[start + 1 :]:
        if len(line) > len(names):
            row = dict(zip(names, (cell.strip() for cell in line), strict=False))
            row["mult"] = line[18].strip()
            row["base"] = line[24 if len(line) > 31 else 23].strip()
            found[row["hcpcs"], row["modifier"]] = row
    return found


PAYABLE = frozenset("ART")


def efficiency(old, new):
    """Return how the work of payable rows moved from one release to the next, as counts."""
    counts = dict.fromkeys(("rows", "exact", "too small", "spared", "rose", "fell"), 0)
    for key in old.keys() & new.keys():
        before, after = Decimal(old[key]["work"]), Decimal(new[key]["work"])
        if not ({old[key]["status"], new[key]["status"]} <= PAYABLE and before and after):
            continue
        counts["rows"] += 1
        if after == (before * Decimal("0.975")).quantize(Decimal("0.01"), ROUND_HALF_UP):
            counts["exact"] += 1
            counts["too small"] += after == before
        else:
            counts["spared" if after == before else "rose" if after > before else "fell"] += 1
    return counts


def movement(old, new, place):
    """Return how totals in a setting moved, for payable rows with a price there in both."""
    counts = dict.fromkeys(("rows", "rose", "fell", "same"), 0)
    for key in old.keys() & new.keys():
        pair = old[key], new[key]
        before, after = (Decimal(row[place]) for row in pair)
        if key[1] or not (before and after) or any(row[f"{place}_na"] for row in pair):
            continue
        if {row["status"] for row in pair} <= PAYABLE:
            counts["rows"] += 1
            counts["rose" if after > before else "fell" if after < before else "same"] += 1
    return counts
