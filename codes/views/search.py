"""Searching the codes, and what is said of a code that does not exist."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from codes import browse, taxonomy
from codes.index import index, no_work_words
from codes.models import Standing
from codes.rows import Row, row
from codes.search import MOST_WORDS, Hit, Results, Score, has_more_words, highlight
from codes.shown import Listed, Shown
from codes.views.public import public_page

PAGE_SIZE = 20
MOST_PAGES = 50
MOST_SUGGESTIONS = 8
NEAR = 5
FEW = 5  # hits, below which it is said what words cannot find
LONGEST_QUERY = 200  # characters, as the inputs allow
SHORTEST_QUERY = 2  # before anything is suggested

Pieces = list[tuple[str, bool]]


class Result(NamedTuple):
    """One code that was found: its row, its name in pieces (True: to be marked), and why."""

    row: Row
    pieces: Pieces
    why: Pieces


class Suggestion(NamedTuple):
    listed: Listed
    pieces: Pieces
    why: Pieces
    value: str  # its work RVUs, or a word


@public_page
def search(request: HttpRequest, state: Shown) -> HttpResponse:
    """What a reader's words find, best first. The whole of a code leads straight to its page."""
    query = _query(request)
    number = _page_number(request)
    found = index(state).search(query, limit=number * PAGE_SIZE) if query else Results([], None, 0)
    if query and _is_one_code(found):
        listed = state.directory[found.hits[0].entry.hcpcs]
        return HttpResponseRedirect(listed.get_absolute_url())
    pages = min(-(-found.total // PAGE_SIZE), MOST_PAGES)
    number = max(1, min(number, pages))
    hits = found.hits[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    if found.corrected:  # said once for all
        hits = [hit._replace(why="") if hit.why.startswith("read as") else hit for hit in hits]
    results = _results(hits, found.corrected or query, state)
    return render(
        request,
        "codes/search.html",
        {
            "area": "search",
            "schedule": state.schedule,
            "path": request.path,
            "q": query,
            "found": found,
            "results": results,
            "most_words": MOST_WORDS if has_more_words(query) else 0,
            "unnamed": _unnamed(state) if query and _is_weak(found) else 0,
            "is_part": bool(hits) and hits[0].score == Score.PART_OF_QUERY,
            "is_near": bool(hits) and hits[0].score == Score.NEAR_CODE,
            "first": (number - 1) * PAGE_SIZE + 1,
            "last": (number - 1) * PAGE_SIZE + len(hits),
            "number": number,
            "pages": pages,
            "previous": number - 1 if number > 1 else None,
            "next": number + 1 if number < pages else None,
            "examples": search_examples(state),
            "chapters": browse.chapters(state),
            "whole": browse.whole(state),
            "has_reference": any(result.row.reference for result in results),
        },
    )


@public_page
def suggestions(request: HttpRequest, state: Shown) -> HttpResponse:
    """The options of the list under a search input: a piece of HTML, empty if there are none."""
    query = _query(request)
    hits: list[Hit] = []
    if len(query) >= SHORTEST_QUERY:
        hits = index(state).search(query, limit=MOST_SUGGESTIONS).hits
    words = no_work_words(state)
    found = [
        Suggestion(
            listed := state.directory[hit.entry.hcpcs],
            highlight(listed.label, query),
            highlight(hit.why, query),
            listed.work or words.get(listed.hcpcs, "none"),
        )
        for hit in hits
    ]
    response = render(request, "codes/_suggestions.html", {"q": query, "suggestions": found})
    response["X-Robots-Tag"] = "noindex"
    return response


def unknown_code(request: HttpRequest, state: Shown, hcpcs: str) -> HttpResponse:
    """Return the page, with status 404, of a code that no release here has: what is near it."""
    asked = hcpcs[:20].upper()
    near = [state.directory[entry.hcpcs] for entry in index(state).near_codes(asked, limit=NEAR)]
    return render(
        request,
        "404.html",
        {
            "area": "codes",
            "schedule": state.schedule,
            "hcpcs": asked,
            "is_code": taxonomy.is_code(asked),
            "near": [listed for listed in near if listed.hcpcs != asked],
            "whole": browse.whole(state),
        },
        status=404,
    )


def search_examples(state: Shown) -> list[tuple[str, str]]:
    """Return searches that find something here: what is typed, and where that leads."""
    directory = state.directory
    words = index(state)

    def make() -> list[tuple[str, str]]:
        examples = []
        for text in ("99214", "colonoscopy", "knee replacement", "G0411"):
            if text in directory:
                examples.append((text, directory[text].get_absolute_url()))
            elif not taxonomy.is_code(text) and words.search(text, limit=1).hits:
                examples.append((text, f"{reverse('codes:search')}?{urlencode({'q': text})}"))
        return examples

    return state.remember("examples", make)


def _query(request: HttpRequest) -> str:
    return " ".join(request.GET.get("q", "")[:LONGEST_QUERY].split())


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        return 1
    return max(1, min(int(text), MOST_PAGES))


def _is_weak(found: Results) -> bool:
    """Whether there may be better codes than those found, which words cannot find."""
    if not found.hits:
        return True
    best = found.hits[0].score
    return best < Score.SYNONYM_WORDS or (found.total < FEW and best < Score.CODE_START)


def _unnamed(state: Shown) -> int:
    """Return how many codes here have no name but their category's."""
    return state.remember(
        "unnamed", lambda: sum(not listed.is_named for listed in state.directory.values())
    )


def _is_one_code(found: Results) -> bool:
    return found.total == 1 and found.hits[0].score == Score.CODE


def _results(hits: list[Hit], query: str, state: Shown) -> list[Result]:
    directory = state.directory
    release = state.schedule.release if state.schedule else ""
    standings: dict[str, Any] = {
        one.code_id: one
        for one in Standing.objects.filter(
            schedule=state.schedule, code__in=[hit.entry.hcpcs for hit in hits]
        )
        .order_by()
        .defer("neighbors")
    }
    return [
        Result(
            row(standings[hit.entry.hcpcs], directory[hit.entry.hcpcs], release),
            highlight(directory[hit.entry.hcpcs].label, query),
            highlight(hit.why, query),
        )
        for hit in hits
    ]
