"""The three ways in which a view answers: a page or its part, what was done, and a form that was refused."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.cache import patch_vary_headers
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect, reswap, trigger_client_event
from django_htmx.middleware import HtmxDetails

from console.operations.approvals import SentForApproval
from console.views.kept import take_kept
from keys.errors import KmsError, NotPermitted

LINK = "|"  # between the text and the address of a message's link
ACT = "POST "  # before the address of a link that does something


@lru_cache(maxsize=1)
def icons() -> str:
    """The address of the sprite of icons."""
    return static("img/icons.svg")


def undo(address: str, **fields: str) -> str:
    """The tags of a message that offers to undo what it says, by posting `fields` to `address`."""
    return gettext("Undo") + f"{LINK}{ACT}{address}?{urlencode(fields)}"


class OperationForm(forms.Form):
    """A form whose rules live in the operation that it leads to; what the operation says of no field stands beside
    `about`, else on top."""

    about: str | None = None

    @classmethod
    def data_of(cls, request: HttpRequest) -> QueryDict | MultiValueDict[str, str] | None:
        """What was posted, or what was typed before the session ended; None for a fresh form."""
        return request.POST if request.method == "POST" else take_kept(request)

    def attempt(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        """Call the operation; its refusal stands beside its field (on top where it has none), and None is returned.

        A missing permission is no matter of the form and is let through, and so is what was sent for approval."""
        try:
            return operation(*args, **kwargs)
        except (NotPermitted, SentForApproval):
            raise
        except KmsError as error:
            self.add_error(error.field if error.field in self.fields else None, error)
        except ValidationError as error:
            by_field = error.error_dict if hasattr(error, "error_dict") else {self.about: error.error_list}
            for name, errors in by_field.items():
                self.add_error(name if name in self.fields else None, errors)
        return None


def page(
    request: HttpRequest, template: str, part: str, context: dict[str, Any], *, refused: bool = False
) -> HttpResponse:
    """Render the template, or for htmx its part of that name; 422 where the form was refused."""
    is_part = bool(part) and bool(getattr(request, "htmx", False))
    response = render(request, f"{template}#{part}" if is_part else template, context, status=422 if refused else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


def is_open_at(request: HttpRequest, address: str) -> bool:
    """Whether htmx asks from within the page at `address`, so that a part of it is answer enough."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and urlsplit(htmx.current_url_abs_path or "").path == urlsplit(address).path


def done(
    request: HttpRequest, address: str, message: str, link: tuple[str, str], parts: str, context: dict[str, Any]
) -> HttpResponse:
    """Say what was done, with a link (text, address), on the page at `address`: where that is open already, by the
    template `parts`, which brings the toast and what has changed, and closes the dialog."""
    if not is_open_at(request, address):
        messages.success(request, message, extra_tags=LINK.join(link))
        return HttpResponseClientRedirect(address) if getattr(request, "htmx", False) else HttpResponseRedirect(address)
    toast = {"text": message, "link_text": link[0], "link": link[1], "level": "success"}
    response = render(request, parts, context | {"toast": toast})
    return reswap(trigger_client_event(response, "dialogDone"), "none")
