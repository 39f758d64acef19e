"""Who approves, who asks and who leaves at the same moment, on a real server."""

import json
import uuid
from collections import Counter
from contextlib import ExitStack
from typing import Any

from tests.operations.test_races import at_once
from tests.support.servers import Server
from tests.support.visitors import Visitor

ADMINISTRATORS = """
import json
from console.access.caller import Caller
from console.models import Account
from console.operations.second_administrator import turn_approval_on
from console.operations.users import create_user, update_user
account = Account.objects.get(pk={account!r})
made = {{}}
for login in ("eve", "finn", "gwen"):
    user, made[login] = create_user(Caller.server(account), account=account, login=login)
    update_user(Caller.server(account), user, is_owner=True)
turn_approval_on(Caller.server(account))
print(json.dumps(made))
"""
DELETION = {"pending_days": "7", "confirmation": "DELETE"}


def test_of_approvals_at_once_one_is_done_and_of_requests_at_once_one_is_filed(server: Server) -> None:
    account: dict[str, Any] = server.create_account(f"racer-{uuid.uuid4().hex[:8]}")
    passwords = json.loads(server.quickly(code=ADMINISTRATORS.format(account=account["account"]["id"])))
    others = [{**account, "user": {"name": name, "password": text}} for name, text in passwords.items()]
    with ExitStack() as stack:
        owner, *three = [stack.enter_context(Visitor(server, one)) for one in (account, *others)]
        owner.create_key("orders")
        ((key_id,),) = server.read("SELECT id FROM keys_key WHERE project_id = %s", owner.project)
        key_id = str(uuid.UUID(str(key_id)))

        asked = at_once(4, lambda _number: owner.post(owner.path(f"kms/keys/{key_id}/delete"), DELETION).status_code)
        requests = server.read("SELECT id FROM console_approval WHERE account_id = %s", account["account"]["id"])
        address = f"approvals/{requests[0][0]}/approve"
        answers = at_once(3, lambda number: three[number].post(three[number].path(address), {"reason": ""}).status_code)

    assert asked == [302] * 4
    assert len(requests) == 1
    assert Counter(answers) == {302: 1, 422: 2}
    done = "SELECT user_name FROM console_trace WHERE name = 'scheduleKeyDeletion' AND status = 200 AND account_id = %s"
    assert len(server.read(done, account["account"]["id"])) == 1
