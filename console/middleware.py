"""What happens to every request before and after its view."""

import zoneinfo
from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control

from console import served
from console.access.addresses import source_address
from console.access.caller import Caller
from console.access.places import project_of
from console.access.request import new_request_id
from console.models import User
from console.operations.places import remember
from console.served import Served
from console.times import ZONE_COOKIE, zones
from console.views.errors import refused
from console.views.first import has_to_set_up, lead_to_setup
from console.views.health import healthz, readyz
from console.views.session import ask_to_sign_in
from keys.errors import KmsError

THEMES = ("system", "light", "dark")
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Health:
    """Answers `/healthz` and `/readyz` first: balancers ask by any host name, and need nothing of what follows."""

    answers: ClassVar = {"/healthz": healthz, "/readyz": readyz}

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.answers.get(request.path)
        if answer is None:
            return self.get_response(request)
        _name_it(answer.__name__)
        return answer(request)


class RequestId:
    """Gives each request an id and the address it came from, and private answers the word not to be stored."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        serving = served.now.get() or Served(new_request_id())
        request.request_id = serving.request_id  # type: ignore[attr-defined]
        request.source_ip = source_address(  # type: ignore[attr-defined]
            request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
        )
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, no_store=True, private=True)
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> None:
        if request.resolver_match is not None:
            _name_it(request.resolver_match.view_name)


class ContentSecurityPolicy:
    """Sends the setting SECURE_CSP, as Django 6 will do by itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in settings.SECURE_CSP.items())

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response["Content-Security-Policy"] = self.policy
        return response


class Preferences:
    """Takes appearance and time zone from their cookies, a chosen zone first; the language's is read by Django."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        theme = request.COOKIES.get("theme", "")
        request.theme = theme if theme in THEMES else "system"  # type: ignore[attr-defined]
        names = [request.COOKIES.get(cookie, "").replace("%2F", "/") for cookie in (ZONE_COOKIE, "timezone")]
        name = next((one for one in names if one in zones()), "")
        with timezone.override(zoneinfo.ZoneInfo(name) if name else None):
            return self.get_response(request)


class SignedIn(LoginRequiredMiddleware):
    """Every view asks for a signed-in user but those marked `login_not_required`; what was typed is kept meanwhile."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        if getattr(view_func, "is_part", False):
            return HttpResponse(status=204)
        return ask_to_sign_in(request)


class Place:
    """Resolves the project that the address names, in the user's own account only, and says who calls.

    Views never see `project_id`: they find `request.place` and `request.caller`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.place = None  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if "project_id" not in kwargs or not isinstance(request.user, User):
            return None
        try:
            place = project_of(request.user, kwargs.pop("project_id"))
        except KmsError as error:
            return refused(request, error)
        remember(request.user, place)
        request.place = place  # type: ignore[attr-defined]
        request.caller = Caller.of_user(  # type: ignore[attr-defined]
            request.user,
            place,
            source_ip=request.source_ip,  # type: ignore[attr-defined]
            request_id=request.request_id,  # type: ignore[attr-defined]
        )
        return None


class SecondFactorFirst:
    """Where an account asks everyone for a second factor, who has none sets one up before he does anything else, in the
    administration too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if has_to_set_up(request.user) and not getattr(view, "comes_first", False):
            return lead_to_setup(request, view, kwargs.get("project_id", ""))
        return None


class Refusals:
    """Turns the KmsError that a view lets through into a page that says what to do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        return refused(request, error) if isinstance(error, KmsError) else None


def _name_it(view: str) -> None:
    """Have log lines and metrics call what is being served by its view."""
    serving = served.now.get()
    if serving is not None:
        serving.operation = view
