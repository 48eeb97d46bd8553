"""The pages of the change ledger, its CSV, its feed, and what this process remembers of it."""

import re
import threading

import pytest
from django.urls import reverse

from codes import changes
from codes.changes import Busy, Ledgers
from codes.fee_schedule.load import load
from codes.models import FeeSchedule
from tests.codes.little_release import GALLBLADDER, load_release, rates
from tests.factories import package, rate_row

pytestmark = pytest.mark.django_db

LIST, LEDGER = "/changes/", "/changes/2026C/"


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr(changes, "ledgers", Ledgers())


@pytest.fixture
def release(db):
    load_release()


def text(response):
    page = b"".join(response) if response.streaming else response.content
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())


def names(response):
    """Return the codes of the ledger's entries, in their order."""
    page = response.content.decode()
    table = page[page.index('<table class="table folds">') :] if "table folds" in page else ""
    return re.findall(r'<th scope="row"><a class="code" href="[^"]+">(\w+)</a>', table)


def test_the_list_counts_what_each_release_changed(client, release):
    shown = text(client.get(LIST))
    # Compared, new, gone, status, work, other RVUs, rules: G0411 is new, 47562 has other work.
    assert "2026C July 1, 2026 2026B 16 1 0 0 1 0 0" in shown
    assert "2026B April 1, 2026 the oldest release here" in shown


def test_the_ledger_tells_old_new_difference_and_reason(client, release):
    response = client.get(LEDGER)
    assert names(response) == [GALLBLADDER, "G0411"]
    shown = text(response)
    assert "Work RVUs 10.47 10.21 −0.26 (−2.5%) Work revalued" in shown
    assert "Laparoscopic gallbladder removal" in shown
    assert "Row of the file not in the file No physician payment (X) New in the file" in shown
    assert "1 row added; new codes: 1" in shown
    assert "15 rows stand" not in shown  # 16 codes are 18 rows; one of them is new
    assert "17 rows stand in both releases; 1 of them came back with a difference" in shown


def test_the_efficiency_adjustment_is_named_between_2025_and_2026(client, release):
    load(package("2025D", rates=rates("10.47")), confirmed=True)
    shown = text(client.get(f"{LEDGER}?since=2025D"))
    assert "What changed from 2025D to 2026C" in shown
    assert "1 row with exactly 0.975 of the work, rounded: the 2026 efficiency" in shown
    assert "2026 efficiency adjustment (exactly × 0.975)" in shown


def test_a_page_holds_a_hundred_entries_and_costs_the_same_at_any_length(
    client, release, django_assert_num_queries
):
    many = [rate_row(f"{code}", bilat="1") for code in range(20100, 20220)]
    load(package("2026D", rates=many), confirmed=True)
    for address in (LIST, "/changes/2026D/"):
        client.get(address)
    for address in ("/changes/2026D/", "/changes/2026D/?reason=new&sort=change", LIST):
        with django_assert_num_queries(1):  # what the site shows; the rest is remembered
            client.get(address)
    first = client.get("/changes/2026D/?reason=new")
    assert len(names(first)) == 100
    assert "120 differences · 1–100 shown" in text(first)
    assert len(names(client.get("/changes/2026D/?reason=new&page=2"))) == 20


def test_a_ledger_is_worked_out_in_two_queries_and_once(
    client, release, django_assert_num_queries
):
    client.get(LIST)
    client.get("/cpt-codes/?specialty=general-surgery")
    with django_assert_num_queries(3):
        client.get(LEDGER)
    with django_assert_num_queries(1):
        client.get(f"{LEDGER}?code=4")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("reason=revalued", [GALLBLADDER]),
        ("reason=new", ["G0411"]),
        ("reason=gone", []),
        ("category=surgery", [GALLBLADDER]),
        ("category=digestive", [GALLBLADDER]),
        ("category=hcpcs-level-ii", ["G0411"]),
        ("code=g04", ["G0411"]),
        ("code=475&reason=new", []),
        ("specialty=general-surgery", [GALLBLADDER]),
        ("specialty=general-surgery&category=radiology", []),
    ],
)
def test_the_ledger_is_narrowed(client, release, query, found):
    response = client.get(f"{LEDGER}?{query}")
    assert names(response) == found
    assert '<meta name="robots" content="noindex">' in response.content.decode()
    assert bool(found) is ("Nothing differs that matches all of this" not in text(response))


def test_the_largest_change_comes_first_if_asked_for(client, release):
    rows = [rate_row("10004", mp_rvu="0.10"), rate_row("99213", mp_rvu="0.90")]
    before = [rate_row("10004"), rate_row("99213")]
    load(package("2019A", rates=before), confirmed=True)
    load(package("2019B", rates=rows), confirmed=True)
    assert names(client.get("/changes/2019B/")) == ["10004", "99213"]
    assert names(client.get("/changes/2019B/?sort=change")) == ["99213", "10004"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("reason=zz", "There is no such reason."),
        ("category=%3Cscript%3E", "There is no such category."),
        ("specialty=-1", "There is no such specialty."),
        ("code=9921*", "A code has letters and digits alone."),
        ("code=" + "9" * 900, "A code has five characters."),
        ("sort=work", "The list cannot be sorted like that."),
        ("page=abc", "There is no page “abc” of this ledger."),
        ("page=" + "9" * 900, "There is no page “99999999999999999999” of this ledger."),
        ("since=2026C", "2026C cannot be compared with “2026C”"),
        ("since=%3Cb%3E", "2026C cannot be compared with “&lt;B&gt;”"),
        ("since=2031A&since=" + "x" * 900, "2026C cannot be compared with “XXXXXXXXXXXXXXXXXXXX”"),
    ],
)
def test_what_cannot_be_used_is_said_and_the_rest_is_shown(client, release, query, sentence):
    response = client.get(f"{LEDGER}?{query}")
    assert response.status_code == 200
    assert sentence in text(response)
    assert names(response) == [GALLBLADDER, "G0411"]


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/changes/2026c/", LEDGER),
        ("/changes/RVU26C/", LEDGER),
        ("/changes/2026B/?since=2026C", f"{LEDGER}?since=2026B"),
    ],
)
def test_other_spellings_and_orders_lead_to_the_ledger(client, release, address, target):
    assert client.get(address).headers["Location"] == target


@pytest.mark.parametrize("release_name", ["2031A", "x" * 900, "..", "2026C'--"])
def test_a_release_that_is_not_here_is_not_found(client, release, release_name):
    assert client.get(f"/changes/{release_name}/").status_code == 404


def test_the_oldest_release_has_nothing_to_compare_with(client, release):
    response = client.get("/changes/2026B/")
    assert response.status_code == 200
    assert "No release before 2026B is on this site" in text(response)


def test_ama_and_ada_wording_is_never_printed(client, settings, release):
    settings.SHOW_AMA_DESCRIPTORS = True  # a license for pages of codes, not for the ledger
    later = [row._replace(descriptor=f"Reworded {row.hcpcs}") for row in rates()]
    load(package("2026D", rates=later), confirmed=True)
    for address in ("/changes/2026D/", "/changes/2026D/?format=csv"):
        shown = text(client.get(address))
        assert "Reworded G0411" in shown
        assert "Reworded J1885" in shown
        assert not re.search(r"Reworded (?!G0|GX|J1)", shown)
        assert "not shown" in shown


def test_texts_that_may_not_be_printed_come_last(client, release):
    later = [row._replace(descriptor=f"Reworded {row.hcpcs}") for row in rates("9.00")]
    load(package("2026D", rates=later), confirmed=True)

    shown = text(client.get("/changes/2026D/"))

    assert shown.index("9.00") < shown.index("Reworded J1885") < shown.index("not shown")


def test_a_release_ahead_of_the_site_is_marked_and_not_in_the_feed(client, release):
    load(package("2026D", rates=rates("9.00")), confirmed=True)
    assert "2026D is loaded but not in force on this site yet" in text(
        client.get("/changes/2026D/")
    )
    feed = client.get("/changes/feed/").content.decode()
    assert "What changed in 2026C" in feed
    assert "2026D" not in feed


def test_the_feed_is_atom_with_an_entry_for_each_release_that_can_be_compared(client, release):
    response = client.get(reverse("codes:changes_feed"))
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    feed = response.content.decode()
    assert feed.count("<entry>") == 1
    assert "RVU26C against RVU26B. Codes compared: new 1, gone 0" in feed
    assert LEDGER in feed


def test_the_whole_ledger_is_a_csv_that_spreadsheets_can_open(client, release):
    response = client.get(f"{LEDGER}?format=csv")
    assert response.headers["Content-Disposition"].endswith('"rvuedge-changes-2026B-2026C.csv"')
    lines = b"".join(response).decode().splitlines()
    assert lines[0].startswith("RVU Edge: 2 differences between 2026B and 2026C")
    assert (
        "47562,,Laparoscopic gallbladder removal,Work RVUs,10.47,10.21,-0.26,-2.5,Work revalued"
        in lines
    )
    narrowed = b"".join(client.get(f"{LEDGER}?format=csv&code=G")).decode()
    assert "RVU Edge: 1 difference between 2026B and 2026C, Codes G…" in narrowed
    assert "47562" not in narrowed


def test_of_an_excerpt_only_its_own_codes_are_compared(client, release):
    excerpt = [rate_row("99213", work_rvu="1.00"), rate_row("99215")]
    load(package("2026A", rates=excerpt), confirmed=True, complete=False)
    response = client.get(f"{LEDGER}?since=2026A")
    assert "only 2 codes are compared" in text(response)
    assert names(response) == ["99213", "99215"]  # other work, and gone; nothing is new
    shown = text(client.get("/changes/2026B/"))  # no whole release is before it
    assert "only 2 codes are compared" in shown


def test_an_excerpt_is_compared_with_the_whole_release_before_it(client, release):
    whole = [rate_row("99212"), rate_row("99213"), rate_row("99214")]
    load(package("2025D", rates=whole), confirmed=True)
    excerpt = [rate_row("99213", mp_rvu="0.10"), rate_row("99215")]
    load(package("2026A", rates=excerpt), confirmed=True, complete=False)
    response = client.get("/changes/2026A/")
    assert names(response) == ["99213", "99215"]  # changed, new; 99212 and 99214 are not gone
    assert "2026A January 1, 2026 2025D 2 1 0 0 0 1 0" in text(client.get(LIST))


def test_public_pages_of_the_ledger_know_no_visitor(client, release):
    for address in (LIST, LEDGER, f"{LEDGER}?reason=new", "/changes/feed/"):
        response = client.get(address)
        assert "public" in response.headers["Cache-Control"]
        assert not response.cookies
        again = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
        assert again.status_code == 304


def test_another_release_changes_the_list(client, release):
    etag = client.get(LIST).headers["ETag"]
    load(package("2026D", rates=rates("9.00")), confirmed=True)
    response = client.get(LIST, headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert "2026D October 1, 2026 not in force here yet 2026C" in text(response)


def test_a_replaced_release_is_compared_anew(client, release):
    assert names(client.get(LEDGER)) == [GALLBLADDER, "G0411"]
    load(package("2026C", rates=rates("10.47")), confirmed=True)
    assert names(client.get(LEDGER)) == ["G0411"]


def test_code_pages_lead_to_the_ledger(client, release):
    page = client.get(f"/cpt-codes/digestive/{GALLBLADDER}/").content.decode()
    assert f'<a href="{LEDGER}">2026C</a>' in page
    assert f'<a href="{LIST}">What each release changed' in page


# What is remembered -------------------------------------------------------------------------


def test_the_least_used_ledger_is_forgotten_first():
    made = []

    def make(key):
        return lambda: made.append(key) or key

    kept = Ledgers(kept=2)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(key, make(key)) == key
    assert made == ["a", "b", "c", "b"]
    assert len(kept) == 2


def test_one_ledger_is_made_at_a_time_and_only_once():
    kept = Ledgers(patience=30)
    started, may_end = threading.Event(), threading.Event()
    made, found = [], []

    def make():
        made.append(1)
        started.set()
        may_end.wait(30)
        return "a ledger"

    threads = [
        threading.Thread(target=lambda: found.append(kept.get("a", make))) for _ in range(3)
    ]
    threads[0].start()
    started.wait(30)
    for thread in threads[1:]:
        thread.start()
    with pytest.raises(Busy):
        Ledgers.get(_impatient(kept), "b", make)
    may_end.set()
    for thread in threads:
        thread.join(30)
    assert (len(made), found) == (1, ["a ledger"] * 3)


def _impatient(kept):
    """Return the same memory with somebody who does not wait."""
    other = Ledgers(patience=0)
    other._work = kept._work
    return other


def test_who_has_waited_too_long_is_asked_to_come_back(client, release, monkeypatch):
    impatient = Ledgers(patience=0)
    monkeypatch.setattr(changes, "ledgers", impatient)
    with impatient._work:
        response = client.get(LEDGER)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "10"
    assert response.headers["Cache-Control"] == "no-store"
    assert client.get(LEDGER).status_code == 200


def test_a_failure_does_not_block_those_who_come_after():
    kept = Ledgers(patience=0)

    def fail():
        raise ValueError

    with pytest.raises(ValueError):
        kept.get("a", fail)
    assert kept.get("a", lambda: "a ledger") == "a ledger"


def test_whole_releases_are_compared_with_whole_ones_if_there_are_any(release, rf):
    from codes.shown import shown

    load(package("2026AR", rates=[rate_row("99213")]), confirmed=True, complete=False)
    load(package("2025D", rates=rates()), confirmed=True)
    state = shown()
    by_name = {one.release: one for one in FeeSchedule.objects.all()}
    assert changes.before(state, by_name["2026B"]).release == "2025D"
    assert changes.before(state, by_name["2026AR"]).release == "2025D"
    assert changes.before(state, by_name["2025D"]) is None
