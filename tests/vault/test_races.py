"""What holds when programs write at once, on a real server with SQLite and with PostgreSQL."""

import uuid
from collections import Counter

import pytest

from tests.operations.test_races import at_once
from tests.support.servers import Server
from tests.support.vault import Program, program_on


@pytest.fixture
def program(server: Server) -> Program:
    return program_on(server, server.create_account(f"racer-{uuid.uuid4().hex[:8]}"))


def test_16_writes_at_once_make_16_versions_and_each_is_read_as_written(program: Program) -> None:
    def write(number: int) -> int:
        answer = program.send("POST", "secret/data/x", {"data": {"n": number}})
        return int(answer.json()["data"]["version"])

    versions = at_once(16, write)

    assert sorted(versions) == [*range(1, 17)]
    for number, version in enumerate(versions):
        found = program.send("GET", f"secret/data/x?version={version}").json()["data"]
        assert found["data"] == {"n": number}


def test_of_16_that_write_the_first_version_one_does(program: Program) -> None:
    def write(number: int) -> int:
        sent = {"data": {"n": number}, "options": {"cas": 0}}
        return program.send("POST", "secret/data/x", sent).status_code

    assert Counter(at_once(16, write)) == {200: 1, 400: 15}


def test_every_spelling_of_a_list_reaches_the_server(program: Program) -> None:
    program.send("POST", "secret/data/a/b", {"data": {}})

    for method, path in (
        ("LIST", "secret/metadata"),
        ("LIST", "secret/metadata/"),
        ("GET", "secret/metadata?list=true"),
    ):
        assert program.send(method, path).json()["data"] == {"keys": ["a/"]}
    assert program.send("LINK", "secret/data/a/b").status_code == 405
