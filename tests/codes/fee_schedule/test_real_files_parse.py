"""CMS's own files, which stand beside the repository where somebody has them."""

import csv
import io
import time
from decimal import Decimal
from pathlib import Path

import pytest

from codes.fee_schedule.parse import pprrvu, tables
from codes.fee_schedule.read import read
from codes.fee_schedule.records import FileError, Package, RateRow
from tests.codes.fee_schedule import federal
from tests.conftest import missing

FOLDERS = {  # the release, its rows, and its conversion factor
    "converted/rvu20a": ("2020A", 17_236, "36.0896"),
    "converted/rvu21a": ("2021A", 17_327, "34.8931"),
    "converted/rvu24ar": ("2024AR", 18_499, "33.2875"),
    "converted/rvu25a": ("2025A", 18_865, "32.3465"),
    "converted/rvu26b": ("2026B", 19_277, "33.4009"),
    "rvu22a": ("2022A", 17_600, "34.6062"),
    "rvu25d": ("2025D", 19_090, "32.3465"),
    "rvu26b": ("2026B", 19_277, "33.4009"),
    "rvu26c": ("2026C", 19_356, "33.4009"),
}


@pytest.fixture(scope="module")
def cms(shared_folder) -> Path:
    folder = shared_folder / "data" / "cms"
    if not folder.is_dir():
        missing("The folder ../shared/data/cms")
    return folder


@pytest.fixture(scope="module")
def packages(cms):
    """Packages by folder, each read once."""
    found: dict[str, Package] = {}

    def package(name: str) -> Package:
        if name not in found:
            found[name] = read([cms / name])
        return found[name]

    return package


def by_key(rows: list[RateRow]) -> dict[tuple[str, str], RateRow]:
    return {(row.hcpcs, row.modifier): row for row in rows}


@pytest.mark.parametrize(("folder", "facts"), FOLDERS.items())
def test_every_folder_reads_as_its_release(packages, folder, facts):
    package = packages(folder)
    release, rows, factor = facts
    assert package.release == release
    assert len(package.rates) == rows
    assert package.conversion_factor == Decimal(factor)
    assert package.copyright_year in {int(release[:4]), int(release[:4]) - 1}
    for row in package.rates:
        assert row.work_rvu + row.pe_nonfac + row.mp_rvu == row.total_nonfac
        assert row.work_rvu + row.pe_fac + row.mp_rvu == row.total_fac


def test_july_2026(packages):
    package = packages("rvu26c")
    assert len({row.hcpcs for row in package.rates}) == 17_096
    assert len(package.localities) == 109
    assert by_key(package.rates)["99213", ""].total_nonfac == Decimal("2.85")
    assert by_key(package.rates)["99213", ""].total_fac == Decimal("1.72")
    assert sum(row.not_used for row in package.rates) == 158
    manhattan = next(row for row in package.localities if row.name == "MANHATTAN")
    assert manhattan[:3] == ("13202", "01", "NY")
    assert manhattan[4:] == (Decimal("1.064"), None, Decimal("1.162"), Decimal("1.586"))


def test_april_to_july_2026(packages):
    april, july = by_key(packages("rvu26b").rates), by_key(packages("rvu26c").rates)
    assert len(july.keys() - april.keys()) == 79
    assert not april.keys() - july.keys()
    both = april.keys() & july.keys()
    assert sum(april[key].status != july[key].status for key in both) == 30
    assert all(april[key].work_rvu == july[key].work_rvu for key in both)


def test_april_as_text_equals_its_converted_csv(packages):
    assert packages("rvu26b").rates == packages("converted/rvu26b").rates
    assert by_key(packages("rvu26b").rates)["A2044", ""].descriptor.split() != []


def test_october_2025_is_whole(packages):
    package = packages("rvu25d")
    assert [(member.kind, member.rows) for member in package.members] == [
        ("PPRRVU", 19_090),
        ("GPCI", 109),
        ("ANES", 109),
        ("LOCCO", 208),
        ("OPPSCAP", 16_100),
    ]
    # The text twins of all but the counties hold the same.
    assert sum("holds the same rows as" in note for note in package.notes) == 4
    assert package.anesthesia_factor == Decimal("20.3178")
    assert "Ignored, being none of the files that can be imported: RVU25D.pdf." in package.notes


def test_counties(packages):
    counties = packages("rvu25d").counties
    names = {(row.state, row.name) for row in counties}
    assert {row.state for row in counties} >= {"DC", "GU", "HI", "MD", "PR", "VA", "VI"}
    assert ("VA", "Falls Church City") in names
    assert ("MD", "Prince George's") in names
    assert ("CA", "Oragnge") in names  # as CMS misspells it
    assert ("GA", "DeKalb") in names
    assert [row for row in counties if row.number == "99" and row.mac == "05302"] == [
        ("MO", "All other counties", "05302", "99")
    ]


def test_localities_of_all_years(packages):
    for folder, count in (("converted/rvu20a", 112), ("converted/rvu21a", 112), ("rvu22a", 112)):
        assert len(packages(folder).localities) == count
        assert all(len(row.state) == 2 for row in packages(folder).localities)
    assert "lost leading zeros were put back: 81 in column MAC" in packages("rvu22a").notes[0]
    assert {row.mac for row in packages("rvu22a").localities} >= {"02102", "13202"}
    assert all(row.work_gpci_unfloored for row in packages("rvu26b").localities)


def test_zip_codes(cms, packages):
    package = packages("zip_locality")
    assert (package.release, package.zip_quarter) == ("", "20254")
    assert len(package.zip_codes) == 42_956
    assert sum(row.needs_plus_four for row in package.zip_codes) == 580
    # Their localities are those of the indices of 2026.
    whole = read([cms / "zip_locality", cms / "rvu26c"])
    assert (len(whole.zip_codes), len(whole.localities)) == (42_956, 109)


def test_descriptions(packages):
    assert len(packages("hcpcs").descriptors) == 6_710
    assert len(packages("converted/hcpcs").descriptors) == 8_463
    texts = dict(packages("hcpcs").descriptors)
    assert texts["A0021"] == federal.descriptions()["A0021"]
    assert max(map(len, texts.values())) > 1000  # joined from many records


def test_all_folders_at_once_are_refused(cms):
    with pytest.raises(FileError, match="Two releases at once"):
        read([cms])


@pytest.mark.parametrize(
    "name", ["rvu26c/PPRRVU2026_Jul_nonQPP.csv", "converted/rvu25a/PPRRVU25_JAN.restored.csv"]
)
def test_a_file_saved_again_in_a_spreadsheet_is_restored(cms, packages, tmp_path, name):
    path = tmp_path / "resaved.csv"
    path.write_bytes(federal.resaved((cms / name).read_bytes()))
    package = read([path])
    assert package.rates == packages(name.rsplit("/", 1)[0]).rates
    assert len(package.notes) == 2


def test_strictness_costs_little(cms):
    """Compared with taking any cell as it comes. About twice the time, on a quiet machine."""
    content = (cms / "rvu26c/PPRRVU2026_Jul_nonQPP.csv").read_bytes()

    def carelessly():
        rows = csv.reader(io.StringIO(content.decode("cp1252"), newline=""))
        return list(map(RateRow._make, list(rows)[10:]))

    def strictly():
        return pprrvu.parse_csv("P.csv", tables.decode("P.csv", content)).rows

    def fastest(read) -> float:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            assert len(read()) == 19_356
            times.append(time.perf_counter() - started)
        return min(times)

    assert fastest(strictly) < 4 * fastest(carelessly)
