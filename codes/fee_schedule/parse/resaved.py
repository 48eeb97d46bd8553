"""Files that a spreadsheet saved again: what it took from the numbers, put back where certain."""

import re
from collections.abc import Sequence
from typing import Any

from codes.fee_schedule.parse.cells import Form, Problems
from codes.fee_schedule.parse.tables import Grid

_KEPT_ZERO = re.compile(r"[0-9]+\.[0-9]*0")
_LOST_DECIMALS = re.compile(r"[0-9]+(\.[0-9]+)?")


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
