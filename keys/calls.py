"""Every call of key management: its name in the trail, the action that permits it, and the class of that action.

The table is `operations` of the API contract; roles, operations and the wire's routes ask it.
"""

from enum import Enum


class Kind(Enum):
    """What a call does with a key; system roles hold whole kinds."""

    READ = "read"
    USE = "use"
    MANAGE = "manage"


class Call(Enum):
    """One call: `trace` names it in the trail, `action` is what roles permit."""

    DESCRIBE_KEY = "describeKey", "kms:cmk:get", Kind.READ
    LIST_KEYS = "listKeys", "kms:cmk:list", Kind.READ
    SHOW_INSTANCES = "showInstances", "kms:cmk:getInstance", Kind.READ
    SHOW_QUOTAS = "showQuotas", "kms:cmk:getQuota", Kind.READ
    GET_PUBLIC_KEY = "getPublicKey", "kms:cmk:getPublicKey", Kind.READ
    GET_ROTATION_STATUS = "getRotationStatus", "kms:cmk:getRotation", Kind.READ
    LIST_TAGS = "listTags", "kms:cmkTag:list", Kind.READ
    LIST_PROJECT_TAGS = "listProjectTags", "kms:cmkTag:list", Kind.READ
    LIST_KEYS_BY_TAGS = "listKeysByTags", "kms:cmkTag:listInstance", Kind.READ
    LIST_ALIASES = "listAliases", "kms:alias:list", Kind.READ
    LIST_GRANTS = "listGrants", "kms:grant:list", Kind.READ
    LIST_RETIRABLE_GRANTS = "listRetirableGrants", "kms:grant:list", Kind.READ

    ENCRYPT_DATA = "encryptData", "kms:cmk:crypto", Kind.USE
    DECRYPT_DATA = "decryptData", "kms:cmk:crypto", Kind.USE
    RE_ENCRYPT = "reEncrypt", "kms:cmk:crypto", Kind.USE
    GEN_RANDOM = "genRandom", "kms:cmk:generate", Kind.USE
    CREATE_DATAKEY = "createDataKey", "kms:dek:create", Kind.USE
    CREATE_DATAKEY_WITHOUT_PLAINTEXT = "createDataKeyWithoutPlaintext", "kms:dek:create", Kind.USE
    ENCRYPT_DATAKEY = "encryptDatakey", "kms:dek:crypto", Kind.USE
    DECRYPT_DATAKEY = "decryptDatakey", "kms:dek:crypto", Kind.USE
    CREATE_RSA_DATAKEY_PAIR = "createRsaDatakeyPair", "kms:dek:createPair", Kind.USE
    CREATE_EC_DATAKEY_PAIR = "createEcDatakeyPair", "kms:dek:createPair", Kind.USE
    SIGN = "sign", "kms:cmk:sign", Kind.USE
    VERIFY_SIGNATURE = "verifySignature", "kms:cmk:verify", Kind.USE
    GENERATE_MAC = "generateMac", "kms:cmk:generateMac", Kind.USE
    VERIFY_MAC = "verifyMac", "kms:cmk:verifyMac", Kind.USE

    CREATE_KEY = "createKey", "kms:cmk:create", Kind.MANAGE
    ENABLE_KEY = "enableKey", "kms:cmk:enable", Kind.MANAGE
    DISABLE_KEY = "disableKey", "kms:cmk:disable", Kind.MANAGE
    SCHEDULE_KEY_DELETION = "scheduleKeyDeletion", "kms:cmk:update", Kind.MANAGE
    CANCEL_KEY_DELETION = "cancelKeyDeletion", "kms:cmk:update", Kind.MANAGE
    UPDATE_KEY_ALIAS = "updateKeyAlias", "kms:cmk:update", Kind.MANAGE
    UPDATE_KEY_DESCRIPTION = "updateKeyDescription", "kms:cmk:update", Kind.MANAGE
    PROTECT_KEY = "protectKey", "kms:cmk:protect", Kind.MANAGE
    UNPROTECT_KEY = "unprotectKey", "kms:cmk:protect", Kind.MANAGE
    MIGRATE_KEY = "migrateResource", "kms:cmk:update", Kind.MANAGE
    CREATE_TAG = "dealUnifiedTags", "kms:cmkTag:create", Kind.MANAGE
    DELETE_TAG = "dealUnifiedTags", "kms:cmkTag:delete", Kind.MANAGE
    BATCH_TAGS = "dealUnifiedTags", "kms:cmkTag:batch", Kind.MANAGE
    CREATE_ALIAS = "createAlias", "kms:alias:create", Kind.MANAGE
    ASSOCIATE_ALIAS = "associateAlias", "kms:alias:associate", Kind.MANAGE
    DELETE_ALIAS = "deleteAlias", "kms:alias:delete", Kind.MANAGE
    GET_PARAMETERS_FOR_IMPORT = "getParametersForImport", "kms:cmk:getMaterial", Kind.MANAGE
    IMPORT_KEY_MATERIAL = "importKeyMaterial", "kms:cmk:importMaterial", Kind.MANAGE
    DELETE_IMPORTED_KEY_MATERIAL = "deleteImportedKeyMaterial", "kms:cmk:deleteMaterial", Kind.MANAGE
    ENABLE_KEY_ROTATION = "enableKeyRotation", "kms:cmk:enableRotation", Kind.MANAGE
    DISABLE_KEY_ROTATION = "disableKeyRotation", "kms:cmk:disableRotation", Kind.MANAGE
    UPDATE_KEY_ROTATION_INTERVAL = "updateKeyRotationInterval", "kms:cmk:updateRotation", Kind.MANAGE
    ROTATE_KEY = "rotateKey", "kms:cmk:rotate", Kind.MANAGE
    CREATE_GRANT = "createGrant", "kms:grant:create", Kind.MANAGE
    RETIRE_GRANT = "retireGrant", "kms:grant:retire", Kind.MANAGE
    REVOKE_GRANT = "revokeGrant", "kms:grant:revoke", Kind.MANAGE

    # Mounts and the values that they hold; what works with the mount's key is a call on that key beside.
    LIST_MOUNTS = "listMounts", "kms:cmk:list", Kind.READ
    CREATE_MOUNT = "createMount", "kms:mount:create", Kind.MANAGE
    DELETE_MOUNT = "deleteMount", "kms:mount:delete", Kind.MANAGE
    LIST_VALUES = "listValues", "kms:cmk:get", Kind.READ
    WRITE_VALUE = "writeValue", "kms:dek:create", Kind.USE
    DELETE_VALUES = "deleteValues", "kms:dek:create", Kind.USE
    UNDELETE_VALUES = "undeleteValues", "kms:dek:create", Kind.USE
    DESTROY_VALUES = "destroyValues", "kms:mount:delete", Kind.MANAGE

    # What only the cloud has: known, and refused by name; of its lists ours are empty.
    LIST_KEY_STORES = "listKeyStores", "kms:keystore:list", Kind.READ
    SHOW_KEY_STORE = "showKeyStore", "kms:keystore:get", Kind.READ
    CREATE_KEY_STORE = "createKeyStore", "kms:keystore:create", Kind.MANAGE
    DELETE_KEY_STORE = "deleteKeyStore", "kms:keystore:delete", Kind.MANAGE
    ENABLE_KEY_STORE = "enableKeyStore", "kms:keystore:enable", Kind.MANAGE
    DISABLE_KEY_STORE = "disableKeyStore", "kms:keystore:disable", Kind.MANAGE
    LIST_SUPPORT_REGIONS = "listSupportRegions", "kms:cmk:listRegions", Kind.READ
    REPLICATE_KEY = "replicateKey", "kms:cmk:replicate", Kind.MANAGE
    UPDATE_PRIMARY_REGION = "updatePrimaryRegion", "kms:cmk:updatePrimaryRegion", Kind.MANAGE
    LIST_KEY_POLICIES = "listKeyPolicies", "kms:policy:list", Kind.READ
    SHOW_KEY_POLICY = "showKeyPolicy", "kms:policy:get", Kind.READ
    CREATE_KEY_POLICY = "createKeyPolicy", "kms:policy:create", Kind.MANAGE
    UPDATE_KEY_POLICY = "updateKeyPolicy", "kms:policy:update", Kind.MANAGE
    DELETE_KEY_POLICY = "deleteKeyPolicy", "kms:policy:delete", Kind.MANAGE
    LIST_ACCESS_POINTS = "listAccessPoints", "kms:accessPoint:list", Kind.READ
    CREATE_ACCESS_POINT = "createAccessPoint", "kms:accessPoint:create", Kind.MANAGE
    DELETE_ACCESS_POINT = "deleteAccessPoint", "kms:accessPoint:delete", Kind.MANAGE
    ENABLE_ACCESS_POINT = "enableAccessPoint", "kms:accessPoint:enable", Kind.MANAGE
    DISABLE_ACCESS_POINT = "disableAccessPoint", "kms:accessPoint:disable", Kind.MANAGE
    DOWNLOAD_ACCESS_POINT_KEY = "downloadAccessPointPrivateKey", "kms:accessPoint:download", Kind.MANAGE
    CREATE_PIN = "createPin", "kms:cmk:createPin", Kind.MANAGE
    CREATE_DATAKEY_CAPSULE = "createDatakeyCapsule", "kms:dek:createCapsule", Kind.USE
    DECRYPT_DATAKEY_CAPSULE = "decryptDatakeyCapsule", "kms:dek:decryptCapsule", Kind.USE
    DERIVE_SHARED_SECRET = "deriveSharedSecret", "kms:cmk:deriveSharedSecret", Kind.USE

    def __init__(self, trace: str, action: str, kind: Kind) -> None:
        self.trace = trace
        self.action = action
        self.kind = kind


def actions_of(*kinds: Kind) -> frozenset[str]:
    """The actions of all calls of these kinds."""
    return frozenset(call.action for call in Call if call.kind in kinds)
