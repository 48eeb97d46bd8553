"""allauth's addresses, with our own views where they do more. They carry allauth's names."""

from django.urls import include, path, re_path

from accounts.views import entrance

urlpatterns = [
    path("logout/", entrance.SignOutView.as_view(), name="account_logout"),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$",
        entrance.ConfirmEmailView.as_view(),
        name="account_confirm_email",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        entrance.NewPasswordView.as_view(),
        name="account_reset_password_from_key",
    ),
    path("2fa/authenticate/", entrance.SecondStepView.as_view(), name="mfa_authenticate"),
    path("2fa/totp/picture.svg", entrance.totp_picture, name="totp_picture"),
    path("", include("allauth.urls")),
]
