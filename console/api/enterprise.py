"""Enterprise projects on the wire (API contract, 8)."""

from datetime import datetime
from typing import Any, TypedDict

import msgspec
from django.utils.translation import gettext_lazy as _

from console.api.routes import Route
from console.models import EnterpriseProject
from console.operations.identity import EnterpriseProjects, list_enterprise_projects
from keys.errors import KmsError

MOST = 1000


class PageInvalid(KmsError):
    text = _("The limit is a whole number from 1 to 1000, the offset one of 0 or more.")


class ListEnterpriseProjectsRequest(msgspec.Struct, frozen=True):
    limit: str = str(MOST)
    offset: str = "0"
    name: str = ""

    def wish(self) -> dict[str, Any]:
        numbers = [int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1 for text in self.page]
        if not 1 <= numbers[0] <= MOST or numbers[1] < 0:
            raise PageInvalid()
        return {"limit": numbers[0], "offset": numbers[1], "name": self.name.replace("\0", "")}

    @property
    def page(self) -> tuple[str, str]:
        return self.limit, self.offset


class EnterpriseProjectShown(TypedDict):
    id: str
    name: str
    description: str
    status: int
    created_at: str
    updated_at: str
    type: str
    delete_flag: bool


class EnterpriseProjectsListed(TypedDict):
    enterprise_projects: list[EnterpriseProjectShown]
    total_count: int


def _listed(listed: EnterpriseProjects) -> EnterpriseProjectsListed:
    return {"enterprise_projects": [_described(one) for one in listed.found], "total_count": listed.total}


def _described(project: EnterpriseProject) -> EnterpriseProjectShown:
    return {
        "id": project.eps_id,
        "name": project.name,
        "description": project.description,
        "status": 1 if project.is_enabled else 2,
        "created_at": _time(project.created_at),
        "updated_at": _time(project.created_at),
        "type": "prod",
        "delete_flag": False,
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


ROUTES = [
    Route(
        "GET",
        "/v1.0/enterprise-projects",
        ListEnterpriseProjectsRequest,
        lambda caller, wish: list_enterprise_projects(caller, **wish),
        _listed,
        "listEnterpriseProjects",
        summary=_("List the enterprise projects of the account"),
        sdk="eps.list_enterprise_project",
    )
]
