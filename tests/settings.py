"""The server's settings as the tests use them: nothing of the developer's own environment or data."""

import base64
import os
import tempfile

FOLDER = tempfile.TemporaryDirectory(prefix="kms-tests-")  # removed when the process ends
for name in (
    "DATABASE_URL",
    "ROOT_KEY_FILE",
    "SECRET_KEY_FILE",
    "ADMIN_PASSWORD_FILE",
    "PUBLIC_URL",
    "TRUSTED_PROXIES",
    "METRICS_FROM",
):
    os.environ.pop(name, None)
os.environ |= {
    "DATA_DIR": FOLDER.name,
    "HOST": "127.0.0.1",
    "PORT": "8000",
    "ROOT_KEY": base64.b64encode(bytes(range(32))).decode(),
    "LOG_LEVEL": "warning",
}

from console.settings import *  # noqa: E402, F403

SECRET_KEY = "tests only: it signs the sessions of nobody, nowhere"
PASSWORD_HASHERS = ["tests.support.hashing.CheapArgon2"]
STATIC_ROOT.mkdir()  # noqa: F405 - empty: names without hashes, nothing to collect
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A file rather than memory: threads of a test meet the same locks as the server's.
DATABASES["default"]["TEST"] = {"NAME": f"{FOLDER.name}/test.sqlite3"}  # noqa: F405
