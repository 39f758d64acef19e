"""Creating a key, and what leads to it."""

import hashlib
import json
import secrets
import string
from collections.abc import Iterator, Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from console import sql
from console.access.caller import Caller
from console.access.changes import change, require_own
from console.access.trail import Tracing, traced
from console.models import Account, EnterpriseProject
from console.models.enterprise import DEFAULT_ID
from console.protection import root_key
from console.times import date_text
from keys.calls import Call
from keys.crypto.material import Material, generate, wrap_material
from keys.errors import (
    AliasHeld,
    AliasInvalid,
    AliasTaken,
    DescriptionInvalid,
    EnterpriseProjectUnknown,
    KeySpecUnknown,
    KeyUsageNotAllowed,
    KmsError,
    QuotaReached,
)
from keys.models import Key, KeyState, KeyVersion
from keys.operations.sweeping import once_more_after_sweep
from keys.operations.tags import TagPair, check_tags, write_tags
from keys.specs import DEFAULT_SPEC, KeyOrigin

ACTION = Call.CREATE_KEY.action
FIELD_ERRORS: dict[str, type[KmsError]] = {
    "alias": AliasInvalid,
    "description": DescriptionInvalid,
    "key_spec": KeySpecUnknown,
    "key_usage": KeyUsageNotAllowed,
}
_COUNTED = sql.fields(Account, "id", "key_quota", "key_count", "last_key_number")
_LOCK = sql.Query(f"SELECT {', '.join(_COUNTED)} FROM console_account WHERE id = %s{sql.LOCKED}")  # noqa: S608 - names of columns alone
_COUNT = sql.Change("UPDATE console_account SET last_key_number = %s, key_count = %s WHERE id = %s")
_HOLDER = sql.Query("SELECT id FROM keys_key WHERE project_id = %s AND alias = %s AND deleted_at IS NULL")
PROPOSAL_LETTERS = string.ascii_lowercase + string.digits


def create_key(
    caller: Caller,
    *,
    alias: str,
    key_spec: str = "AES_256",
    key_usage: str = "",
    description: str = "",
    origin: str = KeyOrigin.KMS,
    enterprise_project: str = DEFAULT_ID,
    tags: Sequence[TagPair] = (),
    token: str = "",
) -> Key:
    """Create a key in the caller's project, its material generated here and wrapped under the root key.

    `key_usage` empty: the default of the spec. `enterprise_project` is its id on the wire. `token` makes a repetition
    of the very same request answer with the key that the first one made. An external key has no material yet.
    Raises NotPermitted, field errors, EnterpriseProjectUnknown, QuotaReached, AliasTaken."""
    assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
    key = Key(
        project=caller.project,
        alias=alias,
        description=description,
        key_spec=key_spec,
        key_usage=key_usage,
        origin=origin,
        state=KeyState.ENABLED if origin == KeyOrigin.KMS else KeyState.PENDING_IMPORT,
        creation_token=_digest(token, alias, key_spec, key_usage, description, origin, enterprise_project, tags),
    )
    with traced(caller, Call.CREATE_KEY.trace, key) as trace:
        caller.require(ACTION)
        key.enterprise_project = enterprise_project_of(caller.account, enterprise_project)
        caller.require(ACTION, within=key.enterprise_project_id)
        check_tags(tags)
        check(key)
        trace.detail = {"key_spec": key.key_spec, "key_usage": key.key_usage, "origin": key.origin, "tags": len(tags)}
        made = once_more_after_sweep(caller.account, lambda: _create(key, caller.account, tags, trace))
    if made is key:
        caller.account.key_count += 1
    return made


def default_key(caller: Caller, name: str) -> Key:
    """The default key of this name in the caller's project, made if there is none yet. It counts against no quota.

    The caller needs no right to create keys: what asks for a default key is allowed before, as what it is."""
    assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
    of_this_name = Key.objects.filter(project=caller.project, alias=name, is_default=True)
    if (found := of_this_name.first()) is not None:
        return found
    key = Key(project=caller.project, alias=name, is_default=True, key_spec=DEFAULT_SPEC.name)
    check(key)
    with traced(Caller.server(caller.account, caller.project), Call.CREATE_KEY.trace, key) as trace:
        trace.detail = {"key_spec": key.key_spec, "key_usage": key.key_usage, "origin": key.origin, "is_default": True}
        material = generate(key.key_spec)
        with transaction.atomic(durable=True):
            account = _locked(caller.account)
            if (found := of_this_name.first()) is not None:
                return found
            key.enterprise_project = EnterpriseProject.objects.filter(account=account, eps_id=DEFAULT_ID).first()
            _store(key, account, material)
            trace.done()
    return key


def _create(key: Key, account: Account, tags: Sequence[TagPair], trace: Tracing) -> Key:
    """Store a key that was checked; or the one that the very same request made before."""
    if key.spec.takes_time:
        require_own()
    is_worth_asking = key.spec.takes_time or key.creation_token
    if is_worth_asking and (made := _made_before_or_possible(key, account)) is not None:
        return made
    material = generate(key.key_spec) if key.origin == KeyOrigin.KMS else None  # before any lock: RSA takes its time
    try:
        with change():
            account = _locked(account)
            if key.creation_token and (made := _made_before_or_possible(key, account)) is not None:
                return made
            _check_quota(account)
            _store(key, account, material)
            write_tags(key, tags)
            trace.done()
    except IntegrityError:
        check_alias_free(key)
        raise
    return key


def propose_alias(caller: Caller) -> str:
    """An alias that is free: `KMS-` and four characters."""
    assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
    while True:
        alias = "KMS-" + "".join(secrets.choice(PROPOSAL_LETTERS) for _ in range(4))
        if not _HOLDER.rows(caller.project.pk, alias):
            return alias


def key_errors(key: Key) -> Iterator[KmsError]:
    """Everything that is wrong with the fields of a key about to be created or changed."""
    try:
        key.full_clean(exclude={"project", "enterprise_project"}, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        for field, errors in error.error_dict.items():
            for one in errors:
                yield one if isinstance(one, KmsError) else FIELD_ERRORS.get(field, KmsError)(text=one.messages[0])


def check(key: Key, *fields: str) -> None:
    """Raise the first error of a key: of these fields only, where any are named."""
    for error in key_errors(key):
        if not fields or error.field in fields:
            raise error


def check_alias_free(key: Key) -> None:
    """Raise AliasTaken, or AliasHeld by a key pending deletion, where another key of the project has the alias."""
    holder = Key.objects.filter(project=key.project, alias=key.alias, deleted_at=None).exclude(pk=key.pk).first()
    if holder is None:
        return
    if holder.state == KeyState.PENDING_DELETION and holder.deletion_at is not None:
        raise AliasHeld(alias=key.alias, key_id=holder.pk, until=date_text(holder.deletion_at))
    raise AliasTaken(alias=key.alias, key_id=holder.pk)


def enterprise_project_of(account: Account, eps_id: str) -> EnterpriseProject | None:
    """The account's enabled enterprise project with this id on the wire; None for `0` of an account without any."""
    if not account.is_enterprise and eps_id in {"", DEFAULT_ID}:
        return None
    found = EnterpriseProject.objects.filter(account=account, eps_id=eps_id or DEFAULT_ID, is_enabled=True).first()
    if found is None:
        raise EnterpriseProjectUnknown()
    return found


def _check_quota(account: Account) -> None:
    if account.key_count >= account.key_quota:
        raise QuotaReached(used=account.key_count, quota=account.key_quota)


def _store(key: Key, account: Account, material: Material | None) -> None:
    """Write the key, its first version and the account's counters; the account's row is locked."""
    account.last_key_number += 1
    account.key_count += not key.is_default
    key.number = account.last_key_number
    sql.insert(key)
    if material is not None:
        version = KeyVersion(
            key=key,
            wrapped_material=wrap_material(root_key(), material, str(key.pk), 1),
            public_key=material.public_key,
            root_key_version=root_key().version,
        )
        sql.insert(version)
    _COUNT.of_rows([[account.last_key_number, account.key_count, account.pk]])


def _locked(account: Account) -> Account:
    """The account as it is now, its row locked until the transaction ends."""
    return sql.instance(Account, _COUNTED, _LOCK.rows(account.pk)[0])


def _made_before_or_possible(key: Key, account: Account) -> Key | None:
    """The key that the very same request made before; else None, where quota and alias allow another.

    The refusal comes first and the look for the earlier key after it: a repetition may meet the alias that the first
    request has just taken."""
    try:
        _check_quota(account)
        check_alias_free(key)
    except (QuotaReached, AliasTaken):
        if (made := _made_before(key)) is not None:
            return made
        raise
    return _made_before(key)


def _digest(token: str, *wish: object) -> str | None:
    """What makes two requests the same one: the token, and all that was asked for."""
    return hashlib.sha256(json.dumps([token, *wish], default=str).encode()).hexdigest() if token else None


def _made_before(key: Key) -> Key | None:
    if key.creation_token is None:
        return None
    return Key.objects.filter(project=key.project, creation_token=key.creation_token, deleted_at=None).first()
