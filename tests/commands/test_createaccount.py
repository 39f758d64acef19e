"""`manage.py createaccount`, while the server runs."""

import json
import re

import pytest

from tests.support.commands import opens, sentence

REGIONS = ["ap-southeast-1", "ap-southeast-3", "cn-north-4", "eu-west-101", "la-north-2"]


def test_it_prints_one_json_object_with_all_that_a_client_needs(server):
    printed = server.manage("createaccount", "Printed", "--enterprise")

    made = json.loads(printed)
    assert printed.count("\n") == 1
    assert {name: sorted(made[name]) for name in ("account", "user", "access_key")} == {
        "account": ["enterprise", "id", "name"],
        "user": ["id", "name", "password"],
        "access_key": ["ak", "sk"],
    }
    assert list(made) == ["account", "user", "projects", "access_key"]
    assert (made["account"]["name"], made["user"]["name"], made["account"]["enterprise"]) == (
        "printed",
        "printed",
        True,
    )
    assert [one["region"] for one in made["projects"]] == [one["name"] for one in made["projects"]] == REGIONS
    ids = [made["account"]["id"], made["user"]["id"], *(one["id"] for one in made["projects"])]
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    assert len({*ids}) == len(ids)
    assert re.fullmatch("[A-Z0-9]{20}", made["access_key"]["ak"])
    assert len(made["access_key"]["sk"]) == 40
    assert opens(server, "printed/printed", made["user"]["password"])


def test_an_account_that_is_no_enterprise_says_so(server):
    assert server.create_account("plain")["account"]["enterprise"] is False


def test_a_password_from_stdin_is_taken_whole(server):
    made = json.loads(server.manage("createaccount", "piped", "--password-stdin", input=" ein Paßwort, 密码 \nmore"))

    assert made["user"]["password"] == " ein Paßwort, 密码 "
    assert opens(server, "piped/piped", " ein Paßwort, 密码 ")


@pytest.mark.without_database
@pytest.mark.parametrize("name", ["", "two words", "-dash", "a" * 65, "naïve", "name\n", "a/b"])
def test_an_invalid_name_is_refused_and_nothing_made(server, name):
    said = sentence(server.try_to_manage("createaccount", "--", name))

    assert "name" in said.lower() or "field" in said


def test_a_taken_name_is_refused_whatever_its_case(server):
    server.create_account("taken")

    assert "taken" in sentence(server.try_to_manage("createaccount", "TAKEN"))


@pytest.mark.parametrize(
    ("given", "expected"), [("short\n", "too short"), ("", "no password"), ("123456789012\n", "numeric")]
)
def test_a_weak_or_missing_password_is_refused_and_nothing_made(server, given, expected):
    said = sentence(server.try_to_manage("createaccount", f"weak-{expected[:2]}", "--password-stdin", input=given))

    assert expected in said
    server.create_account(f"weak-{expected[:2]}")


def test_a_negative_quota_is_refused(server):
    assert "quota" in sentence(server.try_to_manage("createaccount", "poor", "--quota=-1"))


def test_a_database_that_no_server_started_on_is_named_and_not_made(new_server, any_database):
    server = new_server()
    expected = {"sqlite": "There is no database", "postgresql": "not of this version"}[any_database]

    assert expected in sentence(server.try_to_manage("createaccount", "early"))
    assert not server.data_dir.exists()


def test_a_wrong_root_key_makes_nothing(known_server, root_key_text):
    server = known_server(ROOT_KEY=root_key_text)

    assert "fingerprint" in sentence(server.try_to_manage("createaccount", "wrong"))
