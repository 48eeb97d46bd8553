"""A log of many entries for benchmarks: figures drawn from a fixed seed, written in bulk."""

import random
import uuid
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

CODES = (
    *(f"992{number}" for number in (11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33)),
    *("47562", "44970", "49650", "44204", "45385", "45380", "45378", "43239", "43235", "20610"),
    *("27447", "27130", "70450", "70551", "93000", "93306", "11042", "12001", "36415", "99291"),
)
MODIFIERS = ("", "", "", "", "", "25", "50", "62", "80", "LT", "51", "59,RT")
ROLES = ("performed", "performed", "assisted")
WORKING = [
    {"label": "Work RVUs of 47562", "value": "10.47"},
    {"label": "Two surgeons (62)", "factor": "× 0.625", "value": "6.54375"},
]
BATCH = 5000


def write_log(
    user: Any, entries: int, first: date, days: int, *, seed: int, contract: Any = None
) -> None:
    """Give `user` so many entries, spread over the days from `first` on, at three sites."""
    from django.utils import timezone

    from accounts.models import Procedure, Site

    sites = [None, *(Site.objects.create(user=user, name=name) for name in ("A", "B", "C"))]
    draw = random.Random(seed)
    now = timezone.now()
    values = [Decimal(draw.randrange(1, 30_000_000)).scaleb(-6) for _ in range(400)]

    def entry(number: int) -> Procedure:
        kind = draw.choices(("official", "estimate", "asa", "none"), (17, 1, 1, 1))[0]
        return Procedure(
            user=user,
            key=uuid.UUID(int=draw.getrandbits(128)),
            performed_on=first + timedelta(days=number * days // entries),
            hcpcs=draw.choice(CODES),
            modifiers=draw.choice(MODIFIERS),
            site=draw.choice(sites),
            role=draw.choice(ROLES),
            contract=contract,
            kind=kind,
            work_rvu=Decimal("10.47"),
            wrvu=draw.choice(values) if kind in {"official", "estimate"} else Decimal(0),
            asa_units=Decimal("12.5") if kind == "asa" else None,
            release="2026C",
            working=WORKING,
            logged_at=now,
            changed_at=now,
        )

    made = (entry(number) for number in range(entries))
    while batch := list(islice(made, BATCH)):
        Procedure.objects.bulk_create(batch)
