"""A file in the layout of CMS's "by Provider and Service", with rows of the tests' own making.

Nothing of it is CMS's: names, places and amounts are made up.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

HEADINGS = (
    "Rndrng_NPI",
    "Rndrng_Prvdr_Last_Org_Name",
    "Rndrng_Prvdr_First_Name",
    "Rndrng_Prvdr_MI",
    "Rndrng_Prvdr_Crdntls",
    "Rndrng_Prvdr_Ent_Cd",
    "Rndrng_Prvdr_St1",
    "Rndrng_Prvdr_St2",
    "Rndrng_Prvdr_City",
    "Rndrng_Prvdr_State_Abrvtn",
    "Rndrng_Prvdr_State_FIPS",
    "Rndrng_Prvdr_Zip5",
    "Rndrng_Prvdr_RUCA",
    "Rndrng_Prvdr_RUCA_Desc",
    "Rndrng_Prvdr_Cntry",
    "Rndrng_Prvdr_Type",
    "Rndrng_Prvdr_Mdcr_Prtcptg_Ind",
    "HCPCS_Cd",
    "HCPCS_Desc",
    "HCPCS_Drug_Ind",
    "Place_Of_Srvc",
    "Tot_Benes",
    "Tot_Srvcs",
    "Tot_Bene_Day_Srvcs",
    "Avg_Sbmtd_Chrg",
    "Avg_Mdcr_Alowd_Amt",
    "Avg_Mdcr_Pymt_Amt",
    "Avg_Mdcr_Stdzd_Amt",
)
FIRST_NPI = 1_000_000_000


def row(
    clinician: int,
    specialty: str = "Family Practice",
    code: str = "99213",
    services: object = 100,
    place: str = "O",
    *,
    drug: str = "N",
    patients: object = 50,
    entity: str = "I",
) -> list[str]:
    """Return one row; clinicians are numbered from 0."""
    return [
        str(FIRST_NPI + clinician),
        f"Surname {clinician}, of some length",
        "Given",
        "M",
        "M.D.",
        entity,
        "1 Example Street",
        "",
        "Exampleton",
        "NY",
        "36",
        "10016",
        "1",
        "Metropolitan area core, as the tests word it",
        "US",
        specialty,
        "Y",
        code,
        "A service, as the tests word it",
        drug,
        place,
        str(patients),
        str(services),
        str(services),
        "180.25",
        "92.5",
        "70.125",
        "71.0375",
    ]


def write(path: Path, rows: Iterable[list[str]], headings: Iterable[str] = HEADINGS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(headings)
        writer.writerows(rows)
    return path


def ladder(specialty: str, count: int, first: int = 0, step: int = 100) -> Iterator[list[str]]:
    """Yield clinicians with step, 2 × step, … services of 99213 in an office."""
    for number in range(count):
        yield row(first + number, specialty, services=step * (number + 1))
