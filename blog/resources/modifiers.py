"""Modifiers with what each does to Medicare's amount and to the wRVUs that a contract credits.

The shares are those that the calculators of this site use; the words are ours.
"""

from typing import NamedTuple

from codes.claim import NEUTRAL
from codes.credit import MEDICARE, RULES, Share, Way
from codes.payment import percent


class Modifier(NamedTuple):
    modifier: str
    use: str
    pays: str
    credit: str


class Neutral(NamedTuple):
    """Modifiers that change no amount: they say how a service came about."""

    modifiers: tuple[str, ...]
    use: str


_WAYS = {
    Way.FILE: "as Medicare pays",
    Way.UNITS: "as two services",
    Way.MANUAL: "agreed case by case",
}
_PARTS = (
    Modifier("26", "The reading of a test, without the equipment", "the row 26 of the file",
             "the work of that row"),
    Modifier("TC", "The technical part of a test, without the reading", "the row TC of the file",
             "none: it has no work"),
)  # fmt: skip
_NEUTRAL = (
    Neutral(("24",), "A visit after surgery that has nothing to do with the operation"),
    Neutral(("25",), "A visit on the day of a procedure, with a reason of its own"),
    Neutral(("57",), "The visit at which a major operation was decided on"),
    Neutral(("59", "XE", "XP", "XS", "XU"), "A separate service that would otherwise be bundled"),
    Neutral(("RT", "LT"), "The right side, the left side"),
    Neutral(
        ("GC",), "A resident took part, and the teaching physician was there for the key part"
    ),
    Neutral(("GE",), "A resident’s visit under the primary-care exception"),
    Neutral(("AI",), "The physician who admits a patient and leads the care"),
    Neutral(("93", "95"), "By telephone, or by live video"),
    Neutral(("33", "PT"), "Preventive, or a screening that became a treatment: no cost sharing"),
    Neutral(("GP", "GO", "GN"), "Under a plan of physical, occupational or speech therapy"),
    Neutral(("KX",), "What the rule asks for is in the record"),
    Neutral(("GA",), "The patient was told in writing that Medicare may not pay"),
    Neutral(("Q5", "Q6"), "A substitute physician"),
)


def parts() -> tuple[Modifier, ...]:
    """Return the modifiers that name one part of a test."""
    return _PARTS


def changing() -> list[Modifier]:
    """Return the modifiers that change an amount or a credit, in the order of the rules."""
    return [
        Modifier(
            _name(rule.key),
            rule.case.removesuffix(" (51)"),
            rule.medicare,
            _credit(rule.key, rule.standard),
        )
        for rule in RULES
        if rule.key != "endoscopy"
    ]


def neutral() -> list[Neutral]:
    """Return those that change nothing, as far as this site's arithmetic knows them."""
    return [one for one in _NEUTRAL if NEUTRAL.issuperset(one.modifiers)]


def _name(key: str) -> str:
    return "51" if key == "rank" else key


def _credit(key: str, standard: Share) -> str:
    share = MEDICARE[key]
    return _WAYS[share] if isinstance(share, Way) else percent(share)
