"""How long 17,000 code texts take out of the database and back, as CSV and as XLSX.

Run `python -m tests.bench.bench_exchange`, on PostgreSQL with TEST_DATABASE_URL. Each text has
3 KB, three questions, two related codes and two specialties. The file is examined as it was
exported (0 rows differ) and then with a word changed in 500 rows, which are stored as drafts.
Seconds of the clock, and the most memory that the step held beyond the rows themselves.
"""

import csv
import os
import random
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import tests.environment  # noqa: F401  (the settings need it)

TEXTS = 17_000
CHANGED = 500
PROSE = """
the code names one visit of a patient who has been seen before and needs little more than a short
look at what was found last time with advice on medicine wounds bones and sleep while billing asks
for notes that say why how long and who was there when it was done
"""
WORDS = PROSE.split()


def fill() -> None:
    from codes.models import Category, Code, CodeContent, Question, RelatedCode, Specialty

    chance = random.Random(1)

    def text(words: int) -> str:
        spoken = " ".join(chance.choice(WORDS) for _ in range(words))
        return f"{spoken[:1].upper()}{spoken[1:]}."

    category = Category.objects.create(slug="all", name="All", position=1)
    codes = Code.objects.bulk_create(
        Code(hcpcs=f"{10_000 + number}", category=category) for number in range(TEXTS)
    )
    specialties = Specialty.objects.bulk_create(
        Specialty(slug=f"s{number}", name=f"Specialty {number:02}") for number in range(30)
    )
    contents = CodeContent.objects.bulk_create(
        CodeContent(
            code=code,
            label=text(6)[:120],
            synonyms=[text(2), text(3)],
            description=text(30),
            plain_language=text(90),
            clinical_context=f"{text(60)}\n\n- {text(30)}\n- {text(30)}",
            billing=text(120),
            sources=["CMS Physician Fee Schedule, RVU26C", text(4)],
        )
        for code in codes
    )
    CodeContent.specialties.through.objects.bulk_create(
        CodeContent.specialties.through(codecontent=content, specialty=specialty)
        for content in contents
        for specialty in chance.sample(specialties, 2)
    )
    Question.objects.bulk_create(
        Question(content=content, position=place, question=text(8)[:200], answer=text(30))
        for content in contents
        for place in range(3)
    )
    RelatedCode.objects.bulk_create(
        RelatedCode(content=content, code=code, kind="with", note=text(8), position=place)
        for content in contents
        for place, code in enumerate(chance.sample(codes, 2))
    )


def timed(name: str, run: Callable[[], object]) -> object:
    start = time.perf_counter()
    result = run()
    print(f"{name:34} {time.perf_counter() - start:6.1f} s")
    return result


def held(name: str, run: Callable[[], object]) -> None:
    tracemalloc.start()
    run()
    print(f"{name:34} {tracemalloc.get_traced_memory()[1] / 1024**2:6.0f} MB at most")
    tracemalloc.stop()


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "rvuedge.settings"
    import django

    django.setup()
    from django.db import connection

    with tempfile.TemporaryDirectory() as folder:
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "bench.sqlite3")
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            measure(Path(folder))
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def measure(folder: Path) -> None:
    from django.core.management import call_command

    from codes.models import CodeContent
    from rvuedge.exchange import Layout, examine_file, import_file
    from rvuedge.spreadsheets import harmless, read, restored, write_xlsx

    fill()
    layout = Layout(CodeContent)
    csv_file, xlsx_file = folder / "texts.csv", folder / "texts.xlsx"
    for path in (csv_file, xlsx_file):
        timed(
            f"export {path.suffix}",
            lambda p=path: call_command("export_content", "codecontent", p),
        )
        print(f"{'size':34} {path.stat().st_size / 1024**2:6.1f} MB")
        report = timed(f"re-import {path.suffix}", lambda p=path: examine_file(layout, p))
        assert (report.rows, report.changed, report.wrong) == (TEXTS, 0, 0), report
        held(f"memory of re-import {path.suffix}", lambda p=path: examine_file(layout, p))

    rows = [list(row) for _, row in read(csv_file)]
    place = rows[0].index("billing")
    for row in rows[1 : CHANGED + 1]:
        row[place] = restored(row[place]) + " One word more."
    with csv_file.open("w", newline="") as stream:
        csv.writer(stream).writerows([harmless(cell) for cell in row] for row in rows)
    with xlsx_file.open("wb") as stream:
        write_xlsx(rows, stream)
    report = timed(f"dry run, {CHANGED} rows", lambda: examine_file(layout, csv_file))
    assert (report.changed, report.wrong) == (CHANGED, 0), report
    timed("their differences", lambda: [one.differences for one in report.changes])
    timed(f"import, {CHANGED} rows", lambda: import_file(layout, csv_file, None, "texts.csv"))
    report = examine_file(layout, csv_file)
    assert (report.changed, report.wrong) == (0, 0), report


if __name__ == "__main__":
    main()
