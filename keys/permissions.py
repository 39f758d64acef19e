"""The system roles of key management (console contract, 'Permissions')."""

from keys.calls import Kind, actions_of

READ, USE, MANAGE = (actions_of(kind) for kind in (Kind.READ, Kind.USE, Kind.MANAGE))

SYSTEM_ROLES: dict[str, frozenset[str]] = {
    "KMS CMKReadOnlyAccess": READ,
    "KMS User": READ | USE,
    "KMS CMKFullAccess": READ | USE | MANAGE,
    "KMS Administrator": READ | USE | MANAGE | {"kms:trace:list"},
}
