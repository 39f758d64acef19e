"""The mounts where databases read their keys, and programs their secrets: made on the page of databases, with numbered
keys, whose next versions are made there too."""

from typing import Any, NamedTuple

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from console.requests import ConsoleRequest
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm
from keys import operations
from keys.errors import NotFound, NotPermitted
from keys.models import KvMount, KvVersion, MountKind
from keys.operations.services import keys_for_services

DEFAULT = "rds/default"
FIRST, MOST = 1, 2**31 - 1
"""What MariaDB takes for the number of a key."""


class MountForm(OperationForm):
    about = "path"
    path = forms.CharField(
        strip=False, label=gettext_lazy("Path"), error_messages={"required": gettext_lazy("Enter a path.")}
    )
    kind = forms.ChoiceField(
        required=False, choices=MountKind.choices, initial=MountKind.DATABASE, label=gettext_lazy("Holds")
    )
    key = forms.ChoiceField(label=gettext_lazy("Key"))


class NumberForm(OperationForm):
    about = "number"
    number = forms.IntegerField(
        min_value=FIRST,
        max_value=MOST,
        label=gettext_lazy("Number"),
        error_messages={"required": gettext_lazy("Enter a number.")},
    )


class DatabaseKey(NamedTuple):
    """A numbered key of a database: its newest version, and how many there are."""

    number: str
    newest: KvVersion
    versions: int


class Mounted(NamedTuple):
    """A mount with its keys by number, and the number of its secrets; none where the reader may not see them."""

    mount: KvMount
    keys: list[DatabaseKey]
    secrets: int = 0


def mounts_of(request: ConsoleRequest) -> list[KvMount]:
    """The mounts that the reader may see."""
    return operations.list_mounts(request.caller)


def mounted(request: ConsoleRequest, mount: KvMount) -> Mounted:
    """The mount with what it holds."""
    found: dict[str, list[KvVersion]] = {}
    try:
        for one in operations.list_all_versions(request.caller, mount.path):
            found.setdefault(one.name, []).append(one)
    except NotPermitted:
        return Mounted(mount, [])
    if mount.kind == MountKind.SECRET:
        return Mounted(mount, [], len(found))
    numbered = sorted((name for name in found if name.isdecimal()), key=int)
    return Mounted(mount, [DatabaseKey(name, found[name][0], len(found[name])) for name in numbered])


@require_http_methods(["GET", "POST"])
def create(request: ConsoleRequest) -> HttpResponse:
    """The dialog that makes a mount, and for a database key number 1 in it."""
    form = MountForm(MountForm.data_of(request))
    keys = keys_for_services(request.caller)
    form.fields["key"].choices = [  # type: ignore[attr-defined]
        (DEFAULT, DEFAULT),
        *((str(one.pk), one.alias) for one in keys),
    ]
    if request.method == "POST" and form.is_valid():
        path, kind = form.cleaned_data["path"], MountKind(form.cleaned_data["kind"] or MountKind.DATABASE)
        make = operations.create_database_mount if kind == MountKind.DATABASE else operations.create_mount
        if form.attempt(make, request.caller, path=path, key_id=form.cleaned_data["key"]):
            return done_here(request, _("Mount “%(path)s” created.") % {"path": path}, back=_back(request))
    return dialog(request, "keys/services/mount_create.html", _("Create mount"), {"form": form}, back=_back(request))


@require_http_methods(["GET", "POST"])
def create_key(request: ConsoleRequest, mount_id: int) -> HttpResponse:
    """The dialog that makes another numbered key in a mount."""
    mount = _mount(request, mount_id)
    form = NumberForm(NumberForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        if form.attempt(operations.create_database_key, request.caller, path=mount.path, number=number):
            words = {"number": number, "path": mount.path}
            return done_here(request, _("Key %(number)s of “%(path)s” created.") % words, back=_back(request))
    title = _("Create key of “%(path)s”") % {"path": mount.path}
    return dialog(request, "keys/services/mount_key_create.html", title, {"form": form}, back=_back(request))


@require_http_methods(["GET", "POST"])
def rotate_key(request: ConsoleRequest, mount_id: int, number: int) -> HttpResponse:
    """The dialog that gives a numbered key its next version."""
    mount = _mount(request, mount_id)
    form, words = OperationForm(OperationForm.data_of(request)), {"number": number, "path": mount.path}
    if request.method == "POST" and form.is_valid():
        made: Any = form.attempt(operations.rotate_database_key, request.caller, path=mount.path, number=number)
        if made:
            words["version"] = made.version
            said = _("Key %(number)s of “%(path)s” has version %(version)s now.") % words
            return done_here(request, said, back=_back(request))
    title = _("Rotate key %(number)s of “%(path)s”") % words
    return dialog(request, "keys/services/mount_key_rotate.html", title, {"form": form}, back=_back(request))


def _mount(request: ConsoleRequest, mount_id: int) -> KvMount:
    of_databases = (one for one in mounts_of(request) if one.kind == MountKind.DATABASE)
    found = next((one for one in of_databases if one.pk == mount_id), None)
    if found is None:
        raise NotFound()
    return found


def _back(request: ConsoleRequest) -> str:
    return reverse("keys:service-rds", args=[request.place.pk])
