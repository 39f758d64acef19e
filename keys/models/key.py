"""The key: what it is called, what it is for, where it belongs and in which state it is."""

import uuid
from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager

from console.access.caller import Caller
from console.models import EnterpriseProject, Project
from console.models.ids import growing_id
from console.texts import listed
from keys.errors import (
    AliasReserved,
    KeyNotFound,
    KeySpecUnknown,
    KeyUnchangeable,
    KeyUsageNotAllowed,
)
from keys.models.tags import TaggedKey
from keys.specs import DEFAULT_KEYS, DEFAULT_SPEC, RESERVED_ALIAS_END, SPECS, KeyOrigin, KeySpec, KeyUsage, spec_named
from keys.validators import validate_alias, validate_description


class KeyState(models.IntegerChoices):
    """The states of the console contract; the values are the wire's codes."""

    ENABLED = 2, _("Enabled")
    DISABLED = 3, _("Disabled")
    PENDING_DELETION = 4, _("Pending deletion")
    PENDING_IMPORT = 5, _("Pending import")

    @property
    def without_material(self) -> "KeyState":
        """The state of a key of this state once its material is gone: a deletion goes on, all else waits for import."""
        return self if self is KeyState.PENDING_DELETION else KeyState.PENDING_IMPORT


DEFAULT_ROTATION_INTERVAL = 365
FIXED_FIELDS = ("key_spec", "key_usage", "origin")


class KeyQuerySet(models.QuerySet["Key"]):
    def update(self, **values: Any) -> int:
        if not values.keys().isdisjoint(FIXED_FIELDS):
            raise KeyUnchangeable()
        return super().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]

    def existing(self) -> Self:
        """The keys that are not gone: a deletion that falls due counts at once, not when it is swept."""
        return self.filter(deleted_at=None).exclude(deletion_at__lte=timezone.now())

    def due(self) -> Self:
        """The keys whose deletion fell due and waits for the sweep."""
        return self.filter(deleted_at=None, deletion_at__lte=timezone.now())

    def due_for_rotation(self) -> Self:
        """The enabled keys whose next version is due."""
        return self.existing().filter(state=KeyState.ENABLED, rotates_at__lte=timezone.now())

    def expired(self) -> Self:
        """The keys whose imported material expired and waits for the sweep."""
        return self.filter(deleted_at=None, material_expires_at__lte=timezone.now())

    def in_state(self, state: int) -> Self:
        """The keys of this state as every reader sees it: one whose material expired counts as pending import."""
        is_expired = models.Q(material_expires_at__lte=timezone.now())
        if state == KeyState.PENDING_IMPORT:
            works = (KeyState.ENABLED, KeyState.DISABLED)
            return self.filter(models.Q(state=state) | (models.Q(state__in=works) & is_expired))
        found = self.filter(state=state)
        return found if state == KeyState.PENDING_DELETION else found.exclude(is_expired)

    def of(self, caller: Caller) -> Self:
        """The keys of the caller's project that exist still."""
        return self.existing().filter(project=caller.project)

    def visible_to(self, caller: Caller, action: str) -> Self:
        """The keys of the caller's project that exist still and that `action` is permitted on."""
        scope = caller.scope(action)
        return self.of(caller) if scope is None else self.of(caller).filter(enterprise_project__in=scope)

    def locked(self, pk: uuid.UUID) -> "Key":
        """The key as it is now, its row locked until the transaction ends. Raises KeyNotFound where it is gone."""
        found = self.existing().select_for_update(of=("self",), no_key=True).select_related("project__account")
        key = found.filter(pk=pk).first()
        if key is None:
            raise KeyNotFound()
        return key


def today() -> date:
    """The day of the counters of calls (UTC)."""
    return timezone.now().date()


def key_spec_choices() -> list[tuple[str, str]]:
    return [(name, name) for name in SPECS]


class Key(models.Model):
    """A key of one project. Its material lives in its versions, wrapped under the root key."""

    id = models.UUIDField(_("key ID"), primary_key=True, default=growing_id, editable=False)
    # No index of its own: the planner would take it for the list, and sort; the indexes below begin with the project.
    project = models.ForeignKey(Project, models.PROTECT, related_name="keys", verbose_name=_("project"), db_index=False)
    enterprise_project = models.ForeignKey(
        EnterpriseProject,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="keys",
        verbose_name=_("enterprise project"),
    )
    alias = models.CharField(
        _("alias"), max_length=255, validators=[validate_alias], error_messages={"blank": _("Enter an alias.")}
    )
    description = models.CharField(_("description"), max_length=255, blank=True, validators=[validate_description])
    key_spec = models.CharField(
        _("key algorithm"),
        max_length=16,
        choices=key_spec_choices,
        default=DEFAULT_SPEC.name,
        error_messages={"invalid_choice": KeySpecUnknown.text, "blank": KeySpecUnknown.text},
    )
    key_usage = models.CharField(_("usage"), max_length=32, choices=KeyUsage.choices, blank=True)
    origin = models.CharField(_("origin"), max_length=16, choices=KeyOrigin.choices, default=KeyOrigin.KMS)
    state = models.PositiveSmallIntegerField(_("status"), choices=KeyState.choices, default=KeyState.ENABLED)
    is_default = models.BooleanField(_("default key"), default=False)
    creation_token = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001 - NULLs are not compared
    # Within the account, from 1: lists are read newest first by it, and a page begins where the last one ended.
    number = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    pending_days = models.PositiveSmallIntegerField(null=True, editable=False)
    deletion_at = models.DateTimeField(_("deletion date"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    rotation_interval = models.PositiveSmallIntegerField(
        _("rotation interval in days"), default=DEFAULT_ROTATION_INTERVAL, editable=False
    )
    # Empty: the key does not rotate by itself. Kept while the key is disabled or pending deletion, which only pause it.
    rotates_at = models.DateTimeField(_("next rotation"), null=True, blank=True, editable=False)
    material_expires_at = models.DateTimeField(_("material expires"), null=True, blank=True, editable=False)

    # The last day of a use that the sweep knows of, the day of creation before any: see operations/unused.py.
    unused_since = models.DateField(_("unused since"), default=today, editable=False)

    tags = TaggableManager(through=TaggedKey, blank=True, related_name="keys", verbose_name=_("tags"))
    objects = KeyQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("key"), _("keys")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["project", "alias"],
                condition=models.Q(deleted_at=None),
                name="alias_once_among_keys_not_deleted",
            ),
            models.UniqueConstraint(
                fields=["project", "creation_token"],
                condition=models.Q(creation_token__isnull=False),
                name="one_key_a_creation_token",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The deletion date is in it for counting: which keys are gone is decided by it. The rest is what lists are
            # filtered by: whatever is asked for, this index alone is read for the keys that don't meet it. Ascending,
            # though it is read from its end: there a new key fills its page instead of splitting it.
            models.Index(
                fields=[
                    *("project", "number", "deletion_at", "is_default", "state", "material_expires_at"),
                    *("key_spec", "key_usage", "origin", "enterprise_project", "alias", "unused_since"),
                ],
                condition=models.Q(deleted_at=None),
                name="keys_newest_first",
            ),
            models.Index(
                "project",
                Lower("alias"),
                *("number", "deletion_at", "is_default", "state", "material_expires_at"),
                *("key_spec", "key_usage", "origin", "enterprise_project", "alias", "unused_since"),
                condition=models.Q(deleted_at=None),
                name="keys_by_alias",
            ),
            models.Index(
                fields=["deletion_at"],
                condition=models.Q(deleted_at=None, deletion_at__isnull=False),
                name="keys_due_for_deletion",
            ),
            models.Index(
                fields=["rotates_at"],
                condition=models.Q(deleted_at=None, rotates_at__isnull=False),
                name="keys_due_for_rotation",
            ),
            models.Index(
                fields=["material_expires_at"],
                condition=models.Q(deleted_at=None, material_expires_at__isnull=False),
                name="keys_whose_material_expires",
            ),
        ]

    def __str__(self) -> str:
        return self.alias

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; KeyUnchangeable where spec, usage or origin of a stored key were touched."""
        if self._kind is not None and self._kind != self._kind_now():
            raise KeyUnchangeable()
        super().save(*args, **kwargs)
        self._kind = self._kind_now()

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        key = super().from_db(db, field_names, values, **options)
        key._kind = key._kind_now()
        if "state" in key.__dict__ and key.has_expired:
            key.state = KeyState(key.state).without_material
        return key

    @property
    def has_expired(self) -> bool:
        """Whether its imported material has expired: at this moment it counts as gone, and the sweep destroys it."""
        expires_at = self.__dict__.get("material_expires_at")
        return expires_at is not None and expires_at <= timezone.now()

    _kind: tuple[Any, ...] | None = None

    def _kind_now(self) -> tuple[Any, ...]:
        return tuple(self.__dict__.get(name) for name in FIXED_FIELDS)

    def clean(self) -> None:
        """Relations between fields: the usage that the spec allows, and aliases that belong to default keys."""
        if not self.key_usage:
            self.key_usage = self.spec.default_usage
        if not self.spec.may(self.key_usage):
            raise KeyUsageNotAllowed(key_spec=self.key_spec, usages=listed(usage.label for usage in self.spec.usages))
        if self.alias.endswith(RESERVED_ALIAS_END) and not (self.is_default and self.alias in DEFAULT_KEYS):
            raise AliasReserved()

    @property
    def spec(self) -> KeySpec:
        return spec_named(self.key_spec)
