"""What releases changed, as Atom, for feed readers."""

from datetime import datetime

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from codes import changes
from codes.changes import Summary
from codes.shown import Shown


class Changes(Feed):
    feed_type = Atom1Feed
    author_name = "RVU Edge"
    title = "RVU Edge: fee schedule changes"
    subtitle = "What each release of Medicare’s Physician Fee Schedule changed, code by code."

    def get_object(self, request: HttpRequest, state: Shown) -> Shown:
        return state

    def link(self, state: Shown) -> str:
        return reverse("codes:changes")

    def feed_url(self, state: Shown) -> str:
        return reverse("codes:changes_feed")

    def items(self, state: Shown) -> list[Summary]:
        """The releases that have one to be compared with and are not ahead of the site."""
        return [one for one in changes.summaries(state) if one.previous and not one.is_ahead]

    def item_title(self, one: Summary) -> str:
        return f"What changed in {one.schedule.release}"

    def item_description(self, one: Summary) -> str:
        of = f"Of {one.compared:,} codes compared" if one.is_partial else "Codes compared"
        start = f"{one.schedule.name} against {one.previous.name}. "
        counts = (
            f"new {one.new:,}, gone {one.gone:,}, with another status {one.status:,}, with other "
            f"work RVUs {one.work:,}, with other practice expense or malpractice RVUs "
            f"{one.values:,}, with other payment rules alone {one.indicators:,}."
        )
        return f"{start}{of}: {counts}"

    def item_link(self, one: Summary) -> str:
        return reverse("codes:ledger", args=[one.schedule.release])

    def item_pubdate(self, one: Summary) -> datetime:
        return one.schedule.loaded_at

    item_updateddate = item_pubdate
