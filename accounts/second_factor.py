"""Whether somebody of the staff may sign in with a password alone.

STAFF_SECOND_FACTOR says so: "off" lets a password do, "required" asks for more. There is no second
factor to be had on this site yet, so that with "required" nobody of the staff signs in: a site
that must not be run on passwords alone stays closed instead of open.
"""

from django.conf import settings

from accounts.models import User

OFF, REQUIRED = "off", "required"
REFUSAL = (
    "Staff sign in with a second factor here, and this account has none. "
    "Ask whoever runs the site (STAFF_SECOND_FACTOR)."
)


def has_one(user: User) -> bool:
    """Return whether the account has a second factor set up: none has, so far."""
    return False


def is_lacking(user: User) -> bool:
    """Return whether this person may not enter the admin for want of a second factor."""
    return settings.STAFF_SECOND_FACTOR == REQUIRED and not has_one(user)
