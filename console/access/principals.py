"""Who holds an access key or a token: his account, his rights and the project that the address names, in one read."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from console import sql
from console.access.caller import Caller
from console.access.last_uses import note_use
from console.access.permissions import ROLE_COLUMNS, Right, rights_from
from console.models import Account, Project, ServiceToken, User
from console.recall import Recall

_USER = sql.fields(User, "id", "account_id", "login", "username", "is_owner", "is_superuser", "project_id", "service")
_ACCOUNT = sql.fields(Account, "id", "name", "is_enterprise", "key_quota", "key_count", "last_key_number")
_PROJECT = sql.fields(Project, "id", "account_id", "region_id", "name")
_ACCOUNT_AT = len(_USER)
_PROJECT_AT = _ACCOUNT_AT + len(_ACCOUNT)
_ROLE_AT = _PROJECT_AT + len(_PROJECT)
_PROOF_AT = _ROLE_AT + len(ROLE_COLUMNS.split(", "))
_COLUMNS = ", ".join(
    [f"{table}.{name}" for table, names in (("u", _USER), ("a", _ACCOUNT), ("p", _PROJECT)) for name in names]
    + [ROLE_COLUMNS]
)


def _holding(table: str, proof: str, condition: str, project: str = "%s") -> sql.Query:
    """The user whose proof `k` of this table meets the condition, in the project of his account that is asked for, or
    that `project` names."""
    return sql.Query(
        f"SELECT {_COLUMNS}, {proof} FROM {table} k JOIN console_user u ON u.id = k.user_id "  # noqa: S608 - names of columns alone
        "JOIN console_account a ON a.id = u.account_id "
        f"LEFT JOIN console_project p ON p.id = {project} AND p.account_id = u.account_id "
        "LEFT JOIN console_roleassignment r ON r.user_id = u.id AND NOT u.is_owner "
        "LEFT JOIN console_customrole c ON c.id = r.custom_role_id "
        f"WHERE {condition} AND u.is_active"
    )


# A service user's own project, wherever its request is for; else the main project of the region.
_IN_REGION = (
    "COALESCE(u.project_id, (SELECT n.id FROM console_project n WHERE n.account_id = u.account_id AND n.name = %s))"
)
_BY_ACCESS_KEY, _BY_ACCESS_KEY_IN_REGION = (
    _holding("console_accesskey", "k.wrapped_secret", "k.ak = %s AND k.is_active", project)
    for project in ("%s", _IN_REGION)
)
_BY_TOKEN = _holding("console_token", "k.project_id", "k.digest = %s AND k.expires_at > %s")
_BY_TEMPORARY_KEY, _BY_TEMPORARY_KEY_IN_REGION = (
    _holding(
        "console_temporaryaccesskey",
        "k.wrapped_secret, k.is_bound, k.project_id",
        "k.ak = %s AND k.token_digest = %s AND k.expires_at > %s",
        project,
    )
    for project in ("%s", _IN_REGION)
)
_BY_BOUND_TOKEN = _holding(
    "console_token",
    "k.project_id, k.expires_at",
    "k.digest = %s AND k.expires_at > %s AND k.project_id IS NOT NULL",
    project="k.project_id",
)
_BY_SERVICE_TOKEN = _holding(
    "console_servicetoken",
    "u.project_id, k.expires_at",
    "k.digest = %s AND (k.expires_at IS NULL OR k.expires_at > %s)",
    project="u.project_id",
)


@dataclass(frozen=True, slots=True)
class Principal:
    """A known user, in the project asked for where it is one of his account.

    `proof` is what he showed: the id of the access key whose wrapped secret `secret` is, or the digest of his token.
    `bound_to` is the one project that a token, what was made with it, or whatever a service user shows is good for:
    empty for none, None for all."""

    user: User
    project: Project | None
    rights: tuple[Right, ...]
    proof: str
    secret: bytes = b""
    bound_to: str | None = None
    is_temporary: bool = False

    def caller(self, *, source_ip: str, request_id: str) -> Caller:
        """He as the caller of an operation of the API."""
        return Caller(
            self.user.account,
            self.user,
            self.project,
            self.rights,
            source_ip,
            request_id,
            by_api=True,
            bound_to=self.bound_to,
        )


_recall: Recall[Principal] = Recall()
_recall_of_tokens: Recall[tuple[float, Principal]] = Recall()
"""With the time when the token ends, in seconds since 1970."""


def holder_of_access_key(ak: str, project: str, *, is_region: bool = False) -> Principal | None:
    """Whose active access key this is, in the project of this id; or, where it is a region, in the main project there,
    and a service user in its own. Nothing is proved by it: check the signature with the secret."""
    wish = (ak, project, is_region)
    found = _recall.get(wish)
    if found is not None:
        return found
    rows = (_BY_ACCESS_KEY_IN_REGION if is_region else _BY_ACCESS_KEY).rows(project, ak)
    if not rows:
        return None
    return _recall.keep(wish, _principal(rows, ak, secret=bytes(rows[0][_PROOF_AT])))


def holder_of_temporary_key(ak: str, token_digest: str, project: str, *, is_region: bool = False) -> Principal | None:
    """Whose temporary access key this is, which has a token of this digest and has not expired. Check the signature."""
    query = _BY_TEMPORARY_KEY_IN_REGION if is_region else _BY_TEMPORARY_KEY
    rows = query.rows(project, ak, token_digest, sql.now_parameter())
    if not rows:
        return None
    secret, is_bound, project = rows[0][_PROOF_AT:]
    bound_to = (project or "") if is_bound else None
    return _principal(rows, ak, secret=bytes(secret), bound_to=bound_to, is_temporary=True)


def holder_of_token(digest: str, project_id: str) -> Principal | None:
    """Whose token has this digest and has not expired."""
    rows = _BY_TOKEN.rows(project_id, digest, sql.now_parameter())
    return _principal(rows, digest, bound_to=rows[0][_PROOF_AT] or "") if rows else None


def holder_of_bound_token(digest: str) -> Principal | None:
    """Whose token has this digest and has not expired, in the one project that it is for."""
    return _holder_in_own_project(_BY_BOUND_TOKEN, digest)


def holder_of_service_token(digest: str) -> Principal | None:
    """The service user whose token this is, in its project."""
    found = _holder_in_own_project(_BY_SERVICE_TOKEN, digest)
    if found is not None:
        note_use(ServiceToken, digest)
    return found


def _holder_in_own_project(query: sql.Query, digest: str) -> Principal | None:
    known = _recall_of_tokens.get((query, digest))
    if known is not None and known[0] > time.time():
        return known[1]
    rows = query.rows(digest, sql.now_parameter())
    if not rows:
        return None
    project_id, expires_at = rows[0][_PROOF_AT:]
    until = inf if expires_at is None else sql.moment_of(expires_at).timestamp()
    return _recall_of_tokens.keep((query, digest), (until, _principal(rows, digest, bound_to=project_id)))[1]


def _principal(
    rows: Sequence[Sequence[Any]],
    proof: str,
    *,
    secret: bytes = b"",
    bound_to: str | None = None,
    is_temporary: bool = False,
) -> Principal:
    """Of the rows of one user: one for each of his roles, or a single one."""
    columns = rows[0]
    account = sql.instance(Account, _ACCOUNT, columns[_ACCOUNT_AT:_PROJECT_AT])
    user = sql.instance(User, _USER, columns[:_ACCOUNT_AT], account=account)
    if user.project_id is not None:
        bound_to = user.project_id if bound_to in (None, user.project_id) else ""
    project = None
    if columns[_PROJECT_AT] is not None and bound_to in (None, columns[_PROJECT_AT]):
        project = sql.instance(Project, _PROJECT, columns[_PROJECT_AT:_ROLE_AT], account=account)
    roles = [row[_ROLE_AT:_PROOF_AT] for row in rows]
    return Principal(user, project, rights_from(user, project, roles), proof, secret, bound_to, is_temporary)
