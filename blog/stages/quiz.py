"""Which of two codes has more work: questions drawn from the release, each from its own seed.

The seed stands in the address, so that a question is one page for everybody, and the next one
follows from it: whoever begins elsewhere meets the questions in another order.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from codes.models import Standing
from codes.rows import Row, row
from codes.shown import Shown
from codes.templatetags.money import dollars, rvu

MOST = 10**9  # seeds are below
FEWEST = 2  # codes to draw from
_LEAST_RATIO = Decimal("1.1")  # nearer than that is no question of size
_MOST_RATIO = Decimal(6)  # farther apart is none either
_TRIES = 40


class Candidate(NamedTuple):
    """A code that the quiz may ask about."""

    row: Row
    work: Decimal
    global_days: str

    @property
    def hcpcs(self) -> str:
        return self.row.listed.hcpcs

    @property
    def label(self) -> str:
        return self.row.listed.label


class Question(NamedTuple):
    """Two codes in the order in which they are asked; `more` has more work than `less`."""

    pair: tuple[Candidate, Candidate]
    more: Candidate
    less: Candidate
    next_seed: int
    reasons: tuple[str, ...]


def candidates(state: Shown) -> Sequence[Candidate]:
    """Return the codes with work that an editor has named: nobody can guess at a number."""

    def read() -> list[Candidate]:
        schedule = state.schedule
        named = [code for code, listed in state.directory.items() if listed.has_text]
        found = Standing.objects.filter(
            schedule=schedule, code__in=named, is_payable=True, work_rvu__gt=0
        ).defer("neighbors")
        return [
            Candidate(
                row(one, state.directory[one.code_id], schedule.release if schedule else ""),
                one.work_rvu,
                one.global_days,
            )
            for one in found
        ]

    return state.remember("quiz", read)


def question(among: Sequence[Candidate], seed: int) -> Question | None:
    """Return the question of a seed, or None where no two codes differ in work."""
    numbers = _numbers(seed)
    found = None
    for _ in range(_TRIES if len(among) >= FEWEST else 0):
        first, second = (among[next(numbers) % len(among)] for _ in range(2))
        less, more = sorted((first, second), key=lambda one: one.work)
        if less.work == more.work:
            continue
        found = (first, second, more, less)
        if _LEAST_RATIO <= more.work / less.work <= _MOST_RATIO:
            break
    if found is None:
        return None
    first, second, more, less = found
    return Question((first, second), more, less, next(numbers) % MOST, _reasons(more, less))


def _numbers(seed: int) -> Iterator[int]:
    """Give numbers that follow from a seed and look like none: the same on every machine."""
    count = 0
    while True:
        digest = hashlib.sha256(f"{seed} {count}".encode()).digest()
        yield int.from_bytes(digest[:8], "big")
        count += 1


def _reasons(more: Candidate, less: Candidate) -> tuple[str, ...]:
    """Return why, in sentences that follow from the figures alone."""
    times = (more.work / less.work).quantize(Decimal("0.1"), ROUND_HALF_UP)
    found = [
        f"{more.label} ({more.hcpcs}) carries {rvu(more.work)} work RVUs, {less.label} "
        f"({less.hcpcs}) {rvu(less.work)}: {_times(times)}."
    ]
    found += [sentence for one in (more, less) if (sentence := _package(one))]
    if sentence := _turned(more, less):
        found.append(sentence)
    return tuple(found)


def _times(times: Decimal) -> str:
    return "a little more" if times <= _LEAST_RATIO else f"{times} times as much"


_PACKAGES: Mapping[str, str] = {
    "000": "covers the care of its day, and no visit after it",
    "010": "covers 10 days of follow-up as well as the day itself",
    "090": "covers the day before, the operation and 90 days of follow-up",
    "MMM": "follows the rules of the maternity package, which covers care over months",
    "ZZZ": "is an add-on: its work is only what comes on top of another service",
}


def _package(one: Candidate) -> str:
    words = _PACKAGES.get(one.global_days, "")
    return f"The value of {one.hcpcs} {words}." if words else ""


def _turned(more: Candidate, less: Candidate) -> str:
    """Say so where the code with less work pays more: work is one of three parts."""
    high, low = more.row.price, less.row.price
    if not (high and low) or low.amount <= high.amount:
        return ""
    return (
        f"Work is not pay: nationally {less.hcpcs} comes to {dollars(low.amount)} "
        f"({less.row.setting}) and {more.hcpcs} to {dollars(high.amount)} ({more.row.setting}), "
        "because staff, equipment and supplies are paid for as well."
    )
