"""Where attempts are counted: in the database, which all processes share and which is there.

allauth counts in whatever it takes for Django's cache. This site's cache may be one process's own
memory, or a server that can die and then counts as empty: either would let somebody guess on. A
database that is away answers 503, and nobody guesses.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connections
from django.forms import BaseForm
from django.utils.connection import ConnectionProxy

ALIAS = "limits"  # in settings.CACHES
WAIT = 5 * 60  # seconds: after that each of the limits lets somebody try again

_TOO_MANY = {"too_many_login_attempts", "rate_limited"}  # allauth's codes of form errors


class LimitsCache(DatabaseCache):
    """Django's cache in a database table, made so that a crowd cannot push a count out of it."""

    def _cull(self, db: str, cursor: Any, now: datetime, num: int) -> None:
        """Delete what has run out. Django's would go on with rows that are still in force."""
        ops = connections[db].ops
        cursor.execute(
            f"DELETE FROM {ops.quote_name(self._table)} WHERE expires < %s",  # noqa: S608 (ours)
            [ops.adapt_datetimefield_value(now)],
        )


def hashed_key(key: str, key_prefix: str, version: int) -> str:
    """Return the key to store: no address can be read from it, nor tried without the secret."""
    return sha256(f"{settings.SECRET_KEY} {key_prefix}:{version}:{key}".encode()).hexdigest()


def count_in_the_database() -> None:
    """Give allauth this cache where it counts attempts and remembers used one-time codes.

    It has no setting for it: both modules hold Django's default cache under the name `cache`.
    """
    from allauth.core.internal import ratelimit
    from allauth.mfa.totp.internal import auth as totp

    ratelimit.cache = totp.cache = ConnectionProxy(caches, ALIAS)


def is_one_too_many(form: BaseForm | None) -> bool:
    """Return whether a form was refused because it was sent too often."""
    errors = form.errors.as_data().values() if form is not None else ()
    return any(error.code in _TOO_MANY for several in errors for error in several)
