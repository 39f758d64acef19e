"""What a worker serves: the API's door in the event loop, and Django behind it for pages.

A quick call of the API is answered by the loop itself and waits for its trace without a thread; whatever may take
longer (pages, changes, RSA's private operations) is answered by a thread.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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

from console import sql  # noqa: E402
from console.access import changes, scribe  # noqa: E402
from console.access.batches import Batches  # noqa: E402
from console.access.request import Request  # noqa: E402
from console.api import door  # noqa: E402
from console.api.errors import BodyIncomplete, BodyTooLong  # noqa: E402
from console.api.routes import Pace  # noqa: E402
from console.serving import pages  # noqa: E402
from console.serving.exchange import Exchange, Fault  # noqa: E402
from keys.errors import NotSaved  # noqa: E402

logger = logging.getLogger(__name__)

GRACE: Final = 1.5
"""Seconds for requests under way in threads once the server has stopped."""
LONGEST_BODY: Final = 64 * 1024
FAULTS: Final = {Fault.TOO_LONG: BodyTooLong(most=LONGEST_BODY), Fault.INCOMPLETE: BodyIncomplete()}
FAILED: Final[pages.Page] = (500, [("Content-Type", "text/plain"), ("Cache-Control", "no-store")], b"Failed.\n")
FRESH: Final = 0.1
"""Seconds for which a look at the database's state serves a thread."""
MOST_CHANGES: Final = 16
"""With one commit: quick calls that arrive meanwhile wait for all of them."""
Arrived = tuple[Exchange, Request, door.Asked]
Records = list[scribe.Waiting]
Answered = tuple[door.Response, Records]
"""An answer, and what is to be committed before it is given."""


class Application:
    """Who answers which request, and where."""

    def __init__(self) -> None:
        # As many threads compute as there are cores; more would only take turns with each other. On a single core even
        # one would only take turns with the loop.
        cores = len(os.sched_getaffinity(0))
        self.cores = ThreadPoolExecutor(cores, thread_name_prefix="computing")
        self.at_once = frozenset({Pace.QUICK, Pace.BUSY} if cores == 1 else {Pace.QUICK})
        self.threads = ThreadPoolExecutor(settings.THREADS, thread_name_prefix="answering")
        # There is one writer: changes that follow each other in one thread wait for no lock of each other.
        self.changer = ThreadPoolExecutor(1, thread_name_prefix="changing")
        # Django keeps a connection for each context of the loop: this is the one in which all its own work is done.
        self.context = copy_context()
        self.arrived: list[Arrived] = []
        self.changes: Batches[Arrived]
        self.loop: asyncio.AbstractEventLoop

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        """ASGI's lifespan: what is done in the loop before the first request and after the last."""
        await receive()
        self.loop = asyncio.get_running_loop()
        if sql.IS_SQLITE:
            self.loop.call_soon(sql.read_by_own_connection, context=self.context)
            scribe.commit_in(self.loop, self.context)
            self.changes = Batches(self.loop, self.context, self._change_here, MOST_CHANGES)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.end()

    def end(self) -> None:
        """What is under way in threads is finished, within GRACE, and the process ends here."""
        threading.Timer(GRACE, os._exit, [0]).start()
        for threads in (self.cores, self.changer, self.threads):
            threads.shutdown(wait=True, cancel_futures=True)
        connections.close_all()
        logging.shutdown()
        os._exit(0)

    def longest_body(self, exchange: Exchange) -> int:
        return LONGEST_BODY if _is_for_the_api(exchange) else pages.LONGEST_BODY

    def begin(self, exchange: Exchange) -> None:
        """Answer a request."""
        if not _is_for_the_api(exchange):
            if exchange.fault is not None:
                exchange.answer(*pages.TOO_LARGE)
                return
            page = self.loop.run_in_executor(self.threads, pages.page_of, django_pages, exchange)
            page.add_done_callback(partial(_give_page, exchange))
            return
        request = Request(
            exchange.method, exchange.path, exchange.query, exchange.headers, exchange.client, exchange.body
        )
        if exchange.fault is not None:
            exchange.answer(*door.refuse(request, FAULTS[exchange.fault]))
            return
        asked = door.asked_by(request)
        pace = asked.pace(request.body)
        if sql.IS_SQLITE and pace in {Pace.QUICK, Pace.BUSY}:
            if not self.arrived:
                self.loop.call_soon(self._answer_here, context=self.context)
            self.arrived.append((exchange, request, asked))
        elif sql.IS_SQLITE and pace is Pace.CHANGING:
            self.changes.put((exchange, request, asked))
        else:
            self._answer_apart(self.cores if pace is Pace.BUSY else self.threads, exchange, request, asked)

    def _answer_here(self) -> None:
        """Answer all that arrived while the loop was at other things, at one state of the database."""
        arrived, self.arrived = self.arrived, []
        state, looked = sql.state(), time.monotonic()
        with sql.at_state(state):
            admitted = [scribe.gathered(partial(door.admit, request, asked)) for _exchange, request, asked in arrived]
            for (exchange, request, asked), (entry, records) in zip(arrived, admitted, strict=True):
                perform = partial(door.perform, request, asked, entry)
                if asked.pace(request.body) in self.at_once:
                    response, more = scribe.gathered(perform)
                    _give(exchange, request, (response, [*records, *more]))
                else:
                    answered = self.loop.run_in_executor(self.cores, _performed_apart, perform, records, state, looked)
                    answered.add_done_callback(partial(_give_later, exchange, request))

    def _change_here(self, arrived: list[Arrived]) -> None:
        """Make the changes that arrived, with one commit; apart where another writer is at work."""
        answers: list[Answered] = []
        try:
            with changes.one_commit():
                for _exchange, request, asked in arrived:
                    answers.append(_answered(request, asked))
                    changes.check_whole()
        except BlockingIOError:
            for exchange, request, asked in arrived:
                self._answer_apart(self.changer, exchange, request, asked)
        except Error as error:
            logger.warning("Changes could not be written.", exc_info=error)
            for exchange, request, _asked in arrived:
                exchange.answer(*door.refuse(request, NotSaved()))
        else:
            for (exchange, request, _asked), answered in zip(arrived, answers, strict=True):
                _give(exchange, request, answered)
        finally:
            self.changes.done(len(arrived))

    def _answer_apart(
        self, threads: ThreadPoolExecutor, exchange: Exchange, request: Request, asked: door.Asked
    ) -> None:
        answered = self.loop.run_in_executor(threads, _answered_apart, request, asked)
        answered.add_done_callback(partial(_give_later, exchange, request))


def _is_for_the_api(exchange: Exchange) -> bool:
    return door.is_for_the_api(exchange.path, exchange.headers.get("accept", ""))


def _answered(request: Request, asked: door.Asked) -> Answered:
    return scribe.gathered(partial(door.answer, request, asked))


def _answered_apart(request: Request, asked: door.Asked) -> Answered:
    close_old_connections()
    return _answered(request, asked)


def _performed_apart(
    perform: Callable[[], door.Response], records: Records, state: sql.State | None, looked: float
) -> Answered:
    """What was admitted, performed at the state that the loop looked at; where it waited long, at the present one."""
    close_old_connections()
    with sql.at_state(state if time.monotonic() - looked < FRESH else None):
        response, more = scribe.gathered(perform)
    return response, [*records, *more]


def _give(exchange: Exchange, request: Request, answered: Answered) -> None:
    """Give an answer once its trace is durable."""
    response, records = answered
    if not records:
        exchange.answer(*response)
        return

    def tell(is_durable: bool) -> None:
        exchange.answer(*(response if is_durable else door.refuse(request, NotSaved())))

    scribe.when_committed(records, tell)


def _give_later(exchange: Exchange, request: Request, answered: "asyncio.Future[Answered]") -> None:
    if not answered.cancelled():
        _give(exchange, request, answered.result())


def _give_page(exchange: Exchange, page: "asyncio.Future[pages.Page]") -> None:
    if page.cancelled():
        return
    if (problem := page.exception()) is not None:
        logger.error("A page failed.", exc_info=problem)
    exchange.answer(*(FAILED if problem else page.result()))


application = Application()
