"""The place that an address names, in the user's own account only."""

from console import sql
from console.models import Project, Region, User
from keys.errors import NotFound

_PROJECT = sql.fields(Project, "id", "account_id", "region_id", "name")
_REGION = sql.fields(Region, "id", "name")
_COLUMNS = ", ".join([f"p.{name}" for name in _PROJECT] + [f"r.{name}" for name in _REGION])
_OF_ACCOUNT = sql.Query(
    f"SELECT {_COLUMNS} FROM console_project p JOIN console_region r ON r.id = p.region_id"  # noqa: S608 - names of columns alone
    " WHERE p.id = %s AND p.account_id = %s"
)


def project_of(user: User, project_id: str) -> Project:
    """The project of the user's own account with this id; NotFound for any other."""
    rows = _OF_ACCOUNT.rows(project_id.replace("\0", ""), user.account_id)
    if not rows:
        raise NotFound()
    region = sql.instance(Region, _REGION, rows[0][len(_PROJECT) :])
    return sql.instance(Project, _PROJECT, rows[0][: len(_PROJECT)], region=region, account=user.account)
