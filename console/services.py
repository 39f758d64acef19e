"""What the service list offers. An app says by the attribute `services` of its AppConfig what it adds to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.apps import apps
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

SECURITY = _("Security & Compliance")
STORAGE = _("Storage")
COMPUTE = _("Compute")
DATABASES = _("Databases")
MANAGEMENT = _("Management")


class Page(NamedTuple):
    """A line of the column at the left; `address` is a URL name that takes the project's id."""

    title: Text
    icon: str
    address: str


@dataclass(frozen=True, slots=True)
class Service:
    """One line of the service list. `address` is a URL name; it takes the project's id where `in_project`; `pages` are
    what its column at the left leads to."""

    title: Text
    help: Text
    category: Text
    icon: str
    address: str
    in_project: bool = True
    for_staff: bool = False
    pages: tuple[Page, ...] = ()
    side_title: Text = ""
    shortcuts: tuple[tuple[str, str], ...] = ()
    """Keys with the URL name of the page that each leads to, in the project."""


ADMINISTRATION = Service(
    title=_("Administration"),
    help=_("Accounts, users, regions, projects, quotas"),
    category=MANAGEMENT,
    icon="gear",
    address="admin:index",
    in_project=False,
    for_staff=True,
)

ACCOUNT_PAGES = (
    Page(_("Access keys"), "card", "console:access-keys"),
    Page(_("Users and roles"), "user", "console:users"),
    Page(_("Roles"), "shield", "console:roles"),
    Page(_("Approvals"), "check", "console:approvals"),
    Page(_("Enterprise projects"), "folder", "console:enterprise-projects"),
    Page(_("Projects"), "box", "console:projects"),
    Page(_("Security"), "shield", "console:security"),
    Page(_("Password"), "lock", "console:password"),
)
"""The account's own pages, beneath those of the service."""


def services() -> Iterator[Service]:
    """Every service of this server, those of the installed apps first."""
    for app in apps.get_app_configs():
        yield from getattr(app, "services", ())
    yield ADMINISTRATION


@lru_cache(maxsize=1_000)
def home_address(project_id: str) -> str:
    """Where the console begins in a project: the first service's page."""
    return reverse(next(one for one in services() if one.in_project).address, args=[project_id])
