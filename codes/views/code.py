"""The page of one code."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse

from codes import charts, indicators, places, taxonomy
from codes.families import families_of
from codes.models import Code, CodeEdition, Rate, Standing
from codes.page import markdown, words
from codes.page.amounts import amounts
from codes.page.comparison import comparison
from codes.page.figures import figures
from codes.page.history import Past, history
from codes.page.modifiers import modifier_rows
from codes.page.questions import Answer, derived_questions, zero_examples
from codes.page.structured import structured
from codes.sentences import documentation_line, sentences
from codes.shown import Shown
from codes.views.compare import MOST, compare_url
from codes.views.copies import Recent
from codes.views.public import articles_about, public_page, turns_of
from codes.views.search import unknown_code
from rvuedge.richtext import to_text


@public_page
def short_address(request: HttpRequest, state: Shown, hcpcs: str) -> HttpResponse:
    """/47562/ and /g0411/ lead to the code's page."""
    leaf = taxonomy.leaf_of(hcpcs.upper()) if taxonomy.is_code(hcpcs.upper()) else None
    if leaf is None or not Code.objects.filter(pk=hcpcs.upper()).exists():
        return unknown_code(request, state, hcpcs)
    return HttpResponsePermanentRedirect(reverse("codes:code", args=[leaf.slug, hcpcs.upper()]))


@public_page
def code_detail(request: HttpRequest, state: Shown, category: str, hcpcs: str) -> HttpResponse:
    """Everything about one code; other spellings and categories lead to its one address."""
    wanted = hcpcs.upper()
    schedule = state.schedule
    if schedule is None or not taxonomy.is_code(wanted):
        return unknown_code(request, state, hcpcs)
    key = (request.scheme, request.get_host(), state.version, *turns_of(state), wanted)
    kept = pieces.get(key)
    rows = [] if kept else _rows(state, wanted)
    if not (kept or rows):
        return unknown_code(request, state, hcpcs)
    address = _code(state, wanted).get_absolute_url()
    if request.path != address:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)
    if kept:
        return _with_place(request, state, kept)
    listed = state.directory.get(wanted)
    may_have_text = listed is None or listed.has_text  # a code that is gone may have one
    edition = CodeEdition.objects.of_subject(subject__code=wanted) if may_have_text else None
    body = edition.body if edition else {}
    if all(row.schedule_id != schedule.pk for row in rows):
        return _gone(request, state, rows, body)
    made = _anywhere(request, state, rows, body, edition)
    pieces.keep(key, made)
    return _with_place(request, state, made)


@public_page
def code_markdown(request: HttpRequest, state: Shown, category: str, hcpcs: str) -> HttpResponse:
    """The page of a code as Markdown, beside it: /cpt-codes/g-codes/G0411.md."""
    wanted = hcpcs.upper()
    rows = _rows(state, wanted) if taxonomy.is_code(wanted) else []
    if not rows:
        raise Http404("No loaded release has this code.")
    code = _code(state, wanted)
    address = markdown_address(code)
    if request.path != address:
        return HttpResponsePermanentRedirect(address)
    edition = CodeEdition.objects.of_subject(subject__code=wanted)
    body = edition.body if edition else {}
    rates = [row for row in rows if row.schedule_id == state.schedule.pk]
    if rates:
        context = _context_of(request, state, rows, rates, body, edition)
        localities = tuple(places.localities(state).values())
        national = amounts(rates, state.schedule.conversion_factor, None, localities)
        text = markdown.code_page(context, national)
    else:
        text = markdown.gone_page(_gone_context(state, rows, body))
    page = request.build_absolute_uri(code.get_absolute_url())
    return HttpResponse(
        text,
        content_type="text/markdown; charset=utf-8",
        headers={"Link": f'<{page}>; rel="canonical"', "X-Robots-Tag": "noindex"},
    )


def markdown_address(code: Code) -> str:
    """Return the address of a code's page as Markdown."""
    return reverse("codes:markdown", args=[code.category.slug, code.hcpcs])


def render_code(
    request: HttpRequest,
    state: Shown,
    hcpcs: str,
    body: Mapping[str, Any],
    edition: CodeEdition | None = None,
) -> HttpResponse:
    """Return the page of a code with this body, whether it is public or not.

    `body` is that of an edition, or {} for a code without text; `edition` is the public one that
    it comes from, if any: without it the page is not for search engines, and claims no review.
    """
    rows = _rows(state, hcpcs) if state.schedule else []
    if not rows:
        return render(request, "codes/no_release.html", {"area": "codes"}, status=503)
    if all(row.schedule_id != state.schedule.pk for row in rows):
        return _gone(request, state, rows, body)
    return _with_place(request, state, _anywhere(request, state, rows, body, edition))


class Anywhere(NamedTuple):
    """What of a code's page is the same wherever the reader works: most of it."""

    context: Mapping[str, Any]
    rates: list[Rate]
    before_payment: str  # HTML
    after_payment: str


# What the page around these parts and its payment section print.
_NEEDED = (
    *("area", "schedule", "code", "body", "title", "page_description", "canonical", "is_indexed"),
    *("markdown_url", "card"),
    *("structured", "status", "figures", "track_url", "is_dental"),
)
pieces: Recent[Anywhere] = Recent()  # by address of the site, version and code


def _anywhere(
    request: HttpRequest,
    state: Shown,
    rows: list[Rate],
    body: Mapping[str, Any],
    edition: CodeEdition | None,
) -> Anywhere:
    """Return what follows from the rows and the text alone, rendered where it is HTML."""
    rates = [row for row in rows if row.schedule_id == state.schedule.pk]
    context = _context_of(request, state, rows, rates, body, edition)
    before, after = (
        render_to_string(f"codes/_{part}_payment.html", context, request)
        for part in ("before", "after")
    )
    needed = {name: context[name] for name in _NEEDED}
    return Anywhere(needed, rates, before, after)


def _with_place(request: HttpRequest, state: Shown, anywhere: Anywhere) -> HttpResponse:
    """Return the page, with the payment where the reader works."""
    schedule = state.schedule
    asked = request.GET.get("where", "")
    place = places.find_place(state, asked, request.GET.get("locality", ""))
    is_qp = bool(schedule.qp_conversion_factor) and request.GET.get("factor") == "qp"
    factor = schedule.qp_conversion_factor if is_qp else schedule.conversion_factor
    localities = tuple(places.localities(state).values())
    context = anywhere.context
    return render(
        request,
        "codes/code_detail.html",
        {
            **context,
            "before_payment": anywhere.before_payment,
            "after_payment": anywhere.after_payment,
            "is_indexed": context["is_indexed"] and not request.GET,
            "place": place,
            "is_qp": is_qp,
            "amounts": amounts(anywhere.rates, factor, place.locality, localities),
            "locality_options": places.locality_options(state) if context["figures"].bars else "",
            "asked_where": asked[:80],
        },
    )


def _rows(state: Shown, hcpcs: str) -> list[Rate]:
    """Return every row of a code in the loaded releases, oldest first."""
    schedules = state.schedules
    rows = [row for row in Rate.objects.filter(code=hcpcs) if row.schedule_id in schedules]
    for row in rows:
        row.schedule = schedules[row.schedule_id]
    return sorted(rows, key=lambda row: (row.schedule.release, row.modifier))


def _code(state: Shown, hcpcs: str) -> Code:
    return Code(hcpcs=hcpcs, category=state.categories_by_slug[taxonomy.leaf_of(hcpcs).slug])


def _past(rows: list[Rate]) -> list[Past]:
    """Return the row that speaks for the code in each release, oldest first."""
    first: dict[int, Rate] = {}
    for row in rows:  # in order of release and modifier: the blank one comes first
        first.setdefault(row.schedule_id, row)
    return [Past(row.schedule, row) for row in first.values()]


def _gone(request, state, rows, body):
    """A code that the active release does not hold keeps its address, and says so."""
    return render(request, "codes/code_gone.html", _gone_context(state, rows, body))


def _gone_context(state, rows, body):
    code, past = _code(state, rows[0].code_id), _past(rows)
    return {
        "area": "codes",
        "schedule": state.schedule,
        "code": code,
        "label": body["label"] if body else f"{code.category} code",
        "last": past[-1].schedule,
        "is_future": past[-1].schedule.release > state.schedule.release,
        "is_dental": taxonomy.descriptor_owner(code.hcpcs) == "ADA",
        "history": history(past, past[-1].schedule.release, state.schedules.values()),
    }


def _context_of(request, state, rows, rates, body, edition):
    """Return what the page prints; `rows` are of all releases, `rates` of the one shown."""
    code = _code(state, rows[0].code_id)
    standing = Standing.objects.get(code=code.hcpcs, schedule=state.schedule)
    standing.statistics = state.statistics[code.category.pk]
    return _context(request, state, code, standing, rates, _past(rows), body, edition)


def _context(request, state, code, standing, rates, past, body, edition):
    schedule = state.schedule
    hcpcs = code.hcpcs
    listed = state.directory[hcpcs]
    label = body["label"] if body else listed.label
    derived = sentences(
        rates, schedule.release, schedule.year, schedule.conversion_factor,
        schedule.qp_conversion_factor,
    )  # fmt: skip
    asked = [Answer(*pair) for pair in body.get("questions", ())]
    answers = [
        *asked,
        *derived_questions(
            rates, schedule.release, schedule.year, schedule.conversion_factor,
            schedule.qp_conversion_factor, past,
        ),
    ]  # fmt: skip
    address = code.get_absolute_url()
    root = request.build_absolute_uri("/")[:-1]
    description = to_text(body["description"]) if body else _derived(code, standing, schedule)
    crumbs = _crumbs(code)
    specialties = [
        (name, reverse("codes:specialty", args=[slug]))
        for slug, name in body.get("specialties", ())
    ]
    rate = words.whole(rates)
    compared = comparison(standing, standing.statistics, code.category.name, schedule.release)
    figured = figures(rates, schedule.conversion_factor, schedule.anesthesia_factor, schedule.year)
    return {
        "area": "codes",
        "schedule": schedule,
        "code": code,
        "system": code.system,
        "label": label,
        "body": body,
        "edition": edition,
        "title": f"{code.system} {hcpcs}: {label}",
        "page_description": description,
        "canonical": root + address,
        "markdown_url": markdown_address(code),
        "card": root + reverse("codes:card", args=[hcpcs]),
        "is_indexed": bool(edition) and not taxonomy.is_placeholder(hcpcs),
        "crumbs": crumbs,
        "status": indicators.status(rate.status),
        "figures": figured,
        "is_zero": not rate.work_rvu and figured.zero,
        "zero_examples": _zero_examples(state, hcpcs) if not rate.work_rvu else (),
        "sentences": derived,
        "documentation": documentation_line(rates) if standing.is_payable else "",
        "modifier_rows": modifier_rows(rates, schedule.conversion_factor),
        "global_days": int(rate.global_days) if rate.global_days in {"010", "090"} else 0,
        "shares": _shares(rate),
        "comparison": compared,
        "compare_url": _compare_url(state, compared.neighbors),
        "families": families_of(hcpcs),
        "neighbors": [(one, state.directory.get(one.hcpcs)) for one in compared.neighbors],
        "statistics": standing.statistics,
        "here": rate.work_rvu,
        "spread": _spread(state, code, standing) if compared.is_ranked else None,
        "history": history(past, schedule.release, state.schedules.values()),
        "related": [
            (hcpcs_, kind, note, state.directory.get(hcpcs_))
            for hcpcs_, kind, note in body.get("related", ())
        ],
        "specialties": specialties,
        "articles": articles_about(state, hcpcs),
        "questions": answers,
        "raw_rows": rates,
        "descriptor": listed.wording,
        "pprrvu": next(
            (source["name"] for source in schedule.sources if source["kind"].startswith("PPRRVU")),
            "",
        ),
        "structured": structured(
            url=root + address,
            root=root,
            hcpcs=hcpcs,
            label=label,
            description=description,
            crumbs=crumbs,
            questions=[Answer(one.question, to_text(one.answer)) for one in answers],
            specialties=[name for name, _ in specialties],
            released_on=schedule.released_on,
            reviewed_on=edition.reviewed_on if edition else None,
        ),
        "track_url": _track_url(hcpcs),
        "is_dental": taxonomy.descriptor_owner(hcpcs) == "ADA",
    }


def _derived(code, standing, schedule) -> str:
    """Return what a code without a text is, in a sentence that no other code has."""
    status = indicators.status(standing.status)
    work = f" {standing.work_rvu} work RVUs." if standing.is_payable and standing.work_rvu else ""
    return (
        f"{code.system} {code.hcpcs} of {code.category.name}: {status.short.lower()} "
        f"(status {status.letter}) in Medicare release {schedule.release}.{work}"
    )


def _crumbs(code):
    category = code.category
    chain = [("CPT and HCPCS codes", reverse("codes:list"))]
    if category.parent:
        chain.append((category.parent.name, category.parent.get_absolute_url()))
    return [*chain, (category.name, category.get_absolute_url())]


def _zero_examples(state: Shown, hcpcs: str):
    """The kinds of zero side by side; this code's own line is marked if it is one of them."""
    return [
        (example, why, indicators.status(letter), state.directory.get(example))
        for example, why, letter in zero_examples()
        if example == hcpcs or example in state.directory
    ]


def _shares(rate: Rate):
    """Return the three shares of a global fee in whole per cent, with where each begins."""
    if not rate.intra_pct:
        return None
    before, operation, after = (
        int(share * 100) for share in (rate.pre_pct, rate.intra_pct, rate.post_pct)
    )
    return {
        "before": before,
        "operation": operation,
        "after": after,
        "after_begins": before + operation,
        "middle_before": f"{before / 2:.1f}",
        "middle_operation": f"{before + operation / 2:.1f}",
        "middle_after": f"{before + operation + after / 2:.1f}",
    }


def _spread(state: Shown, code: Code, standing: Standing):
    """Return the category's histogram with this code's place in it.

    All but the place is the same for each code of the category, and remembered as HTML.
    """
    statistics = standing.statistics

    def draw():
        chart = charts.histogram(statistics)
        caption = {"chart": chart, "caption": f"Work RVUs of {code.category.name}"}
        return (
            chart,
            render_to_string("codes/_histogram_ground.html", caption),
            render_to_string("codes/_histogram_table.html", caption),
        )

    chart, ground, table = state.remember(f"histogram {statistics.pk}", draw)
    bar, mark = charts.place(chart, statistics, standing.work_rvu)
    return {
        "height": chart.height,
        "ground": ground,
        "table": table,
        "bar": bar,
        "mark": mark,
    }


def _compare_url(state: Shown, neighbors) -> str:
    """Return where a code stands beside those nearest in work; "" where it stands alone."""
    near = [one.hcpcs for one in neighbors if one.hcpcs in state.directory]
    here = next((place for place, one in enumerate(neighbors) if one.is_here), 0)
    first = max(0, min(here - MOST // 2, len(near) - MOST))
    return compare_url(near[first : first + MOST]) if len(near) > 1 else ""


def _track_url(hcpcs: str) -> str:
    """Return where a reader tracks a code, once accounts are part of the site."""
    try:
        return reverse("accounts:track", args=[hcpcs])
    except NoReverseMatch:
        return ""
