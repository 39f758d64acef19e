"""Regions and projects."""

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from console.admin.base import Formsets, Given, OperationAdmin, OperationForm, caller_of
from console.models import Project, Region
from console.operations.places import create_project, create_region, update_region


class RegionForm(OperationForm):
    """The operation speaks of a taken name, and means the id."""

    other_names: ClassVar[dict[str, str]] = {"name": "id"}


class RegionAdmin(OperationAdmin[Region]):
    """Regions; a new one gives every account a main project in it."""

    form = RegionForm
    list_display = ("id", "name")
    search_fields = ("id", "name")
    fields = ("id", "name")
    fixed_fields: ClassVar[tuple[str, ...]] = ("id",)

    def create(self, request: HttpRequest, given: Given) -> Region:
        return create_region(caller_of(request), region_id=given["id"], name=given["name"])

    def update(self, request: HttpRequest, row: Region, given: Given, formsets: Formsets) -> None:
        update_region(caller_of(request), row, **given)


class ProjectAdmin(OperationAdmin[Project]):
    """Projects of all accounts; sub-projects are added, none is changed: its name is part of addresses and scripts."""

    related: ClassVar[tuple[str, ...]] = ("account", "region")
    list_display = ("name", "account", "region", "id", "main")
    list_filter = ("region",)
    search_fields = ("=id", "name", "account__name")
    search_help_text = _("A part of the project's or the account's name, or the project ID.")
    ordering = ("account__name", "region", "name")
    fields = ("account", "region", "name")
    autocomplete_fields = ("account", "region")

    def has_change_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Project | None = None) -> tuple[str, ...]:
        return ("id", *self.fields) if obj else self.fields

    @admin.display(description=_("main project"), boolean=True)
    def main(self, project: Project) -> bool:
        return project.is_main

    def create(self, request: HttpRequest, given: Given) -> Project:
        return create_project(caller_of(request, given["account"]), region=given["region"], name=given["name"])
