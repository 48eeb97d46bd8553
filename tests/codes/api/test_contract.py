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
    case.call_and_validate(checks=CHECKS, headers={"Accept-Encoding": "identity"})
