"""Is the process up (/healthz), and can it serve (/readyz)? And what a failure looks like."""

import sys

from django.apps import apps
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rvuedge.checks import pending_migrations
from rvuedge.middleware import RETRY_AFTER, database_away


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; it asks neither the database nor the cache."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say 200 if pages can be served, else 503 and, for each condition, how it stands."""
    found = {"database": "away", "migrations": "unknown", "release": "unknown"}
    try:
        pending = pending_migrations()
        found["database"] = "ok"
        found["migrations"] = f"{len(pending)} pending" if pending else "ok"
        if not pending:
            active = apps.get_model("codes", "FeeSchedule").objects.active()
            found["release"] = "ok" if active else "none is active"
    except (OperationalError, InterfaceError):
        pass  # that the database is away is the answer
    if set(found.values()) == {"ok"}:
        return JsonResponse(found)
    return JsonResponse(found, status=503, headers={"Retry-After": str(RETRY_AFTER)})


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: a 503 where the database went away outside a view, else the 500 page.

    DatabaseAwayMiddleware sees what views raise; the session, for one, is saved after them.
    """
    return database_away(sys.exc_info()[1]) or defaults.server_error(request)
