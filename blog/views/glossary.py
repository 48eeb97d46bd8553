"""The glossary: all terms, and a page for each."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from blog.models import TermEdition
from blog.shown import editorial
from blog.views.common import common, edition_of, text_of, there
from codes.shown import Shown
from codes.views.public import linker, public_page
from rvuedge.publishing import Edition


@public_page
def glossary(request: HttpRequest, state: Shown) -> HttpResponse:
    """All terms with their definitions, by the first letter."""
    entries = there(editorial(state).terms).values()
    by_letter = groupby(entries, key=lambda entry: entry.title[0].upper())
    letters = [(letter, list(group)) for letter, group in by_letter]
    return render(
        request,
        "blog/glossary.html",
        {
            **common(request, state, "resources"),
            "crumbs": [("Resources", reverse("blog:resources"))],
            "letters": letters,
            "count": len(entries),
        },
    )


@public_page
def term(request: HttpRequest, state: Shown, slug: str) -> HttpResponse:
    edition = edition_of(TermEdition, editorial(state).terms, slug)
    return show_term(request, state, edition.body, edition)


def show_term(
    request: HttpRequest, state: Shown, body: Mapping[str, Any], edition: Edition | None = None
) -> HttpResponse:
    """Return the page of a term with this body; without an edition it is a draft's preview."""
    page = common(request, state, "resources")
    linker(request, but=[body["slug"]])  # before any text: a page does not link to itself
    published = editorial(state)
    crumbs = [("Resources", reverse("blog:resources"))]
    if published.terms:
        crumbs.append(("Glossary", reverse("blog:glossary")))
    return render(
        request,
        "blog/term.html",
        {
            **page,
            **text_of(request, body, edition),
            "crumbs": crumbs,
            "see_also": [
                published.terms[slug] for slug in body["see_also"] if slug in published.terms
            ],
            "structured": {
                "@context": "https://schema.org",
                "@type": "DefinedTerm",
                "name": body["title"],
                "alternateName": body["abbreviations"],
                "description": body["summary"],
                "url": page["canonical"],
                "inDefinedTermSet": request.build_absolute_uri(reverse("blog:glossary")),
            },
        },
    )
