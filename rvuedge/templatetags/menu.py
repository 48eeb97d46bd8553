"""The site's menu and the links of its footer: an entry appears once its page exists.

Nothing is looked up but URL names, so that error pages can print both without a database.
"""

from typing import NamedTuple

from django import template
from django.urls import NoReverseMatch, reverse

from codes import taxonomy

register = template.Library()


class Entry(NamedTuple):
    """One line of a menu: a page by its URL name, or a group of pages without one."""

    label: str
    name: str = ""
    args: tuple[str, ...] = ()
    area: str = ""  # what a page calls the entry that it stands under
    entries: tuple["Entry", ...] = ()


class Link(NamedTuple):
    label: str
    url: str
    area: str
    links: list["Link"]


MENU = (
    Entry("Home", "home", area="home"),
    Entry(
        "Career Stage",
        area="stage",
        entries=(
            Entry("Medical Students", "blog:stage", ("medical-students",)),
            Entry("Residents", "blog:stage", ("residents",)),
            Entry("Attendings", "blog:stage", ("attendings",)),
        ),
    ),
    Entry("CPT Codes", "codes:list", area="codes"),
    Entry("Resources", "blog:resources", area="resources"),
    Entry("Blog", "blog:list", area="blog"),
    Entry("Support", "accounts:support", area="support"),
)
ACCOUNT = (Entry("Sign in", "account_login"),)
FOOTER = (
    Entry(
        "Codes",
        entries=(
            Entry("All codes", "codes:list"),
            Entry("Specialties", "codes:specialties"),
            Entry("Search", "codes:search"),
        ),
    ),
    Entry(
        "Categories",
        entries=tuple(
            Entry(group.name, "codes:category", (group.slug,)) for group in taxonomy.GROUPS
        ),
    ),
    MENU[1],
    Entry(
        "Resources",
        entries=(
            Entry("All resources", "blog:resources"),
            Entry("Blog", "blog:list"),
            Entry("Support", "accounts:support"),
        ),
    ),
)


def links(entries: tuple[Entry, ...]) -> list[Link]:
    """Return the entries whose pages exist, and the groups that have any such entry."""
    found = []
    for entry in entries:
        inside = links(entry.entries)
        url = _address(entry)
        if url or inside:
            found.append(Link(entry.label, url, entry.area, inside))
    return found


def _address(entry: Entry) -> str:
    try:
        return reverse(entry.name, args=entry.args) if entry.name else ""
    except NoReverseMatch:
        return ""


@register.simple_tag
def menu() -> list[Link]:
    return links(MENU)


@register.simple_tag
def account_links() -> list[Link]:
    return links(ACCOUNT)


@register.simple_tag
def footer_groups() -> list[Link]:
    return links(FOOTER)
