import pytest
from django.http import HttpResponse
from django.test import Client, override_settings

from codes import release_uploads
from rvuedge import spreadsheets
from rvuedge.middleware import MOST_BODY, SoundRequestMiddleware

pytestmark = pytest.mark.urls("tests.rvuedge.urls")


def test_every_answer_has_the_security_headers(client):
    response = client.get("/plain/")

    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in response.headers["Permissions-Policy"]


@pytest.mark.django_db  # a page that is not there may have moved
@pytest.mark.parametrize("path", ["/not-there/", "/static/css/site.css", "/plain/?q=%00"])
def test_errors_and_files_have_them_too(client, path):
    assert "default-src 'none'" in client.get(path).headers["Content-Security-Policy"]


def test_a_failure_of_ours_has_them_too():
    client = Client(raise_request_exception=False)

    response = client.get("/broken/")

    assert response.status_code == 500
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=60)
def test_plain_http_is_sent_to_https_but_for_the_health_checks(client):
    assert client.get("/plain/").headers["Location"] == "https://testserver/plain/"
    assert client.get("/healthz").status_code == 200
    assert "max-age=60" in client.get("/plain/", secure=True).headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "sessionid=" + "a" * 32 + "; csrftoken=" + "b" * 32,
        "sessionid=abc; csrftoken=def",  # which Django would answer with cookies of its own
    ],
)
def test_a_public_page_sets_no_cookie_and_is_the_same_for_everyone(client, cookie):
    response = client.get("/plain/", headers={"Cookie": cookie})

    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_pages_are_compressed_and_revalidated(client):
    response = client.get("/plain/", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"

    again = client.get(
        "/plain/",
        headers={"Accept-Encoding": "gzip", "If-None-Match": response.headers["ETag"]},
    )
    assert again.status_code == 304


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "GETT"])
def test_a_method_that_no_page_knows_is_a_405(client, method):
    response = client.generic(method, "/plain/")

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["/plain/a%00b/", "/plain/?q=%00", "/plain/?q=a&%00=b", "/static/%00", "/%00"]
)
def test_a_nul_is_a_400_with_a_sentence(client, path):
    response = client.get(path)

    assert response.status_code == 400
    assert b"cannot be part of it" in response.content


def test_a_nul_in_a_cookie_is_a_400(client):
    assert client.get("/plain/", headers={"Cookie": r'sessionid="a\000b"'}).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/plain/%ED%A0%80/",  # a lone surrogate
        "/plain/%FF%FE/",
        "/plain/?q=%ED%A0%80",
        "/plain/?q=%FF",
        "/plain/?q=" + "x" * 20_000,
        "/plain/?" + "&".join(f"a{n}=1" for n in range(2000)),
        "/admin/login/?next=%ED%A0%80",
    ],
)
def test_junk_is_never_a_failure_of_ours(client, path):
    assert client.get(path).status_code < 500


class TestDatabaseAway:
    def test_a_view_without_its_database_is_a_503_with_a_time(self, client):
        response = client.get("/database-away/")

        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"
        assert response.headers["Cache-Control"] == "no-store"

    def test_a_database_that_went_outside_a_view_is_a_503_too(self, monkeypatch):
        from django.contrib.messages.middleware import MessageMiddleware
        from django.db import InterfaceError

        def fail(*_):
            raise InterfaceError("connection already closed")

        monkeypatch.setattr(MessageMiddleware, "process_response", fail)

        response = Client(raise_request_exception=False).get("/plain/")

        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"

    def test_any_other_failure_stays_a_500(self):
        response = Client(raise_request_exception=False).get("/broken/")

        assert response.status_code == 500
        assert "Retry-After" not in response.headers


SAFETY = (
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("TRACE", "/plain/", 405),  # before any page
        ("GET", "/plain/?q=%00", 400),
        ("POST", "/plain/a", 405),
        ("GET", "/not-there/", 404),
    ],
)
def test_refusals_have_every_header_of_safety_and_are_not_kept(client, method, path, status):
    response = client.generic(method, path)

    assert response.status_code == status
    assert [name for name in SAFETY if name not in response.headers] == []
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_an_address_without_its_slash_leads_on_but_takes_nothing(client):
    read = client.get("/plain/a")
    assert (read.status_code, read.headers["Location"]) == (301, "/plain/a/")

    sent = client.post("/plain/a", {"q": "1"})
    assert (sent.status_code, sent.headers["Allow"]) == (405, "GET, HEAD")


def test_a_304_varies_as_the_page_does(client):
    first = client.get("/plain/", headers={"Accept-Encoding": "gzip"})

    again = client.get("/plain/", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert again.headers["Vary"] == first.headers["Vary"] == "Accept-Encoding"


class Unread:
    """A body that must not be touched."""

    def read(self, *_):
        raise AssertionError("The body was read.")


@pytest.mark.parametrize("length", [MOST_BODY + 1, 10**15])
def test_a_body_larger_than_any_upload_is_refused_unread(rf, length):
    request = rf.generic("POST", "/plain/", content_type="multipart/form-data; boundary=x")
    request.META["CONTENT_LENGTH"] = str(length)
    request.environ["wsgi.input"] = Unread()
    response = SoundRequestMiddleware(lambda request: HttpResponse("taken"))(request)
    assert response.status_code == 413
    assert "No file of more than 128 MB is taken here." in response.text


@pytest.mark.parametrize("length", [str(MOST_BODY), "0", "", "x", "-1", None])
def test_any_other_length_is_for_the_page_to_judge(rf, length):
    request = rf.generic("POST", "/plain/")
    request.META["CONTENT_LENGTH"] = length
    response = SoundRequestMiddleware(lambda request: HttpResponse("taken"))(request)
    assert response.text == "taken"


def test_the_largest_file_that_is_taken_gets_through():
    for most in (release_uploads.MOST_BYTES, spreadsheets.LIMITS.file_bytes):
        assert most < MOST_BODY
