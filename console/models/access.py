"""Access keys and tokens, roles of an account's own, and the roles that users hold."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from console.models.accounts import Account, User
from console.models.enterprise import EnterpriseProject
from console.models.places import Project
from console.validators import validate_role_name, validate_text


class AccessKey(models.Model):
    """Signs API requests as a user; its secret is wrapped under the root key and shown once."""

    ak = models.CharField(_("access key ID"), primary_key=True, max_length=20)
    user = models.ForeignKey(User, models.CASCADE, related_name="access_keys", verbose_name=_("user"))
    wrapped_secret = models.BinaryField()
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("access key"), _("access keys")

    def __str__(self) -> str:
        return self.ak


class Token(models.Model):
    """What a program shows instead of a signature (`X-Auth-Token`), for 24 hours at most; only its SHA-256 is stored.

    A token without a project says who asks, and opens no key. One that was given for an access key ends with it."""

    digest = models.CharField(primary_key=True, max_length=64)
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    project = models.ForeignKey(Project, models.CASCADE, null=True)
    access_key = models.ForeignKey(AccessKey, models.CASCADE, null=True, related_name="tokens")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)


class TemporaryAccessKey(models.Model):
    """An access key for 15 minutes to 24 hours, which signs only beside its own token (`X-Security-Token`).

    Its secret is wrapped as an access key's, of its token only the SHA-256 is stored. One that was asked for with a
    token is good where that token was: in its project, or in none."""

    ak = models.CharField(primary_key=True, max_length=20)
    user = models.ForeignKey(User, models.CASCADE, related_name="temporary_access_keys")
    wrapped_secret = models.BinaryField()
    token_digest = models.CharField(max_length=64)
    access_key = models.ForeignKey(AccessKey, models.CASCADE, null=True)
    is_bound = models.BooleanField()
    project = models.ForeignKey(Project, models.CASCADE, null=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.ak


class ServiceToken(models.Model):
    """What a service user shows, for as long as its administrators let it; only its SHA-256 is stored."""

    digest = models.CharField(primary_key=True, max_length=64)
    user = models.ForeignKey(User, models.CASCADE, related_name="service_tokens", db_index=False)
    name = models.CharField(_("name"), max_length=64, validators=[validate_role_name])
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("service token"), _("service tokens")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "name"], name="service_token_name_once_a_user")
        ]

    def __str__(self) -> str:
        return self.name


class CustomRole(models.Model):
    """A role that an account made for itself, beside the system roles: a name and the actions that it allows."""

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="custom_roles", verbose_name=_("account"), db_index=False
    )
    name = models.CharField(_("name"), max_length=64, validators=[validate_role_name])
    description = models.CharField(_("description"), max_length=255, blank=True, validators=[validate_text])
    actions = models.JSONField(_("actions"), default=list)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = _("custom role"), _("custom roles")
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Whatever the case: two that differ in it alone would be taken for each other.
            models.UniqueConstraint("account", Lower("name"), name="custom_role_name_once_an_account")
        ]

    def __str__(self) -> str:
        return self.name


class RoleAssignment(models.Model):
    """A role that a user holds, the system's or his account's own: in one project or in all, for one enterprise
    project's resources or for all."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_assignments", verbose_name=_("user"))
    # The name of a system role; empty where it is one of the account's own.
    role = models.CharField(_("role"), max_length=64, blank=True)
    custom_role = models.ForeignKey(
        CustomRole, models.PROTECT, null=True, blank=True, related_name="assignments", verbose_name=_("custom role")
    )
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, verbose_name=_("project"), help_text=_("Empty: all projects.")
    )
    enterprise_project = models.ForeignKey(
        EnterpriseProject,
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("enterprise project"),
        help_text=_("Empty: all resources."),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("role of a user"), _("roles of users")
        ordering: ClassVar[list[str]] = ["role", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(role="") ^ models.Q(custom_role=None),
                name="role_of_the_system_or_the_account",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the role is called."""
        return self.role if self.custom_role is None else self.custom_role.name
