"""What a caller may not do: by his roles, and by what he was granted."""

from collections.abc import Iterable
from typing import Self

from django.utils.translation import gettext_lazy as _

from console.texts import listed
from keys.errors.base import KmsError


class NotPermitted(KmsError):
    code, status = "KMS.0306", 403
    text = _(
        "You may not do this: permission %(action)s is missing. Roles that have it: %(roles)s. "
        "Given by: account administrator %(administrator)s."
    )
    for_owners = _(
        "You may not do this: permission %(action)s is missing. Only account administrator %(administrator)s has it."
    )
    for_administrators = _(
        "You may not do this: permission %(action)s is missing. Ask an administrator of this server."
    )
    with_key = _(
        "You may not do this with key %(key)s: permission %(action)s is missing. Roles that have it: %(roles)s. "
        "Given by: account administrator %(administrator)s."
    )

    @classmethod
    def of(cls, action: str, roles: Iterable[str], administrators: Iterable[str], key: object = "") -> Self:
        """The missing action, the key where there is one, the roles that have it, and who can give them."""
        names = listed(administrators)
        if action.startswith("server:"):
            return cls(text=cls.for_administrators, action=action)
        if not roles:
            return cls(text=cls.for_owners, action=action, administrator=names)
        if key:
            return cls(text=cls.with_key, key=key, action=action, roles=listed(roles), administrator=names)
        return cls(action=action, roles=listed(roles), administrator=names)


class NotGranted(KmsError):
    code, status = "KMS.0306", 403
    text = _("You may not do this with key %(key)s: no grant of yours covers it. Ask the account that owns the key.")


class GrantExceedsOwn(KmsError):
    code, status, field = "KMS.0306", 403, "operations"
    text = _("You may pass on only what you are granted yourself. Leave out: %(operations)s.")
