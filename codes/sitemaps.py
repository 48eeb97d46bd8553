"""The public addresses around the codes, by kind, each with when it last changed.

What changes a page is its text or its figures, whichever is newer. Of the codes only those with a
text are told to search engines: the others say `noindex`, and are reached from the lists.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.urls import reverse

from codes import browse, changes, taxonomy
from codes.models import CodeEdition, IntroductionEdition
from codes.shown import Listed, Shown
from codes.views.compare import families_here


class Address(NamedTuple):
    """An address of this site, without its host, and when what it shows last changed."""

    path: str
    changed_at: datetime


def code_pages(state: Shown) -> list[Address]:
    """Return the page of each code of the active release that has a text in force."""
    texts = _texts(state)
    return [
        Address(listed.get_absolute_url(), _newest(state, [texts.get(listed.hcpcs)]))
        for listed in _indexed(state)
    ]


def category_pages(state: Shown) -> list[Address]:
    """Return the list of all codes, and each category that has codes here."""
    texts, introductions = _texts(state), _introductions(state)
    by_category: dict[str, list[datetime | None]] = {}
    for listed in _indexed(state):
        by_category.setdefault(listed.category_slug, []).append(texts.get(listed.hcpcs))
    found = []
    for shelf in browse.shelves(state).values():
        if not shelf.statistics.codes:
            continue
        path = shelf.get_absolute_url()
        slugs = [leaf.slug for leaf in shelf.leaves] or [shelf.slug]
        inside = [moment for slug in slugs for moment in by_category.get(slug, ())]
        found.append(Address(path, _newest(state, [introductions.get(path), *inside])))
    whole = Address(reverse("codes:list"), _newest(state, [one.changed_at for one in found]))
    return [whole, *found]


def specialty_pages(state: Shown) -> list[Address]:
    """Return the list of specialties, and each that a text in force names."""
    texts, introductions = _texts(state), _introductions(state)
    found = []
    for shelf in browse.specialties(state).values():
        path = shelf.get_absolute_url()
        inside = [texts.get(hcpcs) for hcpcs in shelf.codes]
        found.append(Address(path, _newest(state, [introductions.get(path), *inside])))
    if not found:
        return []
    whole = reverse("codes:specialties")
    return [Address(whole, _newest(state, [one.changed_at for one in found])), *found]


def change_pages(state: Shown) -> list[Address]:
    """Return the list of releases, and what each release changed against the one before it."""
    found = [
        Address(reverse("codes:ledger", args=[one.release]), one.loaded_at)
        for one in changes.releases(state)
        if changes.before(state, one)
    ]
    newest = _newest(state, [one.changed_at for one in found])
    return [Address(reverse("codes:changes"), newest), *found]


def compare_pages(state: Shown) -> list[Address]:
    """Return the comparison, and each ready-made one of codes that are here."""
    texts = _texts(state)
    found = [
        Address(
            reverse("codes:family", args=[family.slug]),
            _newest(state, [texts.get(code) for code in family.codes]),
        )
        for family, _ in families_here(state)
    ]
    newest = _newest(state, [one.changed_at for one in found])
    return [Address(reverse("codes:compare"), newest), *found]


def tool_pages(state: Shown) -> list[Address]:
    """Return what shows nothing but figures: the calculator, and the description of the API."""
    return [
        Address(reverse(name), _newest(state, []))
        for name in ("codes:calculator", "codes:api_docs")
    ]


def _indexed(state: Shown) -> list[Listed]:
    """Return the codes whose pages search engines may keep (codes/views/code.py, is_indexed)."""
    return [
        listed
        for listed in state.directory.values()
        if listed.has_text and not taxonomy.is_placeholder(listed.hcpcs)
    ]


def _texts(state: Shown) -> Mapping[str, datetime]:
    """Return when the text in force of each code began."""

    def read() -> dict[str, datetime]:
        return dict(CodeEdition.objects.in_force().values_list("subject__code_id", "starts_at"))

    return state.remember("texts began", read)


def _introductions(state: Shown) -> Mapping[str, datetime]:
    """Return when the introduction in force of each list began, by the list's address."""

    def read() -> dict[str, datetime]:
        editions = IntroductionEdition.objects.in_force().select_related(
            "subject__category", "subject__specialty"
        )
        return {one.subject.page.get_absolute_url(): one.starts_at for one in editions}

    return state.remember("introductions began", read)


def _newest(state: Shown, moments: Iterable[datetime | None]) -> datetime:
    """Return the newest of these moments and of the one since when the figures are shown."""
    assert state.schedule is not None  # noqa: S101 (public pages are 503 without one)
    return max([state.schedule.figures_since, *(moment for moment in moments if moment)])
