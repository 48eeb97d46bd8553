"""What changed for one code between two releases, in words and with the reason. No Django.

The figures of a code are those of the row that speaks for it: the one without modifier, or the
only one there is. They are kept as JSON when somebody tracks the code, so that what it was then
can be told after that release has been removed.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, Protocol

from codes import indicators
from codes.fee_schedule.compare import EFFICIENCY_SHARE, EFFICIENCY_YEARS, efficiency_adjusted

_RVUS = ("work_rvu", "pe_nonfac", "pe_fac", "mp_rvu")
_TOTALS = ("total_nonfac", "total_fac")


class StandingLike(Protocol):
    """A code in one release, as codes.models.Standing has it."""

    status: str
    global_days: str
    is_payable: bool
    work_rvu: Decimal
    pe_nonfac: Decimal
    pe_fac: Decimal
    mp_rvu: Decimal
    total_nonfac: Decimal | None
    total_fac: Decimal | None


class Figures(NamedTuple):
    """What one release says of a code. A total is None where there is no price by RVUs."""

    status: str
    global_days: str
    is_payable: bool
    work_rvu: Decimal
    pe_nonfac: Decimal
    pe_fac: Decimal
    mp_rvu: Decimal
    total_nonfac: Decimal | None
    total_fac: Decimal | None

    @classmethod
    def of(cls, standing: StandingLike) -> "Figures":
        return cls(*(getattr(standing, name) for name in cls._fields))

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Figures | None":
        """Return what `as_json` kept, or None where it is not whole."""
        try:
            totals = [None if kept[name] is None else Decimal(kept[name]) for name in _TOTALS]
            return cls(
                str(kept["status"]),
                str(kept["global_days"]),
                bool(kept["is_payable"]),
                *(Decimal(kept[name]) for name in _RVUS),
                *totals,
            )
        except (KeyError, TypeError, ValueError, InvalidOperation):
            return None

    def as_json(self) -> dict[str, str | bool | None]:
        return {
            name: str(value) if isinstance(value, Decimal) else value
            for name, value in self._asdict().items()
        }


class Change(NamedTuple):
    """One thing that differs: what it is, what it was, what it is now, and why."""

    what: str
    old: str
    new: str
    why: str

    @property
    def sentence(self) -> str:
        return f"{self.what}: {self.old} → {self.new}" + (f" ({self.why})" if self.why else "")


def changes(
    hcpcs: str,
    old: Figures | None,
    new: Figures | None,
    old_release: str,
    new_release: str,
) -> tuple[Change, ...]:
    """Return what changed for a code from one release to another, the weightiest first.

    `new` is None where the code is not in the new release. Where nothing is known of the old one
    only that the code is gone can be said.
    """
    if new is None:
        was = f"in {old_release}" if old_release else "listed"
        return (Change("Fee schedule", was, f"not in {new_release}", "the code is gone"),)
    if old is None or old == new:
        return ()
    return tuple(_changes(hcpcs, old, new, (old_release, new_release)))


def _changes(
    hcpcs: str, old: Figures, new: Figures, releases: tuple[str, str]
) -> Iterator[Change]:
    if old.status != new.status:
        status = indicators.status(new.status)
        why = status.sentence.format(code=hcpcs).rstrip(".")
        yield Change("Status", _status(old.status), _status(new.status), why)
    elif old.is_payable != new.is_payable:
        words = {True: "used for payment", False: "for reference only"}
        yield Change("RVUs", words[old.is_payable], words[new.is_payable], "")
    if old.work_rvu != new.work_rvu:
        why = _why_work(old.work_rvu, new.work_rvu, releases)
        yield Change("Work RVUs", _work(old), _work(new), why)
    for name, setting, practice in (
        ("total_nonfac", "office", "pe_nonfac"),
        ("total_fac", "facility", "pe_fac"),
    ):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            why = _why_total(old, new, before, after, practice)
            yield Change(f"Total RVUs, {setting}", _total(before), _total(after), why)
    if old.global_days != new.global_days:
        yield Change("Global period", _period(old), _period(new), "")


def _why_work(old: Decimal, new: Decimal, releases: tuple[str, str]) -> str:
    if not old:
        return "valued for the first time"
    if not new:
        return "its work value was taken out"
    years = (releases[0][:4], releases[1][:4])
    spans = years[0] <= EFFICIENCY_YEARS[0] and years[1] >= EFFICIENCY_YEARS[1]
    if spans and new == efficiency_adjusted(old):
        # Between other years than these two something else may have come in between.
        likely = "" if years == EFFICIENCY_YEARS else "likely "
        return f"× {EFFICIENCY_SHARE}, {likely}the 2026 efficiency adjustment"
    return "revalued"


def _why_total(
    old: Figures, new: Figures, before: Decimal | None, after: Decimal | None, practice: str
) -> str:
    if before is None or after is None:
        return ""
    moved = [
        words
        for name, words in (
            ("work_rvu", "work"),
            (practice, "practice expense"),
            ("mp_rvu", "malpractice"),
        )
        if getattr(old, name) != getattr(new, name)
    ]
    return " and ".join(", ".join(moved).rsplit(", ", 1)) if moved else ""


def _status(letter: str) -> str:
    return f"{letter}, {indicators.status(letter).short.lower()}"


def _work(figures: Figures) -> str:
    return str(figures.work_rvu) if figures.work_rvu else "none"


def _total(total: Decimal | None) -> str:
    return "no price" if total is None else str(total)


def _period(figures: Figures) -> str:
    word = indicators.word(indicators.GLOBAL_DAYS, figures.global_days)
    return f"{figures.global_days} ({word[:1].lower()}{word[1:]})"
