"""Resources: the hub, the guides, and the pages with figures of the releases."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from blog.models import LandingPageEdition
from blog.resources import LIVE, downloads, factors, indicators, modifiers, releases
from blog.shown import editorial
from blog.views.common import common, edition_of, text_of
from blog.views.pages import show_landing_page
from codes import places
from codes.exports import csv_lines
from codes.localities import state_name
from codes.shown import Shown
from codes.views.public import public_page
from rvuedge.publishing import Edition

# Pages of other parts of the site that the hub leads to, once they are there.
_TOOLS = (
    ("Payment calculator", "codes:calculator", "A claim of several lines, worked out in steps."),
    ("Compare codes", "codes:compare", "Two to six codes side by side."),
    ("What changed", "codes:changes", "Each code that a release changed, and why."),
    ("API", "codes:api_docs", "The figures for programs, with a description of every answer."),
)


@public_page
def hub(request: HttpRequest, state: Shown) -> HttpResponse:
    """All resources: guides by editors, figures of the releases, tools."""
    published = editorial(state)
    guides = [one for slug, one in published.resources.items() if slug not in LIVE]
    live = []
    for slug, page in LIVE.items():
        entry = published.resources.get(slug)
        title, summary = (entry.title, entry.summary) if entry else page
        live.append((title, reverse("blog:resource", args=[slug]), summary))
    return render(
        request,
        "blog/resource_list.html",
        {
            **common(request, state, "resources"),
            "guides": guides,
            "live": live,
            "tools": _tools(),
            "terms": len(published.terms),
        },
    )


@public_page
def resource(request: HttpRequest, state: Shown, slug: str) -> HttpResponse:
    resources = editorial(state).resources
    if slug in LIVE and slug not in resources:
        body = {"slug": slug, **LIVE[slug]._asdict(), "text": ""}
        return show_resource(request, state, body, is_public=True)
    edition = edition_of(LandingPageEdition, resources, slug)
    return show_resource(request, state, edition.body, edition, is_public=True)


def show_resource(
    request: HttpRequest,
    state: Shown,
    body: Mapping[str, Any],
    edition: Edition | None = None,
    *,
    is_public: bool = False,
) -> HttpResponse:
    """Return a resource with this body, and below it the figures that its slug stands for.

    It is a draft's preview unless it `is_public`; a public one that no editor has written about
    has no edition.
    """
    slug = body["slug"]
    if slug not in LIVE:
        return show_landing_page(request, state, body, edition)
    published = editorial(state)
    return render(
        request,
        f"blog/resources/{slug}.html",
        {
            **common(request, state, "resources"),
            **text_of(request, body, edition),
            "is_public": is_public,
            "crumbs": [("Resources", reverse("blog:resources"))],
            "questions": published.answers.get(slug, ()),
            **_FIGURES[slug](request, state),
        },
    )


def _factors(request: HttpRequest, state: Shown) -> dict[str, Any]:
    return {"periods": factors.periods(state.schedules.values())}


def _localities(request: HttpRequest, state: Shown) -> dict[str, Any]:
    asked = request.GET.get("where", "")
    place = places.find_place(state, asked, request.GET.get("locality", ""))
    rows = [(row, state_name(row.state)) for row in places.localities(state).values()]
    return {
        "rows": rows,
        "place": place,
        "place_state": state_name(place.locality.state) if place.locality else "",
        "asked_where": asked[:80],
    }


def _modifiers(request: HttpRequest, state: Shown) -> dict[str, Any]:
    return {
        "parts": modifiers.parts(),
        "changing": modifiers.changing(),
        "neutral": modifiers.neutral(),
    }


def _indicators(request: HttpRequest, state: Shown) -> dict[str, Any]:
    return {"statuses": indicators.statuses(state), "others": indicators.others(state)}


def _quality(request: HttpRequest, state: Shown) -> dict[str, Any]:
    return {
        "releases": releases.newest_first(state.schedules.values()),
        "faults": releases.FAULTS,
    }


def _downloads(request: HttpRequest, state: Shown) -> dict[str, Any]:
    return {
        "lists": downloads.lists(state),
        "releases": downloads.releases(state),
    }


_FIGURES: Mapping[str, Callable[[HttpRequest, Shown], dict[str, Any]]] = {
    "conversion-factors": _factors,
    "localities": _localities,
    "modifiers": _modifiers,
    "indicators": _indicators,
    "data-quality": _quality,
    "downloads": _downloads,
}


def _tools() -> list[tuple[str, str, str]]:
    found = []
    for title, name, summary in _TOOLS:
        try:
            found.append((title, reverse(name), summary))
        except NoReverseMatch:
            continue  # not part of this site
    return found


# The same for spreadsheets ------------------------------------------------------------------


@public_page
def factors_csv(request: HttpRequest, state: Shown) -> HttpResponse:
    headings = ("from", "conversion factor", "change in percent", "factor of QPs",
                "anesthesia factor", "anesthesia factor of QPs", "loaded releases")  # fmt: skip
    rows = [
        (*period[:6], " ".join(period.releases))
        for period in factors.periods(state.schedules.values())
    ]
    return _csv("conversion-factors", headings, rows)


@public_page
def localities_csv(request: HttpRequest, state: Shown) -> HttpResponse:
    headings = ("release", "contractor", "locality", "state", "name", "work index",
                "practice expense index", "malpractice index", "anesthesia factor")  # fmt: skip
    rows = [
        (state.schedule, row.mac, row.number, row.state, row.title, *row.gpcis,
         row.anesthesia_factor)
        for row in places.localities(state).values()
    ]  # fmt: skip
    return _csv(f"localities-{state.schedule}", headings, rows)


@public_page
def glossary_csv(request: HttpRequest, state: Shown) -> HttpResponse:
    rows = [
        (one.title, ", ".join(one.abbreviations), one.summary, request.build_absolute_uri(one.url))
        for one in editorial(state).terms.values()
    ]
    return _csv("glossary", ("term", "abbreviations", "definition", "address"), rows)


def _csv(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a small table for spreadsheets; whole releases are the API's."""
    return HttpResponse(
        "".join(csv_lines([headings, *rows])),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="rvuedge-{name}.csv"'},
    )
