"""Federal releases in the admin: uploads, comparisons, switching; the figures, to be read only."""

import re
from decimal import Decimal

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import DELETION
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.core.paginator import Paginator
from django.http import (
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.views.decorators.csrf import csrf_exempt

from codes import indicators, release_comparison, release_uploads
from codes.exports import csv_lines
from codes.fee_schedule import known
from codes.fee_schedule.activate import activate
from codes.fee_schedule.archive import LIMITS, MEGABYTE
from codes.fee_schedule.compare import Reason
from codes.fee_schedule.database import Refused, exclusively
from codes.fee_schedule.remove import remove
from codes.labels import may_be_shown
from codes.models import FeeSchedule, Locality, Rate, ReleaseUpload

PER_PAGE = 100
_CODE = re.compile(r"[0-9A-Z]{1,5}")
_NAMED_CODES = 60  # of each sort, before "and … more"
State = ReleaseUpload.State


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that nobody adds, changes or deletes here: not a superuser either."""

    actions = None
    list_per_page = list_max_show_all = PER_PAGE
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def page(self, request, template, title, **context):
        """Render one of the pages that Django's admin does not have."""
        return TemplateResponse(
            request,
            f"admin/codes/releases/{template}.html",
            {**self.admin_site.each_context(request), "opts": self.opts, "title": title} | context,
        )

    def object_or_redirect(self, request, key):
        """Return a row and None, or None and what to answer where there is no such row."""
        found = self.get_object(request, unquote(key))
        missing = None
        if found is None:
            missing = self._get_obj_does_not_exist_redirect(request, self.opts, key)
        return found, missing


class FigureAdmin(ReadOnlyAdmin):
    """Federal figures: whoever may look at releases may look at these."""

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) or request.user.has_perm(
            "codes.view_feeschedule"
        )


# Releases ---------------------------------------------------------------------------------


@admin.register(FeeSchedule)
class FeeScheduleAdmin(FigureAdmin):
    change_form_template = "admin/codes/releases/release.html"
    change_list_template = "admin/codes/releases/releases.html"
    list_display = [
        "release", "is_active", "is_complete", "released_on", "effective_on", "code_count",
        "row_count", "conversion_factor", "loaded_at",
    ]  # fmt: skip
    search_fields = ["release"]
    fieldsets = [
        (None, {"fields": ["release", "is_active", "is_complete", "released_on", "effective_on",
                           "row_count", "code_count", "loaded_at", "changed_at"]}),
        ("Factors, in dollars", {"fields": ["conversion_factor", "qp_conversion_factor",
                                            "anesthesia_factor", "qp_anesthesia_factor"]}),
        ("Where it is from", {"fields": ["files", "doubts", "zip_quarter", "copyright_year",
                                         "digest"]}),
    ]  # fmt: skip
    readonly_fields = ["files", "doubts"]

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("compare/", wrap(self.compare_view), name="codes_feeschedule_compare"),
            path(
                "<path:key>/activate/", wrap(self.activate_view), name="codes_feeschedule_activate"
            ),
            path("<path:key>/remove/", wrap(self.remove_view), name="codes_feeschedule_remove"),
            *super().get_urls(),
        ]

    @admin.display(description="files")
    def files(self, schedule):
        lines = (
            (one["name"], one["kind"], f"{one['rows']:,}", one["sha256"])
            for one in schedule.sources
        )
        return format_html_join("", "<p>{}: {}, {} rows<br>sha256 {}</p>", lines) or "–"

    @admin.display(description="what the import restored or doubted")
    def doubts(self, schedule):
        return format_html_join("", "<p>{}</p>", ((note,) for note in schedule.notes)) or "–"

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(
            request, {"may_add": request.user.has_perm("codes.add_releaseupload")}
        )

    def change_view(self, request, object_id, form_url="", extra_context=None):
        schedule = self.get_object(request, unquote(object_id))
        context = {}
        if schedule:
            active = FeeSchedule.objects.active()
            context = {
                "active": active,
                "is_back": bool(active and schedule.release < active.release),
                "before": FeeSchedule.objects.before(schedule.release).first(),
                "may_activate": self.may_activate(request),
            }
        return super().change_view(request, object_id, form_url, context)

    def may_activate(self, request):
        return request.user.has_perm("codes.activate_releaseupload")

    def activate_view(self, request, key):
        """Ask whether a release is to be shown, on or back; then show it."""
        return self._step(request, key, "activate", self._activate)

    def remove_view(self, request, key):
        """Ask whether a release is to be taken out; then take it out."""
        return self._step(request, key, "remove", self._remove)

    def _step(self, request, key, step, do):
        if not self.may_activate(request):
            raise PermissionDenied
        schedule, missing = self.object_or_redirect(request, key)
        if missing:
            return missing
        if request.method == "POST":
            try:
                if release_uploads.is_anyone_at_work():
                    raise Refused("A file is being worked on: wait until that is done.")
                with exclusively():
                    said = do(schedule, request.user)
            except Refused as error:
                messages.error(request, str(error))
                return self._to_change(schedule)
            messages.success(request, said)
            return HttpResponseRedirect(reverse("admin:codes_feeschedule_changelist"))
        active = FeeSchedule.objects.active()
        is_back = bool(active and schedule.release < active.release)
        titles = {
            "activate": f"Go back to {schedule}" if is_back else f"Show {schedule} on the site",
            "remove": f"Remove {schedule}",
        }
        return self.page(
            request,
            "step",
            titles[step],
            step=step,
            schedule=schedule,
            active=active,
            is_back=is_back,
        )

    def _activate(self, schedule, by):
        before = FeeSchedule.objects.active()
        if not activate(schedule.release, by=by):
            return f"The site shows {schedule} already."
        instead = f" instead of {before}" if before else ""
        release_uploads.note(schedule, by, f"Shown on the site{instead}.")
        return f"The site shows {schedule} from now on{instead}."

    def _remove(self, schedule, by):
        release_uploads.note(schedule, by, "Removed.", DELETION)
        rows, codes = remove(schedule.release, by=by)
        return (
            f"{schedule.release} is removed: {rows:,} rows, and {codes:,} codes that no other "
            "release has."
        )

    def _to_change(self, schedule):
        return HttpResponseRedirect(reverse("admin:codes_feeschedule_change", args=[schedule.pk]))

    def compare_view(self, request):
        """Two loaded releases side by side; with format=csv, the same rows for a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        schedules = list(FeeSchedule.objects.all())
        old, new = _two_of(schedules, request.GET)
        asked = {
            "which": _one_of(request.GET.get("which"), _WHICH),
            "code": _code(request.GET.get("code", "")),
            "sort": _one_of(request.GET.get("sort"), release_comparison.SORTS) or "code",
        }
        context = {"schedules": schedules, "old": old, "new": new, "asked": asked}
        if old is not None and new is not None:
            found = release_comparison.differences(old, new)
            lines = found.chosen(**asked)
            if request.GET.get("format") == "csv":
                return _as_csv(old, new, lines, asked)
            page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
            context |= {
                "found": found,
                "fewer_share": found.comparison_shares[0],
                "changed_share": found.comparison_shares[1],
                "reasons": found.reasons.most_common(),
                "page": page,
                "choices": [
                    (which, label, found.counts.get(which, found.reasons.get(which, 0)))
                    for which, label in _WHICH.items()
                ],
                "sorts": release_comparison.SORTS,
            }
        return self.page(request, "compare", "Compare two releases", **context)


_WHICH = {
    release_comparison.ADDED: "Rows added",
    release_comparison.GONE: "Rows gone",
    release_comparison.CHANGED: "Rows changed, for any reason",
    **{reason.value: f"Changed: {reason.value}" for reason in Reason},
}


def _two_of(schedules, asked):
    """Return the two releases asked for; or else the newest and the one before it."""
    by_name = {schedule.release: schedule for schedule in schedules}
    complete = [schedule for schedule in schedules if schedule.is_complete]
    new = by_name.get(asked.get("new", ""))
    old = by_name.get(asked.get("old", ""))
    if "old" in asked or "new" in asked or len(complete) < 2:
        return old, new
    return complete[1], complete[0]


def _one_of(value, choices):
    return value if value in choices else ""


def _code(text):
    text = text.strip().upper()
    return text if _CODE.fullmatch(text) else ""


def _as_csv(old, new, lines, asked):
    words = "".join(
        f", {label}" for label in (_WHICH.get(asked["which"], "").lower(), asked["code"]) if label
    )
    response = StreamingHttpResponse(
        csv_lines(release_comparison.table(old, new, lines, words)),
        content_type="text/csv; charset=utf-8",
    )
    name = f"rvuedge-{old.release}-{new.release}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# Uploads ----------------------------------------------------------------------------------


class LimitedUpload(FileUploadHandler):
    """Stops taking in what is larger than any release, before it fills the disk."""

    def new_file(self, *args, **options):
        super().new_file(*args, **options)
        self.size = 0

    def receive_data_chunk(self, raw_data, start):
        self.size += len(raw_data)
        if self.size > release_uploads.MOST_BYTES:
            self.request.is_upload_too_large = True
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size):
        return None  # the handlers after this one keep it


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CMS’s zip, or one csv or txt file",
        help_text="At most "
        f"{LIMITS.source_bytes // MEGABYTE} MB as a zip, {LIMITS.file_bytes // MEGABYTE} MB "
        "otherwise. Keep the name that CMS gave it: some files say their year in no other place.",
        error_messages={"required": "Choose a file."},
    )
    release = forms.CharField(
        required=False,
        max_length=6,
        help_text="Like 2026C. Only needed where the file does not say it itself.",
    )

    def __init__(self, *args, is_too_large=False, **options):
        super().__init__(*args, **options)
        if is_too_large:
            self.fields["file"].error_messages["required"] = self._too_large(LIMITS.source_bytes)

    @staticmethod
    def _too_large(most):
        return f"The file has more than {most // MEGABYTE} MB, far more than any of its kind."

    def clean_file(self):
        file = self.cleaned_data["file"]
        suffix = release_uploads.safe_name(file.name).rpartition(".")[2]
        if suffix not in release_uploads.SUFFIXES:
            raise forms.ValidationError(
                "Upload a .zip, .csv or .txt file. Save a workbook as CSV first."
            )
        most = LIMITS.source_bytes if suffix == "zip" else LIMITS.file_bytes
        if file.size > most:
            raise forms.ValidationError(self._too_large(most))
        return file

    def clean_release(self):
        release = self.cleaned_data["release"].upper()
        if release and not known.is_release(release):
            raise forms.ValidationError("A release’s name looks like 2026C or 2024AR.")
        return release


@admin.register(ReleaseUpload)
class ReleaseUploadAdmin(ReadOnlyAdmin):
    list_display = ["name", "release", "state", "is_at_work", "uploaded_by", "uploaded_at"]
    list_filter = ["state"]
    list_select_related = ["uploaded_by"]
    search_fields = ["name", "release"]

    def has_add_permission(self, request):
        return request.user.has_perm("codes.add_releaseupload")

    def get_urls(self):
        wrap = self.admin_site.admin_view
        name = "codes_releaseupload"
        return [
            path("add/", self.upload_view, name=f"{name}_add"),
            path("<path:key>/examine/", wrap(self.examine_view), name=f"{name}_examine"),
            path("<path:key>/load/", wrap(self.load_view), name=f"{name}_load"),
            path("<path:key>/progress/", wrap(self.progress_view), name=f"{name}_progress"),
            *super().get_urls(),
        ]

    @csrf_exempt  # not really: the token is checked inside, after the limit is set
    def upload_view(self, request):
        """Take in a file. Nothing of the request's body is read before its size is limited."""
        if request.method == "POST" and not self.has_add_permission(request):
            raise PermissionDenied
        request.upload_handlers.insert(0, LimitedUpload(request))
        return self.admin_site.admin_view(self._upload)(request)

    def _upload(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(
            request.POST if request.method == "POST" else None,
            request.FILES if request.method == "POST" else None,
            is_too_large=getattr(request, "is_upload_too_large", False),
        )
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                upload = release_uploads.receive(data["file"], data["release"], request.user)
            except Refused as error:
                form.add_error("file", str(error))
            else:
                self._start(request, upload)
                return self._to_change(upload)
        return self.page(request, "add", "Upload a federal file", form=form)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Say how far an upload has come, what is in it, and what can be done with it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        upload, missing = self.object_or_redirect(request, object_id)
        if missing:
            return missing
        broken_off = release_uploads.has_broken_off(upload)
        at_work = upload.is_at_work and not broken_off
        user = request.user
        schedule = FeeSchedule.objects.filter(release=upload.release).first()
        changes_site = release_uploads.changes_the_site(upload)
        may_load = user.has_perm("codes.load_releaseupload") and (
            not changes_site or user.has_perm("codes.activate_releaseupload")
        )
        is_open = upload.state in (State.RECEIVED, State.EXAMINED) and not at_work
        return self.page(
            request,
            "upload",
            str(upload),
            upload=upload,
            at_work=at_work,
            broken_off=broken_off,
            problem=release_uploads.BROKEN_OFF if broken_off else upload.problem,
            report=_shown_report(upload.report),
            schedule=schedule,
            changes_site=changes_site,
            may_examine=is_open and self.has_add_permission(request),
            may_load=is_open and upload.state == State.EXAMINED and may_load,
            history=release_uploads.history(upload),
        )

    def examine_view(self, request, key):
        return self._work(request, key, self.has_add_permission(request), again=True)

    def load_view(self, request, key):
        return self._work(request, key, request.user.has_perm("codes.load_releaseupload"))

    def _work(self, request, key, may, again=False):
        if not may:
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        upload, missing = self.object_or_redirect(request, key)
        if missing:
            return missing
        question = upload.report.get("question", "")
        if again:
            self._start(request, upload, again=True)
        elif upload.state != State.EXAMINED:
            messages.error(request, "Only a file that has been examined can be loaded.")
        elif release_uploads.changes_the_site(upload) and not request.user.has_perm(
            "codes.activate_releaseupload"
        ):
            raise PermissionDenied
        elif question and request.POST.get("confirmed") != question:
            messages.error(request, "Tick that the change is right, or leave it.")
        else:
            self._start(request, upload, confirmed=question)
        return self._to_change(upload)

    def _start(self, request, upload, **options):
        try:
            release_uploads.start(upload, request.user, **options)
        except Refused as error:
            messages.warning(request, str(error))

    def progress_view(self, request, key):
        """Say in JSON how far an upload has come, for the script of its page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        upload, missing = self.object_or_redirect(request, key)
        if missing:
            return missing
        broken_off = release_uploads.has_broken_off(upload)
        return JsonResponse(
            {"step": upload.step, "is_at_work": upload.is_at_work and not broken_off}
        )

    def _to_change(self, upload):
        return HttpResponseRedirect(reverse("admin:codes_releaseupload_change", args=[upload.pk]))


def _shown_report(report):
    """Return a report as the page prints it: decimals again, and codes as text."""
    if "code_counts" not in report:
        return report
    return report | {
        "fewer_share": Decimal(report["fewer_share"]),
        "changed_share": Decimal(report["changed_share"]),
        "outliers": [
            (*row[:4], Decimal(row[4]), Decimal(row[5]), Decimal(row[6]))
            for row in report["outliers"]
        ],
        "named": [
            (sort, count, report["codes"][sort][:_NAMED_CODES], max(count - _NAMED_CODES, 0))
            for sort, count in report["code_counts"].items()
        ],
    }


# Figures ----------------------------------------------------------------------------------


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return [(letter, f"{letter}: {one.short}") for letter, one in indicators.STATUS.items()]

    def queryset(self, request, rates):
        return rates.filter(status=self.value()) if self.value() else rates


@admin.register(Rate)
class RateAdmin(FigureAdmin):
    list_display = [
        "row", "schedule", "status", "work_rvu", "pe_nonfac", "pe_fac", "mp_rvu", "total_nonfac",
        "total_fac", "global_days",
    ]  # fmt: skip
    list_filter = ["schedule", StatusFilter]
    list_select_related = ["schedule"]
    search_fields = ["code__hcpcs"]
    search_help_text = "The code, or how it begins."
    ordering = ["code_id", "modifier", "schedule_id"]
    readonly_fields = ["row", "wording"]

    def get_fields(self, request, obj=None):
        columns = [field.name for field in Rate._meta.concrete_fields]
        hidden = {"id", "code", "modifier", "descriptor"}
        return ["row", "wording", *(name for name in columns if name not in hidden)]

    def get_search_results(self, request, queryset, search_term):
        code = _code(search_term)
        if not search_term.strip():
            return queryset, False
        return (queryset.filter(code__hcpcs__startswith=code) if code else queryset.none()), False

    @admin.display(description="code", ordering="code_id")
    def row(self, rate):
        return str(rate)

    @admin.display(description="descriptor")
    def wording(self, rate):
        if may_be_shown(rate.descriptor_owner):
            return rate.descriptor
        return release_comparison.NOT_SHOWN


@admin.register(Locality)
class LocalityAdmin(FigureAdmin):
    list_display = [
        "key", "title", "state", "schedule", "work_gpci", "work_gpci_unfloored", "pe_gpci",
        "mp_gpci", "anesthesia_factor",
    ]  # fmt: skip
    list_filter = ["schedule", "state"]
    list_select_related = ["schedule"]
    search_fields = ["name", "state", "mac"]
    ordering = ["state", "name", "schedule_id"]
