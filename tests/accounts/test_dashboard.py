"""The dashboard: sums over the stored values, pay, pace, tables, months on paper, minimums."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts import dashboard, paying
from accounts.dashboard import Day
from accounts.models import (
    Contract,
    CustomCode,
    Minimum,
    Procedure,
    Profile,
    Site,
    Statement,
    TrackedCode,
)
from accounts.periods import Span
from tests.factories import (
    CodeContentFactory,
    FeeScheduleFactory,
    SpecialtyFactory,
    StandingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 8, 18)
YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
DASHBOARD = "/dashboard/"


@pytest.fixture
def user(client, monkeypatch):
    """Somebody signed in on August 18, 2026, under a release with two codes."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *arguments: TODAY)
    schedule = FeeScheduleFactory(release="2026C", is_active=True)
    for code in ("47562", "99213"):
        StandingFactory(schedule=schedule, code__hcpcs=code)
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def contract(user):
    return Contract.objects.create(
        user=user,
        employer="Valley",
        starts_on=date(2020, 1, 1),
        rate=D(50),
        base=D(365_000),
        threshold=D(3650),
    )


def log(user, day, wrvu="10", **values):
    return Procedure.objects.create(
        **{
            "user": user,
            "performed_on": day,
            "hcpcs": "47562",
            "kind": "official",
            "wrvu": D(wrvu),
        }
        | values
    )


def page(client, query=""):
    response = client.get(f"{DASHBOARD}{query}")
    assert response.status_code == 200
    return response


def lines(response, slug):
    (table,) = [one for one in response.context["tables"] if one.slug == slug]
    return [(line.code or line.label, line.wrvu, line.times) for line in table.lines]


# The year so far ------------------------------------------------------------------------------


def test_an_empty_log_says_so(client, user):
    response = page(client)

    text = response.content.decode()
    assert "Nothing is logged yet" in text
    assert "0.00" not in text


def test_month_quarter_and_year_have_their_sums(client, user):
    for day, wrvu in (
        (date(2025, 12, 31), "1000"),
        (date(2026, 1, 1), "1.000001"),
        (date(2026, 6, 30), "20"),
        (date(2026, 7, 1), "300"),
        (date(2026, 8, 1), "4000"),
        (date(2026, 8, 19), "50000"),  # tomorrow
    ):
        log(user, day, wrvu)

    parts = page(client).context["overview"].parts

    assert [(part.name, part.wrvu, part.times) for part in parts] == [
        ("August", D("4000"), 1),
        ("This quarter", D("4300"), 2),
        ("This year", D("4321.000001"), 4),
    ]


def test_pay_is_worked_out_for_month_quarter_and_year(client, user, contract):
    log(user, date(2026, 3, 1), "3700", contract=contract)
    log(user, date(2026, 8, 2), "10", contract=contract)

    parts = page(client).context["overview"].parts

    # a base of 1,000 a day; 60 wRVUs above the threshold at $50, 10 of them in August
    assert [(part.pay.base, part.pay.bonus) for part in parts] == [
        (18_000, 500),
        (49_000, 500),
        (230_000, 3000),
    ]


def test_the_pace_to_the_threshold_counts_by_day(client, user, contract):
    log(user, date(2026, 1, 1), "2400", contract=contract)

    response = page(client)

    # 10 a day: 2,300 by August 18
    overview = response.context["overview"]
    assert (overview.target, overview.ahead) == (D(3650), D(100))
    assert overview.parts[0].pace == D(180)
    assert "100.00 wRVUs ahead of" in response.content.decode()


def test_a_log_behind_its_pace_says_so(client, user, contract):
    log(user, date(2026, 1, 1), "2200.50", contract=contract)

    text = page(client).content.decode()

    assert "99.50 wRVUs behind" in text
    assert "At this rate the year ends below it." in text


def test_the_day_of_the_threshold_is_named(client, user, contract):
    # 20 a day since January: 3,650 is reached after 182.5 days at 20
    log(user, date(2026, 1, 1), "3450", contract=contract)  # 15 a day

    overview = page(client).context["overview"]

    # 200 left at 15 a day are 14 days
    assert overview.passes_on == date(2026, 9, 1)


def test_the_projection_is_hidden_under_30_days(client, user):
    log(user, date(2026, 7, 25))

    response = page(client)

    assert response.context["overview"].projection is None
    assert "It takes 30 days of entries" in response.content.decode()


def test_a_contract_year_may_begin_in_july(client, user, contract):
    contract.year_starts = 7
    contract.save()
    log(user, date(2026, 6, 30), "100", contract=contract)
    log(user, date(2026, 7, 1), "7", contract=contract)

    response = page(client)

    assert response.context["overview"].total == D(7)
    assert "July 2026 to June 2027 so far" in response.content.decode()


def test_amended_terms_each_have_their_part_of_the_year(client, user, contract):
    contract.ends_on = date(2026, 3, 14)  # 73 days, a fifth of the year
    contract.save()
    later = Contract.objects.create(
        user=user,
        employer="Valley",
        starts_on=date(2026, 3, 15),
        rate=D(100),
        follows=contract,
    )
    log(user, date(2026, 1, 2), "740", contract=contract)
    log(user, date(2026, 4, 1), "5", contract=later)

    year = page(client).context["overview"].parts[-1]

    # threshold 730, base 73,000; then 5 × $100
    assert (year.pay.base, year.pay.bonus) == (73_000, 10 * 50 + 500)


def test_contractor_priced_work_and_anesthesia_stand_apart(client, user):
    own = CustomCode.objects.create(user=user, name="Teaching", wrvu=D(2), reason="agreed")
    log(user, TODAY, "2", kind="estimate", custom=own, hcpcs="")
    log(user, TODAY, "0", kind="asa", asa_units=D("12.5"), hcpcs="00100")
    log(user, TODAY, "0", kind="none", hcpcs="80053")
    log(user, TODAY, "1.50", kind="reference", hcpcs="99381")
    log(user, TODAY, "3")

    response = page(client)

    apart = response.context["apart"]
    assert response.context["overview"].total == D("4.50")
    assert (apart.estimated, apart.asa_units, apart.reference) == (D(2), D("12.5"), D("1.50"))
    assert apart.uncredited == 1
    assert [line.label for line in apart.estimates] == ["Teaching"]
    text = response.content.decode()
    assert "own value" in text
    assert "12.5" in text
    assert "1 entry has no wRVUs" in text


def test_open_lines_of_statements_are_to_look_at(client, user):
    values = {"user": user, "starts_on": date(2026, 7, 1), "ends_on": date(2026, 7, 31)}
    valley = Statement.objects.create(employer="Valley", file_name="july.csv", **values)
    settled = Statement.objects.create(employer="Hill", file_name="july.csv", **values)
    valley.lines.create(verdict="different")
    valley.lines.create(verdict="matched")
    settled.lines.create(verdict="missing here", status="settled")

    (found,) = page(client).context["statements"]

    assert (found, found.open_lines) == (valley, 1)


def test_another_persons_entries_never_count(client, user):
    log(UserFactory(), TODAY, "1000")

    assert page(client).context["overview"].times == 0


@given(st.lists(st.decimals(0, 3000, places=6), min_size=1, max_size=60))
def test_splitting_a_year_never_changes_its_total(values):
    days = [
        Day(date(2026, 1 + n % 8, 1 + n % 18), None, "official", value, D(0), 1)
        for n, value in enumerate(values)
    ]

    overview = dashboard.overview([], days, TODAY)

    assert overview.total == sum(values)
    assert sum(month.wrvu for month in overview.months) == sum(values)


def test_ten_thousand_entries_add_up_to_the_last_digit(client, user):
    values = [D(n).scaleb(-6) * 7_919_357 for n in range(1, 10_001)]
    Procedure.objects.bulk_create(
        Procedure(user=user, performed_on=TODAY, hcpcs="47562", kind="official", wrvu=value)
        for value in values
    )

    response = page(client)

    assert response.context["overview"].total == sum(values)
    assert lines(response, "codes") == [("47562", sum(values), 10_000)]


# What it came from ----------------------------------------------------------------------------


def test_the_tables_divide_the_same_total(client, user):
    site = Site.objects.create(user=user, name="Main")
    log(user, date(2026, 8, 17), "6", modifiers="62,LT", site=site)  # a Monday
    log(user, date(2026, 8, 18), "2", hcpcs="99213", role="supervised")
    log(user, date(2026, 8, 18), "2", site=site)

    response = page(client)

    assert lines(response, "codes") == [("47562", D(8), 2), ("99213", D(2), 1)]
    assert lines(response, "categories") == [
        ("Digestive system", D(8), 2),
        ("Office visits", D(2), 1),
    ]
    assert lines(response, "sites") == [("Main", D(8), 2), ("No site named", D(2), 1)]
    assert lines(response, "weekdays")[:2] == [("Monday", D(6), 1), ("Tuesday", D(4), 2)]
    assert lines(response, "modifiers") == [
        ("62", D(6), 1),
        ("LT", D(6), 1),
        ("No modifier", D(4), 2),
    ]
    assert lines(response, "roles") == [
        ("Performed", D(8), 2),
        ("Taught or supervised", D(2), 1),
    ]
    (codes,) = [one for one in response.context["tables"] if one.slug == "codes"]
    assert [line.share for line in codes.lines] == [D("0.8"), D("0.2")]
    assert [line.bar for line in codes.lines] == [D(100), D(25)]


def test_specialties_are_those_that_editors_name(client, user):
    specialty = SpecialtyFactory(name="General surgery")
    content = CodeContentFactory(code__hcpcs="47562")
    content.specialties.add(specialty)
    content.publish()
    log(user, TODAY, "6")
    log(user, TODAY, "2", hcpcs="99213")

    response = page(client)

    assert lines(response, "specialties") == [
        ("General surgery", D(6), 1),
        ("No specialty named", D(2), 1),
    ]


def test_a_range_of_days_can_be_chosen(client, user):
    log(user, date(2024, 5, 1), "6")
    log(user, TODAY, "2")

    response = page(client, "?start=2024-05-01&end=2024-05-31")

    assert lines(response, "codes") == [("47562", D(6), 1)]
    assert response.context["overview"].total == D(2)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?start=2026-08-01&end=2026-07-01", "The last day lies before the first: swap the two."),
        ("?start=yesterday", "Write the date as 2026-07-01."),
        ("?start=1900-01-01", "Give a day between 2000 and 2100."),
        ("?start=2000-01-01&end=2026-01-01", "A range has ten years at most"),
    ],
)
def test_a_range_that_cannot_be_is_explained_and_the_year_shown(client, user, query, words):
    log(user, TODAY, "2")

    response = page(client, query)

    assert words in response.content.decode()
    assert lines(response, "codes") == [("47562", D(2), 1)]


@pytest.mark.parametrize(
    ("slug", "first"),
    [
        ("codes", "47562,"),
        ("categories", "Digestive system,"),
        ("specialties", "No specialty named,"),
        ("sites", "No site named,"),
        ("weekdays", "Monday,"),
        ("modifiers", "62,"),
        ("roles", "Performed,"),
        ("months", "2026-01,"),
        ("estimates", ",'=1+1,"),
        ("asa", "00100,"),
    ],
)
def test_each_table_is_there_as_csv(client, user, slug, first):
    own = CustomCode.objects.create(user=user, name="=1+1", wrvu=D(2), reason="agreed")
    log(user, TODAY, "2", modifiers="62")
    log(user, TODAY, "2", kind="estimate", custom=own, hcpcs="")
    log(user, TODAY, "0", kind="asa", asa_units=D("12.5"), hcpcs="00100")

    response = client.get(reverse("accounts:dashboard_table", args=[slug]))

    text = b"".join(response.streaming_content).decode()
    assert text.splitlines()[2].startswith(first)
    assert "2026-01-01-to-2026-08-18.csv" in response.headers["Content-Disposition"]
    assert "no-store" in response.headers["Cache-Control"]


def test_a_table_that_nobody_knows_is_not_there(client, user):
    assert client.get("/dashboard/secrets.csv").status_code == 404


def test_the_dashboard_costs_the_same_at_any_length(
    client, user, contract, django_assert_num_queries
):
    contract.tiers.create(above=D(7500), rate=D(54))
    log(user, TODAY)
    page(client)  # the process remembers what it knows of a release
    with django_assert_num_queries(12) as few:
        page(client)
    for number in range(40):
        site = Site.objects.create(user=user, name=f"Site {number}")
        log(user, date(2026, 1 + number % 8, 3), modifiers="62", hcpcs="99213", site=site)

    with django_assert_num_queries(len(few)):
        page(client)


# A month on paper -----------------------------------------------------------------------------


def test_a_month_has_a_report(client, user, contract):
    log(user, date(2026, 7, 31), "8", contract=contract)
    log(user, date(2026, 8, 1), "1000", contract=contract)

    response = client.get(reverse("accounts:month_report", args=[2026, 7]))

    text = response.content.decode()
    assert "July 2026" in text
    assert response.context["overview"].parts[0].wrvu == D(8)
    assert lines(response, "codes") == [("47562", D(8), 1)]
    assert "$31,000.00" in text


@pytest.mark.parametrize("address", ["/dashboard/2026-13/", "/dashboard/1999-1/"])
def test_a_month_that_is_none_has_no_report(client, user, address):
    assert client.get(address).status_code == 404


# Stages ---------------------------------------------------------------------------------------


def test_a_student_sees_what_is_followed(client, user):
    Profile.objects.update_or_create(user=user, defaults={"stage": "student"})
    TrackedCode.objects.create(user=user, hcpcs="47562", name="Gallbladder")

    text = page(client).content.decode()

    assert "What you follow" in text
    assert "Gallbladder" in text


def test_a_resident_sees_cases_by_role_against_minimums(client, user):
    Profile.objects.update_or_create(user=user, defaults={"stage": "resident"})
    Minimum.objects.create(
        user=user,
        name="Gallbladder",
        at_least=3,
        codes=["47562-47564"],
        roles=["performed", "supervised"],
    )
    log(user, date(2024, 1, 1))
    log(user, TODAY, role="supervised")
    log(user, TODAY, role="assisted")
    log(user, TODAY, hcpcs="99213")

    response = page(client)

    (one,) = response.context["minimums"]
    assert (one.done, one.left, one.roles) == (2, 1, "performed, taught or supervised")
    assert response.context["roles"] == [
        ("Performed", 2),
        ("Assisted", 1),
        ("Taught or supervised", 1),
    ]


def test_minimums_are_set_on_a_page_of_their_own(client, user):
    client.post(
        reverse("accounts:minimum_add"),
        {"name": "Hernia", "at_least": "20", "codes": "49505 – 49525, 49650", "roles": []},
    )

    minimum = Minimum.objects.get()
    assert (minimum.user, minimum.codes, minimum.roles) == (user, ["49505-49525", "49650"], [])
    address = reverse("accounts:minimum_change", args=[minimum.pk])
    assert "49505-49525, 49650" in client.get(address).content.decode()

    client.post(
        address, {"name": "Hernia", "at_least": "25", "codes": "49650", "roles": ["assisted"]}
    )

    minimum.refresh_from_db()
    assert (minimum.at_least, minimum.codes, minimum.roles) == (25, ["49650"], ["assisted"])
    client.post(reverse("accounts:minimum_delete", args=[minimum.pk]))
    assert not Minimum.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"codes": "hernia"}, "HERNIA has not the form of a code"),
        ({"codes": "49525-49505"}, "runs backward"),
        ({"codes": " , "}, "Name one code at least"),
        ({"at_least": "0"}, "Give a number from 1 to 100,000."),
        ({"name": "Gallbladder"}, "You have a minimum called Gallbladder already."),
        ({"name": "MRN 12345678"}, "patient"),
    ],
)
def test_minimums_that_cannot_be_are_explained(client, user, changes, words):
    Minimum.objects.create(user=user, name="Gallbladder", at_least=3, codes=["47562"])
    data = {"name": "Hernia", "at_least": "20", "codes": "49650"} | changes

    response = client.post(reverse("accounts:minimum_add"), data)

    assert words in response.context["form"].errors.as_text()
    assert Minimum.objects.count() == 1


@pytest.mark.parametrize("name", ["minimum_change", "minimum_delete"])
def test_another_persons_minimum_is_not_there(client, user, name):
    other = Minimum.objects.create(user=UserFactory(), name="Theirs", at_least=3, codes=["47562"])

    response = client.post(reverse(f"accounts:{name}", args=[other.pk]), {"name": "Mine"})

    assert response.status_code == 404
    assert Minimum.objects.get().name == "Theirs"


def test_the_table_of_months_is_that_of_the_year_whatever_range_is_chosen(client, user):
    log(user, date(2026, 8, 3), "1.30")

    chosen = client.get("/dashboard/months.csv?start=2026-08-10&end=2026-08-18")

    assert "2026-08,1.300000,1" in chosen.getvalue().decode()


def test_a_second_contract_is_paid_by_its_own_year(client, user, contract):
    """The page's year begins in January, that of the night contract in July."""
    nights = Contract.objects.create(
        user=user,
        employer="Nights",
        starts_on=date(2019, 7, 1),
        year_starts=7,
        rate=D(50),
        threshold=D(100),
    )
    assert paying.year_of(contract, TODAY) == YEAR
    log(user, date(2025, 8, 1), "90", contract=nights)
    log(user, date(2026, 2, 1), "30", contract=nights)

    overview = page(client).context["overview"]

    assert overview.total == 30
    assert overview.parts[-1].pay.bonus == (90 + 30 - 100) * 50


def test_an_empty_field_and_a_wrong_number_say_what_to_do(client, user):
    wrong = client.post("/dashboard/minimums/add/", {"at_least": "x", "codes": "47562"})

    assert "“Name” is missing: fill it in." in wrong.content.decode()
    assert "Write a whole number." in wrong.content.decode()


def test_a_table_opens_in_a_spreadsheet_as_what_it_is(client, user):
    """Excel takes a CSV without BOM for Windows-1252; the site's names have true apostrophes."""
    assert client.get("/dashboard/codes.csv").getvalue().startswith(b"\xef\xbb\xbf")
