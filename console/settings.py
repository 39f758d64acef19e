"""Settings, all from the environment (table in README.md; a test compares the two).

Importing this module changes nothing on disk: folders and secrets are made by `manage.py up`.
"""

import ipaddress
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _
from pythonjsonlogger.core import RESERVED_ATTRS

from console.database_url import database_of

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT: dict[str, str] = {}


def env(name: str, default: str = "") -> str:
    """The environment's value of `name`, `default` where it is unset or empty; remembers that it was asked."""
    ENVIRONMENT[name] = default
    return os.environ.get(name) or default


def env_number(name: str, default: int, lowest: int, highest: int) -> int:
    """A whole number within bounds; ImproperlyConfigured says which setting is off."""
    text = env(name, str(default))
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise ImproperlyConfigured(f"{name} is {text!r}: set a whole number from {lowest} to {highest}.")
    return int(text)


def env_networks(name: str, default: str = "") -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Addresses and networks, separated by commas; ImproperlyConfigured says which setting is off."""
    try:
        return [ipaddress.ip_network(item.strip()) for item in env(name, default).split(",") if item.strip()]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}. Set addresses or networks, separated by commas.") from error


# Where and what
HOST = env("HOST", "127.0.0.1")
PORT = env_number("PORT", 8000, 1, 65535)
DATA_DIR = Path(env("DATA_DIR", str(BASE_DIR / "data"))).expanduser().absolute()
DATABASE_URL = env("DATABASE_URL")
ROOT_KEY_FILE = Path(env("ROOT_KEY_FILE", str(DATA_DIR / "root.key"))).expanduser()
ROOT_KEY = env("ROOT_KEY")
ROOT_KEY_PKCS11 = env("ROOT_KEY_PKCS11")
ROOT_KEY_PKCS11_TOKEN = env("ROOT_KEY_PKCS11_TOKEN", "kms")
ROOT_KEY_PKCS11_KEY = env("ROOT_KEY_PKCS11_KEY", "kms root key")
ROOT_KEY_PKCS11_PIN_FILE = Path(env("ROOT_KEY_PKCS11_PIN_FILE", str(DATA_DIR / "pkcs11.pin"))).expanduser()
SECRET_KEY_FILE = Path(env("SECRET_KEY_FILE", str(DATA_DIR / "secret.key"))).expanduser()
ADMIN_PASSWORD_FILE = env("ADMIN_PASSWORD_FILE")
INITIAL_PASSWORD_FILE = DATA_DIR / "initial-password"
TRAIL_DIR = DATA_DIR / "trail"
BACKUP_STAMP = DATA_DIR / "backup.stamp"
_ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - it compares, and opens nothing
_host = socket.gethostname() if HOST in _ANYWHERE else f"[{HOST}]" if ":" in HOST else HOST
TLS_CERT, TLS_KEY = env("TLS_CERT"), env("TLS_KEY")
if bool(TLS_CERT) != bool(TLS_KEY):
    raise ImproperlyConfigured("TLS_CERT and TLS_KEY belong together: set both to PEM files, or neither.")
PUBLIC_URL = env("PUBLIC_URL", f"{'https' if TLS_CERT else 'http'}://{_host}:{PORT}")
LOG_LEVEL = env("LOG_LEVEL", "info").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    raise ImproperlyConfigured(f"LOG_LEVEL is {LOG_LEVEL!r}: set debug, info, warning, error or critical.")
TRUSTED_PROXIES = env_networks("TRUSTED_PROXIES")
FAILURES_PER_MINUTE = env_number("FAILURES_PER_MINUTE", 30, 1, 1_000_000)
CALLS_PER_SECOND = env_number("CALLS_PER_SECOND", 0, 0, 1_000_000)
METRICS_FROM = env_networks("METRICS_FROM", "127.0.0.0/8, ::1")

DEBUG = False
try:
    SECRET_KEY = SECRET_KEY_FILE.read_text().strip()
except OSError:  # `up` makes the file before it serves; commands that sign nothing do without
    SECRET_KEY = get_random_secret_key()

_public = urlsplit(PUBLIC_URL)
if _public.scheme not in {"http", "https"} or not _public.hostname:
    raise ImproperlyConfigured(f"PUBLIC_URL is {PUBLIC_URL!r}: set an address such as https://kms.example.org.")
TLS = _public.scheme == "https"
if TLS_CERT and not TLS:
    raise ImproperlyConfigured(f"PUBLIC_URL is {PUBLIC_URL!r}, and TLS_CERT is set: set an address with https://.")
_public_host = f"[{_public.hostname}]" if ":" in _public.hostname else _public.hostname
ALLOWED_HOSTS = sorted({_public_host, HOST, "127.0.0.1", "localhost", "[::1]"} - _ANYWHERE)
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]

INSTALLED_APPS = [
    "console",
    "keys",
    "console.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "taggit",
    "template_partials.apps.SimpleAppConfig",
]
MIDDLEWARE = [
    "console.middleware.Health",
    "console.middleware.RequestId",
    "console.middleware.ContentSecurityPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "console.middleware.Preferences",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "console.middleware.SignedIn",
    "django.middleware.csrf.CsrfViewMiddleware",
    "console.middleware.SecondFactorFirst",
    "console.middleware.Place",
    "console.middleware.Refusals",
]
ROOT_URLCONF = "console.urls"
APPEND_SLASH = False  # the official SDK takes a redirect for success with an empty answer
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.context.console",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "console.templatetags.once",
                "console.templatetags.shown",
            ],
        },
    }
]

# Database
if DATABASE_URL:
    try:
        _database = database_of(DATABASE_URL)
    except ValueError as error:
        raise ImproperlyConfigured(str(error)) from error
else:
    _database = {
        "ENGINE": "console.sqlite",
        "NAME": DATA_DIR / "kms.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
        },
    }
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
WORKERS = env_number("WORKERS", 2 if DATABASE_URL else 1, 1, 64)
# A thread keeps a connection: two nodes of two workers stay within the hundred that PostgreSQL allows by default.
THREADS = env_number("THREADS", 16 if DATABASE_URL else 32, 1, 1024)

# Sign-in
AUTH_USER_MODEL = "console.User"
AUTHENTICATION_BACKENDS = ["console.access.signin.AccountBackend"]
PASSWORD_HASHERS = ["console.access.signin.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "console:sign-in"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "console.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_NAME = "__Host-session" if TLS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if TLS else "csrf"
MESSAGE_STORAGE = "console.views.cookies.Messages"
CSRF_FAILURE_VIEW = "console.views.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# What browsers are told
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = TLS
# W008: TLS ends at the proxy, and a redirect would be taken for success by the official SDK.
SILENCED_SYSTEM_CHECKS = ["security.W008"]

# Languages and times
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_CODE = "en"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = TLS
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "console" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
PRODUCT_NAME = _("Data Encryption Workshop")

# Static files: hashed, compressed, cached for ever
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "console.logs.JsonLines",
            "fmt": "{asctime}{levelname}{name}{message}",
            "style": "{",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            # uvicorn's, for terminals; Django's, one of which would show a request's query
            "reserved_attrs": [*RESERVED_ATTRS, "color_message", "request", "status_code"],
        }
    },
    "filters": {
        "strangers": {"()": "console.logs.FewOfStrangers"},
        "request": {"()": "console.logs.OfRequest"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["strangers", "request"]}
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "fido2": {"level": "WARNING"},  # it tells of each passkey that is used
        "django": {"level": LOG_LEVEL, "handlers": [], "propagate": True},
        "django.template": {"level": "INFO"},  # to debug it shows what a page was to show, secrets too
    },
}
