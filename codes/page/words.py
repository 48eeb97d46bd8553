"""How figures are written on a code page. A zero is never printed bare."""

from collections.abc import Sequence
from decimal import Decimal

from codes import indicators
from codes.payment import RateLike, Setting
from codes.sentences import Part, zero_reason

SETTING_NAMES = {Setting.NONFACILITY: "Office", Setting.FACILITY: "Facility"}
SETTINGS = (Setting.NONFACILITY, Setting.FACILITY)


def is_na(rate: RateLike, setting: Setting) -> bool:
    return rate.nonfac_na if setting is Setting.NONFACILITY else rate.fac_na


def practice_expense(rate: RateLike, setting: Setting) -> Decimal:
    return rate.pe_nonfac if setting is Setting.NONFACILITY else rate.pe_fac


def total(rate: RateLike, setting: Setting) -> Decimal:
    return rate.total_nonfac if setting is Setting.NONFACILITY else rate.total_fac


def is_valued(rate: RateLike) -> bool:
    """Whether Medicare pays this row by its RVUs."""
    return (
        rate.status in indicators.PAYABLE
        and not rate.not_used
        and max(rate.total_nonfac, rate.total_fac) > 0
    )


def is_reference(rate: RateLike) -> bool:
    """Whether the row shows RVUs that Medicare does not use."""
    return max(rate.total_nonfac, rate.total_fac) > 0 and not is_valued(rate)


def priced_settings(rate: RateLike) -> tuple[Setting, ...]:
    """Return the settings in which the row's RVUs count, the office first."""
    return tuple(setting for setting in SETTINGS if not is_na(rate, setting))


def main_setting(rate: RateLike) -> Setting:
    """Return the setting that speaks for the row: the office, unless it is marked NA there."""
    settings = priced_settings(rate)
    return settings[0] if settings else Setting.FACILITY


def figure(rate: RateLike, part: Part, value: Decimal) -> str:
    """Return two decimals, or what the zero means, for a cell of a table."""
    if value:
        return str(value)
    reason = zero_reason(rate, part)
    return reason.short.lower() if reason else "none"


def whole(rates: Sequence[RateLike]) -> RateLike:
    """Return the row that speaks for the code: without modifier, or the only one there is."""
    return rates[0]


def has_parts(rates: Sequence[RateLike]) -> bool:
    """Return whether the code is a test that divides into a reading and a technical part."""
    return len(rates) > 1 and any(rate.modifier in {"26", "TC"} for rate in rates)


def row_name(rate: RateLike, *, has_parts: bool) -> str:
    """Return what a row is called: by what is billed with it."""
    names = {
        "26": "26, the reading",
        "TC": "TC, the technical part",
        "53": "53, stopped early",
    }
    if rate.modifier:
        return names.get(rate.modifier, f"Modifier {rate.modifier}")
    return "Whole test" if has_parts else "Without modifier"
