"""Which release and rules an entry counts by, what is stored, and what counting anew changes."""

import uuid
from datetime import date
from decimal import Decimal

import pytest

from accounts import valuing
from accounts.models import Contract, CustomCode, Procedure, RuleSet, Site
from codes.models import FeeSchedule
from tests.factories import FeeScheduleFactory, RateFactory, UserFactory

pytestmark = pytest.mark.django_db

JULY = date(2026, 7, 2)


def rate(release, hcpcs="47562", work="10.21", **values):
    return RateFactory(
        schedule=FeeScheduleFactory(release=release),
        code__hcpcs=hcpcs,
        work_rvu=Decimal(work),
        mult_proc="2",
        cosurg="2",
        **values,
    )


@pytest.fixture
def user():
    """Somebody with two releases of one code: 10.47 in 2025D, 10.21 in 2026C."""
    rate("2025D", work="10.47")
    rate("2026C", work="10.21")
    return UserFactory()


def entry(user, hcpcs="47562", day=JULY, **values):
    procedure = Procedure(user=user, hcpcs=hcpcs, performed_on=day, **values)
    valuing.value([procedure])
    return procedure


def contract(user, **values):
    terms = {"employer": "Valley", "starts_on": date(2026, 1, 1)} | values
    return Contract.objects.create(user=user, **terms)


def test_without_a_contract_the_release_in_force_and_medicares_shares_count(user):
    procedure = entry(user, modifiers="62")

    assert (procedure.kind, procedure.release) == ("official", "2026C")
    assert procedure.work_rvu == Decimal("10.21")
    assert procedure.wrvu == Decimal("6.381250")  # 10.21 × 0.625


def test_a_frozen_contract_counts_by_its_year(user):
    contract(user, schedule="year", schedule_year=2025)

    procedure = entry(user)

    assert (procedure.release, procedure.wrvu) == ("2025D", Decimal("10.47"))
    assert procedure.contract.employer == "Valley"


def test_a_frozen_contract_counts_by_its_release(user):
    rate("2025A", work="10.47")
    contract(user, schedule="release", schedule_release="2025A")

    assert entry(user).release == "2025A"


def test_a_release_is_not_the_one_that_corrected_it(user):
    for release, work in (("2024A", "10.30"), ("2024AR", "10.40")):
        rate(release, work=work)
    contract(user, schedule="release", schedule_release="2024A")
    contract(user, schedule="year", schedule_year=2024, starts_on=date(2026, 7, 2))

    by_release, by_year = entry(user, day=date(2026, 7, 1)), entry(user)

    assert (by_release.release, by_release.wrvu) == ("2024A", Decimal("10.30"))
    assert (by_year.release, by_year.wrvu) == ("2024AR", Decimal("10.40"))


def test_a_year_that_is_not_loaded_values_nothing_and_says_so(user):
    contract(user, schedule="year", schedule_year=2020)

    procedure = entry(user)

    assert (procedure.kind, procedure.wrvu) == ("none", 0)
    assert procedure.reason == "The contract counts by 2020, of which no release is loaded here."


def test_a_day_of_a_year_between_loaded_ones_is_not_guessed(user):
    rate("2023A", work="10.47")

    procedure = entry(user, day=date(2024, 5, 1))

    assert (procedure.kind, procedure.release) == ("none", "")
    assert procedure.reason == "No release that was in force on May 1, 2024 is loaded here."


def test_a_day_before_the_first_loaded_release_of_its_year_counts_by_that(user):
    """The starter has no release of January 2026; 2026C is its earliest here."""
    procedure = entry(user, day=date(2026, 1, 5))

    assert (procedure.release, procedure.wrvu) == ("2026C", Decimal("10.21"))
    assert procedure.reason.startswith("Counted by 2026C, the earliest release of 2026")


def test_a_day_after_all_that_is_loaded_counts_by_the_newest_release_so_far(user):
    procedure = entry(user, day=date(2027, 1, 4))

    assert (procedure.release, procedure.wrvu) == ("2026C", Decimal("10.21"))
    assert procedure.reason == "No release of 2027 is loaded yet: counted by 2026C so far."


def test_a_release_that_waits_to_be_activated_counts_nothing_yet(user):
    FeeSchedule.objects.filter(release="2026C").update(is_active=True)
    rate("2026D", work="9.99")
    contract(user, schedule="year", schedule_year=2026, ends_on=date(2026, 10, 1))

    frozen, in_force = entry(user, day=date(2026, 10, 1)), entry(user, day=date(2026, 10, 2))

    assert (frozen.release, in_force.release) == ("2026C", "2026C")


def test_a_contract_for_the_site_comes_before_one_for_every_site(user):
    clinic = Site.objects.create(user=user, name="Clinic")
    contract(user, employer="Everywhere")
    at_clinic = contract(user, employer="Clinic only", starts_on=date(2025, 1, 1))
    at_clinic.sites.add(clinic)

    assert entry(user, site=clinic).contract.employer == "Clinic only"
    assert entry(user).contract.employer == "Everywhere"


def test_a_contract_counts_from_its_first_to_its_last_day(user):
    contract(user, ends_on=JULY, rules="full")

    assert entry(user, modifiers="62").wrvu == Decimal("10.21")
    assert entry(user, modifiers="62", day=date(2026, 7, 3)).contract is None


def test_somebody_elses_contract_never_counts(user):
    contract(UserFactory(), rules="full")

    assert entry(user, modifiers="62").wrvu == Decimal("6.381250")


def test_a_contracts_own_rules_count(user):
    rules = RuleSet.objects.create(user=user, name="Ours", factors={"62": "0.5"})
    contract(user, rules="own", rule_set=rules)

    assert entry(user, modifiers="62").wrvu == Decimal("5.105")


def test_codes_of_one_case_are_ranked(user):
    rate("2026C", "49591", "5.96")
    case = uuid.uuid4()
    both = [
        Procedure(user=user, hcpcs=hcpcs, performed_on=JULY, case=case)
        for hcpcs in ("49591", "47562")
    ]

    valuing.value(both)

    assert [one.wrvu for one in both] == [Decimal("2.98"), Decimal("10.21")]


def test_an_own_value_is_an_estimate_and_needs_no_release(user):
    call = CustomCode.objects.create(user=user, name="Night call", wrvu=Decimal("4.25"))

    procedure = entry(user, hcpcs="", custom=call, day=date(2019, 1, 1), units=2)

    assert (procedure.kind, procedure.wrvu) == ("estimate", Decimal("8.5"))


def test_anesthesia_has_units_apart(user):
    rate("2026C", "00790", "0.00", status="J")

    procedure = entry(user, hcpcs="00790", base_units=7, minutes=129)

    assert (procedure.kind, procedure.wrvu) == ("asa", 0)
    assert procedure.asa_units == Decimal("15.6")  # 7 + 129 ÷ 15, DOMAIN.md 4


def test_counting_a_log_takes_the_same_queries_at_any_length(user, django_assert_num_queries):
    def log(count):
        return [Procedure(user=user, hcpcs="47562", performed_on=JULY) for _ in range(count)]

    with django_assert_num_queries(3):  # contracts, releases, rows
        valuing.value(log(1))
    with django_assert_num_queries(3):
        valuing.value(log(50))


def test_changed_terms_change_nothing_until_asked(user):
    procedure = entry(user)
    procedure.save()
    contract(user, schedule="year", schedule_year=2025)

    [change] = valuing.recalculation(user, JULY, JULY)
    procedure.refresh_from_db()

    assert procedure.wrvu == Decimal("10.21")
    assert change.difference == Decimal("0.26")


def test_a_change_says_whose_terms_would_count(user):
    entry(user).save()
    contract(user)

    (change,) = valuing.recalculation(user, JULY, JULY)

    assert (change.difference, change.terms) == (0, "Terms: no contract → Valley")


def test_applying_stores_the_new_values_and_their_working(user):
    procedure = entry(user)
    procedure.save()
    contract(user, schedule="year", schedule_year=2025)

    assert valuing.apply(valuing.recalculation(user, JULY, JULY)) == 1

    procedure.refresh_from_db()
    assert (procedure.release, procedure.wrvu) == ("2025D", Decimal("10.47"))
    assert procedure.working[0]["value"] == "10.47"
    assert valuing.recalculation(user, JULY, JULY) == []


def test_counting_anew_leaves_other_days_and_people_alone(user):
    for owner, day in ((UserFactory(), JULY), (user, date(2026, 8, 1))):
        entry(owner, day=day).save()
    contract(user, rules="full", schedule="year", schedule_year=2025)

    assert valuing.recalculation(user, JULY, JULY) == []
