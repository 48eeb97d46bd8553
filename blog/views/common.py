"""What the views of editorial pages share."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest

from codes.shown import Shown
from codes.views.public import linker
from rvuedge import richtext
from rvuedge.publishing import Edition

FEWEST_HEADINGS = 2  # for a list of contents


def there(pages: Any) -> Any:
    """Return the pages, or say that there is nothing at this address yet."""
    if not pages:
        raise Http404("Nothing is published here yet.")
    return pages


def edition_of(model: type[Edition], pages: Any, slug: str) -> Edition:
    """Return the edition that the public reads. Asked for in force, whatever is remembered."""
    entry = pages.get(slug)
    edition = entry and model.objects.in_force().filter(pk=entry.edition).first()
    if not edition:
        raise Http404("There is no such page.")
    return edition


def common(request: HttpRequest, state: Shown, area: str) -> dict[str, Any]:
    """Return what every page prints; `area` is the entry of the menu that it stands under."""
    request.shown = state  # for the menu, also of a preview
    return {
        "area": area,
        "schedule": state.schedule,
        "canonical": request.build_absolute_uri(request.path),
    }


def text_of(
    request: HttpRequest, body: Mapping[str, Any], edition: Edition | None
) -> dict[str, Any]:
    """Return what a page prints of a Markdown text: its HTML, and a list of its contents."""
    headings = richtext.headings(body["text"])
    return {
        "body": body,
        "edition": edition,
        "html": linker(request).to_html(body["text"], anchors=True),
        "contents": headings if len(headings) >= FEWEST_HEADINGS else (),
    }


def page_number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    return int(asked) if re.fullmatch(r"[0-9]{1,9}", asked) else 1
