"""The public pages that editors write. What is not published is not there: 404, and no link."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse

from blog.corrections import REPORT, ReportForm, accepted
from blog.models import HelpArticleEdition, LandingPageEdition
from blog.shown import LEGAL, Entry, editorial
from blog.views.common import common, edition_of, page_number, text_of
from codes.shown import Shown, shown
from codes.views.public import public_page
from rvuedge.form_guard import guarded_form
from rvuedge.publishing import Edition

MOST_NEXT = 3
LONGEST_QUERY = 200

# Landing pages ----------------------------------------------------------------------------------


@public_page
def legal(request: HttpRequest, state: Shown, slug: str) -> HttpResponse:
    edition = edition_of(LandingPageEdition, editorial(state).legal, slug)
    return show_landing_page(request, state, edition.body, edition)


def show_landing_page(
    request: HttpRequest, state: Shown, body: dict[str, Any], edition: Edition | None = None
) -> HttpResponse:
    """Return a guide or a legal text with this body; see `show_post`."""
    published = editorial(state)
    is_legal = body["slug"] in LEGAL
    return render(
        request,
        "blog/landing_page.html",
        {
            **common(request, state, "" if is_legal else "resources"),
            **text_of(request, body, edition),
            "crumbs": [] if is_legal else [("Resources", reverse("blog:resources"))],
            "questions": published.answers.get(body["slug"], ()),
            "posts": () if is_legal else list(published.posts.values())[:MOST_NEXT],
        },
    )


# Help -------------------------------------------------------------------------------------------


@public_page
def support(request: HttpRequest, state: Shown) -> HttpResponse:
    """The help pages by topic; with `q`, those that hold all of its words."""
    published = editorial(state)
    articles = published.articles.values()
    asked = " ".join(request.GET.get("q", "")[:LONGEST_QUERY].split())
    words = asked.casefold().split()
    found = [one for one in articles if all(word in one.words for word in words)]
    return render(
        request,
        "blog/support.html",
        {
            **common(request, state, "support"),
            "q": asked,
            "found": found if words else [],
            "topics": _by_topic(articles),
            "questions": published.answers.get("support", ()),
        },
    )


@public_page
def article(request: HttpRequest, state: Shown, slug: str) -> HttpResponse:
    edition = edition_of(HelpArticleEdition, editorial(state).articles, slug)
    return show_article(request, state, edition.body, edition)


def show_article(
    request: HttpRequest, state: Shown, body: dict[str, Any], edition: Edition | None = None
) -> HttpResponse:
    """Return a help article with this body; see `show_post`."""
    published = editorial(state)
    articles = published.articles
    return render(
        request,
        "blog/article.html",
        {
            **common(request, state, "support"),
            **text_of(request, body, edition),
            "crumbs": [("Support", reverse("blog:support"))] if articles else [],
            "beside": [one for one in articles.values() if one.topic == body["topic"]],
            "questions": published.answers.get(body["slug"], ()),
        },
    )


def _by_topic(articles: Any) -> dict[str, list[Entry]]:
    by_topic: dict[str, list[Entry]] = {}
    for one in articles:
        by_topic.setdefault(one.topic, []).append(one)
    return by_topic


# Previews of what has no page of its own --------------------------------------------------------


def show_question(request: HttpRequest, state: Shown, body: dict[str, Any]) -> HttpResponse:
    """Return a general question as it will stand among those of its page."""
    published = editorial(state)
    asked = published.answers.get(body["page"], ())
    return render(
        request,
        "blog/question.html",
        {
            **common(request, state, "support"),
            "body": body,
            "beside": [one for one in asked if one.question != body["question"]],
        },
    )


def show_redirect(request: HttpRequest, state: Shown, body: dict[str, Any]) -> HttpResponse:
    """Return what a redirect does, in a sentence."""
    context = {**common(request, state, "home"), "body": body}
    return render(request, "blog/redirect.html", context)


# Corrections ------------------------------------------------------------------------------------


@public_page
def corrections(request: HttpRequest, state: Shown) -> HttpResponse:
    """What readers reported and editors have mended, the latest first."""
    page = Paginator(accepted(), 50).get_page(page_number(request))
    return render(
        request,
        "blog/corrections.html",
        {
            **common(request, state, "corrections"),
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
            "path": request.path,
            "query": QueryDict(),
        },
    )


@guarded_form(REPORT)
def report(request: HttpRequest, wait: int) -> HttpResponse:
    """The form for readers who found a mistake. `wait`: seconds, if they sent too many."""
    if request.method != "POST":
        form = ReportForm(initial={"path": request.GET.get("page", "/")})
    else:
        form = ReportForm(request.POST)
        if not wait and form.is_valid():
            if not form.is_trapped and form.is_first():
                form.save()
            return HttpResponseRedirect(reverse("blog:thanks"))
    state = shown()
    return render(
        request,
        "blog/report.html",
        {
            **common(request, state, "corrections"),
            "form": form,
            "wait_minutes": -(-wait // 60),
        },
    )


@public_page
def thanks(request: HttpRequest, state: Shown) -> HttpResponse:
    return render(request, "blog/thanks.html", common(request, state, "corrections"))
