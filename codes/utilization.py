"""How often Medicare paid for each code in a year: what editors look after first.

The file is CMS's "Medicare Physician & Other Practitioners - by Geography and Service", a CSV with
a row for each place (the nation and each state), code and setting, and no year in it. Counts are
kept of the whole nation alone, both settings together. Its descriptors are AMA's: never read.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import OuterRef, Subquery

from codes import taxonomy
from codes.fee_schedule.records import FileError
from codes.models import Utilization

LEVEL, CODE, SETTING, SERVICES = (
    "Rndrng_Prvdr_Geo_Lvl", "HCPCS_Cd", "Place_Of_Srvc", "Tot_Srvcs",
)  # fmt: skip
NATIONAL = "National"
SETTINGS = frozenset("FO")  # facility, office
MOST_CELL = 1000  # characters; the longest real one has some 260
FIRST_YEAR = 2000
_COUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_YEAR = re.compile(r"_D(?:Y)?([0-9]{2})_")


def read(lines: Iterable[str]) -> dict[str, int]:
    """Return the services of the nation by code, rounded to whole ones. Reads line by line.

    FileError, with the line and the column, where a heading is missing, a count is none, a code
    is none, a row is there twice, or the file has no row of the nation at all.
    """
    rows = csv.reader(lines, strict=True)
    services: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    try:
        headings = next(rows, [])
        columns = {name.strip('\ufeff "'): place for place, name in enumerate(headings)}
        missing = [name for name in (LEVEL, CODE, SETTING, SERVICES) if name not in columns]
        if missing:
            raise FileError(
                f"Line 1: there is no column {missing[0]}. Is this the file by geography and "
                "service?"
            )
        level, code, setting, count = (columns[name] for name in (LEVEL, CODE, SETTING, SERVICES))
        for row in rows:
            where = f"Line {rows.line_num}"
            if len(row) != len(headings):
                raise FileError(
                    f"{where}: it has {len(row)} cells under {len(headings)} headings."
                )
            if row[level] != NATIONAL:
                continue
            key = row[code], row[setting]
            if not taxonomy.is_code(key[0]):
                raise FileError(f"{where}, {CODE}: {_quoted(key[0])} is no code.")
            if key[1] not in SETTINGS:
                raise FileError(f"{where}, {SETTING}: {_quoted(key[1])} is neither F nor O.")
            if not _COUNT.fullmatch(row[count]):
                raise FileError(f"{where}, {SERVICES}: {_quoted(row[count])} is no count.")
            if key in seen:
                raise FileError(f"{where}: {key[0]} has a second national row for {key[1]}.")
            seen.add(key)
            services[key[0]] += int(Decimal(row[count]).quantize(Decimal(1), ROUND_HALF_UP))
    except csv.Error as error:
        raise FileError(f"Line {rows.line_num}: {error}.") from None
    except UnicodeDecodeError:
        raise FileError(f"After line {rows.line_num}: this is not UTF-8 text.") from None
    if not services:
        raise FileError(f"No row is of the level {NATIONAL}: nothing can be counted.")
    return dict(services)


def year_in(name: str) -> int | None:
    """Return the year that CMS puts into the file's name: MUP_PHY_R25_P05_V20_D23_Geo.csv."""
    found = _YEAR.search(name)
    return FIRST_YEAR + int(found[1]) if found else None


@transaction.atomic
def replace(services: Mapping[str, int], year: int) -> None:
    """Keep these counts, and no others."""
    Utilization.objects.all().delete()
    Utilization.objects.bulk_create(
        (Utilization(hcpcs=code, year=year, services=count) for code, count in services.items()),
        batch_size=1000,
    )


def services_of(code: str) -> Subquery:
    """Return the services of the code that the field `code` names, for a query; else NULL."""
    return Subquery(Utilization.objects.filter(hcpcs=OuterRef(code)).values("services")[:1])


def order_in_words() -> str:
    """Return by what the queue of editors is ordered: by services where there are counts."""
    year = Utilization.objects.values_list("year", flat=True).first()
    if year is None:
        return "the best paid first: no counts of services have been imported"
    return f"the most billed first, by Medicare’s services of {year}"


def _quoted(text: str) -> str:
    return f"“{text[:20]}”"
