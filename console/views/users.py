"""Users and roles: who may sign in, who manages the account, and what the others may do where."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from console.access.passwords import policy
from console.models import User
from console.operations import people
from console.operations.enterprise import enterprise_projects_of, get_enterprise_project
from console.operations.places import get_project, projects_of
from console.operations.roles import RoleWish, role_names
from console.operations.second_factor import factors_of
from console.operations.second_factor_rules import disable_second_factor, require_second_factor, second_factors_in
from console.operations.users import create_user, new_password, set_password, update_user
from console.requests import ConsoleRequest
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm
from console.views.recent import asks_again
from console.views.service_users import proofs_of
from console.views.user_access import access_of
from console.views.user_parts import makers_of_service_users, parts_of

ALL = ""
FLAGS = {"is_active", "is_owner"}


class UserForm(OperationForm):
    about = "password"
    login = forms.CharField(label=gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a name.")})
    password = forms.CharField(required=False, strip=False, label=gettext_lazy("Password"), widget=forms.PasswordInput)


class PasswordForm(OperationForm):
    about = "password"
    password = forms.CharField(
        required=False, strip=False, label=gettext_lazy("New password"), widget=forms.PasswordInput
    )


class RoleForm(OperationForm):
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    project = forms.ChoiceField(required=False, label=gettext_lazy("In project"))
    enterprise_project = forms.ChoiceField(required=False, label=gettext_lazy("On keys of"))

    def __init__(self, request: ConsoleRequest, user: User, data: Any = None) -> None:
        super().__init__(data)
        projects = [(one.pk, one.title) for one in projects_of(request.caller) if user.project_id in (None, one.pk)]
        groups = [(one.eps_id, one.name) for one in enterprise_projects_of(request.caller)]
        choices: dict[str, list[tuple[str, Any]]] = {
            "role": [(name, name) for name in role_names(request.user.account)],
            "project": projects if user.is_service else [(ALL, _("All projects")), *projects],
            "enterprise_project": [(ALL, _("All enterprise projects")), *groups],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        if not request.user.account.is_enterprise:
            del self.fields["enterprise_project"]


@require_safe
def users(request: ConsoleRequest) -> HttpResponse:
    """The users of the account, by name."""
    words = request.GET.get("words", "").replace("\0", "").strip()[:64]
    found, after = people.list_users(request.caller, words=words, after=request.GET.get("after", "")[:64])
    lines = [(user, _roles_in_short(user), _user_address(request, user.pk)) for user in found]
    context = {
        "lines": lines,
        "words": words,
        "after": after,
        "spread": second_factors_in(request.caller),
        "is_needed": request.user.account.needs_second_factor,
        "makers": [reverse(one, args=[request.place.pk]) for one in makers_of_service_users()],
    }
    return render(request, "console/users.html", context)


@asks_again()
@never_cache
@sensitive_post_parameters("password")
@sensitive_variables("password")
@require_http_methods(["GET", "POST"])
def create(request: ConsoleRequest) -> HttpResponse:
    """The dialog that makes a user; a password that was made for him is shown once."""
    request.caller.require("iam:users:create")
    form = UserForm(UserForm.data_of(request))
    back = reverse("console:users", args=[request.place.pk])
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["password"]
        made = form.attempt(
            create_user,
            request.caller,
            account=request.caller.account,
            login=form.cleaned_data["login"],
            password=typed,
        )
        if made:
            user, password = made
            said = _("User “%(login)s” created.") % {"login": user.login}
            if typed:
                return done_here(request, said, back=back, link=(_("Give roles"), _user_address(request, user.pk)))
            return _told_once(request, said, user.login, password, back=_user_address(request, user.pk))
    return dialog(request, "console/user_create.html", _("Create user"), {"form": form, "policy": policy()}, back=back)


@asks_again()
@require_http_methods(["GET", "POST"])
def user(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """A user: his rights and roles; posted, one more role."""
    found = people.get_user(request.caller, user_id)
    form = RoleForm(request, found, RoleForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        form.attempt(people.give_role, request.caller, found, _wish(request, form))
        if not form.errors:
            said = _("%(login)s holds role %(role)s now.") % {"login": found.login, "role": form.cleaned_data["role"]}
            return done_here(request, said, back=_user_address(request, found.pk))
    context = {
        "person": found,
        "is_self": found.pk == request.user.pk,
        "roles": list(found.role_assignments.all()),
        "form": form,
        "is_enterprise": request.user.account.is_enterprise,
        **(proofs_of(found) if found.is_service else access_of(request, found)),
        "parts": parts_of(request, found),
        "factors": factors_of(found) if found.has_second_factor else None,
        "is_needed": request.user.account.needs_second_factor,
    }
    refused = hasattr(request, "unconfirmed") or (request.method == "POST" and bool(form.errors))
    return render(request, "console/user.html", context, status=422 if refused else 200)


@asks_again()
@require_http_methods(["GET", "POST"])
def switch(request: ConsoleRequest, user_id: str, flag: str) -> HttpResponse:
    """The dialog that lets a user sign in or not, or manage the account or not: the other way round than now."""
    found = people.get_user(request.caller, user_id)
    flag = flag if flag in FLAGS else "is_active"
    to = not getattr(found, flag)
    form = OperationForm(OperationForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        form.attempt(update_user, request.caller, found, **{flag: request.POST.get("to") == "on"})
        if not form.errors:
            said = _("Rights of %(login)s changed.") % {"login": found.login}
            return done_here(request, said, back=_user_address(request, found.pk))
    titles = {
        ("is_active", True): _("Enable %(login)s") if found.is_service else _("Let %(login)s sign in"),
        ("is_active", False): _("Disable %(login)s") if found.is_service else _("Keep %(login)s from signing in"),
        ("is_owner", True): _("Let %(login)s manage the account"),
        ("is_owner", False): _("Take the management of the account from %(login)s"),
    }
    title = titles[flag, to] % {"login": found.login}
    context = {"form": form, "flag": flag, "to": to, "person": found}
    back = _user_address(request, found.pk)
    return dialog(request, "console/user_switch.html", title, context, back=back, is_danger=not to)


@asks_again()
@never_cache
@sensitive_post_parameters("password")
@sensitive_variables("password", "typed")
@require_http_methods(["GET", "POST"])
def give_password(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """The dialog that gives a user a new password; one that was made for him is shown once."""
    found = people.get_user(request.caller, user_id)
    form = PasswordForm(PasswordForm.data_of(request))
    back = _user_address(request, found.pk)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["password"]
        password = typed or new_password()
        form.attempt(set_password, request.caller, found, password)
        if not form.errors:
            said = _("%(login)s has a new password; his sessions have ended.") % {"login": found.login}
            if typed:
                return done_here(request, said, back=back)
            return _told_once(request, said, found.login, password, back=back)
    title = _("New password for %(login)s") % {"login": found.login}
    return dialog(request, "console/user_password.html", title, {"form": form, "policy": policy()}, back=back)


@require_http_methods(["GET", "POST"])
def take_role(request: ConsoleRequest, user_id: str, role_id: int) -> HttpResponse:
    """The dialog that takes a role from a user."""
    found = people.get_user(request.caller, user_id)
    back = _user_address(request, found.pk)
    if request.method == "POST":
        taken = people.take_role(request.caller, found, role_id)
        said = _("%(login)s no longer holds role %(role)s.") % {"login": found.login, "role": taken.role}
        return done_here(request, said, back=back)
    assignment = people.get_role(found, role_id)
    title = _("Take a role from %(login)s") % {"login": found.login}
    context = {"form": OperationForm(), "assignment": assignment}
    return dialog(request, "console/role_take.html", title, context, back=back, is_danger=True)


@asks_again()
@require_http_methods(["GET", "POST"])
def require_factor(request: ConsoleRequest) -> HttpResponse:
    """The dialog that asks everyone for a second factor, or leaves it to each: the other way round than now."""
    request.caller.require("iam:users:update")
    needed = not request.user.account.needs_second_factor
    form = OperationForm(OperationForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        wished = request.POST.get("to") == "on"
        form.attempt(require_second_factor, request.caller, needed=wished)
        if not form.errors:
            said = (
                _("Everyone needs a second factor now.") if wished else _("A second factor is left to each user now.")
            )
            return done_here(request, said, back=reverse("console:users", args=[request.place.pk]))
    title = _("Ask everyone for a second factor") if needed else _("Leave the second factor to each user")
    context = {"form": form, "to": needed, "spread": second_factors_in(request.caller)}
    back = reverse("console:users", args=[request.place.pk])
    return dialog(request, "console/second_factor/require.html", title, context, back=back, is_danger=not needed)


@asks_again()
@require_http_methods(["GET", "POST"])
def disable_factor(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """The dialog that takes a user's second factor away, for he lost it."""
    found = people.get_user(request.caller, user_id)
    request.caller.require("iam:users:update")
    form = OperationForm(OperationForm.data_of(request))
    back = _user_address(request, found.pk)
    words = {"login": found.login}
    if request.method == "POST" and form.is_valid():
        form.attempt(disable_second_factor, request.caller, found)
        if not form.errors:
            return done_here(request, _("%(login)s has no second factor any more.") % words, back=back)
    title = _("Take the second factor of %(login)s away") % words
    refusal = None if found.has_second_factor else _("%(login)s has no second factor.") % words
    context = {"form": form, "refusal": refusal, "is_needed": request.user.account.needs_second_factor}
    return dialog(request, "console/second_factor/disable.html", title, context, back=back, is_danger=True)


def _wish(request: ConsoleRequest, form: RoleForm) -> RoleWish:
    given = form.cleaned_data
    group = given.get("enterprise_project", ALL)
    return RoleWish(
        given["role"],
        get_project(request.caller, given["project"]) if given["project"] else None,
        get_enterprise_project(request.caller, group) if group else None,
    )


@sensitive_variables("password")
def _told_once(request: ConsoleRequest, said: str, login: str, password: str, *, back: str) -> HttpResponse:
    """What was done, with the password that is known only here; the page beneath is fetched anew."""
    account = request.user.account.name
    context = {"form": OperationForm(), "login": login, "password": password, "account": account, "is_over": True}
    answer = dialog(request, "console/password_once.html", said, context, back=back)
    return trigger_client_event(answer, "contentChanged") if request.htmx else answer


def _roles_in_short(user: User) -> list[str]:
    return list(dict.fromkeys(one.name for one in user.role_assignments.all()))


def _user_address(request: ConsoleRequest, user_id: str) -> str:
    return reverse("console:user", args=[request.place.pk, user_id])
