"""The API does what its OpenAPI document says: schemathesis asks, and looks at each answer."""

import hypothesis
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from codes.api.schema import document

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]


PLAIN = {"Accept-Encoding": "identity"}  # schemathesis reads no packed answers in process

contract = schemathesis.openapi.from_dict(dict(document()))
contract.app = WSGIHandler()


@pytest.fixture
def one_connection():
    """Let requests leave the test's connection open, as those of Django's test client do."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.django_db
@contract.parametrize()
@hypothesis.settings(
    max_examples=10,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_answers_are_as_documented(release, one_connection, case):
    case.call_and_validate(checks=CHECKS, headers=PLAIN)


RELEASE, CODE = {"release": "2026C"}, {"code": "47562"}
KNOWN = [
    ("/", {}, {}),
    ("/codes/", {}, {"sort": "-work", "size": 3}),
    ("/codes/", {}, {"q": "gallbladder", "status": ["A", "R"]}),
    ("/codes/{code}/", CODE, {}),
    ("/codes/{code}/", {"code": "40799"}, {}),
    ("/codes/{code}/", {"code": "70450"}, {}),
    ("/codes/{code}/history/", CODE, {}),
    ("/search/", {}, {"q": "galbladder"}),
    ("/categories/", {}, {}),
    ("/specialties/", {}, {}),
    ("/localities/", {}, {"size": 1}),
    ("/payment/", {}, {"code": "47562", "setting": "facility", "zip": "35004"}),
    ("/payment/", {}, {"code": "99213", "modifiers": "TC"}),
    ("/releases/", {}, {}),
    ("/releases/{release}/", RELEASE, {}),
    ("/releases/{release}/rates/", RELEASE, {"size": 2}),
    ("/releases/{release}/changes/", RELEASE, {}),
    ("/releases/{release}/rates.csv", RELEASE, {}),
    ("/releases/{release}/rates.jsonl", RELEASE, {}),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "parts", "query"), KNOWN)
def test_what_is_there_is_as_documented(release, one_connection, path, parts, query):
    case = contract[f"/api/v1{path}"]["GET"].Case(path_parameters=parts, query=query)
    assert case.call_and_validate(checks=CHECKS, headers=PLAIN).status_code == 200
