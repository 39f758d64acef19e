"""kms-engines' own client of the REST API: its signature, its settings, and what it says of refusals."""

import ast
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from kms_engines.client import Client, signed
from kms_engines.errors import KmsRefused, KmsUnreachable, SettingsWrong
from kms_engines.settings import NEEDED, Settings, load_settings

from tests.support.certificates import new_pair
from tests.support.sdk import Sdk
from tests.support.servers import ROOT, Server, copy_stopped, free_port, running

NOBODY = Settings("http://127.0.0.1:8000", "0dea2644dc80d5d22ff1c01e3ebea6fc", "AKTEST", "sKtest")
CONTEXT = {"kms:volume": "accounts (5cd3)"}


def test_it_needs_nothing_but_python() -> None:
    files = sorted((ROOT / "integrations/kms-engines/kms_engines").glob("*.py"))
    trees = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]

    names = {alias.name for node in trees if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in trees if isinstance(node, ast.ImportFrom)}

    assert len(files) > 3
    assert {name.split(".")[0] for name in names} - sys.stdlib_module_names == {"kms_engines"}


def test_it_signs_as_the_official_sdk_does() -> None:
    path, body = f"/v1.0/{NOBODY.project}/kms/create-datakey", b'{"key_id": "evs/default"}'
    headers = {"content-type": "application/json", "host": "127.0.0.1:8000"}

    own = signed(NOBODY, "POST", path, body, headers, now=datetime(2026, 11, 28, 3, 4, 5, tzinfo=UTC))

    given = {name: value for name, value in own.items() if name != "authorization"}
    request = SdkRequest("POST", "http", "127.0.0.1:8000", path, query_params=[], header_params=given, body=body)
    Signer(BasicCredentials(NOBODY.access_key, NOBODY.secret_key, NOBODY.project)).sign(request)
    assert request.header_params["Authorization"] == own["authorization"]


def test_a_data_key_is_made_opened_and_moved_to_another_key(client: Client, sdk: Sdk) -> None:
    wrapped, data_key = client.create_data_key(sdk.new_key(), CONTEXT)
    other = sdk.new_key()

    moved = client.rewrap_data_key(wrapped, other, CONTEXT)

    assert len(data_key.secret) == 32
    assert moved.key_id == other
    assert client.decrypt_data_key(wrapped, CONTEXT) == client.decrypt_data_key(moved, CONTEXT) == data_key
    assert data_key.secret.hex() not in repr(data_key) + str(data_key)


def test_a_refusal_says_what_the_kms_said(client: Client, settings: Settings, sdk: Sdk) -> None:
    wrapped, _ = client.create_data_key(sdk.new_key(), CONTEXT)

    with pytest.raises(KmsRefused, match=r"KMS\.2201 The ciphertext does not open") as other_context:
        client.decrypt_data_key(wrapped, {"kms:volume": "others (5cd4)"})
    sdk.disable_key(key_id=wrapped.key_id)
    with pytest.raises(KmsRefused, match=r"KMS\.0209 The key is disabled\. Enable it first\.") as disabled:
        client.decrypt_data_key(wrapped, CONTEXT)
    with pytest.raises(KmsRefused, match=r"APIGW\.0301 ") as stranger:
        Client(replace(settings, secret_key="another")).decrypt_data_key(wrapped, CONTEXT)

    assert [one.value.http_status for one in (other_context, disabled, stranger)] == [400, 400, 401]
    assert len(disabled.value.request_id) == 32


def test_a_service_has_a_default_key(client: Client, sdk: Sdk) -> None:
    wrapped, data_key = client.create_data_key("evs/default", CONTEXT)

    assert client.decrypt_data_key(wrapped, CONTEXT) == data_key
    assert sdk.list_key_detail(key_id=wrapped.key_id).key_info.key_alias == "evs/default"


def test_a_neighbours_data_key_is_refused(client: Client, server: Server) -> None:
    wrapped, _ = client.create_data_key("evs/default", CONTEXT)
    other = server.create_account(f"{wrapped.key_id}"[:8] + "-neighbour")
    key = other["access_key"]
    neighbour = Client(Settings(server.url, other["projects"][0]["id"], key["ak"], key["sk"]))

    with pytest.raises(KmsRefused) as refused:
        neighbour.decrypt_data_key(wrapped, CONTEXT)

    assert refused.value.http_status == 404


def test_over_tls_the_server_is_known_by_its_authority(started_once: Path, tmp_path: Path) -> None:
    new_pair().put(tmp_path)
    copy_stopped(started_once, tmp_path / "data")
    certificate, key = str(tmp_path / "tls.crt"), str(tmp_path / "tls.key")
    with running(tmp_path / "data", TLS_CERT=certificate, TLS_KEY=key) as server:
        own = server.create_account("tls")
        place, access = own["projects"][0]["id"], own["access_key"]
        there = Settings(server.url, place, access["ak"], access["sk"], certificate)

        wrapped, data_key = Client(there).create_data_key("ims/default", CONTEXT)

        assert Client(there).decrypt_data_key(wrapped, CONTEXT) == data_key
        with pytest.raises(KmsUnreachable, match="certificate verify failed"):
            Client(replace(there, ca_cert="")).create_data_key("ims/default", CONTEXT)
    with pytest.raises(SettingsWrong, match=r"KMS_CA_CERT .* can't be read"):
        Client(replace(there, ca_cert=str(tmp_path / "none.pem")))


def test_where_nobody_answers_it_says_so() -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(KmsUnreachable, match=f"The KMS at {endpoint} can't be reached: .*refused. Try again"):
        Client(replace(NOBODY, endpoint=endpoint)).create_data_key("evs/default", CONTEXT)


class Busy(BaseHTTPRequestHandler):
    """Is busy once, then answers as no KMS does."""

    wbufsize = -1
    answers: ClassVar = [(503, b"later"), (200, b"<html>"), (200, b"[]"), (200, b"{}"), (404, b"<html>")]

    def do_POST(self) -> None:
        status, body = self.answers.pop(0)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_it_asks_again_where_it_is_told_to_and_knows_what_is_no_kms() -> None:
    with HTTPServer(("127.0.0.1", 0), Busy) as there:
        thread = threading.Thread(target=there.serve_forever)
        thread.start()
        try:
            client = Client(replace(NOBODY, endpoint=f"http://127.0.0.1:{there.server_port}/"))
            for _ in range(3):
                with pytest.raises(KmsUnreachable, match="is no KMS"):
                    client.create_data_key("evs/default", CONTEXT)
            with pytest.raises(KmsRefused, match="404 What answers is no KMS"):
                client.create_data_key("evs/default", CONTEXT)
        finally:
            there.shutdown()
            thread.join()

    assert Busy.answers == []


# Settings

FILE = 'endpoint = "https://kms.example.org"\nproject = "p1"\naccess_key = "AK"\nsecret_key = "from the file"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kms-engines.toml"
    path.write_text(FILE)
    path.chmod(0o600)
    return path


def test_settings_come_from_the_environment_and_else_from_the_file(file: Path, tmp_path: Path) -> None:
    everything = {f"KMS_{name.upper()}": getattr(NOBODY, name) for name in NEEDED}

    assert load_settings({**everything, "HOME": str(tmp_path)}) == NOBODY
    assert load_settings({"KMS_CONFIG": str(file)}) == Settings("https://kms.example.org", "p1", "AK", "from the file")
    assert load_settings({"KMS_CONFIG": str(file), "KMS_PROJECT": "p2"}).project == "p2"
    assert "from the file" not in repr(load_settings({"KMS_CONFIG": str(file)}))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)

    with pytest.raises(SettingsWrong, match=f"run chmod 600 {file}"):
        load_settings({"KMS_CONFIG": str(file)})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("endpoint = ", "can't be read"),
        (f'{FILE}password = "x"\n', "no setting: password"),
        ("project = 5\n", "no setting: project"),
        ("", "Set KMS_ENDPOINT, KMS_PROJECT, KMS_ACCESS_KEY, KMS_SECRET_KEY"),
        (FILE.replace("https://kms.example.org", "kms.example.org"), "is not like https://"),
        (FILE.replace("https://kms.example.org", "https://kms.example.org/path"), "is not like https://"),
        (FILE.replace("kms.example.org", "user@kms.example.org"), "is not like https://"),
        (FILE.replace("https://kms", "http://kms"), "in the clear"),
        (FILE.replace("https://kms", "http://127.kms"), "in the clear"),
        (FILE.replace("p1", "a/b"), "KMS_PROJECT"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(file: Path, content: str, message: str) -> None:
    file.write_text(content)

    with pytest.raises(SettingsWrong, match=message):
        load_settings({"KMS_CONFIG": str(file)})
