"""What a password must not be, beside what Django's own validators say."""

from typing import Any, Final

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from console.models import PastPassword, User

REMEMBERED: Final = 5
"""Passwords that a new one must differ from, the present one among them."""


class NotUsedBefore:
    """A validator of AUTH_PASSWORD_VALIDATORS: none of the user's last passwords."""

    def validate(self, password: str, user: Any = None) -> None:
        if not isinstance(user, User) or user._state.adding:
            return
        past = user.past_passwords.values_list("password", flat=True)[: REMEMBERED - 1]
        if any(check_password(password, one) for one in (user.password, *past)):
            raise ValidationError(_("You had this password before. Choose one that you have not used here."))

    def get_help_text(self) -> str:
        return policy()


def policy() -> str:
    """What a password must be, in one sentence for the line under its field."""
    lengths = [one.min_length for one in get_default_password_validators() if isinstance(one, MinimumLengthValidator)]
    words = {"length": max(lengths, default=1), "n": REMEMBERED}
    text = _(
        "At least %(length)s characters; not a common password, not only digits, not like the name, none of the last "
        "%(n)s."
    )
    return text % words


def keep_past(user: User, password: str) -> None:
    """Within the caller's transaction, remember a password's hash that `user` had until now."""
    if password:
        PastPassword.objects.create(user=user, password=password)
    kept = list(user.past_passwords.values_list("pk", flat=True)[: REMEMBERED - 1])
    user.past_passwords.exclude(pk__in=kept).delete()
