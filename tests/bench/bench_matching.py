"""How long a log of 5,000 entries takes to match with a statement of 5,000 lines.

Run `python -m tests.bench.bench_matching` (an argument is another seed). The ratio is to sorting
the same two lists five times over: what no matching could do without, and a machine's own speed.
The last cases are the worst ones: all on one day, where looking at every pair would be quadratic.
"""

import random
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from accounts.matching import Entry, Knowledge, Line, match

SIZE = 5_000
FIRST = date(2026, 1, 1)
YEAR = Knowledge(FIRST, date(2026, 12, 31))
MODIFIERS = [(), (), (), ("59",), ("51",), ("26",), ("62",), ("LT", "59"), ("80",)]


def log(draw: random.Random, days: int, codes: int) -> list[Entry]:
    values = {code: Decimal(draw.randint(20, 3_000)) / 100 for code in range(codes)}
    entries = []
    for key in range(SIZE):
        code, units = draw.randrange(codes), draw.choice((1, 1, 1, 1, 2, 3))
        entries.append(
            Entry(
                key=key,
                day=FIRST + timedelta(draw.randrange(days)),
                code=f"{20_000 + code * 7:05}",
                modifiers=draw.choice(MODIFIERS),
                units=units,
                wrvu=values[code] * units,
                work_rvu=values[code],
                release="2025D",
                under_contract=True,
            )
        )
    return entries


def statement(draw: random.Random, entries: list[Entry]) -> list[Line]:
    """Four in five lines as logged; of the others each kind of difference, in equal parts."""
    lines = []
    for key, entry in enumerate(entries):
        day, code, modifiers, units, wrvu = (
            entry.day, entry.code, entry.modifiers, entry.units, entry.wrvu
        )  # fmt: skip
        if draw.random() > 0.8:
            change = draw.randrange(6)
            if change == 0:
                wrvu = wrvu / 2
            elif change == 1:
                day += timedelta(draw.choice((-3, -2, -1, 1, 2, 3)))
            elif change == 2:
                modifiers = draw.choice(MODIFIERS)
            elif change == 3:
                units += 1
            elif change == 4:
                code = code[:4] + draw.choice("0123456789")
            else:
                code = f"9{draw.randrange(10_000):04}"
        lines.append(Line(key, key + 2, day, code, modifiers, units, wrvu))
    draw.shuffle(lines)
    return lines


def best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main(seed: int) -> None:
    cases = {
        "a year, 60 codes": (365, 60),
        "a month, 300 codes": (30, 300),
        "one day, 1,000 codes": (1, 1_000),
        "one day, one code": (1, 1),
    }
    for name, (days, codes) in cases.items():
        draw = random.Random(seed)
        entries = log(draw, days, codes)
        lines = statement(draw, entries)
        mixed = draw.sample(entries, SIZE)
        taken = best(lambda e=mixed, s=lines: match(e, s, YEAR))

        def sort_both(some=mixed, others=lines) -> None:
            for _ in range(5):
                sorted(some, key=lambda e: (e.day, e.code, e.modifiers, e.units, e.wrvu))
                sorted(others, key=lambda e: (e.day, e.code, e.modifiers, e.units, e.wrvu))

        ratio = taken / best(sort_both)
        print(f"{name:<22} {taken:6.2f} s   {ratio:5.1f} × sorting both five times")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
