"""Installations as released versions left them: `tests/upgrade/<version>`, which `tests/upgrade/make.py` makes."""

import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.sdk import Sdk
from tests.support.servers import ROOT, Server

FOLDER = ROOT / "tests" / "upgrade"
FIRST = "1.0.0"
NEWER = "99.0.0"
MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("console", "{last}")]
    operations = [
        migrations.CreateModel("Newer", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("account", "newer", models.BooleanField(default=True, db_default=True)),
    ]
"""


def released() -> list[str]:
    """The versions whose installations are kept."""
    return sorted(one.parent.name for one in FOLDER.glob("*/known.json"))


def unpack(folder: Path, version: str = FIRST) -> dict[str, Any]:
    """Make DATA_DIR as that version left it; what is known of it."""
    kept = FOLDER / version
    known: dict[str, Any] = json.loads((kept / "known.json").read_text())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "kms.sqlite3")) as database:
        database.executescript((kept / "kms.sql").read_text())
    shutil.copytree(kept / "trail", folder / "trail")
    (folder / "root.key").write_text(known["root_key"] + "\n")
    for one in (folder, *folder.rglob("*")):
        one.chmod(0o700 if one.is_dir() else 0o600)
    return known


def newer_program(program: Path) -> Path:
    """The source of a newer version of this program, which has one more migration."""
    for name in ("console", "keys", "static", "templates"):
        shutil.copytree(ROOT / name, program / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", program)
    (program / ".venv").symlink_to(sys.prefix)
    (program / "console" / "__init__.py").write_text(f'VERSION = "{NEWER}"\n')
    last = max((ROOT / "console" / "migrations").glob("0*.py")).stem
    (program / "console" / "migrations" / "9000_newer.py").write_text(MIGRATION.format(last=last))
    return program


def wrong_in(server: Server, known: dict[str, Any]) -> list[str]:
    """What of that installation a running server does not do any more: nothing, one hopes."""
    sdk = Sdk(server, known["account"])
    wrong = [
        title
        for title, sealed in known["sealed"].items()
        if sdk.decrypt_data(cipher_text=sealed).plain_text != known["plaintext"]
    ]
    wrong += [
        fields["key_id"] for fields in known["signed"] if sdk.validate_signature(**fields).signature_valid != "true"
    ]
    wrong += [fields["key_id"] for fields in known["macs"] if not sdk.verify_mac(**fields).mac_valid]
    opened = sdk.decrypt_datakey(**known["data_key"]["fields"]).data_key
    wrong += [] if opened == known["data_key"]["data_key"] else ["data key"]
    aliases = {one.key_alias for one in sdk.list_keys(key_spec="ALL").key_details}
    return wrong + sorted(aliases ^ {*known["aliases"]})
