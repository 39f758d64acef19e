"""The roles that accounts made for themselves."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from console.access.actions import groups
from console.admin.base import Formsets, Given, OperationAdmin, OperationForm, caller_of
from console.models import CustomRole
from console.operations.custom_roles import create_role, delete_role, update_role
from keys.errors import KmsError


def action_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    return [(str(group.title), [(one.name, f"{one.text} ({one.name})") for one in group.actions]) for group in groups()]


class RoleForm(OperationForm):
    actions = forms.MultipleChoiceField(
        label=_("Actions"), choices=action_choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class CustomRoleAdmin(OperationAdmin[CustomRole]):
    """Roles of all accounts; one that nobody holds can be deleted."""

    form = RoleForm
    related: ClassVar[tuple[str, ...]] = ("account",)
    list_display = ("name", "account", "description", "updated_at")
    search_fields = ("name", "=account__name")
    search_help_text = _("A part of the name, or the whole name of the account.")
    ordering = ("account__name", "name")
    fields = ("account", "name", "description", "actions")
    fixed_fields: ClassVar[tuple[str, ...]] = ("account",)
    autocomplete_fields = ("account",)

    def create(self, request: HttpRequest, given: Given) -> CustomRole:
        caller = caller_of(request, given.pop("account"))
        return create_role(caller, **given)

    def update(self, request: HttpRequest, row: CustomRole, given: Given, formsets: Formsets) -> None:
        update_role(caller_of(request, row.account), row, **given)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """As Django does, but without a transaction of its own: the operation has one. What it refuses is said on the
        role's page."""
        try:
            return self._delete_view(request, object_id, extra_context)  # type: ignore[attr-defined]
        except KmsError as refusal:
            messages.error(request, refusal.messages[0])
            return HttpResponseRedirect(reverse("admin:console_customrole_change", args=[object_id]))

    def delete_model(self, request: HttpRequest, obj: CustomRole) -> None:
        delete_role(caller_of(request, obj.account), obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The role alone: the operation says who holds it."""
        return [str(one) for one in objs], {}, set(), []
