"""What the pages of a long log take: 50,000 entries of one person, in a database with a million.

Run `python -m tests.bench.bench_log [entries of others]`. Wall time of whole requests, median of
many, with the ratio to the sums of the same month in one plain SQL statement.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import tests.environment  # noqa: F401  (the settings need it)
from tests.bench.big_log import write_log

ROUNDS = 15
MINE, OTHERS, PEOPLE = 50_000, 950_000, 19
FIRST, DAYS = date(2024, 9, 1), 730
PAGES = {
    "the list of a month": "/procedures/?from=2026-07-01&to=2026-07-31",
    "the same, page 20": "/procedures/?from=2026-07-01&to=2026-07-31&page=20",
    "the list of a code": "/procedures/?from=2026-07-01&to=2026-07-31&q=47562",
    "the list of all days": "/procedures/?days=all",
    "the quick log": "/log/",
    "the dashboard": "/dashboard/",
}
SUMS = """
SELECT kind, COUNT(*), SUM(wrvu), SUM(asa_units) FROM accounts_procedure
WHERE user_id = %s AND performed_on BETWEEN %s AND %s GROUP BY kind
"""


def milliseconds(run: Callable[[], object]) -> float:
    run()
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def measure(user: object) -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(user)  # type: ignore[arg-type]

    def sums() -> None:
        with connection.cursor() as cursor:
            cursor.execute(SUMS, [user.pk, "2026-07-01", "2026-07-31"])  # type: ignore[attr-defined]
            cursor.fetchall()

    plain = milliseconds(sums)
    print(f"the sums of a month in plain SQL: {plain:.1f} ms")
    for name, address in PAGES.items():
        taken = milliseconds(lambda address=address: client.get(address))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200, address
        print(
            f"{name}: {taken:.0f} ms, {taken / plain:.1f} x the sums of a month, "
            f"{len(queries)} queries"
        )


def main() -> None:
    import django
    from django.conf import settings

    os.environ["DJANGO_SETTINGS_MODULE"] = "rvuedge.settings"
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.LOGGING["root"]["level"] = settings.LOGGING["loggers"]["django"]["level"] = "WARNING"
    others = int(sys.argv[1]) if len(sys.argv) > 1 else OTHERS
    with tempfile.TemporaryDirectory(prefix="rvuedge-bench-") as folder:
        settings.DATABASES["default"]["NAME"] = str(Path(folder) / "log.sqlite3")
        django.setup()
        from django.core.management import call_command

        from accounts.models import TrackedCode, User

        call_command("migrate", verbosity=0)
        call_command("load_catalogue", verbosity=0)
        people = [User.objects.create_user(f"bench{n}@example.org") for n in range(PEOPLE + 1)]
        write_log(people[0], MINE, FIRST, DAYS, seed=1)
        for number, other in enumerate(people[1:], start=2):
            write_log(other, others // PEOPLE, FIRST, DAYS, seed=number)
        for hcpcs in ("47562", "99213", "99214", "45378", "70450", "99223"):
            TrackedCode.objects.create(user=people[0], hcpcs=hcpcs, is_favorite=True)
        measure(people[0])


if __name__ == "__main__":
    main()
