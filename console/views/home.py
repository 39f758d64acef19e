"""Where one begins, and the service list as a page."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.operations.places import home_of
from console.services import home_address


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the keys of the project where the user was last."""
    return HttpResponseRedirect(home_address(home_of(request.user).pk))  # type: ignore[arg-type]


@require_safe
def service_list(request: HttpRequest) -> HttpResponse:
    return render(request, "console/services.html")
