"""What the page of the quick log offers: tiles with what they count, modifiers that fit."""

import copy
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.db.models import Prefetch

from accounts import valuing
from accounts.entry_lines import Line, credited, lines
from accounts.models import CodeSet, CustomCode, Procedure, SetLine, Site, TrackedCode, User
from codes import credit
from codes.credit import Service
from codes.credit_kinds import Kind
from codes.index import index
from codes.shown import Shown
from codes.templatetags.money import rvu

MOST_TILES = 60
MOST_FOUND = 10
# Where there is no favorite to go by.
_USUAL = (
    ("22", "More work than usual"),
    ("25", "Separate visit on the day of a procedure"),
    ("26", "The reading"),
    ("50", "Both sides"),
    ("51", "Second or later procedure"),
    ("52", "Reduced"),
    ("62", "Two surgeons"),
    ("78", "Return to the operating room"),
    ("80", "Assistant"),
    ("82", "Assistant, no resident available"),
)
Modifiers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Tile:
    """One button: its name and value, what stands on it, and what a tap counts."""

    name: str
    value: str
    code: str
    label: str
    counts: str


@dataclass(frozen=True)
class Found:
    """One code that a search found."""

    code: str
    label: str
    why: str
    counts: str


class Desk:
    """Everything that the page offers to one person for one day, place and role.

    The number of queries is fixed, however many favorites there are.
    """

    def __init__(self, user: User, state: Shown, day: date, site: Site | None) -> None:
        self.user, self.state, self.day, self.site = user, state, day, site
        self.terminology = valuing.Terminology(user)
        self.terms = self.terminology.on(day, site.pk if site else None)
        self.favorites = list(
            TrackedCode.objects.for_user(user).filter(is_favorite=True).order_by("position", "pk")
        )[:MOST_TILES]
        self.sets = list(
            CodeSet.objects.for_user(user).prefetch_related(
                Prefetch("lines", SetLine.objects.order_by("position", "pk"))
            )
        )
        self.customs = list(CustomCode.objects.for_user(user).filter(is_retired=False))

    @cached_property
    def tiles(self) -> list[Tile]:
        """Favorites, sets and custom codes, each with what one tap counts without modifiers."""
        singles = [self._entry(one.hcpcs) for one in self.favorites]
        own = [self._entry(one.hcpcs, one) for one in self.customs]
        sets = [[self._of_line(one, line) for line in one.lines.all()] for one in self.sets]
        self._value([*singles, *own, *(entry for entries in sets for entry in entries)])
        named = lines(singles, self.state.directory)
        tiles = [
            Tile("code", one.hcpcs, one.hcpcs, one.name or line.label, line.value)
            for one, line in zip(self.favorites, named, strict=True)
        ]
        for code_set, entries in zip(self.sets, sets, strict=True):
            codes = ", ".join(entry.code_and_modifiers for entry in entries)
            if entries:
                counts = sum_words(entries)
                tiles.append(Tile("set", str(code_set.pk), code_set.name, codes, counts))
        tiles += [
            Tile(
                "custom",
                str(one.pk),
                one.hcpcs or one.name,
                one.name if one.hcpcs else "Custom code",
                credited(entry),
            )
            for one, entry in zip(self.customs, own, strict=True)
        ]
        return tiles

    def modifiers(self, chosen: str = "") -> Modifiers:
        """Return the modifiers that a code can carry, or any of the favorites."""
        if chosen:
            return self.possible(chosen)
        offered: dict[str, str] = {}
        for one in self.favorites:
            offered |= dict(self.possible(one.hcpcs))
        return tuple(sorted(offered.items())) or _USUAL

    def possible(self, hcpcs: str) -> Modifiers:
        rates = [rate for (code, _), rate in self._rows(hcpcs).items() if code == hcpcs]
        return credit.possible_modifiers(rates)

    def has_rows(self, hcpcs: str) -> bool:
        """Whether the release that counts on this day knows the code."""
        return any(code == hcpcs for code, _ in self._rows(hcpcs))

    def is_anesthesia(self, hcpcs: str) -> bool:
        row = self._rows(hcpcs).get((hcpcs, ""))
        return row is not None and row.status == "J"

    def counted(self, entries: Sequence[Procedure]) -> list[Line]:
        """Return unsaved entries with what they would count."""
        self._value(entries)
        return lines(entries, self.state.directory)

    def find(self, words: str) -> list[Found]:
        """Return the codes that words find, best first, each with what it counts."""
        hits = index(self.state).search(words, limit=MOST_FOUND).hits
        entries = [self._entry(hit.entry.hcpcs) for hit in hits]
        return [
            Found(hit.entry.hcpcs, line.label, hit.why, line.value)
            for hit, line in zip(hits, self.counted(entries), strict=True)
        ]

    def last_base_units(self, hcpcs: str) -> int | None:
        """Return the base units that this person last gave an anesthesia code."""
        stored = Procedure.objects.for_user(self.user).filter(hcpcs=hcpcs)
        known = stored.exclude(base_units=None).order_by("-performed_on", "-pk")
        return known.values_list("base_units", flat=True).first()

    @property
    def table(self) -> str:
        """By what the values count, in a few words."""
        terms = self.terms
        release = terms.schedule.release if terms.schedule else "no release"
        if terms.contract is None:
            return f"release {release}, Medicare’s percentages"
        rules = {
            "medicare": "Medicare’s percentages",
            "full": "full credit",
        }.get(terms.contract.rules, terms.rules.name)
        return f"contract with {terms.contract.employer}: release {release}, {rules}"

    def _entry(self, hcpcs: str, custom: CustomCode | None = None) -> Procedure:
        return Procedure(
            user=self.user,
            key=uuid.UUID(int=0),
            hcpcs=hcpcs,
            custom=custom,
            performed_on=self.day,
            site=self.site,
        )

    def _of_line(self, code_set: CodeSet, line: SetLine) -> Procedure:
        one = copy.copy(self._entry(line.hcpcs))
        one.modifiers, one.units = line.modifiers, line.units
        one.case = uuid.UUID(int=code_set.pk) if code_set.is_case else None
        return one

    def _value(self, entries: Iterable[Procedure]) -> None:
        valuing.value(list(entries), self.terminology)

    def _rows(self, hcpcs: str) -> dict:
        """The rows of all favorites at once, and of any other code when it is asked for."""
        if hcpcs not in self._read:
            codes = {hcpcs, *(one.hcpcs for one in self.favorites)} - self._read.keys()
            schedule = self.terms.schedule
            found = valuing.rows_for(
                schedule.pk if schedule else None, [Service(code) for code in codes]
            )
            for code in codes:
                self._read[code] = {key: row for key, row in found.items() if key[0] == code}
        return self._read[hcpcs]

    @cached_property
    def _read(self) -> dict[str, dict]:
        return {}


def sum_words(entries: Iterable[Procedure]) -> str:
    """Return what several entries count: the total, and own values and ASA units apart."""
    totals = {kind: Decimal(0) for kind in Kind}
    for one in entries:
        totals[Kind(one.kind)] += (one.asa_units or 0) if one.kind == Kind.ASA else one.wrvu
    parts = []
    if counted := totals[Kind.OFFICIAL] + totals[Kind.REFERENCE]:
        parts.append(rvu(counted))
    if totals[Kind.ESTIMATE]:
        parts.append(f"{rvu(totals[Kind.ESTIMATE])} own")
    if totals[Kind.ASA]:
        parts.append(f"{totals[Kind.ASA]:.1f} ASA")
    return " + ".join(parts) or "no wRVU"
