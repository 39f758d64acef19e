"""Refusals as pages, or for htmx as a notice in the page that is open."""

import sys

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_htmx.http import reselect, reswap, retarget

from console import sql
from console.views.kept import fields_to_keep, keep
from console.views.session import ask_to_sign_in
from keys.errors import KmsError, NotFound, NotPermitted, NotSaved

FAILED = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="{style}"></head>
<body><main class="page"><div class="empty"><h1>{title}</h1>{notice}
<p><a class="button primary" href="/">{to}</a></p></div></main></body></html>
"""


def refused(request: HttpRequest, error: KmsError) -> HttpResponse:
    """The error's sentence, code and request id, with its status."""
    context = {"error": error, "sentence": error.messages[0], "status": error.status}
    if getattr(request, "htmx", False):
        return as_problem(render(request, "components/problem.html", context, status=error.status))
    return render(request, "console/refused.html", context, status=error.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refused(request, KmsError(text=_("The request can't be read. Go back and try again.")))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    error = NotPermitted(text=str(exception) or _("You may not open this page. Ask an administrator of this server."))
    return refused(request, error)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refused(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """Without template and context processors: they may be what failed, or the database that they ask."""
    sentence = _(
        "Something failed on this server. Try again; if it stays, give the administrator the request ID %(id)s."
    ) % {"id": getattr(request, "request_id", "")}
    status, headers = 500, {}
    if sql.is_unusable(sys.exception()):
        refusal = NotSaved()
        sentence, status = refusal.messages[0], refusal.status
        headers = {"Retry-After": str(refusal.retry_after)}
    notice = format_html('<p class="notice danger" role="alert">{}</p>', sentence)
    if getattr(request, "htmx", False):
        return as_problem(HttpResponse(notice, status=status, headers=headers))
    words = {"title": _("This page could not be made"), "to": _("To the console"), "notice": notice}
    language = "zh-Hans" if get_language() == "zh-hans" else "en"
    shown = format_html(FAILED, style=static("css/console.css"), language=language, **words)
    return HttpResponse(shown, status=status, headers=headers)


def as_problem(response: HttpResponse) -> HttpResponse:
    """Have htmx show the answer where problems are told: in the dialog that is open, else at the upper right."""
    return reselect(reswap(retarget(response, "[data-problems]"), "innerHTML"), "unset")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form older than the session: sign in, or show it again as it was filled, to be sent once more."""
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    if getattr(request, "htmx", False):
        return refused(request, NotPermitted(text=_("This page is out of date. Reload it and try again.")))
    keep(request, request.path, fields_to_keep(request))
    messages.warning(request, _("This page was out of date; nothing was done. Check what you typed and send it again."))
    return HttpResponseRedirect(request.path)
