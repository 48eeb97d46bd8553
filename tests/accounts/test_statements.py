"""The pages of a statement: taking it in, what they show, what may be changed, and by whom."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts import reconciliation, statement_files, statement_uploads, valuing
from accounts.models import (
    Contract,
    CustomCode,
    Procedure,
    Site,
    Statement,
    StatementLayout,
    StatementLine,
)
from accounts.statement_files import Row
from rvuedge.spreadsheets import Limits, as_csv, as_xlsx
from tests.factories import FeeScheduleFactory, RateFactory, UserFactory

pytestmark = pytest.mark.django_db

JULY = {"starts_on": date(2026, 7, 1), "ends_on": date(2026, 7, 31)}
HEADINGS = ["Svc Date", "CPT", "Mod", "Units", "wRVU"]
FILE = [
    HEADINGS,
    ["07/02/2026", "47562", "", "1", "10.21"],  # another release's value
    ["07/03/2026", "99213", "", "1", "1.30"],
    ["07/15/2026", "99213", "25", "1", "1.30"],  # not logged
]
COLUMNS = {"date": "0", "code": "1", "modifiers": "2", "units": "3", "wrvu": "4"}
HOW = {"date_order": "mdy", "per": "line"}


@pytest.fixture
def user(client):
    """Somebody signed in, whose contract of 48 dollars is frozen at 2025: 47562 is 10.47."""
    for release, work in (("2025D", "10.47"), ("2026C", "10.21")):
        schedule = FeeScheduleFactory(release=release, is_active=release == "2026C")
        RateFactory(schedule=schedule, code__hcpcs="47562", work_rvu=Decimal(work))
        RateFactory(schedule=schedule, code__hcpcs="99213", work_rvu=Decimal("1.30"))
    user = UserFactory()
    Contract.objects.create(
        user=user,
        employer="Valley Medical",
        starts_on=date(2026, 1, 1),
        schedule="year",
        schedule_year=2025,
        rate=Decimal(48),
    )
    client.force_login(user)
    return user


def logged(user, day, hcpcs="47562", **values):
    procedure = Procedure(user=user, performed_on=date(2026, 7, day), hcpcs=hcpcs, **values)
    valuing.value([procedure])
    procedure.save()
    return procedure


def row(number, day, code="47562", wrvu="10.47", modifiers=(), units=1, dollars=None):
    value = None if wrvu is None else Decimal(wrvu)
    return Row(number, date(2026, 7, day), code, modifiers, units, value, dollars)


def stored(user, *rows, **values):
    """A statement of July with these rows, matched with the log."""
    contract = reconciliation.contract_of(user, "Valley Medical", date(2026, 7, 31))
    fields = {"user": user, "employer": "Valley Medical", "contract": contract} | JULY
    fields |= {"dollars_per_wrvu": Decimal(48), "file_name": "july.csv"}
    return reconciliation.store(Statement(**fields | values), rows)


def upload(client, rows=FILE, name="july.csv", **typed):
    content = rows if isinstance(rows, bytes) else as_csv(rows)
    fields = {"employer": "Valley Medical", "starts_on": "2026-07-01", "ends_on": "2026-07-31"}
    return client.post(
        reverse("accounts:statement_new"),
        fields | {"file": SimpleUploadedFile(name, content)} | typed,
    )


def mapped(client, user, follow=False, **columns):
    key = statement_uploads.waiting_for(user).key
    data = {"key": key} | HOW | COLUMNS | columns
    return client.post(reverse("accounts:statement_columns"), data, follow=follow)


def verdicts(statement):
    return [(one.row, one.hcpcs, one.verdict) for one in statement.lines.all()]


# Taking in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [as_csv, as_xlsx], ids=["csv", "xlsx"])
def test_a_file_is_uploaded_mapped_and_compared_in_two_steps(client, user, made):
    logged(user, 2)
    logged(user, 3, "99213")

    step = upload(client, made(FILE))
    assert step.headers["Location"] == reverse("accounts:statement_columns")
    page = client.get(step.headers["Location"]).content.decode()
    assert "guessed from their headings" in page
    assert "07/02/2026" in page
    done = mapped(client, user)

    statement = Statement.objects.get()
    assert done.headers["Location"] == reverse("accounts:statement", args=[statement.pk])
    assert (statement.rows_read, statement.rejected, statement.dollars_per_wrvu) == (3, [], 48)
    assert statement.contract is not None
    assert verdicts(statement) == [
        (2, "47562", "different"),
        (3, "99213", "matched"),
        (4, "99213", "missing here"),
    ]
    assert statement.lines.get(row=2).cause == (
        "The statement uses 2026C's 10.21; your contract names 2025D's 10.47."
    )


def test_the_columns_of_an_employer_are_remembered(client, user):
    rows = [["When", "What", "RVU A", "RVU B"], ["02/07/2026", "47562", "10.21", "20.00"]]
    upload(client, rows)
    columns = {"date": "0", "code": "1", "modifiers": "", "units": "", "wrvu": "2"}
    mapped(client, user, date_order="dmy", per="unit", **columns)
    assert StatementLayout.objects.get().columns == {
        "date": "When",
        "code": "What",
        "wrvu": "RVU A",
        "wrvu_per": "unit",
    }

    upload(client, rows, employer="valley medical")
    form = client.get(reverse("accounts:statement_columns")).context["form"]

    assert form.is_remembered
    assert (form["wrvu"].value(), form["date_order"].value()) == ("2", "dmy")
    assert (form["units"].value(), form["per"].value()) == ("", "unit")


def test_nothing_of_a_patient_is_kept_at_any_step(client, user):
    names = ["Patient Name", "Doe, Jane", "Roe, Richard", "Poe, Anna"]
    births = ["DOB", "01/02/1950", "03/04/1960", "05/06/1970"]
    rows = [[*row, name, born] for row, name, born in zip(FILE, names, births, strict=True)]
    upload(client, rows)

    waiting = statement_uploads._path(user).read_text()
    page = client.get(reverse("accounts:statement_columns"))
    refused = mapped(client, user, dollars="5")

    assert "Jane" not in waiting and "1950" not in waiting
    assert "Jane" not in page.content.decode()
    assert "“Patient Name” (a patient’s data, by its heading)" in page.content.decode()
    assert "looks like a patient’s data" in refused.context["form"].errors["dollars"][0]
    assert not Statement.objects.exists()


def test_the_file_is_gone_once_it_is_mapped(client, user):
    upload(client)
    path = statement_uploads._path(user)
    assert path.stat().st_mode & 0o777 == 0o600
    mapped(client, user)
    assert not path.exists()


def test_a_file_that_is_given_up_replaced_or_too_old_is_gone(client, user, monkeypatch):
    upload(client)
    client.post(reverse("accounts:statement_cancel"))
    assert statement_uploads.waiting_for(user) is None

    upload(client)
    other = UserFactory()
    monkeypatch.setattr(statement_uploads, "LASTS", -1)
    client.force_login(other)
    client.get(reverse("accounts:statements"))  # anybody's visit clears up
    assert not statement_uploads._path(user).exists()


def test_the_second_step_without_a_file_leads_back_to_the_first(client, user):
    response = client.get(reverse("accounts:statement_columns"), follow=True)
    assert response.redirect_chain == [(reverse("accounts:statement_new"), 302)]
    assert "Choose it again" in response.content.decode()


def test_columns_of_an_older_file_are_not_taken_for_those_of_a_newer(client, user):
    upload(client)
    old = statement_uploads.waiting_for(user).key
    upload(client)

    response = client.post(reverse("accounts:statement_columns"), {"key": old} | HOW | COLUMNS)

    assert "You have chosen another file meanwhile" in response.content.decode()
    assert not Statement.objects.exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"starts_on": "2026-08-01"}, "The last day is before the first."),
        ({"starts_on": "2024-07-01"}, "The period is longer than a year."),
        ({"starts_on": "July"}, "Enter a date such as 2026-07-01."),
        ({"employer": "MRN 1234567"}, "This looks like a record number."),
        ({"employer": ""}, "Enter the employer’s name."),
        ({"dollars_per_wrvu": "-1"}, "greater than or equal to 0"),
        ({"dollars_per_wrvu": "NaN"}, "Enter an amount such as 48.00."),
        ({"rows": b""}, "The file is empty."),
        ({"rows": b"<html>Sign in</html>"}, "The file is a web page, not CSV."),
        ({"rows": b"PK\x03\x04 no zip"}, "The workbook is damaged"),
        ({"rows": b"\xd0\xcf\x11\xe0"}, "old or a password-protected workbook"),
        ({"rows": b"a,b\n\0\n"}, "NUL bytes"),
        ({"rows": b"1,2\n3,4\n"}, "No row of headings was found"),
        ({"rows": b"Date,CPT\n" + b"x,y\n" * 10_001}, "more than 10,000 rows"),
    ],
)
def test_what_cannot_be_taken_in_is_said_and_what_was_typed_stays(client, user, typed, says):
    typed = {"dollars_per_wrvu": "51.25"} | typed
    response = upload(client, **typed)

    page = response.content.decode()
    assert says in page
    if typed["dollars_per_wrvu"] == "51.25":
        assert 'value="51.25"' in page
    assert statement_uploads.waiting_for(user) is None


def test_a_file_over_the_limit_is_refused_before_it_is_read(client, user, monkeypatch):
    monkeypatch.setattr(statement_files, "LIMITS", Limits(file_bytes=10))
    assert "The file has more than 0 MB." in upload(client).content.decode()


def test_rejected_rows_are_listed_with_row_and_column(client, user):
    rows = [*FILE, ["07/04/2026", "4756", "", "1", "1.00"], ["", "Total", "", "4", "14.11"]]
    upload(client, rows)
    page = mapped(client, user, follow=True).content.decode()

    assert "5 rows read, 2 rejected" in page
    assert "Row 5: Column “CPT” is no code." in page
    assert "Row 6: Neither a date nor a code" in page
    assert StatementLine.objects.filter(row__isnull=False).count() == 3


def test_a_mapping_that_reads_no_row_stores_nothing_and_says_why(client, user):
    upload(client)
    response = mapped(client, user, date_order="ymd")
    page = response.content.decode()
    assert "None of the 3 rows could be read" in page
    assert "Check the order of dates" in page
    assert not Statement.objects.exists()


def test_one_column_cannot_mean_two_things(client, user):
    upload(client)
    response = mapped(client, user, units="4")
    assert "This column is units already" in response.content.decode()


def test_a_file_that_waits_goes_with_its_person(client, user):
    upload(client)
    path = statement_uploads._path(user)
    user.delete()
    assert not path.exists()


def test_a_full_disk_is_said_and_leaves_nothing(client, user, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("accounts.statement_uploads.json.dump", full)
    assert "There is no room for the file" in upload(client).content.decode()
    assert statement_uploads.waiting_for(user) is None
    assert not list(statement_uploads._path(user).parent.glob("*.part"))


def test_a_file_name_that_looks_like_a_patient_is_not_kept():
    assert statement_uploads.safe_name("MRN 1234567.xlsx") == "statement.xlsx"
    assert statement_uploads.safe_name("C:\\Temp\\July.csv") == "July.csv"


# The result ----------------------------------------------------------------------------------


def test_totals_stand_side_by_side_and_say_the_difference_in_dollars(client, user):
    logged(user, 2)
    logged(user, 20)
    statement = stored(user, row(2, 2, wrvu="10.21"), row(3, 15, "99213", "1.30"))

    page = client.get(reverse("accounts:statement", args=[statement.pk])).content.decode()
    summary = reconciliation.summary(statement)

    # 10.21 + 1.30 there, 2 × 10.47 here: 9.43 fewer, and 9.43 × 48 is 452.64
    assert (summary.reported, summary.tracked) == (Decimal("11.51"), Decimal("20.94"))
    assert "<strong>9.43 wRVUs fewer</strong>" in page
    assert "<strong>$452.64</strong>" in page
    assert "frozen at 2025" in page
    assert "32.45" not in page  # both sides added up
    assert {v: s.difference for v, s in summary.sections.items() if s.lines} == {
        "missing there": Decimal("-10.47"),
        "different": Decimal("-0.26"),
        "missing here": Decimal("1.30"),
    }


def test_own_values_stand_apart_from_every_total(client, user):
    custom = CustomCode.objects.create(
        user=user, name="Unlisted", hcpcs="47579", wrvu=Decimal(5), reason="agreed"
    )
    logged(user, 2, "", custom=custom)
    logged(user, 3)
    statement = stored(user, row(2, 2, "47579", "5.00"), row(3, 3))

    summary = reconciliation.summary(statement)
    page = client.get(reverse("accounts:statement", args=[statement.pk])).content.decode()

    assert (summary.tracked, summary.reported) == (Decimal("10.47"), Decimal("10.47"))
    assert (summary.own.tracked, summary.own.reported) == (5, 5)
    assert "Own and reference values, apart" in page
    assert "credits as many wRVUs" in page


def test_an_uncounted_reference_value_is_not_called_an_own_value(client, user):
    Procedure.objects.create(
        user=user, performed_on=date(2026, 7, 2), hcpcs="99381", kind="reference", wrvu=0
    )
    statement = stored(user, row(2, 2, "99381", "1.50"))

    page = client.get(reverse("accounts:statement", args=[statement.pk])).content.decode()
    csv = client.get(reverse("accounts:statement_csv", args=[statement.pk])).getvalue().decode()

    assert "reference value</span>" in page
    assert "own value</span>" not in page
    assert ",reference value," in csv


def test_work_without_a_code_is_left_out(user):
    custom = CustomCode.objects.create(user=user, name="Call", wrvu=Decimal(2), reason="agreed")
    logged(user, 2, "", custom=custom)
    assert not stored(user, row(2, 20)).lines.filter(verdict="missing there").exists()


def test_work_for_another_employer_is_left_out(user):
    site = Site.objects.create(user=user, name="Hill clinic")
    other = Contract.objects.create(user=user, employer="Hill", starts_on=date(2026, 1, 1))
    other.sites.add(site)
    logged(user, 2, site=site)
    logged(user, 3)
    statement = stored(user, row(2, 20, "99213", "1.30"))
    missing = statement.lines.filter(verdict="missing there")
    assert [one.performed_on.day for one in missing] == [3]


def test_a_late_charge_finds_its_entry_and_entries_outside_the_period_are_not_missing(user):
    june = Procedure(user=user, performed_on=date(2026, 6, 20), hcpcs="47562")
    other = Procedure(user=user, performed_on=date(2026, 6, 21), hcpcs="47562", modifiers="62")
    for procedure in (june, other):
        valuing.value([procedure])
        procedure.save()
    late = Row(2, date(2026, 6, 20), "47562", (), 1, Decimal("10.47"), None)
    statement = stored(user, late)
    line = statement.lines.get()
    assert (line.verdict, line.procedure) == ("matched", june)
    assert line.cause.startswith("A late charge")


def test_what_another_statement_has_already_is_a_possible_duplicate(user):
    logged(user, 2)
    stored(user, row(2, 2))
    august = stored(user, row(2, 2), starts_on=date(2026, 8, 1), ends_on=date(2026, 8, 31))
    line = august.lines.get()
    assert line.verdict == "missing here"
    assert line.cause == ("A possible duplicate: it stands on your statement of July 2026 too.")


def test_a_statement_without_wrvus_is_matched_by_what_it_names(client, user):
    logged(user, 2)
    statement = stored(user, row(2, 2, wrvu=None, dollars=Decimal("500.00")))
    page = client.get(reverse("accounts:statement", args=[statement.pk])).content.decode()
    assert "The statement gives no wRVUs" in page
    assert "$500.00" in page
    assert statement.lines.get().verdict == "matched"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-07-01", "2026-07-31", "July 2026"),
        ("2026-07-01", "2026-07-15", "July 1 to 15, 2026"),
        ("2026-07-01", "2026-09-30", "July 1 to September 30, 2026"),
        ("2025-12-16", "2026-01-15", "December 16, 2025 to January 15, 2026"),
    ],
)
def test_a_period_in_words(first, last, words):
    found = reconciliation.period(date.fromisoformat(first), date.fromisoformat(last))
    assert found == words


def test_totals_are_the_exact_sums_of_the_lines(user):
    values = ["0.000001", "3.0576", "11.94375", "0.1", "0.2", "-0.3"] * 20
    rows = [row(2 + n, 1 + n % 28, "99213", value) for n, value in enumerate(values)]
    summary = reconciliation.summary(stored(user, *rows))
    assert summary.reported == sum(map(Decimal, values))


def test_notes_in_the_page_are_text(client, user):
    statement = stored(user, row(2, 2))
    statement.lines.update(note="<script>alert(1)</script>")
    page = client.get(reverse("accounts:statement", args=[statement.pk])).content.decode()
    assert "&lt;script&gt;" in page and "<script>alert" not in page


@pytest.mark.parametrize("size", [5, 60])
def test_pages_cost_the_same_at_any_length(client, user, size, django_assert_num_queries):
    for day in range(1, size + 1):
        logged(user, 1 + day % 28, modifiers="59")
    rows = [row(2 + n, 1 + n % 28, "99213", "1.30") for n in range(size)]
    statement = stored(user, *rows, *[row(100 + n, 1 + n % 28) for n in range(size)])
    address = reverse("accounts:statement", args=[statement.pk])
    listed = reverse("accounts:statements")
    part = reverse("accounts:statement_section", args=[statement.pk, "missing-here"])
    letter = reverse("accounts:statement_letter", args=[statement.pk])
    table = reverse("accounts:statement_csv", args=[statement.pk])
    for page in (address, listed, part, letter):
        client.get(page)  # what the process remembers of the release
    # Of each: who asks (3) and the statement; what of it is asked for.
    with django_assert_num_queries(14):  # sums, five sections, names, three signs of change
        client.get(address)
    with django_assert_num_queries(6):  # count, statements, sums
        client.get(listed)
    with django_assert_num_queries(8):  # sums, count, lines, names
        client.get(part)
    with django_assert_num_queries(6):  # lines, names
        client.get(letter)
    with django_assert_num_queries(5):  # lines
        b"".join(client.get(table).streaming_content)


def test_matching_takes_no_query_for_each_line(user, django_assert_num_queries):
    for day in range(1, 29):
        logged(user, day)
    statement = stored(user, *[row(2 + n, 1 + n) for n in range(28)])
    with django_assert_num_queries(10):
        reconciliation.match_again(statement)


def test_a_long_section_has_pages(client, user):
    statement = stored(user, *[row(2 + n, 1 + n % 28, "99213", "1.30") for n in range(130)])
    page = client.get(reverse("accounts:statement", args=[statement.pk]))
    address = reverse("accounts:statement_section", args=[statement.pk, "missing-here"])
    assert "All 130 lines" in page.content.decode()
    assert len(client.get(address).context["rows"]) == 100
    assert len(client.get(address, {"page": "2"}).context["rows"]) == 30
    assert client.get(address, {"page": "x"}).status_code == 200
    nowhere = reverse("accounts:statement_section", args=[statement.pk, "nowhere"])
    assert client.get(nowhere).status_code == 404


# Changing ------------------------------------------------------------------------------------


def test_a_line_gets_a_status_and_a_note(client, user):
    statement = stored(user, row(2, 2))
    line = statement.lines.get()
    address = reverse("accounts:statement_line", args=[statement.pk, line.pk])
    assert client.get(address).status_code == 200

    client.post(address, {"status": "settled", "note": "Paid in August", "verdict": "matched"})

    line.refresh_from_db()
    assert (line.status, line.note) == ("settled", "Paid in August")
    assert line.verdict == "missing here"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"status": "asked", "note": "MRN 1234567 was denied"}, "looks like a record number"),
        ({"status": "gone", "note": "Kept text"}, "Select a valid choice"),
        ({"status": "asked", "note": "x" * 201}, "at most 200 characters"),
    ],
)
def test_a_note_that_is_refused_is_shown_again_with_the_reason(client, user, data, says):
    statement = stored(user, row(2, 2))
    line = statement.lines.get()
    address = reverse("accounts:statement_line", args=[statement.pk, line.pk])
    page = client.post(address, data).content.decode()
    assert says in page and data["note"] in page
    line.refresh_from_db()
    assert (line.status, line.note) == ("open", "")


def test_matching_again_keeps_notes_and_statuses(client, user):
    first, second = logged(user, 2), logged(user, 20)
    statement = stored(user, row(2, 2, wrvu="10.21"), row(3, 15, "99213", "1.30"))
    statement.lines.filter(row=2).update(status="asked", note="Asked in August")
    statement.lines.filter(procedure=second).update(status="settled", note="Comes later")
    pks = set(statement.lines.values_list("pk", flat=True))
    address = reverse("accounts:statement", args=[statement.pk])
    assert "Your log has changed" not in client.get(address).content.decode()

    first.modifiers = "62"
    valuing.value([first])
    first.save()
    logged(user, 15, "99213")
    assert "Your log has changed" in client.get(address).content.decode()
    client.post(reverse("accounts:statement_match", args=[statement.pk]))

    found = {one.row: one for one in statement.lines.all()}
    assert (found[2].verdict, found[2].status, found[2].note) == (
        "near", "asked", "Asked in August",
    )  # fmt: skip
    assert found[3].verdict == "matched"
    assert (found[None].status, found[None].note) == ("settled", "Comes later")
    assert {one.pk for one in found.values()} == pks
    assert "Your log has changed" not in client.get(address).content.decode()


def test_the_note_of_an_entry_goes_to_the_line_that_it_comes_to_fit(user):
    entry = logged(user, 20)
    statement = stored(user, row(2, 2, "99213", "1.30"), row(3, 12))
    statement.lines.filter(procedure=entry).update(status="asked", note="Missing")
    entry.performed_on = date(2026, 7, 12)
    entry.save()

    reconciliation.match_again(statement)

    line = statement.lines.get(procedure=entry)
    assert (line.row, line.verdict, line.status, line.note) == (3, "matched", "asked", "Missing")
    assert statement.lines.count() == 2


def test_matching_again_drops_findings_of_deleted_entries(client, user):
    logged(user, 20)
    statement = stored(user, row(2, 2, "99213", "1.30"))
    Procedure.objects.all().delete()
    assert reconciliation.changed_since(statement)
    renewal = reconciliation.match_again(statement)
    assert renewal.gone == 1
    assert [one.row for one in statement.lines.all()] == [2]


def test_both_notes_are_kept_where_both_sides_had_one(user):
    entry = logged(user, 20)
    statement = stored(user, row(2, 12))
    statement.lines.filter(row=2).update(status="settled", note="Paid twice?")
    statement.lines.filter(procedure=entry).update(status="asked", note="Missing")
    entry.performed_on = date(2026, 7, 12)
    entry.save()
    reconciliation.match_again(statement)
    line = statement.lines.get()
    assert (line.status, line.note) == ("settled", "Paid twice?; Missing")


def test_a_deletion_that_is_undone_keeps_its_note(user):
    entry = logged(user, 20)
    statement = stored(user, row(2, 2, "99213", "1.30"))
    statement.lines.filter(procedure=entry).update(note="Asked by mail")
    entry.delete()
    entry.pk = None
    entry.save()
    reconciliation.match_again(statement)
    assert statement.lines.get(procedure=entry).note == "Asked by mail"


def test_a_recalculated_entry_asks_for_matching_again(user):
    entry = logged(user, 2)
    statement = stored(user, row(2, 2))
    Procedure.objects.filter(pk=entry.pk).update(wrvu=Decimal("10.21"))
    assert reconciliation.changed_since(statement)


def test_several_lines_of_one_entry_share_it(user):
    entry = logged(user, 2, units=3)
    statement = stored(user, *[row(n, 2) for n in (2, 3, 4)])
    lines = list(statement.lines.all())
    assert {one.verdict for one in lines} == {"matched"}
    assert {one.procedure for one in lines} == {entry}
    assert [one.logged_wrvu for one in lines] == [Decimal("31.41"), None, None]
    reconciliation.match_again(statement)
    assert statement.lines.count() == 3


def test_a_line_that_is_not_logged_is_added_once(client, user):
    statement = stored(user, row(2, 15, "99213", "1.30", modifiers=("25",), units=2))
    line = statement.lines.get()
    address = reverse("accounts:statement_log", args=[statement.pk, line.pk])

    client.post(address)
    again = client.post(address, follow=True)

    procedure = Procedure.objects.get()
    assert (procedure.user, procedure.hcpcs, procedure.modifiers) == (user, "99213", "25")
    assert (procedure.performed_on, procedure.units) == (date(2026, 7, 15), 2)
    assert (procedure.wrvu, procedure.release) == (Decimal("2.6"), "2025D")
    line.refresh_from_db()
    assert (line.procedure, line.verdict) == (procedure, "different")
    assert "Nothing was logged" in again.content.decode()


def test_what_was_added_can_be_taken_back_at_once(client, user):
    statement = stored(user, row(2, 15, "99213", "1.30"))
    address = reverse("accounts:statement", args=[statement.pk])
    client.post(reverse("accounts:statement_log", args=[statement.pk, statement.lines.get().pk]))
    page = client.get(address)
    assert "Logged 99213 of July 15, 1.30 wRVUs" in page.content.decode()

    undo = {"undo": page.context["toast"]["id"], "next": address}
    back = client.post(reverse("accounts:undo"), undo)

    assert back.headers["Location"] == address
    assert not Procedure.objects.exists()
    assert "Your log has changed" in client.get(address).content.decode()


def test_what_takes_back_cannot_be_logged(client, user):
    statement = stored(user, row(2, 15, wrvu="-10.47"))
    line = statement.lines.get()
    address = reverse("accounts:statement", args=[statement.pk])
    assert "Add to log" not in client.get(address).content.decode()
    client.post(reverse("accounts:statement_log", args=[statement.pk, line.pk]))
    assert not Procedure.objects.exists()


def test_the_rate_can_be_typed(client, user):
    logged(user, 2)
    statement = stored(user, row(2, 2, wrvu="9.47"))
    address = reverse("accounts:statement_rate", args=[statement.pk])
    wrong = client.post(address, {"dollars_per_wrvu": "fifty"})
    assert "Enter an amount such as 48.00." in wrong.content.decode()
    assert 'value="fifty"' in wrong.content.decode()
    client.post(address, {"dollars_per_wrvu": "$50.00"})
    page = client.get(reverse("accounts:statement", args=[statement.pk])).content.decode()
    assert "At $50.00 that is <strong>$50.00</strong>" in page


def test_asking_marks_one_line_or_a_whole_section(client, user):
    for day in (2, 3, 4):
        logged(user, day)
    statement = stored(user, row(2, 20, "99213", "1.30"))
    missing = statement.lines.filter(verdict="missing there")
    missing.filter(performed_on="2026-07-04").update(status="settled")
    address = reverse("accounts:statement_ask", args=[statement.pk])

    client.post(address, {"line": missing[0].pk})
    assert [one.status for one in missing.all()] == ["asked", "open", "settled"]
    client.post(address, {"section": "missing-there"})
    assert [one.status for one in missing.all()] == ["asked", "asked", "settled"]

    assert client.post(address, {"section": "nowhere"}).status_code == 404
    assert client.post(address, {"line": "x"}).status_code == 404
    assert client.post(address, {"line": "9" * 30}).status_code == 404


def test_the_letter_has_only_what_is_asked(client, user):
    logged(user, 2)
    logged(user, 20)
    statement = stored(user, row(2, 2, wrvu="10.21"))
    address = reverse("accounts:statement_letter", args=[statement.pk])
    assert "No line is marked as asked" in client.get(address).content.decode()

    statement.lines.filter(row=2).update(status="asked")
    page = client.get(address).content.decode()

    assert "<strong>0.26 wRVUs fewer</strong>" in page
    assert "<strong>$12.48</strong>" in page  # 0.26 × 48
    assert "Jul 2, 2026" in page and "Jul 20, 2026" not in page


def test_the_csv_has_every_finding_and_no_formula(client, user):
    logged(user, 2)
    statement = stored(user, row(2, 2, wrvu="10.21"), row(3, 15, wrvu="-10.47"))
    statement.lines.filter(row=2).update(note="=1+1")

    response = client.get(reverse("accounts:statement_csv", args=[statement.pk]))
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()

    assert response.headers["Content-Disposition"] == (
        'attachment; filename="statement-2026-07-01-2026-07-31.csv"'
    )
    assert lines[1].startswith(
        "different,100,2026-07-02,47562,,1,10.470000,2025D,,2,2026-07-02,47562,,1,10.210000,,"
        "-0.260000,"
    )
    assert lines[1].endswith(",open,'=1+1")
    assert len(lines) == 3


def test_deleting_takes_a_second_step_and_leaves_the_log(client, user):
    logged(user, 2)
    statement = stored(user, row(2, 2))
    address = reverse("accounts:statement_delete", args=[statement.pk])
    assert "Your log stays" in client.get(address).content.decode()
    assert Statement.objects.exists()
    client.post(address)
    assert not StatementLine.objects.exists() and Procedure.objects.exists()


# Who ----------------------------------------------------------------------------------------

OF_STATEMENT = ["", "rate/", "match/", "ask/", "letter/", "lines.csv", "delete/", "matched/"]


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "head"])
@pytest.mark.parametrize("end", [*OF_STATEMENT, "lines/{line}/", "lines/{line}/log/"])
def test_a_statement_of_somebody_else_is_as_good_as_missing(client, user, end, method):
    statement = stored(UserFactory(), row(2, 2), contract=None)
    before = list(StatementLine.objects.values())
    address = f"/statements/{statement.pk}/{end.format(line=statement.lines.get().pk)}"

    response = getattr(client, method)(address)

    assert response.status_code in (404, 405)
    if response.status_code == 405:  # whoever's it is
        own = stored(user, row(2, 2))
        end = end.format(line=own.lines.get().pk)
        assert getattr(client, method)(f"/statements/{own.pk}/{end}").status_code == 405
    assert list(StatementLine.objects.filter(statement=statement).values()) == before


def test_a_line_of_another_statement_is_as_good_as_missing(client, user):
    mine = stored(user, row(2, 2))
    theirs = stored(UserFactory(), row(2, 2), contract=None).lines.get()
    for name in ("statement_line", "statement_log"):
        address = reverse(f"accounts:{name}", args=[mine.pk, theirs.pk])
        assert client.post(address, {"status": "asked", "note": ""}).status_code == 404
    asked = client.post(reverse("accounts:statement_ask", args=[mine.pk]), {"line": theirs.pk})
    assert asked.status_code == 404
    theirs.refresh_from_db()
    assert theirs.status == "open"


def test_the_log_of_somebody_else_is_never_matched(user):
    logged(UserFactory(), 2)
    statement = stored(user, row(2, 2))
    assert statement.lines.get().verdict == "missing here"


def test_strangers_are_led_to_sign_in_and_nothing_is_cached(client, user):
    mine = client.get(reverse("accounts:statements"))
    client.logout()
    stranger = client.get(reverse("accounts:statements"))
    assert stranger.status_code == 302
    assert mine.headers["Cache-Control"] == "private, no-store"
    assert client.post(reverse("accounts:statement_new")).status_code == 302


def test_hostile_bytes_in_what_is_typed_are_no_fault_of_the_server(client, user):
    content = io.BytesIO(as_csv(FILE)).getvalue()
    response = upload(client, content, employer="\U0001f600" * 100, name="\n\0.csv" * 50)
    assert response.status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_period_that_no_record_can_have_is_refused_with_a_sentence(client, user, day):
    response = upload(client, starts_on=day, ends_on=day)

    assert "Give a day between 2000 and 2100." in response.content.decode()
