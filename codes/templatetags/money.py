"""How figures are written: money to the cent, RVUs with two decimals, a true minus sign."""

from decimal import ROUND_HALF_UP, Decimal

from django import template

register = template.Library()

MINUS = "\N{MINUS SIGN}"
_CENT = Decimal("0.01")


@register.filter
def dollars(amount: Decimal) -> str:
    """1159.35 is "$1,159.35"; a loss is "−$5.00"."""
    return f"{MINUS if amount < 0 else ''}${abs(amount):,.2f}"


@register.filter
def rate(amount: Decimal) -> str:
    """Dollars for one wRVU, in full: 48 is "$48.00", and 52.3650 is "$52.365"."""
    whole, _, decimals = f"{amount:,f}".partition(".")
    return f"${whole}.{decimals.rstrip('0'):0<2}"


@register.filter
def rvu(value: Decimal) -> str:
    """34.7 is "34.70", 5.105 is "5.11". What a zero means is said in words by whoever has one."""
    return f"{value.quantize(_CENT, ROUND_HALF_UP):,.2f}".replace("-", MINUS)


@register.filter
def plain(value: Decimal) -> str:
    """0.900 is "0.9" and 1.000 is "1"."""
    return f"{value.normalize():f}".replace("-", MINUS)


@register.filter
def number(count: int) -> str:
    """17096 is "17,096"."""
    return f"{count:,}".replace("-", MINUS)


@register.filter
def percent(share: Decimal) -> str:
    """Of a share, 0.095 is "9.5%" and 0.5 is "50%"."""
    return f"{share * 100:.1f}".removesuffix(".0").replace("-", MINUS) + "%"


@register.filter
def signed(value: Decimal) -> str:
    """0.5 is "+0.5", −2.5 is "−2.5" with a true minus sign."""
    return f"{value:+f}".replace("-", MINUS)


@register.filter
def exact(value: Decimal) -> str:
    """2.62844 is "2.62844", 19.1100 is "19.11", 4.5 is "4.50": all digits, and two at least."""
    written = f"{value.normalize():f}".replace("-", MINUS)
    return written if len(written.partition(".")[2]) > 1 else rvu(value)
