"""What editors write about codes; the codes themselves are looked up, never changed."""

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from codes import browse, content_warnings, taxonomy
from codes.content_facts import facts_of
from codes.models import (
    Category,
    Code,
    CodeContent,
    FeeSchedule,
    Introduction,
    Question,
    Rate,
    RelatedCode,
    Specialty,
    Standing,
)
from codes.shown import shown
from codes.views import lists
from codes.views.code import render_code
from rvuedge.exchange_admin import ExchangeAdmin
from rvuedge.publishing_admin import PublishableAdmin
from rvuedge.publishing_fields import KeySelect, ManySelect

MOST_WORDS = 6  # that a search in the lists of codes looks for


class _PartOfAText:
    """The lists of a code's text: who may change the text may change them."""

    extra = 0

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("codes.view_codecontent") or self.has_change_permission(
            request, obj
        )

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("codes.change_codecontent")

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm("codes.add_codecontent") or self.has_change_permission(
            request, obj
        )

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)


class QuestionInline(_PartOfAText, admin.StackedInline):
    model = Question
    fields = ["question", "answer", "position"]


class RelatedCodeInline(_PartOfAText, admin.StackedInline):
    model = RelatedCode
    fields = ["code", "kind", "note", "position"]
    verbose_name_plural = "related codes"

    def formfield_for_foreignkey(self, db_field, request, **options):
        if db_field.name == "code":
            options["widget"] = KeySelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)


class SpecialtyFilter(admin.SimpleListFilter):
    """One query for the names, none for the join: each text once, in any number of specialties."""

    title = "specialty"
    parameter_name = "specialty"

    def lookups(self, request, model_admin):
        return [("none", "None named"), *Specialty.objects.values_list("slug", "name")]

    def queryset(self, request, queryset):
        value = self.value()
        if value == "none":
            return queryset.exclude(pk__in=CodeContent.specialties.through.objects.values(
                "codecontent"))  # fmt: skip
        if value:
            held = CodeContent.specialties.through.objects.filter(specialty__slug=value)
            return queryset.filter(pk__in=held.values("codecontent"))
        return queryset


class ChangedFilter(admin.SimpleListFilter):
    """What the active release did to the code."""

    title = "changed in release"
    parameter_name = "changed"
    key = "code"

    def lookups(self, request, model_admin):
        kinds = [(kind.value, kind.label) for kind in Standing.Change if kind.value]
        return [("any", "In any way"), *kinds]

    def queryset(self, request, queryset):
        value = self.value()
        if not value:
            return queryset
        changed = Standing.objects.filter(schedule__is_active=True).exclude(change="")
        if value != "any":
            changed = changed.filter(change=value)
        return queryset.filter(**{f"{self.key}__in": changed.values("code")})


class CodeItselfChangedFilter(ChangedFilter):
    key = "pk"


class HasTextFilter(admin.SimpleListFilter):
    title = "text"
    parameter_name = "text"

    def lookups(self, request, model_admin):
        return [
            ("public", "Has a public text"),
            ("draft", "Has a text, public or not"),
            ("none", "Has none"),
        ]

    def queryset(self, request, queryset):
        if self.value() == "public":
            return queryset.with_text()
        if self.value() == "draft":
            return queryset.exclude(content=None)
        if self.value() == "none":
            return queryset.filter(content=None)
        return queryset


@admin.register(CodeContent)
class CodeContentAdmin(ExchangeAdmin, PublishableAdmin):
    body_fields = (
        "label",
        "synonyms",
        "description",
        "plain_language",
        "clinical_context",
        "billing",
        "specialties",
        "sources",
    )
    fieldsets = [
        (None, {"fields": ["code", "label", "synonyms", "description"]}),
        ("Text", {"fields": ["plain_language", "clinical_context", "billing"]}),
        ("Found under", {"fields": ["specialties", "sources"]}),
        ("Upkeep", {"fields": ["owner", "next_review_on"]}),
    ]
    inlines = [QuestionInline, RelatedCodeInline]
    aside_template_name = "admin/codes/codecontent/_figures.html"
    list_display = ["name", *PublishableAdmin.list_display[1:]]
    list_filter = [*PublishableAdmin.list_filter, ChangedFilter, SpecialtyFilter]
    show_facets = admin.ShowFacets.NEVER  # counting what each filter finds takes too long
    search_fields = ["^code__hcpcs", "label"]
    search_help_text = "A code, its beginning, or words of the label"
    actions = [*PublishableAdmin.actions, "set_specialty"]

    @admin.display(description="code and label", ordering="code")
    def name(self, content):
        return str(content)

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []  # a text never moves to another code

    def formfield_for_foreignkey(self, db_field, request, **options):
        if db_field.name == "code":
            options["widget"] = KeySelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_manytomany(self, db_field, request, **options):
        if db_field.name == "specialties":
            options["widget"] = ManySelect(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **options)

    def view_on_site(self, content):
        leaf = taxonomy.leaf_of(content.code_id)
        return reverse("codes:code", args=[leaf.slug, content.code_id])

    def warnings(self, subject, body):
        return self._warnings(subject, body, search=True)

    def quick_warnings(self, subject, body):
        return self._warnings(subject, body, search=False)

    def _warnings(self, subject, body, *, search):
        facts = facts_of(subject.code_id, body, search=search)
        return [tuple(one) for one in content_warnings.warnings(subject.code_id, body, facts)]

    def render_preview(self, request: HttpRequest, subject, body) -> HttpResponse:
        return render_code(request, shown(), subject.code_id, body)

    def aside(self, request, subject):
        """The figures of the active release: read-only for everybody."""
        hcpcs = subject.code_id if subject else request.GET.get("code", "")
        if not taxonomy.is_code(hcpcs):
            return {"hcpcs": ""}
        schedule = FeeSchedule.objects.filter(is_active=True).first()
        rates = list(Rate.objects.filter(schedule=schedule, code=hcpcs)) if schedule else []
        standing = Standing.objects.filter(schedule=schedule, code=hcpcs).first()
        return {"hcpcs": hcpcs, "schedule": schedule, "rates": rates, "standing": standing}

    @admin.action(description="Set a specialty", permissions=["change"])
    def set_specialty(self, request, queryset):
        """Add one specialty to each text, as a draft: the public sees it once it is published."""
        specialties = Specialty.objects.all()
        if "confirmed" not in request.POST:
            return self._bulk_page(
                request, queryset, "set_specialty", "Set a specialty", specialties, "Specialty"
            )
        chosen = self._chosen(request, specialties)
        if chosen is None:
            return None

        def add(request, content):
            content.specialties.add(chosen)
            content.save_draft(request.user, request.POST.get("reason") or f"Added {chosen}")

        return self._bulk(request, queryset, "set_specialty", "", add, f"are under {chosen} now")


@admin.register(Introduction)
class IntroductionAdmin(ExchangeAdmin, PublishableAdmin):
    body_fields = ("text",)
    fieldsets = [
        (None, {"fields": ["category", "specialty", "text"]}),
        ("Upkeep", {"fields": ["owner", "next_review_on"]}),
    ]
    autocomplete_fields = ["category", "specialty"]
    list_select_related = ["owner", "category", "specialty"]
    search_fields = ["category__name", "specialty__name", "text"]

    def get_readonly_fields(self, request, obj=None):
        return ["category", "specialty"] if obj else []

    def render_preview(self, request: HttpRequest, subject, body) -> HttpResponse:
        state = shown()
        if state.schedule is None:
            raise Http404("There are pages once a release is shown.")
        if subject.category:
            shelf = browse.shelves(state)[subject.category.slug]
            return lists.render_category(request, state, shelf, body["text"])
        shelf = browse.specialty_shelf(state, subject.specialty)
        return lists.render_specialty(request, state, shelf, body["text"])


@admin.register(Specialty)
class SpecialtyAdmin(admin.ModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else self.prepopulated_fields

    def get_readonly_fields(self, request, obj=None):
        return ["slug"] if obj else []  # an address that was given away stays

    def has_delete_permission(self, request, obj=None):
        return False  # editions name it


class _ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Category)
class CategoryAdmin(_ReadOnly):
    list_display = ["name", "parent", "slug"]
    list_select_related = ["parent"]
    list_per_page = 200
    search_fields = ["name", "slug"]
    fields = ["name", "slug", "parent", "position"]


@admin.register(Code)
class CodeAdmin(_ReadOnly):
    """Every code of any release, to find those without a text."""

    list_display = ["hcpcs", "system_name", "label", "category", "write"]
    list_filter = [HasTextFilter, CodeItselfChangedFilter]
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ["category", "content"]
    list_per_page = 50
    search_fields = ["^hcpcs", "content__label"]
    search_help_text = "The beginning of a code, or words of its label"
    fields = ["hcpcs", "system_name", "category", "write"]
    readonly_fields = ["system_name", "write"]

    def get_queryset(self, request):
        active = Standing.objects.filter(schedule__is_active=True, code=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_in_force=Exists(active))

    @admin.display(description="system")
    def system_name(self, code):
        return code.system

    @admin.display(description="our label")
    def label(self, code):
        content = getattr(code, "content", None)
        return content.label if content else ""

    @admin.display(description="text")
    def write(self, code):
        content = getattr(code, "content", None)
        if content:
            url = reverse("admin:codes_codecontent_change", args=[content.pk])
            return format_html('<a href="{}">{}: open text</a>', url, content.get_state_display())
        url = reverse("admin:codes_codecontent_add")
        return format_html('<a href="{}?code={}">Write text</a>', url, code.pk)
