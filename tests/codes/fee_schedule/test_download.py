"""Fetching from CMS, played by a server on this machine."""

import contextlib
import threading
import time
import urllib.error
import urllib.request
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from codes.fee_schedule import download
from codes.fee_schedule.download import addresses, fetch
from codes.fee_schedule.records import FileError
from tests.codes.fee_schedule import federal


class _Handler(BaseHTTPRequestHandler):
    """Answers with what the test put into `server.answers`, by path."""

    def do_GET(self):
        self.server.asked.append(self.path)
        answer = self.server.answers.get(self.path)
        with contextlib.suppress(ConnectionError):
            if answer:
                answer(self)
            else:
                self.send_error(404)

    def log_message(self, *args):
        pass


class _Cms(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = {}
        self.asked = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fetch(self, folder, release="2026C", **options):
        return fetch(release, folder, base_url=self.base_url, **options)


@pytest.fixture
def cms():
    server = _Cms()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def content(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("cms") / "a.zip"
    return federal.zipped(path, federal.release_files()).read_bytes()


def sends(content: bytes, length: int | None = None, status: int = 200):
    def answer(handler):
        handler.send_response(status)
        if length != -1:
            handler.send_header("Content-Length", str(length or len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def redirects(to: str):
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.end_headers()

    return answer


def refusal(cms, folder, **options) -> str:
    with pytest.raises(FileError) as error:
        cms.fetch(folder, **options)
    assert not folder.exists() or list(folder.iterdir()) == []  # nothing is left behind
    return str(error.value)


def test_addresses_are_built_from_the_release_alone():
    official = "https://www.cms.gov/files/zip"
    assert addresses("2026D") == [f"{official}/rvu26d.zip", f"{official}/rvu26d-0.zip"]
    assert addresses("2026AR")[0] == f"{official}/rvu26ar.zip"
    assert addresses("2026C", date(2026, 6, 30)) == [f"{official}/rvu26c-updated-06-30-2026.zip"]


@pytest.mark.parametrize(
    "release", ["", "2026E", "26C", "2026C/../x", "2026c", "2026C\n", "20\u0662\u0666C"]
)
def test_what_is_no_release_is_not_fetched(release):
    with pytest.raises(FileError, match="is no release"):
        addresses(release)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://www.cms.gov/files/zip",
        "https://www.cms.gov.example.com/files/zip",
        "https://example.com",
        "https://127.0.0.1",
        "file:///etc",
        "ftp://127.0.0.1",
        "http://127.0.0.1@example.com",
    ],
)
def test_nothing_is_fetched_from_elsewhere(tmp_path, base_url):
    with pytest.raises(FileError, match="not CMS's address"):
        fetch("2026C", tmp_path, base_url=base_url)


def test_a_good_file(cms, tmp_path, content):
    cms.answers["/rvu26c.zip"] = sends(content)
    steps = []
    path = cms.fetch(tmp_path / "new", progress=steps.append)
    assert path == tmp_path / "new" / "rvu26c.zip"
    assert path.read_bytes() == content
    assert [entry.name for entry in path.parent.iterdir()] == ["rvu26c.zip"]
    assert steps == [f"Fetching {cms.base_url}/rvu26c.zip."]


def test_an_earlier_file_is_replaced(cms, tmp_path, content):
    (tmp_path / "rvu26c.zip").write_bytes(b"old")
    cms.answers["/rvu26c.zip"] = sends(content, length=-1)
    assert cms.fetch(tmp_path).read_bytes() == content


def test_the_second_address_is_tried(cms, tmp_path, content):
    cms.answers["/rvu26c-0.zip"] = sends(content)
    assert cms.fetch(tmp_path).name == "rvu26c-0.zip"
    assert cms.asked == ["/rvu26c.zip", "/rvu26c-0.zip"]


def test_the_day_of_an_update(cms, tmp_path, content):
    cms.answers["/rvu26c-updated-06-30-2026.zip"] = sends(content)
    assert cms.fetch(tmp_path, updated=date(2026, 6, 30)).exists()


def test_a_redirect_on_the_same_host_is_followed(cms, tmp_path, content):
    cms.answers["/rvu26c.zip"] = redirects("/other.zip")
    cms.answers["/other.zip"] = sends(content)
    assert cms.fetch(tmp_path).name == "rvu26c.zip"


@pytest.mark.parametrize(
    "to",
    ["http://example.com/a.zip", "https://127.0.0.1/a.zip", "//example.com/a.zip", "ftp://x/a"],
)
def test_a_redirect_elsewhere_is_not(cms, tmp_path, to):
    cms.answers["/rvu26c.zip"] = redirects(to)
    assert "redirects elsewhere, which is not followed" in refusal(cms, tmp_path)


def test_a_redirect_to_another_port_is_elsewhere(cms, tmp_path):
    cms.answers["/rvu26c.zip"] = redirects("http://127.0.0.1:1/a.zip")
    assert "redirects elsewhere" in refusal(cms, tmp_path)


def test_redirects_without_end(cms, tmp_path):
    cms.answers["/rvu26c.zip"] = redirects("/rvu26c.zip")
    assert "the server answers 302" in refusal(cms, tmp_path)


def test_nothing_there(cms, tmp_path):
    message = refusal(cms, tmp_path)
    assert message.startswith("CMS has no file for 2026C at ")
    assert "download its zip there" in message


def test_a_server_in_trouble(cms, tmp_path):
    cms.answers["/rvu26c.zip"] = sends(b"", status=503)
    assert "the server answers 503" in refusal(cms, tmp_path)


def test_a_web_page_instead_of_a_zip(cms, tmp_path):
    cms.answers["/rvu26c.zip"] = sends(b"<html>Please accept the license</html>")
    assert "answers with something that is no zip" in refusal(cms, tmp_path)


@pytest.mark.parametrize("length", [None, -1])
def test_too_large(cms, tmp_path, content, length):
    cms.answers["/rvu26c.zip"] = sends(content, length=length)
    assert "has more than 0 MB" in refusal(cms, tmp_path, most_bytes=len(content) - 1)


def test_too_large_by_its_own_words_is_not_even_begun(cms, tmp_path):
    cms.answers["/rvu26c.zip"] = sends(b"", length=10**12)
    assert "has more than 128 MB" in refusal(cms, tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


def test_broken_off(cms, tmp_path, content):
    cms.answers["/rvu26c.zip"] = sends(content[:-10], length=len(content))
    assert "broke off" in refusal(cms, tmp_path)


def test_an_answer_that_is_no_http(cms, tmp_path):
    cms.answers["/rvu26c.zip"] = lambda handler: handler.wfile.write(b"hello\r\n\r\n")
    assert "could not be fetched whole" in refusal(cms, tmp_path)


def test_a_connection_that_breaks(cms, tmp_path, content):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"ffff\r\n" + content[:100])

    cms.answers["/rvu26c.zip"] = answer
    message = refusal(cms, tmp_path)
    assert "could not be fetched whole" in message or "no zip" in message


def silent(handler):
    time.sleep(2)


def trickles(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b"P")
        handler.wfile.flush()
        time.sleep(0.05)


def stops(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"PK")
    handler.wfile.flush()
    time.sleep(2)


@pytest.mark.parametrize("answer", [silent, trickles, stops])
def test_too_slow(cms, tmp_path, answer):
    cms.answers["/rvu26c.zip"] = answer
    started = time.monotonic()
    assert "took too long" in refusal(cms, tmp_path, seconds=0.3)
    assert time.monotonic() - started < 1.5


def test_a_machine_without_the_internet(tmp_path, monkeypatch):
    def unreachable(self, *args, **kwargs):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", unreachable)
    with pytest.raises(FileError) as error:
        fetch("2026C", tmp_path)
    assert str(error.value) == (
        "www.cms.gov cannot be reached (Name or service not known). Where this machine has no "
        "internet, download the zip on another and import that."
    )


def test_a_connection_that_takes_too_long(tmp_path, monkeypatch):
    def unreachable(self, *args, **kwargs):
        raise urllib.error.URLError(TimeoutError("timed out"))

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", unreachable)
    with pytest.raises(FileError, match="took too long"):
        fetch("2026C", tmp_path)


def test_a_folder_that_cannot_be_written(cms, tmp_path, content):
    cms.answers["/rvu26c.zip"] = sends(content)
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="could not be fetched whole"):
        cms.fetch(tmp_path / "file")


def test_the_limits_are_those_of_an_import():
    assert download.LIMITS.source_bytes == 128 * 1024 * 1024
