"""Which published texts a release made doubtful, and what editors decide about each.

A text is doubtful where the figures or the status of its code are no longer those it was written
under, or where it quotes a number that the file no longer has. What it was written under is the
release that was shown before; or, where nobody has looked at it since an earlier release, the
release before that one: no doubt is lost by going on, and none is made by going back and forth.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.dispatch import receiver
from django.utils import timezone

from codes.content_checks import codes_in, sentences, unmarked
from codes.fee_schedule.compare import Reason, compare
from codes.fee_schedule.records import RateRow
from codes.fee_schedule.standings import rate_rows
from codes.indicators import PAYABLE
from codes.models import CodeContent, CodeEdition, Doubt, FeeSchedule, Standing
from codes.payment import Components, payment
from codes.utilization import services_of
from rvuedge import audit
from rvuedge.publishing import Action, NotAllowedNow

GONE, NEW, ROW, NUMBER = "gone", "new", "row added or gone", "number in the text"
# The weightiest first.
REASONS = (GONE, NEW, *(reason.value for reason in Reason if reason is not Reason.DESCRIPTOR),
           ROW, NUMBER)  # fmt: skip
_WEIGHT = {reason: weight for weight, reason in enumerate(REASONS)}

# The parts of a body that hold sentences; the last two hold them at that place of each row.
_TEXTS = ("label", "description", "plain_language", "clinical_context", "billing")
_ROWS = {"questions": (0, 1), "related": (2,)}

_RVUS = ("work_rvu", "pe_nonfac", "pe_fac", "mp_rvu", "total_nonfac", "total_fac")
_DOLLAR = Decimal(1)
# A whole number says something of the fee schedule only as dollars, RVUs or a global period.
_QUOTED = re.compile(
    r"(?<![\w.,])(?P<dollars>\$\s?)?(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?)"
    r"(?P<rvus>\s(?:(?:work|total|practice|expense|malpractice|facility|office)\s)*w?RVUs?\b)?"
    r"(?P<days>[\s-]days?\b)?(?![\w%]|[.,][0-9])"
)

# What raising writes of a doubt.
_DECIDED = ("compared_with", "reason", "changes", "stale_numbers", "assigned_to_id", "raised_at",
            "outcome", "note", "settled_by_id", "settled_at")  # fmt: skip

Changes = list[list[str]]  # [row, column, old, new, reason] each
Quoted = list[list[str]]  # [field, number, sentence] each


# Figures of a release -----------------------------------------------------------------------


@dataclass
class Figures:
    """All rows of a release, by code, and what a text could quote of them."""

    release: str
    is_complete: bool
    factor: Decimal
    rows: dict[str, list[RateRow]]
    _quotable: dict[str, frozenset[tuple[str, Decimal]]] = field(default_factory=dict)

    def quotable(self, hcpcs: str) -> frozenset[tuple[str, Decimal]]:
        """Return ("value", 1.30), ("dollars", 95) and ("days", 90) of one code."""
        if hcpcs not in self._quotable:
            self._quotable[hcpcs] = frozenset(self._numbers(self.rows.get(hcpcs, [])))
        return self._quotable[hcpcs]

    def _numbers(self, rows: Iterable[RateRow]) -> Iterator[tuple[str, Decimal]]:
        for row in rows:
            for name in _RVUS:
                if value := getattr(row, name):
                    yield "value", value
            if row.global_days.isdigit() and int(row.global_days):
                yield "days", Decimal(int(row.global_days))
            if row.status not in PAYABLE or row.not_used:
                continue
            for is_na, expense in (
                (row.nonfac_na, row.pe_nonfac),
                (row.fac_na, row.pe_fac),
            ):
                amount = payment(Components(row.work_rvu, expense, row.mp_rvu), self.factor)
                if amount and not is_na:
                    yield "value", amount
                    yield "dollars", amount.quantize(_DOLLAR, ROUND_HALF_UP)


def figures_of(schedule: FeeSchedule) -> Figures:
    """Return the stored figures of a release, all in memory (a second for a whole one)."""
    rows: dict[str, list[RateRow]] = {}
    for row in rate_rows(schedule):
        rows.setdefault(row.hcpcs, []).append(row)
    return Figures(schedule.release, schedule.is_complete, schedule.conversion_factor, rows)


def changes_of(hcpcs: str, old: Figures, new: Figures) -> Changes:
    """Return what became of one code between two releases, the descriptor left out.

    A code that an excerpt of a release lacks is not gone, and one that it lacked is not new.
    """
    before, after = old.rows.get(hcpcs, []), new.rows.get(hcpcs, [])
    if not before and not after:
        return []
    if not after:
        return [[hcpcs, "", "", "", GONE]] if new.is_complete else []
    if not before:
        return [[hcpcs, "", "", "", NEW]] if old.is_complete else []
    found = compare(before, after, old.release, new.release)
    changes = [
        [
            _row_name(row),
            change.name,
            _worded(change.old),
            _worded(change.new),
            change.reason.value,
        ]
        for row in found.changed
        for change in row.fields
        if change.reason is not Reason.DESCRIPTOR
    ]
    changes += [[_row_name(row), "", "", "added", ROW] for row in found.added]
    changes += [[_row_name(row), "", "there", "", ROW] for row in found.gone]
    return changes


def _row_name(row: Any) -> str:
    return f"{row.hcpcs}-{row.modifier}" if row.modifier else row.hcpcs


def _worded(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


# Numbers in a text --------------------------------------------------------------------------


def stale_numbers(hcpcs: str, body: dict[str, Any], old: Figures, new: Figures) -> Quoted:
    """Return each number in a text that was a figure of its code, or of one it names, and is none
    of theirs any more. With the part of the text and the whole sentence that it stands in.

    Codes are named as related ones, or anywhere in the words. Numbers without decimals count
    only as dollars, RVUs or days of a global period.
    """
    texts = list(_texts_of(body))
    quoting = [(place, text) for place, text in texts if _QUOTED.search(unmarked(text))]
    if not quoting:
        return []  # most texts: no need to take them apart
    named = {hcpcs} | {row[0] for row in body.get("related", [])}
    named |= {code for _, text in texts for code in codes_in(text)}
    before = frozenset().union(*(old.quotable(code) for code in named))
    after = frozenset().union(*(new.quotable(code) for code in named))
    gone = before - after
    found = [
        [place, quoted, sentence]
        for place, text in quoting
        # Most quote none of these: taking a text apart costs more than looking through it.
        if any(meaning in gone for _, meaning in _numbers_in(unmarked(text)))
        for sentence in sentences(text)
        for quoted, meaning in _numbers_in(sentence)
        if meaning in gone
    ]
    return [list(one) for one in dict.fromkeys(map(tuple, found))]


def _texts_of(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((name, body.get(name, "")) for name in _TEXTS)
    for name, places in _ROWS.items():
        yield from ((name, row[place]) for row in body.get(name, []) for place in places)


def _numbers_in(sentence: str) -> Iterator[tuple[str, tuple[str, Decimal]]]:
    """Yield (as it is written, what it would be of a fee schedule)."""
    for match in _QUOTED.finditer(sentence):
        digits = match["number"].rstrip(",")
        value = Decimal(digits.replace(",", ""))
        if match["days"]:
            yield match[0].strip(), ("days", value)
        elif "." in digits or match["rvus"]:
            yield (match["dollars"] or "") + digits, ("value", value)
        elif match["dollars"]:
            yield f"${digits}", ("dollars", value)


# Raising ------------------------------------------------------------------------------------


@dataclass
class _Text:
    """A text that is public, or has its day fixed. `made_at` is when somebody last published."""

    hcpcs: str
    made_at: datetime
    bodies: list[dict[str, Any]] = field(default_factory=list)


def public_texts() -> dict[int, _Text]:
    """Return the texts that are public or scheduled, by the key of their working copy."""
    now = timezone.now()
    editions = CodeEdition.objects.filter(
        Q(pk__in=CodeEdition.objects.in_force(now).values("pk"))
        | Q(starts_at__gt=now) & (Q(ends_at=None) | Q(ends_at__gt=F("starts_at")))
    ).order_by("subject_id", "starts_at")
    texts: dict[int, _Text] = {}
    rows = editions.values_list("subject_id", "subject__code_id", "made_at", "body")
    for key, hcpcs, made_at, body in rows.iterator():
        text = texts.setdefault(key, _Text(hcpcs, made_at))
        text.bodies.append(body)
        text.made_at = max(text.made_at, made_at)
    return texts


@transaction.atomic
def raise_doubts(schedule: FeeSchedule, before: FeeSchedule | Figures) -> int:
    """Put what `schedule`, shown from now on, made doubtful onto the queue; return how many.

    `before` is the release that was shown until now; where a release was replaced by another
    file of the same name, its figures as they were. Doing it again changes nothing.
    """
    texts = public_texts()
    if not texts:
        return 0
    replaced = isinstance(before, Figures)
    until_now = before if isinstance(before, Figures) else figures_of(before)
    known = _Known(schedule, until_now)
    left_open = _open_in(until_now.release)
    good = _confirmed(texts)
    existing = {doubt.content_id: doubt for doubt in schedule.doubts.all()}
    made, changed, settled_by_itself, count = [], [], [], 0
    for key, text in texts.items():
        doubt, old = existing.get(key), left_open.get(key)
        base = known.figures(old.compared_with) if old and not replaced else until_now
        carried: Changes = []
        if old and (replaced or base is None or old.compared_with == until_now.release):
            # What it was written under is not to be had any more: keep what was found then.
            carried, base = old.changes, until_now
        changes = [*carried, *changes_of(text.hcpcs, base, known.new)]
        changes = [list(one) for one in dict.fromkeys(map(tuple, changes))]
        stale = [
            list(one)
            for one in dict.fromkeys(
                tuple(number)
                for body in text.bodies
                for number in stale_numbers(text.hcpcs, body, base, known.new)
            )
        ]
        confirmed_for = good.get(key, set()) - ({until_now.release} if replaced else set())
        if changes and any(known.is_alike(text.hcpcs, release) for release in confirmed_for):
            changes, stale = [], []  # confirmed as it is, for a release with these very figures
        if not changes and not stale:
            if doubt and not doubt.outcome:
                settled_by_itself.append(doubt.pk)
            continue
        if doubt and doubt.outcome and not replaced and text.made_at <= doubt.settled_at:
            continue  # an editor has decided this already, for these very words
        reasons = {change[4] for change in changes} or {NUMBER}
        count += 1
        doubt = doubt or Doubt(content_id=key, schedule=schedule)
        before_it = [getattr(doubt, name) for name in _DECIDED]
        if doubt.outcome or not doubt.pk:
            doubt.raised_at, doubt.outcome, doubt.note = timezone.now(), "", ""
            doubt.settled_by = doubt.settled_at = None
        doubt.compared_with = base.release
        doubt.reason = min(reasons, key=_WEIGHT.__getitem__)
        doubt.changes, doubt.stale_numbers = changes, stale
        doubt.assigned_to_id = doubt.assigned_to_id or (old.assigned_to_id if old else None)
        if not doubt.pk:
            made.append(doubt)
        elif before_it != [getattr(doubt, name) for name in _DECIDED]:
            changed.append(doubt)
    Doubt.objects.filter(pk__in=settled_by_itself).delete()
    Doubt.objects.bulk_create(made, batch_size=500)
    fields = [name.removesuffix("_id") for name in _DECIDED]
    Doubt.objects.bulk_update(changed, fields, batch_size=200)
    return count


class _Known:
    """The figures that are compared, each release read once."""

    def __init__(self, schedule: FeeSchedule, until_now: Figures) -> None:
        self.new = figures_of(schedule)
        self._figures: dict[str, Figures | None] = {until_now.release: until_now}
        self._figures[schedule.release] = self.new

    def figures(self, release: str) -> Figures | None:
        """Return a release's figures, or None where it is not loaded any more."""
        if release not in self._figures:
            schedule = FeeSchedule.objects.filter(release=release).first()
            self._figures[release] = figures_of(schedule) if schedule else None
        return self._figures[release]

    def is_alike(self, hcpcs: str, release: str) -> bool:
        figures = self.figures(release)
        return figures is not None and not changes_of(hcpcs, figures, self.new)


def _open_in(release: str) -> dict[int, Doubt]:
    doubts = Doubt.objects.filter(schedule__release=release, outcome=Doubt.Outcome.OPEN)
    return {doubt.content_id: doubt for doubt in doubts}


def _confirmed(texts: dict[int, _Text]) -> dict[int, set[str]]:
    """Return the releases for which each text, in its present words, was confirmed or written."""
    good: dict[int, set[str]] = {}
    rows = Doubt.objects.filter(outcome=Doubt.Outcome.CONFIRMED).values_list(
        "content_id", "settled_at", "schedule__release", "compared_with"
    )
    for key, settled_at, *releases in rows:
        if key in texts and texts[key].made_at <= settled_at:
            good.setdefault(key, set()).update(releases)
    return good


# The queue ----------------------------------------------------------------------------------


def waiting() -> QuerySet:
    """Return the doubts that somebody has to look at: open, and of the release that is shown."""
    return Doubt.objects.filter(
        outcome=Doubt.Outcome.OPEN, schedule__is_active=True
    ).select_related("content__code", "schedule", "assigned_to")


FIRST = (
    F("services").desc(nulls_last=True),
    F("paid").desc(nulls_last=True),
    F("content__code_id"),
    F("pk"),
)


def weighed(doubts: QuerySet) -> QuerySet:
    """Order doubts by Medicare's services of their codes, the most billed first.

    Where no such counts are imported, and among codes without one, by national payment (office,
    else facility), best paid first; then by code. Adds `services` and `paid`.
    """
    standing = Standing.objects.filter(
        schedule__is_active=True, code=OuterRef("content__code")
    ).values(amount=Coalesce("national_nonfac", "national_fac"))[:1]
    return doubts.annotate(
        services=services_of("content__code_id"), paid=Subquery(standing)
    ).order_by(*FIRST)


@transaction.atomic
def confirm(doubts: Iterable[Doubt], by: Any, reason: str) -> int:
    """Say of open doubts that their texts are right as they are; return how many there were.

    The public words stay; an edition without a beginning keeps who, when and why. NotAllowedNow
    where no reason is given. A doubt that somebody else has settled meanwhile is passed over.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise NotAllowedNow("Say why the text is right as it is: it stands in its history.")
    keys = [doubt.pk for doubt in doubts]
    found = list(
        Doubt.objects.select_for_update(of=("self",))
        .filter(pk__in=keys, outcome=Doubt.Outcome.OPEN)
        .select_related("content", "schedule")
    )
    contents = [doubt.content_id for doubt in found]
    bodies = dict(
        CodeEdition.objects.in_force()
        .filter(subject__in=contents)
        .values_list("subject_id", "body")
    )
    numbers = dict(
        CodeEdition.objects.filter(subject__in=contents)
        .order_by()
        .values_list("subject_id")
        .annotate(Max("number"))
    )
    now = timezone.now()
    editions = []
    for doubt in found:
        key = doubt.content_id
        numbers[key] = numbers.get(key, 0) + 1
        editions.append(
            CodeEdition(
                subject=doubt.content,
                number=numbers[key],
                body=bodies.get(key) or doubt.content.to_body(),
                action=Action.CONFIRMED,
                made_by=by,
                made_at=now,
                reason=reason[:200],
            )
        )
    # First the doubts: whoever hears of the confirmation finds them settled.
    Doubt.objects.filter(pk__in=[doubt.pk for doubt in found]).update(
        outcome=Doubt.Outcome.CONFIRMED, settled_by=by, settled_at=now, note=reason[:200]
    )
    CodeEdition.objects.bulk_create(editions, batch_size=500)
    for doubt in found:
        audit.record("confirmed", by, doubt.content, reason, release=doubt.schedule.release)
    return len(found)


@transaction.atomic
def assign(doubts: Iterable[Doubt], to: Any, by: Any) -> int:
    """Give open doubts to somebody (None: to nobody), and return how many there were."""
    keys = [doubt.pk for doubt in doubts]
    open_ones = Doubt.objects.filter(pk__in=keys, outcome=Doubt.Outcome.OPEN)
    count = open_ones.update(assigned_to=to)
    if count:
        audit.record("assigned", by, None, f"{count} doubtful texts to {to or 'nobody'}")
    return count


@receiver(audit.recorded)
def settle(*, what: str, by: Any = None, subject: Any = None, detail: str = "", **_: Any) -> None:
    """Take a text off the queue once it is published anew, or confirmed on its own page.

    Only of the release that is shown: for another one, nobody has looked at it.
    """
    outcomes = {
        Action.PUBLISHED.label.lower(): Doubt.Outcome.REVISED,
        Action.CONFIRMED.label.lower(): Doubt.Outcome.CONFIRMED,
    }
    if what in outcomes and isinstance(subject, CodeContent):
        waiting_for = Doubt.objects.filter(
            content=subject, outcome=Doubt.Outcome.OPEN, schedule__is_active=True
        )
        waiting_for.update(
            outcome=outcomes[what], settled_by=by, settled_at=timezone.now(), note=detail[:200]
        )
