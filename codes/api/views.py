"""Every address that answers with JSON; whole files are in bulk.py."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, OrderBy, Q, QuerySet
from django.http import Http404, HttpResponsePermanentRedirect, QueryDict
from django.urls import Resolver404, resolve
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from codes import browse, changes, indicators, taxonomy
from codes.api import answers, parameters, pricing
from codes.api.base import AddressThrottle, ReadView, after, first
from codes.api.parameters import CODE, RELEASE, Query
from codes.api.problems import MEDIA_TYPE, NotReady
from codes.api.provenance import provenance, released
from codes.fee_schedule.compare import compare
from codes.filters import SORTS, StandingFilter
from codes.index import index
from codes.labels import may_be_shown
from codes.models import CodeEdition, FeeSchedule, Locality, Rate, Standing
from codes.rows import no_work
from codes.shown import Listed, Shown

MOST_HITS = 1000
_PARTS = {
    "code": (CODE, "A CPT or HCPCS code, in capitals or not."),
    "release": (RELEASE, "A loaded release: see /api/v1/releases/."),
}


def described(
    name: str,
    answer: type[Serializer] | Mapping[Any, Any],
    asks: type[Query] = Query,
    *parts: str,
    tags: Sequence[str],
    may_miss: bool = False,
) -> Callable[[type[ReadView]], type[ReadView]]:
    """Say what can be asked of a view and what it answers, to the view itself and to OpenAPI.

    `parts` are those of its path. Where there are some, or where it `may_miss`, a 404 is possible.
    """
    in_path = [
        OpenApiParameter(
            part, OpenApiTypes.STR, "path", pattern=f"^{_PARTS[part][0]}$",
            description=_PARTS[part][1],
        )
        for part in parts
    ]  # fmt: skip
    problems = [400, 406, 429, 503, *([404] if parts or may_miss else [])]

    def decorate(view: type[ReadView]) -> type[ReadView]:
        view.asks = asks
        return extend_schema_view(
            get=extend_schema(
                operation_id=name,
                summary=(view.__doc__ or "").partition("\n")[0],
                parameters=[*in_path, *([] if asks is Query else [asks])],
                responses={
                    **(answer if isinstance(answer, Mapping) else {200: answer}),
                    304: OpenApiResponse(description="Unchanged since the copy with that ETag."),
                    **{(status, MEDIA_TYPE): answers.Problem for status in sorted(problems)},
                },
                tags=list(tags),
            )
        )(view)

    return decorate


@described("root", answers.Links, tags=["About"])
class Root(ReadView):
    """Where everything is."""

    def answer(self, state: Shown, asked: dict[str, Any]) -> dict[str, Any]:
        names = ("codes", "search", "payment", "releases", "categories", "specialties",
                 "localities", "openapi", "docs")  # fmt: skip
        links = {name: self.address(f"api_{name}") for name in names}
        return self.told(answers.Links, state.schedule, links=links)


# Releases -----------------------------------------------------------------------------------


def release_or_404(view: ReadView, state: Shown, name: str) -> FeeSchedule:
    found = view.release(state, name.upper())
    if found is None:
        raise NotFound(f"There is no release {name[:20]} here: see {view.address('api_releases')}")
    return found


def _release(view: ReadView, schedule: FeeSchedule) -> dict[str, Any]:
    names = ("release", "rates", "rates_csv", "rates_jsonl", "changes")
    return {
        **released(schedule),
        "name": schedule.name,
        "is_active": schedule.is_active,
        "is_complete": schedule.is_complete,
        "conversion_factor": schedule.conversion_factor,
        "qp_conversion_factor": schedule.qp_conversion_factor,
        "anesthesia_factor": schedule.anesthesia_factor,
        "qp_anesthesia_factor": schedule.qp_anesthesia_factor,
        "codes": schedule.code_count,
        "rows": schedule.row_count,
        "files": schedule.sources,
        "links": {name: view.address(f"api_{name}", schedule.release) for name in names},
    }


@described("releases", answers.Releases, tags=["Releases"])
class Releases(ReadView):
    """The loaded releases, the newest first."""

    def answer(self, state: Shown, asked: dict[str, Any]) -> dict[str, Any]:
        loaded = sorted(state.schedules.values(), key=lambda one: one.release, reverse=True)
        results = [_release(self, one) for one in loaded]
        return self.told(answers.Releases, state.schedule, results=results)


@described("release", answers.OneRelease, Query, "release", tags=["Releases"])
class Release(ReadView):
    """One loaded release: its factors, and its files with their digests."""

    def answer(self, state: Shown, asked: dict[str, Any], release: str) -> dict[str, Any]:
        schedule = release_or_404(self, state, release)
        return self.told(answers.OneRelease, schedule, result=_release(self, schedule))


@described("rates", answers.Rates, parameters.RatesQuery, "release", tags=["Releases"])
class Rates(ReadView):
    """The rows of a release as published, in the order of code and modifier."""

    def answer(self, state: Shown, asked: dict[str, Any], release: str) -> dict[str, Any]:
        schedule = release_or_404(self, state, release)
        rows = Rate.objects.filter(schedule=schedule).order_by("code_id", "modifier")
        if "code" in asked:
            rows = rows.filter(code=asked["code"].upper())
        if "status" in asked:
            rows = rows.filter(status__in=asked["status"])
        place = self.place(asked, CODE, "[0-9A-Z]{0,2}")
        if place:
            rows = rows.filter(after(("code_id", "modifier"), place))
        found, more = first(rows, asked["size"])
        following = self.next_page(found[-1].code_id, found[-1].modifier) if more else None
        return self.told(answers.Rates, schedule, next=following, results=found)


@described("changes", answers.Changes, parameters.ChangesQuery, "release", tags=["Releases"])
class Changes(ReadView):
    """What a release changed against an earlier one, column by column, with the reason."""

    def answer(self, state: Shown, asked: dict[str, Any], release: str) -> dict[str, Any]:
        schedule = release_or_404(self, state, release)
        since = _earlier(self, state, schedule, asked.get("since"))
        try:
            found = changes.between(since, schedule)
        except changes.Busy as error:
            raise NotReady("Other releases are being compared.", wait=30) from error
        entries = found.chosen(asked.get("reason", ""), asked.get("code", "").upper())
        begins = int((self.place(asked, "[0-9]{1,7}") or ["0"])[0])  # a ledger never changes
        ends = begins + asked["size"]
        results = [
            {
                "code": one.hcpcs,
                "modifier": one.modifier,
                "column": one.column or None,
                "old": written(one.hcpcs, one.column, one.old) if one.column else None,
                "new": written(one.hcpcs, one.column, one.new) if one.column else None,
                "difference": None if one.difference is None else f"{one.difference:f}",
                "reason": one.why.value,
            }
            for one in entries[begins:ends]
        ]
        return self.told(
            answers.Changes,
            schedule,
            since=provenance(since),
            next=self.next_page(str(ends)) if len(entries) > ends else None,
            results=results,
        )


def _earlier(
    view: ReadView, state: Shown, schedule: FeeSchedule, asked: str | None
) -> FeeSchedule:
    """Return the release to compare with: the one that is asked for, or the one before."""
    if asked is None:
        found = changes.before(state, schedule)
        if found is None:
            raise NotFound(f"No release before {schedule.release} is loaded.")
        return found
    found = view.release(state, asked)
    if found is None or found.release >= schedule.release:
        told = f"This is no loaded release before {schedule.release}: see /api/v1/releases/."
        raise ValidationError({"since": told})
    return found


# Codes --------------------------------------------------------------------------------------


_OF_STANDING = (
    *("status", "is_payable", "global_days", "work_rvu", "pe_nonfac", "pe_fac", "mp_rvu"),
    *("total_nonfac", "total_fac", "national_nonfac", "national_fac", "change"),
)


def _code(view: ReadView, one: Standing, listed: Listed) -> dict[str, Any]:
    """Return what lists say of a code."""
    return {
        **{column: getattr(one, column) for column in _OF_STANDING},
        "code": one.code_id,
        "system": listed.system,
        "label": listed.label,
        "has_text": listed.has_text,
        "category": {"slug": listed.category_slug, "name": listed.category_name},
        "status_meaning": indicators.status(one.status).short,
        "modifiers": [modifier for modifier in one.modifiers.split(",") if modifier],
        "credited_work_rvu": one.work_rvu if one.is_payable and one.work_rvu else None,
        "no_work": no_work(one),
        "work_rvu_before": one.work_before,
        "url": view.address("api_code", one.code_id),
        "page": view.page(listed.get_absolute_url()),
    }


class _Order:
    """The order of a list of codes as a query can go on in it, after any row.

    The key of every order is one number, which may be missing: those come last.
    """

    def __init__(self, sort: str) -> None:
        order = SORTS[sort].order[0]
        self.by_code = not isinstance(order, OrderBy)
        self.expression = F("code_id") if self.by_code else order.expression
        self.descends = not self.by_code and order.descending

    def annotated(self, rows: QuerySet) -> QuerySet:
        return rows.annotate(sort_key=self.expression)

    def parts(self, row: Any) -> tuple[str, str]:
        return "" if self.by_code or row.sort_key is None else str(row.sort_key), row.code_id

    def after(self, key: str, hcpcs: str) -> Q:
        if self.by_code:
            return Q(code_id__gt=hcpcs)
        if not key:
            return Q(sort_key=None, code_id__gt=hcpcs)
        value = Decimal(key)
        behind = Q(sort_key__lt=value) if self.descends else Q(sort_key__gt=value)
        return behind | Q(sort_key=value, code_id__gt=hcpcs) | Q(sort_key=None)


@described("codes", answers.Codes, parameters.CodesQuery, tags=["Codes"])
class Codes(ReadView):
    """The codes of the active release, filtered and sorted as on the public list."""

    def answer(self, state: Shown, asked: dict[str, Any]) -> dict[str, Any]:
        order = _Order(asked["sort"])
        rows = order.annotated(_filtered(state, asked)).defer("neighbors")
        place = self.place(asked, r"|[0-9]{1,8}(\.[0-9]{2})?", CODE)
        if place:
            rows = rows.filter(order.after(*place))
        found, more = first(rows, asked["size"])
        results = [_code(self, one, state.directory[one.code_id]) for one in found]
        following = self.next_page(*order.parts(found[-1])) if more else None
        return self.told(answers.Codes, state.schedule, next=following, results=results)


def _filtered(state: Shown, asked: dict[str, Any]) -> QuerySet:
    """Return the standings that the public list would show; ValidationError names bad values."""
    query = QueryDict(mutable=True)
    for name in StandingFilter.base_filters:
        if name in asked and name != "size":
            value = asked[name]
            query.setlist(name, value if isinstance(value, list) else [str(value)])
    found = StandingFilter(query, state)
    if not found.is_valid():
        where = {"category": "see /api/v1/categories/", "specialty": "see /api/v1/specialties/"}
        raise ValidationError(
            {name: f"There is none that is called so: {where[name]}." if name in where else told
             for name, told in found.errors.items()}
        )  # fmt: skip
    return found.qs


@described("code", answers.OneCode, Query, "code", tags=["Codes"])
class Code(ReadView):
    """One code of the active release: figures, comparison, rows, and its editor's text."""

    def answer(self, state: Shown, asked: dict[str, Any], code: str) -> dict[str, Any]:
        hcpcs = code.upper()
        schedule = state.schedule
        listed = state.directory.get(hcpcs)
        if listed is None:
            raise NotFound(_no_code(hcpcs, schedule))
        standing = Standing.objects.get(schedule=schedule, code=hcpcs)
        statistics = state.statistics[standing.category_id]
        spread = ("payable", "with_work", "minimum", "quartile_1", "median", "quartile_3",
                  "maximum")  # fmt: skip
        rows = Rate.objects.filter(schedule=schedule, code=hcpcs).order_by("modifier")
        edition = CodeEdition.objects.of_subject(subject__code=hcpcs) if listed.has_text else None
        result = {
            **_code(self, standing, listed),
            "descriptor": listed.wording or None,
            "comparison": {
                **{name: getattr(statistics, name) for name in spread},
                "below": standing.below,
                "neighbors": [{"code": one, "work_rvu": work} for one, work in standing.neighbors],
            },
            "rates": rows,
            "text": _text(edition) if edition else None,
        }
        return self.told(answers.OneCode, schedule, result=result)


def _no_code(hcpcs: str, schedule: FeeSchedule) -> str:
    if not taxonomy.is_code(hcpcs):
        return "A code has five characters: 99213, 0042T or G0411."
    return (
        f"There is no code {hcpcs} in release {schedule.release}. Other releases may have it: "
        f"/api/v1/codes/{hcpcs}/history/."
    )


def _text(edition: CodeEdition) -> dict[str, Any]:
    body = edition.body
    return {
        **body,
        "specialties": [{"slug": slug, "name": name} for slug, name in body["specialties"]],
        "questions": [{"question": one, "answer": other} for one, other in body["questions"]],
        "related": [{"code": code, "kind": kind, "note": note}
                    for code, kind, note in body["related"]],
        "published_at": edition.starts_at,
        "reviewed_on": edition.reviewed_on,
    }  # fmt: skip


@described("history", answers.History, Query, "code", tags=["Codes"])
class History(ReadView):
    """A code in every loaded release that has it, and what each changed."""

    def answer(self, state: Shown, asked: dict[str, Any], code: str) -> dict[str, Any]:
        hcpcs = code.upper()
        rows: dict[int, list[Rate]] = {}
        if taxonomy.is_code(hcpcs):
            for row in Rate.objects.filter(code=hcpcs).order_by("modifier"):
                rows.setdefault(row.schedule_id, []).append(row)
        loaded = sorted(state.schedules.values(), key=lambda one: one.release)
        past = [(one, rows[one.pk]) for one in loaded if one.pk in rows]
        if not past:
            raise NotFound(f"No release that is loaded has a code {hcpcs[:20]}.")
        results = [
            {
                **released(schedule),
                "is_active": schedule.is_active,
                "conversion_factor": schedule.conversion_factor,
                "rates": own,
                "changes": _differences(past[place - 1], (schedule, own)) if place else [],
            }
            for place, (schedule, own) in enumerate(past)
        ]
        results.reverse()
        return self.told(answers.History, state.schedule, code=hcpcs, results=results)


def _differences(
    before: tuple[FeeSchedule, list[Rate]], here: tuple[FeeSchedule, list[Rate]]
) -> list[dict[str, Any]]:
    """Return each column of a code that two releases do not have alike."""
    (old, old_rows), (new, new_rows) = before, here
    found = compare(old_rows, new_rows, old.release, new.release)
    told = [_whole(row, "new") for row in found.added] + [
        _whole(row, "gone") for row in found.gone
    ]
    return told + [
        {
            "modifier": row.modifier,
            "column": field.name,
            "old": written(row.hcpcs, field.name, field.old),
            "new": written(row.hcpcs, field.name, field.new),
            "reason": field.reason.value,
        }
        for row in found.changed
        for field in row.fields
    ]


def _whole(row: Any, reason: str) -> dict[str, Any]:
    return {"modifier": row.modifier, "column": None, "old": None, "new": None, "reason": reason}


def written(hcpcs: str, column: str, value: Any) -> str | None:
    """Return a value of the file as text; null where its owner does not allow it."""
    if column == "descriptor" and not may_be_shown(taxonomy.descriptor_owner(hcpcs)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


# Lists to choose from -----------------------------------------------------------------------


@described("categories", answers.Categories, tags=["Codes"])
class Categories(ReadView):
    """The categories of codes, each chapter before its own, with the spread of their work."""

    def answer(self, state: Shown, asked: dict[str, Any]) -> dict[str, Any]:
        columns = ("codes", "payable", "with_work", "minimum", "quartile_1", "median",
                   "quartile_3", "maximum")  # fmt: skip
        results = [
            {
                "slug": shelf.slug,
                "name": shelf.name,
                "chapter": shelf.group or None,
                **{column: getattr(shelf.statistics, column) for column in columns},
                "url": self.address("api_codes", category=shelf.slug),
                "page": self.page(shelf.get_absolute_url()),
            }
            for shelf in browse.shelves(state).values()
        ]
        return self.told(answers.Categories, state.schedule, results=results)


@described("specialties", answers.Specialties, tags=["Codes"])
class Specialties(ReadView):
    """The specialties that published texts name."""

    def answer(self, state: Shown, asked: dict[str, Any]) -> dict[str, Any]:
        results = [
            {
                "slug": shelf.slug,
                "name": shelf.name,
                "codes": len(shelf.codes),
                "url": self.address("api_codes", specialty=shelf.slug),
                "page": self.page(shelf.get_absolute_url()),
            }
            for shelf in browse.specialties(state).values()
        ]
        return self.told(answers.Specialties, state.schedule, results=results)


@described("localities", answers.Localities, parameters.LocalitiesQuery, tags=["Payment"])
class Localities(ReadView):
    """The payment localities of a release with their indices (GPCIs)."""

    def answer(self, state: Shown, asked: dict[str, Any]) -> dict[str, Any]:
        schedule = asked_release(self, state, asked)
        place = self.place(asked, "[0-9]{5}", "[0-9A-Z]{2}")
        if "zip" in asked:
            found, _ = pricing.locality_of_zip(state, schedule, asked["zip"])
            fits = found and asked.get("state", found.state).upper() == found.state
            shown, more = [found] if fits and not place else [], False
        else:
            rows = Locality.objects.filter(schedule=schedule).order_by("mac", "number")
            if "state" in asked:
                rows = rows.filter(state=asked["state"].upper())
            if place:
                rows = rows.filter(after(("mac", "number"), place))
            shown, more = first(rows, asked["size"])
        following = self.next_page(shown[-1].mac, shown[-1].number) if more else None
        return self.told(answers.Localities, schedule, next=following, results=shown)


def asked_release(view: ReadView, state: Shown, asked: dict[str, Any]) -> FeeSchedule:
    """Return the release that a parameter names; without one, the active one."""
    schedule = view.release(state, asked.get("release"))
    if schedule is None:
        raise ValidationError({"release": "This release is not loaded: see /api/v1/releases/."})
    return schedule


# Payment and search -------------------------------------------------------------------------


@described("payment", answers.OnePayment, parameters.PaymentQuery, tags=["Payment"], may_miss=True)
class Payment(ReadView):
    """What Medicare allows for one line, with every step of the sum."""

    def answer(self, state: Shown, asked: dict[str, Any]) -> dict[str, Any]:
        remarks: list[str] = []
        if "date" in asked:
            schedule, remarks = pricing.release_of_day(state, asked)
        else:
            schedule = asked_release(self, state, asked)
        result = pricing.payment(state, schedule, asked)
        result["remarks"] += remarks
        return self.told(answers.OnePayment, schedule, result=result)


@described("search", answers.Hits, parameters.SearchQuery, tags=["Codes"])
class Search(ReadView):
    """What words find, best first: at most the first thousand."""

    def answer(self, state: Shown, asked: dict[str, Any]) -> dict[str, Any]:
        words = " ".join(asked["q"].split())
        begins = int((self.place(asked, "[0-9]{1,3}") or ["0"])[0])
        ends = min(begins + asked["size"], MOST_HITS)
        found = index(state).search(words, limit=ends)
        results = []
        for hit in found.hits[begins:ends]:
            listed = state.directory[hit.entry.hcpcs]
            results.append(
                {
                    "code": listed.hcpcs,
                    "system": listed.system,
                    "label": listed.label,
                    "why": hit.why,
                    "credited_work_rvu": listed.work or None,
                    "url": self.address("api_code", listed.hcpcs),
                    "page": self.page(listed.get_absolute_url()),
                }
            )
        more = ends < min(found.total, MOST_HITS)
        return self.told(
            answers.Hits,
            state.schedule,
            next=self.next_page(str(ends)) if more else None,
            total=found.total,
            corrected=found.corrected,
            results=results,
        )


# What is not there --------------------------------------------------------------------------


class Nothing(APIView):
    """Any other address: the one with a final slash, if that is there, or a 404."""

    throttle_classes = [AddressThrottle]
    schema = None

    def get(self, request: Any, path: str) -> HttpResponsePermanentRedirect:
        address = f"{request.path_info}/"
        try:
            match = resolve(address)
        except Resolver404:
            match = None
        if match is None or match.url_name == "api_nothing" or "?" in path:
            raise Http404
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{request.path}/{'?' + query if query else ''}")

    def options(self, request: Any, path: str) -> Response:
        raise Http404
