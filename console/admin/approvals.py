"""What waits for approval in the accounts, and what became of it: looked at, and decided by the accounts themselves."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from console.admin.base import HouseAdmin, ReadOnly
from console.models import Approval
from console.operations.approvals import act_of


class ApprovalAdmin(ReadOnly, HouseAdmin[Approval]):
    """Requests of all accounts."""

    related: ClassVar[tuple[str, ...]] = ("account", "project", "requested_by", "decided_by")
    list_display = ("what", "account", "requested_by", "requested_at", "status", "decided_by")
    list_filter = ("state",)
    search_fields = ("=id", "=resource_id", "=account__name")
    search_help_text = _("The request ID, the resource ID, or the whole name of the account.")
    ordering = ("-requested_at", "-id")
    fields = (
        *("id", "what", "account", "project", "operation", "resource_id", "resource_name", "arguments"),
        *("requested_by", "requested_at", "expires_at", "status", "decided_by", "decided_at", "reason"),
    )
    readonly_fields = fields

    @admin.display(description=_("what"))
    def what(self, request: Approval) -> str:
        return act_of(request).told(request)

    @admin.display(description=_("status"))
    def status(self, request: Approval) -> str:
        return str(request.state_now.label)
