"""The actions of key management by class, and the system roles made of them (console contract, 'Permissions')."""

READ = frozenset(
    {
        "kms:alias:list",
        "kms:cmk:get",
        "kms:cmk:getInstance",
        "kms:cmk:getPublicKey",
        "kms:cmk:getQuota",
        "kms:cmk:getRotation",
        "kms:cmk:list",
        "kms:cmkTag:list",
        "kms:cmkTag:listInstance",
        "kms:grant:list",
    }
)
USE = frozenset(
    {
        "kms:cmk:crypto",
        "kms:cmk:generate",
        "kms:cmk:generateMac",
        "kms:cmk:sign",
        "kms:cmk:verify",
        "kms:cmk:verifyMac",
        "kms:dek:create",
        "kms:dek:createPair",
        "kms:dek:crypto",
    }
)
MANAGE = frozenset(
    {
        "kms:alias:associate",
        "kms:alias:create",
        "kms:alias:delete",
        "kms:cmk:create",
        "kms:cmk:deleteMaterial",
        "kms:cmk:disable",
        "kms:cmk:disableRotation",
        "kms:cmk:enable",
        "kms:cmk:enableRotation",
        "kms:cmk:getMaterial",
        "kms:cmk:importMaterial",
        "kms:cmk:rotate",
        "kms:cmk:update",
        "kms:cmk:updateRotation",
        "kms:cmkTag:batch",
        "kms:cmkTag:create",
        "kms:cmkTag:delete",
        "kms:grant:create",
        "kms:grant:retire",
        "kms:grant:revoke",
    }
)

SYSTEM_ROLES: dict[str, frozenset[str]] = {
    "KMS CMKReadOnlyAccess": READ,
    "KMS User": READ | USE,
    "KMS CMKFullAccess": READ | USE | MANAGE,
    "KMS Administrator": READ | USE | MANAGE | {"kms:trace:list"},
}
