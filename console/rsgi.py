"""The application that `manage.py up` serves by RSGI: the API's door in the event loop, and Django behind it for pages.

A quick call of the API is answered by the loop itself and waits for its trace without a thread; whatever may take
longer (pages, changes, RSA's private operations) is answered by a thread. No client that sends slowly holds any.
"""

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
# The loop reads and writes SQLite itself, on purpose and for microseconds: a thread would cost it more.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from django.core.wsgi import get_wsgi_application

from console.memory import return_freed_memory

return_freed_memory()
django_pages = get_wsgi_application()

# Only now: models need Django set up.
from django.conf import settings  # noqa: E402
from django.db import close_old_connections, connections  # noqa: E402

from console import sql  # noqa: E402
from console.access import scribe  # noqa: E402
from console.access.addresses import split_address  # noqa: E402
from console.access.request import Request  # noqa: E402
from console.api import door  # noqa: E402
from console.api.body import read_body  # noqa: E402
from console.api.errors import BodyIncomplete, BodyTooLong  # noqa: E402
from console.api.routes import Pace  # noqa: E402
from console.serving.pages import answer_page  # noqa: E402
from keys.errors import NotSaved  # noqa: E402


class Application:
    """RSGI's three hooks."""

    def __init__(self) -> None:
        # As many threads compute as there are cores; more would only take turns with each other. On a single core even
        # one would only take turns with the loop.
        cores = len(os.sched_getaffinity(0))
        self.cores = ThreadPoolExecutor(cores, thread_name_prefix="computing")
        self.at_once = {Pace.QUICK, Pace.BUSY} if cores == 1 else {Pace.QUICK}
        self.threads = ThreadPoolExecutor(settings.THREADS, thread_name_prefix="answering")
        # Django keeps a connection for each context of the loop: this is the one in which all its own work is done.
        self.context = copy_context()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Before the first request, in the thread of the loop."""
        if sql.IS_SQLITE:
            loop.call_soon(sql.read_by_own_connection, context=self.context)
            scribe.commit_in(loop, self.context)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """After the last request: what is under way in threads is finished, and the process ends here.

        Were Python left to end by itself, granian's own threads, which want its lock now and then, would die of it."""
        for threads in (self.cores, self.threads):
            threads.shutdown(wait=True, cancel_futures=True)
        connections.close_all()
        logging.shutdown()
        os._exit(0)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        headers = scope.headers.get
        if not door.is_for_the_api(scope.path, headers("accept") or ""):
            await answer_page(django_pages, self.threads, scope, protocol)
            return
        request = Request(scope.method, scope.path, scope.query_string, headers, split_address(scope.client)[0])
        response = await self.answer(request, protocol)
        if response.body:
            protocol.response_bytes(response.status, response.headers, response.body)
        else:
            protocol.response_empty(response.status, response.headers)

    async def answer(self, request: Request, protocol: Any) -> door.Response:
        """The API's answer, once its trace is durable."""
        try:
            request.body = await read_body(request.header, protocol)
        except (BodyIncomplete, BodyTooLong) as error:
            return door.refuse(request, error)
        pace = door.pace_of(request)
        if sql.IS_SQLITE and pace in self.at_once:
            response, records = self.context.run(_answered_here, request)
        else:
            threads = self.cores if pace is Pace.BUSY else self.threads
            response, records = await asyncio.get_running_loop().run_in_executor(threads, _answered_apart, request)
        if records and not await scribe.committed(records):
            return door.refuse(request, NotSaved())
        return response


def _answered(request: Request) -> tuple[door.Response, list[scribe.Waiting]]:
    """The answer, and what is to be committed before it is given."""
    with scribe.gathering() as records:
        return door.answer(request), records


def _answered_here(request: Request) -> tuple[door.Response, list[scribe.Waiting]]:
    with sql.at_one_state():
        return _answered(request)


def _answered_apart(request: Request) -> tuple[door.Response, list[scribe.Waiting]]:
    close_old_connections()
    return _answered(request)


application = Application()
