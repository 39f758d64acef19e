"""Whether an account's deletions need a second administrator: switched on by whoever manages the account, switched off
with the very approval that it asks for. As long as it is on, two at least manage the account: else nobody could
approve."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.trail import Tracing, traced
from console.models import Account, Approval, User
from console.operations.approvals import Act, ask_for_approval, check_requester
from keys.errors import KmsError

UPDATE = "iam:account:update"
"""No role has it: whoever manages the account."""
TURN_OFF = "turnApprovalOff"
FEWEST = 2


class SecondAdministratorMissing(KmsError):
    text = _(
        "Nobody but you could approve anything: let another user manage the account first, who may sign in. "
        "Nothing was changed."
    )


class SecondAdministratorStays(KmsError):
    text = _(
        "Deletions in this account need two who manage it. Let another user manage the account first, or have the "
        "approval switched off."
    )


def turn_approval_on(caller: Caller) -> None:
    """Have deletions of keys and of imported material wait for a second administrator, from now on.

    Raises NotPermitted, SecondAdministratorMissing."""
    with traced(caller, "turnApprovalOn", caller.account) as trace:
        caller.require(UPDATE)
        with transaction.atomic(durable=True):
            account = Account.objects.select_for_update(no_key=True).get(pk=caller.account.pk)
            if _administrators(account).count() < FEWEST:
                raise SecondAdministratorMissing()
            account.needs_approval = True
            account.save(update_fields=["needs_approval"])
            trace.done()


def turn_approval_off(caller: Caller) -> None:
    """Ask a second administrator to switch it off; nothing where it is off already.

    Raises NotPermitted, SentForApproval."""
    with traced(caller, TURN_OFF, caller.account):
        caller.require(UPDATE)
        if Account.objects.filter(pk=caller.account.pk, needs_approval=True).exists():
            raise ask_for_approval(caller, TURN_OFF, caller.account, {})


def keep_second_administrator(account_id: str) -> None:
    """Within a transaction that took from somebody what made him an administrator: raise SecondAdministratorStays where
    too few are left. The account's row is locked by it, as by switching on."""
    account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
    if account.needs_approval and _administrators(account).count() < FEWEST:
        raise SecondAdministratorStays()


def _administrators(account: Account) -> "QuerySet[User]":
    return User.objects.filter(account=account, is_owner=True, is_active=True)


def _turn_off(caller: Caller, trace: Tracing, request: Approval) -> None:
    """Within the approver's transaction."""
    account = Account.objects.select_for_update(no_key=True).get(pk=request.account_id)
    trace.about(account)
    caller.require(UPDATE)
    check_requester(request, None)
    account.needs_approval = False
    account.save(update_fields=["needs_approval"])


ACT = Act(
    operation=TURN_OFF,
    action=UPDATE,
    text=_("Switch off that deletions in account %(resource)s need approval"),
    resource=lambda request: request.account,
    perform=_turn_off,
)
