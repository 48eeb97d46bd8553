"""Export and import in the admin: looked at first, then exactly that file, by who may."""

import os
import time

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from blog.models import Redirect
from codes.models import CodeContent
from rvuedge import exchange_admin
from rvuedge.exchange import Layout
from rvuedge.publishing import Action, State
from rvuedge.spreadsheets import FileError, as_csv, as_xlsx, read
from tests.factories import CodeContentFactory, CodeFactory, UserFactory

pytestmark = pytest.mark.django_db

IMPORT = "/admin/codes/codecontent/import/"
LIST = "/admin/codes/codecontent/"


def person(*rights, model="codecontent", app="codes"):
    user = UserFactory(is_staff=True)
    names = [f"{right}_{model}" for right in rights]
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label=app, codename__in=names)
    )
    return user


@pytest.fixture
def writer(client):
    user = person("view", "change")
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def kept(settings, tmp_path):
    """Return the folder in which files wait."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "imports"


@pytest.fixture
def content():
    return CodeContentFactory(code__hcpcs="47562", label="Gallbladder removal")


def table(made=as_csv, **cells):
    """Return all code texts as a file, with cells of the first one changed."""
    headings, *rows = Layout(CodeContent).rows(CodeContent.objects.all())
    for name, cell in cells.items():
        rows[0][headings.index(name)] = cell
    return made([headings, *rows])


def look(client, content, name="texts.csv", url=IMPORT):
    return client.post(url, {"file": SimpleUploadedFile(name, content)})


def store(client, answer, url=IMPORT):
    return client.post(url, {"token": answer.context["token"]}, follow=True)


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


# Export -------------------------------------------------------------------------------------


def test_the_list_offers_what_one_may(client, writer, content):
    page = client.get(f"{LIST}?state__exact=draft").content.decode()
    for kind in ("csv", "xlsx"):
        assert f'href="{LIST}export.{kind}?state__exact=draft"' in page
    assert f'href="{IMPORT}"' in page
    client.force_login(person("view"))
    page = client.get(LIST).content.decode()
    assert "export.csv" in page
    assert IMPORT not in page


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_holds_what_the_list_shows(client, writer, content, tmp_path, kind):
    CodeContentFactory(code__hcpcs="99213").publish()
    answer = client.get(f"{LIST}export.{kind}?state__exact=draft")
    assert f".{kind}" in answer["Content-Disposition"]
    assert "private" in answer["Cache-Control"]
    path = tmp_path / "export"
    path.write_bytes(b"".join(answer.streaming_content))
    rows = [row for _, row in read(path)]
    assert [row[0] for row in rows] == ["hcpcs", "47562"]


def test_a_text_too_long_for_xlsx_is_said(client, writer, content):
    content.billing = "x" * 40_000
    content.save()
    answer = client.get(f"{LIST}export.xlsx", follow=True)
    assert "Export as CSV instead" in said(answer)


def test_filters_that_are_none_are_not_found(client, writer):
    assert client.get(f"{LIST}export.csv?no__such=1").status_code == 404


# Import -------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [as_csv, as_xlsx])
def test_a_file_is_looked_at_first_and_then_stored(client, writer, content, kept, made):
    CodeContentFactory(code__hcpcs="99213")
    answer = look(client, table(made, label="Gallbladder operation"))
    page = answer.content.decode()
    assert "2 rows, of which 1 would change" in page
    assert "Gallbladder <del>removal</del><ins>operation</ins>" in page
    assert "99213" not in page  # only what changes is shown
    content.refresh_from_db()
    assert (content.label, content.editions.count()) == ("Gallbladder removal", 0)
    assert mail.outbox == []
    assert [path.stat().st_mode & 0o777 for path in kept.iterdir()] == [0o600]

    answer = store(client, answer)
    assert "1 code text imported as a draft." in said(answer)
    content.refresh_from_db()
    edition = content.newest()
    assert (content.label, content.state) == ("Gallbladder operation", State.DRAFT)
    assert (edition.action, edition.made_by) == (Action.IMPORTED, writer)
    assert edition.reason == "From texts.csv"
    assert list(kept.iterdir()) == []
    assert mail.outbox == []
    told = AuditEntry.objects.filter(what__startswith="imported").values_list("what", "who")
    assert set(told) == {("imported", writer.pk), ("imported a file", writer.pk)}


def test_a_file_without_a_change_leaves_nothing(client, writer, content, kept):
    answer = look(client, table())
    assert "There is nothing to import." in answer.content.decode()
    assert answer.context["token"] == ""
    assert list(kept.iterdir()) == []


def test_errors_name_row_and_column_and_nothing_can_be_stored(client, writer, content, kept):
    answer = look(client, table(label="x" * 121), "<b>.csv")
    page = answer.content.decode()
    assert "<td>2</td><td>label</td><td>Ensure this value has at most 120" in page
    assert "&lt;b&gt;.csv cannot be imported: 1 error in 1 row" in page
    assert answer.context["token"] == ""
    assert list(kept.iterdir()) == []


def test_what_is_wrong_in_fact_is_an_error(client):
    client.force_login(person("view", "change", model="redirect", app="blog"))
    Redirect.objects.create(old_path="/old/", new_path="/new/")
    url = reverse("admin:blog_redirect_import")
    answer = look(client, b"old_path,new_path\n/old/,https://example.org/\n", url=url)
    assert "Write an address of this site" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The submitted file is empty."),
        (b"PK\x03\x04", "The workbook is damaged"),
        (b"a\0", "NUL bytes"),
        (b"label\nx\n", "This column is missing"),
    ],
)
def test_a_file_that_is_no_table_is_refused(client, writer, kept, content, sentence):
    assert sentence in look(client, content).content.decode()
    assert not kept.exists() or list(kept.iterdir()) == []


def test_no_file_and_one_too_large_are_refused(client, writer, monkeypatch):
    assert "This field is required." in client.post(IMPORT, {}).content.decode()
    monkeypatch.setattr(exchange_admin, "LIMITS", exchange_admin.LIMITS.__class__(file_bytes=5))
    assert "The file has more than 0 MB." in look(client, b"hcpcs,label\n").content.decode()


def test_many_changes_are_for_the_command(client, writer, content, monkeypatch):
    monkeypatch.setattr(exchange_admin, "MOST_CHANGES", 0)
    answer = look(client, table(label="New"))
    assert "manage.py import_content" in answer.content.decode()
    assert answer.context["token"] == ""


def test_a_text_changed_in_between_is_shown_again(client, writer, content):
    answer = look(client, table(billing="Other words.", fingerprint=""))
    content.label = "Changed meanwhile"
    content.save()
    content.save_draft(None)
    answer = store(client, answer)
    assert "since you looked" in said(answer)
    assert "<ins>Other</ins>" in answer.content.decode()
    content.refresh_from_db()
    assert content.billing == "What the indicators do not say."
    store(client, answer)  # the page has a new reference, and the file is still there
    content.refresh_from_db()
    assert content.billing == "Other words."


def test_a_reference_is_for_one_person_one_list_one_file_and_one_use(
    client, writer, content, kept, monkeypatch
):
    answer = look(client, table(label="New"))
    token = answer.context["token"]
    gone = "no longer kept, or was imported already"

    other = person("view", "change")
    client.force_login(other)
    assert gone in said(client.post(IMPORT, {"token": token}))
    client.force_login(writer)
    assert gone in said(client.post(IMPORT, {"token": f"{token}x"}))
    with monkeypatch.context() as later:
        later.setattr(exchange_admin, "KEPT_SECONDS", -1)
        assert gone in said(client.post(IMPORT, {"token": token}))
    (path,) = kept.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"New", b"Old"))
    assert gone in said(client.post(IMPORT, {"token": token}))
    path.write_bytes(whole)
    assert CodeContent.objects.get().label == "Gallbladder removal"
    assert "imported as a draft" in said(store(client, answer))
    assert gone in said(client.post(IMPORT, {"token": token}))


def test_files_that_nobody_came_back_for_are_taken_away(client, writer, content, kept):
    look(client, table(label="New"))
    (old,) = kept.iterdir()
    os.utime(old, (time.time() - 7200,) * 2)
    look(client, table(label="Newer"))
    assert len(list(kept.iterdir())) == 1
    assert not old.exists()


def test_a_full_disk_is_said(client, writer, content, monkeypatch):
    def full(upload):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exchange_admin, "keep", full)
    page = look(client, table(label="New")).content.decode()
    assert "The file could not be kept here (No space left on device)." in page


def test_a_mistake_of_ours_leaves_no_file(client, writer, content, kept, monkeypatch):
    def broken(*args, **options):
        raise ZeroDivisionError

    monkeypatch.setattr(exchange_admin, "examine_file", broken)
    with pytest.raises(ZeroDivisionError):
        look(client, table())
    assert list(kept.iterdir()) == []


# Rights -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rights", "export", "bring"), [((), 403, 403), (("view",), 200, 403), (("change",), 200, 200)]
)
def test_export_needs_view_and_import_needs_change(client, content, rights, export, bring):
    client.force_login(person(*rights))
    assert client.get(f"{LIST}export.csv").status_code == export
    assert client.get(f"{LIST}export.xlsx").status_code == export
    assert client.get(IMPORT).status_code == bring
    assert look(client, table(label="New")).status_code == bring


def test_a_stranger_is_sent_to_sign_in(client):
    for url in (f"{LIST}export.csv", IMPORT):
        assert "/admin/login/" in client.get(url)["Location"]


def test_only_who_may_add_brings_a_new_text(client, writer, content):
    CodeFactory(hcpcs="99213")
    file = table(hcpcs="99213", fingerprint="")
    assert "you may not add one" in look(client, file).content.decode()
    client.force_login(person("view", "change", "add"))
    answer = look(client, file)
    assert "1 of them new" in answer.content.decode()
    store(client, answer)
    assert CodeContent.objects.filter(code="99213").exists()


def test_a_get_changes_nothing(client, writer, content):
    answer = look(client, table(label="New"))
    client.get(IMPORT, {"token": answer.context["token"]})
    assert CodeContent.objects.get().label == "Gallbladder removal"


def test_an_import_needs_the_token_of_its_page(writer, content):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(writer)
    assert look(strict, table(label="New")).status_code == 403


# In a browser -------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_sound_for_everybody(page, live_server, content, tmp_path, scheme):
    from axe_playwright_python.sync_playwright import Axe

    writer = person("view", "change")
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.emulate_media(color_scheme=scheme)
    page.set_default_timeout(10_000)
    client = Client()
    client.force_login(writer)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page.goto(f"{live_server.url}{LIST}")
    with page.expect_download() as download:
        page.click("text=Export CSV")
    path = tmp_path / "texts.csv"
    download.value.save_as(path)
    page.click(".object-tools >> text=Import")
    assert sound(Axe().run(page))
    path.write_bytes(path.read_bytes().replace(b"Gallbladder removal", b"Gallbladder operation"))
    page.set_input_files("[name=file]", path)
    page.click("text=Show what would change")
    assert page.inner_text("ins") == "operation"
    page.set_viewport_size({"width": 768, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 768
    assert sound(Axe().run(page))
    page.click("text=Import 1 code text as draft")
    assert "imported as a draft" in page.inner_text(".messagelist")
    path.write_bytes(b"hcpcs,label\n47562,\n")
    page.goto(f"{live_server.url}{IMPORT}")
    page.set_input_files("[name=file]", path)
    page.click("text=Show what would change")
    assert "This field cannot be blank." in page.inner_text(".scroll table")
    assert sound(Axe().run(page))
    assert complaints == []


def sound(result):
    assert result.violations_count == 0, result.generate_report()
    return True


def test_a_file_that_turns_out_damaged_is_refused(client, writer, content, monkeypatch, kept):
    def damaged(path):
        yield 1, ["hcpcs"]
        raise FileError("The workbook is damaged.")

    monkeypatch.setattr("rvuedge.exchange.read", damaged)
    assert "The workbook is damaged." in look(client, table()).content.decode()
    assert list(kept.iterdir()) == []
