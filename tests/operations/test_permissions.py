"""Who may do what with the server itself."""

import pytest

from console.access.caller import Caller
from console.operations.accounts import create_account, update_account
from console.operations.places import create_region
from keys import errors
from tests.support.people import Person


def test_an_owner_manages_his_account_and_not_the_server(alice: Person) -> None:
    for forbidden in (
        lambda: update_account(alice.caller, alice.account, is_enterprise=True, key_quota=9999),
        lambda: create_region(alice.caller, region_id="eu-1", name="EU"),
        lambda: create_account(alice.caller, name="another"),
    ):
        with pytest.raises(errors.NotPermitted, match="server:"):
            forbidden()


def test_the_server_itself_may(alice: Person) -> None:
    update_account(Caller.server(alice.account), alice.account, key_quota=99, is_enterprise=True)

    alice.account.refresh_from_db()
    assert alice.account.key_quota == 99
