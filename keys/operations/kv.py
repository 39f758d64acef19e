"""Values: secrets and keys of databases, written as versions that stay, read by whoever may decrypt data keys.

Each version is sealed under a data key of its own, which only the mount's key opens: a write makes a data key, a read
decrypts one, with the states, grants, roles and traces of these calls. A version is never dropped by itself, since a
database may use it still."""

import logging
import secrets
from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from console.access.caller import Caller
from console.access.trail import traced, traced_where_refused
from keys.calls import Call
from keys.crypto.errors import CiphertextRejected
from keys.crypto.values import open_value, seal_value
from keys.errors import (
    CiphertextInvalid,
    DatabaseKeyTaken,
    KmsError,
    TooManyValues,
    TooManyVersions,
    ValueDamaged,
    ValueDeleted,
    ValueDestroyed,
    ValueNameInvalid,
    ValueNotFound,
    ValueTooLong,
    VersionsDiffer,
)
from keys.models import KvMount, KvVersion, MountKind
from keys.operations.datakeys import create_datakey, decrypt_datakey
from keys.operations.finding import KeyId
from keys.operations.mounts import create_mount, key_of, lock_mount, mount_at, permit_on
from keys.operations.uses import detail_of
from keys.validators import validate_value_name

logger = logging.getLogger(__name__)

LONGEST_VALUE = 60 * 1024
MOST_VERSIONS, MOST_VALUES = 100, 10_000
DATABASE_KEY_BYTES = 32
FIRST_KEY = 1
NEWEST = 0


class Value(NamedTuple):
    """A version and what it holds, as it was written."""

    version: KvVersion
    content: bytes


def write_value(caller: Caller, *, path: str, name: str, content: bytes, cas: int | None = None) -> KvVersion:
    """Write the next version of a value; with `cas` only where that is the newest one now, 0 where there is none yet.

    Raises MountNotFound, ValueNameInvalid, ValueTooLong, what `create_datakey` raises, VersionsDiffer, TooManyVersions,
    TooManyValues."""
    with traced_where_refused(caller, Call.WRITE_VALUE.trace):
        mount = mount_at(caller, path)
        validate_value_name(name)
        if len(content) > LONGEST_VALUE:
            raise ValueTooLong(length=len(content), most=LONGEST_VALUE)
    made = create_datakey(caller, key_id=key_of(mount), additional_data=mount.context(name))
    with traced(caller, Call.WRITE_VALUE.trace) as trace:
        permit_on(caller, trace, Call.CREATE_DATAKEY, mount)
        with transaction.atomic(durable=True):
            mount = lock_mount(mount)
            number = _next_version(mount, name, cas)
            sealed = seal_value(made.plaintext, content, mount.path, name, number)
            written = KvVersion(mount=mount, name=name, version=number, sealed_key=made.ciphertext, sealed=sealed)
            written.save(force_insert=True)
            trace.detail = {"value": mount.place(name), "version": number}
            trace.done()
    return written


def create_database_mount(caller: Caller, *, path: str, key_id: KeyId) -> KvMount:
    """Make a mount for the keys of a database, with key number 1 in it, without which the database does not start.

    Raises what `create_mount` and `create_database_key` raise."""
    mount = create_mount(caller, path=path, key_id=key_id, kind=MountKind.DATABASE)
    create_database_key(caller, path=path, number=FIRST_KEY)
    return mount


def create_database_key(caller: Caller, *, path: str, number: int) -> KvVersion:
    """Make key `number` of a database, 32 random bytes, as MariaDB reads them. Raises DatabaseKeyTaken where there is
    one already, and what `write_value` raises."""
    try:
        return write_value(caller, path=path, name=str(number), content=_new_database_key(), cas=0)
    except VersionsDiffer:
        raise DatabaseKeyTaken(number=number) from None


def rotate_database_key(caller: Caller, *, path: str, number: int) -> KvVersion:
    """Give key `number` of a database a new version; the database encrypts anew with it by itself, and reads the older
    ones until then. Raises ValueNotFound, and what `write_value` raises."""
    name = str(number)
    with traced_where_refused(caller, Call.WRITE_VALUE.trace) as trace:
        mount = mount_at(caller, path)
        permit_on(caller, trace, Call.CREATE_DATAKEY, mount)
        newest = _versions(mount, name).first()
        if newest is None:
            raise ValueNotFound(mount=path, name=name)
    return write_value(caller, path=path, name=name, content=_new_database_key(), cas=newest.version)


def read_value(caller: Caller, *, path: str, name: str, version: int = NEWEST) -> Value:
    """One version of a value, the newest by default; nothing is made by reading.

    Raises MountNotFound, ValueNotFound, ValueDeleted, ValueDestroyed, ValueDamaged and what `decrypt_datakey`
    raises."""
    call = Call.DECRYPT_DATAKEY
    with traced_where_refused(caller, call.trace) as trace:
        mount = mount_at(caller, path)
        trace.detail = detail_of(mount.context(name))
        found = _found(mount, name, version)
        if found is None or found.deleted_at or found.is_destroyed:
            permit_on(caller, trace, call, mount)  # who may not read it learns nothing of what there is
            raise _unreadable(mount, name, found)
    try:
        data_key = decrypt_datakey(
            caller, key_id=key_of(mount), ciphertext=bytes(found.sealed_key), additional_data=mount.context(name)
        )
        content = open_value(data_key.plaintext, bytes(found.sealed), mount.path, name, found.version)
    except (CiphertextInvalid, CiphertextRejected):
        logger.error("Version %s of value %s is damaged in the database.", found.version, mount.place(name))
        raise ValueDamaged(version=found.version, name=name) from None
    return Value(found, content)


def list_values(caller: Caller, *, path: str, prefix: str = "") -> list[str]:
    """What a mount holds directly below a prefix, which is empty or ends with a slash: names, and with a slash behind
    them those that have more below. Raises MountNotFound, ValueNotFound where there is nothing, NotPermitted."""
    with traced(caller, Call.LIST_VALUES.trace) as trace:
        mount = mount_at(caller, path)
        permit_on(caller, trace, Call.DESCRIBE_KEY, mount)
        names = KvVersion.objects.filter(mount=mount).values_list("name", flat=True).order_by("name").distinct()
        below = [name.removeprefix(prefix).partition("/") for name in names if name.startswith(prefix)]
        if not below:
            raise ValueNotFound(mount=path, name=prefix)
        return sorted({first + slash for first, slash, _rest in below})


def list_versions(caller: Caller, *, path: str, name: str) -> list[KvVersion]:
    """All versions of a value, the newest first, those deleted and destroyed too, for whoever sees the mount's key.

    Raises MountNotFound, ValueNotFound, NotPermitted, NotGranted."""
    with traced(caller, Call.LIST_VALUES.trace) as trace:
        mount = mount_at(caller, path)
        permit_on(caller, trace, Call.DESCRIBE_KEY, mount)
        return _known(mount, name)


def list_all_versions(caller: Caller, path: str) -> list[KvVersion]:
    """All versions of all values of a mount by name, the newest of each first. Raises what `list_versions` raises."""
    with traced(caller, Call.LIST_VALUES.trace) as trace:
        mount = mount_at(caller, path)
        permit_on(caller, trace, Call.DESCRIBE_KEY, mount)
        return list(KvVersion.objects.filter(mount=mount).defer("sealed").order_by("name", "-version"))


def delete_values(caller: Caller, *, path: str, name: str, versions: Collection[int] = ()) -> None:
    """Have versions of a value, the newest where none are named, not be read until they are undeleted; versions that
    there are not don't matter. Raises MountNotFound, ValueNotFound, NotPermitted, NotGranted."""
    _change(caller, Call.DELETE_VALUES, path, name, versions, deleted_at=timezone.now())


def undelete_values(caller: Caller, *, path: str, name: str, versions: Collection[int]) -> None:
    """Take the deletion of versions back. Raises what `delete_values` raises."""
    _change(caller, Call.UNDELETE_VALUES, path, name, versions, deleted_at=None)


def destroy_values(caller: Caller, *, path: str, name: str, versions: Collection[int]) -> None:
    """Destroy versions of a value: nothing brings them back. Raises what `delete_values` raises."""
    _change(caller, Call.DESTROY_VALUES, path, name, versions, is_destroyed=True, sealed=b"", sealed_key=b"")


def forget_value(caller: Caller, *, path: str, name: str) -> None:
    """Destroy all versions of a value, and forget that there was one. Raises what `delete_values` raises."""
    call = Call.DESTROY_VALUES
    with traced(caller, call.trace) as trace:
        mount = mount_at(caller, path)
        permit_on(caller, trace, call, mount)
        trace.detail = {"value": mount.place(_known(mount, name)[0].name), "versions": "all"}
        with transaction.atomic(durable=True):
            _versions(lock_mount(mount), name).delete()
            trace.done()


def _change(caller: Caller, call: Call, path: str, name: str, versions: Collection[int], **values: Any) -> None:
    """Reversible changes need what writing needs; destroying has an action of its own."""
    needed = Call.DESTROY_VALUES if call is Call.DESTROY_VALUES else Call.CREATE_DATAKEY
    with traced(caller, call.trace) as trace:
        mount = mount_at(caller, path)
        permit_on(caller, trace, needed, mount)
        known = _known(mount, name)
        chosen = sorted({*versions})[:MOST_VERSIONS] or [known[0].version]
        trace.detail = {"value": mount.place(name), "versions": chosen}
        with transaction.atomic(durable=True):
            lock_mount(mount)
            _versions(mount, name).filter(version__in=chosen).update(**values)
            trace.done()


def _next_version(mount: KvMount, name: str, cas: int | None) -> int:
    """The number of a value's next version; the mount is locked."""
    known = list(_versions(mount, name).values_list("version", "is_destroyed"))
    newest = known[0][0] if known else 0
    if cas not in {None, newest}:
        raise VersionsDiffer(newest=newest)
    if sum(not is_destroyed for _number, is_destroyed in known) >= MOST_VERSIONS:
        raise TooManyVersions(name=name, most=MOST_VERSIONS)
    if KvVersion.objects.filter(mount=mount).count() >= MOST_VALUES:
        raise TooManyValues(most=MOST_VALUES)
    return newest + 1


def _new_database_key() -> bytes:
    return msgspec.json.encode({"data": secrets.token_hex(DATABASE_KEY_BYTES)})


def _versions(mount: KvMount, name: str) -> QuerySet[KvVersion]:
    """The versions of a value, the newest first."""
    return KvVersion.objects.filter(mount=mount, name=name).order_by("-version")


def _found(mount: KvMount, name: str, version: int) -> KvVersion | None:
    """One version of a value; None where there is none, whatever the name is."""
    try:
        validate_value_name(name)
    except ValueNameInvalid:
        return None
    versions = _versions(mount, name)
    return (versions.filter(version=version) if version else versions).first()


def _known(mount: KvMount, name: str) -> list[KvVersion]:
    """All versions of a value. Raises ValueNotFound where there is none."""
    found = list(_versions(mount, name).defer("sealed")) if _found(mount, name, NEWEST) else []
    if not found:
        raise ValueNotFound(mount=mount.path, name=name)
    return found


def _unreadable(mount: KvMount, name: str, found: KvVersion | None) -> KmsError:
    if found is None:
        return ValueNotFound(mount=mount.path, name=name)
    refusal = ValueDestroyed if found.is_destroyed else ValueDeleted
    return refusal(version=found.version, name=name, found=found)
