"""How a code compares within its category, always with how many codes and of which release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from codes import indicators
from codes.charts import length

_HUNDRED = Decimal(100)
_LEAST = Decimal("0.1")
_GROUPS = (
    ("Payable (A, R, T)", "ART"),
    ("Quality measures (M)", "M"),
    ("Not a physician service (X)", "X"),
    ("Medicare wants another code (I)", "I"),
    ("Contractor sets the price (C)", "C"),
    ("Off the fee schedule (E)", "E"),
    ("Anesthesia units (J)", "J"),
    ("Not covered (N)", "N"),
    ("Bundled (B, P)", "BP"),
)


class StandingLike(Protocol):
    """A code's place in its category, as codes.models.Standing has it."""

    @property
    def code_id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def is_payable(self) -> bool: ...
    @property
    def work_rvu(self) -> Decimal: ...
    @property
    def below(self) -> int | None: ...
    @property
    def neighbors(self) -> Sequence[tuple[str, str]]: ...


class StatisticsLike(Protocol):
    """The counts of a category, as codes.models.CategoryStatistics has them."""

    @property
    def codes(self) -> int: ...
    @property
    def payable(self) -> int: ...
    @property
    def with_work(self) -> int: ...
    @property
    def without_work(self) -> int: ...
    @property
    def statuses(self) -> Mapping[str, int]: ...
    @property
    def median(self) -> Decimal | None: ...
    @property
    def maximum(self) -> Decimal | None: ...


class Neighbor(NamedTuple):
    hcpcs: str
    work: str
    width: str  # of its bar, in per cent
    is_here: bool


@dataclass(frozen=True, slots=True)
class StatusBar:
    label: str
    count: int
    width: str
    y: int
    is_here: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    sentences: tuple[str, ...]
    is_ranked: bool
    neighbors: tuple[Neighbor, ...]
    statuses: tuple[StatusBar, ...]
    height: int


def comparison(
    standing: StandingLike, statistics: StatisticsLike, category: str, release: str
) -> Comparison:
    """Return where a code stands among the codes of its category in one release.

    A rank is given only among the payable codes with physician work, and only to one of them.
    """
    if standing.below is not None:
        return Comparison(
            tuple(_ranked(standing, statistics, category, release)),
            True,
            _neighbors(standing),
            (),
            0,
        )
    bars = _status_bars(standing, statistics)
    return Comparison(
        tuple(_unranked(standing, statistics, category, release)),
        False,
        (),
        bars,
        37 * len(bars),
    )


def _ranked(
    standing: StandingLike, statistics: StatisticsLike, category: str, release: str
) -> list[str]:
    below, population = standing.below or 0, statistics.with_work
    if population == 1:
        return [
            f"{standing.code_id} is the only code in {category} of release {release} that "
            "Medicare pays and that carries physician work, so there is nothing to rank it with."
        ]
    sentences = [
        f"{standing.code_id} carries more physician work than {below:,} of the {population:,} "
        f"codes in {category} that Medicare pays and that carry work "
        f"({_percent(below, population)}), release {release}. The one in the middle has "
        f"{statistics.median} work RVUs, the most is {statistics.maximum}."
    ]
    if statistics.without_work:
        sentences.append(_without_work(statistics, category))
    return sentences


def _unranked(
    standing: StandingLike, statistics: StatisticsLike, category: str, release: str
) -> list[str]:
    if standing.is_payable:
        sentences = [
            f"{standing.code_id} has no work RVUs, so it has no rank by work in {category}."
        ]
        if statistics.without_work:
            sentences.append(f"{_without_work(statistics, category)} Release {release}.")
        return sentences
    same = statistics.statuses.get(standing.status, 0)
    word = indicators.status(standing.status).short.lower()
    sentences = [
        f"Of the {_count(statistics.codes)} in {category}, release {release}, {same:,} "
        f"({_percent(same, statistics.codes)}) {'has' if same == 1 else 'have'} "
        f"{standing.code_id}’s status: {word}. "
        "A rank by work RVU would mean nothing here, so none is shown."
    ]
    if statistics.payable and statistics.without_work:
        sentences.append(_without_work(statistics, category))
    return sentences


def _without_work(statistics: StatisticsLike, category: str) -> str:
    count, payable = statistics.without_work, statistics.payable
    return (
        f"Among the {payable:,} payable codes in {category}, {count:,} "
        f"({_percent(count, payable)}) carry no physician work: they are left out of ranks."
        if count != 1
        else f"Among the {payable:,} payable codes in {category}, 1 carries no physician work: "
        "it is left out of ranks."
    )


def _count(codes: int) -> str:
    return "1 code" if codes == 1 else f"{codes:,} codes"


def _percent(part: int, all_of_them: int) -> str:
    """One decimal, and never 0% or 100% of a part that is neither none nor all."""
    share = Decimal(part) * _HUNDRED / all_of_them
    if 0 < part < all_of_them:
        share = min(max(share, _LEAST), _HUNDRED - _LEAST)
    return f"{share:.1f}".removesuffix(".0") + "%"


def _neighbors(standing: StandingLike) -> tuple[Neighbor, ...]:
    found = [(hcpcs, Decimal(work), False) for hcpcs, work in standing.neighbors]
    if not found:
        return ()
    found.append((standing.code_id, standing.work_rvu, True))
    found.sort(key=lambda one: (one[1], one[0]))
    most = max(work for _, work, _ in found)
    return tuple(
        Neighbor(hcpcs, str(work), str(length(work * _HUNDRED / most)), is_here)
        for hcpcs, work, is_here in found
    )


def _status_bars(standing: StandingLike, statistics: StatisticsLike) -> tuple[StatusBar, ...]:
    known = "".join(letters for _, letters in _GROUPS)
    rest = "".join(sorted(set(statistics.statuses) - set(known)))
    groups = [*_GROUPS, (f"Others ({', '.join(rest)})", rest)]
    counted = [
        (label, sum(statistics.statuses.get(letter, 0) for letter in letters), letters)
        for label, letters in groups
    ]
    counted = sorted((row for row in counted if row[1]), key=lambda row: -row[1])
    most = max((count for _, count, _ in counted), default=1)
    return tuple(
        StatusBar(
            label + (f", with {standing.code_id}" if standing.status in letters else ""),
            count,
            str(length(Decimal(count) * 88 / most)),
            37 * index,
            standing.status in letters,
        )
        for index, (label, count, letters) in enumerate(counted)
    )
