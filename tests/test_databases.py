"""Each test runs on both databases, and really on the one that its id names."""

from typing import Any

import pytest
from django.db import connection

from tests.support.databases import KINDS, kind_of, kinds_for
from tests.support.servers import Server

# What the other one would not understand.
ASKING_ITS_VERSION = {"sqlite": "SELECT sqlite_version()", "postgresql": "SHOW server_version"}


def test_a_tests_own_database_is_the_one_that_its_id_names(
    request: pytest.FixtureRequest, db: None, any_database: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ASKING_ITS_VERSION[any_database])
        ((version,),) = cursor.fetchall()

    assert version
    assert kind_of(request.node.nodeid) == any_database == connection.vendor


def test_a_servers_database_is_too(server: Server, any_database: str) -> None:
    account = server.create_account("on-both")["account"]["id"]
    vendor = server.quickly(code="from django.db import connection; print(connection.vendor)")

    assert server.read(ASKING_ITS_VERSION[any_database])
    assert server.read("SELECT name FROM console_account WHERE id = %s", account) == [("on-both",)]
    assert vendor.strip() == any_database


def test_a_database_is_nobody_elses(db: None, server: Server, any_database: str) -> None:
    if any_database == "postgresql":
        (((name,),), own) = server.read("SELECT current_database()"), connection.settings_dict["NAME"]
        assert name.startswith("kms_test_")
        assert str(own).startswith("kms_test_")
        assert name != own
    else:
        assert not str(connection.settings_dict["NAME"]).startswith(str(server.data_dir))


@pytest.mark.sqlite
def test_what_is_about_sqlite_runs_there_alone(request: pytest.FixtureRequest, any_database: str) -> None:
    assert (any_database, kinds_for(request.node)) == ("sqlite", ("sqlite",))


@pytest.mark.postgresql
def test_what_is_about_postgresql_runs_there_alone(request: pytest.FixtureRequest, any_database: str) -> None:
    assert (any_database, kinds_for(request.node)) == ("postgresql", ("postgresql",))


@pytest.mark.parametrize(
    ("nodeid", "kind"),
    [
        ("tests/a.py::b[sqlite]", "sqlite"),
        ("tests/a.py::b[AES_256-postgresql]", "postgresql"),
        ("tests/a.py::b[postgresql]@group", "postgresql"),
        ("tests/a.py::b[sqlite-x]", ""),
        ("tests/a.py::b", ""),
    ],
)
def test_an_id_ends_with_the_database(nodeid: str, kind: Any) -> None:
    assert kind_of(nodeid) == kind
    assert not kind or kind in KINDS
