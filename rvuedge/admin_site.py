"""The editing site: Django's admin, whose start page answers "what needs me?"."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import CharField, Count, F, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from accounts import second_factor
from accounts.models import SupportRequest
from accounts.views.entrance import WIPE
from blog.models import Correction
from codes import doubts
from codes.models import CodeContent, CodeEdition, Standing
from codes.utilization import order_in_words, services_of
from rvuedge.publishing import Publishable, State

SHOWN = 5  # rows of each list on the start page
CODES_PER_PAGE = 100

# How the database words what `str` says of a text: lists of several models come in one query.
TITLES = {
    "codes.codecontent": Concat("code_id", Value(" "), "label", output_field=CharField()),
    "codes.introduction": Concat(
        Value("Introduction to "),
        Coalesce("category__name", "specialty__name"),
        output_field=CharField(),
    ),
    "blog.post": F("title"),
    "blog.landingpage": F("title"),
    "blog.helparticle": F("title"),
    "blog.term": F("title"),
    "blog.faq": F("question"),
    "blog.redirect": Concat("old_path", Value(" → "), "new_path", output_field=CharField()),
}


class Item(NamedTuple):
    """One row of a list: what it is called, its page in the admin, and what stands beside it."""

    title: str
    url: str
    note: Any = ""


class Link(NamedTuple):
    label: str
    url: str
    count: int


@dataclass
class Panel:
    """One answer to "what needs me": how many there are, the first few, and all of them."""

    slug: str
    title: str
    nothing: str  # said where there is none
    order: str = ""  # which of them come first, where that is not plain to see
    count: int = 0
    items: list[Item] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


class Sort(NamedTuple):
    """A list of texts in some state: who sees it, which texts, in which order, where to find all.

    `right` is the action of the permission that it takes ("change": codes.change_codecontent).
    """

    slug: str
    title: str
    nothing: str
    right: str
    which: Callable[[Any], Q]
    moment: str
    query: dict[str, str]


def _not_own(user: Any) -> Q:
    own = Q(author=user) & Q(author__isnull=False)
    return Q() if settings.EDITORS_MAY_REVIEW_THEMSELVES else ~own


SORTS = (
    Sort(
        "drafts",
        "My drafts",
        "You have no draft.",
        "change",
        lambda user: Q(state=State.DRAFT) & (Q(owner=user) | Q(author=user)),
        "updated_at",
        {"state__exact": "draft"},
    ),
    Sort(
        "review",
        "Waiting for my review",
        "Nothing by others is in review.",
        "review",
        lambda user: Q(state=State.IN_REVIEW) & _not_own(user),
        "updated_at",
        {"state__exact": "review"},
    ),
    Sort(
        "approved",
        "Approved, to be published",
        "Nothing waits to be published.",
        "publish",
        lambda user: Q(state=State.APPROVED),
        "updated_at",
        {"state__exact": "approved"},
    ),
    Sort(
        "overdue",
        "To be looked at again",
        "No review of yours is due.",
        "change",
        lambda user: (
            ~Q(state=State.ARCHIVED)
            & Q(next_review_on__lte=timezone.localdate())
            & (Q(owner=user) | Q(owner=None))
        ),
        "next_review_on",
        {"overdue": "yes"},
    ),
)


class Autocomplete(AutocompleteJsonView):
    """Django's, but for the owner of a text: whoever may write texts may name a colleague."""

    @property
    def is_for_owner(self) -> bool:
        field = self.source_field
        return field.name == "owner" and issubclass(field.model, Publishable)

    def has_perm(self, request: HttpRequest, obj: Any = None) -> bool:
        if self.is_for_owner:
            writing = self.admin_site.get_model_admin(self.source_field.model)
            return writing.has_change_permission(request) or writing.has_add_permission(request)
        return super().has_perm(request, obj)

    def get_queryset(self) -> QuerySet:
        found = super().get_queryset()
        return found.filter(is_active=True, is_staff=True) if self.is_for_owner else found


class EditingSite(admin.AdminSite):
    site_title = "RVU Edge"
    site_header = "RVU Edge editing"
    index_title = "What needs you"

    def has_permission(self, request: HttpRequest) -> bool:
        # Asked again on every page: a session may be older than the setting.
        return super().has_permission(request) and not second_factor.is_lacking(request)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the one sign-in of the site, or say what is missing to enter here."""
        index = reverse("admin:index", current_app=self.name)
        wanted = request.GET.get("next", "")
        is_own = url_has_allowed_host_and_scheme(
            wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        target = wanted if is_own and wanted != request.path else index
        if self.has_permission(request):
            return HttpResponseRedirect(target)
        if not request.user.is_authenticated:
            return redirect_to_login(target, reverse("account_login"))
        context = {
            "is_staff": super().has_permission(request),
            "has_factor": second_factor.has_one(request.user),
            "target": target,
        }
        return TemplateResponse(request, "account/no_entry.html", context, status=403)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().logout(request, extra_context)
        response["Clear-Site-Data"] = WIPE
        return response

    def get_urls(self) -> list[Any]:
        own = [
            path("without-text/", self.admin_view(self.without_text), name="without_text"),
        ]
        return [*own, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        panels = [*self.text_panels(request), *self.other_panels(request)]
        return super().index(request, {"panels": panels, **(extra_context or {})})

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return Autocomplete.as_view(admin_site=self)(request)

    # --- Texts in all their states ------------------------------------------------------------

    def text_panels(self, request: HttpRequest) -> list[Panel]:
        """Return a panel for each of SORTS that this person has the right to work on."""
        user = request.user
        counts = {model: self._counts(model, user) for model in self.publishable_models()}
        panels = []
        for sort in SORTS:
            models = [
                model
                for model in counts
                if user.has_perm(f"{model._meta.app_label}.{sort.right}_{model._meta.model_name}")
            ]
            if not models:
                continue
            panel = Panel(sort.slug, sort.title, sort.nothing)
            for model in models:
                if count := counts[model][sort.slug]:
                    name = str(model._meta.verbose_name_plural)
                    label = f"{name[:1].upper()}{name[1:]}"
                    panel.links.append(Link(label, self._list_url(model, sort, user), count))
                    panel.count += count
            panel.items = self._first(sort, models, user)
            panels.append(panel)
        return panels

    def publishable_models(self) -> list[type[Publishable]]:
        return [
            model
            for model in apps.get_models()
            if issubclass(model, Publishable) and self.is_registered(model)
        ]

    @staticmethod
    def _counts(model: type[Publishable], user: Any) -> dict[str, int]:
        return model._default_manager.aggregate(
            **{sort.slug: Count("pk", filter=sort.which(user)) for sort in SORTS}
        )

    def _first(self, sort: Sort, models: list[type[Publishable]], user: Any) -> list[Item]:
        """Return the first few texts of all these models, the oldest first, in one query."""
        found: list[QuerySet] = []
        for model in models:
            rows = model._default_manager.order_by().filter(sort.which(user))
            rows = rows.annotate(
                kind=Value(model._meta.label_lower, output_field=CharField()),
                key=F("pk"),
                name=TITLES[model._meta.label_lower],
                moment=F(sort.moment),
            )
            found.append(rows.values_list("kind", "key", "name", "moment"))
        first, *others = found
        rows = first.union(*others, all=True) if others else first
        return [
            Item(name, self._change_url(apps.get_model(kind), key), moment)
            for kind, key, name, moment in rows.order_by("moment", "key")[:SHOWN]
        ]

    def _list_url(self, model: type[Model], sort: Sort, user: Any) -> str:
        mine = {"owner": "me"} if sort.slug == "drafts" else {}
        return f"{self._url(model, 'changelist')}?{urlencode(sort.query | mine)}"

    # --- What releases and readers leave to do --------------------------------------------------

    def other_panels(self, request: HttpRequest) -> list[Panel]:
        user = request.user
        panels = []
        order = order_in_words()
        if user.has_perm("codes.change_doubt") and self.is_registered(doubts.Doubt):
            panels.append(self._doubtful(user, order))
        if user.has_perm("blog.change_correction") and self.is_registered(Correction):
            panels.append(self._corrections(user))
        if user.has_perm("accounts.change_supportrequest") and self.is_registered(SupportRequest):
            panels.append(self._requests(user))
        if user.has_perm("codes.add_codecontent") and self.is_registered(CodeContent):
            panels.append(self._without_text(order))
        return panels

    def _doubtful(self, user: Any, order: str) -> Panel:
        rows = doubts.waiting().filter(Q(assigned_to=user) | Q(assigned_to=None))
        panel = Panel("doubts", "Doubtful since the release", "No text is doubtful.")
        panel.count, panel.order = rows.count(), order
        panel.items = [
            Item(str(doubt.content), self._change_url(doubts.Doubt, doubt.pk), doubt.reason)
            for doubt in doubts.weighed(rows)[:SHOWN]
        ]
        url = self._url(doubts.Doubt, "changelist")
        panel.links = [Link("Queue", url, panel.count)] if panel.count else []
        return panel

    def _corrections(self, user: Any) -> Panel:
        rows = Correction.objects.filter(state=Correction.State.NEW).filter(
            Q(assigned_to=user) | Q(assigned_to=None)
        )
        panel = Panel("corrections", "Readers’ corrections", "No reader waits for an answer.")
        panel.count = rows.count()
        panel.items = [
            Item(str(row), self._change_url(Correction, row.pk), row.reported_at)
            for row in rows.order_by("reported_at", "pk")[:SHOWN]
        ]
        url = f"{self._url(Correction, 'changelist')}?state__exact={Correction.State.NEW}"
        panel.links = [Link("Corrections", url, panel.count)] if panel.count else []
        return panel

    def _requests(self, user: Any) -> Panel:
        state = SupportRequest.State.OPEN
        rows = SupportRequest.objects.filter(state=state).filter(
            Q(assigned_to=user) | Q(assigned_to=None)
        )
        panel = Panel("requests", "Requests for help", "Nobody waits for help.")
        panel.count = rows.count()
        panel.items = [
            Item(str(row), self._change_url(SupportRequest, row.pk), row.sent_at)
            for row in rows.order_by("sent_at", "pk")[:SHOWN]
        ]
        url = f"{self._url(SupportRequest, 'changelist')}?state__exact={state}"
        panel.links = [Link("Requests", url, panel.count)] if panel.count else []
        return panel

    def _without_text(self, order: str) -> Panel:
        rows = codes_without_text()
        panel = Panel("without-text", "Codes without a text", "Every code has a public text.")
        panel.count, panel.order = rows.count(), order
        panel.items = [self._to_be_written(row) for row in rows[:SHOWN]]
        url = reverse("admin:without_text", current_app=self.name)
        panel.links = [Link("All", url, panel.count)] if panel.count else []
        return panel

    def without_text(self, request: HttpRequest) -> HttpResponse:
        """List the codes for which nothing is public, those that matter most first."""
        if not request.user.has_perm("codes.add_codecontent"):  # reading it is of no use then
            raise PermissionDenied
        page = Paginator(codes_without_text(), CODES_PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.each_context(request),
            "title": "Codes without a text",
            "order": order_in_words(),
            "page": page,
            "items": [self._to_be_written(row) for row in page],
        }
        request.current_app = self.name
        return TemplateResponse(request, "admin/without_text.html", context)

    def _to_be_written(self, standing: Any) -> Item:
        if standing.draft:
            url = self._change_url(CodeContent, standing.draft)
        else:
            url = f"{self._url(CodeContent, 'add')}?{urlencode({'code': standing.code_id})}"
        paid = f"${standing.paid:,}" if standing.paid is not None else "no national payment"
        billed = f"{standing.services:,} services" if standing.services is not None else ""
        note = ", ".join(filter(None, (billed, paid, standing.draft and "a draft exists")))
        return Item(f"{standing.code_id}, {standing.category.name}", url, note)

    # --- Addresses ------------------------------------------------------------------------------

    def _url(self, model: type[Model], page: str, *args: Any) -> str:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
        return reverse(name, args=args, current_app=self.name)

    def _change_url(self, model: type[Model], key: Any) -> str:
        return self._url(model, "change", key)


def codes_without_text() -> QuerySet:
    """Return the codes of the release that is shown for which no text is public: Standings.

    Ordered by Medicare's services, where they are known; then by the national payment (office, or
    facility where there is no office), then code. With `services`, `paid`, and `draft`: the key of
    a working copy, if somebody has begun one.
    """
    written = CodeEdition.objects.in_force().values("subject__code_id")
    return (
        Standing.objects.filter(schedule__is_active=True)
        .exclude(code__in=written)
        .select_related("category")
        .defer("neighbors")
        .annotate(
            services=services_of("code_id"),
            paid=Coalesce("national_nonfac", "national_fac"),
            draft=F("code__content__pk"),
        )
        .order_by(F("services").desc(nulls_last=True), F("paid").desc(nulls_last=True), "code_id")
    )
