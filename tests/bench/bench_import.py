"""How long RVU26C takes into an empty database, against the bare floor.

Run `python -m tests.bench.bench_import`, on PostgreSQL with TEST_DATABASE_URL. The floor is the
least that any import has to do: read the file with the csv module, and insert the same rows into
the same tables, ready-made, by executemany or COPY in one transaction. Best of five, in seconds
of the clock.
"""

import csv
import io
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import tests.environment  # noqa: F401  (the settings need it)

RUNS = 5
FILE = Path("data", "cms", "rvu26c", "PPRRVU2026_Jul_nonQPP.csv")
TABLES = (
    "codes_feeschedule",
    "codes_category",
    "codes_code",
    "codes_rate",
    "codes_categorystatistics",
    "codes_standing",
)


def shared_file() -> Path:
    root = Path(__file__).parents[2]
    return Path(os.environ.get("RVUEDGE_SHARED") or root.parent / "shared") / FILE


def best(run: Callable[[], None]) -> float:
    """Return the seconds of the fastest of several runs, each into empty tables."""
    from django.core.management import call_command

    from codes import taxonomy

    seconds = []
    for _ in range(RUNS):
        call_command("flush", interactive=False, verbosity=0)
        taxonomy.leaf_of.cache_clear()
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def insert(table: str, rows: list[tuple]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(rows[0]))
            connection.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def measure(path: Path) -> None:
    from django.core.management import call_command
    from django.db import connection, transaction

    def whole_import() -> None:
        call_command("import_fee_schedule", path, stdout=io.StringIO())

    def stored(table: str) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
            return [tuple(row) for row in cursor.fetchall()]

    def floor(tables: dict[str, list[tuple]]) -> Callable[[], None]:
        def run() -> None:
            with path.open(encoding="cp1252", newline="") as file:
                list(csv.reader(file))
            with transaction.atomic():
                for table, rows in tables.items():
                    insert(table, rows)

        return run

    took = best(whole_import)
    rows = {table: stored(table) for table in TABLES}
    needed = ("codes_feeschedule", "codes_category", "codes_code", "codes_rate")
    least = best(floor(rows))
    rates_alone = best(floor({table: rows[table] for table in needed}))
    print(
        f"RVU26C into an empty {connection.vendor}: {took:.2f} s. The bare floor of the same "
        f"rows: {least:.2f} s, ratio {took / least:.1f} (aim: 3). "
        f"Floor without standings and statistics: {rates_alone:.2f} s, "
        f"ratio {took / rates_alone:.1f}."
    )


def main() -> None:
    path = shared_file()
    if not path.is_file():
        print("bench_import: skipped, the folder ../shared is missing.")
        return
    os.environ["DJANGO_SETTINGS_MODULE"] = "rvuedge.settings"
    import django

    django.setup()
    from django.db import connection

    with tempfile.TemporaryDirectory() as folder:
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "bench.sqlite3")
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            measure(path)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
