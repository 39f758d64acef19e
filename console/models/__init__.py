"""The console's models: who there is, where they work, what they may, and what they did."""

from console.models.access import AccessKey, CustomRole, RoleAssignment, ServiceToken, TemporaryAccessKey, Token
from console.models.accounts import Account, Service, User
from console.models.approvals import Approval
from console.models.enterprise import EnterpriseProject
from console.models.identities import Identity
from console.models.passwords import PastPassword
from console.models.places import Project, Region
from console.models.processes import Process
from console.models.protection import Protection
from console.models.second_factor import Authenticator, Passkey, PendingSignIn, RecoveryCode
from console.models.sessions import Session
from console.models.traces import Trace, TraceArchive, TraceStream
from console.models.usage import CallCount

__all__ = [
    "AccessKey",
    "Account",
    "Approval",
    "Authenticator",
    "CallCount",
    "CustomRole",
    "EnterpriseProject",
    "Identity",
    "Passkey",
    "PastPassword",
    "PendingSignIn",
    "Process",
    "Project",
    "Protection",
    "RecoveryCode",
    "Region",
    "RoleAssignment",
    "Service",
    "ServiceToken",
    "Session",
    "TemporaryAccessKey",
    "Token",
    "Trace",
    "TraceArchive",
    "TraceStream",
    "User",
]
