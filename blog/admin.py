"""Posts, landing pages, help and corrections in the admin."""

import re
from collections.abc import Sequence
from smtplib import SMTPException
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from blog.corrections import send_answer, settle
from blog.models import Correction, Faq, HelpArticle, LandingPage, Post, Redirect, Term
from blog.redirects import destination, is_inside
from blog.resources import LIVE
from blog.shown import LEGAL, STAGES, editorial, terms
from blog.views import glossary, pages, posts, resources, stages
from codes import taxonomy
from codes.shown import shown
from rvuedge.exchange_admin import ExchangeAdmin
from rvuedge.publishing import NotAllowedNow
from rvuedge.publishing_admin import PublishableAdmin

Warnings = list[tuple[str, str, bool]]


class PageAdmin(ExchangeAdmin, PublishableAdmin):
    """What posts, landing pages and help articles have in common."""

    search_fields = ["title", "slug", "summary", "text"]
    prepopulated_fields = {"slug": ["title"]}

    def warnings(self, subject: Any, body: dict[str, Any]) -> Warnings:
        found: Warnings = []
        if any(line.startswith("# ") for line in body["text"].splitlines()):
            found.append(("text", "The title is the page’s main heading: begin sections with ##.",
                          False))  # fmt: skip
        if re.search(r"</?[a-z][^>]*>", body["text"], re.IGNORECASE):
            found.append(("text", "HTML is shown as it is typed: use Markdown.", False))
        public = subject.in_force() if subject and subject.pk else None
        if public and public.body["slug"] != body["slug"]:
            found.append(("slug", f"The page moves away from “{public.body['slug']}”: publish a "
                          "redirect, or links to it end nowhere.", False))  # fmt: skip
        return found


@admin.register(Post)
class PostAdmin(PageAdmin):
    body_fields = Post.fields_of_body

    def warnings(self, subject: Post, body: dict[str, Any]) -> Warnings:
        unknown = [code for code in body["codes"] if not taxonomy.is_code(code)]
        wrong = [("codes", f"{code} is not a code.", True) for code in unknown]
        if body["slug"] == "feed":
            wrong.append(("slug", "This address is the feed’s.", True))
        return [*super().warnings(subject, body), *wrong]

    def render_preview(
        self, request: HttpRequest, subject: Post, body: dict[str, Any]
    ) -> HttpResponse:
        return posts.show_post(request, shown(), body)


@admin.register(LandingPage)
class LandingPageAdmin(PageAdmin):
    body_fields = LandingPage.fields_of_body

    def render_preview(
        self, request: HttpRequest, subject: LandingPage, body: dict[str, Any]
    ) -> HttpResponse:
        """A landing page is what its slug says: a stage, a legal text or a resource."""
        if body["slug"] in STAGES:
            return stages.show_stage(request, shown(), body)
        if body["slug"] in LEGAL:
            return pages.show_landing_page(request, shown(), body)
        return resources.show_resource(request, shown(), body)


@admin.register(HelpArticle)
class HelpArticleAdmin(PageAdmin):
    body_fields = HelpArticle.fields_of_body
    list_display = [*PageAdmin.list_display[:1], "topic", *PageAdmin.list_display[1:]]

    def render_preview(
        self, request: HttpRequest, subject: HelpArticle, body: dict[str, Any]
    ) -> HttpResponse:
        return pages.show_article(request, shown(), body)


@admin.register(Term)
class TermAdmin(PageAdmin):
    body_fields = Term.fields_of_body

    def warnings(self, subject: Term, body: dict[str, Any]) -> Warnings:
        """Each wording is of one term, and what a term refers to is there."""
        found = super().warnings(subject, body)
        others = terms(shown())
        for name, words in (("abbreviations", body["abbreviations"]),
                            ("also", [body["title"], *body["also"]])):  # fmt: skip
            for word in words:
                taken = others.of(word)
                if taken and taken.slug != body["slug"]:
                    found.append((name, f"“{word}” belongs to “{taken.slug}” already.", True))
        published = editorial(shown()).terms
        found += [("see_also", f"No term “{slug}” is published: it is left out.", False)
                  for slug in body["see_also"] if slug not in published]  # fmt: skip
        return found

    def render_preview(
        self, request: HttpRequest, subject: Term, body: dict[str, Any]
    ) -> HttpResponse:
        return glossary.show_term(request, shown(), body)


@admin.register(Faq)
class FaqAdmin(ExchangeAdmin, PublishableAdmin):
    body_fields = ("page", "question", "answer", "position")
    list_display = [*PublishableAdmin.list_display[:1], "page", *PublishableAdmin.list_display[1:]]
    search_fields = ["page", "question", "answer"]

    def warnings(self, subject: Faq, body: dict[str, Any]) -> Warnings:
        """A question is read only where there is a page for it."""
        published = editorial(shown())
        there = {*published.stages, *published.legal, *published.articles, "support"}
        if body["page"] in {*there, *published.resources, *LIVE}:
            return []
        return [("page", f"No page “{body['page']}” is published: nobody will read this.", False)]

    def render_preview(
        self, request: HttpRequest, subject: Faq, body: dict[str, Any]
    ) -> HttpResponse:
        return pages.show_question(request, shown(), body)


@admin.register(Redirect)
class RedirectAdmin(ExchangeAdmin, PublishableAdmin):
    body_fields = ("old_path", "new_path")
    search_fields = ["old_path", "new_path"]

    def warnings(self, subject: Redirect, body: dict[str, Any]) -> Warnings:
        """Both addresses are of this site, and no redirect leads back to where it began."""
        found: Warnings = [
            (name, "Write an address of this site, such as /old/ without its host.", True)
            for name in self.body_fields
            if not is_inside(body[name])
        ]
        redirects = {**editorial(shown()).redirects, body["old_path"]: body["new_path"]}
        if not found and destination(body["old_path"], redirects) is None:
            found.append(("new_path", "This leads in a circle.", True))
        return found

    def render_preview(
        self, request: HttpRequest, subject: Redirect, body: dict[str, Any]
    ) -> HttpResponse:
        return pages.show_redirect(request, shown(), body)


class CorrectionForm(forms.ModelForm):
    """Assigning is saving; accepting or declining is a decision that is made once."""

    decision = forms.ChoiceField(
        choices=[("", "Leave it open"), *Correction.State.choices[1:]],
        required=False,
        widget=forms.RadioSelect,
        help_text="Once made it stands, and the answer is mailed if the reader left an address.",
    )
    answer = forms.CharField(max_length=5000, required=False, widget=forms.Textarea)

    class Meta:
        model = Correction
        fields = ["assigned_to", "answer", "published_note"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_accepted = cleaned.get("decision") == Correction.State.ACCEPTED
        if is_accepted and not cleaned.get("published_note", "").strip():
            self.add_error(
                "published_note",
                ValidationError("Say what has changed: it is shown on the corrections page."),
            )
        return cleaned


@admin.register(Correction)
class CorrectionAdmin(admin.ModelAdmin):
    """What readers reported. Only a report that is open can be changed."""

    form = CorrectionForm
    list_display = ["path", "excerpt", "reported_at", "state", "assigned_to"]
    list_filter = ["state", "assigned_to"]
    list_select_related = ["assigned_to"]
    list_per_page = 50
    search_fields = ["path", "text", "email", "published_note"]
    date_hierarchy = "reported_at"
    actions = ["assign_to_me", "send_answers"]
    report = ["path", "text", "email", "reported_at"]
    outcome = ["state", "answered_at", "settled_by", "settled_at"]
    readonly_fields = [*report, *outcome]
    fieldsets = [
        ("What the reader says", {"fields": report}),
        ("What becomes of it", {"fields": ["assigned_to", "decision", "answer",
                                           "published_note"]}),
        ("What became of it", {"fields": outcome}),
    ]  # fmt: skip

    @admin.display(description="what is wrong")
    def excerpt(self, correction: Correction) -> str:
        return correction.text if len(correction.text) <= 80 else f"{correction.text[:80]}…"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # readers report, by the form

    def get_fieldsets(self, request: HttpRequest, obj: Correction | None = None) -> Any:
        if obj and self._is_open(obj) and self.has_change_permission(request, obj):
            return self.fieldsets
        settled = ["assigned_to", "answer", "published_note", *self.outcome]
        return [self.fieldsets[0], ("What became of it", {"fields": settled})]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Correction | None = None
    ) -> Sequence[str]:
        if obj and not self._is_open(obj):
            return [*self.readonly_fields, "assigned_to", "answer", "published_note"]
        return self.readonly_fields

    def get_form(
        self, request: HttpRequest, obj: Correction | None = None, change: bool = False, **options
    ):  # fmt: skip
        if obj and not self._is_open(obj):
            options["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **options)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "assigned_to":
            staff = db_field.related_model.objects.filter(is_staff=True, is_active=True)
            options["queryset"] = staff.order_by("email")
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(
        self, request: HttpRequest, obj: Correction, form: forms.ModelForm, change: bool
    ) -> None:
        if not form.changed_data:
            return
        decision = form.cleaned_data.get("decision")
        # Not the whole row: a colleague may have settled it since this form was opened.
        still_open = Correction.objects.filter(pk=obj.pk, state=Correction.State.NEW)
        kept = {name: form.cleaned_data[name] for name in CorrectionForm.Meta.fields}
        if not decision:
            if not still_open.update(**kept):
                self.message_user(request, "A colleague has settled this already.",
                                  messages.ERROR)  # fmt: skip
            return
        still_open.update(assigned_to=kept.pop("assigned_to"))
        try:
            settled = settle(obj, request.user, decision, **kept)
        except NotAllowedNow as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        self._answer(request, settled)

    def _answer(self, request: HttpRequest, correction: Correction) -> None:
        try:
            if send_answer(correction):
                self.message_user(request, f"The answer went to {correction.email}.")
        except (SMTPException, OSError):
            self.message_user(
                request,
                "It is settled, but the mail could not be sent. Choose it in the list and "
                "“Send answers that were not sent” later.",
                messages.WARNING,
            )

    @staticmethod
    def _is_open(correction: Correction) -> bool:
        return correction.state == Correction.State.NEW

    @admin.action(description="Assign to me", permissions=["change"])
    def assign_to_me(self, request: HttpRequest, queryset: QuerySet) -> None:
        count = queryset.filter(state=Correction.State.NEW).update(assigned_to=request.user)
        self.message_user(request, f"{count} assigned to you.")

    @admin.action(description="Send answers that were not sent", permissions=["change"])
    def send_answers(self, request: HttpRequest, queryset: QuerySet) -> None:
        for correction in queryset.exclude(settled_at=None).filter(answered_at=None)[:50]:
            self._answer(request, correction)
