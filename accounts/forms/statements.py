"""Forms of a statement: the file, its columns, the rate, and what a person notes on a line."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts import statement_files
from accounts.forms.ranges import check_known_day
from accounts.models import Statement, StatementLayout, StatementLine
from accounts.patient_data import refuse_patient_data
from accounts.statement_files import DATE_ORDERS, FIELDS, REQUIRED, Meaning, Table
from codes.templatetags.money import rate
from rvuedge.spreadsheets import MEGABYTE

LONGEST_PERIOD = 366 + 31  # days
_DATE = forms.DateInput(attrs={"type": "date", "class": "input narrow"}, format="%Y-%m-%d")


class RateField(forms.DecimalField):
    """Dollars for one wRVU."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label="Dollars per wRVU",
            required=False,
            min_value=0,
            max_value=10_000,
            max_digits=9,
            decimal_places=4,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "input number-size"}),
            error_messages={"invalid": "Enter an amount such as 48.00."},
            **options,
        )

    def prepare_value(self, value: Any) -> Any:
        """48.0000 is shown as 48.00, and 51.1250 as 51.125."""
        return rate(value).lstrip("$").replace(",", "") if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.strip().removeprefix("$")
        return super().to_python(value)


class UploadForm(forms.Form):
    employer = forms.CharField(
        max_length=80,
        validators=[refuse_patient_data],
        help_text="As in your contract, if you have entered one here.",
        widget=forms.TextInput(
            attrs={"class": "input narrow", "autocomplete": "organization", "list": "employers"}
        ),
        error_messages={"required": "Enter the employer’s name."},
    )
    starts_on = forms.DateField(
        label="First day",
        widget=_DATE,
        validators=[check_known_day],
        error_messages={
            "required": "Enter the first day of the statement’s period.",
            "invalid": "Enter a date such as 2026-07-01.",
        },
    )
    ends_on = forms.DateField(
        label="Last day",
        widget=_DATE,
        validators=[check_known_day],
        error_messages={
            "required": "Enter the last day of the statement’s period.",
            "invalid": "Enter a date such as 2026-07-31.",
        },
    )
    dollars_per_wrvu = RateField(
        help_text="For differences in dollars. Empty: your contract’s rate."
    )
    file = forms.FileField(
        label="Statement",
        help_text=(
            "CSV or XLSX, one sheet, at most 10 MB. It is read and not kept. Columns that look "
            "like a patient’s data are left out at once."
        ),
        widget=forms.FileInput(attrs={"class": "input file", "accept": ".csv,.xlsx,.txt"}),
        error_messages={
            "required": "Choose the statement’s file.",
            "empty": "The file is empty. Choose another.",
        },
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > statement_files.LIMITS.file_bytes:
            most = statement_files.LIMITS.file_bytes // MEGABYTE
            raise ValidationError(f"The file has more than {most} MB. Choose a shorter period.")
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", "The last day is before the first. Exchange them.")
        elif first and last and (last - first).days > LONGEST_PERIOD:
            self.add_error("ends_on", "The period is longer than a year. Upload it in parts.")
        return cleaned


class ColumnsForm(forms.Form):
    """Which column means what. A choice is the position of a heading in the table."""

    def __init__(self, *args: Any, table: Table, layout: StatementLayout | None, **options: Any):
        super().__init__(*args, **options)
        self.table = table
        remembered = layout.columns if layout else {}
        found = {name: h for name, h in remembered.items() if h in table.headings}
        if not all(name in found for name in REQUIRED):
            found = statement_files.guess(table.headings)
        self.is_remembered = layout is not None and found == remembered_columns(remembered)
        choices = [("", "not in the file")]
        choices += [(str(at), heading) for at, heading in enumerate(table.headings)]
        for name, label in FIELDS.items():
            heading = found.get(name)
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=choices,
                required=name in REQUIRED,
                initial=str(table.headings.index(heading)) if heading in table.headings else "",
                widget=forms.Select(attrs={"class": "select narrow"}),
                error_messages={
                    "required": f"Choose the column of the {label.lower()}.",
                    "invalid_choice": (
                        "This column is not in the file, or was left out because it looks like a "
                        "patient’s data. Choose one of the list."
                    ),
                },
            )
        self.fields["date_order"] = forms.ChoiceField(
            label="Dates are written as",
            choices=list(DATE_ORDERS.items()),
            initial=layout.date_order if self.is_remembered else self._order(found.get("date")),
            widget=forms.Select(attrs={"class": "select narrow"}),
        )
        self.fields["per"] = forms.ChoiceField(
            label="wRVUs are those of",
            choices=[("line", "the whole line"), ("unit", "one unit")],
            initial=remembered.get("wrvu_per", "line"),
            widget=forms.Select(attrs={"class": "select narrow"}),
        )

    def _order(self, heading: str | None) -> str:
        if heading not in self.table.headings:
            return "mdy"
        cells = self.table.cells(self.table.headings.index(heading))
        return statement_files.guess_date_order(cells)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        used: dict[str, str] = {}
        for name, label in FIELDS.items():
            position = cleaned.get(name)
            if position and position in used:
                self.add_error(
                    name, f"This column is {used[position].lower()} already. Choose another."
                )
            elif position:
                used[position] = label
        return cleaned

    @property
    def meaning(self) -> Meaning:
        """What the form says, once it is valid."""
        chosen = {name: self.cleaned_data[name] for name in FIELDS if self.cleaned_data[name]}
        return Meaning(
            columns={name: self.table.headings[int(at)] for name, at in chosen.items()},
            date_order=self.cleaned_data["date_order"],
            per_unit=self.cleaned_data["per"] == "unit",
        )


def remembered_columns(stored: dict[str, str]) -> dict[str, str]:
    """Return the headings of a layout, without what else it remembers."""
    return {name: heading for name, heading in stored.items() if name in FIELDS}


class RateForm(forms.ModelForm):
    dollars_per_wrvu = RateField()

    class Meta:
        model = Statement
        fields = ["dollars_per_wrvu"]


class LineForm(forms.ModelForm):
    class Meta:
        model = StatementLine
        fields = ["status", "note"]
        widgets = {
            "status": forms.RadioSelect,
            "note": forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        }
        help_texts = {"note": "Whom you asked, what they said. Nothing about a patient."}
