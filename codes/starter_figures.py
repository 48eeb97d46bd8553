"""The figures that go with the starter catalogue: facts in a format of our own. No Django.

One JSON file for each release, with the rows of the catalogue's codes and what can be said of
them only with the whole release at hand: where each stands among all codes of its category, and
how those are spread. One more file has the localities of the newest release. Written by
export_catalogue_figures; nobody edits them. A row is a line, so that a change is a line too.

Wordings of AMA and ADA are not in them.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_type_hints

from codes import taxonomy
from codes.fee_schedule.records import CountyRow, LocalityRow, Member, RateRow
from codes.starter import FOLDER, CatalogueError

LOCALITIES = "localities.json"
_FOLDER = "figures"
_FORMAT = 1
_ABOUT = (
    "Facts of the Medicare Physician Fee Schedule for the codes of the starter catalogue, "
    "without any descriptor of AMA or ADA. Made by export_catalogue_figures."
)

_DECIMALS = (Decimal, Decimal | None)


class CodeFacts(NamedTuple):
    """What models.Standing says of a code that its own rows do not show."""

    hcpcs: str
    below: int | None
    neighbors: list[list[str]]  # code and work RVUs
    change: str
    work_before: Decimal | None


class CategoryFacts(NamedTuple):
    """What models.CategoryStatistics says of a category in the whole release."""

    slug: str
    codes: int
    payable: int
    with_work: int
    statuses: dict[str, int]
    minimum: Decimal | None
    quartile_1: Decimal | None
    median: Decimal | None
    quartile_3: Decimal | None
    maximum: Decimal | None
    histogram: dict[str, Any]


class CodeWording(NamedTuple):
    """CMS's own long text of a Level II code, and the file it was read in."""

    hcpcs: str
    text: str
    source: str


class ZipRun(NamedTuple):
    """ZIP codes from first to last, as far as they exist: all pay by the same locality."""

    first: str
    last: str
    state: str
    mac: str
    number: str
    needs_plus_four: bool


@dataclass(frozen=True)
class Figures:
    """The facts of one release. Counts are those of the whole release."""

    release: str
    released_on: date | None
    copyright_year: int
    conversion_factor: Decimal
    qp_conversion_factor: Decimal | None
    anesthesia_factor: Decimal | None
    qp_anesthesia_factor: Decimal | None
    row_count: int
    code_count: int
    sources: list[Member]
    named: list[str]  # codes that exist too, and that texts name as related
    rates: list[RateRow]
    codes: list[CodeFacts]
    categories: list[CategoryFacts]
    wordings: list[CodeWording]


@dataclass(frozen=True)
class Localities:
    """Where the newest release pays what. `sources` has the file of ZIP codes too."""

    release: str
    zip_quarter: str
    sources: list[Member]
    localities: list[LocalityRow]
    counties: list[CountyRow]
    zip_codes: list[ZipRun]


Facts = TypeVar("Facts", Figures, Localities)


def releases(folder: Path = FOLDER) -> list[str]:
    """Return the releases there are figures of, oldest first."""
    return sorted(path.stem for path in (folder / _FOLDER).glob("*.json"))


def digest(release: str, folder: Path = FOLDER) -> str:
    """Return the sha256 of all that belongs to a release, without reading into it.

    The localities count as the newest release's.
    """
    content = figures_path(release, folder).read_bytes()
    if release == releases(folder)[-1]:
        content += (folder / LOCALITIES).read_bytes()
    return hashlib.sha256(content).hexdigest()


def figures_path(release: str, folder: Path = FOLDER) -> Path:
    return folder / _FOLDER / f"{release}.json"


def read_figures(release: str, folder: Path = FOLDER) -> Figures:
    """Return the figures of a release; CatalogueError if the file is not of this format."""
    path = figures_path(release, folder)
    figures = _read(path, Figures)
    if figures.release != release:
        raise CatalogueError([f"{path.name}: it holds the figures of {figures.release}."])
    return figures


def read_localities(folder: Path = FOLDER) -> Localities:
    """Return the localities; CatalogueError as above."""
    return _read(folder / LOCALITIES, Localities)


def check_figures(figures: Figures) -> list[str]:
    """Return what keeps the figures of a release from being loaded, a sentence each."""
    place = f"{figures.release}.json"
    found = []
    slugs = {*(group.slug for group in taxonomy.GROUPS), *taxonomy.LEAF_SLUGS}
    if slugs != {row.slug for row in figures.categories}:
        found.append(f"{place}: its categories are not those of codes/taxonomy.py.")
    if {row.hcpcs for row in figures.rates} != {row.hcpcs for row in figures.codes}:
        found.append(f"{place}: its rates and its codes are not of the same codes.")
    if any(row.descriptor and taxonomy.descriptor_owner(row.hcpcs) != "CMS" for row in
           figures.rates):  # fmt: skip
        found.append(f"{place}: it has a descriptor that is not free to use.")
    return found


def write(path: Path, facts: Figures | Localities) -> None:
    """Write the facts of a release, a row on a line."""
    content: dict[str, Any] = {"format": _FORMAT, "about": _ABOUT, **vars(facts)}
    lines = [f"{json.dumps(key)}: {_layout(value)}" for key, value in content.items()]
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")


def zip_runs(rows: Iterable[ZipRun]) -> list[ZipRun]:
    """Return ranges of ZIP codes, in order, joined where nothing else lies between two of a kind.

    A gap between equal neighbors is bridged: there is no ZIP code in it.
    """
    runs: list[ZipRun] = []
    for row in sorted(rows):
        if runs and runs[-1][2:] == row[2:]:
            runs[-1] = runs[-1]._replace(last=row.last)
        else:
            runs.append(row)
    return runs


# Writing --------------------------------------------------------------------------------------


def _layout(value: Any) -> str:
    """Return JSON; named rows as their columns' names and then a line each."""
    rows = value if isinstance(value, list) else []
    if rows and hasattr(rows[0], "_fields"):
        lines = [list(rows[0]._fields), *map(list, rows)]
    elif rows and isinstance(rows[0], Member):
        lines = [[*vars(row).values()] for row in rows]
    else:
        return _json(value)
    return "[\n" + ",\n".join(map(_json, lines)) + "\n]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


# Reading --------------------------------------------------------------------------------------


def _read(path: Path, kind: type[Facts]) -> Facts:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != _FORMAT:
            raise ValueError("its format is another one")
        content.pop("about")
        hints = get_type_hints(kind)
        if content.keys() != hints.keys():
            raise ValueError(f"it lacks or adds {', '.join(sorted(content.keys() ^ hints))}")
        return kind(**{name: _value(hints[name], content[name]) for name in hints})
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise CatalogueError(
            [f"{path.name}: the figures cannot be read ({error}): make them anew."]
        ) from error


def _value(hint: Any, value: Any) -> Any:
    """Return one value of JSON as the type that a field asks for."""
    arguments = getattr(hint, "__args__", ())
    if hint == date | None:
        return date.fromisoformat(value) if value else None
    if arguments and hasattr(arguments[0], "_fields"):
        return _rows(arguments[0], value)
    if hint == list[Member]:
        return [Member(*cells) for cells in value]
    return _cell(hint, value)


def _rows(kind: Any, lines: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the rows under a line of column names, which must be those of the named tuple."""
    if not lines:
        return []
    if tuple(lines[0]) != kind._fields:
        raise ValueError(f"the columns of {kind.__name__} are not {', '.join(kind._fields)}")
    hints = get_type_hints(kind)
    kinds = [hints[name] for name in kind._fields]
    return [
        kind._make(_cell(hint, cell) for hint, cell in zip(kinds, line, strict=True))
        for line in lines[1:]
    ]


def _cell(hint: Any, value: Any) -> Any:
    return Decimal(value) if hint in _DECIMALS and value is not None else value
