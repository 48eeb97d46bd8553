"""A log against an employer's statement: what fits, and how well. No Django.

Nothing about a patient is known here, so two services of one code on one day are alike. Matching
is done in stages, from the closest fit to the loosest: at each, what shares a key is paired, and
what is paired is out. Every stage looks things up by code and day, so that time grows with the
number of lines and not with its square. Within a key, equal values go first, then the nearest:
the order in which entries and lines come in never matters. Why things differ: likely_causes.py.
"""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Generic, TypeVar

from accounts.likely_causes import Entry, Knowledge, Line, Reasons, is_equal, total

__all__ = ["Entry", "Knowledge", "Line", "Match", "Verdict", "match", "score"]

NEAR_DAYS = 3
LEAST_SCORE = 50  # what fits worse is no match

# What a difference takes from a score of 100.
NEUTRAL, UNITS, MODIFIERS, SIMILAR_CODE = 5, 10, 15, 40
OTHER_DAY, EACH_DAY = 25, 5

# Modifiers that say how or where, and change no credit (DOMAIN.md 5).
NEUTRAL_MODIFIERS = frozenset(
    {"24", "25", "51", "57", "58", "59", "76", "77", "79", "93", "95"}
    | {"AI", "FS", "GC", "GE", "LT", "RT", "XE", "XP", "XS", "XU"}
)

Item = TypeVar("Item", Entry, Line)
Key = tuple[object, ...]


class Verdict(StrEnum):
    MATCHED = "matched"
    NEAR = "near"
    DIFFERENT = "different"
    MISSING_THERE = "missing there"
    MISSING_HERE = "missing here"


@dataclass(frozen=True, slots=True)
class Match:
    """What became of an entry, a line, or both.

    Where several lines make up one entry, or the reverse, each further one has a Match of its
    own, and `belongs_to` is the key of what it is a part of, on the other side.
    """

    entry: Entry | None
    line: Line | None
    verdict: Verdict
    score: int  # of 100
    cause: str = ""  # a likely one, as sentences
    belongs_to: int | None = None


def score(entry: Entry, line: Line) -> int:
    """Return how well both fit, of 100: what differs takes away. wRVUs do not count."""
    mine, theirs = set(entry.modifiers), set(line.modifiers)
    points = 100
    if mine != theirs:
        points -= NEUTRAL if mine ^ theirs <= NEUTRAL_MODIFIERS else MODIFIERS
    if entry.units != line.units:
        points -= UNITS
    if entry.code != line.code:
        points -= SIMILAR_CODE
    if apart := abs((entry.day - line.day).days):
        points -= OTHER_DAY + EACH_DAY * apart
    return max(points, 0)


def match(entries: Iterable[Entry], lines: Iterable[Line], knowledge: Knowledge) -> list[Match]:
    """Return every entry and every line exactly once, in order of day, code and row.

    Keys are unique among the entries, and among the lines.
    """
    mine, theirs = _Open(entries), _Open(lines)
    reasons = Reasons(mine.items(), theirs.items(), knowledge)
    found = list(_taken_back(theirs, reasons))
    exact, *near = STAGES
    found += _paired(mine, theirs, exact, reasons)
    found += _in_parts(mine, theirs, reasons)
    for stage in near:
        found += _paired(mine, theirs, stage, reasons)
    for entry in mine.items():
        found.append(Match(entry, None, Verdict.MISSING_THERE, 0, reasons.of_entry(entry)))
    for line in theirs.items():
        found.append(Match(None, line, Verdict.MISSING_HERE, 0, reasons.of_line(line)))
    return sorted(found, key=_place)


def _place(found: Match) -> tuple[date, str, int, int]:
    first = found.entry or found.line
    assert first is not None  # noqa: S101 -- a match has one or both
    row = found.line.row if found.line else 0
    return (first.day, first.code, row, first.key)


# What is compared ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Side(Generic[Item]):
    """An entry or a line, with what the stages ask of it worked out once."""

    item: Item
    day: int
    code: str
    modifiers: tuple[str, ...]
    core: tuple[str, ...]  # without those that change no credit
    units: int
    value: Decimal
    order: tuple[Decimal, int, tuple[str, ...], int]


def _side(item: Item) -> _Side[Item]:
    modifiers = tuple(sorted(set(item.modifiers)))
    value = item.wrvu or Decimal(0)
    return _Side(
        item=item,
        day=item.day.toordinal(),
        code=item.code,
        modifiers=modifiers,
        core=tuple(modifier for modifier in modifiers if modifier not in NEUTRAL_MODIFIERS),
        units=item.units,
        value=value,
        order=(value, item.units, modifiers, item.key),
    )


class _Open(Generic[Item]):
    """What has no partner yet, in an order of its own."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._sides: list[_Side[Item]] = sorted(map(_side, items), key=attrgetter("order"))
        self._taken: set[int] = set()

    def take(self, side: _Side[Item]) -> None:
        self._taken.add(id(side))

    def sides(self) -> list[_Side[Item]]:
        if self._taken:
            self._sides = [side for side in self._sides if id(side) not in self._taken]
            self._taken = set()
        return self._sides

    def items(self) -> list[Item]:
        return [side.item for side in self.sides()]

    def by(self, key: Callable[[_Side[Item]], Key]) -> dict[Key, list[_Side[Item]]]:
        found: dict[Key, list[_Side[Item]]] = defaultdict(list)
        for side in self.sides():
            found[key(side)].append(side)
        return found


# Stages -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stage:
    """What a pair has to share. `penalty` is what it loses of 100 at least."""

    penalty: int
    key: Callable[[_Side[Entry] | _Side[Line]], Key]
    later: int = 0  # how many days the line is after the entry


def _stages() -> list[Stage]:
    """All stages, the closest first. On one day first, then on others."""
    same = [
        Stage(0, lambda s: (s.code, s.modifiers, s.units)),
        Stage(NEUTRAL, lambda s: (s.code, s.core, s.units)),
        Stage(UNITS, lambda s: (s.code, s.modifiers)),
        Stage(NEUTRAL + UNITS, lambda s: (s.code, s.core)),
        Stage(MODIFIERS, lambda s: (s.code, s.units)),
        Stage(MODIFIERS + UNITS, lambda s: (s.code,)),
    ]
    other_days = [
        Stage(stage.penalty + OTHER_DAY + EACH_DAY * apart, stage.key, later)
        for apart in range(1, NEAR_DAYS + 1)
        for stage in same
        for later in (apart, -apart)
    ]
    # The last character first: it is where the levels and variants of a service differ.
    forms = [_without(place) for place in range(4, -1, -1)] + [_swapped(at) for at in range(4)]
    similar = [Stage(SIMILAR_CODE + NEUTRAL, _strictly(form)) for form in forms]
    similar += [Stage(SIMILAR_CODE + UNITS, _loosely(form)) for form in forms]
    stages = sorted(same + other_days + similar, key=attrgetter("penalty"))
    return [stage for stage in stages if stage.penalty <= 100 - LEAST_SCORE]


Form = Callable[[str], Key]


def _without(place: int) -> Form:
    """What two codes share that differ in one character."""
    return lambda code: (place, code[:place], code[place + 1 :])


def _swapped(at: int) -> Form:
    """What two codes share that differ in the order of two neighbors."""
    return lambda code: (at, code[:at], *sorted(code[at : at + 2]), code[at + 2 :])


def _strictly(form: Form) -> Callable[[_Side[Entry] | _Side[Line]], Key]:
    return lambda s: (form(s.code), s.core, s.units)


def _loosely(form: Form) -> Callable[[_Side[Entry] | _Side[Line]], Key]:
    return lambda s: (form(s.code), s.core)


STAGES = _stages()


# Pairing ------------------------------------------------------------------------------------


def _taken_back(lines: _Open[Line], reasons: Reasons) -> Iterator[Match]:
    """Take out lines that another row takes back, with that row: together they come to 0."""

    def mirror(side: _Side[Line]) -> Key:
        amount = side.item.wrvu or side.item.dollars
        return (side.day, side.code, side.modifiers, side.units, amount and abs(amount))

    given: dict[Key, deque[_Side[Line]]] = {
        key: deque(sorted(sides, key=lambda side: (side.item.row, side.item.key)))
        for key, sides in lines.by(mirror).items()
    }
    for sides in given.values():
        credited = deque(side for side in sides if not side.item.takes_back)
        for second in sides:
            if second.item.takes_back and credited:
                first = credited.popleft()
                lines.take(first)
                lines.take(second)
                causes = reasons.of_returned(first.item, second.item)
                for side, cause in zip((first, second), causes, strict=True):
                    yield Match(None, side.item, Verdict.MISSING_HERE, 0, cause)


def _paired(
    mine: _Open[Entry], theirs: _Open[Line], stage: Stage, reasons: Reasons
) -> Iterator[Match]:
    """Pair what shares the stage's key. What takes back is no service, and has no partner."""
    if not mine.sides() or not theirs.sides():
        return
    lines = theirs.by(lambda s: (s.item.takes_back, s.day, *stage.key(s)))
    for key, entries in mine.by(lambda s: (False, s.day + stage.later, *stage.key(s))).items():
        for entry, line in _nearest(entries, lines.get(key, [])):
            mine.take(entry)
            theirs.take(line)
            yield _pair(entry.item, line.item, reasons)


def _pair(entry: Entry, line: Line, reasons: Reasons) -> Match:
    points = score(entry, line)
    if points < 100:
        verdict = Verdict.NEAR
    elif line.wrvu is None or is_equal(line.wrvu, entry.wrvu, entry.units):
        verdict = Verdict.MATCHED
    else:
        verdict = Verdict.DIFFERENT
    return Match(entry, line, verdict, points, reasons.of_pair(entry, line))


def _nearest(
    entries: list[_Side[Entry]], lines: list[_Side[Line]]
) -> Iterator[tuple[_Side[Entry], _Side[Line]]]:
    """Pair as many as there are of both, equal values first. Both come in order of value."""
    some, others = [], []
    i = j = 0
    while i < len(entries) and j < len(lines):
        entry, line = entries[i], lines[j]
        if line.item.wrvu is not None and is_equal(line.value, entry.value, entry.units):
            yield entry, line
            i, j = i + 1, j + 1
        elif entry.value < line.value:
            some.append(entry)
            i += 1
        else:
            others.append(line)
            j += 1
    some += entries[i:]
    others += lines[j:]
    if len(some) >= len(others):
        for line, entry in _closest(others, some):
            yield entry, line
    else:
        yield from _closest(some, others)


One = TypeVar("One", _Side[Entry], _Side[Line])
Other = TypeVar("Other", _Side[Entry], _Side[Line])


def _closest(fewer: list[One], more: list[Other]) -> Iterator[tuple[One, Other]]:
    """Give each of the fewer the one of the others whose value is closest to its own."""
    if len(fewer) == len(more):
        yield from zip(fewer, more, strict=True)
        return
    left, values = list(more), [side.value for side in more]
    for one in fewer:
        at = bisect_left(values, one.value)
        if at == len(values) or (at and one.value - values[at - 1] <= values[at] - one.value):
            at -= 1
        yield one, left.pop(at)
        values.pop(at)


def _in_parts(mine: _Open[Entry], theirs: _Open[Line], reasons: Reasons) -> Iterator[Match]:
    """Match one entry of several units with several lines of the same service, and the reverse."""

    def same(side: _Side[Entry] | _Side[Line]) -> Key:
        return (side.day, side.code, side.modifiers)

    lines_by_service = theirs.by(same)
    for key, some in mine.by(same).items():
        others = lines_by_service.get(key, [])
        if min(len(some), len(others)) != 1 or len(some) == len(others):
            continue
        entries = sorted((side.item for side in some), key=attrgetter("key"))
        lines = sorted((side.item for side in others), key=lambda s: (s.takes_back, s.row, s.key))
        if sum(entry.units for entry in entries) != sum(line.signed_units for line in lines):
            continue
        for entry in some:
            mine.take(entry)
        for line in others:
            theirs.take(line)
        yield from _group(entries, lines, reasons)


def _group(entries: list[Entry], lines: list[Line], reasons: Reasons) -> Iterator[Match]:
    reported, tracked = total(lines), sum((entry.wrvu for entry in entries), Decimal())
    units = sum(entry.units for entry in entries)
    is_same = reported is None or is_equal(reported, tracked, units)
    verdict = Verdict.MATCHED if is_same else Verdict.DIFFERENT
    cause = reasons.of_group(entries, lines)
    first, main = entries[0], lines[0]
    yield Match(first, main, verdict, 100, cause)
    for entry in entries[1:]:
        yield Match(entry, None, verdict, 100, cause, belongs_to=main.key)
    for line in lines[1:]:
        yield Match(None, line, verdict, 100, cause, belongs_to=first.key)
