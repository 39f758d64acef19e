"""The administration of keys, with their versions, aliases and grants, of tags, and of mounts."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from console.admin.base import Formsets, Given, HouseAdmin, OperationAdmin, OperationForm, ReadOnly, caller_of
from console.admin.typed import TabularInline
from console.models import EnterpriseProject, Project
from console.models.enterprise import DEFAULT_ID
from keys.errors import EnterpriseProjectUnknown
from keys.models import Alias, Grant, Key, KeyState, KeyVersion, KvMount, KvVersion, Tag, TaggedKey
from keys.models.key import KeyQuerySet
from keys.operations import create_key, protect_key, protection_of, unprotect_key, update_alias, update_description
from keys.operations.tags import TagPair
from keys.validators import validate_protection_reason

CHANGEABLE = frozenset({"alias", "description", "protection_reason"})
"""What can be changed of a key that was made."""


class LinesField(forms.CharField):
    """A text of several lines, which browsers send with other line ends than they count."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class KeyForm(OperationForm):
    """A key to be made, or its alias, its description and why it is protected from deletion."""

    other_names: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("tags", "tag_key", "tag_value"), "tag_lines"),
        "reason": "protection_reason",
    }

    tag_lines = LinesField(label=_("Tags"), required=False, strip=False, help_text=_("One tag a line: key=value."))

    protection_reason = LinesField(
        label=_("Deletion protection"),
        required=False,
        strip=False,
        help_text=_("Why the key must not be deleted. Empty: it is not protected."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance._state.adding and (known := protection_of(self.instance)):
            self.initial["protection_reason"] = known.reason

    class Meta:
        field_classes: ClassVar[dict[str, Any]] = {"description": LinesField}
        widgets: ClassVar[dict[str, Any]] = {"description": LinesField.widget}
        help_texts: ClassVar[dict[str, Any]] = {
            "key_usage": _("Empty: the default of the algorithm."),
            "enterprise_project": _("One of the project's account. Empty: the default one."),
        }

    def clean_protection_reason(self) -> str:
        """Before anything is changed: an alias that was taken over already would stay."""
        reason = str(self.cleaned_data["protection_reason"])
        if reason:
            validate_protection_reason(reason)
        return reason

    def clean_tag_lines(self) -> list[TagPair]:
        lines = [line.partition("=") for line in self.cleaned_data["tag_lines"].split("\n") if line]
        return [TagPair(key, value) for key, _sign, value in lines]


class StateFilter(admin.SimpleListFilter):
    """Keys by the state that every reader sees: material that expired counts as gone before the sweep."""

    title, parameter_name = _("status"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return KeyState.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Key]) -> QuerySet[Key]:
        chosen = next((one for one in KeyState if str(one.value) == self.value()), None)
        return queryset if chosen is None else cast(KeyQuerySet, queryset).in_state(chosen)


class KeyVersionInline(ReadOnly, TabularInline[KeyVersion, Key]):
    """The versions of a key, never their material."""

    model = KeyVersion
    fields = readonly_fields = ("number", "created_at", "reason", "root_key_version")
    ordering = ("-number",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[KeyVersion]:
        return super().get_queryset(request).defer("wrapped_material", "public_key", "wrapped_check_value")


class AliasInline(ReadOnly, TabularInline[Alias, Key]):
    """The names that applications call a key by."""

    model = Alias
    fields = readonly_fields = ("name", "created_at", "updated_at")
    ordering = ("name",)
    extra = 0


class GrantInline(ReadOnly, TabularInline[Grant, Key]):
    """Who may use a key, and for what."""

    model = Grant
    fields = readonly_fields = (
        "name",
        "id",
        "grantee_user",
        "grantee_account",
        "operations",
        "retiring_user",
        "issuer",
        "created_at",
    )
    ordering = ("pk",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        related = ("grantee_user", "grantee_account", "retiring_user", "issuer")
        return super().get_queryset(request).select_related(*related)


@admin.register(Key)
class KeyAdmin(OperationAdmin[Key]):
    """Keys of all accounts: made as everywhere, renamed, described, protected; material is never shown, a key never
    removed."""

    form = KeyForm
    inlines = (KeyVersionInline, AliasInline, GrantInline)
    related: ClassVar[tuple[str, ...]] = ("project__account", "enterprise_project")
    list_display = ("alias", "id", "account", "project", "key_spec", "key_usage", "state", "created_at")
    list_filter = (StateFilter, "key_spec", "key_usage", "origin", "is_default", "project__region")
    search_fields = ("alias", "=id", "=project__id", "=project__account__name")
    search_help_text = _("A part of the alias, the key ID, the project ID, or the whole name of the account.")
    ordering = ("-id",)  # ids grow with time, and have an index; keys of all accounts are not to be sorted
    fields = ("project", "alias", "key_spec", "key_usage", "description", "enterprise_project", "tag_lines")
    shown_fields = (
        "id",
        "alias",
        "description",
        "state",
        "account",
        "project",
        "enterprise_project",
        "key_spec",
        "key_usage",
        "origin",
        "is_default",
        "tags_shown",
        "created_at",
        "updated_at",
        "deletion_at",
        "protection_reason",
        "rotation_interval",
        "rotates_at",
        "material_expires_at",
    )  # fmt: skip
    autocomplete_fields = ("project", "enterprise_project")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Key]:
        return super().get_queryset(request).filter(deleted_at=None)

    def get_fields(self, request: HttpRequest, obj: Key | None = None) -> tuple[str, ...]:
        return self.shown_fields if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Key | None = None) -> tuple[str, ...]:
        return tuple(name for name in self.shown_fields if name not in CHANGEABLE) if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Key | None) -> Any:
        return self.inlines if obj else ()

    @admin.display(description=_("account"), ordering="project__account__name")
    def account(self, key: Key) -> str:
        return str(key.project.account)

    @admin.display(description=_("tags"))
    def tags_shown(self, key: Key) -> str:
        return ", ".join(str(one) for one in key.tagged.select_related("tag"))

    def create(self, request: HttpRequest, given: Given) -> Key:
        project: Project = given["project"]
        chosen: EnterpriseProject | None = given["enterprise_project"]
        if chosen is not None and chosen.account_id != project.account_id:
            raise EnterpriseProjectUnknown()  # the operation knows ids only, and `0` is one in every account
        return create_key(
            caller_of(request, project.account, project),
            alias=given["alias"],
            key_spec=given["key_spec"],
            key_usage=given["key_usage"],
            description=given["description"],
            enterprise_project=chosen.eps_id if chosen else DEFAULT_ID,
            tags=given["tag_lines"],
        )

    def update(self, request: HttpRequest, row: Key, given: Given, formsets: Formsets) -> None:
        caller = caller_of(request, row.project.account, row.project)
        # The alias first: what refuses a description refuses an alias too, so that a refusal leaves both as they were.
        if given["alias"] != row.alias:
            update_alias(caller, row.pk, given["alias"])
        if given["description"] != row.description:
            update_description(caller, row.pk, given["description"])
        known, reason = protection_of(row), given["protection_reason"]
        if reason and (known is None or known.reason != reason):
            protect_key(caller, row.pk, reason=reason)
        elif known is not None and not reason:
            unprotect_key(caller, row.pk)


@admin.register(Tag)
class TagAdmin(ReadOnly, HouseAdmin[Tag]):
    """The tags that accounts use, and on how many keys."""

    related: ClassVar[tuple[str, ...]] = ("account",)
    list_display = ("key", "value", "account", "used_by")
    search_fields = ("key", "value", "=account__name")
    search_help_text = _("A part of tag key or value, or the whole name of the account.")
    fields = ("key", "value", "account", "used_by")
    readonly_fields = ("used_by",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        uses = TaggedKey.objects.filter(tag=OuterRef("pk"), content_object__deleted_at=None).order_by()
        counted = uses.values("tag").annotate(number=Count("pk")).values("number")
        return super().get_queryset(request).annotate(number=Coalesce(Subquery(counted), 0))

    @admin.display(description=_("keys"))
    def used_by(self, tag: Tag) -> int:
        return int(getattr(tag, "number", 0))


class KvVersionInline(ReadOnly, TabularInline[KvVersion, KvMount]):
    """What a mount holds, never the values: the newest versions."""

    model = KvVersion
    fields = readonly_fields = ("name", "version", "created_at", "deleted_at", "is_destroyed")
    ordering = ("-pk",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[KvVersion]:
        return super().get_queryset(request).defer("sealed_key", "sealed")


@admin.register(KvMount)
class KvMountAdmin(ReadOnly, HouseAdmin[KvMount]):
    """Where secrets and keys of databases are kept, and under which key."""

    inlines = (KvVersionInline,)
    related: ClassVar[tuple[str, ...]] = ("project__account", "key")
    list_display = ("path", "account", "project", "kind", "protected_by", "created_at")
    list_filter = ("kind",)
    search_fields = ("path", "=project__id", "=project__account__name")
    search_help_text = _("A part of the path, the project ID, or the whole name of the account.")
    ordering = ("-pk",)
    fields = ("path", "account", "project", "kind", "protected_by", "created_at")
    readonly_fields = ("account", "protected_by")

    @admin.display(description=_("account"))
    def account(self, mount: KvMount) -> str:
        return str(mount.project.account)

    @admin.display(description=_("key"))
    def protected_by(self, mount: KvMount) -> str:
        return mount.default_key or str(mount.key_id)
