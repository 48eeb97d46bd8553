from smtplib import SMTPException

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from accounts import roles, support
from accounts.models import AuditEntry, SupportRequest, User
from accounts.receivers import acting
from rvuedge.publishing import NotAllowedNow


class UserCreateForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email"]


class UserEditForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"  # the fieldsets below choose


class TellsWho:
    """The audit log names whoever changes rights on these pages."""

    def changeform_view(self, request, *args, **kwargs):
        with acting(request.user):
            return super().changeform_view(request, *args, **kwargs)

    def changelist_view(self, request, *args, **kwargs):
        with acting(request.user):
            return super().changelist_view(request, *args, **kwargs)

    def delete_view(self, request, *args, **kwargs):
        with acting(request.user):
            return super().delete_view(request, *args, **kwargs)


@admin.register(User)
class UserAdmin(TellsWho, DjangoUserAdmin):
    """People. Only a superuser makes one, or changes one: no right can be taken by granting it."""

    form = UserEditForm
    add_form = UserCreateForm
    list_display = ["email", "is_staff", "is_active", "joined", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email"]
    ordering = ["email"]
    readonly_fields = ["joined", "last_login"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        ("Single permissions", {"fields": ["user_permissions"], "classes": ["collapse"]}),
        ("Dates", {"fields": ["joined", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "usable_password", "password1", "password2"]}),
    ]

    def get_readonly_fields(self, request, obj=None):
        kept = [] if request.user.is_superuser else ["is_superuser", "user_permissions"]
        return [*self.readonly_fields, *kept]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            # The old address must not sign in any more, nor take part in a reset.
            EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()

    def has_change_permission(self, request, obj=None):
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not is_above and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not is_above and super().has_delete_permission(request, obj)


# Importing auth's and allauth's admin has registered their own. The second shows secret keys,
# where people signed in from, and addresses that User knows.
admin.site.unregister([Group, EmailAddress, Authenticator, UserSession])


@admin.register(Group)
class GroupAdmin(TellsWho, DjangoGroupAdmin):
    """The six roles are what accounts/roles.py says; groups of other names are made here.

    A group can hold any right, so only a superuser makes or changes one.
    """

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        is_role = obj is not None and obj.name in roles.NAMES
        return request.user.is_superuser and not is_role

    def has_delete_permission(self, request, obj=None):
        is_role = obj is not None and obj.name in roles.NAMES
        return request.user.is_superuser and not is_role

    def get_actions(self, request):
        return {}  # one by one: a bulk deletion would not ask row by row


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    """Who did what and when. To be read and searched, by nobody to be changed."""

    list_display = ["at", "who", "what", "subject", "detail"]
    list_filter = [
        "at",
        ("what", admin.AllValuesFieldListFilter),
        ("who", admin.RelatedOnlyFieldListFilter),
        ("subject_type", admin.AllValuesFieldListFilter),
    ]
    list_select_related = ["who"]
    list_per_page = 100
    show_full_result_count = False
    date_hierarchy = "at"
    search_fields = ["who__email", "what", "subject", "detail"]
    actions = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class SupportRequestForm(forms.ModelForm):
    """Assigning is saving; answering mails the words, and closing ends it."""

    decision = forms.ChoiceField(
        choices=[("", "Leave it as it is"), *SupportRequest.State.choices[1:]],
        required=False,
        widget=forms.RadioSelect,
        help_text="An answer is mailed at once and stands. What is closed stays closed.",
    )
    answer = forms.CharField(max_length=5000, required=False, widget=forms.Textarea)

    class Meta:
        model = SupportRequest
        fields = ["assigned_to", "answer"]

    def clean(self):
        cleaned = super().clean() or {}
        answers = cleaned.get("decision") == SupportRequest.State.ANSWERED
        if answers and not cleaned.get("answer", "").strip():
            self.add_error("answer", ValidationError("Write the answer: it is mailed."))
        return cleaned


@admin.register(SupportRequest)
class SupportRequestAdmin(admin.ModelAdmin):
    """What people asked by the contact form. An answer that was given stands."""

    form = SupportRequestForm
    list_display = ["subject", "topic", "code", "email", "sent_at", "state", "assigned_to"]
    list_filter = ["state", "topic", "assigned_to"]
    list_select_related = ["assigned_to"]
    list_per_page = 50
    search_fields = ["subject", "text", "email", "code"]
    date_hierarchy = "sent_at"
    actions = ["assign_to_me", "close_them", "send_answers"]
    asked = ["email", "topic", "code", "subject", "text", "sent_at"]
    outcome = ["state", "answered_at", "settled_by", "settled_at"]
    readonly_fields = [*asked, *outcome]
    fieldsets = [
        ("What was asked", {"fields": asked}),
        ("What becomes of it", {"fields": ["assigned_to", "decision", "answer"]}),
        ("What became of it", {"fields": outcome}),
    ]

    def has_add_permission(self, request):
        return False  # people ask, by the form

    def has_delete_permission(self, request, obj=None):
        return False  # it goes with the account of whoever sent it, or stays

    def get_fieldsets(self, request, obj=None):
        if obj and self._is_open(obj) and self.has_change_permission(request, obj):
            return self.fieldsets
        settled = ["assigned_to", "answer", *self.outcome]
        return [self.fieldsets[0], ("What became of it", {"fields": settled})]

    def get_readonly_fields(self, request, obj=None):
        if obj and not self._is_open(obj):
            return [*self.readonly_fields, "assigned_to", "answer"]
        return self.readonly_fields

    def get_form(self, request, obj=None, change=False, **options):
        if obj and not self._is_open(obj):
            options["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **options)

    def formfield_for_foreignkey(self, db_field, request, **options):
        if db_field.name == "assigned_to":
            staff = User.objects.filter(is_staff=True, is_active=True)
            options["queryset"] = staff.order_by("email")
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request, obj, form, change):
        if not form.changed_data:
            return
        decision = form.cleaned_data.get("decision")
        answer = form.cleaned_data["answer"]
        # Not the whole row: a colleague may have answered it since this form was opened.
        still_open = SupportRequest.objects.filter(pk=obj.pk, state=SupportRequest.State.OPEN)
        kept = {"assigned_to": form.cleaned_data["assigned_to"], "answer": answer}
        if not still_open.update(**kept):
            self.message_user(request, "A colleague has settled this already.", messages.ERROR)
            return
        if decision:
            self._settle(request, obj, decision, answer)

    def _settle(self, request, obj, decision, answer=""):
        try:
            settled = support.settle(obj, request.user, decision, answer)
        except NotAllowedNow as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        if decision == SupportRequest.State.ANSWERED:
            self._answer(request, settled)

    def _answer(self, request, settled):
        try:
            if support.send_answer(settled):
                self.message_user(request, f"The answer went to {settled.email}.")
        except (SMTPException, OSError):
            self.message_user(
                request,
                "It is kept, but the mail could not be sent. Choose it in the list and “Send "
                "answers that were not sent” later.",
                messages.WARNING,
            )

    @staticmethod
    def _is_open(obj):
        return obj.state == SupportRequest.State.OPEN

    @admin.action(description="Assign to me", permissions=["change"])
    def assign_to_me(self, request, queryset):
        count = queryset.exclude(state=SupportRequest.State.CLOSED).update(
            assigned_to=request.user
        )
        self.message_user(request, f"{count} assigned to you.")

    @admin.action(description="Close", permissions=["change"])
    def close_them(self, request, queryset):
        for one in queryset.exclude(state=SupportRequest.State.CLOSED)[:50]:
            self._settle(request, one, SupportRequest.State.CLOSED)

    @admin.action(description="Send answers that were not sent", permissions=["change"])
    def send_answers(self, request, queryset):
        answered = queryset.filter(state=SupportRequest.State.ANSWERED, answered_at=None)
        for one in answered[:50]:
            self._answer(request, one)
