"""What the same operation counts for in each role at the table."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from codes import taxonomy
from codes.credit import MEDICARE, Service, credit
from codes.credit_kinds import Kind
from codes.models import Rate
from codes.shown import Listed, Shown

USUAL = ("47562", "27447", "49505", "45378")  # the first of these that is here
_ROLES = (
    ("Surgeon", ()),
    ("One of two surgeons", ("62",)),
    ("Assistant surgeon", ("80",)),
    ("Assistant where no resident is at hand", ("82",)),
    ("PA or NP assisting", ("AS",)),
    ("Operation only, another follows up", ("54",)),
    ("Return to the operating room", ("78",)),
    ("Both sides", ("50",)),
)


class Role(NamedTuple):
    name: str
    modifier: str
    wrvu: Decimal | None  # None: not credited, and `reason` says why
    reason: str


class Roles(NamedTuple):
    listed: Listed | None
    roles: tuple[Role, ...]
    problem: str


def roles(state: Shown, asked: str) -> Roles:
    """Return the wRVUs of a typed code in each role; empty: those of a usual operation."""
    code = " ".join(asked.split()).upper()[:20]
    if not code:
        code = next((one for one in USUAL if one in state.directory), "")
        if not code:
            return Roles(None, (), "")
    elif not taxonomy.is_code(code):
        return Roles(None, (), f"There is no code {code}; codes have five characters.")
    elif code not in state.directory:
        return Roles(None, (), f"{code} is not in the release that this site shows.")
    rates = Rate.objects.filter(schedule=state.schedule, code=code)
    return Roles(state.directory[code], tuple(_of(code, rates)), "")


def _of(code: str, rates: Iterable[Rate]) -> Iterable[Role]:
    rows = {(rate.code_id, rate.modifier): rate for rate in rates}
    for name, modifiers in _ROLES:
        found = credit([Service(code, modifiers)], rows, MEDICARE)[0]
        is_valued = found.kind is Kind.OFFICIAL
        yield Role(
            name,
            "".join(modifiers),
            found.wrvu if is_valued else None,
            "" if is_valued else found.reason,
        )
