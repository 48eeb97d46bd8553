"""What a code page costs, in CPU, against a page of the same site that does nothing.

Run `python -m tests.bench.bench_pages`. Once with every page made anew, where nothing is kept but
what a process remembers of a release, and once with the copies that a process keeps: of a page at
a place, its parts that are the same at every place. CPU time of this process, median of many; the
starter catalogue in a database of its own, and the whole of RVU26C where ../shared is there.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import tests.environment  # noqa: F401  (the settings need it)
from tests.bench.bench_import import shared_file

ROUNDS = 60
PAGES = {
    "47562": "/cpt-codes/digestive/47562/",
    "70450": "/cpt-codes/diagnostic-imaging/70450/",
    "99213 in Manhattan": "/cpt-codes/office-visits/99213/?where=10016",
    "G0411": "/cpt-codes/g-codes/G0411/",
}


def cpu(run: Callable[[], object]) -> float:
    """Return the milliseconds of CPU that `run` takes, the median of many."""
    run()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        taken.append((time.process_time() - start) * 1000)
    return statistics.median(taken)


def measure() -> None:
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from codes.views.code import pieces
    from codes.views.copies import copies

    client = Client()
    trivial = cpu(lambda: client.get("/healthz"))
    print(f"trivial page: {trivial:.2f} ms CPU")
    for name, address in PAGES.items():
        settings.PUBLIC_COPIES = 0
        taken = cpu(lambda address=address: client.get(address))
        settings.PUBLIC_COPIES = 300
        kept = cpu(lambda address=address: client.get(address))
        settings.PUBLIC_COPIES = 0
        copies.recent.clear()
        pieces.clear()
        with CaptureQueriesContext(connection) as queries:
            size = len(client.get(address).content)
        print(
            f"code page {name}: rendered {taken:.2f} ms CPU ({taken / trivial:.1f} x a trivial "
            f"page), kept as HTML {kept:.2f} ms ({kept / trivial:.1f} x), {len(queries)} queries, "
            f"{size // 1000} kB before compression"
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
        settings.DATABASES["default"]["NAME"] = str(Path(folder) / "pages.sqlite3")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("load_catalogue")
        measure()
        release = shared_file().parent
        if not release.is_dir():
            print("The whole of RVU26C: not measured, the folder ../shared is missing.")
            return
        call_command("import_fee_schedule", str(release), yes=True, verbosity=0)
        print("With all 17,096 codes of RVU26C:")
        measure()


if __name__ == "__main__":
    main()
