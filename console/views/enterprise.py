"""Enterprise projects: made, renamed, described, switched off; keys are moved between them in the key list."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from console.models import EnterpriseProject
from console.operations import enterprise as operations
from console.requests import ConsoleRequest
from console.services import home_address
from console.views.actions import Action
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm
from keys.errors import KmsError, NotPermitted

CREATE, UPDATE = "eps:enterpriseProjects:create", "eps:enterpriseProjects:update"


class EnterpriseProjectForm(OperationForm):
    name = forms.CharField(
        strip=False, label=gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a name.")}
    )
    description = forms.CharField(
        required=False,
        strip=False,
        label=gettext_lazy("Description"),
        widget=forms.Textarea,
        max_length=512,
    )
    is_enabled = forms.BooleanField(required=False, label=gettext_lazy("Enabled: takes new keys"))


@require_safe
def enterprise_projects(request: ConsoleRequest) -> HttpResponse:
    """All of the account, with the number of their keys over all regions."""
    found = operations.enterprise_projects_of(request.caller)
    numbers = operations.count_keys(request.caller)
    context = {
        "is_enterprise": request.user.account.is_enterprise,
        "lines": [(one, numbers.get(one.pk, 0), _edit(request, one)) for one in found],
        "create": Action.unless(
            _refusal(request, CREATE),
            "create-enterprise-project",
            _("Create enterprise project"),
            reverse("console:create-enterprise-project", args=[request.place.pk]),
        ),
        "keys_address": home_address(request.place.pk),
    }
    return render(request, "console/enterprise_projects.html", context)


@require_http_methods(["GET", "POST"])
def create(request: ConsoleRequest) -> HttpResponse:
    form = EnterpriseProjectForm(EnterpriseProjectForm.data_of(request))
    del form.fields["is_enabled"]
    if request.method == "POST" and form.is_valid():
        form.attempt(operations.create_enterprise_project, request.caller, **form.cleaned_data)
        if not form.errors:
            said = _("Enterprise project “%(name)s” created.") % {"name": form.cleaned_data["name"]}
            return done_here(request, said, back=_address(request))
    refusal = _refusal(request, CREATE)
    context = {"form": form, "refusal": refusal}
    title = _("Create enterprise project")
    return dialog(request, "console/enterprise_project.html", title, context, back=_address(request))


@require_http_methods(["GET", "POST"])
def edit(request: ConsoleRequest, eps_id: str) -> HttpResponse:
    """The dialog that renames, describes, or switches it off or on."""
    found = operations.get_enterprise_project(request.caller, eps_id)
    initial = {"name": found.name, "description": found.description, "is_enabled": found.is_enabled}
    form = EnterpriseProjectForm(EnterpriseProjectForm.data_of(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        form.attempt(operations.update_enterprise_project, request.caller, found, **form.cleaned_data)
        if not form.errors:
            said = _("Enterprise project “%(name)s” changed.") % {"name": form.cleaned_data["name"]}
            return done_here(request, said, back=_address(request))
    refusal = _refusal(request, UPDATE, found)
    context = {"form": form, "refusal": refusal, "is_edited": True}
    title = _("Edit enterprise project “%(name)s”") % {"name": found.name}
    return dialog(request, "console/enterprise_project.html", title, context, back=_address(request))


def _edit(request: ConsoleRequest, project: EnterpriseProject) -> Action:
    address = reverse("console:edit-enterprise-project", args=[request.place.pk, project.eps_id])
    refusal = _refusal(request, UPDATE, project)
    return Action.unless(refusal, f"edit-{project.eps_id}", _("Edit"), address, about=project.name)


def _refusal(request: ConsoleRequest, action: str, project: EnterpriseProject | None = None) -> KmsError | None:
    try:
        request.caller.require(action, within=project.pk if project else ...)
        if not request.caller.account.is_enterprise:
            raise operations.NotAnEnterpriseAccount(account=request.caller.account.name)
    except NotPermitted as error:
        return error
    except operations.NotAnEnterpriseAccount as error:
        return error
    return None


def _address(request: ConsoleRequest) -> str:
    return reverse("console:enterprise-projects", args=[request.place.pk])
