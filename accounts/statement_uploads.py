"""A statement between its two steps: read, and waiting for its columns to be mapped.

What `read_table` let through waits in a file of the server that nobody but the site can read: one
for each person, an hour at most, gone as soon as it is mapped, replaced, given up or too old. All
processes of the site run on one machine (see codes/release_uploads.py).
"""

import json
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.patient_data import looks_like
from accounts.statement_files import Table, read_table
from rvuedge.spreadsheets import FileError

LASTS = 60 * 60  # seconds


@dataclass
class Waiting:
    """A file that was read, and what was typed with it."""

    key: str  # made anew for each file: a form of an older one is known by it
    employer: str
    starts_on: date
    ends_on: date
    dollars_per_wrvu: Decimal | None
    file_name: str
    table: Table


def read(upload: Any) -> Table:
    """Return what may be kept of an uploaded file, which is gone when this returns."""
    with tempfile.NamedTemporaryFile(prefix="statement-") as stored:
        for chunk in upload.chunks():
            stored.write(chunk)
        stored.flush()
        return read_table(Path(stored.name))


def safe_name(name: str) -> str:
    """Return a file's name to be shown; a plain one where it looks like a patient's data."""
    last = "".join(c for c in name.replace("\\", "/").split("/")[-1] if c.isprintable())[-120:]
    words = last.replace("_", " ").replace("-", " ")
    suffix = ".xlsx" if last.lower().endswith(".xlsx") else ".csv"
    return f"statement{suffix}" if not last or looks_like(words) else last


def keep(user: Any, table: Table, *, file_name: str, **typed: Any) -> Waiting:
    """Let a file wait for its columns, instead of any other of this person."""
    waiting = Waiting(key=uuid.uuid4().hex, file_name=safe_name(file_name), table=table, **typed)
    content = {
        "key": waiting.key,
        "employer": waiting.employer,
        "starts_on": waiting.starts_on.isoformat(),
        "ends_on": waiting.ends_on.isoformat(),
        "dollars_per_wrvu": str(waiting.dollars_per_wrvu or ""),
        "file_name": waiting.file_name,
        "table": table.to_json(),
    }
    folder = _folder()
    forget_old()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made with mode 0600, and whole before it has its name.
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        Path(name).replace(_path(user))
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise FileError("There is no room for the file at the moment. Try again later.") from None
    return waiting


def waiting_for(user: Any) -> Waiting | None:
    """Return the file of this person that waits for its columns, if there is one."""
    path = _path(user)
    try:
        if _is_old(path):
            path.unlink()
            return None
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Waiting(
        key=stored["key"],
        employer=stored["employer"],
        starts_on=date.fromisoformat(stored["starts_on"]),
        ends_on=date.fromisoformat(stored["ends_on"]),
        dollars_per_wrvu=Decimal(stored["dollars_per_wrvu"] or 0) or None,
        file_name=stored["file_name"],
        table=Table.from_json(stored["table"]),
    )


def forget(user: Any) -> None:
    """Delete the file of this person that waits."""
    _path(user).unlink(missing_ok=True)


def forget_old() -> None:
    """Delete what has waited too long, whoever's it is."""
    for path in _waiting():
        with suppress(FileNotFoundError):  # somebody else was faster
            if _is_old(path):
                path.unlink()


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "statements"


def _path(user: Any) -> Path:
    # A name that nobody can guess, and that no later account with the same number inherits.
    person = f"{user.pk} {user.joined.isoformat()}"
    return _folder() / f"{salted_hmac('statement upload', person).hexdigest()}.json"


def _waiting() -> Iterator[Path]:
    folder = _folder()
    if folder.is_dir():
        yield from folder.iterdir()


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > LASTS
