"""Tables of text as CSV and XLSX, written and read row by row. No Django.

A file that somebody hands in is not trusted: how much of it is read has a limit that does not
believe what the file says of itself, and nothing in it is ever run or fetched. Memory stays the
same at any length, but for the shared texts of a workbook that a spreadsheet program has saved.
"""

import codecs
import copy
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.parsers import expat

from openpyxl import Workbook, load_workbook  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]

from rvuedge.zips import CHUNK, DAMAGE, has_more_entries

MEGABYTE = 1024 * 1024
CELL_OF_XLSX = 32_767  # characters; openpyxl would cut a longer text without a word

_BOM = "\ufeff"
_DELIMITERS = (",", ";", "\t")
_FAULT = r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A)"  # what a failed formula shows
_FORMULA = re.compile(rf"'*(?:[=+\-@\t\r\n]|{_FAULT}$)")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_OLE = b"\xd0\xcf\x11\xe0"  # what old and encrypted workbooks begin with
_ZIP = b"PK\x03\x04"


class FileError(ValueError):
    """A file that is refused, or cannot be written: one readable sentence."""


class Wrong(NamedTuple):
    """A cell that holds no text: what it holds instead ("a date")."""

    what: str


Row = list[str | Wrong]


@dataclass(frozen=True)
class Limits:
    """How much is read at most. 17,000 texts of four pages each are 70 MB as CSV."""

    file_bytes: int = 128 * MEGABYTE
    unpacked_bytes: int = 256 * MEGABYTE  # all members of a workbook together
    ratio: int = 200  # unpacked to packed; 1,032 at most for deflate
    members: int = 200
    elements: int = 3_000_000  # of XML; openpyxl may keep some hundred bytes of each
    rows: int = 50_000
    columns: int = 256
    characters: int = 100_000  # in one cell


LIMITS = Limits()


# Cells ------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Return a text as every file can hold it: lines end with LF, no control characters."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_plain(text: str) -> bool:
    """Return whether a text is free of control characters and halves of characters."""
    return not _CONTROL.search(text)


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet runs: a quote before = + - @ TAB CR LF.

    A plain number keeps its sign. `restored` takes exactly one such quote away again.
    """
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def restored(cell: str) -> str:
    """Return the text that `harmless` made this cell of. FileError if it is a formula."""
    if cell.startswith("="):
        raise FileError("holds a formula: put its value there, or a ' before the text.")
    if re.fullmatch(_FAULT, cell):
        raise FileError(f"holds {cell}, what a formula that failed shows, and no text.")
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


# Writing ----------------------------------------------------------------------------------


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Return rows as lines of CSV in UTF-8 with BOM (Excel needs it), cells made harmless."""
    writer: Any = csv.writer(_Echo())
    start = _BOM
    for row in rows:
        yield (start + writer.writerow([harmless(plain(cell)) for cell in row])).encode()
        start = ""


def write_xlsx(rows: Iterable[Sequence[str]], stream: IO[bytes]) -> None:
    """Write rows as a workbook of one sheet, every cell a text.

    FileError where a text is longer than a cell of a workbook can hold.
    """
    write_workbook([("content", rows)], stream)


def write_workbook(
    sheets: Iterable[tuple[str, Iterable[Sequence[str]]]], stream: IO[bytes]
) -> None:
    """Write a workbook with a sheet for each table of a name and rows, every cell a text.

    FileError where a text is longer than a cell of a workbook can hold.
    """
    book = Workbook(write_only=True)
    for name, rows in sheets:
        sheet: Any = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        try:
            for number, row in enumerate(rows, start=1):
                sheet.append([_text_cell(sheet, text, number, at) for at, text in enumerate(row)])
        except FileError:
            for opened in book.worksheets:
                opened.close()  # openpyxl's own temporary files
            raise
    book.save(stream)


def _text_cell(sheet: Any, text: str, row: int, column: int) -> Any:
    if not text:
        return None  # no cell at all: half of a large table is empty
    text = harmless(plain(text))
    if len(text) > CELL_OF_XLSX:
        raise FileError(
            f"Row {row}, column {column + 1} has {len(text):,} characters; a cell "
            f"of XLSX holds {CELL_OF_XLSX:,}. Export as CSV instead."
        )
    cell: Any = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # #N/A is a text here, and nothing is a formula
    return cell


# Reading ----------------------------------------------------------------------------------


def read(
    path: Path, limits: Limits = LIMITS, *, as_shown: bool = False
) -> Iterator[tuple[int, Row]]:
    """Return the rows of a CSV or XLSX file with their numbers, counted from 1 as on the screen.

    Empty rows are left out. What the file is shows in its first bytes, whatever its name. In a
    workbook only texts and whole numbers are texts, and all else is Wrong; `as_shown` takes
    numbers with decimals ("10.47"), dates ("2026-07-01") and what formulas came to as well.
    FileError, at once or while reading, for a file that is not wholly sound.
    """
    if path.stat().st_size > limits.file_bytes:
        raise FileError(f"The file has more than {limits.file_bytes // MEGABYTE} MB.")
    with path.open("rb") as stream:
        head = stream.read(len(_ZIP))
    if not head:
        raise FileError("The file is empty.")
    if head.startswith(_OLE):
        raise FileError(
            "The file is an old or a password-protected workbook: save it as XLSX without one."
        )
    if head == _ZIP:
        return _numbered(_read_xlsx(path, limits, as_shown), limits)
    return _numbered(_read_csv(path, limits), limits)


def _numbered(rows: Iterable[Row], limits: Limits) -> Iterator[tuple[int, Row]]:
    for number, row in enumerate(rows, start=1):
        if number > limits.rows:
            raise FileError(f"The file has more than {limits.rows:,} rows.")
        if len(row) >= limits.columns and row[limits.columns - 1] != "":
            raise FileError(f"Row {number} has {limits.columns} cells or more.")
        for cell in row:
            if len(cell) > limits.characters:
                raise FileError(
                    f"Row {number} has a cell of more than {limits.characters:,} characters."
                )
        if any(row):
            yield number, row


def _read_csv(path: Path, limits: Limits) -> Iterator[Row]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as stream:
        first = stream.readline(limits.characters)
        stream.seek(0)
        if "<html" in first.lower() or first.lstrip().startswith("<"):
            raise FileError("The file is a web page, not CSV.")
        # A Windows in Europe separates by semicolons and calls the file CSV all the same.
        delimiter = max(_DELIMITERS, key=first.count)
        csv.field_size_limit(max(csv.field_size_limit(), limits.characters + 1))
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        try:
            for row in reader:
                yield list(row)
        except csv.Error as error:
            raise FileError(f"Line {reader.line_num} is not sound CSV ({error}).") from None


def _encoding(path: Path) -> str:
    """Return UTF-8, with or without BOM, or Windows-1252 if the bytes are not UTF-8."""
    for name, encoding in (("utf-8", "utf-8-sig"), ("cp1252", "cp1252")):
        decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder(name)()
        with path.open("rb") as stream:
            try:
                while block := stream.read(CHUNK):
                    if b"\0" in block:
                        raise FileError("The file is neither CSV nor XLSX: it has NUL bytes.")
                    decoder.decode(block)
                decoder.decode(b"", final=True)
                return encoding
            except UnicodeDecodeError:
                continue
    raise FileError("The file is neither UTF-8 nor Windows-1252 text.")


def _read_xlsx(path: Path, limits: Limits, as_shown: bool) -> Iterator[Row]:
    _check_workbook(path, limits)
    stream = path.open("rb")  # by a path's name openpyxl would want to know what the file is
    try:
        book = load_workbook(stream, read_only=True, keep_links=False, data_only=as_shown)
    except Exception as error:  # openpyxl raises whatever a strange file makes happen
        stream.close()
        raise FileError(f"The file is not a sound workbook ({_short(error)}).") from None
    try:
        if len(book.sheetnames) != 1 or len(book.worksheets) != 1:
            raise FileError(
                f"The workbook has {len(book.sheetnames)} sheets: keep only the one to import."
            )
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # the file may say it is smaller, or larger, than it is
        # Both limits bind openpyxl too: a row number of a billion would be filled up with rows.
        rows = sheet.iter_rows(max_row=limits.rows + 1, max_col=limits.columns, values_only=True)
        width = 0
        while True:
            try:
                values = next(rows, None)
            except Exception as error:
                raise FileError(f"The workbook is damaged ({_short(error)}).") from None
            if values is None:
                return
            row = [_cell(value, as_shown) for value in values]
            while len(row) > width and row[-1] == "":
                row.pop()
            width = width or len(row)  # the headings'; a shorter row has empty cells at its end
            yield row
    finally:
        book.close()
        stream.close()


def _cell(value: object, as_shown: bool) -> str | Wrong:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("_x000D_\n", "\n").replace("_x000D_", "\n")
    if isinstance(value, bool):
        return Wrong(f"{str(value).upper()}")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        # A spreadsheet shows 15 digits at most: 10.469999999999999 is its 10.47.
        return f"{Decimal(f'{value:.15g}'):f}" if as_shown else Wrong("a number with decimals")
    if isinstance(value, date) and as_shown:
        return f"{value:%Y-%m-%d}"
    if isinstance(value, date | time | timedelta):
        return Wrong("a date or time")
    return Wrong("something that is not text")


def _check_workbook(path: Path, limits: Limits) -> None:
    """Read every member to its end, under limits, and its XML up to any document type."""
    try:
        with path.open("rb") as stream:
            if has_more_entries(stream, limits.members):
                raise FileError(f"The workbook has more than {limits.members} parts.")
            with zipfile.ZipFile(stream) as archive:
                members = [info for info in archive.infolist() if not info.is_dir()]
                if len({info.filename for info in members}) != len(members):
                    raise FileError("The workbook has two parts of one name.")
                left, reader = limits.unpacked_bytes, _Reader(limits)
                for info in members:
                    left -= _check_member(archive, info, left, reader)
                names = {info.filename.lower() for info in members}
    except FileError:
        raise
    except DAMAGE as error:
        raise FileError(f"The workbook is damaged ({_short(error)}).") from None
    if "xl/workbook.xml" not in names:
        raise FileError("The file is a zip, but no XLSX workbook.")


def _check_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int, reader: "_Reader"
) -> int:
    """Return how many bytes the member really has. FileError for what no table needs."""
    limits, name = reader.limits, info.filename.lower()
    if any(part in name for part in ("vbaproject", "macrosheets/", "activex", "embeddings/")):
        raise FileError("The workbook has macros or other programs in it: save it as plain XLSX.")
    if info.flag_bits & 0x1:
        raise FileError("The workbook is protected by a password: save it without one.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileError("The workbook is packed in a way that is not known.")
    # zipfile stops where the header says that the member ends. Read under a larger size, a
    # header that lies is found out: by the first byte too many.
    larger = copy.copy(info)
    larger.file_size = info.file_size + 1
    size = 0
    reader.start()
    with archive.open(larger) as stream:
        while block := stream.read(CHUNK):
            size += len(block)
            if size > left:
                raise FileError(
                    f"The workbook unpacks to more than {limits.unpacked_bytes // MEGABYTE} MB."
                )
            if size > MEGABYTE and size > limits.ratio * max(info.compress_size, 1):
                raise FileError(
                    f"The workbook unpacks to more than {limits.ratio} times its size, as no "
                    "real one does."
                )
            reader.feed(block)
    if size != info.file_size:
        raise FileError("The workbook's parts are not as large as it says.")
    return size


class _Reader:
    """Looks through a workbook's parts with the parser that openpyxl uses: both see the same.

    A part's name does not say whether openpyxl will take it for XML, so each is tried; pictures
    and printer settings end at their first bytes, here and there.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._elements = 0

    def start(self) -> None:
        self._parser: expat.XMLParserType | None = expat.ParserCreate()
        self._parser.StartElementHandler = self._element
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.EntityDeclHandler = _refuse

    def feed(self, block: bytes) -> None:
        if self._parser is not None:
            try:
                self._parser.Parse(block, False)
            except expat.ExpatError:
                self._parser = None

    def _element(self, *_: object) -> None:
        self._elements += 1
        if self._elements > self.limits.elements:
            raise FileError("The workbook is far larger than any table of texts.")


def _refuse(*_: object) -> None:
    raise FileError("The workbook declares a document type or entities, as no real one does.")


def _short(error: Exception) -> str:
    line = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "".join(char if char.isprintable() else "?" for char in line)[:120]


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Return `csv_lines` in one piece, for short tables."""
    return b"".join(csv_lines(rows))


def as_xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    """Return `write_xlsx` in one piece, for short tables."""
    stream = io.BytesIO()
    write_xlsx(rows, stream)
    return stream.getvalue()
