"""/sitemap.xml: an index of sitemaps by kind, made anew when what the site shows changes."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps import views as sitemap_views
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from blog import sitemaps as blog
from blog.shown import turns_passed
from codes import sitemaps as codes
from codes.shown import Shown
from codes.sitemaps import Address
from codes.views.public import public_page


def _site(state: Shown) -> list[Address]:
    """Return the home page, which shows something of everything, and the contact form."""
    others = [address for name in KINDS if name != "site" for address in addresses(state, name)]
    newest = max(address.changed_at for address in others)
    return [
        Address(reverse("home"), newest),
        Address(reverse("accounts:contact"), settings.BUILT_AT),
    ]


KINDS: Mapping[str, Callable[[Shown], list[Address]]] = {
    "site": _site,
    "stages": blog.stage_pages,
    "codes": codes.code_pages,
    "categories": codes.category_pages,
    "specialties": codes.specialty_pages,
    "changes": codes.change_pages,
    "compare": codes.compare_pages,
    "tools": codes.tool_pages,
    "resources": blog.resource_pages,
    "terms": blog.term_pages,
    "posts": blog.post_pages,
    "help": blog.help_pages,
    "legal": blog.legal_pages,
}


def addresses(state: Shown, kind: str) -> list[Address]:
    """Return the public addresses of one kind. No query once remembered."""
    name = f"addresses of {kind} {turns_passed(state)}"
    return state.remember(name, lambda: KINDS[kind](state))


class Section(Sitemap):
    """The addresses of one kind; beyond 50,000, which is all a sitemap may hold, on more pages."""

    limit = 50_000

    def __init__(self, found: list[Address]) -> None:
        self.found = found

    def items(self) -> list[Address]:
        return self.found

    def location(self, item: Address) -> str:
        return item.path

    def lastmod(self, item: Address) -> datetime:
        return item.changed_at


def sections(state: Shown) -> dict[str, Section]:
    """Return the kinds that have any address: an empty sitemap is not valid."""
    found = {kind: addresses(state, kind) for kind in KINDS}
    return {kind: Section(listed) for kind, listed in found.items() if listed}


@public_page
def index(request: HttpRequest, state: Shown) -> HttpResponse:
    made = sitemap_views.index(request, sections(state), sitemap_url_name="sitemap_section")
    return made.render()


@public_page
def one_kind(request: HttpRequest, state: Shown, section: str) -> HttpResponse:
    """The addresses of one kind; 404 where there is none of it."""
    return sitemap_views.sitemap(request, sections(state), section=section).render()
