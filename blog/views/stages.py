"""The pages of the career stages: an editor's text, and below it the tools of the stage."""

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from blog.models import LandingPageEdition
from blog.shown import editorial
from blog.stages import cases, quiz
from blog.stages.roles import roles
from blog.views.common import common, edition_of, text_of
from codes.models import Standing
from codes.rows import Row, rows
from codes.shown import Shown
from codes.views.public import public_page
from rvuedge.publishing import Edition
from rvuedge.richtext import Heading

MOST_NEXT = 3
QUIZ = "blog:quiz"
_SEED = re.compile(r"[0-9]{1,9}")
# Codes that explain much of the system, and what each of them teaches.
_LESSONS = {
    "99213": "Less than half of an office fee is for the physician’s work",
    "99223": "In a hospital there is no overhead of one’s own: mostly work",
    "47562": "One fee covers the operation and 90 days of follow-up",
    "45385": "A second procedure through the same scope adds only a little",
    "90837": "Time counts: an hour of talk carries more work than many procedures",
    "70450": "The reading and the scan are billed apart",
}
# An example of a list of cases: a year of a clinic, and a year of procedures.
_EXAMPLE = "99213 1200\n99214 900\n45378 150\n47562 60"


@public_page
def stage(request: HttpRequest, state: Shown, slug: str) -> HttpResponse:
    edition = edition_of(LandingPageEdition, editorial(state).stages, slug)
    return show_stage(request, state, edition.body, edition)


def show_stage(
    request: HttpRequest, state: Shown, body: Mapping[str, Any], edition: Edition | None = None
) -> HttpResponse:
    """Return the page of a stage with this body; without an edition it is a draft's preview."""
    published = editorial(state)
    slug = body["slug"]
    page = common(request, state, "stage")
    text = text_of(request, body, edition)
    tools = _TOOLS[slug](request, state)
    return render(
        request,
        f"blog/stages/{slug}.html",
        {
            **page,
            **text,
            "contents": (*text["contents"], *tools.pop("sections")),
            "stages": published.stages.values(),
            "questions": published.answers.get(slug, ()),
            "posts": list(published.posts.values())[:MOST_NEXT],
            **tools,
        },
    )


def _students(request: HttpRequest, state: Shown) -> dict[str, Any]:
    lessons = _lessons(state)
    has_quiz = quiz.question(quiz.candidates(state), 1) is not None
    sections = [Heading("quiz", "Which carries more work?")] if has_quiz else []
    if lessons:
        sections += [
            Heading("reading", "A code, taken apart"),
            Heading("lessons", "Codes that explain most of the system"),
        ]
    return {
        "sections": sections,
        "has_quiz": has_quiz,
        "lessons": lessons,
        "example": next((row for row, _ in lessons), None),
    }


def _residents(request: HttpRequest, state: Shown) -> dict[str, Any]:
    asked = request.GET.get("code", "")[:20]
    typed = request.GET.get("cases", "")[: cases.LONGEST]
    lines, wrong = cases.parse(typed)
    return {
        "sections": [
            Heading("roles", "One operation, several roles"),
            Heading("count", "What would your cases count for?"),
        ],
        "asked_code": asked,
        "roles": roles(state, asked),
        "typed": typed,
        "wrong": wrong,
        "table": cases.worth(lines, [state.schedule]) if lines else None,
    }


def _attendings(request: HttpRequest, state: Shown) -> dict[str, Any]:
    typed = request.GET.get("cases", "")[: cases.LONGEST]
    lines, wrong = cases.parse(typed)
    schedules = cases.newest_of_each_year(state)
    return {
        "sections": [
            Heading("years", "The schedule year, in your own numbers"),
            Heading("statement", "Check a statement in four steps"),
        ],
        "typed": typed,
        "wrong": wrong,
        "table": cases.worth(lines, schedules) if lines else None,
        "schedules": schedules,
        "example": _EXAMPLE,
    }


_TOOLS: Mapping[str, Callable[[HttpRequest, Shown], dict[str, Any]]] = {
    "medical-students": _students,
    "residents": _residents,
    "attendings": _attendings,
}


def _lessons(state: Shown) -> list[tuple[Row, str]]:
    """Return the telling codes that this site shows, with what each teaches."""

    def read() -> list[tuple[Row, str]]:
        named = [code for code in _LESSONS if code in state.directory]
        found = Standing.objects.filter(schedule=state.schedule, code__in=named)
        by_code = {one.code_id: one for one in found.defer("neighbors")}
        in_order = rows([by_code[code] for code in named if code in by_code], state)
        return [(one, _LESSONS[one.listed.hcpcs]) for one in in_order if one.price]

    return state.remember("lessons", read)


# The quiz -------------------------------------------------------------------------------------


def quiz_question(request: HttpRequest) -> HttpResponse:
    """The question of the seed in the address; without one, some question is chosen."""
    if _SEED.fullmatch(request.GET.get("n", "")):
        return _question(request)
    return _some_question(request)


@require_safe
@never_cache
def _some_question(request: HttpRequest) -> HttpResponse:
    seed = secrets.randbelow(quiz.MOST)
    return HttpResponseRedirect(f"{reverse(QUIZ)}?n={seed}")


@public_page
def _question(request: HttpRequest, state: Shown) -> HttpResponse:
    seed = int(request.GET["n"])
    asked = quiz.question(quiz.candidates(state), seed)
    if asked is None:
        raise Http404("There are no two codes to ask about.")
    chosen = request.GET.get("answer", "").upper()
    answers = {one.hcpcs for one in asked.pair}
    crumbs = []
    if students := editorial(state).stages.get("medical-students"):
        crumbs.append(("Medical students", students.url))
    return render(
        request,
        "blog/stages/quiz.html",
        {
            **common(request, state, "stage"),
            "crumbs": crumbs,
            "seed": seed,
            "question": asked,
            "is_answered": chosen in answers,
            "is_right": chosen == asked.more.hcpcs,
        },
    )
