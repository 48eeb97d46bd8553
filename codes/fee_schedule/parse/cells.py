"""Cells, rows and lines of the federal tables: which form each must have, and who broke it.

A table is checked column by column: a column of 19,000 cells holds a few thousand different
texts at most, and each of them is checked and converted once.
"""

import csv
import io
import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from codes.fee_schedule.records import FileError

MOST_ERRORS = 50
# RVU26C has 19,366 lines and 619,712 cells, the ZIP code file 42,956 lines.
MOST_LINES = 200_000
MOST_CELLS = 1_500_000

# What Windows-1252 can print. No description of a real file begins as a formula does.
_PRINTABLE = "".join(
    re.escape(bytes([byte]).decode("cp1252", "ignore"))
    for byte in range(0x20, 0x100)
    if byte != 0x7F
)
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]*)?[eE][+-]?[0-9]+")
_DATE = re.compile(
    r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[0-9]{1,2}-[A-Za-z]{3}|[A-Za-z]{3}-[0-9]{2,4}"
)
_DOS_END = re.compile(r"\x1a\s*\Z")
_WORD = re.compile(r"[A-Za-z]{2,}")
_KEPT_ZERO = re.compile(r"[0-9]+\.[0-9]*0")
_LOST_DECIMALS = re.compile(r"[0-9]+(\.[0-9]+)?")

Row = TypeVar("Row")


class Form(NamedTuple):
    """The exact form of the cells of one column, and how to turn them into values."""

    title: str
    matches: Callable[[str], object]
    says: str  # completes "... is not"
    value: Callable[[str], Any] = str
    places: int = 0  # decimals of which a spreadsheet drops the trailing zeros
    width: int = 0  # digits of which a spreadsheet drops the leading zeros


def text_form(
    title: str, pattern: str, says: str, value: Callable[[str], Any] = str, width: int = 0
) -> Form:
    return Form(title, re.compile(pattern).fullmatch, says, value, width=width)


def decimal_form(title: str, places: int, whole: str = "0|[1-9][0-9]{0,3}") -> Form:
    """Return the form of a number of exactly `places` decimals, not negative."""
    pattern = re.compile(rf"(?:{whole})\.[0-9]{{{places}}}")
    return Form(title, pattern.fullmatch, f"a number with {places} decimals", Decimal, places)


def description_form(title: str, most: int) -> Form:
    return text_form(
        title,
        rf"(?! *[=+\-@])[{_PRINTABLE}]{{0,{most}}}",
        f"a text of at most {most} printable characters that is no formula",
        _without_blanks,
    )


def _without_blanks(text: str) -> str:
    return text.strip(" ")


MAC = text_form("MAC", "[0-9]{5}", "a contractor number of five digits", width=5)
NUMBER = text_form("LOCALITY NUMBER", "[0-9]{2}", "a locality number of two digits", width=2)


# Problems ---------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """Return a cell as an error may show it: short, on one line, in ASCII."""
    return ascii(text if len(text) <= 40 else f"{text[:37]}...")


def _trouble(text: str, form: Form) -> str:
    if not text:
        return f"the cell is empty, where {form.says} belongs"
    if _SCIENTIFIC.fullmatch(text):
        return (
            f"{quoted(text)} is in scientific notation, as spreadsheets write; what it was "
            "cannot be known, so take the file as published"
        )
    if _DATE.fullmatch(text):
        return (
            f"{quoted(text)} looks like a date that a spreadsheet made; what it was "
            "cannot be known, so take the file as published"
        )
    return f"{quoted(text)} is not {form.says}"


class Problems:
    """What is wrong with one file, to be said in the order of its lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[tuple[int, str]] = []

    def add(self, line: int, trouble: str, column: str = "") -> None:
        place = f"line {line}, column {column}" if column else f"line {line}"
        self.found.append((line, f"{self.name}, {place}: {trouble}."))

    def cell(self, line: int, form: Form, text: str) -> None:
        self.add(line, _trouble(text, form), form.title)

    def check(self) -> None:
        """Raise FileError if anything was found, with the first fifty of it."""
        if not self.found:
            return
        self.found.sort(key=lambda found: found[0])
        sentences = tuple(sentence for _, sentence in self.found[:MOST_ERRORS])
        count = len(self.found)
        message = f"{sentences[0]} Errors in all: {count:,}." if count > 1 else sentences[0]
        raise FileError(message, sentences)


def refuse(name: str, line: int, trouble: str, column: str = "") -> FileError:
    """Return the error that stops a file at once."""
    problems = Problems(name)
    problems.add(line, trouble, column)
    return FileError(problems.found[0][1])


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
        raise FileError(f"{name}: the file is in UTF-16; save it as CSV in Windows-1252 or UTF-8.")
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


# Files saved again in a spreadsheet -------------------------------------------------------


def pad_zeros(texts: Sequence[str], width: int) -> tuple[Sequence[str], int]:
    """Return a column with its leading zeros put back, and how many cells that changed.

    A spreadsheet takes the zeros of all cells or of none. Where some cells kept theirs, a short
    cell is an error, and the column is returned as it is.
    """
    distinct = {text for text in set(texts) if text.isascii() and text.isdigit()}
    short = {text: text.zfill(width) for text in distinct if len(text) < width}
    if not short or any(len(text) == width and text[0] == "0" for text in distinct):
        return texts, 0
    return [short.get(text, text) for text in texts], sum(text in short for text in texts)


def padded(grid: Grid, forms: Sequence[Form], notes: list[str]) -> Grid:
    """Return the table with the leading zeros of contractors and localities put back."""
    columns, said = list(grid.columns), []
    for index, form in enumerate(forms):
        if form.width:
            columns[index], count = pad_zeros(columns[index], form.width)
            if count:
                said.append(f"{count:,} in column {form.title}")
    if said:
        notes.append(f"{grid.name}: lost leading zeros were put back: {', '.join(said)}.")
    return Grid(grid.name, grid.lines, columns)


def restored(grid: Grid, forms: Sequence[Form], notes: list[str]) -> Grid | None:
    """Return the table as it was before a spreadsheet saved it, or None if none did.

    A spreadsheet drops the trailing zeros of every decimal ("1.3" for 1.30, "0" for 0.00), and
    CMS of none: only where no decimal of the whole file kept a zero are they put back, and with
    them the leading zeros of codes and global days.
    """
    decimals = [index for index, form in enumerate(forms) if form.places]
    if any(_KEPT_ZERO.fullmatch(text) for index in decimals for text in set(grid.columns[index])):
        return None
    columns, count = list(grid.columns), 0
    for index in decimals:
        places = forms[index].places
        short = {}
        for text in set(columns[index]):
            if _LOST_DECIMALS.fullmatch(text):
                whole, _, fraction = text.partition(".")
                if len(fraction) < places:
                    short[text] = f"{whole}.{fraction:0<{places}}"
        count += sum(text in short for text in columns[index])
        columns[index] = [short.get(text, text) for text in columns[index]]
    if not count:
        return None
    notes.append(
        f"{grid.name}: the file was saved again in a spreadsheet; "
        f"the lost decimals of {count:,} cells were put back."
    )
    return padded(Grid(grid.name, grid.lines, columns), forms, notes)


def strict_values(grid: Grid, forms: Sequence[Form], notes: list[str]) -> list[Sequence[Any]]:
    """Return the columns as values, restored first if a spreadsheet had the file.

    FileError names every cell that has not the form of its column.
    """
    problems = Problems(grid.name)
    values = grid.values(forms, problems)
    if problems.found:
        whole = restored(grid, forms, notes)
        if whole:
            problems = Problems(grid.name)
            values = whole.values(forms, problems)
    problems.check()
    return values
