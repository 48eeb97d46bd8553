"""The real server while its database goes and comes back."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.postgresql import free_port, programs, throw_away_cluster

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cluster():
    folder = programs()
    if not folder:
        missing("PostgreSQL")
    with throw_away_cluster(folder) as running:
        yield running


@pytest.fixture(scope="module")
def site(cluster):
    """The address of a server that gunicorn runs on that database."""
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": cluster.url(),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "DEBUG": "True",  # static files as they lie: a fresh clone has collected none
    }
    options = {"cwd": ROOT, "env": environment, "stdout": subprocess.DEVNULL}
    subprocess.run([sys.executable, "manage.py", "migrate"], check=True, **options)
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", "rvuedge.wsgi"], **options)
    address = f"http://127.0.0.1:{port}"
    wait_until(lambda: status(f"{address}/healthz") == 200)
    yield address
    server.terminate()
    server.wait(20)


def status(url):
    """Return the status of an answer, or None without one."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 503:
                assert error.headers["Retry-After"]
            return error.code
    except OSError:
        return None


def database_in(url):
    """Return what /readyz says of the database, whatever its status."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return json.load(response)["database"]
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)["database"]


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_site_outlives_its_database(site, cluster):
    assert database_in(f"{site}/readyz") == "ok"

    cluster.stop()
    start = time.monotonic()
    assert status(f"{site}/admin/login/") == 200  # needs no database
    assert status(f"{site}/cpt-codes/") == 503
    assert status(f"{site}/readyz") == 503
    assert status(f"{site}/healthz") == 200
    assert time.monotonic() - start < 2

    cluster.start()
    wait_until(lambda: database_in(f"{site}/readyz") == "ok", seconds=5)
