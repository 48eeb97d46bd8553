"""The public addresses of editorial pages, by kind, each with when its text last changed."""

from collections.abc import Iterable
from datetime import date, datetime

from django.urls import reverse

from blog.corrections import accepted
from blog.resources import LIVE
from blog.shown import Entry, editorial, month_of
from codes.shown import Shown
from codes.sitemaps import Address


def post_pages(state: Shown) -> list[Address]:
    """Return the blog, its months and each of its posts, once there are any."""
    posts = editorial(state).posts
    if not posts:
        return []
    newest: dict[date, datetime] = {}
    for post in posts.values():
        month = month_of(post)
        newest[month] = max(newest.get(month, post.changed_at), post.changed_at)
    months = [
        Address(reverse("blog:archive", args=[month.year, month.month]), changed_at)
        for month, changed_at in newest.items()
    ]
    return [*_under("blog:list", state, posts.values()), *months]


def stage_pages(state: Shown) -> list[Address]:
    """Return the page of each career stage."""
    return [_address(entry) for entry in editorial(state).stages.values()]


def resource_pages(state: Shown) -> list[Address]:
    """Return the hub, and each resource: guides, and pages with figures of the releases."""
    resources = editorial(state).resources
    figures = _figures_since(state)
    without_text = [slug for slug in LIVE if slug not in resources]
    with_text = [
        Address(entry.url, max(entry.changed_at, figures) if slug in LIVE else entry.changed_at)
        for slug, entry in resources.items()
    ]
    return [
        Address(reverse("blog:resources"), max([figures, *(one.changed_at for one in with_text)])),
        *with_text,
        *(Address(reverse("blog:resource", args=[slug]), figures) for slug in without_text),
    ]


def term_pages(state: Shown) -> list[Address]:
    """Return the glossary and each of its terms, once there are any."""
    terms = editorial(state).terms
    return _under("blog:glossary", state, terms.values()) if terms else []


def help_pages(state: Shown) -> list[Address]:
    """Return the support page, and each help article."""
    return _under("blog:support", state, editorial(state).articles.values())


def legal_pages(state: Shown) -> list[Address]:
    """Return the legal texts, and the page of corrections, which changes when one is settled."""
    settled = accepted().values_list("settled_at", flat=True).first()
    texts = [_address(entry) for entry in editorial(state).legal.values()]
    return [*texts, Address(reverse("blog:corrections"), settled or _figures_since(state))]


def _under(name: str, state: Shown, entries: Iterable[Entry]) -> list[Address]:
    """Return the page that lists these entries, and then each of them."""
    found = [_address(entry) for entry in entries]
    newest = max((one.changed_at for one in found), default=_figures_since(state))
    return [Address(reverse(name), newest), *found]


def _address(entry: Entry) -> Address:
    return Address(entry.url, entry.changed_at)


def _figures_since(state: Shown) -> datetime:
    assert state.schedule is not None  # noqa: S101 (public pages are 503 without one)
    return state.schedule.figures_since


def resource_titles(state: Shown) -> list[tuple[str, str, str]]:
    """Return title, address and summary of each resource and career stage, and of the glossary."""
    published = editorial(state)
    entries = [*published.stages.values(), *published.resources.values()]
    found = [(entry.title, entry.url, entry.summary) for entry in entries]
    for slug, page in LIVE.items():
        if slug not in published.resources:
            found.append((page.title, reverse("blog:resource", args=[slug]), page.summary))
    if published.terms:
        summary = f"{len(published.terms)} terms, each with an address."
        found.append(("Glossary", reverse("blog:glossary"), summary))
    return found
