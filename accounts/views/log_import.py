"""Importing a log: a file, its columns, a dry run with every fault, and only then the entries."""

import base64
import hashlib
import json
import tempfile
import zlib
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import log_files, log_imports
from accounts.entries import Undo
from accounts.entry_lines import lines as entry_lines
from accounts.log_files import FIELDS, REQUIRED, Table
from accounts.log_imports import Preview
from accounts.statement_files import DATE_ORDERS, guess_date_order
from accounts.views import undoing
from accounts.views.private import private_page
from codes.shown import shown
from rvuedge.spreadsheets import MEGABYTE, FileError

WAITING = "log_import"  # of the session: what was read of the file
MOST_SHOWN = 50  # rows, and faults, of a dry run
MOST_UNDONE = 1000  # entries: a session holds no more


class UploadForm(forms.Form):
    file = forms.FileField(
        error_messages={
            "required": "Choose a file first.",
            "empty": "The file is empty. Choose another.",
        }
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > log_files.LIMITS.file_bytes:
            most = log_files.LIMITS.file_bytes // MEGABYTE
            raise ValidationError(f"The file has more than {most} MB. Import it in parts.")
        return file


class ColumnsForm(forms.Form):
    """Which column means what; a choice is a heading."""

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="column-%s", **kwargs)
        guessed = log_files.guess(table.headings)
        choices = [("", "not in the file"), *((one, one) for one in table.headings)]
        for name, label in FIELDS.items():
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=choices,
                required=name in REQUIRED,
                initial=guessed.get(name, ""),
                widget=forms.Select(attrs={"class": "select"}),
                error_messages={
                    "required": f"Choose the column of the {label.lower()}.",
                    "invalid_choice": "This column is not in the file. Choose one of the list.",
                },
            )
        days = table.column(guessed["date"]) if "date" in guessed else []
        self.fields["date_order"] = forms.ChoiceField(
            label="Dates are written as",
            choices=list(DATE_ORDERS.items()),
            initial=guess_date_order(days),
            widget=forms.Select(attrs={"class": "select"}),
        )
        self.fields["adds_sites"] = forms.BooleanField(
            label="Add sites that I do not have yet", required=False, initial=True
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        used: dict[str, str] = {}
        for name, label in FIELDS.items():
            heading = cleaned.get(name)
            if heading and heading in used:
                sentence = f"This column is {used[heading].lower()} already. Choose another."
                self.add_error(name, sentence)
            elif heading:
                used[heading] = label
        return cleaned

    @property
    def columns(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in FIELDS if self.cleaned_data[name]}


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def log_import(request: HttpRequest) -> HttpResponse:
    """Take a file. It is read and not kept; what was read waits for its columns."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                _keep(request, form.cleaned_data["file"])
            except FileError as error:
                form.add_error("file", str(error))
            else:
                return HttpResponseRedirect(reverse("accounts:log_import_columns"))
    context = {
        "section": "procedures",
        "form": form,
        "is_waiting": WAITING in request.session,
        "limits": log_files.LIMITS,
        "columns": ", ".join(FIELDS.values()),
    }
    status = 422 if form.errors else 200
    return render(request, "accounts/log_import.html", context, status=status)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def log_import_columns(request: HttpRequest) -> HttpResponse:
    """Map the columns; then show what the rows would become; then keep them."""
    waiting = request.session.get(WAITING)
    if waiting is None:
        messages.error(request, "No file is waiting. Choose it again.")
        return HttpResponseRedirect(reverse("accounts:log_import"))
    if "forget" in request.POST:
        del request.session[WAITING]
        return HttpResponseRedirect(reverse("accounts:log_import"))
    table = _table(waiting)
    form = ColumnsForm(request.POST if request.method == "POST" else None, table=table)
    found = None
    error = ""
    if form.is_valid():
        today = timezone.localdate()
        typed = form.cleaned_data
        lines, faults = log_files.read_lines(table, form.columns, typed["date_order"], today)
        found = log_imports.preview(
            request.user, waiting["digest"], lines, faults, adds_sites=typed["adds_sites"]
        )
        if "keep" in request.POST:
            error = _refusal(request, found)
            if not error:
                return _kept(request, found)
    state = shown()
    shown_rows = found.new[:MOST_SHOWN] if found else []
    listed = entry_lines([one for _, one in shown_rows], state.directory)
    faulty = len({one.row for one in found.faults}) if found else 0
    return render(
        request,
        "accounts/log_import_columns.html",
        {
            "section": "procedures",
            "form": form,
            "error": error,
            "name": waiting["name"],
            "table": table,
            "sample": table.rows[:3],
            "found": found,
            "rows": [(row, line) for (row, _), line in zip(shown_rows, listed, strict=True)],
            "more_rows": len(found.new) - len(shown_rows) if found else 0,
            "faults": found.faults[:MOST_SHOWN] if found else [],
            "more_faults": max(0, len(found.faults) - MOST_SHOWN) if found else 0,
            "faulty": faulty,
        },
        status=422 if error or form.errors else 200,
    )


def _refusal(request: HttpRequest, found: Preview) -> str:
    if not found.new:
        return "There is nothing to import."
    if found.faults and "without_faults" not in request.POST:
        return "Some rows have faults. Mend the file, or tick that these rows are left out."
    return ""


def _kept(request: HttpRequest, found: Preview) -> HttpResponse:
    done = log_imports.keep(request.user, found)
    del request.session[WAITING]
    undo: Undo | None = done.undo if len(done.procedures) <= MOST_UNDONE else None
    count = len(done.procedures) - done.repeated
    undoing.offer(request, f"Imported {count:,} {'entry' if count == 1 else 'entries'}", undo)
    days = [one.performed_on for one in done.procedures]
    address = reverse("accounts:procedures")
    return HttpResponseRedirect(f"{address}?from={min(days)}&to={max(days)}")


def _keep(request: HttpRequest, file: UploadedFile) -> None:
    """Let what was read of a file wait in the session. The file is gone when this returns."""
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(prefix="log-") as stored:
        for chunk in file.chunks():
            digest.update(chunk)
            stored.write(chunk)
        stored.flush()
        table = log_files.read_table(Path(stored.name))
    packed = zlib.compress(json.dumps(table.to_json()).encode())
    request.session[WAITING] = {
        "digest": digest.hexdigest(),
        "name": "".join(c for c in (file.name or "") if c.isprintable())[-80:],
        "table": base64.b64encode(packed).decode(),
    }


def _table(waiting: dict[str, str]) -> Table:
    return Table.from_json(json.loads(zlib.decompress(base64.b64decode(waiting["table"]))))
