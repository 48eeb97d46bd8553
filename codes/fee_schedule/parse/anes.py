"""ANES, the anesthesia conversion factor of each payment locality.

The CSV has the national factor in the heading of its last column; the print form has no heading
and writes the factors in cents.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from codes.fee_schedule.parse import cells, resaved, tables
from codes.fee_schedule.parse.cells import MAC, NUMBER, Form, decimal_form, text_form
from codes.fee_schedule.parse.tables import Field
from codes.fee_schedule.records import AnesthesiaRow


@dataclass(frozen=True)
class AnesthesiaFile:
    """What one ANES file holds; `national` is None where the heading does not say."""

    rows: list[AnesthesiaRow]
    national: Decimal | None
    notes: list[str] = field(default_factory=list)


_NAME = cells.description_form("LOCALITY NAME", 120)
_FACTOR = decimal_form("ANESTHESIA CF", 2, "[1-9][0-9]")
_FORMS = (MAC, NUMBER, _NAME, _FACTOR)
_HEADINGS = ({"CONTRACTOR"}, {"LOCALITY"}, {"LOCALITY NAME", "LOCALITY_NAME"})
_FACTOR_HEADING = re.compile(
    r"(?:20[0-9]{2} )?NATIONAL ANES(?:THESIA)? CF OF (?P<national>[1-9][0-9]\.[0-9]{1,4})"
    r"|(?:20[0-9]{2} )?ANES(?:THESIA)? (?:CF|CONVERSION FACTOR)"
    r"|ANESTHESIA_CONV_FACTOR"
)


def parse_csv(name: str, text: str) -> AnesthesiaFile:
    """Return the factors of an ANES file in CSV form; FileError for the least that is amiss."""
    sheet = tables.read_csv(name, text)
    heading = [tables.normal(cell) for cell in sheet.rows[0]]
    found = _FACTOR_HEADING.fullmatch(heading[-1]) if len(heading) == len(_FORMS) else None
    if not found or any(
        cell not in known for cell, known in zip(heading, _HEADINGS, strict=False)
    ):
        raise cells.refuse(
            name,
            1,
            "the heading is not Contractor, Locality, Locality Name, National Anes CF of ...",
        )
    # The cells of CMS's own file have blanks behind them.
    rows = [[cell.strip(" ") for cell in row] for row in sheet.rows]
    grid = tables.grid_of(sheet._replace(rows=rows), 1, len(_FORMS))
    return _factors(grid, _FORMS, Decimal(found["national"]) if found["national"] else None)


def _factors(
    grid: tables.Grid, forms: tuple[Form, ...], national: Decimal | None
) -> AnesthesiaFile:
    notes: list[str] = []
    columns = resaved.strict_values(resaved.padded(grid, forms, notes), forms, notes)
    macs, numbers, _, factors = columns
    rows = list(map(AnesthesiaRow, macs, numbers, factors))
    keys = [(row.mac, row.number) for row in rows]
    problems = cells.Problems(grid.name)
    rows = tables.unique(rows, keys, grid.lines, problems, notes)
    problems.check()
    return AnesthesiaFile(rows, national, notes)


def _cents(text: str) -> Decimal:
    return Decimal(text).scaleb(-2)


_TXT_FIELDS = (
    Field(MAC, 1, 5),
    Field(NUMBER, 13, 14),
    Field(_NAME, 19, 70),
    Field(text_form("ANESTHESIA CF", "[1-9][0-9]{3}", "four digits, in cents", _cents), 71, 77),
)


def parse_txt(name: str, text: str) -> AnesthesiaFile:
    """Return the factors of an ANES file in print form."""
    grid = tables.fixed_grid(name, text.split("\n")[:-1], 1, _TXT_FIELDS)
    return _factors(grid, tuple(field.form for field in _TXT_FIELDS), None)
