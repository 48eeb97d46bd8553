"""HCPCS Level II: the long description of each code, as CMS publishes it.

Fixed width inside CMS's zips: a description runs on over several records of one code. And the
CSV that third parties extract of later releases (Code, Description, last_updated).
"""

import re
from dataclasses import dataclass, field

from codes.fee_schedule.parse import cells, tables
from codes.fee_schedule.parse.cells import text_form
from codes.fee_schedule.records import DescriptorRow, FileError


@dataclass(frozen=True)
class DescriptorFile:
    """What one HCPCS file holds: codes only, the modifiers of the file are left out."""

    rows: list[DescriptorRow]
    notes: list[str] = field(default_factory=list)


_CODE = text_form("CODE", "[A-V][0-9]{4}", "a code of Level II or a modifier")
_MODIFIER = re.compile("[0-9A-Z]{2}")
# The longest of 2025 has 4,501 characters, those of single records 80.
_TEXT = cells.description_form("DESCRIPTION", 8000)
_RECORD = re.compile(r"(.{5})([0-9]{5})([3478])(.{1,80})")
_FIRST, _MODIFIER_RECORDS = "37", "78"


def _row(code: str, text: str, line: int, problems: cells.Problems) -> DescriptorRow:
    for form, cell in ((_CODE, code), (_TEXT, text)):
        if not cell or not form.matches(cell):
            problems.cell(line, form, cell)
    return DescriptorRow(code, text)


def _finish(
    rows: list[DescriptorRow], lines: list[int], problems: cells.Problems
) -> DescriptorFile:
    notes: list[str] = []
    rows = tables.unique(rows, [row.hcpcs for row in rows], lines, problems, notes)
    problems.check()
    if not rows:
        raise FileError(f"{problems.name}: the file has no code of HCPCS Level II.")
    return DescriptorFile(rows, notes)


def parse_txt(name: str, text: str) -> DescriptorFile:
    """Return the descriptions of the fixed-width file, each joined from its records.

    Notes before the first record are skipped; behind it every line must be a record, and a
    record that continues another must be of the same code and come next in sequence.
    """
    problems = cells.Problems(name)
    rows: list[DescriptorRow] = []
    lines: list[int] = []
    code, parts, sequence, begun = "", [""], 0, 0

    def take() -> None:
        if begun and not _MODIFIER.fullmatch(code.strip(" ")):
            rows.append(_row(code, " ".join(parts), begun, problems))
            lines.append(begun)

    for number, line in enumerate(text.split("\n")[:-1], start=1):
        found = _RECORD.match(line)
        if not found:
            if begun:
                problems.add(number, "the line is no record of the known layout")
            continue
        own, position, record, part = found.groups()
        if record in _FIRST:
            take()
            code, parts, sequence, begun = own, [], 0, number
        elif own != code or not begun:
            problems.add(number, "the record continues none of the same code")
        if int(position) != sequence + 100:
            problems.add(number, f"{position} is out of sequence", "SEQUENCE")
        if (own[:3] == "   ") != (record in _MODIFIER_RECORDS):
            problems.add(number, f"{record} is the record id of another kind", "RECORD ID")
        parts.append(part.strip(" "))
        sequence = int(position)
    take()
    return _finish(rows, lines, problems)


def parse_csv(name: str, text: str) -> DescriptorFile:
    """Return the descriptions of an extract with the columns Code, Description, last_updated."""
    sheet = tables.read_csv(name, text)
    heading = [tables.normal(cell) for cell in sheet.rows[0]]
    if heading != ["CODE", "DESCRIPTION", "LAST_UPDATED"]:
        raise cells.refuse(name, 1, "the heading is not Code, Description, last_updated")
    grid = tables.grid_of(sheet, 1, len(heading))
    problems = cells.Problems(name)
    rows, lines = [], []
    for line, own, description in zip(grid.lines, *grid.columns[:2], strict=True):
        code = own.strip(" ")
        if not _MODIFIER.fullmatch(code):
            rows.append(_row(code, description, line, problems))
            lines.append(line)
    return _finish(rows, lines, problems)
