"""The site's menu and the links of its footer: an entry appears once its page exists.

Editorial pages exist while something is published there; a public page has that at hand with
its request. Error pages look up nothing but URL names, and so print both without a database.
"""

from typing import NamedTuple

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse

from blog.shown import NOTHING, Editorial, editorial, turns_passed
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
    Entry(
        "Resources",
        area="resources",
        entries=(
            Entry("All resources", "blog:resources"),
            Entry("Payment calculator", "codes:calculator"),
            Entry("Fee schedule changes", "codes:changes"),
            Entry("Compare codes", "codes:compare"),
            Entry("Glossary", "blog:glossary"),
            Entry("API", "codes:api_docs"),
        ),
    ),
    Entry("Blog", "blog:list", area="blog"),
    Entry("Support", "blog:support", area="support"),
)
# The same for everybody: a public page does not know whether somebody is signed in.
ACCOUNT = (Entry("Your account", "accounts:dashboard"),)
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
            Entry("Payment calculator", "codes:calculator"),
            Entry("Fee schedule changes", "codes:changes"),
            Entry("Compare codes", "codes:compare"),
            Entry("Glossary", "blog:glossary"),
            Entry("API", "codes:api_docs"),
            Entry("Blog", "blog:list"),
            Entry("Support", "blog:support"),
        ),
    ),
    Entry(
        "This site",
        entries=(
            Entry("Contact", "accounts:contact"),
            Entry("Corrections", "blog:corrections"),
            Entry("Privacy", "blog:legal", ("privacy",)),
            Entry("Terms of use", "blog:legal", ("terms",)),
            Entry("Accessibility", "blog:legal", ("accessibility",)),
            Entry("Notices", "blog:legal", ("notices",)),
        ),
    ),
)


def links(entries: tuple[Entry, ...], published: Editorial = NOTHING) -> list[Link]:
    """Return the entries whose pages exist, and the groups that have any such entry."""
    found = []
    for entry in entries:
        inside = links(entry.entries, published)
        url = _address(entry, published)
        if url or inside:
            found.append(Link(entry.label, url, entry.area, inside))
    return found


def _address(entry: Entry, published: Editorial) -> str:
    if not entry.name or (
        entry.name.startswith("blog:") and not published.has(entry.name, entry.args)
    ):
        return ""
    try:
        return reverse(entry.name, args=entry.args)
    except NoReverseMatch:
        return ""


def _published(context: Context | None) -> Editorial:
    """Return what is published, as far as the page's request knows it."""
    state = getattr(getattr(context, "request", None), "shown", None)
    return editorial(state) if state else NOTHING


@register.simple_tag(takes_context=True)
def menu(context: Context | None = None) -> list[Link]:
    return links(MENU, _published(context))


@register.simple_tag
def account_links() -> list[Link]:
    return links(ACCOUNT)


@register.simple_tag(takes_context=True)
def site_header(context: Context, area: str = "") -> str:
    """Return the head of a page that stands under this entry of the menu."""
    return _kept(context, "includes/_header.html", area)


@register.simple_tag(takes_context=True)
def footer_columns(context: Context) -> str:
    return _kept(context, "includes/_footer_columns.html")


def _kept(context: Context, template_name: str, area: str = "") -> str:
    """Return a part that all public pages share, rendered once for what is published now."""
    request = getattr(context, "request", None)
    state = getattr(request, "shown", None)

    def rendered() -> str:
        return render_to_string(template_name, {"area": area}, request)

    if state is None:
        return rendered()
    return state.remember(f"{template_name} {area} {turns_passed(state)}", rendered)


@register.simple_tag(takes_context=True)
def footer_groups(context: Context | None = None) -> list[Link]:
    return links(FOOTER, _published(context))
