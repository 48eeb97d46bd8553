"""Imports in processes of their own: killed, two at once, and while somebody reads."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from codes.fee_schedule import database
from codes.fee_schedule.database import Refused
from codes.fee_schedule.load import Outcome, load
from codes.fee_schedule.status import checksum
from codes.models import Category, Code, FeeSchedule, Rate, Standing
from tests.factories import package, rate_row

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]
RATES = [rate_row("99213"), rate_row("99214")]  # as the importer below has them

# Prints each step; at the one named, waits for a line. Imports 99213 and 99214 as 2026C.
IMPORTER = """
import sys
import django
django.setup()
from codes.fee_schedule.load import load
from tests.factories import package, rate_row

def step(sentence):
    print(sentence, flush=True)
    if sentence == sys.argv[1]:
        sys.stdin.readline()

rates = [rate_row(number, work_rvu=sys.argv[2]) for number in ("99213", "99214")]
print(load(package("2026C", rates=rates), confirmed=True, progress=step).outcome.value)
"""


def database_url():
    """Return the address of the tests' own database."""
    there = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{there['NAME']}"
    person = f"{there['USER']}:{there['PASSWORD']}" if there["PASSWORD"] else there["USER"]
    return f"postgres://{person}@{there['HOST']}:{there['PORT']}/{there['NAME']}"


@contextmanager
def importer(pause_at="", work="1.30"):
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORTER, pause_at, work],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(process, step):
    for line in process.stdout:
        if line.strip() == step:
            return
    pytest.fail(f"The importer ended before {step!r}.")


def go_on(process):
    """Let a waiting importer go on, and return the last line that it prints."""
    printed, _ = process.communicate("\n", timeout=60)
    assert process.returncode == 0
    return printed.split()[-1]


STEPS = ["Checking.", "Storing rates.", "Comparing codes.", "Storing localities."]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_a_first_import_leaves_nothing(step):
    with importer(pause_at=step) as process:
        wait_for(process, step)
        process.kill()
        process.wait()
    assert not any(model.objects.exists() for model in (FeeSchedule, Category, Code, Rate))
    assert load(package("2026C", rates=RATES)).outcome is Outcome.LOADED  # the next run finishes
    assert Rate.objects.count() == Standing.objects.count() == 2


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_a_replacement_leaves_the_old_release_whole(step):
    load(package("2026C", rates=[rate_row("27447")]), activate=True)
    before = checksum()
    with importer(pause_at=step) as process:
        wait_for(process, step)
        process.kill()
        process.wait()
    assert checksum() == before
    report = load(package("2026C", rates=RATES), confirmed=True)
    assert report.outcome is Outcome.REPLACED
    assert FeeSchedule.objects.active().code_count == 2


def test_of_two_importers_the_second_waits_and_finds_the_release_loaded():
    with importer(pause_at="Storing localities.") as first:
        wait_for(first, "Storing localities.")
        with importer() as second:
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(timeout=1.5)
            assert go_on(first) == "loaded"
            assert go_on(second) == "unchanged"
    assert FeeSchedule.objects.count() == 1
    assert Rate.objects.count() == 2


def test_an_importer_here_waits_for_one_elsewhere():
    with importer(pause_at="Storing rates.") as process:
        wait_for(process, "Storing rates.")
        process.stdin.write("\n")
        process.stdin.close()
        process.stdin = None
        assert load(package("2026C", rates=RATES)).outcome is Outcome.UNCHANGED


def test_reading_goes_on_during_an_import_and_sees_the_old_release():
    load(package("2026C", rates=[rate_row("27447")]), activate=True)
    before = checksum()
    with importer(pause_at="Storing localities.") as process:
        wait_for(process, "Storing localities.")
        for _ in range(20):
            assert checksum() == before
        assert go_on(process) == "replaced"
    assert [rate.code_id for rate in Rate.objects.all()] == ["99213", "99214"]


def test_a_full_disk_is_said_and_the_old_release_stays():
    if connection.vendor != "sqlite":
        pytest.skip("only a SQLite file can be kept from growing")
    load(package("2026C", rates=[rate_row("20100")]), activate=True)
    before = checksum()
    many = package("2026D", rates=[rate_row(f"{number}") for number in range(20100, 22100)])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # no room left over from tests before this one
        [pages] = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages + 5}")
    try:
        with pytest.raises(Refused, match=r"^The database's disk is full. Nothing was stored"):
            load(many)
        assert checksum() == before  # reading goes on
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {2**30}")
    assert load(many).outcome is Outcome.LOADED


def test_the_next_writer_waits_no_longer_than_before():
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite waits by a setting of the connection")

    def busy_timeout():
        with connection.cursor() as cursor:
            return cursor.execute("PRAGMA busy_timeout").fetchone()[0]

    usual = busy_timeout()
    assert usual == settings.DATABASES["default"]["OPTIONS"]["timeout"] * 1000
    with database.exclusively():
        assert busy_timeout() == database.WAIT_SECONDS * 1000
        with database.exclusively():
            pass
    assert busy_timeout() == usual
    with pytest.raises(Refused), database.exclusively():
        raise OperationalError("database is locked")
    assert busy_timeout() == usual


def test_a_busy_database_is_said(monkeypatch):
    monkeypatch.setattr(database, "WAIT_SECONDS", 0)
    with importer(pause_at="Storing rates.") as process:
        wait_for(process, "Storing rates.")
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '50ms'")
        with pytest.raises(Refused, match=r"^The database is busy with another change"):
            load(package("2026B", rates=RATES))
        assert go_on(process) == "loaded"
    connection.close()  # with its settings


def test_readers_meet_no_error_while_releases_come():
    """Every read sees one release whole, at any moment of several imports."""
    load(package("2026C", rates=[rate_row("99213")]), activate=True)
    for work in ("2.00", "3.00"):
        with importer(work=work) as process:
            deadline = time.monotonic() + 60
            while process.poll() is None:
                assert time.monotonic() < deadline
                rows = list(Rate.objects.values_list("schedule__row_count", "work_rvu"))
                assert len({work for _, work in rows}) == 1
                assert len(rows) == rows[0][0]
            assert process.returncode == 0
