"""Resources: figures of the releases, with an editor's words or without."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from blog.resources import LIVE, modifiers
from blog.resources.factors import periods
from codes.claim import KNOWN
from codes.credit import RULES
from codes.models import FeeSchedule
from tests.blog.pages import FaqFactory, LandingPageFactory, TermFactory
from tests.codes.little_release import load_release
from tests.factories import LocalityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(client):
    load_release()
    return client


def text(response):
    return response.content.decode()


def rows(response):
    return list(csv.reader(io.StringIO(text(response))))


def test_the_hub_leads_to_every_resource(site):
    LandingPageFactory(slug="how-rvus-work", title="How it works").publish()
    TermFactory(slug="gpci").publish()
    page = text(site.get("/resources/"))
    for slug in LIVE:
        assert f'href="/resources/{slug}/"' in page
    assert 'href="/resources/how-rvus-work/">How it works' in page
    assert 'href="/glossary/"' in page


@pytest.mark.parametrize("slug", LIVE)
def test_figures_are_there_before_an_editor_writes_and_after(site, slug):
    address = f"/resources/{slug}/"
    before = text(site.get(address))
    assert f"<h1>{LIVE[slug].title}</h1>" in before
    assert 'rel="canonical"' in before

    page = LandingPageFactory(slug=slug, title="Our words", text="What it means.")
    page.save_draft(None)
    assert "What it means." not in text(site.get(address))
    page.publish()
    FaqFactory(page=slug, question="Is it so?").publish()
    response = site.get(address)
    assert "<h1>Our words</h1>" in text(response)
    assert "What it means." in text(response)
    assert "Is it so?" in text(response)
    assert before.count("<table") == text(response).count("<table")
    assert not response.cookies
    assert 'href="/resources/' + slug in text(site.get("/resources/"))


@pytest.mark.parametrize(("slug", "queries"), [(slug, 2) for slug in LIVE])
def test_a_resource_costs_the_same_whatever_it_lists(
    site, django_assert_max_num_queries, slug, queries
):
    site.get("/resources/")
    site.get(f"/resources/{slug}/")
    with django_assert_max_num_queries(queries):  # what is shown; a ZIP code if one is typed
        site.get(f"/resources/{slug}/?where=")


# Conversion factors ---------------------------------------------------------------------------


def schedule(release, factor, effective_on, **fields):
    return FeeSchedule(
        release=release, conversion_factor=Decimal(factor), effective_on=effective_on, **fields
    )


def test_factors_are_those_of_the_loaded_releases_and_of_the_years_between():
    found = periods(
        [
            schedule("2026C", "33.4009", date(2026, 7, 1), qp_conversion_factor=Decimal("33.5675"),
                     is_active=True),
            schedule("2026B", "33.4009", date(2026, 4, 1)),
            schedule("2025D", "32.3465", date(2025, 10, 1)),
        ]
    )  # fmt: skip
    assert [(one.starts_on, str(one.factor), one.releases) for one in found] == [
        (date(2026, 1, 1), "33.4009", ("2026B", "2026C")),
        (date(2025, 1, 1), "32.3465", ("2025D",)),
        (date(2024, 3, 9), "33.2875", ()),
        (date(2024, 1, 1), "32.7442", ()),
        (date(2023, 1, 1), "33.8872", ()),
        (date(2022, 1, 1), "34.6062", ()),
        (date(2021, 1, 1), "34.8931", ()),
        (date(2020, 1, 1), "36.0896", ()),
    ]
    newest, before = found[:2]
    assert newest.is_active
    assert newest.change == Decimal("3.26")  # 33.4009 / 32.3465 = 1.0326
    assert newest.qp == Decimal("33.5675")
    assert before.qp is None
    assert found[-1].change is None
    assert periods([]) == []


def test_a_factor_that_changes_within_a_year_begins_with_its_release():
    found = periods(
        [
            schedule("2027A", "34.0000", date(2027, 1, 1)),
            schedule("2027B", "35.0000", date(2027, 4, 1)),
        ]
    )
    assert [(one.starts_on, one.releases) for one in found[:2]] == [
        (date(2027, 4, 1), ("2027B",)),
        (date(2027, 1, 1), ("2027A",)),
    ]


def test_the_factors_come_as_a_table_for_spreadsheets(site):
    found = rows(site.get("/resources/conversion-factors.csv"))
    assert found[0][:2] == ["from", "conversion factor"]
    assert found[1][:3] == ["2026-01-01", "33.4009", "3.26"]
    assert found[1][-1] == "2026B 2026C"


# Localities -----------------------------------------------------------------------------------


@pytest.fixture
def alabama(site):
    return LocalityFactory(
        schedule=FeeSchedule.objects.active(), mac="10112", number="00", state="AL",
        name="ALABAMA", work_gpci="1.000", pe_gpci="0.875", mp_gpci="0.566",
    )  # fmt: skip


def test_a_locality_is_found_by_its_state_and_marked_in_the_table(site, alabama):
    page = text(site.get("/resources/localities/?where=Alabama"))
    assert "work 1.000, practice expense 0.875, malpractice 0.566" in page
    assert '<tr id="at-10112-00" class="here">' in page
    assert 'name="robots" content="noindex"' in page


@pytest.mark.parametrize("asked", ["Atlantis", "1001", "00000", "<b>", "x" * 20_000])
def test_what_is_no_locality_is_said_in_a_sentence_and_kept(site, alabama, asked):
    response = site.get("/resources/localities/", {"where": asked})
    assert response.status_code == 200
    assert 'aria-invalid="true"' in text(response)
    assert "<b>" not in text(response)


def test_localities_come_as_a_table_for_spreadsheets(site, alabama):
    response = site.get("/resources/localities.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert ["2026C", "10112", "00", "AL", "Alabama", "1.000", "0.875", "0.566"] in [
        row[:8] for row in rows(response)
    ]


# Modifiers, indicators, releases --------------------------------------------------------------


def test_every_rule_of_credit_and_no_unknown_modifier_is_listed():
    listed = {row.modifier for row in (*modifiers.parts(), *modifiers.changing())}
    assert listed == {"26", "TC", "51"} | {rule.key for rule in RULES} - {"rank", "endoscopy"}
    neutral = {modifier for row in modifiers.neutral() for modifier in row.modifiers}
    assert len(modifiers.neutral()) == 14
    assert {*listed, *neutral} - {"51"} <= KNOWN
    assert not listed & neutral


def test_the_shares_are_those_that_the_site_reckons_with():
    rows = {row.modifier: row for row in modifiers.changing()}
    assert (rows["62"].pays, rows["62"].credit) == ("62.5%", "62.5%")
    assert (rows["51"].pays, rows["51"].credit) == ("50%", "50%")
    assert rows["66"].credit == "agreed case by case"


def test_indicators_are_counted_in_the_release_in_force(site):
    response = site.get("/resources/indicators/")
    others = {one.slug: one for one in response.context["others"]}
    pctc = {value.value: value.count for value in others["pctc"].values}
    assert pctc["1"] == 3  # 70450 and its two rows
    assert pctc["3"] == 1  # 93005
    statuses = {value.value: value for value in response.context["statuses"]}
    assert statuses["J"].count == 1
    assert statuses["J"].words.startswith("the code is an anesthesia service")
    assert site.get(statuses["J"].url).status_code == 200


def test_every_loaded_release_is_listed_with_its_files(site):
    page = text(site.get("/resources/data-quality/"))
    for schedule_ in FeeSchedule.objects.all():
        assert f'id="release-{schedule_.release}"' in page
        for source in schedule_.sources:
            assert source["sha256"] in page


def test_every_download_is_there(site):
    response = site.get("/resources/downloads/")
    for file in response.context["lists"]:
        assert site.get(file.url).status_code == 200, file
    for _, files in response.context["releases"]:
        for file in files:
            assert site.get(file.url).status_code == 200, file
