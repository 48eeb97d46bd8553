"""Cells of the federal tables: which form each must have, and how to say who broke it."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from codes.fee_schedule.records import FileError

MOST_ERRORS = 50

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
