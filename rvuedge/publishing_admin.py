"""The admin of everything that editors write: one form, its steps, its history, its previews.

A model admin subclasses PublishableAdmin and says two things: which fields make the body, and how
the public template is rendered with a body that is not public. All else is here, once.

Whatever changes a text is a POST that names the version it was made from. A form is tried out
before it is saved (inside a savepoint that is rolled back), so that a preview, a warning and the
page about two editors at once all speak of the very body that saving would make.
"""

import re
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import F, OuterRef, Subquery
from django.forms.formsets import all_valid
from django.forms.models import _get_foreign_key
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from rvuedge import audit
from rvuedge.differences import differences
from rvuedge.publishing import NotAllowedNow, StaleCopy, State
from rvuedge.publishing_fields import LinesField, PersonSelect

PREVIEW_DAYS = 7  # how long a signed link shows a draft
MOST_AT_ONCE = 500  # texts that one bulk step may change
EDITIONS_PER_PAGE = 50
ROLES = ("clinical editor", "coding editor")  # offered to whoever approves; any other may be typed
_PREVIEW = "rvuedge.preview"
_CONFLICT = "rvuedge.conflict"
_ROW_KEY = re.compile(r"-\d+-id$")


# Forms -------------------------------------------------------------------------------------


class PublishableForm(forms.ModelForm):
    """`wrong` is what is wrong in fact: it alone keeps a text from being saved."""

    wrong: list[tuple[str, str]] = []
    is_only_checked = False

    def clean(self):
        cleaned = super().clean()
        for name, sentence in self.wrong:
            self.add_error(name if name in self.fields else None, sentence)
        return cleaned

    def is_valid(self):
        return super().is_valid() and not self.is_only_checked


class _PublishForm(forms.Form):
    starts_at = forms.DateTimeField(required=False)
    ends_at = forms.DateTimeField(required=False)


# Filters ------------------------------------------------------------------------------------


class OverdueFilter(admin.SimpleListFilter):
    title = "next review"
    parameter_name = "overdue"

    def lookups(self, request, model_admin):
        return [("yes", "Overdue"), ("month", "Within a month"), ("none", "No date")]

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.overdue()
        if self.value() == "month":
            return queryset.overdue(timezone.localdate() + timedelta(days=30))
        if self.value() == "none":
            return queryset.filter(next_review_on=None)
        return queryset


class PublicFilter(admin.SimpleListFilter):
    title = "public"
    parameter_name = "public"

    def lookups(self, request, model_admin):
        return [("yes", "Has a public edition"), ("no", "Not public")]

    def queryset(self, request, queryset):
        if self.value() in {"yes", "no"}:  # as get_queryset has found out
            return queryset.filter(public_edition__isnull=self.value() == "no")
        return queryset


class OwnerFilter(admin.SimpleListFilter):
    """Staff and nobody: one query, however many texts there are."""

    title = "owner"
    parameter_name = "owner"

    def lookups(self, request, model_admin):
        people = [(str(one.pk), str(one)) for one in staff()]
        return [("me", "Me"), ("nobody", "Nobody"), *people]

    def queryset(self, request, queryset):
        value = self.value()
        if value == "me":
            return queryset.filter(owner=request.user)
        if value == "nobody":
            return queryset.filter(owner=None)
        if value and value.isascii() and value.isdigit() and len(value) < 18:
            return queryset.filter(owner=value)
        return queryset


def staff():
    """Return those who can own a text."""
    return get_user_model().objects.filter(is_active=True, is_staff=True).order_by("email")


# What a page of the admin knows -------------------------------------------------------------


@dataclass
class Trial:
    """What saving a posted form would make. `body` is None where the form has errors."""

    body: dict | None = None
    warnings: list = field(default_factory=list)
    is_only_checked: bool = False

    @property
    def wrong(self):
        return [(name, sentence) for name, sentence, is_wrong in self.warnings if is_wrong]


@dataclass(frozen=True)
class Preview:
    """What base.html prints above a page that is not public."""

    subject: object
    edition: object = None  # None: as it stands in the form
    ends_at: object = None  # of a signed link


class PublishableAdmin(admin.ModelAdmin):
    """Subclasses set `body_fields` and `render_preview` (or `preview_template_name`)."""

    body_fields: tuple[str, ...] = ()
    preview_template_name = ""
    aside_template_name = ""  # shown beside the form; gets what `aside` returns

    form = PublishableForm
    formfield_overrides = {models.JSONField: {"form_class": LinesField}}
    change_form_template = "admin/publishing/change_form.html"
    list_display = ["__str__", "state", "is_public", "owner", "next_review_on", "updated_at"]
    list_filter = ["state", OwnerFilter, OverdueFilter, PublicFilter]
    list_select_related = ["owner"]
    list_per_page = 50
    list_max_show_all = 200
    actions = ["assign", "send_many_to_review", "publish_many"]

    # --- For subclasses ---------------------------------------------------------------------

    def render_preview(self, request, subject, body):
        """Return the public page of `subject` as it would read with `body`."""
        if not self.preview_template_name:
            raise Http404("This has no page of its own.")
        return render(request, self.preview_template_name, {"subject": subject, "body": body})

    def warnings(self, subject, body):
        """Return (field, sentence, is_wrong_in_fact) for all that an editor should look at."""
        return []

    def quick_warnings(self, subject, body):
        """Return those `warnings` that cost little: for opening a form, and before each step.

        Everything that is wrong in fact must be among them.
        """
        return self.warnings(subject, body)

    def aside(self, request, subject):
        """Return what `aside_template_name` prints, as a dictionary."""
        return {}

    # --- Rights -----------------------------------------------------------------------------

    def has_delete_permission(self, request, obj=None):
        return False  # archived instead

    def has_review_permission(self, request, obj=None):
        return request.user.has_perm(f"{self.opts.app_label}.review_{self.opts.model_name}")

    def has_publish_permission(self, request, obj=None):
        return request.user.has_perm(f"{self.opts.app_label}.publish_{self.opts.model_name}")

    # --- The list ---------------------------------------------------------------------------

    def get_queryset(self, request):
        editions = self.model.editions.rel.related_model.objects.in_force()
        return (
            super()
            .get_queryset(request)
            .annotate(
                public_edition=Subquery(editions.filter(subject=OuterRef("pk")).values("pk"))
            )
        )

    @admin.display(description="public", boolean=True)
    def is_public(self, subject):
        return subject.public_edition is not None

    # --- The form ---------------------------------------------------------------------------

    def get_fields(self, request, obj=None):
        return [*self.body_fields, "owner", "next_review_on"]

    def get_fieldsets(self, request, obj=None):
        if self.fieldsets:
            return self.fieldsets
        fields = [name for name in self.get_fields(request, obj) if name not in _KEEPING]
        return [(None, {"fields": fields}), ("Upkeep", {"fields": list(_KEEPING)})]

    def formfield_for_foreignkey(self, db_field, request, **options):
        if db_field.name == "owner":
            options["queryset"] = staff()
            options["widget"] = PersonSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def get_form(self, request, obj=None, change=False, **options):
        form = super().get_form(request, obj, change=change, **options)
        trial = getattr(request, "trial", Trial())
        form.wrong, form.is_only_checked = trial.wrong, trial.is_only_checked
        owner = form.base_fields.get("owner")
        if owner:  # a colleague's account is not made in passing
            owner.widget.can_add_related = owner.widget.can_change_related = False
            owner.widget.can_view_related = False
        return form

    def save_model(self, request, obj, form, change):
        if not change and obj.owner is None:
            obj.owner = request.user
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        subject = form.instance
        before = subject.version
        subject.save_draft(request.user, request.POST.get("_reason", ""))
        if change and subject.version == before and form.has_changed():
            # Its owner or next review alone: no edition, but an older form must not undo it.
            type(subject).objects.filter(pk=subject.pk).update(version=F("version") + 1)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            subject = self.get_object(request, unquote(object_id)) if object_id else None
            allowed = (
                self.has_change_permission(request, subject)
                if object_id
                else self.has_add_permission(request)
            )
            if (object_id and subject is None) or not allowed:
                return super().changeform_view(request, object_id, form_url, extra_context)
            only_looks = "_preview" in request.POST or "_check" in request.POST
            is_stale = False
            if subject and not only_looks:
                try:
                    subject.check_version(self._posted_version(request))
                except StaleCopy:
                    is_stale = True
            tried, body = self._try_out(request, subject)
            if is_stale and body is not None:
                return self._conflict(request, subject, body)
            request.trial = Trial(
                body,
                list(self.warnings(tried, body)) if body is not None else [],
                only_looks or is_stale,
            )
            if "_preview" in request.POST and body is not None:
                return self._previewed(request, tried, body)
            if is_stale:
                self.message_user(
                    request,
                    "Somebody else has saved this text since you opened it. Mend the errors "
                    "below and save again: both texts will be shown.",
                    messages.ERROR,
                )
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _try_out(self, request, subject):
        """Return the subject and the body that the posted form would make; stores nothing.

        Lists are taken as they were posted, whatever became of their rows in the meantime.
        """
        trial = copy(request)
        trial.POST = _as_new_rows(request.POST)
        change = subject is not None
        with transaction.atomic():
            tried = self.get_object(request, str(subject.pk)) if change else None
            if change:
                for inline in self.get_inline_instances(trial, tried):
                    key = _get_foreign_key(self.model, inline.model, fk_name=inline.fk_name)
                    inline.model._default_manager.filter(**{key.name: tried}).delete()
            fields = flatten_fieldsets(self.get_fieldsets(trial, tried))
            form = self.get_form(trial, tried, change=change, fields=fields)(
                trial.POST, trial.FILES, instance=tried
            )
            formsets, _ = self._create_formsets(trial, form.instance, change=change)
            body = None
            if form.is_valid() and all_valid(formsets):
                tried = self.save_form(trial, form, change=change)
                self.save_model(trial, tried, form, change)
                super().save_related(trial, form, formsets, change)
                body = tried.to_body()
            transaction.set_rollback(True)
        return tried, body

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        trial = getattr(request, "trial", None)
        if trial is None:
            trial = Trial(warnings=list(self.quick_warnings(obj, obj.to_body())) if obj else [])
        context["publishing"] = {
            "warnings": [
                (self.label_of(name), sentence, is_wrong)
                for name, sentence, is_wrong in trial.warnings
            ],
            "is_checked": trial.is_only_checked and trial.body is not None,
            "version": request.POST.get("_version", obj.version if obj else ""),
            "reason": request.POST.get("_reason", ""),
            "life": self._life(request, obj) if obj else None,
            "aside_template_name": self.aside_template_name,
            "can_save": self.has_change_permission(request, obj)
            if obj
            else self.has_add_permission(request),
            "can_preview": self._can_preview,
            **self.aside(request, obj),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    @property
    def _can_preview(self):
        own = type(self).render_preview is not PublishableAdmin.render_preview
        return own or bool(self.preview_template_name)

    def label_of(self, name):
        """Return what the form calls a part of the body."""
        try:
            label = getattr(self.opts.get_field(name), "verbose_name", name)
        except FieldDoesNotExist:
            label = name
        label = label.replace("_", " ")
        return f"{label[:1].upper()}{label[1:]}"

    def _life(self, request, subject):
        """Return where a text stands and what this person may do with it now."""
        live = subject.in_force()
        recent = list(
            subject.editions.select_related("made_by").defer("body").order_by("-number")[:5]
        )
        scheduled = list(
            subject.editions.filter(starts_at__gt=timezone.now()).defer("body").order_by("number")
        )
        may_change = self.has_change_permission(request, subject)
        may_review = self.has_review_permission(request, subject)
        may_publish = self.has_publish_permission(request, subject)
        is_own = subject.author_id == request.user.pk
        reviewable = subject.state in {State.IN_REVIEW, State.APPROVED}
        return {
            "subject": subject,
            "live": live,
            "differs": bool(live) and live.body != subject.to_body(),
            "recent": recent,
            "scheduled": scheduled,
            "roles": ROLES,
            "preview_days": PREVIEW_DAYS,
            "is_own": is_own and not settings.EDITORS_MAY_REVIEW_THEMSELVES,
            "send": may_change and not reviewable,
            "send_back": may_review and reviewable,
            "approve": may_review and subject.state == State.IN_REVIEW,
            "publish": may_publish and subject.state == State.APPROVED,
            "call_off": may_publish,
            "archive": may_publish and subject.state != State.ARCHIVED,
            "confirm": may_change and subject.state == State.PUBLISHED,
            "urls": {
                name: self._url(name, subject.pk)
                for name in ("preview", "history", "compare", "restore")
            },
            "step": {
                name.replace("-", "_"): self._url("step", subject.pk, name) for name in _STEPS
            },
        }

    # --- Addresses --------------------------------------------------------------------------

    def get_urls(self):
        views = {
            "step/<str:step>/": ("step", self.step_view),
            "preview/": ("preview", self.preview_view),
            "compare/": ("compare", self.compare_view),
            "restore/": ("restore", self.restore_view),
            "keep/": ("keep", self.keep_view),
        }
        own = [
            path(
                f"<path:object_id>/{tail}",
                self.admin_site.admin_view(view),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",
            )
            for tail, (name, view) in views.items()
        ]
        return [*own, *super().get_urls()]

    def _url(self, name, *args):
        return reverse(
            f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}",
            args=args,
        )

    def _subject(self, request, object_id, permission="view"):
        """Return the text with that key, or raise; `permission` is checked on the way."""
        subject = self.get_object(request, unquote(object_id))
        if not getattr(self, f"has_{permission}_permission")(request, subject):
            raise PermissionDenied
        if subject is None:
            raise Http404(f"No {self.opts.verbose_name} has this key.")
        return subject

    def _page(self, request, template, subject, title, context, status=200):
        return TemplateResponse(
            request,
            template,
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "subject": subject,
                "title": title,
                "subtitle": str(subject) if subject else None,
                "change_url": self._url("change", subject.pk) if subject else "",
                **context,
            },
            status=status,
        )

    def _back(self, subject):
        return HttpResponseRedirect(self._url("change", subject.pk))

    @staticmethod
    def _posted_version(request):
        text = request.POST.get("_version", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    # --- Steps ------------------------------------------------------------------------------

    def step_view(self, request, object_id, step):
        """Take one step of a text's life. Only by POST; a refusal is a message, not an error."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if step not in _STEPS:
            raise Http404("There is no such step.")
        permission, verb = _STEPS[step]
        subject = self._subject(request, object_id, permission)
        try:
            with transaction.atomic():
                subject = subject.check_version(self._posted_version(request))
                said = getattr(self, f"_{verb}")(request, subject)
        except StaleCopy:
            self.message_user(
                request,
                f"{subject} has changed since you opened it. Look at it again, then decide.",
                messages.ERROR,
            )
        except NotAllowedNow as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, said, messages.SUCCESS)
        return self._back(subject)

    def _refuse_what_is_wrong(self, subject):
        for name, sentence, is_wrong in self.quick_warnings(subject, subject.to_body()):
            if is_wrong:
                raise NotAllowedNow(f"{self.label_of(name)}: {sentence} Mend it first.")

    def _send(self, request, subject):
        self._refuse_what_is_wrong(subject)
        subject.send_to_review(request.user, request.POST.get("reason", ""))
        return f"{subject} waits for review."

    def _send_back(self, request, subject):
        subject.send_back(request.user, request.POST.get("reason", ""))
        return f"{subject} is back with its author."

    def _approve(self, request, subject):
        role = request.POST.get("role", "").strip()[:60]
        if not role:
            raise NotAllowedNow("Say as what you approve it: the page prints your role.")
        self._refuse_what_is_wrong(subject)
        subject.approve(request.user, role, request.POST.get("reason", ""))
        return f"{subject} is approved."

    def _publish(self, request, subject):
        form = _PublishForm(request.POST)
        if not form.is_valid():
            raise NotAllowedNow("Give dates and times as 2026-07-01 12:00, or leave them empty.")
        starts_at, ends_at = form.cleaned_data["starts_at"], form.cleaned_data["ends_at"]
        if starts_at and starts_at < timezone.now() - timedelta(minutes=1):
            raise NotAllowedNow("The beginning lies in the past. Leave it empty to publish now.")
        self._refuse_what_is_wrong(subject)
        edition = subject.publish(
            by=request.user,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=request.POST.get("reason", ""),
        )
        if edition.is_scheduled:
            return f"{subject} will be public from {edition.starts_at:%Y-%m-%d %H:%M} UTC."
        return f"{subject} is public."

    def _call_off(self, request, subject):
        number = request.POST.get("edition", "")
        number = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        edition = subject.editions.filter(number=number).first()
        if edition is None:
            raise NotAllowedNow("There is no such edition.")
        subject.call_off(edition, request.user)
        return f"Edition {number} will not be published."

    def _archive(self, request, subject):
        reason = request.POST.get("reason", "").strip()
        if not reason:
            raise NotAllowedNow("Say why it is archived: the history keeps it.")
        subject.archive(request.user, reason)
        return f"{subject} is archived. Nothing of it is lost."

    def _confirm(self, request, subject):
        subject.confirm(request.user, request.POST.get("reason", ""))
        return f"{subject} is confirmed. Its next review is on {subject.next_review_on}."

    def _link(self, request, subject):
        edition = subject.newest()
        if edition is None:
            if not self.has_change_permission(request, subject):
                raise NotAllowedNow("It was never saved here: ask somebody who may change it.")
            edition = subject.save_draft(request.user)
        token = signing.dumps([self.opts.label_lower, subject.pk, edition.number], salt=_PREVIEW)
        address = request.build_absolute_uri(reverse("preview", args=[token]))
        audit.record("shared a draft", request.user, subject, f"edition {edition.number}")
        return format_html(
            "Whoever has this link can read edition {} for {} days: "
            '<a href="{}" class="preview-link">{}</a>',
            edition.number,
            PREVIEW_DAYS,
            address,
            address,
        )

    # --- Previews ---------------------------------------------------------------------------

    def preview_view(self, request, object_id):
        """The saved draft, or with ?edition= an older one, in the real template."""
        subject = self._subject(request, object_id)
        edition = subject.newest()
        body = subject.to_body()
        if "edition" in request.GET:
            edition = self._edition(subject, request.GET["edition"])
            body = edition.body
        return self._previewed(request, subject, body, edition)

    def _previewed(self, request, subject, body, edition=None, ends_at=None):
        request.preview = Preview(subject, edition, ends_at)
        response = self.render_preview(request, subject, body)
        return private(response)

    # --- History ----------------------------------------------------------------------------

    def history_view(self, request, object_id, extra_context=None):
        """Every edition, newest first, to compare and to restore from."""
        subject = self._subject(request, object_id)
        editions = subject.editions.select_related("made_by").defer("body").order_by("-number")
        page = Paginator(editions, EDITIONS_PER_PAGE).get_page(request.GET.get("page"))
        return self._page(
            request,
            "admin/publishing/history.html",
            subject,
            "History",
            {
                "page": page,
                "live": subject.in_force(),
                "compare_url": self._url("compare", subject.pk),
                "preview_url": self._url("preview", subject.pk) if self._can_preview else "",
            },
        )

    def compare_view(self, request, object_id):
        """What differs between ?old= and ?new=: the number of an edition, "live" or "draft"."""
        subject = self._subject(request, object_id)
        old = self._side(subject, request.GET.get("old", "live"))
        new = self._side(subject, request.GET.get("new", "draft"))
        return self._page(
            request,
            "admin/publishing/compare.html",
            subject,
            "Comparison",
            {
                "old": old,
                "new": new,
                "found": self._named(differences(old["body"], new["body"])),
                "can_restore": old["edition"] is not None
                and self.has_change_permission(request, subject),
                "restore_url": self._url("restore", subject.pk),
                "history_url": self._url("history", subject.pk),
            },
        )

    def restore_view(self, request, object_id):
        """Put an older edition, or some of its fields, into the working copy."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        subject = self._subject(request, object_id, "change")
        edition = self._edition(subject, request.POST.get("edition", ""))
        fields = None if "whole" in request.POST else request.POST.getlist("fields")
        if fields is not None and not [name for name in fields if name in edition.body]:
            self.message_user(request, "Choose what to restore.", messages.ERROR)
            return self._back(subject)
        try:
            with transaction.atomic():
                subject = subject.check_version(self._posted_version(request))
                subject.restore(edition, request.user, fields)
        except StaleCopy:
            self.message_user(
                request, f"{subject} has changed since you opened it.", messages.ERROR
            )
        else:
            what = "all of it" if fields is None else ", ".join(map(self.label_of, fields))
            self.message_user(
                request,
                f"Restored from edition {edition.number}: {what}. It is a draft now.",
                messages.SUCCESS,
            )
        return self._back(subject)

    def _named(self, found):
        return [(self.label_of(one.name), one) for one in found]

    def _edition(self, subject, number):
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise Http404("An edition has a number.")
        edition = subject.editions.select_related("made_by").filter(number=number).first()
        if edition is None:
            raise Http404("There is no such edition.")
        return edition

    def _side(self, subject, name):
        if name == "draft":
            return {"name": "The draft", "edition": None, "body": subject.to_body()}
        if name == "live":
            edition = subject.in_force()
            body = edition.body if edition else {}
            title = f"The public page (edition {edition.number})" if edition else "Nothing public"
            return {"name": title, "edition": edition, "body": body}
        edition = self._edition(subject, name)
        return {"name": f"Edition {edition.number}", "edition": edition, "body": edition.body}

    # --- Two editors at once ----------------------------------------------------------------

    def _conflict(self, request, subject, mine):
        """Answer 409 with both texts and what differs; nothing is lost, nothing is saved."""
        subject = self.get_object(request, str(subject.pk))
        token = signing.dumps([subject.pk, request.user.pk, mine], salt=_CONFLICT, compress=True)
        return self._page(
            request,
            "admin/publishing/conflict.html",
            subject,
            "Somebody else has saved this text since you opened it",
            {
                "found": self._named(differences(subject.to_body(), mine)),
                "newest": subject.editions.select_related("made_by").order_by("number").last(),
                "token": token,
                "keep_url": self._url("keep", subject.pk),
            },
            status=409,
        )

    def keep_view(self, request, object_id):
        """Save the chosen fields of a refused save over what was saved in the meantime."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        subject = self._subject(request, object_id, "change")
        try:
            key, person, mine = signing.loads(
                request.POST.get("token", ""), salt=_CONFLICT, max_age=timedelta(days=1)
            )
        except signing.BadSignature:
            key = person = mine = None
        if key != subject.pk or person != request.user.pk:
            self.message_user(request, "That text cannot be read any more.", messages.ERROR)
            return self._back(subject)
        chosen = request.POST.getlist("fields")
        with transaction.atomic():
            try:
                subject = subject.check_version(self._posted_version(request))
            except StaleCopy:
                return self._conflict(request, subject, mine)
            kept = {name: mine[name] for name in chosen if name in mine}
            body = {**subject.to_body(), **kept}
            wrong = [one for one in self.quick_warnings(subject, body) if one[2]]
            if not wrong:
                subject.from_body(body)
                subject.save_draft(request.user, "Over a save at the same time")
        if wrong:
            self.message_user(request, f"{self.label_of(wrong[0][0])}: {wrong[0][1]}",
                              messages.ERROR)  # fmt: skip
            return self._conflict(request, subject, mine)
        self.message_user(request, "Saved. The history holds both texts.", messages.SUCCESS)
        return self._back(subject)

    # --- Many at once -----------------------------------------------------------------------

    @admin.action(description="Assign to an owner", permissions=["change"])
    def assign(self, request, queryset):
        if "confirmed" not in request.POST:
            return self._bulk_page(request, queryset, "assign", "Assign to an owner", staff())
        owner = self._chosen(request, staff())
        if owner is None:
            return None
        keys = self.model.objects.filter(pk__in=queryset.values("pk"))
        count = keys.update(owner=owner, version=F("version") + 1)
        reason = request.POST.get("reason", "")
        audit.record("assigned", request.user, None,
                     f"{count} {self.opts.verbose_name_plural} to {owner}. {reason}")  # fmt: skip
        self.message_user(request, f"{count} assigned to {owner}.", messages.SUCCESS)
        return None

    @admin.action(description="Send to review", permissions=["change"])
    def send_many_to_review(self, request, queryset):
        return self._bulk(
            request,
            queryset,
            "send_many_to_review",
            "Send to review",
            self._send,
            "sent to review",
        )

    @admin.action(description="Publish now", permissions=["publish"])
    def publish_many(self, request, queryset):
        return self._bulk(
            request, queryset, "publish_many", "Publish now", self._publish, "published"
        )

    def _bulk(self, request, queryset, action, title, verb, done):
        """Do `verb` to each chosen text by itself; what is refused is named, the rest is done."""
        if "confirmed" not in request.POST:
            return self._bulk_page(request, queryset, action, title)
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(keys) > MOST_AT_ONCE:
            self.message_user(request, f"At most {MOST_AT_ONCE} at a time.", messages.ERROR)
            return None
        refused = []
        for key in keys:
            try:
                with transaction.atomic():
                    verb(request, self.model.objects.select_for_update().get(pk=key))
            except NotAllowedNow as refusal:
                refused.append(str(refusal))
        if len(keys) > len(refused):
            self.message_user(request, f"{len(keys) - len(refused)} {done}.", messages.SUCCESS)
        for sentence in refused[:10]:
            self.message_user(request, sentence, messages.WARNING)
        if refused[10:]:
            self.message_user(request, f"{len(refused[10:])} more refused.", messages.WARNING)
        return None

    def _chosen(self, request, choices):
        """Return the row that was chosen on a bulk page, or None and say so."""
        found = choices.filter(pk=_whole(request.POST.get("choice", ""))).first()
        if found is None:
            self.message_user(request, "Choose one of the list.", messages.ERROR)
        return found

    def _bulk_page(self, request, queryset, action, title, choices=None, noun="Owner"):
        """Ask once more, with a reason and, where there are `choices`, for one of them."""
        return self._page(
            request,
            "admin/publishing/bulk.html",
            None,
            title,
            {
                "action": action,
                "chosen": queryset[:20],
                "count": queryset.count(),
                "selected": request.POST.getlist(admin.helpers.ACTION_CHECKBOX_NAME),
                "select_across": request.POST.get("select_across", "0"),
                "choices": choices,
                "noun": noun,
                "list_url": request.get_full_path(),
            },
        )


_KEEPING = ("owner", "next_review_on")

# Each step: the permission that it takes, and the method that does it.
_STEPS = {
    "send": ("change", "send"),
    "send-back": ("review", "send_back"),
    "approve": ("review", "approve"),
    "publish": ("publish", "publish"),
    "call-off": ("publish", "call_off"),
    "archive": ("publish", "archive"),
    "confirm": ("change", "confirm"),
    "link": ("view", "link"),
}


def _whole(text):
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _as_new_rows(posted):
    """Return posted data in which each row of each list is new, in the order of the form."""
    data = posted.copy()
    for name in posted:
        if name.endswith("-INITIAL_FORMS"):
            data[name] = "0"
        elif _ROW_KEY.search(name):
            data[name] = ""
    return data


def private(response):
    """Mark an answer as one that nobody keeps and nobody finds."""
    patch_cache_control(response, private=True, no_store=True)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


@require_safe
def preview(request, token):
    """The draft that a signed link shows to somebody without an account."""
    try:
        label, key, number = signing.loads(
            token, salt=_PREVIEW, max_age=timedelta(days=PREVIEW_DAYS)
        )
    except signing.SignatureExpired:
        return private(render(request, "admin/publishing/preview_ended.html", status=410))
    except signing.BadSignature:
        return private(render(request, "404.html", status=404))
    model = apps.get_model(label)
    subject = model.objects.filter(pk=key).first()
    edition = subject and subject.editions.filter(number=number).first()
    if edition is None or not admin.site.is_registered(model):
        return private(render(request, "404.html", status=404))
    return admin.site.get_model_admin(model)._previewed(
        request, subject, edition.body, edition, _ends_at(token)
    )


def _ends_at(token):
    """Return when a sound token ends: its second part is the moment it was made, in base 62."""
    made = signing.b62_decode(token.split(":")[1])
    return datetime.fromtimestamp(made, UTC) + timedelta(days=PREVIEW_DAYS)
