"""The picture of a code's page for links to it elsewhere."""

from collections.abc import Callable
from decimal import Decimal
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from codes import indicators, taxonomy
from codes.labels import fallback_label
from codes.models import FeeSchedule, Rate
from codes.notices import written
from codes.page.figures import Figures, KeyFigure, figures
from codes.page.words import whole
from codes.shown import Shown
from codes.views.public import public_page
from rvuedge.cards import Card, Figure, Piece, png

Drawing = Callable[..., Card]


def picture(drawing: Drawing) -> Callable[..., HttpResponse]:
    """Make a public PNG of the card that `drawing` returns, kept like a page.

    It has one address, without a query: each card is drawn once for a state of the site, and
    other sites may show it.
    """

    @public_page
    def view(request: HttpRequest, state: Shown, *args: object, **kwargs: object) -> HttpResponse:
        if request.META.get("QUERY_STRING"):
            return HttpResponsePermanentRedirect(request.path)
        return HttpResponse(
            png(drawing(state, *args, **kwargs)),
            content_type="image/png",
            headers={"Cross-Origin-Resource-Policy": "cross-origin"},
        )

    return wraps(drawing)(view)


@picture
def code_card(state: Shown, hcpcs: str) -> Card:
    """A code of the active release with its own name, never AMA's wording; else 404."""
    listed, schedule = state.directory.get(hcpcs), state.schedule
    if listed is None or schedule is None:
        raise Http404("The release shown has no such code.")
    rates = list(Rate.objects.filter(schedule=schedule, code=hcpcs).order_by("modifier"))
    rate = whole(rates)
    status = indicators.status(rate.status)
    is_ours = listed.has_text or taxonomy.descriptor_owner(hcpcs) == "CMS"
    found = figures(rates, schedule.conversion_factor, schedule.anesthesia_factor, schedule.year)
    return Card(
        kind=f"{listed.system} {hcpcs}",
        title=listed.label
        if is_ours
        else fallback_label(hcpcs, listed.category_name, rate.global_days),
        note=f"{status.letter}: {status.short}",
        figures=[_figure(one) for one in found.key],
        source=source_of(schedule),
        edge=_edge(found),
    )


def source_of(schedule: FeeSchedule) -> str:
    """Return the release for the foot of a card."""
    return (
        f"CMS release {schedule.release} ({schedule.name}), in force from "
        f"{written(schedule.effective_on)}"
    )


def _figure(one: KeyFigure) -> Figure:
    return Figure(one.title, f"{one.value} {one.unit}".strip() or one.words)


def _edge(found: Figures) -> list[Piece]:
    return [Piece(one.part, Decimal(one.x), Decimal(one.width)) for one in found.edge]
