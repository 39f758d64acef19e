"""What holds when many ask at once, on a real server with SQLite and with PostgreSQL."""

import base64
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.support.devices import set_up_app, token_by
from tests.support.importing import encrypt_by_oaep
from tests.support.sdk import Sdk
from tests.support.servers import Server, plain_http
from tests.support.visitors import Visitor


def at_once(number: int, work: Callable[[int], Any]) -> list[Any]:
    """The results of `number` calls that begin together."""
    start = Barrier(number)

    def begin(index: int) -> Any:
        start.wait()
        return work(index)

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(begin, range(number)))


@pytest.fixture
def visitor(server: Server) -> Any:
    with Visitor(server, server.create_account(f"racer-{uuid.uuid4().hex[:8]}")) as one:
        yield one


def test_50_parallel_creations_against_a_quota_of_20_make_exactly_20(visitor: Visitor) -> None:
    answers = at_once(50, lambda number: visitor.create_key(f"key-{number}").status_code)

    assert Counter(answers) == {302: 20, 422: 30}
    assert len(visitor.aliases()) == 20
    assert visitor.used() == "20 of 20 used"


def test_48_parallel_creations_by_the_api_make_20_and_a_whole_trail(server: Server) -> None:
    account = server.create_account(f"racer-{uuid.uuid4().hex[:8]}")
    clients = [Sdk(server, account) for _ in range(8)]

    def create(number: int) -> int:
        try:
            clients[number % 8].new_key(key_alias=f"key-{number % 24}")
        except ClientRequestException as refusal:
            return int(refusal.status_code)
        return 200

    answers = Counter(at_once(48, create))

    assert answers[200] == 20
    assert clients[0].list_keys(key_spec="ALL").total == 20
    assert server.try_to_manage("verifytraces").returncode == 0


def test_16_parallel_creations_of_one_alias_make_one(visitor: Visitor) -> None:
    answers = at_once(16, lambda number: visitor.create_key("orders").status_code)

    assert Counter(answers) == {302: 1, 422: 15}
    assert visitor.aliases() == ["orders"]
    assert visitor.used() == "1 of 20 used"


def test_a_double_click_makes_one_key(visitor: Visitor) -> None:
    answers = at_once(8, lambda number: visitor.create_key("orders", token="same").status_code)

    assert Counter(answers) == {302: 8}
    assert visitor.used() == "1 of 20 used"


def test_creation_and_renaming_to_one_alias_give_it_to_one_key(visitor: Visitor) -> None:
    for number in range(4):
        visitor.create_key(f"old-{number}")
    page = visitor.http.get(visitor.path("kms/keys")).text
    addresses = [part.partition('"')[0] for part in page.split('class="name" href="')[1:]]

    def ask(number: int) -> int:
        if number < 4:
            return visitor.post(f"{addresses[number]}/alias", {"text": "wanted"}).status_code
        return visitor.create_key("wanted").status_code

    answers = at_once(8, ask)

    assert Counter(answers) == {302: 1, 422: 7}
    assert visitor.aliases().count("wanted") == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_of_8_imports_of_different_material_at_once_one_is_taken(server: Server) -> None:
    sdk = Sdk(server, server.create_account(f"racer-{uuid.uuid4().hex[:8]}"))
    key_id = sdk.new_key(origin="external")
    made = sdk.create_parameters_for_import(key_id=key_id, wrapping_algorithm="RSAES_OAEP_SHA_256")
    wrapped = [encrypt_by_oaep(base64.b64decode(made.public_key), bytes([number]) * 32) for number in range(8)]

    def take(number: int) -> str:
        fields = {"key_id": key_id, "import_token": made.import_token}
        fields["encrypted_key_material"] = base64.b64encode(wrapped[number]).decode()
        try:
            sdk.import_key_material(**fields)
        except ClientRequestException as refused:
            return str(refused.error_code)
        return "taken"

    assert Counter(at_once(8, take)) == {"taken": 1, "KMS.0310": 7}


def test_a_code_of_an_app_opens_once_however_many_show_it_at_once(server: Server) -> None:
    name = f"racer-{uuid.uuid4().hex[:8]}"
    password = server.create_account(name)["user"]["password"]
    code = set_up_app(server, name, password).code()

    answers = Counter(at_once(8, lambda _: token_by(server, name, password, code)))

    assert answers[201] == 1
    assert answers[401] + answers[429] == 7  # codes that are used are wrong ones, and five of them lock


def test_a_sign_in_has_five_attempts_and_passes_once_however_many_come_at_once(server: Server) -> None:
    name = f"racer-{uuid.uuid4().hex[:8]}"
    password = server.create_account(name)["user"]["password"]
    code = set_up_app(server, name, password).code()

    def waiting() -> dict[str, str]:
        """The cookies of a browser that gave the password."""
        with httpx.Client(base_url=server.url, headers={"Referer": server.url}, verify=False) as browser:  # noqa: S501 - nothing is encrypted there
            browser.get("/sign-in")
            names = {"account": name, "user": name, "password": password}
            token = {"csrfmiddlewaretoken": browser.cookies["csrf"]}
            assert browser.post("/sign-in", data={**names, **token}).headers["location"] == "/sign-in/second-factor"
            return dict(browser.cookies)

    def tries(cookies: dict[str, str], codes: list[str]) -> Counter[int]:
        sent = "; ".join(f"{key}={value}" for key, value in cookies.items())
        heads = {"Cookie": sent, "Referer": server.url}

        def one(number: int) -> int:
            fields = {"code": codes[number], "csrfmiddlewaretoken": cookies["csrf"]}
            return plain_http.post(f"{server.url}/sign-in/second-factor", data=fields, headers=heads).status_code

        return Counter(at_once(len(codes), one))

    wrong = waiting()
    answers = tries(wrong, ["000000"] * 12)
    assert answers[422] <= 5
    assert answers[302] == 0
    assert tries(wrong, [code]) == {403: 1}
    server.quickly(command=["unlock", f"{name}/{name}"])  # five wrong codes lock as wrong passwords do
    assert tries(waiting(), [code] * 5)[302] == 1
