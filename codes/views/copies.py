"""Pages as they were last rendered, kept by this process under their ETag.

A public page is the same for everyone until its ETag changes, so rendering it again is work done
twice. Only whole pages without a query are kept, the least used go first.
"""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_LARGEST = 200_000  # bytes


class Copy(NamedTuple):
    content: bytes
    content_type: str


class Copies:
    """At most settings.PUBLIC_COPIES pages; threads may share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Copy] = OrderedDict()
        self._lock = Lock()

    def get(self, request: HttpRequest, etag: str) -> HttpResponse | None:
        """Return the page as it was rendered for this host, or None."""
        if request.GET:
            return None
        with self._lock:
            key = self._key(request, etag)
            copy = self._kept.get(key)
            if copy is None:
                return None
            self._kept.move_to_end(key)
        return HttpResponse(copy.content, content_type=copy.content_type)

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
        with self._lock:
            self._kept[self._key(request, etag)] = Copy(
                response.content, response.headers["Content-Type"]
            )
            while len(self._kept) > settings.PUBLIC_COPIES:
                self._kept.popitem(last=False)

    @staticmethod
    def _key(request: HttpRequest, etag: str) -> tuple[str, str]:
        # Pages name their own address in full, so another host's copy is another page.
        return f"{request.scheme}://{request.get_host()}", etag


copies = Copies()
