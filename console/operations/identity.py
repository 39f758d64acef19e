"""What a program asks of its identity: projects, account, regions, enterprise projects."""

from dataclasses import dataclass

from console.access.caller import Caller
from console.access.trail import traced
from console.models import Account, EnterpriseProject, Project, Region
from console.models.enterprise import DEFAULT_ID, DEFAULT_NAME


@dataclass(frozen=True, slots=True)
class EnterpriseProjects:
    """Some enterprise projects, and how many there are in all."""

    found: list[EnterpriseProject]
    total: int


def list_projects(caller: Caller, *, name: str = "") -> list[Project]:
    """The projects of the caller's account, of this name where one is given."""
    with traced(caller, "listProjects"):
        projects = Project.objects.filter(account=caller.account)
        return list(projects.filter(name=name.replace("\0", "")) if name else projects)


def list_accounts(caller: Caller) -> list[Account]:
    """The caller's account: `domain` on the wire."""
    with traced(caller, "listDomains"):
        return [caller.account]


def list_regions(caller: Caller) -> list[Region]:
    """All regions of this server."""
    with traced(caller, "listRegions"):
        return list(Region.objects.all())


def list_enterprise_projects(caller: Caller, *, limit: int, offset: int, name: str = "") -> EnterpriseProjects:
    """The enterprise projects of the caller's account, those whose name holds `name`, in order; an account without any
    has the default one."""
    with traced(caller, "listEnterpriseProjects"):
        projects = EnterpriseProject.objects.filter(account=caller.account, name__icontains=name).order_by("id")
        if not caller.account.is_enterprise:
            only = EnterpriseProject(eps_id=DEFAULT_ID, name=DEFAULT_NAME, created_at=caller.account.created_at)
            return EnterpriseProjects([only][offset : offset + limit] if name in DEFAULT_NAME else [], 1)
        return EnterpriseProjects(list(projects[offset : offset + limit]), projects.count())
