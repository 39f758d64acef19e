"""Static files, collected into STATIC_ROOT when they or what makes them changed."""

import hashlib
import json
from collections.abc import Iterator
from importlib.metadata import version

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

STAMP = "static.stamp"
UNUSED = ("htmax-*", "htmx-2.js", "htmx-4*", "ext", "jquery.js", "select2.full.js", "select2.css", "xregexp.js")
"""What Django's admin and django-htmx bring along for others: versions for debugging, other versions, extensions."""
MAKERS = ("django", "whitenoise", "brotli")


def collect_static_files() -> None:
    """Hash and compress them (1.2 s) unless STATIC_ROOT is of these very files already (8 ms)."""
    stamp = settings.DATA_DIR / STAMP
    wanted = _fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    call_command(
        "collectstatic", interactive=False, clear=settings.STATIC_ROOT.exists(), verbosity=0, ignore_patterns=[*UNUSED]
    )
    for one in settings.STATIC_ROOT.rglob("*"):  # as everything in DATA_DIR; Django opens collected files to others
        one.chmod(0o700 if one.is_dir() else 0o600)
    stamp.write_text(wanted)


def _fingerprint() -> str:
    described = [*_files(), [version(name) for name in MAKERS], UNUSED, settings.STORAGES["staticfiles"]]
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()


def _files() -> Iterator[tuple[str, str]]:
    # By content: in a bundle or an image files of two versions can have the same time, and the same size.
    for finder in get_finders():
        for path, storage in finder.list([*UNUSED]):
            with storage.open(path) as file:
                yield path, hashlib.sha256(file.read()).hexdigest()
