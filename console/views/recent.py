"""The password asked again: what does harm that can't be undone, or changes who may come in, is done only by who has
shown within RECENT that he is himself.

`asks_again` marks the views that do such things; there is no other list. It shows a field in their dialog where the
last proof is older, and calls the view to act only with the right password. Who has none proves himself at the provider
of single sign-on. `Confirmation` is where another proof would be asked for, too: a code of a second factor, say.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from console.access import oidc
from console.access.lockout import SignInLocked
from console.access.signin import is_own_password
from console.models import User
from console.views.session import safe
from keys.errors import KmsError

RECENT: Final = timedelta(minutes=15)
FIELD: Final = "password_again"
View = Callable[..., Any]


class Confirmation:
    """Whether this request's user has to show again that he is himself, and what came of it."""

    def __init__(self, request: HttpRequest) -> None:
        assert isinstance(request.user, User)  # noqa: S101 - behind SignedIn
        self.user, self.problem = request.user, ""
        self._request = request
        proved_at = request.session.confirmed_at  # type: ignore[attr-defined]
        self.is_needed = proved_at is None or timezone.now() - proved_at > RECENT

    @property
    def by_password(self) -> bool:
        return self.user.has_usable_password()

    @property
    def provider(self) -> str:
        return oidc.provider_name()

    @property
    def way_to_provider(self) -> str:
        """The address that leads to the provider, and from there back to the page that is open."""
        htmx = getattr(self._request, "htmx", None)
        here = (htmx.current_url_abs_path if htmx else None) or self._request.get_full_path()
        return f"{reverse('console:to-provider')}?{urlencode({'confirm': 1, 'next': here})}"

    def is_given(self) -> bool:
        """Whether the proof came with this request; then it holds for RECENT, and the session has another id."""
        request = self._request
        password = request.POST.get(FIELD, "")
        if not self.by_password:
            self.problem = _("Prove at %(provider)s that it is you, then do this again.") % {"provider": self.provider}
        elif not password:
            self.problem = _("Enter your password.")
        else:
            try:
                if is_own_password(self.user, password, source_ip=getattr(request, "source_ip")):  # noqa: B009
                    request.session.confirm()  # type: ignore[attr-defined]
                    self.is_needed = False
                    return True
                self.problem = _("This is not your password. Try again.")
            except SignInLocked as locked:
                self.problem = str(locked.messages[0])
        return False


def asks_again(*, back: str = "", only: Callable[..., bool] = lambda **_: True) -> Callable[[View], View]:
    """Mark a view that does harm, `only` where its arguments are such. Unproved, what is posted is shown again as it
    was filled in, with the field; a view without a dialog leads to a page of its own that asks, and then to the page of
    the name `back`."""

    def mark(view: View) -> View:
        @wraps(view)
        def checked(request: Any, *args: Any, **kwargs: Any) -> Any:
            if not only(**kwargs):
                return view(request, *args, **kwargs)
            request.confirmation = Confirmation(request)
            request.sensitive_post_parameters = "__ALL__"
            if request.method == "POST" and request.confirmation.is_needed and not request.confirmation.is_given():
                if back:
                    return ask_first(request, reverse(back, args=[request.place.pk]))
                request.unconfirmed, request.method = request.POST, "GET"
            return view(request, *args, **kwargs)

        checked.asks_again = True  # type: ignore[attr-defined]
        return checked

    return mark


def ask_first(request: HttpRequest, next_address: str) -> HttpResponse:
    """Lead to the page that asks, and from there to `next_address`."""
    address = f"{reverse('console:confirm')}?{urlencode({'next': next_address})}"
    htmx = getattr(request, "htmx", False)
    return HttpResponseClientRedirect(address) if htmx else HttpResponseRedirect(address)


def unconfirmed() -> KmsError:
    """What a form says that is sent too late to be filled in anew: where to prove it meanwhile."""
    words = _("Your last proof is older than 15 minutes. Enter your password in another tab, then save again:")
    link = format_html('{} <a href="{}" target="_blank">{}</a>', words, reverse("console:confirm"), _("Enter password"))
    return KmsError(text=link)


class PasswordForm(forms.Form):
    password_again = forms.CharField(
        required=False, strip=False, label=gettext_lazy("Your password"), widget=forms.PasswordInput
    )


@sensitive_post_parameters(FIELD)
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """The page that asks: for what has no dialog of its own."""
    request.confirmation = confirmation = Confirmation(request)  # type: ignore[attr-defined]
    next_address = safe(request, request.GET.get("next", ""))
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and (not confirmation.is_needed or confirmation.is_given()):
        messages.success(request, _("Confirmed. You can go on for 15 minutes."))
        return HttpResponseRedirect(next_address)
    context = {"form": form, "next": next_address}
    return render(request, "console/confirm.html", context, status=422 if confirmation.problem else 200)
