"""The log on a phone: one tap, the way back, without a script, and with the network cut."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from accounts import entries
from accounts.models import Procedure
from tests.accounts.logs import entry, prepared
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}
FAVORITE = ".favorite[value='47562']"


@pytest.fixture
def user():
    user = UserFactory()
    prepared(user)
    return user


@pytest.fixture
def open_phone(chromium, live_server, user):
    """Return a function that opens the log on a phone where this person is signed in."""
    contexts = []

    def open_log(path="/log/", **options):
        context = chromium.new_context(viewport=PHONE, **options)
        contexts.append(context)
        sign_in(context, live_server.url, user)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{live_server.url}{path}")
        return page

    yield open_log
    for context in contexts:
        context.close()


def sign_in(context, site, user):
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])


def ready(page):
    """Wait until the phone has kept what the page needs without a network."""
    # Not wait_for_function: to it the promise of an answer is an answer.
    for _ in range(100):
        if page.evaluate(
            """async () => {
                const kept = await (await caches.open("log")).keys();
                const urls = kept.map((request) => request.url);
                const has = (part) => urls.some((url) => url.includes(part));
                return has("/log/") && has("account.css") && has("kept.js")
                    && Boolean(navigator.serviceWorker.controller);
            }"""
        ):
            return
        page.wait_for_timeout(100)
    raise AssertionError("The phone has not kept the page.")


def entries_kept(page):
    return page.evaluate(
        """() => new Promise((resolve) => {
            const request = indexedDB.open("log", 1);
            request.onupgradeneeded = () =>
                request.result.createObjectStore("entries", { keyPath: "id" });
            request.onsuccess = () => {
                const count = request.result.transaction("entries").objectStore("entries").count();
                count.onsuccess = () => { request.result.close(); resolve(count.result); };
            };
        })"""
    )


def assert_accessible(page):
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


# With and without a script ------------------------------------------------------------------


@pytest.mark.parametrize("script", [True, False])
def test_one_tap_logs_and_undo_takes_it_back(open_phone, script):
    page = open_phone(java_script_enabled=script)
    page.click(FAVORITE)
    page.locator(".toast", has_text="Logged 47562, 10.21 wRVUs, today").wait_for()
    assert page.locator(".log-today li").count() == 1
    assert Procedure.objects.count() == 1

    page.click(".toast button")
    page.locator(".toast", has_text="Taken back: 1 entry").wait_for()
    assert not Procedure.objects.exists()


@pytest.mark.parametrize("script", [True, False])
def test_settings_apply_to_the_next_tap(open_phone, script):
    page = open_phone(java_script_enabled=script)
    page.click(".log-settings > summary")
    page.check("input[name=modifier][value='52']", force=True)
    page.click("[aria-label='One unit more']")
    assert page.input_value("#log-units") == "2"
    page.check("input[name=day][value=yesterday]", force=True)
    page.select_option("#log-site", label="Clinic")
    page.click(FAVORITE)
    page.locator(".toast", has_text="Logged 47562-52, 10.21 wRVUs, yesterday").wait_for()
    one = Procedure.objects.get()
    assert (one.units, one.site.name, one.setting) == (2, "Clinic", "nonfacility")


def test_a_code_is_found_chosen_and_logged_without_a_script(open_phone):
    page = open_phone(java_script_enabled=False)
    page.fill("#log-q", "gallbladder")
    page.press("#log-q", "Enter")
    page.click("button[name=choose][value='47600']")
    page.click("text=Log 47600 >> nth=0")
    page.locator(".toast", has_text="Logged 47600, 17.04 wRVUs").wait_for()


def test_a_suggestion_chooses_a_code_and_keeps_the_settings(open_phone):
    page = open_phone()
    page.click(".log-settings > summary")
    page.check("input[name=day][value=yesterday]", force=True)
    page.locator("#log-q").press_sequentially("gallbl")
    page.locator("#log-q-suggestions [role=option]").first.wait_for()
    page.locator("#log-q").press("ArrowDown")
    page.locator("#log-q").press("Enter")
    page.locator("h2#chosen").wait_for()
    assert page.is_checked("input[name=day][value=yesterday]")
    page.click(".button.main[name=code]")
    page.locator(".toast", has_text="yesterday").wait_for()


def test_what_is_refused_stays_typed(open_phone):
    page = open_phone()
    page.click(".log-settings > summary")
    page.check("input[name=modifier][value='52']", force=True)
    page.fill("#log-units", "5")
    page.click(".favorite[value='99213']")
    page.locator(".error-summary", has_text="99213 cannot carry 52").wait_for()
    assert page.input_value("#log-units") == "5"
    assert not Procedure.objects.exists()
    assert entries_kept(page) == 0
    assert_accessible(page)


# Without a network --------------------------------------------------------------------------


def test_entries_typed_offline_are_sent_exactly_once(open_phone):
    page = open_phone()
    ready(page)
    page.context.set_offline(True)
    page.goto(page.url)  # the page itself comes from the phone
    page.locator("text=There is no network").wait_for()
    assert_accessible(page)
    page.click(FAVORITE)
    page.locator("text=1 entry is kept on this phone").wait_for()
    page.fill("#log-q", "99214")
    page.press("#log-q", "Enter")
    page.locator("text=2 entries are kept on this phone; they will be sent").wait_for()
    assert not Procedure.objects.exists()
    assert_accessible(page)

    page.context.set_offline(False)
    page.locator(".log-today").wait_for()  # the whole page is there again
    assert sorted(Procedure.objects.values_list("hcpcs", flat=True)) == ["47562", "99214"]
    assert entries_kept(page) == 0
    page.reload()
    page.reload()
    assert Procedure.objects.count() == 2


def test_an_answer_that_is_lost_does_not_count_twice(open_phone):
    page = open_phone()
    lost = []

    def lose(route):
        route.fetch()  # the server has it
        lost.append(route.request.url)
        route.abort()

    page.route("**/log/send/", lose)
    page.click(FAVORITE)
    page.locator("text=1 entry is kept on this phone").wait_for()
    assert (len(lost), Procedure.objects.count()) == (1, 1)

    page.unroute("**/log/send/")
    page.reload()
    page.locator("text=1 entry kept on this phone was sent").wait_for()
    assert Procedure.objects.count() == 1
    assert entries_kept(page) == 0


def test_a_case_typed_offline_stays_one_case(open_phone):
    page = open_phone()
    page.context.set_offline(True)
    page.click(FAVORITE)
    page.locator("text=1 entry is kept").wait_for()
    page.check("#log-joins")
    page.fill("#log-q", "47600")
    page.press("#log-q", "Enter")
    page.locator("text=2 entries are kept").wait_for()
    page.context.set_offline(False)
    page.locator("text=2 entries kept on this phone were sent").wait_for()
    first, second = Procedure.objects.order_by("pk")
    assert first.case == second.case is not None


def test_what_the_server_refuses_is_kept_with_the_sentence(open_phone):
    page = open_phone()
    page.context.set_offline(True)
    page.click(".log-settings > summary")
    page.check("input[name=modifier][value='52']", force=True)
    page.click(".favorite[value='99213']")
    page.locator("text=1 entry is kept").wait_for()
    page.context.set_offline(False)
    page.locator(".notice.bad", has_text="99213 cannot carry 52").wait_for()
    assert entries_kept(page) == 1
    assert_accessible(page)

    page.click("text=Type it again")
    assert page.input_value("#log-q") == "99213"
    assert page.is_checked("input[name=modifier][value='52']")
    assert entries_kept(page) == 0


def test_a_refusal_on_the_page_that_the_phone_kept_loses_nothing(open_phone):
    """The network is back, but the page is still the one without a token."""
    page = open_phone()
    ready(page)
    page.context.set_offline(True)
    page.goto(page.url)
    page.locator("text=There is no network").wait_for()
    page.click(".log-settings > summary")
    page.check("input[name=modifier][value='52']", force=True)
    page.fill("#log-q", "99213")
    page.context.set_offline(False)
    page.press("#log-q", "Enter")

    page.locator(".notice.bad", has_text="99213 cannot carry 52").wait_for()
    assert entries_kept(page) == 1


def test_a_set_typed_offline_is_no_case_for_the_next_entry(open_phone):
    """Its entries have keys of their own, that only the server knows."""
    page = open_phone()
    page.context.set_offline(True)
    page.click(".favorite[name='set']")
    page.locator("text=1 entry is kept").wait_for()

    assert page.locator("#log-joins").is_hidden()


def test_signed_out_meanwhile_entries_are_kept_until_one_signs_in(open_phone, live_server, user):
    page = open_phone()
    page.context.clear_cookies()
    page.click(FAVORITE)
    page.locator("text=it will be sent when you are signed in again").wait_for()
    assert not Procedure.objects.exists()

    sign_in(page.context, live_server.url, user)
    page.reload()
    page.locator("text=1 entry kept on this phone was sent").wait_for()
    assert Procedure.objects.count() == 1


def test_nobody_sends_what_somebody_else_typed(open_phone, live_server):
    page = open_phone()
    page.context.set_offline(True)
    page.click(FAVORITE)
    page.locator("text=1 entry is kept").wait_for()
    page.context.set_offline(False)
    other = UserFactory()
    page.context.clear_cookies()
    sign_in(page.context, live_server.url, other)
    page.goto(f"{live_server.url}/log/")
    page.wait_for_load_state("networkidle")
    assert page.locator("#log-kept").inner_text() == ""
    assert Procedure.objects.filter(user=other).count() == 0


def test_signing_out_says_what_would_be_lost_and_wipes_it(open_phone, live_server):
    page = open_phone()
    ready(page)
    page.route("**/log/send/", lambda route: route.abort())
    page.click(FAVORITE)
    page.locator("text=1 entry is kept").wait_for()
    page.goto(f"{live_server.url}/account/logout/")
    page.locator("text=1 entry that was never sent would be lost").wait_for()
    page.click("#sign-out button")
    page.wait_for_url(lambda url: "logout" not in url)
    assert entries_kept(page) == 0
    assert page.evaluate("caches.keys()") == []


# Importing and changing many ----------------------------------------------------------------


def test_a_file_is_looked_through_and_imported_on_a_phone(open_phone):
    page = open_phone("/procedures/import/", java_script_enabled=False)
    rows = b"Date,Code,Units,Site\n7/14/2026,99213,2,Clinic\n7/14/2026,99999,1,Clinic\n"
    page.set_input_files("#id_file", {"name": "a.csv", "mimeType": "text/csv", "buffer": rows})
    page.click("text=Read it")
    page.click("text=Show what it would bring")
    page.locator("text=99999 is in no release here.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.check("[name=without_faults]")
    page.click("text=Import 1 entry")
    page.locator(".toast", has_text="Imported 1 entry").wait_for()
    assert Procedure.objects.get().units == 2


def test_the_steps_of_an_import_are_accessible(open_phone):
    page = open_phone("/procedures/import/")
    assert_accessible(page)
    rows = b"Date,Code,Units\n7/14/2026,99213,2\n7/14/2026,99999,1\n"
    page.set_input_files("#id_file", {"name": "a.csv", "mimeType": "text/csv", "buffer": rows})
    page.click("text=Read it")
    page.locator("h2#sample").wait_for()
    assert_accessible(page)
    page.click("text=Show what it would bring")
    page.locator("h2#faults").wait_for()
    assert_accessible(page)


def test_ticked_entries_are_changed_after_a_look(open_phone, user):
    entries.add(user, [entry(user, "47562"), entry(user, "99213")])
    page = open_phone("/procedures/?days=all", java_script_enabled=False)
    page.check("input[name=entry] >> nth=1")
    page.click(".bulk > summary")
    page.check("input[name=do][value=add]")
    page.fill("input[name=modifier][maxlength='2']", "52")
    page.click("text=Show what would change")
    page.locator("text=10.21 now, 5.11 after").wait_for()
    page.click("text=Change 1 entry >> nth=-1")
    page.locator(".toast", has_text="Changed 1 entry").wait_for()
    assert Procedure.objects.get(hcpcs="47562").modifiers == "52"


# Everyone, everywhere -----------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_pages_are_accessible_and_fit(chromium, live_server, user, width, scheme):
    done = entries.add(
        user,
        [entry(user, "47562", modifiers="52"), entry(user, "99213", units=6)],
    )
    one = done.procedures[0]
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_in(context, live_server.url, user)
    page = context.new_page()
    for address in (
        "/log/",
        "/log/?code=99213",
        "/procedures/?from=2026-08-01&to=2026-08-31",
        "/procedures/?from=2026-08-31&to=2026-08-01",
        f"/procedures/{one.pk}/",
        f"/procedures/{one.pk}/change/",
        "/procedures/recalculate/",
        "/sites/",
        "/sites/add/",
        "/custom-codes/",
        "/custom-codes/add/",
    ):
        page.goto(f"{live_server.url}{address}")
        for summary in page.locator("main details > summary").all():
            if summary.is_visible():
                summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert_accessible(page)
    context.close()
