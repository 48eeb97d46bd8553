"""How somebody leaves: all that is theirs goes with them."""

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError

from accounts import export
from accounts.models import SupportRequest, User

STAYS = (
    "You edit this site, or did: who wrote and approved a public text stays in its history. "
    "Ask an administrator to close your account."
)


class Stays(Exception):
    """Somebody whose name the site's own history needs: `str` of it says so."""


@transaction.atomic
def leave(user: User) -> None:
    """Delete a person with everything that belongs to them; a mail says that it was done.

    The audit log keeps that an account was deleted, and nothing about whose. Raises Stays, and
    nothing is deleted, for staff and for whoever stands in the history of a public text.
    """
    if user.is_staff or user.is_superuser:
        raise Stays(STAYS)
    address, adapter = user.email, get_adapter()
    keys = UserSession.objects.filter(user=user).values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(keys)).delete()
    export.entries_about(user).delete()
    SupportRequest.objects.filter(email__iexact=address).delete()
    user.leaves_no_name = True  # accounts/receivers.py tells the log of it
    try:
        user.delete()
    except (ProtectedError, RestrictedError) as error:
        raise Stays(STAYS) from error
    transaction.on_commit(
        lambda: adapter.send_mail("account/email/account_deleted", address, {}),
        robust=True,  # gone is gone, with or without the mail
    )
