"""What the list of codes can be narrowed by, with how many codes each choice would leave.

The counts of all choices come from one query: the codes that match the words, the specialty and
the range are counted by every combination of the facets that they have, and the rest is adding.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import django_filters
from django import forms
from django.db.models import Case, Count, F, IntegerField, OrderBy, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.http import QueryDict

from codes import browse, indicators
from codes.index import index
from codes.models import Standing
from codes.shown import Shown

LONGEST_WORDS = 200  # characters
_MOST_VALUES = 20
SIZES = (20, 50, 100)

_CREDITED = Case(When(is_payable=True, work_rvu__gt=0, then=F("work_rvu")))
_OFFICE_OR_FACILITY = Coalesce("total_nonfac", "total_fac")
_CHANGED_FIRST = Case(
    *(When(change=kind, then=Value(place)) for place, kind in enumerate(Standing.Change) if kind),
    default=Value(len(Standing.Change)),
    output_field=IntegerField(),
)


class Sort(NamedTuple):
    label: str
    order: tuple[str | OrderBy, ...]
    spoken: str  # follows "sorted by"


# National amounts are totals times one factor, so that their order is the totals'.
SORTS: Mapping[str, Sort] = {
    "code": Sort("Code", ("code_id",), "code"),
    "work": Sort(
        "Work, low to high",
        (_CREDITED.asc(nulls_last=True),),
        "work RVUs, low to high",
    ),
    "-work": Sort(
        "Work, high to low",
        (_CREDITED.desc(nulls_last=True),),
        "work RVUs, high to low",
    ),
    "total": Sort(
        "Total, low to high",
        (_OFFICE_OR_FACILITY.asc(nulls_last=True),),
        "total RVUs, low to high",
    ),
    "-total": Sort(
        "Total, high to low",
        (_OFFICE_OR_FACILITY.desc(nulls_last=True),),
        "total RVUs, high to low",
    ),
    "office": Sort(
        "Office, low to high",
        (F("national_nonfac").asc(nulls_last=True),),
        "national office amount, low to high",
    ),
    "-office": Sort(
        "Office, high to low",
        (F("national_nonfac").desc(nulls_last=True),),
        "national office amount, high to low",
    ),
    "facility": Sort(
        "Facility, low to high",
        (F("national_fac").asc(nulls_last=True),),
        "national facility amount, low to high",
    ),
    "-facility": Sort(
        "Facility, high to low",
        (F("national_fac").desc(nulls_last=True),),
        "national facility amount, high to low",
    ),
    "change": Sort("Changed codes first", (_CHANGED_FIRST.asc(),), "change"),
}


class Facet(NamedTuple):
    """One group of choices. `column` is what a code has; `choices_of` are the choices it fits."""

    name: str
    legend: str
    column: str
    labels: Mapping[str, str]
    choices_of: Callable[[Any], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a facet, and how many codes it has among those that match all else."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Active:
    """One filter in force: what it says, and the query that is left without it."""

    name: str
    label: str
    query: QueryDict
    count: int = 0  # of the codes that match without it

    @property
    def quoted(self) -> str:
        return self.label if self.label.startswith("“") else f"“{self.label}”"


def _just_it(value: str) -> tuple[str, ...]:
    return (value,)


_FACETS = (
    Facet(
        "status",
        "Medicare status",
        "status",
        {letter: f"{status.short} ({letter})" for letter, status in indicators.STATUS.items()},
        _just_it,
    ),
    Facet(
        "payable",
        "Medicare payment",
        "is_payable",
        {"yes": "Paid (A, R, T)", "no": "Not paid by RVUs"},
        lambda is_payable: ("yes",) if is_payable else ("no",),
    ),
    Facet("global_days", "Global period", "global_days", dict(indicators.GLOBAL_DAYS), _just_it),
    Facet(
        "split",
        "Professional and technical part",
        "modifiers",
        {"yes": "Has 26 or TC"},
        lambda modifiers: ("yes",) if {"26", "TC"} & set(modifiers.split(",")) else (),
    ),
    Facet(
        "change",
        "Changed in this release",
        "change",
        {kind.value: kind.label for kind in Standing.Change if kind},
        _just_it,
    ),
)


class _Form(forms.Form):
    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        low, high = found.get("work_min"), found.get("work_max")
        if low is not None and high is not None and high < low:
            self.add_error(
                "work_max",
                f"No number is at least {low} and at most {high}. Put the smaller one first, or "
                "leave one of the two empty.",
            )
            found.pop("work_min")  # half of a range is not what was asked
        return found


_UNKNOWN = {
    "invalid_choice": "This is not one of the choices, so it was left out.",
    "invalid_list": "This is not one of the choices, so it was left out.",
}
_RANGE = {"min_value": Decimal(0), "max_digits": 8, "decimal_places": 2}


def _one(method: str) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(method=method, error_messages=_UNKNOWN)


def _several(method: str, facet: str) -> django_filters.MultipleChoiceFilter:
    labels = next(one.labels for one in _FACETS if one.name == facet)
    return django_filters.MultipleChoiceFilter(
        method=method, choices=list(labels.items()), error_messages=_UNKNOWN
    )


class StandingFilter(django_filters.FilterSet):
    """Narrows the standings of the active release by what a reader asks, and sorts them.

    A value that is none is left out, with a sentence in `errors`; the rest still counts.
    """

    q = django_filters.CharFilter(
        method="with_words",
        max_length=LONGEST_WORDS,
        error_messages={
            "max_length": f"More than {LONGEST_WORDS} characters are too many to look for."
        },
    )
    category = _one("in_category")
    specialty = _one("in_specialty")
    status = _several("in_column", "status")
    payable = _several("in_payable", "payable")
    global_days = _several("in_column", "global_days")
    split = _several("in_split", "split")
    change = _several("in_column", "change")
    work_min = django_filters.NumberFilter(method="from_work", **_RANGE)
    work_max = django_filters.NumberFilter(method="to_work", **_RANGE)
    sort = _one("in_order")
    size = _one("any_size")

    class Meta:
        model = Standing
        form = _Form
        fields: list[str] = []

    def __init__(self, data: QueryDict, state: Shown) -> None:
        super().__init__(data, Standing.objects.filter(schedule=state.schedule))
        self.state = state
        self.shelves = browse.shelves(state)
        self.specialties = browse.specialties(state)
        for name, choices in (
            ("category", [(shelf.slug, shelf.name) for shelf in self.shelves.values()]),
            ("specialty", [(one.slug, one.name) for one in self.specialties.values()]),
            ("sort", [(key, sort.label) for key, sort in SORTS.items()]),
            ("size", [(str(size), str(size)) for size in SIZES]),
        ):
            self.filters[name].extra["choices"] = choices

    # What each filter does to the standings.

    def with_words(self, standings: QuerySet, name: str, words: str) -> QuerySet:
        return standings.filter(code__in=index(self.state).codes(words))

    def in_category(self, standings: QuerySet, name: str, slug: str) -> QuerySet:
        return standings.filter(category__in=self.shelves[slug].pks)

    def in_specialty(self, standings: QuerySet, name: str, slug: str) -> QuerySet:
        return standings.filter(code__in=self.specialties[slug].codes)

    def in_column(self, standings: QuerySet, name: str, values: list[str]) -> QuerySet:
        return standings.filter(**{f"{name}__in": values})

    def in_payable(self, standings: QuerySet, name: str, values: list[str]) -> QuerySet:
        return standings.filter(is_payable__in=[value == "yes" for value in values])

    def in_split(self, standings: QuerySet, name: str, values: list[str]) -> QuerySet:
        return standings.filter(Q(modifiers__contains="26") | Q(modifiers__contains="TC"))

    def from_work(self, standings: QuerySet, name: str, work: Decimal) -> QuerySet:
        return standings.filter(is_payable=True, work_rvu__gte=work)

    def to_work(self, standings: QuerySet, name: str, work: Decimal) -> QuerySet:
        return standings.filter(is_payable=True, work_rvu__lte=work)

    def in_order(self, standings: QuerySet, name: str, key: str) -> QuerySet:
        return standings.order_by(*SORTS[key].order, "code_id")

    def any_size(self, standings: QuerySet, name: str, size: str) -> QuerySet:
        return standings

    # What the page says about them.

    @cached_property
    def asked(self) -> dict[str, Any]:
        """Each filter that is in force, by name, with its value."""
        self.form.is_valid()
        values = self.form.cleaned_data.items()
        return {name: value for name, value in values if value not in (None, "", [])}

    @property
    def sorted_by(self) -> str:
        return self.asked.get("sort") or "code"

    @property
    def page_size(self) -> int:
        return int(self.asked.get("size") or SIZES[0])

    @cached_property
    def query(self) -> QueryDict:
        """What was asked, without what was refused or is not known: for links on the page."""
        query = QueryDict(mutable=True)
        for name, value in self.asked.items():
            query.setlist(name, value if isinstance(value, list) else [str(value)])
        return query

    @cached_property
    def facets(self) -> tuple[Facet, ...]:
        by_pk = {
            shelf.pk: (shelf.slug, shelf.group)
            for shelf in self.shelves.values()
            if not shelf.is_chapter
        }
        labels = {shelf.slug: shelf.name for shelf in self.shelves.values()}
        return (Facet("category", "Category", "category_id", labels, by_pk.__getitem__), *_FACETS)

    @cached_property
    def combinations(self) -> list[tuple[dict[str, tuple[str, ...]], int]]:
        """The choices that codes have, by facet, with how many codes have just these. One query.

        Only the filters that are no facets are in force here.
        """
        facets = {facet.name for facet in self.facets}
        standings = self.queryset
        for name, value in self.asked.items():
            if name not in facets and name != "sort":
                standings = self.filters[name].filter(standings, value)
        columns = [facet.column for facet in self.facets]
        return [
            (
                {
                    facet.name: facet.choices_of(value)
                    for facet, value in zip(self.facets, values, strict=True)
                },
                count,
            )
            for *values, count in standings.order_by()
            .values_list(*columns)
            .annotate(codes=Count("pk"))
        ]

    def count(self, without: str = "") -> int:
        """Return how many codes match, or would without one of the facets."""
        return sum(count for _, count in self._matching(without))

    def _matching(self, without: str = "") -> Iterator[tuple[dict[str, tuple[str, ...]], int]]:
        chosen = {
            facet.name: _as_set(self.asked[facet.name])
            for facet in self.facets
            if facet.name in self.asked and facet.name != without
        }
        for choices, count in self.combinations:
            if all(not wanted.isdisjoint(choices[name]) for name, wanted in chosen.items()):
                yield choices, count

    def choices(self, name: str) -> list[Choice]:
        """Return the choices of a facet that any code fits, and those that are chosen."""
        facet = next(one for one in self.facets if one.name == name)
        counts: Counter[str] = Counter()
        for choices, count in self._matching(without=name):
            for value in choices[name]:
                counts[value] += count
        chosen = _as_set(self.asked.get(name, ()))
        return [
            Choice(value, label, counts[value], value in chosen)
            for value, label in facet.labels.items()
            if counts[value] or value in chosen
        ]

    @cached_property
    def active(self) -> list[Active]:
        """The filters in force, one by one, in the order of the form."""
        return [
            Active(name, label, self._without(names, value))
            for name, label, names, value in self._said()
        ]

    def _said(self) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
        """Give each filter's name, its words, the parameters it is made of, and its value."""
        asked = self.asked
        if "q" in asked:
            yield "q", f"“{asked['q']}”", ("q",), asked["q"]
        for name, names in (("category", self.shelves), ("specialty", self.specialties)):
            if name in asked:
                yield name, names[asked[name]].name, (name,), asked[name]
        for facet in _FACETS:
            for value in asked.get(facet.name, ()):
                yield facet.name, _chip(facet, value), (facet.name,), value
        low, high = asked.get("work_min"), asked.get("work_max")
        if low is not None or high is not None:
            yield "work", _range_in_words(low, high), ("work_min", "work_max"), ""

    def _without(self, names: Iterable[str], value: str) -> QueryDict:
        """Return the query without one value of these parameters, or, given "", without any."""
        query = QueryDict(mutable=True)
        for name, values in self.query.lists():
            rest = [one for one in values if value and one != value] if name in names else values
            if rest:
                query.setlist(name, rest)
        return query

    def nearest(self) -> Active | None:
        """Where nothing matches: the filter without which the fewest codes match, but some.

        At most one query for each filter that is no facet.
        """
        facets = {facet.name for facet in self.facets}
        labels: dict[str, list[str]] = {}
        for active in self.active:
            labels.setdefault(active.name, []).append(active.label)
        found = []
        for name, parts in labels.items():
            query = self._without(_PARAMETERS.get(name, (name,)), "")
            wider = self if name in facets else StandingFilter(query, self.state)
            if count := wider.count(without=name):
                found.append(Active(name, " or ".join(parts), query, count))
        return min(found, key=lambda one: one.count, default=None)


_PARAMETERS = {"work": ("work_min", "work_max")}
_GLOBAL_CHIPS = {
    "000": "Same-day global",
    "010": "10-day global",
    "090": "90-day global",
    "MMM": "Maternity package",
    "XXX": "No global period",
    "YYY": "Global: contractor decides",
    "ZZZ": "Add-on",
}


def _chip(facet: Facet, value: str) -> str:
    if facet.name == "global_days":
        return _GLOBAL_CHIPS[value]
    if facet.name == "status":
        return indicators.status(value).short
    if facet.name == "change":
        return f"Changed: {facet.labels[value].lower()}"
    return facet.labels[value]


def _range_in_words(low: Decimal | None, high: Decimal | None) -> str:
    if low is None:
        return f"Work up to {high}"
    if high is None:
        return f"Work {low} and over"
    return f"Work {low}–{high}"


def _as_set(value: str | Iterable[str]) -> set[str]:
    return {value} if isinstance(value, str) else set(value)


def only_known(data: QueryDict) -> QueryDict:
    """Return the parameters that the list knows, cut to what can be looked at.

    Each value once, no more of them than there are choices, and none longer than one character
    too many, so that it is still refused.
    """
    known = QueryDict(mutable=True)
    for name in StandingFilter.base_filters:
        asked = dict.fromkeys(value[: LONGEST_WORDS + 1] for value in data.getlist(name))
        values = [value for value in asked if value][:_MOST_VALUES]
        if values:
            known.setlist(name, values)
    return known
