"""Every call of key management on the wire, one line each: what it takes, the operation, what it answers."""

import re
from collections.abc import Callable
from typing import Any

from console.access.caller import Caller
from console.api.routes import Pace, Route, sentence
from keys import operations
from keys.api import absent
from keys.api.schemas import aliases, data, grants, importing, lifecycle, rotation, signing, tags
from keys.api.titles import TITLES, Title
from keys.calls import Call

KMS = "/v1.0/{project_id}/kms"
Wish = dict[str, Any]
QUICK = frozenset(
    {
        Call.DESCRIBE_KEY,
        Call.ENCRYPT_DATA,
        Call.DECRYPT_DATA,
        Call.RE_ENCRYPT,
        Call.GEN_RANDOM,
        Call.CREATE_DATAKEY,
        Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT,
        Call.ENCRYPT_DATAKEY,
        Call.DECRYPT_DATAKEY,
        Call.SIGN,
        Call.VERIFY_SIGNATURE,
        Call.GENERATE_MAC,
        Call.VERIFY_MAC,
        Call.GET_PUBLIC_KEY,
    }
)
SHORT_LIST = re.compile(rb'"limit": ?"?(100|[1-9]?[0-9])"?[,}]')


def _call(
    method: str,
    path: str,
    request: type[Any],
    operation: Callable[..., Any],
    answer: Callable[[Any], Any],
    call: Call,
    status: int = 200,
) -> Route:
    def operate(caller: Caller, wish: Wish) -> Any:
        return operation(caller, **wish)

    title = TITLES.get(f"{method} {path}") or Title(sentence(operation), "")
    return Route(
        method,
        f"{KMS}/{path}",
        request,
        operate,
        answer,
        call.trace,
        status,
        action=call.action,
        summary=title.text,
        sdk=title.sdk,
        pace=pace_of(call),
    )


def pace_of(call: Call) -> Callable[[bytes], Pace]:
    """How long the answer may take, by its body. RSA alone computes long, at the creation of a key and in private
    operations; its specs and algorithms say RSA."""
    if call is Call.LIST_KEYS:
        return lambda body: Pace.QUICK if SHORT_LIST.search(body) else Pace.PATIENT
    if call in QUICK:
        return lambda body: Pace.BUSY if b"RSA" in body else Pace.QUICK
    if call is Call.CREATE_KEY:
        return lambda body: Pace.PATIENT if b"RSA" in body else Pace.CHANGING
    return lambda body: Pace.PATIENT


def _post(
    verb: str, request: type[Any], operation: Callable[..., Any], answer: Callable[[Any], Any], call: Call
) -> Route:
    return _call("POST", verb, request, operation, answer, call)


def _get(
    path: str, request: type[Any], operation: Callable[..., Any], answer: Callable[[Any], Any], call: Call
) -> Route:
    return _call("GET", path, request, operation, answer, call)


ROUTES = [
    _post("create-key", lifecycle.CreateKeyRequest, operations.create_key, lifecycle.created, Call.CREATE_KEY),
    _post("describe-key", lifecycle.KeyRequest, operations.describe_key, lifecycle.described, Call.DESCRIBE_KEY),
    _post("list-keys", lifecycle.ListKeysRequest, operations.list_key_details, lifecycle.listed, Call.LIST_KEYS),
    _post("enable-key", lifecycle.KeyRequest, operations.enable_key, lifecycle.with_state_in_info, Call.ENABLE_KEY),
    _post("disable-key", lifecycle.KeyRequest, operations.disable_key, lifecycle.with_state_in_info, Call.DISABLE_KEY),
    _post(
        "schedule-key-deletion",
        lifecycle.ScheduleKeyDeletionRequest,
        operations.schedule_key_deletion,
        lifecycle.with_state,
        Call.SCHEDULE_KEY_DELETION,
    ),
    _post(
        "cancel-key-deletion",
        lifecycle.KeyRequest,
        operations.cancel_key_deletion,
        lifecycle.with_state,
        Call.CANCEL_KEY_DELETION,
    ),
    _post(
        "update-key-alias",
        lifecycle.UpdateAliasRequest,
        operations.update_alias,
        lifecycle.with_alias,
        Call.UPDATE_KEY_ALIAS,
    ),
    _post(
        "update-key-description",
        lifecycle.UpdateDescriptionRequest,
        operations.update_description,
        lifecycle.with_description,
        Call.UPDATE_KEY_DESCRIPTION,
    ),
    _get("user-instances", lifecycle.NothingRequest, operations.count_keys, lifecycle.instances, Call.SHOW_INSTANCES),
    _get("user-quotas", lifecycle.NothingRequest, operations.show_quotas, lifecycle.quotas, Call.SHOW_QUOTAS),
    Route(
        "POST",
        "/v1.0/enterprise-projects/{enterprise_project_id}/resources-migrate",
        lifecycle.MigrateResourceRequest,
        lambda caller, wish: operations.migrate_key(caller, **wish),
        lifecycle.nothing,
        Call.MIGRATE_KEY.trace,
        204,
        action=Call.MIGRATE_KEY.action,
        summary=TITLES["POST resources-migrate"].text,
        sdk="eps.migrate_resource",
    ),
    # Data and data keys
    _post("encrypt-data", data.EncryptDataRequest, operations.encrypt_data, data.encrypted, Call.ENCRYPT_DATA),
    _post("decrypt-data", data.DecryptDataRequest, operations.decrypt_data, data.decrypted, Call.DECRYPT_DATA),
    _post("re-encrypt", data.ReEncryptRequest, operations.re_encrypt, data.re_encrypted, Call.RE_ENCRYPT),
    _post(
        "create-datakey", data.CreateDatakeyRequest, operations.create_datakey, data.new_data_key, Call.CREATE_DATAKEY
    ),
    _post(
        "create-datakey-without-plaintext",
        data.CreateDatakeyRequest,
        operations.create_datakey_without_plaintext,
        data.wrapped_data_key,
        Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT,
    ),
    _post(
        "encrypt-datakey",
        data.EncryptDatakeyRequest,
        operations.encrypt_datakey,
        data.encrypted_data_key,
        Call.ENCRYPT_DATAKEY,
    ),
    _post(
        "decrypt-datakey",
        data.DecryptDatakeyRequest,
        operations.decrypt_datakey,
        data.opened_data_key,
        Call.DECRYPT_DATAKEY,
    ),
    _post(
        "create-rsa-datakey-pair",
        data.CreateDatakeyPairRequest,
        operations.create_rsa_datakey_pair,
        data.key_pair,
        Call.CREATE_RSA_DATAKEY_PAIR,
    ),
    _post(
        "create-ec-datakey-pair",
        data.CreateDatakeyPairRequest,
        operations.create_ec_datakey_pair,
        data.key_pair,
        Call.CREATE_EC_DATAKEY_PAIR,
    ),
    _post("gen-random", data.GenRandomRequest, operations.gen_random, data.random_data, Call.GEN_RANDOM),
    # Signatures and MACs
    _post("sign", signing.SignRequest, operations.sign, signing.signed, Call.SIGN),
    _post("verify", signing.VerifyRequest, operations.verify_signature, signing.verified, Call.VERIFY_SIGNATURE),
    _post("get-publickey", lifecycle.KeyRequest, operations.get_public_key, signing.public_key, Call.GET_PUBLIC_KEY),
    _post("generate-mac", signing.GenerateMacRequest, operations.generate_mac, signing.mac, Call.GENERATE_MAC),
    _post("verify-mac", signing.VerifyMacRequest, operations.verify_mac, signing.verified_mac, Call.VERIFY_MAC),
    # Rotation
    _post(
        "enable-key-rotation",
        lifecycle.KeyRequest,
        operations.enable_key_rotation,
        rotation.nothing,
        Call.ENABLE_KEY_ROTATION,
    ),
    _post(
        "disable-key-rotation",
        lifecycle.KeyRequest,
        operations.disable_key_rotation,
        rotation.nothing,
        Call.DISABLE_KEY_ROTATION,
    ),
    _post(
        "update-key-rotation-interval",
        rotation.RotationIntervalRequest,
        operations.update_key_rotation_interval,
        rotation.nothing,
        Call.UPDATE_KEY_ROTATION_INTERVAL,
    ),
    _post(
        "get-key-rotation-status",
        lifecycle.KeyRequest,
        operations.get_key_rotation_status,
        rotation.status,
        Call.GET_ROTATION_STATUS,
    ),
    _post("rotate-on-demand", lifecycle.KeyRequest, operations.rotate_key, rotation.rotated, Call.ROTATE_KEY),
    # Aliases
    _call(
        "POST", "aliases", aliases.CreateAliasRequest, operations.create_alias, aliases.alias, Call.CREATE_ALIAS, 201
    ),
    _get("aliases", aliases.ListAliasesRequest, operations.list_aliases, aliases.aliases, Call.LIST_ALIASES),
    _call(
        "DELETE",
        "aliases",
        aliases.DeleteAliasRequest,
        operations.delete_aliases,
        aliases.nothing,
        Call.DELETE_ALIAS,
        204,
    ),
    _post(
        "alias/associate",
        aliases.AssociateAliasRequest,
        operations.associate_alias,
        aliases.alias,
        Call.ASSOCIATE_ALIAS,
    ),
    # Import of key material
    _post(
        "get-parameters-for-import",
        importing.GetParametersRequest,
        operations.get_parameters_for_import,
        importing.parameters,
        Call.GET_PARAMETERS_FOR_IMPORT,
    ),
    _post(
        "import-key-material",
        importing.ImportKeyMaterialRequest,
        operations.import_key_material,
        importing.nothing,
        Call.IMPORT_KEY_MATERIAL,
    ),
    _post(
        "delete-imported-key-material",
        lifecycle.KeyRequest,
        operations.delete_imported_key_material,
        importing.nothing,
        Call.DELETE_IMPORTED_KEY_MATERIAL,
    ),
    # Grants
    _post("create-grant", grants.CreateGrantRequest, operations.create_grant, grants.created, Call.CREATE_GRANT),
    _post("list-grants", grants.ListGrantsRequest, operations.list_grants, grants.listed, Call.LIST_GRANTS),
    _post(
        "list-retirable-grants",
        grants.ListRetirableGrantsRequest,
        operations.list_retirable_grants,
        grants.listed,
        Call.LIST_RETIRABLE_GRANTS,
    ),
    _post("revoke-grant", grants.GrantRequest, operations.revoke_grant, grants.nothing, Call.REVOKE_GRANT),
    _post("retire-grant", grants.GrantRequest, operations.retire_grant, grants.nothing, Call.RETIRE_GRANT),
    # Tags
    _post(
        "resource_instances/action", tags.FindKeysRequest, operations.find_keys, tags.found_keys, Call.LIST_KEYS_BY_TAGS
    ),
    _get("tags", lifecycle.NothingRequest, operations.list_project_tags, tags.project_tags, Call.LIST_PROJECT_TAGS),
    _get("{key_id}/tags", lifecycle.KeyRequest, operations.list_tags, tags.tags, Call.LIST_TAGS),
    _call("POST", "{key_id}/tags", tags.CreateTagRequest, operations.add_tags, tags.nothing, Call.CREATE_TAG, 204),
    _call(
        "POST",
        "{key_id}/tags/action",
        tags.BatchTagsRequest,
        operations.change_tags,
        tags.nothing,
        Call.BATCH_TAGS,
        204,
    ),
    _call(
        "DELETE",
        "{key_id}/tags/{key}",
        tags.DeleteTagRequest,
        operations.delete_tag,
        tags.nothing,
        Call.DELETE_TAG,
        204,
    ),
    *absent.ROUTES,
]
