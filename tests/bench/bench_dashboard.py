"""What the dashboard of a long log costs, against the same sums in plain SQL.

Run `python -m tests.bench.bench_dashboard`. One person has 50,000 entries, 19 others as many each,
all in the order of their days as people log side by side: a database with a million. CPU time of
this process, SQLite's work included, median of several.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import tests.environment  # noqa: F401  (the settings need it)
from tests.bench.big_log import write_log

ENTRIES = 50_000
OTHERS = 19
ROUNDS = 9
TODAY = date(2026, 8, 18)
FIRST = date(2021, 1, 1)
PLAIN = (
    "SELECT performed_on, contract_id, kind, SUM(wrvu), SUM(asa_units), COUNT(*) "
    "FROM accounts_procedure WHERE user_id = %s AND performed_on BETWEEN %s AND %s "
    "GROUP BY performed_on, contract_id, kind",
    "SELECT hcpcs, custom_id, modifiers, site_id, role, kind, SUM(wrvu), SUM(asa_units), COUNT(*) "
    "FROM accounts_procedure WHERE user_id = %s AND performed_on BETWEEN %s AND %s "
    "GROUP BY hcpcs, custom_id, modifiers, site_id, role, kind",
)


def cpu(run: Callable[[], object]) -> float:
    """Return the milliseconds of CPU that `run` takes, the median of several."""
    run()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        taken.append((time.process_time() - start) * 1000)
    return statistics.median(taken)


def multiply(user_id: int) -> None:
    """Give 19 others the same entries, all rows in the order of their days."""
    from django.db import connection

    from accounts.models import Procedure, User

    others = [
        User.objects.create_user(email=f"other{number}@example.org", password=None).pk
        for number in range(OTHERS)
    ]
    names = [field.column for field in Procedure._meta.concrete_fields]
    copied = [name for name in names if name not in {"id", "user_id"}]
    columns = ", ".join(f'"{name}"' for name in copied)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE one AS SELECT {columns} FROM accounts_procedure")
        cursor.execute("DELETE FROM accounts_procedure")
        cursor.execute(
            f"INSERT INTO accounts_procedure (user_id, {columns}) "
            f"SELECT accounts_user.id, {columns} FROM one CROSS JOIN accounts_user "
            "WHERE accounts_user.id IN ("
            + ", ".join(["%s"] * (OTHERS + 1))
            + ") ORDER BY performed_on, accounts_user.id",
            [user_id, *others],
        )
        cursor.execute("ANALYZE")


def measure(user_id: int) -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from accounts.models import Procedure, User

    timezone.localdate = lambda *arguments: TODAY
    client = Client()
    client.force_login(User.objects.get(pk=user_id))
    mine = Procedure.objects.filter(user_id=user_id)
    print(f"{Procedure.objects.count():,} entries in {connection.vendor}, {mine.count():,} mine")

    def plain(first: date) -> None:
        with connection.cursor() as cursor:
            for query in PLAIN:
                cursor.execute(query, [user_id, first, TODAY])
                cursor.fetchall()

    for name, first in (("this year", date(2026, 1, 1)), ("all years", FIRST)):
        address = f"/dashboard/?start={first}&end={TODAY}"
        count = mine.filter(performed_on__gte=first, performed_on__lte=TODAY).count()
        page = cpu(lambda address=address: client.get(address))
        sums = cpu(lambda first=first: plain(first))
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        print(
            f"dashboard, {name} ({count:,} entries): {page:.0f} ms CPU, {len(queries)} queries; "
            f"the same sums in plain SQL {sums:.0f} ms, ratio {page / sums:.1f}"
        )


def main() -> None:
    import django
    from django.conf import settings

    os.environ["DJANGO_SETTINGS_MODULE"] = "rvuedge.settings"
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.LOGGING["root"]["level"] = settings.LOGGING["loggers"]["django"]["level"] = "WARNING"
    with tempfile.TemporaryDirectory(prefix="rvuedge-bench-") as folder:
        settings.DATABASES["default"]["NAME"] = str(Path(folder) / "log.sqlite3")
        django.setup()
        from django.core.management import call_command

        from accounts.models import Contract, User

        call_command("migrate", verbosity=0)
        call_command("load_catalogue", verbosity=0)
        user = User.objects.create_user(email="one@example.org", password=None)
        contract = Contract.objects.create(
            user=user, employer="Valley", starts_on=FIRST, rate=50, base=300_000, threshold=6000
        )
        days = (TODAY - FIRST).days + 1
        write_log(user, ENTRIES, FIRST, days, seed=1, contract=contract)
        multiply(user.pk)
        measure(user.pk)


if __name__ == "__main__":
    main()
