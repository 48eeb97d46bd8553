"""Where the next page begins, as a word in its address. No Django.

A cursor says after which row the page begins, not how many rows come before it: what is published
between two pages moves none of them. Nobody has to trust a cursor, so it is not signed: each part
is looked at before it is used.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

PATTERN = "[0-9A-Za-z_-]{1,100}={0,2}"
_PART = re.compile(r"[0-9A-Za-z.-]{0,30}")


class CursorError(ValueError):
    """A text that this API has not given as a cursor."""


def write(*parts: str) -> str:
    """Return a cursor made of letters, digits, points and dashes."""
    return urlsafe_b64encode("~".join(parts).encode()).decode().rstrip("=")


def read(cursor: str, *patterns: str) -> list[str]:
    """Return the parts of a cursor, each of which must wholly match its pattern."""
    try:
        padded = cursor.rstrip("=") + "=" * (-len(cursor.rstrip("=")) % 4)
        parts = urlsafe_b64decode(padded.encode("ascii")).decode("ascii").split("~")
    except ValueError as error:  # not ASCII, or not base 64
        raise CursorError from error
    if len(parts) != len(patterns) or write(*parts) != cursor.rstrip("="):
        raise CursorError
    for part, pattern in zip(parts, patterns, strict=True):
        if not (_PART.fullmatch(part) and re.fullmatch(pattern, part)):
            raise CursorError
    return parts
