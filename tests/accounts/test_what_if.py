"""The same work under other terms: each side's sum can be redone by hand."""

import uuid
from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse

from accounts import valuing
from accounts.models import Contract, CustomCode, Procedure, RuleSet
from tests.factories import FeeScheduleFactory, RateFactory, UserFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 8, 18)
RELEASES = {
    "2025D": (date(2025, 10, 1), {"47562": "10.47", "99213": "1.30"}),
    "2026C": (date(2026, 7, 1), {"47562": "10.21", "99213": "1.30"}),
}


@pytest.fixture
def user(client, monkeypatch):
    """Somebody signed in on August 18, 2026; 47562 fell from 10.47 (2025D) to 10.21 (2026C)."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *arguments: TODAY)
    for release, (day, works) in RELEASES.items():
        schedule = FeeScheduleFactory(
            release=release, effective_on=day, is_active=release == "2026C"
        )
        for code, work in works.items():
            RateFactory(
                schedule=schedule,
                code__hcpcs=code,
                work_rvu=D(work),
                mult_proc="2" if code == "47562" else "0",
                cosurg="2",
            )
    user = UserFactory()
    client.force_login(user)
    return user


def log(user, hcpcs="47562", day=TODAY, **values):
    procedure = Procedure(user=user, hcpcs=hcpcs, performed_on=day, **values)
    valuing.value([procedure])
    procedure.save()
    return procedure


def contract(user, **values):
    terms = {"employer": "Valley", "starts_on": date(2026, 1, 1), "rate": D(50)}
    return Contract.objects.create(user=user, **terms | values)


def ask(client, **query):
    response = client.get(reverse("accounts:what_if"), query)
    assert response.status_code == 200
    return response


def wrvus(response):
    return [one.wrvu for one in response.context["outcomes"]]


def test_the_page_asks_before_it_reckons(client, user):
    response = ask(client)

    assert "outcomes" not in response.context
    assert "My log, as it stands" in response.content.decode()


def test_another_release_is_one_number(client, user):
    log(user)
    log(user)
    log(user, "99213")

    response = ask(client, b_release="2025")

    assert wrvus(response) == [D("21.72"), D("22.24")]
    assert response.context["change"] == D("0.52")
    assert "counts 0.52 wRVUs more" in response.content.decode()


def test_the_efficiency_adjustment_is_ready_to_ask_for(client, user):
    log(user)
    (address, words), *_ = ask(client).context["ready"]

    response = client.get(address)

    assert "2026 efficiency adjustment" in words
    assert wrvus(response) == [D("10.47"), D("10.21")]
    text = response.content.decode()
    assert "counts 0.26 wRVUs fewer" in text
    (found,) = response.context["changed"]
    assert (found[0].hcpcs, found[0].change) == ("47562", D("-0.26"))


def test_two_offers_are_one_number_in_dollars(client, user):
    log(user)
    one = contract(user, rate=D(50))
    other = contract(user, rate=D(60), schedule="year", schedule_year=2025)

    response = ask(
        client,
        start="2026-01-01",
        end="2026-12-31",
        a_terms=f"contract:{one.pk}",
        b_terms=f"contract:{other.pk}",
    )

    # 10.21 × 50 = 510.50; 10.47 × 60 = 628.20
    assert [found.pay for found in response.context["outcomes"]] == [D("510.50"), D("628.20")]
    assert "The second side pays $117.70 more" in response.content.decode()


def test_the_page_says_whose_terms_pay_for_the_log_as_it_stands(client, user):
    log(user)
    contract(user, employer="Valley")
    contract(user, employer="Hill", starts_on=date(2026, 2, 1))

    page = ask(client, a_terms="logged", b_terms="medicare").content.decode()

    assert (
        '<th scope="row">Paid by</th><td class="num">Hill, from 2026-02-01</td>'
        '<td class="num">no contract</td>' in page
    )


def test_a_part_of_a_year_has_its_share_of_the_threshold(client, user):
    log(user)
    terms = contract(user, threshold=D(365), base=D(36_500))

    response = ask(
        client,
        start="2026-08-14",
        end="2026-08-18",
        a_terms=f"contract:{terms.pk}",
        b_terms="medicare",
    )

    # five days: 5 of the threshold, $500 of the base; 5.21 × 50
    assert response.context["before"].pay == D("760.50")
    assert response.context["after"].pay is None


def test_days_of_two_contract_years_are_settled_year_by_year(client, user):
    log(user, day=date(2026, 8, 1))
    terms = contract(user, year_starts=7, threshold=D(365))

    response = ask(
        client,
        start="2026-06-29",
        end="2026-08-01",
        a_terms=f"contract:{terms.pk}",
        b_terms="medicare",
    )

    # June: 2 days without work; July and after: 32 days of the threshold are more than 10.21
    assert response.context["before"].pay == 0


def test_other_rules_count_the_same_work_otherwise(client, user):
    log(user, modifiers="62")
    RuleSet.objects.create(user=user, name="Half", factors={"62": "0.5"})
    own = RuleSet.objects.get()

    response = ask(client, a_rules="full", b_rules=f"own:{own.pk}")

    assert wrvus(response) == [D("10.21"), D("5.105")]
    assert [one.side.rules for one in response.context["outcomes"]] == ["Full credit", "Half"]


def test_a_case_is_counted_as_one(client, user):
    case = uuid.uuid4()
    for position in range(2):
        log(user, case=case, position=position)

    response = ask(client, a_rules="medicare", b_rules="full")

    assert wrvus(response) == [D("15.315"), D("20.42")]


def test_the_log_as_it_stands_is_what_is_stored(client, user):
    stored = log(user)
    Procedure.objects.filter(pk=stored.pk).update(wrvu=D("7"))

    assert wrvus(ask(client, b_terms="medicare")) == [D(7), D("10.21")]


def test_own_values_stay_apart_on_both_sides(client, user):
    own = CustomCode.objects.create(user=user, name="Teaching", wrvu=D("2"), reason="agreed")
    log(user, "", custom=own)
    log(user)

    response = ask(client, b_release="2025")

    assert [one.estimated for one in response.context["outcomes"]] == [D(2), D(2)]
    assert wrvus(response) == [D("10.21"), D("10.47")]


def test_a_code_that_a_release_lacks_counts_for_nothing_there(client, user):
    RateFactory(schedule__release="2026C", code__hcpcs="98000", work_rvu=D("0.93"), mult_proc="0")
    log(user, "98000")

    response = ask(client, b_release="2025D")

    assert wrvus(response) == [D("0.93"), 0]
    assert response.context["after"].uncredited == 1


def test_nothing_is_stored(client, user):
    entry = log(user)
    before = Procedure.objects.values().get()

    ask(client, b_release="2025", b_rules="full")

    assert Procedure.objects.values().get() == before
    assert entry.wrvu == D("10.21")


def test_another_persons_contract_is_no_choice(client, user):
    theirs = contract(UserFactory())

    response = ask(client, b_terms=f"contract:{theirs.pk}")

    assert "outcomes" not in response.context
    assert "is not one of the available choices" in response.content.decode()


def test_days_that_cannot_be_are_explained(client, user):
    response = ask(client, start="2026-08-01", end="2026-07-01")

    assert "outcomes" not in response.context
    assert "The last day lies before the first" in response.content.decode()


def test_it_costs_the_same_at_any_length(client, user, django_assert_num_queries):
    log(user, "99213")
    ask(client, b_release="2025")  # the process remembers what codes are called
    with django_assert_num_queries(11) as few:
        ask(client, a_release="2026", b_release="2025")
    for number in range(30):
        log(user, day=date(2026, 7, 1 + number % 28))

    with django_assert_num_queries(len(few)):
        ask(client, a_release="2026", b_release="2025")
