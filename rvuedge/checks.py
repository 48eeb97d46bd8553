"""What must be so before the site starts, beyond what `settings.py` refuses by itself."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.migrations.executor import MigrationExecutor


def pending_migrations(alias: str = "default") -> list[str]:
    """Return the migrations, as app.name, that the database named by alias has not had."""
    executor = MigrationExecutor(connections[alias])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def refuse_pending_migrations() -> None:
    """Raise ImproperlyConfigured, in a sentence, where the database is behind the code."""
    if pending := pending_migrations():
        raise ImproperlyConfigured(
            f"The database lacks {len(pending)} migration(s), first {pending[0]}: "
            "run `python manage.py migrate`."
        )


# Django runs a database check only where it is asked to, because `check` must also work on a
# machine without the database: `manage.py check --deploy --database default`. The server's
# start (wsgi.py) asks always.
@register(Tags.database, deploy=True)
def check_migrations(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    return [
        Error(
            f"The database {alias!r} lacks the migration {name}.",
            hint="Run `python manage.py migrate`.",
            id="rvuedge.E001",
        )
        for alias in databases or []
        for name in pending_migrations(alias)
    ]
