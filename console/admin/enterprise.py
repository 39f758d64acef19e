"""Enterprise projects."""

from typing import ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from console.admin.base import Formsets, Given, OperationAdmin, caller_of
from console.models import EnterpriseProject
from console.operations.enterprise import create_enterprise_project, update_enterprise_project


class EnterpriseProjectAdmin(OperationAdmin[EnterpriseProject]):
    """Enterprise projects of all enterprise accounts; one that is not wanted any more is disabled."""

    related: ClassVar[tuple[str, ...]] = ("account",)
    list_display = ("name", "account", "eps_id", "is_enabled", "created_at")
    list_filter = ("is_enabled",)
    search_fields = ("name", "=eps_id", "account__name")
    search_help_text = _("A part of the enterprise project's or the account's name, or the enterprise project ID.")
    ordering = ("account__name", "name")
    fields = ("account", "eps_id", "name", "description", "is_enabled", "created_at")
    readonly_fields = ("eps_id", "created_at")
    fixed_fields: ClassVar[tuple[str, ...]] = ("account",)
    autocomplete_fields = ("account",)

    def get_fields(self, request: HttpRequest, obj: EnterpriseProject | None = None) -> tuple[str, ...]:
        return self.fields if obj else ("account", "name", "description")

    def create(self, request: HttpRequest, given: Given) -> EnterpriseProject:
        caller = caller_of(request, given["account"])
        return create_enterprise_project(caller, name=given["name"], description=given["description"])

    def update(self, request: HttpRequest, row: EnterpriseProject, given: Given, formsets: Formsets) -> None:
        update_enterprise_project(caller_of(request, row.account), row, **given)
