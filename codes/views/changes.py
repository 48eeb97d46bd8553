"""The change ledger: what each release of the fee schedule changed, and what any two differ in."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django import forms
from django.core.paginator import Page, Paginator
from django.core.validators import RegexValidator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from codes import browse, changes, taxonomy
from codes.exports import csv_lines
from codes.feeds import Changes
from codes.labels import fallback_label
from codes.ledger import REASONS, Entry, Ledger, Totals, Why, totals
from codes.models import FeeSchedule
from codes.shown import Shown
from codes.views.public import public_page

PAGE_SIZE = 100
SORTS = {"code": "Code", "change": "Largest change first"}
CSV_COLUMNS = (
    *("code", "modifier", "name", "what", "old", "new", "difference", "change in per cent"),
    "reason",
)
_LONGEST_QUOTE = 20


class Row(NamedTuple):
    """An entry of the ledger with the name of its code, as the page prints it."""

    entry: Entry
    label: str
    url: str
    reason: str


class Tally(NamedTuple):
    count: int
    words: str
    why: Why


class Group(NamedTuple):
    """The totals of a category or a specialty."""

    name: str
    slug: str
    totals: Totals


class LedgerForm(forms.Form):
    """What the entries of a ledger can be narrowed by. A refused choice narrows nothing."""

    reason = forms.ChoiceField(
        required=False,
        choices=[("", "Any reason"), *((why.value, words) for why, words in REASONS.items())],
        error_messages={"invalid_choice": "There is no such reason. Choose one of the list."},
    )
    category = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": "There is no such category. Choose one of the list."},
    )
    code = forms.CharField(
        required=False,
        max_length=5,
        label="Code begins with",
        widget=forms.TextInput({"class": "input code-size", "autocomplete": "off"}),
        validators=[
            RegexValidator(
                r"\A[0-9A-Za-z]*\Z",
                "A code has letters and digits alone. Type its beginning, for example 994.",
            )
        ],
        error_messages={"max_length": "A code has five characters. Type it or its beginning."},
    )
    specialty = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": "There is no such specialty. Choose one of the list."},
    )
    sort = forms.ChoiceField(
        required=False,
        choices=[*SORTS.items()],
        error_messages={"invalid_choice": "The list cannot be sorted like that."},
    )

    shown = ("reason", "category", "code", "specialty")

    def __init__(self, data: QueryDict, state: Shown) -> None:
        asked = {name: data.get(name, "")[:60] for name in self.base_fields}
        super().__init__(asked, auto_id="f-%s")
        self.specialties = browse.specialties(state)
        self.fields["category"].choices = _category_choices()
        self.fields["specialty"].choices = [
            ("", "Any specialty"),
            *((one.slug, one.name) for one in self.specialties.values()),
        ]
        for name in self.shown:
            if name != "code":
                self.fields[name].widget.attrs["class"] = "select"
        self.is_valid()

    @property
    def visible(self) -> list[forms.BoundField]:
        """The fields that the form prints; the order has a form of its own."""
        return [self[name] for name in self.shown]

    @property
    def asked(self) -> dict[str, str]:
        """The choices in force, by name, but for the order."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value and name in self.shown
        }

    def entries(self, found: Ledger) -> Sequence[Entry]:
        asked = self.asked
        entries = found.chosen(
            asked.get("reason", ""), asked.get("code", "").upper(), self._codes(found)
        )
        if self.cleaned_data.get("sort") == "change":
            return sorted(entries, key=_by_change)
        # A text that may not be printed says nothing to a reader: such entries come last.
        return sorted(entries, key=lambda entry: not entry.is_printable)

    def _codes(self, found: Ledger) -> frozenset[str] | None:
        """Return the codes of the category and the specialty; None where neither is asked for."""
        category, specialty = self.asked.get("category"), self.asked.get("specialty")
        chosen = None
        if category:
            chosen = frozenset(hcpcs for hcpcs in found.moves if category in _slugs(hcpcs))
        if specialty:
            codes = frozenset(self.specialties[specialty].codes)
            chosen = codes if chosen is None else chosen & codes
        return chosen

    @property
    def chips(self) -> list[tuple[str, dict[str, str]]]:
        """Each choice in force, in words, with the choices that are left without it."""
        asked = self.asked
        names = dict(taxonomy_names())
        words = {
            "reason": lambda value: REASONS[Why(value)],
            "category": names.__getitem__,
            "code": lambda value: f"Codes {value.upper()}…",
            "specialty": lambda value: self.specialties[value].name,
        }
        return [
            (words[name](value), {other: asked[other] for other in asked if other != name})
            for name, value in asked.items()
        ]


def taxonomy_names() -> Iterator[tuple[str, str]]:
    for group in taxonomy.GROUPS:
        yield group.slug, group.name
    for leaf in taxonomy.LEAVES:
        yield leaf.slug, leaf.name


def _category_choices() -> list[Any]:
    leaves: dict[str, dict[str, str]] = {group.slug: {} for group in taxonomy.GROUPS}
    for leaf in taxonomy.LEAVES:
        leaves[leaf.group][leaf.slug] = leaf.name
    return [
        ("", "All categories"),
        *(
            (group.name, [(group.slug, f"{group.name}: all"), *leaves[group.slug].items()])
            for group in taxonomy.GROUPS
        ),
    ]


def _slugs(hcpcs: str) -> tuple[str, ...]:
    leaf = taxonomy.leaf_of(hcpcs)
    return (leaf.slug, leaf.group) if leaf else ()


def _by_change(entry: Entry) -> tuple[Any, ...]:
    share = entry.share
    return (share is None, -abs(share or 0), entry.hcpcs, entry.modifier)


@public_page
def change_list(request: HttpRequest, state: Shown) -> HttpResponse:
    """Every loaded release, newest first, with what it changed against the one before it."""
    found = changes.summaries(state)
    return render(
        request,
        "codes/changes.html",
        {
            "area": "resources",
            "schedule": state.schedule,
            "canonical": request.build_absolute_uri(request.path),
            "summaries": found,
            "codes": len(state.directory),
            "is_partial": any(one.is_partial for one in found),
        },
    )


@public_page
def feed(request: HttpRequest, state: Shown) -> HttpResponse:
    """The releases up to the one that the site shows, as Atom."""
    return Changes()(request, state)


@public_page
def change_ledger(request: HttpRequest, state: Shown, release: str) -> HttpResponse:
    """What a release changed against the one before it, or against `since`; CSV on demand."""
    loaded = {one.release: one for one in changes.releases(state)}
    new = loaded.get(release)
    if new is None:
        named = {one.name: one for one in loaded.values()} | loaded
        if release.upper() in named:
            return HttpResponsePermanentRedirect(_address(named[release.upper()]))
        raise Http404("There is no such release on this site.")
    asked = request.GET.get("since", "").upper()
    since = loaded.get(asked)
    if since and since.release > new.release:
        return HttpResponseRedirect(f"{_address(since)}?{urlencode({'since': new.release})}")
    usual = changes.before(state, new)
    old = since if since and since != new else usual
    context = {
        "area": "resources",
        "schedule": state.schedule,
        "new": new,
        "old": old,
        "loaded": loaded.values(),
        "older": [one for one in loaded.values() if one.release < new.release],
        "crumbs": [("Fee schedule changes", reverse("codes:changes"))],
        "canonical": request.build_absolute_uri(request.path),
        "is_ahead": state.schedule is not None and new.release > state.schedule.release,
        "refused_since": asked[:_LONGEST_QUOTE] if asked and old is not since else "",
    }
    if old is None:
        return render(request, "codes/ledger_first.html", context)
    try:
        found = changes.between(old, new)
    except changes.Busy:
        return _busy(request, state)
    form = LedgerForm(request.GET, state)
    entries = form.entries(found)
    rows = _rows(entries, state)
    if request.GET.get("format") == "csv":
        return _as_csv(old, new, rows, len(entries), form)
    page = _page(request, entries)
    page.object_list = list(_rows(page.object_list, state))
    base = {} if old == usual else {"since": old.release}
    query = _query(base | form.asked | _sorted(form))
    is_summed_up = page.number == 1 and not form.asked and not form.errors
    if is_summed_up:
        context |= {
            "tallies": _tallies(found),
            "chapters": _chapters(found),
            "leaves": _leaves(found),
            "specialties": _specialties(found, state),
        }
    return render(
        request,
        "codes/ledger.html",
        context
        | {
            "ledger": found,
            "is_summed_up": is_summed_up,
            "is_partial": changes.is_partial(old, new),
            "is_plain": is_summed_up and not query,
            "base": _query(base),
            "form": form,
            "chips": [(words, _query(base | rest | _sorted(form))) for words, rest in form.chips],
            "sorts": SORTS.items(),
            "sorted_by": form.cleaned_data.get("sort") or "code",
            "narrowing": [*(base | form.asked).items()],
            "path": request.path,
            "query": query,
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
            "asked_page": _refused_page(request, page),
            "track_url": _track_url(),
        },
    )


def _address(schedule: FeeSchedule) -> str:
    return reverse("codes:ledger", args=[schedule.release])


def _busy(request: HttpRequest, state: Shown) -> HttpResponse:
    context = {"area": "resources", "schedule": state.schedule}
    response = render(request, "codes/ledger_busy.html", context, status=503)
    response["Retry-After"] = "10"
    return response


def _query(parameters: dict[str, str]) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(parameters)
    return query


def _sorted(form: LedgerForm) -> dict[str, str]:
    return {"sort": "change"} if form.cleaned_data.get("sort") == "change" else {}


def _page(request: HttpRequest, entries: Sequence[Entry]) -> Page:
    """Return the page that was asked for, or the nearest there is."""
    asked = request.GET.get("page", "1")
    number = int(asked) if re.fullmatch(r"[0-9]{1,18}", asked) else 1
    return Paginator(entries, PAGE_SIZE).get_page(max(number, 1))


def _refused_page(request: HttpRequest, page: Page) -> str:
    asked = request.GET.get("page", "")[:_LONGEST_QUOTE]
    return asked if asked and asked != str(page.number) else ""


def _rows(entries: Iterable[Entry], state: Shown) -> Iterator[Row]:
    """Give each entry with the code's name: an editor's, or the category's of a code that left."""
    directory = state.directory
    for entry in entries:
        hcpcs = entry.hcpcs
        listed = directory.get(hcpcs)
        if listed:
            label, url = listed.label, listed.get_absolute_url()
        else:
            leaf = taxonomy.leaf_of(hcpcs)
            label = fallback_label(hcpcs, leaf.name if leaf else "Code", "")
            url = reverse("codes:code", args=[leaf.slug, hcpcs]) if leaf else ""
        yield Row(entry, label, url, REASONS[entry.why])


def _tallies(found: Ledger) -> list[Tally]:
    """Return how many rows changed for each reason, in words that follow "row" or "rows"."""
    work = "with other work RVUs"
    told = []
    if found.adjustment:
        likely = "likely the" if found.is_likely else "the"
        words = f"with exactly 0.975 of the work, rounded: {likely} 2026 efficiency adjustment"
        told.append((Why.EFFICIENCY, words))
        work = "with work revalued"
    told += [
        (Why.REVALUED, work),
        (Why.GONE, f"removed; whole codes: {found.codes_gone:,}"),
        (Why.NEW, f"added; new codes: {found.codes_new:,}"),
        (Why.STATUS, "with another status"),
        (Why.PRACTICE_EXPENSE, "with other practice expense RVUs"),
        (Why.MALPRACTICE, "with other malpractice RVUs"),
        (Why.GLOBAL_PERIOD, "with another global period"),
        (
            Why.INDICATOR,
            "with another payment indicator; nothing else but texts changed in "
            f"{found.only_indicators:,}",
        ),
        (Why.WORDING, "with another short text"),
    ]
    counts = [(found.rows.get(why, 0), words, why) for why, words in told]
    return [
        Tally(count, f"{'row' if count == 1 else 'rows'} {words}", why)
        for count, words, why in counts
    ]


def _chapters(found: Ledger) -> list[Group]:
    by_group: dict[str, list[Any]] = {}
    for hcpcs, moves in found.moves.items():
        for group in _slugs(hcpcs)[1:]:
            by_group.setdefault(group, []).append(moves)
    return [
        Group(group.name, group.slug, totals(by_group[group.slug]))
        for group in taxonomy.GROUPS
        if group.slug in by_group
    ]


def _leaves(found: Ledger) -> list[Group]:
    """Return the categories in which anything differs."""
    by_leaf: dict[str, list[Any]] = {}
    for hcpcs, moves in found.moves.items():
        for leaf in _slugs(hcpcs)[:1]:
            by_leaf.setdefault(leaf, []).append(moves)
    names = dict(taxonomy_names())
    groups = [
        Group(names[slug], slug, totals(by_leaf[slug]))
        for slug in taxonomy.LEAF_SLUGS
        if slug in by_leaf
    ]
    return [group for group in groups if group.totals.differing]


def _specialties(found: Ledger, state: Shown) -> list[Group]:
    """Return the specialties for any code of which anything differs."""
    groups = [
        Group(
            one.name,
            one.slug,
            totals(found.moves[hcpcs] for hcpcs in one.codes if hcpcs in found.moves),
        )
        for one in browse.specialties(state).values()
    ]
    return [group for group in groups if group.totals.differing]


def _track_url() -> str:
    """Return where a reader's tracked codes are, once accounts are part of the site."""
    try:
        return reverse("accounts:tracked")
    except NoReverseMatch:
        return ""


def _as_csv(
    old: FeeSchedule, new: FeeSchedule, rows: Iterable[Row], count: int, form: LedgerForm
) -> StreamingHttpResponse:
    name = f"rvuedge-changes-{old.release}-{new.release}.csv"
    return StreamingHttpResponse(
        csv_lines(_table(old, new, rows, count, "; ".join(words for words, _ in form.chips))),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Robots-Tag": "noindex",
        },
    )


def _table(
    old: FeeSchedule, new: FeeSchedule, rows: Iterable[Row], count: int, asked: str
) -> Iterator[Sequence[object]]:
    """Return the rows of the file: what it is and where it is from, the headings, the entries."""
    what = f", {asked}" if asked else ""
    word = "difference" if count == 1 else "differences"
    yield [f"RVU Edge: {count:,} {word} between {old.release} and {new.release}{what}"]
    yield [f"Source: CMS Physician Fee Schedule, releases {old.name} and {new.name}"]
    if changes.is_partial(old, new):
        yield ["Only the codes of the starter catalogue are compared, not the whole releases"]
    yield [
        "Names are RVU Edge's own or CMS's, never CPT descriptors. RVUs where not said otherwise"
    ]
    yield [
        f"CPT codes only are copyright {max(old.copyright_year, new.copyright_year)} American "
        "Medical Association. All rights reserved. Not affiliated with or endorsed by CMS or "
        "the AMA"
    ]
    yield []
    yield CSV_COLUMNS
    for row in rows:
        entry = row.entry
        yield [
            *(entry.hcpcs, entry.modifier, row.label, entry.what),
            *(entry.old_in_words, entry.new_in_words, entry.difference),
            "" if entry.share is None else f"{entry.share * 100:.1f}",
            row.reason,
        ]
