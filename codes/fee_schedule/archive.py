"""Opening what somebody hands in: a zip of CMS, a folder or single files. Nothing is trusted.

Nothing is ever unpacked to the disk. Every member of a zip is read as a stream, under limits
that do not believe what the zip says of itself; only what can be ours is kept.
"""

import copy
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from codes.fee_schedule.parse import kinds
from codes.fee_schedule.records import FileError
from rvuedge.zips import CHUNK, DAMAGE, has_more_entries

MEGABYTE = 1024 * 1024
_ZIP = b"PK\x03\x04"
_OFFICE = (".xlsx", ".xlsm", ".xlsb", ".ods", ".docx", ".odt", ".pptx")  # zips, all of them
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True)
class Limits:
    """How much is read at most. The largest file of ours that is known has 3.5 MB."""

    source_bytes: int = 128 * MEGABYTE  # a zip as it stands on the disk
    file_bytes: int = 16 * MEGABYTE  # one file that is ours
    kept_bytes: int = 64 * MEGABYTE  # all files that are ours together
    unpacked_bytes: int = 256 * MEGABYTE  # all members of a zip together
    ratio: int = 200  # unpacked to packed; 26 for the ZIP code file, 1,032 at most for deflate
    files: int = 500


LIMITS = Limits()


@dataclass(frozen=True)
class Document:
    """One file that is ours, whole.

    `name` is what to call it, `places` its own name, its folder's or zip's and so on upwards.
    """

    name: str
    places: tuple[str, ...]
    kind: kinds.Kind
    content: bytes


@dataclass
class Intake:
    """What several sources hold together: documents that are ours, names of those ignored."""

    limits: Limits
    documents: list[Document] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    _kept: int = 0

    def add(self, source: Path) -> None:
        """Take in a zip, a folder or a file. FileError for the least that is amiss.

        A file that is named on its own must be ours; one in a folder or zip may be ignored.
        """
        name = printable(source.name)
        try:
            mode = source.stat().st_mode
        except FileNotFoundError:
            raise FileError(
                f"{printable(str(source))}: there is no such file or folder."
            ) from None
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            reason = getattr(error, "strerror", None) or "its name is none that a file can have"
            raise FileError(f"{printable(str(source))}: cannot be read ({reason}).") from None
        if stat.S_ISDIR(mode):
            self._folder(source)
        elif stat.S_ISREG(mode):
            if not self._file(source, name, (source.name, source.resolve().parent.name)):
                hint = " Save a workbook as CSV." if name.lower().endswith(_OFFICE) else ""
                raise FileError(f"{name}: the file is none of those that can be imported.{hint}")
        else:
            raise FileError(
                f"{printable(str(source))}: this is a pipe or a device, which cannot be read "
                "twice. Save what it gives as a file, and import that."
            )

    # Folders and files ----------------------------------------------------------------------

    def _folder(self, folder: Path) -> None:
        top = folder.resolve().name
        files = sorted(_files(folder))
        if len(files) > self.limits.files:
            raise FileError(f"{printable(top)}: more than {self.limits.files} files are in it.")
        for path in files:
            parts = path.relative_to(folder).parts
            name = printable("/".join(parts))
            is_file = path.is_file() and not path.is_symlink()
            if not (is_file and self._file(path, name, (*reversed(parts), top))):
                self.ignored.append(name)

    def _file(self, path: Path, name: str, places: tuple[str, ...]) -> bool:
        """Take in one file on the disk; return whether it is ours."""
        try:
            with path.open("rb") as stream:
                head = stream.read(kinds.HEAD_BYTES)
                if head.startswith(_ZIP) and not path.name.lower().endswith(_OFFICE):
                    stream.seek(0)
                    self._zip(stream, name, places)
                    return True
                if path.suffix.lower() == ".zip":
                    raise FileError(f"{name}: {_not_a_zip(head)}")
                kind = kinds.recognize(name, head)
                if not kind:
                    return False
                size = os.fstat(stream.fileno()).st_size
                self._check_size(name, size)
                content = head + stream.read(self.limits.file_bytes + 1 - len(head))
        except OSError as error:
            raise FileError(f"{name}: cannot be read ({error.strerror}).") from None
        self._keep(Document(name, places, kind, content))
        return True

    def _check_size(self, name: str, size: int) -> None:
        if size > self.limits.file_bytes:
            raise FileError(
                f"{name}: the file has more than {self.limits.file_bytes // MEGABYTE} MB, far "
                "more than any of its kind."
            )

    def _keep(self, document: Document) -> None:
        self._check_size(document.name, len(document.content))
        self._kept += len(document.content)
        if self._kept > self.limits.kept_bytes:
            raise FileError(
                f"{document.name}: with it, the files have more than "
                f"{self.limits.kept_bytes // MEGABYTE} MB together."
            )
        self.documents.append(document)

    # Zips -----------------------------------------------------------------------------------

    def _zip(self, stream: IO[bytes], name: str, places: tuple[str, ...]) -> None:
        if os.fstat(stream.fileno()).st_size > self.limits.source_bytes:
            raise FileError(
                f"{name}: the zip has more than {self.limits.source_bytes // MEGABYTE} MB."
            )
        if has_more_entries(stream, self.limits.files):
            raise FileError(f"{name}: the zip has more than {self.limits.files} members.")
        try:
            with zipfile.ZipFile(stream) as archive:
                members = [info for info in archive.infolist() if not info.is_dir()]
                self._check_members(name, members)
                for info in members:
                    self._member(archive, info, name, places)
        except FileError:
            raise
        except DAMAGE as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise FileError(
                f"{name}: the zip is damaged or incomplete ({printable(reason)}); "
                "download it again."
            ) from None

    def _check_members(self, name: str, members: list[zipfile.ZipInfo]) -> None:
        if len(members) > self.limits.files:
            raise FileError(f"{name}: the zip has more than {self.limits.files} members.")
        seen: set[str] = set()
        for info in members:
            own = printable(info.filename)
            mode = info.external_attr >> 16
            if _escapes(info):
                raise FileError(f"{name}: the member {own} would leave the folder it belongs in.")
            if stat.S_ISLNK(mode):
                raise FileError(f"{name}: the member {own} is a link, not a file.")
            if info.filename.casefold() in seen:
                raise FileError(f"{name}: two members have the name {own}.")
            seen.add(info.filename.casefold())
            if info.flag_bits & 0x1:
                raise FileError(f"{name}: the member {own} is encrypted.")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise FileError(f"{name}: the member {own} is packed in a way that is not known.")
            packed = max(info.compress_size, 1)
            if info.file_size > MEGABYTE and info.file_size // packed > self.limits.ratio:
                raise FileError(
                    f"{name}: the member {own} unpacks to {info.file_size // packed} times its "
                    "size, as no real file does."
                )
        if sum(info.file_size for info in members) > self.limits.unpacked_bytes:
            raise FileError(
                f"{name}: the zip unpacks to more than "
                f"{self.limits.unpacked_bytes // MEGABYTE} MB."
            )

    def _member(
        self,
        archive: zipfile.ZipFile,
        info: zipfile.ZipInfo,
        zip_name: str,
        zip_places: tuple[str, ...],
    ) -> None:
        name = f"{zip_name}/{printable(info.filename)}"
        # zipfile stops where the header says that the member ends. Read under a larger size,
        # a header that lies is found out: by the first byte too many.
        larger = copy.copy(info)
        larger.file_size = info.file_size + 1
        with archive.open(larger) as stream:
            head = stream.read(min(kinds.HEAD_BYTES, larger.file_size))
            if head.startswith(_ZIP) and not info.filename.lower().endswith(_OFFICE):
                raise FileError(f"{name}: a zip within a zip is not opened.")
            kind = kinds.recognize(name, head)
            if kind:
                self._check_size(name, info.file_size)
                content = head + stream.read(larger.file_size - len(head))
                size = len(content)
                parts = PurePosixPath(info.filename).parts
                self._keep(Document(name, (*reversed(parts), *zip_places), kind, content))
            else:  # read to its end all the same, so that a bomb or damage is found
                size = len(head)
                while block := stream.read(CHUNK):
                    size += len(block)
                self.ignored.append(name)
        if size != info.file_size:
            raise FileError(f"{name}: the member's size is not what the zip says it is.")


def _files(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder and below it; folders that are links are not entered."""
    for root, folders, files in os.walk(folder):
        folders[:] = [own for own in folders if not (Path(root) / own).is_symlink()]
        for own in files:
            yield Path(root) / own


def _escapes(info: zipfile.ZipInfo) -> bool:
    """Return whether a member's name leads out of the folder it would be unpacked in.

    zipfile has cut the name at a NUL byte; the name before that is in `orig_filename`.
    """
    name = info.orig_filename.replace("\\", "/")
    return (
        not name
        or "\0" in name
        or name.startswith("/")
        or bool(_DRIVE.match(name))
        or ".." in name.split("/")
    )


def _not_a_zip(head: bytes) -> str:
    start = head.lstrip()[:200].lower()
    if start.startswith(b"<") or b"<html" in start:
        return "this is a web page, not a zip; it was saved instead of the file."
    if not head:
        return "the file is empty."
    return "the file is no zip."


def printable(text: str) -> str:
    """Return a name on one line and not too long, whatever it holds."""
    clean = "".join(char if char.isprintable() else "?" for char in text)
    return clean if len(clean) <= 120 else f"{clean[:117]}..."
