"""Pages, and parts of them, as they were last rendered, kept by this process.

A public page is the same for everyone until its ETag changes, so rendering it again is work done
twice. Only pages without a query are kept whole; of a code's page with a place in its query, what
is the same at every place (codes/views/code.py). The least used go first.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Kept = TypeVar("Kept")

_LARGEST = 200_000  # bytes


class Copy(NamedTuple):
    content: bytes
    headers: Mapping[str, str]  # that the page was given by its own view


class Recent(Generic[Kept]):
    """At most settings.PUBLIC_COPIES things, the least used go first; threads may share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def get(self, key: Hashable) -> Kept | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, key: Hashable, kept: Kept) -> None:
        with self._lock:
            self._kept[key] = kept
            while len(self._kept) > settings.PUBLIC_COPIES:
                self._kept.popitem(last=False)


class Copies:
    """Whole pages, by the host that they were asked of and their ETag."""

    def __init__(self) -> None:
        self.recent: Recent[Copy] = Recent()

    def get(self, request: HttpRequest, etag: str) -> HttpResponse | None:
        """Return the page as it was rendered for this host, or None."""
        copy = None if request.GET else self.recent.get(self._key(request, etag))
        return HttpResponse(copy.content, headers=copy.headers) if copy else None

    def keep(self, request: HttpRequest, etag: str, response: HttpResponse) -> None:
        if (
            request.GET
            or request.method != "GET"
            or response.status_code != 200
            or response.streaming
            or response.cookies
            or len(response.content) > _LARGEST
        ):
            return
        copy = Copy(response.content, dict(response.headers))
        self.recent.keep(self._key(request, etag), copy)

    @staticmethod
    def _key(request: HttpRequest, etag: str) -> tuple[str, str]:
        # Pages name their own address in full, so another host's copy is another page.
        return f"{request.scheme}://{request.get_host()}", etag


copies = Copies()
