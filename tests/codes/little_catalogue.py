"""A catalogue of three codes with made-up figures, for tests: real texts, copied to a folder."""

import re
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from codes import taxonomy
from codes.fee_schedule.records import CountyRow, LocalityRow, Member
from codes.starter import FOLDER, SPECIALTIES, read_texts, related_codes
from codes.starter_figures import (
    LOCALITIES,
    CategoryFacts,
    CodeFacts,
    CodeWording,
    Figures,
    Localities,
    ZipRun,
    figures_path,
    write,
)
from tests.factories import rate_row

FILES = ("blood-lymph.toml", "ear.toml", "j-codes.toml")
CODES = ("38525", "69436", "J1885")
SLUGS = (*(group.slug for group in taxonomy.GROUPS), *taxonomy.LEAF_SLUGS)


def copy(folder: Path) -> Path:
    """Copy three texts, and write figures of 2025D and 2026C that go with them."""
    shutil.copy(FOLDER / SPECIALTIES, folder / SPECIALTIES)
    for name, code in zip(FILES, CODES, strict=True):
        (folder / name).write_text(_text_of(code, FOLDER / name), encoding="utf-8")
    named = sorted(related_codes(read_texts(folder)))
    write(figures_path("2025D", folder), figures("2025D", work="7.00", factor="32.3465"))
    newest = figures(
        "2026C",
        named=named,
        wordings=[CodeWording("J1885", "A drug, as CMS words it", "HCPC2025.txt")],
    )
    write(figures_path("2026C", folder), newest)
    write(folder / LOCALITIES, localities())
    return folder


def _text_of(code: str, path: Path) -> str:
    """Return the table of one code; its file grows as the catalogue does."""
    tables = re.split(r"(?m)^(?=\[\[code\]\]$)", path.read_text(encoding="utf-8"))
    return next(table for table in tables if f'code = "{code}"\nlabel' in table)


def figures(release: str, work: str = "6.50", factor: str = "33.4009", **values) -> Figures:
    """Return figures of 1,000 codes, of which three are known. 38525 stands above 400."""
    rows = [
        rate_row("38525", descriptor="", global_days="090", work_rvu=work, bilat="1"),
        rate_row("69436", descriptor="", global_days="010", work_rvu="2.01"),
        rate_row("J1885", descriptor="A drug", status="E", work_rvu=0, pe_nonfac=0, pe_fac=0,
                 mp_rvu=0),
    ]  # fmt: skip
    made = Figures(
        release=release,
        released_on=date(2026, 6, 30),
        copyright_year=2025,
        conversion_factor=Decimal(factor),
        qp_conversion_factor=None,
        anesthesia_factor=Decimal("20.4976"),
        qp_anesthesia_factor=None,
        row_count=1100,
        code_count=1000,
        sources=[Member(f"PPRRVU{release}.csv", "PPRRVU", f"{release}".ljust(64, "0"), 1100)],
        named=[],
        rates=[row._replace(conv_factor=Decimal(factor)) for row in rows],
        codes=[
            CodeFacts("38525", 400, [["38500", "3.50"], ["38530", "8.00"]], "work", Decimal("7")),
            CodeFacts("69436", 12, [], "", Decimal("2.01")),
            CodeFacts("J1885", None, [], "new", None),
        ],
        categories=[category(slug) for slug in SLUGS],
        wordings=[],
    )
    return replace(made, **values)


def category(slug: str) -> CategoryFacts:
    """Return facts of a category with 71 codes, 60 of them payable, 50 with work."""
    return CategoryFacts(
        slug, 71, 60, 50, {"A": 60, "C": 11}, Decimal("1.00"), Decimal("2.00"), Decimal("3.00"),
        Decimal("4.00"), Decimal("9.00"), {"width": "1", "counts": [0, 50]},
    )  # fmt: skip


def localities() -> Localities:
    one = Decimal("1.000")
    return Localities(
        release="2026C",
        zip_quarter="20254",
        sources=[
            Member("GPCI2026.csv", "GPCI", "6" * 64, 2),
            Member("25LOCCO.csv", "LOCCO", "5" * 64, 1),
            Member("ZIP5_OCT2025.txt", "ZIP5", "2" * 64, 3),
        ],
        localities=[
            LocalityRow("10112", "00", "AL", "ALABAMA", one, None, one, one),
            LocalityRow("02102", "01", "AK", "ALASKA*", one, None, one, one),
        ],
        counties=[CountyRow("AL", "All counties", "10112", "00")],
        zip_codes=[
            ZipRun("35004", "36925", "AL", "10112", "00", False),
            ZipRun("99501", "99950", "AK", "02102", "01", False),
        ],
    )


def change(path: Path, pattern: str, replacement: str) -> None:
    """Replace the first match in a file, which must have one."""
    text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=1)
    assert count, f"{pattern} is not in {path.name}"
    path.write_text(text, encoding="utf-8")
