"""Every address of the server, and an account with one of everything, so that each address leads to something."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from console.access.caller import Caller
from console.models import Approval, CustomRole, EnterpriseProject, Identity, Passkey, RoleAssignment, ServiceToken
from console.operations.approvals import ask_for_approval
from console.operations.custom_roles import create_role
from console.operations.deciding import reject_request
from console.operations.enterprise import create_enterprise_project
from console.operations.places import describe_project
from console.operations.roles import RoleWish
from console.operations.service_users import create_service_token
from console.operations.users import update_user
from keys import operations
from keys.models import Grant, Key, KvMount, MountKind
from keys.operations.tags import TagPair
from keys.specs import KeyOrigin
from tests.support.importing import give_ticket
from tests.support.people import Person, colleague, service_user, with_access_key

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
# What Django's admin names by regular expressions.
BY_EXPRESSION = {"^(?P<app_label>console|keys)/$": "console/", "(?P<url>.*)$": "nothing"}


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every address that there is: (its pattern, the names of its arguments)."""
    for one in (resolver or get_resolver()).url_patterns:
        route = f"{prefix}{BY_EXPRESSION.get(str(one.pattern), str(one.pattern))}"
        if isinstance(one, URLResolver):
            yield from addresses(one, route)
        elif isinstance(one, URLPattern):
            yield route, tuple(ARGUMENT.findall(route))


def filled(route: str, ids: dict[str, str]) -> str:
    """The address with ids for its arguments. KeyError for an argument that nobody thought of."""
    return "/" + ARGUMENT.sub(lambda found: ids[found[1]], route)


@dataclass(frozen=True)
class Estate:
    """One of everything of an enterprise account, and the ids by which addresses name it."""

    person: Person
    key: Key
    asymmetric: Key
    external: Key
    doomed: Key
    grant: Grant
    colleague: Person
    role: RoleAssignment
    enterprise_project: EnterpriseProject
    custom_role: CustomRole
    request: Approval
    passkey: Passkey
    identity: Identity
    program: Person
    token: ServiceToken
    mount: KvMount

    @classmethod
    def of(cls, person: Person, text: str = "for the shop") -> "Estate":
        """`text` stands in every field that takes any text."""
        group = create_enterprise_project(person.caller, name=text, description=text)
        key = operations.create_key(person.caller, alias="orders", description=text, enterprise_project=group.eps_id)
        operations.add_tags(person.caller, key.pk, [TagPair("team", "blue")])
        operations.create_alias(person.caller, key.pk, "alias/orders")
        other = colleague(person, "bob")
        update_user(Caller.server(person.account), other.user, roles=[RoleWish("KMS User")])
        grant = operations.create_grant(
            person.caller, key.pk, grantee=other.user.pk, operations=["encrypt-data"], name="reports"
        )
        operations.create_mount(person.caller, path="secret", key_id=key.pk)
        operations.write_value(person.caller, path="secret", name=text, content=b'{"password":"unused"}')
        external = operations.create_key(person.caller, alias="external", description=text, origin=KeyOrigin.EXTERNAL)
        give_ticket(external)
        doomed = operations.create_key(person.caller, alias="doomed", description=text)
        operations.schedule_key_deletion(person.caller, doomed.pk, 7)
        doomed.refresh_from_db()
        describe_project(person.caller, person.project, text)
        role = RoleAssignment.objects.get(user=other.user)
        asymmetric = operations.create_key(person.caller, alias="curve", key_spec="EC_P256", description=text)
        operations.protect_key(person.caller, asymmetric.pk, reason=text)
        custom_role = create_role(person.caller, name="readers", description=text, actions=["kms:cmk:list"])
        request = _requests(person, doomed, text)
        passkey = Passkey.objects.create(
            user=person.user, name=text, credential_id=f"of {person.user}", credential=b"unused"
        )
        identity = Identity.objects.create(
            user=other.user, issuer="https://id.example.org", subject=f"{text} {person.user}"
        )
        program = with_access_key(service_user(person, "store", "obs"))
        token = create_service_token(person.caller, program.user, name="gateway").row
        operations.create_datakey(person.caller, key_id=key.pk, additional_data={"kms:volume": text})
        things = (key, asymmetric, external, doomed, grant, other, role, group, custom_role, request, passkey, identity)
        mount = operations.create_mount(person.caller, path="mariadb", key_id=key.pk, kind=MountKind.DATABASE)
        operations.create_database_key(person.caller, path="mariadb", number=1)
        return cls(person, *things, program, token, mount)

    @cached_property
    def ids(self) -> dict[str, str]:
        """What stands for each argument of an address."""
        return {
            "project_id": self.person.project.pk,
            "key_id": str(self.key.pk),
            "ak": self.person.ak,
            "user_id": self.colleague.user.pk,
            "flag": "active",
            "role_id": str(self.role.pk),
            "eps_id": self.enterprise_project.eps_id,
            "request_id": self.request.pk,
            "passkey_id": str(self.passkey.pk),
            "identity_id": str(self.identity.pk),
            "token_id": self.token.pk,
            "mount_id": str(self.mount.pk),
            "number": "1",
            "other_id": self.person.projects["eu-west-101"].pk,
            "grant_id": self.grant.pk,
            "act": "encrypt",
            "name": f"import-token-{str(self.external.pk)[:8]}.bin",
            "id": self.person.user.pk,
            "content_type_id": "1",
            "object_id": self.person.account.pk,
        }

    def address(self, route: str) -> str:
        """An address of this account's own things, that has something to show."""
        return filled(route, self.ids | self.better_ids(route))

    def better_ids(self, route: str) -> dict[str, str]:
        """What fits an address better than the ids of the first things."""
        if "import" in route or "material" in route:
            return {"key_id": str(self.external.pk)}
        if "public-key" in route or "protect" in route:
            return {"key_id": str(self.asymmetric.pk)}
        if "cancel-deletion" in route:
            return {"key_id": str(self.doomed.pk)}
        if "/tokens/" in route or "/proof" in route or ("/users/" in route and "/access-keys/" in route):
            return {"user_id": self.program.user.pk, "ak": self.program.ak}
        if "/roles/" in route and "/users/" not in route:
            return {"role_id": str(self.custom_role.pk)}
        if "batch/" in route:
            return {"act": "disable"}
        found = re.fullmatch(r"admin/(\w+)/(\w+)/<path:object_id>/.*", route)
        return {"object_id": str(self._row(*found.groups()).pk)} if found else {}

    def _row(self, app: str, model: str) -> Any:
        own = {
            "key": self.key,
            "user": self.colleague.user,
            "account": self.person.account,
            "customrole": self.custom_role,
        }
        return own.get(model) or apps.get_model(app, model)._default_manager.order_by("pk").first()


def _requests(person: Person, key: Key, text: str) -> Approval:
    """One that waits for who manages the account, after one that was rejected for the reason `text`."""
    for _number in range(2):
        asked = ask_for_approval(
            Caller.server(person.account, key.project),
            "scheduleKeyDeletion",
            key,
            {"pending_days": 7},
            project=key.project,
            enterprise_project_id=key.enterprise_project_id,
        )
        request = Approval.objects.get(pk=(asked.params or {})["request"])
        if not _number:
            reject_request(person.caller, request.pk, reason=text)
    return request


ENDS_SESSION = re.compile(r"sign-out|logout")
"""Addresses that a walk along all of them leaves out, or it would end there."""
