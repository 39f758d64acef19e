"""Identity on the wire (API contract, 8): tokens, projects, the account as `domain`, regions."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from console.access.request import Request
from console.access.strangers import note_refusal
from console.api.answers import DomainsListed, ProjectsListed, RegionsListed, TokenCreated
from console.api.routes import Answer, Nothing, Route
from console.models import Account, Project, Region, Token, User
from console.operations import identity
from console.operations.tokens import NewToken, Passcode, Place, create_token
from keys.errors import KmsError

IAM = f"{settings.PUBLIC_URL}/v3"
MICROSECONDS = "%Y-%m-%dT%H:%M:%S.%fZ"


class DomainName(msgspec.Struct, frozen=True):
    name: str = ""
    id: str = ""


class UserField(msgspec.Struct, frozen=True):
    password: str
    name: str = ""
    id: str = ""
    domain: DomainName = DomainName()


class PasswordField(msgspec.Struct, frozen=True):
    user: UserField


class TotpUserField(msgspec.Struct, frozen=True):
    passcode: str
    id: str = ""


class TotpField(msgspec.Struct, frozen=True):
    user: TotpUserField


class IdentityField(msgspec.Struct, frozen=True):
    methods: list[str]
    password: PasswordField
    totp: TotpField | None = None


class ProjectField(msgspec.Struct, frozen=True):
    name: str = ""
    id: str = ""


class ScopeField(msgspec.Struct, frozen=True):
    project: ProjectField = ProjectField()


class AuthField(msgspec.Struct, frozen=True):
    identity: IdentityField
    scope: ScopeField | str = ScopeField()


class TokenRequest(msgspec.Struct, frozen=True):
    auth: AuthField


class ListProjectsRequest(msgspec.Struct, frozen=True):
    name: str = ""


def _create_token(request: Request, asked: TokenRequest) -> NewToken:
    """The user is named with his domain, or by his id."""
    given = asked.auth.identity.password.user
    totp = asked.auth.identity.totp if "totp" in asked.auth.identity.methods else None
    scope = asked.auth.scope
    place = Place() if isinstance(scope, str) else Place(scope.project.id, scope.project.name)
    try:
        return create_token(
            username=_username(given),
            password=given.password,
            passcode=None if totp is None else Passcode(totp.user.passcode, totp.user.id),
            place=place,
            source_ip=request.source_ip,
            request_id=request.request_id,
        )
    except KmsError as refusal:
        note_refusal(request, refusal)
        raise


def _username(given: UserField) -> str:
    if given.id and not given.name:
        found = User.objects.filter(pk=given.id.replace("\0", "")).values_list("username", flat=True).first()
        return found or ""
    account = given.domain.name
    if given.domain.id and not account:
        named = Account.objects.filter(pk=given.domain.id.replace("\0", ""))
        account = named.values_list("name", flat=True).first() or ""
    return User.username_of(account, given.name)


def _token(made: NewToken) -> Answer:
    row = made.row
    content: dict[str, Any] = {
        "methods": list(made.methods),
        "issued_at": _time(row.issued_at),
        "expires_at": _time(row.expires_at),
        "user": {"id": row.user.pk, "name": row.user.login, "domain": _domain_name(row.user.account)},
        "roles": [{"id": "0", "name": role} for role in _roles(row)],
        "catalog": _catalog(row.project),
    }
    if row.project is not None:
        project = row.project
        content["project"] = {"id": project.pk, "name": project.name, "domain": _domain_name(row.user.account)}
    else:
        content["domain"] = _domain_name(row.user.account)
    return Answer({"token": content}, (("X-Subject-Token", made.text),))


def _roles(row: Token) -> list[str]:
    if row.user.is_owner:
        return ["te_admin"]
    return sorted({one.name for one in row.user.role_assignments.select_related("custom_role")})


def _catalog(project: Project | None) -> list[dict[str, Any]]:
    services = [("iam", "identity", IAM), ("eps", "eps", f"{settings.PUBLIC_URL}/v1.0")]
    if project is not None:
        services.append(("kms", "kms", f"{settings.PUBLIC_URL}/v1.0/{project.pk}"))
    region = project.region_id if project is not None else "*"
    return [
        {
            "id": name,
            "name": name,
            "type": kind,
            "endpoints": [{"id": name, "interface": "public", "region": region, "region_id": region, "url": address}],
        }
        for name, kind, address in services
    ]


def _domain_name(account: Account) -> dict[str, str]:
    return {"id": account.pk, "name": account.name}


def _project(project: Project) -> dict[str, Any]:
    return {
        "id": project.pk,
        "name": project.name,
        "domain_id": project.account_id,
        "parent_id": project.account_id,
        "is_domain": False,
        "enabled": True,
        "description": project.description,
        "links": {"self": f"{IAM}/projects/{project.pk}"},
    }


def _domain(account: Account) -> dict[str, Any]:
    links = {"self": f"{IAM}/domains/{account.pk}"}
    return {"id": account.pk, "name": account.name, "enabled": True, "description": "", "links": links}


def _region(region: Region) -> dict[str, Any]:
    return {
        "id": region.pk,
        "type": "public",
        "description": "",
        "parent_region_id": None,
        "locales": {"en-us": region.name, "zh-cn": region.name},
        "links": {"self": f"{IAM}/regions/{region.pk}"},
    }


def _listed(name: str, path: str, one: Callable[[Any], dict[str, Any]]) -> Callable[[Iterable[Any]], dict[str, Any]]:
    def answer(found: Iterable[Any]) -> dict[str, Any]:
        return {name: [one(row) for row in found], "links": {"self": f"{IAM}/{path}", "previous": None, "next": None}}

    return answer


def _time(moment: datetime) -> str:
    return moment.strftime(MICROSECONDS)


ROUTES = [
    Route(
        "POST",
        "/v3/auth/tokens",
        TokenRequest,
        _create_token,
        _token,
        "createToken",
        status=201,
        is_open=True,
        summary=_("Get a token for a user's password"),
        sdk="iam.keystone_create_user_token_by_password",
        shape=TokenCreated,
    ),
    Route(
        "GET",
        "/v3/projects",
        ListProjectsRequest,
        lambda caller, asked: identity.list_projects(caller, name=asked.name),
        _listed("projects", "projects", _project),
        "listProjects",
        summary=_("List the projects of the account"),
        sdk="iam.keystone_list_projects",
        shape=ProjectsListed,
    ),
    Route(
        "GET",
        "/v3/auth/projects",
        Nothing,
        lambda caller, _asked: identity.list_projects(caller),
        _listed("projects", "auth/projects", _project),
        "listProjects",
        summary=_("List the projects that the caller may enter"),
        sdk="iam.keystone_list_auth_projects",
        shape=ProjectsListed,
    ),
    Route(
        "GET",
        "/v3/auth/domains",
        Nothing,
        lambda caller, _asked: identity.list_accounts(caller),
        _listed("domains", "auth/domains", _domain),
        "listDomains",
        summary=_("Show the account of the caller"),
        sdk="iam.keystone_list_auth_domains",
        shape=DomainsListed,
    ),
    Route(
        "GET",
        "/v3/regions",
        Nothing,
        lambda caller, _asked: identity.list_regions(caller),
        _listed("regions", "regions", _region),
        "listRegions",
        summary=_("List the regions"),
        sdk="iam.keystone_list_regions",
        shape=RegionsListed,
    ),
]
