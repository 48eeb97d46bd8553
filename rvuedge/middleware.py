"""What every request passes through: headers, a sound request line, a database that is there."""

import logging
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.utils.cache import patch_vary_headers

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
RETRY_AFTER = 5  # seconds
MEGABYTE = 1024 * 1024
MOST_BODY = 129 * MEGABYTE  # bytes: the largest file that anything here takes, and its form
OWN_COOKIE = re.compile(r"[A-Za-z0-9]{32}(?:[A-Za-z0-9]{32})?")  # a session's key, a CSRF secret


class SecurityHeadersMiddleware:
    """Add the headers of safety to every answer; a view's own header wins.

    Also to those that never reach Django's middleware for some of them: a refused method, a
    refused address. SECURE_CSP is spelled as in Django 6, whose middleware can take over. An
    error that says nothing of how long it holds may not be kept: the page may be there tomorrow.
    A 304 names what the page varies by, as the 200 did (RFC 9110, 15.4.5).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.headers = {
            "Content-Security-Policy": "; ".join(
                f"{directive} {' '.join(sources)}"
                for directive, sources in settings.SECURE_CSP.items()
            ),
            "Cross-Origin-Resource-Policy": settings.SECURE_CROSS_ORIGIN_RESOURCE_POLICY,
            "Permissions-Policy": ", ".join(
                f"{feature}=()" for feature in settings.SECURE_PERMISSIONS_POLICY
            ),
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": settings.X_FRAME_OPTIONS,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        if response.status_code >= 400:
            response.headers.setdefault("Cache-Control", "no-store")
        elif response.status_code == 304:
            patch_vary_headers(response, ["Accept-Encoding"])
        return response


class SlashMiddleware(CommonMiddleware):
    """Lead from an address without its final slash to the one with it, but nothing sent there.

    A redirect would drop what a form has sent, so that is refused.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_sent = request.method not in {"GET", "HEAD"}
        if response.status_code == 404 and is_sent and self.should_redirect_with_slash(request):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return super().process_response(request, response)


class SoundRequestMiddleware:
    """Refuse or mend what no browser sends by itself, before it reaches a page.

    A body that is larger than any upload may be is refused by its announced length, unread: Django
    reads no further than that length, and takes a body without one for empty. Unknown methods
    (TRACE too) and NUL characters are refused: a NUL in an address or a cookie ends up in a query,
    and PostgreSQL takes none. A malformed cookie of ours is dropped, since Django answers it with
    a new one: a stranger could plant that in a cache of public pages.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.own_cookies = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        if self.length(request) > MOST_BODY:
            return HttpResponse(
                f"No file of more than {MOST_BODY // MEGABYTE - 1} MB is taken here. Nothing was "
                "stored: go back, and send a smaller one.\n",
                status=413,
                content_type="text/plain; charset=utf-8",
            )
        if self.has_nul(request):
            return HttpResponseBadRequest(
                "The address of this request contains a character that cannot be part of it.\n",
                content_type="text/plain; charset=utf-8",
            )
        for name in self.own_cookies:
            if not OWN_COOKIE.fullmatch(request.COOKIES.get(name, "")):
                request.COOKIES.pop(name, None)
        return self.get_response(request)

    @staticmethod
    def length(request: HttpRequest) -> int:
        announced = request.META.get("CONTENT_LENGTH") or ""
        return int(announced) if re.fullmatch(r"[0-9]{1,20}", announced) else 0

    @staticmethod
    def has_nul(request: HttpRequest) -> bool:
        return (
            "\0" in request.path_info
            or b"\0" in unquote_to_bytes(request.META.get("QUERY_STRING", ""))
            or any("\0" in value for value in request.COOKIES.values())
        )


def database_away(error: BaseException | None) -> HttpResponse | None:
    """Return a 503 if the error says that the database cannot be reached, else None."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return None
    logger.error("The database is away.", exc_info=error)
    return HttpResponse(
        "The site cannot reach its database at the moment. Please try again shortly.\n",
        status=503,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"},
    )


class DatabaseAwayMiddleware:
    """Answer 503, with a time to come back, when a view meets a database that is not there."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return database_away(exception)
