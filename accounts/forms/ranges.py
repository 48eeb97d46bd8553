"""A range of days, from the query of a page."""

from datetime import date
from typing import Any

from django import forms

from accounts.forms.styled import StyledForm, date_input
from accounts.periods import Span

MOST_DAYS = 3660
FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)


def check_known_day(day: date) -> None:
    """Raise ValidationError for a day that no record here can have. A field's validator."""
    if not FIRST <= day <= LAST:
        raise forms.ValidationError(
            f"Give a day between {FIRST.year} and {LAST.year}.", code="unknown_day"
        )


class RangeForm(StyledForm):
    """`span` is what was asked for, or the default where nothing or nonsense was."""

    start = forms.DateField(
        label="From", required=False, widget=date_input(), validators=[check_known_day]
    )
    end = forms.DateField(
        label="To", required=False, widget=date_input(), validators=[check_known_day]
    )

    def __init__(self, data: Any, default: Span) -> None:
        asked = {name: data.get(name) or getattr(default, name) for name in ("start", "end")}
        super().__init__(asked)
        self.default = default

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and start > end:
            self.add_error("end", "The last day lies before the first: swap the two.")
        elif start and end and (end - start).days > MOST_DAYS:
            self.add_error("end", "A range has ten years at most: choose a later first day.")
        return cleaned

    @property
    def span(self) -> Span:
        if not self.is_valid():
            return self.default
        return Span(self.cleaned_data["start"], self.cleaned_data["end"])
