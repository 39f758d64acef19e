"""What waits for a second administrator's approval, and what became of it."""

from datetime import datetime, timedelta
from typing import ClassVar, Final, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from console.models.accounts import Account, User
from console.models.enterprise import EnterpriseProject
from console.models.ids import hex_id
from console.models.places import Project
from console.validators import validate_text

LIFETIME: Final = timedelta(days=7)


def a_week_from_now() -> datetime:
    """When a request that is made now ends."""
    return timezone.now() + LIFETIME


class ApprovalState(models.TextChoices):
    PENDING = "pending", pgettext_lazy("approval", "Pending")
    APPROVED = "approved", pgettext_lazy("approval", "Approved")
    REJECTED = "rejected", pgettext_lazy("approval", "Rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("approval", "Withdrawn")
    EXPIRED = "expired", pgettext_lazy("approval", "Expired")


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def open(self) -> Self:
        """Those that can still be decided: the reader's clock tells, whatever was written of their end."""
        return self.filter(state=ApprovalState.PENDING, expires_at__gt=timezone.now())

    def closed(self) -> Self:
        """Those that can be decided no more."""
        return self.exclude(state=ApprovalState.PENDING, expires_at__gt=timezone.now())


class Approval(models.Model):
    """A request to do what needs a second administrator: `operation` on `resource_id` with `arguments`.

    It repeats what decides who may approve it (`action`, project, enterprise project) and how the resource was called,
    so that this package can list requests without knowing the services' resources."""

    id = models.CharField(primary_key=True, max_length=32, default=hex_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="approvals", db_index=False)
    # Empty where the request is about the account itself.
    project = models.ForeignKey(Project, models.PROTECT, null=True, related_name="+", db_index=False)
    enterprise_project = models.ForeignKey(
        EnterpriseProject, models.PROTECT, null=True, related_name="+", db_index=False
    )
    operation = models.CharField(_("operation"), max_length=64)
    action = models.CharField(max_length=64)
    resource_id = models.CharField(_("resource ID"), max_length=64)
    resource_name = models.CharField(_("resource"), max_length=255)
    arguments = models.JSONField(_("arguments"), default=dict)
    # Empty where the server itself asked.
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("requested by"), db_index=False
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), default=a_week_from_now)
    state = models.CharField(_("status"), max_length=16, choices=ApprovalState.choices, default=ApprovalState.PENDING)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"), db_index=False
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True, validators=[validate_text])

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("request for approval"), _("requests for approval")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account", "operation", "resource_id"],
                condition=models.Q(state=ApprovalState.PENDING),
                name="one_pending_request_a_resource",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "requested_at", "id"], name="approval_by_account"),
        ]

    def __str__(self) -> str:
        return self.resource_name

    @property
    def is_open(self) -> bool:
        """Whether it can still be decided."""
        return self.state == ApprovalState.PENDING and self.expires_at > timezone.now()

    @property
    def state_now(self) -> ApprovalState:
        """Its state as every reader sees it: one that nobody decided in time has expired."""
        is_over = self.state == ApprovalState.PENDING and not self.is_open
        return ApprovalState.EXPIRED if is_over else ApprovalState(self.state)

    @property
    def requester(self) -> str:
        """Who asked, by his login."""
        return self.requested_by.login if self.requested_by else "server"

    @property
    def decider(self) -> str:
        """Who decided it, by his login; empty as long as nobody did."""
        return self.decided_by.login if self.decided_by else ""
