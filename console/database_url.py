"""DATABASE_URL: PostgreSQL on one host, or on several of which one takes writes."""

import re
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import dj_database_url

FORM: Final = "postgres://user:password@host/name, or postgres://user:password@host1:5432,host2:5432/name"
DEFAULT_PORT: Final = 5432
SCHEMES: Final = {"postgres", "postgresql", "pgsql"}
WRITING: Final = {"read-write", "primary"}
NOTICED_SOON: Final = {
    "target_session_attrs": "read-write",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 5000,
}
"""What a URL may say otherwise: a host that is gone is noticed within ten seconds, and a standby is passed over."""


def database_of(url: str) -> dict[str, Any]:
    """Django's settings of the database that a URL names. ValueError says what is wrong, without its password."""
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        raise ValueError("DATABASE_URL must begin with postgres://; leave it out for SQLite in DATA_DIR.")
    place = re.split("[/?#]", rest, maxsplit=1)[0]
    user, at, hosts = place.rpartition("@")
    one_host = f"{scheme}://{user}{at}host{rest[len(place) :]}"  # Python's own parsing knows of no more than one
    try:
        pairs = [_host_and_port(one) for one in hosts.split(",")]
        parsed: dict[str, Any] = dict(
            dj_database_url.parse(one_host, "console.postgresql", conn_max_age=None, conn_health_checks=True)
        )
    except ValueError:
        raise ValueError(f"DATABASE_URL can't be read: set {FORM}.") from None
    names, ports = (",".join(column) for column in zip(*pairs, strict=True))
    if len(pairs) > 1 and not all(name for name, _port in pairs):
        raise ValueError(f"DATABASE_URL has a host without a name: set {FORM}.")
    return {**parsed, "HOST": names, "PORT": ports, "OPTIONS": _checked({**NOTICED_SOON, **parsed.get("OPTIONS", {})})}


def _host_and_port(text: str) -> tuple[str, str]:
    one = urlsplit(f"//{text}")
    return unquote(one.hostname or ""), str(one.port or (DEFAULT_PORT if one.hostname else ""))


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    """Options that libpq knows, and that lead to a database that can be written."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import make_conninfo

    try:
        make_conninfo(**options)
    except ProgrammingError as error:
        raise ValueError(f"DATABASE_URL: {str(error).strip()}.") from None
    if options["target_session_attrs"] not in WRITING:
        raise ValueError("DATABASE_URL must say target_session_attrs=read-write: every call writes its trace.")
    return options
