"""The account's own roles, beside the system roles: listed, made of actions, changed, deleted."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from console.access.actions import Action, Class, Group, grantable, groups
from console.access.permissions import ROLES
from console.models import CustomRole
from console.operations import custom_roles as operations
from console.requests import ConsoleRequest
from console.views.actions import Action as Offer
from console.views.dialogs import dialog, done_here
from console.views.pages import LINK, OperationForm
from keys.errors import KmsError, NotPermitted

CHOOSE = "choose"
"""The button that chooses all actions of a group, where no script does it: its value is the group's name."""


class ActionsField(forms.Field):
    """The names of actions; which there are is the operation's to say."""

    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> list[str]:
        return [str(one) for one in value or ()]


class RoleForm(OperationForm):
    name = forms.CharField(
        label=gettext_lazy("Name"), strip=False, error_messages={"required": gettext_lazy("Enter a name.")}
    )
    description = forms.CharField(
        required=False, strip=False, label=gettext_lazy("Description"), widget=forms.Textarea, max_length=255
    )
    # Here too, so that it is said beside whatever else is missing.
    actions = ActionsField(label=gettext_lazy("Actions"), error_messages={"required": operations.ActionsMissing.text})


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group of actions in the form, each with whether it is chosen."""

    group: Group
    lines: list[tuple[Action, bool]]

    @property
    def is_whole(self) -> bool:
        return all(is_chosen for _action, is_chosen in self.lines)


@require_safe
def roles(request: ConsoleRequest) -> HttpResponse:
    """The account's own roles and the system's, with what each is made of."""
    found = operations.list_roles(request.caller)
    context = {
        "lines": [(one, _counts(one.actions), _edit(request, one), _delete(request, one)) for one in found],
        "system": [(one.name, _counts(one.actions)) for one in ROLES.values()],
        "create": _offer(request, operations.CREATE, "create-role", _("Create role"), "console:create-role"),
    }
    return render(request, "console/roles.html", context)


@require_http_methods(["GET", "POST"])
def create(request: ConsoleRequest) -> HttpResponse:
    request.caller.require(operations.CREATE)
    form = RoleForm(RoleForm.data_of(request))
    if _is_sent(request, form) and form.attempt(operations.create_role, request.caller, **form.cleaned_data):
        said = _("Role “%(name)s” created.") % {"name": form.cleaned_data["name"]}
        messages.success(request, said, extra_tags=LINK.join((_("Give it to users"), _address(request, "users"))))
        return HttpResponseRedirect(_address(request))
    return _page(request, form, _("Create role"))


@require_http_methods(["GET", "POST"])
def edit(request: ConsoleRequest, role_id: int) -> HttpResponse:
    """A role's page: what it is made of, and who holds it."""
    role = operations.get_role(request.caller, role_id)
    initial = {"name": role.name, "description": role.description, "actions": role.actions}
    form = RoleForm(RoleForm.data_of(request), initial=initial)
    if _is_sent(request, form) and form.attempt(operations.update_role, request.caller, role, **form.cleaned_data):
        messages.success(request, _("Role “%(name)s” changed.") % {"name": form.cleaned_data["name"]})
        return HttpResponseRedirect(_address(request))
    return _page(request, form, role.name, role)


@require_http_methods(["GET", "POST"])
def delete(request: ConsoleRequest, role_id: int) -> HttpResponse:
    """The dialog that deletes a role which nobody holds; else it says who does."""
    role = operations.get_role(request.caller, role_id)
    form = OperationForm(OperationForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        form.attempt(operations.delete_role, request.caller, role)
        if not form.errors:
            return done_here(request, _("Role “%(name)s” deleted.") % {"name": role.name}, back=_address(request))
    refusal = None
    if request.method != "POST":
        try:
            request.caller.require(operations.DELETE)
            operations.check_unused(role)
        except KmsError as error:
            refusal = error
    title = _("Delete role “%(name)s”") % {"name": role.name}
    context = {"form": form, "refusal": refusal, "role": role}
    return dialog(request, "console/role_delete.html", title, context, back=_address(request), is_danger=True)


def _is_sent(request: ConsoleRequest, form: RoleForm) -> bool:
    """Whether the form is to be saved, and no group to be chosen only."""
    return request.method == "POST" and CHOOSE not in request.POST and form.is_valid()


def _page(request: ConsoleRequest, form: RoleForm, title: str, role: CustomRole | None = None) -> HttpResponse:
    chosen = set(form["actions"].value() or ())
    if group := next((one for one in groups() if one.name == request.POST.get(CHOOSE)), None):
        names = {one.name for one in group.actions}
        chosen = chosen - names if names <= chosen else chosen | names
        form = RoleForm(initial={**{name: form[name].value() for name in form.fields}, "actions": [*chosen]})
    refusal = _refusal(request, operations.UPDATE if role else operations.CREATE)
    context = {
        "form": form,
        "title": title,
        "role": role,
        "groups": [GroupLine(one, [(action, action.name in chosen) for action in one.actions]) for one in groups()],
        "refusal": refusal,
        "delete": _delete(request, role) if role else None,
        "address": request.path,
        "list_address": _address(request),
    }
    return render(request, "console/role.html", context, status=422 if form.errors else 200)


def _counts(actions: Collection[str]) -> list[tuple[Class, int]]:
    """How many actions of each class; those that nobody can give a role are not told."""
    known = grantable()
    kinds = [known[one].kind for one in actions if one in known]
    return [(kind, kinds.count(kind)) for kind in Class if kind in kinds]


def _edit(request: ConsoleRequest, role: CustomRole) -> str:
    return reverse("console:role", args=[request.place.pk, role.pk])


def _delete(request: ConsoleRequest, role: CustomRole) -> Offer:
    address = reverse("console:delete-role", args=[request.place.pk, role.pk])
    refusal = _refusal(request, operations.DELETE)
    return Offer.unless(refusal, f"delete-role-{role.pk}", _("Delete"), address, about=role.name, is_danger=True)


def _offer(request: ConsoleRequest, action: str, name: str, title: str, address: str) -> Offer:
    return Offer.unless(_refusal(request, action), name, title, reverse(address, args=[request.place.pk]))


def _refusal(request: ConsoleRequest, action: str) -> KmsError | None:
    try:
        request.caller.require(action)
    except NotPermitted as error:
        return error
    return None


def _address(request: ConsoleRequest, name: str = "roles") -> str:
    return reverse(f"console:{name}", args=[request.place.pk])
