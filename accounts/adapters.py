"""Where allauth is told how this site does things (ACCOUNT_ADAPTER, MFA_ADAPTER)."""

import logging
from contextlib import suppress
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import clean_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import second_factor
from accounts.limits import WAIT
from accounts.models import User
from rvuedge.form_guard import client_address

logger = logging.getLogger(__name__)

NAME = "RVU Edge"
NOWHERE = "0.0.0.0"  # noqa: S104 (who asks through a socket without an address)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "Email and password do not go together. Check both, or reset "
        "the password.",
        "too_many_login_attempts": "That was wrong too many times. Wait five minutes, then try "
        "again.",
        "rate_limited": "That was too many times. Wait five minutes, then try again.",
        "enter_current_password": "This is not your current password. Type it again.",
        "incorrect_password": "This is not your password. Type it again.",
        "incorrect_code": "This code is wrong or was used. Wait for the next one and type that.",
        "duplicate_email": "This is your address already. Type the new one.",
        "invalid_password_reset": "This link was used or has run out. Ask for a new one.",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that somebody waits for; where it cannot be sent, say so with a 503."""
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as error:
            logger.error("A mail could not be sent (%s): %s", template_prefix, error)
            response = render(allauth_context.request, "account/mail_away.html", status=503)
            response["Retry-After"] = str(WAIT)
            raise ImmediateHttpResponse(response) from error

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Tell of a change that is made already: it stands, with or without the mail."""
        with suppress(ImmediateHttpResponse):
            super().send_notification_mail(*args, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return who sent the request, as the outermost proxy of our own saw it."""
        return clean_client_ip(client_address(request)) or NOWHERE

    def is_safe_url(self, url: str) -> bool:
        """Return whether `url` stays on the very host, and the scheme, that was asked for."""
        request = allauth_context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def get_login_stages(self) -> list[str]:
        """Return the steps of signing in: trusting a device is a box in one, not a step."""
        return [stage for stage in super().get_login_stages() if not stage.endswith("TrustStage")]

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an address, unless somebody else's account is named by it.

        That one may be unconfirmed: whoever reads the mail can reset its password.
        """
        others = User.objects.exclude(pk=email_address.user_id)
        if others.filter(email=email_address.email).exists():
            self.add_message(
                request,
                messages.ERROR,
                "account/messages/email_confirmation_failed.txt",
                {"email": email_address.email},
            )
            return False
        return super().confirm_email(request, email_address)


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": "Staff need a second factor. Set up another one first.",
        "unverified_email": "Confirm your email address first: the link is in the mail we sent.",
    }

    def _get_site_name(self) -> str:
        return NAME

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Return False for the last factor of somebody who needs one."""
        user: Any = authenticator.user
        return not second_factor.is_needed(user) or second_factor.has_another(user, authenticator)
