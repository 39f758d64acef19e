"""The pages of the services that use keys: what each does, what it is configured with, and when it last asked."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import TextChoices
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from console.models import Service, User
from console.operations.sentences import thing_of
from console.requests import ConsoleRequest
from console.views.dialogs import dialog
from console.views.pages import OperationForm, page
from console.views.recent import asks_again
from console.views.service_users import FOR_EVER, LIFETIMES, address_of, lifetime_of, told_once
from keys.calls import Call
from keys.errors import NotPermitted
from keys.models import Key, MountKind
from keys.operations.services import (
    BY_ACCESS_KEY,
    create_user_for_service,
    grants_held,
    keys_for_services,
    last_asked,
    last_shown,
    service_users_of,
)
from keys.views.mounts import mounted, mounts_of
from keys.views.service_settings import PAGES, Filled

ADVICE = {
    "KMS.0209": gettext_lazy("The key is disabled. Enable it, and what asks is answered again."),
    "KMS.0210": gettext_lazy("The key is pending deletion. Cancel the deletion to have it answered again."),
    "KMS.0310": gettext_lazy("The key has no material. Import it."),
    "KMS.0306": gettext_lazy("The service user may not do this with the key. Grant it on the key's page."),
    "KMS.0207": gettext_lazy("There is no such key in its project. Look at the key in its settings."),
    "KMS.0321": gettext_lazy("It asked in another project than its own. Look at the project in its settings."),
    "KMS.2201": gettext_lazy("The wrapped data key was changed, or belongs to other data or another key."),
}
"""What to do about a refusal, by its code."""


class NewUserForm(OperationForm):
    login = forms.CharField(label=gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a name.")})
    service = forms.ChoiceField(required=False, label=gettext_lazy("Service"))
    key = forms.ChoiceField(required=False, label=gettext_lazy("Key"))
    lifetime = forms.ChoiceField(choices=LIFETIMES, label=gettext_lazy("Token good for"), initial=FOR_EVER)

    def __init__(self, keys: list[Key], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].choices = [  # type: ignore[attr-defined]
            *_titles(Service),
            ("", _("None: by grants alone")),
        ]
        self.fields["key"].choices = [  # type: ignore[attr-defined]
            ("", _("Default key of the service")),
            *((str(key.pk), key.alias) for key in keys),
        ]


@require_safe
def service(request: ConsoleRequest, service: Service) -> HttpResponse:
    """The page of a service, for the key and the service user of its address."""
    return page(request, "keys/services/service.html", "", page_of(request, service))


@require_safe
def databases(request: ConsoleRequest) -> HttpResponse:
    """The page of databases, which shows their mounts too."""
    found = mounts_of(request)
    offered = [one for one in found if one.kind == MountKind.DATABASE]
    mount = next((one for one in offered if str(one.pk) == request.GET.get("mount")), offered[0] if offered else None)
    context = page_of(request, Service.RDS, mount.path if mount else "") | {
        "mount": mount,
        "mounts": [mounted(request, one) for one in found],
        "may_mount": request.caller.may(Call.CREATE_MOUNT.action),
    }
    return page(request, "keys/services/databases.html", "", context)


def page_of(request: ConsoleRequest, service: Service, mount: str = "") -> dict[str, Any]:
    """What the page of a service shows."""
    keys, users = keys_for_services(request.caller), _users(request, service)
    key = next((one for one in keys if str(one.pk) == request.GET.get("key")), None)
    user = _chosen(request, users)
    name = str(key.pk) if key else service.default_key
    shown = PAGES[service]
    create = f"{reverse('keys:create-service-user', args=[request.place.pk])}?service={service.value}"
    return {
        "service": service,
        "shown": shown,
        "keys": keys,
        "key": key,
        "users": users,
        "settings": shown.settings(Filled(request.place.pk, name, user.login if user else "", mount)),
        "create_address": f"{create}&key={key.pk}" if key else create,
        "may_create": request.caller.may("iam:users:create"),
        "user_address": address_of(request, user) if user else "",
        **check_of(request, service, user),
    }


@require_safe
def check(request: ConsoleRequest, service: Service) -> HttpResponse:
    """The card that says when the service user of the address last asked for a key."""
    user = _chosen(request, _users(request, service))
    return page(request, "keys/services/check.html", "", check_of(request, service, user))


@asks_again()
@never_cache
@sensitive_variables("made")
@require_http_methods(["GET", "POST"])
def create_service_user(request: ConsoleRequest) -> HttpResponse:
    """The dialog that makes a service user with its grant and its token or access key, which is shown once."""
    request.caller.require("iam:users:create")
    keys = keys_for_services(request.caller) if request.caller.may("kms:cmk:list") else []
    wished = {name: request.GET.get(name, "") for name in ("service", "key")}
    form = NewUserForm(keys, NewUserForm.data_of(request), initial=wished)
    back = reverse("console:users", args=[request.place.pk])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = form.attempt(
            create_user_for_service,
            request.caller,
            login=given["login"],
            service=given["service"],
            key_id=given["key"] or None,
            lifetime=lifetime_of(form),
        )
        if made:
            said = _("Service user “%(login)s” created.") % {"login": made.user.login}
            ak = made.access_key.ak if made.access_key else ""
            at = address_of(request, made.user)
            return told_once(request, said, made.user, back=at, token=made.token, ak=ak, secret=made.secret)
    context = {"form": form, "project": request.place}
    return dialog(request, "keys/services/create_user.html", _("Create service user"), context, back=back)


def check_of(request: ConsoleRequest, service: Service, user: User | None) -> dict[str, Any]:
    """What is known of the uses that this user asked for; `refusal` to who may not read traces."""
    query = urlencode({"user": user.pk}) if user else ""
    context: dict[str, Any] = {
        "person": user,
        "check_address": f"{reverse(f'keys:service-{service.value}-check', args=[request.place.pk])}?{query}",
        "signs": service in BY_ACCESS_KEY,
        "service": service,
    }
    if user is None:
        return context
    try:
        asked = last_asked(request.caller, user)
    except NotPermitted as error:
        return context | {"refusal": error}
    traces = reverse("console:traces", args=[request.place.pk])
    return context | {
        "asked": asked,
        "shown_at": last_shown(user),
        "advice": ADVICE.get(asked.error_code, "") if asked else "",
        "used_for": thing_of(asked.used_for) if asked else "",
        "traces_address": f"{traces}?{urlencode({'user': user.login, 'span': 'all'})}",
    }


def grants_of_user(request: ConsoleRequest, user: User) -> dict[str, Any]:
    """What the page of a user tells of the grants that he holds in the project of the page, a service user in its
    own."""
    caller = request.caller
    if user.project is not None and user.project != caller.project:
        caller = caller.at(user.project)
    try:
        return {"grants": grants_held(caller, user), "project": caller.project}
    except NotPermitted as error:
        return {"refusal": error, "project": caller.project}


def _users(request: ConsoleRequest, service: Service) -> list[User]:
    """The service users that the reader may see."""
    return service_users_of(request.caller, service) if request.caller.may("iam:users:list") else []


def _chosen(request: ConsoleRequest, users: list[User]) -> User | None:
    """The one that the address names, else the newest."""
    return next((one for one in users if one.pk == request.GET.get("user")), users[0] if users else None)


def _titles(choices: type[TextChoices]) -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in choices.choices]
