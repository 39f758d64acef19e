"""The region and project switcher: a menu of links, each to the same page in another project."""

from itertools import groupby

from django.http import HttpResponse
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_safe

from console.models import Project
from console.requests import ConsoleRequest
from console.services import home_address
from console.views.pages import page

SHOWN = 100
RECENTS_ABOVE = 10


@require_safe
def places(request: ConsoleRequest) -> HttpResponse:
    """The projects of the account by region, those that match `q`; recents above when there are more than ten."""
    words = request.GET.get("q", "").strip().lower()
    at = request.GET.get("at", "")
    projects = list(Project.objects.filter(account=request.user.account_id).select_related("region"))
    found = [one for one in projects if words in f"{one.region.name} {one.name}".lower()]
    found.sort(key=lambda one: (one.region_id != request.place.region_id, one.region.name, not one.is_main, one.name))
    shown = found[:SHOWN]
    by_id = {one.pk: one for one in projects}
    has_recents = len(projects) > RECENTS_ABOVE and not words
    recents = [by_id[pk] for pk in request.user.recent_projects if pk in by_id] if has_recents else []
    context = {
        "words": words,
        "at": at,
        "regions": [
            (region, [(one, address_in(one, at)) for one in group])
            for region, group in groupby(shown, lambda one: one.region)
        ],
        "recents": [(one, address_in(one, at)) for one in recents],
        "more": len(found) - len(shown),
    }
    part = "results" if request.htmx and request.htmx.target == "place-results" else "menu"
    return page(request, "console/places.html", part, context)


def address_in(project: Project, at: str) -> str:
    """The page `at`, in another project: the very same where it exists there, else the list it belongs to."""
    try:
        match = resolve(at.partition("?")[0])
    except Resolver404:
        return home_address(project.pk)
    if match.kwargs.keys() == {"project_id"}:
        return reverse(match.view_name, args=[project.pk])
    if "project_id" in match.kwargs and match.kwargs["project_id"] != project.pk:
        return home_address(project.pk) + "?left=key"
    return at if match.kwargs.get("project_id") == project.pk else home_address(project.pk)
