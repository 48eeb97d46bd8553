"""Holding a statement against the log: from rows to accounts/matching.py, and back into rows.

What is reported and what is tracked stand side by side in each finding and are never added up.
A finding keeps the log's value as it was when it was matched; matching again takes the log as it
is now, and keeps every note and status.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.utils import timezone

from accounts import entries
from accounts.likely_causes import Entry, Identity, Knowledge, Line
from accounts.matching import NEAR_DAYS, Match, match
from accounts.models import Contract, Procedure, Statement, StatementLine
from accounts.statement_files import Row
from accounts.validators import joined
from codes.credit_kinds import Kind
from codes.models import Rate

Verdict = StatementLine.Verdict
Status = StatementLine.Status

CENT = Decimal("0.01")
ZERO = Decimal(0)
_BATCH = 500  # as many variables as any database takes in one query, and to spare

# The order on the page: the worst news first.
SECTIONS = {
    Verdict.MISSING_THERE: "Missing from the statement",
    Verdict.DIFFERENT: "Different value",
    Verdict.NEAR: "Matched nearly",
    Verdict.MISSING_HERE: "Only on the statement",
    Verdict.MATCHED: "Matched",
}


# Storing -----------------------------------------------------------------------------------


@transaction.atomic
def store(statement: Statement, rows: Iterable[Row]) -> Statement:
    """Save a new statement with its lines, matched."""
    statement.save()
    lines = [
        StatementLine(
            statement=statement,
            row=row.number,
            performed_on=row.day,
            hcpcs=row.code,
            modifiers=joined(row.modifiers),
            units=row.units,
            wrvu=row.wrvu,
            dollars=row.dollars,
        )
        for row in rows
    ]
    _match(statement, lines, [])
    return statement


@dataclass(frozen=True)
class Renewal:
    """What matching again came to."""

    changed: int  # findings with another verdict than before
    gone: int  # findings whose entry is no longer in the log


@transaction.atomic
def match_again(statement: Statement) -> Renewal:
    """Match the lines of a statement with the log as it is now. Notes and statuses stay.

    Where an entry had a finding of its own and now fits a line, its note and status go there.
    """
    statement = Statement.objects.select_for_update().get(pk=statement.pk)
    lines: list[StatementLine] = []
    alone: list[StatementLine] = []
    for finding in statement.lines.all():
        (alone if finding.row is None else lines).append(finding)
    return _match(statement, lines, alone)


def _match(
    statement: Statement, lines: list[StatementLine], alone: list[StatementLine]
) -> Renewal:
    """Write what matching finds into `lines`, and into findings of entries that stand alone."""
    elsewhere = _elsewhere(statement, lines)
    procedures = _procedures(statement, lines)
    by_pk = {one.pk: one for one in procedures}
    as_entries = [_entry(one) for one in procedures]
    as_lines = [_line(key, one) for key, one in enumerate(lines)]
    known = Knowledge(
        starts_on=statement.starts_on,
        ends_on=statement.ends_on,
        work_rvus=_work_rvus(as_entries, as_lines),
        elsewhere=elsewhere,
    )
    before = {id(one): one.verdict for one in lines if one.pk}
    former = {one.logged.get("key"): one for one in alone}  # a deletion undone keeps its key
    used: set[int] = set()
    kept: list[StatementLine] = []
    new: list[StatementLine] = []
    for found in match(as_entries, as_lines, known):
        procedure = by_pk[found.entry.key] if found.entry else None
        if found.line is not None:
            finding = lines[found.line.key]
            own = former.get(str(procedure.key)) if procedure else None
            if own is not None:
                _take_over(finding, own)
        elif procedure is not None and _counts_alone(statement, procedure, found):
            finding = former.get(str(procedure.key)) or StatementLine(statement=statement)
            if finding.pk:
                used.add(finding.pk)
                before[id(finding)] = finding.verdict
            (kept if finding.pk else new).append(finding)
        else:
            continue
        _write(finding, found, procedure, by_pk)
    gone = [one for one in alone if one.pk not in used]
    _save(statement, [*lines, *kept], new, gone)
    changed = sum(before[id(one)] != one.verdict for one in [*lines, *kept] if id(one) in before)
    return Renewal(
        changed=changed + len(new) if before else 0,
        gone=sum(one.procedure_id is None for one in gone),
    )


def _counts_alone(statement: Statement, procedure: Procedure, found: Match) -> bool:
    """Whether an entry without a line is a finding: those of the period, and parts of a group."""
    if found.belongs_to is not None:
        return True
    return statement.starts_on <= procedure.performed_on <= statement.ends_on


def _take_over(finding: StatementLine, former: StatementLine) -> None:
    if finding.status == Status.OPEN:
        finding.status = former.status
    if former.note and former.note not in finding.note:
        both = f"{finding.note}; {former.note}" if finding.note else former.note
        finding.note = both[:200]


def _write(
    finding: StatementLine,
    found: Match,
    procedure: Procedure | None,
    by_pk: Mapping[int, Procedure],
) -> None:
    part_of = by_pk.get(found.belongs_to or 0) if found.entry is None else None
    finding.procedure = procedure or part_of
    finding.logged = _snapshot(procedure) if procedure else {}
    finding.logged_wrvu = procedure.wrvu if procedure else None
    if finding.row is None and procedure:
        finding.performed_on, finding.hcpcs = procedure.performed_on, _code(procedure)
        finding.modifiers, finding.units = procedure.modifiers, procedure.units
    finding.verdict, finding.score = found.verdict.value, found.score
    finding.cause = found.cause if len(found.cause) <= 300 else f"{found.cause[:299]}…"


def _save(
    statement: Statement,
    stored: list[StatementLine],
    new: list[StatementLine],
    gone: list[StatementLine],
) -> None:
    fresh = [one for one in stored if one.pk is None] + new
    again = [one for one in stored if one.pk is not None]
    if gone:
        for start in range(0, len(gone), _BATCH):
            pks = [one.pk for one in gone[start : start + _BATCH]]
            statement.lines.filter(pk__in=pks).delete()
    # One statement for many rows, where bulk_update would write a CASE for each.
    StatementLine.objects.bulk_create(
        again,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[
            "performed_on", "hcpcs", "modifiers", "units", "procedure", "logged", "logged_wrvu",
            "verdict", "score", "cause", "status", "note",
        ],
    )  # fmt: skip
    StatementLine.objects.bulk_create(fresh, batch_size=_BATCH)
    statement.matched_at = timezone.now()
    statement.save(update_fields=["matched_at"])


# From rows to what is matched ----------------------------------------------------------------


def _code(procedure: Procedure) -> str:
    return procedure.hcpcs or (procedure.custom.hcpcs if procedure.custom else "")


def _entry(procedure: Procedure) -> Entry:
    return Entry(
        key=procedure.pk,
        day=procedure.performed_on,
        code=_code(procedure),
        modifiers=procedure.modifier_tuple,
        units=procedure.units,
        wrvu=procedure.wrvu,
        work_rvu=procedure.work_rvu,
        release=procedure.release,
        under_contract=procedure.contract_id is not None,
        reason=procedure.reason,
    )


def _line(key: int, line: StatementLine) -> Line:
    return Line(
        key=key,
        row=line.row,
        day=line.performed_on,
        code=line.hcpcs,
        modifiers=tuple(line.modifiers.split(",")) if line.modifiers else (),
        units=line.units or 1,
        wrvu=line.wrvu,
        dollars=line.dollars,
    )


def _snapshot(procedure: Procedure) -> dict[str, Any]:
    """The entry as it is now, for a page that has to say what was compared."""
    reference = procedure.kind == Kind.REFERENCE
    counted = reference and procedure.contract is not None and procedure.contract.counts_reference
    return {
        "key": str(procedure.key),
        "day": procedure.performed_on.isoformat(),
        "code": _code(procedure),
        "modifiers": procedure.modifiers,
        "units": procedure.units,
        "kind": procedure.kind,
        # Own values and uncounted reference values stay out of every total.
        "is_official": procedure.kind not in {Kind.ESTIMATE, Kind.REFERENCE} or counted,
        "work_rvu": None if procedure.work_rvu is None else str(procedure.work_rvu),
        "release": procedure.release,
    }


def entries_of(statement: Statement) -> QuerySet[Procedure]:
    """Return what of the log a statement speaks of: work under its contract, or under none.

    An entry without a code has nothing that a statement could be matched by.
    """
    own = Procedure.objects.for_user(statement.user_id).exclude(Q(hcpcs="") & Q(custom__hcpcs=""))
    if statement.contract_id is None:
        return own
    return own.filter(Q(contract=None) | Q(contract__employer__iexact=statement.contract.employer))


def _span(statement: Statement, lines: Sequence[StatementLine]) -> tuple[date, date]:
    """The period, stretched to what the lines name, and some days to look around."""
    days = [line.performed_on for line in lines if line.row is not None]
    around = timedelta(days=NEAR_DAYS)
    return (
        min([statement.starts_on, *(day - around for day in days)]),
        max([statement.ends_on, *(day + around for day in days)]),
    )


def _procedures(statement: Statement, lines: Sequence[StatementLine]) -> list[Procedure]:
    """The entries to match: those outside the period only if no other statement has them."""
    reported = StatementLine.objects.filter(procedure=OuterRef("pk"), row__isnull=False).exclude(
        statement=statement.pk
    )
    inside = Q(performed_on__gte=statement.starts_on, performed_on__lte=statement.ends_on)
    return list(
        entries_of(statement)
        .between(*_span(statement, lines))
        .filter(inside | ~Exists(reported))
        .select_related("custom", "contract")
        .order_by("pk")
    )


def _elsewhere(statement: Statement, lines: Sequence[StatementLine]) -> dict[Identity, str]:
    """What stands on the person's other statements of these days, and on which."""
    first, last = _span(statement, lines)
    others = (
        StatementLine.objects.filter(
            statement__user=statement.user_id,
            row__isnull=False,
            performed_on__gte=first,
            performed_on__lte=last,
        )
        .exclude(statement=statement.pk)
        .exclude(wrvu__lt=0)
        .order_by("-statement__ends_on", "-statement_id")
        .values_list(
            "performed_on", "hcpcs", "modifiers", "statement__starts_on", "statement__ends_on"
        )
    )
    found: dict[Identity, str] = {}
    for day, code, modifiers, starts_on, ends_on in others:
        service = (
            (day, code, tuple(sorted(modifiers.split(",")))) if modifiers else (day, code, ())
        )
        found[service] = f"your statement of {period(starts_on, ends_on)}"
    return found


def _work_rvus(
    tracked: Sequence[Entry], reported: Sequence[Line]
) -> dict[tuple[str, str], dict[str, Decimal]]:
    """The work RVUs of codes on both sides, in every release that is loaded."""
    codes = sorted({one.code for one in tracked} | {one.code for one in reported})
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    for start in range(0, len(codes), _BATCH):
        rows = Rate.objects.filter(code__in=codes[start : start + _BATCH]).values_list(
            "code_id", "modifier", "schedule__release", "work_rvu"
        )
        for code, modifier, release, work_rvu in rows:
            found.setdefault((code, modifier), {})[release] = work_rvu
    return found


def period(first: date, last: date) -> str:
    """ "July 2026" for a whole month, "July 1 to 15, 2026" for a part of one, else both ends."""
    same_month = (first.year, first.month) == (last.year, last.month)
    ends_month = (last + timedelta(days=1)).month != last.month
    if same_month and first.day == 1 and ends_month:
        return f"{first:%B %Y}"
    if same_month:
        return f"{first:%B} {first.day} to {last.day}, {last.year}"
    year = f", {first.year}" if first.year != last.year else ""
    return f"{first:%B} {first.day}{year} to {last:%B} {last.day}, {last.year}"


def contract_of(user: Any, employer: str, ends_on: date) -> Contract | None:
    """Return the contract that a statement belongs to: the employer's, the last that began."""
    return (
        Contract.objects.for_user(user)
        .filter(employer__iexact=employer.strip(), starts_on__lte=ends_on)
        .order_by("-starts_on", "-pk")
        .first()
    )


# Sums ----------------------------------------------------------------------------------------


@dataclass
class Section:
    """The findings of one verdict, in figures."""

    verdict: str
    lines: int = 0  # those that are summed up
    own_lines: int = 0  # those with own values, which are not
    open: int = 0
    reported: Decimal = ZERO
    tracked: Decimal = ZERO

    @property
    def title(self) -> str:
        return SECTIONS[Verdict(self.verdict)]

    @property
    def slug(self) -> str:
        return self.verdict.replace(" ", "-")

    @property
    def all_lines(self) -> int:
        return self.lines + self.own_lines

    @property
    def difference(self) -> Decimal:
        """What the statement has more than the log."""
        return self.reported - self.tracked


@dataclass
class Summary:
    """A statement in figures. wRVUs of own values stand apart, in `own`."""

    sections: dict[str, Section] = field(default_factory=dict)
    own: Section = field(default_factory=lambda: Section(Verdict.MATCHED))
    tracked_lines: int = 0
    reported_lines: int = 0
    reported_values: int = 0  # lines that give wRVUs
    dollars: Decimal | None = None  # reported, where the file has a column of them
    open: int = 0
    asked: int = 0
    settled: int = 0

    @property
    def reported(self) -> Decimal:
        return sum((one.reported for one in self.sections.values()), ZERO)

    @property
    def tracked(self) -> Decimal:
        return sum((one.tracked for one in self.sections.values()), ZERO)

    @property
    def difference(self) -> Decimal:
        return self.reported - self.tracked


def summary(statement: Statement) -> Summary:
    """Sum a statement's findings up, in the database. One query."""
    return summaries([statement])[statement.pk]


def summaries(statements: Sequence[Statement]) -> dict[int, Summary]:
    """Sum several statements up, by their keys. One query for all."""
    found = {
        one.pk: Summary({verdict.value: Section(verdict.value) for verdict in SECTIONS})
        for one in statements
    }
    groups = (
        StatementLine.objects.filter(statement__in=list(found))
        .order_by()
        .annotate(
            is_own=Case(When(logged__is_official=False, then=Value(True)), default=Value(False))
        )
        .values("statement_id", "verdict", "status", "is_own")
        .annotate(
            lines=Count("pk"),
            reported_lines=Count("row"),
            tracked_lines=Count("logged_wrvu"),
            values=Count("wrvu"),
            reported=Sum("wrvu"),
            tracked=Sum("logged_wrvu"),
            money=Sum("dollars"),
        )
    )
    for group in groups:
        one = found[group["statement_id"]]
        is_own = group["is_own"]
        section = one.sections[group["verdict"]]
        if group["status"] == Status.OPEN:
            section.open += group["lines"]
        if is_own:
            section.own_lines += group["lines"]
            section = one.own
        section.lines += group["lines"]
        section.reported += group["reported"] or ZERO
        section.tracked += group["tracked"] or ZERO
        one.reported_lines += group["reported_lines"]
        one.reported_values += group["values"]
        if not is_own:
            one.tracked_lines += group["tracked_lines"]
        if group["money"] is not None:
            one.dollars = (one.dollars or ZERO) + group["money"]
        if group["verdict"] != Verdict.MATCHED:
            name = group["status"]
            setattr(one, name, getattr(one, name) + group["lines"])
    return found


def in_dollars(wrvus: Decimal, rate: Decimal | None) -> Decimal | None:
    """Return what wRVUs come to at a rate, to the cent; None without a rate."""
    return None if rate is None else (wrvus * rate).quantize(CENT, ROUND_HALF_UP)


def changed_since(statement: Statement) -> bool:
    """Whether the log has changed since the statement was matched. Three queries at most."""
    with_entry = statement.lines.exclude(logged={})
    is_gone = with_entry.filter(procedure=None)
    has_other_value = with_entry.filter(procedure__isnull=False).exclude(
        logged_wrvu=F("procedure__wrvu")
    )
    is_newer = (
        entries_of(statement)
        .between(statement.starts_on, statement.ends_on)
        .filter(changed_at__gt=statement.matched_at)
    )
    return is_gone.exists() or has_other_value.exists() or is_newer.exists()


# For pages -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """A finding as pages, the letter and the CSV show it: the log's words where it has any."""

    line: StatementLine
    day: date
    code: str
    modifiers: str
    units: int | None
    label: str = ""

    @property
    def tracked(self) -> Decimal | None:
        return self.line.logged_wrvu

    @property
    def reported(self) -> Decimal | None:
        return self.line.wrvu

    @property
    def difference(self) -> Decimal | None:
        """What the statement has more than the log; None where neither gives a value."""
        if self.tracked is None and self.reported is None:
            return None
        if self.line.row is not None and self.reported is None:
            return None  # the statement has the service, without a value
        return (self.reported or ZERO) - (self.tracked or ZERO)

    @property
    def apart(self) -> str:
        """What keeps the entry out of every total, in words, or ""."""
        if self.line.logged.get("is_official") is not False:
            return ""
        is_reference = self.line.logged.get("kind") == Kind.REFERENCE
        return "reference value" if is_reference else "own value"

    @property
    def is_listed(self) -> bool:
        """Whether the statement has it at all, with or without a value."""
        return self.line.row is not None

    @property
    def can_be_logged(self) -> bool:
        line = self.line
        return line.verdict == Verdict.MISSING_HERE and not is_take_back(line)


def is_take_back(line: StatementLine) -> bool:
    """Whether a line of the statement takes a service back."""
    return _line(0, line).takes_back if line.row is not None else False


def findings(lines: Iterable[StatementLine], names: Callable[[str], str]) -> list[Finding]:
    """Return lines for a page. `names` gives a code's name."""
    found = []
    for line in lines:
        logged = line.logged
        code = logged.get("code") or line.hcpcs
        found.append(
            Finding(
                line=line,
                day=date.fromisoformat(logged["day"]) if logged else line.performed_on,
                code=code,
                modifiers=(logged["modifiers"] if logged else line.modifiers).replace(",", ", "),
                units=logged["units"] if logged else line.units,
                label=names(code),
            )
        )
    return found


# The log ------------------------------------------------------------------------------------


@transaction.atomic
def add_to_log(statement: Statement, line_pk: int) -> entries.Done | None:
    """Log what a line says that has no entry, and match again. None if it has one by now."""
    statement = Statement.objects.select_for_update().get(pk=statement.pk)
    line = statement.lines.get(pk=line_pk)
    if line.verdict != Verdict.MISSING_HERE or is_take_back(line):
        return None
    sites = list(statement.contract.sites.all()[:2]) if statement.contract else []
    procedure = Procedure(
        user=statement.user,
        performed_on=line.performed_on,
        hcpcs=line.hcpcs,
        modifiers=line.modifiers,
        units=line.units or 1,
    )
    if len(sites) == 1:
        procedure.site, procedure.setting = sites[0], sites[0].setting
    done = entries.add(statement.user, [procedure])
    match_again(statement)
    return done
