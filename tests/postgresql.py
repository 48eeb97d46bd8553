"""A throw-away PostgreSQL server: for the second run of the suite, and for tests of faults."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Nothing in it is worth keeping.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "jit=off",  # compiling costs more than the queries of tests
    "max_wal_size=4GB",  # no checkpoint on the way
    "max_connections=200",
)


def programs() -> Path | None:
    """Return the folder with initdb of the newest PostgreSQL installed, or None."""
    debian = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if debian:
        return max(debian, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A database cluster in `folder`, of which the caller disposes after `stop`."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self.port = free_port()
        self.owner = {}
        if os.geteuid() == 0:  # initdb refuses root
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            self.owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        subprocess.run(
            [
                *(programs / "initdb", "--pgdata", folder / "data", "--username", "rvuedge"),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            **self.owner,
        )

    def url(self, database: str = "postgres") -> str:
        return f"postgres://rvuedge@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", *FAST]
        options.append(f"unix_socket_directories={self.folder}")
        log = self.folder / "log"
        with log.open("ab") as lines:
            self.server = subprocess.Popen(
                [
                    *(self.programs / "postgres", "-D", self.folder / "data"),
                    *(part for option in options for part in ("-c", option)),
                ],
                cwd=self.folder,
                stdout=lines,
                stderr=lines,
                start_new_session=True,  # Ctrl-C is for pytest; `stop` ends the server
                **self.owner,
            )
        self._wait_until_ready(log)

    def _wait_until_ready(self, log: Path) -> None:
        program = self.programs / "pg_isready"
        ready = [program, "--quiet", "--host", "127.0.0.1", "--port", str(self.port)]
        deadline = time.monotonic() + 60
        while subprocess.run(ready, check=False).returncode:
            if self.server.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)

    def stop(self) -> None:
        self.server.send_signal(signal.SIGINT)  # "fast shutdown": connections are cut
        self.server.wait(30)


@contextmanager
def throw_away_cluster(programs: Path) -> Iterator[Cluster]:
    """Give a running cluster that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="rvuedge-pg-") as folder:
        cluster = Cluster(programs, Path(folder))
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
