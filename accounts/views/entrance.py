"""Ways into an account and out of it, where allauth's own do not do."""

from typing import Any

from allauth.account import views as allauth
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.internal.flows import trust
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

# What a browser keeps of private pages, entries that were typed offline included.
WIPE = '"cache", "storage"'


class ConfirmEmailView(allauth.ConfirmEmailView):
    """Confirms an address by a button. To open the link of another account ends no session."""

    def logout(self) -> None:
        if self.request.method == "POST":
            super().logout()


class NewPasswordView(allauth.PasswordResetFromKeyView):
    """Sets a password by a link. To open the link of another account ends no session."""

    def logout(self) -> None:
        if self.request.method == "POST":
            super().logout()


class SignOutView(allauth.LogoutView):
    """Ends the session, and has the browser forget what it keeps of private pages."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = WIPE
        return response


class SecondStepView(AuthenticateView):
    """Asks for the second factor at sign-in."""

    def form_valid(self, form: Any) -> HttpResponse:
        user = self.stage.login.user
        response = super().form_valid(form)
        if form.cleaned_data.get("trust"):
            trust.trust_browser(self.request, user, response)
        return response


@login_required
@require_safe
def totp_picture(request: HttpRequest) -> HttpResponse:
    """Show the key that is about to be set up as a QR code. It is in this session alone."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    adapter = get_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    return HttpResponse(picture, content_type="image/svg+xml")
