"""Which release a file belongs to, as far as its text or its names tell.

CMS names a release by year and letter: RVU26C is the July file of 2026, here "2026C". A is
January, B April, C July, D October; R marks a corrected issue, which only names tell.
"""

import re
from collections.abc import Iterable

_LETTERS = {"JAN": "A", "APR": "B", "JUL": "C", "OCT": "D"}
_MONTH = "JAN|APR|JUL|OCT"

_NAME = "NATIONAL PHYSICIAN FEE SCHEDULE RELATIVE VALUE FILE"
_TITLE = re.compile(rf"(20[0-9]{{2}}) {_NAME} ({_MONTH})[A-Z]* RELEASE", re.IGNORECASE)
_ANY_TITLE = re.compile(_NAME, re.IGNORECASE)
# RVU26C, rvu26ar, rvu25d_0, rvu26c-updated-06-30-2026: never the RVU25 in PPRRVU25_JAN.
_PACKAGE = re.compile(r"(?<![A-Z])RVU([0-9]{2})([A-D]R?)(?![A-Z0-9])", re.IGNORECASE)
_FILE = re.compile(rf"PPRRVU(?:20)?([0-9]{{2}})_({_MONTH})", re.IGNORECASE)
_YEAR = re.compile(r"(?:GPCI|ANES|OPPSCAP)_?(?:20)?([0-9]{2})(?![0-9])", re.IGNORECASE)
_LOCCO_YEAR = re.compile(r"(?<![0-9])(?:20)?([0-9]{2})LOCCO", re.IGNORECASE)
_QUARTER = re.compile(rf"OPPSCAP[0-9]*_({_MONTH})", re.IGNORECASE)


def base(release: str) -> str:
    """Return a release without the mark of a corrected issue: "2026A" for "2026AR"."""
    return release.removesuffix("R")


def of_title(text: str) -> str | None:
    """Return the release that the title of a PPRRVU file names: "" if none, None if unclear."""
    found = _TITLE.search(text)
    if found:
        return found[1] + _LETTERS[found[2].upper()]
    return None if _ANY_TITLE.search(text) else ""


def package(name: str) -> str:
    """Return the release that the name of a zip or folder says, as "2026AR", or ""."""
    found = _PACKAGE.search(name)
    return f"20{found[1]}{found[2].upper()}" if found else ""


def of_names(names: Iterable[str]) -> str:
    """Return the release told by names, the closest first; a corrected issue wins over a plain.

    "PPRRVU24_JAN.csv" in "rvu24ar.zip" is 2024AR.
    """
    told = []
    for name in names:
        found = _FILE.search(name)
        if found:
            told.append(f"20{found[1]}{_LETTERS[found[2].upper()]}")
        if package(name):
            told.append(package(name))
    if not told:
        return ""
    corrected = f"{base(told[0])}R"
    return corrected if corrected in told else told[0]


def year_of_name(name: str) -> int | None:
    """Return the year in the name of a GPCI, ANES, OPPSCAP or LOCCO file, or None."""
    found = _YEAR.search(name) or _LOCCO_YEAR.search(name)
    return 2000 + int(found[1]) if found else None


def quarter_of_name(name: str) -> str:
    """Return the letter of the quarter in the name of an OPPSCAP file, or ""."""
    found = _QUARTER.search(name)
    return _LETTERS[found[1].upper()] if found else ""
