"""The dashboard: the contract year so far, and what it came from."""

from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import dashboard, minimums, paying, periods
from accounts.forms.minimums import MinimumForm
from accounts.forms.ranges import RangeForm
from accounts.models import Minimum, Profile, Statement, StatementLine, TrackedCode
from accounts.periods import Span
from accounts.views.private import private_page
from codes.shown import Shown, shown
from rvuedge.spreadsheets import csv_lines

SHOWN_STATEMENTS = 3
SHOWN_LINES = 10  # of each table; the CSV has them all


@private_page
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    contracts = dashboard.contracts_of(request.user)
    year = paying.year_of(dashboard.contract_on(contracts, today), today)
    so_far = Span(year.start, today)
    form = RangeForm(request.GET, so_far)
    span = form.span
    needed = dashboard.days_needed(contracts, today)
    days = dashboard.read_days(request.user, needed)
    if needed.meet(span) == span:
        in_span = [one for one in days if span.contains(one.day)]
    else:
        in_span = dashboard.read_days(request.user, span)
    mix = dashboard.read_mix(request.user, span)
    state = shown()
    context: dict[str, Any] = {
        "section": "dashboard",
        "overview": dashboard.overview(contracts, days, today),
        "form": form,
        "span": span,
        "is_chosen": span != so_far,
        "tables": dashboard.tables(request.user, in_span, mix, state),
        "apart": dashboard.apart(request.user, mix, state),
        "shown_lines": f":{SHOWN_LINES}",
        "profile": request.profile,
        "statements": _open_statements(request),
        **_by_stage(request, state),
    }
    return render(request, "accounts/dashboard/dashboard.html", context)


def _open_statements(request: HttpRequest) -> Any:
    """Return the latest statements with lines that are still open. One query."""
    unlike = ~Q(lines__verdict=StatementLine.Verdict.MATCHED)
    is_open = unlike & Q(lines__status=StatementLine.Status.OPEN)
    found = Statement.objects.for_user(request.user)
    found = found.annotate(open_lines=Count("lines", filter=is_open)).filter(open_lines__gt=0)
    return found.order_by("-ends_on")[:SHOWN_STATEMENTS]


def _by_stage(request: HttpRequest, state: Shown) -> dict[str, Any]:
    """Return what only residents or only students see."""
    stage = request.profile.stage
    if stage == Profile.Stage.RESIDENT:
        return {
            "is_resident": True,
            "minimums": minimums.progress(request.user),
            "roles": minimums.by_role(minimums.count(request.user)),
        }
    if stage == Profile.Stage.STUDENT:
        tracked = TrackedCode.objects.for_user(request.user)
        return {
            "is_student": True,
            "followed": [(one, state.directory.get(one.hcpcs)) for one in tracked],
        }
    return {}


@private_page
@require_safe
def table(request: HttpRequest, slug: str) -> HttpResponse:
    """One table of the dashboard as CSV, whole, for the range asked for."""
    today = timezone.localdate()
    contracts = dashboard.contracts_of(request.user)
    year = paying.year_of(dashboard.contract_on(contracts, today), today)
    so_far = Span(year.start, today)
    # The months are always those of the contract year: their pace is.
    span = so_far if slug == "months" else RangeForm(request.GET, so_far).span
    rows = _csv(request.user, slug, span, contracts, today)
    if rows is None:
        raise Http404
    name = f"rvu-edge-{slug}-{span.start}-to-{span.end}.csv"
    cells = ([str(cell) for cell in row] for row in rows)
    response = StreamingHttpResponse(csv_lines(cells), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv(
    user: Any, slug: str, span: Span, contracts: list[Any], today: date
) -> list[list[object]] | None:
    """Return a table as rows of cells, with a line that says what it is, or None."""
    head: list[list[object]] = [
        [f"RVU Edge: official wRVUs as credited, {span.start} to {span.end}"]
    ]
    if slug == "months":
        found = dashboard.overview(contracts, dashboard.read_days(user, span), today)
        rows: list[list[object]] = [
            [f"{one.span.start:%Y-%m}", one.wrvu, one.times, "" if one.against is None else
             round(one.against, 6)]
            for one in found.months
        ]  # fmt: skip
        return [*head, ["month", "wRVUs", "entries", "against pace"], *rows]
    mix = dashboard.read_mix(user, span)
    state = shown()
    if slug in {"estimates", "asa"}:
        apart = dashboard.apart(user, mix, state)
        lines = apart.estimates if slug == "estimates" else apart.asa
        what = "anesthesia units"
        if slug == "estimates":
            what = "own values, no part of any official total"
        head[0] = [f"RVU Edge: {what}, {span.start} to {span.end}"]
        unit = "wRVUs (own values)" if slug == "estimates" else "ASA units"
        return [*head, ["code", "name", unit, "entries"], *(
            [one.code, one.label, one.wrvu, one.times] for one in lines
        )]  # fmt: skip
    tables = dashboard.tables(user, dashboard.read_days(user, span), mix, state)
    chosen = next((one for one in tables if one.slug == slug), None)
    if chosen is None:
        return None
    heading = [chosen.heading.lower(), "name", "wRVUs", "share", "entries"]
    return [*head, heading, *(
        [one.code or one.label, one.label, one.wrvu, round(one.share, 4), one.times]
        for one in chosen.lines
    )]  # fmt: skip


@private_page
@require_safe
def month_report(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """One month on paper."""
    if not (2000 <= year <= 2100 and 1 <= month <= 12):
        raise Http404
    span = periods.month(date(year, month, 1))
    today = timezone.localdate()
    contracts = dashboard.contracts_of(request.user)
    day = min(span.end, max(today, span.start))
    since = dashboard.days_needed(contracts, day).start
    days = dashboard.read_days(request.user, Span(since, span.end))
    mix = dashboard.read_mix(request.user, span)
    state = shown()
    in_span = [one for one in days if span.contains(one.day)]
    context = {
        "section": "dashboard",
        "span": span,
        "is_running": span.contains(today),
        "overview": dashboard.overview(contracts, days, day),
        "tables": dashboard.tables(request.user, in_span, mix, state),
        "apart": dashboard.apart(request.user, mix, state),
        "made_on": today,
        "profile": request.profile,
    }
    return render(request, "accounts/dashboard/month_report.html", context)


# Minimums -------------------------------------------------------------------------------------


@private_page
@require_safe
def minimum_list(request: HttpRequest) -> HttpResponse:
    context = {"section": "dashboard", "minimums": minimums.progress(request.user)}
    return render(request, "accounts/dashboard/minimums.html", context)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def minimum_add(request: HttpRequest) -> HttpResponse:
    return _minimum_form(request, Minimum(user=request.user))


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def minimum_change(request: HttpRequest, pk: int) -> HttpResponse:
    return _minimum_form(request, get_object_or_404(Minimum.objects.for_user(request.user), pk=pk))


def _minimum_form(request: HttpRequest, minimum: Minimum) -> HttpResponse:
    form = MinimumForm(request.POST or None, instance=minimum)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("accounts:minimums")
    context = {"section": "dashboard", "form": form, "minimum": minimum}
    return render(request, "accounts/dashboard/minimum_form.html", context)


@private_page
@require_http_methods(["POST"])
def minimum_delete(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Minimum.objects.for_user(request.user), pk=pk).delete()
    return redirect("accounts:minimums")
