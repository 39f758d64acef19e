"""What a worker serves: the API's door in the event loop, and Django behind it for pages.

A quick call of the API is answered by the loop itself and waits for its trace without a thread; whatever may take
longer (pages, changes, RSA's private operations) is answered by a thread.
"""

import asyncio
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextvars import copy_context
from functools import partial
from typing import Any, Final

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
# The loop reads and writes SQLite itself, on purpose and for microseconds: a thread would cost it more.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from django.core.wsgi import get_wsgi_application

from console.memory import return_freed_memory

return_freed_memory()
django_pages = get_wsgi_application()

# Only now: models need Django set up.
from django.conf import settings  # noqa: E402
from django.db import Error, close_old_connections, connections  # noqa: E402

from console import served, sql  # noqa: E402
from console.access import changes, scribe  # noqa: E402
from console.access.batches import Batches  # noqa: E402
from console.access.request import Request, new_request_id  # noqa: E402
from console.api import door  # noqa: E402
from console.api.errors import BodyIncomplete, BodyTooLong  # noqa: E402
from console.api.routes import Pace  # noqa: E402
from console.served import Served  # noqa: E402
from console.serving import pages, presence, scraping, tls, watching  # noqa: E402
from console.serving.exchange import PLAIN, Exchange, Fault  # noqa: E402
from console.serving.stopping import stop_gently  # noqa: E402
from console.serving.threads import Threads  # noqa: E402
from keys.errors import Failed, KmsError, NotSaved  # noqa: E402

logger = logging.getLogger(__name__)

GRACE: Final = 0.5
"""Seconds for requests under way in threads once the server has stopped."""
LONGEST_BODY: Final = 64 * 1024
FAULTS: Final = {Fault.TOO_LONG: BodyTooLong(most=LONGEST_BODY), Fault.INCOMPLETE: BodyIncomplete()}
FAILED: Final[pages.Page] = (500, PLAIN, b"Failed.\n")
FRESH: Final = 0.1
"""Seconds for which a look at the database's state serves a thread."""
LONGEST_STATEMENT: Final = 10.0
"""Seconds on PostgreSQL, whose commits wait for another machine."""
MOST_CALLS: Final = 256
"""Answered before the next look at the database."""
MOST_CHANGES: Final = 16
"""With one commit: quick calls that arrive meanwhile wait for all of them."""
Arrived = tuple[Exchange, Request, door.Asked]
Records = list[scribe.Waiting]
Answered = tuple[door.Response, Records]
"""An answer, and what is to be committed before it is given."""
Outcome = tuple[door.Response | Callable[[], door.Response], Records]
"""The same, or what makes the answer."""


class Application:
    """Who answers which request, and where."""

    def __init__(self) -> None:
        # As many threads compute as there are cores; more would only take turns with each other. On a single core even
        # one would only take turns with the loop.
        cores = len(os.sched_getaffinity(0))
        self.cores = Threads(cores, "computing")
        self.at_once = frozenset({Pace.QUICK, Pace.BUSY} if cores == 1 else {Pace.QUICK})
        self.threads = Threads(settings.THREADS, "answering")
        # There is one writer: changes that follow each other in one thread wait for no lock of each other.
        self.changer = Threads(1, "changing")
        # Django keeps a connection for each context of the loop: this is the one in which all its own work is done.
        self.context = copy_context()
        # And one that reads for all calls that wait: what it reads for one serves the others.
        self.reader = Threads(1, "reading")
        self.pools = {
            "answering": self.threads,
            "computing": self.cores,
            "changing": self.changer,
            "reading": self.reader,
        }
        self.looks = itertools.count()
        self.calls: Batches[Arrived]
        self.changes: Batches[Arrived]
        self.loop: asyncio.AbstractEventLoop

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        """ASGI's lifespan: what is done in the loop before the first request and after the last."""
        await receive()
        self.loop = asyncio.get_running_loop()
        stop_gently(self.loop)
        if settings.TLS_CERT:
            tls.follow_files(self.loop)
        answer = self._answer_here if sql.IS_SQLITE else self._answer_together
        self.calls = Batches(self.loop, self.context, answer, MOST_CALLS, longest_wait=0)
        sql.wait_at_most(LONGEST_STATEMENT)
        if sql.IS_SQLITE:
            self.loop.call_soon(sql.read_by_own_connection, context=self.context)
            scribe.commit_in(self.loop, self.context)
            self.changes = Batches(self.loop, self.context, self._change_here, MOST_CHANGES)
        watching.watch(self)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.end()

    def end(self) -> None:
        """What is under way in threads is finished, within GRACE, and the process ends here."""
        threading.Timer(GRACE, os._exit, [0]).start()
        for threads in (self.reader, self.cores, self.changer, self.threads):
            threads.shutdown(wait=True, cancel_futures=True)
        presence.leave()
        connections.close_all()
        logging.shutdown()
        os._exit(0)

    def waiting(self) -> dict[str, int]:
        """How many wait for the loop, by what they are."""
        return {"calls": len(self.calls)} | ({"changes": len(self.changes)} if sql.IS_SQLITE else {})

    def longest_body(self, exchange: Exchange) -> int:
        return LONGEST_BODY if _is_for_the_api(exchange) else pages.LONGEST_BODY

    def begin(self, exchange: Exchange) -> None:
        """Answer a request."""
        if not _is_for_the_api(exchange):
            self._begin_page(exchange)
            return
        request = Request(
            exchange.method, exchange.path, exchange.query, exchange.headers, exchange.client, exchange.body
        )
        exchange.served = request
        if exchange.fault is not None:
            _answer(exchange, *door.refuse(request, FAULTS[exchange.fault]))
            return
        asked = door.asked_by(request)
        pace = asked.pace(request.body)
        if pace in {Pace.QUICK, Pace.BUSY}:
            self.calls.put((exchange, request, asked))
        elif sql.IS_SQLITE and pace is Pace.CHANGING:
            self.changes.put((exchange, request, asked))
        else:
            self._answer_apart(self.threads, exchange, request, asked)

    def _begin_page(self, exchange: Exchange) -> None:
        exchange.served = Served(new_request_id(), pages.name_of(exchange.path))
        if exchange.fault is not None:
            _answer(exchange, *pages.TOO_LARGE)
        elif scraping.is_asked(exchange):
            exchange.served.operation = "metrics"
            # In none of the threads that answer: that they are all busy is when one wants to know.
            page = self.loop.run_in_executor(None, scraping.page)
            page.add_done_callback(partial(_give_page, exchange))
        else:
            page = self.loop.run_in_executor(self.threads, pages.page_of, django_pages, exchange)
            page.add_done_callback(partial(_give_page, exchange))

    def _answer_here(self, arrived: list[Arrived]) -> None:
        """Answer all that arrived while the loop was at other things, at one state of the database."""
        try:
            state, looked = sql.state(), time.monotonic()
            outcomes = _answered_in_steps(arrived, self.at_once, state)
        except Exception:  # noqa: BLE001 - whatever it is, nobody goes without an answer
            _refuse_all(arrived, Failed())
        else:
            self._pass_on(arrived, outcomes, state, looked)
        finally:
            self.calls.done(len(arrived))

    def _answer_together(self, arrived: list[Arrived]) -> None:
        """The same in a thread, where the database has to be waited for. What it reads for one of them serves them all:
        none had come later."""
        state, looked = (next(self.looks),), time.monotonic()

        def pass_on(outcomes: "asyncio.Future[list[Outcome]]") -> None:
            self.calls.done(len(arrived))
            try:
                found = outcomes.result()
            except Exception:  # noqa: BLE001 - whatever it is, nobody goes without an answer
                _refuse_all(arrived, Failed())
            else:
                self._pass_on(arrived, found, state, looked)

        future = self.loop.run_in_executor(self.reader, _answered_in_steps, arrived, self.at_once, state)
        future.add_done_callback(pass_on)

    def _pass_on(self, arrived: list[Arrived], outcomes: list[Outcome], state: sql.State | None, looked: float) -> None:
        """Give the answers that are there, and have the others computed."""
        for (exchange, request, _asked), (outcome, records) in zip(arrived, outcomes, strict=True):
            if isinstance(outcome, door.Response):
                _give(exchange, request, (outcome, records))
            else:
                answered = self.loop.run_in_executor(self.cores, _performed_apart, outcome, records, state, looked)
                answered.add_done_callback(partial(_give_later, exchange, request))

    def _change_here(self, arrived: list[Arrived]) -> None:
        """Make the changes that arrived, with one commit; apart where another writer is at work."""
        answers: list[Answered | None] = []
        try:
            with changes.one_commit():
                for _exchange, request, asked in arrived:
                    answers.append(_answered_with_others(request, asked))
                    changes.check_whole()
        except BlockingIOError:
            for exchange, request, asked in arrived:
                self._answer_apart(self.changer, exchange, request, asked)
        except Error:
            _refuse_all(arrived, NotSaved())
        except Exception:  # noqa: BLE001 - whatever it is, nobody goes without an answer
            _refuse_all(arrived, Failed())
        else:
            for (exchange, request, asked), answered in zip(arrived, answers, strict=True):
                if answered is None:
                    self._answer_apart(self.threads, exchange, request, asked)
                else:
                    _give(exchange, request, answered)
        finally:
            self.changes.done(len(arrived))

    def _answer_apart(self, threads: Threads, exchange: Exchange, request: Request, asked: door.Asked) -> None:
        answered = self.loop.run_in_executor(threads, _answered_apart, request, asked)
        answered.add_done_callback(partial(_give_later, exchange, request))


def _is_for_the_api(exchange: Exchange) -> bool:
    return door.dialect_of(exchange.method, exchange.path, exchange.headers) is not None


def _answered(request: Request, asked: door.Asked) -> Answered:
    with served.in_turn():
        return scribe.gathered(partial(door.answer, request, asked))


def _answered_with_others(request: Request, asked: door.Asked) -> Answered | None:
    """The answer to a change that shares its commit; None where it can't."""
    try:
        return _answered(request, asked)
    except changes.Apart:
        return None


def _answered_apart(request: Request, asked: door.Asked) -> Answered:
    close_old_connections()
    return _answered(request, asked)


def _answered_in_steps(arrived: list[Arrived], at_once: frozenset[Pace], state: sql.State | None) -> list[Outcome]:
    """All admitted, then all performed whose pace is one of `at_once`; of the others what is left to do."""
    outcomes: list[Outcome] = []
    if not sql.IS_SQLITE:
        close_old_connections()
    with sql.at_state(state), served.in_turn():
        admitted = [scribe.gathered(partial(door.admit, request, asked)) for _exchange, request, asked in arrived]
        for (_exchange, request, asked), (entry, records) in zip(arrived, admitted, strict=True):
            perform = partial(door.perform, request, entry)
            if asked.pace(request.body) in at_once:
                response, more = scribe.gathered(perform)
                outcomes.append((response, [*records, *more]))
            else:
                outcomes.append((perform, records))
    return outcomes


def _performed_apart(
    perform: Callable[[], door.Response], records: Records, state: sql.State | None, looked: float
) -> Answered:
    """What was admitted, performed at the state that was looked at; where it waited long, at the present one."""
    close_old_connections()
    with sql.at_state(state if time.monotonic() - looked < FRESH else None), served.in_turn():
        response, more = scribe.gathered(perform)
    return response, [*records, *more]


def _answer(exchange: Exchange, status: int, headers: Iterable[tuple[str, str]], body: bytes, code: str = "") -> None:
    """Send the answer, and take note of it."""
    exchange.answer(status, headers, body)
    watching.note_answer(exchange, status, code)


def _give(exchange: Exchange, request: Request, answered: Answered) -> None:
    """Give an answer once its trace is durable."""
    response, records = answered
    if not records:
        _answer(exchange, *response)
        return

    def tell(is_durable: bool) -> None:
        _answer(exchange, *(response if is_durable else door.refuse(request, NotSaved())))

    scribe.when_committed(records, tell)


def _refuse_all(arrived: list[Arrived], refusal: KmsError) -> None:
    """While an exception is handled that is no call's own: nobody goes without an answer."""
    logger.exception("Calls could not be answered.")
    for exchange, request, _asked in arrived:
        _answer(exchange, *door.refuse(request, refusal))


def _give_later(exchange: Exchange, request: Request, answered: "asyncio.Future[Answered]") -> None:
    if answered.cancelled():
        return
    if (problem := answered.exception()) is not None:
        logger.error("A call could not be answered.", exc_info=problem)
        _answer(exchange, *door.refuse(request, Failed()))
        return
    _give(exchange, request, answered.result())


def _give_page(exchange: Exchange, page: "asyncio.Future[pages.Page]") -> None:
    if page.cancelled():
        return
    if (problem := page.exception()) is not None:
        logger.error("A page failed.", exc_info=problem)
    _answer(exchange, *(FAILED if problem else page.result()))


application = Application()
