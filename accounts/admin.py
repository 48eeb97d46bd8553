import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group

from accounts import roles
from accounts.models import AuditEntry, User
from accounts.receivers import acting


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
