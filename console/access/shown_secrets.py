"""Access keys whose secret itself is shown, where a door's clients know no signature."""

import re
import secrets

from console.access.last_uses import note_use
from console.access.principals import Principal, holder_of_access_key
from console.access.signature import PURPOSE, secret_of
from console.models import AccessKey
from keys.crypto.secrets import is_same_secret

ACCESS_KEY = re.compile(r"[0-9A-Za-z]{1,64}")


def holder_of_shown_secret(ak: str, secret: str) -> Principal | None:
    """Whose active access key this is, a service user in its project; None for an unknown one and a wrong secret alike.

    Raises SecretDamaged."""
    found = holder_of_access_key(ak, "") if ACCESS_KEY.fullmatch(ak) else None
    expected = secret_of(found, PURPOSE, ak) if found else secrets.token_hex(20)
    if not is_same_secret(expected, secret) or found is None:
        return None
    note_use(AccessKey, ak)
    return holder_of_access_key(ak, found.user.project_id or "")
