"""Keys of every kind, ready to use: their material is generated once a run, since RSA takes its time."""

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from console.models import Account, Project
from console.protection import root_key
from keys.crypto.importing import wrap_check_value
from keys.crypto.material import Material, generate, wrap_material
from keys.models import Key, KeyState, KeyVersion
from keys.specs import DEFAULT_KEYS, SPECS, KeyOrigin, KeyUsage

KINDS = [(spec.name, str(usage)) for spec in SPECS.values() for usage in spec.usages]
DEFAULT = DEFAULT_KEYS[0]


@dataclass(frozen=True)
class Held:
    """A key in the database and its material."""

    key: Key
    material: Material


@cache
def _made(name: str) -> tuple[uuid.UUID, Material]:
    """The id and the material of one key; tests' databases come and go, this stays."""
    spec = SPECS["AES_256"].name if name == DEFAULT else name.partition(" ")[0]
    return uuid.uuid4(), generate(spec)


def hold(project: Project, spec: str, usage: str = "", **fields: Any) -> Held:
    """One key of a kind in a project."""
    usage = usage or str(SPECS[spec].default_usage)
    pk, material = _made(f"{spec} {usage}")
    return _put(project, pk, material, alias=f"{spec}-{usage}", key_usage=usage, **fields)


def hold_default(project: Project) -> Held:
    """The default key `obs/default` of a project."""
    pk, material = _made(DEFAULT)
    usage = KeyUsage.ENCRYPT_DECRYPT
    return _put(project, pk, material, alias=DEFAULT, key_usage=usage, is_default=True)


def _put(project: Project, pk: uuid.UUID, material: Material, **fields: Any) -> Held:
    number = Account.objects.get(pk=project.account_id).last_key_number + 1
    Account.objects.filter(pk=project.account_id).update(last_key_number=number)
    fields = {"state": KeyState.ENABLED, **fields}
    key = Key.objects.create(id=pk, project=project, key_spec=material.spec, number=number, **fields)
    version = KeyVersion(key=key, public_key=material.public_key, root_key_version=1)
    version.wrapped_material = wrap_material(root_key(), material, str(pk), 1)
    if key.origin == KeyOrigin.EXTERNAL:
        version.wrapped_check_value = wrap_check_value(root_key(), material, str(pk), 1)
    version.save()
    return Held(key, material)
