"""The blog: lists of posts by date, topic and month, and each post."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from blog.models import PostEdition
from blog.shown import Entry, editorial, minutes, month_of, post_words, topics
from blog.views.common import common, edition_of, page_number, text_of, there
from codes.shown import Shown
from codes.views.public import public_page
from rvuedge.publishing import Edition
from rvuedge.richtext import Linker

POSTS_ON_A_PAGE = 10
MOST_NEXT = 3


@public_page
def post_list(request: HttpRequest, state: Shown) -> HttpResponse:
    """The posts, newest first; `topic` narrows them down."""
    posts = list(there(editorial(state).posts).values())
    topic = request.GET.get("topic", "")
    if topic:
        posts = [post for post in posts if topic in post.tags]
        if not posts:
            raise Http404("There is no such topic.")
    return _list(request, state, posts, topic=topic)


@public_page
def archive(request: HttpRequest, state: Shown, year: str, month: str) -> HttpResponse:
    """The posts of one month, newest first; 404 for a month without any."""
    asked = (int(year), int(month), 1)
    posts = [
        one for one in editorial(state).posts.values() if month_of(one).timetuple()[:3] == asked
    ]
    return _list(request, state, there(posts), month=month_of(there(posts)[0]))


def _list(
    request: HttpRequest,
    state: Shown,
    posts: list[Entry],
    *,
    topic: str = "",
    month: date | None = None,
) -> HttpResponse:
    everything = editorial(state).posts.values()
    names = dict(
        sorted({slug: name for post in everything for slug, name in post.tags.items()}.items())
    )
    page = Paginator(posts, POSTS_ON_A_PAGE).get_page(page_number(request))
    query = QueryDict(mutable=True)
    if topic:
        query["topic"] = topic
    return render(
        request,
        "blog/post_list.html",
        {
            **common(request, state, "blog"),
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
            "path": request.path,
            "query": query,
            "topics": names,
            "topic": topic,
            "topic_name": names.get(topic, ""),
            "month": month,
            "months": _months(everything),
        },
    )


def _months(posts: Iterable[Entry]) -> Mapping[date, int]:
    """Return how many posts appeared in each month, the newest first."""
    return dict(Counter(map(month_of, posts)))  # templates would ask a Counter for "items"


@public_page
def post(request: HttpRequest, state: Shown, slug: str) -> HttpResponse:
    edition = edition_of(PostEdition, editorial(state).posts, slug)
    return show_post(request, state, edition.body, edition)


def show_post(
    request: HttpRequest, state: Shown, body: dict[str, Any], edition: Edition | None = None
) -> HttpResponse:
    """Return the page of a post with this body; without an edition it is a draft's preview."""
    posts = editorial(state).posts
    entry = posts.get(body["slug"]) if edition else None
    tags = topics(body["tags"])
    newer, older = _beside(list(posts.values()), entry)
    others = [one for one in posts.values() if one.slug != body["slug"] and one != older]
    others.sort(key=lambda other: -len(other.tags.keys() & tags.keys()))  # else the newest first
    directory = state.directory
    request.linker = Linker(post_words(state))  # before any text: it links codes too
    address = reverse("blog:card", args=[body["slug"]])
    return render(
        request,
        "blog/post.html",
        {
            **common(request, state, "blog"),
            **text_of(request, body, edition),
            "card": request.build_absolute_uri(address) if edition else "",
            "crumbs": [("Blog", reverse("blog:list"))] if posts else [],
            "first_at": entry.first_at if entry else None,
            "is_changed": bool(entry) and entry.changed_at.date() > entry.first_at.date(),
            "minutes": minutes(body["text"]),
            "tags": [(name, slug) for slug, name in tags.items()] if entry else (),
            "codes": [directory[code] for code in body["codes"] if code in directory],
            "newer": newer,
            "older": older,
            "others": others[:MOST_NEXT],
        },
    )


def _beside(posts: list[Entry], entry: Entry | None) -> tuple[Entry | None, Entry | None]:
    """Return the post that appeared after this one, and the one before it."""
    if entry is None:
        return None, None
    place = posts.index(entry)
    return (
        posts[place - 1] if place else None,
        posts[place + 1] if place + 1 < len(posts) else None,
    )
