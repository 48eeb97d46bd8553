"""The employer's statement: take it in, say which column is which, show what differs."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import reconciliation, statement_files, statement_uploads
from accounts.forms.statements import ColumnsForm, LineForm, RateForm, UploadForm
from accounts.models import Contract, Statement, StatementLayout, StatementLine
from accounts.reconciliation import SECTIONS, ZERO, Finding, Status, Verdict
from accounts.statement_files import MOST_REJECTIONS
from accounts.views import undoing
from accounts.views.private import private_page
from codes.shown import shown
from rvuedge.spreadsheets import FileError, csv_lines

STATEMENTS_ON_A_PAGE = 50
LINES_OF_A_SECTION = 20  # on the page of the whole statement
LINES_ON_A_PAGE = 100
PREVIEW_ROWS = 5


def _statement(request: HttpRequest, pk: int) -> Statement:
    statements = Statement.objects.for_user(request.user).select_related("contract")
    return get_object_or_404(statements, pk=pk)


def _names() -> Callable[[str], str]:
    directory = shown().directory
    return lambda code: directory[code].label if code in directory else ""


@private_page
@require_safe
def statement_list(request: HttpRequest) -> HttpResponse:
    statement_uploads.forget_old()
    paginator = Paginator(Statement.objects.for_user(request.user), STATEMENTS_ON_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    statements = list(page.object_list)
    sums = reconciliation.summaries(statements)
    return _render(
        request,
        "list.html",
        page=page,
        pages=paginator.get_elided_page_range(page.number),
        rows=[(one, reconciliation.period(one.starts_on, one.ends_on), sums[one.pk])
              for one in statements],
    )  # fmt: skip


# Taking in ---------------------------------------------------------------------------------


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        file = typed.pop("file")
        try:
            table = statement_uploads.read(file)
            statement_uploads.keep(request.user, table, file_name=file.name or "", **typed)
        except FileError as error:
            form.add_error("file", str(error))
        else:
            return redirect("accounts:statement_columns")
    employers = Contract.objects.for_user(request.user).values_list("employer", flat=True)
    layouts = StatementLayout.objects.for_user(request.user).values_list("employer", flat=True)
    return _render(
        request,
        "new.html",
        form=form,
        employers=sorted({*employers, *layouts}),
    )


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest) -> HttpResponse:
    waiting = statement_uploads.waiting_for(request.user)
    if waiting is None:
        messages.error(request, "The file is no longer here: it waits an hour. Choose it again.")
        return redirect("accounts:statement_new")
    layout = (
        StatementLayout.objects.for_user(request.user)
        .filter(employer__iexact=waiting.employer)
        .first()
    )
    form = ColumnsForm(request.POST or None, table=waiting.table, layout=layout)
    if request.method == "POST" and request.POST.get("key") != waiting.key:
        form = ColumnsForm(table=waiting.table, layout=layout)
        messages.error(request, "You have chosen another file meanwhile: these are its columns.")
    elif request.method == "POST" and form.is_valid():
        rows, rejected = statement_files.read_rows(
            waiting.table, form.meaning, waiting.starts_on, waiting.ends_on
        )
        if rows:
            statement = _take_in(request.user, waiting, rows, rejected)
            _remember(request.user, waiting.employer, layout, form)
            statement_uploads.forget(request.user)
            return redirect("accounts:statement", pk=statement.pk)
        number, sentence = rejected[0]
        form.add_error(
            None,
            f"None of the {len(rejected)} rows could be read, so that nothing was stored. Row "
            f"{number}: {sentence}",
        )
    table = waiting.table
    return _render(
        request,
        "columns.html",
        form=form,
        waiting=waiting,
        period=reconciliation.period(waiting.starts_on, waiting.ends_on),
        main_fields=[form[n] for n in ("date", "code", "modifiers", "units", "wrvu", "dollars")],
        more_fields=[form[n] for n in ("modifiers_2", "modifiers_3", "modifiers_4")],
        ways=[form[name] for name in ("date_order", "per")],
        preview=[(number, cells) for number, cells in table.rows[:PREVIEW_ROWS]],
    )


def _take_in(
    user: Any,
    waiting: statement_uploads.Waiting,
    rows: list[statement_files.Row],
    rejected: list[tuple[int, str]],
) -> Statement:
    contract = reconciliation.contract_of(user, waiting.employer, waiting.ends_on)
    rate = waiting.dollars_per_wrvu
    statement = Statement(
        user=user,
        employer=waiting.employer,
        contract=contract,
        starts_on=waiting.starts_on,
        ends_on=waiting.ends_on,
        dollars_per_wrvu=contract.rate if rate is None and contract else rate,
        file_name=waiting.file_name,
        rows_read=len(waiting.table.rows),
        rejected=rejected[:MOST_REJECTIONS],
    )
    return reconciliation.store(statement, rows)


def _remember(user: Any, employer: str, layout: StatementLayout | None, form: ColumnsForm) -> None:
    meaning = form.meaning
    layout = layout or StatementLayout(user=user, employer=employer)
    layout.columns = dict(meaning.columns) | {"wrvu_per": form.cleaned_data["per"]}
    layout.date_order = meaning.date_order
    layout.save()


@private_page
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    statement_uploads.forget(request.user)
    return redirect("accounts:statements")


# The result --------------------------------------------------------------------------------


@private_page
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _detail(request, _statement(request, pk))


def _detail(
    request: HttpRequest, statement: Statement, rate_form: RateForm | None = None
) -> HttpResponse:
    summary = reconciliation.summary(statement)
    names = _names()
    parts = []
    for verdict in SECTIONS:
        sums = summary.sections[verdict]
        lines = statement.lines.filter(verdict=verdict)[: LINES_OF_A_SECTION + 1]
        found = reconciliation.findings(lines, names)
        parts.append((sums, found[:LINES_OF_A_SECTION], len(found) > LINES_OF_A_SECTION))
    rate = statement.dollars_per_wrvu
    return _render(
        request,
        "detail.html",
        statement=statement,
        period=reconciliation.period(statement.starts_on, statement.ends_on),
        summary=summary,
        difference=abs(summary.difference),
        in_dollars=reconciliation.in_dollars(abs(summary.difference), rate),
        parts=parts,
        toast=undoing.toast(request),
        has_changed=reconciliation.changed_since(statement),
        rate_form=rate_form or RateForm(instance=statement),
    )


@private_page
@require_safe
def section(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    statement = _statement(request, pk)
    verdict = _verdict(slug)
    sums = reconciliation.summary(statement).sections[verdict]
    paginator = Paginator(statement.lines.filter(verdict=verdict), LINES_ON_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    return _render(
        request,
        "section.html",
        statement=statement,
        period=reconciliation.period(statement.starts_on, statement.ends_on),
        part=sums,
        page=page,
        pages=paginator.get_elided_page_range(page.number),
        rows=reconciliation.findings(page.object_list, _names()),
    )


def _verdict(slug: str) -> str:
    verdict = slug.replace("-", " ")
    if verdict not in SECTIONS:
        raise Http404("There is no such section.")
    return verdict


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    statement = _statement(request, pk)
    finding = get_object_or_404(statement.lines.select_related("procedure"), pk=line)
    form = LineForm(request.POST or None, instance=finding)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"Saved: {finding.get_status_display().lower()}.")
        return redirect("accounts:statement", pk=statement.pk)
    return _render(
        request,
        "line.html",
        statement=statement,
        period=reconciliation.period(statement.starts_on, statement.ends_on),
        part_title=SECTIONS[Verdict(finding.verdict)],
        finding=reconciliation.findings([finding], _names())[0],
        form=form,
    )


# Changing ----------------------------------------------------------------------------------


@private_page
@require_POST
def rate(request: HttpRequest, pk: int) -> HttpResponse:
    statement = _statement(request, pk)
    form = RateForm(request.POST, instance=statement)
    if not form.is_valid():
        return _detail(request, _statement(request, pk), form)
    form.save()
    return redirect("accounts:statement", pk=pk)


@private_page
@require_POST
def match(request: HttpRequest, pk: int) -> HttpResponse:
    renewal = reconciliation.match_again(_statement(request, pk))
    changed = _count(renewal.changed, "finding has", "findings have")
    gone = renewal.gone and f" {_count(renewal.gone, 'entry is', 'entries are')} no longer logged."
    messages.success(
        request,
        f"Matched again with your log: {changed} changed.{gone or ''} Notes and statuses stay.",
    )
    return redirect("accounts:statement", pk=pk)


@private_page
@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one line as asked, or all open ones of a section."""
    statement = _statement(request, pk)
    if "line" in request.POST:
        chosen = statement.lines.filter(pk=_number(request.POST["line"]))
        if not chosen.exists():
            raise Http404("There is no such line.")
    else:
        chosen = statement.lines.filter(verdict=_verdict(request.POST.get("section", "")))
        # Nothing is asked for where neither side credits anything.
        chosen = chosen.filter(Q(wrvu__gt=0) | Q(wrvu__lt=0) | Q(logged_wrvu__gt=0))
    asked = chosen.filter(status=Status.OPEN).update(status=Status.ASKED)
    messages.success(
        request, f"{_count(asked, 'line is', 'lines are')} marked as asked, and in the letter."
    )
    return redirect("accounts:statement", pk=pk)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404("There is no such line.")
    return int(text)


@private_page
@require_POST
def log(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    statement = _statement(request, pk)
    get_object_or_404(statement.lines, pk=line)
    done = reconciliation.add_to_log(statement, line)
    if done is None:
        messages.error(request, "Nothing was logged: this line has an entry, or takes one back.")
    else:
        (procedure,) = done.procedures
        day = f"{procedure.performed_on:%B} {procedure.performed_on.day}"
        undoing.offer(
            request,
            f"Logged {procedure.code_and_modifiers} of {day}, {procedure.wrvu:.2f} wRVUs",
            done.undo,
        )
    return redirect("accounts:statement", pk=pk)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    statement = _statement(request, pk)
    period = reconciliation.period(statement.starts_on, statement.ends_on)
    if request.method == "POST":
        statement.delete()
        messages.success(request, f"The statement of {period} is deleted. Your log stays.")
        return redirect("accounts:statements")
    return _render(request, "delete.html", statement=statement, period=period)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


# Taking away -------------------------------------------------------------------------------


@private_page
@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    statement = _statement(request, pk)
    asked = statement.lines.filter(status=Status.ASKED)
    rows = reconciliation.findings(asked, _names())
    total = sum(
        (one.difference for one in rows if one.difference is not None and not one.apart),
        ZERO,
    )
    return _render(
        request,
        "letter.html",
        statement=statement,
        period=reconciliation.period(statement.starts_on, statement.ends_on),
        rows=rows,
        total=total,
        amount=abs(total),
        in_dollars=reconciliation.in_dollars(abs(total), statement.dollars_per_wrvu),
        today=timezone.localdate(),
    )


CSV_HEADINGS = (
    "finding", "score", "date", "code", "modifiers", "units", "wrvu_tracked", "release",
    "in_no_total", "row_of_statement", "date_of_statement", "code_of_statement",
    "modifiers_of_statement", "units_of_statement", "wrvu_reported", "dollars_reported",
    "difference", "likely_cause", "status", "note",
)  # fmt: skip


@private_page
@require_safe
def as_csv(request: HttpRequest, pk: int) -> HttpResponse:
    statement = _statement(request, pk)
    lines: Any = statement.lines.all()
    rows = (_csv_row(one) for one in reconciliation.findings(lines, lambda code: ""))
    response = StreamingHttpResponse(
        csv_lines([CSV_HEADINGS, *rows]), content_type="text/csv; charset=utf-8"
    )
    name = f"statement-{statement.starts_on:%Y-%m-%d}-{statement.ends_on:%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv_row(found: Finding) -> list[str]:
    line: StatementLine = found.line
    logged, listed = line.logged, found.is_listed
    cells = (
        line.verdict,
        line.score,
        logged.get("day"),
        logged.get("code"),
        logged.get("modifiers"),
        logged.get("units"),
        line.logged_wrvu,
        logged.get("release"),
        found.apart,
        line.row,
        line.performed_on if listed else None,
        line.hcpcs if listed else None,
        line.modifiers if listed else None,
        line.units if listed else None,
        line.wrvu,
        line.dollars,
        found.difference,
        line.cause,
        line.status,
        line.note,
    )
    return ["" if cell is None else str(cell) for cell in cells]


def _render(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    """Render a page that stands under Reconcile."""
    return render(request, f"accounts/statements/{name}", {"section": "reconcile"} | context)
