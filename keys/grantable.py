"""What a grant can give: each operation's name on the wire, and the call that it lets the grantee make.

The names up to decrypt-data are the API contract's (4.5); those after it are of later editions, named as their calls.
"""

from collections.abc import Mapping

from keys.calls import Call

GRANTABLE: Mapping[str, Call] = {
    "create-datakey": Call.CREATE_DATAKEY,
    "create-datakey-without-plaintext": Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT,
    "encrypt-datakey": Call.ENCRYPT_DATAKEY,
    "decrypt-datakey": Call.DECRYPT_DATAKEY,
    "describe-key": Call.DESCRIBE_KEY,
    "create-grant": Call.CREATE_GRANT,
    "retire-grant": Call.RETIRE_GRANT,
    "encrypt-data": Call.ENCRYPT_DATA,
    "decrypt-data": Call.DECRYPT_DATA,
    "sign": Call.SIGN,
    "verify": Call.VERIFY_SIGNATURE,
    "generate-mac": Call.GENERATE_MAC,
    "verify-mac": Call.VERIFY_MAC,
    "get-publickey": Call.GET_PUBLIC_KEY,
}
CREATE_GRANT, RETIRE_GRANT = "create-grant", "retire-grant"

COVERED_BY: Mapping[Call, str] = {call: name for name, call in GRANTABLE.items() if call is not Call.RETIRE_GRANT}
"""The operation that a call on a key needs. Retiring is a right over the grantee's own grants, not over the key."""
