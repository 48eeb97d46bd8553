"""Old addresses of this site, as editors have published them."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.cache import patch_cache_control

from blog.shown import editorial
from codes.shown import shown


def is_inside(path: str) -> bool:
    """Return whether a path stays on this site, in any browser: one slash, and no tricks."""
    return (
        path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        and all(character.isprintable() and character != " " for character in path)
    )


def destination(path: str, redirects: Mapping[str, str]) -> str | None:
    """Return where an old path leads in the end, or None: not outside, and not in a circle."""
    seen = set()
    while path not in seen:
        seen.add(path)
        following = redirects.get(path) or redirects.get(f"{path}/")
        if following is None:
            return path if len(seen) > 1 else None
        if not is_inside(following):
            return None
        path = following
    return None


class RedirectMiddleware:
    """Lead from an address where nothing is to the one that editors have named. One query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in {"GET", "HEAD"}:
            return response
        try:
            state = getattr(request, "shown", None) or shown()
            path = destination(request.path_info, editorial(state).redirects)
        except (OperationalError, InterfaceError):
            return response  # nothing was there: that needs no database to be said
        if path is None:
            return response
        query = request.META.get("QUERY_STRING", "")
        found = HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
        patch_cache_control(found, public=True, max_age=settings.PUBLIC_MAX_AGE)
        return found
