"""Where a person stands: what is counted, compared and said; and their own survey points."""

import csv
import io
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import comparison
from accounts.medicare_specialties import MEDICARE_NAMES, medicare_name
from accounts.models import Benchmark, Contract, Procedure, Profile, Survey
from accounts.percentiles import Points
from codes import starter
from codes.credit_kinds import Kind
from rvuedge.spreadsheets import as_xlsx
from tests.factories import SpecialtyFactory, UserFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 8, 18)
POINTS = {"p10": 3000, "p25": 4500, "p50": 6000, "p75": 7500, "p90": 9000}


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to("2026-08-18 15:00Z", tick=False)


@pytest.fixture
def ana(client):
    user = UserFactory(email="ana@example.org")
    client.force_login(user)
    return user


def log(user, wrvu, day=TODAY, kind=Kind.OFFICIAL):
    return Procedure.objects.create(
        user=user, key=uuid.uuid4(), hcpcs="99213", performed_on=day, wrvu=Decimal(wrvu), kind=kind
    )


def medicare(specialty="General Surgery", **values):
    defaults = {"year": 2023, "release": "2023A", "clinicians": 12_345, "floor": 100}
    return Benchmark.objects.create(
        specialty=specialty, source="file.csv", digest="0" * 64, **defaults | POINTS | values
    )


def survey(user, **values):
    defaults = {"name": "My survey", "year": 2024, "specialty": "General surgery"}
    return Survey.objects.create(user=user, **defaults | POINTS | values)


def text(response):
    return " ".join(response.content.decode().split())


def shown(client, **asked):
    return text(client.get("/benchmarks/", asked))


# The arithmetic ---------------------------------------------------------------------------


def test_only_official_wrvus_of_the_range_count(ana):
    log(ana, "1.30", TODAY - timedelta(days=99))
    log(ana, "10.21")
    log(ana, "5.00", kind=Kind.ESTIMATE)
    log(ana, "1.50", kind=Kind.REFERENCE)
    log(ana, "7.00", TODAY + timedelta(days=1))
    log(UserFactory(), "100.00")

    own = comparison.logged(ana, TODAY - timedelta(days=364), TODAY)

    assert (own.wrvus, own.entries, own.others) == (Decimal("11.51"), 2, 2)
    assert own.first == TODAY - timedelta(days=99)  # nothing was logged before
    assert own.days == 100


def test_days_off_count_once_the_log_has_begun(ana):
    log(ana, "1.30", TODAY - timedelta(days=500))
    own = comparison.logged(ana, TODAY - timedelta(days=364), TODAY)
    assert (own.days, own.entries) == (365, 0)


def test_the_fte_is_that_of_the_contracts_of_the_day_or_else_the_profiles(ana):
    profile = Profile.objects.create(user=ana, clinical_fte=Decimal("0.800"))
    assert comparison.fte_of(ana, profile, TODAY) == (
        comparison.Fte(Decimal("0.8"), "your profile")
    )

    def contract(employer, fte, starts_on):
        Contract.objects.create(user=ana, employer=employer, fte=fte, starts_on=starts_on)

    contract("Valley", Decimal("1.0"), date(2024, 1, 1))
    contract("Valley", Decimal("0.6"), date(2026, 1, 1))  # an amendment takes its place
    contract("Hill", Decimal("0.3"), date(2026, 1, 1))
    contract("Later", Decimal("1.0"), date(2027, 1, 1))

    assert comparison.fte_of(ana, profile, TODAY) == (
        comparison.Fte(Decimal("0.9"), "your contracts")
    )


def test_a_place_is_annualized_divided_by_the_fte_and_interpolated(ana):
    """4,435.22 in 230 days: × 365 ÷ 230 = 7,038.50; ÷ 0.9 = 7,820.55, about the 78th."""
    own = comparison.Logged(date(2026, 1, 1), TODAY, Decimal("4435.22"), 1041, 0)
    found = comparison.stand(own, Points(*map(Decimal, POINTS.values())), fte=Decimal("0.9"))
    assert found.annual == Decimal("7038.501304")
    assert found.value == Decimal("7820.557004")
    assert found.position.words == "about the 78th percentile"
    assert found.unadjusted.words == "about the 67th percentile"


# What is said -----------------------------------------------------------------------------


def test_the_sentence_says_what_is_compared_with_what(client, ana):
    Profile.objects.create(
        user=ana,
        clinical_fte=Decimal("0.9"),
        specialty=SpecialtyFactory(slug="general-surgery", name="General surgery"),
    )
    medicare()
    medicare("Urology")
    log(ana, "4435.22", date(2026, 1, 1))

    page = shown(client)

    assert (
        "Your 7,821 wRVUs for all payers per clinical FTE, annualized from 230 days of your log, "
        "are about the 78th percentile of what 12,345 clinicians of Medicare&#x27;s specialty "
        "“General Surgery” did for fee-for-service Medicare patients in 2023."
    ) in page
    assert '<option value="medicare General Surgery" selected>' in page
    assert "Divided by 0.9 clinical FTE, from your profile" in page
    assert "about the 67th percentile" in page  # without dividing


@pytest.mark.parametrize("wrvus", ["4000", "1"])
def test_the_limits_of_medicares_data_stand_beside_every_use(client, ana, wrvus):
    medicare()
    log(ana, wrvus, date(2026, 1, 1))
    page = shown(client, points="medicare General Surgery")
    for limit in (
        "a part of a practice, never all of it",
        "Medicare Advantage, Medicaid, commercial insurance",
        "10 or fewer beneficiaries",
        "no modifiers",
        "incident-to",
        "fewer than 100 services that count are left out",
        "work RVU of 2023A",
    ):
        assert limit in page
    assert "a part of a practice" not in shown(client, points="nothing")


def test_a_share_of_ones_own_is_compared_only_if_one_says_so(client, ana):
    """Half of 4,380 in 365 days is 2,190: below the 10th, 3,000."""
    medicare()
    log(ana, "4380", TODAY - timedelta(days=364))
    assert "Your log holds services for every payer" in shown(
        client, points="medicare General Surgery"
    )
    page = shown(client, points="medicare General Surgery", share="50")
    assert "Your 2,190 wRVUs for fee-for-service Medicare, by your share, per clinical FTE" in page
    assert "are below the 10th percentile of" in page
    assert "Of these for fee-for-service Medicare, as you say" in page


def test_above_the_90th_is_said_without_a_number(client, ana):
    survey(ana)
    log(ana, "9001", TODAY - timedelta(days=364))
    page = shown(client)
    assert (
        "are above the 90th percentile of the points of My survey 2024 for General surgery" in page
    )


def test_points_that_are_not_per_fte_are_not_divided(client, ana):
    survey(ana, is_per_fte=False)
    Profile.objects.create(user=ana, clinical_fte=Decimal("0.5"))
    log(ana, "6000", TODAY - timedelta(days=364))
    page = shown(client)
    assert "Your 6,000 wRVUs, annualized from 365 days of your log, are at the 50th" in page


@pytest.mark.parametrize(("days", "is_shown"), [(29, False), (30, True)])
def test_under_30_days_nothing_is_shown(client, ana, days, is_shown):
    survey(ana)
    log(ana, "500", TODAY - timedelta(days=days - 1))
    page = shown(client)
    assert ("<svg height=" in page) is is_shown
    assert (f"Your log covers {days} days of that time." in page) is not is_shown


def test_without_entries_or_points_the_page_says_what_to_do(client, ana):
    page = shown(client)
    assert "Your log has no wRVUs that Medicare values" in page
    assert "There are no points to compare with yet." in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"fte": "0"}, "Clinical FTE is a number from 0.05 to 2"),
        ({"fte": "NaN"}, "Clinical FTE is a number from 0.05 to 2"),
        ({"fte": "0.12345"}, "Clinical FTE is a number from 0.05 to 2"),
        ({"share": "101"}, "The share is a percentage from 1 to 100."),
        ({"first": "soon"}, "Write the date as 2026-07-01."),
        ({"first": "2026-09-01"}, "The first day is after the last one."),
    ],
)
def test_what_is_typed_wrongly_is_said_and_stays(client, ana, asked, said):
    page = shown(client, **asked)
    assert said in page
    assert f'value="{next(iter(asked.values()))}"' in page


def test_the_newest_year_is_offered(client, ana):
    medicare(year=2022)
    medicare(year=2023)
    page = shown(client)
    assert "General Surgery 2023" in page
    assert "General Surgery 2022" not in page


def test_the_page_costs_the_same_whatever_there_is(client, ana, django_assert_num_queries):
    medicare()
    log(ana, "4000", date(2026, 1, 1))
    client.get("/benchmarks/")
    # Session, person, profile; newest year, its points; surveys; contracts; the log.
    with django_assert_num_queries(8):
        client.get("/benchmarks/")
    for number in range(20):
        medicare(f"Specialty {number}")
        survey(ana, specialty=f"Specialty {number}")
        log(ana, "1.30")
    with django_assert_num_queries(8):
        client.get("/benchmarks/")


def test_each_specialty_of_ours_that_medicare_has_is_mapped():
    ours = {one.slug for one in starter.read_specialties()}
    assert ours >= MEDICARE_NAMES.keys()
    assert medicare_name("family-medicine", {"Family Medicine"}) == "Family Medicine"
    assert medicare_name("family-medicine", {"Urology"}) == ""
    assert medicare_name("home-health", {"Urology"}) == ""


# A person's own surveys -------------------------------------------------------------------

HEAD = "source,year,specialty,per FTE,p10,p25,p50,p75,p90\n"
ROW = "Mine,2024,Urology,no,1,2,3,4,5.5\n"


def upload(client, content, name="points.csv"):
    data = content if isinstance(content, bytes) else content.encode()
    return client.post("/benchmarks/surveys/", {"file": SimpleUploadedFile(name, data)})


def signed(page):
    return page.partition('name="lines" value="')[2].partition('"')[0]


def test_a_file_is_looked_at_first_and_kept_on_a_second_word(client, ana):
    survey(ana, name="Mine", specialty="Urology")
    page = text(upload(client, HEAD + ROW + ROW.replace("Urology", "Nephrology")))
    assert '<strong class="num">2</strong> rows can be kept.' in page
    assert page.count("replaces yours") == page.count("<td>new</td>") == 1
    assert Survey.objects.count() == 1

    response = client.post("/benchmarks/surveys/keep/", {"lines": signed(page)})

    assert response.url == "/benchmarks/surveys/"
    assert Survey.objects.for_user(ana).count() == 2
    kept = Survey.objects.get(specialty="Urology")
    assert (kept.is_per_fte, kept.p10, kept.p90) == (False, 1, Decimal("5.5"))


def test_a_workbook_is_read_as_it_shows(client, ana):
    rows = [line.split(",") for line in (HEAD + ROW).splitlines()]
    page = text(upload(client, as_xlsx(rows), "points.xlsx"))
    assert "Keep 1 row<" in page


def test_bad_rows_are_named_and_the_sound_ones_can_be_kept(client, ana):
    bad = ROW.replace("Urology", "MRN 1234567") + ROW.replace("5.5", "x")
    page = text(upload(client, HEAD + ROW.replace("Urology", "Nephrology") + bad))
    assert "Row 3: This looks like a record number." in page
    assert "Row 4: p90 is a number of wRVUs" in page
    client.post("/benchmarks/surveys/keep/", {"lines": signed(page)})
    assert [one.specialty for one in Survey.objects.all()] == ["Nephrology"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "The file is empty."),
        ("a,b\n1,2\n", "There is no column source"),
        (b"PK\x03\x04", "The workbook is damaged"),
        (HEAD, "no rows"),
        (b"\0" * 20, "NUL bytes"),
    ],
)
def test_a_file_that_is_none_gets_a_sentence(client, ana, content, said):
    assert said in text(upload(client, content))
    assert not Survey.objects.exists()


def test_no_file_and_too_large_a_file_get_a_sentence(client, ana, monkeypatch):
    assert "Choose a CSV or XLSX file." in text(client.post("/benchmarks/surveys/"))
    assert "more than 2 MB" in text(upload(client, b"x" * (2 * 1024 * 1024 + 1)))


def test_lines_that_were_signed_for_another_person_or_made_up_are_refused(client, ana):
    theirs = signed(text(upload(client, HEAD + ROW)))
    client.force_login(UserFactory())
    for lines in (theirs, "made up", ""):
        response = client.post("/benchmarks/surveys/keep/", {"lines": lines})
        assert response.status_code == 400
        assert "choose the file again" in text(response)
    assert not Survey.objects.exists()


def typed(**values):
    return {"name": "Mine", "year": 2024, "specialty": "Urology", **POINTS, **values}


def test_points_are_typed_in_changed_and_deleted(client, ana):
    client.post("/benchmarks/surveys/new/", typed(is_per_fte="on"))
    one = Survey.objects.get()
    assert (one.user, one.is_per_fte, one.p50) == (ana, True, 6000)

    client.post(f"/benchmarks/surveys/{one.pk}/", typed(p50="6000.5"))
    one.refresh_from_db()
    assert (one.is_per_fte, one.p50) == (False, Decimal("6000.5"))

    client.post(f"/benchmarks/surveys/{one.pk}/remove/")
    assert not Survey.objects.exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"p25": "2999"}, "The 25th percentile (2,999) is below the 10th (3,000)"),
        ({"p10": "-1"}, "Percentile points are numbers of wRVUs, from 0 up."),
        ({"p10": "few"}, "Enter a number of wRVUs, such as 6120.5."),
        ({"p10": ""}, "Enter this point, as your survey has it."),
        ({"year": "24"}, "Enter a year such as 2024."),
        ({"name": "MRN 1234567"}, "This looks like a record number."),
        ({"specialty": "Mr. Smith"}, "This looks like a patient&#x27;s name."),
    ],
)
def test_points_that_cannot_be_get_a_sentence_and_stay_in_the_form(client, ana, values, said):
    page = text(client.post("/benchmarks/surveys/new/", typed(**values)))
    assert said in page
    assert 'value="9000"' in page
    assert not Survey.objects.exists()


def test_points_of_one_source_year_and_specialty_are_there_once(client, ana):
    survey(ana, name="Mine", specialty="Urology")
    page = text(client.post("/benchmarks/surveys/new/", typed()))
    assert "You have points of this source, year and specialty already." in page


def test_csv_can_be_uploaded_again(client, ana):
    survey(ana)
    response = client.get("/benchmarks/surveys/csv/")
    assert response["Cache-Control"] == "private, no-store"
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[1] == [
        "My survey", "2024", "General surgery", "yes",
        "3000.00", "4500.00", "6000.00", "7500.00", "9000.00",
    ]  # fmt: skip
    assert "replaces yours" in text(upload(client, response.content))


@pytest.mark.parametrize("address", ["", "remove/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_persons_points_are_not_there(client, ana, address, method):
    theirs = survey(UserFactory(), name="Secret survey")
    response = getattr(client, method)(f"/benchmarks/surveys/{theirs.pk}/{address}")
    assert response.status_code == (405 if address and method == "get" else 404)
    assert Survey.objects.filter(pk=theirs.pk).exists()
    for page in (
        "/benchmarks/",
        f"/benchmarks/?points=survey+{theirs.pk}",
        "/benchmarks/surveys/",
    ):
        assert "Secret survey" not in text(client.get(page))


def test_a_stranger_is_led_to_sign_in(client):
    for address in ("/benchmarks/", "/benchmarks/surveys/"):
        assert client.get(address).status_code == 302


def test_a_day_that_no_record_can_have_is_refused_with_a_sentence(client):
    client.force_login(UserFactory())

    page = client.get("/benchmarks/", {"last": "0001-01-01"})

    assert "Give a day between 2000 and 2100." in page.content.decode()
