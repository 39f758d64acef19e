"""A server that every kind of secret has come through, by every door, where things went wrong too; and what is left."""

import base64
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from tests.support.canaries import Canaries
from tests.support.importing import private_key_of, wrapped_for
from tests.support.people import HOME
from tests.support.servers import Server, copy_stopped
from tests.support.signing import signed_headers
from tests.support.vault import program_on
from tests.support.visitors import Visitor

KEY_FILES = ("root.key", "secret.key", "initial-password")
"""What lies in the data folder by default, and is put elsewhere here: what is left must have no secret at all."""


@dataclass
class Life:
    """The server, what was secret in its life, and what came back where no secret belongs."""

    server: Server
    elsewhere: Path
    canaries: Canaries = field(default_factory=Canaries)
    account: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    failed: int = 0

    @property
    def project(self) -> str:
        """Where calls and console work."""
        return next(str(one["id"]) for one in self.account["projects"] if one["region"] == HOME)

    def secret(self, name: str) -> str:
        """A new secret text, remembered."""
        return self.canaries.add(name, f"{name}-{secrets.token_hex(12)}")

    def call(self, verb: str, **fields: Any) -> httpx.Response:
        """A signed call of key management."""
        path = f"/v1.0/{self.project}/kms/{verb}"
        return self.send("POST", path, fields)

    def send(self, method: str, path: str, content: Any) -> httpx.Response:
        key, body = self.account["access_key"], json.dumps(content).encode()
        headers = signed_headers(key["ak"], key["sk"], method, path, body, host=f"127.0.0.1:{self.server.port}")
        return httpx.request(method, f"{self.server.url}{path}", content=body, headers=headers)

    def keep(self, name: str, answer: httpx.Response) -> None:
        """Remember an answer in which no secret belongs."""
        self.failed += answer.status_code >= 500
        self.answers[f"{name} {answer.status_code}"] = answer.content + str(answer.headers.raw).encode()

    @property
    def processes(self) -> list[int]:
        """Of the server: the main one and all that it made."""
        assert self.server.process
        found = [self.server.process.pid]
        for pid in found:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            found += map(int, children)
        return found


@pytest.fixture(scope="module")
def life(started_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    folder, elsewhere = tmp_path_factory.mktemp("canaries") / "data", tmp_path_factory.mktemp("elsewhere")
    copy_stopped(started_once, folder)
    for name in KEY_FILES:
        shutil.move(folder / name, elsewhere / name)
    keys = {"ROOT_KEY_FILE": str(elsewhere / "root.key"), "SECRET_KEY_FILE": str(elsewhere / "secret.key")}
    one = Life(Server(folder, {"LOG_LEVEL": "debug", **keys}), elsewhere)
    first = Canaries()
    for name in KEY_FILES:
        one.canaries.add(name, (elsewhere / name).read_text().strip())
    first.add("root key", base64.b64decode((elsewhere / "root.key").read_text().split()[-1].rpartition(":")[2]))
    one.canaries.secrets |= first.secrets
    try:
        one.server.start()
        by_commands(one)
        by_calls(one)
        by_vault(one)
        with Visitor(one.server, one.account) as visitor:
            by_console(one, visitor)
            by_administration(one)
            where_it_fails(one, visitor)
            by_second_factor(one, visitor)
            look_around(one, visitor)
        yield one
    finally:
        one.server.stop()


def by_commands(life: Life) -> None:
    """Accounts, a password, a backup, an export of the root key: secrets come by stdin alone."""
    server, password = life.server, life.secret("password of the account")
    made = server.try_to_manage("createaccount", "canary", "--enterprise", "--password-stdin", input=f"{password}\n")
    life.account = json.loads(made.stdout)
    assert life.account["user"]["password"] == password
    life.canaries.add("secret access key", life.account["access_key"]["sk"])
    life.answers["createaccount"] = made.stderr.encode()
    server.manage("backup", str(life.elsewhere / "canary.kmsbackup"))
    life.answers["backup"] = (life.elsewhere / "canary.kmsbackup").read_bytes()
    passphrase = life.secret("passphrase")
    export = str(life.elsewhere / "export.txt")
    done = server.try_to_manage("exportrootkey", export, "--passphrase-stdin", input=f"{passphrase}\n")
    assert done.returncode == 0
    life.answers["exportrootkey"] = done.stdout.encode() + done.stderr.encode() + Path(export).read_bytes()
    refused = server.try_to_manage("createaccount", "canary", "--password-stdin", input=f"{life.secret('refused')}\n")
    assert refused.returncode == 1
    life.answers["createaccount refused"] = refused.stdout.encode() + refused.stderr.encode()


def by_calls(life: Life) -> None:
    """Plaintexts in and out, data keys, key pairs, messages, imported material, tokens, temporary access keys."""
    key = life.call("create-key", key_alias="canary").json()["key_info"]["key_id"]
    sealed = life.call("encrypt-data", key_id=key, plain_text=life.secret("plaintext")).json()["cipher_text"]
    assert life.call("decrypt-data", cipher_text=sealed).json()["plain_text"].startswith("plaintext-")
    made = life.call("create-datakey", key_id=key, datakey_length="512").json()["plain_text"]
    life.canaries.add("data key", bytes.fromhex(made))
    own = life.canaries.add("own data key", secrets.token_bytes(32))
    both = (own + hashlib.sha256(own).digest()).hex()
    assert life.call("encrypt-datakey", key_id=key, plain_text=both, datakey_plain_length="32").status_code == 200
    pair = life.call("create-ec-datakey-pair", key_id=key, key_spec="ECC_NIST_P256", with_plain_text=True).json()
    life.canaries.add("private key of a pair", pair["private_key_plain_text"][40:])
    random = life.call("gen-random", random_data_length="512").json()["random_data"]
    life.canaries.add("random", bytes.fromhex(random))
    import_material(life, "AES_256", life.canaries.add("imported material", secrets.token_bytes(32)))
    private = private_key_of("EC_P256", 7)
    life.canaries.add("imported private key", private[36:68])
    import_material(life, "EC_P256", private)
    user = {"name": "canary", "password": life.account["user"]["password"], "domain": {"name": "canary"}}
    identity = {"methods": ["password"], "password": {"user": user}}
    ask = partial(httpx.post, f"{life.server.url}/v3/auth/tokens")
    token = ask(json={"auth": {"identity": identity}}).headers["X-Subject-Token"]
    life.canaries.add("token", token)
    asked = {"auth": {"identity": {"methods": ["token"], "token": {"id": token}}}}
    temporary = httpx.post(f"{life.server.url}/v3.0/OS-CREDENTIAL/securitytokens", json=asked).json()["credential"]
    life.canaries.add("temporary secret", temporary["secret"])
    life.canaries.add("security token", temporary["securitytoken"])
    user["password"] = life.secret("wrong password")
    life.keep("token by a wrong password", ask(json={"auth": {"identity": identity}}))
    url = f"{life.server.url}/v1.0/{life.project}/kms/list-keys"
    guess = life.secret("guessed token")
    life.keep("guessed token", httpx.post(f"{url}?token={guess}", headers={"X-Auth-Token": guess}))
    plain = life.secret("refused plaintext")
    life.keep("unknown key", life.call("encrypt-data", key_id=key[::-1], plain_text=plain))
    life.keep("wrong type", life.call("encrypt-data", key_id=[plain], plain_text={"a": plain}))
    life.keep("no JSON", httpx.post(url, content=f"{{{plain}".encode(), headers={"X-Auth-Token": token}))
    life.keep("not offered", life.call("derive-shared-secret", secret=plain))


def by_vault(life: Life) -> None:
    """A service user's token and access key, a login with it, values of a mount, plaintexts and data keys."""
    program = program_on(life.server, life.account)
    life.canaries.add("service token", program.token)
    life.canaries.add("secret ID", program.sk)
    logged_in = program.send("POST", "auth/approle/login", {"role_id": program.ak, "secret_id": program.sk}).json()
    life.canaries.add("token of a login", logged_in["auth"]["client_token"])
    value = {"password": life.secret("value of a mount")}
    life.keep("value written", program.send("POST", "secret/data/database", {"data": value}))
    assert program.send("GET", "secret/data/database").json()["data"]["data"] == value
    made = program.send("POST", f"transit/datakey/plaintext/{program.key}", {}).json()["data"]
    life.canaries.add("data key of Vault", base64.b64decode(made["plaintext"]))
    plain = base64.b64encode(life.secret("plaintext of Vault").encode()).decode()
    life.keep("sealed", program.send("POST", f"transit/encrypt/{program.key}", {"plaintext": plain}))
    secret = life.secret("wrong secret ID")
    life.keep("login refused", program.send("POST", "auth/approle/login", {"role_id": program.ak, "secret_id": secret}))
    life.keep("token refused", program.send("GET", "secret/data/database", token=life.secret("wrong service token")))
    life.keep("value refused", program.send("POST", "none/data/x", {"data": {"x": life.secret("refused value")}}))
    life.keep("no Vault JSON", program.send("POST", "secret/data/x", {"data": life.secret("value that is no object")}))
    life.keep("metadata", program.send("GET", "secret/metadata/database"))
    life.keep("itself", program.send("GET", "auth/token/lookup-self"))


def import_material(life: Life, spec: str, material: bytes) -> None:
    """Material of one's own; a private key under a temporary key that is secret too."""
    external = life.call("create-key", key_alias=f"own-{spec}", key_spec=spec, origin="external").json()
    key = external["key_info"]["key_id"]
    made = life.call("get-parameters-for-import", key_id=key, wrapping_algorithm="RSAES_OAEP_SHA_256").json()
    life.canaries.add(f"import token of {spec}", base64.b64decode(made["import_token"]))
    temporary = b"" if len(material) == 32 else life.canaries.add("temporary key", secrets.token_bytes(32))
    wrapped = wrapped_for(base64.b64decode(made["public_key"]), material, temporary_key=temporary)
    fields = {"key_id": key, "import_token": made["import_token"]}
    fields["encrypted_key_material"] = base64.b64encode(wrapped.material).decode()
    if wrapped.private_key:
        fields["encrypted_privatekey"] = base64.b64encode(wrapped.private_key).decode()
    assert life.call("import-key-material", **fields).status_code == 200


def by_console(life: Life, visitor: Visitor) -> None:
    """What is typed into forms, also by who is no longer signed in, and what a browser keeps."""
    life.canaries.add("session", visitor.http.cookies["session"])
    page = visitor.http.get(visitor.path("kms/keys?words=canary")).text
    (key,) = {*re.findall(r"kms/keys/([0-9a-f-]{36})", page)}
    tool = visitor.path(f"kms/keys/{key}/tool")
    typed = life.secret("plaintext of the tool")
    answer = visitor.post(f"{tool}/encrypt", {"plain_text": typed, "encoding": "text"})
    assert answer.status_code == 200
    life.keep("tool refused", visitor.post(f"{tool}/decrypt", {"cipher_text": base64.b64encode(b"x" * 200).decode()}))
    visitor.post(visitor.path("users/create"), {"login": "ana", "password": life.secret("password of a user")})
    fields = {"login": "a b", "password": life.secret("refused password")}
    life.keep("user refused", visitor.post(visitor.path("users/create"), fields))
    made = visitor.post(visitor.path("access-keys/create"), {}).text
    found = re.findall(r'data-copy="([A-Za-z0-9]{40})"', made)
    assert found
    life.canaries.add("secret access key of the console", found[0])
    with httpx.Client(base_url=life.server.url, headers={"Referer": life.server.url}) as stranger:
        stranger.get("/sign-in")
        token = {"csrfmiddlewaretoken": stranger.cookies["csrf"]}
        wrong = {"account": "canary", "user": "canary", "password": life.secret("wrong password of the console")}
        life.keep("sign-in refused", stranger.post("/sign-in", data={**wrong, **token}))
        late = {"plain_text": life.secret("plaintext after the session"), "password": life.secret("late password")}
        life.keep("typed too late", stranger.post(f"{tool}/encrypt", data={**late, **token}))


def by_administration(life: Life) -> None:
    """A password that an administrator gives, and one that is made and shown once."""
    password = str(life.canaries.secrets["initial-password"], "utf-8")
    admin = json.loads(life.server.quickly(code=ADMIN_PLACE))
    account = {"account": {"name": "admin"}, "user": {"name": "admin", "password": password}, "projects": admin}
    with Visitor(life.server, account) as administrator:
        new = life.secret("password that the administrator chose")
        fields = {"old_password": password, "new_password1": new, "new_password2": new}
        administrator.post(administrator.path("password"), fields)
        life.canaries.add("session of the administrator", administrator.http.cookies["session"])
        ((ana,),) = life.server.read("SELECT id FROM console_user WHERE login = %s", "ana")
        address = f"/admin/console/user/{ana}/password/"
        administrator.post(address, {"password": life.secret("password by the administrator")})
        shown = administrator.post("/admin/console/account/add/", {"name": "made", "key_quota": "7"})
        page = administrator.http.get(shown.headers["location"]).text
        found = re.search(r"the password (\S+)\. .*secret access key: (\w+)", page)
        assert found
        life.canaries.add("password of a new account", found[1])
        life.canaries.add("secret of a new account", found[2])
        for page_of in ("/admin/", "/admin/console/account/", "/admin/console/user/", "/admin/console/trace/"):
            life.keep(page_of, administrator.http.get(page_of))
        life.keep("its user", administrator.http.get(address.replace("password", "change")))


ADMIN_PLACE = """
import json
from console.models import Project
print(json.dumps([{"id": one.pk, "region": one.region_id} for one in Project.objects.filter(account__name="admin")]))
"""


def where_it_fails(life: Life, visitor: Visitor) -> None:
    """The server's own failures, with secrets in hand: tracebacks are logged."""
    key = life.call("create-key", key_alias="failing").json()["key_info"]["key_id"]
    tool, plain = visitor.path(f"kms/keys/{key}/tool/encrypt"), life.secret("plaintext of a failure")
    life.server.execute("UPDATE keys_keyversion SET wrapped_material = %s WHERE key_id = %s", b"\0", stored(life, key))
    life.keep("damaged material", life.call("encrypt-data", key_id=key, plain_text=plain))
    life.server.execute("UPDATE keys_key SET key_spec = %s WHERE id = %s", "UNHEARD-OF", stored(life, key))
    life.keep("call failed", life.call("encrypt-data", key_id=key, plain_text=plain))
    life.keep("tool failed", visitor.post(tool, {"plain_text": plain}))
    life.server.execute("DELETE FROM keys_keyversion WHERE key_id = %s", stored(life, key))
    life.server.execute("DELETE FROM keys_key WHERE id = %s", stored(life, key))
    life.server.execute("ALTER TABLE keys_key RENAME TO gone")
    try:
        life.keep("no table", life.call("encrypt-data", key_id=key, plain_text=plain))
        life.keep("no table for the tool", visitor.post(tool, {"plain_text": plain}))
    finally:
        life.server.execute("ALTER TABLE gone RENAME TO keys_key")
    life.server.execute("UPDATE console_user SET recent_projects = '5' WHERE login = %s", "canary")
    life.keep("failed page", visitor.http.get(visitor.path("kms/keys")))
    life.server.execute("UPDATE console_user SET recent_projects = '[]' WHERE login = %s", "canary")


def stored(life: Life, key_id: str) -> str:
    """A key's id as the database has it."""
    return key_id if life.server.database == "postgresql" else key_id.replace("-", "")


def by_second_factor(life: Life, visitor: Visitor) -> None:
    """An authenticator app is set up, and a recovery code used in its place."""
    password = {"password": life.account["user"]["password"]}
    shown = visitor.post(visitor.path("security/authenticator"), password).text
    (secret,) = {*re.findall(r'data-copy="([A-Z2-7]{32})"', shown)}
    life.canaries.add("secret of an app", secret)
    life.canaries.add("secret of an app, its bytes", base64.b32decode(secret))
    made = visitor.post(visitor.path("security/authenticator"), {"code": pyotp.TOTP(secret).now()}).text
    codes = re.findall(r"<li>([a-z0-9-]{16,})</li>", made)
    assert len(codes) == 10
    for number in range(2):
        life.canaries.add(f"recovery code {number}", codes[number])
    with httpx.Client(base_url=life.server.url, headers={"Referer": life.server.url}) as browser:
        browser.get("/sign-in")
        token = {"csrfmiddlewaretoken": browser.cookies["csrf"]}
        names = {"account": "canary", "user": "canary"}
        assert browser.post("/sign-in", data={**names, **password, **token}).status_code == 302
        life.keep("second step", browser.get("/sign-in/second-factor"))
        token = {"csrfmiddlewaretoken": browser.cookies["csrf"]}
        wrong = {"code": life.secret("wrong code"), **token}
        life.keep("wrong code", browser.post("/sign-in/second-factor", data=wrong))
        assert browser.post("/sign-in/second-factor", data={"code": codes[0], **token}).status_code == 302
    life.keep("security", visitor.http.get(visitor.path("security")))


def look_around(life: Life, visitor: Visitor) -> None:
    """Every page that shows something of what was done."""
    for address in ("kms/keys", "kms/home", "kms/usage", "traces", "traces.csv", "users", "access-keys", "api"):
        answer = visitor.http.get(visitor.path(address))
        assert answer.status_code == 200
        life.keep(address, answer)
    for address in ("/metrics", "/healthz", "/readyz", "/api/openapi.json"):
        life.keep(address, httpx.get(f"{life.server.url}{address}"))


def listing() -> bytes:
    """What `ps` shows to everybody."""
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            found.append(Path(f"/proc/{pid}/cmdline").read_bytes())
        except OSError:
            continue  # it has ended
    return b"\0".join(found) + subprocess.run(["ps", "axww"], capture_output=True, check=False).stdout
