"""Users of single sign-on: found by issuer and subject alone, made at their first sign-in, linked by administrators."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.trail import traced
from console.models import Account, Identity, User
from console.operations.users import ServiceUserHasNone
from console.validators import validate_name
from keys.errors import KmsError, NameInvalid, NotFound

LONGEST = 255


class SingleSignOnRefused(KmsError):
    """The provider vouches for him, and yet he may not come in."""

    status = 403
    disabled = _("You may not sign in here. Ask the administrator of your account.")
    no_account = _("Single sign-on is not set up whole: there is no account “%(account)s”. Tell the administrator.")
    no_login = _(
        "The provider names you “%(login)s”, which can't be a name here: 1 to 64 letters, digits and . _ @ + -. "
        "Ask the administrator of your account to link you: your subject is %(subject)s."
    )
    taken = _(
        "There is a user “%(login)s” here already. If that is you, ask the administrator of your account to link you: "
        "your subject is %(subject)s."
    )


class SubjectTaken(KmsError):
    field = "subject"
    text = _("This subject is linked to another user already.")


class SubjectInvalid(KmsError):
    field = "subject"
    text = _("Give the subject as the provider has it, 1 to 255 characters.")


class NoPasswordLeft(KmsError):
    text = _("This user has no password, and could not sign in any more. Keep him from signing in where that is meant.")


def user_of_identity(issuer: str, subject: str, login: str, *, source_ip: str, request_id: str) -> User:
    """Who this person at the provider is here. Who comes first is made a user, without password and roles, whose name
    the provider gives; nobody becomes a user who is there already.

    Raises SingleSignOnRefused."""
    found = Identity.objects.select_related("user__account").filter(issuer=issuer, subject=subject).first()
    if found is None:
        return _made(issuer, subject, login, source_ip=source_ip, request_id=request_id)
    if not found.user.is_active:
        raise SingleSignOnRefused(text=SingleSignOnRefused.disabled)
    return found.user


def is_linked(user: User, issuer: str, subject: str) -> bool:
    """Whether this person at the provider is `user`."""
    return user.identities.filter(issuer=issuer, subject=subject).exists()


def identity_of(user: User, identity_id: int) -> Identity:
    """One of those that a user is at the provider. Raises NotFound."""
    found = Identity.objects.filter(user=user, pk=identity_id).first()
    if found is None:
        raise NotFound()
    return found


def link(caller: Caller, user: User, subject: str) -> Identity:
    """Let the person of this subject at the provider sign in as `user`; his password, if he has one, goes on.

    Raises NotPermitted, ServiceUserHasNone, SubjectInvalid, SubjectTaken."""
    with traced(caller, "linkIdentity", user) as trace:
        caller.require("iam:users:update")
        if user.is_service:
            raise ServiceUserHasNone()
        if not subject or len(subject) > LONGEST or not subject.isprintable():
            raise SubjectInvalid()
        trace.detail = {"issuer": settings.OIDC_ISSUER, "subject": subject}
        try:
            with transaction.atomic(durable=True):
                made = Identity.objects.create(user=user, issuer=settings.OIDC_ISSUER, subject=subject)
                trace.done()
        except IntegrityError:
            raise SubjectTaken() from None
    return made


def unlink(caller: Caller, user: User, identity_id: int) -> None:
    """Take the way of single sign-on from a user who has a password. Raises NotPermitted, NotFound, NoPasswordLeft."""
    with traced(caller, "unlinkIdentity", user) as trace:
        caller.require("iam:users:update")
        found = identity_of(user, identity_id)
        if not user.has_usable_password():
            raise NoPasswordLeft()
        trace.detail = {"issuer": found.issuer, "subject": found.subject}
        with transaction.atomic(durable=True):
            found.delete()
            trace.done()


def _made(issuer: str, subject: str, login: str, *, source_ip: str, request_id: str) -> User:
    account = Account.objects.filter(name=settings.OIDC_ACCOUNT).first()
    if account is None:
        raise SingleSignOnRefused(text=SingleSignOnRefused.no_account, account=settings.OIDC_ACCOUNT)
    user = User(account=account, login=login)
    caller = Caller(account, None, None, Caller.server(account).rights, source_ip, request_id)
    with traced(caller, "createUser", user) as trace:
        trace.detail = {"issuer": issuer, "subject": subject}
        try:
            validate_name(login)  # as the provider has it, before anything is folded
        except NameInvalid:
            raise SingleSignOnRefused(text=SingleSignOnRefused.no_login, login=login, subject=subject) from None
        user.set_unusable_password()
        try:
            with transaction.atomic(durable=True):
                user.save(force_insert=True)
                Identity.objects.create(user=user, issuer=issuer, subject=subject)
                trace.done()
        except IntegrityError:  # his own first sign-in in another window, or somebody else's name
            made = Identity.objects.select_related("user__account").filter(issuer=issuer, subject=subject).first()
            if made is not None:
                return made.user
            raise SingleSignOnRefused(text=SingleSignOnRefused.taken, login=login, subject=subject) from None
    return user
