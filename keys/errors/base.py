"""The root of all refusals, and those that concern no subject of their own.

`code` and `status` are the wire's (`error-codes` of the API contract), `retry_after` the seconds after which a call may
succeed, `field` names the form field that the message belongs to, and `text` says what happened and what to do.
"""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class KmsError(ValidationError):
    """A refusal with the wire's code and HTTP status; `params` fill the named places of `text`."""

    code: str = "KMS.0308"
    status: ClassVar[int] = 400
    retry_after: int = 0
    field: ClassVar[str | None] = None
    text: ClassVar[Text] = _("The request has an invalid parameter.")

    def __init__(self, *, text: Text | None = None, **params: Any) -> None:
        super().__init__(text if text is not None else self.text, code=type(self).code, params=params or None)  # type: ignore[arg-type]


class NotOffered(KmsError):
    code = "KMS.0340"
    text = _("This server does not support this call of the cloud's API.")


class NameInvalid(KmsError):
    field = "name"
    text = _("Use 1 to 64 letters, digits and . _ @ + - in a name, beginning with a letter or digit.")


class TextInvalid(KmsError):
    text = _("The text has a NUL character. Remove it.")


class NameTaken(KmsError):
    field = "name"
    text = _("The name “%(name)s” is taken. Choose another one.")


class NotFound(KmsError):
    status = 404
    text = _("There is nothing at this address. It may have been deleted, or belong to another account.")


class Failed(KmsError):
    """What the trail says of a call that ended in an error of the server itself."""

    code, status = "KMS.0103", 500
    text = _("A system exception occurred. Try again, and tell the administrator of this server the request ID.")


class NotSaved(KmsError):
    code, status, retry_after = "KMS.0104", 503, 2
    text = _(
        "The database can't be written now, or did not confirm it. Try again; a change may have been made all the same."
    )
