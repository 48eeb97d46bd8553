"""The queue of texts that a release made doubtful: to confirm, to revise, or to hand on."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from codes import doubts
from codes.models import Doubt, Specialty
from rvuedge.differences import as_text
from rvuedge.publishing import NotAllowedNow
from rvuedge.publishing_admin import staff

MOST_AT_ONCE = 2000  # confirmations in one go
SHOWN = 3  # changes of a row in the list

COLUMNS = {
    "status": "status",
    "not_used": "not used for Medicare payment",
    "work_rvu": "work RVUs",
    "pe_nonfac": "practice expense RVUs, office",
    "pe_fac": "practice expense RVUs, facility",
    "mp_rvu": "malpractice RVUs",
    "nonfac_na": "office rate does not apply",
    "fac_na": "facility rate does not apply",
    "pctc": "professional and technical component",
    "global_days": "global period",
    "pre_pct": "preoperative share",
    "intra_pct": "intraoperative share",
    "post_pct": "postoperative share",
    "mult_proc": "multiple procedures",
    "bilat": "bilateral surgery",
    "asst": "assistant at surgery",
    "cosurg": "co-surgeons",
    "team": "team surgery",
    "pricing_ind": "pricing indicator",
    "endo_base": "endoscopic base code",
    "supervision": "physician supervision",
    "img_family": "imaging family",
    "opps_pe_nonfac": "practice expense RVUs for the outpatient cap, office",
    "opps_pe_fac": "practice expense RVUs for the outpatient cap, facility",
    "opps_mp": "malpractice RVUs for the outpatient cap",
}
PARTS = {
    "label": "Label",
    "description": "Description",
    "plain_language": "Plain language",
    "clinical_context": "Clinical context",
    "billing": "Billing",
    "questions": "Questions",
    "related": "Related codes",
    "sources": "Sources",
}


class QueueFilter(admin.SimpleListFilter):
    """What waits is shown unless something else is asked for."""

    title = "queue"
    parameter_name = "queue"

    def lookups(self, request, model_admin):
        return [("settled", "Settled"), ("other", "Open, of other releases"), ("all", "All")]

    def choices(self, changelist):
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": "To be looked at",
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        if self.value() == "settled":
            return queryset.exclude(outcome=Doubt.Outcome.OPEN)
        if self.value() == "other":
            return queryset.filter(outcome=Doubt.Outcome.OPEN, schedule__is_active=False)
        if self.value() == "all":
            return queryset
        return queryset.filter(outcome=Doubt.Outcome.OPEN, schedule__is_active=True)


class ReasonFilter(admin.SimpleListFilter):
    title = "reason"
    parameter_name = "reason"

    def lookups(self, request, model_admin):
        return [(reason, f"{reason[:1].upper()}{reason[1:]}") for reason in doubts.REASONS]

    def queryset(self, request, queryset):
        return queryset.filter(reason=self.value()) if self.value() else queryset


class AssignedFilter(admin.SimpleListFilter):
    title = "assigned to"
    parameter_name = "assigned"

    def lookups(self, request, model_admin):
        people = [(str(person.pk), str(person)) for person in staff()]
        return [("me", "Me"), ("nobody", "Nobody"), *people]

    def queryset(self, request, queryset):
        if self.value() == "me":
            return queryset.filter(assigned_to=request.user)
        if self.value() == "nobody":
            return queryset.filter(assigned_to=None)
        return queryset.filter(assigned_to=_key(self.value())) if self.value() else queryset


class SpecialtyFilter(admin.SimpleListFilter):
    title = "specialty"
    parameter_name = "specialty"

    def lookups(self, request, model_admin):
        return list(Specialty.objects.values_list("slug", "name"))

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.filter(content__specialties__slug=self.value())  # one row for each text


@admin.register(Doubt)
class DoubtAdmin(admin.ModelAdmin):
    list_display = ["code", "reason", "what_changed", "stale", "services", "paid", "assigned_to",
                    "schedule", "outcome"]  # fmt: skip
    list_filter = [QueueFilter, ReasonFilter, AssignedFilter, SpecialtyFilter]
    list_select_related = ["content", "schedule", "assigned_to"]
    list_per_page = 100
    list_max_show_all = MOST_AT_ONCE
    show_full_result_count = False
    search_fields = ["=content__code__hcpcs", "content__label"]
    search_help_text = (
        "A code, or words of a label. The most billed codes come first, or the best paid."
    )
    actions = ["confirm_many", "assign_many"]

    # --- Rights -----------------------------------------------------------------------------

    def has_add_permission(self, request):
        return False  # releases raise doubts

    def has_delete_permission(self, request, obj=None):
        return False

    # --- The list ---------------------------------------------------------------------------

    def get_queryset(self, request):
        return doubts.weighed(super().get_queryset(request))

    def get_ordering(self, request):
        return doubts.FIRST  # else the list would take the model's own

    @admin.display(description="code", ordering="content__code_id")
    def code(self, doubt):
        return str(doubt.content)

    @admin.display(description="what changed")
    def what_changed(self, doubt):
        said = [in_words(change) for change in doubt.changes[:SHOWN]]
        more = len(doubt.changes) - SHOWN
        return "; ".join([*said, f"{more} more"] if more > 0 else said) or "only a number"

    @admin.display(description="numbers in the text")
    def stale(self, doubt):
        return ", ".join(dict.fromkeys(number for _, number, _ in doubt.stale_numbers)) or "none"

    @admin.display(description="services", ordering="services")
    def services(self, doubt):
        return None if doubt.services is None else f"{doubt.services:,}"

    @admin.display(description="national payment", ordering="paid")
    def paid(self, doubt):
        return None if doubt.paid is None else f"${doubt.paid:,}"

    # --- One doubt --------------------------------------------------------------------------

    def get_urls(self):
        own = [
            path(
                f"<path:object_id>/{step}/",
                self.admin_site.admin_view(view),
                name=f"codes_doubt_{step}",
            )
            for step, view in (("confirm", self.confirm_view), ("assign", self.assign_view))
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show what changed beside the public text, and what can be done about it."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        doubt = self._doubt(request, object_id, "view")
        edition = doubt.content.in_force()
        body = edition.body if edition else doubt.content.to_body()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(doubt.content),
            "subject": doubt,
            "doubt": doubt,
            "change_url": reverse("admin:codes_doubt_change", args=[doubt.pk]),
            "changes": [(*change[:1], column_of(change), *change[2:]) for change in doubt.changes],
            "stale": [(PARTS.get(part, part), *rest) for part, *rest in doubt.stale_numbers],
            "is_public": edition is not None,
            "parts": [
                (label, as_text(body[name])) for name, label in PARTS.items() if body.get(name)
            ],
            "is_open": not doubt.outcome,
            "may_decide": not doubt.outcome and self.has_change_permission(request, doubt),
            "people": staff(),
            "revise_url": reverse("admin:codes_codecontent_change", args=[doubt.content_id]),
            "queue_url": reverse("admin:codes_doubt_changelist"),
        }
        return TemplateResponse(request, "admin/codes/doubt/change.html", context)

    def confirm_view(self, request, object_id):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        doubt = self._doubt(request, object_id, "change")
        if not self._confirm(request, [doubt]):
            return HttpResponseRedirect(reverse("admin:codes_doubt_change", args=[doubt.pk]))
        return HttpResponseRedirect(reverse("admin:codes_doubt_changelist"))

    def assign_view(self, request, object_id):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        doubt = self._doubt(request, object_id, "change")
        self._assign(request, [doubt])
        return HttpResponseRedirect(reverse("admin:codes_doubt_change", args=[doubt.pk]))

    def _doubt(self, request, object_id, permission):
        doubt = self.get_object(request, unquote(object_id))
        if not getattr(self, f"has_{permission}_permission")(request, doubt):
            raise PermissionDenied
        if doubt is None:
            raise Http404("There is no such doubt.")
        return doubt

    # --- Several at once --------------------------------------------------------------------

    @admin.action(description="Confirm as they are", permissions=["change"])
    def confirm_many(self, request, queryset):
        if "confirmed" not in request.POST:
            return self._ask(request, queryset, "confirm_many", "Confirm as they are")
        chosen = list(queryset[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            self.message_user(request, f"At most {MOST_AT_ONCE:,} at a time.", messages.ERROR)
        elif not self._confirm(request, chosen):
            return self._ask(request, queryset, "confirm_many", "Confirm as they are")
        return None

    @admin.action(description="Assign", permissions=["change"])
    def assign_many(self, request, queryset):
        if "confirmed" not in request.POST:
            return self._ask(request, queryset, "assign_many", "Assign", staff())
        self._assign(request, queryset)
        return None

    def _ask(self, request, queryset, action, title, people=None):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "action": action,
            "chosen": queryset[:20],
            "count": queryset.count(),
            "selected": request.POST.getlist(admin.helpers.ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
            "people": people,
            "list_url": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/codes/doubt/many.html", context)

    def _confirm(self, request, chosen):
        """Confirm, tell what came of it, and return whether it could be done."""
        try:
            count = doubts.confirm(chosen, request.user, request.POST.get("reason", ""))
        except NotAllowedNow as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return False
        self.message_user(request, f"{count} confirmed.", messages.SUCCESS)
        if count < len(chosen):
            self.message_user(
                request, f"{len(chosen) - count} had been settled already.", messages.WARNING
            )
        return True

    def _assign(self, request, chosen):
        asked = request.POST.get("owner", "")
        person = staff().filter(pk=_key(asked)).first()
        if asked and person is None:
            self.message_user(request, "Choose somebody of the staff.", messages.ERROR)
            return
        count = doubts.assign(chosen, person, request.user)
        self.message_user(request, f"{count} assigned to {person or 'nobody'}.", messages.SUCCESS)


def column_of(change):
    """Return the words for a change's column, or for what became of the row as a whole."""
    _, column, _, _, reason = change
    return COLUMNS.get(column, column) or {doubts.ROW: "the row", doubts.GONE: "the code",
                                           doubts.NEW: "the code"}[reason]  # fmt: skip


def in_words(change):
    """Return one change as a phrase: "99213 work RVUs 1.30 → 1.27"."""
    row, column, old, new, reason = change
    if not column:
        said = {doubts.ROW: new or "gone"}.get(reason, reason)
        return f"{row} {said}"
    return f"{row} {column_of(change)} {old or 'empty'} → {new or 'empty'}"


def _key(text):
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
