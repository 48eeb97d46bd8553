"""Everything that the site holds about one person, as tables: to take along, or to read.

The tables are found, not listed: a model of `accounts` whose rows belong to a person, directly or
through another such model, is in the export, and so is a column that it gets. What does not belong
to one person, or must not leave the site, is named here.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.db.models import CASCADE, Field, ManyToManyField, Model, Q, QuerySet
from django.utils import timezone

from accounts.models import AttemptCount, AuditEntry, Benchmark, SupportRequest, User
from rvuedge import spreadsheets

NOBODYS = (AttemptCount, Benchmark)  # hashes that fade within minutes; Medicare's own figures
BY_ADDRESS = (SupportRequest,)  # the form that makes them knows nobody
OF_THE_ENTRANCE = (EmailAddress, Authenticator, UserSession)
# Whoever has these can sign in, or nearly: hashes, secret keys, keys of sessions.
SECRETS = {
    "accounts.user": {"password"},
    "mfa.authenticator": {"data"},
    "usersessions.usersession": {"session_key", "data"},
}
# Permissions are the administrators' to tell.
LEFT_OUT = {
    "accounts.user": {"groups", "user_permissions"},
    "accounts.supportrequest": {"assigned_to", "settled_by"},
}


@dataclass(frozen=True)
class Table:
    """One kind of row: its name ("tracked codes"), its columns, and how to get the rows anew."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[list[Any]]]

    @property
    def slug(self) -> str:
        return self.name.replace(" ", "-")


def path_to_owner(model: type[Model]) -> str:
    """Return the lookup from a row to the person it belongs to ("statement__user"), or ""."""
    if model is User:
        return "pk"
    for field in model._meta.concrete_fields:
        if field.related_model is User and field.remote_field.on_delete is CASCADE:
            return field.name
    for field in model._meta.concrete_fields:
        owner = field.related_model
        if owner and owner is not model and field.remote_field.on_delete is CASCADE:
            further = path_to_owner(owner)
            if further and owner is not User:
                return f"{field.name}__{further}"
    return ""


def models() -> list[type[Model]]:
    """Return the models that hold rows of a person, the person first."""
    own = [
        model
        for model in apps.get_app_config("accounts").get_models()
        if model not in NOBODYS and path_to_owner(model)
    ]
    return sorted(
        [*own, *OF_THE_ENTRANCE, *BY_ADDRESS], key=lambda model: (model is not User, _name(model))
    )


def rows_of(model: type[Model], user: User) -> QuerySet:
    """Return the rows of a model that belong to a person, oldest first."""
    if model in BY_ADDRESS:
        return model._default_manager.filter(email__iexact=user.email).order_by("pk")
    return model._default_manager.filter(**{path_to_owner(model): user.pk}).order_by("pk")


def entries_about(user: User) -> QuerySet[AuditEntry]:
    """Return what the audit log holds of a person: what they did, and what was done to them."""
    about = Q(subject_type=User._meta.label_lower, subject_id=str(user.pk))
    return AuditEntry.objects.filter(Q(who=user) | about).order_by("pk")


def tables(user: User) -> list[Table]:
    """Return everything about a person, empty tables too: that shows that there is nothing."""
    found = [_table(model, rows_of(model, user), path_to_owner(model)) for model in models()]
    return [*found, _table(AuditEntry, entries_about(user), "who")]


def counts(user: User) -> list[tuple[int, str]]:
    """Return how many rows there are of what a person entered, for a sentence."""
    named = [
        (rows_of(model, user).count(), model._meta)
        for model in models()
        if model._meta.app_label == "accounts" and path_to_owner(model) == "user"
    ]
    return [
        (count, str(meta.verbose_name if count == 1 else meta.verbose_name_plural))
        for count, meta in named
        if count and meta.model_name != "profile"
    ]


def _name(model: type[Model]) -> str:
    name = str(model._meta.verbose_name_plural)
    return "account" if model is User else name


def _table(model: type[Model], rows: QuerySet, owner: str) -> Table:
    label = model._meta.label_lower
    hidden = SECRETS.get(label, set()) | LEFT_OUT.get(label, set())
    fields: list[Field] = [
        field
        for field in model._meta.concrete_fields
        if field.name not in hidden and field.name != owner
    ]
    many: list[ManyToManyField] = [
        field for field in model._meta.many_to_many if field.name not in hidden
    ]

    def read() -> Iterator[list[Any]]:
        linked = [_links(field, rows) for field in many]
        columns = rows.values_list("pk", *[field.attname for field in fields])
        for key, *values in columns.iterator(chunk_size=2000):  # no objects: a log may be long
            yield [*values, *[links.get(key, []) for links in linked]]

    names = (*[field.attname for field in fields], *[field.name for field in many])
    return Table(_name(model), names, read)


def _links(field: ManyToManyField, rows: QuerySet) -> dict[Any, list[Any]]:
    """Return what each row is linked with: {its key: [keys of the others]}."""
    own, other = field.m2m_field_name(), field.m2m_reverse_field_name()
    found: dict[Any, list[Any]] = {}
    through = field.remote_field.through._default_manager
    pairs = through.filter(**{f"{own}__in": rows.values("pk")}).order_by("pk")
    for key, linked in pairs.values_list(f"{own}_id", f"{other}_id"):
        found.setdefault(key, []).append(linked)
    return found


# Files --------------------------------------------------------------------------------------


def plain_value(value: Any) -> Any:
    """Return a value as JSON has it. Decimals are strings, so that no digit is lost."""
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def cell(value: Any) -> str:
    """Return a value as a cell: empty for none, JSON for what has parts."""
    value = plain_value(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _cells(table: Table) -> Iterator[list[str]]:
    yield list(table.columns)
    for row in table.rows():
        yield [cell(value) for value in row]


def write_json(found: Iterable[Table], stream: IO[bytes]) -> None:
    """Write one JSON document: {"exported_at": …, "tables": {name: [{column: value}, …]}}."""
    stream.write(f'{{"exported_at": "{timezone.now().isoformat()}",\n"tables": {{'.encode())
    for number, table in enumerate(found):
        stream.write(f"{',' if number else ''}\n{json.dumps(table.name)}: [".encode())
        for place, row in enumerate(table.rows()):
            values = dict(zip(table.columns, map(plain_value, row), strict=True))
            text = json.dumps(values, ensure_ascii=False)
            stream.write(f"{',' if place else ''}\n{text}".encode())
        stream.write(b"]")
    stream.write(b"\n}}\n")


def write_csv(found: Iterable[Table], stream: IO[bytes]) -> None:
    """Write a zip with one CSV file for each table; cells are made harmless."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in found:
            with archive.open(f"{table.slug}.csv", "w") as member:
                for line in spreadsheets.csv_lines(_cells(table)):
                    member.write(line)


def write_xlsx(found: Iterable[Table], stream: IO[bytes]) -> None:
    """Write a workbook with one sheet for each table; cells are made harmless.

    spreadsheets.FileError where a text is too long for a cell.
    """
    spreadsheets.write_workbook(((table.name, _cells(table)) for table in found), stream)


# Kind, its file's ending and type.
FORMATS: dict[str, tuple[Callable[[Iterable[Table], IO[bytes]], None], str, str]] = {
    "json": (write_json, "json", "application/json"),
    "csv": (write_csv, "zip", "application/zip"),
    "xlsx": (
        write_xlsx,
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}
