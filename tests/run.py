"""Run the whole suite on SQLite, then again on PostgreSQL: `make test`.

PostgreSQL is the server named by TEST_DATABASE_URL or, without one, a throw-away cluster of
an installed PostgreSQL. Arguments go to pytest. What could not be tested is said last, and is
a failure where RVUEDGE_REQUIRE_ALL=1.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.postgresql import programs, throw_away_cluster  # noqa: E402


def suite(title: str, arguments: list[str], **environment: str) -> bool:
    """Run pytest, and tell whether all went well."""
    print(f"\nThe tests on {title}:", flush=True)
    surroundings = {k: v for k, v in os.environ.items() if k != "TEST_DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env={**surroundings, **environment},
        check=False,
    )
    return done.returncode == 0


def main(arguments: list[str]) -> int:
    well = suite("SQLite", arguments)
    untested = []
    if url := os.environ.get("TEST_DATABASE_URL"):
        well &= suite("PostgreSQL", arguments, TEST_DATABASE_URL=url)
    elif folder := programs():
        with throw_away_cluster(folder) as cluster:
            well &= suite("PostgreSQL", arguments, TEST_DATABASE_URL=cluster.url("rvuedge"))
    else:
        untested.append("PostgreSQL (no server installed, TEST_DATABASE_URL not set)")
    if not (os.environ.get("CHROMIUM") or shutil.which("chromium")):
        untested.append("the pages in a browser (no chromium)")
    if not shutil.which("redis-server"):
        untested.append("the cache on Redis (no redis-server)")
    if untested:
        print(f"Not tested: {'; '.join(untested)}.")
        well &= os.environ.get("RVUEDGE_REQUIRE_ALL") != "1"
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
