"""DATABASE_URL: one host or several, and what is refused."""

import pytest

from console.database_url import NOTICED_SOON, database_of

PLACE = ("HOST", "PORT", "USER", "PASSWORD", "NAME")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgres://kms:s%40,c@db1:5433,db2/kms", ("db1,db2", "5433,5432", "kms", "s@,c", "kms")),
        ("postgresql://db1,[fd00::1]:5433/kms", ("db1,fd00::1", "5432,5433", "", "", "kms")),
        ("postgres://kms@127.0.0.1/kms", ("127.0.0.1", "5432", "kms", "", "kms")),
        ("postgres://kms@%2Frun%2Fpostgresql/kms", ("/run/postgresql", "5432", "kms", "", "kms")),
        ("postgres:///kms?host=/run/postgresql", ("", "", "", "", "kms")),
    ],
)
def test_hosts_ports_user_and_name_are_read(url: str, place: tuple[str, ...]) -> None:
    assert tuple(database_of(url)[name] for name in PLACE) == place


def test_a_host_that_is_gone_is_noticed_soon_unless_the_url_says_otherwise() -> None:
    options = database_of("postgres://db1,db2/kms?target_session_attrs=primary&connect_timeout=9")["OPTIONS"]

    assert database_of("postgres://db1,db2/kms")["OPTIONS"] == NOTICED_SOON
    assert options == {**NOTICED_SOON, "target_session_attrs": "primary", "connect_timeout": 9}


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://db1/kms", "must begin with postgres://"),
        ("postgres://kms:secret@db1:543210/kms", "can't be read"),
        ("postgres://kms:secret@db1:port,db2/kms", "can't be read"),
        ("postgres://kms:secret@[db1/kms", "can't be read"),
        ("postgres://kms:secret@db1,/kms", "a host without a name"),
        ("postgres://kms:secret@db1/kms?no_such_option=1", 'invalid connection option "no_such_option"'),
        ("postgres://kms:secret@db1,db2/kms?target_session_attrs=any", "target_session_attrs=read-write"),
        ("postgres://kms:secret@db1,db2/kms?target_session_attrs=standby", "target_session_attrs=read-write"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused_without_its_password(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^DATABASE_URL.*\.$") as refused:
        database_of(url)

    assert sentence in str(refused.value)
    assert "secret" not in str(refused.value)
