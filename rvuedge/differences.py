"""What differs between two editions, word by word. No Django."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain
from typing import Any, Literal, NamedTuple

_TOKEN = re.compile(r"\s+|[\w’'-]+|[^\w\s]")
_MOST_TOKENS = 20_000  # beyond it a field is shown whole, old and new


class Piece(NamedTuple):
    """A run of text that both hold, or that only one of them holds."""

    kind: Literal["same", "old", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field that differs: its name, both texts, and the pieces that tell them apart."""

    name: str
    old: str
    new: str
    pieces: tuple[Piece, ...]


def as_text(value: Any) -> str:
    """Return a value of an edition's body as an editor reads it: lists a line for each item."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(
            " · ".join(str(part) for part in item) if isinstance(item, list) else str(item)
            for item in value
        )
    return str(value)


def word_difference(old: str, new: str) -> tuple[Piece, ...]:
    """Return how `new` comes from `old`, in pieces of whole words."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if len(before) + len(after) > _MOST_TOKENS:
        return (Piece("old", old), Piece("new", new))
    pieces: list[Piece] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, a1, a2, b1, b2 in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(before[a1:a2])))
            continue
        if a1 != a2:
            pieces.append(Piece("old", "".join(before[a1:a2])))
        if b1 != b2:
            pieces.append(Piece("new", "".join(after[b1:b2])))
    return tuple(pieces)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldDifference, ...]:
    """Return the fields of two bodies that differ, in the order of the newer one."""
    names = dict.fromkeys(chain(new, old))
    found = []
    for name in names:
        before, after = as_text(old.get(name)), as_text(new.get(name))
        if before != after:
            found.append(FieldDifference(name, before, after, word_difference(before, after)))
    return tuple(found)
