"""Who holds an access key or a token: his account, his rights and the project that the address names, in one read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from console import sql
from console.access.caller import Caller
from console.access.permissions import ROLE_COLUMNS, Right, rights_from
from console.models import Account, Project, User
from console.recall import Recall

_USER = sql.fields(User, "id", "account_id", "login", "username", "is_owner", "is_superuser")
_ACCOUNT = sql.fields(Account, "id", "name", "is_enterprise", "key_quota", "key_count", "last_key_number")
_PROJECT = sql.fields(Project, "id", "account_id", "region_id", "name")
_ACCOUNT_AT = len(_USER)
_PROJECT_AT = _ACCOUNT_AT + len(_ACCOUNT)
_ROLE_AT = _PROJECT_AT + len(_PROJECT)
_PROOF_AT = _ROLE_AT + len(ROLE_COLUMNS.split(", "))
_FROM_THE_USER_ON = """
JOIN console_account a ON a.id = u.account_id
LEFT JOIN console_project p ON p.{} = %s AND p.account_id = u.account_id
LEFT JOIN console_roleassignment r ON r.user_id = u.id AND NOT u.is_owner
LEFT JOIN console_customrole c ON c.id = r.custom_role_id
"""
_COLUMNS = ", ".join(
    [f"{table}.{name}" for table, names in (("u", _USER), ("a", _ACCOUNT), ("p", _PROJECT)) for name in names]
    + [ROLE_COLUMNS]
)
_BY_ACCESS_KEY, _BY_ACCESS_KEY_IN_REGION = (
    sql.Query(
        f"SELECT {_COLUMNS}, k.wrapped_secret FROM console_accesskey k JOIN console_user u ON u.id = k.user_id"  # noqa: S608 - names of columns alone
        f"{_FROM_THE_USER_ON.format(column)}WHERE k.ak = %s AND k.is_active AND u.is_active"
    )
    for column in ("id", "name")
)
_BY_TOKEN = sql.Query(
    f"SELECT {_COLUMNS}, t.project_id FROM console_token t JOIN console_user u ON u.id = t.user_id"  # noqa: S608 - names of columns alone
    f"{_FROM_THE_USER_ON.format('id')}WHERE t.digest = %s AND t.expires_at > %s AND u.is_active"
)
_BY_TEMPORARY_KEY, _BY_TEMPORARY_KEY_IN_REGION = (
    sql.Query(
        f"SELECT {_COLUMNS}, k.wrapped_secret, k.is_bound, k.project_id FROM console_temporaryaccesskey k "  # noqa: S608 - names of columns alone
        f"JOIN console_user u ON u.id = k.user_id{_FROM_THE_USER_ON.format(column)}"
        "WHERE k.ak = %s AND k.token_digest = %s AND k.expires_at > %s AND u.is_active"
    )
    for column in ("id", "name")
)


@dataclass(frozen=True, slots=True)
class Principal:
    """A known user, in the project asked for where it is one of his account.

    `proof` is what he showed: the id of the access key whose wrapped secret `secret` is, or the digest of his token.
    `bound_to` is the one project that a token, or what was made with it, is good for: empty for none, None for all."""

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


def holder_of_access_key(ak: str, project: str, *, is_region: bool = False) -> Principal | None:
    """Whose active access key this is, in the project of this id, or in the main project of this region. Nothing is
    proved by it: check the signature with the secret."""
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
    project = None
    if columns[_PROJECT_AT] is not None and bound_to in (None, columns[_PROJECT_AT]):
        project = sql.instance(Project, _PROJECT, columns[_PROJECT_AT:_ROLE_AT], account=account)
    roles = [row[_ROLE_AT:_PROOF_AT] for row in rows]
    return Principal(user, project, rights_from(user, project, roles), proof, secret, bound_to, is_temporary)
