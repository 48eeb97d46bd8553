"""Medicare's percentiles by specialty: what counts, the exact sums, and files that are refused."""

from decimal import Decimal
from fractions import Fraction

import pytest

from accounts import benchmark_file
from accounts.benchmark_file import Spread, Worths, digest, percentile, read, worths
from codes.fee_schedule.records import FileError
from tests.accounts.published import HEADINGS, ladder, row, write
from tests.factories import rate_row

COUNTING = worths(
    [
        rate_row("99213", work_rvu="1.30"),
        rate_row("71046", work_rvu="0.20"),
        rate_row("71046", "26", work_rvu="0.18"),  # not so in the file: to tell the rows apart
        rate_row("71046", "TC", work_rvu="0.00"),
        rate_row("86153", "26", work_rvu="0.69"),
        rate_row("36415", work_rvu="0.00", status="X"),
        rate_row("93005", work_rvu="0.00"),
        rate_row("99381", work_rvu="1.50", status="N"),
        rate_row("99485", work_rvu="1.50", not_used=True),
        rate_row("00100", work_rvu="0.00", status="J"),
    ]
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "MUP_PHY_R25_P05_V20_D23_Prov_Svc.csv"


def of(path, rows, **options):
    return read(write(path, rows), COUNTING, **options)


def hundred(decimal):
    """Return wRVUs as they are added up, in hundred-millionths."""
    return int(Decimal(decimal).scaleb(8))


# What counts ------------------------------------------------------------------------------


def test_the_worth_of_codes_follows_from_all_rows_of_the_release():
    assert (
        Worths(
            office={"99213": 130, "71046": 20, "86153": 69},
            facility={"99213": 130, "71046": 18, "86153": 69},
            why_not={
                "99213": "no physician work in that setting",
                "71046": "no physician work in that setting",
                "86153": "no physician work in that setting",
                "36415": "not paid by RVUs",
                "93005": "no physician work",
                "99381": "not paid by RVUs",
                "99485": "not paid by RVUs",
                "00100": "anesthesia",
            },
        )
        == COUNTING
    )


def test_each_row_is_counted_or_left_out_for_a_reason(path):
    reading = of(
        path,
        [
            row(1),
            row(1, code="71046", place="F"),
            row(1, code="36415"),
            row(1, code="93005"),
            row(1, code="00100", place="F"),
            row(1, code="J1885", drug="Y"),
            row(1, code="99999"),
            row(2, entity="O"),
        ],
    )
    assert (reading.rows, reading.counted, reading.bad_rows) == (8, 2, 0)
    assert reading.skipped == {
        "not paid by RVUs": 1,
        "no physician work": 1,
        "anesthesia": 1,
        "drug": 1,
        "not in the release": 1,
        "organization": 1,
    }


def test_percentiles_are_those_that_the_file_was_made_with(path):
    """101 clinicians with 100 to 10,100 services of 1.30: each percentile is one of them.

    The 10th is the 11th lowest: 1,100 × 1.30 = 1,430.
    """
    reading = of(path, ladder("Family Practice", 101))
    assert reading.spreads == {
        "Family Practice": Spread(
            101, tuple(map(Decimal, ("1430.00", "3380.00", "6630.00", "9880.00", "11830.00")))
        )
    }


def test_between_two_clinicians_it_goes_in_a_straight_line(path):
    """30 with 130, 260, … 3,900: p10 stands at 2.9, 390 + 0.9 × 130 = 507."""
    (spread,) = of(path, ladder("Urology", 30)).spreads.values()
    assert spread.points[0] == Decimal("507.00")
    assert spread.points[2] == Decimal("2015.00")  # at 14.5: 1,950 + 65


def test_a_clinician_is_the_sum_of_all_rows_wherever_they_stand(path):
    """100 × 1.30 + 100.5 × 0.20 (office) + 200 × 0.18 (facility) = 186.1."""
    rows = [
        *(row(n, code="71046", place="F", services=200) for n in range(30)),
        *(row(n, code="71046", place="O", services="100.5") for n in reversed(range(30))),
        *(row(n) for n in range(30)),
    ]
    (spread,) = of(path, rows).spreads.values()
    assert spread == Spread(30, (Decimal("186.10"),) * 5)


def test_millionths_of_services_are_not_lost(path):
    """0.1 three times is 0.3 exactly, and half a hundredth is rounded up.

    100.3 × 1.30 = 130.39; 100.003846 × 1.30 = 130.0049998; 100.003847 × 1.30 = 130.0050011.
    """
    for services, expected in (
        (("100", "0.1", "0.1", "0.1"), "130.39"),
        (("100.003846",), "130.00"),
        (("100.003847",), "130.01"),
    ):
        rows = [row(n, services=part) for n in range(30) for part in services]
        (spread,) = of(path, rows).spreads.values()
        assert spread.points[2] == Decimal(expected)


def test_a_percentile_is_rounded_half_up_once():
    assert percentile([hundred("0.00"), hundred("0.01")], 50) == Decimal("0.01")
    assert percentile([hundred("0.00499999"), hundred("0.00500000")], 50) == Decimal("0.00")
    assert percentile([hundred("7.00")], 90) == Decimal("7.00")


def test_percentiles_agree_with_fractions():
    values = sorted(hundred(n * n) // 7 for n in range(1, 44))
    for percent in benchmark_file.PERCENTILES:
        place = Fraction(42 * percent, 100)
        low = int(place)
        exact = values[low] + (values[low + 1] - values[low]) * (place - low)
        assert abs(percentile(values, percent) - Decimal(int(exact)).scaleb(-8)) <= Decimal("0.01")


def test_a_specialty_is_published_from_30_clinicians_on(path):
    reading = of(path, [*ladder("Urology", 29), *ladder("Nephrology", 30, first=100)])
    assert list(reading.spreads) == ["Nephrology"]
    assert reading.small == {"Urology": 29}


def test_the_floor_leaves_out_who_hardly_works_in_medicare(path):
    """Services of codes that count: 99 are too few, whatever else was billed."""
    rows = [
        *ladder("Urology", 30),
        row(90, "Urology", services=99),
        row(90, "Urology", code="36415", services=5000),
    ]
    assert of(path, rows).below_floor == 1
    assert of(path, rows).spreads["Urology"].clinicians == 30
    assert of(path, rows, floor=99).spreads["Urology"].clinicians == 31
    assert of(path, rows, floor=200).small == {"Urology": 29}


def test_a_file_that_does_not_name_organizations_says_so(path):
    place = HEADINGS.index("Rndrng_Prvdr_Ent_Cd")
    headings = [*HEADINGS[:place], *HEADINGS[place + 1 :]]
    rows = [[*one[:place], *one[place + 1 :]] for one in ladder("Urology", 30)]
    reading = read(write(path, rows, headings), COUNTING)
    assert not reading.knows_organizations
    assert reading.spreads["Urology"].clinicians == 30


def test_progress_tells_every_byte(path, monkeypatch):
    monkeypatch.setattr(benchmark_file, "_TELL_EVERY", 10)
    write(path, ladder("Urology", 30))
    for what in (digest, lambda *a: read(a[0], COUNTING, progress=a[1])):
        told = []
        what(path, told.append)
        assert sum(told) == path.stat().st_size


# Bad rows ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row(0)[:-1], "it has 27 cells under 28 headings"),
        (["12345", *row(0)[1:]], "Rndrng_NPI is “12345”, not ten digits"),
        (
            ["１２３４５６７８９０", *row(0)[1:]],
            "Rndrng_NPI is “１２３４５６７８９０”, not ten digits",
        ),
        (row(0, specialty=" "), "Rndrng_Prvdr_Type is “ ”, no specialty"),
        (row(0, specialty="x" * 101), "no specialty"),
        (row(0, place="X"), "Place_Of_Srvc is “X”, not F or O"),
        (row(0, drug=""), "HCPCS_Drug_Ind is empty, not Y or N"),
        (row(0, entity="Z"), "Rndrng_Prvdr_Ent_Cd is “Z”, not I or O"),
        (row(0, code="visit"), "HCPCS_Cd is “visit”, no code"),
        (row(0, services="many"), "Tot_Srvcs is “many”, no number of services"),
        (row(0, services="-5"), "Tot_Srvcs is “-5”"),
        (row(0, services="1e3"), "Tot_Srvcs is “1e3”"),
        (row(0, services="NaN"), "Tot_Srvcs is “NaN”"),
        (row(0, services="1,000"), "Tot_Srvcs is “1,000”"),
        (row(0, services="5.1234567"), "Tot_Srvcs is “5.1234567”"),
        (row(0, services="٥"), "Tot_Srvcs is “٥”"),
        (row(0, services=""), "Tot_Srvcs is empty"),
        (row(0, patients=10), "Tot_Benes is “10”, where CMS publishes 11 or more"),
        (row(0, patients="few"), "Tot_Benes is “few”"),
    ],
)
def test_a_bad_row_is_named_and_the_others_count(path, bad, said):
    reading = of(path, [*ladder("Urology", 99), bad])
    assert reading.bad_rows == 1
    (sentence,) = reading.bad
    assert sentence.startswith("Line 101: ")
    assert said in sentence
    assert reading.spreads["Urology"].clinicians == 99


def test_more_than_one_bad_row_in_a_hundred_refuses_the_file(path):
    bad = [row(0, place="X")] * 60
    with pytest.raises(FileError, match="60 of 5,999 rows cannot be taken") as refused:
        of(path, [*ladder("Urology", 5939), *bad])
    assert len(refused.value.errors) == 50
    assert of(path, [*ladder("Urology", 5940), *bad]).bad_rows == 60


# Files that are none ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "packed"),
        (b"\x1f\x8brest", "packed"),
        ("a,b\n".encode("utf-16"), "UTF-16"),
        (b"a,b\n1,\0\n", "NUL"),
        ("Müller,b\n".encode("cp1252"), "not UTF-8"),
        ("a,Müller"[:4].encode() + b"\xc3", "ends within a character"),
        (b"x" * (1024 * 1024 + 5), "line of more than a megabyte"),
    ],
)
def test_what_is_no_such_text_is_refused_before_it_is_read(path, content, said):
    path.write_bytes(content)
    with pytest.raises(FileError, match=said):
        digest(path)


def test_the_digest_is_that_of_the_bytes(path):
    path.write_bytes(b"abc\n")
    assert digest(path) == "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda names: names[1:], "there is no column Rndrng_NPI"),
        (
            lambda names: [name.replace("Tot_Srvcs", "Tot_Srvc") for name in names],
            "there is no column Tot_Srvcs; is “Tot_Srvc” meant",
        ),
        (lambda names: [*names, "Tot_Srvcs"], "the column “Tot_Srvcs” is there twice"),
        (lambda names: [";".join(names)], "one cell"),
    ],
)
def test_columns_that_are_missing_renamed_or_doubled_refuse_the_file(path, change, said):
    write(path, [row(1)], change(list(HEADINGS)))
    with pytest.raises(FileError, match=said):
        read(path, COUNTING)


def test_columns_may_stand_in_another_order(path):
    turned = [list(reversed(one)) for one in ladder("Urology", 30)]
    assert read(write(path, turned, reversed(HEADINGS)), COUNTING).spreads


def test_a_file_without_rows_is_refused(path):
    with pytest.raises(FileError, match="no rows"):
        of(path, [])


@pytest.mark.parametrize("broken", ['"open\n' * 3, 'a "b" c"d\n"x"y,z\n'])
def test_broken_quotes_refuse_the_file(path, broken):
    write(path, [row(1)])
    with path.open("a") as stream:
        stream.write(broken)
    with pytest.raises(FileError, match=r"Line \d+ is not sound CSV"):
        read(path, COUNTING)


def test_a_column_of_anything_is_no_column_of_specialties(path, monkeypatch):
    monkeypatch.setattr(benchmark_file, "MOST_SPECIALTIES", 5)
    with pytest.raises(FileError, match="more than 5 values"):
        of(path, [row(n, specialty=f"Name {n}") for n in range(7)])


def test_clinicians_without_end_are_refused(path, monkeypatch):
    monkeypatch.setattr(benchmark_file, "MOST_CLINICIANS", 10)
    with pytest.raises(FileError, match="more than 10 clinicians"):
        of(path, ladder("Urology", 11))
