"""The OpenAPI document, and the page that tells people what it says."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import quote_etag
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response

from codes.api.base import ReadView, finished
from codes.api.parameters import Query
from codes.shown import Shown
from codes.views.public import public_page

# What the page shows as an example of each address: parameters and parts of its path.
_EXAMPLES = {
    "codes": "?category=digestive&sort=-work",
    "search": "?q=gallbladder",
    "payment": "?code=99213&modifiers=25&date=2026-07-01",
    "localities": "?state=NY",
    "changes": "?reason=revalued",
    "rates": "?code=70450",
}


@lru_cache
def document() -> Mapping[str, Any]:
    """Return the OpenAPI 3 document. It follows from the code alone, and is made once."""
    return SchemaGenerator().get_schema(request=None, public=True)


@lru_cache
def _etag() -> str:
    return quote_etag(hashlib.sha256(json.dumps(document()).encode()).hexdigest()[:20])


class OpenApi(ReadView):
    """The OpenAPI 3 document of this API."""

    schema = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        Query.read(request.query_params)
        modified = int(settings.BUILT_AT.timestamp())
        return finished(request, Response(document()), _etag(), modified)


class Parameter(NamedTuple):
    name: str
    form: str
    default: str
    description: str


class Operation(NamedTuple):
    id: str
    path: str
    summary: str
    parameters: list[Parameter]
    example: str


@public_page
def documentation(request: HttpRequest, state: Shown) -> HttpResponse:
    """What there is, what can be asked and what comes back, for people."""
    release = state.schedule.release
    code = next(iter(code for code in ("47562", "99213") if code in state.directory), "99213")
    groups: dict[str, list[Operation]] = {}
    for tag, one in _operations({"release": release, "code": code}):
        groups.setdefault(tag, []).append(one)
    return render(
        request,
        "codes/api.html",
        {
            "area": "resources",
            "schedule": state.schedule,
            "canonical": request.build_absolute_uri(request.path),
            "root": request.build_absolute_uri("/")[:-1],
            "groups": groups.items(),
            "most_requests": settings.API_MOST_REQUESTS,
            "max_age": settings.PUBLIC_MAX_AGE // 60,
            "answers": _answers(),
        },
    )


def _operations(parts: Mapping[str, str]) -> Iterator[tuple[str, Operation]]:
    for path, methods in document()["paths"].items():
        operation = methods["get"]
        own = [_parameter(one) for one in operation.get("parameters", ()) if one["in"] == "query"]
        name = operation["operationId"]
        example = path.format(**parts) + _EXAMPLES.get(name, "")
        yield operation["tags"][0], Operation(name, path, operation["summary"], own, example)


def _parameter(one: Mapping[str, Any]) -> Parameter:
    form = one["schema"]
    inner = form.get("items", form)
    if "$ref" in inner:
        inner = _component(inner["$ref"])
    if "enum" in inner:
        words = ", ".join(str(value) for value in inner["enum"])
    else:
        words = {"integer": "whole number", "boolean": "true or false"}.get(inner["type"], "text")
        words = {"date": "date, YYYY-MM-DD"}.get(inner.get("format", ""), words)
    if "maximum" in inner:
        words += f", {inner['minimum']} to {inner['maximum']}"
    default = form.get("default", "")
    if isinstance(default, bool):
        default = "true" if default else "false"
    default = "needed" if one.get("required") else str(default)
    return Parameter(one["name"], words, default, one.get("description", ""))


def _component(reference: str) -> Mapping[str, Any]:
    return document()["components"]["schemas"][reference.rpartition("/")[2]]


class Field(NamedTuple):
    name: str
    form: str
    description: str


def _answers() -> list[tuple[str, str, list[Field]]]:
    """Return the parts that answers are made of: name, what it is, its fields."""
    return [
        (name, form.get("description", ""), [_field(*one) for one in form["properties"].items()])
        for name, form in document()["components"]["schemas"].items()
        if form.get("type") == "object"
    ]


def _field(name: str, form: Mapping[str, Any]) -> Field:
    described = form.get("description", "")
    inner, many = form.get("items", form), "items" in form
    if "allOf" in inner:
        (inner,) = inner["allOf"]
    if "$ref" in inner:
        words = inner["$ref"].rpartition("/")[2]
    elif inner.get("type") == "object":
        words = "object"
    else:
        kinds = {"decimal": "decimal", "date": "date", "uri": "address", "date-time": "time"}
        words = kinds.get(inner.get("format", ""), inner["type"])
    words = f"list of {words}" if many else words
    return Field(name, f"{words} or null" if form.get("nullable") else words, described)
