"""A person's sets of codes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import code_sets as sets
from accounts.forms.tracking import MOST_LINES, SPARE_LINES, Lines, SetForm
from accounts.models import CodeSet
from accounts.views.private import private_page
from codes.shown import shown
from rvuedge.spreadsheets import csv_lines

_REMOVED = "removed_code_set"  # in the session: the last one, for its undo
_PREFIX = "line"


@private_page
@require_safe
def code_sets(request: HttpRequest) -> HttpResponse:
    state = shown()
    removed = (request.session.get(_REMOVED) or {}).get("name")
    context = {
        "section": "tracked",
        "schedule": state.schedule,
        "shelves": sets.shelves(request.user, state),
        "removed": removed if "removed" in request.GET else None,
    }
    return render(request, "accounts/sets.html", context)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One set as a form with a row for each code; "More rows" keeps all that was typed."""
    code_set = _own(request, pk) if pk else CodeSet(user=request.user)
    name = code_set.name
    if request.method == "POST":
        form = SetForm(request.POST, instance=code_set)
        lines = Lines(request.POST, prefix=_PREFIX)
        if "more" in request.POST:
            typed, rows = _typed(request)
            form, lines = (
                SetForm(initial=typed, instance=code_set),
                Lines(initial=[*rows, *[{}] * SPARE_LINES][:MOST_LINES], prefix=_PREFIX),
            )
        elif form.is_valid() & lines.is_valid():
            sets.save(form.instance, lines.lines())
            return redirect(f"{reverse('accounts:sets')}#s-{code_set.pk}")
    else:
        stored = code_set.lines.all() if pk else ()
        rows = [
            {
                "code": line.hcpcs,
                "modifiers": line.modifiers.replace(",", " "),
                "units": line.units,
            }
            for line in stored
        ]
        form = SetForm(instance=code_set)
        lines = Lines(initial=[*rows, *[{}] * SPARE_LINES], prefix=_PREFIX)
    context = {
        "section": "tracked",
        "form": form,
        "lines": lines,
        "pk": pk,
        "name": name,
        "is_full": lines.total_form_count() >= MOST_LINES,
    }
    return render(request, "accounts/set_edit.html", context)


@private_page
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    code_set = _own(request, pk)
    sets.move(code_set, up=request.POST.get("to") == "up")
    return redirect(f"{reverse('accounts:sets')}#s-{code_set.pk}")


@private_page
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    request.session[_REMOVED] = sets.remove(_own(request, pk))
    return redirect(f"{reverse('accounts:sets')}?removed=1")


@private_page
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Bring back the set that was removed last."""
    kept = request.session.pop(_REMOVED, None)
    if kept is None:
        return redirect("accounts:sets")
    code_set = sets.restore(request.user, kept)
    return redirect(f"{reverse('accounts:sets')}#s-{code_set.pk}")


@private_page
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    rows = sets.table(sets.shelves(request.user, shown()))
    response = HttpResponse(b"".join(csv_lines(rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="code-sets.csv"'
    return response


def _own(request: HttpRequest, pk: int) -> CodeSet:
    return get_object_or_404(CodeSet.objects.for_user(request.user), pk=pk)


def _typed(request: HttpRequest) -> tuple[dict[str, object], list[dict[str, str]]]:
    """Return what stands in the form, sound or not: more rows are asked for, nothing is saved."""
    total = request.POST.get(f"{_PREFIX}-TOTAL_FORMS", "")
    count = min(int(total), MOST_LINES) if total.isascii() and total.isdigit() else 0
    rows = [
        {
            name: request.POST.get(f"{_PREFIX}-{n}-{name}", "")
            for name in ("code", "modifiers", "units")
        }
        for n in range(count)
    ]
    typed = {"name": request.POST.get("name", ""), "is_case": "is_case" in request.POST}
    return typed, rows
