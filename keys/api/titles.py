"""What each call does, in a few words, and the official SDK's name for it (`huaweicloudsdkkms.v2.KmsClient`).

A call without a line here is described by its operation's docstring, and has no example by the SDK."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keys.calls import Call


class Title(NamedTuple):
    """`sdk` names the method of the SDK's client."""

    text: Promise | str
    sdk: str


TITLES = {
    "POST create-key": Title(_("Create a key"), "create_key"),
    "POST describe-key": Title(_("Show a key"), "list_key_detail"),
    "POST list-keys": Title(_("List keys"), "list_keys"),
    "POST enable-key": Title(_("Enable a key"), "enable_key"),
    "POST disable-key": Title(_("Disable a key"), "disable_key"),
    "POST schedule-key-deletion": Title(_("Schedule a key's deletion"), "delete_key"),
    "POST cancel-key-deletion": Title(_("Cancel a key's deletion"), "cancel_key_deletion"),
    "POST update-key-alias": Title(_("Change a key's alias"), "update_key_alias"),
    "POST update-key-description": Title(_("Change a key's description"), "update_key_description"),
    "GET user-instances": Title(_("Count keys"), "show_user_instances"),
    "GET user-quotas": Title(_("Show quotas"), "show_user_quotas"),
    "POST resources-migrate": Title(_("Move a key to another enterprise project"), ""),
    "POST encrypt-data": Title(_("Encrypt data"), "encrypt_data"),
    "POST decrypt-data": Title(_("Decrypt data"), "decrypt_data"),
    "POST re-encrypt": Title(_("Encrypt data anew under another key"), "re_encrypt"),
    "POST create-datakey": Title(_("Create a data key"), "create_datakey"),
    "POST create-datakey-without-plaintext": Title(
        _("Create a data key without its plaintext"), "create_datakey_without_plaintext"
    ),
    "POST encrypt-datakey": Title(_("Encrypt a data key"), "encrypt_datakey"),
    "POST decrypt-datakey": Title(_("Decrypt a data key"), "decrypt_datakey"),
    "POST create-rsa-datakey-pair": Title(_("Create an RSA key pair"), "create_rsa_datakey_pair"),
    "POST create-ec-datakey-pair": Title(_("Create an elliptic-curve key pair"), "create_ec_datakey_pair"),
    "POST gen-random": Title(_("Generate random bytes"), "create_random"),
    "POST sign": Title(_("Sign a message or digest"), "sign"),
    "POST verify": Title(_("Verify a signature"), "validate_signature"),
    "POST get-publickey": Title(_("Show a public key"), "show_public_key"),
    "POST generate-mac": Title(_("Generate a MAC"), "generate_mac"),
    "POST verify-mac": Title(_("Verify a MAC"), "verify_mac"),
    "POST get-parameters-for-import": Title(_("Get the parameters of an import"), "create_parameters_for_import"),
    "POST import-key-material": Title(_("Import key material"), "import_key_material"),
    "POST delete-imported-key-material": Title(_("Delete imported key material"), "delete_imported_key_material"),
    "POST enable-key-rotation": Title(_("Enable rotation"), "enable_key_rotation"),
    "POST disable-key-rotation": Title(_("Disable rotation"), "disable_key_rotation"),
    "POST update-key-rotation-interval": Title(_("Change the rotation interval"), "update_key_rotation_interval"),
    "POST get-key-rotation-status": Title(_("Show how a key rotates"), "show_key_rotation_status"),
    "POST rotate-on-demand": Title(_("Rotate a key now"), "rotate_on_demand"),
    "POST aliases": Title(_("Create an alias"), "create_alias"),
    "GET aliases": Title(_("List aliases"), "list_aliases"),
    "DELETE aliases": Title(_("Delete aliases"), "delete_alias"),
    "POST alias/associate": Title(_("Move an alias to another key"), "associate_alias"),
    "GET tags": Title(_("List the tags of the project"), "list_kms_tags"),
    "GET {key_id}/tags": Title(_("List the tags of a key"), "show_kms_tags"),
    "POST {key_id}/tags": Title(_("Add a tag"), "create_kms_tag"),
    "POST {key_id}/tags/action": Title(_("Add or delete several tags"), "batch_create_kms_tags"),
    "DELETE {key_id}/tags/{key}": Title(_("Delete a tag"), "delete_tag"),
    "POST resource_instances/action": Title(_("Find keys by tags"), "list_kms_by_tags"),
    "POST create-grant": Title(_("Create a grant"), "create_grant"),
    "POST list-grants": Title(_("List the grants of a key"), "list_grants"),
    "POST list-retirable-grants": Title(_("List grants to retire"), "list_retirable_grants"),
    "POST revoke-grant": Title(_("Revoke a grant"), "cancel_grant"),
    "POST retire-grant": Title(_("Retire a grant"), "cancel_self_grant"),
}

# Of what the cloud alone offers
ABSENT = {
    Call.LIST_KEY_STORES: Title(_("List dedicated key stores"), "list_key_stores"),
    Call.SHOW_KEY_STORE: Title(_("Show a dedicated key store"), ""),
    Call.CREATE_KEY_STORE: Title(_("Create a dedicated key store"), ""),
    Call.DELETE_KEY_STORE: Title(_("Delete a dedicated key store"), ""),
    Call.ENABLE_KEY_STORE: Title(_("Enable a dedicated key store"), ""),
    Call.DISABLE_KEY_STORE: Title(_("Disable a dedicated key store"), ""),
    Call.LIST_SUPPORT_REGIONS: Title(_("List the regions of multi-region keys"), "list_support_regions"),
    Call.REPLICATE_KEY: Title(_("Replicate a key to another region"), ""),
    Call.UPDATE_PRIMARY_REGION: Title(_("Change a key's primary region"), ""),
    Call.LIST_KEY_POLICIES: Title(_("List key policies"), "list_key_policy"),
    Call.SHOW_KEY_POLICY: Title(_("Show a key policy"), ""),
    Call.CREATE_KEY_POLICY: Title(_("Create a key policy"), ""),
    Call.UPDATE_KEY_POLICY: Title(_("Change a key policy"), ""),
    Call.DELETE_KEY_POLICY: Title(_("Delete a key policy"), ""),
    Call.LIST_ACCESS_POINTS: Title(_("List access points"), "list_access_point"),
    Call.CREATE_ACCESS_POINT: Title(_("Create an access point"), ""),
    Call.DELETE_ACCESS_POINT: Title(_("Delete an access point"), ""),
    Call.ENABLE_ACCESS_POINT: Title(_("Enable an access point"), ""),
    Call.DISABLE_ACCESS_POINT: Title(_("Disable an access point"), ""),
    Call.DOWNLOAD_ACCESS_POINT_KEY: Title(_("Download an access point's private key"), ""),
    Call.CREATE_PIN: Title(_("Create a PIN"), ""),
    Call.CREATE_DATAKEY_CAPSULE: Title(_("Create a capsule of a data key"), ""),
    Call.DECRYPT_DATAKEY_CAPSULE: Title(_("Decrypt a capsule of a data key"), ""),
    Call.DERIVE_SHARED_SECRET: Title(_("Derive a shared secret"), ""),
}
