"""Enterprise projects."""

from django.db import IntegrityError, transaction
from django.db.models import Count, FilteredRelation, Q
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.trail import traced
from console.models import EnterpriseProject
from console.models.enterprise import DEFAULT_ID
from keys.errors import KmsError, NameTaken, NotFound


class NotAnEnterpriseAccount(KmsError):
    field = "account"
    text = _("Account “%(account)s” is not an enterprise account. Make it one first.")


class DefaultProjectFixed(KmsError):
    text = _("The default enterprise project keeps its name and stays enabled. Its description may change.")


def enterprise_projects_of(caller: Caller) -> list[EnterpriseProject]:
    """The enterprise projects of the caller's account, the default one first."""
    found = EnterpriseProject.objects.filter(account=caller.account)
    return sorted(found, key=lambda one: (one.eps_id != DEFAULT_ID, one.name.lower()))


def count_keys(caller: Caller) -> dict[int, int]:
    """The number of keys in each enterprise project of the caller's account, over all regions, by its row's id."""
    there = FilteredRelation("keys", condition=Q(keys__deleted_at=None))
    counted = EnterpriseProject.objects.filter(account=caller.account).annotate(there=there)
    return dict(counted.annotate(of_keys=Count("there")).order_by().values_list("pk", "of_keys"))


def get_enterprise_project(caller: Caller, eps_id: str) -> EnterpriseProject:
    """An enterprise project of the caller's account. Raises NotFound."""
    found = EnterpriseProject.objects.filter(account=caller.account, eps_id=eps_id.replace("\0", "")).first()
    if found is None:
        raise NotFound()
    return found


def create_enterprise_project(caller: Caller, *, name: str, description: str = "") -> EnterpriseProject:
    """Make an enterprise project in the caller's account.

    Raises NotPermitted, NotAnEnterpriseAccount, NameInvalid, NameTaken."""
    project = EnterpriseProject(account=caller.account, name=name, description=description)
    with traced(caller, "createEnterpriseProject", project) as trace:
        caller.require("eps:enterpriseProjects:create")
        if not caller.account.is_enterprise:
            raise NotAnEnterpriseAccount(account=caller.account.name)
        project.full_clean(validate_unique=False, validate_constraints=False)
        try:
            with transaction.atomic(durable=True):
                project.save(force_insert=True)
                trace.done()
        except IntegrityError:
            raise NameTaken(name=name) from None
    return project


def update_enterprise_project(
    caller: Caller, project: EnterpriseProject, *, name: str, description: str, is_enabled: bool
) -> EnterpriseProject:
    """Change an enterprise project; a disabled one takes no new resources and keeps those that it has.

    Raises NotPermitted, DefaultProjectFixed, NameInvalid, NameTaken."""
    with traced(caller, "updateEnterpriseProject", project) as trace:
        caller.require("eps:enterpriseProjects:update", within=project.pk)
        if project.eps_id == DEFAULT_ID and (name != project.name or not is_enabled):
            raise DefaultProjectFixed()
        trace.detail = {"name": name, "is_enabled": is_enabled}
        try:
            with transaction.atomic(durable=True):
                project = EnterpriseProject.objects.select_for_update(no_key=True).get(pk=project.pk)
                project.name, project.description, project.is_enabled = name, description, is_enabled
                project.full_clean(exclude=["account"], validate_unique=False, validate_constraints=False)
                project.save(update_fields=["name", "description", "is_enabled"])
                trace.done()
        except IntegrityError:
            raise NameTaken(name=name) from None
    return project
