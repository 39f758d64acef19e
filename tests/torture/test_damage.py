"""What the database holds is damaged: the key, or the file, is named, all else goes on, and once it is put back all
works again without a restart.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.support.load import Answer, Client
from tests.support.servers import Server, copy_stopped
from tests.torture.amount import Figure, share
from tests.torture.mutations import mutated

KEYS, CUTS, SECONDS = 100, 20, 20
SPECS = ("AES_256", "SM4", "RSA_2048", "EC_P256", "HMAC_256")
ALL_BYTES = bytes(range(256))
DIGEST = "3q2+7w=="


def damage_material(server: Server, seed: int = 9) -> Figure:
    """Change the wrapped material of one key after the other behind a running server's back, and put it back."""
    chance, wrong = Random(seed), []  # noqa: S311 - chance to be repeated, no secret
    account = server.create_account(f"damaged-{time.monotonic_ns()}", quota=100)
    with Client(server.url, account) as client:
        keys = [(spec, _new_key(client, spec)) for spec in SPECS]
        other = _new_key(client, "AES_256")
        for number in range(share(KEYS)):
            spec, key_id = keys[number % len(keys)]
            row = key_id if server.database == "postgresql" else key_id.replace("-", "")
            ((kept,),) = server.read("SELECT wrapped_material FROM keys_keyversion WHERE key_id = %s", row)
            change = "UPDATE keys_keyversion SET wrapped_material = %s WHERE key_id = %s"
            server.execute(change, mutated(chance, bytes(kept), ALL_BYTES), row)
            refused, beside = _use(client, spec, key_id), _use(client, "AES_256", other)
            server.execute(change, bytes(kept), row)
            again = _use(client, spec, key_id)
            if not (refused.status == 500 and key_id in str(refused.content) and "damaged" in str(refused.content)):
                wrong.append(f"{spec}: {refused}")
            wrong += [f"beside {spec}: {one}" for one in (beside, again) if not one.is_success]
    log = server.log()
    wrong += [f"the log does not name key {key_id}" for _spec, key_id in keys if f"Key {key_id}" not in log]
    return Figure("wrapped material changed", share(KEYS), "the key named each time, all others at work", wrong)


def damage_secret(server: Server) -> list[str]:
    """Change the wrapped secret of an access key; what is not as it should be."""
    account, other = (server.create_account(f"{name}-{time.monotonic_ns()}") for name in ("damaged", "other"))
    ak = account["access_key"]["ak"]
    server.execute("UPDATE console_accesskey SET wrapped_secret = %s WHERE ak = %s", bytes(80), ak)
    with Client(server.url, account) as client, Client(server.url, other) as beside:
        refused, ok = client.kms("list-keys"), beside.kms("list-keys")
    right = refused.status == 500 and "damaged" in str(refused.content) and ok.is_success
    return [] if right and ak in server.log() else [str(refused)]


def _use(client: Client, spec: str, key_id: str) -> Answer:
    if spec.startswith("HMAC"):
        return client.kms("generate-mac", key_id=key_id, mac_algorithm="HMAC_SHA_256", message=DIGEST)
    if spec.startswith(("RSA", "EC")):
        algorithm = "RSASSA_PSS_SHA_256" if spec.startswith("RSA") else "ECDSA_SHA_256"
        return client.kms("sign", key_id=key_id, message=DIGEST, message_type="RAW", signing_algorithm=algorithm)
    return client.kms("encrypt-data", key_id=key_id, plain_text="x")


def _new_key(client: Client, spec: str) -> str:
    made = client.kms("create-key", key_alias=f"{spec}-{time.monotonic_ns()}", key_spec=spec)
    assert made.is_success, made
    return str(made.content["key_info"]["key_id"])


# The file


def cut_database(server: Server, seed: int = 9) -> Figure:
    """Cut the database file of a stopped server at places of all kinds: it starts once it is whole again."""
    chance, wrong, said = Random(seed), [], set()  # noqa: S311 - chance to be repeated, no secret
    path = server.data_dir / "kms.sqlite3"
    whole = path.read_bytes()
    for number in range(share(CUTS)):
        length = [0, chance.randrange(1, len(whole)), 4096, len(whole) - 4096, 50][number % 5]
        path.write_bytes(whole[:length])
        done = server.try_to_manage("up")
        lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
        if done.returncode != 1 or len(lines) != 1 or str(server.data_dir) not in lines[0]:
            wrong.append(f"cut at {length}: {done.returncode} {done.stderr[-2000:]}")
        said.update(lines)
        if path.read_bytes() != whole[:length]:
            wrong.append(f"cut at {length}: changed by a start that was refused")
    path.write_bytes(whole)
    server.start()
    told = max(said, default="").replace(str(server.data_dir), "/var/lib/kms")
    return Figure("database file cut", share(CUTS), f"refused to start: “{told}”", wrong)


@pytest.fixture
def own(started_once: Path, tmp_path: Path) -> Iterator[Server]:
    """A server that does not run yet, with a folder and a database of its own."""
    copy_stopped(started_once, tmp_path / "data")
    server = Server(tmp_path / "data")
    yield server
    server.kill()


def test_damaged_material_is_named_and_all_other_keys_work(server: Server) -> None:
    assert damage_material(server).wrong == []
    assert damage_secret(server) == []


@pytest.mark.sqlite
def test_a_database_that_was_cut_is_refused_and_left_as_it_is(own: Server) -> None:
    assert cut_database(own).wrong == []
