"""The files that every site is asked for: robots.txt, icons, manifest, search, security.txt."""

import json
from datetime import UTC, datetime, timedelta
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.conf import settings
from PIL import Image, ImageChops

from rvuedge.icons import SIZES, icon
from tests.accounts.test_private_addresses import PRIVATE

FILES = ("/favicon.ico", "/robots.txt", "/security.txt", "/opensearch.xml", "/site.webmanifest")
OPENSEARCH = {"": "http://a9.com/-/spec/opensearch/1.1/"}


@pytest.mark.parametrize("address", FILES)
def test_files_can_only_be_read_and_know_nobody(client, address):
    assert client.post(address).status_code == 405
    answer = client.get(address)
    assert answer.status_code in {200, 302}
    assert "public" in answer["Cache-Control"]
    assert not answer.cookies


def test_the_favicon_is_there_for_browsers_without_svg(client):
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert response["Location"].endswith("icon-32.png")


# robots.txt -------------------------------------------------------------------------------


def robots(client) -> RobotFileParser:
    parser = RobotFileParser()
    parser.parse(client.get("/robots.txt").content.decode().splitlines())
    return parser


def test_robots_are_kept_out_of_everything_private(client):
    parser = robots(client)
    # A JavaScript file and a manifest that a signed-in browser asks for are no pages.
    allowed = {name for name, address in PRIVATE.items() if parser.can_fetch("any", address)}
    assert allowed == set()
    assert not parser.can_fetch("any", "/admin/")
    assert not parser.can_fetch("any", "/preview/abc/")
    assert not parser.can_fetch("any", "/search/?q=visit")


@pytest.mark.parametrize("address", ["/", "/cpt-codes/", "/cpt-codes/g-codes/G0411/", "/support/"])
def test_robots_may_read_what_is_public(client, address):
    assert robots(client).can_fetch("any", address)


def test_robots_are_told_of_the_sitemap(client):
    assert robots(client).site_maps() == ["http://testserver/sitemap.xml"]


# security.txt ------------------------------------------------------------------------------


def fields_of(response) -> dict[str, str]:
    lines = response.content.decode().splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


@pytest.mark.parametrize("address", ["/security.txt", "/.well-known/security.txt"])
def test_security_txt_says_until_when_it_holds(client, address):
    fields = fields_of(client.get(address))
    assert fields["Canonical"] == "http://testserver/.well-known/security.txt"
    expires = datetime.fromisoformat(fields["Expires"].replace("Z", "+00:00"))
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=366)


def test_security_txt_leads_to_the_contact_page(client):
    assert fields_of(client.get("/security.txt"))["Contact"] == (
        "http://testserver/support/contact/"
    )


# OpenSearch, manifest and icons ------------------------------------------------------------


def test_a_browser_can_search_the_site(client):
    response = client.get("/opensearch.xml")
    assert response["Content-Type"].startswith("application/opensearchdescription+xml")
    found = ElementTree.fromstring(response.content)
    addresses = {url.get("rel") or "results": url.get("template")
                 for url in found.findall("Url", OPENSEARCH)}  # fmt: skip
    assert addresses == {
        "results": "http://testserver/search/?q={searchTerms}",
        "self": "http://testserver/opensearch.xml",
    }
    assert len(found.findtext("ShortName", namespaces=OPENSEARCH)) <= 16


def test_the_public_site_and_the_log_are_two_apps(client):
    site, log = (
        json.loads(client.get(address).content)
        for address in ("/site.webmanifest", "/manifest.webmanifest")
    )
    assert (site["id"], site["start_url"]) == ("/", "/")
    assert site["id"] != log["id"]
    assert {one["sizes"] for one in site["icons"]} == {"any", "192x192", "512x512"}


@pytest.mark.parametrize("size", SIZES)
def test_an_icon_is_what_the_mark_draws(size):
    """Whoever changes the mark draws the icons anew: manage.py draw_icons."""
    path = settings.BASE_DIR / "rvuedge" / "static" / "img" / f"icon-{size}.png"
    with Image.open(path) as kept:
        drawn = icon(size)
        assert kept.size == (size, size)
        assert ImageChops.difference(kept.convert("RGBA"), drawn.convert("RGBA")).getbbox() is None


@pytest.mark.django_db
def test_a_page_names_its_icons_search_and_manifest(client):
    page = client.get("/nothing-here/").content.decode()
    for link in (
        '<link rel="apple-touch-icon" href="/static/img/icon-180.png">',
        '<link rel="manifest" href="/site.webmanifest">',
        '<link rel="search" type="application/opensearchdescription+xml" title="RVU Edge" '
        'href="/opensearch.xml">',
    ):
        assert link in page
