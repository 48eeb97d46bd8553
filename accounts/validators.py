"""The form of what people type: codes and modifiers."""

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError

from codes import taxonomy

_MODIFIER = re.compile(r"[0-9A-Z]{2}")
MOST_MODIFIERS = 4  # as many as a claim form has room for


def check_hcpcs(text: str) -> None:
    """Raise ValidationError unless `text` has the form of a CPT or HCPCS code, in capitals."""
    if not taxonomy.is_code(text):
        raise ValidationError(
            f"{text} has not the form of a code: five digits, or a letter and four digits."
        )


def modifiers_of(text: str) -> tuple[str, ...]:
    """Return the modifiers in `text`, in capitals, each once, in the order typed.

    They may be separated by commas, spaces or hyphens. Raises ValidationError for anything that
    is no modifier, and for more than four.
    """
    parts = [part for part in re.split(r"[\s,;/-]+", text.strip().upper()) if part]
    for part in parts:
        if not _MODIFIER.fullmatch(part):
            raise ValidationError(
                f"{part[:20]} is no modifier: a modifier has two letters or digits, as 50 or LT."
            )
    unique = tuple(dict.fromkeys(parts))
    if len(unique) > MOST_MODIFIERS:
        raise ValidationError(f"A line has at most {MOST_MODIFIERS} modifiers.")
    return unique


def joined(modifiers: Iterable[str]) -> str:
    """Return modifiers as they are stored: "50,LT"."""
    return ",".join(modifiers)


def check_modifiers(text: str) -> None:
    """Raise ValidationError unless `text` is modifiers as they are stored."""
    if joined(modifiers_of(text)) != text:
        raise ValidationError("Write modifiers in capitals, with commas between: 50,LT.")
