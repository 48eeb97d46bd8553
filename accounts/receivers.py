"""What the audit log hears of: what `audit.record` tells, ways in, and changes of rights."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
)
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import statement_uploads
from accounts.models import AuditEntry, User
from rvuedge import audit

FLAGS = {"is_active": "active", "is_staff": "staff", "is_superuser": "superuser"}
_NEW = {"is_active": True, "is_staff": False, "is_superuser": False}

# Rows do not know who changes them: the admin says it here while it works (`acting`).
_who: ContextVar[User | None] = ContextVar("who", default=None)


@contextmanager
def acting(user: User) -> Iterator[None]:
    """Take every change of rights inside the block for one that `user` made."""
    token = _who.set(user)
    try:
        yield
    finally:
        _who.reset(token)


@receiver(audit.recorded)
def keep(
    *,
    what: str,
    by: User | None = None,
    subject: Model | None = None,
    detail: str = "",
    more: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    """Write one line of the log. It goes with the transaction that it tells of."""
    AuditEntry.objects.create(
        who=by if by is not None and by.pk else None,
        what=what[:60],
        subject_type=subject._meta.label_lower[:60] if subject else "",
        subject_id=str(subject.pk or "")[:40] if subject else "",
        subject=str(subject)[:200] if subject else "",
        detail=_plain(detail)[:300],
        more=more or {},
    )


def _plain(text: str) -> str:
    """Return text on one line, without characters that a database or a terminal trips over."""
    return "".join(c if c.isprintable() else " " for c in text)


# Signing in and out -------------------------------------------------------------------------


@receiver(user_logged_in)
def keep_sign_in(*, user: User, **_: Any) -> None:
    keep(what="signed in", by=user, subject=user)


@receiver(user_logged_out)
def keep_sign_out(*, user: User | None = None, **_: Any) -> None:
    if user is not None and user.pk:  # whoever has just left is nobody any more
        keep(what="signed out", by=user, subject=user)


@receiver(user_login_failed)
def keep_failed_sign_in(*, credentials: dict[str, Any], **_: Any) -> None:
    """Name whose account was tried. What is nobody's address may be a password: it is not kept."""
    address = str(credentials.get("username") or credentials.get("email") or "")
    address = User.objects.normalize_email(address.replace("\0", ""))
    user = User.objects.filter(email=address).first()
    detail = "" if user else "an address that nobody here has"
    keep(what="failed to sign in", subject=user, detail=detail)


@receiver(authentication_failed)
def keep_failed_second_factor(*, user: User, **_: Any) -> None:
    keep(what="failed the second factor", subject=user)


@receiver(authenticator_added)
def keep_new_factor(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any
) -> None:
    """Setting a factor up has proved it: this session need not be asked for it again."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", type=authenticator.type, id=authenticator.pk)
        keep(what="set up a second factor", by=user, subject=user)


@receiver(authenticator_removed)
def keep_removed_factor(*, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        keep(what="removed a second factor", by=user, subject=user)


@receiver([password_changed, password_set, password_reset])
def keep_new_password(*, user: User, **_: Any) -> None:
    keep(what="changed the password", by=user, subject=user)


# Rights -------------------------------------------------------------------------------------


@receiver(pre_save, sender=User)
def remember_flags(
    *, instance: User, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    """Look up what the row says before it is written, where its flags may change."""
    instance._flags_before = None  # type: ignore[attr-defined]
    if raw or (update_fields is not None and not FLAGS.keys() & set(update_fields)):
        return
    stored = User.objects.filter(pk=instance.pk).values(*FLAGS).first() if instance.pk else None
    instance._flags_before = stored or _NEW  # type: ignore[attr-defined]


@receiver(post_save, sender=User)
def keep_flags(*, instance: User, created: bool, **_: Any) -> None:
    before = instance._flags_before  # type: ignore[attr-defined]
    if before is None:
        return
    changes = [
        f"{label}: {'yes' if getattr(instance, name) else 'no'}"
        for name, label in FLAGS.items()
        if getattr(instance, name) != before[name]
    ]
    if changes:
        what = "created with access" if created else "changed access"
        keep(what=what, by=_who.get(), subject=instance, detail=", ".join(changes))


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
@receiver(m2m_changed, sender=Group.permissions.through)
def keep_rights(
    *, sender: Any, instance: Model, action: str, model: Any, pk_set: set[Any] | None, **_: Any
) -> None:
    verb = {"post_add": "given", "post_remove": "taken", "pre_clear": "taken"}.get(action)
    if verb is None or (action != "pre_clear" and not pk_set):
        return
    what = "changed groups" if sender is User.groups.through else "changed rights"
    if action == "pre_clear":
        names = "all"
    else:
        names = ", ".join(sorted(str(row) for row in model.objects.filter(pk__in=pk_set)))
    keep(what=what, by=_who.get(), subject=instance, detail=f"{verb}: {names}")


@receiver(post_delete, sender=User)
@receiver(post_delete, sender=Group)
def keep_deletion(*, instance: Model, **_: Any) -> None:
    if getattr(instance, "leaves_no_name", False):  # accounts/leaving.py
        keep(what="deleted their own account")
        return
    keep(what=f"deleted a {instance._meta.verbose_name}", by=_who.get(), subject=instance)


@receiver(post_delete, sender=User)
def forget_upload(*, instance: User, **_: Any) -> None:
    """A statement that waits for its columns goes with whoever uploaded it."""
    statement_uploads.forget(instance)
