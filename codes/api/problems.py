"""Errors as problem documents (RFC 9457), whoever finds them: a view, Django or a middleware."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
_MOST_FIELDS = 20

_DETAILS = {
    400: "The request is not well formed.",
    404: "There is nothing at this address. GET /api/v1/ lists what there is.",
    405: "This API is for reading: use GET, HEAD or OPTIONS.",
    406: "Every answer is application/json: accept that.",
    412: "A condition that the request makes does not hold.",
    413: "The request is too large.",
    429: "Too many requests from this address: wait as Retry-After says.",
    500: "An error of ours. It has been logged.",
    503: "The site cannot answer at the moment: try again as Retry-After says.",
}
# Headers of an error that stay with it when its body becomes a problem document.
_KEPT = ("Allow", "Cache-Control", "Retry-After", "Vary")


class NotReady(APIException):
    """Nothing is there yet, or it takes long at the moment: come back in `wait` seconds."""

    status_code = 503
    default_detail = "No release is loaded yet."

    def __init__(self, detail: str | None = None, wait: int = 60) -> None:
        super().__init__(detail)
        self.wait = wait


def problem(status: int, detail: str = "", **extensions: Any) -> dict[str, Any]:
    """Return the document of an error; `extensions` stand beside RFC 9457's own members."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or _DETAILS.get(status, HTTPStatus(status).phrase),
        **extensions,
    }


def handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the answer to an exception of a view; None leaves it to Django (500, 503)."""
    response = exception_handler(error, dict(context))
    if response is None:
        return None
    response.content_type = MEDIA_TYPE
    if isinstance(error, ValidationError):
        errors = _by_field(error.detail)
        told = " ".join(f"{name}: {words[0]}" for name, words in errors.items() if words)
        response.data = problem(400, told, errors=errors)
        return response
    detail = ""
    if isinstance(error, APIException) and response.status_code in {404, 503}:
        detail = str(error.detail)
    elif response.status_code == 404 and error.args:  # Http404, with a sentence of ours
        detail = str(error.args[0])
    response.data = problem(response.status_code, detail)
    return response


def make_problem(response: HttpResponse) -> None:
    """Turn an error answer into a problem document, unless it is one."""
    if response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
        return
    for name in [name for name in response.headers if name not in _KEPT]:
        del response.headers[name]
    response.content = json.dumps(problem(response.status_code)).encode()
    response["Content-Type"] = MEDIA_TYPE
    response["Content-Length"] = str(len(response.content))


def _by_field(detail: Any) -> dict[str, list[str]]:
    """Return the sentences about each parameter, those about the items of a list included."""

    def sentences(found: Any) -> list[str]:
        if isinstance(found, dict):
            return [text for inner in found.values() for text in sentences(inner)]
        if isinstance(found, list):
            return [text for inner in found for text in sentences(inner)]
        return [str(found)]

    if not isinstance(detail, dict):
        detail = {"request": detail}
    return {name: sentences(found) for name, found in list(detail.items())[:_MOST_FIELDS]}
