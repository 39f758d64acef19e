"""The domain: one verb a function, a `Caller` first, permission and trace inside. Console, API and admin call these."""

from keys.operations.absent import list_none, refuse
from keys.operations.access import who_may
from keys.operations.aliases import associate_alias, create_alias, delete_alias, delete_aliases, list_aliases
from keys.operations.asking import asked_of
from keys.operations.changing import update_alias, update_description
from keys.operations.creation import check_alias_free, create_key, key_errors, propose_alias
from keys.operations.data import decrypt_data, encrypt_data, re_encrypt
from keys.operations.datakeys import (
    create_datakey,
    create_datakey_without_plaintext,
    create_ec_datakey_pair,
    create_rsa_datakey_pair,
    decrypt_datakey,
    encrypt_datakey,
)
from keys.operations.grants import (
    create_grant,
    grantee_named,
    list_grants,
    list_retirable_grants,
    retire_grant,
    revoke_grant,
    suggest_grantees,
)
from keys.operations.importing import (
    delete_imported_key_material,
    get_parameters_for_import,
    import_key_material,
    imports_under_way,
    resume_import,
)
from keys.operations.kv import (
    create_database_key,
    create_database_mount,
    delete_values,
    destroy_values,
    forget_value,
    list_all_versions,
    list_values,
    list_versions,
    read_value,
    rotate_database_key,
    undelete_values,
    write_value,
)
from keys.operations.lifecycle import cancel_key_deletion, disable_key, enable_key, schedule_key_deletion
from keys.operations.listing import count_keys, describe_key, list_key_details, show_quotas
from keys.operations.macs import gen_random, generate_mac, verify_mac
from keys.operations.migrating import migrate_key
from keys.operations.mounts import create_mount, delete_mount, get_mount, get_mount_of, list_mounts
from keys.operations.protecting import protect_key, protected_among, protection_of, unprotect_key
from keys.operations.reading import get_key, list_keys, list_these
from keys.operations.rotation import (
    disable_key_rotation,
    enable_key_rotation,
    get_key_rotation_status,
    rotate_key,
    update_key_rotation_interval,
)
from keys.operations.searching import find_keys
from keys.operations.signing import get_public_key, sign, verify_signature
from keys.operations.tags import add_tags, change_tags, delete_tag, list_project_tags, list_tags, suggest_tags
from keys.operations.versions import describe_versions

__all__ = [
    "add_tags",
    "asked_of",
    "associate_alias",
    "cancel_key_deletion",
    "change_tags",
    "check_alias_free",
    "count_keys",
    "create_alias",
    "create_database_key",
    "create_database_mount",
    "create_datakey",
    "create_datakey_without_plaintext",
    "create_ec_datakey_pair",
    "create_grant",
    "create_key",
    "create_mount",
    "create_rsa_datakey_pair",
    "decrypt_data",
    "decrypt_datakey",
    "delete_alias",
    "delete_aliases",
    "delete_imported_key_material",
    "delete_mount",
    "delete_tag",
    "delete_values",
    "describe_key",
    "describe_versions",
    "destroy_values",
    "disable_key",
    "disable_key_rotation",
    "enable_key",
    "enable_key_rotation",
    "encrypt_data",
    "encrypt_datakey",
    "find_keys",
    "forget_value",
    "gen_random",
    "generate_mac",
    "get_key",
    "get_key_rotation_status",
    "get_mount",
    "get_mount_of",
    "get_parameters_for_import",
    "get_public_key",
    "grantee_named",
    "import_key_material",
    "imports_under_way",
    "key_errors",
    "list_aliases",
    "list_all_versions",
    "list_grants",
    "list_key_details",
    "list_keys",
    "list_mounts",
    "list_none",
    "list_project_tags",
    "list_retirable_grants",
    "list_tags",
    "list_these",
    "list_values",
    "list_versions",
    "migrate_key",
    "propose_alias",
    "protect_key",
    "protected_among",
    "protection_of",
    "re_encrypt",
    "read_value",
    "refuse",
    "resume_import",
    "retire_grant",
    "revoke_grant",
    "rotate_database_key",
    "rotate_key",
    "schedule_key_deletion",
    "show_quotas",
    "sign",
    "suggest_grantees",
    "suggest_tags",
    "undelete_values",
    "unprotect_key",
    "update_alias",
    "update_description",
    "update_key_rotation_interval",
    "verify_mac",
    "verify_signature",
    "who_may",
    "write_value",
]
