"""What each call asks of the key: its state, its kind, and whether a default key will do (console contract, 'States').

One table for operations, console and tests: a call that works with a key is a row of it, or it works in no state.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from keys.calls import Call, Kind
from keys.errors import (
    CurveKeyCantEncrypt,
    ExternalKeyNeverRotates,
    ExternalKeyRequired,
    KeyAlreadyPendingDeletion,
    KeyDisabled,
    KeyIsAsymmetric,
    KeyIsDefault,
    KeyIsForEncryption,
    KeyIsForMacs,
    KeyIsForSigning,
    KeyIsSymmetric,
    KeyNotDisabled,
    KeyNotEnabled,
    KeyNotPendingDeletion,
    KeyNotPendingImport,
    KeyPendingDeletion,
    KeyPendingImport,
    KmsError,
    MaterialNotDeletable,
    PrivateKeyStays,
    RsaKeyNeverRotates,
    SymmetricKeyCantSign,
)
from keys.models.key import Key, KeyState
from keys.specs import Family, KeyOrigin, KeyUsage

ENABLED, DISABLED = KeyState.ENABLED, KeyState.DISABLED
PENDING_DELETION, PENDING_IMPORT = KeyState.PENDING_DELETION, KeyState.PENDING_IMPORT
Refusal = type[KmsError]


class Need(Enum):
    """What a call needs the key for; decides which kinds of keys will do."""

    ANYTHING = "anything"
    ENCRYPTION = "encryption"
    DATA_KEYS = "data keys"
    SIGNATURES = "signatures"
    MACS = "MACs"
    PUBLIC_KEY = "a public key"
    ROTATION = "rotation"
    ROTATION_STATUS = "rotation status"
    DELETABLE_MATERIAL = "material that may be deleted by hand"


# By family first; then by the usage, where the spec leaves a choice; then by the origin.
UNFIT_FAMILIES: Mapping[Need, Mapping[Family, Refusal]] = {
    Need.ANYTHING: {},
    Need.ENCRYPTION: {Family.MAC: KeyIsForMacs, Family.CURVE: CurveKeyCantEncrypt},
    Need.DATA_KEYS: {Family.MAC: KeyIsForMacs, Family.RSA: KeyIsAsymmetric, Family.CURVE: KeyIsAsymmetric},
    Need.SIGNATURES: {Family.SYMMETRIC: SymmetricKeyCantSign, Family.MAC: KeyIsForMacs},
    Need.MACS: {
        Family.SYMMETRIC: KeyIsForEncryption,
        Family.RSA: KeyIsAsymmetric,
        Family.CURVE: KeyIsAsymmetric,
    },
    Need.PUBLIC_KEY: {Family.SYMMETRIC: KeyIsSymmetric, Family.MAC: KeyIsSymmetric},
    Need.ROTATION: {Family.MAC: KeyIsForMacs, Family.RSA: RsaKeyNeverRotates, Family.CURVE: KeyIsAsymmetric},
    Need.ROTATION_STATUS: {Family.RSA: KeyIsAsymmetric, Family.CURVE: KeyIsAsymmetric},
    Need.DELETABLE_MATERIAL: {Family.RSA: PrivateKeyStays, Family.CURVE: PrivateKeyStays},
}
UNFIT_USAGES: Mapping[Need, Mapping[str, Refusal]] = {
    Need.ENCRYPTION: {KeyUsage.SIGN_VERIFY: KeyIsForSigning},
    Need.SIGNATURES: {KeyUsage.ENCRYPT_DECRYPT: KeyIsForEncryption},
}
UNFIT_ORIGINS: Mapping[Need, Mapping[str, Refusal]] = {Need.ROTATION: {KeyOrigin.EXTERNAL: ExternalKeyNeverRotates}}
OF_STATE: Mapping[int, Refusal] = {
    DISABLED: KeyDisabled,
    PENDING_DELETION: KeyPendingDeletion,
    PENDING_IMPORT: KeyPendingImport,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """The states in which a call works; in any other the state's own refusal, or `otherwise`."""

    states: frozenset[int]
    need: Need = Need.ANYTHING
    otherwise: Refusal | None = None
    takes_default_keys: bool = False
    takes_external_keys_only: bool = False


ALWAYS = frozenset(KeyState)
UNTIL_DELETION = ALWAYS - {PENDING_DELETION}
WORKING = frozenset({ENABLED})

RULES: Mapping[Call, Rule] = {
    Call.DESCRIBE_KEY: Rule(ALWAYS),
    Call.LIST_TAGS: Rule(ALWAYS),
    Call.GET_PUBLIC_KEY: Rule(ALWAYS, Need.PUBLIC_KEY),
    Call.ENABLE_KEY: Rule(frozenset({DISABLED}), otherwise=KeyNotDisabled),
    Call.DISABLE_KEY: Rule(WORKING, otherwise=KeyNotEnabled),
    Call.SCHEDULE_KEY_DELETION: Rule(UNTIL_DELETION, otherwise=KeyAlreadyPendingDeletion),
    Call.CANCEL_KEY_DELETION: Rule(frozenset({PENDING_DELETION}), otherwise=KeyNotPendingDeletion),
    Call.UPDATE_KEY_ALIAS: Rule(UNTIL_DELETION),
    Call.UPDATE_KEY_DESCRIPTION: Rule(UNTIL_DELETION),
    Call.PROTECT_KEY: Rule(UNTIL_DELETION),
    Call.UNPROTECT_KEY: Rule(ALWAYS),
    Call.MIGRATE_KEY: Rule(UNTIL_DELETION),
    Call.CREATE_TAG: Rule(UNTIL_DELETION),
    Call.DELETE_TAG: Rule(UNTIL_DELETION),
    Call.BATCH_TAGS: Rule(UNTIL_DELETION),
    Call.ENCRYPT_DATA: Rule(WORKING, Need.ENCRYPTION),
    Call.DECRYPT_DATA: Rule(WORKING, Need.ENCRYPTION),
    Call.RE_ENCRYPT: Rule(WORKING, Need.ENCRYPTION),
    Call.CREATE_DATAKEY: Rule(WORKING, Need.DATA_KEYS, takes_default_keys=True),
    Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT: Rule(WORKING, Need.DATA_KEYS, takes_default_keys=True),
    Call.ENCRYPT_DATAKEY: Rule(WORKING, Need.DATA_KEYS),
    Call.DECRYPT_DATAKEY: Rule(WORKING, Need.DATA_KEYS, takes_default_keys=True),
    Call.CREATE_RSA_DATAKEY_PAIR: Rule(WORKING, Need.DATA_KEYS),
    Call.CREATE_EC_DATAKEY_PAIR: Rule(WORKING, Need.DATA_KEYS),
    Call.SIGN: Rule(WORKING, Need.SIGNATURES),
    Call.VERIFY_SIGNATURE: Rule(WORKING, Need.SIGNATURES),
    Call.GENERATE_MAC: Rule(WORKING, Need.MACS),
    Call.VERIFY_MAC: Rule(WORKING, Need.MACS),
    Call.ENABLE_KEY_ROTATION: Rule(WORKING, Need.ROTATION),
    Call.DISABLE_KEY_ROTATION: Rule(WORKING, Need.ROTATION),
    Call.UPDATE_KEY_ROTATION_INTERVAL: Rule(WORKING, Need.ROTATION),
    Call.ROTATE_KEY: Rule(WORKING, Need.ROTATION),
    Call.GET_ROTATION_STATUS: Rule(ALWAYS, Need.ROTATION_STATUS),
    Call.CREATE_ALIAS: Rule(UNTIL_DELETION),
    Call.ASSOCIATE_ALIAS: Rule(UNTIL_DELETION),
    Call.DELETE_ALIAS: Rule(ALWAYS),
    Call.LIST_ALIASES: Rule(ALWAYS),
    Call.GET_PARAMETERS_FOR_IMPORT: Rule(UNTIL_DELETION, takes_external_keys_only=True),
    Call.IMPORT_KEY_MATERIAL: Rule(
        frozenset({PENDING_IMPORT}), otherwise=KeyNotPendingImport, takes_external_keys_only=True
    ),
    Call.DELETE_IMPORTED_KEY_MATERIAL: Rule(
        frozenset({ENABLED, DISABLED}),
        Need.DELETABLE_MATERIAL,
        otherwise=MaterialNotDeletable,
        takes_external_keys_only=True,
    ),
    Call.CREATE_GRANT: Rule(WORKING),
    Call.LIST_GRANTS: Rule(ALWAYS),
    Call.REVOKE_GRANT: Rule(ALWAYS),
    Call.RETIRE_GRANT: Rule(ALWAYS),
}


def check_usable(key: Key, call: Call) -> None:
    """Raise what refuses `call` for this key: what it is for ever, then its state."""
    check_kind(key, call)
    rule = RULES[call]
    if key.state not in rule.states:
        raise (rule.otherwise or OF_STATE[key.state])()


def is_usable(key: Key, call: Call) -> bool:
    """Whether the key's kind and state allow `call` now."""
    return _passes(check_usable, key, call)


def fits(key: Key, call: Call) -> bool:
    """Whether the key's kind ever allows `call`."""
    return _passes(check_kind, key, call)


def check_kind(key: Key, call: Call) -> None:
    """Raise what refuses `call` for this key in whatever state: default keys first, then its origin and its kind."""
    rule = RULES[call]
    if key.is_default and not rule.takes_default_keys and call.kind is not Kind.READ:
        raise KeyIsDefault()
    if rule.takes_external_keys_only and key.origin != KeyOrigin.EXTERNAL:
        raise ExternalKeyRequired()
    unfit = UNFIT_FAMILIES[rule.need].get(key.spec.family) or UNFIT_USAGES.get(rule.need, {}).get(key.key_usage)
    unfit = unfit or UNFIT_ORIGINS.get(rule.need, {}).get(key.origin)
    if unfit is not None:
        raise unfit()


def _passes(check: Callable[[Key, Call], None], key: Key, call: Call) -> bool:
    try:
        check(key, call)
    except KmsError:
        return False
    return True
