"""The primary is lost, and changed, under load: `make bench-failover` as a test, with shorter times."""

import pytest

from tests.scale.failover import Outage, fail_over, switch_over
from tests.support.patroni import Cluster
from tests.support.servers import Server

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.needs("patroni", "etcd", "initdb"),
    pytest.mark.xdist_group("patroni"),
]


def check(outage: Outage) -> None:
    """What was acknowledged is there, what was not was refused, and nobody waited for ever."""
    assert outage.lost == {"trace": 0, "key": 0, "tag": 0, "grant": 0}
    assert {*outage.errors} == {503}
    assert outage.longest < 25
    assert outage.verdict.startswith("INTACT")


def test_nothing_acknowledged_is_lost_when_the_primary_is_killed_or_changed(
    patroni: Cluster, patroni_node: Server
) -> None:
    first, second = patroni.primary, patroni.standby

    check(fail_over(patroni, patroni_node))
    assert (patroni.primary, patroni.standby) == (second, first)
    assert "pg_rewind exit code=0" in (first.folder / "log").read_text()

    check(switch_over(patroni, patroni_node))
    assert (patroni.primary, patroni.standby) == (first, second)
