"""A federal file that a data manager sends in: kept, examined, loaded. One at a time.

Reading a release takes seconds, which no request should: a process of its own does it, `manage.py
work_release_upload`, and says on the upload's row how far it is. It inherits a lock from whoever
started it, which the operating system lets go of when the process ends, however it ends: so a dead
process is known at once, and can be followed by another. The lock is a file beside the uploads:
all processes of the site run on one machine.

Everything goes through the command's own doors (read, examine, load); nothing is forced here.
"""

import fcntl
import hashlib
import logging
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.conf import settings
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from codes.fee_schedule.archive import LIMITS
from codes.fee_schedule.database import Refused, Unconfirmed, exclusively, in_words
from codes.fee_schedule.examine import TEXT_KIND, ZIP_KIND, Examination, examine
from codes.fee_schedule.load import Outcome, load
from codes.fee_schedule.read import read
from codes.fee_schedule.records import FileError, Package, RateRow
from codes.fee_schedule.standings import rate_rows
from codes.models import FeeSchedule, ReleaseUpload
from rvuedge import audit

State = ReleaseUpload.State

SUFFIXES = frozenset({"zip", "csv", "txt"})
MOST_BYTES = LIMITS.source_bytes
WORKER = (sys.executable, str(settings.BASE_DIR / "manage.py"), "work_release_upload")
BROKEN_OFF = "The work broke off before it was done. Nothing was stored: start it again."

_FOLDER = "releases"
_MOST_ERRORS = 50
_MOST_CODES = 500  # that a report names of each sort
_MOST_OUTLIERS = 25
_UNBOUND = {ZIP_KIND, TEXT_KIND}  # shown as soon as they are loaded

logger = logging.getLogger(__name__)


class Busy(Refused):
    """Another upload is being worked on."""


class Outlier(NamedTuple):
    """A row whose total RVUs are far from what they were: `factor` times more, or times less."""

    hcpcs: str
    modifier: str
    status: str
    setting: str  # "office" or "facility"
    old: Decimal
    new: Decimal
    factor: Decimal  # 1 or more

    @property
    def change(self) -> Decimal:
        """The relative change: 0.5 is half as much again, -0.5 is half."""
        return (self.new - self.old) / self.old


# Taking in --------------------------------------------------------------------------------


def safe_name(name: str) -> str:
    """Return the last part of a file's name in plain characters, with its ending in lower case.

    It is shown, and it tells the year of files that do not say it themselves. On the disk the
    file has another.
    """
    last = re.split(r"[/\\]", name)[-1]
    stem, _, suffix = re.sub(r"[^A-Za-z0-9._ ()+-]", "_", last).strip(". ").rpartition(".")
    return f"{stem[:100] or 'upload'}.{suffix[:10].lower()}"


def receive(file: UploadedFile, release: str, by: Any) -> ReleaseUpload:
    """Keep a file under a name that chance gives it; return its row.

    `release` is what to call the files where they do not say it themselves. Refused, with one
    sentence, where there is no room for it.
    """
    name = safe_name(file.name or "")
    upload = ReleaseUpload(name=name, release=release, uploaded_by=by)
    try:
        upload.file.save(f"{uuid.uuid4().hex}.{name.rpartition('.')[2]}", file, save=False)
    except OSError as error:
        logger.exception("An upload could not be kept.")
        raise Refused(f"The file could not be kept ({error.strerror}).") from None
    upload.report = {"asked_release": release, "sha256": _sha256(Path(upload.file.path))}
    with transaction.atomic():
        upload.save()
        _tell("uploaded a federal file", by, upload, ADDITION)
    return upload


# Starting ---------------------------------------------------------------------------------


def start(upload: ReleaseUpload, by: Any, *, again: bool = False, confirmed: str = "") -> None:
    """Have an upload examined; or loaded, if it has been examined and not `again` is asked for.

    `confirmed` is the question of the report that `by` said yes to. Busy while another upload is
    worked on; Refused where there is nothing to do for this one.
    """
    with _lock() as lock:
        with transaction.atomic():
            # The lock was free: whoever is said to be at work is not.
            ReleaseUpload.objects.filter(is_at_work=True).update(
                is_at_work=False, step="", problem=BROKEN_OFF
            )
            fresh = ReleaseUpload.objects.select_for_update().get(pk=upload.pk)
            if fresh.state not in (State.RECEIVED, State.EXAMINED):
                raise Refused(f"{fresh.name} is {fresh.get_state_display().lower()} already.")
            if again:
                fresh.state = State.RECEIVED
            fresh.report["confirmed"] = confirmed
            fresh.is_at_work, fresh.step, fresh.problem = True, "Starting.", ""
            fresh.asked_by, fresh.asked_at = by, timezone.now()
            try:
                with transaction.atomic():
                    fresh.save()
            except IntegrityError:
                raise Busy(_busy()) from None
        try:
            launch(upload.pk, lock)
        except OSError as error:
            logger.exception("The work on an upload could not be started.")
            raise Refused(f"The work could not be started ({error.strerror}).") from None


def launch(pk: int, lock: IO[bytes]) -> None:
    """Start the process that works on an upload, and hand it the lock."""
    process = subprocess.Popen(  # noqa: S603 (the site's own command and a number)
        [*WORKER, str(pk)],
        stdin=subprocess.DEVNULL,
        pass_fds=[lock.fileno()],
        start_new_session=True,  # it outlives the server process that started it
    )
    threading.Thread(target=process.wait, daemon=True).start()  # no dead process is left over


def is_anyone_at_work() -> bool:
    """Return whether a process works on an upload at this moment."""
    try:
        with _lock():
            return False
    except Busy:
        return True


def has_broken_off(upload: ReleaseUpload) -> bool:
    """Return whether the process that worked on an upload died of something. Renews the row."""
    if not upload.is_at_work or is_anyone_at_work():
        return False
    upload.refresh_from_db()  # it may have come to its end between the two questions
    return bool(upload.is_at_work)


@contextmanager
def _lock() -> Iterator[IO[bytes]]:
    path = Path(settings.MEDIA_ROOT) / _FOLDER / ".at-work"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(_busy()) from None
        yield lock  # closing it here leaves it with the process that inherited it


def _busy() -> str:
    name = (
        ReleaseUpload.objects.filter(is_at_work=True).values_list("name", flat=True).first() or ""
    )
    return (
        f"Another file{name and f', {name},'} is being worked on. This one waits: start it later."
    )


# Working ----------------------------------------------------------------------------------


def work(pk: int) -> None:
    """Examine or load one upload, and leave on its row what came of it."""
    upload = ReleaseUpload.objects.select_related("asked_by").get(pk=pk)
    problem = ""
    try:
        if upload.state == State.EXAMINED:
            _load(upload)
        else:
            _examine(upload)
    except FileError as error:
        _refuse(upload, error.errors)
    except Refused as error:  # not because of the file
        problem = str(error)
    except DatabaseError as error:
        problem = in_words(error)
    except OSError as error:
        logger.exception("The work on an upload stopped.")
        problem = f"The file could not be worked on ({error.strerror}). Nothing was stored."
    except Exception:
        logger.exception("The work on an upload stopped.")
        problem = "Something unexpected happened, which the log describes. Nothing was stored."
    if problem:
        upload.refresh_from_db()  # nothing of what was rolled back
        upload.problem = problem
    upload.is_at_work, upload.step = False, ""
    upload.save()
    if upload.state == State.REFUSED:
        upload.file.delete()  # what is refused is not kept


def _examine(upload: ReleaseUpload) -> None:
    package = _read(upload)
    _step(upload, "Comparing with what is loaded.")
    found = examine(package)
    if found.problems:
        _refuse(upload, found.problems)
        return
    upload.release = package.release
    upload.report = {
        name: upload.report.get(name, "") for name in ("asked_release", "sha256")
    } | report(package, found)
    upload.state = State.EXAMINED
    _tell("examined a federal file", upload.asked_by, upload)


def _load(upload: ReleaseUpload) -> None:
    package = _read(upload)
    # One transaction: what is loaded, and that the row says so. In it, no step can be seen.
    _step(upload, "Storing. Readers see what was there before until all is there.")
    with exclusively():
        try:
            loaded = load(package, by=upload.asked_by)
        except Unconfirmed as question:
            if str(question) != upload.report.get("confirmed"):
                raise Refused(
                    "What is loaded has changed since this file was examined, and with it the "
                    "question. Examine it again."
                    if upload.report.get("confirmed")
                    else f"{question} This was not confirmed."
                ) from question
            loaded = load(package, confirmed=True, by=upload.asked_by)
        if loaded.outcome is not Outcome.UNCHANGED and (
            loaded.is_active or {member.kind for member in package.members} & _UNBOUND
        ):
            _check_may_activate(upload)
        upload.state = State.LOADED
        upload.is_at_work = False
        upload.report["outcome"] = loaded.outcome.value
        upload.report["stored"] = loaded.stored
        upload.report["notes"] = loaded.notes or upload.report.get("notes", [])
        upload.save()
        _log(upload, upload.asked_by, f"Loaded: {loaded.outcome.value}.")


def changes_the_site(upload: ReleaseUpload) -> bool:
    """Return whether loading this file changes what the public sees, without activating it."""
    kinds = {kind for _, kind, _ in upload.report.get("members", [])}
    return bool(kinds & _UNBOUND) or (
        bool(upload.release)
        and FeeSchedule.objects.filter(release=upload.release, is_active=True).exists()
    )


def _check_may_activate(upload: ReleaseUpload) -> None:
    if not upload.asked_by.has_perm("codes.activate_releaseupload"):
        raise Refused("This would change what the site shows, which takes the right to activate.")


def _read(upload: ReleaseUpload) -> Package:
    """Read the file under the name that it came with, which the readers look at."""
    kept = Path(upload.file.path)
    if _sha256(kept) != upload.report["sha256"]:
        raise FileError("The file is not the one that was uploaded: upload it again.")
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder) / upload.name
        shutil.copyfile(kept, named)
        return read(
            [named],
            release=upload.report["asked_release"],
            progress=lambda sentence: _step(upload, sentence),
        )


def _step(upload: ReleaseUpload, sentence: str) -> None:
    ReleaseUpload.objects.filter(pk=upload.pk).update(step=sentence[:120])


def _refuse(upload: ReleaseUpload, errors: Iterable[str]) -> None:
    sentences = [*map(for_this_door, errors)]
    upload.state = State.REFUSED
    upload.problem = sentences[0]
    upload.report |= {"errors": sentences[:_MOST_ERRORS], "error_count": len(sentences)}
    _tell("refused a federal file", upload.asked_by, upload, detail=sentences[0])


def for_this_door(sentence: str) -> str:
    """Return a sentence of the importer without the options of its command."""
    return (
        sentence.replace("say which with --release", "say which in the field Release")
        .replace("say it when importing", "say it in the field Release")
        .replace(" If you are sure of it, import it with --force.", " It is not taken here.")
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Reporting --------------------------------------------------------------------------------


def report(package: Package, found: Examination) -> dict[str, Any]:
    """Return what a dry run says, as plain JSON: counts, names, shares as text."""
    told: dict[str, Any] = {
        "members": [[one.name, one.kind, one.rows] for one in package.members],
        "notes": [*package.notes, *map(for_this_door, found.warnings)],
        "is_stored": found.is_stored,
        "baseline": str(found.baseline or ""),
        "replaces": found.baseline is not None and found.baseline == found.schedule,
        "question": found.question,
    }
    comparison = found.comparison
    if comparison is None or found.baseline is None:
        return told
    codes = {
        "added": comparison.added_codes,
        "gone": comparison.gone_codes,
        "changed": comparison.changed_codes,
    }
    far, appeared, vanished = outliers(rate_rows(found.baseline), package.rates)
    return told | {
        "codes": {sort: names[:_MOST_CODES] for sort, names in codes.items()},
        "code_counts": {sort: len(names) for sort, names in codes.items()},
        "row_counts": {
            "added": len(comparison.added),
            "gone": len(comparison.gone),
            "changed": len(comparison.changed),
        },
        "reasons": [[reason.value, rows] for reason, rows in comparison.counts().most_common()],
        "old_codes": comparison.old_codes,
        "new_codes": comparison.new_codes,
        "values": comparison.values,
        "changed_values": comparison.changed_values,
        "fewer_share": str(comparison.fewer_share),
        "changed_share": str(comparison.changed_share),
        "outliers": [[*map(str, (*one[:6], one.change))] for one in far[:_MOST_OUTLIERS]],
        "appeared": appeared,
        "vanished": vanished,
    }


def outliers(
    old_rows: Iterable[RateRow], new_rows: Iterable[RateRow]
) -> tuple[list[Outlier], int, int]:
    """Return the rows in both whose total RVUs changed, the farthest first, and two counts.

    A row stands once, in the setting where it changed more. Halving counts like doubling. From
    zero or to zero there is no factor: these rows are only counted, as appeared and vanished.
    """
    old = {(row.hcpcs, row.modifier): row for row in old_rows}
    found: list[Outlier] = []
    appeared = vanished = 0
    for row in new_rows:
        before = old.get((row.hcpcs, row.modifier))
        if before is None:
            continue
        pairs = (
            ("office", before.total_nonfac, row.total_nonfac),
            ("facility", before.total_fac, row.total_fac),
        )
        changed = [
            Outlier(row.hcpcs, row.modifier, row.status, setting, was, now, _factor(was, now))
            for setting, was, now in pairs
            if was != now and was and now
        ]
        if changed:
            found.append(max(changed, key=lambda one: one.factor))
        appeared += any(now and not was for _, was, now in pairs)
        vanished += any(was and not now for _, was, now in pairs)
    found.sort(key=lambda one: (-one.factor, one.hcpcs, one.modifier))
    return found, appeared, vanished


def _factor(was: Decimal, now: Decimal) -> Decimal:
    return max(was, now) / min(was, now)


# Remembering ------------------------------------------------------------------------------


def history(subject: Any) -> list[LogEntry]:
    """Return who did what to an upload or a release, and when, the newest first."""
    kind = ContentType.objects.get_for_model(subject)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(subject.pk))
    return list(entries.select_related("user"))


def _tell(what: str, by: Any, upload: ReleaseUpload, flag: int = CHANGE, detail: str = "") -> None:
    audit.record(what, by, upload, detail, sha256=upload.report.get("sha256", ""))
    _log(upload, by, f"{what.split()[0].capitalize()}.", flag)


def _log(upload: ReleaseUpload, by: Any, sentence: str, flag: int = CHANGE) -> None:
    note(upload, by, sentence, flag)


def note(subject: Any, by: Any, sentence: str, flag: int = CHANGE) -> None:
    """Add a line to the history that the admin shows of one row."""
    LogEntry.objects.create(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(subject),
        object_id=str(subject.pk),
        object_repr=str(subject)[:200],
        action_flag=flag,
        change_message=sentence,
    )
