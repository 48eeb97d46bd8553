"""Percentiles of Medicare fee-for-service wRVUs by specialty, from CMS's public file. No Django.

The file is "Medicare Physician & Other Practitioners - by Provider and Service": a CSV in UTF-8 of
some 10 million rows and 3 GB, one row for each NPI, code and setting (F, facility; O, office),
without modifiers. CMS leaves out rows that rest on 10 or fewer beneficiaries.

What counts (DOMAIN.md section 6): for each NPI, services times the work RVU of the same year, of
codes that Medicare pays by RVUs (status A, R or T, not flagged +), no anesthesia, no drugs. A code
that has a 26 row counts with that row in a facility: there the physician only reads. Organizations
are no clinicians. Clinicians with fewer services that count than a floor are left out; a specialty
is published from 30 clinicians on.

Everything is added up as whole numbers: hundredths of an RVU times millionths of a service. Memory
grows with the clinicians (some 100 bytes each), not with the rows.
"""

import codecs
import csv
import difflib
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, Protocol

from codes import taxonomy
from codes.fee_schedule.records import FileError
from codes.indicators import PAYABLE

NPI, KIND, CODE, DRUG, PLACE, PATIENTS, SERVICES = COLUMNS = (
    "Rndrng_NPI",
    "Rndrng_Prvdr_Type",
    "HCPCS_Cd",
    "HCPCS_Drug_Ind",
    "Place_Of_Srvc",
    "Tot_Benes",
    "Tot_Srvcs",
)
ENTITY = "Rndrng_Prvdr_Ent_Cd"  # I, individual, or O, organization
PERCENTILES = (10, 25, 50, 75, 90)
FLOOR = 100  # services a year; below it somebody hardly works in Medicare at all
FEWEST_CLINICIANS = 30
FEWEST_PATIENTS = 11  # in a row, as CMS publishes it
MOST_BAD_SHARE = 100  # one row in so many may be bad
MOST_BAD_NAMED = 50
MOST_SPECIALTIES = 500  # there are some 110
MOST_CLINICIANS = 2_500_000  # there are some 1.2 million
LONGEST_SPECIALTY = 100  # characters

_BLOCK = 1024 * 1024
_TELL_EVERY = 50_000  # rows
_MOST_NUMBERS = 200_000  # remembered as they are written
# Two sums in one number, so that a clinician takes one place in memory: services above, wRVUs
# below. 80 bits hold 10^24 hundred-millionths, far more than everybody's wRVUs together.
_SERVICES_BIT = 80
_WRVUS = (1 << _SERVICES_BIT) - 1
_NPI = re.compile(r"[12][0-9]{9}")
_SERVICE_COUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,6}))?")
_PATIENT_COUNT = re.compile(r"[0-9]{1,9}")

Progress = Callable[[int], None]  # bytes done since the last call


def _silent(_: int) -> None:
    pass


class RateLike(Protocol):
    """A row of the fee schedule, as codes.models.Rate has it."""

    @property
    def hcpcs(self) -> str: ...
    @property
    def modifier(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def not_used(self) -> bool: ...
    @property
    def work_rvu(self) -> Decimal: ...


@dataclass
class Worths:
    """Hundredths of a work RVU of each code that counts, by setting; for others, why not."""

    office: dict[str, int] = field(default_factory=dict)
    facility: dict[str, int] = field(default_factory=dict)
    why_not: dict[str, str] = field(default_factory=dict)


class Spread(NamedTuple):
    """wRVUs at PERCENTILES, with two decimals, and how many clinicians they are of."""

    clinicians: int
    points: tuple[Decimal, ...]


@dataclass
class Reading:
    """What a file holds. `small` are specialties with too few clinicians, and how many."""

    rows: int = 0
    counted: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  # rows that do not count, by reason
    bad_rows: int = 0
    bad: list[str] = field(default_factory=list)
    below_floor: int = 0  # clinicians
    spreads: dict[str, Spread] = field(default_factory=dict)
    small: dict[str, int] = field(default_factory=dict)
    knows_organizations: bool = True  # whether the file says who is one


class _BadRow(ValueError):
    """Why one row cannot be taken."""


def worths(rates: Iterable[RateLike]) -> Worths:
    """Return what each code of a release counts with, from all of its rows."""
    rows: dict[str, dict[str, RateLike]] = {}
    for rate in rates:
        rows.setdefault(rate.hcpcs, {})[rate.modifier] = rate
    found = Worths()
    for hcpcs, of_code in rows.items():
        reading = of_code.get("26")
        whole = of_code.get("") or reading
        settings = ((found.office, whole), (found.facility, reading or whole))
        for setting, row in settings:
            if row is not None and not _why_not(row):
                setting[hcpcs] = int(row.work_rvu.scaleb(2))
        spoken = whole or next(iter(of_code.values()))
        found.why_not[hcpcs] = _why_not(spoken) or "no physician work in that setting"
    return found


def _why_not(row: RateLike) -> str:
    """Return why a row does not count, or ""."""
    if row.status == "J" or (row.hcpcs.isdigit() and "00100" <= row.hcpcs <= "01999"):
        return "anesthesia"
    if row.status not in PAYABLE or row.not_used:
        return "not paid by RVUs"
    return "" if row.work_rvu else "no physician work"


def digest(path: Path, progress: Progress = _silent) -> str:
    """Return a file's SHA-256 once it has been seen whole. FileError for what is no such CSV."""
    sha256 = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        head = stream.peek(4)[:4]
        if not head:
            raise FileError("The file is empty.")
        if head.startswith((b"PK", b"\x1f\x8b")):
            raise FileError("The file is packed: unpack it, and name the CSV inside.")
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise FileError("The file is UTF-16 text: CMS publishes UTF-8. Download it again.")
        while block := stream.read(_BLOCK):
            if b"\0" in block:
                raise FileError("The file has NUL bytes: it is no CSV, or it is damaged.")
            if len(block) == _BLOCK and b"\n" not in block:
                raise FileError("The file has a line of more than a megabyte: it is no table.")
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                raise FileError(
                    "The file is not UTF-8 text, as CMS publishes it: download it again, and do "
                    "not save it with another program."
                ) from None
            sha256.update(block)
            progress(len(block))
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise FileError("The file ends within a character: download it again.") from None
    return sha256.hexdigest()


def read(
    path: Path, counting: Worths, floor: int = FLOOR, progress: Progress = _silent
) -> Reading:
    """Return the percentiles of each specialty in a file that `digest` has passed.

    `floor` is the least number of counting services that a clinician must have. FileError where a
    column is missing or there twice, where the CSV is broken, and where more than one row in a
    hundred is bad; its `errors` then name the first fifty of those.
    """
    reading = Reading()
    with path.open("rb") as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as stream:
        told = 0

        def tell() -> None:
            nonlocal told
            told, before = raw.tell(), told
            progress(told - before)

        reader = csv.reader(stream, strict=True)
        try:
            headings = next(reader, [])
            people = _read_rows(reader, _columns(headings), len(headings), counting, reading, tell)
        except csv.Error as error:
            raise FileError(f"Line {reader.line_num} is not sound CSV ({error}).") from None
        tell()
    if not reading.rows:
        raise FileError("The file has headings, but no rows.")
    if reading.bad_rows * MOST_BAD_SHARE > reading.rows:
        raise FileError(
            f"{reading.bad_rows:,} of {reading.rows:,} rows cannot be taken, more than one in a "
            "hundred: this is not the file as CMS publishes it.",
            tuple(reading.bad),
        )
    for specialty, sums in sorted(people.items()):
        _spread(specialty, sums, floor, reading)
    return reading


def _columns(headings: Sequence[str]) -> list[int]:
    """Return the places of COLUMNS and, if it is there, of ENTITY."""
    names = [name.strip() for name in headings]
    if len(names) == 1:
        raise FileError("Line 1 is one cell: the file is no CSV with commas.")
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise FileError(f"Line 1: the column {_short(twice[0])} is there twice.")
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        others = [name for name in names if name not in COLUMNS]
        near = difflib.get_close_matches(missing[0], others, 1, 0.8)
        raise FileError(
            f"Line 1: there is no column {', '.join(missing)}"
            + (f"; is {_short(near[0])} meant?" if near else ".")
            + " The file by provider and service is needed, as CMS publishes it."
        )
    wanted = [*COLUMNS, ENTITY] if ENTITY in names else [*COLUMNS]
    return [names.index(name) for name in wanted]


def _read_rows(
    reader: "csv._reader",  # type: ignore[name-defined]
    columns: list[int],
    width: int,
    counting: Worths,
    reading: Reading,
    tell: Callable[[], None],
) -> dict[str, dict[int, int]]:
    """Add up the rows; return for each specialty the two sums of each NPI in one number."""
    entities = {"I": True, "O": False}
    reading.knows_organizations = len(columns) > len(COLUMNS)
    if not reading.knows_organizations:
        columns = [*columns, columns[0]]  # any: it is not looked at
    pick = itemgetter(*columns)
    weights = {
        place: {code: (1 << _SERVICES_BIT) | worth for code, worth in of_place.items()}
        for place, of_place in (("O", counting.office), ("F", counting.facility))
    }
    people: dict[str, dict[int, int]] = {}
    numbers: dict[str, int] = {}  # services as they are written, in millionths
    patients_seen: set[str] = set()
    skipped = reading.skipped
    last, number = "", 0
    knows_organizations = reading.knows_organizations
    rows = 0
    for row in reader:
        if not row:
            continue
        rows += 1
        if not rows % _TELL_EVERY:
            _check_growth(people)
            if len(numbers) > _MOST_NUMBERS:
                numbers.clear()
                patients_seen.clear()
            tell()
        try:
            if len(row) != width:
                raise _BadRow(f"it has {len(row)} cells under {width} headings")
            npi, kind, code, drug, place, patients, services, entity = pick(row)
            if npi != last:
                number = _npi(npi)
                last = npi
            sums = people.get(kind)
            if sums is None:
                sums = people[_specialty(kind, people)] = {}
            of_place = weights.get(place)
            if of_place is None:
                raise _BadRow(f"{PLACE} is {_short(place)}, not F or O")
            amount = numbers.get(services)
            if amount is None:
                amount = numbers[services] = _millionths(services)
            if patients not in patients_seen:
                patients_seen.add(_patients(patients))
            if knows_organizations and not entities.get(entity):
                if entity not in entities:
                    raise _BadRow(f"{ENTITY} is {_short(entity)}, not I or O")
                skipped["organization"] += 1
            elif drug == "Y":
                skipped["drug"] += 1
            elif drug != "N":
                raise _BadRow(f"{DRUG} is {_short(drug)}, not Y or N")
            else:
                weight = of_place.get(code)
                if weight is None:
                    skipped[_reason(code, counting)] += 1
                else:
                    sums[number] = sums.get(number, 0) + amount * weight
                    reading.counted += 1
        except _BadRow as error:
            reading.bad_rows += 1
            if len(reading.bad) < MOST_BAD_NAMED:
                reading.bad.append(f"Line {reader.line_num}: {error}.")
    reading.rows = rows
    _check_growth(people)
    return people


def _check_growth(people: Mapping[str, Mapping[int, int]]) -> None:
    if sum(map(len, people.values())) > MOST_CLINICIANS:
        raise FileError(f"The file has more than {MOST_CLINICIANS:,} clinicians: there are fewer.")


def _npi(text: str) -> int:
    if not _NPI.fullmatch(text):
        raise _BadRow(f"{NPI} is {_short(text)}, not ten digits that begin with 1 or 2")
    return int(text)


def _specialty(text: str, people: Mapping[str, object]) -> str:
    if len(people) >= MOST_SPECIALTIES:
        raise FileError(
            f"{KIND} has more than {MOST_SPECIALTIES} values: it holds no specialties."
        )
    if not text.strip() or len(text) > LONGEST_SPECIALTY or not text.isprintable():
        raise _BadRow(f"{KIND} is {_short(text)}, no specialty")
    return text


def _millionths(text: str) -> int:
    found = _SERVICE_COUNT.fullmatch(text)
    if not found:
        raise _BadRow(f"{SERVICES} is {_short(text)}, no number of services")
    return int(found[1]) * 1_000_000 + int((found[2] or "").ljust(6, "0"))


def _patients(text: str) -> str:
    if not _PATIENT_COUNT.fullmatch(text) or int(text) < FEWEST_PATIENTS:
        raise _BadRow(f"{PATIENTS} is {_short(text)}, where CMS publishes 11 or more")
    return text


def _reason(code: str, counting: Worths) -> str:
    reason = counting.why_not.get(code)
    if reason:
        return reason
    if not taxonomy.is_code(code):
        raise _BadRow(f"{CODE} is {_short(code)}, no code")
    return "not in the release"


def _spread(specialty: str, sums: Mapping[int, int], floor: int, reading: Reading) -> None:
    least = floor * 1_000_000
    values = sorted(both & _WRVUS for both in sums.values() if both >> _SERVICES_BIT >= least)
    reading.below_floor += len(sums) - len(values)
    if len(values) >= FEWEST_CLINICIANS:
        points = tuple(percentile(values, percent) for percent in PERCENTILES)
        reading.spreads[specialty] = Spread(len(values), points)
    elif values:
        reading.small[specialty] = len(values)


def percentile(values: Sequence[int], percent: int) -> Decimal:
    """Return a percentile of ascending hundred-millionths of a wRVU, with two decimals.

    In a straight line between the two nearest of the n values, where the least is the 0th and the
    greatest the 100th percentile (position (n - 1) × percent / 100). Exact, and rounded half up
    once at the end.
    """
    index, rest = divmod((len(values) - 1) * percent, 100)
    exact = values[index] * (100 - rest)  # in hundredths of the values' unit
    if rest:
        exact += values[index + 1] * rest
    return Decimal((exact + 50_000_000) // 100_000_000).scaleb(-2)


def _short(text: str) -> str:
    shown = "".join(char if char.isprintable() else "?" for char in text[:30])
    return f"“{shown}{'…' if len(text) > 30 else ''}”" if shown else "empty"
