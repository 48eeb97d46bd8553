"""What public pages have in common: one copy serves everyone, and can be kept by anything."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import wraps
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
)
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from codes.shown import Shown, shown
from codes.views.copies import copies
from rvuedge.richtext import Linker
from rvuedge.snapshot import snapshot
from rvuedge.terms import NONE, Terms

View = Callable[..., HttpResponse]

# What other apps show on every page (the menu, for one): each says when that last changed by a
# date alone, which the version of what the site shows does not tell.
also: list[Callable[[Shown], datetime | None]] = []


class Article(Protocol):
    """A text about codes that stands elsewhere on the site."""

    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def summary(self) -> str: ...


# Articles that name a code, which the blog knows (blog/apps.py).
articles: list[Callable[[Shown, str], Sequence[Article]]] = []

# The words of the glossary, which the blog knows (blog/apps.py).
glossary: list[Callable[[Shown], Terms]] = []


def public_page(view: View) -> View:
    """Give `view` what the site shows as its second argument, and its answer the marks of a copy.

    ETag and Last-Modified follow from what the site shows and from the address alone, so that
    304 is answered before anything else is read, to whoever has that very ETag: it is only given
    with a page that is there. All other conditions are looked at once the page is. Before the
    first release the answer is 503. The menu, which has nothing but the request, finds what the
    site shows there.

    All of it reads one moment of the database: no page mixes two releases, nor two contents of
    one, while a release is activated, replaced or removed.
    """

    @wraps(view)  # outermost, so that `__wrapped__` is the view itself
    @require_safe
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        with snapshot():
            response = _answer(request, *args, **kwargs)
            if response.streaming:  # read now what would be read after the snapshot
                response.streaming_content = [b"".join(response.streaming_content)]
        return response

    def _answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        state = shown()
        if state.schedule is None:
            response = render(request, "codes/no_release.html", {"area": "codes"}, status=503)
            response["Retry-After"] = "60"
            return response
        request.shown = state
        turns = turns_of(state)
        etag = page_etag(request, state, turns)
        modified = int(max([state.last_modified, *turns]).timestamp())
        response = None
        if etag in known_etags(request):
            response = get_conditional_response(request, etag=etag, last_modified=modified)
        if response is None:
            response = copies.get(request, etag)
        if response is None:
            response = view(request, state, *args, **kwargs)
            copies.keep(request, etag, response)
        if response.status_code in {200, 304}:
            response["ETag"] = etag
            response["Last-Modified"] = http_date(modified)
        if response.status_code < 500:
            patch_cache_control(response, public=True, max_age=settings.PUBLIC_MAX_AGE)
            patch_vary_headers(response, ["Accept-Encoding"])
        return get_conditional_response(request, etag, modified, response)

    return answer


def turns_of(state: Shown) -> list[datetime]:
    """Return when what other apps show last changed by a date alone."""
    return [turn for ask in also if (turn := ask(state))]


def articles_about(state: Shown, hcpcs: str) -> Sequence[Article]:
    """Return the articles that name a code, the newest first."""
    return [article for ask in articles for article in ask(state, hcpcs)]


def linker(request: HttpRequest, but: Iterable[str] = ()) -> Linker:
    """Return what makes the HTML of a page's texts: one for each request.

    `but`: slugs of terms that the page does not link to; only the first call can say so.
    """
    if not hasattr(request, "linker"):
        state = getattr(request, "shown", None)
        terms = glossary[0](state) if glossary and state else NONE
        request.linker = Linker(terms, but)
    return request.linker


def known_etags(request: HttpRequest) -> list[str]:
    """Return the ETags of the copies that the sender has, as strong ones."""
    sent = request.META.get("HTTP_IF_NONE_MATCH", "")
    return [etag.strip().removeprefix("W/") for etag in sent.split(",")]


def page_etag(request: HttpRequest, state: Shown, turns: Sequence[datetime] = ()) -> str:
    """Return the ETag of an address: it follows from what the site shows alone."""
    text = f"{state.version} {list(turns)} {request.get_full_path()}"
    return quote_etag(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:20])
