"""`manage.py resetpassword`, while the server runs."""

import json

import pytest

from tests.support.commands import opens, sentence


def test_it_prints_one_json_object_with_a_password_that_opens(server):
    before = server.create_account("forgetful")

    printed = server.manage("resetpassword", "Forgetful/forgetful")

    user = json.loads(printed)["user"]
    assert printed.count("\n") == 1
    assert (user["id"], user["name"]) == (before["user"]["id"], "forgetful")
    assert opens(server, "forgetful/forgetful", user["password"])
    assert not opens(server, "forgetful/forgetful", before["user"]["password"])


def test_a_password_from_stdin_is_taken(server):
    server.create_account("chosen")

    server.manage("resetpassword", "chosen/chosen", "--password-stdin", input="a password of my own\n")

    assert opens(server, "chosen/chosen", "a password of my own")


@pytest.mark.parametrize("name", ["nobody/nobody", "admin", "admin/", "/admin", ""])
def test_an_unknown_user_is_refused(server, name):
    assert "There is no user" in sentence(server.try_to_manage("resetpassword", name))


def test_a_weak_password_is_refused_and_the_old_one_stays(server):
    made = server.create_account("weak-reset")

    assert "too short" in sentence(
        server.try_to_manage("resetpassword", "weak-reset/weak-reset", "--password-stdin", input="short")
    )

    assert opens(server, "weak-reset/weak-reset", made["user"]["password"])


def test_the_initial_password_is_kept_until_it_is_changed(known_server):
    server = known_server()
    path = server.data_dir / "initial-password"
    assert path.exists()

    server.manage("resetpassword", "admin/admin")

    assert not path.exists()


def test_an_initial_password_that_opens_nothing_any_more_is_removed_at_start(known_server):
    server = known_server()
    kept = (server.data_dir / "initial-password").read_text()
    server.manage("resetpassword", "admin/admin")
    (server.data_dir / "initial-password").write_text(kept)

    said = server.start()

    assert "initial-password" not in said
    assert not (server.data_dir / "initial-password").exists()
