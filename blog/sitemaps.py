"""The public addresses of editorial pages, by kind, each with when its text last changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.urls import reverse

from blog.corrections import accepted
from blog.shown import Entry, editorial
from codes.shown import Shown
from codes.sitemaps import Address


def post_pages(state: Shown) -> list[Address]:
    """Return the blog and each of its posts."""
    return _listed("blog:list", editorial(state).posts)


def resource_pages(state: Shown) -> list[Address]:
    """Return the list of resources, and each of them."""
    return _listed("blog:resources", editorial(state).resources)


def help_pages(state: Shown) -> list[Address]:
    """Return the support page, and each help article."""
    return _listed("blog:support", editorial(state).articles)


def correction_pages(state: Shown) -> list[Address]:
    """Return the page of corrections, which changes when one is settled."""
    assert state.schedule is not None  # noqa: S101 (public pages are 503 without one)
    settled = accepted().values_list("settled_at", flat=True).first()
    return [Address(reverse("blog:corrections"), settled or state.schedule.figures_since)]


def stage_pages(state: Shown) -> list[Address]:
    """Return the page of each career stage."""
    return [_address(entry) for entry in editorial(state).stages.values()]


def _listed(name: str, entries: Mapping[str, Entry]) -> list[Address]:
    found = [_address(entry) for entry in entries.values()]
    return [Address(reverse(name), _newest(found)), *found] if found else []


def _address(entry: Entry) -> Address:
    return Address(entry.url, entry.changed_at)


def _newest(addresses: Iterable[Address]) -> datetime:
    return max(address.changed_at for address in addresses)
