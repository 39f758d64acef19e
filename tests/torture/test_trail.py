"""What somebody can do to the trail who may write the database and has not its key: all of it is found and named."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.load import Client
from tests.support.servers import Server, copy_stopped
from tests.support.visitors import Visitor
from tests.torture.amount import Figure

CALLS = 12
TABLES = ("console_trace", "console_tracestream")
VERIFY = """
from console.access import heads
from console.access.verification import verify_streams
for one in verify_streams(heads.read({lines!r})).findings:
    print(one.stream, one.sequence)
"""
# As an attacker would who knows the format, with a key of his own in place of the one that he has not.
RECOMPUTE = """
from console.access import stream
from console.models import Trace, TraceStream
from keys.crypto.trail import TrailKey
one, ours, his = TraceStream.objects.get(pk={stream!r}), stream.trail_key, TrailKey.generate()
stream.trail_key = lambda: his
try:
    mac = stream.opening_mac(one)
    for trace in Trace.objects.filter(stream=one).order_by("sequence"):
        if trace.sequence >= {since}:
            trace.user_name = "nobody"
            trace.mac = his.mac(mac, stream.record_of(trace))
            Trace.objects.filter(pk=trace.pk).update(user_name="nobody", mac=trace.mac)
        mac = bytes(trace.mac)
finally:
    stream.trail_key = ours
"""
Places = set[tuple[str, int]]


class Scene(NamedTuple):
    """A server that does not run, and its trail: a stream that ended before `last` began, the places of their last
    records, an older copy of both tables and of the heads' files, and the heads that were logged elsewhere."""

    server: Server
    account: dict[str, Any]
    old: str
    old_end: int
    last: str
    last_end: int
    last_then: int
    heads_then: Path
    log: list[str]


def prepare(server: Server) -> Scene:
    """Have a server that does not run leave two streams."""
    server.start()
    account = server.create_account(f"trail-{time.monotonic_ns()}", quota=1_000)
    call(server, account)
    server.stop()
    (old, old_end) = busiest(server)
    server.start()
    call(server, account)
    heads_then = server.data_dir.with_name("heads-then")
    shutil.copytree(server.data_dir / "trail", heads_then)
    keep(server, "older")
    (last, last_then) = newest(server)
    call(server, account)
    server.stop()
    keep(server, "whole")
    log = [one.read_text() for one in (server.data_dir / "trail").glob("*.head")]
    return Scene(server, account, old, old_end, last, newest(server)[1], last_then, heads_then, log)


def call(server: Server, account: dict[str, Any]) -> None:
    with Client(server.url, account) as client:
        for number in range(CALLS):
            assert client.kms("create-key", key_alias=f"k-{time.monotonic_ns()}-{number}").is_success


def busiest(server: Server) -> tuple[str, int]:
    """The stream with most records, and how many."""
    ((stream, number),) = server.read(
        "SELECT stream_id, MAX(sequence) FROM console_trace GROUP BY stream_id ORDER BY 2 DESC LIMIT 1"
    )
    return stream, number


def newest(server: Server) -> tuple[str, int]:
    """The stream that was opened last, and how many records it has."""
    ((stream,),) = server.read("SELECT id FROM console_tracestream ORDER BY opened_at DESC LIMIT 1")
    ((number,),) = server.read("SELECT MAX(sequence) FROM console_trace WHERE stream_id = %s", stream)
    return stream, number


def keep(server: Server, name: str) -> None:
    for table in TABLES:
        server.execute(f"CREATE TABLE {name}_{table} AS SELECT * FROM {table}")  # noqa: S608 - names of ours


def put_back(server: Server, name: str) -> None:
    for table in TABLES:
        server.execute(f"DELETE FROM {table}")  # noqa: S608 - names of the tests own
    for table in TABLES[::-1]:
        server.execute(f"INSERT INTO {table} SELECT * FROM {name}_{table}")  # noqa: S608 - names of the tests own


def found(server: Server, lines: list[str] | None = None) -> Places:
    """Where verification finds something wrong, with the heads in these lines known."""
    told = server.quickly(code=VERIFY.format(lines=lines or []))
    return {(stream, int(sequence)) for stream, sequence in map(str.split, told.splitlines())}


# The attacks: each says what has to be named.


def change(column: str, value: object) -> Callable[[Scene], Places]:
    def attack(scene: Scene) -> Places:
        statement = f"UPDATE console_trace SET {column} = %s WHERE stream_id = %s AND sequence = 5"  # noqa: S608 - names of the tests own
        assert scene.server.execute(statement, value, scene.old)
        return {(scene.old, 5)}

    return attack


def remove_one(scene: Scene) -> Places:
    scene.server.execute("DELETE FROM console_trace WHERE stream_id = %s AND sequence = 5", scene.old)
    return {(scene.old, 5)}


def cut(scene: Scene) -> Places:
    scene.server.execute("DELETE FROM console_trace WHERE stream_id = %s AND sequence > 8", scene.old)
    return {(scene.old, 9)}


def cut_the_last_record(scene: Scene) -> Places:
    place = (scene.last, scene.last_end)
    scene.server.execute("DELETE FROM console_trace WHERE stream_id = %s AND sequence = %s", *place)
    return {place}


def reorder(scene: Scene) -> Places:
    move(scene, 5, 0)
    move(scene, 6, 5)
    move(scene, 0, 6)
    return {(scene.old, 5), (scene.old, 6)}


def reorder_with_macs(scene: Scene) -> Places:
    query = "SELECT mac FROM console_trace WHERE stream_id = %s AND sequence = %s"
    ((five,),), ((six,),) = (scene.server.read(query, scene.old, one) for one in (5, 6))
    reorder(scene)
    for sequence, mac in ((5, five), (6, six)):
        statement = "UPDATE console_trace SET mac = %s WHERE stream_id = %s AND sequence = %s"
        scene.server.execute(statement, bytes(mac), scene.old, sequence)
    return {(scene.old, 5), (scene.old, 6)}


def move_to_another_stream(scene: Scene) -> Places:
    statement = "UPDATE console_trace SET stream_id = %s, sequence = %s WHERE stream_id = %s AND sequence = %s"
    scene.server.execute(statement, scene.last, scene.last_end + 1, scene.old, scene.old_end)
    return {(scene.last, scene.last_end + 1), (scene.old, scene.old_end)}


def recompute(since: int) -> Callable[[Scene], Places]:
    def attack(scene: Scene) -> Places:
        scene.server.quickly(code=RECOMPUTE.format(stream=scene.old, since=since))
        return {(scene.old, sequence) for sequence in range(since, scene.old_end + 1)}

    return attack


def deny_those_before(scene: Scene) -> Places:
    scene.server.execute("UPDATE console_tracestream SET heads_before = '{}' WHERE id = %s", scene.last)
    return {(scene.last, 1)}


def remove_stream(scene: Scene) -> Places:
    scene.server.execute("DELETE FROM console_trace WHERE stream_id = %s", scene.old)
    scene.server.execute("DELETE FROM console_tracestream WHERE id = %s", scene.old)
    return {(scene.old, 1)}


def remove_all(scene: Scene) -> Places:
    for table in TABLES:
        scene.server.execute(f"DELETE FROM {table}")  # noqa: S608 - names of the tests own
    return {(scene.old, 1), (scene.last, 1)}


def put_back_to_an_older_copy(scene: Scene) -> Places:
    put_back(scene.server, "older")
    return {(scene.last, scene.last_then + 1)}


def move(scene: Scene, sequence: int, to: int) -> None:
    statement = "UPDATE console_trace SET sequence = %s WHERE stream_id = %s AND sequence = %s"
    assert scene.server.execute(statement, to, scene.old, sequence)


ATTACKS: dict[str, Callable[[Scene], Places]] = {
    "a user changed": change("user_name", "nobody"),
    "an outcome changed": change("status", 403),
    "a time changed": change("at", "2026-01-01 00:00:00+00:00"),
    "a record removed": remove_one,
    "the end cut off": cut,
    "the last record cut off": cut_the_last_record,
    "two records exchanged": reorder,
    "two records exchanged with their MACs": reorder_with_macs,
    "a record moved to another stream": move_to_another_stream,
    "recomputed with another key": recompute(1),
    "recomputed with another key from a record on": recompute(7),
    "the streams before denied": deny_those_before,
    "a stream removed": remove_stream,
    "all removed": remove_all,
    "put back to an older copy": put_back_to_an_older_copy,
}


def attack_the_trail(server: Server) -> Figure:
    """Attack the trail of a server that does not run in every way, one after the other."""
    scene, wrong = prepare(server), []
    wrong += [f"untouched: {found(server)}"] if found(server) else []
    for name, attack in ATTACKS.items():
        wrong += _missed(name, attack(scene), found(server))
        put_back(server, "whole")
    wrong += _with_the_heads_put_back(scene)
    wrong += _from_the_console(scene)
    return Figure("attacks on the trail", len(ATTACKS) + 2, "stream and record named by verifytraces each time", wrong)


def _missed(name: str, expected: Places, named: Places) -> list[str]:
    return [f"{name}: {sorted(expected - named)} not named"] if expected - named else []


def _with_the_heads_put_back(scene: Scene) -> list[str]:
    """Put back with the files of the heads there is nothing left on this machine to tell it by: a log elsewhere is."""
    trail, server = scene.server.data_dir / "trail", scene.server
    shutil.rmtree(trail)
    shutil.copytree(scene.heads_then, trail)
    expected = put_back_to_an_older_copy(scene)
    missed = _missed("put back with its heads", expected, found(server, scene.log))
    put_back(server, "whole")
    for line in scene.log:
        (trail / f"{json.loads(line)['stream']}.head").write_text(line)
    return missed


def _from_the_console(scene: Scene) -> list[str]:
    """Whoever reads the traces of his account has the trail verified, and is told which of his own is wrong."""
    statement = (
        "SELECT request_id FROM console_trace WHERE account_id = %s AND stream_id = %s ORDER BY sequence LIMIT 1"
    )
    ((request_id,),) = scene.server.read(statement, scene.account["account"]["id"], scene.old)
    scene.server.start()
    with Visitor(scene.server, scene.account) as visitor:
        intact = visitor.post(visitor.path("traces/verify"), {}).text
        scene.server.execute("UPDATE console_trace SET user_name = 'nobody' WHERE request_id = %s", request_id)
        broken = visitor.post(visitor.path("traces/verify"), {}).text
    wrong = [] if "The trail is intact." in intact else ["the console calls the untouched trail broken"]
    return wrong + (
        [] if "The trail is broken." in broken and request_id in broken else ["the console names no record"]
    )


@pytest.fixture
def left(started_once: Path, tmp_path: Path) -> Iterator[Server]:
    copy_stopped(started_once, tmp_path / "data")
    server = Server(tmp_path / "data")
    yield server
    server.kill()


def test_whatever_is_done_to_the_trail_without_its_key_is_named(left: Server) -> None:
    assert attack_the_trail(left).wrong == []
