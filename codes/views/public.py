"""What public pages have in common: one copy serves everyone, and can be kept by anything."""

import hashlib
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from codes.shown import Shown, shown

View = Callable[..., HttpResponse]


def public_page(view: View) -> View:
    """Give `view` what the site shows as its second argument, and its answer the marks of a copy.

    ETag and Last-Modified follow from what the site shows and from the address alone, so that
    304 is answered before anything else is read. Before the first release the answer is 503.
    """

    @wraps(view)  # outermost, so that `__wrapped__` is the view itself
    @require_safe
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        state = shown()
        if state.schedule is None:
            response = render(request, "codes/no_release.html", {"area": "codes"}, status=503)
            response["Retry-After"] = "60"
            return response
        etag = _etag(request, state)
        modified = int(state.last_modified.timestamp())
        response = get_conditional_response(request, etag=etag, last_modified=modified)
        if response is None:
            response = view(request, state, *args, **kwargs)
        if response.status_code in {200, 304}:
            response["ETag"] = etag
            response["Last-Modified"] = http_date(modified)
            patch_cache_control(response, public=True, max_age=settings.PUBLIC_MAX_AGE)
        return response

    return answer


def _etag(request: HttpRequest, state: Shown) -> str:
    text = f"{state.version} {request.get_full_path()}"
    return quote_etag(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:20])
