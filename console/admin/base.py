"""What all pages of the administration share: who may, how lists are counted, and how a form leads to an operation."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import models
from django.forms.models import construct_instance
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_protect

from console.access.caller import Caller
from console.admin.paging import BoundedPaginator
from console.admin.typed import ModelAdmin, ModelChoiceField, ModelForm
from console.models import Account, EnterpriseProject, Project
from console.requests import ConsoleRequest
from console.views.recent import Confirmation, ask_first, unconfirmed
from keys.errors import KmsError

Row = TypeVar("Row", bound=models.Model)
Given = dict[str, Any]
Formsets = Sequence[Any]
REFUSED = _("The administration is for administrators of this server. Ask one of them for what you need.")


def caller_of(request: HttpRequest, account: Account | None = None, project: Project | None = None) -> Caller:
    """The administrator at work in `account`; in his own for what belongs to the whole server."""
    asked = cast(ConsoleRequest, request)
    return Caller.administrator(
        asked.user, account or asked.user.account, project, source_ip=asked.source_ip, request_id=asked.request_id
    )


def label_of(row: models.Model) -> str:
    """A row as a choice: with its account where the name alone says too little."""
    return f"{row.account} / {row}" if isinstance(row, Project | EnterpriseProject) else str(row)


class RowChoiceField(ModelChoiceField[Any]):
    """A choice among rows of many accounts."""

    def label_from_instance(self, obj: models.Model) -> str:
        return label_of(obj)


class OperationForm(ModelForm[Any]):
    """A form of fields only: what a change needs beyond them is the operation's to say, beside the same fields."""

    other_names: ClassVar[dict[str, str]] = {}
    refusal: ValidationError | None = None

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.refusal is not None:
            self.add_error(None, self.refusal)

    def add_error(self, field: str | None, error: Any) -> None:
        """As Django does, but a KmsError goes beside the field that it names."""
        if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
            for name, errors in error.error_dict.items():
                for one in errors:
                    self.add_error(None if name == NON_FIELD_ERRORS else name, one)
            return
        beside = error.field if field is None and isinstance(error, KmsError) else field
        beside = self.other_names.get(beside, beside) if beside else None
        super().add_error(beside if beside in self.fields else None, error)

    def _post_clean(self) -> None:
        """As Django does, without uniqueness: the operation decides that in its transaction, and has better words."""
        without = self._get_validation_exclusions()  # type: ignore[attr-defined]
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        try:
            self.instance.full_clean(exclude=without, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            self.add_error(None, error)


class Permissions:
    """Who may: staff look with Django's view permissions, superusers add and change, and nobody deletes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(Permissions):
    """Nobody adds or changes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Fields:
    """Form fields without pop-up windows, and texts taken as they were typed."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if isinstance(db_field, models.ForeignKey):
            options.setdefault("form_class", RowChoiceField)
        field = super().formfield_for_dbfield(db_field, request, **options)  # type: ignore[misc]
        if isinstance(field, forms.CharField):
            field.strip = False
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class HouseAdmin(Permissions, Fields, ModelAdmin[Row], Generic[Row]):
    """A page of the administration: lists that count no further than they need, rows that are never deleted."""

    related: ClassVar[tuple[str, ...]] = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Row]:
        rows = super().get_queryset(request)
        return rows.select_related(*self.related) if self.related else rows


class OperationAdmin(HouseAdmin[Row], Generic[Row]):
    """Adds and changes rows by the operations of the domain: `create` and `update` call them with what was given."""

    form = OperationForm
    fixed_fields: ClassVar[tuple[str, ...]] = ()
    asks_again: ClassVar[bool] = False
    """Whether who adds or changes a row has to have shown lately that he is himself (console/views/recent.py)."""

    def create(self, request: HttpRequest, given: Given) -> Row:
        raise PermissionDenied

    def update(self, request: HttpRequest, row: Row, given: Given, formsets: Formsets) -> None:
        raise PermissionDenied

    def get_readonly_fields(self, request: HttpRequest, obj: Row | None = None) -> tuple[str, ...]:
        """`fixed_fields` are given once, when the row is added."""
        return (*super().get_readonly_fields(request, obj), *(self.fixed_fields if obj else ()))

    @method_decorator(csrf_protect)
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """As Django does, but without a transaction of its own: the operation commits its change with its trace.

        What the operation refuses is shown in the form, which is read once more with the refusal as an error of it."""
        if self.asks_again and self.has_change_permission(request) and Confirmation(request).is_needed:
            if request.method != "POST":
                return ask_first(request, request.get_full_path())
            request.refusal = unconfirmed()  # type: ignore[attr-defined]
        try:
            return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]
        except ValidationError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]

    def get_form(self, request: HttpRequest, obj: Row | None = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change, **options)
        form.refusal = getattr(request, "refusal", None)  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: Row, form: Any, change: bool) -> None:
        """Nothing yet: the inlines belong to the same operation, and Django brings them with `save_related`."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Formsets, change: bool) -> None:
        if change:
            # The form has written into its own instance; the operation gets the row as it is stored.
            self.update(request, self.get_queryset(request).get(pk=form.instance.pk), form.cleaned_data, formsets)
        else:
            made = self.create(request, form.cleaned_data)
            # Django goes on with the form's instance: its history and its redirect need the id that was given.
            form.instance.__dict__.update(made.__dict__)
        for formset in formsets:
            formset.save(commit=False)  # notes what changed, for Django's history
