"""The payment calculator's page: what is typed, what it says, and what it costs."""

import csv
import io
import re
from datetime import date
from decimal import Decimal as D
from html import unescape

import pytest
from django.db import transaction
from django.test import Client
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codes.calculator import (
    CASE_FIELDS,
    LINE_FIELDS,
    LONGEST,
    MOST_LINES,
    after_sequestration,
    read,
    understood,
)
from codes.models import Code, FeeSchedule, Locality
from codes.shown import shown
from codes.starter_load import load_catalogue
from codes.views.calculator import work_out
from tests.factories import OppsCapFactory

COLONOSCOPIES = {
    "date": "2026-08-18",
    "locality": "13202-01",
    "setting": "facility",
    "code1": "45385",
    "code2": "45380",
    "modifiers2": "59",
    "code3": "99213",
    "modifiers3": "25",
}


@pytest.fixture(scope="module")
def catalogue(django_db_setup, django_db_blocker):
    """The starter catalogue in one transaction that is undone when these tests are over."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_catalogue()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def state(catalogue, db):
    return shown()


@pytest.fixture
def site(catalogue, db):
    return Client()


def address(**parameters):
    return f"/calculator/?{urlencode(parameters)}"


def page(site, **parameters):
    response = site.get(address(**parameters), follow=True)
    assert response.status_code == 200
    return text(response)


def text(response):
    """Return what can be read on a page, without tags."""
    html = response.content.decode()
    html = re.sub(r"<(option|label|h2|h3|p|td|th|tr|dd|dt|li)\b", r" <\1", html)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)))


def result(state, **parameters):
    found = work_out(state, read(parameters))
    assert found.problems == {}
    return found.result


def problems(state, **parameters):
    return work_out(state, read(parameters)).problems


def amounts(state, **parameters):
    return [one.priced.amount for one in result(state, **parameters).lines]


def reasons(state, **parameters):
    found = result(state, **parameters).lines
    assert all(one.priced.amount is None for one in found)
    return [one.priced.reason for one in found]


# What the page shows ------------------------------------------------------------------------


def test_the_case_of_the_design_with_every_step(site):
    """The figures of DOMAIN section 4: 252.27 + (201.07 − 186.74) = 266.60, and a visit."""
    found = page(site, **COLONOSCOPIES)
    for words in (
        "Medicare amount $330.38",
        "Manhattan, facility, 2026C",
        "6.05",
        "4.46 + 0.29 + 1.30",
        "$259.01",
        "(work × 1.064 + practice expense × 1.162 + malpractice × 1.586) × 33.4009",
        "45378 base code 3.18 1.34 0.41 5.59086 $186.74",
        "45380-59 As priced above $201.07",
        "45380-59 Less the base code 45378 − $186.74 $14.33",
        "Medicare’s share 80% $264.30",
        "After 2% sequestration 98% $259.01",
        "Left to the patient or another insurer $66.08",
        "45380-59 Less the base code 45378 − 3.18 0.29",
        "All lines 6.05",
    ):
        assert words in found, words


def test_with_nothing_asked_there_is_a_form_and_how_many_codes_are_loaded(site):
    response = site.get("/calculator/")
    count = Code.objects.filter(standings__schedule__is_active=True).distinct().count()
    assert f"Only the {count} codes of the starter catalogue are loaded here" in text(response)
    html = response.content.decode()
    assert html.count('name="code') == 3
    assert "noindex" not in html
    assert "How it is worked out" not in html


def test_each_example_of_the_page_works(site):
    html = site.get("/calculator/").content.decode()
    links = re.findall(r'<li><a href="(/calculator/\?[^"]+)"', html)
    assert len(links) == 4
    for link in links:
        response = site.get(unescape(link))
        assert response.status_code == 200, link  # its own address already
        assert "How it is worked out" in text(response)
        assert "without an amount" not in text(response)


def test_a_case_is_not_for_search_engines(site):
    html = site.get(address(code1="99213")).content.decode()
    assert '<meta name="robots" content="noindex">' in html
    assert '<link rel="canonical" href="http://testserver/calculator/">' in html


def test_the_menu_and_the_code_page_lead_there(site):
    html = site.get("/cpt-codes/digestive/47562/?where=10016").content.decode()
    assert '<a href="/calculator/">Payment calculator</a>' in html
    link = "/calculator/?locality=13202-01&amp;setting=facility&amp;code1=47562"
    assert f'href="{link}"' in html
    assert site.get(unescape(link)).status_code == 200


def test_an_anesthesia_page_leads_there_too(site):
    html = site.get("/cpt-codes/anesthesia-upper-abdomen/00790/").content.decode()
    link = "/calculator/?code1=00790&amp;modifiers1=AA"
    assert f'href="{link}"' in html
    assert "enter both with the line" in text(site.get(unescape(link)))


# One address for a case ---------------------------------------------------------------------


def test_a_filled_form_leads_to_the_short_address_of_its_case(site):
    form = {"date": "", "where": "10016", "setting": "office", "factor": "", "code1": "99213"}
    form |= {"modifiers1": "", "units1": "1", "code2": "", "units2": "1", "utm": "x"}
    response = site.get(address(**form))
    assert response.status_code == 302
    assert response["Location"] == "/calculator/?where=10016&code1=99213"


def test_a_line_is_added_and_removed_by_plain_buttons(site):
    case = {"code1": "99213", "code2": "20610", "modifiers2": "50", "code3": "45378"}
    more = site.get(address(**case, more="1"))
    assert more["Location"] == f"{address(**case, lines=4)}"
    assert site.get(more["Location"]).content.decode().count('name="code') == 4
    fewer = site.get(address(**case, remove="1"))
    assert fewer["Location"] == address(code1="20610", modifiers1="50", code2="45378")


def test_an_empty_line_can_be_added_before_any_is_filled(site):
    empty = {f"code{number}": "" for number in (1, 2, 3)}
    assert site.get(address(**empty, more="1"))["Location"] == "/calculator/?lines=4"


def test_there_are_twelve_lines_at_most_and_the_page_says_so(site):
    case = {f"code{number}": "99213" for number in range(1, MOST_LINES + 3)}
    found = page(site, **case)
    assert "A case has 12 lines here at most: the further ones" in found
    assert len(re.findall(r"Remove", found)) == MOST_LINES
    assert "Add a line" not in found
    asked = read({f"code{number}": "99213" for number in range(1, 13)} | {"more": "1"})
    assert asked.rows == MOST_LINES


def test_every_step_can_be_had_for_a_spreadsheet(site):
    response = site.get(address(**COLONOSCOPIES, format="csv"))
    assert response["Content-Type"] == "text/csv"
    rows = list(csv.reader(io.StringIO(response.content.decode())))
    assert rows[0] == ["RVU Edge: payment of a case, Manhattan, release 2026C"]
    assert rows[1] == [f"http://testserver{address(**COLONOSCOPIES)}"]
    table = [dict(zip(rows[4], row, strict=True)) for row in rows[5:]]
    total = next(row for row in table if row["step"] == "All lines: Medicare amount")
    assert total["dollars"] == "330.38"
    lines = [row["dollars"] for row in table if row["step"] == "Medicare amount"]
    assert lines == ["252.27", "14.33", "63.78"]
    work = [row["value"] for row in table if row["step"] == "Work RVUs credited"]
    assert [D(value) for value in work] == [D("4.46"), D("0.29"), D("1.30")]


def test_nothing_typed_runs_in_a_spreadsheet(site):
    response = site.get(address(code1="99213", modifiers1="59", format="csv"))
    cells = [c for row in csv.reader(io.StringIO(response.content.decode())) for c in row]
    assert not [cell for cell in cells if cell[:1] in set("=+@\t\r")]


def test_a_case_that_cannot_be_worked_out_has_no_csv(site):
    response = site.get(address(code1="99999", format="csv"))
    assert response["Content-Type"].startswith("text/html")
    assert "99999 is not among" in text(response)


# One copy for everyone ----------------------------------------------------------------------


def test_one_copy_serves_everyone_and_is_known_by_its_etag(site):
    first = site.get(address(**COLONOSCOPIES))
    assert "public" in first["Cache-Control"]
    assert not first.cookies
    assert "Cookie" not in first.get("Vary", "")
    again = site.get(address(**COLONOSCOPIES), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    other = site.get(address(**COLONOSCOPIES, code4="99214"))
    assert other["ETag"] != first["ETag"]


def test_twelve_lines_cost_as_many_queries_as_one(site, django_assert_max_num_queries):
    """What is shown, place, rows, further rows, hospital caps; the rest is remembered."""
    page(site, **COLONOSCOPIES)
    long = COLONOSCOPIES | {f"code{n}": "45384" for n in range(4, 13)} | {"where": "10016"}
    for case in (COLONOSCOPIES, long, COLONOSCOPIES | {"date": "2021-03-03", "locality": ""}):
        page(site, **case)
        with django_assert_max_num_queries(7):
            page(site, **case)


def test_only_reading_is_allowed(site):
    assert site.post("/calculator/", COLONOSCOPIES).status_code == 405


# What is asked for --------------------------------------------------------------------------


def test_the_day_chooses_the_release(state):
    assert result(state, code1="99213", date="2026-08-18").total == D("95.19")
    found = work_out(state, read({"code1": "99213", "date": "2021-08-18"}))
    assert (found.schedule.release, found.result.total) == ("2021A", D("92.47"))  # 2.65 × 34.8931


def test_a_day_without_a_release_is_said_and_the_days_that_have_one(state):
    found = problems(state, code1="99213", date="2019-12-31")
    assert found["date"].startswith("No release that was in force on December 31, 2019 is loaded.")
    assert "January 1, 2020" in found["date"]


def test_a_day_after_all_releases_takes_the_newest_and_says_so(site):
    found = page(site, code1="99213", date="2027-01-15")
    assert "no release of 2027 is loaded yet, so these are the newest figures so far" in found
    assert "$95.19" in found


def test_a_release_that_the_site_does_not_show_yet_is_not_used(state):
    FeeSchedule.objects.filter(release="2026C").update(is_active=False)
    FeeSchedule.objects.filter(release="2025D").update(is_active=True)
    found = work_out(shown(), read({"code1": "99213", "date": "2026-08-18"}))
    assert found.schedule.release == "2025D"


def test_an_older_release_has_one_factor_and_no_localities(state):
    found = problems(state, code1="99213", date="2021-08-18", factor="qp", locality="13202-01")
    assert found["factor"].startswith("Release 2021A has one conversion factor for everyone")
    assert found["where"].startswith("Release 2021A is loaded without localities")


def test_a_qualifying_participant_and_a_place_by_zip_code(state):
    assert result(state, code1="99213", where="10016", factor="qp").total == D("108.17")


def test_a_place_of_service_goes_before_the_setting(state):
    found = amounts(state, code1="99213", place1="22", code2="99213", modifiers2="25")
    assert found == [D("57.45"), D("95.19")]


def test_a_modifier_can_be_typed_with_its_code(state):
    found = result(state, code1="70450-26")
    assert (found.total, found.lines[0].name) == (D("39.41"), "70450-26")


@pytest.mark.parametrize(
    ("modifiers", "setting", "amount", "wrvu"),
    [
        ("80", "facility", "168.44", "3.0576"),
        ("AS", "facility", "143.17", "3.0576"),
        ("62", "facility", "657.95", "11.94375"),
        ("54", "facility", "831.65", "15.0969"),
        ("55", "facility", "221.07", "4.0131"),
        ("78", "facility", "726.38", "13.1859"),
    ],
)
def test_team_roles_at_a_knee_replacement_in_alabama(state, modifiers, setting, amount, wrvu):
    """DOMAIN sections 4 and 5: shares of 1,052.72 dollars and of 19.11 work RVUs."""
    (found,) = result(
        state, code1="27447", modifiers1=modifiers, setting=setting, locality="10112-00"
    ).lines
    assert (found.priced.amount, found.credit.wrvu) == (D(amount), D(wrvu))


def test_who_does_not_participate_is_told_the_limiting_charge(state):
    found = result(state, code1="99213", participating="no", charge1="120")
    assert (found.total, found.limit) == (D("90.43"), D("104.00"))
    assert found.lines[0].notes == (
        "The charge of $120.00 is above the limiting charge of $104.00: more may not be billed.",
    )


def test_nurses_and_assistants_accept_assignment(state, site):
    case = {"code1": "99213", "participating": "no", "clinician": "npp"}
    found = result(state, **case)
    assert (found.total, found.limit) == (D("76.86"), None)  # 95.19, 85%, 95%
    assert "no limiting charge applies" in page(site, **case)


def test_medicares_share_after_the_deductible(state):
    assert result(state, code1="99213").share.amount == D("74.63")
    found = result(state, code1="99213", deductible="$45.19")
    assert found.share.amount == D("39.20")  # 50.00, 80%, 98%
    assert found.patient == D("55.19")


@pytest.mark.parametrize(
    ("day", "kept"),
    [
        (date(2020, 4, 30), "0.98"),
        (date(2020, 5, 1), "1"),
        (date(2022, 3, 31), "1"),
        (date(2022, 4, 1), "0.99"),
        (date(2022, 6, 30), "0.99"),
        (date(2022, 7, 1), "0.98"),
        (date(2026, 8, 18), "0.98"),
    ],
)
def test_sequestration_by_the_day(day, kept):
    assert after_sequestration(day) == D(kept)


def test_anesthesia_by_the_locality_needs_that_factor(state):
    case = {"code1": "00790", "modifiers1": "AA", "base1": "7", "minutes1": "129"}
    assert amounts(state, **case) == [D("319.76")]
    assert amounts(state, **case, factor="qp") == [D("321.36")]  # 15.6 × 20.5998
    assert reasons(state, **case, locality="13202-01") == [
        "No anesthesia factor in Manhattan is loaded with release 2026C. Choose the national "
        "amount instead."
    ]
    Locality.objects.filter(mac="13202", number="01").update(anesthesia_factor=D("22"))
    shown_anew()
    assert amounts(shown(), **case, locality="13202-01") == [D("343.20")]


def shown_anew():
    """Forget what is remembered of the localities, as any change of the site does."""
    FeeSchedule.objects.mark_changed()


def test_anesthesia_units_are_credited_apart(state):
    (found,) = result(state, code1="00790", modifiers1="QK", base1="7", minutes1="129").lines
    assert (found.credit.asa_units, found.credit.wrvu) == (D("15.6"), 0)
    assert found.priced.amount == D("159.88")


def test_the_hospital_cap_of_the_releases_own_file_wins(state):
    case = {"code1": "70450", "modifiers1": "TC", "locality": "10112-00"}
    assert amounts(state, **case) == [D("58.64")]
    OppsCapFactory(schedule=state.schedule, code__hcpcs="70450", nonfacility=D("50.00"))
    assert amounts(state, **case) == [D("50.00")]
    assert amounts(state, **case, factor="qp") == [D("58.93")]  # the file is not for that factor


def test_further_units_say_how_each_came_about(state):
    (found,) = result(state, code1="20610", units1="2").lines
    (step,) = [step for step in found.priced.changes if step.label == "Further units"]
    assert step.factor == "+ 1 × $34.41"
    assert step.note == "Each: from $68.81: ranked 2 of 2, 50%, $34.41."


def test_a_further_study_shows_the_rows_of_its_parts(state):
    rows = [row for one in result(state, code1="70551", code2="70450").lines for row in one.rows]
    assert [(row.what, row.note, row.is_aside) for row in rows] == [
        ("70551", "", False),
        ("70450", "", False),
        ("70450-TC", "technical part", True),
        ("70450-26", "reading", True),
    ]


def test_a_second_unit_of_a_study_shows_the_rows_of_its_parts_too(state):
    (found,) = result(state, code1="70551", units1="2").lines
    assert found.priced.amount == D("323.61")  # 195.40 + 63.80 + 64.41
    assert [row.what for row in found.rows] == ["70551", "70551-TC", "70551-26"]


def test_therapy_shows_the_halved_practice_expense(state):
    (found,) = result(state, code1="97110", units1="3").lines
    assert found.priced.amount == D("73.48")  # 29.06 + 2 × 22.21
    half = found.rows[1]
    assert (half.note, half.amount, half.rvus.practice_expense) == (
        "half the practice expense",
        D("22.21"),
        D("0.205"),
    )


# What cannot be -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "modifiers", "reason"),
    [
        ("99213", "TC", "Modifiers 26 and TC do not apply to 99213."),
        ("93010", "26", "93010 is the professional part only; do not add 26."),
        ("70450", "26 TC", "26 and TC together are the whole test: bill it without either."),
        ("45378", "62", "Co-surgeons are not paid for 45378."),
        ("45378", "80", "Medicare does not pay an assistant for 45378."),
        ("99213", "54", "The fee of 99213 is not divided into care before and after surgery."),
        ("20610", "80 62", "One clinician has one part in an operation: 62 and 80 exclude"),
        ("20610", "RT LT", "RT and LT on one line are both sides: use 50 alone"),
        ("20610", "50 RT", "Modifier 50 is both sides already: leave RT or LT out."),
        ("99213", "AA", "Modifier AA goes with anesthesia services (status J) alone."),
        ("00790", "AA 50", "Modifier 50 does not go with an anesthesia service."),
        ("00790", "AA QK", "AA and QK exclude each other: each says who gave the anesthesia."),
        ("00790", "", "Say with a modifier who gave the anesthesia: AA, AD, QK, QX, QY or QZ."),
        ("27447", "", "CMS regards 27447 as rarely or never done outside a facility"),
        ("80053", "", "By law 80053 is not a physician service for this fee schedule"),
    ],
)
def test_impossible_lines_are_explained(state, site, code, modifiers, reason):
    (found,) = reasons(state, code1=code, modifiers1=modifiers)
    assert found.startswith(reason)
    assert reason in page(site, code1=code, modifiers1=modifiers)


def test_both_sides_of_what_covers_both_already_are_explained(state, site):
    rows = state.schedule.rates.filter(bilat="2", status="A", modifier="", nonfac_na=False)
    code = rows.first().code_id
    (plain,), (both,) = (
        amounts(state, code1=code),
        amounts(state, code1=code, modifiers1="50"),
    )
    assert plain == both
    found = page(site, code1=code, modifiers1="50")
    assert "Both sides (50): The value already covers both sides." in found


def test_units_and_minutes_do_not_go_together(state):
    assert reasons(state, code1="99213", minutes1="30")[0].startswith("99213 is valued in RVUs")
    assert reasons(state, code1="00790", modifiers1="AA", base1="7", minutes1="9", units1="2") == [
        "An anesthesia service is counted by its minutes: it has one unit on a line."
    ]


def test_an_impossible_line_leaves_the_others_priced(site, state):
    case = {"code1": "99213", "code2": "45378", "modifiers2": "62"}
    assert amounts(state, **case) == [D("95.19"), None]
    found = page(site, **case)
    assert "1 line without an amount" in found
    assert "Medicare amount $95.19" in found


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("code1", "9921", "“9921” is no code. A code has five signs"),
        ("code1", "99999", "99999 is not among the"),
        ("code1", "", "Line 1 has no code. Enter one, or remove the line."),
        ("modifiers1", "5x9", "“5X9” is no modifier."),
        ("modifiers1", "24 25 57 59 79", "A line has 4 modifiers at most."),
        ("units1", "0", "Units are a whole number from 1 to 99, not “0”."),
        ("units1", "1.5", "Units are a whole number from 1 to 99, not “1.5”."),
        ("units1", "٣", "Units are a whole number from 1 to 99, not “٣”."),
        ("charge1", "-5", "“-5” is no amount. Write dollars and cents: 150.00."),
        ("charge1", "1e3", "“1e3” is no amount."),
        ("charge1", "NaN", "“NaN” is no amount."),
        ("place1", "7", "A place of service code has two digits, such as 11."),
        ("days1", "20", "Days of care go with modifier 55."),
        ("minutes1", "9999", "Minutes are a whole number from 0 to 2,880, not “9999”."),
        ("base1", "many", "Base units are a whole number from 0 to 50, not “many”."),
        ("induction1", "perhaps", "“perhaps” is none of the answers here."),
        ("date", "2026-02-30", "“2026-02-30” is no day."),
        ("date", "tomorrow", "“tomorrow” is no day."),
        ("where", "00000", "00000 is not in CMS’s ZIP code file"),
        ("where", "Monroe", "“Monroe” can mean several localities."),
        ("locality", "99999-99", "That is no Medicare locality of this release."),
        ("setting", "moon", "“moon” is none of the answers here. Choose one."),
        ("factor", "q", "“q” is none of the answers here. Choose one."),
        ("clinician", "robot", "“robot” is none of the answers here. Choose one."),
        ("participating", "maybe", "“maybe” is none of the answers here. Choose one."),
        ("deductible", "all", "“all” is no amount."),
    ],
)
def test_bad_input_gets_a_sentence_at_its_field_and_stays(site, field, typed, sentence):
    case = {"code1": "99213", "modifiers1": "25", "code2": "20610", "units2": "3"} | {field: typed}
    response = site.get(address(**case), follow=True)
    html = response.content.decode()
    assert response.status_code == 200
    assert sentence in text(response)
    where = "where" if field == "locality" else field
    assert f'id="{where}-error"' in html
    assert f'href="#{where}"' in html
    assert f'aria-describedby="{where}-error"' in html
    assert "Not worked out yet" in html
    assert "How it is worked out" not in html
    assert 'value="20610"' in html
    assert 'value="3"' in html
    if field not in {"locality", "setting", "factor", "clinician", "participating", "induction1"}:
        assert f'value="{typed}"' in html


def test_several_places_are_links_that_keep_the_case(site):
    html = site.get(address(where="Monroe", code1="99213")).content.decode()
    links = re.findall(r'class="chip" href="([^"]+)"', html)
    assert "/calculator/?locality=09102-04&amp;code1=99213" in links
    assert "$101.79" in text(site.get("/calculator/?locality=09102-04&code1=99213"))


# Hostile addresses --------------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        *CASE_FIELDS,
        *(f"{name}{number}" for name in LINE_FIELDS for number in (1, 2, 3, 12, 13, 99)),
        *("lines", "more", "remove", "format", "cut", "", "code", "code-1", "code1[]"),
    ]
)
VALUES = st.one_of(
    st.text(max_size=LONGEST + 20),
    st.sampled_from(
        [
            *("99213", "27447", "70450-26", "00790", "45385", "facility", "office", "qp", "no"),
            *("50", "26 TC", "80", "55", "AA", "1", "200", "0", "-1", "1e9", "NaN", "9" * 80),
            *("10016", "13202-01", "Monroe", "2026-08-18", "2021-01-01", "0001-01-01", "csv"),
            *("9999-12-31", "npp", "<script>alert(1)</script>", "'; DROP TABLE codes_rate; --"),
            *("\x00", "%00", "=1+1"),
        ]
    ),
)
PARAMETERS = st.dictionaries(NAMES, VALUES, max_size=14)


@given(PARAMETERS)
def test_an_address_read_and_written_stays_the_same(parameters):
    asked = read(parameters)
    again = read(dict(asked.pairs()))
    assert again.pairs() == asked.pairs()
    assert again == asked
    assert len(asked.lines) <= asked.rows <= MOST_LINES
    understood(asked)  # never raises


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PARAMETERS)
def test_no_address_breaks_the_page(site, parameters):
    response = site.get("/calculator/", parameters)
    if any("\x00" in value for value in parameters.values()):
        assert response.status_code == 400  # no address of any page may have it
        return
    assert response.status_code in {200, 302}
    if response.status_code == 302:
        assert response["Location"].startswith("/calculator/")
        response = site.get(response["Location"])
    assert response.status_code == 200
    assert b"<script>alert" not in response.content


def test_the_same_parameter_twice_is_the_last_one(site):
    response = site.get("/calculator/?code1=99213&code1=99214")
    assert response["Location"] == "/calculator/?code1=99214"


def test_as_much_as_a_form_can_hold_is_worked_out(state):
    case = {f"code{n}": "45385" for n in range(1, 13)} | {f"units{n}": "99" for n in range(1, 13)}
    found = result(state, **case, setting="facility")
    assert found.unpriced == 0
