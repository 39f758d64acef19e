"""What keys, aliases and accounts are called in AWS's words: ARNs, and an account of twelve digits."""

import hashlib
import re
import uuid
from functools import lru_cache
from typing import NamedTuple, Self

from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from keys.errors import KeyNotFound, KmsError

DIGITS = 12
ARN = re.compile(r"arn:aws:kms:([0-9A-Za-z_-]{1,128}):([0-9]{12}):(?:key/([^/]+)|(alias/.+))")


class ArnInvalid(KmsError):
    code = "KMS.0205"
    text = _(
        "This is no ARN of a key or alias here. It is arn:aws:kms:<region>:<account>:key/<key ID>, or "
        "arn:aws:kms:<region>:<account>:alias/<name>."
    )


class Place(NamedTuple):
    """Where the caller is, as his ARNs say it."""

    region: str
    account: str

    @classmethod
    def of(cls, caller: Caller) -> Self:
        assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
        return cls(caller.project.region_id, account_digits(caller.account.pk))

    def key(self, key_id: uuid.UUID | str) -> str:
        """The ARN of a key."""
        return f"arn:aws:kms:{self.region}:{self.account}:key/{key_id}"

    def alias(self, name: str) -> str:
        """The ARN of an alias, whose name begins with `alias/`."""
        return f"arn:aws:kms:{self.region}:{self.account}:{name}"

    def id_in(self, named: str) -> str:
        """The key ID, or the alias, in an ARN of this place; anything but an ARN is left to the operations.

        Raises ArnInvalid; KeyNotFound for another region or account."""
        if not named.startswith("arn:"):
            return named
        match = ARN.fullmatch(named)
        if match is None:
            raise ArnInvalid()
        if match.group(1, 2) != self:
            raise KeyNotFound()
        return match[3] or match[4]


@lru_cache(maxsize=1024)
def account_digits(account_id: str) -> str:
    """An account's number: its ID's SHA-256 as a number, the last twelve decimal digits of it. It names; it decides
    nothing: keys are looked for in the caller's own account."""
    return str(int(hashlib.sha256(account_id.encode()).hexdigest(), 16))[-DIGITS:]
