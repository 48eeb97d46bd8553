"""What a change of the federal figures asks of a database: to be alone, fast and readable."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
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
        with _patiently(), transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            yield
    except DatabaseError as error:
        raise Refused(in_words(error)) from error


@contextmanager
def _patiently() -> Iterator[None]:
    """Let SQLite wait for an import as long as PostgreSQL's lock does; then as long as before."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        [usual] = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    try:
        yield
    finally:
        if connection.connection is not None:  # or the next one begins with its own
            connection.connection.execute(f"PRAGMA busy_timeout = {usual}")


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


class _Units(dict[Decimal | None, int | None]):
    """Whole units of an exact decimal: few values stand for hundreds of thousands of cells."""

    def __init__(self, field: ExactDecimalField) -> None:
        super().__init__({None: None})
        self.to_units = field.to_units

    def __missing__(self, value: Decimal) -> int:
        units: int = self.to_units(value)
        self[value] = units
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
    units: dict[int, _Units] = {}
    # Column by column: a hundred thousand cells are then converted without a step of Python's.
    columns = [
        _converted(field, cells, units)
        for field, cells in zip(fields, zip(*rows, strict=True), strict=False)
    ]
    if not columns:
        return 0
    table = connection.ops.quote_name(model._meta.db_table)
    titles = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({titles}) FROM STDIN") as copy:
                for row in zip(*columns, strict=True):
                    copy.write_row(row)
        else:
            marks = ", ".join(["?"] * len(fields))
            connection.connection.executemany(
                f"INSERT INTO {table} ({titles}) VALUES ({marks})",  # noqa: S608 (names of ours)
                zip(*columns, strict=True),
            )
    return len(columns[0])


def _converted(field: Any, cells: Sequence[Any], units: dict[int, _Units]) -> Sequence[Any]:
    if isinstance(field, ExactDecimalField):
        known = units.setdefault(field.decimal_places, _Units(field))
        return [*map(known.__getitem__, cells)]
    if isinstance(field, models.JSONField):
        return [*map(json.dumps, cells)]
    return cells
