"""What a change of the federal figures asks of a database: to be alone, fast and readable."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, models, transaction

from rvuedge.fields import ExactDecimalField

# Any number does, as long as nothing else in this database locks the same.
LOCK = 2_026_0003
WAIT_SECONDS = 120  # for another import to end; a large one takes a few seconds
_LOCKED = ("locked", "lock timeout", "lock_timeout", "deadlock")
_FULL = ("full", "no space left", "could not extend")


class Refused(Exception):
    """What was asked for cannot be done. One readable sentence; nothing was stored."""


class Unconfirmed(Refused):
    """It can be done, but somebody has to say yes: the sentence shows the figures."""


@contextmanager
def exclusively() -> Iterator[None]:
    """One transaction that no other import, activation or removal runs beside.

    The second waits for the first to end. Readers wait for neither: on SQLite that needs WAL and
    IMMEDIATE transactions, as in settings.py.
    """
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            yield
    except DatabaseError as error:
        raise Refused(in_words(error)) from error


def in_words(error: DatabaseError) -> str:
    """Return one sentence for what a database does not do."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    lower = text.lower()
    if isinstance(error, IntegrityError):
        return f"The change would break a rule of the database ({text}). Nothing was stored."
    if any(word in lower for word in _LOCKED):
        return "The database is busy with another change. Nothing was stored: try again later."
    if any(word in lower for word in _FULL):
        return "The database's disk is full. Nothing was stored: make room and try again."
    return f"The database cannot be written to ({text}). Nothing was stored."


class _Units(dict[Any, int]):
    """Whole units of an exact decimal: few values stand for hundreds of thousands of cells."""

    def __init__(self, field: ExactDecimalField) -> None:
        self.to_units = field.to_units

    def __missing__(self, value: Any) -> int:
        units = self[value] = self.to_units(value)
        return units


def bulk_insert(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Insert rows as fast as the database can, and return how many there were.

    `names` are the fields in the order of the cells of each row; a foreign key takes the key
    itself. Neither `save` nor a default nor a validator is called, but constraints hold. Cells
    are text, whole numbers, booleans, None, Decimals and, for a JSONField, plain values.
    """
    fields = [model._meta.get_field(name) for name in names]
    converters = [
        (index, convert)
        for index, convert in enumerate(map(_converter, fields))
        if convert is not None
    ]
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    cells = _converted(rows, converters)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            count = 0
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for count, row in enumerate(cells, start=1):  # noqa: B007 (counted, not used)
                    copy.write_row(row)
            return count
        marks = ", ".join(["?"] * len(fields))
        inserted = connection.connection.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 (names of ours)
            cells,
        )
        return max(inserted.rowcount, 0)


def _converter(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, ExactDecimalField):
        return _Units(field).__getitem__
    if isinstance(field, models.JSONField):
        return json.dumps
    return None


def _converted(
    rows: Iterable[Sequence[Any]], converters: list[tuple[int, Callable[[Any], Any]]]
) -> Iterator[Sequence[Any]]:
    for row in rows:
        cells = list(row)
        for index, convert in converters:
            if cells[index] is not None:
                cells[index] = convert(cells[index])
        yield cells
