"""What of a release is so unusual that somebody has to say yes to it, with the figures.

Each question is one sentence or more; whoever confirms it has read all of them.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from codes.fee_schedule import known
from codes.fee_schedule.compare import Comparison, Reason
from codes.fee_schedule.records import Package, RateRow
from codes.models import FeeSchedule

# A release that differs from the one before by more than this asks for a confirmation.
FEWER_CODES = Decimal("0.05")
CHANGED_VALUES = Decimal("0.20")
CHANGED_FACTOR = Decimal("0.10")  # of a factor that is not known; 3.4% is the most since 2020

# Fewer codes than this are no whole release: none since 2020 has fewer than 15,000.
_SELECTION = 1000

_FACTORS: tuple[tuple[str, str, Callable[[str], Decimal | None]], ...] = (
    ("conversion_factor", "conversion factor", known.conversion_factor),
    ("qp_conversion_factor", "QP conversion factor", known.qp_conversion_factor),
    ("anesthesia_factor", "anesthesia factor", known.anesthesia_factor),
    ("qp_anesthesia_factor", "QP anesthesia factor", known.qp_anesthesia_factor),
)


def odd_factors(package: Package, before: FeeSchedule | None) -> Iterator[str]:
    """Yield a sentence for each factor that is not the one known for the release.

    One that is not known is measured with that of the release `before`.
    """
    release = package.release
    for name, words, known_factor in _FACTORS:
        given, expected = getattr(package, name), known_factor(release)
        if not given or given == expected:
            continue
        usual = getattr(before, name) if before else None
        if expected:
            yield f"The {words} of {release} is {given} in the file, but known as {expected}."
        elif usual and abs(given - usual) > usual * CHANGED_FACTOR:
            change = _percent(abs(given - usual) / usual)
            yield (
                f"The {words} of {release} is {given} in the file, {change} "
                f"{'more' if given > usual else 'less'} than {usual} of {before}."
            )


def other_content(
    release: str, comparison: Comparison, differing: Iterable[str], factors: Iterable[str]
) -> str:
    """Return the question of a release that would replace itself with other content.

    `differing` names what differs (stored.py), `factors` are sentences on changed factors.
    """
    replaced = (
        f"{release} is loaded already, with other content, which this would replace: "
        f"{_figures(comparison)}. What differs: {', '.join(differing)}."
    )
    return " ".join([replaced, *factors])


def factor_changes(package: Package, schedule: FeeSchedule) -> Iterator[str]:
    """Yield a sentence for each factor that would take the place of another."""
    for name, words, _ in _FACTORS:
        old, new = getattr(schedule, name), getattr(package, name)
        if old and new and old != new:
            yield f"The {words} would be {new} instead of {old}."


def far_from(before: FeeSchedule, release: str, comparison: Comparison) -> str:
    """Return the question of a release that is far from the one before it, or ""."""
    if comparison.fewer_share > FEWER_CODES or comparison.changed_share > CHANGED_VALUES:
        return f"{release} differs a lot from {before}: {_figures(comparison)}."
    return ""


def _figures(comparison: Comparison) -> str:
    counts = comparison.counts()
    reasons = ", ".join(f"{counts[reason]:,} {reason}" for reason in Reason if counts[reason])
    return (
        f"{comparison.new_codes:,} codes against {comparison.old_codes:,} "
        f"({_percent(comparison.fewer_share)} fewer), "
        f"{comparison.changed_values:,} of {comparison.values:,} RVUs changed "
        f"({_percent(comparison.changed_share)}), and {len(comparison.added):,} rows added, "
        f"{len(comparison.gone):,} gone, {len(comparison.changed):,} changed"
        f"{reasons and f' ({reasons})'}"
    )


# A file that ends too early ---------------------------------------------------------------


def _plain(hcpcs: str) -> str:
    """Digits before letters: the order of the files since October 2025."""
    return hcpcs


_LETTERS_FIRST = str.maketrans("0123456789", "abcdefghij")


def _letters_first(hcpcs: str) -> str:
    """Letters before digits at every place: the order of the files until January 2025."""
    return hcpcs.translate(_LETTERS_FIRST)


def cut_off(
    rows: Iterable[RateRow], before: FeeSchedule | None, comparison: Comparison | None
) -> str:
    """Return the question of a file that ends earlier than it should, or "".

    CMS's files are in order, so a file that was cut at the end of a line lacks the last codes of
    the release `before` (`comparison` is the one with it). Without one, the last code tells: it
    has been the same since 2020.
    """
    codes = [row.hcpcs for row in rows]
    order = next((key for key in (_plain, _letters_first) if _is_sorted(codes, key)), None)
    if order is None or not codes:
        return ""
    last = codes[-1]
    if before is not None and comparison is not None:
        missing = [hcpcs for hcpcs in comparison.gone_codes if order(hcpcs) > order(last)]
        if not missing:
            return ""
        more = f"{len(missing):,} more code{'' if len(missing) == 1 else 's'}"
        return (
            f"The file ends at {last}, where {before} goes on to {max(missing, key=order)} with "
            f"{more}: it may have been cut off."
        )
    usual = known.LAST_CODES
    if len(set(codes)) < _SELECTION or last in usual:
        return ""
    return (
        f"The file ends at {last}, where every release since 2020 ends at {' or '.join(usual)}: "
        f"it may have been cut off after {len(set(codes)):,} codes."
    )


def _is_sorted(codes: list[str], key: Callable[[str], str]) -> bool:
    keys = [*map(key, codes)]
    return keys == sorted(keys)


def _percent(share: Decimal) -> str:
    return f"{(share * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"
