"""Why an entry of the log and a line of a statement differ: guesses from figures. No Django.

Each sentence states the figures that it rests on, so that a reader can check it. It is a guess
all the same, and is called likely wherever it is shown. Shares: DOMAIN.md 5.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

MINUS = "\N{MINUS SIGN}"
HALF_A_HUNDREDTH = Decimal("0.005")  # statements round to two decimals
EFFICIENCY = Decimal("0.975")  # the adjustment of 2026, held in the file from then on
EFFICIENCY_YEAR = "2026"
LAG_DAYS = 10  # charges of a statement's last days often come on the next one

ASSISTANT = frozenset({"80", "81", "82", "AS"})
ROWS = ("26", "TC", "53")  # modifiers that have rows of their own in the fee schedule
# What employers are known to credit of a work RVU: DOMAIN.md 5, Medicare's and the alternatives.
USUAL_SHARES = tuple(
    Decimal(share)
    for share in ("0.5", "1", "1.5", "0.625", "0.16", "0.2", "0.136", "0.25", "2", "0.85", "0.75")
)

Identity = tuple[date, str, tuple[str, ...]]  # day, code, modifiers in order


@dataclass(frozen=True, slots=True)
class Entry:
    """A service of the log, with the wRVUs that it was credited with."""

    key: int
    day: date
    code: str
    modifiers: tuple[str, ...] = ()
    units: int = 1
    wrvu: Decimal = Decimal(0)
    work_rvu: Decimal | None = None  # of one unit, before any share
    release: str = ""  # whose work RVU it is
    under_contract: bool = False  # whether a contract named that release
    reason: str = ""  # why nothing was credited

    @property
    def share(self) -> Decimal | None:
        """Which part of the work RVU was credited for each unit; None where it has none."""
        return self.wrvu / (self.work_rvu * self.units) if self.work_rvu else None

    @property
    def whose(self) -> str:
        return "your contract" if self.under_contract else "your log"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the statement. One that takes back has negative wRVUs, or negative dollars."""

    key: int
    row: int
    day: date
    code: str
    modifiers: tuple[str, ...] = ()
    units: int = 1
    wrvu: Decimal | None = None  # for all its units
    dollars: Decimal | None = None

    @property
    def takes_back(self) -> bool:
        if self.wrvu:
            return self.wrvu < 0
        return self.dollars is not None and self.dollars < 0

    @property
    def signed_units(self) -> int:
        return -self.units if self.takes_back else self.units


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known besides: the period, the fee schedules, the person's other statements."""

    starts_on: date
    ends_on: date
    # (code, modifier) -> release -> work RVU, in every release that is loaded
    work_rvus: Mapping[tuple[str, str], Mapping[str, Decimal]] = field(default_factory=dict)
    # what stands on other statements -> what to call that statement ("your statement of June")
    elsewhere: Mapping[Identity, str] = field(default_factory=dict)
    lag_days: int = LAG_DAYS


def identity(item: Entry | Line) -> Identity:
    """Return what two records of one service have in common, whatever order modifiers are in."""
    return (item.day, item.code, tuple(sorted(set(item.modifiers))))


def is_equal(reported: Decimal, tracked: Decimal, units: int = 1) -> bool:
    """Whether two wRVUs are the same but for rounding each unit to two decimals."""
    return abs(reported - tracked) <= HALF_A_HUNDREDTH * max(units, 1)


# How figures are written --------------------------------------------------------------------


def rvus(value: Decimal) -> str:
    """10.4700 is "10.47"; a minus is a true one."""
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):,}".replace("-", MINUS)


def percent(share: Decimal) -> str:
    """0.625 is "62.5%"."""
    rounded = (share * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{rounded:f}".removesuffix(".0") + "%"


def count(number: int, what: str) -> str:
    """Return "1 line", or "2 lines" with the plural of the word."""
    many = "entries" if what == "entry" else f"{what}s"
    return f"1 {what}" if number == 1 else f"{number:,} {many}"


def _listed(modifiers: Sequence[str]) -> str:
    if not modifiers:
        return "no modifier"
    return ("modifier " if len(modifiers) == 1 else "modifiers ") + " and ".join(modifiers)


class Reasons:
    """The causes of one comparison. Give it all entries and lines: it counts them once."""

    def __init__(
        self, entries: Iterable[Entry], lines: Iterable[Line], knowledge: Knowledge
    ) -> None:
        entries, lines = list(entries), list(lines)
        self._known = knowledge
        self._entries_of_day = Counter(entry.day for entry in entries)
        self._lines_of_day = Counter(line.day for line in lines)
        self._entries_alike = Counter(map(identity, entries))
        self._lines_alike = Counter(identity(line) for line in lines if not line.takes_back)
        self._returned: dict[Identity, tuple[int, int]] = {}

    def day(self, day: date) -> str:
        """July 1, with the year where it is not that of the statement's end."""
        text = f"{day:%B} {day.day}"
        return text if day.year == self._known.ends_on.year else f"{text}, {day.year}"

    # Both are there ------------------------------------------------------------------------

    def of_pair(self, entry: Entry, line: Line) -> str:
        """What differs in how both describe the service, and why the values differ."""
        return " ".join([*self._descriptions(entry, line), *self._values(entry, line)])

    def _descriptions(self, entry: Entry, line: Line) -> Iterator[str]:
        if line.code != entry.code:
            yield (
                f"The statement has {line.code}, your log {entry.code}: coded another way, or "
                "typed wrongly."
            )
        if line.day != entry.day:
            yield (f"The statement dates it {self.day(line.day)}, your log {self.day(entry.day)}.")
        if line.units != entry.units:
            yield f"The statement has {count(line.units, 'unit')}, your log {entry.units}."
        if set(line.modifiers) != set(entry.modifiers):
            yield self._modifiers(entry, line)
        if line.day < self._known.starts_on:
            yield self._late

    @property
    def _late(self) -> str:
        return (
            f"A late charge: the service was before {self.day(self._known.starts_on)}, the "
            "statement's first day."
        )

    def _modifiers(self, entry: Entry, line: Line) -> str:
        mine, theirs = set(entry.modifiers), set(line.modifiers)
        halves = {"26", "TC"}
        if "TC" in theirs - mine:
            return "The statement has TC, the technical part, which has no work RVUs."
        if "26" in theirs - mine and not mine & halves:
            return "The statement has 26, the reading alone; your log has the whole test."
        if "26" in mine - theirs and not theirs & halves:
            return "The statement has the whole test; your log has 26, the reading alone."
        return f"The statement has {_listed(line.modifiers)}, your log {_listed(entry.modifiers)}."

    def _values(self, entry: Entry, line: Line) -> Iterator[str]:
        value = line.wrvu
        if value is None or is_equal(value, entry.wrvu, line.units):
            return
        if line.code != entry.code:
            own = self._known.work_rvus.get((line.code, ""), {}).get(entry.release)
            if own is not None and is_equal(value, own * line.units, line.units):
                yield f"{rvus(value)} is the value of {line.code} in {entry.release}."
            return
        tracked = entry.wrvu * line.units / entry.units
        if line.units != entry.units and is_equal(value, tracked, line.units):
            return  # the units say it all
        yield self._of_value(entry, line, value, tracked)

    def _of_value(self, entry: Entry, line: Line, value: Decimal, tracked: Decimal) -> str:
        """Why `value` is not `tracked`, both for the units of the line."""
        base, share = entry.work_rvu, entry.share
        if not base or not share:
            why = f" ({entry.reason.rstrip('.')})" if entry.reason else ""
            return f"Your log credits {rvus(entry.wrvu)} for it{why}."
        if value == 0:
            return self._nothing(entry, base, share)
        return (
            self._other_row(entry, line, value, base, share)
            or self._other_release(entry, line, value, base, share)
            or self._efficiency(entry, value, tracked)
            or self._in_full(entry, line, value, base, share)
            or self._other_units(line, value, tracked)
            or self._other_share(entry, line, value, base, share)
            or self._other_release_and_share(entry, line, value, base, share)
            or f"The statement credits {percent(value / tracked)} of your {rvus(tracked)}; no "
            "usual rule gives that."
        )

    def _nothing(self, entry: Entry, base: Decimal, share: Decimal) -> str:
        if ASSISTANT & set(entry.modifiers):
            return (
                f"No credit for the assistant; {entry.whose} gives {percent(share)} of "
                f"{rvus(base)}."
            )
        others = self._lines_of_day[entry.day] - 1
        if others > 0:
            return (
                "The statement credits nothing for it: perhaps denied, or counted as part of "
                f"{count(others, 'other line')} of that day."
            )
        return "The statement credits nothing for it: perhaps denied, or without a value there."

    def _rows(self, entry: Entry) -> Mapping[str, Decimal]:
        """The work RVUs, by release, of the row that the entry's value came from."""
        candidates = [m for m in ROWS if m in entry.modifiers] + ["", "26"]
        rows = [self._known.work_rvus.get((entry.code, modifier), {}) for modifier in candidates]
        same = [row for row in rows if row.get(entry.release) == entry.work_rvu]
        return (same or rows)[0]

    def _other_row(
        self, entry: Entry, line: Line, value: Decimal, base: Decimal, share: Decimal
    ) -> str:
        names = {"": "the whole test", "26": "26, the reading alone"}
        for modifier, name in names.items():
            row = self._known.work_rvus.get((entry.code, modifier), {}).get(entry.release)
            if row and row != base and is_equal(value, row * line.units * share, line.units):
                return f"{rvus(row)} is the value of {name}; {entry.whose} has {rvus(base)}."
        return ""

    def _other_release(
        self, entry: Entry, line: Line, value: Decimal, base: Decimal, share: Decimal
    ) -> str:
        for release, other in sorted(self._rows(entry).items(), reverse=True):
            if other != base and is_equal(value, other * line.units * share, line.units):
                verb = "names" if entry.under_contract else "uses"
                return (
                    f"The statement uses {release}'s {rvus(other)}; {entry.whose} {verb} "
                    f"{entry.release}'s {rvus(base)}."
                )
        return ""

    def _efficiency(self, entry: Entry, value: Decimal, tracked: Decimal) -> str:
        if is_equal(value, tracked * EFFICIENCY):
            start = f"{rvus(value)} is 97.5% of your {rvus(tracked)}, as 2026's efficiency "
            if entry.release >= EFFICIENCY_YEAR:
                return f"{start}adjustment takes: perhaps taken twice, {entry.release} holds it."
            return f"{start}adjustment takes; {entry.whose} goes by {entry.release}, before it."
        if is_equal(value * EFFICIENCY, tracked) and entry.release >= EFFICIENCY_YEAR:
            return (
                f"Your {rvus(tracked)} is 97.5% of {rvus(value)}: perhaps a value from before "
                "2026's efficiency adjustment."
            )
        return ""

    def _in_full(
        self, entry: Entry, line: Line, value: Decimal, base: Decimal, share: Decimal
    ) -> str:
        if share != 1 and is_equal(value, base * line.units, line.units):
            return f"Credited in full; {entry.whose} gives {percent(share)} of {rvus(base)}."
        return ""

    def _other_units(self, line: Line, value: Decimal, tracked: Decimal) -> str:
        each = tracked / line.units
        credited = int((value / each).to_integral_value(ROUND_HALF_UP))
        is_whole = is_equal(value, each * credited, credited)
        if is_whole and 1 <= credited <= 99 and credited != line.units:
            return (
                f"The value is that of {count(credited, 'unit')}; both sides have "
                f"{count(line.units, 'unit')}, at {rvus(each)} each."
            )
        return ""

    def _other_share(
        self, entry: Entry, line: Line, value: Decimal, base: Decimal, share: Decimal
    ) -> str:
        credited = _share_of(value, base, line.units)
        if credited is None:
            return ""
        gives = f"{entry.whose} gives {percent(share)} of {rvus(base)}."
        modifiers = set(entry.modifiers)
        if ASSISTANT & modifiers:
            return f"The assistant is credited at {percent(credited)}; {gives}"
        if credited == Decimal("0.5") and not modifiers & _WITH_SHARES:
            entries = self._entries_of_day[entry.day]
            only = (
                "It was your only entry of that day."
                if entries == 1
                else f"You have {entries} entries of that day."
            )
            also = f" {gives[:1].upper()}{gives[1:]}" if share != 1 else ""
            return f"Halved, as a second procedure is. {only}{also}"
        return f"Credited at {percent(credited)}; {gives}"

    def _other_release_and_share(
        self, entry: Entry, line: Line, value: Decimal, base: Decimal, share: Decimal
    ) -> str:
        for release, other in sorted(self._rows(entry).items(), reverse=True):
            for usual in USUAL_SHARES:
                if other != base and is_equal(value, other * line.units * usual, line.units):
                    return (
                        f"Credited at {percent(usual)} of {release}'s {rvus(other)}; "
                        f"{entry.whose} gives {percent(share)} of {entry.release}'s "
                        f"{rvus(base)}."
                    )
        return ""

    # Parts ---------------------------------------------------------------------------------

    def of_group(self, entries: Sequence[Entry], lines: Sequence[Line]) -> str:
        """How one entry is spread over several lines, or the reverse."""
        if len(entries) == 1:
            rows = ", ".join(str(line.row) for line in lines[:8])
            more = " and more" if len(lines) > 8 else ""
            what = (
                f"{count(entries[0].units, 'unit')} in your log, {count(len(lines), 'line')} on "
                f"the statement (rows {rows}{more})"
            )
        else:
            what = (
                f"{count(len(entries), 'entry')} in your log, one line of "
                f"{count(lines[0].units, 'unit')} on the statement (row {lines[0].row})"
            )
        if any(line.takes_back for line in lines):
            what += ", some of which take back"
        reported, tracked = total(lines), sum((entry.wrvu for entry in entries), Decimal())
        if reported is None or is_equal(reported, tracked, _units(entries)):
            return f"{what}."
        return f"{what}: {rvus(reported)} there, {rvus(tracked)} here."

    # One is missing ------------------------------------------------------------------------

    def of_returned(self, first: Line, second: Line) -> tuple[str, str]:
        """What to say of a line, and of the one that takes it back."""
        self._returned.setdefault(identity(first), (first.row, second.row))
        end = "together they come to 0.00."
        return f"Taken back by row {second.row}: {end}", f"Takes back row {first.row}: {end}"

    def of_entry(self, entry: Entry) -> str:
        """Why an entry is not on the statement."""
        known, same = self._known, identity(entry)
        if rows := self._returned.get(same):
            return (
                f"Row {rows[0]} credits it and row {rows[1]} takes it back: perhaps denied, or "
                "to be billed again."
            )
        if name := known.elsewhere.get(same):
            return f"It stands on {name}."
        if entry.wrvu == 0:
            return "Your log credits no wRVUs for it either."
        if there := self._lines_alike[same]:
            return (
                f"Your log has {self._entries_alike[same]} of these on {self.day(entry.day)}, the "
                f"statement {there}: perhaps logged twice, or one was not billed."
            )
        left = (known.ends_on - entry.day).days
        if 0 <= left < known.lag_days:
            when = (
                "On the statement's last day"
                if left == 0
                else (f"{count(left, 'day')} before the statement's last day")
            )
            return f"{when}: perhaps not billed yet. Look for it on the next one."
        entries, lines = self._entries_of_day[entry.day], self._lines_of_day[entry.day]
        if not lines and entries > 1:
            return (
                f"The statement has none of your {entries} entries of {self.day(entry.day)}: "
                "perhaps that day was never submitted."
            )
        if lines:
            return (
                f"The statement has {count(lines, 'line')} of {self.day(entry.day)}, but not this "
                "one: perhaps denied, or counted as part of another."
            )
        return "Perhaps the charge was never submitted."

    def of_line(self, line: Line) -> str:
        """Why a line is not in the log."""
        known, same = self._known, identity(line)
        name = known.elsewhere.get(same)
        if line.takes_back:
            amount = f"{rvus(abs(line.wrvu))} wRVUs" if line.wrvu else "money"
            where = (
                f"the service stands on {name}"
                if name
                else ("no line of this statement is its counterpart")
            )
            return f"Takes back {amount}: {where}."
        if name:
            return f"A possible duplicate: it stands on {name} too."
        here = self._entries_alike[same]
        if here or self._lines_alike[same] > 1:
            return (
                f"A possible duplicate: the statement has {self._lines_alike[same]} of these on "
                f"{self.day(line.day)}, your log {here or 'none'}."
            )
        if line.day < known.starts_on:
            return f"{self._late} It is not in your log."
        if line.day > known.ends_on:
            return f"It is dated after {self.day(known.ends_on)}, the statement's last day."
        return "You may have forgotten to log it, or it belongs to a colleague."


_WITH_SHARES = ASSISTANT | {"50", "62", "54", "55", "56", "78", "52", "53", "66"}


def total(lines: Sequence[Line]) -> Decimal | None:
    """Return what lines come to; None where one of them gives no wRVUs."""
    values = [line.wrvu for line in lines if line.wrvu is not None]
    return sum(values, Decimal()) if len(values) == len(lines) else None


def _units(entries: Sequence[Entry]) -> int:
    return sum(entry.units for entry in entries)


def _share_of(value: Decimal, base: Decimal, units: int) -> Decimal | None:
    """Return which share of `base` was credited, where it is a usual or a whole percentage."""
    for share in USUAL_SHARES:
        if is_equal(value, base * units * share, units):
            return share
    whole = (value / (base * units)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    # Below 2 wRVUs, rounding to two decimals makes almost anything a whole percentage.
    if base >= 2 and whole and is_equal(value, base * units * whole, units):
        return whole
    return None
