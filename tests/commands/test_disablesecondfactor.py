"""`manage.py disablesecondfactor`, for a user who lost everything but his password."""

import json

import pytest

from tests.support.commands import sentence
from tests.support.devices import set_up_app, token_by
from tests.support.servers import Server


def test_it_says_what_was_taken_away_and_the_password_alone_opens_again(server: Server) -> None:
    made = server.create_account("lost-it")
    password = made["user"]["password"]
    set_up_app(server, "lost-it", password)
    assert token_by(server, "lost-it", password) == 401

    printed = server.manage("disablesecondfactor", "Lost-it/lost-it")

    said = json.loads(printed)
    assert printed.count("\n") == 1
    assert said["user"] == {"id": made["user"]["id"], "name": "lost-it"}
    assert said["removed"] == {"authenticator": True, "passkeys": [], "recovery_codes": 10}
    assert token_by(server, "lost-it", password) == 201
    traced = server.read("SELECT user_name, resource_name FROM console_trace WHERE name = 'disableSecondFactor'")
    assert traced == [("server", "lost-it/lost-it")]


@pytest.mark.parametrize(
    ("name", "said"), [("nobody/nobody", "There is no user"), ("admin/admin", "There is no second factor.")]
)
def test_who_has_none_is_told_so(server: Server, name: str, said: str) -> None:
    assert said in sentence(server.try_to_manage("disablesecondfactor", name))
