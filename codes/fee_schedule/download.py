"""Fetching a release from CMS. Only addresses that are built from the name of a release.

https alone, no redirect to another host, limits on time and size, and nothing left behind by a
failure: the file appears under its name when it is whole.
"""

import http.client
import os
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from codes.fee_schedule import known
from codes.fee_schedule.archive import LIMITS, MEGABYTE
from codes.fee_schedule.records import FileError

OFFICIAL = "https://www.cms.gov/files/zip"
SECONDS = 300
_SECONDS_WITHOUT_A_BYTE = 30
_CHUNK = 64 * 1024
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def addresses(release: str, updated: date | None = None, base_url: str = OFFICIAL) -> list[str]:
    """Return where CMS may keep the zip of a release, the likeliest first.

    "2026C" is at rvu26c.zip, or at rvu26c-0.zip where the name was taken once before. A zip that
    CMS put in the place of an earlier one has the day in its name: with `updated`, the address
    is that of rvu26c-updated-06-30-2026.zip.
    """
    if not known.is_release(release):
        raise FileError(f"{release!r} is no release: its name looks like 2026C or 2024AR.")
    name = f"rvu{release[2:].lower()}"
    if updated:
        return [f"{base_url}/{name}-updated-{updated:%m-%d-%Y}.zip"]
    return [f"{base_url}/{name}.zip", f"{base_url}/{name}-0.zip"]


def fetch(
    release: str,
    folder: Path,
    *,
    updated: date | None = None,
    base_url: str = OFFICIAL,
    progress: Callable[[str], None] | None = None,
    seconds: float = SECONDS,
    most_bytes: int = LIMITS.source_bytes,
) -> Path:
    """Fetch the zip of a release into `folder`; return its path there.

    `base_url` other than CMS's own may only be this machine itself (for tests). `seconds` is for
    everything, `most_bytes` for the zip. FileError, with one sentence, if it cannot be had.
    """
    _check_base(base_url)
    say = progress or (lambda sentence: None)
    deadline = time.monotonic() + seconds
    tried = addresses(release, updated, base_url)
    for address in tried:
        say(f"Fetching {address}.")
        path = _fetch_one(address, folder, deadline, most_bytes)
        if path:
            return path
    raise FileError(
        f"CMS has no file for {release} at {' or '.join(tried)}. Look up the release on "
        "www.cms.gov, download its zip there and import that."
    )


def _check_base(base_url: str) -> None:
    parts = urlsplit(base_url)
    if base_url != OFFICIAL and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise FileError(f"{base_url} is not CMS's address; nothing is fetched from elsewhere.")


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only where scheme and host stay what they were."""

    max_redirections = 5

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if (new.scheme, new.netloc) != (old.scheme, old.netloc):
            raise FileError(f"{req.full_url} redirects elsewhere, which is not followed.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch_one(address: str, folder: Path, deadline: float, most_bytes: int) -> Path | None:
    """Fetch one address; return None if there is nothing."""
    name = address.rsplit("/", 1)[-1]
    handlers: list[urllib.request.BaseHandler] = [_SameHost()]
    if not address.startswith(OFFICIAL):
        handlers.append(urllib.request.ProxyHandler({}))  # this machine needs no proxy
    opener = urllib.request.build_opener(*handlers)
    request = urllib.request.Request(address, headers={"User-Agent": "rvuedge"})  # noqa: S310
    too_slow = FileError(f"{address} took too long; try again, or download the zip by hand.")
    try:
        with opener.open(request, timeout=_patience(deadline)) as response:
            return _save(response, folder / name, address, deadline, most_bytes)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.NOT_FOUND:
            return None
        raise FileError(f"{address} cannot be had: the server answers {error.code}.") from None
    except TimeoutError:
        raise too_slow from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise too_slow from None
        raise FileError(
            f"{urlsplit(address).hostname} cannot be reached ({error.reason}). Where this machine "
            "has no internet, download the zip on another and import that."
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise FileError(f"{address} could not be fetched whole ({error}).") from None


def _patience(deadline: float) -> float:
    """Return how long to wait for the next byte."""
    return max(0.001, min(_SECONDS_WITHOUT_A_BYTE, deadline - time.monotonic()))


def _save(
    response: http.client.HTTPResponse,
    path: Path,
    address: str,
    deadline: float,
    most_bytes: int,
) -> Path:
    """Write the answer to a file beside `path`, and let it take that name once it is whole."""
    too_large = FileError(f"{address} has more than {most_bytes // MEGABYTE} MB.")
    announced = response.length
    if announced is not None and announced > most_bytes:
        raise too_large
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            size = 0
            while block := response.read1(_CHUNK):
                size += len(block)
                if size > most_bytes:
                    raise too_large
                if time.monotonic() > deadline:
                    raise TimeoutError
                file.write(block)
            if announced is not None and size < announced:
                raise FileError(f"{address} broke off: {size:,} of {announced:,} bytes came.")
            file.flush()
            os.fsync(file.fileno())
            if not zipfile.is_zipfile(file):
                raise FileError(f"{address} answers with something that is no zip.")
        Path(part).chmod(0o644)
        Path(part).replace(path)
    finally:
        Path(part).unlink(missing_ok=True)
    return path
