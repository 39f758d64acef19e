"""Access keys of users: two at most, so that one can take over from the other."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.trail import traced
from console.models import AccessKey, User
from console.operations.temporary_keys import forget_what_was_made_with
from console.operations.users import write_access_key
from keys.errors import KmsError, NotFound

MOST = 2


class TooManyAccessKeys(KmsError):
    text = _("A user has at most two access keys. Delete one first.")


class AccessKeyActive(KmsError):
    text = _("An active access key can't be deleted. Disable it first, and see that nothing needs it.")


def access_keys_of(user: User) -> list[AccessKey]:
    """A user's access keys, the oldest first."""
    return list(AccessKey.objects.filter(user=user).order_by("created_at", "ak"))


def access_key_of(user: User, ak: str) -> AccessKey:
    """One of them. Raises NotFound."""
    found = AccessKey.objects.filter(user=user, ak=ak.replace("\0", "")).first()
    if found is None:
        raise NotFound()
    return found


def own_access_keys(caller: Caller) -> list[AccessKey]:
    """The caller's own access keys, the oldest first."""
    return access_keys_of(caller.user) if caller.user else []


def own_access_key(caller: Caller, ak: str) -> AccessKey:
    """One of the caller's own. Raises NotFound."""
    if caller.user is None:
        raise NotFound()
    return access_key_of(caller.user, ak)


def create_access_key(caller: Caller, user: User) -> tuple[AccessKey, str]:
    """A new access key of `user` and its secret, which is told only here. A user may make his own.

    Raises NotPermitted, TooManyAccessKeys."""
    with traced(caller, "createAccessKey", user) as trace:
        if caller.user != user:
            caller.require("iam:credentials:create")
        with transaction.atomic(durable=True):
            User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
            if AccessKey.objects.filter(user=user).count() >= MOST:
                raise TooManyAccessKeys()
            access_key, secret = write_access_key(user)
            trace.about(access_key)
            trace.done()
    return access_key, secret


def delete_access_key(caller: Caller, access_key: AccessKey) -> None:
    """Delete a disabled access key, for ever. A user may delete his own. Raises NotPermitted, AccessKeyActive."""
    with traced(caller, "deleteAccessKey", access_key) as trace:
        if caller.user is None or caller.user.pk != access_key.user_id:
            caller.require("iam:credentials:delete")
        with transaction.atomic(durable=True):
            locked = AccessKey.objects.select_for_update(no_key=True).get(pk=access_key.pk)
            if locked.is_active:
                raise AccessKeyActive()
            trace.done()
            locked.delete()


def update_access_key(caller: Caller, access_key: AccessKey, *, is_active: bool) -> AccessKey:
    """Let an access key sign requests, or stop it at once, and what was made with it. A user may do so
    with his own. Raises NotPermitted."""
    with traced(caller, "updateAccessKey", access_key) as trace:
        if caller.user is None or caller.user.pk != access_key.user_id:
            caller.require("iam:credentials:update")
        trace.detail = {"is_active": is_active}
        with transaction.atomic(durable=True):
            access_key = AccessKey.objects.select_for_update(no_key=True).get(pk=access_key.pk)
            access_key.is_active = is_active
            access_key.save(update_fields=["is_active"])
            if not is_active:
                forget_what_was_made_with(access_key)
            trace.done()
    return access_key
