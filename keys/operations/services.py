"""Services that use keys: their service users, made with all that they need, and when one last asked for a key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.db.models import Max
from django.utils import timezone

from console import sql
from console.access.caller import Caller
from console.access.trail import traced
from console.models import AccessKey, Service, ServiceToken, User
from console.operations.access_keys import create_access_key
from console.operations.service_users import create_service_token, create_service_user
from console.operations.traces import LIST as LIST_TRACES
from keys.calls import Call
from keys.models import Grant, Key, KeyState
from keys.operations.evidence import USES
from keys.operations.finding import KeyId
from keys.operations.grants import create_grant
from keys.operations.possible import refusal_of
from keys.operations.reading import get_key
from keys.operations.uses import DETAIL
from keys.specs import SPECS, Family

BY_ACCESS_KEY: Final = frozenset({Service.EVS, Service.IMS})
"""Services whose programs sign their calls; the others show a token."""
DATA_KEYS: Final = ("create-datakey", "create-datakey-without-plaintext", "decrypt-datakey", "describe-key")
"""What a service does with a key that it was granted."""
DATA: Final = ("encrypt-data", "decrypt-data")
"""What programs of no service do with it as well."""
SHOWN: Final = 100
LOOKED_AT: Final = 10_000
"""So many of an account's traces, the newest, are looked through for those of one user."""
A_DAY: Final = timedelta(hours=24)
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9:/_-]")
_NEWEST = "FROM console_trace WHERE account_id = %s ORDER BY at DESC, id DESC"
_ASKED = sql.Query(
    "SELECT CAST(at AS text), name, status, error_code, resource_name, resource_id, CAST(detail AS text) FROM"  # noqa: S608 - names of columns alone
    f" (SELECT at, name, status, error_code, resource_name, resource_id, detail, user_id {_NEWEST} LIMIT %s) AS newest"
    f" WHERE user_id = %s AND name IN ({sql.places(USES)}) ORDER BY newest.at DESC"
)
_OLDEST = sql.Query(f"SELECT CAST(at AS text) {_NEWEST} LIMIT 1 OFFSET %s")


@dataclass(frozen=True, slots=True, repr=False)
class NewServiceUser:
    """A service user with what it shows, which is known only here: a token, or an access key and its secret."""

    user: User
    token: str = ""
    access_key: AccessKey | None = None
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The last use of a key that a user asked for, and how many there were in 24 hours, so many of them in vain.

    `since` is from when on they were counted, where that is later."""

    at: datetime
    operation: str
    status: int
    error_code: str
    key: str
    used_for: Mapping[str, str] | None
    number: int
    refused: int
    since: datetime | None = None


def keys_for_services(caller: Caller) -> list[Key]:
    """The keys of the project that services can use, at most 100, the newest first. Raises NotPermitted."""
    with traced(caller, Call.LIST_KEYS.trace):
        caller.require(Call.LIST_KEYS.action)
        specs = [one.name for one in SPECS.values() if one.family is Family.SYMMETRIC]
        keys = Key.objects.visible_to(caller, Call.LIST_KEYS.action).filter(is_default=False, key_spec__in=specs)
        return list(keys.in_state(KeyState.ENABLED).order_by("-number")[:SHOWN])


def service_users_of(caller: Caller, service: str) -> list[User]:
    """The project's service users of a service, or of none, at most 100, the newest first. Raises NotPermitted."""
    with traced(caller, "listUsers"):
        caller.require("iam:users:list")
        users = User.objects.filter(project=caller.project, service__in=[service, ""], is_active=True)
        return list(users.order_by("-service", "-created_at")[:SHOWN])


def create_user_for_service(
    caller: Caller, *, login: str, service: str, key_id: KeyId | None = None, lifetime: timedelta | None = None
) -> NewServiceUser:
    """A service user in the caller's project with all that it needs: what it shows, for `lifetime` where that is a
    token; and where `key_id` is given, a grant of that key. Without, it uses the default key of its service.

    All that can be refused beforehand is: then nothing was made. Raises NotPermitted, what `create_service_user` and
    `create_service_token` raise, KeyNotFound and what refuses a grant of the key."""
    project = caller.project
    assert project is not None  # noqa: S101 - the place is resolved before any operation
    with traced(caller, "createUser"):
        caller.require("iam:credentials:create")
        key = get_key(caller, key_id) if key_id is not None else None
        if key is not None and (refusal := refusal_of(caller, Call.CREATE_GRANT, key)):
            raise refusal
    user = create_service_user(caller, project=project, login=login, service=service)
    if key is not None:
        granted = DATA_KEYS if service else (*DATA_KEYS, *DATA)
        create_grant(caller, key.pk, grantee=user.pk, operations=granted, name=_NOT_IN_NAMES.sub("-", user.login))
    if service in BY_ACCESS_KEY:
        access_key, secret = create_access_key(caller, user)
        return NewServiceUser(user, access_key=access_key, secret=secret)
    return NewServiceUser(user, create_service_token(caller, user, name=user.login, lifetime=lifetime).text)


def last_asked(caller: Caller, user: User) -> Asked | None:
    """What a user of the account last asked of keys, by the account's last 10,000 traces; None where there is nothing
    among them. Raises NotPermitted to who may not read traces."""
    with traced(caller, "listTraces"):
        caller.require(LIST_TRACES, within=None)
        rows = _ASKED.rows(caller.account.pk, LOOKED_AT, user.pk, *USES)
        if not rows:
            return None
        day_ago = timezone.now() - A_DAY
        oldest = next(iter(_OLDEST.rows(caller.account.pk, LOOKED_AT - 1)), None)
    since = oldest and sql.moment_of(oldest[0])
    of_day = [status for at, _name, status, *_more in rows if sql.moment_of(at) >= day_ago]
    at, name, status, error_code, alias, key_id, detail = rows[0]
    return Asked(
        at=sql.moment_of(at),
        operation=name,
        status=status,
        error_code=error_code,
        key=alias or key_id,
        used_for=_detail(detail).get(DETAIL),
        number=len(of_day),
        refused=sum(status >= 400 for status in of_day),
        since=since if since and since > day_ago else None,
    )


def last_shown(user: User) -> datetime | None:
    """When a token or an access key of the user was last accepted, as known within a minute."""
    found = [
        model._default_manager.filter(user=user).aggregate(at=Max("last_used_at"))["at"]
        for model in (ServiceToken, AccessKey)
    ]
    return max((at for at in found if at is not None), default=None)


def grants_held(caller: Caller, user: User) -> list[Grant]:
    """The grants that a user holds on keys of the caller's project, at most 100, by key. Raises NotPermitted."""
    action = Call.LIST_GRANTS.action
    with traced(caller, Call.LIST_GRANTS.trace):
        caller.require(action)
        grants = Grant.objects.select_related("key").filter(grantee_user=user)
        return list(grants.filter(key__in=Key.objects.visible_to(caller, action)).order_by("key", "pk")[:SHOWN])


def _detail(text: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(text)
    return found
