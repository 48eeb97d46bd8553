"""The OpenAPI document, and the page that people read."""

import re

import pytest

from codes.api.schema import document

pytestmark = pytest.mark.django_db


def test_the_document_names_every_address(client, db):
    response = client.get("/api/v1/openapi.json")
    assert response.json()["openapi"].startswith("3.")
    assert len(response.json()["paths"]) == 15
    assert all(path.startswith("/api/v1/") for path in response.json()["paths"])


def test_the_document_is_made_without_a_warning(capsys):
    document.cache_clear()
    document()
    assert capsys.readouterr().err == ""


def test_decimals_are_strings_in_the_document():
    rate = document()["components"]["schemas"]["Rate"]["properties"]
    assert rate["work_rvu"]["type"] == "string"


def test_the_page_tells_every_parameter_and_has_no_inline_script(client, release):
    page = client.get("/api/").content.decode()
    for path, methods in document()["paths"].items():
        assert f"GET {path}" in page
        for parameter in methods["get"].get("parameters", ()):
            if parameter["in"] == "query":
                assert f"<code>{parameter['name']}</code>" in page
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page)


def test_every_example_of_the_page_works(client, release):
    page = client.get("/api/").content.decode()
    examples = re.findall(r'Try <a href="([^"]+)"', page)
    assert len(examples) == 15
    for address in examples:
        assert client.get(address.replace("&amp;", "&")).status_code == 200, address


def test_the_page_is_a_public_page(client, release):
    response = client.get("/api/")
    assert response["Cache-Control"] == "public, max-age=300"
    assert "Access-Control-Allow-Origin" not in response
    assert not response.cookies


def test_resources_lead_to_the_page(client, release):
    page = client.get("/cpt-codes/").content.decode()
    assert page.count('href="/api/"') == 3  # the menu, wide and folded, and the foot
