"""The server's settings as the tests use them: nothing of the developer's own environment or data.

The database is SQLite, or with TEST_DATABASE=postgresql one that the tests make on the PostgreSQL server.
"""

import base64
import os
import tempfile
import uuid

from tests.support.databases import OWN
from tests.support.tools import POSTGRES_URL

FOLDER = tempfile.TemporaryDirectory(prefix="kms-tests-")  # removed when the process ends
for name in (
    "DATABASE_URL",
    "ROOT_KEY_FILE",
    "ROOT_KEY_PKCS11",
    "SECRET_KEY_FILE",
    "ADMIN_PASSWORD_FILE",
    "PUBLIC_URL",
    "TRUSTED_PROXIES",
    "METRICS_FROM",
    "CALLS_PER_SECOND",
):
    os.environ.pop(name, None)
os.environ |= {
    "DATA_DIR": FOLDER.name,
    "HOST": "127.0.0.1",
    "PORT": "8000",
    "ROOT_KEY": base64.b64encode(bytes(range(32))).decode(),
    "LOG_LEVEL": "warning",
    "FAILURES_PER_MINUTE": "1000000",  # tests fail from one address, often and on purpose
}

if OWN == "postgresql":
    os.environ["DATABASE_URL"] = POSTGRES_URL

from console.settings import *  # noqa: E402, F403

SECRET_KEY = "tests only: it signs the sessions of nobody, nowhere"
PASSWORD_HASHERS = ["tests.support.hashing.CheapArgon2"]
STATIC_ROOT.mkdir()  # noqa: F405 - empty: names without hashes, nothing to collect
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Of SQLite a file rather than memory: threads of a test meet the same locks as the server's.
_name = f"kms_test_{uuid.uuid4().hex}" if OWN == "postgresql" else f"{FOLDER.name}/test.sqlite3"
DATABASES["default"]["TEST"] = {"NAME": _name}  # noqa: F405
