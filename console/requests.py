"""The request as views see it, once the middleware has resolved user, place and caller."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from console.access.caller import Caller
from console.models import Project, User
from console.sessions import SessionStore


class ConsoleRequest(HttpRequest):
    """A request of a signed-in user in one of his projects."""

    user: User
    place: Project
    caller: Caller
    htmx: HtmxDetails
    request_id: str
    source_ip: str
    theme: str
    session: SessionStore
