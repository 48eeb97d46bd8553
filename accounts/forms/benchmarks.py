"""Forms for benchmarks: what is compared, and the points of a person's own survey."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.comparison import DAYS
from accounts.forms.ranges import check_known_day
from accounts.forms.styled import DATE
from accounts.models import Survey
from accounts.models.benchmarks import NAMES
from accounts.patient_data import refuse_patient_data
from accounts.percentiles import Points, PointsError
from accounts.survey_file import FIRST_YEAR, LAST_YEAR

LARGEST_UPLOAD = 2 * 1024 * 1024  # bytes


class _NumberField(forms.DecimalField):
    """A number with one sentence for whatever is wrong with it."""

    def __init__(self, sentence: str, **options: Any) -> None:
        super().__init__(required=False, **options)
        codes = ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places",
                 "max_whole_digits")  # fmt: skip
        self.error_messages = dict.fromkeys(codes, sentence)


class ComparisonForm(forms.Form):
    """What is held against what. All is optional: an empty field takes what stands to reason."""

    points = forms.CharField(max_length=120, required=False)
    first = forms.DateField(required=False, validators=[check_known_day], error_messages=DATE)
    last = forms.DateField(required=False, validators=[check_known_day], error_messages=DATE)
    fte = _NumberField(
        "Clinical FTE is a number from 0.05 to 2, such as 0.9.",
        min_value=Decimal("0.05"),
        max_value=2,
        max_digits=4,
        decimal_places=3,
    )
    share = _NumberField(
        "The share is a percentage from 1 to 100.",
        min_value=1,
        max_value=100,
        max_digits=5,
        decimal_places=2,
    )

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        last = min(cleaned.get("last") or self.today, self.today)
        first = cleaned.get("first") or last - timedelta(days=DAYS - 1)
        if first > last:
            self.add_error("first", "The first day is after the last one.")
        return {**cleaned, "first": first, "last": last}


class UploadForm(forms.Form):
    file = forms.FileField(
        error_messages={
            "required": "Choose a CSV or XLSX file.",
            "missing": "Choose a CSV or XLSX file.",
            "empty": "The file is empty.",
        }
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_UPLOAD:
            raise ValidationError(
                "The file has more than 2 MB: a list of percentile points is far smaller."
            )
        return file


class SurveyForm(forms.ModelForm):
    class Meta:
        model = Survey
        fields = ["name", "year", "specialty", "is_per_fte", *NAMES]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in NAMES:
            self.fields[name].error_messages |= {
                "invalid": "Enter a number of wRVUs, such as 6120.5.",
                "required": "Enter this point, as your survey has it.",
            }

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValidationError("Enter a year such as 2024.")
        return year

    def clean_specialty(self) -> str:
        specialty: str = self.cleaned_data["specialty"].strip()
        refuse_patient_data(specialty)
        return specialty

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        points = [cleaned.get(name) for name in NAMES]
        if None not in points:
            try:
                Points(*points)
            except PointsError as error:
                self.add_error("p10", str(error))
        key = {name: cleaned.get(name) for name in ("name", "year", "specialty")}
        others = Survey.objects.for_user(self.instance.user).exclude(pk=self.instance.pk)
        if None not in key.values() and others.filter(**key).exists():
            self.add_error("name", "You have points of this source, year and specialty already.")
        return cleaned
