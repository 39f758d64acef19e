"""What administrators decide of other users' second factors: whether everyone needs one, and that one is taken away."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.trail import traced
from console.models import Account, Authenticator, Passkey, RecoveryCode, Session, User
from console.operations.second_factor import FactorMissing, Factors, factors_of, locked, user_of
from console.operations.tokens import forget_tokens
from keys.errors import KmsError


class OwnFactorNeeded(KmsError):
    """Else whoever asks it of all others might be the one who can't sign in any more."""

    text = _("Set up a second factor of your own first.")


@dataclass(frozen=True, slots=True)
class Spread:
    """How many users of an account there are, and how many of them have a second factor."""

    users: int
    having: int


def second_factors_in(caller: Caller) -> Spread:
    """How far second factors are spread among those who may sign in to the caller's account. Raises NotPermitted."""
    with traced(caller, "listUsers"):
        caller.require("iam:users:list")
        users = User.objects.filter(account=caller.account, is_active=True, project=None)
        return Spread(**users.aggregate(users=Count("pk"), having=Count("pk", filter=Q(has_second_factor=True))))


def require_second_factor(caller: Caller, *, needed: bool) -> None:
    """Ask everyone in the caller's account for a second factor, or leave it to each. Who has none is led to set one up
    before anything else. Of who signs in by a provider alone it asks nothing.

    Raises NotPermitted, OwnFactorNeeded."""
    account = caller.account
    with traced(caller, "updateSecondFactorPolicy", account) as trace:
        caller.require("iam:users:update")
        trace.detail = {"needed": needed}
        with transaction.atomic(durable=True):
            user = locked(user_of(caller))
            if needed and user.has_usable_password() and not user.has_second_factor:
                raise OwnFactorNeeded()
            account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
            account.needs_second_factor = needed
            account.save(update_fields=["needs_second_factor"])
            trace.done()


def disable_second_factor(caller: Caller, user: User) -> Factors:
    """Take from a user whatever he has beside his password, for he lost it; his sessions and tokens end. What he had.

    Raises NotPermitted, FactorMissing."""
    with traced(caller, "disableSecondFactor", user) as trace:
        caller.require("iam:users:update")
        with transaction.atomic(durable=True):
            user = locked(user)
            if not user.has_second_factor:
                raise FactorMissing()
            had = factors_of(user)
            for model in (Authenticator, Passkey, RecoveryCode):
                model._default_manager.filter(user=user).delete()
            user.has_second_factor = False
            user.save(update_fields=["has_second_factor"])
            Session.objects.filter(user=user).delete()
            forget_tokens(user)
            trace.done()
    return had
