"""What all tests share: settings for speed, no network, a browser, a Redis server."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from tests.environment import TEST_DIR

# Tests do not time: a busy machine is no fault of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

LOCAL = {"127.0.0.1", "::1", "localhost"}


def pytest_configure(config):
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.VAR_DIR = TEST_DIR
    settings.STATIC_ROOT = TEST_DIR / "static"
    settings.MEDIA_ROOT = TEST_DIR / "media"
    settings.WHITENOISE_AUTOREFRESH = True  # asks the finders: nothing needs collecting
    settings.WHITENOISE_USE_FINDERS = True
    settings.PUBLIC_COPIES = 0  # each request renders its page anew
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        # A file, as in production: several connections can be tested against each other.
        database.setdefault("TEST", {})["NAME"] = str(TEST_DIR / "test.sqlite3")
    else:
        from django.db.backends.postgresql.operations import DatabaseOperations

        DatabaseOperations.sql_flush = delete_all_rows


def delete_all_rows(operations, style, tables, *, reset_sequences=False, allow_cascade=False):
    """Empty the tables after a test that needed transactions of its own.

    Django truncates them, which makes and removes files for each of sixty tables: 0.2 seconds,
    whatever is in them. Rows are few. Foreign keys are looked at when all is deleted.
    """
    return [f"DELETE FROM {operations.quote_name(table)};" for table in tables]


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it where everything has to be there (CI)."""
    if os.environ.get("RVUEDGE_REQUIRE_ALL") == "1":
        pytest.fail(f"{what} is missing, and RVUEDGE_REQUIRE_ALL=1 allows no skipping.")
    pytest.skip(f"{what} is missing")


@pytest.fixture(autouse=True, scope="session")
def no_network():
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and address[0] not in LOCAL:
            raise RuntimeError(f"A test tried to reach {address[0]}.")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True)
def empty_cache():
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The reference material beside the repository, which a clone may lack."""
    root = Path(__file__).parent.parent
    folder = Path(os.environ.get("RVUEDGE_SHARED") or root.parent / "shared")
    if not folder.is_dir():
        missing("The folder ../shared")
    return folder


@pytest.fixture(scope="session")
def chromium():
    """A running browser: Debian's, since Playwright's own would have to be downloaded."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        missing("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """An empty page of 1280 by 800; `page.context.browser` opens others."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def redis_url():
    """The address of a Redis server of the tests' own."""
    server = shutil.which("redis-server")
    if not server:
        missing("redis-server")
    path = TEST_DIR / f"redis-{os.getpid()}.sock"
    process = subprocess.Popen(
        [server, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(TEST_DIR)],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, "redis-server did not start"
        time.sleep(0.02)
    yield f"unix://{path}"
    process.terminate()
    process.wait(10)
