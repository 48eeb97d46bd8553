"""What an editor is told while writing about a code. Pure text and figures, and no Django.

It is built on content_checks, and knows one thing more: what the federal file says. Warnings never
keep anybody from saving, but for those that are wrong in fact: CPT said of a HCPCS code, and an
RVU that no loaded release gives.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from codes import taxonomy
from codes.content_checks import (
    HIGHEST_GRADE,
    LENGTHS,
    REPEATED_FROM,
    codes_in,
    figures_in,
    is_like,
    reading_grade,
    sentences,
    words,
    wrong_systems,
)

TEXTS = ("label", "description", "plain_language", "clinical_context", "billing")
FEWEST_SOURCES = 1

_QUOTED = re.compile(r"\(“[^”]*?([0-9][0-9,]*(?:\.[0-9]+)?)")
_SUMMED = re.compile(
    r"\b(?:together|both|sum|sums|combined|total(?:s|ing)? (?:of|for)|each|twice|plus|minus|less"
    r"|more|difference|average|median)\b",
    re.IGNORECASE,
)
_RVU = "an RVU ("


class Warned(NamedTuple):
    """What to look at in one part of a text; `is_wrong`: wrong in fact, not a matter of style."""

    field: str
    sentence: str
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the codes that a text speaks of.

    `figures` are the numbers of the active release by code: RVUs, totals, national amounts and
    factors. `earlier` are those of all other loaded releases. `descriptors` are the published
    wordings of this code that its owner does not give away; `elsewhere` names, by sentence, the
    other codes where it stands word for word.
    """

    release: str = ""
    figures: Mapping[str, frozenset[Decimal]] = field(default_factory=dict)
    earlier: Mapping[str, frozenset[Decimal]] = field(default_factory=dict)
    descriptors: tuple[str, ...] = ()
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def warnings(hcpcs: str, body: Mapping[str, Any], facts: Facts) -> list[Warned]:
    """Return what to look at in the body of a code's text, in the order of the form."""
    found = []
    for name, text in parts(body):
        found += _length_and_grade(name, text)
        found += _systems(hcpcs, name, text)
        found += _numbers(hcpcs, name, text, facts)
        found += _wording(hcpcs, name, text, facts)
    if len(body.get("sources", ())) < FEWEST_SOURCES:
        found.append(Warned("sources", "No source is named.", False))
    return list(dict.fromkeys(found))


def parts(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (field, text) for every piece of prose in a body: each question and note by itself."""
    for name in TEXTS:
        yield name, body.get(name) or ""
    for question, answer in body.get("questions", ()):
        yield "questions", f"{question}\n\n{answer}"
    for _code, _kind, note in body.get("related", ()):
        yield "related", note


def codes_named(hcpcs: str, body: Mapping[str, Any]) -> list[str]:
    """Return this code, then every other that its text names or relates to."""
    named = [code for _, text in parts(body) for code in codes_in(text)]
    named += [row[0] for row in body.get("related", ())]
    return list(dict.fromkeys([hcpcs, *named]))


def long_sentences(body: Mapping[str, Any]) -> list[str]:
    """Return the sentences that should stand on one code's page only."""
    return [
        sentence
        for name in TEXTS[1:]
        for sentence in sentences(body.get(name) or "")
        if len(words(sentence)) >= REPEATED_FROM
    ]


def _length_and_grade(name: str, text: str) -> Iterator[Warned]:
    if name in LENGTHS:
        fewest, most = LENGTHS[name]
        count = len(words(text))
        if count < fewest:
            yield Warned(name, f"Short: {count} words, of {fewest} to {most}.", False)
        if count > most:
            yield Warned(name, f"Long: {count} words, of {fewest} to {most}.", False)
    grade = reading_grade(text) if name == "plain_language" else 0.0
    if grade > HIGHEST_GRADE:
        yield Warned(
            name, f"Its reading level is grade {grade:.1f}, above {HIGHEST_GRADE:.0f}.", False
        )


def _systems(hcpcs: str, name: str, text: str) -> Iterator[Warned]:
    for phrase, code in wrong_systems(hcpcs, text):
        yield Warned(name, f"“{phrase}”: {code} is a HCPCS code, never CPT.", True)


def _numbers(hcpcs: str, name: str, text: str, facts: Facts) -> Iterator[Warned]:
    for sentence in sentences(text):
        others = [code for code in codes_in(sentence) if code in facts.figures]
        about = [hcpcs, *others]
        now = _numbers_of(about, facts.figures)
        before = _numbers_of(about, facts.earlier)
        for figure in figures_in(sentence):
            quoted = _QUOTED.search(figure)
            if quoted is None:
                continue
            number = Decimal(quoted[1].replace(",", ""))
            if number in now:
                continue
            if number in before:
                said = f"It gives {figure}, which is of an earlier release than {facts.release}."
                yield Warned(name, said, False)
                continue
            is_wrong = figure.startswith(_RVU) and bool(now) and not _SUMMED.search(sentence)
            where = f"the file ({facts.release})" if facts.release else "any file loaded here"
            said = f"It gives {figure}, which is not a number of {where} for {' or '.join(about)}."
            yield Warned(name, said, is_wrong)


def _numbers_of(codes: list[str], figures: Mapping[str, frozenset[Decimal]]) -> frozenset[Decimal]:
    return frozenset().union(*(figures.get(code, frozenset()) for code in codes))


def _wording(hcpcs: str, name: str, text: str, facts: Facts) -> Iterator[Warned]:
    owner = taxonomy.descriptor_owner(hcpcs)
    for sentence in sentences(text):
        if any(is_like(sentence, descriptor) for descriptor in facts.descriptors):
            yield Warned(
                name, f"“{sentence}” is too close to the {owner}’s wording: use your own.", False
            )
        codes = facts.elsewhere.get(sentence)
        if codes:
            others = ", ".join(codes[:3]) + (" and others" if codes[3:] else "")
            said = f"“{sentence}” stands word for word on {others}."
            yield Warned(name, said, False)
