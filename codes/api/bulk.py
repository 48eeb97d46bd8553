"""The rows of a whole release as one file, CSV or JSON lines, without anybody's licensed text.

A loaded release never changes, so each file is written once, compressed, and then only read. It
is written in pieces to a file of its own and moved into place whole: memory stays small, two who
ask at once do no harm, and a process that dies leaves nothing that is taken for a file.
"""

import gzip
import hashlib
import json
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from django.conf import settings
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from codes.api.base import ReadView, finished
from codes.api.parameters import Query
from codes.api.problems import NotReady
from codes.api.provenance import SOURCE, file_of, notice
from codes.api.views import described, release_or_404
from codes.exports import csv_lines
from codes.models import FeeSchedule, Rate
from codes.shown import shown

logger = logging.getLogger(__name__)

_ACCEPTS_GZIP = re.compile(r"\bgzip\b")
_PIECE = 64 * 1024  # bytes
_ROWS = 1000
_BEFORE = ("release", "file", "released_on")
_RATE = (
    *("code", "modifier", "descriptor", "status", "not_used", "work_rvu", "pe_nonfac"),
    *("nonfac_na", "pe_fac", "fac_na", "mp_rvu", "total_nonfac", "total_fac", "pctc"),
    *("global_days", "pre_pct", "intra_pct", "post_pct", "mult_proc", "bilat", "asst", "cosurg"),
    *("team", "pricing_ind", "endo_base", "conv_factor", "supervision", "calc_flag"),
    *("img_family", "opps_pe_nonfac", "opps_pe_fac", "opps_mp"),
)
_AFTER = ("source", "notice")  # with each row: a part of the file still says whose it is
COLUMNS = (*_BEFORE, *_RATE, *_AFTER)
_DESCRIPTOR = _RATE.index("descriptor")
_BUILDING = Lock()

Lines = Callable[[Iterable[list[Any]]], Iterator[str]]


def rows(schedule: FeeSchedule) -> Iterator[list[Any]]:
    """Return the rows of a release under COLUMNS; of descriptors only CMS's own."""
    before = [schedule.release, file_of(schedule), schedule.released_on]
    after = [SOURCE, notice(schedule)]
    found = Rate.objects.filter(schedule=schedule).order_by("code_id", "modifier")
    for owner, *values in found.values_list("descriptor_owner", *_RATE).iterator(_ROWS):
        if owner != "CMS":
            values[_DESCRIPTOR] = ""
        yield [*before, *values, *after]


def as_csv(found: Iterable[list[Any]]) -> Iterator[str]:
    yield from csv_lines([COLUMNS])
    yield from csv_lines([_flag(value) for value in row] for row in found)


def _flag(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value


def as_json_lines(found: Iterable[list[Any]]) -> Iterator[str]:
    for row in found:
        told = [value if isinstance(value, bool | None) else str(value) for value in row]
        yield json.dumps(dict(zip(COLUMNS, told, strict=True)), ensure_ascii=False) + "\n"


def compressed(schedule: FeeSchedule, ending: str, lines: Lines) -> tuple[BinaryIO, str]:
    """Return the file of a release, open for reading and compressed, and its ETag.

    It is written first where it is not there. OSError where there is no room for it.
    """
    made_of = (schedule.release, schedule.digest, schedule.loaded_at, settings.BUILT_AT)
    etag = hashlib.sha256(repr(made_of).encode()).hexdigest()[:20]
    folder = settings.VAR_DIR / "bulk"
    path = folder / f"{schedule.release}-{etag}.{ending}.gz"
    with suppress(FileNotFoundError):
        return path.open("rb"), etag
    with _BUILDING:  # one at a time in each process: it takes a second or two
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write(path, lines(rows(schedule)))
            for old in folder.glob(f"{schedule.release}-*.{ending}.gz"):
                if old != path:
                    old.unlink(missing_ok=True)  # who reads it still has it open
        return path.open("rb"), etag


def _write(path: Path, lines: Iterator[str]) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with (
            os.fdopen(handle, "wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as out,
        ):
            for line in lines:
                out.write(line.encode())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class _Csv(JSONRenderer):  # of the errors, that is
    media_type = "text/csv"
    format = "csv"


class _JsonLines(JSONRenderer):
    media_type = "application/x-ndjson"
    format = "jsonl"


class _Bulk(ReadView):
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        state = shown()
        if state.schedule is None:
            raise NotReady
        Query.read(request.query_params)
        schedule = release_or_404(self, state, kwargs["release"])
        kind = self.renderer_classes[0]
        lines = as_csv if kind is _Csv else as_json_lines
        try:
            file, etag = compressed(schedule, kind.format, lines)
        except OSError as error:
            logger.exception("The file of a release cannot be written.")
            raise NotReady("There is no room for the file at the moment.", wait=600) from error
        response: HttpResponseBase
        if _ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")):
            response = FileResponse(file, content_type=f"{kind.media_type}; charset=utf-8")
            response["Content-Encoding"] = "gzip"
        else:
            response = StreamingHttpResponse(
                _unpacked(file), content_type=f"{kind.media_type}; charset=utf-8"
            )
        name = f"rvuedge-rates-{schedule.release}.{kind.format}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["X-Robots-Tag"] = "noindex"
        # Weak: the same rows, however they are packed.
        modified = int(schedule.loaded_at.timestamp())
        return finished(request, response, f'W/"{etag}"', modified)


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    with file, gzip.GzipFile(fileobj=file) as content:
        while piece := content.read(_PIECE):
            yield piece


@described("rates_csv", {(200, "text/csv"): OpenApiTypes.STR}, Query, "release", tags=["Releases"])
class RatesCsv(_Bulk):
    """Every row of a release as CSV, without texts of the AMA or the ADA."""

    renderer_classes = [_Csv]


@described(
    "rates_jsonl",
    {(200, "application/x-ndjson"): OpenApiTypes.STR},
    Query,
    "release",
    tags=["Releases"],
)
class RatesJsonLines(_Bulk):
    """Every row of a release as JSON, one to a line, without texts of the AMA or the ADA."""

    renderer_classes = [_JsonLines]
