"""Where a person stands among percentile points, and the points of their own surveys."""

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import comparison, survey_file
from accounts.forms.benchmarks import ComparisonForm, SurveyForm, UploadForm
from accounts.models import Benchmark, Survey
from accounts.patient_data import refuse_patient_data
from accounts.percentiles import RANKS, Points, sentence
from accounts.periods import DAYS_BEFORE_PROJECTION
from accounts.ribbon import ribbon
from accounts.survey_file import Found, Line
from accounts.views.private import private_page
from rvuedge import spreadsheets
from rvuedge.spreadsheets import FileError, Limits, csv_lines

_SALT = "accounts.surveys"
_KEPT_FOR = 24 * 60 * 60  # seconds between looking at a file's lines and keeping them
_LIMITS = Limits(file_bytes=2 * spreadsheets.MEGABYTE, unpacked_bytes=64 * spreadsheets.MEGABYTE)


@private_page
@require_safe
def benchmarks(request: HttpRequest) -> HttpResponse:
    """Where a person stands. What is compared is chosen in the address; nothing is stored."""
    today = timezone.localdate()
    form = ComparisonForm(request.GET, today=today)
    is_sound = form.is_valid()
    asked = form.cleaned_data
    medicare = comparison.published()
    surveys = list(Survey.objects.for_user(request.user))
    row = _chosen(asked.get("points", ""), medicare, surveys) or (
        comparison.medicare_default(request.profile, medicare) or next(iter(surveys), None)
    )
    context = {
        "section": "benchmarks",
        "form": form,
        "medicare": sorted(medicare.values(), key=lambda one: one.specialty),
        "surveys": surveys,
        "row": row,
        "is_medicare": isinstance(row, Benchmark),
        "key": _key(row) if row else "",
        "fewest_days": DAYS_BEFORE_PROJECTION,
    }
    if is_sound:
        fte = comparison.fte_of(request.user, request.profile, asked["last"])
        if asked["fte"]:
            fte = comparison.Fte(asked["fte"], "typed here")
        own = comparison.logged(request.user, asked["first"], asked["last"])
        context |= {"own": own, "fte": fte, "share": asked["share"] or Decimal(100)}
        if row:
            context |= _standing(row, own, fte, asked["share"])
    return render(request, "accounts/benchmarks.html", context)


def _standing(
    row: Benchmark | Survey,
    own: comparison.Logged,
    fte: comparison.Fte,
    share: Decimal | None,
) -> dict[str, Any]:
    points = comparison.points_of(row)
    is_medicare = isinstance(row, Benchmark)
    is_per_fte = is_medicare or row.is_per_fte
    found = comparison.stand(
        own,
        points,
        fte=fte.value if is_per_fte else None,
        share=share if is_medicare and share else Decimal(100),
    )
    table = list(zip(RANKS, points, strict=True))
    if found is None:
        return {"table": table}
    whose = ""
    if is_medicare:  # a log holds every payer's patients: said in the same breath
        whose = " for fee-for-service Medicare, by your share," if share else " for all payers"
    per_fte = " per clinical FTE" if is_per_fte else ""
    return {
        "table": table,
        "found": found,
        "is_per_fte": is_per_fte,
        "ribbon": ribbon(points, found.value),
        "sentence": sentence(
            found.position,
            found.value,
            f"wRVUs{whose}{per_fte}, annualized from {own.days} days of your log,",
            _against(row),
        ),
    }


def _against(row: Benchmark | Survey) -> str:
    if isinstance(row, Benchmark):
        return (
            f"what {row.clinicians:,} clinicians of Medicare's specialty “{row.specialty}” did "
            f"for fee-for-service Medicare patients in {row.year}"
        )
    return (
        f"the points of {row.name} {row.year} for {row.specialty} that you entered on "
        f"{timezone.localtime(row.entered_at):%B %-d, %Y}"
    )


def _key(row: Benchmark | Survey) -> str:
    return f"medicare {row.specialty}" if isinstance(row, Benchmark) else f"survey {row.pk}"


def _chosen(
    key: str, medicare: dict[str, Benchmark], surveys: list[Survey]
) -> Benchmark | Survey | None:
    kind, _, name = key.partition(" ")
    if kind == "medicare":
        return medicare.get(name)
    return next((one for one in surveys if _key(one) == key), None)


# A person's own surveys ---------------------------------------------------------------------


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def surveys(request: HttpRequest) -> HttpResponse:
    """The points that a person has; POST looks at a file of more, and stores nothing yet."""
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                found = _read(form.cleaned_data["file"])
                return _dry_run(request, found)
            except FileError as error:
                form.add_error("file", str(error))
    context = {
        "section": "benchmarks",
        "form": form,
        "surveys": Survey.objects.for_user(request.user),
        "columns": survey_file.COLUMNS,
    }
    return render(request, "accounts/benchmarks_surveys.html", context)


def _read(upload: Any) -> Found:
    with tempfile.NamedTemporaryFile(prefix="survey-") as stored:
        for chunk in upload.chunks():
            stored.write(chunk)
        stored.flush()
        found = survey_file.read(spreadsheets.read(Path(stored.name), _LIMITS, as_shown=True))
    for line in list(found.lines):
        try:
            refuse_patient_data(line.source)
            refuse_patient_data(line.specialty)
        except ValidationError as error:
            found.lines.remove(line)
            found.problems.append((line.number, " ".join(error.messages)))
    found.problems.sort()
    return found


def _dry_run(request: HttpRequest, found: Found) -> HttpResponse:
    mine = Survey.objects.for_user(request.user).values_list("name", "year", "specialty")
    there = set(mine)
    context = {
        "section": "benchmarks",
        "lines": [(line, line.key in there) for line in found.lines],
        "problems": found.problems,
        "kept": signing.dumps(
            [request.user.pk, [_as_json(line) for line in found.lines]], salt=_SALT, compress=True
        ),
    }
    return render(request, "accounts/benchmarks_upload.html", context)


@private_page
@require_POST
def survey_keep(request: HttpRequest) -> HttpResponse:
    """Store the lines of a file that was looked at; what was signed is what is stored."""
    try:
        owner, lines = signing.loads(request.POST.get("lines", ""), salt=_SALT, max_age=_KEPT_FOR)
    except signing.BadSignature:
        owner, lines = None, []
    if owner != request.user.pk:
        form = UploadForm({}, {})
        form.add_error("file", "The page was open for more than a day: choose the file again.")
        context = {
            "section": "benchmarks",
            "form": form,
            "surveys": Survey.objects.for_user(request.user),
            "columns": survey_file.COLUMNS,
        }
        return render(request, "accounts/benchmarks_surveys.html", context, status=400)
    comparison.keep(request.user, [_from_json(line) for line in lines])
    return redirect("accounts:surveys")


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def survey_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    survey = _own(request, pk) if pk else Survey(user=request.user)
    form = SurveyForm(request.POST if request.method == "POST" else None, instance=survey)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("accounts:surveys")
    context = {"section": "benchmarks", "form": form, "pk": pk}
    return render(request, "accounts/benchmarks_survey.html", context)


@private_page
@require_POST
def survey_remove(request: HttpRequest, pk: int) -> HttpResponse:
    _own(request, pk).delete()
    return redirect("accounts:surveys")


@private_page
@require_safe
def surveys_csv(request: HttpRequest) -> HttpResponse:
    """A person's own points in the layout that can be uploaded; without any, its headings."""
    rows = [survey_file.COLUMNS]
    for one in Survey.objects.for_user(request.user):
        points = map(str, comparison.points_of(one))
        per_fte = "yes" if one.is_per_fte else "no"
        rows.append((one.name, str(one.year), one.specialty, per_fte, *points))
    response = HttpResponse(b"".join(csv_lines(rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="survey-points.csv"'
    return response


def _own(request: HttpRequest, pk: int) -> Survey:
    return get_object_or_404(Survey.objects.for_user(request.user), pk=pk)


def _as_json(line: Line) -> list[Any]:
    return [*line[:5], [str(point) for point in line.points]]


def _from_json(kept: list[Any]) -> Line:
    *values, points = kept
    return Line(*values, points=Points(*map(Decimal, points)))
