"""Who may open which page of the admin and take which action: docs/roles.md is written from here.

What Django's own pages and actions ask for is asked of the model admins themselves. The pages
that our admins add are listed below with the right that each takes; a page that is not listed
fails a test, and so does one that answers otherwise than the table says.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver

from accounts.roles import ROLES, Role
from rvuedge.exchange_admin import ExchangeAdmin
from rvuedge.publishing_admin import _STEPS, PublishableAdmin

GET, POST, ACTION = "GET", "POST", "action"

# "view", "add", "change", "review", "publish" are rights to the model of the page; a dotted name
# is a permission; EVERYBODY is all of the staff.
EVERYBODY = "everybody"

_PUBLISHABLE = (
    ("preview", GET, "See the draft as a page", "view"),
    ("compare", GET, "Compare editions", "view"),
    ("restore", POST, "Restore an edition", "change"),
    ("keep", POST, "Keep one's text after a save at the same time", "change"),
)
_STEP_LABELS = {
    "send": "Send to review",
    "send-back": "Send back",
    "approve": "Approve",
    "publish": "Publish now, or from a date",
    "call-off": "Call off what is scheduled",
    "archive": "Archive",
    "confirm": "Confirm that it is still right",
    "link": "Make a link that shows the draft to others",
}
_EXCHANGE = (
    ("exportcsv", GET, "Export as CSV", "view"),
    ("exportxlsx", GET, "Export as XLSX", "view"),
    ("import", POST, "Import a file", "change"),
)
_EXTRA = {
    "codes.doubt": (
        ("confirm", POST, "Confirm a text as it is", "change"),
        ("assign", POST, "Assign to somebody", "change"),
    ),
    "codes.feeschedule": (
        ("compare", GET, "Compare two releases", "view"),
        ("activate", POST, "Show a release, or go back to it", "codes.activate_releaseupload"),
        ("remove", POST, "Remove a release", "codes.activate_releaseupload"),
    ),
    "codes.releaseupload": (
        ("examine", POST, "Examine a file (dry run)", "add"),
        ("load", POST, "Load a file", "codes.load_releaseupload"),
        ("progress", GET, "See how far it has come", "view"),
    ),
    "accounts.user": (("auth_user_password_change", GET, "Set a password", "change"),),
}
_SITE = (
    ("index", GET, "Start page", EVERYBODY),
    ("without_text", GET, "Codes without a text", "codes.add_codecontent"),
    ("password_change", GET, "Change one's own password", EVERYBODY),
)
# Their page has no form: what can be done with one has an address of its own.
_WITHOUT_FORM = {"codes.doubt", "codes.releaseupload"}
# Of everybody who is signed in, or of everybody; they show nothing of their own.
UNLISTED = {"login", "logout", "password_change_done", "autocomplete", "jsi18n", "view_on_site",
            "app_list"}  # fmt: skip


class Page(NamedTuple):
    """A page or an action, and the names of the roles that have it.

    `name` is the name of the address within "admin:", or of the action; `step` the part of it
    that says which step of a text's life is meant.
    """

    name: str
    method: str
    label: str
    roles: frozenset[str]
    step: str = ""


class _Somebody:
    """A person in one role, without a row in any table."""

    is_active = is_staff = is_authenticated = True
    is_superuser = is_anonymous = False
    pk = id = None

    def __init__(self, role: Role) -> None:
        self.role = role

    def has_perm(self, permission: str, obj: Any = None) -> bool:
        return permission in self.role.permissions

    def has_perms(self, permissions: Iterable[str], obj: Any = None) -> bool:
        return all(map(self.has_perm, permissions))

    def has_module_perms(self, app_label: str) -> bool:
        return any(name.startswith(f"{app_label}.") for name in self.role.permissions)


def _request(role: Role) -> HttpRequest:
    request = HttpRequest()
    request.method = GET
    request.user = _Somebody(role)  # type: ignore[assignment]
    return request


def site_pages() -> list[Page]:
    """Return the pages that belong to no model."""
    return [Page(*row[:3], _with(None, row[3])) for row in _SITE]


def model_pages(model_admin: admin.ModelAdmin) -> list[Page]:
    """Return every page and action of one model's admin, in the order in which one meets them."""
    opts = model_admin.opts
    prefix = f"{opts.app_label}_{opts.model_name}"

    def page(name: str, method: str, label: str, right: str, step: str = "") -> Page:
        full = name if "_" in name else f"{prefix}_{name}"
        return Page(full, method, label, _with(model_admin, right), step)

    pages = [
        page("changelist", GET, "See the list", "view_or_change"),
        page("add", GET, "Add", "add"),
        page("change", GET, "Open one", "view_or_change"),
        page("change", POST, "Change one", "change"),
        page("history", GET, "See its history", "view_or_change"),
        page("delete", POST, "Delete one", "delete"),
    ]
    if opts.label_lower in _WITHOUT_FORM:
        pages = [one for one in pages if (one.name, one.method) != (f"{prefix}_change", POST)]
    if isinstance(model_admin, PublishableAdmin):
        pages += [page(*row) for row in _PUBLISHABLE]
        pages += [
            page("step", POST, _STEP_LABELS[step], right, step)
            for step, (right, _) in _STEPS.items()
        ]
    if isinstance(model_admin, ExchangeAdmin):
        pages += [page(*row) for row in _EXCHANGE]
    pages += [page(*row) for row in _EXTRA.get(opts.label_lower, ())]
    return [*pages, *_actions(model_admin)]


def _actions(model_admin: admin.ModelAdmin) -> Iterator[Page]:
    held = {role.name: model_admin.get_actions(_request(role)) for role in ROLES}
    names = dict.fromkeys(name for actions in held.values() for name in actions)
    for name in names:
        roles = frozenset(role for role, actions in held.items() if name in actions)
        label = next(actions[name][2] for actions in held.values() if name in actions)
        yield Page(name, ACTION, f"For many: {label[:1].lower()}{label[1:]}", roles)


def _with(model_admin: admin.ModelAdmin | None, right: str) -> frozenset[str]:
    """Return the names of the roles that have a right."""

    def has(role: Role) -> bool:
        if right == EVERYBODY:
            return True
        if "." in right:
            return right in role.permissions
        return bool(getattr(model_admin, f"has_{right}_permission")(_request(role)))

    return frozenset(role.name for role in ROLES if has(role))


def listed() -> dict[admin.ModelAdmin, list[Page]]:
    """Return the pages of every registered model, in the order of their names."""
    registered = admin.site._registry.values()
    ordered = sorted(registered, key=lambda one: (one.opts.app_label, one.opts.model_name))
    return {model_admin: model_pages(model_admin) for model_admin in ordered}


def addresses(patterns: Iterable[URLPattern | URLResolver] | None = None) -> Iterator[str]:
    """Yield the name of every address of the admin."""
    for pattern in admin.site.get_urls() if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def not_listed() -> set[str]:
    """Return the names of addresses that no table speaks of: there should be none."""
    pages = [*site_pages(), *(page for pages in listed().values() for page in pages)]
    return set(addresses()) - {page.name for page in pages} - UNLISTED


# The document -------------------------------------------------------------------------------

_HEAD = """\
# Roles, and what each may do

Written by `python manage.py write_roles` from `accounts/roles.py` and the admin itself: change
those, not this file. A test asks every page of the admin in every role, and fails where it
answers otherwise than is said here.

The six roles are groups of the same names. `migrate` gives them exactly these rights; for other
rights make a group of another name. A person can have several roles. Superusers may do all that
anybody may, and only they make superusers, single permissions and groups. Whoever is not staff,
or not signed in, is sent to the sign-in page by all of it.
"""


def document() -> str:
    """Return docs/roles.md."""
    parts = [_HEAD, "".join(f"- **{role.name}**: {role.purpose}.\n" for role in ROLES)]
    parts += ["## The site\n", _table(site_pages())]
    alike: dict[str, list[str]] = {}
    for model_admin, pages in listed().items():
        name = str(model_admin.opts.verbose_name_plural)
        alike.setdefault(_table(pages), []).append(f"{name[:1].upper()}{name[1:]}")
    for table, names in alike.items():
        parts += [f"## {', '.join(names)}\n", table]
    return "\n".join(parts)


def _table(pages: Iterable[Page]) -> str:
    """Return a table in Markdown, without what nobody may."""
    rows = [
        f"| {page.label} | "
        + " | ".join("yes" if role.name in page.roles else "–" for role in ROLES)
        + " |\n"
        for page in pages
        if page.roles
    ]
    head = "| | " + " | ".join(role.name for role in ROLES) + " |\n"
    rule = "| --- |" + " --- |" * len(ROLES) + "\n"
    return head + rule + "".join(rows) if rows else "Superusers only.\n"
