"""What all answers under /api/ have in common, also those that no view of the API gives."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from codes.api.problems import make_problem

PREFIX = "/api/"
FOR_PEOPLE = "/api/"  # the page that documents the API
SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link, Retry-After, Content-Disposition",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class ApiMiddleware:
    """Let pages of other sites read the API, and make every error a problem document.

    Anybody may read, and nobody is anybody: no answer depends on who asks, so that any origin is
    allowed, without credentials. Cross-Origin-Resource-Policy stays same-origin all the same: a
    browser asks it about loads without CORS alone (an <img>, a <script>), which have no use here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        path = request.path_info
        if not path.startswith(PREFIX) or path == FOR_PEOPLE:
            return response
        if response.status_code >= 400:
            make_problem(response)
        is_preflight = request.method == "OPTIONS" and response.status_code < 300
        for name, value in {**SHARED, **(PREFLIGHT if is_preflight else {})}.items():
            response[name] = value
        return response
