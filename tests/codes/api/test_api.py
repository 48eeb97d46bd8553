"""The API: what it answers, what it refuses, and what it never does."""

import base64
import json
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from codes.api import cursors
from codes.calculator import read
from codes.models import Code, FeeSchedule
from codes.payment import NATIONAL, Components, Setting, price
from codes.shown import shown
from codes.views.calculator import work_out
from tests.codes.little_release import GALLBLADDER, LABELS
from tests.factories import CodeContentFactory, rate_row

pytestmark = pytest.mark.django_db

PLACES = (
    "",
    "codes/",
    "codes/47562/",
    "codes/47562/history/",
    "search/?q=gallbladder",
    "categories/",
    "specialties/",
    "localities/",
    "payment/?code=99213",
    "releases/",
    "releases/2026C/",
    "releases/2026C/rates/",
    "releases/2026C/changes/",
)


def walk(get, address):
    """Return the rows of every page of a list, in their order."""
    rows = []
    while address:
        page = get(address)
        rows += page["results"]
        address = page["next"] and page["next"].partition("/api/v1/")[2]
    return rows


def problem(response, status):
    """Return the problem document of an error, which must be one."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    document = json.loads(response.content)
    assert document["status"] == status
    assert document["title"] == HTTPStatus(status).phrase
    return document


# What every answer has ----------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_every_answer_says_where_its_figures_come_from(get, place):
    said = get(place)["provenance"]
    assert said["release"] == "2026C"
    assert said["file"] == "PPRRVU.csv"
    assert said["released_on"] == "2026-06-30"
    assert "RVU26C" in said["source"]
    assert "copyright 2026 American Medical Association" in said["notices"][0]


@pytest.mark.parametrize("place", PLACES)
def test_an_answer_is_one_copy_for_everyone(client, release, place):
    response = client.get(f"/api/v1/{place}")
    assert response["Cache-Control"] == "public, max-age=300"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Content-Security-Policy"].startswith("default-src 'none'")
    assert not response.cookies
    assert "Cookie" not in response["Vary"]
    again = client.get(f"/api/v1/{place}", headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_an_etag_holds_until_what_is_shown_changes(client, release):
    etag = client.get("/api/v1/codes/47562/")["ETag"]
    FeeSchedule.objects.mark_changed()
    response = client.get("/api/v1/codes/47562/", headers={"if-none-match": etag})
    assert response.status_code == 200
    assert response["ETag"] != etag


def test_a_changed_release_is_another_answer(client, release):
    etag = client.get("/api/v1/codes/47562/")["ETag"]
    FeeSchedule.objects.filter(release="2026C").update(is_active=False)
    FeeSchedule.objects.filter(release="2026B").update(is_active=True)
    response = client.get("/api/v1/codes/47562/", headers={"if-none-match": etag})
    assert response.json()["provenance"]["release"] == "2026B"
    assert response.json()["result"]["work_rvu"] == "10.47"


@pytest.mark.parametrize(
    ("place", "queries"),
    [
        ("", 1),  # what the site shows
        ("codes/", 2),
        ("codes/?q=gallbladder&status=A&sort=-work&size=100", 2),
        ("codes/47562/", 4),  # its standing, its rows, its text
        ("codes/47562/history/", 2),
        ("search/?q=gallbladder", 1),
        ("categories/", 1),
        ("specialties/", 1),
        ("localities/", 2),
        ("localities/?zip=35004", 2),
        ("payment/?code=47562&setting=facility&zip=35004", 4),  # rows, ZIP code, caps,
        ("releases/", 1),
        ("releases/2026C/", 1),
        ("releases/2026B/rates/?size=100", 2),
        ("releases/2026C/changes/", 1),
        ("openapi.json", 0),
    ],
)
def test_each_answer_costs_the_same_at_any_length(
    client, release, django_assert_num_queries, place, queries
):
    client.get(f"/api/v1/{place}")  # what this process remembers is read once
    with django_assert_num_queries(queries):
        assert client.get(f"/api/v1/{place}").status_code == 200


def test_a_copy_that_is_known_costs_one_question(client, release, django_assert_num_queries):
    etag = client.get("/api/v1/codes/")["ETag"]
    with django_assert_num_queries(1):
        client.get("/api/v1/codes/", headers={"if-none-match": etag})


def test_head_has_the_headers_alone(client, release):
    whole, head = client.get("/api/v1/codes/"), client.head("/api/v1/codes/")
    assert head.status_code == 200
    assert head.content == b""
    assert head["ETag"] == whole["ETag"]


def test_a_browser_may_ask_from_any_page_with_the_etag_it_has(client, release):
    response = client.options(
        "/api/v1/codes/",
        headers={
            "origin": "https://example.org",
            "access-control-request-method": "GET",
            "access-control-request-headers": "if-none-match",
        },
    )
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in response["Access-Control-Allow-Headers"]
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


# Codes --------------------------------------------------------------------------------------


def test_the_root_leads_to_everything(client, get):
    for address in get("")["links"].values():
        path = "/" + address.partition("//")[2].partition("/")[2]
        asks = {"search": "?q=knee", "payment": "?code=99213"}
        response = client.get(path + asks.get(path.rstrip("/").rpartition("/")[2], ""))
        assert response.status_code == 200, path


def test_a_code_has_exact_figures_as_text(get):
    one = get("codes/47562/")["result"]
    assert one["work_rvu"] == one["credited_work_rvu"] == "10.21"
    assert one["total_fac"] == "18.92"  # 10.21 + 6.04 + 2.67
    assert one["total_nonfac"] is None  # NA outside facilities
    assert one["national_fac"] == "631.95"  # 18.92 × 33.4009
    assert one["label"] == LABELS[GALLBLADDER]
    assert one["category"] == {"slug": "digestive", "name": "Digestive system"}
    assert (one["change"], one["work_rvu_before"]) == ("work", "10.47")
    assert one["page"] == "http://testserver/cpt-codes/digestive/47562/"
    assert one["rates"][0]["pe_fac"] == "6.04"
    assert one["text"]["synonyms"] == ["lap chole"]
    assert one["text"]["specialties"] == [{"slug": "general-surgery", "name": "General surgery"}]


def test_a_code_may_be_asked_for_in_small_letters(get):
    assert get("codes/g0411/")["result"]["code"] == "G0411"


def test_rvus_that_medicare_does_not_use_are_not_credited(get):
    one = get("codes/99381/")["result"]
    assert (one["work_rvu"], one["credited_work_rvu"]) == ("1.50", None)
    assert one["no_work"] == "none"
    assert get("codes/40799/")["result"]["no_work"] == "contractor"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=gallbladder", ["47562", "47600"]),
        ("category=digestive", ["40799", "45378", "47562", "47600"]),
        ("specialty=general-surgery", ["45378", "47562", "47600"]),
        ("status=J&status=X", ["00790", "G0411"]),
        ("global_days=090", ["47562", "47600"]),
        ("split=yes", ["70450"]),
        ("payable=yes&category=digestive", ["45378", "47562", "47600"]),
        ("work_min=3.18&work_max=10.21", ["45378", "47562", "G0105"]),
        ("change=new", ["G0411"]),
        ("category=digestive&status=A&work_max=4", ["45378"]),
    ],
)
def test_codes_are_filtered_as_on_the_public_list(get, query, found):
    assert [one["code"] for one in get(f"codes/?{query}")["results"]] == found


SORTS = ("code", "work", "-work", "total", "-total", "office", "-office", "facility", "-facility",
         "change")  # fmt: skip


@pytest.mark.parametrize("sort", SORTS)
def test_pages_of_every_order_hold_each_code_once(get, sort):
    whole = [one["code"] for one in get(f"codes/?sort={sort}&size=100")["results"]]
    paged = [one["code"] for one in walk(get, f"codes/?sort={sort}&size=3")]
    assert paged == whole
    assert len(set(whole)) == 16


def test_what_is_published_between_two_pages_moves_no_row(get):
    page = get("codes/?size=5")
    FeeSchedule.objects.mark_changed()
    following = get(page["next"].partition("/api/v1/")[2])
    assert following["results"][0]["code"] > page["results"][-1]["code"]


def test_the_next_page_stands_in_a_header_too(client, release):
    response = client.get("/api/v1/codes/?size=5")
    assert response["Link"] == f'<{response.json()["next"]}>; rel="next"'


def test_search_finds_what_the_search_page_finds(get):
    found = get("search/?q=lap chole")
    assert found["results"][0]["code"] == GALLBLADDER
    assert found["results"][0]["why"]
    assert get("search/?q=galbladder")["corrected"] == "gallbladder"


def test_search_goes_on_where_the_page_before_ended(get):
    whole = [one["code"] for one in get("search/?q=service code&size=100")["results"]]
    assert [one["code"] for one in walk(get, "search/?q=service code&size=1")] == whole


def test_a_specialty_leads_to_its_codes(get):
    (one,) = get("specialties/")["results"]
    assert (one["slug"], one["codes"]) == ("general-surgery", 3)
    assert len(walk(get, one["url"].partition("/api/v1/")[2])) == 3


def test_categories_count_the_codes_of_the_release(get):
    rows = {one["slug"]: one for one in get("categories/")["results"]}
    assert rows["digestive"]["codes"] == 4
    assert rows["digestive"]["maximum"] == "17.04"
    assert rows[rows["digestive"]["chapter"]]["chapter"] is None


# Drafts and licensed wording ----------------------------------------------------------------


def everything(client):
    """Return all that the API says, as one text."""
    places = [*PLACES, "codes/0054T/", "codes/D0120/", "codes/0054T/history/",
              "codes/G0411/", "releases/2026C/rates.csv", "releases/2026C/rates.jsonl",
              "search/?q=secret"]  # fmt: skip
    return "".join(client.get(f"/api/v1/{place}").getvalue().decode() for place in places)


def test_a_draft_is_nowhere(client, release):
    content = CodeContentFactory(code=Code.objects.get(pk="99214"), label="A secret draft")
    content.save_draft(None)
    later = CodeContentFactory(code=Code.objects.get(pk="70450"), label="A secret of tomorrow")
    later.publish(starts_at=timezone.now() + timedelta(days=1))
    published = CodeContentFactory(code=Code.objects.get(pk="47562"))
    published.description = "A secret change"
    published.save_draft(None)
    assert "secret" not in everything(client).replace('q=secret"', "")
    assert client.get("/api/v1/codes/99214/").json()["result"]["text"] is None


def test_wording_of_the_ama_and_the_ada_is_not_given_away(client, release):
    said = everything(client)
    assert "An AMA text" not in said
    assert "An ADA text" not in said
    assert "Group session" in said  # CMS's own


def test_wording_is_shown_under_a_license_but_in_no_bulk_file(client, release, settings):
    settings.SHOW_AMA_DESCRIPTORS = True
    rates = client.get("/api/v1/releases/2026C/rates/?code=0054T").json()
    assert rates["results"][0]["descriptor"] == "An AMA text"
    bulk = client.get("/api/v1/releases/2026C/rates.csv").getvalue().decode()
    assert "An AMA text" not in bulk


# Releases -----------------------------------------------------------------------------------


def test_every_loaded_release_is_there(get):
    assert [one["release"] for one in get("releases/")["results"]] == ["2026C", "2026B"]
    one = get("releases/2026B/")["result"]
    assert (one["is_active"], one["conversion_factor"]) == (False, "33.4009")
    assert one["files"][0]["kind"] == "PPRRVU"


def test_rates_are_those_of_the_release_asked_for(get):
    (row,) = get("releases/2026B/rates/?code=47562")["results"]
    assert row["work_rvu"] == "10.47"
    assert get("releases/2026B/rates/")["provenance"]["release"] == "2026B"


def test_pages_of_rates_hold_each_row_once(get):
    rows = walk(get, "releases/2026C/rates/?size=2")
    names = [(row["code"], row["modifier"]) for row in rows]
    assert len(names) == 18
    assert names == sorted(set(names))
    assert ("70450", "26") in names


def test_history_tells_what_changed(get):
    newest, oldest = get("codes/47562/history/")["results"]
    assert (newest["release"], oldest["release"]) == ("2026C", "2026B")
    assert newest["changes"] == [
        {"modifier": "", "column": "work_rvu", "old": "10.47", "new": "10.21",
         "reason": "revalued"},
    ]  # fmt: skip
    assert oldest["changes"] == []


def test_changes_are_those_of_the_ledger(get):
    found = get("releases/2026C/changes/")
    assert found["since"]["release"] == "2026B"
    assert found["results"] == [
        {"code": "47562", "modifier": "", "column": "work_rvu", "old": "10.47", "new": "10.21",
         "difference": "-0.26", "reason": "revalued"},
        {"code": "G0411", "modifier": "", "column": None, "old": None, "new": None,
         "difference": None, "reason": "new"},
    ]  # fmt: skip
    assert walk(get, "releases/2026C/changes/?size=1") == found["results"]
    (only,) = get("releases/2026C/changes/?reason=new&code=G")["results"]
    assert only["code"] == "G0411"


# Payment ------------------------------------------------------------------------------------


def test_payment_shows_the_steps_of_the_code_page(get):
    result = get("payment/?code=47562&setting=facility&locality=10112-00")["result"]
    row = rate_row("47562", work_rvu="10.21", pe_fac="6.04", mp_rvu="2.67")
    gpcis = Components(Decimal("1.000"), Decimal("0.875"), Decimal("0.566"))
    priced = price(row, Setting.FACILITY, gpcis, Decimal("33.4009"))
    assert result["amount"] == str(priced.amount)
    assert [one["label"] for one in result["steps"]] == [one.label for one in priced.steps]
    assert [one["amount"] for one in result["steps"]] == [
        f"{one.amount:f}" for one in priced.steps
    ]
    assert result["locality"]["name"] == "Locality" or result["locality"]["key"] == "10112-00"


def test_payment_without_a_place_is_the_national_amount(get):
    result = get("payment/?code=99213")["result"]
    assert result["amount"] == "95.19"  # 2.85 × 33.4009
    assert result["locality"] is None
    assert set(result["gpcis"].values()) == {f"{NATIONAL.work:.3f}"}


def test_payment_finds_the_locality_of_a_zip_code(get):
    assert get("payment/?code=99213&zip=35004")["result"]["locality"]["key"] == "10112-00"


@pytest.mark.parametrize(
    ("query", "amount"),
    [
        ("code=99213&units=2", "190.38"),
        ("code=99213&qp=true", "95.67"),  # 2.85 × 33.5675
        ("code=99213&participating=false", "90.43"),  # 95% of 95.19
        ("code=99213&clinician=npp", "80.91"),  # 85%
        ("code=70450&modifiers=26", "40.75"),  # 1.22 × 33.4009
        ("code=70450&modifiers=26&setting=facility", "40.75"),
        ("code=99213&date=2026-05-01", "95.19"),
    ],
)
def test_payment_takes_what_is_asked_into_account(get, query, amount):
    assert get(f"payment/?{query}")["result"]["amount"] == amount


@pytest.mark.parametrize(
    "query",
    [
        "code=47562&setting=facility&modifiers=80&zip=35004",
        "code=45378&setting=facility&units=2",
        "code=70450&modifiers=26",
        "code=99213&modifiers=50",
        "code=99213&modifiers=RT,LT",
        "code=47562&setting=facility&modifiers=55&days=30",
        "code=00790&modifiers=AA&base_units=7&minutes=90",
    ],
)
def test_payment_agrees_with_the_calculator(client, get, query):
    result = get(f"payment/?{query}")["result"]
    setting = {"facility": "facility", "nonfacility": "office"}[result["setting"]]
    asked = {"code1": result["code"], "setting": setting}
    given = QueryDict(query)
    for name, field in (
        ("modifiers", "modifiers1"),
        ("units", "units1"),
        ("days", "days1"),
        ("base_units", "base1"),
        ("minutes", "minutes1"),
        ("zip", "where"),
    ):
        if name in given:
            asked[field] = given[name].replace(",", " ")
    (line,) = work_out(shown(), read(asked)).result.lines
    amount = line.priced.amount
    assert result["amount"] == (None if amount is None else f"{amount:.2f}")
    assert result["reason"] == line.priced.reason
    assert len(result["steps"]) == len(line.priced.steps)


def test_payment_of_anesthesia_counts_time(get):
    result = get("payment/?code=00790&modifiers=AA&base_units=7&minutes=90")["result"]
    assert result["amount"] == "266.47"  # (7 + 90 ÷ 15) × 20.4976
    asked = get("payment/?code=00790&modifiers=AA")["result"]
    assert asked["amount"] is None
    assert "base units and minutes" in asked["reason"]


def test_payment_is_by_the_release_of_the_day(get):
    found = get("payment/?code=47562&setting=facility&date=2026-05-01")
    assert found["provenance"]["release"] == "2026B"
    assert found["result"]["steps"][0]["rvus"] == "10.47"


def test_payment_after_all_that_is_loaded_says_which_release_it_takes(get):
    found = get("payment/?code=99213&date=2027-02-01")
    assert found["result"]["remarks"] == ["No release of 2027 is loaded yet: this is 2026C."]


def test_what_medicare_does_not_price_has_a_reason_and_no_amount(get):
    result = get("payment/?code=40799")["result"]
    assert result["amount"] is None
    assert result["reason"].startswith("40799 has no national RVUs")
    assert get("payment/?code=99213&modifiers=TC")["result"]["amount"] is None


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "code"),
        ("code=9921", "code"),
        ("code=99213&units=0", "units"),
        ("code=99213&units=1.5", "units"),
        ("code=99213&modifiers=1", "modifiers"),
        ("code=99213&modifiers=50,,RT", "modifiers"),
        ("code=99213&setting=home", "setting"),
        ("code=99213&zip=00000", "zip"),
        ("code=99213&zip=35004&locality=10112-00", "zip"),
        ("code=99213&locality=99999-99", "locality"),
        ("code=99213&date=2026-02-30", "date"),
        ("code=99213&date=2019-01-01", "date"),
        ("code=99213&release=2019A", "release"),
        ("code=99213&release=2026C&date=2026-07-01", "release"),
        ("code=99213&qp=perhaps", "qp"),
        ("code=99213&price=1", "price"),
        ("code=99213&code=99214", "code"),
    ],
)
def test_payment_says_which_parameter_is_wrong(client, release, query, name):
    document = problem(client.get(f"/api/v1/payment/?{query}"), 400)
    assert list(document["errors"]) == [name]
    assert document["errors"][name][0].endswith(".")
    assert document["detail"].startswith(f"{name}: ")


def test_localities_are_found_by_state_and_by_zip_code(get):
    assert [one["key"] for one in get("localities/")["results"]] == ["02102-01", "10112-00"]
    assert [one["name"] for one in get("localities/?state=ak")["results"]] == ["Alaska"]
    (one,) = get("localities/?zip=35004")["results"]
    assert (one["state"], one["pe_gpci"]) == ("AL", "0.875")
    assert get("localities/?zip=00000")["results"] == []
    assert get("localities/?release=2026B")["results"] == []
    assert len(walk(get, "localities/?size=1")) == 2


# Errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/api/nothing", "/api/v1/nothing/", "/api/v2/", "/api/v1/codes/99999/", "/api/v1/codes/x/",
     "/api/v1/releases/2019A/", "/api/v1/releases/2019A/rates.csv", "/api/v1/codes/99999/history/",
     "/api/v1/releases/2026B/changes/", "/api/v1/payment/?code=99999", "/api/%00x"],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_document(client, release, address):
    problem(client.get(address), 400 if "%00" in address else 404)


def test_an_address_without_its_slash_leads_to_the_one_with_it(client, release):
    response = client.get("/api/v1/codes?size=3")
    assert response.status_code == 301
    assert response["Location"] == "/api/v1/codes/?size=3"
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("address", ["/api/v1/codes/", "/api/v1/codes", "/api/v1/nothing/"])
def test_nothing_can_be_sent(client, release, method, address):
    response = getattr(client, method)(address)
    problem(response, 405)
    assert "GET" in response["Allow"]
    assert response["Access-Control-Allow-Origin"] == "*"


def test_another_form_of_answer_is_refused(client, release):
    problem(client.get("/api/v1/codes/", headers={"accept": "text/html"}), 406)
    problem(client.get("/api/v1/releases/2026C/rates.csv", headers={"accept": "text/html"}), 406)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("size=101", ["size"]),
        ("size=0", ["size"]),
        ("size=-1", ["size"]),
        ("size=ten", ["size"]),
        ("size=٣", ["size"]),
        ("status=Q", ["status"]),
        ("category=nothing", ["category"]),
        ("specialty=nothing", ["specialty"]),
        ("work_min=1e3", ["work_min"]),
        ("work_min=5&work_max=1", ["work_max"]),
        ("sort=random", ["sort"]),
        ("q=", ["q"]),
        ("page=2&size=x", ["page", "size"]),
        (f"q={'x' * 201}", ["q"]),
    ],
)
def test_a_list_says_which_parameter_is_wrong(client, release, query, names):
    document = problem(client.get(f"/api/v1/codes/?{query}"), 400)
    assert list(document["errors"]) == names


def test_errors_are_not_kept(client, release):
    assert client.get("/api/v1/codes/?size=0")["Cache-Control"] == "no-store"


def test_before_the_first_release_the_api_asks_to_come_back(client, db):
    response = client.get("/api/v1/codes/")
    problem(response, 503)
    assert response["Retry-After"] == "60"


def test_an_error_of_ours_is_a_problem_document(release, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("a fault")

    monkeypatch.setattr("codes.api.views.browse.shelves", fail)
    response = Client(raise_request_exception=False).get("/api/v1/categories/")
    assert "a fault" not in problem(response, 500)["detail"]


# Hostile input ------------------------------------------------------------------------------

NASTY = (
    "%00", "%ED%A0%80", "%FF%FE", "'", "%22", "<script>", "-1", "1" * 400, "x" * 20_000,
    "%F0%9F%92%A9", "../../etc/passwd", "%25", "a~b", "\u0661", "NaN", "1e309",
)  # fmt: skip


@pytest.mark.parametrize("place", [*PLACES, "releases/2026C/rates.csv", "openapi.json"])
def test_no_parameter_makes_an_error_of_ours(client, release, place):
    base = f"/api/v1/{place.partition('?')[0]}"
    names = ("q", "cursor", "size", "code", "zip", "date", "since", "sort", "work_min")
    for nasty in NASTY:
        for query in (*(f"{name}={nasty}" for name in names), f"{nasty}=1"):
            assert client.get(f"{base}?{query}").status_code < 500, query[:80]


@pytest.mark.parametrize("base", ["/api/", "/api/v1/codes/", "/api/v1/releases/"])
def test_no_path_makes_an_error_of_ours(client, release, base):
    for nasty in NASTY:
        for address in (f"{base}{nasty}/", f"{base}{nasty}", f"{base}{nasty}/history/"):
            assert client.get(address).status_code < 500, address[:80]


NOBODYS = (
    "garbage",
    "AAAA",
    "=",
    "x" * 200,
    cursors.write("", "99213", "x"),
    cursors.write("1e9", "99213"),
    cursors.write("-1", "99213"),
    cursors.write("1.00", "9921"),
    cursors.write("99999999.99", "99213") + "=",
    base64.urlsafe_b64encode("١~99213".encode()).decode(),
    base64.urlsafe_b64encode(b"'; DROP TABLE codes_rate;--~99213").decode(),
)


@pytest.mark.parametrize("sort", ["code", "-work", "change"])
def test_a_cursor_of_nobody_is_refused_or_harmless(client, release, sort):
    for cursor in NOBODYS:
        response = client.get(f"/api/v1/codes/?sort={sort}&cursor={cursor}")
        assert response.status_code in {200, 400}
        if response.status_code == 400:
            assert list(problem(response, 400)["errors"]) == ["cursor"]


@pytest.mark.parametrize("place", ["releases/2026C/rates/", "localities/", "search/?q=knee",
                                   "releases/2026C/changes/"])  # fmt: skip
def test_a_cursor_of_another_list_is_refused(client, release, place):
    joint = "&" if "?" in place else "?"
    cursor = cursors.write("1.00", "99213", "26")
    response = client.get(f"/api/v1/{place}{joint}cursor={cursor}")
    assert list(problem(response, 400)["errors"]) == ["cursor"]


# Limits -------------------------------------------------------------------------------------


def test_an_address_that_asks_too_often_waits(client, release, settings):
    settings.API_MOST_REQUESTS = 2
    for _ in range(2):
        assert client.get("/api/v1/").status_code == 200
    response = client.get("/api/v1/")
    problem(response, 429)
    assert 0 < int(response["Retry-After"]) <= 600
    assert response["Access-Control-Allow-Origin"] == "*"
    assert client.get("/api/v1/", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_what_a_request_says_of_its_sender_counts_behind_a_proxy_alone(client, release, settings):
    settings.API_MOST_REQUESTS = 1
    client.get("/api/v1/", headers={"x-forwarded-for": "192.0.2.1"})
    response = client.get("/api/v1/", headers={"x-forwarded-for": "192.0.2.2"})
    assert response.status_code == 429
    cache.clear()
    settings.TRUSTED_PROXIES = 1
    for last in (1, 2):
        response = client.get("/api/v1/", headers={"x-forwarded-for": f"192.0.2.{last}"})
        assert response.status_code == 200


def test_a_cache_that_is_away_limits_nobody(client, release, settings):
    settings.API_MOST_REQUESTS = 1
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "rvuedge.cache.GuardedRedisCache",
            "LOCATION": "unix:///nowhere/redis.sock",
        },
    }
    for _ in range(3):
        assert client.get("/api/v1/").status_code == 200


def test_a_question_before_the_question_does_not_count(client, release, settings):
    settings.API_MOST_REQUESTS = 1
    for _ in range(3):
        assert client.options("/api/v1/").status_code == 204
    assert client.get("/api/v1/").status_code == 200
