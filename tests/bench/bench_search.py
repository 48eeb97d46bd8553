"""How fast the search is, and what it takes, with as many entries as the fee schedule has codes.

Run `python -m tests.bench.bench_search` (an argument is another seed). The entries are made up:
words are drawn from a vocabulary of some 6,000 as unevenly as in real labels.
"""

import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator

from codes.search import Entry, Index

CODES = 17_096
CPT_CODES = 11_004
VOCABULARY = 6_000
EVERYDAY = """
removal repair biopsy injection imaging limited complete first each additional left right both
total partial open laparoscopic endoscopic scope scan ultrasound contrast without guided level
minutes office hospital visit new established patient test blood urine screening knee hip
shoulder ankle wrist hand foot spine neck chest heart lung kidney liver bladder gallbladder
stomach bowel colon skin breast brain head eye ear nose throat tooth bone joint muscle nerve
artery vein graft flap stent catheter tube implant fracture wound burn abscess tumor stone
hernia valve bypass replacement revision insertion drainage closure transfer release fusion
fixation exploration therapy training evaluation monitoring group family device supply drug dose
unit
"""
STARTS = """
cardi gastr neur oste arthr hepat nephr derm hemat cyst col lapar thorac crani myel angi phleb
aden lymph chol pancreat splen bronch laryng pharyng trache esophag duoden jejun ile rect ot
rhin ophthalm kerat retin blephar orchi vas prostat hyster salping oophor mast thyr pil ten
fasci chondr spondyl lamin disc encephal mening radicul gangli vag chor amni
"""
MIDDLES = ["o", "ico", "ato", "eno", "ulo", "ario", "ino", "emo", "alo", "oto"]
ENDS = """
itis ectomy otomy plasty scopy graphy gram pathy lysis desis pexy rrhaphy stomy centesis plegia
genic cele oma metry tripsy
"""


def vocabulary(draw: random.Random) -> list[str]:
    """Everyday words first, then made-up terms, in a fixed order for one seed."""
    starts, ends, everyday = STARTS.split(), ENDS.split(), EVERYDAY.split()
    built = [start + middle + end for start in starts for middle in MIDDLES for end in ends]
    draw.shuffle(built)
    return [*everyday, *built[: VOCABULARY - len(everyday)]]


def entries(draw: random.Random, words: list[str]) -> list[Entry]:
    weights = [1 / (rank + 8) for rank in range(len(words))]

    def phrase(shortest: int, longest: int) -> str:
        return " ".join(draw.choices(words, weights, k=draw.randint(shortest, longest)))

    categories = [phrase(2, 5) for _ in range(180)]
    numbers = sorted(draw.sample(range(100, 99_999), CPT_CODES))
    level_two = sorted(draw.sample(range(160_000), CODES - CPT_CODES))
    codes = [f"{number:05}" for number in numbers]
    codes += [
        f"{'ABCDEGHJKLMPQRSV'[number // 10_000]}{number % 10_000:04}" for number in level_two
    ]
    return [
        Entry(
            hcpcs=code,
            system="CPT" if code.isdigit() else "HCPCS",
            label=phrase(3, 9).capitalize(),
            synonyms=tuple(phrase(1, 4) for _ in range(draw.choice((0, 0, 1, 2, 3)))),
            words=f"{categories[place * len(categories) // CODES]} {phrase(2, 8)}",
            weight=draw.choice((0, 0, 0, 1, 2)),
        )
        for place, code in enumerate(codes)
    ]


def with_typo(draw: random.Random, word: str) -> str:
    at = draw.randrange(len(word) - 1)
    letter = draw.choice("abcdefghijklmnopqrstuvwxyz")
    return draw.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )


def queries(draw: random.Random, known: list[Entry]) -> dict[str, Callable[[], str]]:
    """For each kind of query, a function that makes one up."""

    def label() -> list[str]:
        return draw.choice(known).label.lower().split()

    def code() -> str:
        return draw.choice(known).hcpcs

    def some(most: int) -> str:
        words = label()
        return " ".join(draw.sample(words, min(most, len(words))))

    def prefix() -> str:
        word = draw.choice(label())
        return word[: draw.randint(1, max(1, len(word) - 1))]

    def typo() -> str:
        words = label()[:3]
        at = max(range(len(words)), key=lambda place: len(words[place]))
        words[at] = with_typo(draw, words[at])
        return " ".join(words)

    return {
        "exact code": lambda: (
            draw.choice(("", "cpt ", "HCPCS ")) + code() + draw.choice(("", "-25"))
        ),
        "part of a code": lambda: code()[: draw.randint(1, 4)],
        "prefix of a word": prefix,
        "one word": lambda: some(1),
        "two or three words": lambda: some(draw.randint(2, 3)),
        "a whole label": lambda: " ".join(label()),
        "a synonym": lambda: " ".join(draw.choice([e for e in known if e.synonyms]).synonyms[:1]),
        "words, one with a typo": typo,
        "a word of no entry": lambda: f"{some(1)} zzyzxqwert",
    }


def times(make: Callable[[], str], index: Index, rounds: int = 600) -> Iterator[float]:
    for query in [make() for _ in range(rounds)]:
        start = time.perf_counter()
        index.search(query)
        yield (time.perf_counter() - start) * 1000


def report(name: str, taken: list[float]) -> None:
    percentile_99 = statistics.quantiles(taken, n=100)[98]
    print(f"{name:<24} median {statistics.median(taken):7.3f} ms   p99 {percentile_99:7.3f} ms")


def main(seed: int) -> None:
    draw = random.Random(seed)
    words = vocabulary(draw)
    known = entries(draw, words)
    builds = []
    for _ in range(3):
        start = time.perf_counter()
        index = Index(known)
        builds.append(time.perf_counter() - start)
    print(f"{len(index)} entries, {len(words)} words, seed {seed}")
    print(f"first build {builds[0]:.2f} s, best of three {min(builds):.2f} s")

    every: list[float] = []
    for name, make in queries(draw, known).items():
        taken = list(times(make, index))
        report(name, taken)
        every += taken
    report("all of these", every)
    hostile = [
        "a" * 20_000,
        "x " * 10_000,
        "\0\ud800é" * 5_000,
        "kolonoskopi " * 1_600,
        "٣" * 20_000,
    ]
    slowest = max(taken for text in hostile for taken in times(lambda text=text: text, index, 3))
    print(f"slowest of 20 kB of odd text {slowest:.1f} ms")

    tracemalloc.start()
    measured = Index(known)
    for make in queries(draw, known).values():
        list(times(make, measured, 100))
    print(f"memory {tracemalloc.get_traced_memory()[0] / 1e6:.1f} MB, entries not counted")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
