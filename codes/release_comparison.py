"""Two loaded releases side by side, row by row: what the admin shows, filters and exports."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from codes import taxonomy
from codes.fee_schedule.compare import Comparison, FieldChange, Reason, compare
from codes.fee_schedule.records import RateRow
from codes.fee_schedule.standings import rate_rows
from codes.labels import may_be_shown
from codes.models import FeeSchedule

ADDED, GONE, CHANGED = "added", "gone", "changed"
SORTS = {"code": "Code", "change": "Largest change of total RVUs"}
COLUMNS = (
    "code",
    "modifier",
    "what",
    "column",
    "old",
    "new",
    "reason",
    "total RVUs, office, old",
    "total RVUs, office, new",
    "total RVUs, facility, old",
    "total RVUs, facility, new",
)
NOT_SHOWN = "(wording not shown: its owner's license is needed)"

_LABELS = {
    "status": "Status",
    "not_used": "Not used for Medicare payment",
    "work_rvu": "Work RVUs",
    "pe_nonfac": "Practice expense RVUs, office",
    "pe_fac": "Practice expense RVUs, facility",
    "mp_rvu": "Malpractice RVUs",
    "nonfac_na": "NA, office",
    "fac_na": "NA, facility",
    "pctc": "PC/TC",
    "global_days": "Global period",
    "pre_pct": "Preoperative share",
    "intra_pct": "Intraoperative share",
    "post_pct": "Postoperative share",
    "mult_proc": "Multiple procedures",
    "bilat": "Bilateral surgery",
    "asst": "Assistant at surgery",
    "cosurg": "Co-surgeons",
    "team": "Team surgery",
    "pricing_ind": "Pricing indicator",
    "endo_base": "Endoscopic base code",
    "supervision": "Supervision",
    "img_family": "Imaging family",
    "opps_pe_nonfac": "OPPS practice expense, office",
    "opps_pe_fac": "OPPS practice expense, facility",
    "opps_mp": "OPPS malpractice",
    "descriptor": "Descriptor",
}


class Totals(NamedTuple):
    """Total RVUs of one row in both releases; None where the row is not there."""

    old_office: Decimal | None
    new_office: Decimal | None
    old_facility: Decimal | None
    new_facility: Decimal | None

    @property
    def factor(self) -> Decimal:
        """How far the one that moved more is from what it was: 1 is not at all.

        From zero or to zero counts as a hundredfold, so that such rows come early, but after
        nothing worse.
        """
        return max(_factor(*self[:2]), _factor(*self[2:]))


@dataclass(frozen=True, slots=True)
class Line:
    """One row that is not the same in both releases."""

    hcpcs: str
    modifier: str
    what: str  # added, gone or changed
    reasons: tuple[Reason, ...]
    fields: tuple[FieldChange, ...]
    totals: Totals

    @property
    def name(self) -> str:
        return f"{self.hcpcs}-{self.modifier}" if self.modifier else self.hcpcs

    def cells(self) -> Iterator[tuple[str, str, str, str]]:
        """Give each column that differs: its label, the old and the new value, the reason."""
        for change in self.fields:
            yield (
                _LABELS[change.name],
                self._shown(change, change.old),
                self._shown(change, change.new),
                change.reason.value,
            )

    def _shown(self, change: FieldChange, value: Any) -> str:
        owner = taxonomy.descriptor_owner(self.hcpcs)
        if change.reason is Reason.DESCRIPTOR and not may_be_shown(owner):
            return NOT_SHOWN
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value) if value != "" else "none"


@dataclass(frozen=True, slots=True)
class Found:
    """All rows that differ between two releases, in the order of code and modifier."""

    lines: tuple[Line, ...]
    codes: dict[str, int]  # added, gone, changed
    counts: dict[str, int]  # rows added, gone, changed
    reasons: Counter[Reason]
    comparison_shares: tuple[Decimal, Decimal]  # fewer codes, changed values

    def chosen(self, which: str = "", code: str = "", sort: str = "code") -> Sequence[Line]:
        """Return the lines of one sort or reason ("" is all), whose code begins with `code`."""
        lines = [
            line
            for line in self.lines
            if (not which or line.what == which or which in line.reasons)
            and line.hcpcs.startswith(code)
        ]
        if sort == "change":
            lines.sort(key=lambda line: (-line.totals.factor, line.hcpcs, line.modifier))
        return lines


def differences(old: FeeSchedule, new: FeeSchedule) -> Found:
    """Return what two loaded releases differ in: a second for two whole ones, then remembered."""
    return _remembered(*((one.pk, one.release, one.digest, one.loaded_at) for one in (old, new)))


@lru_cache(maxsize=2)  # turning the pages of a comparison, in each process
def _remembered(old: tuple[Any, ...], new: tuple[Any, ...]) -> Found:
    old_rows, new_rows = (rate_rows(FeeSchedule(pk=one[0])) for one in (old, new))
    return _found(compare(old_rows, new_rows, old[1], new[1]), old_rows, new_rows)


def _found(comparison: Comparison, old_rows: list[RateRow], new_rows: list[RateRow]) -> Found:
    old = {(row.hcpcs, row.modifier): row for row in old_rows}
    new = {(row.hcpcs, row.modifier): row for row in new_rows}

    def line(hcpcs: str, modifier: str, what: str, reasons: Any = (), fields: Any = ()) -> Line:
        before, after = old.get((hcpcs, modifier)), new.get((hcpcs, modifier))
        totals = Totals(
            before.total_nonfac if before else None,
            after.total_nonfac if after else None,
            before.total_fac if before else None,
            after.total_fac if after else None,
        )
        return Line(hcpcs, modifier, what, reasons, fields, totals)

    lines = [line(row.hcpcs, row.modifier, ADDED) for row in comparison.added]
    lines += [line(row.hcpcs, row.modifier, GONE) for row in comparison.gone]
    lines += [
        line(row.hcpcs, row.modifier, CHANGED, row.reasons, row.fields)
        for row in comparison.changed
    ]
    lines.sort(key=lambda one: (one.hcpcs, one.modifier))
    return Found(
        tuple(lines),
        {
            ADDED: len(comparison.added_codes),
            GONE: len(comparison.gone_codes),
            CHANGED: len(comparison.changed_codes),
        },
        {
            ADDED: len(comparison.added),
            GONE: len(comparison.gone),
            CHANGED: len(comparison.changed),
        },
        comparison.counts(),
        (comparison.fewer_share, comparison.changed_share),
    )


def _factor(was: Decimal | None, now: Decimal | None) -> Decimal:
    if was == now or was is None or now is None:
        return Decimal(1)
    if not was or not now:
        return Decimal(100)
    return max(was, now) / min(was, now)


def table(
    old: FeeSchedule, new: FeeSchedule, lines: Iterable[Line], asked: str
) -> Iterator[Sequence[object]]:
    """Return a comparison as rows of cells, one for each column that differs, with headings."""
    yield [f"RVU Edge: what changed from {old.release} to {new.release}{asked}"]
    yield [f"Source: CMS Physician Fee Schedule, releases {old.name} and {new.name}"]
    yield [
        f"CPT codes only are copyright {max(old.copyright_year, new.copyright_year)} American "
        "Medical Association. All rights reserved. Not affiliated with or endorsed by CMS or "
        "the AMA"
    ]
    yield []
    yield COLUMNS
    for line in lines:
        for cells in line.cells() if line.fields else [("", "", "", "")]:
            yield [line.hcpcs, line.modifier, line.what, *cells, *line.totals]
