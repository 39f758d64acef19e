"""Enterprise projects on real servers, which have no call of the API to make one."""

from tests.support.servers import Server

MAKE = """
from console.access.caller import Caller
from console.models import Account
from console.operations.enterprise import create_enterprise_project
caller = Caller.server(Account.objects.get(pk={account!r}))
print(create_enterprise_project(caller, name={name!r}).eps_id)
"""


def make_enterprise_project(server: Server, account_id: str, name: str) -> str:
    """The id on the wire of a new enterprise project."""
    return server.quickly(code=MAKE.format(account=account_id, name=name)).strip()
