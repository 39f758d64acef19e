"""What proves a user beside his password: an authenticator app, passkeys, recovery codes; and who has to prove it."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models.accounts import User
from console.models.ids import hex_id


class Authenticator(models.Model):
    """An app that makes one-time codes (RFC 6238) of a secret that it shares with the server, where the secret is
    wrapped under the root key. Until a code of it was shown it is not confirmed, and proves nothing.

    A code is good once: `last_step` is the number of the half minute that the last accepted one was of."""

    user = models.ForeignKey(User, models.CASCADE, related_name="authenticators", db_index=False)
    wrapped_secret = models.BinaryField()
    is_confirmed = models.BooleanField(default=False)
    last_step = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("authenticator app"), _("authenticator apps")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "is_confirmed"], name="one_authenticator_of_a_user")
        ]


class Passkey(models.Model):
    """A key pair in a device of the user's (WebAuthn), of which the server has the public half.

    `credential` is what the device gave for it: its kind, id and public key; `sign_count` how often the device says
    that it has signed."""

    user = models.ForeignKey(User, models.CASCADE, related_name="passkeys")
    name = models.CharField(_("name"), max_length=64)
    credential_id = models.CharField(max_length=1364)
    credential = models.BinaryField()
    transports = models.JSONField(default=list)
    sign_count = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("passkey"), _("passkeys")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["credential_id"], name="a_passkey_is_of_one_user")
        ]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """A code on paper that stands in once for a lost device: 80 random bits, of which only the SHA-256 is stored. One
    that was used is deleted."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes", db_index=False)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "digest"], name="a_recovery_code_once")
        ]


class PendingSignIn(models.Model):
    """A sign-in whose password was right, and whose second factor is still asked for.

    `auth_hash` changes with the password; `challenge` is what a passkey is to sign, and empty once one has."""

    id = models.CharField(primary_key=True, max_length=32, default=hex_id)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    auth_hash = models.CharField(max_length=64)
    attempts_left = models.PositiveSmallIntegerField()
    challenge = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(db_index=True)
