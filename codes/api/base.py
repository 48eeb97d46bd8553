"""What all addresses of the API do alike: one moment of the database, one copy for everyone."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
)
from django.utils.http import http_date, urlencode
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from codes.api import cursors
from codes.api.parameters import Query
from codes.api.problems import NotReady
from codes.api.provenance import provenance
from codes.models import FeeSchedule
from codes.shown import Shown, shown
from codes.views.public import known_etags, page_etag
from rvuedge.form_guard import client_address, seconds_to_wait
from rvuedge.snapshot import snapshot

BEGIN_ANEW = "This is no cursor of this list: begin without one."


class AddressThrottle(BaseThrottle):
    """At most settings.API_MOST_REQUESTS in ten minutes from one address.

    Counted in the cache under a hash of the address; a cache that is away counts nothing.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        most = settings.API_MOST_REQUESTS
        self.seconds = seconds_to_wait("api", client_address(request), most)
        return not self.seconds

    def wait(self) -> float:
        return self.seconds


class ReadView(APIView):
    """An address that can be read. A subclass says what it `asks`, and gives its `answer`.

    As with public pages (codes/views/public.py) everything comes from one moment of the database,
    the ETag follows from what the site shows and the address, and no visitor is known.
    """

    http_method_names = ["get", "head", "options"]
    throttle_classes = [AddressThrottle]
    asks: ClassVar[type[Query]] = Query

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with snapshot():
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, Response):
                response.render()
        return response

    def get_throttles(self) -> list[BaseThrottle]:
        return [] if self.request.method == "OPTIONS" else super().get_throttles()

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.state = state = shown()
        if state.schedule is None:
            raise NotReady
        etag = page_etag(request._request, state)
        modified = int(state.last_modified.timestamp())
        response = None
        if etag in known_etags(request):
            response = get_conditional_response(request, etag=etag, last_modified=modified)
        if response is None:
            asked = self.asks.read(request.query_params)
            response = Response(self.answer(state, asked, **kwargs))
            following = response.data.get("next")
            if following:
                response["Link"] = f'<{following}>; rel="next"'
        return finished(request, response, etag, modified)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(status=204)

    # Each view's own: (state, asked, **what the address names) -> the data of its answer.
    answer: Callable[..., dict[str, Any]]

    # For answers ------------------------------------------------------------------------------

    def address(self, name: str, *args: str, **asked: str) -> str:
        """Return the whole address of a name in codes:, with parameters."""
        path = reverse(f"codes:{name}", args=args)
        query = f"?{urlencode(asked)}" if asked else ""
        return str(self.request.build_absolute_uri(path + query))

    def page(self, path: str) -> str:
        return str(self.request.build_absolute_uri(path))

    def next_page(self, *parts: str) -> str:
        """Return the address of the page after the row that `parts` name."""
        query = self.request.query_params.copy()
        query["cursor"] = cursors.write(*parts)
        return str(self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}"))

    def place(self, asked: dict[str, Any], *patterns: str) -> list[str] | None:
        """Return the parts of the cursor that was asked for, or None for the first page."""
        if "cursor" not in asked:
            return None
        try:
            return cursors.read(asked["cursor"], *patterns)
        except cursors.CursorError as error:
            raise ValidationError({"cursor": BEGIN_ANEW}) from error

    def release(self, state: Shown, release: str | None) -> FeeSchedule | None:
        """Return the loaded release of this name, the active one given None, or None."""
        if not release:
            return state.schedule
        found = (one for one in state.schedules.values() if one.release == release)
        return next(found, None)

    def told(
        self, form: type[Serializer], schedule: FeeSchedule, **content: Any
    ) -> dict[str, Any]:
        """Return an answer in its form, with where its figures come from."""
        return form({"provenance": provenance(schedule), **content}).data


def after(columns: Sequence[str], values: Sequence[str]) -> Q:
    """Return what is behind a row in the order of these columns, which together name it."""
    condition = Q()
    for place, column in enumerate(columns):
        same = dict(zip(columns[:place], values[:place], strict=True))
        condition |= Q(**same, **{f"{column}__gt": values[place]})
    return condition


def first(rows: QuerySet | Sequence[Any], size: int) -> tuple[list[Any], bool]:
    """Return the rows of a page, and whether there are more."""
    found = list(rows[: size + 1])
    return found[:size], len(found) > size


def finished(
    request: Request | HttpRequest, response: HttpResponseBase, etag: str, modified: int
) -> HttpResponseBase:
    """Return an answer with the marks of a copy, or 304 where the sender has that already."""
    response["ETag"] = etag
    response["Last-Modified"] = http_date(modified)
    patch_cache_control(response, public=True, max_age=settings.PUBLIC_MAX_AGE)
    patch_vary_headers(response, ["Accept-Encoding"])
    return get_conditional_response(request, etag, modified, response)
