"""Lists of codes: all of them, those of a category, those of a specialty."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from codes import browse, charts, indicators, taxonomy
from codes.exports import COLUMNS, code_rows, csv_lines, preamble
from codes.fee_schedule.statistics import histogram, spread
from codes.filters import SIZES, SORTS, Choice, Facet, StandingFilter, only_known
from codes.models import Standing
from codes.rows import Row, rows
from codes.search import MOST_WORDS, has_more_words
from codes.shown import Shown
from codes.views.code import code_detail
from codes.views.public import public_page

PAGE_SIZE = 50
TOP = 5
ALL_CODES = "CPT and HCPCS codes"
FEWEST_FOR_A_CHART = 10


class Ranked(NamedTuple):
    """One of the codes with the most work, with its bar in per cent of the first one's."""

    row: Row
    width: Decimal


class Spread(NamedTuple):
    """The codes of a specialty as a chart wants them: what CategoryStatistics has of a category.

    `with_work` of the `payable` ones among `codes` carry physician work; the rest describes these.
    """

    codes: int
    payable: int
    with_work: int
    histogram: dict[str, Any]
    quartile_1: Decimal
    median: Decimal
    quartile_3: Decimal
    maximum: Decimal


class _Counted(Paginator):
    """A paginator that is told how many there are, and so does not ask the database."""

    def __init__(self, found: QuerySet, size: int, count: int) -> None:
        super().__init__(found, size)
        self.count = count


@public_page
def code_list(request: HttpRequest, state: Shown) -> HttpResponse:
    """All codes, filtered and sorted; with format=csv, the same rows for a spreadsheet."""
    asked = only_known(request.GET)
    found = StandingFilter(asked, state)
    if request.GET.get("format") == "csv":
        return _as_csv(found, state)
    count = found.count()
    page = _page(request, _needed(found.qs), found.page_size, count)
    nearest = found.nearest() if not count else None
    words = _words_alone(found)
    crumbs, title = _titled(found)
    query = found.query
    return render(
        request,
        "codes/list.html",
        {
            **_list_context(request, state, page, query),
            "title": title,
            "crumbs": crumbs,
            "filter": found,
            "categories": _categories(found),
            "groups": _groups(found),
            "sorts": [(key, sort.label) for key, sort in SORTS.items()],
            "caption": f"{count:,} codes, sorted by {SORTS[found.sorted_by].spoken}.",
            "sizes": SIZES,
            "is_plain": not asked,
            "narrowing": _pairs(query, without=("sort",)),
            "arranging": _pairs(query, only=("sort", "size")),
            "nearest": nearest,
            "nearest_rows": _nearest_rows(nearest, state),
            "most_words": MOST_WORDS if has_more_words(found.asked.get("q", "")) else 0,
            "elsewhere": words,
            "elsewhere_url": f"{reverse('codes:search')}?{urlencode({'q': words})}",
        },
    )


@public_page
def category(request: HttpRequest, state: Shown, category: str) -> HttpResponse:
    """A chapter or a leaf of it; a code in the place of a category leads to the code's page."""
    shelf = browse.shelves(state).get(category)
    if shelf is None:
        if taxonomy.is_code(category.upper()):
            return code_detail(request, "", category)
        raise Http404("There is no such category.")
    return render_category(request, state, shelf, _introduction(state, shelf))


def render_category(
    request: HttpRequest, state: Shown, shelf: browse.Shelf, introduction: str
) -> HttpResponse:
    """Render the page of a category with an introduction (Markdown), public or not yet."""
    standings = _needed(
        Standing.objects.filter(schedule=state.schedule, category__in=shelf.pks)
    ).order_by("code_id")
    page = _page(request, standings, PAGE_SIZE, shelf.here)
    parent = browse.shelves(state).get(shelf.group)
    return render(
        request,
        "codes/category.html",
        {
            **_list_context(request, state, page, QueryDict()),
            "shelf": shelf,
            "statistics": shelf.statistics,
            "introduction": introduction,
            "leaves": [leaf for leaf in shelf.leaves if leaf.statistics.codes],
            "crumbs": _crumbs((parent.name, parent.get_absolute_url()) if parent else None),
            "top": _top(standings, state) if page.number == 1 else [],
            "share": _share(shelf.statistics.without_work, shelf.statistics.payable),
            "statuses": _statuses(shelf.statistics.statuses),
            "caption": f"Codes of {shelf.name}.",
            "filtered_url": _filtered(category=shelf.slug),
            "is_dental": shelf.slug == "d-codes",
        },
    )


@public_page
def specialties(request: HttpRequest, state: Shown) -> HttpResponse:
    """Every specialty that any code names."""
    return render(
        request,
        "codes/specialties.html",
        {
            "area": "codes",
            "schedule": state.schedule,
            "canonical": _canonical(request),
            "crumbs": _crumbs(),
            "specialties": browse.specialties(state).values(),
            "described": browse.described(state),
        },
    )


@public_page
def specialty(request: HttpRequest, state: Shown, slug: str) -> HttpResponse:
    """The codes that editors have named for a specialty."""
    shelf = browse.specialties(state).get(slug)
    if shelf is None:
        raise Http404("There is no such specialty.")
    return render_specialty(request, state, shelf, _introduction(state, shelf))


def render_specialty(
    request: HttpRequest, state: Shown, shelf: browse.SpecialtyShelf, introduction: str
) -> HttpResponse:
    """Render the page of a specialty with an introduction (Markdown), public or not yet."""
    standings = _needed(
        Standing.objects.filter(schedule=state.schedule, code__in=shelf.codes)
    ).order_by("code_id")
    page = _page(request, standings, PAGE_SIZE, len(shelf.codes))
    distribution = _spread(standings, len(shelf.codes))
    return render(
        request,
        "codes/specialty.html",
        {
            **_list_context(request, state, page, QueryDict()),
            "shelf": shelf,
            "introduction": introduction,
            "statistics": distribution,
            "has_chart": distribution and distribution.with_work >= FEWEST_FOR_A_CHART,
            "crumbs": _crumbs(("Specialties", reverse("codes:specialties"))),
            "caption": f"Codes of {shelf.name}.",
            "filtered_url": _filtered(specialty=shelf.slug),
            "top": _top(standings, state) if page.number == 1 else [],
        },
    )


def _introduction(state: Shown, shelf: browse.Shelf | browse.SpecialtyShelf) -> str:
    return browse.introductions(state).get(shelf.get_absolute_url(), "")


def _list_context(
    request: HttpRequest, state: Shown, page: Page, query: QueryDict
) -> dict[str, Any]:
    """Return what every list of codes needs; `page` gets its rows."""
    page.object_list = rows(page.object_list, state)
    return {
        "area": "codes",
        "schedule": state.schedule,
        "path": request.path,
        "query": query,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "asked_page": _refused_page(request, page),
        "canonical": _canonical(request, page.number),
        "whole": browse.whole(state),
        "has_reference": any(row.reference for row in page.object_list),
    }


def _needed(standings: QuerySet) -> QuerySet:
    """Without the column that only a code's own page prints."""
    return standings.defer("neighbors")


def _page(request: HttpRequest, found: QuerySet, size: int, count: int) -> Page:
    """Return the page that was asked for, or the nearest there is."""
    asked = request.GET.get("page", "1")
    number = int(asked) if re.fullmatch(r"[0-9]{1,18}", asked) else 1
    return _Counted(found, size, count).get_page(max(number, 1))


def _refused_page(request: HttpRequest, page: Page) -> str:
    """Return what was asked for where it is not a page of this list."""
    asked = request.GET.get("page", "")[:20]
    return asked if asked and asked != str(page.number) else ""


def _canonical(request: HttpRequest, number: int = 1) -> str:
    address = request.build_absolute_uri(request.path)
    return address if number == 1 else f"{address}?page={number}"


def _crumbs(parent: tuple[str, str] | None = None) -> list[tuple[str, str]]:
    return [(ALL_CODES, reverse("codes:list")), *([parent] if parent else [])]


def _filtered(**asked: str) -> str:
    return f"{reverse('codes:list')}?{urlencode(asked)}"


def _statuses(counts: Mapping[str, int]) -> list[tuple[indicators.Status, int]]:
    """Return each status that a category's codes have, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(indicators.status(letter), count) for letter, count in ordered]


def _share(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None


def _titled(found: StandingFilter) -> tuple[list[tuple[str, str]], str]:
    """Return the way down to the list and its title, which names the category if one is asked."""
    slug = found.asked.get("category")
    if not slug:
        return [], ALL_CODES
    shelf = found.shelves[slug]
    parent = found.shelves.get(shelf.group)
    return _crumbs((parent.name, parent.get_absolute_url()) if parent else None), shelf.name


def _categories(found: StandingFilter) -> list[tuple[Choice, list[Choice]]]:
    """Return the choices of the category menu, each chapter with its leaves."""
    choices = {choice.value: choice for choice in found.choices("category")}
    menu = []
    for shelf in found.shelves.values():
        leaves = [choices[leaf.slug] for leaf in shelf.leaves if leaf.slug in choices]
        if shelf.slug in choices or leaves:
            whole = Choice(shelf.slug, shelf.name, 0, is_chosen=False)
            menu.append((choices.get(shelf.slug, whole), leaves))
    return [one for one in menu if found.shelves[one[0].value].is_chapter]


def _groups(found: StandingFilter) -> list[tuple[Facet, list[Choice], Any]]:
    """Return the groups of check boxes that there is anything to choose in, with their errors."""
    groups = []
    count = found.count()
    for facet in found.facets[1:]:
        choices = found.choices(facet.name)
        errors = found.errors.get(facet.name)
        is_choice = any(choice.is_chosen or choice.count < count for choice in choices)
        if errors or is_choice:
            groups.append((facet, choices, errors))
    return groups


def _pairs(
    query: QueryDict, only: tuple[str, ...] = (), without: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    """Return parameters for the hidden fields of a form."""
    return [
        (name, value)
        for name, values in query.lists()
        for value in values
        if name not in without and (not only or name in only)
    ]


def _words_alone(found: StandingFilter) -> str:
    """Return the words that were looked for, where other filters were in force too."""
    return found.asked.get("q", "") if len(found.active) > 1 else ""


def _nearest_rows(nearest: Any, state: Shown) -> list[Row]:
    if nearest is None:
        return []
    return rows(_needed(StandingFilter(nearest.query, state).qs)[:3], state)


def _top(standings: QuerySet, state: Shown) -> list[Ranked]:
    """Return the codes with the most physician work."""
    most = standings.filter(is_payable=True, work_rvu__gt=0).order_by("-work_rvu", "code_id")
    top = rows(most[:TOP], state)
    return [Ranked(row, charts.percent(row.work, top[0].work)) for row in top]


def _spread(standings: QuerySet, codes: int) -> Spread | None:
    payable = standings.filter(is_payable=True).values_list("work_rvu", flat=True).order_by()
    works = list(payable)
    with_work = [work for work in works if work]
    numbers = spread(with_work)
    if numbers is None:
        return None
    bins = histogram(with_work)
    return Spread(
        codes=codes,
        payable=len(works),
        with_work=len(with_work),
        histogram={"width": str(bins.width), "counts": list(bins.counts)},
        quartile_1=numbers.quartile_1,
        median=numbers.median,
        quartile_3=numbers.quartile_3,
        maximum=numbers.maximum,
    )


def _as_csv(found: StandingFilter, state: Shown) -> StreamingHttpResponse:
    schedule = state.schedule
    assert schedule is not None  # noqa: S101 (public_page has seen to it)
    asked = "; ".join(active.label for active in found.active)
    lines = csv_lines(
        row
        for part in (
            preamble(schedule, asked, found.count()),
            [COLUMNS],
            code_rows(_needed(found.qs).iterator(chunk_size=2000), state.directory),
        )
        for row in part
    )
    name = f"rvuedge-codes-{schedule.release}.csv"
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Robots-Tag": "noindex",
        },
    )
