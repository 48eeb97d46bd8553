"""The change ledger: what one release of the fee schedule changed against another. No Django.

compare.py finds the columns that differ. Here each becomes an entry with its reason, and the rows
and codes behind the entries are counted: by reason, by category, and by how far totals moved.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from statistics import median
from typing import Any, NamedTuple

from codes import indicators, taxonomy
from codes.charts import HEIGHT, Level, length, levels, percent
from codes.fee_schedule.compare import (
    EFFICIENCY_YEARS,
    Comparison,
    Kind,
    Reason,
    RowChange,
    compare,
    efficiency_adjusted,
)
from codes.fee_schedule.records import RateRow


class Why(StrEnum):
    """Why an entry stands in the ledger, in the order in which it is told: values in addresses."""

    NEW = "new"
    GONE = "gone"
    STATUS = "status"
    EFFICIENCY = "efficiency"
    REVALUED = "revalued"
    PRACTICE_EXPENSE = "practice-expense"
    MALPRACTICE = "malpractice"
    GLOBAL_PERIOD = "global-period"
    INDICATOR = "indicator"
    WORDING = "wording"


_WHY = {
    Reason.STATUS: Why.STATUS,
    Reason.EFFICIENCY: Why.EFFICIENCY,
    Reason.REVALUED: Why.REVALUED,
    Reason.PRACTICE_EXPENSE: Why.PRACTICE_EXPENSE,
    Reason.MALPRACTICE: Why.MALPRACTICE,
    Reason.GLOBAL_PERIOD: Why.GLOBAL_PERIOD,
    Reason.INDICATOR: Why.INDICATOR,
    Reason.DESCRIPTOR: Why.WORDING,
}
REASONS: Mapping[Why, str] = {
    Why.NEW: "New in the file",
    Why.GONE: "No longer in the file",
    Why.STATUS: "Status",
    Why.EFFICIENCY: "2026 efficiency adjustment (exactly × 0.975)",
    Why.REVALUED: "Work revalued",
    Why.PRACTICE_EXPENSE: "Practice expense",
    Why.MALPRACTICE: "Malpractice",
    Why.GLOBAL_PERIOD: "Global period",
    Why.INDICATOR: "Payment indicator",
    Why.WORDING: "Short text",
}
COLUMNS: Mapping[str, str] = {
    "": "Row of the file",
    "status": "Status",
    "not_used": "RVUs for reference only",
    "work_rvu": "Work RVUs",
    "pe_nonfac": "Practice expense RVUs, office",
    "pe_fac": "Practice expense RVUs, facility",
    "mp_rvu": "Malpractice RVUs",
    "nonfac_na": "Not done in an office (NA)",
    "fac_na": "Not done in a facility (NA)",
    "pctc": "Professional and technical part",
    "global_days": "Global period",
    "pre_pct": "Share before the operation",
    "intra_pct": "Share of the operation",
    "post_pct": "Share after the operation",
    "mult_proc": "Several procedures",
    "bilat": "Both sides",
    "asst": "Assistant at surgery",
    "cosurg": "Co-surgeons",
    "team": "Team surgery",
    "pricing_ind": "Pricing indicator",
    "endo_base": "Base code of the endoscopy family",
    "supervision": "Supervision of the test",
    "img_family": "Imaging family",
    "opps_pe_nonfac": "Hospital cap, practice expense, office",
    "opps_pe_fac": "Hospital cap, practice expense, facility",
    "opps_mp": "Hospital cap, malpractice",
    "descriptor": "Short text of the file",
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "pctc": indicators.PCTC,
    "global_days": indicators.GLOBAL_DAYS,
    "mult_proc": indicators.MULT_PROC,
    "bilat": indicators.BILAT,
    "asst": indicators.ASST,
    "cosurg": indicators.COSURG,
    "team": indicators.TEAM,
    "supervision": indicators.SUPERVISION,
    "img_family": indicators.IMG_FAMILY,
}
MINUS = "\N{MINUS SIGN}"
_TENTH = Decimal("0.1")
WORDING_NOT_SHOWN = "not shown: its owner’s license is needed"


# --- Entries ------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """One thing that is not the same in both releases.

    `column` is a name of records.RateRow, or "" where the whole row came or went; then `new` or
    `old` says in words what it is or was, and the other is "".
    """

    hcpcs: str
    modifier: str
    column: str
    old: Any
    new: Any
    why: Why

    @property
    def name(self) -> str:
        return f"{self.hcpcs}-{self.modifier}" if self.modifier else self.hcpcs

    @property
    def what(self) -> str:
        return COLUMNS[self.column]

    @property
    def difference(self) -> Decimal | None:
        """New minus old, of numbers alone."""
        if isinstance(self.old, Decimal) and isinstance(self.new, Decimal):
            return self.new - self.old
        return None

    @property
    def is_short(self) -> bool:
        """Whether its new value is a number, and so fits where there is little room."""
        return isinstance(self.new, Decimal)

    @property
    def share(self) -> Decimal | None:
        """The difference as a part of the old value: -0.025 is 2.5% less. None of nothing."""
        difference = self.difference
        return difference / self.old if difference is not None and self.old else None

    @property
    def difference_in_words(self) -> str:
        """Return "−0.26 (−2.5%)", or "" where there is no number on both sides."""
        difference, share = self.difference, self.share
        if difference is None:
            return ""
        written = f"{difference:+f}".replace("-", MINUS)
        return written if share is None else f"{written} ({signed_percent(share)})"

    @property
    def is_printable(self) -> bool:
        """Whether both values may be shown: the wording of AMA's and ADA's codes is theirs."""
        return self.column != "descriptor" or taxonomy.descriptor_owner(self.hcpcs) == "CMS"

    @property
    def old_in_words(self) -> str:
        return self._in_words(self.old)

    @property
    def new_in_words(self) -> str:
        return self._in_words(self.new)

    def _in_words(self, value: Any) -> str:
        if not self.column:
            return str(value) or "not in the file"
        if self.column == "descriptor":
            return str(value) if self.is_printable else WORDING_NOT_SHOWN
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Decimal):
            return f"{value:f}" if value else "none"
        if self.column == "status":
            return status_in_words(value)
        if self.column in _WORDS:
            words = indicators.word(_WORDS[self.column], value)
            return f"{words} ({value})" if value else words
        return str(value) or "none"


def signed_percent(share: Decimal) -> str:
    """Return -0.025 as "−2.5%", 0.5 as "+50.0%" and what rounds to nothing as "0%"."""
    rounded = (share * 100).quantize(_TENTH, ROUND_HALF_UP)
    return f"{rounded:+}%".replace("-", MINUS) if rounded else "0%"


def status_in_words(letter: str) -> str:
    """Return a status letter with its meaning: "Paid separately (A)"."""
    return f"{indicators.status(letter).short} ({letter})"


# --- Totals of codes, by category or specialty --------------------------------------------------


class Moves(NamedTuple):
    """What happened to the rows of one code, counted.

    `totals` are the relative changes of total RVUs of its rows that are paid in both releases,
    0 where the total stayed.
    """

    new: int = 0
    gone: int = 0
    changed: int = 0
    work_lower: int = 0
    work_higher: int = 0
    totals: tuple[Decimal, ...] = ()


class Totals(NamedTuple):
    """The rows of several codes, counted; `median` is that of all rows paid in both releases."""

    new: int
    gone: int
    changed: int
    work_lower: int
    work_higher: int
    lower: int
    higher: int
    median: Decimal | None

    @property
    def differing(self) -> int:
        return self.new + self.gone + self.changed

    @property
    def median_in_words(self) -> str:
        return "" if self.median is None else signed_percent(self.median)


def totals(moves: Iterable[Moves]) -> Totals:
    """Return the sums over codes, with the median of the relative changes of their totals."""
    new = gone = changed = work_lower = work_higher = 0
    shares: list[Decimal] = []
    for one in moves:
        new += one.new
        gone += one.gone
        changed += one.changed
        work_lower += one.work_lower
        work_higher += one.work_higher
        shares += one.totals
    return Totals(
        new,
        gone,
        changed,
        work_lower,
        work_higher,
        sum(share < 0 for share in shares),
        sum(share > 0 for share in shares),
        median(shares) if shares else None,
    )


class Adjustment(NamedTuple):
    """What the efficiency adjustment of 2026 did to the rows paid with work in both releases.

    `exact` are exactly 0.975 of the old work, rounded half up to cents, also where that leaves
    them as they were; `spared` are unchanged though it would differ; `revalued` are the rest.
    """

    rows: int
    exact: int
    spared: int
    revalued: int


# --- The picture --------------------------------------------------------------------------------

# Edges of the bars, in per cent; the outermost bars are open.
_EDGES = (-20, -10, -5, -2, 0, 2, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Bar:
    """How many rows moved by so much; x and width in per cent, y and height in px."""

    x: Decimal
    width: Decimal
    y: Decimal
    height: Decimal
    range: str
    count: int


class Mark(NamedTuple):
    x: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """How far the total RVUs of rows moved that are paid in both releases."""

    bars: tuple[Bar, ...]
    levels: Sequence[Level]
    marks: tuple[Mark, ...]
    lower: int
    higher: int
    unchanged: int
    height: int = HEIGHT


def distribution(shares: Iterable[Decimal]) -> Distribution | None:
    """Return the picture of relative changes of totals; None where no total moved."""
    counts = [0] * (len(_EDGES) + 1)
    unchanged = 0
    for share in shares:
        if share:
            counts[_bar_of(share * 100)] += 1
        else:
            unchanged += 1
    top = max(counts)
    if not top:
        return None
    size = len(counts)
    bars = []
    for place, count in enumerate(counts):
        tall = length(Decimal(count * HEIGHT) / top)
        x = percent(place + Decimal("0.06"), size)
        width = percent(Decimal("0.88"), size)
        bars.append(Bar(x, width, HEIGHT - tall, tall, _range(place), count))
    middle = len(_EDGES) // 2 + 1
    return Distribution(
        tuple(bars),
        levels(top),
        tuple(
            Mark(percent(place, size), _signed(edge)) for place, edge in enumerate(_EDGES, start=1)
        ),
        sum(counts[:middle]),
        sum(counts[middle:]),
        unchanged,
    )


def _bar_of(change: Decimal) -> int:
    """Return the place of a change (in per cent): a fall of exactly 5% is one of "5% to 10%"."""
    if change < 0:
        return sum(edge < change for edge in _EDGES if edge < 0)
    return sum(edge <= change for edge in _EDGES)


def _range(place: int) -> str:
    below, above = len(_EDGES) // 2, len(_EDGES) // 2 + 1
    verb, step = ("fell", below - place) if place <= below else ("rose", place - above)
    edges = _EDGES[below:]
    if step == 0:
        return f"{verb} by less than {edges[1]}%"
    if step == len(edges) - 1:
        return f"{verb} by {edges[step]}% or more"
    return f"{verb} by {edges[step]}% to less than {edges[step + 1]}%"


def _signed(edge: int) -> str:
    return f"{edge:+}".replace("-", MINUS) if edge else "0"


# --- The ledger ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that differs between two releases, in the order of code and modifier."""

    entries: tuple[Entry, ...]
    rows: Mapping[Why, int]  # with an entry for this reason: a row with two counts twice
    codes: Mapping[Why, int]
    only_indicators: int  # rows of which nothing else changed
    rows_in_both: int
    rows_changed: int
    kinds: Mapping[Kind, int]  # codes by the weightiest thing that happened to them
    codes_new: int
    codes_gone: int
    codes_compared: int
    moves: Mapping[str, Moves]  # by code
    adjustment: Adjustment | None  # None where no adjustment lies between the two releases
    is_likely: bool  # whether more than the adjustment may lie between them
    picture: Distribution | None

    def chosen(
        self, why: str = "", prefix: str = "", codes: frozenset[str] | None = None
    ) -> Sequence[Entry]:
        """Return the entries for one reason, of codes that begin so and are among `codes`."""
        if not (why or prefix or codes is not None):
            return self.entries
        return [
            entry
            for entry in self.entries
            if (not why or entry.why == why)
            and entry.hcpcs.startswith(prefix)
            and (codes is None or entry.hcpcs in codes)
        ]


def ledger(
    old_rows: Sequence[RateRow], new_rows: Sequence[RateRow], old_release: str, new_release: str
) -> Ledger:
    """Return what changed from one release ("2025D") to a later one ("2026C").

    A change of work to exactly 0.975 of it, rounded, is the efficiency adjustment of 2026 if the
    two releases lie on either side of it (90 FR 49266).
    """
    comparison = compare(old_rows, new_rows, old_release, new_release)
    spans = old_release[:4] <= EFFICIENCY_YEARS[0] and new_release[:4] >= EFFICIENCY_YEARS[1]
    entries = sorted(
        _entries(comparison, spans), key=lambda entry: (entry.hcpcs, entry.modifier)
    )  # stable: the columns of a row stay in the order of the file
    old = {(row.hcpcs, row.modifier): row for row in old_rows}
    moves = _moves(comparison, old, new_rows)
    keys = {(entry.hcpcs, entry.modifier, entry.why) for entry in entries}
    return Ledger(
        entries=tuple(entries),
        rows=Counter(why for _, _, why in keys),
        codes=Counter(why for _, why in {(hcpcs, why) for hcpcs, _, why in keys}),
        only_indicators=sum(
            set(row.reasons) <= {Reason.INDICATOR, Reason.DESCRIPTOR}
            and Reason.INDICATOR in row.reasons
            for row in comparison.changed
        ),
        rows_in_both=comparison.rows_in_both,
        rows_changed=len(comparison.changed),
        kinds=Counter(comparison.kinds.values()),
        codes_new=len(comparison.added_codes),
        codes_gone=len(comparison.gone_codes),
        codes_compared=comparison.new_codes + len(comparison.gone_codes),
        moves=moves,
        adjustment=_adjustment(old, new_rows) if spans else None,
        is_likely=spans and (old_release[:4], new_release[:4]) != EFFICIENCY_YEARS,
        picture=distribution(share for one in moves.values() for share in one.totals),
    )


def _entries(comparison: Comparison, spans: bool) -> Iterator[Entry]:
    for row in comparison.added:
        yield Entry(row.hcpcs, row.modifier, "", "", _row_in_words(row), Why.NEW)
    for row in comparison.gone:
        yield Entry(row.hcpcs, row.modifier, "", _row_in_words(row), "", Why.GONE)
    for changed in comparison.changed:
        for name, old, new, reason in changed.fields:
            why = _WHY[reason]
            if name == "work_rvu" and spans and new == efficiency_adjusted(old):
                why = Why.EFFICIENCY
            yield Entry(changed.hcpcs, changed.modifier, name, old, new, why)


def _row_in_words(row: Any) -> str:
    words = status_in_words(row.status)
    office, facility = _totals(row)
    total = office or facility
    return f"{words}, {total} RVUs in all" if total else words


def _moves(
    comparison: Comparison,
    old: Mapping[tuple[str, str], RateRow],
    new_rows: Iterable[RateRow],
) -> dict[str, Moves]:
    counts: dict[str, Counter[str]] = {}
    shares: dict[str, list[Decimal]] = {}
    for word, rows in (
        ("new", comparison.added),
        ("gone", comparison.gone),
        ("changed", comparison.changed),
    ):
        for row in rows:
            counts.setdefault(row.hcpcs, Counter())[word] += 1
    for changed in comparison.changed:
        if direction := _direction_of_work(changed):
            counts[changed.hcpcs][direction] += 1
    for new in new_rows:
        before = old.get((new.hcpcs, new.modifier))
        share = _share(before, new) if before else None
        if share is not None:
            shares.setdefault(new.hcpcs, []).append(share)
    return {
        hcpcs: Moves(**counts.get(hcpcs, Counter()), totals=tuple(shares.get(hcpcs, ())))
        for hcpcs in {**counts, **shares}
    }


def _direction_of_work(row: RowChange) -> str:
    for change in row.fields:
        if change.name == "work_rvu":
            return "work_lower" if change.new < change.old else "work_higher"
    return ""


def _totals(row: RateRow) -> tuple[Decimal | None, Decimal | None]:
    """Return what a row is worth in an office and in a facility; None where it has no price."""
    if row.status not in indicators.PAYABLE or row.not_used:
        return None, None
    return (
        None if row.nonfac_na else row.total_nonfac or None,
        None if row.fac_na else row.total_fac or None,
    )


def _share(old: RateRow, new: RateRow) -> Decimal | None:
    """Return how far the total moved, in an office if it is priced there both times."""
    for was, now in zip(_totals(old), _totals(new), strict=True):
        if was and now:
            return Decimal(0) if was == now else (now - was) / was
    return None


def _adjustment(old: Mapping[tuple[str, str], RateRow], new_rows: Iterable[RateRow]) -> Adjustment:
    rows = exact = spared = 0
    for new in new_rows:
        before = old.get((new.hcpcs, new.modifier))
        if not (before and before.work_rvu and new.work_rvu):
            continue
        if not {before.status, new.status} <= indicators.PAYABLE:
            continue
        rows += 1
        if new.work_rvu == efficiency_adjusted(before.work_rvu):
            exact += 1
        elif new.work_rvu == before.work_rvu:
            spared += 1
    return Adjustment(rows, exact, spared, rows - exact - spared)
