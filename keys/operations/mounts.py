"""Mounts: where a project keeps secrets and the keys of its databases, and under which of its keys."""

from django.db import transaction

from console.access.caller import Caller
from console.access.trail import Tracing, traced
from console.models import Project
from keys.calls import Call
from keys.errors import KeyNotFound, MountHoldsValues, MountNotFound, MountPathInvalid, MountTaken, TooManyMounts
from keys.models import Key, KvMount, KvVersion, MountKind, check_usable
from keys.operations.finding import KeyId, find
from keys.operations.permitting import is_in_project_of, permit, serves
from keys.specs import DEFAULT_KEYS
from keys.validators import MOUNT_PATH_LENGTH, VALUE_NAME_LENGTH, validate_mount_path

MOST_MOUNTS = 100
LONGEST_PLACE = MOUNT_PATH_LENGTH + 1 + VALUE_NAME_LENGTH


def create_mount(caller: Caller, *, path: str, key_id: KeyId, kind: MountKind = MountKind.SECRET) -> KvMount:
    """Make a mount, whose values a key of the project protects, or a default key by its name.

    Raises NotPermitted, MountPathInvalid, KeyNotFound, what the key's kind or state refuses, MountTaken,
    TooManyMounts."""
    assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
    mount = KvMount(project=caller.project, path=path, kind=kind)
    with traced(caller, Call.CREATE_MOUNT.trace, mount) as trace:
        caller.require(Call.CREATE_MOUNT.action)
        validate_mount_path(path)
        if key_id in DEFAULT_KEYS:
            mount.default_key = str(key_id)
        else:
            mount.key = _own_key(caller, trace, key_id)
            trace.about(mount)
        trace.detail = {"key_id": mount.default_key or str(mount.key_id), "kind": str(kind)}
        with transaction.atomic(durable=True):
            Project.objects.select_for_update(no_key=True).get(pk=caller.project.pk)
            of_project = KvMount.objects.filter(project=caller.project)
            if of_project.filter(path=path).exists():
                raise MountTaken(path=path)
            if of_project.count() >= MOST_MOUNTS:
                raise TooManyMounts(most=MOST_MOUNTS)
            mount.save(force_insert=True)
            trace.done()
    return mount


def delete_mount(caller: Caller, path: str) -> None:
    """Take a mount away that holds no value any more, or none that opens, its key being gone.

    Raises NotPermitted, MountNotFound, MountHoldsValues."""
    call = Call.DELETE_MOUNT
    with traced(caller, call.trace) as trace:
        caller.require(call.action)
        mount = mount_at(caller, path)
        permit_on(caller, trace, call, mount)
        trace.about(mount)
        with transaction.atomic(durable=True):
            mount = lock_mount(mount)
            held = KvVersion.objects.filter(mount=mount, is_destroyed=False).count()
            if held and not (mount.key and mount.key.deleted_at):
                raise MountHoldsValues(path=path, count=held)
            trace.done()
            mount.delete()


def list_mounts(caller: Caller) -> list[KvMount]:
    """The mounts of the project by their paths, those of keys that the caller sees. Raises NotPermitted."""
    with traced(caller, Call.LIST_MOUNTS.trace):
        caller.require(Call.LIST_MOUNTS.action)
        mounts = KvMount.objects.filter(project=caller.project).prefetch_related("key").order_by("path")
        return [one for one in mounts if one.key is None or _sees(caller, one.key)]


def get_mount(caller: Caller, path: str, *, call: Call = Call.DESCRIBE_KEY) -> KvMount:
    """One mount, for whoever may make `call` with its key. Raises MountNotFound, NotPermitted, NotGranted."""
    with traced(caller, Call.LIST_MOUNTS.trace) as trace:
        mount = mount_at(caller, path)
        permit_on(caller, trace, call, mount)
        return mount


def get_mount_of(caller: Caller, place: str) -> KvMount:
    """The mount that the path of a value begins with, the longest such, for whoever may decrypt what it holds.

    Raises MountNotFound, NotPermitted, NotGranted."""
    with traced(caller, Call.LIST_MOUNTS.trace) as trace:
        parts = place[:LONGEST_PLACE].split("/")
        paths = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        known = set(KvMount.objects.filter(project=caller.project).values_list("path", flat=True))
        mount = mount_at(caller, next((path for path in reversed(paths) if path in known), place))
        permit_on(caller, trace, Call.DECRYPT_DATAKEY, mount)
        return mount


def mount_at(caller: Caller, path: str) -> KvMount:
    """The mount of the caller's project at a path. Raises MountNotFound."""
    try:
        validate_mount_path(path)
    except MountPathInvalid:
        raise MountNotFound(path=path) from None
    found = KvMount.objects.select_related("key").filter(project=caller.project, path=path).first()
    if found is None:
        raise MountNotFound(path=path)
    return found


def permit_on(caller: Caller, trace: Tracing, call: Call, mount: KvMount) -> None:
    """Name the mount's key in the trace, and raise NotPermitted or NotGranted unless the caller may make `call` with
    it, in whatever state it is."""
    assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
    key = mount.key or Key.objects.of(caller).filter(alias=mount.default_key, is_default=True).first()
    if key is None:
        if not serves(caller.user, call, mount.default_key):
            caller.require(call.action)
        return
    key.project = caller.project
    permit(caller, trace, call, key)


def key_of(mount: KvMount) -> KeyId:
    """How the mount's key is asked for."""
    return mount.key_id or mount.default_key


def lock_mount(mount: KvMount) -> KvMount:
    """The mount as it is now, locked until the transaction ends: what it holds is changed one after the other."""
    mounts = KvMount.objects.select_for_update(of=("self",), no_key=True).select_related("key")
    locked = mounts.filter(pk=mount.pk).first()
    if locked is None:
        raise MountNotFound(path=mount.path)
    return locked


def _own_key(caller: Caller, trace: Tracing, key_id: KeyId) -> Key:
    key = find(caller, trace, Call.CREATE_MOUNT, key_id)
    if not is_in_project_of(caller, key):
        raise KeyNotFound()
    check_usable(key, Call.CREATE_DATAKEY)
    return key


def _sees(caller: Caller, key: Key) -> bool:
    return caller.is_allowed(Call.LIST_MOUNTS.action, within=key.enterprise_project_id)
