"""The commands: what they ask, what they print, and how they fail."""

import gc
import io
import sys
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError

from codes.fee_schedule.records import FileError
from codes.management.commands import fee_schedule_status, import_fee_schedule
from codes.models import FeeSchedule, Locality, Rate, ZipRange
from tests.codes.fee_schedule import federal

pytestmark = pytest.mark.django_db

JULY = {"year": 2026, "month": "July"}


def run(name, *arguments, **options):
    out = io.StringIO()
    call_command(name, *arguments, stdout=out, **options)
    return out.getvalue()


def refusal(name, *arguments, **options):
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command(name, *arguments, stdout=out, **options)
    assert "\n" not in str(error.value)
    return str(error.value), out.getvalue()


@pytest.fixture
def release(tmp_path):
    return federal.zipped(tmp_path / "rvu26c.zip", federal.release_files())


@pytest.fixture
def april(tmp_path):
    """The release before, with one code fewer and one value other."""
    rows = [row for row in federal.rates() if row.hcpcs != "0001F"]
    rows[1] = rows[1]._replace(bilat="2")
    path = tmp_path / "PPRRVU2026_Apr_nonQPP.csv"
    path.write_bytes(federal.pprrvu_csv(rows, year=2026, month="April", released="03/20/2026"))
    return path


def other(path, **columns):
    """Write a July file with other columns in the row of 99213."""
    rows = [row._replace(**columns) if row.hcpcs == "99213" else row for row in federal.rates()]
    path.write_bytes(federal.pprrvu_csv(rows, **JULY))
    return path


# Importing --------------------------------------------------------------------------------


def test_a_zip_of_cms_is_imported_whole(release):
    printed = run("import_fee_schedule", release).splitlines()
    schedule = FeeSchedule.objects.get()
    assert (schedule.release, schedule.row_count, schedule.is_active) == ("2026C", 7, False)
    assert schedule.localities.exclude(anesthesia_factor=None).count() == 4
    assert schedule.counties.exists()
    assert schedule.opps_caps.exists()
    kinds = {source["kind"] for source in schedule.sources}
    assert {"PPRRVU", "PPRRVU QPP", "GPCI", "LOCCO", "ANES", "OPPSCAP"} <= kinds
    assert "Storing rates." in printed
    assert printed[-2].startswith("2026C: loaded, 7 rows, 6 codes, 4 localities, ")
    assert printed[-1] == "The site does not show it yet: activate_fee_schedule 2026C."
    assert gc.isenabled()


def test_the_same_zip_again_says_so_and_changes_nothing(release):
    run("import_fee_schedule", release, activate=True)
    before = FeeSchedule.objects.get()
    printed = run("import_fee_schedule", release)
    assert printed.endswith("2026C: loaded already, nothing to do.\n")
    assert FeeSchedule.objects.get().loaded_at == before.loaded_at


def test_what_changed_is_told(april, release):
    run("import_fee_schedule", april)
    printed = run("import_fee_schedule", release, activate=True)
    assert (
        "Against 2026B: 1 codes added, 0 gone, 1 changed. "
        "Rows: 1 added, 0 gone, 1 changed (1 indicator).\n"
    ) in printed
    assert FeeSchedule.objects.active().release == "2026C"


def test_files_of_no_release(tmp_path):
    path = tmp_path / "ZIP5_OCT2026.txt"
    path.write_bytes(federal.zip5(federal.zip_rows()))
    assert "Files of no release: attached, 4 ZIP code ranges.\n" in run(
        "import_fee_schedule", path
    )
    assert run("import_fee_schedule", path).endswith(
        "Files of no release: loaded already, nothing to do.\n"
    )
    assert ZipRange.objects.count() == 4


def test_a_file_is_attached_to_the_release_named(release, tmp_path):
    path = tmp_path / "GPCI2026.csv"
    path.write_bytes(federal.gpci_csv(federal.localities(unfloored=True), unfloored=True))
    run("import_fee_schedule", release)
    assert "2026C: attached, 4 localities.\n" in run("import_fee_schedule", path, release="2026C")
    assert not Locality.objects.filter(work_gpci_unfloored=None).exists()


def test_something_has_to_be_named():
    sentence, _ = refusal("import_fee_schedule")
    assert sentence.startswith("Name a zip, a folder or files of CMS")


def test_a_broken_file_is_one_sentence(tmp_path):
    path = other(tmp_path / "PPRRVU2026_Jul_nonQPP.csv", bilat="x")
    sentence, printed = refusal("import_fee_schedule", path)
    assert sentence.startswith("PPRRVU2026_Jul_nonQPP.csv, line 16, column BILAT")
    assert "Error:" not in printed
    assert not FeeSchedule.objects.exists()


def test_failing_ends_with_status_1(tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        import_fee_schedule.Command().run_from_argv(
            ["manage.py", "import_fee_schedule", str(tmp_path / "nothing.zip"), "--skip-checks"]
        )
    assert end.value.code == 1
    assert capsys.readouterr().err.startswith("CommandError: ")


def test_other_localities_are_refused_unless_forced(release, tmp_path):
    run("import_fee_schedule", release)
    path = tmp_path / "GPCI2026.csv"
    path.write_bytes(federal.gpci_csv(federal.localities()[:3]))
    sentence, _ = refusal("import_fee_schedule", path, release="2026C")
    assert sentence.startswith("GPCI2026.csv has 3 localities, 2026C 4: it lacks 13202-01.")
    assert "Note: GPCI2026.csv has 3 localities" in run(
        "import_fee_schedule", path, release="2026C", force=True
    )


def test_a_database_that_fails_is_one_sentence(release, monkeypatch):
    def fail(*args, **options):
        raise OperationalError("unable to open database file")

    monkeypatch.setattr(import_fee_schedule, "examine", fail)
    sentence, _ = refusal("import_fee_schedule", release, dry_run=True)
    assert sentence.startswith("The database cannot be written to (unable to open")
    monkeypatch.setattr(fee_schedule_status, "status_line", fail)
    sentence, _ = refusal("fee_schedule_status")
    assert sentence.startswith("The database cannot be written to")


# Confirmation -----------------------------------------------------------------------------


def test_without_a_terminal_a_doubtful_import_is_refused(release, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    run("import_fee_schedule", release)
    path = other(tmp_path / "PPRRVU2026_Jul_nonQPP.csv", bilat="2")
    sentence, _ = refusal("import_fee_schedule", path)
    assert sentence == (
        "2026C is loaded already, with other content, which this would replace: 6 codes against "
        "6 (0.0% fewer), 0 of 29 RVUs changed (0.0%), and 0 rows added, 0 gone, 1 changed "
        "(1 indicator). What differs: rates. Import it with --yes if that is right."
    )
    assert "2026C: replaced, 7 rows, 6 codes." in run("import_fee_schedule", path, yes=True)


@pytest.mark.parametrize(
    "copy",
    [
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.replace(b"\r\n", b"\n"),
        lambda content: content.replace(b"\r\n", b"\r"),
    ],
    ids=["BOM", "LF", "CR"],
)
def test_a_copy_with_other_line_ends_is_loaded_already(tmp_path, copy):
    original = other(tmp_path / "PPRRVU2026_Jul_nonQPP.csv")
    run("import_fee_schedule", original)
    before = FeeSchedule.objects.values().get()
    again = tmp_path / "again" / original.name
    again.parent.mkdir()
    again.write_bytes(copy(original.read_bytes()))
    assert "same content" in run("import_fee_schedule", again, dry_run=True)
    assert "2026C: loaded already, nothing to do.\n" in run("import_fee_schedule", again)
    assert FeeSchedule.objects.values().get() == before


@pytest.mark.parametrize(("answer", "bilat"), [("y", "2"), (" YES ", "2"), ("", "0"), ("n", "0")])
def test_on_a_terminal_somebody_is_asked(release, tmp_path, monkeypatch, answer, bilat):
    questions = []

    def ask(question):
        questions.append(question)
        return answer

    run("import_fee_schedule", release)
    monkeypatch.setattr("builtins.input", ask)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    path = other(tmp_path / "PPRRVU2026_Jul_nonQPP.csv", bilat="2")
    if bilat == "2":
        assert "replaced" in run("import_fee_schedule", path)
    else:
        assert refusal("import_fee_schedule", path)[0] == "Nothing was imported."
    assert Rate.objects.get(code="99213").bilat == bilat
    [question] = questions
    assert question.endswith("Go on? [y/N] ")


# A dry run --------------------------------------------------------------------------------


def test_a_dry_run_tells_and_stores_nothing(april, release):
    first = run("import_fee_schedule", april, dry_run=True)
    assert "PPRRVU2026_Apr_nonQPP.csv: PPRRVU, 6 rows.\n" in first
    assert "No release before 2026B is loaded to compare it with.\n" in first
    assert first.endswith("Nothing was stored: this was a dry run.\n")
    assert not FeeSchedule.objects.exists()
    run("import_fee_schedule", april)
    printed = run("import_fee_schedule", release, dry_run=True)
    assert "Added: 0001F.\nChanged: 27447.\n" in printed
    assert "Gone" not in printed
    assert [schedule.release for schedule in FeeSchedule.objects.all()] == ["2026B"]
    run("import_fee_schedule", release)
    printed = run("import_fee_schedule", release, dry_run=True)
    assert "2026C is loaded already, with the same content.\n" in printed


def test_a_dry_run_says_what_would_be_asked(release, tmp_path):
    run("import_fee_schedule", release)
    path = other(tmp_path / "PPRRVU2026_Jul_nonQPP.csv", bilat="2")
    printed = run("import_fee_schedule", path, dry_run=True)
    assert "2026C is loaded already, with other content" in printed
    assert "The import will ask for a confirmation.\n" in printed


def test_a_dry_run_of_a_file_beside_a_release_says_what_it_would_change(release, tmp_path):
    run("import_fee_schedule", release)
    indices = federal.release_files()["GPCI2026.csv"]
    path = tmp_path / "GPCI2026.csv"
    path.write_bytes(indices.replace(b"1.586", b"1.587"))
    assert path.read_bytes() != indices
    printed = run("import_fee_schedule", path, release="2026C", dry_run=True)
    assert "This would change of 2026C: localities.\n" in printed
    assert "No release before" not in printed


def test_a_dry_run_of_files_of_no_release(tmp_path):
    path = tmp_path / "ZIP5_OCT2026.txt"
    path.write_bytes(federal.zip5(federal.zip_rows()))
    printed = run("import_fee_schedule", path, dry_run=True)
    assert printed.endswith(
        "ZIP5_OCT2026.txt: ZIP5, 4 rows.\nNothing was stored: this was a dry run.\n"
    )


def test_a_dry_run_shows_the_first_fifty_errors(tmp_path):
    rows = [federal.rate(f"{code}", bilat="x") for code in range(20100, 20160)]
    path = tmp_path / "PPRRVU2026_Jul_nonQPP.csv"
    path.write_bytes(federal.pprrvu_csv(rows, **JULY))
    sentence, printed = refusal("import_fee_schedule", path, dry_run=True)
    assert printed.count("Error: PPRRVU2026_Jul_nonQPP.csv, line ") == 50
    assert "line 11, column BILAT" in sentence


def test_a_dry_run_of_what_would_be_refused(tmp_path):
    path = tmp_path / "GPCI2026.csv"
    path.write_bytes(federal.gpci_csv(federal.localities()))
    sentence, printed = refusal("import_fee_schedule", path, release="2026C", dry_run=True)
    assert sentence == "2026C would be refused."
    assert "Error: GPCI2026.csv cannot be added to 2026C, which is not loaded" in printed


def test_long_lists_of_codes_are_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(import_fee_schedule, "MOST_CODES", 2)
    for month, released, codes in (
        ("April", "03/20/2026", range(20100, 20104)),
        ("July", "06/30/2026", range(20101, 20108)),
    ):
        path = tmp_path / f"PPRRVU2026_{month[:3]}_nonQPP.csv"
        rows = [federal.rate(str(code), work="1.00") for code in codes]
        path.write_bytes(federal.pprrvu_csv(rows, year=2026, month=month, released=released))
        printed = run("import_fee_schedule", path, dry_run=month == "July")
    assert "Added: 20104, 20105 and 2 more.\nGone: 20100.\n" in printed


# Downloading and progress -----------------------------------------------------------------


def test_a_release_is_downloaded_into_a_folder_of_its_own(release, monkeypatch):
    asked = []

    def fetch(name, folder, *, updated, progress):
        asked.append((name, updated))
        progress("Fetching.")
        return release.rename(folder / release.name)

    monkeypatch.setattr(import_fee_schedule, "fetch", fetch)
    printed = run("import_fee_schedule", "--download", "2026C", "--updated", "2026-06-30")
    assert asked == [("2026C", date(2026, 6, 30))]
    assert printed.startswith("Fetching.\n")
    assert FeeSchedule.objects.get().release == "2026C"


def test_a_failed_download_is_one_sentence(monkeypatch):
    def fetch(name, folder, **options):
        raise FileError("CMS has no file for 2027A.")

    monkeypatch.setattr(import_fee_schedule, "fetch", fetch)
    assert refusal("import_fee_schedule", download="2027A")[0] == "CMS has no file for 2027A."


def test_on_a_terminal_there_is_a_bar(release, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    printed = run("import_fee_schedule", release)
    assert "Storing" not in printed
    assert "Storing rates." in terminal.getvalue()


# The others -------------------------------------------------------------------------------


def test_activating_and_going_back(april, release):
    run("import_fee_schedule", april)
    run("import_fee_schedule", release)
    for name in ("2026C", "2026B"):
        printed = run("activate_fee_schedule", name)
        assert printed == f"{name}: the site shows it from now on.\n"
    assert run("activate_fee_schedule", "2026B") == "2026B: the site shows it already.\n"
    assert refusal("activate_fee_schedule", "2026D")[0] == (
        "2026D is not loaded. Loaded are: 2026C, 2026B."
    )


def test_removing(april, release):
    run("import_fee_schedule", april)
    run("import_fee_schedule", release, activate=True)
    assert refusal("remove_fee_schedule", "2026C")[0].startswith("2026C is the release that")
    printed = run("remove_fee_schedule", "2026B")
    assert printed == "2026B: removed, 6 rows and 0 codes that no other has.\n"


def test_status(release):
    run("import_fee_schedule", release, activate=True)
    printed = run("fee_schedule_status")
    assert printed.startswith("active: 2026C; loaded: 2026C (7 rows); checksum: ")
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    "name",
    ["import_fee_schedule", "activate_fee_schedule", "remove_fee_schedule", "fee_schedule_status"],
)
def test_every_command_says_what_it_is_for(name):
    from django.core.management import load_command_class

    command = load_command_class("codes", name)
    assert command.help != Migrate.help
    assert command.help
    assert name in command.create_parser("manage.py", name).format_help()
