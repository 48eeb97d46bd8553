"""How long percentiles take from a file of a million rows, against the csv module alone.

Run `python -m tests.bench.bench_benchmarks`. The file has the published layout: 120,000 clinicians
of 100 specialties, eight or nine rows each. Each way of reading runs in a process of its own, best
of two, so that its peak of memory is its own.
"""

import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from accounts import benchmark_file
from tests.accounts import published

ROWS = 1_000_000
CLINICIANS = 120_000
REAL_CLINICIANS = 1_200_000
RUNS = 2
CODES = 800


def rows() -> Iterator[list[str]]:
    pattern = published.row(0)
    places = [published.HEADINGS.index(name) for name in benchmark_file.COLUMNS]
    npi, kind, code, drug, place, patients, services = places
    for number in range(ROWS):
        clinician = number * CLINICIANS // ROWS
        one = pattern.copy()
        one[npi] = str(published.FIRST_NPI + clinician)
        one[kind] = f"Specialty {clinician % 100}"
        one[code] = f"{99000 + number * 7 % CODES}"
        one[drug] = "Y" if number % 20 == 0 else "N"
        one[place] = "OF"[number % 3 == 0]
        one[patients] = str(11 + number % 300)
        one[services] = str(11 + number * 13 % 2000) + (".5" if number % 50 == 0 else "")
        yield one


def csv_alone(path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for _ in csv.reader(stream, strict=True):
            pass


def digest(path: Path) -> None:
    benchmark_file.digest(path)


def percentiles(path: Path) -> None:
    worths = {f"{99000 + number}": 50 + number for number in range(CODES)}
    counting = benchmark_file.Worths(worths, worths)
    reading = benchmark_file.read(path, counting)
    assert (reading.rows, reading.bad_rows, len(reading.spreads)) == (ROWS, 0, 100), reading


WAYS = {way.__name__: way for way in (csv_alone, digest, percentiles)}


def run(way: str, path: str) -> None:
    """Print seconds, and megabytes at most, of one way of reading."""
    start = time.perf_counter()
    WAYS[way](Path(path))
    seconds = time.perf_counter() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measured(way: str, path: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "tests.bench.bench_benchmarks", way, str(path)]
    found = []
    for _ in range(RUNS):
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        found.append(tuple(map(float, answer.stdout.split())))
    return min(seconds for seconds, _ in found), max(memory for _, memory in found)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = published.write(Path(folder, "file.csv"), rows())
        megabytes = path.stat().st_size / 1024 / 1024
        print(f"{ROWS:,} rows, {megabytes:,.0f} MB, {CLINICIANS:,} clinicians")
        alone, floor = measured("csv_alone", path)
        print(f"csv.reader alone: {alone:.2f} s, {floor:.0f} MB")
        checked, memory = measured("digest", path)
        print(f"digest and encoding: {checked:.2f} s ({checked / alone:.2f}x), {memory:.0f} MB")
        read, memory = measured("percentiles", path)
        each = (memory - floor) * 1024 * 1024 / CLINICIANS
        whole = floor + each * REAL_CLINICIANS / 1024 / 1024
        print(f"percentiles: {read:.2f} s ({read / alone:.2f}x), {memory:.0f} MB")
        print(f"{each:.0f} bytes each: {whole:.0f} MB for {REAL_CLINICIANS:,} clinicians")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        run(*sys.argv[1:])
    else:
        main()
