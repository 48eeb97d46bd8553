"""Codes side by side: any two to six, or a ready-made family."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse

from codes import taxonomy
from codes.exports import COLUMNS, code_rows, csv_lines, preamble
from codes.families import FAMILIES, Family
from codes.models import Code, FeeSchedule, Rate, Standing
from codes.shown import Listed, Shown
from codes.side_by_side import Column, Past, side_by_side
from codes.views.public import public_page

FEWEST, MOST = 2, 6
_MOST_PIECES = 20  # of an address that are looked at
_LONGEST_PIECE = 12


class Chip(NamedTuple):
    """A code that is compared, and the address without it."""

    hcpcs: str
    url: str


class Section(NamedTuple):
    """The rows of the table under one heading."""

    name: str
    rows: list[tuple[Listed, Column]]


def compare_url(codes: Iterable[str]) -> str:
    """Return the address of a comparison, which is the same for the same codes in any order.

    That of a family is the family's own.
    """
    wanted = sorted(set(codes))
    for family in FAMILIES.values():
        if wanted == sorted(family.codes):
            return reverse("codes:family", args=[family.slug])
    start = reverse("codes:compare")
    return f"{start}?codes={quote(','.join(wanted), safe=',')}" if wanted else start


@public_page
def compare(request: HttpRequest, state: Shown) -> HttpResponse:
    """The codes of the address side by side, and what of it is no code here; or where to begin."""
    asked = request.GET.get("codes", "")
    pieces = _pieces(asked)
    added = _pieces(request.GET.get("add", ""))
    refusals = _refusals(state, added)
    if added and not refusals:
        refusals = _no_room(state, pieces, added)
    if added and not refusals:
        return HttpResponsePermanentRedirect(compare_url([*pieces, *added]))
    address = compare_url(pieces)
    if not added and asked and address != _own_address(request):
        return HttpResponsePermanentRedirect(address)
    known = [piece for piece in pieces if piece in state.directory]
    unknown = _refusals(state, pieces)
    shown, left_out = _those_that_fit(known)
    return _page(
        request,
        state,
        shown,
        None,
        {
            "unknown": unknown,
            "add_errors": refusals,
            "typed": request.GET.get("add", "")[:100],
            "left_out": left_out,
            "is_indexed": not pieces and not added,
            "canonical": request.build_absolute_uri(compare_url(shown)),
        },
    )


@public_page
def family(request: HttpRequest, state: Shown, slug: str) -> HttpResponse:
    """A ready-made comparison."""
    found = FAMILIES.get(slug)
    if found is None:
        raise Http404("There is no such comparison.")
    shown = [code for code in found.codes if code in state.directory]
    return _page(
        request,
        state,
        shown,
        found,
        {
            "absent": [code for code in found.codes if code not in state.directory],
            "is_indexed": len(shown) >= FEWEST,
            "canonical": request.build_absolute_uri(request.path),
        },
    )


def families_here(state: Shown) -> list[tuple[Family, int]]:
    """Return the families of which there is anything to compare, with how many codes are here."""
    counted = [
        (family, sum(code in state.directory for code in family.codes))
        for family in FAMILIES.values()
    ]
    return [(family, count) for family, count in counted if count >= FEWEST]


def _page(
    request: HttpRequest,
    state: Shown,
    codes: Sequence[str],
    chosen: Family | None,
    context: dict[str, object],
) -> HttpResponse:
    schedule = state.schedule
    assert schedule is not None  # noqa: S101 (public_page has seen to it)
    is_compared = len(codes) >= FEWEST
    if is_compared and request.GET.get("format") == "csv":
        return _as_csv(codes, state, schedule)
    if is_compared:
        first = min(state.schedules.values(), key=lambda one: one.release)
        earlier = first if first.release < schedule.release else None
        address = request.path if chosen else compare_url(codes)
        made = side_by_side(_past(codes, state), schedule, earlier)
        context |= {
            "made": made,
            "sections": _sections(made.columns, state, chosen),
            "csv_url": f"{address}{'&' if '?' in address else '?'}format=csv",
        }
    return render(
        request,
        "codes/compare.html",
        context
        | {
            "area": "codes",
            "schedule": schedule,
            "family": chosen,
            "codes": codes,
            "joined": ",".join(codes),
            "chips": [
                Chip(code, compare_url(other for other in codes if other != code))
                for code in codes
            ],
            "families": families_here(state),
            "most": MOST,
            "crumbs": [("CPT and HCPCS codes", reverse("codes:list"))]
            + ([("Compare", reverse("codes:compare"))] if codes or chosen else []),
        },
    )


def _pieces(text: str) -> list[str]:
    """Return what the text names, each once, sorted: codes, and whatever else was typed."""
    pieces = re.split(r"[\s,;+]+", text[: _MOST_PIECES * (_LONGEST_PIECE + 2)])
    return sorted({piece[:_LONGEST_PIECE].upper() for piece in pieces if piece})[:_MOST_PIECES]


def _own_address(request: HttpRequest) -> str:
    return f"{request.path}?codes={quote(request.GET.get('codes', ''), safe=',')}"


def _those_that_fit(known: list[str]) -> tuple[list[str], list[str]]:
    """Return the codes that stand side by side, and those for which there is no room.

    More than MOST only where all are of one family.
    """
    if _is_of_one_family(known):
        return known, []
    return known[:MOST], known[MOST:]


def _is_of_one_family(codes: Iterable[str]) -> bool:
    return any(set(codes) <= set(family.codes) for family in FAMILIES.values())


def _no_room(state: Shown, pieces: list[str], added: list[str]) -> list[str]:
    together = {code for code in (*pieces, *added) if code in state.directory}
    if len(together) <= MOST or _is_of_one_family(together):
        return []
    return [f"At most {MOST} codes fit side by side: remove one first."]


def _refusals(state: Shown, pieces: list[str]) -> list[str]:
    """Return a sentence for each piece that is no code of the active release."""
    schedule = state.schedule
    assert schedule is not None  # noqa: S101 (public_page has seen to it)
    missing = [piece for piece in pieces if piece not in state.directory]
    loaded = set(
        Code.objects.filter(pk__in=missing).values_list("pk", flat=True) if missing else ()
    )
    told = []
    for piece in missing:
        if not taxonomy.is_code(piece):
            told.append(
                f"“{piece}” is not a code: one has five characters, as 99213 or G0438 have."
            )
        elif piece in loaded:
            told.append(f"{piece} is not in release {schedule.release}, which is compared here.")
        elif schedule.is_complete:
            told.append(f"No release on this site has a code {piece}.")
        else:
            told.append(f"{piece} is not in the starter catalogue, which is all this site has.")
    return told


def _past(codes: Sequence[str], state: Shown) -> dict[str, list[Past]]:
    """Return the row that speaks for each code in each loaded release, oldest first. One query."""
    schedules = state.schedules
    first: dict[tuple[str, int], Rate] = {}
    for rate in Rate.objects.filter(code__in=codes).order_by("modifier"):
        if rate.schedule_id in schedules:
            first.setdefault((rate.code_id, rate.schedule_id), rate)
    past: dict[str, list[Past]] = {code: [] for code in codes}
    for (code, schedule), rate in first.items():
        past[code].append(Past(schedules[schedule], rate))
    for rows in past.values():
        rows.sort(key=lambda one: one.release.release)
    return past


def _sections(columns: Sequence[Column], state: Shown, chosen: Family | None) -> list[Section]:
    rows = {column.hcpcs: (state.directory[column.hcpcs], column) for column in columns}
    if chosen is None:
        return [Section("", list(rows.values()))]
    sections = [
        Section(group.name, [rows[code] for code in group.codes if code in rows])
        for group in chosen.groups
    ]
    return [section for section in sections if section.rows]


def _as_csv(codes: Sequence[str], state: Shown, schedule: FeeSchedule) -> HttpResponse:
    standings = Standing.objects.filter(schedule=schedule, code__in=codes).defer("neighbors")
    rows = code_rows(standings.order_by("code_id"), state.directory)
    name = f"rvuedge-comparison-{schedule.release}.csv"
    return StreamingHttpResponse(
        csv_lines([*preamble(schedule, "side by side", len(codes)), COLUMNS, *rows]),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Robots-Tag": "noindex",
        },
    )
