"""One moment of the database for all that a page reads, whatever is stored meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Deferred, so that a reader takes no lock: settings.py makes Django's own ones IMMEDIATE.
_BEGIN = {
    "sqlite": "BEGIN DEFERRED",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


@contextmanager
def snapshot() -> Iterator[None]:
    """Let every query inside see the database as the first one found it.

    For reading alone, and for short: nothing is stored, and no transaction of Django's may begin
    inside. It waits for nobody and nobody waits for it. Within a transaction that is open already
    it does nothing.
    """
    if is_in_transaction():
        yield
        return
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    begun_on = connection.connection
    with connection.wrap_database_errors:
        begun_on.execute(_BEGIN[connection.vendor])
    try:
        yield
    finally:
        if connection.connection is begun_on:
            try:
                begun_on.execute("ROLLBACK")  # there is nothing to commit
            except connection.Database.Error:
                connection.close()  # the database went away: the next query begins anew


def is_in_transaction() -> bool:
    """Return whether the queries of now are part of a transaction, a snapshot or another."""
    if connection.in_atomic_block:
        return True
    raw = connection.connection
    if raw is None:
        return False
    if connection.vendor == "sqlite":
        return bool(raw.in_transaction)
    return raw.info.transaction_status.name in {"INTRANS", "INERROR", "ACTIVE"}
