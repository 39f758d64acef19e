"""The administration of what every service shares. The site takes these pages as it is made."""

from typing import Any

from django.db.models import Model

from console.admin.accounts import AccountAdmin
from console.admin.approvals import ApprovalAdmin
from console.admin.enterprise import EnterpriseProjectAdmin
from console.admin.places import ProjectAdmin, RegionAdmin
from console.admin.roles import CustomRoleAdmin
from console.admin.traces import TraceAdmin
from console.admin.typed import ModelAdmin
from console.admin.users import AccessKeyAdmin, UserAdmin
from console.models import (
    AccessKey,
    Account,
    Approval,
    CustomRole,
    EnterpriseProject,
    Project,
    Region,
    Trace,
    User,
)

ADMINS: dict[type[Model], type[ModelAdmin[Any]]] = {
    Account: AccountAdmin,
    User: UserAdmin,
    AccessKey: AccessKeyAdmin,
    CustomRole: CustomRoleAdmin,
    Approval: ApprovalAdmin,
    Region: RegionAdmin,
    Project: ProjectAdmin,
    EnterpriseProject: EnterpriseProjectAdmin,
    Trace: TraceAdmin,
}
