"""The environment of the tests, whole: nothing of the machine's own reaches the settings.

pytest loads this before Django's settings (see addopts in pyproject.toml).
"""

import os
import tempfile
from pathlib import Path

# One folder for a run, shared with the workers that pytest-xdist starts.
if "RVUEDGE_TEST_DIR" not in os.environ:
    _folder = tempfile.TemporaryDirectory(prefix="rvuedge-tests-")
    os.environ["RVUEDGE_TEST_DIR"] = _folder.name

TEST_DIR = Path(os.environ["RVUEDGE_TEST_DIR"])

for name in ("DEBUG", "TRUSTED_PROXIES", "EMAIL_URL", "CACHE_URL", "DEFAULT_FROM_EMAIL"):
    os.environ.pop(name, None)

os.environ.update(
    SECRET_KEY="a-key-for-tests-alone-0123456789-abcdefghijklmnopqrstuvwxyz",
    HTTPS="False",
    ALLOWED_HOSTS="testserver,.localhost,127.0.0.1",
    SHOW_AMA_DESCRIPTORS="False",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{TEST_DIR / 'db.sqlite3'}",
    # Playwright's synchronous interface runs an event loop, in which Django suspects mistakes.
    DJANGO_ALLOW_ASYNC_UNSAFE="true",
)
