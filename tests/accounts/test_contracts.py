"""Contracts: typing them in, what their page says, new terms from a date, rules of credit."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse

from accounts.models import Contract, Procedure, RuleSet, Site
from tests.factories import FeeScheduleFactory, RateFactory, UserFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 8, 18)
TYPED = {
    "employer": "Example Valley Health",
    "starts_on": "2026-01-01",
    "ends_on": "",
    "year_starts": "1",
    "counts_by": "in force",
    "credits_by": "medicare",
    "fte": "0.9",
    "rate": "48",
    "base": "395000",
    "threshold": "6000",
    "target": "",
    "true_up": "quarter",
    "is_cumulative": "on",
    "note": "",
    "tier_rows": "2",
    "tier0-above": "7500",
    "tier0-rate": "54",
    "tier1-above": "",
    "tier1-rate": "",
}


@pytest.fixture
def user(client, monkeypatch):
    """Somebody signed in on August 18, 2026, with a release of one code."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *arguments: TODAY)
    RateFactory(
        schedule=FeeScheduleFactory(release="2026C", is_active=True),
        code__hcpcs="49650",
        work_rvu=D("6.36"),
        mult_proc="2",
        bilat="1",
    )
    user = UserFactory()
    client.force_login(user)
    return user


def made(user, **values):
    terms = {"employer": "Valley", "starts_on": date(2026, 1, 1), "rate": D(50)}
    return Contract.objects.create(user=user, **terms | values)


def log(user, day, wrvu, contract=None, **values):
    return Procedure.objects.create(
        **{
            "user": user,
            "performed_on": day,
            "hcpcs": "49650",
            "kind": "official",
            "wrvu": D(wrvu),
            "contract": contract,
        }
        | values
    )


def typed(client, name="contract_add", arguments=(), **changes):
    return client.post(reverse(f"accounts:{name}", args=arguments), TYPED | changes)


def errors(response):
    """Return the messages of the error summary."""
    return [message for _, message in response.context["wrong"]]


# Typing a contract in -------------------------------------------------------------------------


def test_a_contract_is_stored_with_its_tiers(client, user):
    site = Site.objects.create(user=user, name="Main")

    response = typed(client, sites=[site.pk])

    contract = Contract.objects.get()
    assert response.url == reverse("accounts:contract", args=[contract.pk])
    assert (contract.user, contract.rate, contract.base) == (user, D(48), D(395_000))
    assert (contract.fte, contract.true_up, contract.is_cumulative) == (D("0.9"), "quarter", True)
    assert list(contract.sites.all()) == [site]
    assert [(tier.above, tier.rate) for tier in contract.tiers.all()] == [(D(7500), D(54))]


def test_the_empty_form_has_rows_for_tiers(client, user):
    page = client.get(reverse("accounts:contract_add")).content.decode()

    assert 'name="tier0-above"' in page
    assert 'name="tier1-rate"' in page


def test_more_rows_are_a_button_that_keeps_what_is_typed(client, user):
    response = typed(client, more="1")

    page = response.content.decode()
    assert 'name="tier3-above"' in page
    assert 'value="Example Valley Health"' in page
    assert "attention" not in page
    assert not Contract.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"employer": ""}, "is missing: fill it in"),
        ({"ends_on": "2025-12-31"}, "The last day lies before the first"),
        ({"tier0-rate": ""}, "Give its dollars per wRVU, or empty the whole row."),
        ({"tier0-above": ""}, "Give where it begins, or empty the whole row."),
        ({"tier0-above": "6000"}, "which is not more than the 6000 before it"),
        ({"rate": ""}, "Give the dollars per wRVU: base, threshold and tiers need them."),
        ({"rate": "-1"}, "The rate per wRVU is not negative"),
        ({"target": "0"}, "A target is more than 0."),
        ({"fte": "0"}, "Clinical FTE is a number above 0"),
        ({"counts_by": "year:1999"}, "This is none of the choices"),
        ({"employer": "SSN 123-45-6789"}, "patient"),
    ],
)
def test_what_cannot_be_is_explained_and_kept(client, user, changes, words):
    response = typed(client, **changes)

    assert response.status_code == 200
    assert any(words in message for message in errors(response)), errors(response)
    assert 'value="395000"' in response.content.decode()
    assert not Contract.objects.exists()


def test_a_contract_may_freeze_a_year_or_a_release(client, user):
    typed(client, counts_by="year:2026")
    typed(client, counts_by="release:2026C", employer="Other")

    by_release, by_year = Contract.objects.order_by("-pk")
    assert (by_year.schedule, by_year.schedule_year) == ("year", 2026)
    assert (by_release.schedule, by_release.schedule_release) == ("release", "2026C")


def test_a_frozen_year_that_is_not_loaded_stays_when_other_terms_change(client, user):
    contract = made(user, schedule="year", schedule_year=2019)

    typed(client, "contract_change", [contract.pk], counts_by="year:2019", rate="51")

    contract.refresh_from_db()
    assert (contract.schedule_year, contract.rate) == (2019, D(51))


def test_another_persons_sites_and_rules_cannot_be_chosen(client, user):
    other = UserFactory()
    site = Site.objects.create(user=other, name="Theirs")
    rules = RuleSet.objects.create(user=other, name="Theirs")

    response = typed(client, sites=[site.pk], credits_by=f"own:{rules.pk}")

    assert len(errors(response)) == 2
    assert not Contract.objects.exists()


def test_a_correction_replaces_the_tiers(client, user):
    contract = made(user)
    contract.tiers.create(above=D(100), rate=D(60))

    typed(client, "contract_change", [contract.pk])

    assert [tier.above for tier in contract.tiers.all()] == [D(7500)]
    contract.refresh_from_db()
    assert contract.employer == "Example Valley Health"


# New terms, an end ----------------------------------------------------------------------------


def test_new_terms_follow_the_old_which_stay(client, user):
    old = made(user, ends_on=date(2026, 12, 31))
    entry = log(user, date(2026, 3, 1), "10", old)

    typed(client, "contract_amend", [old.pk], starts_on="2026-07-01", ends_on="2026-12-31")

    new = Contract.objects.get(follows=old)
    old.refresh_from_db()
    entry.refresh_from_db()
    assert (old.ends_on, old.rate) == (date(2026, 6, 30), D(50))
    assert (new.starts_on, new.rate) == (date(2026, 7, 1), D(48))
    assert entry.contract == old


def test_the_form_for_new_terms_begins_with_the_old(client, user):
    old = made(user, base=D(1000))
    old.tiers.create(above=D(7000), rate=D(61))

    page = client.get(reverse("accounts:contract_amend", args=[old.pk])).content.decode()

    assert 'value="7000.00"' in page
    assert 'value="2026-08-19"' in page
    assert 'value="Valley"' in page


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("2026-01-01", "New terms begin after the first day of the old ones."),
        ("2026-08-01", "There would be days without terms between"),
    ],
)
def test_new_terms_that_do_not_follow_are_explained(client, user, start, words):
    old = made(user, ends_on=date(2026, 6, 30))

    response = typed(client, "contract_amend", [old.pk], starts_on=start)

    assert words in errors(response)[0]
    assert Contract.objects.count() == 1


def test_a_contract_ends_on_a_day(client, user):
    contract = made(user)

    client.post(reverse("accounts:contract_end", args=[contract.pk]), {"ends_on": "2026-09-30"})

    contract.refresh_from_db()
    assert contract.ends_on == date(2026, 9, 30)


def test_a_contract_cannot_end_before_it_begins(client, user):
    contract = made(user)

    response = client.post(
        reverse("accounts:contract_end", args=[contract.pk]), {"ends_on": "2025-09-30"}
    )

    assert "The contract begins on January 1, 2026" in response.content.decode()
    contract.refresh_from_db()
    assert contract.ends_on is None


def test_a_deleted_contract_leaves_its_entries(client, user):
    contract = made(user)
    entry = log(user, TODAY, "10", contract)
    address = reverse("accounts:contract_delete", args=[contract.pk])
    assert "1 entry was counted by it" in client.get(address).content.decode()

    client.post(address)

    entry.refresh_from_db()
    assert (entry.contract, entry.wrvu) == (None, D(10))


# What the pages say ---------------------------------------------------------------------------


def test_the_list_says_which_contracts_are_in_force(client, user):
    made(user, employer="Now")
    made(user, employer="Later", starts_on=date(2027, 1, 1))
    made(user, employer="Before", starts_on=date(2024, 1, 1), ends_on=date(2025, 12, 31))

    groups = client.get(reverse("accounts:contracts")).context["groups"]

    assert [(title, [one.employer for one in found]) for title, found in groups] == [
        ("In force", ["Now"]),
        ("To come", ["Later"]),
        ("Ended", ["Before"]),
    ]


def test_the_page_of_a_contract_works_its_pay_out(client, user):
    contract = made(user, rate=D(48), base=D(395_000), threshold=D(6000))
    contract.tiers.create(above=D(7500), rate=D(54))
    log(user, date(2026, 1, 1), "4435.22", contract)

    page = client.get(reverse("accounts:contract", args=[contract.pk])).content.decode()

    # 4,435.22 × 365 ÷ 230 = 7,038.50; 1,038.50 × 48 = 49,848.06
    assert "$444,848.06" in page
    assert "7,038.50" in page
    assert "8,229.17 wRVUs" in page  # the break-even threshold


def test_the_page_of_a_contract_shows_every_rule_with_an_example(client, user):
    rules = RuleSet.objects.create(user=user, name="Mine", factors={"62": "0.5", "50": "units"})
    contract = made(user, rules="own", rule_set=rules)

    lines = client.get(reverse("accounts:contract", args=[contract.pk])).context["credit_lines"]

    by_label = {line.label: line for line in lines}
    assert by_label["50"].example == "49650: 6.36 × 2 = 12.72"
    assert (by_label["62"].share, by_label["62"].differs) == ("50%", True)
    assert (by_label["80"].share, by_label["80"].differs) == ("16%", False)


def test_a_contract_without_a_rate_only_counts(client, user):
    contract = made(user, rate=None)

    page = client.get(reverse("accounts:contract", args=[contract.pk])).content.decode()

    assert "pays nothing by wRVU" in page


def test_a_contract_before_its_first_day_has_a_page(client, user):
    contract = made(user, starts_on=date(2027, 7, 1), year_starts=7)

    page = client.get(reverse("accounts:contract", args=[contract.pk])).content.decode()

    assert "July 1 to June 30, 2028" in page


def test_versions_of_a_contract_lead_to_each_other(client, user):
    old = made(user, ends_on=date(2026, 6, 30))
    new = made(user, starts_on=date(2026, 7, 1), follows=old)

    of_new = client.get(reverse("accounts:contract", args=[new.pk])).content.decode()
    of_old = client.get(reverse("accounts:contract", args=[old.pk])).content.decode()

    assert "Earlier terms, from January 1, 2026" in of_new
    assert "Later terms, from July 1, 2026" in of_old


def test_a_page_costs_the_same_however_long_the_log(client, user, django_assert_max_num_queries):
    contract = made(user)
    contract.tiers.create(above=D(7500), rate=D(54))
    for day in range(1, 29):
        log(user, date(2026, 7, day), "10", contract)

    with django_assert_max_num_queries(16):
        client.get(reverse("accounts:contract", args=[contract.pk]))
    with django_assert_max_num_queries(8):
        client.get(reverse("accounts:contracts"))


# Rules of credit ------------------------------------------------------------------------------


def rules_form(client, **changes):
    """Return the form as it comes, as a browser would send it back, with changes."""
    form = client.get(reverse("accounts:rules_add")).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in (values | changes).items()}


def test_rules_are_stored_as_the_arithmetic_reads_them(client, user):
    data = rules_form(client, name="Valley 2026", percent_62="50", way_50="units", way_22="manual")

    client.post(reverse("accounts:rules_add"), data)

    rules = RuleSet.objects.get()
    assert (rules.name, rules.user) == ("Valley 2026", user)
    assert D(rules.factors["62"]) == D("0.5")
    assert (rules.factors["50"], rules.factors["22"]) == ("units", "manual")
    assert D(rules.factors["80"]) == D("0.16")


def test_rules_can_be_changed(client, user):
    rules = RuleSet.objects.create(user=user, name="Mine", factors={"62": "0.5"})
    address = reverse("accounts:rules_change", args=[rules.pk])
    form = client.get(address).context["form"]
    assert form["percent_62"].value() == "50"

    client.post(address, rules_form(client, name="Mine", percent_62="55.5"))

    rules.refresh_from_db()
    assert D(rules.factors["62"]) == D("0.555")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"percent_62": ""}, "Give the per cent for “Two surgeons”: 100 is all."),
        ({"percent_62": "301"}, "less than or equal to 300"),
        ({"way_54": "share", "percent_54": ""}, "Give the per cent for “Operation only”"),
        ({"way_54": "units"}, "units is not one of the available choices"),
        ({"name": ""}, "is missing: fill it in"),
        ({"name": "Mine"}, "You have rules called Mine already."),
    ],
)
def test_rules_that_cannot_be_are_explained(client, user, changes, words):
    RuleSet.objects.create(user=user, name="Mine")

    response = client.post(
        reverse("accounts:rules_add"), rules_form(client, **{"name": "New"} | changes)
    )

    assert words in str(response.context["form"].errors.as_text())
    assert RuleSet.objects.count() == 1


def test_rules_that_a_contract_has_are_not_deleted(client, user):
    rules = RuleSet.objects.create(user=user, name="Mine")
    contract = made(user, rules="own", rule_set=rules)
    address = reverse("accounts:rules_delete", args=[rules.pk])

    client.post(address)
    assert RuleSet.objects.exists()
    contract.delete()
    client.post(address)

    assert not RuleSet.objects.exists()


# Whose they are -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["contract", "contract_change", "contract_amend", "contract_delete", "contract_end"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_persons_contract_is_not_there(client, user, name, method):
    contract = made(UserFactory())
    address = reverse(f"accounts:{name}", args=[contract.pk])

    response = getattr(client, method)(address, TYPED)

    assert response.status_code in {404, 405}
    assert Contract.objects.get().employer == "Valley"


@pytest.mark.parametrize("name", ["rules_change", "rules_delete"])
def test_another_persons_rules_are_not_there(client, user, name):
    rules = RuleSet.objects.create(user=UserFactory(), name="Theirs")

    response = client.post(reverse(f"accounts:{name}", args=[rules.pk]), {"name": "Mine now"})

    assert response.status_code == 404
    assert RuleSet.objects.get().name == "Theirs"


def test_contracts_are_private(client, user):
    response = client.get(reverse("accounts:contracts"))
    assert "no-store" in response.headers["Cache-Control"]
    client.logout()

    assert client.get(reverse("accounts:contracts")).status_code == 302


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_that_no_record_can_have_are_refused_with_a_sentence(client, user, day):
    old = made(user)
    addresses = [
        (reverse("accounts:contract_add"), {"starts_on": day}),
        (reverse("accounts:contract_add"), {"ends_on": day}),
        (reverse("accounts:contract_amend", args=[old.pk]), {"starts_on": day}),
        (reverse("accounts:contract_end", args=[old.pk]), {"ends_on": day}),
    ]

    pages = [client.post(address, TYPED | typed) for address, typed in addresses]

    assert all("Give a day between 2000 and 2100." in page.content.decode() for page in pages)
    assert Contract.objects.get() == old


def test_a_rate_is_shown_in_full(client, user):
    contract = made(user, rate=D("52.365"), base=D(1000), threshold=D(20))
    contract.tiers.create(above=D(100), rate=D("60.1255"))

    page = client.get(reverse("accounts:contract", args=[contract.pk])).content.decode()

    assert page.count("$60.1255") >= 2  # in the table and in the picture
    assert "$52.365" in page
    assert "$52.365" in client.get(reverse("accounts:contracts")).content.decode()


def test_entries_that_were_logged_before_a_contract_was_entered_are_named(client, user):
    log(user, date(2026, 3, 1), "6.36")
    log(user, date(2025, 12, 31), "6.36")
    address = reverse("accounts:contract", args=[made(user).pk])

    assert "1 entry of its days was logged before" in client.get(address).content.decode()
