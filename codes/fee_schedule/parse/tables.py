"""Files as tables: text, rows of CSV, fields of fixed width, each with the line it stands on.

A column of 19,000 cells holds a few thousand different texts at most: each of them is checked
and converted once.
"""

import csv
import io
import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from codes.fee_schedule.parse.cells import Form, Problems, refuse
from codes.fee_schedule.parse.kinds import UTF_16
from codes.fee_schedule.records import FileError

# RVU26C has 19,366 lines and 619,712 cells, the ZIP code file 42,956 lines.
MOST_LINES = 200_000
MOST_CELLS = 1_500_000

_DOS_END = re.compile(r"\x1a\s*\Z")
_WORD = re.compile(r"[A-Za-z]{2,}")

Row = TypeVar("Row")

# Text -------------------------------------------------------------------------------------


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def decode(name: str, content: bytes) -> str:
    """Return the text of a file, lines ended by \\n alone, without the DOS end-of-file byte.

    The federal files are Windows-1252. Third parties' copies may be UTF-8: text that is valid
    UTF-8 with characters beyond ASCII is nothing else by accident. FileError for NUL bytes,
    UTF-16, bytes that no encoding knows, and a last line that was cut off.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError(f"{name}: {UTF_16}")
    content = content.removeprefix(b"\xef\xbb\xbf")
    position = content.find(0)
    if position >= 0:
        line = _line_at(content, position)
        column = position - (content.rfind(b"\n", 0, position) + 1) + 1
        raise refuse(name, line, f"character {column} is a NUL byte")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError as error:
            line = _line_at(content, error.start)
            raise refuse(
                name, line, f"byte 0x{content[error.start]:02X} is no character of Windows-1252"
            ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x1a" in text:
        text = _DOS_END.sub("", text)
    if not text or text.isspace():
        raise FileError(f"{name}: the file is empty.")
    if not text.endswith("\n"):
        raise refuse(name, text.count("\n") + 1, "the last line is incomplete, so part is missing")
    if text.count("\n") > MOST_LINES:
        raise FileError(f"{name}: the file has more than {MOST_LINES:,} lines.")
    return text


# Tables -----------------------------------------------------------------------------------


class Sheet(NamedTuple):
    """A CSV file as rows of cells, with the line that each row begins on."""

    name: str
    rows: list[list[str]]
    lines: Sequence[int]


def read_csv(name: str, text: str, most: int | None = None) -> Sheet:
    """Return all rows of a CSV, or the first `most` of them; FileError where it is none."""
    if text.count(",") > MOST_CELLS:
        raise FileError(f"{name}: the file has more than {MOST_CELLS:,} cells.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, lines, first = [], [], 1
    try:
        for row in islice(reader, most):
            rows.append(row)
            lines.append(first)
            first = reader.line_num + 1  # a quoted cell may hold a line break
    except csv.Error as error:
        raise refuse(name, reader.line_num, f"the line is no valid CSV ({error})") from None
    return Sheet(name, rows, lines)


def is_blank(row: Iterable[str]) -> bool:
    return not any(cell.strip(" \x1a") for cell in row)


def normal(cell: str) -> str:
    """Return a cell of a heading without stray blanks, in capitals."""
    return " ".join(cell.split()).upper()


class _Values(dict[str, Any]):
    """Of each text of a column its value, converted once; KeyError for what has not its form."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, text: str) -> Any:
        if not self._form.matches(text):
            raise KeyError(text)
        self[text] = value = self._form.value(text)
        return value


@dataclass(frozen=True)
class Grid:
    """The data of one table, still text: a sequence for each column."""

    name: str
    lines: Sequence[int]
    columns: list[Sequence[str]]

    def values(self, forms: Sequence[Form], problems: Problems) -> list[Sequence[Any]]:
        """Return the columns as values; what has not the form of its column goes to `problems`.

        A column with problems stays text.
        """
        result: list[Sequence[Any]] = []
        for form, texts in zip(forms, self.columns, strict=True):
            known = _Values(form)
            try:
                result.append([known[text] for text in texts])
            except KeyError:
                result.append(texts)
                refused = {text for text in set(texts) if not form.matches(text)}
                for line, text in zip(self.lines, texts, strict=True):
                    if text in refused:
                        problems.cell(line, form, text)
        return result


def grid_of(sheet: Sheet, start: int, width: int) -> Grid:
    """Return the rows from `start` on, each `width` cells wide.

    Rows of blank cells at the end are dropped, and so is the row of a DOS end-of-file byte.
    """
    rows = sheet.rows[start:]
    while rows and is_blank(rows[-1]):
        rows.pop()
    if not rows:
        raise FileError(f"{sheet.name}: the file has a heading but no data.")
    lines = sheet.lines[start : start + len(rows)]
    problems = Problems(sheet.name)
    if set(map(len, rows)) != {width}:
        for line, row in zip(lines, rows, strict=True):
            if len(row) != width:
                problems.add(line, f"the row has {len(row)} columns instead of {width}")
    problems.check()
    return Grid(sheet.name, lines, list(zip(*rows, strict=True)))


def without_notes(sheet: Sheet, start: int) -> Sheet:
    """Return the rows from `start` on that are data: neither blank nor a note.

    A note is one cell of words at the beginning of a row. What is in part a row of data stays,
    to be refused by the form of its cells.
    """
    kept = [
        index
        for index, row in enumerate(sheet.rows)
        if index >= start and not is_blank(row) and not _is_note(row)
    ]
    return Sheet(
        sheet.name, [sheet.rows[index] for index in kept], [sheet.lines[index] for index in kept]
    )


def _is_note(row: Sequence[str]) -> bool:
    return is_blank(row[1:]) and len(_WORD.findall(row[0])) > 1


def quick_rows(
    text: str, start: int, forms: Sequence[Form], make: Callable[[Iterable[Any]], Row]
) -> list[Row] | None:
    """Return the rows of a CSV from `start` on, or None unless all are as they should be.

    Each row is converted while the processor has it at hand, which takes half the time of
    `strict_values`. That names what is wrong, and knows how to restore it.
    """
    columns = [_Values(form) for form in forms]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        for row in islice(reader, start, None):
            if len(row) != len(columns):
                return None
            rows.append(make(map(dict.__getitem__, columns, row)))
    except (csv.Error, KeyError):
        return None
    return rows


class Field(NamedTuple):
    """A column of a fixed-width file: positions from 1, both included."""

    form: Form
    start: int
    end: int


def fixed_grid(name: str, lines: Sequence[str], first_line: int, fields: Sequence[Field]) -> Grid:
    """Return the fields of each line without the blanks around them.

    Whatever lies between the fields and after the last must be blank, or the layout is not the
    expected one.
    """
    numbers = range(first_line, first_line + len(lines))
    width = fields[-1].end
    problems = Problems(name)
    for number, line in zip(numbers, lines, strict=True):
        if len(line) < width:
            problems.add(number, f"the line has {len(line)} characters instead of {width}")
    problems.check()
    ends = [0, *(field.end for field in fields)]
    starts = [*(field.start for field in fields), 0]
    for end, start in zip(ends, starts, strict=True):
        gap = slice(end, start - 1 if start else None)
        if end + 1 != start and any(map(str.strip, {line[gap] for line in lines})):
            for number, line in zip(numbers, lines, strict=True):
                if line[gap].strip():
                    problems.add(number, f"position {end + 1} and what follows must be blank")
    problems.check()
    columns: list[Sequence[str]] = [
        [line[field.start - 1 : field.end].strip(" ") for line in lines] for field in fields
    ]
    return Grid(name, numbers, columns)


def unique(
    rows: list[Row],
    keys: Sequence[Hashable],
    lines: Sequence[int],
    problems: Problems,
    notes: list[str],
) -> list[Row]:
    """Return the rows without those that repeat an earlier one word for word, noting these.

    Two different rows of one key go to `problems` with both line numbers.
    """
    if len(set(keys)) == len(rows):
        return rows
    first: dict[Hashable, int] = {}
    kept, repeated = [], []
    for index, (row, key) in enumerate(zip(rows, keys, strict=True)):
        before = first.setdefault(key, index)
        if before == index:
            kept.append(row)
        elif rows[before] == row:
            repeated.append(lines[index])
        else:
            name = " ".join(filter(None, key)) if isinstance(key, tuple) else key
            problems.add(
                lines[index], f"{name} stands on line {lines[before]} too, with other values"
            )
    if repeated:
        notes.append(
            f"{problems.name}: rows that repeat an earlier one word for word were taken once: "
            f"{len(repeated):,}, the first on line {repeated[0]}."
        )
    return kept
