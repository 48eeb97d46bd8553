"""OPPSCAP, the hospital outpatient amounts that cap imaging, in dollars by locality."""

from dataclasses import dataclass, field

from codes import taxonomy
from codes.fee_schedule.parse import cells, resaved, tables
from codes.fee_schedule.parse.cells import MAC, NUMBER, Form, decimal_form, text_form
from codes.fee_schedule.parse.tables import Field
from codes.fee_schedule.records import OppsCapRow


@dataclass(frozen=True)
class OppsCapFile:
    """What one OPPSCAP file holds."""

    rows: list[OppsCapRow]
    notes: list[str] = field(default_factory=list)


_CODE = Form("HCPCS", taxonomy.is_code, "a code of five characters", width=5)
_MODIFIER = text_form("MOD", "(?:[0-9A-Z]{2})?", "a modifier of two characters or blank")
_STATUS = text_form("PROCSTAT", "[A-Z]", "one capital letter")
_FACILITY = decimal_form("FACILITY PRICE", 2, "0|[1-9][0-9]{0,5}")
_NONFACILITY = decimal_form("NON-FACILITY PRICE", 2, "0|[1-9][0-9]{0,5}")
_FORMS = (_CODE, _MODIFIER, _STATUS, MAC, NUMBER, _FACILITY, _NONFACILITY)
_HEADINGS = (
    {"HCPCS"},
    {"MOD"},
    {"PROCSTAT"},
    {"CARRIER"},
    {"LOCALITY"},
    {"FACILITY PRICE"},
    {"NON-FACILTY PRICE", "NON-FACILITY PRICE"},  # CMS writes the first
)


def parse_csv(name: str, text: str) -> OppsCapFile:
    """Return the caps of an OPPSCAP file in CSV form; FileError for the least that is amiss."""
    sheet = tables.read_csv(name, text)
    heading = [tables.normal(cell) for cell in sheet.rows[0]]
    if len(heading) != len(_HEADINGS) or any(
        cell not in known for cell, known in zip(heading, _HEADINGS, strict=True)
    ):
        raise cells.refuse(
            name,
            1,
            "the heading is not HCPCS, MOD, PROCSTAT, CARRIER, LOCALITY, FACILITY PRICE, "
            "NON-FACILITY PRICE",
        )
    return _caps(tables.grid_of(sheet, 1, len(_FORMS)))


def _caps(grid: tables.Grid) -> OppsCapFile:
    notes: list[str] = []
    # Contractors and localities may have lost their zeros alone; codes only with the decimals.
    ours = (*(form._replace(width=0) for form in _FORMS[:3]), *_FORMS[3:])
    columns = resaved.strict_values(resaved.padded(grid, ours, notes), _FORMS, notes)
    rows = list(map(OppsCapRow, *columns))
    keys = [(row.hcpcs, row.modifier, row.mac, row.number) for row in rows]
    problems = cells.Problems(grid.name)
    rows = tables.unique(rows, keys, grid.lines, problems, notes)
    problems.check()
    return OppsCapFile(rows, notes)


_TXT_FIELDS = (
    Field(_CODE, 1, 5),
    Field(_MODIFIER, 6, 7),
    Field(_STATUS, 8, 9),
    Field(MAC, 11, 15),
    Field(NUMBER, 18, 19),
    Field(_FACILITY, 20, 28),
    Field(_NONFACILITY, 29, 38),
)


def parse_txt(name: str, text: str) -> OppsCapFile:
    """Return the caps of an OPPSCAP file of fixed width."""
    return _caps(tables.fixed_grid(name, text.split("\n")[:-1], 1, _TXT_FIELDS))
