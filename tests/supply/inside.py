"""Programs of others that lie within the files of a package: no list has them, and no metadata says so."""

import ctypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path


@dataclass(frozen=True)
class Inside:
    """One of them."""

    name: str
    within: str
    """The package."""
    licence: str
    """An SPDX expression."""
    purl: str
    """Its address as a package, without a version."""
    version: Callable[[], str] = lambda: ""
    """Asked of the very files that are installed; empty where they don't tell, or don't bring it."""


def _files(package: str, pattern: str) -> list[Path]:
    return [Path(str(one.locate())) for one in distribution(package).files or [] if re.search(pattern, str(one))]


def _told_by(package: str, file: str, pattern: str) -> Callable[[], str]:
    """The version that a script tells."""

    def version() -> str:
        (script,) = _files(package, re.escape(file) + "$")
        return str(re.findall(pattern, script.read_text())[0])

    return version


def _openssl_of_cryptography() -> str:
    from cryptography.hazmat.backends.openssl import backend

    return backend.openssl_version_text().split()[1]


def _openssl_of_psycopg() -> str:
    for library in _files("psycopg-binary", r"\.libs/libcrypto-"):
        tell = ctypes.CDLL(str(library)).OpenSSL_version
        tell.restype = ctypes.c_char_p
        return str(tell(0).decode()).split()[1]
    return ""


def _libpq() -> str:
    from psycopg import pq

    return f"{pq.version() // 10000}.{pq.version() % 10000}" if pq.__impl__ == "binary" else ""


def _libuv() -> str:
    from uvloop import loop

    number: int = loop.libuv_get_version()  # type: ignore[attr-defined]  # its stub lacks it
    return ".".join(map(str, number.to_bytes(3, "big")))


_ADMIN = "admin/js/vendor/"
INSIDE = [
    Inside("argon2", "argon2-cffi-bindings", "CC0-1.0 OR Apache-2.0", "pkg:generic/argon2"),
    Inside(
        "htmx", "django-htmx", "0BSD", "pkg:npm/htmx.org", _told_by("django-htmx", "htmx-2.min.js", r'version:"(.+?)"')
    ),
    Inside(
        "jQuery", "django", "MIT", "pkg:npm/jquery", _told_by("Django", f"{_ADMIN}jquery/jquery.min.js", r"v([\d.]+)")
    ),
    Inside("libffi", "cffi", "MIT", "pkg:generic/libffi"),
    Inside("libpq", "psycopg-binary", "PostgreSQL", "pkg:generic/postgresql", _libpq),
    Inside("libuv", "uvloop", "MIT", "pkg:generic/libuv", _libuv),
    Inside("llhttp", "httptools", "MIT", "pkg:npm/llhttp"),
    Inside("OpenSSL", "cryptography", "Apache-2.0", "pkg:generic/openssl", _openssl_of_cryptography),
    Inside("OpenSSL", "psycopg-binary", "Apache-2.0", "pkg:generic/openssl", _openssl_of_psycopg),
    Inside(
        "Select2",
        "django",
        "MIT",
        "pkg:npm/select2",
        _told_by("Django", f"{_ADMIN}select2/select2.full.min.js", r"2 ([\d.]+)"),
    ),
    Inside(
        "XRegExp",
        "django",
        "MIT",
        "pkg:npm/xregexp",
        _told_by("Django", f"{_ADMIN}xregexp/xregexp.js", r"XRegExp\.version = '([\d.]+)'"),
    ),
]
