"""What is publicly known of each release, so that a file that says otherwise is doubted.

No Django, no files. Factors are dollars for one RVU (or one anesthesia unit); sources: the
releases themselves and the final rules of each year (DOMAIN sections 2 and 4).
"""

import re
from datetime import date
from decimal import Decimal

# A January, B April, C July, D October; R is a corrected issue of the same quarter.
_RELEASE = re.compile(r"(20[0-9]{2})([ABCD])(R?)")
_MONTHS = {"A": 1, "B": 4, "C": 7, "D": 10}

_CONVERSION_FACTORS = {
    2020: Decimal("36.0896"),
    2021: Decimal("34.8931"),
    2022: Decimal("34.6062"),
    2023: Decimal("33.8872"),
    2024: Decimal("33.2875"),
    2025: Decimal("32.3465"),
    2026: Decimal("33.4009"),
}
# Congress raised the factor of 2024 from 9 March on; the January file was issued anew for it.
_CONVERSION_FACTOR_2024A = Decimal("32.7442")
_EFFECTIVE_2024AR = date(2024, 3, 9)

# Since 2026, qualifying participants in advanced payment models (QP) have a factor of their own.
_QP_CONVERSION_FACTORS = {2026: Decimal("33.5675")}
_ANESTHESIA_FACTORS = {2025: Decimal("20.3178"), 2026: Decimal("20.4976")}
_QP_ANESTHESIA_FACTORS = {2026: Decimal("20.5998")}

# With which code a file ends: digits before letters, or (until January 2025) letters first.
LAST_CODES = ("V5364", "99607")


def is_release(release: str) -> bool:
    """Return whether `release` has the form of a release's name: "2026C", "2024AR"."""
    return bool(_RELEASE.fullmatch(release))


def year(release: str) -> int:
    """Return the year of a release; ValueError where the name is not one."""
    if not is_release(release):
        raise ValueError(f"{release!r} is no release: its name looks like 2026C or 2024AR.")
    return int(release[:4])


def effective_on(release: str) -> date:
    """Return the first day that the figures of a release are in force."""
    if release == "2024AR":
        return _EFFECTIVE_2024AR
    return date(year(release), _MONTHS[release[4]], 1)


def conversion_factor(release: str) -> Decimal | None:
    """Return the factor for everyone (non-QP), or None for a year that is not known here."""
    if release == "2024A":
        return _CONVERSION_FACTOR_2024A
    return _CONVERSION_FACTORS.get(year(release))


def qp_conversion_factor(release: str) -> Decimal | None:
    """Return the factor for qualifying participants, or None where there is none."""
    return _QP_CONVERSION_FACTORS.get(year(release))


def anesthesia_factor(release: str) -> Decimal | None:
    """Return the national anesthesia factor, or None for a year that is not known here."""
    return _ANESTHESIA_FACTORS.get(year(release))


def qp_anesthesia_factor(release: str) -> Decimal | None:
    """Return the national anesthesia factor of qualifying participants, or None."""
    return _QP_ANESTHESIA_FACTORS.get(year(release))
