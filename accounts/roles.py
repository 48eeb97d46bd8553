"""The six roles: what each may do. The groups of the same names hold exactly these rights.

A role is a group that `settle` fills after every `migrate`: what is changed in one of the six by
hand does not last, and docs/roles.md, which is written from here, stays true. Whoever needs other
rights gets a group of another name. Nobody deletes content: pages are archived.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.apps import AppConfig, apps

from rvuedge import audit

TEXTS = ("codes.codecontent", "codes.introduction")
PAGES = (
    "blog.post",
    "blog.landingpage",
    "blog.helparticle",
    "blog.term",
    "blog.faq",
    "blog.redirect",
)
PUBLISHABLE = TEXTS + PAGES
FIGURES = (
    "codes.code",
    "codes.category",
    "codes.feeschedule",
    "codes.rate",
    "codes.locality",
)


class Role(NamedTuple):
    """What a role is for, and its permissions as has_perm names them ("blog.add_post")."""

    name: str
    purpose: str
    permissions: frozenset[str]


def rights(actions: str, models: Iterable[str]) -> frozenset[str]:
    """Return permissions: ("add view", ["blog.post"]) is blog.add_post and blog.view_post."""
    return frozenset(
        f"{app}.{action}_{model}"
        for app, model in (label.split(".") for label in models)
        for action in actions.split()
    )


_READING = rights("view", (*PUBLISHABLE, *FIGURES, "codes.specialty", "codes.doubt")) | rights(
    "view", ["blog.correction"]
)
_WRITING = _READING | rights("add change", PUBLISHABLE) | rights("change", ["codes.doubt"])
_REVIEWING = _WRITING | rights("review", PUBLISHABLE) | rights("change", ["blog.correction"])
_PUBLISHING = (
    _WRITING
    | rights("publish", PUBLISHABLE)
    | rights("change", ["blog.correction"])
    | rights("add change", ["codes.specialty"])
)
_DATA = rights("add view load activate", ["codes.releaseupload"]) | rights(
    "view", (*FIGURES, "codes.codecontent", "codes.specialty", "codes.doubt")
)
_SUPPORT = (
    _READING
    | rights("change", ["blog.correction"])
    | rights("add change", ["blog.helparticle", "blog.faq"])
    | rights("change view", ["accounts.supportrequest"])
)
_PEOPLE = (
    rights("add change view", ["accounts.user"])
    | rights("view", ["auth.group"])
    | rights("view", ["accounts.auditentry"])
)

ROLES = (
    Role("writer", "drafts and revises texts, and sends them to review", _WRITING),
    Role("reviewer", "reads what others wrote, approves it or sends it back", _REVIEWING),
    Role("publisher", "decides what the public reads, and from when to when", _PUBLISHING),
    Role("data manager", "loads federal releases and switches between them", _DATA),
    Role(
        "support", "answers readers and requests, and writes help articles and questions", _SUPPORT
    ),
    Role(
        "administrator",
        "everything, and the people: who may sign in, in which role, and who did what",
        _REVIEWING | _PUBLISHING | _DATA | _SUPPORT | _PEOPLE,
    ),
)
NAMES = tuple(role.name for role in ROLES)


def settle() -> None:
    """Give the six groups exactly their rights; make what is missing of groups and permissions."""
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    # On a new database Django makes permissions after all migrations, in an order of its own.
    labels = sorted({name.split(".")[0] for role in ROLES for name in role.permissions})
    for label in labels:
        create_permissions(apps.get_app_config(label), verbosity=0)
    keys = {
        f"{app}.{codename}": pk
        for app, codename, pk in Permission.objects.filter(
            content_type__app_label__in=labels
        ).values_list("content_type__app_label", "codename", "pk")
    }
    # Not `permissions.set`: what comes with the code is told once, not right by right.
    holdings = Group.permissions.through.objects
    for role in ROLES:
        group, is_new = Group.objects.get_or_create(name=role.name)
        wanted = {keys[name] for name in role.permissions}
        held = set(holdings.filter(group=group).values_list("permission_id", flat=True))
        if wanted == held:
            continue
        holdings.filter(group=group, permission_id__in=held - wanted).delete()
        holdings.bulk_create(
            Group.permissions.through(group_id=group.pk, permission_id=pk)
            for pk in sorted(wanted - held)
        )
        if not is_new and held:
            audit.record("settled a role", None, group, "its rights are those of the code again")


def settle_after_migrating(
    sender: AppConfig, using: str = "default", plan: Any = (), **_: Any
) -> None:
    """Fill the groups once their tables and those of every permission are there."""
    from django.contrib.auth.models import Group
    from django.db import connections

    tables = connections[using].introspection.table_names()
    if using == "default" and Group._meta.db_table in tables:
        settle()
