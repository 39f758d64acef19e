"""Grants of keys. Who is granted is named by the ID of his user here; AWS's ARNs of principals don't exist."""

from functools import partial
from typing import ClassVar, Final

from keys import operations
from keys.aws.errors import GrantOperationNotOffered
from keys.aws.lifecycle import page
from keys.aws.names import Place
from keys.aws.operation import Asked, Content, OfKey, Operation
from keys.calls import Call
from keys.models import Grant
from keys.operations.grants import GrantList

DEFAULT_LIMIT = 50
GIVEN: Final[dict[str, tuple[str, ...]]] = {
    "Encrypt": ("encrypt-data",),
    "Decrypt": ("decrypt-data", "decrypt-datakey"),
    "GenerateDataKey": ("create-datakey",),
    "GenerateDataKeyWithoutPlaintext": ("create-datakey-without-plaintext",),
    "Sign": ("sign",),
    "Verify": ("verify",),
    "GetPublicKey": ("get-publickey",),
    "GenerateMac": ("generate-mac",),
    "VerifyMac": ("verify-mac",),
    "DescribeKey": ("describe-key",),
    "CreateGrant": ("create-grant",),
    "RetireGrant": ("retire-grant",),
}
"""What each of AWS's operations is in a grant of ours."""


class CreateGrant(OfKey, frozen=True):
    call: ClassVar[Call] = Call.CREATE_GRANT
    grantee_principal: str
    operations: list[str]
    retiring_principal: str = ""
    name: str = ""

    def ask(self, place: Place) -> Asked:
        for one in self.operations:
            if one not in GIVEN:
                raise GrantOperationNotOffered(name=one[:64], names=", ".join(GIVEN))
        return partial(
            operations.create_grant,
            key_id=place.id_in(self.key_id),
            grantee=self.grantee_principal,
            operations=[ours for theirs in self.operations for ours in GIVEN[theirs]],
            name=self.name,
            retiring_user=self.retiring_principal,
        )

    def answer(self, _place: Place, made: Grant) -> Content:
        return {"GrantId": made.pk, "GrantToken": made.pk}


class ListGrants(OfKey, frozen=True):
    call: ClassVar[Call] = Call.LIST_GRANTS
    limit: int = DEFAULT_LIMIT
    marker: str = ""

    def ask(self, place: Place) -> Asked:
        return partial(operations.list_grants, key_id=place.id_in(self.key_id), limit=self.limit, marker=self.marker)

    def answer(self, place: Place, made: GrantList) -> Content:
        grants = [
            {
                "KeyId": place.key(one.key_id),
                "GrantId": one.pk,
                "Name": one.name,
                "CreationDate": one.created_at.timestamp(),
                "GranteePrincipal": one.grantee_id,
                "RetiringPrincipal": one.retiring_user_id or "",
                "IssuingAccount": place.account,
                "Operations": [theirs for theirs, ours in GIVEN.items() if {*ours} <= {*one.operations}],
            }
            for one in made.grants
        ]
        return {"Grants": grants, **page(made.next_marker)}


class RevokeGrant(OfKey, frozen=True):
    call: ClassVar[Call] = Call.REVOKE_GRANT
    grant_id: str

    def ask(self, place: Place) -> Asked:
        return partial(operations.revoke_grant, key_id=place.id_in(self.key_id), grant_id=self.grant_id)


class RetireGrant(RevokeGrant, frozen=True):
    call: ClassVar[Call] = Call.RETIRE_GRANT

    def ask(self, place: Place) -> Asked:
        return partial(operations.retire_grant, key_id=place.id_in(self.key_id), grant_id=self.grant_id)


GRANTS: list[type[Operation]] = [CreateGrant, ListGrants, RevokeGrant, RetireGrant]
