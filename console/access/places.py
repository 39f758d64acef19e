"""The place that an address names, in the user's own account only."""

from console.models import Project, User
from keys.errors import NotFound


def project_of(user: User, project_id: str) -> Project:
    """The project of the user's own account with this id; NotFound for any other."""
    project = Project.objects.select_related("region").filter(account=user.account_id, pk=project_id).first()
    if project is None:
        raise NotFound()
    project.account = user.account
    return project
