"""What a list of logged services can be narrowed by. One month at a time, unless asked."""

import calendar
from datetime import date
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from accounts.forms.entry import day_in_words
from accounts.forms.ranges import check_known_day
from accounts.forms.styled import DATE
from accounts.models import Procedure, Site, User
from accounts.models.log import Role
from codes.credit_kinds import Kind
from codes.index import index
from codes.shown import Shown

LONGEST_WORDS = 60
MOST_CODES = 400  # that a word may stand for
_UNKNOWN = {"invalid_choice": "This is not one of the choices, so it was left out."}
_DAY: dict[str, Any] = {
    "error_messages": DATE,
    "validators": [check_known_day],
}


class _Form(forms.Form):
    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("from"), found.get("to")
        if first and last and last < first:
            self.add_error("to", f"This is before {day_in_words(first)}: nothing lies between.")
        return found


class ProcedureFilter(django_filters.FilterSet):
    """Narrows a person's log. A value that is none is left out, with a sentence in `errors`."""

    q = django_filters.CharFilter(
        method="with_words",
        max_length=LONGEST_WORDS,
        error_messages={"max_length": f"At most {LONGEST_WORDS} characters."},
    )
    site = django_filters.ModelChoiceFilter(queryset=Site.objects.none(), error_messages=_UNKNOWN)
    role = django_filters.ChoiceFilter(choices=Role.choices, error_messages=_UNKNOWN)
    modifier = django_filters.CharFilter(method="with_modifier", max_length=2)
    kind = django_filters.ChoiceFilter(choices=Kind.choices(), error_messages=_UNKNOWN)

    class Meta:
        model = Procedure
        form = _Form
        fields: list[str] = []

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """Add "from" and "to": the first is a word of Python and cannot be written above."""
        return {
            "from": django_filters.DateFilter("performed_on", "gte", **_DAY),
            "to": django_filters.DateFilter("performed_on", "lte", **_DAY),
            **super().get_filters(),
        }

    def __init__(self, data: QueryDict, user: User, state: Shown, today: date) -> None:
        data = data.copy()
        if not data.get("from") and not data.get("to") and data.get("days") != "all":
            first, last = month_of(today)
            data["from"], data["to"] = first.isoformat(), last.isoformat()
        super().__init__(data, Procedure.objects.for_user(user))
        self.state, self.today = state, today
        self.filters["site"].queryset = Site.objects.for_user(user)

    def with_words(self, procedures: QuerySet, name: str, words: str) -> QuerySet:
        """By the beginning of a code, or by a word of its name, of a custom code or of a note."""
        words = " ".join(words.split())
        start = words.upper()
        if start.isalnum() and any(char.isdigit() for char in start) and len(start) <= 5:
            return procedures.filter(hcpcs__startswith=start)
        hits = index(self.state).search(words, limit=MOST_CODES).hits
        return procedures.filter(
            Q(hcpcs__in=[hit.entry.hcpcs for hit in hits])
            | Q(custom__name__icontains=words)
            | Q(note__icontains=words)
        )

    def with_modifier(self, procedures: QuerySet, name: str, modifier: str) -> QuerySet:
        return procedures.filter(modifiers__contains=modifier.strip().upper())

    @cached_property
    def asked(self) -> dict[str, Any]:
        """Each filter in force, by name, with its value."""
        self.form.is_valid()
        return {name: one for name, one in self.form.cleaned_data.items() if one not in (None, "")}

    @property
    def days(self) -> tuple[date | None, date | None]:
        return self.asked.get("from"), self.asked.get("to")

    @property
    def days_in_words(self) -> str:
        """Return "August 2026", "July 1, 2026 to July 15, 2026", "all days"."""
        first, last = self.days
        if first and last:
            if (first, last) == month_of(first):
                return f"{first:%B %Y}"
            if first == last:
                return day_in_words(first)
            return f"{day_in_words(first)} to {day_in_words(last)}"
        if first:
            return f"since {day_in_words(first)}"
        return f"up to {day_in_words(last)}" if last else "all days"

    @cached_property
    def query(self) -> QueryDict:
        """What was asked, without what was refused: for links, forms and the export."""
        query = QueryDict(mutable=True)
        for name, one in self.asked.items():
            query[name] = str(one.pk if isinstance(one, Site) else one)
        if "from" not in query and "to" not in query:
            query["days"] = "all"
        return query


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
