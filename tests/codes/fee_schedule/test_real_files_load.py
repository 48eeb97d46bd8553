"""Every release of ../shared loaded, and read back against files parsed in the simplest way."""

import csv
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import islice

import pytest
from django.db import transaction
from django.db.models import Count

from codes.fee_schedule import known
from codes.fee_schedule.activate import show
from codes.fee_schedule.compare import Reason, compare, efficiency_adjusted
from codes.fee_schedule.database import Refused
from codes.fee_schedule.examine import examine
from codes.fee_schedule.load import Outcome, load
from codes.fee_schedule.read import read
from codes.fee_schedule.records import RateRow
from codes.fee_schedule.standings import rate_rows
from codes.fee_schedule.status import checksum
from codes.models import (
    CategoryStatistics,
    Code,
    Descriptor,
    FeeSchedule,
    Locality,
    OppsCap,
    Rate,
    Standing,
    ZipRange,
)
from codes.payment import NATIONAL, Setting, price

pytestmark = [pytest.mark.real_files, pytest.mark.xdist_group("real_files")]

RELEASES = {
    "2020A": ("converted/rvu20a", 17_236),
    "2021A": ("converted/rvu21a", 17_327),
    "2022A": ("rvu22a", 17_600),
    "2024AR": ("converted/rvu24ar", 18_499),
    "2025A": ("converted/rvu25a", 18_865),
    "2025D": ("rvu25d", 19_090),
    "2026B": ("rvu26b", 19_277),
    "2026C": ("rvu26c", 19_356),
}
PAYABLE = {"A", "R", "T"}
LAST_IN_ORDER = {True: "V5364", False: "99607"}


@pytest.fixture(scope="module")
def cms(shared_folder):
    return shared_folder / "data" / "cms"


@pytest.fixture(scope="module")
def releases(cms, django_db_setup, django_db_blocker):
    """All releases in one transaction that is undone when these tests are over."""
    with django_db_blocker.unblock(), transaction.atomic():
        for release, (folder, _) in RELEASES.items():
            load(read([cms / folder], release=release), confirmed=True)
        load(read([cms / "zip_locality" / "ZIP5_OCT2025.txt"]))
        load(read([cms / "hcpcs" / "2020-Alpha-Numeric-HCPCS-File.zip"]))
        load(read(sorted((cms / "converted" / "hcpcs").glob("*.csv"))))
        show(FeeSchedule.objects.get(release="2026C"))
        yield {schedule.release: schedule for schedule in FeeSchedule.objects.all()}
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def july(cms):
    """RVU26C as (code, modifier): cells."""
    with (cms / "rvu26c" / "PPRRVU2026_Jul_nonQPP.csv").open(
        encoding="cp1252", newline=""
    ) as file:
        return {(cells[0], cells[1]): cells for cells in islice(csv.reader(file), 10, None)}


def test_every_row_of_every_release_is_there(releases):
    counts = Rate.objects.order_by().values_list("schedule__release").annotate(Count("pk"))
    expected = {release: rows for release, (_, rows) in RELEASES.items()}
    assert dict(counts) == expected
    assert {s.release: s.row_count for s in releases.values()} == expected
    assert releases["2026C"].code_count == 17_096
    assert releases["2024AR"].conversion_factor == Decimal("33.2875")
    assert releases["2020A"].copyright_year in {2019, 2020}
    assert not any("conversion factor" in note for s in releases.values() for note in s.notes)


def test_two_hundred_codes_cell_by_cell(releases, july):
    marks = {True: {"not_used": "+", "nonfac_na": "NA", "fac_na": "NA"}}
    codes = sorted({hcpcs for hcpcs, _ in july})
    chosen = {*random.Random(26).sample(codes, 200), "99213", "70450", "86153", "GXXX1", "0001F"}
    rates = Rate.objects.filter(schedule=releases["2026C"], code__in=chosen)
    assert {(rate.hcpcs, rate.modifier) for rate in rates} == {
        key for key in july if key[0] in chosen
    }
    for rate in rates:
        printed = []
        for name in RateRow._fields:
            value = getattr(rate, name)
            printed.append(
                marks.get(value, {}).get(name, "") if isinstance(value, bool) else str(value)
            )
        assert printed == july[rate.hcpcs, rate.modifier], rate


def test_a_hundred_codes_of_every_other_release(releases, cms):
    files = {
        "2020A": "converted/rvu20a/PPRRVU20_JAN.converted.csv",
        "2022A": "rvu22a/PPRRVU22_JAN.csv",
        "2025A": "converted/rvu25a/PPRRVU25_JAN.restored.csv",
        "2025D": "rvu25d/PPRRVU2025_Oct.csv",
        "2026B": "converted/rvu26b/PPRRVU2026_Apr_nonQPP.from_txt.csv",
    }
    for release, name in files.items():
        with (cms / name).open(encoding="cp1252", newline="") as file:
            lines = [cells for cells in csv.reader(file) if len(cells) > 30 and len(cells[0]) == 5]
        lines = [cells for cells in lines if cells[0] != "HCPCS"]
        for cells in random.Random(release).sample(lines, 100):
            rate = Rate.objects.get(
                schedule=releases[release], code=cells[0], modifier=cells[1].strip()
            )
            assert rate.status == cells[3]
            for column, attribute in (
                (5, "work_rvu"),
                (6, "pe_nonfac"),
                (8, "pe_fac"),
                (10, "mp_rvu"),
                (11, "total_nonfac"),
                (12, "total_fac"),
            ):
                assert str(getattr(rate, attribute)) == cells[column], (release, cells[:2])


def test_work_of_an_office_visit_through_the_years(releases):
    work = Rate.objects.filter(code="99213").order_by("schedule__release")
    assert [str(rate.work_rvu) for rate in work] == ["0.97"] + ["1.30"] * 7


def test_april_to_july_2026(releases):
    result = compare(rate_rows(releases["2026B"]), rate_rows(releases["2026C"]), "2026B", "2026C")
    assert (len(result.added), len(result.gone)) == (79, 0)
    counts = result.counts()
    assert counts[Reason.STATUS] == 30
    assert counts[Reason.EFFICIENCY] == counts[Reason.REVALUED] == 0
    assert counts[Reason.PRACTICE_EXPENSE] == 1  # A4100
    assert counts[Reason.GLOBAL_PERIOD] == 1
    changes = Counter(
        Standing.objects.filter(schedule=releases["2026C"]).values_list("change", flat=True)
    )
    assert (changes["new"], changes["status"], changes["work"]) == (67, 30, 0)


def test_the_efficiency_adjustment_of_2026(releases):
    old = {(row.hcpcs, row.modifier): row for row in rate_rows(releases["2025D"])}
    new = {(row.hcpcs, row.modifier): row for row in rate_rows(releases["2026C"])}
    both = [
        (old[key], row)
        for key, row in new.items()
        if key in old
        and {row.status, old[key].status} <= PAYABLE
        and row.work_rvu
        and old[key].work_rvu
    ]
    adjusted = [b.work_rvu for a, b in both if b.work_rvu == efficiency_adjusted(a.work_rvu)]
    rest = [(a, b) for a, b in both if b.work_rvu != efficiency_adjusted(a.work_rvu)]
    unchanged = [b for a, b in rest if a.work_rvu == b.work_rvu]
    assert (len(both), len(adjusted), len(unchanged)) == (8_118, 7_633, 430)
    changed = compare([a for a, _ in both], [b for _, b in both], "2025D", "2026C").counts()
    assert changed[Reason.REVALUED] == len(rest) - len(unchanged) == 55


def test_categories_and_standings_of_july_2026(releases):
    standings = Standing.objects.filter(schedule=releases["2026C"])
    assert standings.count() == 17_096
    paid = Rate.objects.filter(schedule=releases["2026C"], status__in=PAYABLE, not_used=False)
    assert paid.values("code").distinct().count() == 8_710
    assert paid.filter(work_rvu__gt=0).values("code").distinct().count() == 7_395
    # A code counts by its row without modifier: of 116 it is priced by contractors, and only
    # the reading (26) has RVUs.
    assert standings.filter(is_payable=True).count() == 8_594
    assert standings.filter(is_payable=True, work_rvu__gt=0).count() == 7_279
    digestive = CategoryStatistics.objects.get(
        schedule=releases["2026C"], category__slug="digestive"
    )
    assert (digestive.codes, digestive.payable, digestive.with_work) == (898, 854, 846)
    assert sum(digestive.histogram["counts"]) == 846
    assert standings.get(code="47562").below == 495
    g_codes = CategoryStatistics.objects.get(schedule=releases["2026C"], category__slug="g-codes")
    assert (g_codes.codes, g_codes.payable, g_codes.without_work) == (1_276, 211, 20)
    knee = standings.get(code="27447")
    assert (knee.national_nonfac, knee.national_fac) == (None, Decimal("1159.35"))


def test_national_amounts_are_those_of_the_arithmetic(releases):
    schedule = releases["2026C"]
    amounts = {
        hcpcs: amounts
        for hcpcs, *amounts in Standing.objects.filter(
            schedule=schedule, is_payable=True
        ).values_list("code", "national_nonfac", "national_fac")
    }
    rates = Rate.objects.filter(schedule=schedule, modifier="", code__in=[*amounts][:1000])
    for rate in rates:
        expected = [
            price(rate, setting, NATIONAL, schedule.conversion_factor).amount
            for setting in (Setting.NONFACILITY, Setting.FACILITY)
        ]
        assert amounts[rate.hcpcs] == expected, rate


def test_what_stands_beside_the_rates(releases):
    october = releases["2025D"]
    assert Locality.objects.filter(schedule=october).exclude(anesthesia_factor=None).count() == 109
    assert OppsCap.objects.filter(schedule=october).count() == 16_100
    assert october.anesthesia_factor == Decimal("20.3178")
    assert october.counties.count() > 100
    assert releases["2026B"].localities.filter(work_gpci_unfloored=None).count() == 0
    manhattan = releases["2026C"].localities.get(mac="13202", number="01")
    assert [str(index) for index in manhattan.gpcis] == ["1.064", "1.162", "1.586"]


def test_every_zip_code_is_in_exactly_one_range(releases, cms):
    lines = (cms / "zip_locality" / "ZIP5_OCT2025.txt").read_text("cp1252").splitlines()
    states = {"WK": "KS", "EK": "KS", "WM": "MO", "EM": "MO"}  # halves of a state
    expected = {
        line[2:7]: (
            states.get(line[:2], line[:2]),
            *(line[7:12], line[12:14], line[14].strip(), line[20] == "1"),
        )
        for line in lines
    }
    stored = {}
    for zips in ZipRange.objects.filter(quarter="20254"):
        for number in range(int(zips.first), int(zips.last) + 1):
            assert f"{number:05}" not in stored
            stored[f"{number:05}"] = (
                zips.state,
                zips.mac,
                zips.number,
                zips.rural,
                zips.needs_plus_four,
            )
    assert stored == expected
    assert {s.release for s in releases.values() if s.zip_quarter} >= {"2025D", "2026C"}


def test_descriptors_have_their_owners(releases):
    owners = Counter(Descriptor.objects.values_list("owner", flat=True))
    assert owners.keys() == {"CMS"} | {"ADA"} & owners.keys()
    assert owners["CMS"] > 4_000
    assert Descriptor.objects.get(code="G0411").owner == "CMS"
    assert all(
        hcpcs.startswith("D")
        for hcpcs in Descriptor.objects.filter(owner="ADA").values_list("code", flat=True)
    )


def test_every_release_again_changes_nothing(releases, cms):
    before = checksum()
    report = load(read([cms / "rvu26c"]))
    assert report.outcome is Outcome.UNCHANGED
    report = load(read([cms / "rvu25d"], release="2025D"))
    assert report.outcome is Outcome.UNCHANGED
    assert checksum() == before


def test_a_copy_with_other_line_ends_changes_nothing(releases, cms, tmp_path):
    original = cms / "rvu26c" / "PPRRVU2026_Jul_nonQPP.csv"
    copy = tmp_path / original.name
    copy.write_bytes(b"\xef\xbb\xbf" + original.read_bytes().replace(b"\r\n", b"\n"))
    assert load(read([copy])).outcome is Outcome.UNCHANGED


def test_a_file_that_was_cut_at_the_end_of_a_line_asks(releases, cms, tmp_path):
    original = cms / "rvu26c" / "PPRRVU2026_Jul_nonQPP.csv"
    cut = tmp_path / original.name
    cut.write_bytes(b"".join(original.read_bytes().splitlines(keepends=True)[:-100]))
    question = examine(read([cut])).question
    assert "16,996 codes against 17,096 (0.6% fewer)" in question  # no V code has two rows
    assert "where 2026C goes on to V5364 with 100 more codes: it may have been cut off" in question


@pytest.mark.parametrize("release", RELEASES)
def test_no_whole_file_looks_cut_off_or_has_an_odd_factor(releases, release):
    schedule = releases[release]
    assert schedule.conversion_factor == known.conversion_factor(release)
    assert not any("known as" in note for note in schedule.notes)
    last = LAST_IN_ORDER[release >= "2025D"]
    assert Rate.objects.filter(schedule=schedule).latest("pk").code_id == last


def test_a_list_of_98_localities_is_refused(releases, cms):
    package = read([cms / "rvu26c" / "GPCI2026.csv"], release="2026C")
    genuine = package.localities
    invented = [row._replace(mac="99999", number=f"{n:02}") for n, row in enumerate(genuine[:2])]
    package.localities = [*genuine[:96], *invented]
    package.members = [replace(package.members[0], sha256="0" * 64)]
    with pytest.raises(
        Refused, match=r"GPCI2026\.csv has 98 localities, the file of ZIP codes of"
    ):
        load(package)
    assert Locality.objects.filter(schedule=releases["2026C"]).count() == 109


def test_no_code_is_without_a_category(releases):
    assert not Code.objects.filter(category__parent=None).exists()
