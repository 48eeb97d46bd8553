"""What the environment may say, tried on a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEY = "Zq3v-9sXw_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3aB4cD5"
PRODUCTION = {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "www.example.com"}
KEPT = {"PATH", "COVERAGE_PROCESS_CONFIG"}  # the second counts the lines that these tests run
SHOW = """
import json
from rvuedge import settings
print(json.dumps({name: getattr(settings, name) for name in dir(settings) if name.isupper()},
                 default=str))
"""


def python(*arguments, **environment):
    """Run Python with this environment and nothing else of the tests' own."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={name: os.environ[name] for name in os.environ if name in KEPT}
        | {"DJANGO_SETTINGS_MODULE": "rvuedge.settings"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def settings_with(**environment):
    done = python("-c", SHOW, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refusal(**environment):
    done = python("manage.py", "check", **environment)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("RVU Edge cannot start. ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": f"django-insecure-{KEY}"}, "SECRET_KEY is too weak"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is missing"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"DEBUG": "True"}, "DEBUG must be False in production"),
        ({"DEBUG": "perhaps"}, "DEBUG must be True or False, not 'perhaps'"),
        ({"HTTPS": "False"}, "HTTPS may be False only where"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES must be a whole number"),
        ({"DATABASE_URL": "mysql://u:p@h/d"}, "DATABASE_URL must begin with"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must begin with"),
        ({"CACHE_URL": "memcache://h:1"}, "CACHE_URL must begin with"),
        ({"EMAIL_URL": "pigeon://h"}, "EMAIL_URL must look like"),
        ({"SHOW_AMA_DESCRIPTORS": "maybe"}, "SHOW_AMA_DESCRIPTORS must be True or False"),
    ],
)
def test_a_bad_value_stops_the_start_with_one_sentence(environment, sentence):
    assert sentence in refusal(**{**PRODUCTION, **environment})


def test_production_is_what_an_environment_without_further_words_means():
    settings = settings_with(**PRODUCTION)

    assert settings["DEBUG"] is False
    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert settings["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert settings["SESSION_COOKIE_SECURE"] is settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SHOW_AMA_DESCRIPTORS"] is False
    assert settings["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert "SECURE_PROXY_SSL_HEADER" not in settings


def test_a_local_machine_may_debug_over_plain_http():
    settings = settings_with(SECRET_KEY=KEY, HTTPS="False", DEBUG="True")

    assert settings["DEBUG"] is True
    assert settings["SECURE_HSTS_SECONDS"] == 0
    assert settings["SESSION_COOKIE_NAME"] == "sessionid"
    assert "127.0.0.1" in settings["ALLOWED_HOSTS"]


def test_a_proxy_is_believed_only_where_one_is_named():
    settings = settings_with(**PRODUCTION, TRUSTED_PROXIES="1")

    assert settings["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_sqlite_waits_for_other_writers_and_keeps_a_write_ahead_log(tmp_path):
    url = f"sqlite:///{tmp_path / 'new' / 'db.sqlite3'}"
    database = settings_with(**PRODUCTION, DATABASE_URL=url)["DATABASES"]["default"]

    assert database["NAME"] == str(tmp_path / "new" / "db.sqlite3")
    assert database["OPTIONS"]["timeout"] == 20
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]
    assert (tmp_path / "new").is_dir()


def test_postgresql_and_redis_are_chosen_by_address():
    settings = settings_with(
        **PRODUCTION,
        DATABASE_URL="postgres://me:secret@db.example.com:5433/rvu?sslmode=require",
        CACHE_URL="redis://cache.example.com:6379/1",
    )

    database = settings["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"]) == ("db.example.com", 5433)
    assert database["OPTIONS"] == {"connect_timeout": 2, "sslmode": "require"}
    cache = settings["CACHES"]["default"]
    assert cache == {
        "BACKEND": "rvuedge.cache.GuardedRedisCache",
        "LOCATION": "redis://cache.example.com:6379/1",
    }


def test_mail_goes_through_the_server_that_is_named():
    settings = settings_with(**PRODUCTION, EMAIL_URL="smtp+tls://me:secret@mail.example.com:587")

    assert settings["EMAIL_HOST"] == "mail.example.com"
    assert settings["EMAIL_PORT"] == 587
    assert settings["EMAIL_USE_TLS"] is True
    assert settings["DEFAULT_FROM_EMAIL"] == "RVU Edge <no-reply@www.example.com>"


def test_an_environment_with_a_secret_is_never_mixed_with_the_env_file(tmp_path, monkeypatch):
    # A machine's .env says HTTPS=False; PRODUCTION says nothing of it, which means True.
    assert settings_with(**PRODUCTION)["HTTPS"] is True


def test_the_deployment_checks_are_silent_with_nothing_silenced():
    done = python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_every_name_that_the_settings_read_is_explained():
    explained = (ROOT / ".env.example").read_text()
    code = (ROOT / "rvuedge" / "settings.py").read_text()

    for reader in ("text", "flag", "whole_number"):
        for call in code.split(f'{reader}("')[1:]:
            assert f"{call.partition(chr(34))[0]}=" in explained


class TestServerStart:
    """rvuedge/wsgi.py, as gunicorn imports it."""

    IMPORT = "import rvuedge.wsgi; print(type(rvuedge.wsgi.application).__name__)"

    def test_pending_migrations_are_refused(self, tmp_path):
        done = python("-c", self.IMPORT, **PRODUCTION, DATABASE_URL=f"sqlite:///{tmp_path}/db")

        assert done.returncode == 3
        assert "run `python manage.py migrate`" in done.stderr
        assert "Traceback" not in done.stderr

    def test_debug_in_production_is_refused(self):
        done = python("-c", self.IMPORT, **PRODUCTION, DEBUG="True")

        assert done.returncode == 3
        assert "DEBUG must be False in production" in done.stderr

    def test_a_database_that_is_away_is_waited_for(self):
        done = python(
            "-c", self.IMPORT, **PRODUCTION, DATABASE_URL="postgres://nobody@127.0.0.1:9/none"
        )

        assert done.stdout.splitlines()[-1] == "WSGIHandler"
        assert "The database is away at the start" in done.stdout
