"""Moving a key to another enterprise project (API contract, 8: `migrate_resource`)."""

from django.db import transaction

from console.access.caller import Caller
from console.access.trail import Tracing, traced
from console.models import EnterpriseProject, Project
from console.operations.enterprise import NotAnEnterpriseAccount
from keys.calls import Call
from keys.errors import EnterpriseProjectUnknown, KeyNotFound, ResourceTypeUnknown
from keys.models import Key, check_usable
from keys.operations.finding import KeyId, find, lock

RESOURCE_TYPE = "kms"
CALL = Call.MIGRATE_KEY


def migrate_key(
    caller: Caller, key_id: KeyId, *, project_id: str, enterprise_project: str, resource_type: str = RESOURCE_TYPE
) -> Key:
    """Move a key of one of the caller's projects to an enabled enterprise project of his account, named by its id on
    the wire. He needs the permission where the key is and where it goes.

    Raises NotPermitted, KeyNotFound, ResourceTypeUnknown, NotAnEnterpriseAccount, EnterpriseProjectUnknown,
    KeyIsDefault, KeyPendingDeletion."""
    own = Project.objects.select_related("region").filter(account=caller.account)
    project = own.filter(pk=project_id.replace("\0", "")).first()
    if project is not None and caller.reaches(project):
        project.account = caller.account
        caller = caller.at(project)
    with traced(caller, CALL.trace) as trace:
        if caller.project is None:
            raise KeyNotFound()
        if resource_type.lower() != RESOURCE_TYPE:
            raise ResourceTypeUnknown()
        key = find(caller, trace, CALL, key_id)
        check_usable(key, CALL)
        if not caller.account.is_enterprise:
            raise NotAnEnterpriseAccount(account=caller.account.name)
        return _move(caller, trace, key, enterprise_project)


def _move(caller: Caller, trace: Tracing, key: Key, eps_id: str) -> Key:
    with transaction.atomic(durable=True):
        enabled = EnterpriseProject.objects.filter(account=caller.account, is_enabled=True)
        target = enabled.select_for_update(no_key=True).filter(eps_id=eps_id.replace("\0", "")).first()
        if target is None:
            raise EnterpriseProjectUnknown()
        caller.require(CALL.action, within=target.pk, on=key.pk)
        trace.detail = {"enterprise_project_id": target.eps_id}
        key = lock(key, CALL)
        # Whoever may not touch what is there now may not have moved it a moment ago either.
        caller.require(CALL.action, within=key.enterprise_project_id, on=key.pk)
        key.enterprise_project = target
        key.save(update_fields=["enterprise_project", "updated_at"])
        trace.done()
    return key
