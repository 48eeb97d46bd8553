"""Which code somebody meant who typed one wrongly: digits swapped, missing, or looking alike."""

from collections.abc import Iterable, Iterator
from itertools import combinations

_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOOKS_LIKE_DIGIT = str.maketrans("OIL", "011")


def likely_codes(typed_words: Iterable[str]) -> Iterator[str]:
    """Give what some words may have been meant to be, likeliest first; most of it is no code."""
    words = [word.upper() for word in typed_words]
    words = [word for word in words if word.isascii() and word.isalnum()]
    words = [word for word in words if word not in ("CPT", "HCPCS", "CODE")]
    joined = "".join(words)
    typed = next(
        (word for word in words if 3 <= len(word) <= 7 and any(map(str.isdigit, word))), ""
    )
    if len(joined) == 5 or not typed:
        typed = joined
    if len(typed) == 7:
        typed = typed[:5]  # a code and its modifier
    if not 1 <= len(typed) <= 7:
        return
    first, rest = typed[0], typed[1:]
    yield typed
    forms = dict.fromkeys(
        [first + rest.translate(_LOOKS_LIKE_DIGIT), typed.translate(_LOOKS_LIKE_DIGIT)]
    )
    for change in _CHANGES:
        for form in forms:
            yield from change(form)


def _as_is(code: str) -> Iterator[str]:
    yield code


def _zeros_put_back(code: str) -> Iterator[str]:
    """100 for 00100, G411 for G0411, 42T for 0042T."""
    start = code[0] if code[0].isalpha() else ""
    end = code[-1] if code[-1].isalpha() and not start else ""
    digits = code.removeprefix(start).removesuffix(end)
    yield start + digits.zfill(5 - len(start) - len(end)) + end


def _neighbors_swapped(code: str) -> Iterator[str]:
    for place in range(len(code) - 1):
        yield code[:place] + code[place + 1] + code[place] + code[place + 2 :]


def _one_wrong(code: str) -> Iterator[str]:
    for place in reversed(range(len(code))):
        was = _CHARACTERS.index(code[place])
        for character in sorted(_CHARACTERS, key=lambda c: (abs(_CHARACTERS.index(c) - was), c)):
            yield code[:place] + character + code[place + 1 :]


def _one_off(code: str) -> Iterator[str]:
    for place in range(len(code)):
        yield code[:place] + code[place + 1 :]
    for place in range(len(code), -1, -1):
        for character in _CHARACTERS:
            yield code[:place] + character + code[place:]


def _two_swapped(code: str) -> Iterator[str]:
    for left, right in combinations(range(len(code)), 2):
        letters = list(code)
        letters[left], letters[right] = letters[right], letters[left]
        yield "".join(letters)


_CHANGES = (_as_is, _zeros_put_back, _neighbors_swapped, _one_wrong, _one_off, _two_swapped)
