"""What the site shows at this moment: the active release, and the texts in force.

Every public page asks `shown()` once, at its beginning, and takes all else from the answer and
from the same snapshot of the database, so that no page mixes two releases. The answer's `version`
changes whenever any figure or text that the public can see changes: it is the base of ETags, and
the key of what this process remembers.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from threading import RLock
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from codes import taxonomy
from codes.labels import fallback_label, may_be_shown
from codes.models import (
    Category,
    CategoryStatistics,
    CodeEdition,
    FeeSchedule,
    IntroductionEdition,
    Rate,
    Standing,
)
from rvuedge.snapshot import is_in_transaction

# Whose editions change what the version says; those of other apps: codes/views/public.py, `also`.
_TEXTS = {"text": CodeEdition, "introduction": IntroductionEdition}

T = TypeVar("T")


class Listed(NamedTuple):
    """A code as lists and links name it."""

    hcpcs: str
    label: str
    synonyms: tuple[str, ...]
    category_slug: str
    category_name: str
    work: str  # two decimals, or "" where no work is credited
    wording: str  # as published, or "" where its owner does not allow it to be shown
    has_text: bool

    @property
    def system(self) -> str:
        return taxonomy.system(self.hcpcs)

    @property
    def is_named(self) -> bool:
        """Whether words name it: an editor's, or published ones that may be shown."""
        return self.has_text or bool(self.wording)

    def get_absolute_url(self) -> str:
        return reverse("codes:code", args=[self.category_slug, self.hcpcs])


@dataclass(frozen=True)
class Shown:
    """The active release (None before the first) and the state of the texts."""

    schedule: FeeSchedule | None
    version: str
    last_modified: datetime

    @cached_property
    def directory(self) -> Mapping[str, Listed]:
        """Every code of the active release by its number, in order. No query once remembered."""
        return self.remember("directory", self._read_directory)

    def remember(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` gives, kept in this process for as long as nothing changes."""

        def is_of_this_version() -> bool:
            # Outside a snapshot something may have been stored before `make` read it.
            return is_in_transaction() or shown().version == self.version

        return _memory.get(self.version, name, make, is_of_this_version)

    @property
    def schedules(self) -> Mapping[int, FeeSchedule]:
        """Every loaded release by its key: there are few, and a loaded one never changes."""
        return self.remember("schedules", lambda: FeeSchedule.objects.in_bulk())

    @property
    def categories(self) -> Mapping[int, Category]:
        """Every category by its key, its chapter at hand."""
        return self.remember(
            "categories", lambda: Category.objects.select_related("parent").in_bulk()
        )

    @property
    def categories_by_slug(self) -> Mapping[str, Category]:
        return self.remember(
            "categories by slug", lambda: {row.slug: row for row in self.categories.values()}
        )

    @property
    def statistics(self) -> Mapping[int, CategoryStatistics]:
        """The statistics of the active release, by category."""

        def read() -> dict[int, CategoryStatistics]:
            rows = CategoryStatistics.objects.filter(schedule=self.schedule)
            return {row.category_id: row for row in rows}

        return self.remember("statistics", read)

    def _read_directory(self) -> dict[str, Listed]:
        if self.schedule is None:
            return {}
        texts = dict(CodeEdition.objects.in_force().values_list("subject__code_id", "body"))
        wording = dict(
            Rate.objects.filter(schedule=self.schedule).values_list("code_id", "descriptor")
        )
        rows = Standing.objects.filter(schedule=self.schedule).values_list(
            "code_id",
            "global_days",
            "work_rvu",
            "is_payable",
            "category__slug",
            "category__name",
            "code__descriptor__text",
        )
        directory = {}
        for hcpcs, global_days, work, payable, slug, name, long_text in rows.order_by("code_id"):
            body = texts.get(hcpcs)
            published = ""
            if may_be_shown(taxonomy.descriptor_owner(hcpcs)):
                published = long_text or wording.get(hcpcs, "")
            label = body["label"] if body else published
            directory[hcpcs] = Listed(
                hcpcs,
                label or fallback_label(hcpcs, name, global_days),
                tuple(body["synonyms"]) if body else (),
                slug,
                name,
                str(work) if payable and work else "",
                published,
                body is not None,
            )
        return directory


def shown() -> Shown:
    """Return what the public sees now. One query, and one more where that has changed.

    Every page asks, so the question is written out once; its answer as the database gives it is
    compared with the last one, and only another answer is made into objects.
    """
    global _last
    now = timezone.now()
    row = _raw_answer(now)
    asked = (row, settings.BUILT_AT, settings.SHOW_AMA_DESCRIPTORS)
    last = _last
    if last is None or last[0] != asked:
        last = (asked, _read(now))
        _last = last
    found = last[1]
    return Shown(found.schedule, found.version, found.last_modified)


_last: tuple[Any, Shown] | None = None  # what the database said last, and what that means
_SOME_MOMENT = datetime(1999, 12, 31, tzinfo=UTC)  # stands for now in the question


def _question(now: datetime) -> QuerySet[FeeSchedule]:
    """The active release, with the newest text of each kind and when one last began or ended."""
    asked = {}
    for name, model in _TEXTS.items():
        newest = model.objects.exclude(starts_at=None).order_by("-pk").values("pk")
        begun = model.objects.filter(starts_at__lte=now).order_by("-starts_at")
        ended = model.objects.filter(ends_at__lte=now).order_by("-ends_at")
        asked[f"newest_{name}"] = Subquery(newest[:1])
        asked[f"{name}_begun"] = Subquery(begun.values("starts_at")[:1])
        asked[f"{name}_ended"] = Subquery(ended.values("ends_at")[:1])
    return FeeSchedule.objects.filter(is_active=True).annotate(**asked)


@lru_cache
def _written_question(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """Return the question in the SQL of this database: Django takes a millisecond to write it."""
    return _question(_SOME_MOMENT).query.sql_with_params()


def _raw_answer(now: datetime) -> Sequence[Any] | None:
    sql, parameters = _written_question(connection.vendor)
    adapt = connection.ops.adapt_datetimefield_value
    some_moment, this_moment = adapt(_SOME_MOMENT), adapt(now)
    with connection.cursor() as cursor:
        cursor.execute(sql, [this_moment if one == some_moment else one for one in parameters])
        row: Sequence[Any] | None = cursor.fetchone()
    return row


def _read(now: datetime) -> Shown:
    schedule = _question(now).first()
    state: list[Any] = [settings.BUILT_AT, settings.SHOW_AMA_DESCRIPTORS]
    moments = [settings.BUILT_AT]
    if schedule:
        turns = [getattr(schedule, f"{name}_{turn}") for name in _TEXTS
                 for turn in ("begun", "ended")]  # fmt: skip
        state += [schedule.release, schedule.digest, schedule.changed_at]
        state += [*(getattr(schedule, f"newest_{name}") for name in _TEXTS), *turns]
        moments += [schedule.changed_at, *turns]
    return Shown(
        schedule=schedule,
        version=hashlib.sha256(repr(state).encode()).hexdigest()[:16],
        last_modified=max(moment for moment in moments if moment),
    )


class _Memory:
    """What was worked out for the newest versions, shared by the threads of this process."""

    def __init__(self, versions: int) -> None:
        self._versions = versions
        self._kept: dict[str, dict[str, Any]] = {}
        self._lock = RLock()  # what is remembered may be made of other things remembered

    def get(
        self,
        version: str,
        name: str,
        make: Callable[[], T],
        may_be_kept: Callable[[], bool] = lambda: True,
    ) -> T:
        try:
            return self._kept[version][name]  # type: ignore[no-any-return]
        except KeyError:
            pass
        with self._lock:  # once for all threads: it can take half a second
            kept = self._kept.setdefault(version, {})
            while len(self._kept) > self._versions:
                self._kept.pop(next(iter(self._kept)))
            if name in kept:
                return kept[name]  # type: ignore[no-any-return]
            made = make()
            if may_be_kept():
                kept[name] = made
            return made


_memory = _Memory(versions=2)
