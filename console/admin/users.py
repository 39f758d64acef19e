"""Users, their roles and access keys."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from console.access.passwords import policy
from console.admin.base import Fields, Formsets, Given, OperationAdmin, OperationForm, Permissions, ReadOnly, caller_of
from console.admin.typed import ModelForm, TabularInline
from console.models import AccessKey, EnterpriseProject, Project, RoleAssignment, User
from console.operations.access_keys import update_access_key
from console.operations.roles import RoleWish, role_names
from console.operations.sessions import end_sessions, locks_of, sessions_of, unlock
from console.operations.users import create_user, new_password, set_password, update_user
from console.views.recent import Confirmation, ask_first

FLAGS = ("is_active", "is_owner", "is_staff", "is_superuser")


class RoleForm(ModelForm[RoleAssignment]):
    """One role of a user, by its name, whether the system's or his account's own."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["role"] = self.instance.name

    def _post_clean(self) -> None:
        """Nothing: the operation finds the role by its name, and the row."""


class RoleInline(Permissions, Fields, TabularInline[RoleAssignment, User]):
    """The roles of a user, in projects of his own account."""

    model = RoleAssignment
    form = RoleForm
    verbose_name, verbose_name_plural = _("role"), _("roles")
    extra = 0
    fields = ("role", "project", "enterprise_project")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request)

    def get_formset(self, request: HttpRequest, obj: User | None = None, **options: Any) -> Any:
        formset = super().get_formset(request, obj, **options)
        role = formset.form.base_fields["role"]
        if isinstance(role, forms.ChoiceField) and obj is not None:
            role.choices = [("", "---------"), *((one, one) for one in role_names(obj.account))]
        for name, rows in (
            ("project", Project.objects.select_related("region")),
            ("enterprise_project", EnterpriseProject.objects.all()),
        ):
            field = formset.form.base_fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = rows.filter(account=obj.account if obj else None)
                # Read once, and not again for each of the user's roles.
                field.choices = [
                    ("", field.empty_label),
                    *((one.pk, getattr(one, "title", one.name)) for one in field.queryset),
                ]
        return formset


class AccessKeyInline(ReadOnly, TabularInline[AccessKey, User]):
    """The access keys of a user; each is switched on and off on a page of its own."""

    model = AccessKey
    fields = readonly_fields = ("ak", "is_active", "created_at")
    ordering = ("created_at",)
    extra = 0
    show_change_link = True


class UserForm(OperationForm):
    """The operation speaks of a name, which is the user's login here."""

    other_names: ClassVar[dict[str, str]] = {"name": "login"}


class PasswordForm(forms.Form):
    """A new password of a user; where none is typed, one is made."""

    password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty to have a password made, which is shown once."),
    )

    def attempt(self, operation: Callable[..., None], *args: Any) -> bool:
        """Call the operation; what it refuses stands beside the field."""
        try:
            operation(*args)
        except ValidationError as refusal:
            self.add_error("password", refusal)
        return not self.errors


class UserAdmin(OperationAdmin[User]):
    """Users of all accounts with their roles; one who leaves is deactivated, and his traces keep their name."""

    form = UserForm
    asks_again = True
    inlines = (RoleInline, AccessKeyInline)
    related: ClassVar[tuple[str, ...]] = ("account",)
    list_display = ("username", "account", *FLAGS, "has_second_factor", "last_login", "created_at")
    list_filter = (*FLAGS, "has_second_factor")
    search_fields = ("username", "=id")
    search_help_text = _("A part of the sign-in name (account/user), or the user ID.")
    readonly_fields = (
        *("username", "id", "project", "service", "has_second_factor", "last_login", "created_at"),
        *("password_link", "release_link"),
    )
    fields = ("username", "id", "account", *FLAGS, *readonly_fields[2:])
    fixed_fields: ClassVar[tuple[str, ...]] = ("account",)
    autocomplete_fields = ("account",)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return self.fields if obj else ("account", "login", "is_owner", "is_staff", "is_superuser")

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else ()

    @admin.display(description=_("password"))
    def password_link(self, user: User) -> SafeString:
        address = reverse("admin:console_user_password", args=[user.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Set a new password"))

    @admin.display(description=_("Sessions"))
    def release_link(self, user: User) -> SafeString:
        address = reverse("admin:console_user_release", args=[user.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("End sessions, unlock"))

    def create(self, request: HttpRequest, given: Given) -> User:
        user, password = create_user(caller_of(request, given["account"]), **given)
        _show_once(request, user, password)
        return user

    def update(self, request: HttpRequest, row: User, given: Given, formsets: Formsets) -> None:
        roles = [
            RoleWish(one["role"], one["project"], one["enterprise_project"])
            for formset in formsets
            if formset.model is RoleAssignment
            for one in formset.cleaned_data
            if one and not one.get("DELETE")
        ]
        update_user(caller_of(request, row.account), row, roles=roles, **given)

    def get_urls(self) -> list[URLPattern]:
        password, release = map(self.admin_site.admin_view, (self.password_view, self.release_view))
        return [
            path("<id>/password/", password, name="console_user_password"),
            path("<id>/release/", release, name="console_user_release"),
            *super().get_urls(),
        ]

    def release_view(self, request: HttpRequest, id: str) -> HttpResponse:
        """End a user's sessions and tokens, and let him try again to sign in."""
        user = self.get_object(request, id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user is None:
            raise Http404
        caller = caller_of(request, user.account)
        if request.method == "POST":
            end_sessions(caller, user)
            unlock(caller, user)
            messages.success(request, gettext("Sessions of %(user)s ended, sign-in unlocked.") % {"user": user})
            return HttpResponseRedirect(reverse("admin:console_user_change", args=[user.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("End sessions, unlock"),
            "subtitle": str(user),
            "opts": self.opts,
            "original": user,
            "number": len(sessions_of(caller, user)),
            "locks": [one.ip_address for one in locks_of(caller, user)],
        }
        return TemplateResponse(request, "admin/console/user/release.html", context)

    @method_decorator(sensitive_post_parameters())
    def password_view(self, request: HttpRequest, id: str) -> HttpResponse:
        """Set a user's password; it ends his sessions."""
        user = self.get_object(request, id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user is None:
            raise Http404
        if Confirmation(request).is_needed:
            return ask_first(request, request.path)
        form = PasswordForm(request.POST if request.method == "POST" else None)
        form.fields["password"].help_text = f"{form.fields['password'].help_text} {policy()}"
        if form.is_valid():
            password = form.cleaned_data["password"] or new_password()
            if form.attempt(set_password, caller_of(request, user.account), user, password):
                if not form.cleaned_data["password"]:
                    _show_once(request, user, password)
                messages.success(
                    request, gettext("Password of %(user)s changed. His sessions have ended.") % {"user": user}
                )
                if user == request.user:
                    update_session_auth_hash(request, user)
                return HttpResponseRedirect(reverse("admin:console_user_change", args=[user.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Set a new password"),
            "subtitle": str(user),
        }
        return TemplateResponse(
            request, "admin/console/user/password.html", context | {"form": form, "opts": self.opts, "original": user}
        )


class AccessKeyAdmin(OperationAdmin[AccessKey]):
    """Access keys of all users, found by their ID, switched on and off; users make them in the console."""

    asks_again = True
    related: ClassVar[tuple[str, ...]] = ("user",)
    list_display = ("ak", "user", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("=ak", "user__username")
    search_help_text = _("The access key ID, or a part of the user's sign-in name.")
    ordering = ("-created_at", "ak")
    fields = ("ak", "user", "is_active", "created_at")
    readonly_fields = ("ak", "user", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def update(self, request: HttpRequest, row: AccessKey, given: Given, formsets: Formsets) -> None:
        update_access_key(caller_of(request, row.user.account), row, **given)


def _show_once(request: HttpRequest, user: User, password: str) -> None:
    sentence = gettext("User %(user)s signs in with the password %(password)s. Note it now: it is not shown again.")
    messages.warning(request, sentence % {"user": user.username, "password": password})
