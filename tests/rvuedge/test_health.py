import pytest
from django.apps import apps
from django.db import OperationalError

from rvuedge import checks, health

pytestmark = pytest.mark.urls("tests.rvuedge.urls")


@pytest.fixture
def active_release(monkeypatch):
    """A release that is active; its figures are not what these tests are about."""
    schedules = apps.get_model("codes", "FeeSchedule").objects
    monkeypatch.setattr(type(schedules), "active", lambda self: object())


def test_healthz_asks_no_database(client):
    # Without the django_db mark any query would be an error.
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.content == b"ok\n"
    assert "no-store" in response.headers["Cache-Control"]


def test_health_is_read_only(client):
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405


@pytest.mark.django_db
@pytest.mark.usefixtures("active_release")
def test_ready_means_database_migrations_and_an_active_release(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"database": "ok", "migrations": "ok", "release": "ok"}


@pytest.mark.django_db
def test_a_site_without_an_active_release_is_not_ready(client):
    apps.get_model("codes", "FeeSchedule").objects.all().delete()

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.json()["release"] == "none is active"


@pytest.mark.django_db
def test_a_database_behind_the_code_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(health, "pending_migrations", lambda: ["codes.0002_more"])

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["migrations"] == "1 pending"


def test_a_database_that_is_away_is_not_ready_but_the_process_is_well(client, monkeypatch):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(health, "pending_migrations", away)

    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").json()["database"] == "away"
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_a_migrated_database_passes_the_check():
    assert checks.check_migrations(None, ["default"]) == []
    assert checks.check_migrations(None, None) == []
    checks.refuse_pending_migrations()


@pytest.mark.django_db
def test_a_pending_migration_is_an_error_of_the_check(monkeypatch):
    monkeypatch.setattr(checks, "pending_migrations", lambda alias: ["codes.0002_more"])

    (message,) = checks.check_migrations(None, ["default"])

    assert message.id == "rvuedge.E001"
    assert "codes.0002_more" in message.msg
