"""The rows of a whole release as a file."""

import csv
import gzip
import io
import json

import pytest

from codes.api import bulk
from codes.models import FeeSchedule, Rate

pytestmark = pytest.mark.django_db

CSV, LINES = "/api/v1/releases/2026C/rates.csv", "/api/v1/releases/2026C/rates.jsonl"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path / "bulk"


def rows(client, address=CSV):
    return list(csv.DictReader(io.StringIO(client.get(address).getvalue().decode())))


def test_each_row_of_the_release_is_in_the_file_with_where_it_is_from(client, release):
    found = rows(client)
    assert len(found) == 18
    (row,) = [row for row in found if row["code"] == "47562"]
    assert row["work_rvu"] == "10.21"
    assert row["total_fac"] == "18.92"
    assert row["nonfac_na"] == "true"
    assert (row["release"], row["file"], row["released_on"]) == (
        "2026C", "PPRRVU.csv", "2026-06-30",
    )  # fmt: skip
    assert "American Medical Association" in row["notice"]


def test_the_lines_say_the_same_as_the_csv(client, release):
    lines = [json.loads(line) for line in client.get(LINES).getvalue().splitlines()]
    assert [(one["code"], one["modifier"], one["work_rvu"]) for one in lines] == [
        (one["code"], one["modifier"], one["work_rvu"]) for one in rows(client)
    ]
    assert lines[0]["fac_na"] is False


def test_only_the_wording_of_cms_is_in_it(client, release):
    wording = {row["code"]: row["descriptor"] for row in rows(client)}
    assert wording["0054T"] == wording["D0120"] == ""
    assert wording["G0411"] == "Group session"


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(client, release):
    Rate.objects.filter(code="G0411").update(descriptor="=1+1")
    (row,) = [row for row in rows(client) if row["code"] == "G0411"]
    assert row["descriptor"] == "'=1+1"


def test_a_file_is_written_once_and_read_packed(client, release, folder, monkeypatch):
    first = client.get(CSV, headers={"accept-encoding": "gzip"})
    content = first.getvalue()
    monkeypatch.setattr(bulk, "rows", None)  # nothing is read again
    second = client.get(CSV, headers={"accept-encoding": "gzip"})
    assert second.getvalue() == content
    assert second["Content-Encoding"] == "gzip"
    assert gzip.decompress(content) == client.get(CSV).getvalue()
    assert [path.suffix for path in folder.iterdir()] == [".gz"]


def test_a_known_file_is_not_sent_again(client, release):
    response = client.get(CSV)
    assert response["ETag"].startswith('W/"')
    again = client.get(CSV, headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304


def test_a_text_that_is_published_leaves_the_file_as_it_is(client, release):
    etag = client.get(CSV)["ETag"]
    FeeSchedule.objects.mark_changed()
    assert client.get(CSV)["ETag"] == etag


def test_a_release_that_was_replaced_has_another_file_and_the_old_one_goes(
    client, release, folder
):
    etag = client.get(CSV)["ETag"]
    FeeSchedule.objects.filter(release="2026C").update(digest="f" * 64)
    FeeSchedule.objects.mark_changed()
    assert client.get(CSV)["ETag"] != etag
    assert len(list(folder.iterdir())) == 1


def test_where_there_is_no_room_the_site_says_so_and_leaves_nothing(
    client, release, folder, monkeypatch
):
    def full(found):
        yield "a line\n"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bulk, "as_csv", full)
    response = client.get(CSV)
    assert response.status_code == 503
    assert response["Retry-After"] == "600"
    assert response["Content-Type"] == "application/problem+json"
    assert list(folder.iterdir()) == []


def test_the_file_of_a_release_that_is_not_shown_is_there_too(client, release):
    found = rows(client, "/api/v1/releases/2026B/rates.csv")
    assert {row["release"] for row in found} == {"2026B"}
    assert len(found) == 17
