"""The log as a list, each entry with its working, and what can be done to one or many."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import entries, valuing
from accounts.entry_lines import Line, credited_words, label_of, lines
from accounts.filters import ProcedureFilter, month_of
from accounts.forms.entry import ChangeForm, check_day, day_in_words, typed_of
from accounts.forms.styled import DATE
from accounts.models import CustomCode, Procedure, Site, User
from accounts.models.log import Role, Setting
from accounts.validators import modifiers_of
from accounts.views import undoing
from accounts.views.log import parse_iso
from accounts.views.private import private_page
from codes.credit import Step
from codes.credit_kinds import COUNTED, Kind
from codes.shown import shown
from codes.templatetags.money import number, rvu
from rvuedge.spreadsheets import csv_lines

PAGE_SIZE = 50
MOST_AT_ONCE = 500  # entries that one bulk change may touch


@dataclass(frozen=True)
class Totals:
    """Sums of stored values, by the database: exact. Own values and ASA units stand apart."""

    count: int
    official: Decimal
    reference: Decimal
    estimate: Decimal
    asa: Decimal

    @property
    def counted(self) -> Decimal:
        """Official wRVUs, with reference values where the contract counts them."""
        return self.official + self.reference

    @property
    def apart(self) -> str:
        """What is not part of the total, in words, or ""."""
        parts = []
        if self.estimate:
            parts.append(f"{rvu(self.estimate)} wRVUs by own values")
        if self.asa:
            parts.append(f"{self.asa:,.1f} ASA units")
        return ", ".join(parts)


@dataclass(frozen=True)
class Day:
    """One day of a page, with the totals of the whole day."""

    day: date
    lines: list[Line]
    totals: Totals


_SUMS = {
    "count": Count("pk"),
    "official": Sum("wrvu", filter=Q(kind=Kind.OFFICIAL)),
    "reference": Sum("wrvu", filter=Q(kind=Kind.REFERENCE)),
    "estimate": Sum("wrvu", filter=Q(kind=Kind.ESTIMATE)),
    "asa": Sum("asa_units", filter=Q(kind=Kind.ASA)),
}


def _totals(sums: dict[str, Any]) -> Totals:
    return Totals(**{name: sums[name] or Decimal(0) for name in _SUMS} | {"count": sums["count"]})


def totals_of(procedures: QuerySet) -> Totals:
    """Return the sums of any entries. One query."""
    return _totals(procedures.order_by().aggregate(**_SUMS))


class _Counted(Paginator):
    """A paginator that is told how many there are, and so does not ask again."""

    def __init__(self, found: QuerySet, size: int, count: int) -> None:
        super().__init__(found, size)
        self.count = count


# The list ---------------------------------------------------------------------------------


@private_page
@require_safe
def procedures(request: HttpRequest) -> HttpResponse:
    """The entries of a month, or of what is asked, by day; with format=csv, all of them."""
    state, today = shown(), timezone.localdate()
    found = ProcedureFilter(request.GET, request.user, state, today)
    if request.GET.get("format") == "csv":
        return _as_csv(found)
    totals = totals_of(found.qs)
    page = _page_of(request, found.qs, totals.count)
    return render(
        request,
        "accounts/procedures.html",
        {
            "section": "procedures",
            "found": found,
            "totals": totals,
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
            "days": _days(page.object_list, found),
            "path": request.path,
            "query": found.query,
            "earlier": _month_link(found, -1),
            "later": _month_link(found, 1),
            "active": _said(found),
            "sites": [(one.pk, one.name) for one in Site.objects.for_user(request.user)],
            "roles": Role.choices,
            "kinds": Kind.choices(),
            "asked": found.asked,
            "toast": undoing.toast(request),
            "most": MOST_AT_ONCE,
        },
    )


def _page_of(request: HttpRequest, procedures: QuerySet, count: int) -> Page:
    needed = procedures.select_related("site", "custom").defer("working")
    paginator = _Counted(needed.order_by("-performed_on", "-pk"), PAGE_SIZE, count)
    return paginator.get_page(request.GET.get("page", "1")[:9])


def _days(procedures: Iterable[Procedure], found: ProcedureFilter) -> list[Day]:
    listed = lines(procedures, found.state.directory)
    days = {line.procedure.performed_on for line in listed}
    if not days:
        return []
    sums = found.qs.filter(performed_on__in=days).order_by().values("performed_on")
    by_day = {one["performed_on"]: _totals(one) for one in sums.annotate(**_SUMS)}
    return [
        Day(day, list(group), by_day[day])
        for day, group in groupby(listed, key=lambda line: line.procedure.performed_on)
    ]


def _month_link(found: ProcedureFilter, step: int) -> dict[str, Any] | None:
    """Return the month before or after the one that is shown, if it is one month."""
    first, last = found.days
    if not first or (first, last) != month_of(first):
        return None
    other = first - timedelta(days=1) if step < 0 else (last or first) + timedelta(days=1)
    start, end = month_of(other)
    if start > found.today:
        return None
    query = found.query.copy()
    query["from"], query["to"] = start.isoformat(), end.isoformat()
    return {"label": f"{start:%B %Y}", "query": query.urlencode()}


def _said(found: ProcedureFilter) -> list[str]:
    """Return the filters in force in words, the days first."""
    asked = found.asked
    words = [found.days_in_words]
    if "q" in asked:
        words.append(f"“{asked['q']}”")
    if "site" in asked:
        words.append(asked["site"].name)
    if "role" in asked:
        words.append(Role(asked["role"]).label)
    if "modifier" in asked:
        words.append(f"modifier {asked['modifier']}")
    if "kind" in asked:
        words.append(Kind(asked["kind"]).label)
    return words


COLUMNS = (
    "Date", "Code", "Custom code", "Modifiers", "Units", "Share by hand %", "Base units",
    "Minutes", "Setting", "Site", "Role", "Case", "Note", "Kind", "Work RVU", "wRVUs",
    "ASA units", "Release", "Contract", "Reason",
)  # fmt: skip


def _as_csv(found: ProcedureFilter) -> StreamingHttpResponse:
    stored = found.qs.select_related("site", "custom", "contract").defer("working")
    rows = (_csv_row(one) for one in stored.order_by("performed_on", "pk").iterator(2000))
    first, last = found.days
    name = f"procedures-{first or 'start'}-{last or 'now'}.csv"
    return StreamingHttpResponse(
        csv_lines(row for part in ([COLUMNS], rows) for row in part),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv_row(one: Procedure) -> list[str]:
    def plain(value: Any) -> str:
        return "" if value is None else str(value)

    return [
        one.performed_on.isoformat(), one.hcpcs, one.custom.name if one.custom else "",
        one.modifiers.replace(",", " "), str(one.units), plain(one.percent),
        plain(one.base_units), plain(one.minutes), one.setting,
        one.site.name if one.site else "", one.role, plain(one.case), one.note,
        one.kind, plain(one.work_rvu), str(one.wrvu), plain(one.asa_units), one.release,
        one.contract.employer if one.contract else "", one.reason,
    ]  # fmt: skip


# One entry --------------------------------------------------------------------------------


def _own(user: User, pk: int) -> Procedure:
    stored = Procedure.objects.for_user(user).select_related("site", "custom", "contract")
    found: Procedure = get_object_or_404(stored, pk=pk)
    return found


@private_page
@require_safe
def procedure(request: HttpRequest, pk: int) -> HttpResponse:
    """An entry with its working, line by line."""
    one = _own(request.user, pk)
    state = shown()
    mates: Sequence[Procedure] = ()
    if one.case:
        mine = Procedure.objects.for_user(request.user)
        mates = mine.filter(case=one.case).exclude(pk=pk).select_related("custom", "site")
    return render(
        request,
        "accounts/procedure.html",
        {
            "section": "procedures",
            "procedure": one,
            "line": Line(one, label_of(one, state.directory)),
            "words": credited_words(one),
            "listed": state.directory.get(one.hcpcs),
            "steps": [Step.from_json(step) for step in one.working],
            "mates": lines(mates, state.directory),
            "kind": Kind(one.kind).label,
            "toast": undoing.toast(request),
        },
    )


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def procedure_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an entry; it is counted anew, and so is what belongs to its case."""
    one = _own(request.user, pk)
    today = timezone.localdate()
    before = credited_words(one)
    form = ChangeForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        today=today,
        initial=typed_of(one),
    )
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            done = entries.change(request.user, [form.fill(one)])
        except entries.EntryError as refusal:
            error = str(refusal)
        else:
            after = credited_words(one)
            counts = f"{after}, as before" if after == before else f"{before} before, now {after}"
            undoing.offer(request, f"Changed {one.code_and_modifiers}: {counts}", done.undo)
            return HttpResponseRedirect(reverse("accounts:procedure", args=[pk]))
    customs = CustomCode.objects.for_user(request.user)
    offered = customs.filter(Q(is_retired=False) | Q(pk=one.custom_id))
    return render(
        request,
        "accounts/procedure_change.html",
        {
            "section": "procedures",
            "procedure": one,
            "form": form,
            "error": error,
            "roles": Role.choices,
            "settings": Setting.choices,
            "sites": [(site.pk, site.name) for site in form.sites],
            "customs": [(custom.pk, custom.name) for custom in offered],
        },
        status=422 if error or form.errors else 200,
    )


@private_page
@require_POST
def procedure_delete(request: HttpRequest, pk: int) -> HttpResponse:
    one = _own(request.user, pk)
    done = entries.delete(request.user, [one])
    undoing.offer(request, f"Deleted {one.code_and_modifiers}", done.undo)
    return HttpResponseRedirect(undoing.next_address(request))


# Many entries at once ---------------------------------------------------------------------


class BulkForm(forms.Form):
    """What to do with the entries that were ticked."""

    CHOICES = (
        ("site", "Change the site"),
        ("role", "Change the role"),
        ("date", "Change the date"),
        ("add", "Add a modifier"),
        ("remove", "Remove a modifier"),
        ("delete", "Delete"),
    )
    do = forms.ChoiceField(choices=CHOICES)
    site = forms.ModelChoiceField(Site.objects.none(), required=False)
    role = forms.ChoiceField(choices=Role.choices, required=False)
    date = forms.DateField(required=False, error_messages=DATE)
    modifier = forms.CharField(max_length=5, required=False)

    def __init__(self, *args: Any, user: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="bulk-%s", **kwargs)
        self.today = today
        self.fields["site"].queryset = Site.objects.for_user(user)  # type: ignore[attr-defined]
        self.fields["do"].error_messages = {
            "required": "Choose what to do with the entries.",
            "invalid_choice": "Choose what to do with the entries.",
        }

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        do = typed.get("do")
        if do == "date" and "date" not in self.errors:
            if not typed.get("date"):
                self.add_error("date", "Say on which day.")
            else:
                try:
                    check_day(typed["date"], self.today)
                except ValidationError as error:
                    self.add_error("date", error)
        if do == "role" and not typed.get("role") and "role" not in self.errors:
            self.add_error("role", "Choose a role.")
        if do in {"add", "remove"} and "modifier" not in self.errors:
            try:
                typed["modifier"] = "".join(modifiers_of(typed.get("modifier", ""))[:1])
            except ValidationError as error:
                self.add_error("modifier", error)
            else:
                if not typed["modifier"]:
                    self.add_error("modifier", "Say which modifier.")
        return typed

    def changes(self) -> dict[str, Any]:
        """Return what `entries.planned` takes; nothing for a deletion."""
        typed = self.cleaned_data
        match typed["do"]:
            case "site":
                site = typed["site"]
                return {"site": site, **({"setting": site.setting} if site else {})}
            case "role":
                return {"role": typed["role"]}
            case "date":
                return {"performed_on": typed["date"]}
            case "add":
                return {"add_modifier": typed["modifier"]}
            case "remove":
                return {"remove_modifier": typed["modifier"]}
        return {}


@private_page
@require_POST
def procedures_change(request: HttpRequest) -> HttpResponse:
    """First show what a change of many entries would do, then do it."""
    state, today = shown(), timezone.localdate()
    chosen = _ticked(request)
    back = undoing.next_address(request)
    if not chosen:
        messages.error(request, "Tick the entries to change first. Nothing was changed.")
        return HttpResponseRedirect(back)
    form = BulkForm(request.POST, user=request.user, today=today)
    plan: list[Procedure] = []
    if form.is_valid():
        is_deletion = form.cleaned_data["do"] == "delete"
        plan = [] if is_deletion else entries.planned(request.user, chosen, form.changes())
        too_many = [one for one in plan if len(one.modifier_tuple) > 4]
        if too_many:
            codes = ", ".join(one.hcpcs for one in too_many[:5])
            form.add_error("modifier", f"{codes}: a line has at most 4 modifiers.")
        elif "confirm" in request.POST:
            return _confirmed(request, chosen, plan, back, is_deletion=is_deletion)
    before = lines(chosen, state.directory)
    after = lines(plan, state.directory) if form.is_valid() and plan else [None] * len(before)
    rows = list(zip(before, after, strict=True))
    old, new = _counted(chosen), _counted(plan)
    return render(
        request,
        "accounts/procedures_change.html",
        {
            "section": "procedures",
            "form": form,
            "rows": rows,
            "old": old,
            "new": new,
            "difference": new - old,
            "sites": [(one.pk, one.name) for one in Site.objects.for_user(request.user)],
            "roles": Role.choices,
            "choices": BulkForm.CHOICES,
            "back": back,
        },
        status=200 if form.is_valid() else 422,
    )


def _counted(procedures: Iterable[Procedure]) -> Decimal:
    counted = (one.wrvu for one in procedures if one.kind in COUNTED)
    return sum(counted, Decimal(0))


def _ticked(request: HttpRequest) -> list[Procedure]:
    """Return the person's own entries among those ticked, newest first."""
    pks = [int(pk) for pk in request.POST.getlist("entry") if pk.isascii() and pk.isdigit()]
    pks = [pk for pk in pks if pk < 2**63][:MOST_AT_ONCE]
    stored = Procedure.objects.for_user(request.user).filter(pk__in=pks)
    return list(stored.select_related("site", "custom").order_by("-performed_on", "-pk"))


def _confirmed(
    request: HttpRequest,
    chosen: list[Procedure],
    plan: list[Procedure],
    back: str,
    *,
    is_deletion: bool,
) -> HttpResponse:
    count = len(chosen)
    noun = "entry" if count == 1 else "entries"
    try:
        if is_deletion:
            done = entries.delete(request.user, chosen)
        else:
            done = entries.change(request.user, plan)
    except entries.EntryError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(back)
    verb = "Deleted" if is_deletion else "Changed"
    undoing.offer(request, f"{verb} {count} {noun}", done.undo)
    return HttpResponseRedirect(back)


# Counting anew ----------------------------------------------------------------------------


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def recalculate(request: HttpRequest) -> HttpResponse:
    """What today's releases and terms would make of entries that were counted before."""
    today = timezone.localdate()
    typed = request.POST if request.method == "POST" else request.GET
    first = parse_iso(typed.get("from", "")) or today.replace(month=1, day=1)
    last = parse_iso(typed.get("to", "")) or today
    error = ""
    if last < first:
        error = f"{day_in_words(last)} is before {day_in_words(first)}. Change one of the dates."
    changes = [] if error else valuing.recalculation(request.user, first, last)
    mark = _mark(changes)
    if request.method == "POST" and not error:
        if changes and typed.get("mark") == mark:
            return _recalculated(request, changes)
        error = "The entries or the terms have changed meanwhile. Look at the differences again."
    state = shown()
    by_pair = [(change, Line(change.procedure, label_of(change.procedure, state.directory)))
               for change in changes]  # fmt: skip
    old = sum((c.old["wrvu"] for c in changes if c.old["kind"] in COUNTED), Decimal(0))
    new = sum((c.new["wrvu"] for c in changes if c.new["kind"] in COUNTED), Decimal(0))
    return render(
        request,
        "accounts/recalculate.html",
        {
            "section": "procedures",
            "first": first,
            "last": last,
            "error": error,
            "changes": by_pair[:MOST_AT_ONCE],
            "count": len(changes),
            "left_out": max(0, len(changes) - MOST_AT_ONCE),
            "old": old,
            "new": new,
            "difference": new - old,
            "mark": mark,
        },
        status=422 if error else 200,
    )


def _recalculated(request: HttpRequest, changes: list[valuing.Change]) -> HttpResponse:
    before = sum((change.difference for change in changes), Decimal(0))
    count = valuing.apply(changes)
    sign = "+" if before > 0 else ""
    noun = "entry" if count == 1 else "entries"
    text = f"Counted {number(count)} {noun} anew: {sign}{rvu(before)} wRVUs"
    undoing.offer(request, text, None)
    return HttpResponseRedirect(reverse("accounts:procedures"))


def _mark(changes: Iterable[valuing.Change]) -> str:
    """Return what tells these changes from any others: only what was seen is applied."""
    digest = hashlib.sha256()
    for change in changes:
        digest.update(repr((change.procedure.pk, change.old, change.new)).encode())
    return digest.hexdigest()[:32]
