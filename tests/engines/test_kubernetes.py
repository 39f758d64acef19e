"""integrations/kms-kubernetes: a KMS v2 plug-in against a real server, asked as kube-apiserver asks it."""

import base64
import json
import os
import re
import signal
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.kubernetes import Account, ApiServer, Plugin, Refused, serving
from tests.support.servers import Server, free_port

pytestmark = pytest.mark.engines
SEED = os.urandom(32)
FULLY_QUALIFIED = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+"
"""Kubernetes' names of annotations: RFC 1123, of two parts at least."""
LONGEST = 1024
"""Bytes that kube-apiserver keeps of a ciphertext, and of a key id."""


@pytest.fixture(scope="module")
def api_server() -> Iterator[ApiServer]:
    one = ApiServer()
    yield one
    one.close()


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return Account.of(server)


@pytest.fixture(scope="module")
def stranger(server: Server) -> Account:
    return Account.of(server)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sockets")


@pytest.fixture(scope="module")
def plugin(account: Account, folder: Path) -> Iterator[Plugin]:
    """A plug-in of the cluster `production`."""
    with serving(folder / "kms.sock", account.settings) as one:
        yield one


@pytest.fixture(scope="module")
def second(account: Account, folder: Path) -> Iterator[Plugin]:
    """That of another node of its control plane, which names the key by its alias."""
    account.call("aliases", alias="alias/kubernetes", key_id=account.key_id)
    with serving(folder / "second.sock", account.settings | {"KMS_KEY": "alias/kubernetes"}) as one:
        yield one


def refusal(api_server: ApiServer, plugin: Plugin, sealed: Any) -> str:
    with pytest.raises(Refused) as refused:
        api_server.decrypt(plugin.socket, sealed)
    return refused.value.code


def test_a_seed_comes_back_as_kube_apiserver_gave_it(account, plugin, api_server):
    version, healthz, key_id = api_server.status(plugin.socket)
    sealed, again = (api_server.encrypt(plugin.socket, SEED) for _ in range(2))

    assert (version, healthz) == ("v2", "ok")
    assert key_id == sealed.key_id == f"{account.key_id}:v1"
    assert api_server.decrypt(plugin.socket, sealed) == SEED
    assert SEED not in sealed.ciphertext
    assert sealed.ciphertext != again.ciphertext
    assert all(re.fullmatch(FULLY_QUALIFIED, name) for name in sealed.annotations)


@pytest.mark.parametrize("length", [1, 690])
def test_what_it_takes_fits_what_kubernetes_keeps(plugin, api_server, length):
    content = os.urandom(length)
    sealed = api_server.encrypt(plugin.socket, content)

    assert len(sealed.ciphertext) <= LONGEST
    assert len(sealed.key_id) <= LONGEST
    assert api_server.decrypt(plugin.socket, sealed) == content


@pytest.mark.parametrize("length", [0, 691])
def test_more_than_that_is_refused(plugin, api_server, length):
    with pytest.raises(Refused) as refused:
        api_server.encrypt(plugin.socket, bytes(length))

    assert (refused.value.code, f"{length} bytes; 1 to 690" in refused.value.details) == ("INVALID_ARGUMENT", True)


def test_the_nodes_of_a_control_plane_open_what_any_of_them_sealed(plugin, second, api_server):
    for one, other in ((plugin, second), (second, plugin)):
        assert api_server.decrypt(other.socket, api_server.encrypt(one.socket, SEED)) == SEED
    assert api_server.status(plugin.socket) == api_server.status(second.socket)


def test_a_rotation_changes_the_key_id_and_what_was_sealed_before_opens(account, plugin, second, api_server):
    before = api_server.encrypt(plugin.socket, SEED)
    account.call("rotate-on-demand", key_id=account.key_id)
    after = api_server.encrypt(plugin.socket, SEED)

    assert after.key_id != before.key_id
    assert api_server.status(plugin.socket) == ("v2", "ok", after.key_id)
    assert [api_server.decrypt(second.socket, one) for one in (before, after)] == [SEED, SEED]


def test_a_node_that_encrypts_nothing_learns_of_a_rotation_in_seconds(account, plugin, api_server):
    _, _, before = api_server.status(plugin.socket)
    account.call("rotate-on-demand", key_id=account.key_id)

    end = time.monotonic() + 10
    while api_server.status(plugin.socket)[2] == before and time.monotonic() < end:
        time.sleep(0.1)

    assert api_server.status(plugin.socket)[2] == api_server.encrypt(plugin.socket, SEED).key_id != before


def test_a_disabled_key_opens_and_seals_nothing_until_it_is_enabled(account, plugin, api_server):
    sealed = api_server.encrypt(plugin.socket, SEED)
    account.call("disable-key", key_id=account.key_id)
    try:
        assert refusal(api_server, plugin, sealed) == "FAILED_PRECONDITION"
        with pytest.raises(Refused, match=r"FAILED_PRECONDITION: .*KMS\.0209 The key is disabled\. Enable it first\."):
            api_server.encrypt(plugin.socket, SEED)
        _, healthz, key_id = api_server.status(plugin.socket)
        assert ("The key is disabled" in healthz, key_id) == (True, sealed.key_id)
        checked = plugin.run("--check")
        assert (checked.returncode, "The key is disabled" in checked.stderr) == (1, True)
    finally:
        account.call("enable-key", key_id=account.key_id)

    assert api_server.decrypt(plugin.socket, sealed) == SEED
    api_server.encrypt(plugin.socket, SEED)
    assert api_server.status(plugin.socket) == ("v2", "ok", sealed.key_id)
    assert plugin.run("--check").stdout == f"ok {sealed.key_id}\n"


def test_a_ciphertext_is_of_its_account_its_cluster_and_its_key_id_alone(account, stranger, plugin, folder, api_server):
    sealed = api_server.encrypt(plugin.socket, SEED)
    with serving(folder / "neighbour.sock", stranger.settings) as foreign:
        foreign_sealed = api_server.encrypt(foreign.socket, SEED)
        assert refusal(api_server, foreign, sealed) == "INVALID_ARGUMENT"
        assert refusal(api_server, plugin, foreign_sealed) == "INVALID_ARGUMENT"
    with serving(folder / "staging.sock", account.settings | {"KMS_CLUSTER": "staging"}) as staging:
        assert refusal(api_server, staging, sealed) == "INVALID_ARGUMENT"
        # Nor does it help to say that it was sealed for that cluster.
        name = dict.fromkeys(sealed.annotations, b"staging")
        assert refusal(api_server, staging, replace(sealed, annotations=name)) == "INVALID_ARGUMENT"
    flipped = sealed.ciphertext[:-1] + bytes([sealed.ciphertext[-1] ^ 1])
    for wrong in (
        replace(sealed, key_id=foreign_sealed.key_id),
        replace(sealed, annotations={}),
        replace(sealed, ciphertext=flipped),
        replace(sealed, ciphertext=b"no ciphertext", key_id=sealed.key_id),
    ):
        assert refusal(api_server, plugin, wrong) == "INVALID_ARGUMENT"


def test_a_service_user_with_a_grant_of_two_operations_is_all_that_it_needs(account, folder, api_server):
    number, settings = account.service_user()
    with serving(folder / "granted.sock", settings) as granted:
        assert "permission kms:cmk:crypto" in api_server.status(granted.socket)[1]
        with pytest.raises(Refused, match="PERMISSION_DENIED"):
            api_server.encrypt(granted.socket, SEED)
        operations = ["encrypt-data", "decrypt-data"]
        account.call("create-grant", key_id=account.key_id, grantee_principal=number, operations=operations)

        assert api_server.decrypt(granted.socket, api_server.encrypt(granted.socket, SEED)) == SEED
        assert api_server.status(granted.socket)[1] == "ok"


def test_a_neighbours_key_is_not_found(account, stranger, folder, api_server):
    with (
        serving(folder / "foreign.sock", stranger.settings | {"KMS_KEY": account.key_id}) as foreign,
        pytest.raises(Refused, match="NOT_FOUND"),
    ):
        api_server.encrypt(foreign.socket, SEED)


def test_a_wrong_secret_is_told_as_such(account, folder, api_server):
    with (
        serving(folder / "wrong.sock", account.settings | {"KMS_SECRET_KEY": "wrong"}) as wrong,
        pytest.raises(Refused, match="UNAUTHENTICATED"),
    ):
        api_server.encrypt(wrong.socket, SEED)


def test_it_serves_before_the_kms_does_and_says_so(account, folder, api_server):
    away = account.settings | {"KMS_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    with serving(folder / "away.sock", away) as waiting:
        with pytest.raises(Refused, match=r"UNAVAILABLE: .* can't be reached"):
            api_server.encrypt(waiting.socket, SEED)
        assert "can't be reached" in api_server.status(waiting.socket)[1]


def test_its_end_and_its_start_leave_and_need_nothing(account, folder, api_server):
    plugin = Plugin(folder / "restarted.sock", account.settings)
    plugin.start()
    sealed = api_server.encrypt(plugin.socket, SEED)

    assert plugin.stop() == 0
    assert not plugin.socket.exists()
    plugin.start()
    assert api_server.decrypt(plugin.socket, sealed) == SEED
    plugin.stop(signal.SIGKILL)
    assert plugin.socket.is_socket()  # left over
    plugin.start()
    try:
        assert api_server.decrypt(plugin.socket, sealed) == SEED
    finally:
        plugin.stop()


def test_its_log_names_requests_and_nothing_of_what_is_in_them(account, folder, api_server):
    content = b"the seed of nobody's cluster"
    with serving(folder / "logged.sock", account.settings) as plugin:
        sealed = api_server.encrypt(plugin.socket, content, uid="uid-of-encrypt")
        api_server.decrypt(plugin.socket, sealed, uid="uid-of-decrypt")
        with pytest.raises(Refused):
            api_server.decrypt(plugin.socket, replace(sealed, annotations={}), uid="uid\nof a refusal")
        plugin.stop()

    assert re.findall(r"INFO (\w+) '(uid-of-\w+)': done", plugin.said) == [
        ("Encrypt", "uid-of-encrypt"),
        ("Decrypt", "uid-of-decrypt"),
    ]
    assert r"WARNING Decrypt 'uid\nof a refusal': It was encrypted for the cluster ''" in plugin.said
    assert "Traceback" not in plugin.said
    for secret in (content, sealed.ciphertext):
        assert not any(form in plugin.said for form in (str(secret)[2:-1], secret.hex(), *_pieces(secret)))
    assert plugin.settings["KMS_SECRET_KEY"] not in plugin.said


def _pieces(content: bytes) -> list[str]:
    """Parts of its Base64."""
    text = base64.b64encode(content).decode()
    return [text[:16], text[-16:]]


def test_the_trail_names_the_cluster(account, plugin, api_server):
    api_server.decrypt(plugin.socket, api_server.encrypt(plugin.socket, SEED))
    found = account.server.read(
        "SELECT name, detail FROM console_trace WHERE resource_id = %s ORDER BY at DESC LIMIT 2", account.key_id
    )

    told = {name: detail if isinstance(detail, dict) else json.loads(detail) for name, detail in found}
    assert {*told} == {"encryptData", "decryptData"}
    assert all(one["used_for"] == {"kind": "cluster", "name": "production"} for one in told.values())


def test_its_socket_is_its_owners_and_its_alone(account, plugin, folder):
    assert stat.S_IMODE(plugin.socket.stat().st_mode) == 0o600

    taken = Plugin(plugin.socket, account.settings).run()
    (folder / "file.sock").write_text("a file")
    in_the_way = Plugin(folder / "file.sock", account.settings).run()
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    open_to_others = Plugin(folder / "open" / "kms.sock", account.settings).run()

    said = [(one.returncode, one.stderr) for one in (taken, in_the_way, open_to_others)]
    assert [status for status, _ in said] == [6, 6, 6]
    assert "Another plug-in serves" in said[0][1]
    assert "is no socket" in said[1][1]
    assert "Others can write to" in said[2][1]
    assert (folder / "file.sock").read_text() == "a file"


@pytest.mark.parametrize("missing", ["KMS_KEY", "KMS_CLUSTER", "KMS_SECRET_KEY"])
def test_a_missing_setting_is_named(account, folder, missing):
    done = Plugin(folder / "none.sock", account.settings | {missing: ""}).run()

    assert (done.returncode, missing in done.stderr) == (3, True)
