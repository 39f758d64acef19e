"""Dialogs from the server: a part of the page that is open for htmx, else a page of its own at the same address."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django_htmx.http import HttpResponseClientRedirect, reswap, trigger_client_event

from console.views.pages import LINK, is_open_at

Text = str | Promise


def dialog(
    request: HttpRequest,
    template: str,
    title: Text,
    context: dict[str, Any],
    *,
    back: str,
    is_danger: bool = False,
    is_wide: bool = False,
    has_files: bool = False,
) -> HttpResponse:
    """Show the dialog of `template`, which extends components/dialog.html and fills `inside` and `ok`; 422 where a form
    was posted and refused. `back` is the page that it belongs to: where *Cancel* leads without a script.

    The context has its `form`; a `refusal` where what it asks can't be done now, which is shown in the form's place,
    with *Close* alone; and `is_over` where nothing is left to confirm.

    It posts to its own address; a button that does harm is a dangerous one (`is_danger`)."""
    is_part = bool(getattr(request, "htmx", False))
    is_posted = request.method == "POST" or hasattr(request, "unconfirmed")
    shown = context | {
        "title": title,
        "around": "components/bare.html" if is_part else "console/base.html",
        # What comes back refused takes the place of the form in the dialog that is open.
        "wrap": "page" if not is_part else "" if is_posted else "dialog",
        "dialog_address": request.get_full_path(),
        "back": back,
        "is_danger": is_danger,
        "is_wide": is_wide,
        "has_files": has_files,
    }
    refused = hasattr(request, "unconfirmed") or (
        request.method == "POST" and (context["form"].errors or context.get("refusal"))
    )
    response = render(request, template, shown, status=422 if refused else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


def done_here(
    request: HttpRequest, message: str, *, back: str, link: tuple[str, str] | None = None, level: str = "success"
) -> HttpResponse:
    """Say what was done, with a link (text, address), and close the dialog: above the page that is open, whose content
    is fetched anew; where the dialog is a page of its own, on the page at `back`. `level` is success or warning."""
    link_text, address = link or ("", "")
    htmx = getattr(request, "htmx", False)
    if not htmx or is_open_at(request, request.path):
        tell = messages.warning if level == "warning" else messages.success
        tell(request, message, extra_tags=f"{link_text}{LINK}{address}" if link else "")
        return HttpResponseClientRedirect(back) if htmx else HttpResponseRedirect(back)
    toast = {"text": message, "link_text": link_text, "link": address, "level": level}
    response = render(request, "components/toasted.html", {"toast": toast})
    return reswap(trigger_client_event(trigger_client_event(response, "dialogDone"), "contentChanged"), "none")
