"""The indicators of the federal file: what each value means, and how many rows carry it."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from codes import browse, indicators
from codes.models import Rate
from codes.shown import Shown


class Value(NamedTuple):
    """A value of an indicator: its count, and the list of its codes where there is one."""

    value: str
    words: str
    count: int
    url: str = ""


class Indicator(NamedTuple):
    """A column of the file. `question` is what a reader finds out from it."""

    slug: str
    name: str
    question: str
    values: list[Value]


_COLUMNS: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
    ("pctc", "PC/TC indicator", "May 26 or TC be added?", indicators.PCTC),
    ("global_days", "Global period", "Which care before and after is in the fee?",
     indicators.GLOBAL_DAYS),
    ("mult_proc", "Multiple procedures", "What happens to a second service that day?",
     indicators.MULT_PROC),
    ("bilat", "Both sides", "Does doing both sides raise the amount?", indicators.BILAT),
    ("asst", "Assistant surgeon", "Is an assistant paid?", indicators.ASST),
    ("cosurg", "Co-surgeons", "May two surgeons bill together?", indicators.COSURG),
    ("team", "Surgical team", "May a team bill together?", indicators.TEAM),
    ("supervision", "Supervision of tests", "How near must the physician be?",
     indicators.SUPERVISION),
    ("img_family", "Imaging family", "Does the reduction of imaging apply?",
     indicators.IMG_FAMILY),
)  # fmt: skip


def statuses(state: Shown) -> list[Value]:
    """Return the status letters of the whole release, counted in codes."""
    counts = browse.whole(state).statuses
    has_list = dict.fromkeys(counts, "")
    if state.schedule and state.schedule.is_complete:
        address = reverse("codes:list")
        has_list = {letter: f"{address}?{urlencode({'status': letter})}" for letter in counts}
    return [
        Value(
            letter,
            indicators.status(letter).sentence.format(code="the code"),
            counts[letter],
            has_list[letter],
        )
        for letter in sorted(counts)
    ]


def others(state: Shown) -> list[Indicator]:
    """Return the other indicators, counted in rows (a code with each of its modifiers)."""

    def read() -> list[Indicator]:
        names = [name for name, *_ in _COLUMNS]
        counts: dict[str, Counter[str]] = {name: Counter() for name in names}
        for row in Rate.objects.filter(schedule=state.schedule).order_by().values_list(*names):
            for name, value in zip(names, row, strict=True):
                counts[name][value] += 1
        return [
            Indicator(
                name.replace("_", "-"),
                label,
                question,
                [
                    Value(value, indicators.word(words, value), counts[name][value])
                    for value in sorted(counts[name])
                ],
            )
            for name, label, question, words in _COLUMNS
        ]

    return state.remember("indicators counted", read)
