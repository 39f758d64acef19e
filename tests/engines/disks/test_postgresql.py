"""RDS: a PostgreSQL whose data directory lies on an encrypted volume."""

from pathlib import Path

import pytest

from tests.engines.disks.conftest import Commands
from tests.support.file_systems import copies_of, make_file_system, mounted
from tests.support.postgres import Postgres, folder_of_postgres, give_to_postgres, kill_all, processes_of
from tests.support.sdk import Sdk

pytestmark = [
    pytest.mark.engines,
    pytest.mark.needs("cryptsetup", "qemu-img", "qemu-storage-daemon", "fuse2fs", "fusermount3", "initdb"),
]
MARKER = b"the balance of account 4711"
ROWS = 5_000


def test_a_database_lives_on_a_volume_and_is_ciphertext_at_rest(commands: Commands, tmp_path: Path, sdk: Sdk) -> None:
    path, key = tmp_path / "pg.luks", sdk.new_key()
    commands.volume("create", path, "128M", "--key", key)
    disk = Path(commands.volume("open", path))
    make_file_system(disk)
    with folder_of_postgres("kms-volume-") as place:
        with mounted(disk, place) as folder:
            give_to_postgres(folder)
            server = Postgres(folder)
            try:
                with server.connect() as connection:
                    connection.execute("CREATE TABLE account (id int PRIMARY KEY, note text)")
                    connection.execute(
                        "INSERT INTO account SELECT n, %s || n FROM generate_series(1, %s) n", (MARKER.decode(), ROWS)
                    )
                server.stop()
            finally:
                kill_all(processes_of(server.data))
        assert copies_of(MARKER, disk) >= ROWS
        commands.volume("close", path)

        assert copies_of(MARKER, path) == 0
        sdk.disable_key(key_id=key)
        assert commands.attempt("volume", "open", path)[0] == 5
        sdk.enable_key(key_id=key)
        with mounted(Path(commands.volume("open", path)), place):
            try:
                server.start()
                with server.connect() as connection:
                    found = connection.execute("SELECT count(*) FROM account WHERE note LIKE 'the balance%'").fetchone()
                server.stop()
            finally:
                kill_all(processes_of(server.data))
        commands.volume("close", path)

    assert found == (ROWS,)
