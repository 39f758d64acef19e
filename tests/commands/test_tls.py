"""TLS of the server's own: what is refused at the start, what is spoken, and the renewal of the certificate."""

import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management.base import CommandError

from console.serving.tls import check_certificate
from tests.commands.conftest import NewServer
from tests.support.certificates import Pair, new_pair
from tests.support.commands import sentence
from tests.support.load import Answer, Client, calling
from tests.support.sdk import Sdk
from tests.support.servers import Server, copy_stopped, running
from tests.support.visitors import Visitor

PATIENCE = 20.0
RENEWED = "The certificate was read anew"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pair lies: at first one whose time is over."""
    made: Path = tmp_path_factory.mktemp("tls")
    new_pair(days=-1).put(made)
    return made


@pytest.fixture(scope="module")
def server(started_once: Path, tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Server]:
    """A server of two workers that has started with that pair, which is renewed since."""
    pair = {"TLS_CERT": str(folder / "tls.crt"), "TLS_KEY": str(folder / "tls.key")}
    data: Path = tmp_path_factory.mktemp("tls-server") / "data"
    copy_stopped(started_once, data)
    with running(data, WORKERS="2", **pair) as one:
        assert "clients refuse it today" in one.log()
        wait_for(lambda: len(one.read("SELECT * FROM console_process")) == 2)  # each has read the first pair
        new_pair().put(folder)
        look(one)
        wait_for(lambda: one.log().count(RENEWED) == 2)
        yield one


@pytest.fixture(scope="module")
def account(server: Server) -> dict[str, Any]:
    return server.create_account("tls")


def presented(server: Server) -> set[str]:
    """The certificates that new connections are given, by so many of them that both workers have had some."""
    return {ssl.get_server_certificate(("127.0.0.1", server.port)) for _ in range(20)}


def wait_for(holds: Callable[[], bool]) -> float:
    """Wait until it holds; how many seconds that took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() < begun + PATIENCE
        time.sleep(0.05)
    return time.monotonic() - begun


def look(server: Server) -> None:
    """Have it look at its certificate."""
    assert server.process
    server.process.send_signal(signal.SIGHUP)


def renew(server: Server, folder: Path, pair: Pair) -> float:
    """Put a pair there; how many seconds it took until both workers have read it and new connections get no other."""
    before = server.log().count(RENEWED)
    pair.put(folder)
    took = wait_for(lambda: server.log().count(RENEWED) == before + 2)
    assert presented(server) == {pair.certificate.decode()}
    return took


def reaches(server: Server, **offered: Any) -> str:
    """The protocol that is spoken with a client which offers so much and no more."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    for name, value in offered.items():
        setattr(context, name, value)
    with socket.create_connection(("127.0.0.1", server.port), 20) as plain, context.wrap_socket(plain) as secure:
        return str(secure.version())


# The start


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"TLS_CERT": "none.crt"}, r"TLS_CERT: \S+none.crt can't be read \(No such file or directory\)"),
        ({"TLS_KEY": "folder"}, r"TLS_KEY: \S+folder can't be read \(Is a directory\)"),
        ({"TLS_CERT": "tls.key"}, r"TLS_CERT: \S+tls.key is no certificate in PEM"),
        ({"TLS_KEY": "tls.crt"}, r"TLS_KEY: \S+tls.crt is no private key in PEM without a password"),
        ({"TLS_KEY": "other/tls.key"}, r"The key in \S+ is not that of the certificate in \S+"),
    ],
)
def test_a_pair_that_can_not_serve_is_refused(
    settings: Any, tmp_path: Path, change: dict[str, str], words: str
) -> None:
    new_pair().put(tmp_path)
    new_pair().put(tmp_path / "other")
    (tmp_path / "folder").mkdir()
    for name, value in {"TLS_CERT": "tls.crt", "TLS_KEY": "tls.key", **change}.items():
        setattr(settings, name, str(tmp_path / value))

    with pytest.raises(CommandError, match=words):
        check_certificate()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"TLS_CERT": "/no/tls.crt"}, "TLS_CERT and TLS_KEY belong together"),
        ({"TLS_CERT": "/no/tls.crt", "TLS_KEY": "/no/tls.key"}, "TLS_CERT: /no/tls.crt can't be read"),
        ({"TLS_CERT": "/no", "TLS_KEY": "/no", "PUBLIC_URL": "http://kms.example.org"}, "an address with https://"),
    ],
)
def test_the_start_refuses_in_one_sentence(new_server: NewServer, given: dict[str, str], words: str) -> None:
    assert words in sentence(new_server(**given).try_to_manage("up"))


# What is spoken


def test_the_first_line_names_the_address_with_https(server: Server) -> None:
    assert server.said().startswith(f"The console is at https://127.0.0.1:{server.port} (")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_nothing_older_than_tls_1_2_is_spoken(server: Server) -> None:
    assert reaches(server) == "TLSv1.3"
    assert reaches(server, maximum_version=ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises(ssl.SSLError):
        reaches(server, maximum_version=ssl.TLSVersion.TLSv1_1)


def test_who_speaks_without_tls_gets_no_answer(server: Server) -> None:
    with closing(socket.create_connection(("127.0.0.1", server.port), 20)) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")

        assert b"HTTP/" not in plain.recv(1000)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_the_official_sdk_calls_it(
    server: Server, account: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "tls.crt"))
    sdk = Sdk(server, account)

    sealed = sdk.encrypt_data(key_id=sdk.new_key(), plain_text="ü" * 1000).cipher_text

    assert sdk.decrypt_data(cipher_text=sealed).plain_text == "ü" * 1000


def test_pages_and_cookies_say_that_they_are_secure(server: Server, account: dict[str, Any], folder: Path) -> None:
    with Visitor(server, account, trusted=ssl.create_default_context(cafile=folder / "tls.crt")) as visitor:
        answer = visitor.http.get(visitor.path("kms/keys"))

        assert answer.status_code == 200
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert {one.name for one in visitor.http.cookies.jar} >= {"__Host-session", "__Host-csrf"}
        assert all(one.secure for one in visitor.http.cookies.jar)


def test_cookies_stay_with_this_server_and_away_from_scripts(
    server: Server, account: dict[str, Any], folder: Path
) -> None:
    """`__Host-` is the browser's word: secure, for every path of this very host, set by nobody else."""
    said: list[str] = []
    with Visitor(server, account, trusted=ssl.create_default_context(cafile=folder / "tls.crt")) as visitor:
        visitor.http.event_hooks["response"] = [lambda answer: said.extend(answer.headers.get_list("set-cookie"))]
        visitor.post("/preferences", {"theme": "dark", "language": "en", "shortcuts": "on", "next": "/"})
        visitor.post(visitor.path("time-zone"), {"zone": "Asia/Tokyo"})
        visitor.post(visitor.path(f"access-keys/{account['access_key']['ak']}/switch"), {"to": "on"})
        names = {"account": account["account"]["name"], "user": account["user"]["name"]}
        visitor.post("/sign-in", {**names, "password": account["user"]["password"]})

    cookies = {one.partition("=")[0]: {part.strip() for part in one.split(";")[1:]} for one in said}
    assert {*cookies} == {
        *("__Host-session", "__Host-csrf", "__Host-messages"),
        *("language", "shortcuts", "theme", "zone"),  # choices, which give no right to anything
    }
    for name, attributes in cookies.items():
        assert {"Secure", "Path=/", "SameSite=Lax"} <= attributes, name
        assert not any(one.startswith("Domain") for one in attributes), name
        assert ("HttpOnly" in attributes) == (name != "__Host-csrf"), name  # which our own script sends along


def test_a_long_page_and_a_client_that_says_it_is_done_come_through(server: Server, folder: Path) -> None:
    trusted = ssl.create_default_context(cafile=folder / "tls.crt")

    assert len(httpx.get(f"{server.url}/api/openapi.json", verify=trusted).content) > 50_000
    assert "no effect" not in server.log()


# The renewal


def test_a_renewed_pair_is_given_to_new_connections_within_seconds_and_no_call_fails(
    server: Server, account: dict[str, Any], folder: Path
) -> None:
    old, new = (folder / "tls.crt").read_bytes(), new_pair()
    either = folder / "either.crt"
    either.write_bytes(old + new.certificate)

    def call(client: Client, number: int) -> Iterator[Answer]:
        yield client.kms("list-keys")
        if number % 5 == 0:
            client.http.close()  # the next one opens it anew

    kept = Client(server.url, account, either)
    with kept, calling(4, lambda: Client(server.url, account, either), call) as answers:
        assert kept.kms("list-keys").status == 200
        assert renew(server, folder, new) < 10
        assert isinstance(kept.http.sock, ssl.SSLSocket)
        assert kept.http.sock.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert(old.decode())
        assert kept.kms("list-keys").status == 200

    assert [one for one in answers if one.status != 200] == []
    assert len(answers) > 100


def test_a_broken_pair_is_logged_and_the_old_one_goes_on(server: Server, folder: Path) -> None:
    old = (folder / "tls.crt").read_bytes()
    new_pair()._replace(key=new_pair().key).put(folder)

    look(server)

    wait_for(lambda: server.log().count("The certificate was not renewed") == 2)  # a line a worker
    assert presented(server) == {old.decode()}
    assert "is not that of the certificate" in server.log().splitlines()[-1]
