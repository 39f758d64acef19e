"""The administration: Django's own, behind the console's sign-in."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from console.admin import ADMINS
from console.admin.base import REFUSED, HouseAdmin, label_of
from console.admin.typed import ModelAdmin
from console.models import User
from console.operations.places import home_of
from console.views.session import sign_out


class Autocomplete(AutocompleteJsonView):
    """Suggestions, each with the account that it belongs to."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        return super().serialize_result(obj, to_field_name) | {"text": label_of(obj)}


class ConsoleAdminSite(AdminSite):
    """The administration's pages, for staff who are signed in through the console."""

    site_header = site_title = settings.PRODUCT_NAME
    index_title = _("Administration")
    site_url = "/"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Not by Django's discovery: importing this package from it would ask for the site that is being made.
        for model, page in ADMINS.items():
            self.register(model, page)

    def register(
        self, model_or_iterable: Any, admin_class: type[ModelAdmin[Any]] | None = None, **options: Any
    ) -> None:
        """Take the house's own pages only: Django's groups and taggit's tags have no meaning here."""
        if admin_class is not None and issubclass(admin_class, HouseAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            self._refuse_strangers(request)
            response: HttpResponseBase = inner(request, *args, **kwargs)
            return response

        return update_wrapper(checked, inner)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The console's sign-in, which leads back."""
        self._refuse_strangers(request)
        index = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return redirect(index)
        query = urlencode({"next": request.GET.get("next") or index})
        return redirect(f"{reverse('console:sign-in')}?{query}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The console's sign-out."""
        return sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The console's page, where everybody changes his own password."""
        assert isinstance(request.user, User)  # noqa: S101 - admin_view lets nobody else through
        return redirect("console:password", home_of(request.user).pk)

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return Autocomplete.as_view(admin_site=self)(request)

    def _refuse_strangers(self, request: HttpRequest) -> None:
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied(REFUSED)
