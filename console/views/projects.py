"""The account's projects in every region: listed, made, described."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from console.models import Project, Region
from console.operations import places as operations
from console.requests import ConsoleRequest
from console.services import home_address
from console.views.actions import Action
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm
from keys.errors import NotPermitted

CREATE, UPDATE = "iam:projects:create", "iam:projects:update"


class DescriptionForm(OperationForm):
    description = forms.CharField(
        required=False, strip=False, label=gettext_lazy("Description"), widget=forms.Textarea, max_length=255
    )


class ProjectForm(DescriptionForm):
    region = forms.ModelChoiceField(
        Region.objects.all(), label=gettext_lazy("Region"), empty_label=None, widget=forms.Select
    )
    name = forms.CharField(
        label=gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a name.")}, max_length=64
    )
    field_order = ("region", "name", "description")


@require_safe
def projects(request: ConsoleRequest) -> HttpResponse:
    """All of the account, by region, with the number of their keys."""
    found = operations.projects_of(request.caller)
    numbers = operations.count_keys(request.caller)
    context = {
        "lines": [(one, numbers.get(one.pk, 0), home_address(one.pk), _action(request, UPDATE, one)) for one in found],
        "create": _action(request, CREATE),
    }
    return render(request, "console/projects.html", context)


@require_http_methods(["GET", "POST"])
def create(request: ConsoleRequest) -> HttpResponse:
    form = ProjectForm(ProjectForm.data_of(request), initial={"region": request.place.region_id})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = form.attempt(
            operations.create_project,
            request.caller,
            region=given["region"],
            name=given["name"],
            description=given["description"],
        )
        if made:
            said = _("Project “%(name)s” created.") % {"name": made.name}
            return done_here(request, said, back=_address(request), link=(_("Go there"), home_address(made.pk)))
    action = _action(request, CREATE)
    context = {"form": form, "refusal": action.reason}
    title = _("Create project")
    return dialog(request, "console/project.html", title, context, back=_address(request))


@require_http_methods(["GET", "POST"])
def describe(request: ConsoleRequest, other_id: str) -> HttpResponse:
    """The dialog that says what a project is for."""
    project = operations.get_project(request.caller, other_id)
    form = DescriptionForm(DescriptionForm.data_of(request), initial={"description": project.description})
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["description"].replace("\r\n", "\n")
        form.attempt(operations.describe_project, request.caller, project, text)
        if not form.errors:
            said = _("Description of project “%(name)s” changed.") % {"name": project.name}
            return done_here(request, said, back=_address(request))
    context = {"form": form, "refusal": _action(request, UPDATE, project).reason}
    title = _("Describe project “%(name)s”") % {"name": project.name}
    return dialog(request, "console/project.html", title, context, back=_address(request))


def _action(request: ConsoleRequest, action: str, project: Project | None = None) -> Action:
    try:
        request.caller.require(action)
        refusal = None
    except NotPermitted as error:
        refusal = error
    if project is None:
        address = reverse("console:create-project", args=[request.place.pk])
        return Action.unless(refusal, "create-project", _("Create project"), address)
    address = reverse("console:describe-project", args=[request.place.pk, project.pk])
    return Action.unless(refusal, f"describe-{project.pk}", _("Describe"), address, about=project.name)


def _address(request: ConsoleRequest) -> str:
    return reverse("console:projects", args=[request.place.pk])
