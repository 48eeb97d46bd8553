"""The whole public site with its starter content, walked from the home page link by link.

Each page is fetched once, and what holds of every page is looked at: links and fragments lead
somewhere, titles differ, one h1, structured data is sound, the HTML is valid; and what the sitemap
tells of is reached, and nothing public is left out of it.
"""

import json
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit
from xml.etree import ElementTree
from zlib import crc32

import pytest
from django.contrib.staticfiles import finders
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve

from blog.starter import load_pages
from codes.shown import shown
from codes.starter_load import load_catalogue
from tests.codes.page.reader import VOID
from tests.markup import faults

HOST = "http://testserver"
SPACE = {"": "http://www.sitemaps.org/schemas/sitemap/0.9"}
OF_EACH_KIND = 3  # pages whose HTML is validated
EVERY_CODE = 6  # of the codes every sixth is fetched, the same ones each time
# Addresses that are there to lead elsewhere: the quiz begins with a question by chance.
LEADS_ON = {"blog:quiz"}
NOT_FOUND = "/there/is/no/such/page/"


class Link(NamedTuple):
    url: str  # as written, made whole
    is_followed: bool


class Page(HTMLParser):
    """What a crawler and a reader take from a page."""

    def __init__(self, address: str, status: int, html: str) -> None:
        super().__init__()
        self.address, self.status, self.html = address, status, html
        self.links: list[Link] = []
        self.files: set[str] = set()
        self.ids: set[str] = set()
        self.metas: dict[str, str] = {}
        self.canonical = self.title = ""
        self.h1 = 0
        self.data: list[str] = []
        self._in = ""
        self._has_body = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        self.ids.update(values.get("id", "").split())
        if tag not in VOID:
            self._in = "ld" if values.get("type") == "application/ld+json" else tag
        self.h1 += tag == "h1"
        self._has_body |= tag == "body"
        if tag == "a" and "href" in values:
            url = urljoin(f"{HOST}{self.address}", values["href"])
            self.links.append(Link(url, "nofollow" not in values.get("rel", "")))
        elif tag == "meta":
            name = values.get("name") or values.get("property", "")
            self.metas[name] = values.get("content", "")
        elif tag == "link" and values.get("rel") == "canonical":
            self.canonical = values["href"]
        elif tag in {"link", "use"} or "src" in values:
            self.files.add(values.get("src") or values["href"])

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in == "title" and not self._has_body:  # drawings have titles too
            self.title += data
        elif self._in == "ld":
            self.data.append(data)

    @property
    def is_indexed(self) -> bool:
        return self.status == 200 and "noindex" not in self.metas.get("robots", "")


class Walk:
    """All that is reached from the home page. What cannot be followed is tried, by kind."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.pages: dict[str, Page] = {}  # by address with its query
        self.kinds: dict[str, str] = {}  # the URL name of each
        self.answers: dict[str, int] = {}  # status of every other address
        self.codes: set[str] = set()  # whose pages are linked, fetched or not
        self.broken: list[str] = []
        self._tried: dict[tuple, int] = defaultdict(int)
        waiting = ["/"]
        seen = {"/"}
        while waiting:
            page = self._visit(waiting.pop())
            for link in page.links if page else ():
                url, _ = urldefrag(link.url)
                if not url.startswith(f"{HOST}/"):
                    continue
                address = url.removeprefix(HOST)
                if address not in seen and self._is_worth_it(address, link):
                    seen.add(address)
                    waiting.append(address)

    def _is_worth_it(self, address: str, link: Link) -> bool:
        """Follow every page but most codes; of queries, and of what is private, try some.

        There are hundreds of codes, and their pages are of few kinds: tests/codes/page.
        """
        parts = urlsplit(address)
        names = tuple(sorted({name for name, _ in parse_qsl(parts.query, True)}))
        kind = self._kind(parts.path)
        if kind == "codes:code" and not names:
            self.codes.add(address)
            return crc32(address.encode()) % EVERY_CODE == 0
        if link.is_followed and not names and not kind.startswith("accounts:"):
            return True
        self._tried[kind, names] += 1
        return self._tried[kind, names] == 1

    @staticmethod
    def _kind(path: str) -> str:
        try:
            return resolve(path).view_name
        except Resolver404:
            return ""

    def _visit(self, address: str) -> Page | None:
        kind = self._kind(urlsplit(address).path)
        response = self.client.get(address)
        self.answers[address] = response.status_code
        if response.status_code == 302 and (kind in LEADS_ON or kind.startswith("accounts:")):
            return None  # a stranger is led to sign-in: tests/accounts/test_private_addresses.py
        if response.status_code != 200:
            self.broken.append(f"{response.status_code} {address}")
            return None
        if not response["Content-Type"].startswith("text/html"):
            return None
        page = Page(address, response.status_code, response.content.decode())
        self.pages[address] = page
        self.kinds[address] = kind
        return page


@pytest.fixture(scope="module")
def walk(django_db_setup, django_db_blocker):
    """The walk, in one transaction that is undone when these tests are over."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_catalogue()
        load_pages()
        yield Walk(Client())
        transaction.set_rollback(True)


@pytest.fixture
def pages(walk, db):
    return walk.pages


def sitemap(client: Client) -> set[str]:
    """Return every address of the sitemaps, without the host."""

    def read(address: str) -> list[str]:
        root = ElementTree.fromstring(client.get(address).content)
        return [one.findtext("loc", namespaces=SPACE).removeprefix(HOST) for one in root]

    return {address for kind in read("/sitemap.xml") for address in read(kind)}


def test_every_link_leads_to_a_page_without_a_detour(walk, db):
    assert walk.broken == []
    assert len(walk.pages) > 200
    assert walk.codes <= {one.get_absolute_url() for one in shown().directory.values()}


def test_every_fragment_is_there(pages):
    """`#rvus` of this page, and `/cpt-codes/…/#rvus` of another one."""
    broken = set()
    for page in pages.values():
        for link in page.links:
            url, fragment = urldefrag(link.url)
            there = pages.get(url.removeprefix(HOST))
            if fragment and there and fragment not in there.ids:
                broken.add(f"{page.address} → {url.removeprefix(HOST)}#{fragment}")
    assert broken == set()


def test_every_file_that_a_page_needs_is_there(pages, client):
    named = {file for page in pages.values() for file in page.files}
    missing = set()
    for file in named:
        path, fragment = urldefrag(file)
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            if not found or (
                fragment and f'id="{fragment}"' not in Path(found).read_text("utf-8")
            ):
                missing.add(file)
        elif client.get(path).status_code != 200:
            missing.add(file)
    assert missing == set()
    assert len(named) > 10


def test_what_the_sitemap_tells_of_is_reached_and_nothing_is_left_out(walk, db):
    told = sitemap(walk.client)
    public = {
        address for address, page in walk.pages.items() if page.is_indexed and "?" not in address
    }
    assert told - public == walk.codes - public  # a text for each code of the starter catalogue
    assert public - told == set()


def test_every_page_is_the_one_address_of_itself(pages):
    """A page that search engines may keep names its own address, if it names any."""
    wrong = {
        address: page.canonical
        for address, page in pages.items()
        if page.is_indexed and page.canonical and page.canonical != f"{HOST}{address}"
    }
    assert {address for address in wrong if "?" not in address} == set()


def test_every_page_has_a_title_of_its_own(pages):
    by_title = defaultdict(set)
    for page in pages.values():
        assert page.title.strip(), page.address
        if page.is_indexed:
            by_title[page.title].add(page.canonical or page.address)
    assert {title: same for title, same in by_title.items() if len(same) > 1} == {}


def test_every_page_has_one_h1_and_a_description(pages):
    assert {page.address for page in pages.values() if page.h1 != 1} == set()
    assert {page.address for page in pages.values() if not page.metas.get("description")} == set()


def test_structured_data_is_sound_and_leads_to_pages(walk, db):
    typed = set()
    for page in walk.pages.values():
        for text in page.data:
            data = json.loads(text)
            assert data["@context"] == "https://schema.org", page.address
            for part in data.get("@graph", [data]):
                typed.add(part["@type"])
                for url in _urls(part):
                    address = urldefrag(url).url.removeprefix(HOST)
                    is_there = walk.answers.get(address) == 200 or address in walk.codes
                    assert is_there, f"{page.address}: {url}"
    assert {"MedicalWebPage", "BreadcrumbList", "FAQPage"} <= typed


def _urls(data) -> set[str]:
    if isinstance(data, dict):
        return set().union(*map(_urls, data.values()))
    if isinstance(data, list):
        return set().union(*map(_urls, data))
    return {data} if isinstance(data, str) and data.startswith(f"{HOST}/") else set()


def test_the_html_of_each_kind_of_page_is_valid(walk, client, db):
    by_kind = defaultdict(list)
    for address, kind in walk.kinds.items():
        by_kind[kind, "?" in address].append(address)
    chosen = [one for listed in by_kind.values() for one in sorted(listed)[:OF_EACH_KIND]]
    found = {address: faults(walk.pages[address].html) for address in chosen}
    found[NOT_FOUND] = faults(client.get(NOT_FOUND).content.decode())
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    assert len(by_kind) > 20
