"""One settings file for every machine: the environment differs, the file does not.

The site takes itself to be in production. `make` writes a `.env` that says otherwise for a
developer's own machine, where the site is served over plain HTTP to local hosts only.
`.env.example` explains every name that is read here.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
# When the newest file of the site was written: a page is no older than what makes it.
BUILT_AT = datetime.fromtimestamp(
    int(
        max(
            path.stat().st_mtime
            for folder in ("rvuedge", "codes", "blog", "accounts", "templates")
            for path in (BASE_DIR / folder).rglob("*")
            if path.suffix in {".py", ".html", ".css", ".js", ".svg"}
        )
    ),
    UTC,
)
VAR_DIR = BASE_DIR / "var"  # what the running site writes; never in the repository

env = environ.Env()
if "SECRET_KEY" not in env.ENVIRON:
    # For a machine without an environment of its own. The two are never mixed.
    env.read_env(BASE_DIR / ".env")


def text(name: str, default: str | None = None) -> str:
    """Return a variable without outer spaces; a missing one without default stops the start."""
    value = env.str(name, default="").strip() or default
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is missing: set it in the environment (see .env.example), "
            "or run `make serve`, which prepares a machine for development."
        )
    return value


def flag(name: str, default: bool) -> bool:
    """Return True or False, and refuse anything that is not plainly one of them."""
    value = text(name, str(default)).lower()
    if value not in {"true", "false", "1", "0", "yes", "no", "on", "off"}:
        raise ImproperlyConfigured(f"{name} must be True or False, not {value!r}.")
    return value in {"true", "1", "yes", "on"}


def whole_number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


# Who may reach the site, and how ----------------------------------------------------------

LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]", "0.0.0.0"]  # noqa: S104 (a name, not a binding)

HTTPS = flag("HTTPS", True)
DEBUG = flag("DEBUG", False)
ALLOWED_HOSTS = [
    host.strip()
    for host in text("ALLOWED_HOSTS", None if HTTPS else ",".join(LOCAL_HOSTS)).split(",")
    if host.strip()
]
if not HTTPS and not set(ALLOWED_HOSTS) <= {*LOCAL_HOSTS, "localhost", "testserver"}:
    raise ImproperlyConfigured(
        "HTTPS may be False only where ALLOWED_HOSTS names local hosts alone: "
        "on any other host passwords would travel in the clear."
    )
if DEBUG and HTTPS:
    raise ImproperlyConfigured(
        "DEBUG must be False in production: it shows the site's inside to strangers. "
        "It may be True only with HTTPS=False, on a machine of your own."
    )
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts: * would allow any.")

SECRET_KEY = text("SECRET_KEY")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10 or SECRET_KEY.startswith("django-insecure"):
    raise ImproperlyConfigured(
        "SECRET_KEY is too weak: use 50 or more random characters, for example from "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'."
    )

# Applications -----------------------------------------------------------------------------

INSTALLED_APPS = [
    "rvuedge",
    "codes.apps.CodesConfig",
    "blog.apps.BlogConfig",
    "accounts.apps.AccountsConfig",
    "rvuedge.apps.EditingConfig",  # Django's admin, with a start page of our own
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "rvuedge.middleware.SecurityHeadersMiddleware",  # first: on every answer, errors too
    "codes.api.middleware.ApiMiddleware",  # before all that may answer in the API's place
    "rvuedge.middleware.SoundRequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "rvuedge.middleware.DatabaseAwayMiddleware",
    # Sessions and people are for the admin and accounts: a public page never touches them.
    "django.contrib.sessions.middleware.SessionMiddleware",
    "rvuedge.middleware.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.AccountPagesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "blog.redirects.RedirectMiddleware",
]

ROOT_URLCONF = "rvuedge.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Stored data ------------------------------------------------------------------------------

SQLITE_OPTIONS = {
    "timeout": 20,  # seconds that a writer waits for another
    "transaction_mode": "IMMEDIATE",  # so that it waits instead of failing half way
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
}
POSTGRESQL_OPTIONS = {"connect_timeout": 2}  # seconds; the least that the client allows


def database() -> dict[str, Any]:
    """Return Django's description of DATABASE_URL: SQLite in var/ unless another is named."""
    url = text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
    scheme = url.partition("://")[0]
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must begin with sqlite:///, postgres:// or postgresql://."
        )
    described = env.db_url_config(url)
    if scheme == "sqlite":
        if described["NAME"] != ":memory:":
            Path(described["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        options = SQLITE_OPTIONS
    else:
        options = POSTGRESQL_OPTIONS
    return {
        **described,
        "OPTIONS": {**options, **described.get("OPTIONS", {})},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,  # a database that was restarted costs no request
    }


def cache() -> dict[str, Any]:
    """Return Django's description of CACHE_URL: this process's memory, or Redis."""
    url = text("CACHE_URL", "locmem://")
    scheme = url.partition("://")[0]
    if scheme == "locmem":
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 5000},
        }
    if scheme in {"redis", "rediss", "unix"}:
        return {"BACKEND": "rvuedge.cache.GuardedRedisCache", "LOCATION": url}
    raise ImproperlyConfigured(
        "CACHE_URL must begin with locmem://, redis://, rediss:// or unix://."
    )


DATABASES = {"default": database()}
CACHES = {
    "default": cache(),
    # What a guesser must not get round is counted in the database: see accounts/limits.py.
    "limits": {
        "BACKEND": "accounts.limits.LimitsCache",
        "LOCATION": "accounts_attemptcount",
        "KEY_FUNCTION": "accounts.limits.hashed_key",
        "OPTIONS": {"MAX_ENTRIES": 1000},  # above which rows that have run out are deleted
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Static files -----------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_FINDERS = [
    "rvuedge.bundles.BundleFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "rvuedge.bundles.HashedStaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "media"
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# People -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Whether the staff needs more than a password ("required"): see accounts/second_factor.py.
STAFF_SECOND_FACTOR = text("STAFF_SECOND_FACTOR", "required" if HTTPS else "off").lower()
if STAFF_SECOND_FACTOR not in {"off", "required"}:
    raise ImproperlyConfigured(
        f"STAFF_SECOND_FACTOR must be off or required, not {STAFF_SECOND_FACTOR!r}."
    )

# A __Host- cookie is bound to this one host; browsers accept it over HTTPS only.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no third cookie

# Signing in and up: django-allauth, by email alone. docs/accounts.md explains it.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/dashboard/"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_REDIRECT_URL = "/welcome/"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that has just signed up
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "/account/"
ACCOUNT_CHANGE_EMAIL = True  # one address; the new one takes over once it is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a mail about each change that somebody else might have made
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "add_email": "accounts.forms.entrance.ChangeEmailForm",
    "change_password": "accounts.forms.entrance.ChangePasswordForm",
    "login": "accounts.forms.entrance.SignInForm",
    "reauthenticate": "accounts.forms.entrance.ReauthenticateForm",
    "reset_password": "accounts.forms.entrance.ResetForm",
    "reset_password_from_key": "accounts.forms.entrance.NewPasswordForm",
    "set_password": "accounts.forms.entrance.SetPasswordForm",
    "signup": "accounts.forms.entrance.SignUpForm",
}
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "RVU Edge"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # which means a local host
MFA_TRUST_ENABLED = True
MFA_TRUST_COOKIE_NAME = f"{COOKIE_PREFIX}trusted"
MFA_TRUST_COOKIE_AGE = 30 * 24 * 60 * 60  # seconds
MFA_FORMS = {
    "add_webauthn": "accounts.forms.entrance.AddPasskeyForm",
    "authenticate": "accounts.forms.entrance.SecondStepForm",
    "edit_webauthn": "accounts.forms.entrance.RenamePasskeyForm",
}

# Security headers -------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by machines, from inside
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# How many proxies of our own stand before the site. With none, what a request says about its
# sender (X-Forwarded-Proto, X-Forwarded-For) is not believed.
TRUSTED_PROXIES = whole_number("TRUSTED_PROXIES", 0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The names are Django 6's, the middleware is ours until then.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
SECURE_CROSS_ORIGIN_RESOURCE_POLICY = "same-origin"
SECURE_PERMISSIONS_POLICY = [
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "usb",
    "xr-spatial-tracking",
]  # every one of them is denied

# Language, time, mail, log ----------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

try:
    EMAIL = env.email_url_config(text("EMAIL_URL", "consolemail://"))
except ImproperlyConfigured as error:
    raise ImproperlyConfigured(
        "EMAIL_URL must look like smtp+tls://user:password@host:587 or consolemail://."
    ) from error
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL["EMAIL_HOST"] or "localhost"
EMAIL_PORT = EMAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER = EMAIL["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = text(
    "DEFAULT_FROM_EMAIL", f"RVU Edge <no-reply@{ALLOWED_HOSTS[0].strip('.')}>"
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "line",
        },
    },
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        # Django's own handlers print to stderr and mail; everything of ours goes to stdout.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
        # Scanners ask for hosts and pages that are not there all day long.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

# Content ----------------------------------------------------------------------------------

# CPT descriptors belong to the AMA, CDT descriptors to the ADA: shown only under a license.
SHOW_AMA_DESCRIPTORS = flag("SHOW_AMA_DESCRIPTORS", False)

# How long, in seconds, a copy of a public page may be used without asking again.
PUBLIC_MAX_AGE = whole_number("PUBLIC_MAX_AGE", 300)
# How many public pages a process keeps as they were rendered: about 60 kB each.
PUBLIC_COPIES = whole_number("PUBLIC_COPIES", 300)

# The API: docs/api.md ---------------------------------------------------------------------

# How many requests one address may make within ten minutes.
API_MOST_REQUESTS = whole_number("API_MOST_REQUESTS", 600)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # nobody is anybody there: no session, no cookie
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "codes.api.problems.handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "RVU Edge API",
    "VERSION": "1",
    "DESCRIPTION": (
        "What Medicare pays for each CPT and HCPCS code, release by release, for reading. RVUs, "
        "dollars and indices are strings: exact decimals. Every answer says which release its "
        "figures are of, and whose notices go with them."
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SORT_OPERATION_PARAMETERS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

# Editing ----------------------------------------------------------------------------------

# Two people see each text before it is published, unless this is True.
EDITORS_MAY_REVIEW_THEMSELVES = flag("EDITORS_MAY_REVIEW_THEMSELVES", False)
REVIEW_DAYS = whole_number("REVIEW_DAYS", 365)  # after which a page is looked at again
