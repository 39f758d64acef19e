"""What is filled in bulk for measuring growth is as good as what the operations make."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.scale.bulk import fill_database, spread
from tests.support.sdk import Sdk
from tests.support.servers import Server

pytestmark = [
    pytest.mark.sqlite,  # whose databases alone are filled so
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
KEYS, TRACES = 300, 3_000


def asked(server: Server, query: str) -> list[Any]:
    with closing(sqlite3.connect(server.data_dir / "kms.sqlite3")) as database:
        return sorted(database.execute(query).fetchall())


def test_filled_keys_are_used_as_any_other(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    schema = "SELECT name, COALESCE(sql, '') FROM sqlite_master"
    try:
        server.start()
        account = server.create_account("measured")
        server.stop()
        before, project = asked(server, schema), account["projects"][0]["id"]

        fill_database(server.data_dir, project, keys=KEYS, traces=TRACES)

        assert asked(server, schema) == before
        assert asked(server, "PRAGMA integrity_check") == [("ok",)]
        assert asked(server, "PRAGMA foreign_key_check") == []
        assert asked(server, "SELECT COUNT(*) FROM console_trace WHERE stream_id = 'filled'") == [(TRACES,)]
        assert asked(server, "SELECT SUM(calls) FROM console_callcount WHERE resource_id <> ''") == [(TRACES,)]
        assert asked(server, "SELECT key_count FROM console_account WHERE name = 'measured'") == [(KEYS,)]
        server.start()
        sdk = Sdk(server, account)
        some = spread(server.data_dir, project, 10)
        assert [sdk.encrypt_data(key_id=key, plain_text="x").key_id for key in some] == some
        assert sdk.list_keys().total == KEYS
    finally:
        server.kill()
