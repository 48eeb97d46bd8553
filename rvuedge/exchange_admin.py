"""Export and import on the list pages of the admin.

An upload is only looked at; what it would change is shown, and kept is the file. A second POST
then stores exactly this file: its reference is signed and names the person, the model, the bytes
and the state of the texts that the differences were shown against.
"""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from rvuedge.exchange import Layout, Refused, Report, examine_file, import_file
from rvuedge.spreadsheets import LIMITS, MEGABYTE, FileError, csv_lines, write_xlsx

MOST_CHANGES = 500  # rows that one request may store; the command takes any number
KEPT_SECONDS = 60 * 60  # between looking at the differences and storing them
SHOWN = 100  # differences and errors on the page
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SALT = "rvuedge.exchange"


class UploadForm(forms.Form):
    file = forms.FileField(
        label="File",
        max_length=100,
        help_text=f"CSV or XLSX, at most {LIMITS.file_bytes // MEGABYTE} MB. Nothing is written "
        "before you have seen what changes.",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LIMITS.file_bytes:
            raise forms.ValidationError(
                f"The file has more than {LIMITS.file_bytes // MEGABYTE} MB."
            )
        return file


@dataclass(frozen=True)
class Kept:
    """A file that was looked at and waits to be stored."""

    kept_as: str  # its name in the folder
    name: str  # as it was uploaded
    sha256: str
    digest: str  # of the report that was shown

    @property
    def path(self) -> Path:
        return folder() / self.kept_as


def folder() -> Path:
    return Path(settings.VAR_DIR) / "imports"


def keep(upload: Any) -> tuple[str, str]:
    """Write an upload into the folder, which only this program reads; return name and sha256.

    Files that nobody came back for are taken away on the way.
    """
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder().glob("import-*"):
        try:
            if old.stat().st_mtime < time.time() - KEPT_SECONDS:
                old.unlink(missing_ok=True)
        except FileNotFoundError:
            continue  # another request was first
    digest = hashlib.sha256()
    with NamedTemporaryFile(dir=folder(), prefix="import-", delete=False) as stream:
        try:
            for chunk in upload.chunks():
                digest.update(chunk)
                stream.write(chunk)
        except OSError:
            Path(stream.name).unlink()
            raise
    return Path(stream.name).name, digest.hexdigest()


class ExchangeAdmin:
    """Stands before PublishableAdmin: `class PostAdmin(ExchangeAdmin, PublishableAdmin)`."""

    change_list_template = "admin/exchange/change_list.html"

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("export.csv", view(self.export_view), {"kind": "csv"}, f"{name}_exportcsv"),
            path("export.xlsx", view(self.export_view), {"kind": "xlsx"}, f"{name}_exportxlsx"),
            path("import/", view(self.import_view), name=f"{name}_import"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        extra = {
            "list_template": super().change_list_template or "admin/change_list.html",
            "may_export": self.has_view_permission(request),
            "may_import": self.has_change_permission(request),
            "exchange_query": request.GET.urlencode(),
        }
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    # --- Export -----------------------------------------------------------------------------

    def export_view(self, request, kind):
        """All that the list shows under its filters, on all its pages, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            raise Http404 from None
        # Without what the list has annotated and joined; in the order of the table.
        texts = self.model._default_manager.filter(pk__in=shown.order_by().values("pk"))
        rows = Layout(self.model).rows(texts)
        name = f"{self.opts.model_name}-{timezone.localdate()}.{kind}"
        if kind == "csv":
            return StreamingHttpResponse(
                csv_lines(rows),
                content_type=CSV_TYPE,
                headers={"Content-Disposition": f'attachment; filename="{name}"'},
            )
        stream = TemporaryFile()  # noqa: SIM115 (the answer closes it)
        try:
            write_xlsx(rows, stream)
        except FileError as error:
            stream.close()
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(self._exchange_url("changelist"))
        stream.seek(0)
        return FileResponse(stream, as_attachment=True, filename=name, content_type=XLSX_TYPE)

    # --- Import -----------------------------------------------------------------------------

    def import_view(self, request):
        """Look at a file (POST with one), then store it (POST with its signed reference)."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._import_page(request, UploadForm())
        if "token" in request.POST:
            return self._store(request)
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._import_page(request, form)
        upload = form.cleaned_data["file"]
        try:
            kept_as, sha256 = keep(upload)
        except OSError as error:
            form.add_error("file", f"The file could not be kept here ({error.strerror}).")
            return self._import_page(request, form)
        try:
            return self._look(request, form, Kept(kept_as, upload.name, sha256, ""))
        except BaseException:
            (folder() / kept_as).unlink(missing_ok=True)
            raise

    def _look(self, request, form, kept):
        """Show what a file that is kept would change. It is kept on only if it may be stored."""
        layout = Layout(self.model)
        try:
            report = examine_file(layout, kept.path, shown=SHOWN, **self._rules(request))
        except FileError as error:
            kept.path.unlink(missing_ok=True)
            form.add_error("file", str(error))
            return self._import_page(request, form)
        if report.wrong or not report.changed or report.changed > MOST_CHANGES:
            kept.path.unlink(missing_ok=True)
            return self._import_page(request, UploadForm(), kept, report)
        token = signing.dumps(
            [
                self.opts.label_lower,
                request.user.pk,
                kept.kept_as,
                kept.name,
                kept.sha256,
                report.digest,
            ],
            salt=_SALT,
        )
        return self._import_page(request, UploadForm(), kept, report, token)

    def _store(self, request):
        form = UploadForm()
        kept = self._kept(request)
        if kept is None:
            self.message_user(
                request,
                "This file is no longer kept, or was imported already. Upload it again.",
                messages.ERROR,
            )
            return self._import_page(request, form)
        try:
            report = import_file(
                Layout(self.model),
                kept.path,
                request.user,
                kept.name,
                digest=kept.digest,
                most=MOST_CHANGES,
                **self._rules(request),
            )
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return self._look(request, form, kept)
        kept.path.unlink(missing_ok=True)
        self.message_user(
            request,
            f"{report.changed} {self._texts(report.changed)} imported as "
            f"{'a draft' if report.changed == 1 else 'drafts'}.",
            messages.SUCCESS,
        )
        return HttpResponseRedirect(self._exchange_url("changelist"))

    def _kept(self, request):
        """Return the file that a posted reference names: this person's, for this list."""
        try:
            label, person, *rest = signing.loads(
                request.POST["token"], salt=_SALT, max_age=KEPT_SECONDS
            )
        except signing.BadSignature:
            return None
        kept = Kept(*rest)
        if (label, person) != (self.opts.label_lower, request.user.pk):
            return None
        try:
            with kept.path.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            return None
        return kept if sha256 == kept.sha256 else None

    def _rules(self, request) -> dict[str, Any]:
        return {"may_add": self.has_add_permission(request), "check": self.quick_warnings}

    def _import_page(self, request, form, kept=None, report: Report | None = None, token=""):
        return TemplateResponse(
            request,
            "admin/exchange/import.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "subject": None,
                "title": "Import",
                "form": form,
                "name": kept.name if kept else "",
                "report": report,
                "texts": self._texts(report.changed if report else 0),
                "more_changes": report.changed - len(report.changes) if report else 0,
                "more_problems": report.wrong - len(report.problems) if report else 0,
                "most_changes": MOST_CHANGES,
                "is_too_many": bool(report and report.changed > MOST_CHANGES),
                "token": token,
                "headings": Layout(self.model).headings,
                "list_url": self._exchange_url("changelist"),
            },
        )

    def _texts(self, count: int) -> str:
        return str(self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural)

    def _exchange_url(self, name: str) -> str:
        return reverse(
            f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}"
        )
