"""What changed between two releases of the fee schedule, row by row. No Django.

A row is anything with the attributes of records.RateRow; (hcpcs, modifier) names it. Totals are
left out: they are the sums of the parts. So is what belongs to the release and not to the row
(the conversion factor) and what says nothing (the calculation flag, always 0).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

CENT = Decimal("0.01")

# 90 FR 49266: in 2026 work not valued by time was lowered by 2.5%.
EFFICIENCY_YEARS = ("2025", "2026")
EFFICIENCY_SHARE = Decimal("0.975")


class RowLike(Protocol):
    """Only what names a row; the compared columns are read by their names in records.RateRow."""

    @property
    def hcpcs(self) -> str: ...
    @property
    def modifier(self) -> str: ...


class Reason(StrEnum):
    """Why a column differs, the weightiest first."""

    STATUS = "status"
    EFFICIENCY = "efficiency adjustment"
    REVALUED = "revalued"
    PRACTICE_EXPENSE = "practice expense"
    MALPRACTICE = "malpractice"
    GLOBAL_PERIOD = "global period"
    INDICATOR = "indicator"
    DESCRIPTOR = "descriptor"


class Kind(StrEnum):
    """What happened to a code as a whole, the weightiest first: Standing.Change's values."""

    NEW = "new"
    STATUS = "status"
    WORK = "work"
    VALUES = "values"
    INDICATORS = "indicators"
    NONE = ""


_KINDS = {
    Reason.STATUS: Kind.STATUS,
    Reason.EFFICIENCY: Kind.WORK,
    Reason.REVALUED: Kind.WORK,
    Reason.PRACTICE_EXPENSE: Kind.VALUES,
    Reason.MALPRACTICE: Kind.VALUES,
    Reason.GLOBAL_PERIOD: Kind.INDICATORS,
    Reason.INDICATOR: Kind.INDICATORS,
    Reason.DESCRIPTOR: Kind.NONE,
}
_REASON_WEIGHT = {reason: weight for weight, reason in enumerate(Reason)}
_KIND_WEIGHT = {kind: weight for weight, kind in enumerate(Kind)}

# What a change of each column means; a change of work is looked into further.
_REASONS = {
    "status": Reason.STATUS,
    "not_used": Reason.STATUS,
    "work_rvu": Reason.REVALUED,
    "pe_nonfac": Reason.PRACTICE_EXPENSE,
    "pe_fac": Reason.PRACTICE_EXPENSE,
    "mp_rvu": Reason.MALPRACTICE,
    "nonfac_na": Reason.INDICATOR,
    "fac_na": Reason.INDICATOR,
    "pctc": Reason.INDICATOR,
    "global_days": Reason.GLOBAL_PERIOD,
    "pre_pct": Reason.INDICATOR,
    "intra_pct": Reason.INDICATOR,
    "post_pct": Reason.INDICATOR,
    "mult_proc": Reason.INDICATOR,
    "bilat": Reason.INDICATOR,
    "asst": Reason.INDICATOR,
    "cosurg": Reason.INDICATOR,
    "team": Reason.INDICATOR,
    "pricing_ind": Reason.INDICATOR,
    "endo_base": Reason.INDICATOR,
    "supervision": Reason.INDICATOR,
    "img_family": Reason.INDICATOR,
    "opps_pe_nonfac": Reason.INDICATOR,
    "opps_pe_fac": Reason.INDICATOR,
    "opps_mp": Reason.INDICATOR,
    "descriptor": Reason.DESCRIPTOR,
}
_COLUMNS = tuple(_REASONS)
_columns_of = attrgetter(*_COLUMNS)
_RVUS = ("work_rvu", "pe_nonfac", "pe_fac", "mp_rvu", "total_nonfac", "total_fac")
_rvus_of = attrgetter(*_RVUS)
_key_of = attrgetter("hcpcs", "modifier")


class FieldChange(NamedTuple):
    """One column of one row: what it was, what it is, and why."""

    name: str
    old: Any
    new: Any
    reason: Reason


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that stands in both releases with different content."""

    hcpcs: str
    modifier: str
    fields: tuple[FieldChange, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every reason once, the weightiest first."""
        return tuple(sorted({change.reason for change in self.fields}, key=_REASON_WEIGHT.get))  # type: ignore[arg-type]

    @property
    def reason(self) -> Reason:
        """The weightiest reason."""
        return self.reasons[0]

    @property
    def kind(self) -> Kind:
        return _KINDS[self.reason]


@dataclass
class Comparison:
    """The difference between two releases. Rows stand in the order of (hcpcs, modifier)."""

    added: list[RowLike] = field(default_factory=list)
    gone: list[RowLike] = field(default_factory=list)
    changed: list[RowChange] = field(default_factory=list)
    kinds: dict[str, Kind] = field(default_factory=dict)  # of each code of the new release
    old_codes: int = 0
    new_codes: int = 0
    rows_in_both: int = 0
    added_codes: list[str] = field(default_factory=list)
    gone_codes: list[str] = field(default_factory=list)
    values: int = 0  # RVU cells of rows in both that hold a value in either release
    changed_values: int = 0

    @property
    def changed_codes(self) -> list[str]:
        """The codes in both releases of which anything changed, descriptors too."""
        touched = {row.hcpcs for row in (*self.added, *self.gone, *self.changed)}
        return sorted(touched - {*self.added_codes, *self.gone_codes})

    @property
    def fewer_share(self) -> Decimal:
        """By how much there are fewer codes, from 0 (not fewer) to 1 (none left)."""
        if self.new_codes >= self.old_codes:
            return Decimal(0)
        return Decimal(self.old_codes - self.new_codes) / self.old_codes

    @property
    def changed_share(self) -> Decimal:
        """Which share of the values changed, from 0 to 1."""
        return Decimal(self.changed_values) / self.values if self.values else Decimal(0)

    def counts(self) -> Counter[Reason]:
        """How many rows changed for each reason; a row with two reasons counts twice."""
        return Counter(reason for row in self.changed for reason in row.reasons)


def efficiency_adjusted(work: Decimal) -> Decimal:
    """Return what the efficiency adjustment of 2026 makes of a work RVU of 2025."""
    return (work * EFFICIENCY_SHARE).quantize(CENT, ROUND_HALF_UP)


def compare(
    old_rows: Iterable[RowLike],
    new_rows: Iterable[RowLike],
    old_release: str = "",
    new_release: str = "",
) -> Comparison:
    """Return what changed from one release to another.

    The names of the releases ("2025D", "2026C") tell which years are compared: only from 2025 to
    2026 is a lower work RVU an efficiency adjustment. Without names it counts as revalued.
    """
    old = {_key_of(row): row for row in old_rows}
    new = {_key_of(row): row for row in new_rows}
    adjusting = (old_release[:4], new_release[:4]) == EFFICIENCY_YEARS
    old_codes = {hcpcs for hcpcs, _ in old}
    new_codes = {hcpcs for hcpcs, _ in new}
    result = Comparison(
        old_codes=len(old_codes),
        new_codes=len(new_codes),
        added_codes=sorted(new_codes - old_codes),
        gone_codes=sorted(old_codes - new_codes),
        kinds=dict.fromkeys(new_codes, Kind.NONE),
    )
    for key in sorted(new):
        row = new[key]
        if key not in old:
            result.added.append(row)
            _weigh(result.kinds, row.hcpcs, _kind_of_lone_row(row))
            continue
        result.rows_in_both += 1
        _count_values(result, old[key], row)
        fields = _differences(old[key], row, adjusting)
        if fields:
            change = RowChange(*key, fields)
            result.changed.append(change)
            _weigh(result.kinds, row.hcpcs, change.kind)
    for key in sorted(old.keys() - new.keys()):
        row = old[key]
        result.gone.append(row)
        if row.hcpcs in new_codes:
            _weigh(result.kinds, row.hcpcs, _kind_of_lone_row(row))
    result.kinds.update(dict.fromkeys(result.added_codes, Kind.NEW))
    return result


def _differences(old: RowLike, new: RowLike, adjusting: bool) -> tuple[FieldChange, ...]:
    old_columns, new_columns = _columns_of(old), _columns_of(new)
    if old_columns == new_columns:
        return ()
    return tuple(
        FieldChange(name, before, after, _reason(name, before, after, adjusting))
        for name, before, after in zip(_COLUMNS, old_columns, new_columns, strict=True)
        # Before 2026 the files had no pricing indicator.
        if before != after and not (name == "pricing_ind" and "" in (before, after))
    )


def _reason(name: str, before: Any, after: Any, adjusting: bool) -> Reason:
    if name == "work_rvu" and adjusting and after == efficiency_adjusted(before):
        return Reason.EFFICIENCY
    return _REASONS[name]


def _kind_of_lone_row(row: RowLike) -> Kind:
    """Return what it means for a code that one of its rows came or went."""
    return Kind.VALUES if any(_rvus_of(row)) else Kind.INDICATORS


def _weigh(kinds: dict[str, Kind], hcpcs: str, kind: Kind) -> None:
    kinds[hcpcs] = min(kinds[hcpcs], kind, key=_KIND_WEIGHT.__getitem__)


def _count_values(result: Comparison, old: RowLike, new: RowLike) -> None:
    before, after = _rvus_of(old), _rvus_of(new)
    if before == after:
        result.values += sum(map(bool, after))
        return
    pairs = [pair for pair in zip(before, after, strict=True) if any(pair)]
    result.values += len(pairs)
    result.changed_values += sum(old_value != new_value for old_value, new_value in pairs)
