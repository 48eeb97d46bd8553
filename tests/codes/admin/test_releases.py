"""Federal releases in the admin: who may do what, what a file is met with, what is shown."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry
from codes import release_uploads
from codes.fee_schedule.archive import Limits
from codes.fee_schedule.load import load
from codes.models import FeeSchedule, Rate, ReleaseUpload
from tests.codes.fee_schedule.federal import (
    gpci_csv,
    localities,
    pprrvu_csv,
    rates,
    release_files,
)
from tests.codes.fee_schedule.test_concurrency import ROOT, database_url
from tests.factories import LocalityFactory, RateFactory, UserFactory, package, rate_row

pytestmark = pytest.mark.django_db

State = ReleaseUpload.State
ADD = "admin:codes_releaseupload_add"


def person(*rights, **columns):
    user = UserFactory(is_staff=True, **columns)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


def manager(email="data@example.org"):
    user = person(email=email)
    user.groups.add(Group.objects.get(name="data manager"))
    return user


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def at_once(monkeypatch):
    """Do the work where it is asked for, and not in a process of its own."""
    monkeypatch.setattr(release_uploads, "launch", lambda pk, lock: release_uploads.work(pk))


@pytest.fixture
def data(client):
    """The data manager's browser."""
    client.force_login(manager())
    return client


def zip_bytes(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def quarter(month="July", rows=None, **named):
    return {f"PPRRVU2026_{month[:3]}_nonQPP.csv": pprrvu_csv(rows or rates(), month=month)} | named


def send(client, content, name="rvu26c.zip", **fields):
    return client.post(reverse(ADD), {"file": SimpleUploadedFile(name, content), **fields})


def upload_of(client, content, name="rvu26c.zip", **fields):
    response = send(client, content, name, **fields)
    assert response.status_code == 302, response.context["form"].errors
    return ReleaseUpload.objects.first()


def page_of(client, upload):
    return client.get(reverse("admin:codes_releaseupload_change", args=[upload.pk]))


def act(client, upload, step, **fields):
    client.post(reverse(f"admin:codes_releaseupload_{step}", args=[upload.pk]), fields)
    upload.refresh_from_db()
    return upload


# The way of a good file -----------------------------------------------------------------------


def test_a_release_is_uploaded_examined_loaded_and_shown(data, at_once):
    upload = upload_of(data, zip_bytes(release_files()))
    assert (upload.state, upload.release, upload.is_at_work) == (State.EXAMINED, "2026C", False)
    assert not FeeSchedule.objects.exists()  # examining stores nothing

    act(data, upload, "load")
    assert (upload.state, upload.report["stored"]["rows"]) == (State.LOADED, 7)
    schedule = FeeSchedule.objects.get()
    assert not schedule.is_active
    assert "not show 2026C yet" in page_of(data, upload).text

    answer = data.post(
        reverse("admin:codes_feeschedule_activate", args=[schedule.pk]), follow=True
    )
    assert "The site shows 2026C from now on." in answer.text
    assert FeeSchedule.objects.active() == schedule


def test_each_step_is_kept_with_who_and_when(data, at_once):
    upload = upload_of(data, zip_bytes(quarter()))
    act(data, upload, "load")
    data.post(reverse("admin:codes_feeschedule_activate", args=[FeeSchedule.objects.get().pk]))
    told = AuditEntry.objects.order_by("pk").values_list("what", "who__email")
    assert [row for row in told if row[0].endswith((" file", " release"))] == [
        (what, "data@example.org")
        for what in (
            "uploaded a federal file",
            "examined a federal file",
            "loaded a release",
            "activated a release",
        )
    ]
    lines = [entry.get_change_message() for entry in release_uploads.history(upload)]
    assert lines == ["Loaded: loaded.", "Examined.", "Uploaded."]
    assert "data@example.org: Loaded" in page_of(data, upload).text


def test_one_file_of_a_release_can_be_added(data, at_once):
    load(package("2026C", rates=[rate_row("99213")]))
    upload = upload_of(data, gpci_csv(localities()), "GPCI2026.csv", release="2026c")
    act(data, upload, "load")
    assert upload.report["outcome"] == "attached"
    assert FeeSchedule.objects.get().localities.count() == 4


def test_the_same_bytes_again_change_nothing(data, at_once):
    content = zip_bytes(release_files())
    act(data, upload_of(data, content), "load")
    again = upload_of(data, content)
    assert "loaded already, with the same content" in page_of(data, again).text
    act(data, again, "load")
    assert (again.state, again.report["outcome"]) == (State.LOADED, "unchanged")


def test_the_report_names_what_changes_and_asks(data, at_once):
    load(package("2026B", rates=[*rates(), rate_row("99214")]))
    rows = [row._replace(work_rvu=Decimal("9.10"), total_nonfac=Decimal("10.65"),
                         total_fac=Decimal("9.52")) if row.hcpcs == "99213" else row
            for row in rates()]  # fmt: skip
    upload = upload_of(data, zip_bytes(quarter(rows=rows)))
    told = upload.report
    assert told["code_counts"] == {"added": 0, "gone": 1, "changed": 1}
    assert told["codes"]["gone"] == ["99214"]
    assert told["reasons"] == [["revalued", 1]]
    # 2.88 became 10.65, times 3.7; in the facility 1.72 became 9.52, times 5.5.
    assert told["outliers"][0][:6] == ["99213", "", "A", "facility", "1.72", "9.52"]
    shown = page_of(data, upload).text
    assert "differs a lot from 2026B: 6 codes against 7 (14.3% fewer)" in shown
    assert "+453.5%" in shown

    act(data, upload, "load")  # nothing ticked
    assert upload.state == State.EXAMINED
    act(data, upload, "load", confirmed="another question")
    assert upload.state == State.EXAMINED
    act(data, upload, "load", confirmed=told["question"])
    assert upload.state == State.LOADED


def test_a_question_that_is_new_since_the_examination_is_not_taken_for_answered(data, at_once):
    upload = upload_of(data, zip_bytes(quarter()))
    assert not upload.report["question"]
    load(package("2026B", rates=[*rates(), rate_row("99214")]))  # meanwhile, by the command
    act(data, upload, "load")
    assert upload.state == State.EXAMINED
    assert "was not confirmed" in upload.problem
    act(data, upload, "examine")
    old = upload.report["question"]
    assert old
    load(package("2026B", rates=[*rates(), rate_row("99214"), rate_row("99215")]), confirmed=True)
    act(data, upload, "load", confirmed=old)
    assert "has changed since" in upload.problem


# What a file is met with ------------------------------------------------------------------------

NOT_OURS = {"PPRRVU2026_Jul_nonQPP.csv": b"HCPCS,MOD\r\n99213,\r\n"}
BOMB = {"PPRRVU2026_Jul_nonQPP.csv": b"0" * 40_000_000}
INSIDE = {"rvu26c.zip": zip_bytes(release_files())}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<!DOCTYPE html><html>Not found</html>", "this is a web page, not a zip"),
        (zip_bytes(release_files())[:-200], "damaged or incomplete"),
        (zip_bytes(BOMB), "times its size"),
        (zip_bytes(NOT_OURS), "PPRRVU"),
        (zip_bytes(INSIDE), "a zip within a zip"),
        (zip_bytes({"../GPCI2026.csv": b"x"}), "would leave the folder"),
        (zip_bytes({"readme.txt": b"x"}), "none of the files"),
        (zip_bytes(quarter(rows=[rate_row("99213", work_rvu="-1")])), "line"),
    ],
    ids=["html", "truncated", "bomb", "columns", "nested", "path", "foreign", "value"],
)
def test_a_bad_file_is_refused_with_a_sentence_and_not_kept(data, at_once, content, sentence):
    upload = upload_of(data, content)
    assert upload.state == State.REFUSED
    assert sentence in upload.problem
    assert not upload.file
    assert not FeeSchedule.objects.exists()
    shown = page_of(data, upload)
    assert shown.status_code == 200
    assert "Nothing of it was stored" in shown.text
    assert not [*(release_uploads.Path(release_uploads.settings.MEDIA_ROOT)).rglob("*.zip")]
    act(data, upload, "load")
    assert upload.state == State.REFUSED


def test_a_file_that_belongs_to_a_release_must_say_which(data, at_once):
    upload = upload_of(data, gpci_csv(localities()), "GPCI2026.csv")
    assert "say which in the field Release" in upload.problem


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("rvu26c.xlsx", "Save a workbook as CSV"), ("rvu26c.exe", ".zip, .csv or .txt")],
)
def test_another_sort_of_file_is_not_taken_in(data, name, sentence):
    assert sentence in send(data, b"x", name).text
    assert not ReleaseUpload.objects.exists()


def test_a_file_beyond_the_limit_is_not_taken_in(data, monkeypatch):
    monkeypatch.setattr(release_uploads, "MOST_BYTES", 100_000)
    assert "far more than any of its kind" in send(data, b"x" * 200_000).text
    assert not ReleaseUpload.objects.exists()


def test_a_large_text_file_is_not_taken_in(data, monkeypatch):
    monkeypatch.setattr("codes.admin.releases.LIMITS", Limits(file_bytes=1000))
    assert "far more than any of its kind" in send(data, b"x" * 2000, "GPCI2026.csv").text


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/rvu26c.ZIP", "rvu26c.zip"),
        ("C:\\files\\GPCI2026.csv", "GPCI2026.csv"),
        ("..hidden<b>\r\n.txt", "hidden_b___.txt"),
        (".zip", "upload.zip"),
        ("a" * 300 + ".csv", "a" * 100 + ".csv"),
    ],
)
def test_a_name_is_made_safe(name, safe):
    assert release_uploads.safe_name(name) == safe


def test_the_name_is_never_that_of_the_file_on_the_disk(data, at_once, settings):
    upload = upload_of(data, zip_bytes(quarter()), "rvu26c.zip")
    assert re.fullmatch(r"releases/[0-9a-f]{32}\.zip", upload.file.name)
    assert str(settings.MEDIA_ROOT) in upload.file.path


def test_a_file_that_was_exchanged_on_the_disk_is_not_loaded(data, at_once):
    upload = upload_of(data, zip_bytes(quarter()))
    release_uploads.Path(upload.file.path).write_bytes(zip_bytes(quarter(rows=rates()[:3])))
    act(data, upload, "load")
    assert upload.state == State.REFUSED
    assert not FeeSchedule.objects.exists()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OperationalError("database or disk is full"), "disk is full"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (RuntimeError("a mistake of ours"), "Something unexpected"),
    ],
)
def test_a_fault_leaves_the_file_as_it_was(data, at_once, monkeypatch, error, sentence):
    upload = upload_of(data, zip_bytes(quarter()))

    def failing(*args, **options):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(release_uploads, "load", failing)
        act(data, upload, "load")
    assert (upload.state, upload.is_at_work) == (State.EXAMINED, False)
    assert sentence in upload.problem
    act(data, upload, "load")
    assert (upload.state, upload.problem) == (State.LOADED, "")


def test_no_room_for_the_file_is_said_on_the_form(data, monkeypatch):
    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)
    assert "could not be kept (No space left on device)" in send(data, b"x").text
    assert not ReleaseUpload.objects.exists()


# One at a time ----------------------------------------------------------------------------------


def test_the_database_holds_only_one_that_is_worked_on():
    user = UserFactory()
    ReleaseUpload.objects.create(name="a.zip", uploaded_by=user, is_at_work=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReleaseUpload.objects.create(name="b.zip", uploaded_by=user, is_at_work=True)


def test_a_second_upload_waits_and_says_so(data, monkeypatch):
    held = []
    monkeypatch.setattr(
        release_uploads, "launch", lambda pk, lock: held.append(os.dup(lock.fileno()))
    )
    first = upload_of(data, zip_bytes(quarter()), "first.zip")
    answer = send(data, zip_bytes(quarter()), "second.zip")
    second = ReleaseUpload.objects.get(name="second.zip")
    assert (first.is_at_work, second.is_at_work) == (True, False)
    shown = data.get(answer.url).text
    assert "Another file, first.zip, is being worked on. This one waits" in shown
    assert "Look again" in page_of(data, first).text
    progress = data.get(reverse("admin:codes_releaseupload_progress", args=[first.pk]))
    assert progress.json() == {"step": "Starting.", "is_at_work": True}

    load(package("2026B", rates=[rate_row("99213")]))
    schedule = FeeSchedule.objects.get()
    for step in ("activate", "remove"):
        url = reverse(f"admin:codes_feeschedule_{step}", args=[schedule.pk])
        assert "A file is being worked on" in data.post(url, follow=True).text
    assert FeeSchedule.objects.active() is None

    os.close(held.pop())  # the process ended without a word
    shown = page_of(data, first).text
    assert "The work broke off" in shown
    assert "Start again" in shown
    progress = data.get(reverse("admin:codes_releaseupload_progress", args=[first.pk]))
    assert not progress.json()["is_at_work"]
    monkeypatch.setattr(release_uploads, "launch", lambda pk, lock: release_uploads.work(pk))
    act(data, second, "examine")
    assert second.state == State.EXAMINED
    first.refresh_from_db()
    assert (first.is_at_work, first.problem) == (False, release_uploads.BROKEN_OFF)
    assert act(data, first, "examine").state == State.EXAMINED


def test_work_that_cannot_be_started_is_said(data, monkeypatch):
    def failing(*args, **options):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(release_uploads.subprocess, "Popen", failing)
    answer = send(data, zip_bytes(quarter()))
    assert "could not be started (Cannot allocate memory)" in data.get(answer.url).text


WORKER = """
import sys, time
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
settings.MEDIA_ROOT = sys.argv[1]
if sys.argv[2] == "hangs":
    time.sleep(60)
call_command("work_release_upload", sys.argv[-1])
"""


@pytest.mark.django_db(transaction=True)
def test_the_work_is_done_by_a_process_of_its_own(client, monkeypatch, settings):
    from accounts.roles import settle

    settle()
    monkeypatch.setenv("DATABASE_URL", database_url())
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "rvuedge.settings")
    worker = (sys.executable, "-c", WORKER, str(settings.MEDIA_ROOT))
    client.force_login(manager())

    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        release_uploads.subprocess,
        "Popen",
        lambda *args, **options: started.append(popen(*args, **options)) or started[-1],
    )
    monkeypatch.setattr(release_uploads, "WORKER", (*worker, "hangs"))
    upload = upload_of(client, zip_bytes(quarter()))
    assert release_uploads.is_anyone_at_work()
    started[0].kill()
    started[0].wait()
    assert "The work broke off" in page_of(client, upload).text

    monkeypatch.setattr(release_uploads, "WORKER", (*worker, "works"))
    for step, state in (("examine", State.EXAMINED), ("load", State.LOADED)):
        act(client, upload, step)
        deadline = time.monotonic() + 60
        while upload.state != state or release_uploads.is_anyone_at_work():
            assert time.monotonic() < deadline, upload.step
            time.sleep(0.2)
            upload.refresh_from_db()
    assert FeeSchedule.objects.get().row_count == 7


# Rights -----------------------------------------------------------------------------------------


def release_urls(schedule, upload):
    figure = Rate.objects.first()
    locality = LocalityFactory(schedule=schedule)
    return {
        "view_releaseupload": [
            reverse("admin:codes_releaseupload_changelist"),
            reverse("admin:codes_releaseupload_change", args=[upload.pk]),
            reverse("admin:codes_releaseupload_history", args=[upload.pk]),
            reverse("admin:codes_releaseupload_progress", args=[upload.pk]),
        ],
        "add_releaseupload": [reverse(ADD)],
        "activate_releaseupload": [
            reverse("admin:codes_feeschedule_activate", args=[schedule.pk]),
            reverse("admin:codes_feeschedule_remove", args=[schedule.pk]),
        ],
        "view_feeschedule": [
            reverse("admin:codes_feeschedule_changelist"),
            reverse("admin:codes_feeschedule_change", args=[schedule.pk]),
            reverse("admin:codes_feeschedule_compare"),
            reverse("admin:codes_rate_changelist"),
            reverse("admin:codes_rate_change", args=[figure.pk]),
            reverse("admin:codes_locality_changelist"),
            reverse("admin:codes_locality_change", args=[locality.pk]),
        ],
    }


RIGHTS = ("view_releaseupload", "add_releaseupload", "activate_releaseupload", "view_feeschedule")


@pytest.fixture
def stored():
    load(package("2026C", rates=[rate_row("99213")]))
    upload = ReleaseUpload.objects.create(name="rvu26c.zip", uploaded_by=UserFactory())
    return FeeSchedule.objects.get(), upload


@pytest.mark.parametrize("right", ["", *RIGHTS])
def test_each_page_takes_its_right(client, stored, right):
    client.force_login(person(right))
    for needed, urls in release_urls(*stored).items():
        for url in urls:
            expected = 200 if needed == right else 403
            assert client.get(url).status_code == expected, url


@pytest.mark.parametrize("right", ["", "view_releaseupload", "view_feeschedule"])
def test_each_step_takes_its_right(client, stored, right):
    schedule, upload = stored
    client.force_login(person(right))
    for url in (
        reverse(ADD),
        reverse("admin:codes_releaseupload_examine", args=[upload.pk]),
        reverse("admin:codes_releaseupload_load", args=[upload.pk]),
        reverse("admin:codes_feeschedule_activate", args=[schedule.pk]),
        reverse("admin:codes_feeschedule_remove", args=[schedule.pk]),
    ):
        assert client.post(url).status_code == 403, url
    assert not FeeSchedule.objects.get().is_active


def test_a_step_is_no_get_and_takes_a_token(stored):
    from django.test import Client

    schedule, upload = stored
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(manager())
    for step in ("examine", "load"):
        url = reverse(f"admin:codes_releaseupload_{step}", args=[upload.pk])
        assert strict.get(url).status_code == 405
        assert strict.post(url).status_code == 403
    assert send(strict, b"x").status_code == 403
    url = reverse("admin:codes_feeschedule_activate", args=[schedule.pk])
    assert strict.post(url).status_code == 403
    change = reverse("admin:codes_releaseupload_change", args=[upload.pk])
    assert strict.post(change).status_code == 403  # no token
    assert not FeeSchedule.objects.get().is_active
    assert ReleaseUpload.objects.count() == 1


def test_strangers_are_sent_to_sign_in(client, stored):
    for urls in release_urls(*stored).values():
        for url in urls:
            assert client.get(url).status_code == 302, url
    assert send(client, b"x").status_code == 403  # without reading on


def test_not_even_a_superuser_changes_figures(admin_client, stored):
    schedule, upload = stored
    rows = {
        "feeschedule": schedule,
        "rate": Rate.objects.get(),
        "locality": LocalityFactory(schedule=schedule),
        "releaseupload": upload,
    }
    for model, row in rows.items():
        if model != "releaseupload":
            assert admin_client.get(reverse(f"admin:codes_{model}_add")).status_code == 403
        change = reverse(f"admin:codes_{model}_change", args=[row.pk])
        assert admin_client.post(change, {"name": "x"}).status_code in (403, 405)
        delete = reverse(f"admin:codes_{model}_delete", args=[row.pk])
        assert admin_client.get(delete).status_code == 403
        assert admin_client.post(delete, {"post": "yes"}).status_code == 403
        page = admin_client.get(reverse(f"admin:codes_{model}_changelist"))
        assert "delete_selected" not in page.text


def test_what_is_not_there_is_said(admin_client):
    for model, steps in (
        ("releaseupload", ("change", "progress", "examine", "load")),
        ("feeschedule", ("change", "activate", "remove")),
    ):
        for step in steps:
            url = reverse(f"admin:codes_{model}_{step}", args=["999"])
            send_ = admin_client.post if step in ("examine", "load") else admin_client.get
            assert send_(url).status_code == 302


def test_to_change_what_the_site_shows_takes_the_right_to_activate(client, at_once):
    load(package("2026C", rates=[rate_row("99213")]), activate=True)
    loader = person("add_releaseupload", "view_releaseupload", "load_releaseupload")
    client.force_login(loader)
    upload = upload_of(client, zip_bytes(quarter()))
    assert "takes the right to activate" in page_of(client, upload).text
    url = reverse("admin:codes_releaseupload_load", args=[upload.pk])
    assert client.post(url, {"confirmed": upload.report["question"]}).status_code == 403
    # And where the release became the one shown in between.
    release_uploads.start(upload, loader, confirmed=upload.report["question"])
    upload.refresh_from_db()
    assert "takes the right to activate" in upload.problem
    assert FeeSchedule.objects.get().row_count == 1

    client.force_login(manager())
    assert "changes what the site shows at once" in page_of(client, upload).text
    act(client, upload, "load", confirmed=upload.report["question"])
    assert FeeSchedule.objects.get().row_count == 7


# Releases ---------------------------------------------------------------------------------------


@pytest.fixture
def two():
    """2026B is shown; 2026C lowers the work of 99213 and has a code more, and one fewer."""
    load(
        package("2026B", rates=[rate_row("99213"), rate_row("99214"), rate_row("G0411")]),
        activate=True,
    )
    load(
        package(
            "2026C",
            rates=[
                rate_row("99213", work_rvu="1.27", descriptor="Words of the AMA"),
                rate_row("99214", status="C"),
                rate_row("G0105", descriptor="=cmd"),
            ],
        ),
        confirmed=True,
    )
    return FeeSchedule.objects.get(release="2026B"), FeeSchedule.objects.get(release="2026C")


def test_going_on_back_and_removing(data, two):
    old, new = two
    urls = {one: reverse("admin:codes_feeschedule_activate", args=[one.pk]) for one in two}
    assert "Show 2026C on the site" in data.get(urls[new]).text
    data.post(urls[new])
    assert FeeSchedule.objects.active() == new
    assert "Go back to 2026B" in data.get(urls[old]).text
    assert "already" in data.post(urls[new], follow=True).text
    answer = data.post(urls[old], follow=True)
    assert "The site shows 2026B from now on instead of 2026C." in answer.text
    remove = "admin:codes_feeschedule_remove"
    refused = data.post(reverse(remove, args=[old.pk]), follow=True)
    assert "2026B is the release that the site shows" in refused.text
    assert FeeSchedule.objects.count() == 2
    said = data.post(reverse(remove, args=[new.pk]), follow=True).text
    assert "2026C is removed: 3 rows" in said
    assert FeeSchedule.objects.get() == old
    told = set(AuditEntry.objects.values_list("what", "who__email"))
    for what in ("activated a release", "removed a release"):
        assert (what, "data@example.org") in told


def compared(client, **asked):
    return client.get(reverse("admin:codes_feeschedule_compare"), asked)


def names(response):
    return [line.name for line in response.context["page"]]


def test_two_releases_are_compared(data, two):
    page = compared(data)  # the newest and the one before it
    assert (str(page.context["old"]), str(page.context["new"])) == ("2026B", "2026C")
    assert names(page) == ["99213", "99214", "G0105", "G0411"]
    assert page.context["found"].codes == {"added": 1, "gone": 1, "changed": 2}
    assert "Work RVUs: 1.30 → 1.27 (revalued)" in page.text
    assert "Status: A → C (status)" in page.text
    back = compared(data, old="2026C", new="2026B")
    assert "Work RVUs: 1.27 → 1.30 (revalued)" in back.text


def test_a_comparison_is_filtered_and_sorted(data, two):
    both = {"old": "2026B", "new": "2026C"}
    assert names(compared(data, **both, which="added")) == ["G0105"]
    assert names(compared(data, **both, which="gone")) == ["G0411"]
    assert names(compared(data, **both, which="changed")) == ["99213", "99214"]
    assert names(compared(data, **both, which="status")) == ["99214"]
    assert names(compared(data, **both, code="g0")) == ["G0105", "G0411"]
    assert names(compared(data, **both, sort="change"))[0] == "99213"


@pytest.mark.parametrize(
    "asked",
    [
        {"old": "x", "new": "y"},
        {"old": "2026B"},
        {"which": "<b>", "sort": "'", "code": "💥", "page": "-1", "old": "2026B", "new": "2026C"},
        {"page": "1000000000", "code": "9" * 20_000, "old": "2026B", "new": "2026B"},
    ],
)
def test_odd_questions_do_no_harm(data, two, asked):
    page = compared(data, **asked)
    assert page.status_code == 200
    assert "<b>" not in page.text


def test_with_one_release_there_is_nothing_to_compare(data, stored):
    assert "Two releases must be loaded" in compared(data).text


def test_no_wording_of_the_ama_is_shown(data, two, settings):
    page = compared(data)
    assert "Words of the AMA" not in page.text
    rate = Rate.objects.get(schedule=two[1], code="99213")
    shown = data.get(reverse("admin:codes_rate_change", args=[rate.pk])).text
    assert "Words of the AMA" not in shown
    settings.SHOW_AMA_DESCRIPTORS = True
    assert "Words of the AMA" in compared(data).text
    shown = data.get(reverse("admin:codes_rate_change", args=[rate.pk])).text
    assert "Words of the AMA" in shown


def test_a_comparison_is_exported(data, two):
    response = compared(data, old="2026B", new="2026C", which="changed", format="csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(io.StringIO(b"".join(response).decode())))
    assert lines[0] == ["RVU Edge: what changed from 2026B to 2026C, rows changed, for any reason"]
    assert ["99213", "", "changed", "Work RVUs", "1.30", "1.27", "revalued",
            "2.85", "2.82", "1.72", "1.69"] in lines  # fmt: skip
    gone = b"".join(compared(data, old="2026B", new="2026C", which="gone", format="csv"))
    assert b"G0411,,gone,,,,,2.85,,1.72," in gone


# Lists ------------------------------------------------------------------------------------------


def test_rates_are_found_by_code_release_and_status(data, two):
    def found(**asked):
        page = data.get(reverse("admin:codes_rate_changelist"), asked)
        return [str(rate) for rate in page.context["cl"].result_list]

    assert found(q="g0") == ["G0105", "G0411"]
    assert found(q="99213") == ["99213", "99213"]
    assert found(q="9'1") == []
    assert found(schedule__id__exact=two[1].pk) == ["99213", "99214", "G0105"]
    assert found(status="C") == ["99214"]


def test_a_rate_shows_its_raw_figures(data, two):
    rate = Rate.objects.get(schedule=two[1], code="99213")
    shown = data.get(reverse("admin:codes_rate_change", args=[rate.pk])).text
    for figure in ("1.27", "1.46", "33.4009"):
        assert figure in shown


@pytest.mark.parametrize("model", ["rate", "locality", "releaseupload", "feeschedule"])
def test_a_list_costs_the_same_at_any_length(data, model, django_assert_num_queries, two):
    def fill(count):
        for _ in range(count):
            RateFactory(schedule=two[1])
            LocalityFactory(schedule=two[1])
            ReleaseUpload.objects.create(name="x.zip", uploaded_by=UserFactory())

    url = reverse(f"admin:codes_{model}_changelist")
    fill(2)
    data.get(url)
    with CaptureQueriesContext(connection) as few:
        data.get(url)
    fill(10)
    with django_assert_num_queries(len(few)):
        data.get(url)


def test_the_pages_cost_the_same_whatever_they_show(data, at_once, two, django_assert_num_queries):
    upload = upload_of(data, zip_bytes(quarter("October")), "rvu26d.zip")
    page_of(data, upload)
    with django_assert_num_queries(9):
        page_of(data, upload)
    compared(data)
    with django_assert_num_queries(5):
        compared(data)


def test_a_report_is_plain_json(data, at_once, two):
    upload = upload_of(data, zip_bytes(quarter("October")), "rvu26d.zip")
    assert json.loads(json.dumps(upload.report)) == upload.report


# In a browser -----------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_pages_are_accessible_and_keep_the_content_policy(
    page, live_server, at_once, django_user_model
):
    from axe_playwright_python.sync_playwright import Axe

    load(package("2026B", rates=[*rates(), rate_row("99214")]), activate=True)
    django_user_model.objects.create_superuser("root@example.com", "correct horse battery staple")
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(20_000)

    def check(name):
        heard = len(complaints)
        result = Axe().run(page)
        del complaints[heard:]  # the checker's own styles are refused too
        assert result.violations_count == 0, (name, result.generate_report())

    def follow(selector):
        with page.expect_navigation():
            page.click(selector)

    page.goto(f"{live_server.url}{reverse(ADD)}")
    page.fill("[name=login]", "root@example.com")
    page.fill("[name=password]", "correct horse battery staple")
    follow(".auth [type=submit]")
    check("add")
    page.set_input_files(
        "[name=file]",
        {
            "name": "rvu26c.zip",
            "mimeType": "application/zip",
            "buffer": zip_bytes(quarter(rows=[*rates()[:5], rate_row("99213", work_rvu="1.10")])),
        },
    )
    follow("text=Upload and examine")
    page.wait_for_selector("text=differs a lot from 2026B")
    check("report")
    page.check("#confirmed")
    follow("button:has-text('Load 2026C')")
    follow("text=to the release")
    check("release")
    follow("text=Show 2026C on the site")
    check("step")
    follow("button:has-text('Show 2026C on the site')")
    page.wait_for_selector("text=from now on instead of 2026B")
    check("releases")
    follow("text=Compare two releases")
    page.select_option("#which", "changed")
    follow("button:has-text('Compare')")
    check("compare")
    page.goto(f"{live_server.url}{reverse('admin:codes_rate_changelist')}")
    check("rates")
    assert complaints == []
