"""Which loaded releases are compared with which, and their ledgers, worked out once and kept."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from threading import Lock

from django.db.models import Count

from codes.fee_schedule.compare import Kind
from codes.fee_schedule.records import RateRow
from codes.fee_schedule.standings import rate_rows
from codes.ledger import Ledger, ledger
from codes.models import FeeSchedule, Standing
from codes.shown import Shown

KEPT = 3  # a ledger of two whole releases of different years needs some 17 MB
PATIENCE = 15  # seconds


class Busy(Exception):
    """Other releases are being compared, and it takes long."""


class Ledgers:
    """The ledgers asked for last, by the digests of their releases, for all threads of a process.

    One is worked out at a time, whoever else asks: each takes a second or two and much memory.
    """

    def __init__(self, kept: int = KEPT, patience: float = PATIENCE) -> None:
        self._kept: OrderedDict[Hashable, Ledger] = OrderedDict()
        self._limit, self._patience = kept, patience
        self._lock, self._work = Lock(), Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, make: Callable[[], Ledger]) -> Ledger:
        """Return what is kept under `key`, or what `make` gives; Busy after PATIENCE seconds."""
        if found := self._find(key):
            return found
        if not self._work.acquire(timeout=self._patience):
            raise Busy
        try:
            if found := self._find(key):  # another thread made it meanwhile
                return found
            made = make()
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > self._limit:
                    self._kept.popitem(last=False)
            return made
        finally:
            self._work.release()

    def _find(self, key: Hashable) -> Ledger | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]


ledgers = Ledgers()


def releases(state: Shown) -> list[FeeSchedule]:
    """Return every loaded release, newest first."""
    return sorted(state.schedules.values(), key=lambda one: one.release, reverse=True)


def before(state: Shown, schedule: FeeSchedule) -> FeeSchedule | None:
    """Return what a release is compared with unless another is asked for.

    That is the newest one before it. A whole release is not compared with an excerpt as long as
    an older whole one is loaded.
    """
    older = [one for one in releases(state) if one.release < schedule.release]
    whole = [one for one in older if one.is_complete] if schedule.is_complete else []
    return next(iter(whole or older), None)


def is_partial(old: FeeSchedule, new: FeeSchedule) -> bool:
    """Return whether only the codes of an excerpt can be compared."""
    return not (old.is_complete and new.is_complete)


def between(old: FeeSchedule, new: FeeSchedule) -> Ledger:
    """Return the ledger of two loaded releases, `old` the earlier one. Two queries, then none.

    Of an excerpt (the starter catalogue) only its own codes are compared: that the others are
    missing there says nothing about the release.
    """
    key = tuple((one.release, one.digest, one.is_complete) for one in (old, new))
    return ledgers.get(key, lambda: _made(old, new))


def _made(old: FeeSchedule, new: FeeSchedule) -> Ledger:
    return ledger(*_comparable_rows(old, new), old.release, new.release)


def _comparable_rows(old: FeeSchedule, new: FeeSchedule) -> tuple[list[RateRow], list[RateRow]]:
    if old.is_complete == new.is_complete:
        return rate_rows(old), rate_rows(new)
    excerpt = rate_rows(new if old.is_complete else old)
    rest = rate_rows(old if old.is_complete else new, {row.hcpcs for row in excerpt})
    return (rest, excerpt) if old.is_complete else (excerpt, rest)


@dataclass(frozen=True, slots=True)
class Summary:
    """What one release changed against the one before it: codes by their weightiest change."""

    schedule: FeeSchedule
    previous: FeeSchedule | None
    is_partial: bool
    is_ahead: bool  # newer than the release that the site shows
    compared: int
    kinds: Counter[Kind]
    gone: int

    @property
    def new(self) -> int:
        return self.kinds[Kind.NEW]

    @property
    def status(self) -> int:
        return self.kinds[Kind.STATUS]

    @property
    def work(self) -> int:
        return self.kinds[Kind.WORK]

    @property
    def values(self) -> int:
        return self.kinds[Kind.VALUES]

    @property
    def indicators(self) -> int:
        return self.kinds[Kind.INDICATORS]


def summaries(state: Shown) -> Sequence[Summary]:
    """Return what each loaded release changed, newest first. Remembered with what is shown.

    Of whole releases that was counted when they were loaded; an excerpt is compared now.
    """

    def read() -> list[Summary]:
        counted: dict[int, Counter[Kind]] = {}
        rows = Standing.objects.order_by().values_list("schedule", "change")
        for schedule, change, codes in rows.annotate(Count("pk")):
            counted.setdefault(schedule, Counter())[Kind(change)] = codes
        return [_summary(state, one, counted.get(one.pk, Counter())) for one in releases(state)]

    return state.remember("what releases changed", read)


def _summary(state: Shown, schedule: FeeSchedule, counted: Counter[Kind]) -> Summary:
    previous = before(state, schedule)
    is_ahead = state.schedule is not None and schedule.release > state.schedule.release
    if previous is None:
        return Summary(schedule, None, False, is_ahead, counted.total(), Counter(), 0)
    if is_partial(previous, schedule):
        found = _made(previous, schedule)  # small, and waiting here would keep others waiting
        return Summary(
            schedule, previous, True, is_ahead, found.codes_compared, Counter(found.kinds),
            found.codes_gone,
        )  # fmt: skip
    stayed = counted.total() - counted[Kind.NEW]
    gone = previous.code_count - stayed
    return Summary(schedule, previous, False, is_ahead, counted.total(), counted, gone)
