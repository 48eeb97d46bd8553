"""Texts as rows of a table, and back: what differs between a file and the working copies.

A table has a column that tells which text a row is of, one for each field of the body, and a
fingerprint of the words as they were exported. A list is one item a line; a list of lists
(questions, related codes) is JSON. What a column holds and what it takes is read from the model.

Examining a file writes nothing. Storing makes drafts, with history, of the rows that differ.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from rvuedge import audit
from rvuedge.differences import FieldDifference, differences
from rvuedge.publishing import Action, Publishable, StaleCopy
from rvuedge.spreadsheets import FileError, Row, Wrong, is_plain, plain, read, restored

FINGERPRINT = "fingerprint"
ABOUT = "about"
BATCH = 500  # rows that are looked up together
STORED_TOGETHER = 100  # in one transaction, for which everybody else who writes has to wait
MOST_ITEMS = 200  # in one cell
MOST_OF_ITEM = 500  # characters of an item of a list

# What is amiss with a body, as PublishableAdmin.warnings: (field, sentence, is wrong in fact).
Check = Callable[[Publishable, dict[str, Any]], Iterable[tuple[str, str, bool]]]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row, or with one cell of it."""

    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        place = f"Row {self.row}, {self.column}" if self.column else f"Row {self.row}"
        return f"{place}: {self.sentence}"


@dataclass(frozen=True)
class Change:
    """A row that differs from the text it is of, which may be new."""

    row: int
    key: str
    subject: Publishable
    old: dict[str, Any]  # the columns that differ, as they are
    new: dict[str, Any]  # and as the file has them
    body: dict[str, Any]  # what the text would hold, whole

    @property
    def is_new(self) -> bool:
        return self.subject.pk is None

    @cached_property
    def differences(self) -> tuple[FieldDifference, ...]:
        return differences(self.old, self.new)


@dataclass
class Report:
    """What a file would change: counts, and the first of all that was found."""

    rows: int = 0
    changed: int = 0
    added: int = 0
    wrong: int = 0
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)  # of the rows that change, all of them
    digest: str = ""  # of what would change, and of the state it was compared with


class Refused(Exception):
    """An import that was not done; `report` tells what is wrong, if the file is."""

    def __init__(self, sentence: str, report: Report | None = None) -> None:
        super().__init__(sentence)
        self.report = report


# Columns: a value of a body as a cell, and a cell as a value ----------------------------------


class Column:
    """A text. `value` raises ValidationError for what the field does not take."""

    relation = ""  # what has to be read along

    def __init__(self, name: str, field: models.Field) -> None:
        self.name = name
        self.field = field

    def cell(self, value: Any) -> str:
        return str(value)

    def value(self, cell: str) -> Any:
        return self.field.clean(cell.strip(), None)


class Number(Column):
    def value(self, cell: str) -> Any:
        text = cell.strip()
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise ValidationError(f"“{text[:40]}” is not a whole number.")
        return self.field.clean(int(text), None)


class YesOrNo(Column):
    def cell(self, value: Any) -> str:
        return "yes" if value else "no"

    def value(self, cell: str) -> Any:
        answers = {"yes": True, "no": False}
        text = cell.strip()
        if text.lower() not in answers:
            raise ValidationError(f"“{text[:40]}” is neither yes nor no.")
        return answers[text.lower()]


class Lines(Column):
    """A list of short texts, one a line; as JSON where an item is not a line of its own."""

    def cell(self, value: Any) -> str:
        whole = all(
            isinstance(one, str) and one and one == " ".join(one.split(" ")).strip()
            and len(one.splitlines()) == 1
            for one in value
        )  # fmt: skip
        if whole and not (value and value[0].startswith("[")):
            return "\n".join(value)
        return json.dumps(value, ensure_ascii=False)

    def value(self, cell: str) -> Any:
        text = cell.strip()
        if text.startswith("["):
            items = _json(text)
            if not all(isinstance(one, str) for one in items):
                raise ValidationError("Each item of the list must be a text.")
        else:
            items = [line.strip() for line in text.split("\n") if line.strip()]
        _few(items)
        for one in items:
            if len(one) > MOST_OF_ITEM or not is_plain(one):
                raise ValidationError(
                    f"“{plain(one)[:40]}” is no item of a list: at most {MOST_OF_ITEM} "
                    "characters, none of them a control character."
                )
        return self.field.clean(items, None)


class Links(Column):
    """A choice of rows that are known by a slug, one a line. The body keeps slug and name."""

    def __init__(self, name: str, field: Any) -> None:
        super().__init__(name, field)
        self.relation = name

    @cached_property
    def known(self) -> dict[str, str]:
        return {one.slug: str(one) for one in self.field.related_model.objects.all()}

    def cell(self, value: Any) -> str:
        return "\n".join(slug for slug, _ in value)

    def value(self, cell: str) -> Any:
        slugs = [line.strip() for line in cell.split("\n") if line.strip()]
        _few(slugs)
        for slug in slugs:
            if slug not in self.known:
                raise ValidationError(f"“{slug[:80]}” is none of the {self.name}.")
        return [[slug, name] for slug, name in self.known.items() if slug in slugs]


class Table(Column):
    """Rows of their own (questions): JSON, an object for each, keys as the model's fields."""

    def __init__(self, name: str, relation: Any) -> None:
        super().__init__(name, relation)
        self.relation = name
        self.model = relation.related_model
        self.fields = [
            one
            for one in self.model._meta.concrete_fields
            if not one.primary_key and one.name not in {relation.field.name, "position"}
        ]
        self.names = [one.name for one in self.fields]
        self.link = relation.field.name
        # As the rows come back from the database, whatever the order in the file.
        self.sorted_by = [
            self.names.index(name) for name in self.model._meta.ordering if name in self.names
        ]

    @cached_property
    def known(self) -> dict[str, frozenset[Any]]:
        """The keys that each relation of these rows may have."""
        return {
            one.name: frozenset(one.related_model.objects.values_list("pk", flat=True))
            for one in self.fields
            if one.is_relation
        }

    def cell(self, value: Any) -> str:
        lines = [
            json.dumps(dict(zip(self.names, row, strict=True)), ensure_ascii=False)
            for row in value
        ]
        return "[\n{}\n]".format(",\n".join(lines)) if lines else ""

    def value(self, cell: str) -> Any:
        items = _json(cell.strip() or "[]")
        _few(items)
        rows = [self._row(number, item) for number, item in enumerate(items, start=1)]
        for constraint in self.model._meta.constraints:
            names = getattr(constraint, "fields", ())
            if self.link in names:
                places = [self.names.index(name) for name in names if name in self.names]
                keys = [tuple(row[place] for place in places) for row in rows]
                if len(set(keys)) < len(keys):
                    raise ValidationError("Two of its items are the same.")
        return sorted(rows, key=lambda row: [row[place] for place in self.sorted_by])

    def _row(self, number: int, item: Any) -> list[Any]:
        if not isinstance(item, dict) or sorted(item) != sorted(self.names):
            raise ValidationError(f"Item {number} must have exactly {', '.join(self.names)}.")
        row = []
        for one in self.fields:
            value = item[one.name]
            if not isinstance(value, str) or not is_plain(value):
                raise ValidationError(f"Item {number}, {one.name}: not a plain text.")
            value = value.strip()
            if one.name in self.known:
                if value not in self.known[one.name]:
                    raise ValidationError(f"Item {number}: there is no {one.name} {value[:40]}.")
            else:
                try:
                    value = one.clean(value, None)
                except ValidationError as error:
                    raise ValidationError(
                        f"Item {number}, {one.name}: {' '.join(error.messages)}"
                    ) from None
            row.append(value)
        return row


def _json(text: str) -> list[Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError("This is not sound JSON.") from None
    if not isinstance(value, list):
        raise ValidationError("This must be a list in brackets.")
    return value


def _few(items: list[Any]) -> None:
    if len(items) > MOST_ITEMS:
        raise ValidationError(f"At most {MOST_ITEMS} items are taken.")


def _column(model: type[Publishable], name: str) -> Column:
    found: Any = model._meta.get_field(name)
    if found.one_to_many:
        return Table(name, found)
    if found.many_to_many:
        return Links(name, found)
    if isinstance(found, models.JSONField):
        return Lines(name, found)
    if isinstance(found, models.IntegerField):
        return Number(name, found)
    if isinstance(found, models.BooleanField):
        return YesOrNo(name, found)
    if isinstance(found, models.CharField | models.TextField):
        return Column(name, found)
    raise TypeError(f"{model.__name__}.{name} is of no kind that a table can hold.")


# The table of a model -------------------------------------------------------------------------


class Layout:
    """How the texts of a model stand in a table. Costs a few queries to make."""

    def __init__(self, model: type[Publishable]) -> None:
        self.model = model
        self.blank = model(pk=0).to_body()  # what a text holds before anything is written
        unique = [
            one
            for one in model._meta.concrete_fields
            if one.unique and not one.null and not one.primary_key
        ]
        self.key: Any = unique[0] if unique else model._meta.pk
        self.target = self.key.related_model if self.key.is_relation else None
        self.key_name = self.target._meta.pk.name if self.target else self.key.name
        self.columns = [_column(model, name) for name in self.blank if name != self.key.name]
        # A number tells nobody which text it is.
        self.about = [] if unique else [ABOUT]
        names = [one.name for one in self.columns]
        self.headings = [self.key_name, *self.about, *names, FINGERPRINT]

    # Export -------------------------------------------------------------------------------

    def rows(self, subjects: models.QuerySet) -> Iterator[list[str]]:
        """Return the headings and a row for each text, read a few hundred at a time."""
        yield self.headings
        for one in self._whole(subjects).iterator(chunk_size=BATCH):
            cells = self._cells(one.to_body())
            about = [str(one)] * len(self.about)
            yield [self._key_of(one), *about, *cells.values(), fingerprint(cells)]

    def _whole(self, subjects: models.QuerySet) -> models.QuerySet:
        relations = [one.relation for one in self.columns if one.relation]
        links = [
            one.name
            for one in self.model._meta.concrete_fields
            if self.about and one.is_relation and one.one_to_one
        ]
        return subjects.select_related(*links).prefetch_related(*relations)

    def _cells(self, body: dict[str, Any]) -> dict[str, str]:
        return {one.name: plain(one.cell(body[one.name])) for one in self.columns}

    def _key_of(self, subject: Publishable) -> str:
        return str(getattr(subject, self.key.attname))

    # Import -------------------------------------------------------------------------------

    def examine(
        self,
        rows: Iterable[tuple[int, Row]],
        *,
        may_add: bool = True,
        check: Check | None = None,
    ) -> Iterator[int | Change | Problem]:
        """Compare the rows of a file, numbered, with the working copies; write nothing.

        Returns what differs and what is wrong, row by row, and after each batch of rows how
        many of them there were. `may_add`: a row may be of a code that has no text yet.
        """
        numbered = iter(rows)
        number, first = next(numbered, (1, []))
        headings = [one.strip().lower() if isinstance(one, str) else "" for one in first]
        problems = list(self._wrong_headings(number, headings))
        if problems:
            yield from problems
            return
        seen: dict[str, int] = {}
        while batch := list(islice(numbered, BATCH)):
            keyed = []
            for number, row in batch:
                try:
                    cells = self._texts(number, headings, row)
                    key = cells[self.key_name].strip()
                    if seen.setdefault(key, number) != number:
                        raise _Wrong(
                            Problem(number, self.key_name, f"{key} is in row {seen[key]} too.")
                        )
                    keyed.append((number, key, cells))
                except _Wrong as wrong:
                    yield from wrong.problems
            subjects = self._subjects([key for _, key, _ in keyed])
            for number, key, cells in keyed:
                try:
                    subject = subjects.get(key)
                    if subject is None:
                        raise _Wrong(Problem(number, self.key_name, self._unknown(key)))
                    if subject.pk is None and not may_add:
                        sentence = f"{key} has no text yet, and you may not add one."
                        raise _Wrong(Problem(number, self.key_name, sentence))
                    change = self._compare(number, key, subject, cells)
                    if change:
                        self._check(change, check)
                        yield change
                except _Wrong as wrong:
                    yield from wrong.problems
            yield len(batch)

    def _wrong_headings(self, row: int, headings: list[str]) -> Iterator[Problem]:
        if self.key_name not in headings:
            yield Problem(row, self.key_name, "This column is missing: it tells the texts apart.")
        for position, name in enumerate(headings, start=1):
            if name not in self.headings:
                called = f"“{plain(name)[:40]}”" if name else "without a heading"
                known = ", ".join(self.headings)
                yield Problem(row, f"column {position}", f"There is no column {called}: {known}.")
            elif headings.index(name) < position - 1:
                yield Problem(row, name, "This column is there twice.")

    def _texts(self, number: int, headings: list[str], row: Row) -> dict[str, str]:
        """Return a row's cells by their headings, without what kept spreadsheets from them."""
        if len(row) != len(headings):
            sentence = f"It has {len(row)} cells under {len(headings)} headings."
            raise _Wrong(Problem(number, "", sentence))
        found: dict[str, str] = {}
        problems = []
        for name, cell in zip(headings, row, strict=True):
            if isinstance(cell, Wrong):
                problems.append(Problem(number, name, f"This is {cell.what}, not a text."))
                continue
            try:
                text = restored(cell)
            except FileError as error:
                problems.append(Problem(number, name, f"The cell {error}"))
                continue
            if not is_plain(text):
                problems.append(Problem(number, name, "This has control characters."))
            found[name] = plain(text)
        if problems:
            raise _Wrong(*problems)
        return found

    def _subjects(self, keys: list[str]) -> dict[str, Publishable]:
        """Return the texts of these keys; where a known code has none yet, a new one."""
        if self.key.primary_key:
            keys = [key for key in keys if key.isascii() and key.isdigit() and len(key) < 18]
        found = self.model._default_manager.filter(**{f"{self.key.attname}__in": keys})
        subjects = {self._key_of(one): one for one in self._whole(found)}
        if self.target and len(subjects) < len(keys):
            for key in self.target._default_manager.in_bulk(keys):
                subjects.setdefault(str(key), self.model(**{self.key.attname: key}))
        return subjects

    def _unknown(self, key: str) -> str:
        if not key:
            return "It is empty."
        hint = ""
        if self.target and key.isdigit() and len(key) < 5:
            hint = " A spreadsheet may have cut its zeros: keep this column as text."
        return f"There is no {self.model._meta.verbose_name} “{key[:80]}”.{hint}"

    def _compare(
        self, number: int, key: str, subject: Publishable, cells: dict[str, str]
    ) -> Change | None:
        is_new = subject.pk is None
        body = self.blank if is_new else subject.to_body()
        current = self._cells(body)
        old, new, problems = {}, {}, []
        if self.about and cells.get(ABOUT, plain(str(subject))) != plain(str(subject)):
            problems.append(Problem(number, ABOUT, "This column is for reading only."))
        for column in self.columns:
            name = column.name
            if not is_new and cells.get(name, current[name]) == current[name]:
                continue
            try:
                value = column.value(cells.get(name, ""))
            except ValidationError as error:
                problems.append(Problem(number, name, " ".join(error.messages)))
                continue
            if value != body[name]:
                old[name], new[name] = body[name], value
        mark = cells.get(FINGERPRINT, "").strip()
        if mark and (new or problems) and mark != fingerprint(current):
            problems = [
                Problem(
                    number,
                    FINGERPRINT,
                    "This text was changed since the file was exported: export it anew, or "
                    "empty this cell to let the file decide.",
                )
            ]
        if problems:
            raise _Wrong(*problems)
        return Change(number, key, subject, old, new, {**body, **new}) if new or is_new else None

    def _check(self, change: Change, check: Check | None) -> None:
        """Refuse what the model itself does not take, and what is wrong in fact."""
        problems = []
        tried = copy(change.subject)
        for column in self.columns:
            if not column.relation:
                setattr(tried, column.name, change.body[column.name])
        try:
            tried.clean()
        except ValidationError as error:
            for name, sentences in (
                error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            ).items():
                problems.append(Problem(change.row, name.strip("_"), " ".join(sentences)))
        for name, sentence, is_wrong in check(tried, change.body) if check else ():
            if is_wrong and (name in change.new or name not in change.body):
                problems.append(Problem(change.row, name, sentence))
        if problems:
            raise _Wrong(*problems)


class _Wrong(Exception):
    """A row that cannot be taken, and all the reasons."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*map(str, problems))
        self.problems = problems


def fingerprint(cells: dict[str, str]) -> str:
    """Return a short mark of the words of a text; the letter keeps it from being a number."""
    whole = json.dumps(list(cells.values()), ensure_ascii=False)
    return f"f{hashlib.sha256(whole.encode()).hexdigest()[:15]}"


# A file, whole --------------------------------------------------------------------------------


def examine_file(
    layout: Layout,
    path: Path,
    *,
    may_add: bool = True,
    check: Check | None = None,
    shown: int = 100,
) -> Report:
    """Return what a file would change: the dry run. Nothing is written.

    The first `shown` changes and problems are kept, all are counted. FileError for a file that
    cannot be read.
    """
    report = Report()
    state = hashlib.sha256()
    for found in layout.examine(read(path), may_add=may_add, check=check):
        if isinstance(found, int):
            report.rows += found
        elif isinstance(found, Problem):
            report.wrong += 1
            report.problems += [found] if report.wrong <= shown else []
        else:
            report.changed += 1
            report.added += found.is_new
            report.numbers.add(found.row)
            report.changes += [found] if report.changed <= shown else []
            state.update(f"{found.key} {found.subject.pk} {found.subject.version}\n".encode())
    report.digest = state.hexdigest()
    return report


def import_file(
    layout: Layout,
    path: Path,
    by: Any,
    name: str,
    *,
    digest: str = "",
    most: int | None = None,
    may_add: bool = True,
    check: Check | None = None,
) -> Report:
    """Store the rows of a file that differ as drafts of `by`, and return what was done.

    Refused, and nothing stored, where a row is wrong, or where `digest` (of the dry run's
    report) says that a text was changed since. A batch of rows is a transaction: whoever
    edits meanwhile waits for no more than that, and an import that was interrupted is finished
    by running it again.
    """
    options: dict[str, Any] = {"may_add": may_add, "check": check}
    report = examine_file(layout, path, **options)
    if report.wrong:
        raise Refused("Nothing was imported: the file has errors.", report)
    if digest and digest != report.digest:
        raise Refused(
            "Nothing was imported: a text was changed since you looked. Look at the differences "
            "again.",
            report,
        )
    if most is not None and report.changed > most:
        raise Refused(f"Nothing was imported: more than {most:,} rows change.", report)
    done = 0
    rows = (
        (number, row)
        for place, (number, row) in enumerate(read(path))
        if place == 0 or number in report.numbers
    )
    changes = (found for found in layout.examine(rows, **options) if isinstance(found, Change))
    while batch := list(islice(changes, STORED_TOGETHER)):
        try:
            with transaction.atomic():
                for change in batch:
                    store(change, by, f"From {name}")
        except (StaleCopy, IntegrityError):
            raise Refused(
                f"Somebody changed one of these texts just now. {done} of {report.changed} were "
                "imported; import the file again for the rest."
            ) from None
        done += len(batch)
    if done:
        what = layout.model._meta.verbose_name_plural
        audit.record("imported a file", by, None, f"{name}: {done} {what}")
    return report


def store(change: Change, by: Any, reason: str) -> None:
    """Make a change a draft with an edition. StaleCopy if the text was saved meanwhile."""
    subject = change.subject
    if not change.is_new:
        subject = subject.check_version(subject.version)
    subject.from_body(change.body)
    subject.save_draft(by, reason, Action.IMPORTED)


def publishable(name: str) -> type[Publishable]:
    """Return the model that a command calls "codecontent" or "codes.codecontent"; LookupError."""
    found = [
        model
        for model in apps.get_models()
        if issubclass(model, Publishable)
        and name.lower() in {model._meta.label_lower, model._meta.model_name}
    ]
    if len(found) != 1:
        known = sorted(
            m._meta.label_lower for m in apps.get_models() if issubclass(m, Publishable)
        )
        raise LookupError(f"{name} is none of {', '.join(known)}.")
    return found[0]
