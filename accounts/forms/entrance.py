"""Forms for getting into an account: allauth's, in the words of this site (ACCOUNT_FORMS).

One field for a new password, not two: a typing mistake costs a mail. The templates write the
inputs themselves; a form says what is a mistake.
"""

from typing import Any

from allauth.account import forms as allauth
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import Profile, User
from rvuedge.form_guard import OneLineEmailField


class AddressField(OneLineEmailField):
    """An email address, in lower case as it is stored."""

    def __init__(self, **kwargs: Any) -> None:
        required = {"required": "Type your email address."}
        super().__init__(label="Email", max_length=254, error_messages=required, **kwargs)

    def clean(self, value: Any) -> str:
        return super().clean(value).lower()


def _needed(form: forms.Form, name: str, sentence: str) -> None:
    form.fields[name].error_messages["required"] = sentence


class SignInForm(allauth.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = AddressField()
        self.order_fields(["login", "password"])
        _needed(self, "password", "Type your password.")


class SignUpForm(allauth.SignupForm):
    email = AddressField()
    stage = forms.ChoiceField(choices=Profile.Stage, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _needed(self, "password1", "Choose a password.")

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            # Takes as long as for a new account: time tells nobody who has one.
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)

    def signup(self, request: HttpRequest, user: User) -> None:
        Profile.objects.create(user=user, stage=self.cleaned_data["stage"])


class ResetForm(allauth.ResetPasswordForm):
    email = AddressField()


class NewPasswordForm(allauth.ResetPasswordKeyForm):
    password2 = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _needed(self, "password1", "Choose a password.")


class ChangePasswordForm(allauth.ChangePasswordForm):
    password2 = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _needed(self, "oldpassword", "Type your current password.")
        _needed(self, "password1", "Choose a password.")


class SetPasswordForm(allauth.SetPasswordForm):
    password2 = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _needed(self, "password1", "Choose a password.")


class ChangeEmailForm(allauth.AddEmailForm):
    email = AddressField()


class ReauthenticateForm(allauth.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _needed(self, "password", "Type your password.")


class SecondStepForm(AuthenticateForm):
    """The code at sign-in; `trust` leaves this device alone with the second step for a while."""

    trust = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _needed(self, "code", "Type the six digits of your app, or a backup code.")


class AddPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(required=False, max_length=100)


class RenamePasskeyForm(EditWebAuthnForm):
    name = forms.CharField(max_length=100, error_messages={"required": "Give the passkey a name."})
