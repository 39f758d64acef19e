"""The trail as an account reads it (API contract, 8: `list_traces`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.trail import traced
from console.models import Trace
from keys.errors import KmsError

LIST = "kms:trace:list"
MOST_TRACES, DEFAULT_LIMIT = 200, 10
LAST_HOUR = timedelta(hours=1)
MAC_DIGITS = 8
KEY_MANAGEMENT = "KMS"
SERVICES: Mapping[str, frozenset[str]] = {
    "IAM": frozenset(
        {
            "createAccount", "updateAccount", "createUser", "updateUser", "updatePassword", "updateAccessKey",
            "createAccessKey", "deleteAccessKey", "createServiceToken", "deleteServiceToken",
            "createToken", "showToken", "revokeToken", "createTemporaryAccessKey",
            "createRegion", "updateRegion", "createProject",
            "listProjects", "listDomains", "listRegions", "updateProject", "listUsers", "showUser",
            "listRoles", "showRole", "createRole", "updateRole", "deleteRole",
            "listApprovals", "showApproval", "requestApproval", "rejectApproval", "withdrawApproval",
            "turnApprovalOn", "turnApprovalOff",
            "signIn", "signOut", "lockSignIn", "unlockSignIn", "unlockAddress", "linkIdentity", "unlinkIdentity",
            "listSessions", "endSession", "endSessions",
            "createMfaDevice", "bindMfaDevice", "unbindMfaDevice", "createPasskey", "deletePasskey",
            "createRecoveryCodes", "verifySecondFactor", "disableSecondFactor", "updateSecondFactorPolicy",
        }
    ),
    "EPS": frozenset({"createEnterpriseProject", "updateEnterpriseProject", "listEnterpriseProjects"}),
    "CTS": frozenset({"listTraces", "verifyTrail", "archiveTraces"}),
}  # fmt: skip
"""The operations of the console itself by the cloud's services; all others are key management's."""
RATINGS: Mapping[str, Q] = {
    "normal": Q(status__lt=400),
    "warning": Q(status__gte=400, status__lt=500),
    "incident": Q(status__gte=500),
}


class TraceLimitInvalid(KmsError):
    field = "limit"
    text = _("The limit is a whole number from 1 to 200.")


class TraceFilterUnknown(KmsError):
    text = _("Traces can't be filtered so: %(name)s is %(value)s.")


class TraceMarkerInvalid(KmsError):
    field = "next"
    text = _("next is the marker of the page before.")


@dataclass(frozen=True, slots=True)
class TraceFilter:
    """Which traces: what is empty or None narrows nothing. Times are exclusive; by default they are the last hour's."""

    is_system: bool = True
    """Whether operations are asked for; what objects are read and written (`data`) nobody tracks here."""
    after: datetime | None = None
    before: datetime | None = None
    trace_id: str = ""
    service: str = ""
    user: str = ""
    rating: str = ""
    exact: Mapping[str, str] = field(default_factory=dict)
    """Columns of the trace, `name` and those of the resource, and the values that they must have."""


@dataclass(frozen=True, slots=True)
class Traces:
    """Some traces, newest first, and the id of the last one where there are more."""

    found: list[Trace]
    marker: str | None


def trace_id_of(trace: Trace) -> str:
    """The wire's id: the request's, and of the MAC what tells the traces of one request apart. It is found by the index
    of request ids, and says nothing of how much other accounts do."""
    return f"{trace.request_id}-{bytes(trace.mac).hex()[:MAC_DIGITS]}"


def service_of(trace: Trace) -> str:
    """The cloud's service whose operation this is."""
    return next((service for service, names in SERVICES.items() if trace.name in names), KEY_MANAGEMENT)


def rating_of(trace: Trace) -> str:
    """`normal`, `warning` (refused) or `incident` (failed)."""
    if trace.status < 400:
        return "normal"
    return "warning" if trace.status < 500 else "incident"


def list_traces(caller: Caller, wanted: TraceFilter, *, limit: int = DEFAULT_LIMIT, after_trace: str = "") -> Traces:
    """Up to `limit` traces of the caller's project, newest first, after the one with the id `after_trace`.

    Whoever sees traces sees those of every key: rights in some enterprise projects alone don't do. Raises NotPermitted,
    TraceLimitInvalid, TraceFilterUnknown, TraceMarkerInvalid."""
    with traced(caller, "listTraces"):
        assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
        caller.require(LIST, within=None)
        if not 1 <= limit <= MOST_TRACES:
            raise TraceLimitInvalid()
        own = Trace.objects.filter(account_id=caller.account.pk, project_id=caller.project.pk)
        if not wanted.is_system:
            return Traces([], None)
        if wanted.trace_id:
            found = _named(own, wanted.trace_id)
            return Traces([] if found is None else [found], None)
        traces = own.filter(_condition(caller, wanted))
        if after_trace:
            last = _named(own, after_trace)
            if last is None:
                raise TraceMarkerInvalid()
            traces = traces.filter(Q(at__lte=last.at) & ~Q(at=last.at, id__gte=last.pk))
        page = list(traces.order_by("-at", "-id")[: limit + 1])
        return Traces(page[:limit], trace_id_of(page[limit - 1]) if len(page) > limit else None)


def _named(own: QuerySet[Trace], trace_id: str) -> Trace | None:
    request_id = trace_id.partition("-")[0]
    of_request = own.filter(request_id=request_id) if request_id.isalnum() and request_id.isascii() else ()
    return next((one for one in of_request if trace_id_of(one) == trace_id), None)


def _condition(caller: Caller, wanted: TraceFilter) -> Q:
    before = wanted.before or timezone.now() + LAST_HOUR
    after = wanted.after or (wanted.before or timezone.now()) - LAST_HOUR
    condition = Q(at__gt=after, at__lt=before, **wanted.exact)
    if wanted.rating:
        if wanted.rating not in RATINGS:
            raise TraceFilterUnknown(name="trace_rating", value=wanted.rating)
        condition &= RATINGS[wanted.rating]
    if wanted.user:
        condition &= Q(user_name__in=[wanted.user, f"{caller.account.name}/{wanted.user}"])
    if wanted.service == KEY_MANAGEMENT:
        condition &= ~Q(name__in=sorted(name for names in SERVICES.values() for name in names))
    elif wanted.service:
        condition &= Q(name__in=sorted(SERVICES.get(wanted.service, ())))
    return condition
