"""The posts of the blog for feed readers: as Atom, and as RSS."""

from datetime import datetime

from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed

from blog.shown import Entry, editorial
from codes.shown import Shown
from codes.views.public import public_page

NEWEST = 20


class Posts(Feed):
    feed_type = Atom1Feed
    author_name = "RVU Edge"
    title = "RVU Edge blog"
    subtitle = "Medicare’s fee schedule, explained for the people who are paid by it."

    def get_object(self, request: HttpRequest, state: Shown) -> Shown:
        return state

    def link(self, state: Shown) -> str:
        return reverse("blog:list")

    def feed_url(self, state: Shown) -> str:
        return reverse("blog:feed")

    def items(self, state: Shown) -> list[Entry]:
        return list(editorial(state).posts.values())[:NEWEST]

    def item_title(self, entry: Entry) -> str:
        return entry.title

    def item_description(self, entry: Entry) -> str:
        return entry.summary

    def item_link(self, entry: Entry) -> str:
        return entry.url

    def item_pubdate(self, entry: Entry) -> datetime:
        return entry.first_at

    def item_updateddate(self, entry: Entry) -> datetime:
        return entry.changed_at

    def item_author_name(self, entry: Entry) -> str:
        """The role in which somebody wrote it: names are nobody's business."""
        return f"RVU Edge, {entry.byline}" if entry.byline else "RVU Edge"

    def item_categories(self, entry: Entry) -> list[str]:
        return list(entry.tags.values())


class PostsAsRss(Posts):
    feed_type = Rss201rev2Feed
    description = Posts.subtitle

    def feed_url(self, state: Shown) -> str:
        return reverse("blog:rss")


@public_page
def feed(request: HttpRequest, state: Shown) -> HttpResponse:
    return _answer(Posts(), request, state)


@public_page
def rss(request: HttpRequest, state: Shown) -> HttpResponse:
    return _answer(PostsAsRss(), request, state)


def _answer(posts: Posts, request: HttpRequest, state: Shown) -> HttpResponse:
    if not editorial(state).posts:
        raise Http404("Nothing is published yet.")
    return posts(request, state)
