"""Whether somebody of the staff may enter the admin, as far as the second factor is concerned.

STAFF_SECOND_FACTOR says so: "off" lets a password do, "required" asks for more. A factor is an
authenticator app or a passkey. It must be set up, and this session must have proved it: by
signing in with it, by setting it up, or by being asked for it again. A device that is trusted
with the second step at sign-in is not trusted with the admin.
"""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from rvuedge import audit

OFF, REQUIRED = "off", "required"


def factors(user: User) -> QuerySet[Authenticator]:
    """Return what the person has set up. Backup codes stand in for a factor, they are none."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)


def is_needed(user: User) -> bool:
    """Return whether this person must have a second factor."""
    return settings.STAFF_SECOND_FACTOR == REQUIRED and user.is_staff


def has_one(user: User) -> bool:
    """Return whether the account has a second factor set up."""
    return factors(user).exists()


def has_another(user: User, factor: Authenticator) -> bool:
    """Return whether the account has a second factor besides this one."""
    return factors(user).exclude(pk=factor.pk).exists()


def was_proved(request: HttpRequest) -> bool:
    """Return whether this session has proved a second factor."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def is_lacking(request: HttpRequest) -> bool:
    """Return whether this person may not enter the admin for want of a second factor.

    Asked several times for each page of the admin, and looked up once.
    """
    user = request.user
    if not user.is_authenticated or not is_needed(user):
        return False
    if not hasattr(request, "lacks_second_factor"):
        request.lacks_second_factor = not (was_proved(request) and has_one(user))
    return request.lacks_second_factor


@transaction.atomic
def take_away(user: User) -> int:
    """Remove all factors and backup codes of somebody who has lost them; return how many.

    All their sessions end: whoever asked for it has to know the password.
    """
    removed, _ = Authenticator.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    audit.record("took away the second factor", None, user)
    return removed
