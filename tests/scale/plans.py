"""How the database goes about every query of the server: drive all of it, and ask what was asked for its plan.

Runs in a process of its own on either database (tests/scale/test_plans.py): tables are filled as those of a server at
work, calls, pages, chores and commands are made in one thread, and each statement is explained with the values that it
came with.
"""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from console import sql
from console.access.caller import Caller
from console.access.last_uses import note_use
from console.access.principals import (
    holder_of_access_key,
    holder_of_bound_token,
    holder_of_service_token,
    holder_of_temporary_key,
)
from console.access.request import Request, new_request_id
from console.access.tokens import digest_of
from console.access.verification import verify_streams
from console.api.door import answer, asked_by
from console.api.routes import Route, registered
from console.models import (
    AccessKey,
    Account,
    Approval,
    CallCount,
    Project,
    ServiceToken,
    Session,
    TemporaryAccessKey,
    Token,
    Trace,
    TraceStream,
    User,
)
from console.operations.archiving import periods_before
from console.partitions import make_partitions
from console.serving.chores import do_chores
from keys.errors import AliasUnknown
from keys.models import Alias, DeletionProtection, Grant, Key, KeyState, KvMount, KvVersion
from keys.operations import delete_alias
from keys.vault.routes import ROUTES as VAULT_ROUTES
from tests.scale.filling import BATCH, fill

GROWING = {
    *(
        "keys_key",
        "keys_keyversion",
        "keys_alias",
        "keys_grant",
        "keys_taggedkey",
        "console_trace",
        "console_callcount",
    ),
    *("console_token", "console_temporaryaccesskey", "console_accesskey", "console_session", "console_servicetoken"),
    "axes_accessattempt",
    *("console_approval", "keys_deletionprotection", "keys_kvmount", "keys_kvversion"),
}
"""Tables that have a row for each key, call, user or sign-in."""
ACCOUNTS, KEYS_EACH, TRACES, DAYS = 60, 100, 12_000, 75
Asked = tuple[str, Any]


def scans() -> dict[str, Any]:
    """Fill, drive and explain; what was scanned by which statement, how many statements there were, and which routes
    answered well."""
    users = _fill()
    project = Project.objects.get(account=users[0].account, name="ap-southeast-1")
    keys = _make_due(project)
    with _recorded() as asked:
        answered = _drive(users[0], project, keys)
    found: dict[str, set[str]] = {}
    for text, values in asked.items():
        for table in _scanned(text, json.loads(values)) if sql.IS_SQLITE else _scanned_by_postgresql(text, asked[text]):
            found.setdefault(_shape(text), set()).add(table)
    return {
        "scans": sorted([table, text] for text, tables in found.items() for table in tables),
        "statements": len({_shape(text) for text in asked}),
        "routes": sorted(answered),
    }


# The tables


def _fill() -> list[User]:
    users = fill(accounts=ACCOUNTS, keys_each=KEYS_EACH, prefix="planned")
    now, stream = datetime.now(UTC), TraceStream.objects.create()
    make_partitions(now - timedelta(days=DAYS))
    keys = list(Key.objects.select_related("project__account").order_by("project", "number"))
    user_of = {user.account_id: user for user in users}
    traces, counts = [], []
    for number in range(TRACES):
        at, key = now - timedelta(days=DAYS) * (1 - number / TRACES), keys[number * 7919 % len(keys)]
        user = user_of[key.project.account_id]
        who = {"account_id": user.account_id, "user_name": user.username}
        traces.append(
            Trace(
                **who, stream=stream, sequence=number + 1, mac=bytes(32), at=at, name="encryptData", status=200,
                project_id=key.project_id, user_id=user.pk, resource_type="key", resource_id=str(key.pk),
                resource_name=key.alias, request_id=f"{int(at.timestamp() * 1000):012x}{uuid.uuid4().hex[:20]}",
            )
        )  # fmt: skip
        counts.append(CallCount(**who, day=at.date(), operation="encryptData", resource_id=str(key.pk), last_at=at))
    Trace.objects.bulk_create(traces, batch_size=BATCH)
    CallCount.objects.bulk_create(counts, batch_size=BATCH, ignore_conflicts=True)
    region = keys[0].project.region
    of_key: list[dict[str, Any]] = [{"key": key, "account_id": key.project.account_id} for key in keys]
    Alias.objects.bulk_create(
        [Alias(**one, region=region, name=f"alias/{key.pk}") for one, key in zip(of_key, keys, strict=True)]
    )
    Grant.objects.bulk_create(
        [Grant(key=key, grantee_user=users[number % ACCOUNTS], issuer=users[0], operations=["describe-key"])
         for number, key in enumerate(keys)]
    )  # fmt: skip
    DeletionProtection.objects.bulk_create([DeletionProtection.of(key, "in use") for key in keys[::10]])
    Approval.objects.bulk_create(
        [Approval(account_id=key.project.account_id, project=key.project, operation="scheduleKeyDeletion",
                  action="kms:cmk:update", resource_id=str(key.pk), resource_name=key.alias,
                  arguments={"pending_days": 7})
         for key in keys]
    )  # fmt: skip
    mounts = KvMount.objects.bulk_create(
        [KvMount(project=key.project, path=f"secret/{key.number}", key=key) for key in keys]
    )
    KvVersion.objects.bulk_create(
        [KvVersion(mount=mount, name="x", version=number, sealed_key=b"", sealed=b"")
         for mount in mounts for number in (1, 2)]
    )  # fmt: skip
    Account.objects.update(needs_approval=True)
    expiry = {"issued_at": now, "expires_at": now + timedelta(days=1)}
    names = [(f"{number:064x}", f"AK{number:018}", users[number % ACCOUNTS]) for number in range(3_000)]
    Token.objects.bulk_create([Token(digest=digest, user=user, **expiry) for digest, _ak, user in names])
    AccessKey.objects.bulk_create([AccessKey(ak=ak, user=user, wrapped_secret=b"") for _digest, ak, user in names])
    TemporaryAccessKey.objects.bulk_create(
        [TemporaryAccessKey(ak=ak, user=user, wrapped_secret=b"", token_digest=digest, is_bound=False, **expiry)
         for digest, ak, user in names]
    )  # fmt: skip
    ServiceToken.objects.bulk_create([ServiceToken(digest=digest, user=user, name=ak) for digest, ak, user in names])
    Session.objects.bulk_create(
        [Session(digest=digest, user=user, begun_at=now, seen_at=now, expires_at=now + timedelta(hours=12))
         for digest, _ak, user in names]
    )  # fmt: skip
    AccessAttempt.objects.bulk_create(
        [AccessAttempt(username=user.username, ip_address=f"10.0.{n // 250}.{n % 250}", failures_since_start=1)
         for n, (_digest, _ak, user) in enumerate(names)]
    )  # fmt: skip
    get_user_model().objects.filter(pk=users[0].pk).update(is_staff=True, is_superuser=True)
    if not sql.IS_SQLITE:  # which no server of ours analyses
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return users


# What is asked


@contextmanager
def _recorded() -> Iterator[dict[str, Any]]:
    """The statements of this thread's connection, each once for its shape, with what is needed to explain them."""
    asked: dict[str, Any] = {}
    shapes: set[str] = set()

    def note(text: str, values: Any) -> None:
        if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", text) and _shape(text) not in shapes:
            shapes.add(_shape(text))
            asked[text] = values

    connection.ensure_connection()
    plain: Any = connection.connection
    if sql.IS_SQLITE:
        sql.read_by_own_connection()
        plain.set_trace_callback(lambda text: note(text, "null"))
        yield asked
        plain.set_trace_callback(None)
        return
    factory = plain.cursor_factory

    class Noting(factory):  # type: ignore[misc, valid-type]
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            note(query if isinstance(query, str) else str(query), params)
            return super().execute(query, params, **options)

    plain.cursor_factory = Noting
    yield asked
    plain.cursor_factory = factory


def _make_due(project: Project) -> list[Key]:
    """Something to do for each sweep; some of the keys that are left."""
    due, rotating, expired, *left = Key.objects.filter(project=project).order_by("number")[:5]
    past = datetime.now(UTC) - timedelta(minutes=1)
    Key.objects.filter(pk=due.pk).update(state=KeyState.PENDING_DELETION, deletion_at=past)
    Key.objects.filter(pk=rotating.pk).update(rotates_at=past)
    Key.objects.filter(pk=expired.pk).update(material_expires_at=past)
    return left


def _drive(user: User, project: Project, keys: list[Key]) -> set[str]:
    key, unused = keys
    past = datetime.now(UTC) - timedelta(minutes=1)
    text = "planned"
    Token.objects.create(
        digest=digest_of(text), user=user, project=project, issued_at=past, expires_at=past + timedelta(days=1)
    )
    answered = {route.path for route in registered() if _call(route, project, key, text, user)}
    for route in VAULT_ROUTES:
        _call_by_vault(route, key, text)
    holder_of_access_key("0" * 20, project.name, is_region=True)
    holder_of_temporary_key("0" * 20, "0" * 64, project.name, is_region=True)
    with suppress(AliasUnknown):
        delete_alias(Caller.of_user(user, project, source_ip="", request_id=text), "alias/nobody")
    holder_of_service_token("0" * 64)
    holder_of_bound_token("0" * 64)
    note_use(ServiceToken, "0" * 64)
    _pages(user, project, unused)
    do_chores()
    verify_streams()
    periods_before(datetime.now(UTC) - timedelta(days=60))
    return answered


def _call(route: Route, project: Project, key: Key, token: str, user: User) -> bool:
    """Make a call in each of the ways that its queries differ; whether one of them was answered."""
    tag = {"key": "env", "value": "x"}
    some: dict[str, Any] = {
        "key_id": str(key.pk), "limit": "10", "key_alias": f"new-{uuid.uuid4().hex[:8]}", "tags": [tag],
        "resource_instances": "resource_instances", "resource_id": str(key.pk), "user_id": user.pk,
        "pending_days": "7", "plain_text": "x", "datakey_length": "256", "random_data_length": "64", "alias": "alias/x",
        "grantee_principal": user.pk, "operations": ["describe-key"], "domain_id": user.account_id, "name": "x",
        "tag": tag, "action": "filter", "key": "env",
    }  # fmt: skip
    ways: list[dict[str, Any]] = [{}]
    if route.path.endswith("/list-keys"):
        ways += [{"key_state": "2", "key_spec": "ALL"}, {"marker": "90"}, {"enterprise_project_id": "0"}]
    if route.path.endswith("/traces"):
        ways += [{"resource_id": str(key.pk)}, {"user": "x"}, {"trace_rating": "warning"}, {"service_type": "KMS"}]
        ways += [{"trace_id": f"{new_request_id()}-00000000"}, {"from": "1", "to": "9999999999999"}]
        ways += [{"resource_name": "key-1", "from": "1"}, {"trace_name": "createKey", "from": "1"}]
    if route.path.endswith("/action"):
        ways += [{"action": "count"}, {"matches": [{"key": "resource_name", "value": "key-1"}]}]
    names = set(route.request.__struct_encode_fields__)
    good = False
    for way in ways:
        given = {name: value for name, value in (some | way).items() if name in names}
        path = route.path.replace("{project_id}", project.pk)
        path = re.sub(r"\{(\w+)\}", lambda found: str(some.get(found[1], "x")), path)
        query = "&".join(f"{name}={value}" for name, value in given.items()) if route.method == "GET" else ""
        body = b"" if route.method == "GET" else json.dumps(given).encode()
        request = Request(route.method, path, query, {"x-auth-token": token}, "192.0.2.1", body)
        good |= answer(request, asked_by(request)).status < 400
    return good


def _call_by_vault(route: Route, key: Key, token: str) -> None:
    some = {"name": "x", "mount": f"secret/{key.number}", "size": "8"}
    if "/transit/" in route.path:
        some["name"] = str(key.pk)
    if "/sys/" in route.path:
        some["name"] = some["mount"]
    path = re.sub(r"\{(\w+)\}", lambda found: some[found[1]], route.path)
    body = json.dumps({"data": {"a": 1}, "versions": [1], "plaintext": "eA==", "input": "eA=="}).encode()
    if route.path.endswith("revoke-self"):
        token = "x"
    request = Request(
        route.method, path, "", {"x-vault-token": token}, "192.0.2.1", b"" if route.method == "GET" else body
    )
    answer(request, asked_by(request))


def _pages(user: User, project: Project, key: Key) -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    console, kms = f"/console/{project.pk}/", f"/console/{project.pk}/kms/"
    lists = [
        "",
        "?q=key-1",
        "?tag=env",
        "?tag=env%3Dx&sort=alias",
        "?state=2",
        "?spec=AES_256",
        "?usage=ENCRYPT_DECRYPT",
    ]
    lists += [
        "?sort=alias",
        "?sort=-alias",
        "?sort=created",
        "?unused=30",
        "?protected=yes",
        "?protected=no&sort=alias",
        "?origin=kms",
        "?size=100",
        "?alias=alias/x",
    ]
    pages = [f"{kms}keys{one}" for one in lists] + [f"{kms}keys.csv", f"{kms}keys.csv?tag=env", f"{kms}home"]
    pages += [f"{kms}usage", f"{kms}usage.csv", f"{kms}default-keys", f"{kms}columns", f"{kms}keys/create"]
    of_key = ["", "/aliases", "/tags", "/grants", "/access", "/traces", "/used-by", "/rotation", "/tool"]
    of_key += ["/disable", "/delete"]
    pages += [f"{kms}keys/{key.pk}{one}" for one in of_key] + [f"{kms}keys?after=50", f"{kms}keys?before=50"]
    traces = [
        "",
        "?span=all",
        "?user=x",
        "?operation=createKey&span=all",
        "?result=warning&span=all",
        "?resource=key-1",
    ]
    traces += [f"?resource={key.pk}&span=all", f"?request={new_request_id()}", "?span=30"]
    pages += [f"{console}traces{one}" for one in traces] + [f"{console}traces.csv?span=1"]
    pages += [f"{console}{one}" for one in ("services", "api", "access-keys", "users", f"users/{user.pk}", "security")]
    pages += [f"{console}{one}" for one in ("roles", "roles/create", "approvals", "approvals?show=closed")]
    pages += [f"{console}{one}" for one in ("enterprise-projects", "projects", "places", "shortcuts")]
    searched = (user.username, user.account.name, str(key.pk), new_request_id())
    program = User.objects.create(account=user.account, login="program", project=project, service="obs")
    pages += [f"{kms}{one}" for one in ("services/obs", "services/obs/check", "services/rds", "service-users/create")]
    pages += [f"{kms}mounts/create", f"{console}users/{program.pk}"]
    pages += ["/admin/", *(f"/admin/console/trace/?q={one}" for one in ("", *searched))]
    pages += [f"/admin/console/trace/?{one}" for one in ("result=refused", "time=day", "type=key", "p=2")]
    pages += [
        "/admin/keys/key/",
        "/admin/console/user/",
        "/admin/console/account/",
        f"/admin/keys/key/{key.pk}/change/",
        "/admin/keys/kvmount/",
        f"/admin/keys/kvmount/{KvMount.objects.filter(key=key).get().pk}/change/",
    ]
    for address in pages:
        status = client.get(address).status_code
        assert status in {200, 302}, (address, status)
    client.post(f"{console}traces/verify", {"is_checked": "1"})


# How the database would go about it


def _scanned(text: str, _values: Any) -> Iterator[str]:
    """The growing tables that SQLite reads from end to end, or all of an index of."""
    names = re.findall(r'\b(?:FROM|JOIN|UPDATE)\s+"?(\w+)"?(?:\s+(?:AS\s+)?"?(\w+)"?)?', text, re.IGNORECASE)
    tables = {alias: table for table, alias in names} | {table: table for table, _alias in names}
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + text.replace("%", "%%"), [])
        for *_numbers, detail in cursor.fetchall():
            found = re.match(r"SCAN (\w+)", detail)
            if found and tables.get(found[1]) in GROWING:
                yield tables[found[1]]


def _scanned_by_postgresql(text: str, values: Any) -> Iterator[str]:
    """The same of PostgreSQL, which is to take an index wherever one fits: tables of this size are often read as a
    whole all the same. Partitions that are empty cost nothing to scan."""
    plain: Any = connection.connection
    with psycopg.ClientCursor(plain) as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + text, values)
        row = cursor.fetchone()
    assert row is not None
    yield from _in_plan(row[0][0]["Plan"], _empty())


def _in_plan(plan: dict[str, Any], empty: set[str]) -> Iterator[str]:
    relation = str(plan.get("Relation Name", ""))
    table = re.sub(r"_(\d{4}_\d\d|default)$", "", relation)
    whole = plan["Node Type"] == "Seq Scan" or ("Index" in plan["Node Type"] and "Index Cond" not in plan)
    if table in GROWING and relation not in empty and whole and not plan["Node Type"].startswith("Bitmap Heap"):
        yield table
    for part in plan.get("Plans", ()):
        yield from _in_plan(part, empty)


def _empty() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples <= 100")
        return {name for (name,) in cursor.fetchall()}


def _shape(text: str) -> str:
    """A statement without its values."""
    text = re.sub(r"'(?:[^']|'')*'|\b\d+(\.\d+)?\b|%s|%\(\w+\)s|\$\d+|X'[0-9a-f]*'", "?", text)
    return " ".join(re.sub(r"\?(, \?)+", "?", text).split())
