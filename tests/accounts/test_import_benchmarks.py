"""import_benchmarks: what is stored, what is said, and that a year is replaced whole or not."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Benchmark
from tests.accounts.published import ladder, row, write
from tests.factories import FeeScheduleFactory, RateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path):
    return tmp_path / "MUP_PHY_R25_P05_V20_D23_Prov_Svc.csv"


@pytest.fixture
def release():
    schedule = FeeScheduleFactory(release="2023A")
    RateFactory(schedule=schedule, code__hcpcs="99213")
    return schedule


def run(path, **options):
    said = StringIO()
    call_command("import_benchmarks", path, stdout=said, **options)
    return said.getvalue()


def test_percentiles_are_stored_with_all_that_tells_what_they_are(path, release):
    """31 clinicians with 130, 260, … 4,030: the 10th percentile is the fourth."""
    write(path, [*ladder("Urology", 31), *ladder("Nephrology", 29, first=50)])

    said = run(path, year=2023)

    one = Benchmark.objects.get()
    assert (one.year, one.release, one.specialty, one.clinicians, one.floor) == (
        2023,
        "2023A",
        "Urology",
        31,
        100,
    )
    assert [one.p10, one.p25, one.p50, one.p75, one.p90] == list(
        map(Decimal, ("520.00", "1105.00", "2080.00", "3055.00", "3640.00"))
    )
    assert one.source == path.name
    assert "1 specialties with 31 clinicians of 2023, work RVUs of 2023A." in said
    assert "1 specialties with fewer than 30 clinicians left out" in said


def test_the_year_is_read_in_the_name(path, release):
    run(write(path, ladder("Urology", 31)))
    assert Benchmark.objects.get().year == 2023


def test_the_same_bytes_say_so_and_other_rules_load_anew(path, release):
    write(path, ladder("Urology", 31))
    run(path)
    first = Benchmark.objects.get()

    assert "is loaded already, the same bytes: nothing to do." in run(path)
    assert Benchmark.objects.get() == first
    run(path, floor=101)
    assert Benchmark.objects.get().clinicians == 30


def test_a_year_is_replaced_whole(path, release):
    run(write(path, [*ladder("Urology", 31), *ladder("Nephrology", 31, first=50)]))
    run(write(path, ladder("Urology", 40)))
    assert [str(one) for one in Benchmark.objects.all()] == ["Urology 2023"]
    assert Benchmark.objects.get().clinicians == 40


def test_the_newest_whole_release_of_the_year_counts_unless_one_is_named(path, release):
    later = FeeScheduleFactory(release="2023D")
    RateFactory(schedule=later, code__hcpcs="99213", work_rvu=Decimal("2.00"))
    write(path, [row(n) for n in range(30)])
    run(path)
    assert Benchmark.objects.get().p50 == 200
    run(path, release="2023A")
    assert Benchmark.objects.get().p50 == 130


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"release": "2023B"}, "2023B is not loaded"),
        ({"release": "2022A"}, "2022A is not of 2023"),
        ({"year": 2021}, "No release of 2021 is loaded"),
        ({"year": 1999}, "Say of which year"),
        ({"floor": -1}, "0 or more"),
        ({"floor": 100_000}, "No specialty has 30 clinicians"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(path, release, options, said):
    FeeScheduleFactory(release="2022A")
    write(path, ladder("Urology", 31))
    with pytest.raises(CommandError, match=said):
        run(path, **options)
    assert not Benchmark.objects.exists()


def test_the_starter_catalogue_is_too_little(path, release):
    type(release).objects.update(is_complete=False)
    write(path, ladder("Urology", 31))
    with pytest.raises(CommandError, match="No release of 2023 is loaded"):
        run(path)
    with pytest.raises(CommandError, match="only the starter catalogue"):
        run(path, release="2023A")


def test_a_bad_file_leaves_what_was_there_and_names_its_rows(path, release):
    run(write(path, ladder("Urology", 31)))
    write(path, [*ladder("Urology", 31), row(0, place="X")])
    errors = StringIO()

    with pytest.raises(CommandError, match=r"1 of 32 rows cannot be taken.*Nothing was stored"):
        run(path, stderr=errors)

    assert "Line 33: Place_Of_Srvc is “X”, not F or O." in errors.getvalue()

    assert Benchmark.objects.get().clinicians == 31


def test_a_few_bad_rows_are_counted_and_named(path, release):
    errors = StringIO()
    said = run(write(path, [*ladder("Urology", 99), row(0, place="X")]), stderr=errors)
    assert "1 rows could not be taken" in said
    assert "Line 101: Place_Of_Srvc is “X”, not F or O." in errors.getvalue()


def test_a_file_that_is_not_there_is_said(path, release):
    with pytest.raises(CommandError, match="cannot be read"):
        run(path)


def test_a_refused_file_says_why(path, release):
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(CommandError, match="The file is packed"):
        run(path)
