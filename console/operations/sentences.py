"""What a trace says, as a sentence: each operation has its own; services add theirs from their `apps.py`."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.models import Trace

Sentences = Mapping[str, str | Promise]
_SENTENCES: dict[str, str | Promise] = {
    "createAccount": _("%(user)s created account %(resource)s"),
    "updateAccount": _("%(user)s changed account %(resource)s"),
    "createUser": _("%(user)s created user %(resource)s"),
    "updateUser": _("%(user)s changed what user %(resource)s may do"),
    "updatePassword": _("%(user)s changed the password of %(resource)s"),
    "updateAccessKey": _("%(user)s changed access key %(resource)s"),
    "createAccessKey": _("%(user)s created access key %(resource)s"),
    "deleteAccessKey": _("%(user)s deleted access key %(resource)s"),
    "createServiceToken": _("%(user)s created a token of service user %(resource)s"),
    "deleteServiceToken": _("%(user)s deleted a token of service user %(resource)s"),
    "signIn": _("%(user)s signed in"),
    "signOut": _("%(user)s signed out"),
    "lockSignIn": _("The sign-in of %(resource)s was locked after failed attempts"),
    "unlockSignIn": _("%(user)s unlocked the sign-in of %(resource)s"),
    "unlockAddress": _("%(user)s unlocked the sign-in from an address"),
    "listSessions": _("%(user)s looked at the sessions of %(resource)s"),
    "endSession": _("%(user)s ended a session of his own"),
    "endSessions": _("%(user)s ended sessions of %(resource)s"),
    "linkIdentity": _("%(user)s linked %(resource)s to single sign-on"),
    "unlinkIdentity": _("%(user)s unlinked %(resource)s from single sign-on"),
    "createToken": _("%(user)s got a token"),
    "showToken": _("%(user)s asked what its token is good for"),
    "revokeToken": _("%(user)s gave its token up"),
    "createMfaDevice": _("%(user)s began to set up an authenticator app"),
    "bindMfaDevice": _("%(user)s set up an authenticator app"),
    "unbindMfaDevice": _("%(user)s removed his authenticator app"),
    "createPasskey": _("%(user)s added passkey %(resource)s"),
    "deletePasskey": _("%(user)s removed passkey %(resource)s"),
    "createRecoveryCodes": _("%(user)s got new recovery codes"),
    "verifySecondFactor": _("%(user)s showed a second factor"),
    "disableSecondFactor": _("%(user)s took the second factor of %(resource)s away"),
    "updateSecondFactorPolicy": _("%(user)s changed who needs a second factor in account %(resource)s"),
    "createTemporaryAccessKey": _("%(user)s got a temporary access key"),
    "createRegion": _("%(user)s created region %(resource)s"),
    "updateRegion": _("%(user)s changed region %(resource)s"),
    "createProject": _("%(user)s created project %(resource)s"),
    "updateProject": _("%(user)s changed the description of project %(resource)s"),
    "listUsers": _("%(user)s listed the users"),
    "showUser": _("%(user)s looked at a user"),
    "createEnterpriseProject": _("%(user)s created enterprise project %(resource)s"),
    "updateEnterpriseProject": _("%(user)s changed enterprise project %(resource)s"),
    "createRole": _("%(user)s created role %(resource)s"),
    "updateRole": _("%(user)s changed role %(resource)s"),
    "deleteRole": _("%(user)s deleted role %(resource)s"),
    "requestApproval": _("%(user)s asked a second administrator to approve a deletion: %(resource)s"),
    "rejectApproval": _("%(user)s rejected what somebody asked for: %(resource)s"),
    "withdrawApproval": _("%(user)s withdrew what he had asked for: %(resource)s"),
    "turnApprovalOn": _("%(user)s had deletions in account %(resource)s need approval"),
    "turnApprovalOff": _("%(user)s had deletions in account %(resource)s need no approval any more"),
    "listRoles": _("%(user)s listed the roles"),
    "showRole": _("%(user)s looked at a role"),
    "listApprovals": _("%(user)s listed the requests for approval"),
    "showApproval": _("%(user)s looked at a request for approval"),
    "listTraces": _("%(user)s read the traces"),
    "verifyTrail": _("%(user)s verified the trail"),
    "archiveTraces": _("%(user)s archived traces into %(resource)s"),
    "rotateRootKey": _("%(user)s rotated the root key"),
    "restoreBackup": _("%(user)s restored a backup"),
}
_THINGS: dict[str, str | Promise] = {}
REFUSED = _("%(user)s was refused %(operation)s on %(resource)s")
REFUSED_ALL = _("%(user)s was refused %(operation)s")
OTHER = _("%(user)s called %(operation)s")


def register_sentences(sentences: Sentences) -> None:
    """Make the sentences of a service's operations known; they may name `user` and `resource`."""
    _SENTENCES.update(sentences)


def register_things(things: Sentences) -> None:
    """Make the words known for the kinds of things that traces say a call was for."""
    _THINGS.update(things)


def thing_of(used_for: object) -> str:
    """What `used_for` of a trace says that a call was for, as in `object arn:…`; empty where it says nothing."""
    if not isinstance(used_for, Mapping):
        return ""
    kind = str(used_for.get("kind", ""))
    return f"{_THINGS.get(kind, kind)} {used_for.get('name', '')}"


def operations_told() -> list[str]:
    """The names of the operations that have a sentence, in order."""
    return sorted(_SENTENCES, key=str.lower)


def sentence_of(trace: Trace, account_name: str) -> str:
    """What happened, for readers of this account: its own users by their login alone."""
    words = {
        "user": trace.user_name.removeprefix(f"{account_name}/"),
        "resource": trace.resource_name or trace.resource_id,
        "operation": trace.name,
    }
    if trace.status >= 400:
        return str(REFUSED if words["resource"] else REFUSED_ALL) % words
    return str(_SENTENCES.get(trace.name, OTHER)) % words
