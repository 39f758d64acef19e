"""Accounts and their users."""

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models.ids import hex_id
from console.validators import validate_name


class Account(models.Model):
    """A tenant: it owns users, projects, enterprise projects and keys (`domain` on the wire)."""

    id = models.CharField(_("account ID"), primary_key=True, max_length=32, default=hex_id, editable=False)
    name = models.CharField(_("name"), max_length=64, unique=True, validators=[validate_name])
    is_enterprise = models.BooleanField(_("enterprise account"), default=False)
    # The database has the default too: nodes of the version before it go on making accounts and users meanwhile.
    needs_second_factor = models.BooleanField(
        _("everyone needs a second factor"), default=False, db_default=False, editable=False
    )
    key_quota = models.PositiveIntegerField(_("key quota"), default=20)
    # Kept under the account's row lock: the quota is decided, and shown on each page, without counting keys.
    key_count = models.PositiveIntegerField(_("keys"), default=0, editable=False)
    # The number of the last key made, default keys included: lists are paged by it.
    last_key_number = models.PositiveBigIntegerField(default=0, editable=False)
    # With a default of the database's own: nodes that know nothing of it yet go on making accounts.
    needs_approval = models.BooleanField(_("deletions need approval"), default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("account"), _("accounts")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name = self.name.lower()
        super().save(*args, **kwargs)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.select_related("account").get(username=username)


class Service(models.TextChoices):
    """A service of the cloud that encrypts under keys, by the name that its default key begins with."""

    OBS = "obs", _("Object Storage Service")
    EVS = "evs", _("Elastic Volume Service")
    IMS = "ims", _("Image Management Service")
    RDS = "rds", _("Relational Database Service")

    @property
    def default_key(self) -> str:
        """The name of the key that it uses where none is chosen."""
        return f"{self.value}/default"


class User(AbstractBaseUser, PermissionsMixin):
    """A person or program of one account; `username` is the pair `account/login`, ASCII and lower-case.

    One with a project is a *service user*: a program's, that signs in to no console, has no password and manages
    nothing; whatever it shows is good in this project alone. With `service` it uses that service's default key."""

    id = models.CharField(_("user ID"), primary_key=True, max_length=32, default=hex_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="users", verbose_name=_("account"))
    login = models.CharField(_("user"), max_length=64, validators=[validate_name])
    username = models.CharField(_("sign-in name"), max_length=129, unique=True, editable=False)
    is_owner = models.BooleanField(
        _("manages the account"), default=False, help_text=_("May do everything in the account.")
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may use the administration"), default=False)
    # Kept beside the factors themselves, under the user's row lock: each page and each sign-in asks for it.
    has_second_factor = models.BooleanField(_("has a second factor"), default=False, db_default=False, editable=False)
    # With defaults of the database's own: nodes of the version before make users too, while they are upgraded in turn.
    must_change_password = models.BooleanField(default=False, db_default=False, editable=False)
    password_changed_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    recent_projects = models.JSONField(default=list, editable=False)
    project = models.ForeignKey(
        "console.Project",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="service_users",
        verbose_name=_("project"),
    )
    service = models.CharField(
        _("service"), max_length=8, choices=Service.choices, blank=True, default="", db_default="", editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name, verbose_name_plural = _("user"), _("users")
        ordering: ClassVar[list[str]] = ["username"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(project=None) | models.Q(is_owner=False, is_staff=False, is_superuser=False),
                name="service_users_manage_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(service="") | models.Q(project__isnull=False), name="service_of_service_users_alone"
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def get_short_name(self) -> str:
        return self.login

    @property
    def is_service(self) -> bool:
        """Whether it is a service user, and no person."""
        return self.project_id is not None

    @property
    def default_key(self) -> str:
        """The name of the default key that a service user of a service may use; empty for all others."""
        return Service(self.service).default_key if self.service else ""

    @property
    def has_to_change_password(self) -> bool:
        """Whether he gets no further before he has chosen another: somebody gave it to him, or it is too old."""
        if not self.has_usable_password():
            return False
        oldest = timezone.now() - timedelta(days=settings.PASSWORD_MAX_DAYS)
        return self.must_change_password or (settings.PASSWORD_MAX_DAYS > 0 and self.password_changed_at < oldest)

    @staticmethod
    def username_of(account: str, login: str) -> str:
        """The sign-in name of a pair as typed. Other than ASCII is left as it is, so that no folding lends a name; NUL,
        which PostgreSQL takes in no text, is in none."""
        username = f"{account.strip()}/{login.strip()}".replace("\0", "")
        return username.lower() if username.isascii() else username

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.login = self.login.lower()
        self.username = self.username_of(self.account.name, self.login)
        super().save(*args, **kwargs)
